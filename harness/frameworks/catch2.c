/* Catch2, version 3: each test case is a case, with all its sections. */
#include "frameworks/frameworks.h"

#include <stdio.h>
#include <string.h>

static bool list_arguments(mb_arguments *arguments, int attempt)
{
    mb_arguments_add(arguments, "--list-tests");
    mb_arguments_add(arguments, "--verbosity");
    mb_arguments_add(arguments, "quiet");
    return attempt == 0;
}

static void take_name(char *line, void *context)
{
    char *message = context;
    if (*line != '\0' && *message == '\0' && !mb_framework_refuses(line, message))
        mb_framework_tell_test(line, "");
}

static bool list(const char *printed, char message[MB_MESSAGE_BYTES_MAX])
{
    mb_lines_walk(printed, take_name, message);
    return *message == '\0';
}

/* Any character may have a backslash before it, and some have to. */
static void add_name(mb_arguments *arguments, const char *id)
{
    char escaped[2 * MB_ID_BYTES_MAX];
    size_t length = 0;
    for (const char *c = id; *c != '\0'; c++) {
        if (strchr("\\,[]\"*~!-", *c) != NULL)
            escaped[length++] = '\\';
        escaped[length++] = *c;
    }
    escaped[length] = '\0';
    mb_arguments_add(arguments, "%s", escaped);
}

/* The seed is printed: it has to have one width. */
static void sample_arguments(mb_arguments *arguments, const char *id, int run)
{
    char name[MB_ID_BYTES_MAX];
    add_name(arguments, run == 1 ? mb_framework_no_name(id, name) : id);
    mb_arguments_add(arguments, "--allow-running-no-tests");
    mb_arguments_add(arguments, "--colour-mode");
    mb_arguments_add(arguments, "none");
    mb_arguments_add(arguments, "--rng-seed");
    mb_arguments_add(arguments, "1");
    mb_arguments_add(arguments, "--durations");
    mb_arguments_add(arguments, "no");
}

static bool begins(const char *line, const char *text) { return strncmp(line, text, strlen(text)) == 0; }

/* "All tests passed (3 assertions in 1 test case)", "test cases: 1 | 1 skipped". What was skipped or failed is
 * explained in the line behind "explicitly with message:" or "file:line: FAILED:". */
static void take_line(char *line, void *context)
{
    mb_told *told = context;
    const char *said = line + strspn(line, " ");
    size_t length = strlen(line);
    if (told->is_message_next && told->message[0] == '\0')
        snprintf(told->message, MB_MESSAGE_BYTES_MAX, "%.300s", said);
    told->is_message_next =
        strcmp(said, "explicitly with message:") == 0 || (length > 9 && strcmp(line + length - 9, ": FAILED:") == 0);
    if (begins(line, "All tests passed") || begins(line, "test cases: 1 "))
        told->iteration_count = 1;
    told->is_skipped = told->is_skipped || begins(line, "test cases: 1 | 1 skipped");
}

static void read_told(const char *printed, mb_told *told) { mb_lines_walk(printed, take_line, told); }

const mb_framework mb_framework_catch2 = {.name = "catch2",
                                          .run_count = 2,
                                          .list_arguments = list_arguments,
                                          .list = list,
                                          .sample_arguments = sample_arguments,
                                          .read = read_told};
