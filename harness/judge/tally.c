#include "judge/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[MB_FINDING_KIND_COUNT] = {
    [MB_FINDING_REGRESSED] = "regressed",
    [MB_FINDING_OVER_BUDGET] = "over_budget",
    [MB_FINDING_LOST] = "lost",
    [MB_FINDING_UNRECORDED] = "unrecorded",
    [MB_FINDING_SUSPECT] = "suspect",
    [MB_FINDING_INCONCLUSIVE] = "inconclusive",
    [MB_FINDING_NOT_COMPARABLE] = "not_comparable",
    [MB_FINDING_UNBUDGETED] = "unbudgeted",
    [MB_FINDING_GONE] = "gone",
    [MB_FINDING_ADVISORY] = "advisory",
    [MB_FINDING_IMPROVED] = "improved",
};

const char *mb_finding_kind_name(mb_finding_kind kind) { return kind_names[kind]; }

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

/* Makes room for one more finding of this case and fills in what all kinds have; NULL when memory is out. */
static mb_finding *add_finding(mb_tally *tally, mb_finding_kind kind, const mb_case_result *result)
{
    if (tally->finding_count == tally->finding_capacity) {
        size_t capacity = tally->finding_capacity == 0 ? 16 : tally->finding_capacity * 2;
        mb_finding *findings = realloc(tally->findings, capacity * sizeof *findings);
        if (findings == NULL)
            return NULL;
        tally->findings = findings;
        tally->finding_capacity = capacity;
    }
    mb_finding finding = {.kind = kind, .outcome = result->outcome, .order = tally->finding_count};
    finding.case_id = mb_arena_copy(&tally->arena, result->id);
    if (finding.case_id == NULL)
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

/* Adds a finding with its changes, the worst first; none when there are none. */
static bool add_changes(mb_tally *tally, mb_finding_kind kind, const mb_report_case *item, mb_finding_change *changes,
                        size_t count)
{
    if (count == 0)
        return true;
    mb_finding *finding = add_finding(tally, kind, item->result);
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
        if (check->state != MB_BUDGET_UNMEASURED && !item->is_advisory)
            tally->budget_count++;
        if (check->state == MB_BUDGET_OVER && item->is_advisory)
            advisory[advisory_count++] = change;
        else if (check->state == MB_BUDGET_OVER)
            over[over_count++] = change;
        else if (check->state == MB_BUDGET_UNMEASURED && !item->is_advisory)
            unmeasured[unmeasured_count++] = change;
    }
    tally->over_budget_count += over_count;
    return add_changes(tally, MB_FINDING_OVER_BUDGET, item, over, over_count) &&
           add_changes(tally, MB_FINDING_UNBUDGETED, item, unmeasured, unmeasured_count) &&
           add_changes(tally, MB_FINDING_ADVISORY, item, advisory, advisory_count);
}

static bool is_lost(const mb_report_case *item)
{
    switch (item->result->outcome) {
    case MB_OUTCOME_OK:
        return false;
    case MB_OUTCOME_SKIPPED:
        return item->baseline_ok;
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

/* Counts the gating comparisons; returns how many of them came to a verdict. */
static size_t count_verdicts(mb_tally *tally, const mb_report_case *item, bool *has_gating)
{
    size_t judged_count = 0;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (!comparison->gates)
            continue;
        *has_gating = true;
        tally->verdict_counts[comparison->verdict]++;
        if (comparison->verdict != MB_VERDICT_NOT_COMPARABLE && comparison->verdict != MB_VERDICT_NO_BASELINE &&
            comparison->verdict != MB_VERDICT_SHOWN)
            judged_count++;
    }
    tally->gated_count += judged_count;
    return judged_count;
}

bool mb_tally_add(mb_tally *tally, const mb_report_case *item)
{
    static const struct {
        mb_finding_kind kind;
        mb_verdict verdict;
    } judged[] = {{MB_FINDING_REGRESSED, MB_VERDICT_REGRESSED},
                  {MB_FINDING_SUSPECT, MB_VERDICT_SUSPECT},
                  {MB_FINDING_INCONCLUSIVE, MB_VERDICT_INCONCLUSIVE},
                  {MB_FINDING_IMPROVED, MB_VERDICT_IMPROVED}};
    const mb_case_result *result = item->result;
    if (item->presence == MB_PRESENCE_GONE)
        return add_finding(tally, MB_FINDING_GONE, result) != NULL;
    tally->case_count++;
    tally->outcome_counts[result->outcome]++;
    if (is_lost(item) && add_finding(tally, MB_FINDING_LOST, result) == NULL)
        return false;
    if (!add_budgets(tally, item))
        return false;
    if (item->presence == MB_PRESENCE_UNRECORDED) /* what is advisory needs no guard */
        return item->is_advisory || add_finding(tally, MB_FINDING_UNRECORDED, result) != NULL;
    bool has_gating = false;
    size_t judged_count = count_verdicts(tally, item, &has_gating);
    if (has_gating && judged_count == 0 && result->outcome == MB_OUTCOME_OK &&
        add_finding(tally, MB_FINDING_NOT_COMPARABLE, result) == NULL)
        return false;
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++)
        if (!add_judged(tally, judged[i].kind, judged[i].verdict, item))
            return false;
    return true;
}

bool mb_tally_add_sweep(mb_tally *tally, const mb_sweep *sweep)
{
    static const struct {
        mb_finding_kind kind;
        mb_verdict verdict;
    } judged[] = {{MB_FINDING_REGRESSED, MB_VERDICT_REGRESSED},
                  {MB_FINDING_SUSPECT, MB_VERDICT_SUSPECT},
                  {MB_FINDING_IMPROVED, MB_VERDICT_IMPROVED}};
    mb_case_result named = {.id = sweep->name, .outcome = MB_OUTCOME_OK};
    mb_report_case item = {.result = &named};
    for (size_t k = 0; k < sizeof judged / sizeof judged[0]; k++) {
        mb_finding_change changes[MB_METRIC_COUNT];
        size_t count = 0;
        for (size_t i = 0; i < sweep->metric_count && count < MB_METRIC_COUNT; i++) {
            const mb_sweep_metric *metric = &sweep->metrics[i];
            if (metric->gates && metric->verdict == judged[k].verdict)
                changes[count++] = (mb_finding_change){.metric = metric->metric,
                                                       .difference = metric->difference,
                                                       .ratio = metric->has_ratio ? metric->ratio : 0,
                                                       .reason = metric->reason};
        }
        if (!add_changes(tally, judged[k].kind, &item, changes, count))
            return false;
        if (count > 0) {
            tally->findings[tally->finding_count - 1].is_slope = true;
            tally->slope_counts[judged[k].kind]++;
        }
    }
    return true;
}

void mb_tally_sort(mb_tally *tally)
{
    if (tally->finding_count > 1)
        qsort(tally->findings, tally->finding_count, sizeof tally->findings[0], compare_findings);
}

void mb_tally_fini(mb_tally *tally)
{
    free(tally->findings);
    mb_arena_fini(&tally->arena);
    *tally = (mb_tally){0};
}

const char *mb_tally_verdict(const mb_tally *tally, bool has_baseline, bool lenient)
{
    const size_t *counts = tally->finding_counts;
    if (counts[MB_FINDING_LOST] > 0)
        return "failed";
    if (counts[MB_FINDING_REGRESSED] > 0)
        return "regressed";
    if (counts[MB_FINDING_OVER_BUDGET] > 0)
        return "over_budget";
    if (counts[MB_FINDING_UNBUDGETED] > 0)
        return "unbudgeted";
    if (!has_baseline)
        return "measured";
    if ((counts[MB_FINDING_UNRECORDED] > 0 && !lenient) || counts[MB_FINDING_NOT_COMPARABLE] > 0)
        return "unrecorded";
    if (counts[MB_FINDING_SUSPECT] > 0)
        return "suspect";
    return counts[MB_FINDING_INCONCLUSIVE] > 0 ? "inconclusive" : "ok";
}
