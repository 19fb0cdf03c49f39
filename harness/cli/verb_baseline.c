#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"

#include "base/units.h"
#include "store/baseline.h"

#include <stdio.h>
#include <string.h>

enum { WIDE_COLUMNS = 72, DAY_COLUMNS = 10 /* "2026-01-02" */ };

static mb_status list_baselines(const char *folder, mb_error *error)
{
    mb_arena arena = {0};
    mb_baseline_entry *entries;
    size_t count;
    mb_status status = mb_baseline_list(folder, &arena, &entries, &count, error);
    if (status == MB_OK && count == 0)
        fprintf(stderr, "membench: no baselines in %s; membench --save-baseline NAME makes one\n", folder);
    int width = mb_terminal_width(stdout);
    bool is_narrow = width > 0 && width < WIDE_COLUMNS;
    int name_columns = is_narrow ? 10 : 24, size_columns = is_narrow ? 8 : 10;
    for (size_t i = 0; status == MB_OK && i < count; i++) {
        const mb_baseline_entry *entry = &entries[i];
        char size[MB_UNITS_TEXT_MAX];
        if (entry->problem != NULL)
            printf("%-*s cannot be read: %s\n", name_columns, entry->name, entry->problem);
        else
            printf("%-*s %*zu %-5s%*s%*s  %.*s\n", name_columns, entry->name, is_narrow ? 1 : 5, entry->case_count,
                   entry->case_count == 1 ? "case" : "cases", is_narrow ? 1 : 2, "", size_columns,
                   mb_format_bytes((double)entry->file_bytes, size), is_narrow ? DAY_COLUMNS : 40,
                   entry->date != NULL ? entry->date : "");
    }
    mb_arena_fini(&arena);
    return status;
}

static mb_status show_baseline(const mb_options *options, const char *name, mb_error *error)
{
    mb_results_reader *baseline;
    mb_exit code;
    mb_status status = mb_baseline_open(mb_options_baseline_folder(options), name, NULL, &baseline, error);
    if (status != MB_OK)
        return status;
    mb_case_source source = mb_results_reader_source(baseline);
    mb_gate_input input = {.current = &source, .is_stored = true, .options = options};
    status = mb_gate_report(&input, stdout, &code, error);
    mb_results_reader_close(baseline);
    return status;
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_status status;
    const char *action = options->operand_count > 0 ? options->operands[0] : "";
    const char *name = options->operand_count == 2 ? options->operands[1] : NULL;
    if (strcmp(action, "list") == 0 && options->operand_count == 1)
        status = list_baselines(mb_options_baseline_folder(options), &error);
    else if (strcmp(action, "show") == 0 && name != NULL)
        status = show_baseline(options, name, &error);
    else if (strcmp(action, "rm") == 0 && name != NULL)
        status = mb_baseline_remove(mb_options_baseline_folder(options), name, &error);
    else
        status = mb_error_set(&error, MB_ERROR_USAGE, "baseline takes list, show NAME or rm NAME");
    return status == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

/* clang-format off */
const mb_verb mb_verb_baseline = {
    .name = "baseline",
    .mask = MB_VERB_BASELINE,
    .synopsis = "[OPTIONS] list | show NAME | rm NAME",
    .summary = "list, show and remove baselines",
    .description =
        "Lists, shows and removes baselines: the files NAME.json of a folder (./baselines).\n"
        "membench --save-baseline NAME creates one.",
    .examples =
        "  membench baseline list\n"
        "  membench baseline show main\n"
        "  membench baseline rm old-main\n",
    .operands = "list show rm",
    .run = run,
};
/* clang-format on */
