#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "report/advice.h"
#include "store/stored_runs.h"

#include "store/results_reader.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 256, EXPLAIN_BYTES = 1024 };

/* Of two files with names that end in .json, as explain takes them; else NULL. */
static const char *format_explain(const mb_options *options, char *text, size_t size)
{
    char quoted[2][EXPLAIN_BYTES / 2];
    for (int i = 0; i < 2; i++) {
        const char *dot = strrchr(options->operands[i], '.');
        if (dot == NULL || strcmp(dot, ".json") != 0)
            return NULL;
        mb_shell_quote(options->operands[i], quoted[i], sizeof quoted[i]);
    }
    int length = snprintf(text, size, "membench explain%s %s %s", options->call.judging, quoted[0], quoted[1]);
    return length < (int)size && !options->call.is_cut ? text : NULL;
}

static int compare(const mb_options *options)
{
    mb_error error;
    mb_results_reader *old_run = NULL, *new_run = NULL;
    mb_exit code = MB_EXIT_OK;
    char name[NAME_BYTES], explain[EXPLAIN_BYTES];
    if (options->operand_count != 2) {
        mb_error_set(&error, MB_ERROR_USAGE, "compare takes two files, OLD.json and NEW.json");
        return mb_complain(&error);
    }
    if (strcmp(options->operands[0], "-") == 0 && strcmp(options->operands[1], "-") == 0) {
        mb_error_set(&error, MB_ERROR_USAGE, "compare: only one of the two can be standard input");
        return mb_complain(&error);
    }
    mb_status status = mb_results_reader_open(options->operands[0], &old_run, &error);
    if (status == MB_OK)
        status = mb_results_reader_open(options->operands[1], &new_run, &error);
    if (status == MB_OK) {
        mb_case_source source = mb_results_reader_source(new_run), old_source = mb_results_reader_source(old_run);
        mb_gate_input input = {
            .current = &source,
            .baseline = &old_source,
            .explain = format_explain(options, explain, sizeof explain),
            .baseline_name = options->operands[0],
            .run_name = mb_run_name(options->operands[1], name, sizeof name),
            .report_path = options->out,
            .options = options,
        };
        status = mb_gate_report(&input, stdout, &code, &error);
    }
    if (status != MB_OK)
        code = (mb_exit)mb_complain(&error);
    mb_results_reader_close(old_run);
    mb_results_reader_close(new_run);
    return mb_finish_output(code);
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    mb_status status = mb_plan_apply_project(&effective.plan, &arena, &error);
    int code = status != MB_OK ? mb_complain(&error) : compare(&effective);
    mb_arena_fini(&arena);
    return code;
}

/* clang-format off */
const mb_verb mb_verb_compare = {
    .name = "compare",
    .mask = MB_VERB_COMPARE,
    .synopsis = "[OPTIONS] OLD.json NEW.json",
    .summary = "compare two stored runs",
    .description =
        "Compares two results files (written with --out, or baselines) and measures nothing; - is standard input.\n"
        "Exit codes: see membench run.",
    .examples =
        "  membench compare baselines/main.json pr.json\n"
        "  membench compare --format markdown old.json new.json >> \"$GITHUB_STEP_SUMMARY\"\n",
    .run = run,
};
/* clang-format on */
