/* GoogleTest: each test is a case. What it says of them is read from its text; times, which vary in width, are left out
 * of that. */
#include "frameworks/frameworks.h"

#include <stdio.h>
#include <string.h>

static bool list_arguments(mb_arguments *arguments, int attempt)
{
    mb_arguments_add(arguments, "--gtest_list_tests");
    return attempt == 0;
}

typedef struct listing {
    char *message;
    char suite[MB_ID_BYTES_MAX]; /* "Inst/Suite", of the tests that follow */
} listing;

/* "Suite.", then "  Test" of each of its tests; behind either may be "  # GetParam() = 5". */
static void take_name(char *line, void *context)
{
    listing *l = context;
    char name[2 * MB_ID_BYTES_MAX];
    char *comment = strstr(line, "  # ");
    if (comment != NULL && comment > line)
        *comment = '\0';
    size_t length = strlen(line);
    bool is_test = strncmp(line, "  ", 2) == 0 && length > 2;
    if (*l->message != '\0' || length >= MB_ID_BYTES_MAX) {
        if (*l->message == '\0' && is_test)
            mb_framework_refuses(line, l->message);
        return;
    }
    if (!is_test && length > 1 && line[length - 1] == '.') {
        line[length - 1] = '\0';
        snprintf(l->suite, sizeof l->suite, "%.255s", line);
    } else if (is_test && l->suite[0] != '\0' && strstr(line, "DISABLED_") == NULL &&
               strstr(l->suite, "DISABLED_") == NULL) {
        snprintf(name, sizeof name, "%s.%s", l->suite, line + 2);
        if (!mb_framework_refuses(name, l->message))
            mb_framework_tell_test(name, l->suite);
    }
}

static bool list(const char *printed, char message[MB_MESSAGE_BYTES_MAX])
{
    static listing l;
    l.message = message;
    mb_lines_walk(printed, take_name, &l);
    return *message == '\0';
}

static void sample_arguments(mb_arguments *arguments, const char *id, int run)
{
    char name[MB_ID_BYTES_MAX];
    mb_arguments_add(arguments, "--gtest_filter=%s", run == 1 ? mb_framework_no_name(id, name) : id);
    mb_arguments_add(arguments, "--gtest_color=no");
    mb_arguments_add(arguments, "--gtest_print_time=0");
}

/* A reason is "file:line: Skipped", or Failure, and in the next line what the author says. */
static void take_line(char *line, void *context)
{
    mb_told *told = context;
    size_t length = strlen(line);
    if (told->is_message_next && told->message[0] == '\0')
        snprintf(told->message, MB_MESSAGE_BYTES_MAX, "%.300s", line);
    told->is_message_next =
        length > 9 && (strcmp(line + length - 9, ": Skipped") == 0 || strcmp(line + length - 9, ": Failure") == 0);
    told->iteration_count += strncmp(line, "[ RUN      ]", 12) == 0;
    told->is_skipped = told->is_skipped || strncmp(line, "[  SKIPPED ]", 12) == 0;
}

static void read_told(const char *printed, mb_told *told) { mb_lines_walk(printed, take_line, told); }

const mb_framework mb_framework_googletest = {.name = "googletest",
                                              .run_count = 2,
                                              .list_arguments = list_arguments,
                                              .list = list,
                                              .sample_arguments = sample_arguments,
                                              .read = read_told};
