#include "cli/verbs.h"
#include "command/complain.h"

#include "base/similar.h"
#include "features/allocators/matrix.h"
#include "report/case_list.h"
#include "report/report.h"
#include "session/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MB_HINT_BYTES = MB_SIMILAR_TEXT_MAX + 64 };

#define ADDRESS(name, NAME) &mb_verb_##name,
const mb_verb *const mb_verbs[] = {MB_VERBS(ADDRESS)};
const size_t mb_verb_count = MB_VERB_COUNT;

const mb_verb *mb_verb_find(const char *name)
{
    for (int i = 0; i < MB_VERB_COUNT; i++)
        if (strcmp(mb_verbs[i]->name, name) == 0)
            return mb_verbs[i];
    return NULL;
}

/* "; did you mean "soak"?" for a word that is much like a command; else "". */
static const char *suggest_verb(const char *name, char text[MB_SIMILAR_TEXT_MAX])
{
    mb_similar similar;
    mb_similar_begin(&similar, name, strlen(name));
    for (int i = 0; i < MB_VERB_COUNT; i++)
        mb_similar_offer(&similar, mb_verbs[i]->name);
    return mb_similar_phrase(&similar, text);
}

/* What a filter that no case matches may have been meant as: a module, a program, a command. */
static const char *suggest_meaning(const char *word, char text[MB_HINT_BYTES])
{
    const char *dot = strrchr(word, '.');
    if (mb_module_is(word))
        snprintf(text, MB_HINT_BYTES, "; to measure a module: membench wasm %.200s", word);
    else if (dot != NULL && strcmp(dot, ".wasm") == 0)
        snprintf(text, MB_HINT_BYTES, "; membench wasm takes modules, but %.200s is not one", word);
    else if (strchr(word, '/') != NULL && access(word, X_OK) == 0)
        snprintf(text, MB_HINT_BYTES, "; to measure a program: membench --program %.200s", word);
    else
        suggest_verb(word, text);
    return text;
}

mb_status mb_verb_unknown(const char *name, mb_error *error)
{
    char text[MB_SIMILAR_TEXT_MAX];
    return mb_error_set(error, MB_ERROR_USAGE, "unknown command \"%.100s\"%s (see membench --help)", name,
                        suggest_verb(name, text));
}

static void print_version(void)
{
    printf("membench " MB_VERSION "\n"
#ifdef __clang__
           "built with clang " __clang_version__ "\n"
#else
           "built with gcc " __VERSION__ "\n"
#endif
    );
}

/* Before anything is measured: a mistyped format must not cost a run. */
static mb_status check_format(const mb_options *options, mb_verb_mask verb, mb_error *error)
{
    bool is_out_report = (verb & (MB_VERB_COMPARE | MB_VERB_REPORT)) != 0; /* elsewhere the results */
    mb_list_format list_format;
    if (options->format == NULL)
        return MB_OK;
    if (options->list && !mb_list_format_find(options->format, &list_format))
        return mb_error_set(error, MB_ERROR_USAGE, "--list --format: \"%s\" is not text, terse or json",
                            options->format);
    if (options->allocators != NULL && !mb_matrix_format_is_known(options->format))
        return mb_error_set(error, MB_ERROR_USAGE, "--allocators --format: \"%s\" is not text, markdown, csv or json",
                            options->format);
    const mb_report_format *format = mb_report_format_find(options->format);
    char names[MB_FORMAT_NAMES_BYTES];
    mb_options_format_names(names, sizeof names);
    if (!options->list && format == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--format: \"%s\" is not %s", options->format, names);
    if (format != NULL && format->writes_folder && (options->out == NULL || !is_out_report))
        return mb_error_set(error, MB_ERROR_USAGE, "--format %s writes a folder: name it with --report %s=FOLDER",
                            options->format, options->format);
    return MB_OK;
}

static int run_verb(const mb_verb *verb, int argc, char **argv)
{
    mb_options options;
    mb_error error;
    mb_parsed parsed = MB_PARSED_RUN;
    int code;
    char hint[MB_HINT_BYTES] = "", call[MB_CALL_BYTES];
    mb_status status = mb_options_init(&options, verb, &error);
    if (status == MB_OK)
        status = mb_options_parse(&options, verb, argc, argv, &parsed, &error);
    if (status == MB_OK && verb == mb_verbs[0]) {
        options.plan.call = mb_call_format(&options.call, call, sizeof call);
        if (options.operand_count > 0)
            options.plan.unmatched_hint = suggest_meaning(options.operands[0], hint);
    }
    if (status == MB_OK && parsed == MB_PARSED_RUN)
        status = check_format(&options, verb->mask, &error);
    if (status != MB_OK) {
        code = mb_complain(&error);
    } else if (parsed == MB_PARSED_HELP) {
        mb_options_print_help(stdout, verb);
        code = mb_finish_output(MB_EXIT_OK);
    } else if (parsed == MB_PARSED_VERSION) {
        print_version();
        code = mb_finish_output(MB_EXIT_OK);
    } else {
        code = verb->run(&options);
    }
    mb_options_fini(&options);
    return code;
}

/* A stream that was closed before we came would be the next file that is opened, and reports would go into it. What
 * is there instead fails when it is used, except stderr, which has nobody to tell. */
static void keep_streams_apart(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
            abort();
}

int main(int argc, char **argv)
{
    keep_streams_apart();
    /* A closed pipe or a file beyond its limit is an error of write, with a message and a code of ours. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const mb_verb *verb = argc > 1 ? mb_verb_find(argv[1]) : NULL;
    if (verb != NULL) {
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    return run_verb(verb != NULL ? verb : mb_verbs[0], argc, argv);
}
