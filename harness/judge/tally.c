#include "judge/tally.h"

#include "base/grown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How big a change is, for sorting: the ratio, in either direction; growth from nothing above every ratio. */
static double change_weight(const mb_finding_change *change)
{
    if (change->ratio > 0)
        return change->ratio >= 1 ? change->ratio : 1 / change->ratio;
    return 1e12 + fabs(change->difference);
}

static int compare_changes(const void *left, const void *right)
{
    const mb_finding_change *a = left, *b = right;
    double weight_a = change_weight(a), weight_b = change_weight(b);
    if (weight_a != weight_b)
        return weight_a > weight_b ? -1 : 1;
    return (a->metric > b->metric) - (a->metric < b->metric);
}

static int compare_findings(const void *left, const void *right)
{
    const mb_finding *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Where the case belongs, so that findings of one group can be listed together (causes.h). */
static bool copy_place(mb_arena *arena, mb_finding *finding, const mb_case_result *result)
{
    mb_param_value *params = NULL;
    finding->group = mb_arena_copy(arena, result->group != NULL ? result->group : "");
    finding->function = mb_arena_copy(arena, result->function != NULL ? result->function : "");
    if (result->param_count > 0) {
        params = mb_arena_alloc(arena, result->param_count * sizeof *params);
        if (params == NULL)
            return false;
    }
    for (size_t i = 0; i < result->param_count; i++) {
        params[i] = result->params[i];
        params[i].name = mb_arena_copy(arena, result->params[i].name);
        params[i].label = result->params[i].label != NULL ? mb_arena_copy(arena, result->params[i].label) : NULL;
        if (params[i].name == NULL || (params[i].label == NULL && result->params[i].label != NULL))
            return false;
    }
    finding->params = params;
    finding->param_count = result->param_count;
    return finding->group != NULL && finding->function != NULL;
}

/* Makes room for one more finding of this case and fills in what all kinds have; NULL when memory is out. */
static mb_finding *add_finding(mb_tally *tally, mb_finding_kind kind, const mb_report_case *item)
{
    const mb_case_result *result = item->result;
    mb_finding *findings = mb_grown(tally->findings, tally->finding_count, &tally->finding_capacity, sizeof *findings);
    if (findings == NULL)
        return NULL;
    tally->findings = findings;
    mb_finding finding = {.kind = kind,
                          .outcome = result->outcome,
                          .baseline_outcome = mb_baseline_outcome(item),
                          .order = tally->finding_count};
    finding.case_id = mb_arena_copy(&tally->arena, result->id);
    if (finding.case_id == NULL || !copy_place(&tally->arena, &finding, result))
        return NULL;
    if (kind == MB_FINDING_LOST && result->message != NULL) {
        finding.message = mb_arena_copy(&tally->arena, result->message);
        if (finding.message == NULL)
            return NULL;
    }
    tally->finding_counts[kind]++;
    tally->findings[tally->finding_count] = finding;
    return &tally->findings[tally->finding_count++];
}

static mb_finding_change change_of(const mb_comparison *comparison)
{
    return (mb_finding_change){.metric = comparison->metric,
                               .difference = comparison->difference,
                               .ratio = comparison->has_ratio ? comparison->ratio : 0,
                               .has_interval = true,
                               .low = comparison->has_ratio ? comparison->ratio_low : comparison->difference_low,
                               .high = comparison->has_ratio ? comparison->ratio_high : comparison->difference_high,
                               .reason = comparison->reason};
}

static mb_finding_change slope_change_of(const mb_sweep_metric *metric)
{
    return (mb_finding_change){.metric = metric->metric,
                               .difference = metric->difference,
                               .ratio = metric->has_ratio ? metric->ratio : 0,
                               .reason = metric->reason};
}

/* Adds a finding with its changes, the worst first; none when there are none. */
static bool add_changes(mb_tally *tally, mb_finding_kind kind, const mb_report_case *item, mb_finding_change *changes,
                        size_t count)
{
    if (count == 0)
        return true;
    mb_finding *finding = add_finding(tally, kind, item);
    if (finding == NULL)
        return false;
    qsort(changes, count, sizeof changes[0], compare_changes);
    finding->changes = mb_arena_alloc(&tally->arena, count * sizeof changes[0]);
    if (finding->changes == NULL)
        return false;
    memcpy(finding->changes, changes, count * sizeof changes[0]);
    finding->change_count = count;
    finding->weight = change_weight(&changes[0]);
    return true;
}

static bool add_judged(mb_tally *tally, mb_finding_kind kind, mb_verdict verdict, const mb_report_case *item)
{
    mb_finding_change changes[MB_METRIC_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (comparison->gates && comparison->verdict == verdict && count < MB_METRIC_COUNT)
            changes[count++] = change_of(comparison);
    }
    return add_changes(tally, kind, item, changes, count);
}

/* Growth since older baselines; what is open there is open as anything else. */
static const struct {
    mb_finding_kind kind;
    mb_verdict verdict;
} since_kinds[] = {{MB_FINDING_CREPT, MB_VERDICT_REGRESSED},
                   {MB_FINDING_SUSPECT, MB_VERDICT_SUSPECT},
                   {MB_FINDING_INCONCLUSIVE, MB_VERDICT_INCONCLUSIVE}};
enum { SINCE_KIND_COUNT = sizeof since_kinds / sizeof since_kinds[0] };

static bool add_sinces(mb_tally *tally, const mb_report_case *item)
{
    for (size_t s = 0; s < item->since_count; s++)
        for (size_t r = 0; r < SINCE_KIND_COUNT; r++) {
            mb_report_case since = {.result = item->result,
                                    .comparisons = item->sinces[s].comparisons,
                                    .comparison_count = item->sinces[s].comparison_count};
            size_t first = tally->finding_count;
            if (!add_judged(tally, since_kinds[r].kind, since_kinds[r].verdict, &since))
                return false;
            for (size_t i = first; i < tally->finding_count; i++)
                if ((tally->findings[i].since = mb_arena_copy(&tally->arena, item->sinces[s].baseline)) == NULL)
                    return false;
        }
    return true;
}

/* Budgets exceeded, or not checked, and with an advisory case the growth that would have been looked into. */
static bool add_budgets(mb_tally *tally, const mb_report_case *item)
{
    mb_finding_change over[MB_METRIC_COUNT], unmeasured[MB_METRIC_COUNT], advisory[2 * MB_METRIC_COUNT];
    size_t over_count = 0, unmeasured_count = 0, advisory_count = 0;
    for (size_t i = 0; i < item->comparison_count && i < MB_METRIC_COUNT; i++)
        if (item->comparisons[i].is_advisory && item->comparisons[i].reason != NULL)
            advisory[advisory_count++] = change_of(&item->comparisons[i]);
    for (size_t i = 0; i < item->budget_count && i < MB_METRIC_COUNT; i++) {
        const mb_budget_check *check = &item->budgets[i];
        mb_finding_change change = {.metric = check->metric, .is_budget = true, .value = check->value};
        change.budget = check->budget;
        change.difference = check->value - check->budget;
        change.ratio = check->budget > 0 ? check->value / check->budget : 0;
        bool is_checked = check->state == MB_BUDGET_WITHIN || check->state == MB_BUDGET_OVER;
        if (is_checked && !item->is_advisory)
            tally->budget_count++;
        if (check->state == MB_BUDGET_OVER && item->is_advisory)
            advisory[advisory_count++] = change;
        else if (check->state == MB_BUDGET_OVER)
            over[over_count++] = change;
        else if (!is_checked && !item->is_advisory)
            unmeasured[unmeasured_count++] = change;
    }
    tally->over_budget_count += over_count;
    return add_changes(tally, MB_FINDING_OVER_BUDGET, item, over, over_count) &&
           add_changes(tally, MB_FINDING_UNBUDGETED, item, unmeasured, unmeasured_count) &&
           add_changes(tally, MB_FINDING_ADVISORY, item, advisory, advisory_count);
}

static bool mb_seen_is_lost(const mb_seen_case *seen)
{
    if (seen->item->presence == MB_PRESENCE_GONE)
        return false;
    switch (seen->item->result->outcome) {
    case MB_OUTCOME_OK:
        return false;
    case MB_OUTCOME_SKIPPED:
        return seen->item->baseline_ok;
    case MB_OUTCOME_FAILED:
    case MB_OUTCOME_OUT_OF_MEMORY:
    case MB_OUTCOME_TIMED_OUT:
    case MB_OUTCOME_CRASHED:
    case MB_OUTCOME_NOT_RUN:
    case MB_OUTCOME_COUNT:
        break;
    }
    return true;
}

static bool mb_seen_is_not_comparable(const mb_seen_case *seen)
{
    return seen->gating_count > 0 && seen->judged_count == 0 && seen->item->result->outcome == MB_OUTCOME_OK;
}

/* The conditions of the table, a function each. */
#define CONDITION(KIND, WHEN, ...)                                                                                     \
    static bool has_##KIND(const mb_seen_case *seen)                                                                   \
    {                                                                                                                  \
        (void)seen;                                                                                                    \
        return WHEN;                                                                                                   \
    }
MB_FINDING_KINDS(CONDITION)
#undef CONDITION

static bool (*const conditions[MB_FINDING_KIND_COUNT])(const mb_seen_case *seen) = {
#define ENTRY(KIND, WHEN, ...) [MB_FINDING_##KIND] = has_##KIND,
    MB_FINDING_KINDS(ENTRY)
#undef ENTRY
};

/* Counts the comparisons that gate, and those that came to a verdict. */
static void count_verdicts(mb_tally *tally, mb_seen_case *seen)
{
    const bool is_measured = seen->item->result->outcome == MB_OUTCOME_OK;
    tally->has_uncompared |= is_measured && seen->item->presence == MB_PRESENCE_UNRECORDED && !seen->item->is_advisory;
    for (size_t i = 0; i < seen->item->comparison_count; i++) {
        const mb_comparison *comparison = &seen->item->comparisons[i];
        if (!comparison->gates)
            continue;
        seen->gating_count++;
        tally->verdict_counts[comparison->verdict]++;
        if (comparison->verdict == MB_VERDICT_NOT_COMPARABLE || comparison->verdict == MB_VERDICT_NO_BASELINE)
            tally->has_uncompared |= is_measured;
        else if (comparison->verdict != MB_VERDICT_SHOWN)
            seen->judged_count++;
    }
    tally->gated_count += seen->judged_count;
}

/* Counts a growth, and keeps it when it is the largest so far. */
static void note_growth(mb_passed_growth *growth, const mb_passed_growth *seen, const char *case_id)
{
    if (growth->count++ > 0 && change_weight(&seen->change) <= change_weight(&growth->change))
        return;
    size_t count = growth->count, length = strlen(case_id);
    *growth = *seen;
    growth->count = count;
    if (length >= sizeof growth->case_id)
        length = sizeof growth->case_id - 1;
    memcpy(growth->case_id, case_id, length); /* what was seen has none yet: zeros */
}

/* The growth of a comparison by its estimate, or by its medians where the estimate sees none, or in the few samples
 * that are beyond all that is allowed; false: there is none. */
static bool find_growth(const mb_comparison *comparison, mb_passed_growth *growth)
{
    double was = comparison->baseline_median, is = comparison->current_median;
    *growth = (mb_passed_growth){.change = change_of(comparison),
                                 .threshold_ratio = comparison->threshold_ratio,
                                 .floor = comparison->floor,
                                 .is_exact = comparison->baseline_exact && comparison->current_exact};
    if (comparison->baseline_count == 0 || comparison->current_count == 0)
        return false;
    if (comparison->difference <= 0 && is > was) {
        growth->change.difference = is - was;
        growth->change.ratio = was > 0 ? is / was : 0;
    }
    if (comparison->gates && comparison->above_count > 0 &&
        comparison->current_highest > comparison->baseline_highest) {
        double most = comparison->baseline_highest;
        growth->tail_count = comparison->above_count;
        growth->sample_count = comparison->current_count;
        growth->highest = comparison->current_highest;
        growth->change.difference = growth->highest - most;
        growth->change.ratio = most > 0 ? growth->highest / most : 0;
    }
    return growth->change.difference > 0;
}

static void note_case_growth(mb_tally *tally, const mb_report_case *item)
{
    mb_passed_growth growth;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        bool is_memory = mb_metric_info(comparison->metric)->kind != MB_KIND_NS;
        bool is_judged = comparison->gates && comparison->verdict == MB_VERDICT_NOT_REGRESSED;
        if (mb_comparison_moves(comparison)) /* what it differs by is where it lies */
            continue;
        bool is_shown =
            is_memory && (comparison->verdict == MB_VERDICT_SHOWN || comparison->verdict == MB_VERDICT_NOT_COMPARABLE);
        if ((is_judged || is_shown) && find_growth(comparison, &growth))
            note_growth(is_judged ? &tally->judged_growth : &tally->unjudged_growth, &growth, item->result->id);
    }
}

bool mb_tally_add(mb_tally *tally, const mb_report_case *item)
{
    mb_seen_case seen = {.item = item};
    if (item->presence != MB_PRESENCE_GONE) {
        tally->case_count++;
        tally->outcome_counts[item->result->outcome]++;
        tally->advisory_count += item->is_advisory;
        count_verdicts(tally, &seen);
    }
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        mb_verdict verdict = mb_finding_kind_get((mb_finding_kind)kind)->of_verdict;
        if (conditions[kind](&seen) && add_finding(tally, (mb_finding_kind)kind, item) == NULL)
            return false;
        if (verdict != 0 && !add_judged(tally, (mb_finding_kind)kind, verdict, item))
            return false;
    }
    note_case_growth(tally, item);
    return add_sinces(tally, item) && add_budgets(tally, item);
}

/* Slopes of a verdict as a finding of that kind. */
static bool add_slopes(mb_tally *tally, mb_finding_kind kind, mb_verdict verdict, const mb_sweep *sweep)
{
    mb_case_result named = {
        .id = sweep->name, .group = sweep->group, .function = sweep->function, .outcome = MB_OUTCOME_OK};
    mb_report_case item = {.result = &named};
    mb_finding_change changes[MB_METRIC_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < sweep->metric_count && count < MB_METRIC_COUNT; i++) {
        const mb_sweep_metric *metric = &sweep->metrics[i];
        if (metric->gates && metric->verdict == verdict)
            changes[count++] = slope_change_of(metric);
    }
    if (!add_changes(tally, kind, &item, changes, count))
        return false;
    if (count > 0) {
        mb_finding *finding = &tally->findings[tally->finding_count - 1];
        finding->is_slope = true;
        finding->unit_word = mb_arena_copy(&tally->arena, sweep->unit_word);
        finding->since = sweep->since != NULL ? mb_arena_copy(&tally->arena, sweep->since) : NULL;
        tally->slope_counts[kind]++;
        return finding->unit_word != NULL && (finding->since != NULL || sweep->since == NULL);
    }
    return true;
}

bool mb_tally_add_sweep(mb_tally *tally, const mb_sweep *sweep)
{
    for (size_t r = 0; r < SINCE_KIND_COUNT && sweep->since != NULL; r++)
        if (!add_slopes(tally, since_kinds[r].kind, since_kinds[r].verdict, sweep))
            return false;
    if (sweep->since != NULL)
        return true;
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        mb_verdict verdict = mb_finding_kind_get((mb_finding_kind)kind)->of_verdict;
        if (verdict != 0 && !add_slopes(tally, (mb_finding_kind)kind, verdict, sweep))
            return false;
    }
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *metric = &sweep->metrics[i];
        mb_passed_growth growth = {.change = slope_change_of(metric), .is_slope = true};
        if (metric->gates && metric->verdict == MB_VERDICT_NOT_REGRESSED && growth.change.difference > 0)
            note_growth(&tally->judged_growth, &growth, sweep->name);
    }
    return true;
}

void mb_tally_sort(mb_tally *tally)
{
    if (tally->finding_count > 0)
        qsort(tally->findings, tally->finding_count, sizeof tally->findings[0], compare_findings);
}

void mb_tally_fini(mb_tally *tally)
{
    free(tally->findings);
    mb_arena_fini(&tally->arena);
    *tally = (mb_tally){0};
}
