#include "report/advice.h"

#include "base/utf8.h"
#include "judge/ranks.h"
#include "report/calm.h"
#include "report/sweep_words.h"
#include "report/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED_MAX = 512, GROUPS_MAX = 3, SELECTION_BYTES = 640 };

/* "--exact=ID" for an id that begins with a dash, which would be taken for an option. */
static void name_case(const char *case_id, char text[QUOTED_MAX])
{
    char quoted[QUOTED_MAX - 16];
    mb_shell_quote(case_id, quoted, sizeof quoted);
    snprintf(text, QUOTED_MAX, "--exact%c%s", quoted[0] == '-' ? '=' : ' ', quoted);
}

static const mb_finding *first_of(const mb_tally *tally, mb_finding_kind kind)
{
    const mb_finding *slope = NULL;
    for (size_t i = 0; i < tally->finding_count; i++) {
        if (tally->findings[i].kind != kind)
            continue;
        if (!tally->findings[i].is_slope)
            return &tally->findings[i];
        slope = slope == NULL ? &tally->findings[i] : slope;
    }
    return slope;
}

/* The cases of a slope: a regular expression for the start of their ids, up to its parameter. */
static void name_slope(const char *sweep_name, char text[QUOTED_MAX])
{
    char expression[2 * MB_ID_BYTES_MAX + 4] = "^";
    size_t used = 1;
    for (const char *c = sweep_name; *c != '\0' && *c != '*' && used + 4 < sizeof expression; c++) {
        if (strchr(".[]{}()\\+?|^$", *c) != NULL)
            expression[used++] = '\\';
        expression[used++] = *c;
    }
    if (expression[used - 1] != '/')
        expression[used++] = '/';
    expression[used] = '\0';
    mb_shell_quote(expression, text, QUOTED_MAX);
}

static const char *or_none(const char *part) { return part != NULL ? part : ""; }

/* All cases of a kind as options, "--exact ID" for the only one, regular expressions for the groups of several; false
 * with those of the first when there are too many groups to list. */
static bool name_all(const mb_tally *tally, mb_finding_kind kind, char text[SELECTION_BYTES])
{
    const mb_finding *groups[GROUPS_MAX], *first = first_of(tally, kind);
    char part[QUOTED_MAX];
    size_t group_count = 0, used = 0;
    text[0] = '\0';
    if (first == NULL)
        return true;
    if (tally->finding_counts[kind] == 1 && !first->is_slope) {
        name_case(first->case_id, part);
        snprintf(text, SELECTION_BYTES, "%s", part);
        return true;
    }
    for (size_t i = 0; i < tally->finding_count; i++) {
        const mb_finding *finding = &tally->findings[i];
        size_t g = 0;
        while (finding->kind == kind && g < group_count && strcmp(groups[g]->group, finding->group) != 0)
            g++;
        if (finding->kind != kind || g < group_count)
            continue;
        if (group_count == GROUPS_MAX || finding->group[0] == '\0' ||
            strncmp(finding->case_id, finding->group, strlen(finding->group)) != 0) {
            name_case(first->case_id, part);
            snprintf(text, SELECTION_BYTES, "%s", part);
            return false;
        }
        groups[group_count++] = finding;
    }
    for (size_t g = 0; g < group_count && used < SELECTION_BYTES; g++) {
        name_slope(groups[g]->group, part);
        used += (size_t)snprintf(text + used, SELECTION_BYTES - used, "%s%s", g > 0 ? " " : "", part);
    }
    return true;
}

/* "membench" or how else it is called, and the formatted options. */
static void MB_PRINTF(4, 5)
    set_command(mb_advice *advice, size_t index, const mb_report_model *model, const char *format, ...)
{
    char *command = advice->commands[index];
    size_t size = sizeof advice->commands[index];
    /* A call that has no room would end in the middle of a name. */
    bool is_short = model->command != NULL && strlen(model->command) < MB_ADVICE_CALL_BYTES;
    size_t used = mb_utf8_clean(is_short ? model->command : "membench", true, command, MB_ADVICE_CALL_BYTES);
    va_list arguments;
    va_start(arguments, format);
    command[used++] = ' ';
    int added = vsnprintf(command + used, size - used, format, arguments);
    va_end(arguments);
    const char *end = or_none(model->command_end);
    if (is_short && added >= 0 && (size_t)added + strlen(end) < size - used)
        strcpy(command + used + added, end);
}

/* Cases of a kind, as options. */
typedef struct selection {
    const mb_finding *finding;                    /* the first, or NULL */
    char first[QUOTED_MAX], all[SELECTION_BYTES]; /* of that one; of all of them, where there are not too many */
    bool is_whole;
} selection;

/* Adds how the first case of them is explained. */
static void add_explanation(const mb_report_model *model, const mb_finding *first, size_t index, mb_advice *advice)
{
    char id[QUOTED_MAX];
    if (model->explain == NULL || first == NULL || first->is_slope || first->case_id[0] == '-' ||
        strlen(model->explain) >= MB_ADVICE_CALL_BYTES)
        return;
    mb_shell_quote(first->case_id, id, sizeof id);
    snprintf(advice->commands[index], sizeof advice->commands[index], "%s %s", model->explain, id);
    advice->purposes[index] = "look closer";
}

/* did: "grew" or "shrank". */
static void advise_changed(const mb_report_model *model, const char *did, const char *cases, const selection *cover,
                           bool single, mb_advice *advice)
{
    if (model->is_side_by_side) {
        snprintf(advice->sentence, sizeof advice->sentence,
                 "%s %s beyond the threshold. If that is intended, allow it: a threshold of the case in membench.json, "
                 "or --threshold. To look at %s again:",
                 cases, did, single ? "it" : "the first");
        set_command(advice, 0, model, "--verbose%s %s", or_none(model->judging), cover->first);
        return;
    }
    snprintf(advice->sentence, sizeof advice->sentence, "Memory %s in %s. If that is intended, record %s%s", did, cases,
             single ? "it" : "those cases",
             model->save_name == NULL ? " as a new baseline."
             : cover->is_whole        ? ":"
                                      : ", like the first:");
    if (model->save_name != NULL) {
        set_command(advice, 0, model, "--save-baseline %s %s", model->save_name, cover->all);
        advice->purposes[0] = cover->is_whole ? "accept" : "accept the first";
    }
    add_explanation(model, cover->finding, model->save_name != NULL, advice);
}

static void advise_unrecorded(const mb_report_model *model, const char *cases, const selection *cover, bool single,
                              mb_advice *advice)
{
    const char *them = single ? "it" : "them";
    snprintf(advice->sentence, sizeof advice->sentence,
             "The baseline has no numbers for %s, so nothing guards %s. Record %s%s", cases, them, them,
             model->save_name == NULL ? ": compare with a run that has them."
             : cover->is_whole        ? ":"
                                      : ", like the first:");
    if (model->save_name == NULL)
        return;
    set_command(advice, 0, model, "--save-baseline %s %s", model->save_name, cover->all);
    advice->purposes[0] = cover->is_whole ? "record" : "record the first";
}

static void advise_suspect(const mb_report_model *model, const char *cases, const char *exact, mb_advice *advice)
{
    if (model->is_of_commands) {
        snprintf(advice->sentence, sizeof advice->sentence,
                 "%s grew beyond the threshold, but not beyond what may be drift between two sessions. To settle it, "
                 "measure the old command and the new one in one run:",
                 cases);
        snprintf(advice->commands[0], sizeof advice->commands[0], "membench exec 'OLD' 'NEW'");
        advice->purposes[0] = "tell growth from drift";
        return;
    }
    snprintf(advice->sentence, sizeof advice->sentence,
             "%s grew beyond the threshold, but not beyond what may be drift between two sessions; a stored baseline "
             "cannot tell the two apart. To settle it, measure both builds side by side, OLD and NEW being programs or "
             "folders of them:",
             cases);
    snprintf(advice->commands[0], sizeof advice->commands[0], "membench ab OLD NEW %s", exact);
    advice->purposes[0] = "tell growth from drift";
}

static void advise_interrupted(const mb_report_model *model, mb_advice *advice)
{
    snprintf(advice->sentence, sizeof advice->sentence, "The run was interrupted. %s",
             model->is_side_by_side ? "Verdicts so far remain valid; the other cases need another run."
                                    : "The samples so far are kept. Run the same command with --resume to continue.");
}

static void advise_lost(const mb_tally *tally, const mb_report_model *model, const char *cases, const char *exact,
                        mb_advice *advice)
{
    if (tally->outcome_counts[MB_OUTCOME_NOT_RUN] > 0) {
        advise_interrupted(model, advice);
        return;
    }
    bool single = tally->finding_counts[MB_FINDING_LOST] == 1;
    snprintf(advice->sentence, sizeof advice->sentence, "%s failed, so %s memory is unknown. Run %s alone:", cases,
             single ? "its" : "their", single ? "it" : "the first");
    if (model->is_of_commands && model->is_side_by_side)
        set_command(advice, 0, model, "--show-output");
    else if (model->is_of_commands)
        set_command(advice, 0, model, "--show-output --runs 1 %s", exact);
    else if (model->is_side_by_side)
        snprintf(advice->commands[0], sizeof advice->commands[0], "membench --program NEW --verbose --test %s", exact);
    else
        set_command(advice, 0, model, "--verbose --test %s", exact);
    advice->purposes[0] = single ? "run it alone" : "run the first alone";
}

static void advise_inconclusive(const mb_report_model *model, const char *cases, const char *exact, mb_advice *advice)
{
    bool is_side = model->is_side_by_side, has_command = is_side || model->save_name != NULL;
    snprintf(advice->sentence, sizeof advice->sentence, "%s %s%s", cases,
             is_side ? "cannot be distinguished from the threshold. More samples may do it"
                     : "varied too much for a verdict. Take more samples, or look for what varies",
             has_command ? ":" : ".");
    advice->purposes[0] = has_command ? "take more samples" : NULL;
    if (is_side)
        set_command(advice, 0, model, "--sample-size %d %s", MB_STATS_SAMPLES_MAX, exact);
    else if (has_command)
        set_command(advice, 0, model, "%s 40 --baseline %s%s %s", model->is_of_commands ? "--runs" : "--sample-size",
                    model->save_name, or_none(model->judging), exact);
}

/* Why nothing could be compared, as far as it is known. */
static const char *explain_nothing(const mb_report *report)
{
    const mb_tally *tally = &report->tally;
    const mb_run_info *was = report->model->baseline_run;
    bool has_none_in_common = tally->finding_counts[MB_FINDING_UNRECORDED] == tally->case_count;
    if (tally->case_count == 0 && report->model->run->aggregate_count == 0)
        return "the run has no cases";
    if (tally->case_count == 0)
        return "the run has aggregates only (mean, median), and no samples";
    if (has_none_in_common && was != NULL && was->aggregate_count > 0)
        return "the baseline has aggregates only (mean, median), and no samples";
    if (tally->advisory_count == tally->case_count)
        return "every case is advisory";
    return has_none_in_common ? "the two have no measured case in common"
                              : "no gating metric was measured on both sides";
}

static void advise_nothing(const mb_report *report, mb_advice *advice)
{
    const mb_report_model *model = report->model;
    if (model->baseline_name == NULL) {
        snprintf(advice->sentence, sizeof advice->sentence, "No case was run. To list the cases:");
        set_command(advice, 0, model, "--list");
        advice->purposes[0] = "see which cases there are";
        return;
    }
    snprintf(advice->sentence, sizeof advice->sentence, "Nothing could be compared with %.300s: %s.",
             model->baseline_name, explain_nothing(report));
}

static void advise_gone(const mb_report_model *model, const char *cases, bool single, mb_advice *advice)
{
    snprintf(advice->sentence, sizeof advice->sentence, "%s of %s %s not run.%s", cases,
             model->is_side_by_side ? "the old side" : "the baseline", single ? "was" : "were",
             model->is_side_by_side ? "" : " If that is intended, record a new baseline.");
}

/* Advice on one kind of finding. A kind without words of its own is counted. */
static void advise(const mb_report *report, mb_finding_kind kind, mb_advice *advice)
{
    const mb_tally *tally = &report->tally;
    const mb_report_model *model = report->model;
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    char cases[MB_WORDS_TEXT_MAX];
    selection cover = {.finding = first_of(tally, kind)};
    const char *exact = cover.first;
    size_t count = report->decision.counts[kind];
    mb_sweep_words_findings(count, tally->slope_counts[kind], cases);
    if (cover.finding != NULL && cover.finding->is_slope)
        name_slope(cover.finding->case_id, cover.first);
    else if (cover.finding != NULL)
        name_case(cover.finding->case_id, cover.first);
    cover.is_whole = name_all(tally, kind, cover.all);
    *advice = (mb_advice){0};
    switch (kind) {
    case MB_FINDING_REGRESSED:
        advise_changed(model, "grew", cases, &cover, count == 1, advice);
        return;
    case MB_FINDING_SHRANK:
        advise_changed(model, "shrank", cases, &cover, count == 1, advice);
        return;
    case MB_FINDING_OVER_BUDGET:
    case MB_FINDING_CREPT:
        snprintf(advice->sentence, sizeof advice->sentence, "%s more memory than %s allows: make %s smaller, or %s.",
                 count == 1 ? "1 case takes" : strcat(cases, " take"),
                 kind == MB_FINDING_CREPT ? "an older baseline" : "membench.json", count == 1 ? "it" : "them",
                 kind == MB_FINDING_CREPT ? "allow more (--baseline NAME=RATIO)" : "the budget larger");
        return;
    case MB_FINDING_UNBUDGETED:
        snprintf(advice->sentence, sizeof advice->sentence,
                 "A budget needs its metric: see above why it was not measured, or remove the budget.");
        return;
    case MB_FINDING_LOST:
        advise_lost(tally, model, cases, exact, advice);
        return;
    case MB_FINDING_INTERRUPTED:
        advise_interrupted(model, advice);
        return;
    case MB_FINDING_NOTHING_RUN:
    case MB_FINDING_NOTHING_COMPARED:
        advise_nothing(report, advice);
        return;
    case MB_FINDING_UNRECORDED:
        advise_unrecorded(model, cases, &cover, count == 1, advice);
        return;
    case MB_FINDING_SUSPECT:
        advise_suspect(model, cases, exact, advice);
        return;
    case MB_FINDING_INCONCLUSIVE:
        advise_inconclusive(model, cases, exact, advice);
        return;
    case MB_FINDING_NOT_COMPARABLE:
        snprintf(advice->sentence, sizeof advice->sentence,
                 "%s could not be compared in any gating metric: %s, or insist with --ignore-environment.", cases,
                 model->is_side_by_side ? "build both sides the same way"
                                        : "record the baseline again in this environment");
        return;
    case MB_FINDING_GONE:
        advise_gone(model, cases, count == 1, advice);
        return;
    default:
        snprintf(advice->sentence, sizeof advice->sentence, "%s %s.", cases, info->headline);
        return;
    }
}

/* What is said when nothing was to be judged. */
static void advise_measured(const mb_report *report, mb_advice *advice)
{
    const mb_report_model *model = report->model;
    const mb_shard_info *shard = &model->run->shard;
    if (report->decision.calm == MB_CALM_PART) {
        snprintf(advice->sentence, sizeof advice->sentence,
                 "Shard %zu of %zu, with %zu of %zu cases: nothing is judged before all shards are put together:",
                 shard->index, shard->count, report->tally.case_count, shard->case_count);
        snprintf(advice->commands[0], sizeof advice->commands[0], "membench merge SHARD.json...");
    } else if (model->saved_name != NULL) {
        snprintf(advice->sentence, sizeof advice->sentence,
                 "Saved as baseline %s. To compare a later run with it:", model->saved_name);
        set_command(advice, 0, model, "--baseline %s%s%s", model->saved_name, or_none(model->judging),
                    or_none(model->filters));
        advice->purposes[0] = "compare a later run";
    } else {
        snprintf(advice->sentence, sizeof advice->sentence, "Nothing was compared.%s",
                 model->is_stored ? "" : " To compare later runs with this one:");
        if (model->is_stored)
            return;
        set_command(advice, 0, model, "--save-baseline %s%s", model->save_name != NULL ? model->save_name : "main",
                    or_none(model->filters));
        advice->purposes[0] = "keep as a baseline";
    }
}

/* What is said when what was judged is well. */
static void advise_calm(const mb_report *report, mb_advice *advice)
{
    const mb_report_model *model = report->model;
    char sentence[MB_CALM_TEXT_MAX], calm[MB_CALM_TEXT_MAX];
    bool is_still = report->decision.calm == MB_CALM_NOTHING_GREW;
    mb_utf8_clean(mb_calm_sentence(report, sentence), true, calm, sizeof calm);
    if (report->decision.counts[MB_FINDING_IMPROVED] == 0) {
        snprintf(advice->sentence, sizeof advice->sentence, "%s%s", calm, is_still ? ": nothing to do." : ".");
        return;
    }
    bool has_name = model->save_name != NULL && !model->is_side_by_side;
    const char *keeping = has_name ? " To keep what was gained:" : " To keep what was gained, record a new baseline.";
    snprintf(advice->sentence, sizeof advice->sentence, "%s%s.%s", calm,
             is_still ? ", and some shrank" : ". Some memory shrank", model->is_side_by_side ? "" : keeping);
    if (!has_name)
        return;
    set_command(advice, 0, model, "--save-baseline %s%s", model->save_name, or_none(model->filters));
    advice->purposes[0] = "keep what was gained";
}

size_t mb_advice_make(const mb_report *report, mb_advice advice[MB_ADVICE_MAX])
{
    const mb_decision *decision = &report->decision;
    for (size_t i = 0; i < decision->advice_count; i++)
        advise(report, decision->advice[i], &advice[i]);
    if (decision->advice_count > 0)
        return decision->advice_count;
    advice[0] = (mb_advice){0};
    if (decision->calm == MB_CALM_PART || decision->calm == MB_CALM_MEASURED)
        advise_measured(report, &advice[0]);
    else
        advise_calm(report, &advice[0]);
    return 1;
}
