#include "base/similar.h"
#include "cli/verbs.h"
#include "command/complain.h"
#include "command/options_table.h"
#include "command/outcome.h"
#include "report/explain.h"
#include "session/policy.h"
#include "store/baseline.h"
#include "store/stored_runs.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_COLUMNS = 9, NAMES_SHOWN = 5 };

/* What the operands say: [OLD.json NEW.json] CASE [METRIC]. */
typedef struct question {
    const char *old_path, *new_path; /* old_path NULL: a baseline */
    const char *case_text;
    const char *metric_name; /* NULL: the metric that decided */
} question;

typedef struct runs {
    mb_results_reader *old_run, *new_run;
    mb_case_source was, is;
    mb_verdicts verdicts;
} runs;

static bool is_file(const char *word)
{
    const char *dot = strrchr(word, '.');
    return dot != NULL && strcmp(dot, ".json") == 0;
}

static mb_status parse(const mb_options *options, question *asked, mb_error *error)
{
    const char *const *words = options->operands;
    size_t count = options->operand_count;
    *asked = (question){.new_path = MB_LAST_RUN};
    if (count > 2 && is_file(words[0]) && is_file(words[1])) {
        asked->old_path = words[0];
        asked->new_path = words[1];
        words += 2;
        count -= 2;
    }
    if (count < 1 || count > 2 || is_file(words[0]))
        return mb_error_set(error, MB_ERROR_USAGE,
                            "explain takes CASE [METRIC], after OLD.json NEW.json if it is "
                            "not of the last run");
    if (asked->old_path != NULL && options->plan.baseline != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "explain: two files, or --baseline NAME: not both");
    asked->case_text = words[0];
    asked->metric_name = count == 2 ? words[1] : NULL;
    return MB_OK;
}

/* The baseline that is meant: the one named, or the only one there is. */
static mb_status open_baseline(const mb_options *options, mb_results_reader **reader, mb_error *error)
{
    const char *folder = mb_options_baseline_folder(options), *name = options->plan.baseline;
    mb_arena arena = {0};
    mb_baseline_entry *entries;
    size_t count;
    mb_status status = MB_OK;
    if (name == NULL) {
        status = mb_baseline_list(folder, &arena, &entries, &count, error);
        if (status == MB_OK && count != 1)
            status = mb_error_set(error, MB_ERROR_USAGE,
                                  count == 0 ? "explain: no baseline in %s; membench --save-baseline NAME makes one"
                                             : "explain: several baselines in %s: choose one with --baseline NAME",
                                  folder);
        if (status == MB_OK)
            name = entries[0].name;
    }
    if (status == MB_OK)
        status = mb_baseline_open(folder, name, "membench", reader, error);
    mb_arena_fini(&arena);
    return status;
}

static mb_status open_runs(const mb_options *options, const question *asked, runs *r, mb_error *error)
{
    mb_status status = mb_results_reader_open(asked->new_path, &r->new_run, error);
    if (status == MB_OK)
        status = asked->old_path != NULL ? mb_results_reader_open(asked->old_path, &r->old_run, error)
                                         : open_baseline(options, &r->old_run, error);
    if (status != MB_OK)
        return status;
    r->is = mb_results_reader_source(r->new_run);
    r->was = mb_results_reader_source(r->old_run);
    return mb_verdicts_compare(&r->verdicts, &r->is, &r->was, &options->plan, NULL, error);
}

/* The case of that id, or the only one whose id has the text in it. */
static mb_status find_case(const mb_case_source *source, const char *text, mb_arena *arena, mb_case_result *result,
                           size_t *index, mb_error *error)
{
    char names[NAMES_SHOWN * 64] = "", phrase[MB_SIMILAR_TEXT_MAX];
    size_t found_count = 0, used = 0;
    mb_similar similar;
    mb_similar_begin(&similar, text, strlen(text));
    for (size_t i = 0; i < source->case_count; i++) {
        mb_case_result candidate;
        mb_arena_reset(arena);
        mb_status status = source->read(source->context, i, arena, &candidate, error);
        if (status != MB_OK)
            return status;
        bool is_exact = strcmp(candidate.id, text) == 0;
        mb_similar_offer(&similar, candidate.id);
        if (!is_exact && strstr(candidate.id, text) == NULL)
            continue;
        if (found_count < NAMES_SHOWN && used < sizeof names)
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s%s", found_count > 0 ? ", " : "", candidate.id);
        found_count = is_exact ? 1 : found_count + 1;
        *index = i;
        if (is_exact)
            break;
    }
    if (found_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "explain: the run has no case \"%.200s\"%s; membench report shows those "
                            "that it has",
                            text, mb_similar_phrase(&similar, phrase));
    if (found_count > 1)
        return mb_error_set(error, MB_ERROR_USAGE, "explain: \"%s\" is in the name of %zu cases: %s%s", text,
                            found_count, names, found_count > NAMES_SHOWN ? ", and more" : "");
    mb_arena_reset(arena);
    return source->read(source->context, *index, arena, result, error);
}

/* Which of two says more of the case: the one that gates, then the graver verdict, then what grew more. */
static bool says_more(const mb_comparison *a, const mb_comparison *b)
{
    if (a->gates != b->gates)
        return a->gates;
    if (a->verdict != b->verdict)
        return a->verdict > b->verdict;
    return a->has_ratio && b->has_ratio && a->ratio > b->ratio;
}

static void write_line(const char *label, const char *text)
{
    if (text[0] != '\0')
        printf("  %-*s%s\n", LABEL_COLUMNS, label, text);
}

static void write_explanation(const char *id, const mb_comparison *c, const mb_gate_policy *policy, size_t noisy_count)
{
    mb_explanation said;
    mb_explain(c, policy, noisy_count, &said);
    printf("%s, %s: %s\n", id, mb_words_label(c->metric), mb_verdict_name(c->verdict));
    write_line("before", said.before);
    write_line("now", said.now);
    write_line("allowed", said.allowed);
    write_line("because", said.rule);
}

static mb_status explain_case(const question *asked, const runs *r, const mb_plan *plan, const mb_case_result *result,
                              size_t index, mb_error *error)
{
    bool selected[MB_METRIC_COUNT] = {false};
    char unknown[MB_METRIC_UNKNOWN_BYTES];
    const mb_verdicts *verdicts = &r->verdicts;
    size_t count, written = 0, noisy_count = mb_verdicts_count_noisy(verdicts);
    const mb_comparison *first = mb_verdicts_of_case(verdicts, index, &count), *most = NULL;
    const mb_gate_policy *policy = mb_policy_of(plan, result->id);
    if (policy == NULL)
        return mb_error_no_memory(error);
    if (verdicts->baseline_indices[index] == MB_VERDICTS_UNRECORDED)
        return mb_error_set(error, MB_ERROR_BASELINE, "explain: %s is not in the baseline: nothing was compared",
                            result->id);
    if (asked->metric_name != NULL && !mb_metric_select(asked->metric_name, strlen(asked->metric_name), selected))
        return mb_error_set(error, MB_ERROR_USAGE, "explain: %s",
                            mb_metric_unknown(asked->metric_name, strlen(asked->metric_name), unknown));
    for (size_t i = 0; i < count; i++)
        if (most == NULL || says_more(&first[i], most))
            most = &first[i];
    for (size_t i = 0; i < count; i++) {
        if (asked->metric_name != NULL ? !selected[first[i].metric] : &first[i] != most)
            continue;
        if (written++ > 0)
            putchar('\n');
        write_explanation(result->id, &first[i], policy, noisy_count);
    }
    if (written == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "explain: neither run has a sample of %s of %s",
                            asked->metric_name != NULL ? asked->metric_name : "any metric", result->id);
    return MB_OK;
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena project = {0}, arena = {0};
    mb_options effective = *options;
    runs r = {0};
    question asked;
    mb_case_result result;
    size_t index = 0;
    mb_status status = parse(options, &asked, &error);
    if (status == MB_OK)
        status = mb_plan_apply_project(&effective.plan, &project, &error);
    if (status == MB_OK)
        status = open_runs(&effective, &asked, &r, &error);
    if (status == MB_OK)
        status = find_case(&r.is, asked.case_text, &arena, &result, &index, &error);
    if (status == MB_OK)
        status = explain_case(&asked, &r, &effective.plan, &result, index, &error);
    int code = status == MB_OK ? MB_EXIT_OK : mb_complain(&error);
    mb_verdicts_fini(&r.verdicts);
    mb_results_reader_close(r.old_run);
    mb_results_reader_close(r.new_run);
    mb_arena_fini(&arena);
    mb_arena_fini(&project);
    return mb_finish_output((mb_exit)code);
}

/* clang-format off */
const mb_verb mb_verb_explain = {
    .name = "explain",
    .mask = MB_VERB_EXPLAIN,
    .synopsis = "[OPTIONS] [OLD.json NEW.json] CASE [METRIC]",
    .summary = "explain why a case got its verdict, with the numbers that decided",
    .description =
        "Compares the last run of this folder (.membench/last.json) with a baseline, or one file with another,\n"
        "and explains the verdict of a case: before, now, what is allowed, and the rule that decided. CASE is an\n"
        "id, or a part that only one id contains. Without METRIC, explains the metric that decided. Applies the\n"
        "rule for stored baselines. Explaining judges nothing: the exit code is 0.",
    .examples =
        "  membench explain list_build/100\n"
        "  membench explain --baseline main list_build/100 anon\n"
        "  membench explain old.json new.json list_build/100 heap\n",
    .operands = MB_WORDS_CASES,
    .run = run,
};
/* clang-format on */
