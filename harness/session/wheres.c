#include "session/wheres.h"

#include "judge/budget.h"
#include "report/where_pages.h"
#include "session/pins.h"
#include "session/policy.h"

#include <stdlib.h>
#include <string.h>

static bool is_asked(const mb_comparison *comparison, mb_where_extent extent, mb_site_question *question)
{
    mb_verdict verdict = comparison->verdict;
    bool is_changed =
        verdict == MB_VERDICT_SUSPECT || verdict == MB_VERDICT_INCONCLUSIVE || verdict == MB_VERDICT_IMPROVED;
    return (verdict == MB_VERDICT_REGRESSED || verdict == MB_VERDICT_SHRANK ||
            (extent == MB_WHERE_ALL && is_changed && comparison->gates)) &&
           mb_site_question_of(comparison->metric, question);
}

bool mb_wheres_are_asked(const mb_comparison *comparisons, size_t count, mb_where_extent extent)
{
    mb_site_question question;
    for (size_t i = 0; i < count; i++)
        if (is_asked(&comparisons[i], extent, &question))
            return true;
    return false;
}

/* pages: of metrics of pages, or NULL. */
static void add(mb_where_findings *findings, mb_metric metric, mb_verdict verdict, bool is_of_pages,
                const mb_where *where, const char *pages, const char *obstacle)
{
    for (size_t i = 0; i < findings->count; i++) {
        mb_where_finding *known = &findings->items[i];
        bool is_known = obstacle != NULL ? known->obstacle != NULL && strcmp(known->obstacle, obstacle) == 0
                                         : known->obstacle == NULL && mb_where_tells_same(&known->where, where);
        if (!is_known || known->verdict != verdict || known->metric_count == MB_WHERE_METRICS_MAX)
            continue;
        known->metrics[known->metric_count++] = metric;
        return;
    }
    if (findings->count == MB_WHERE_FINDINGS_MAX)
        return;
    mb_where_finding *added = &findings->items[findings->count++];
    *added = (mb_where_finding){.metrics = {metric},
                                .metric_count = 1,
                                .verdict = verdict,
                                .is_of_pages = is_of_pages,
                                .pages = pages,
                                .obstacle = obstacle};
    if (obstacle == NULL)
        added->where = *where;
}

static mb_status explain(const mb_comparison *comparison, const mb_site_question *question, const mb_site_set *old,
                         const mb_site_set *new, const char *obstacle, mb_arena *arena, mb_where_findings *findings,
                         mb_error *error)
{
    mb_where where = {0};
    if (obstacle == NULL && (!old->has_window[question->window] || !new->has_window[question->window]))
        obstacle = "this window of its sample is missing";
    if (obstacle != NULL) {
        add(findings, comparison->metric, comparison->verdict, question->is_of_pages, NULL, NULL, obstacle);
        return MB_OK;
    }
    mb_status status =
        mb_where_compare(&old->views[question->window][question->moment],
                         &new->views[question->window][question->moment], question->weight, arena, &where, error);
    const char *pages = NULL;
    if (status == MB_OK && question->is_of_pages && question->moment == MB_SITE_AT_RUN)
        status = mb_where_pages_changed(old, new, question->window, arena, &pages, error);
    if (status == MB_OK)
        add(findings, comparison->metric, comparison->verdict, question->is_of_pages, &where, pages, NULL);
    return status;
}

mb_status mb_wheres_explain(const char *case_id, const mb_comparison *comparisons, size_t count, mb_where_extent extent,
                            const mb_site_set *old, const mb_site_set *new, const char *obstacle, mb_arena *arena,
                            mb_where_findings *findings, mb_error *error)
{
    mb_status status = MB_OK;
    mb_site_question question;
    findings->case_id = case_id;
    findings->count = 0;
    /* Metrics of the heap first: pages grow for the same reason more often than not, and are explained by it then. The
     * steady window before the cold one. */
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < count && status == MB_OK; i++)
            if (is_asked(&comparisons[i], extent, &question) && question.is_of_pages == (round >= 2) &&
                (question.window == MB_WINDOW_COLD) == (round % 2 == 1))
                status = explain(&comparisons[i], &question, old, new, obstacle, arena, findings, error);
    return status;
}

/* Which cases are asked for, as indices of the new side; count_of is that of the pairs among them. */
static size_t find_asked(const mb_sides *sides, const mb_verdicts *verdicts, mb_where_extent extent, size_t *indices)
{
    size_t count = 0;
    for (size_t c = 0; c < verdicts->case_count; c++) {
        size_t of_case;
        const mb_comparison *comparisons = mb_verdicts_of_case(verdicts, c, &of_case);
        if (sides->turns[c].side_count == MB_SIDES_MAX && mb_wheres_are_asked(comparisons, of_case, extent))
            indices[count++] = c;
    }
    return count;
}

static mb_status explain_sides(mb_sides *sides, const mb_verdicts *verdicts, mb_where_extent extent,
                               const size_t *indices, size_t count, mb_site_sample *samples[MB_SIDES_MAX],
                               mb_where_findings *cases, mb_arena *arena, mb_error *error)
{
    mb_status status = MB_OK;
    size_t *side_indices = malloc((count + 1) * sizeof *side_indices);
    if (side_indices == NULL)
        return mb_error_no_memory(error);
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++) {
        for (size_t i = 0; i < count; i++)
            side_indices[i] = sides->turns[indices[i]].case_indices[side];
        status = mb_sites_take(&sides->sessions[side], side_indices, count, arena, samples[side], error);
    }
    for (size_t i = 0; i < count && status == MB_OK; i++) {
        const mb_site_sample *old = &samples[MB_SIDE_OLD][i], *new = &samples[MB_SIDE_NEW][i];
        size_t start = verdicts->starts[indices[i]];
        status = mb_wheres_explain(sides->sessions[MB_SIDE_NEW].results[indices[i]].id, verdicts->comparisons + start,
                                   verdicts->starts[indices[i] + 1] - start, extent, &old->set, &new->set,
                                   old->obstacle != NULL ? old->obstacle : new->obstacle, arena, &cases[i], error);
    }
    free(side_indices);
    return status;
}

mb_status mb_wheres_of_sides(mb_sides *sides, const mb_verdicts *verdicts, mb_where_extent extent, mb_arena *arena,
                             mb_wheres *wheres, mb_error *error)
{
    size_t *indices = malloc((verdicts->case_count + 1) * sizeof *indices);
    if (indices == NULL)
        return mb_error_no_memory(error);
    size_t count = find_asked(sides, verdicts, extent, indices);
    mb_where_findings *cases = mb_arena_alloc(arena, (count + 1) * sizeof *cases);
    mb_site_sample *samples[MB_SIDES_MAX];
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        samples[side] = mb_arena_alloc(arena, (count + 1) * sizeof **samples);
    mb_status status = cases != NULL && samples[MB_SIDE_OLD] != NULL && samples[MB_SIDE_NEW] != NULL
                           ? explain_sides(sides, verdicts, extent, indices, count, samples, cases, arena, error)
                           : mb_error_no_memory(error);
    free(indices);
    if (status == MB_OK)
        *wheres = (mb_wheres){cases, count};
    return status;
}

static bool is_case_asked(const mb_verdicts *verdicts, mb_where_extent extent, size_t c)
{
    size_t count;
    const mb_comparison *comparisons = mb_verdicts_of_case(verdicts, c, &count);
    return verdicts->baseline_indices[c] != MB_VERDICTS_UNRECORDED && mb_wheres_are_asked(comparisons, count, extent);
}

/* The budgets of the case that it exceeds and call sites can tell something of. */
static size_t find_exceeded(const mb_plan *plan, const mb_case_result *result, mb_metric exceeded[MB_METRIC_COUNT])
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_site_question question;
    mb_error ignored; /* the report says it */
    size_t check_count = 0, count = 0;
    if (mb_pins_check_budgets(plan, result, checks, &check_count, &ignored) != MB_OK)
        return 0;
    for (size_t i = 0; i < check_count; i++)
        if (checks[i].state == MB_BUDGET_OVER && plan->metrics[checks[i].metric] &&
            mb_site_question_of(checks[i].metric, &question))
            exceeded[count++] = checks[i].metric;
    return count;
}

mb_status mb_wheres_keep(mb_session *session, const mb_verdicts *verdicts, mb_where_extent extent, mb_error *error)
{
    size_t *indices = malloc((session->case_count + 1) * sizeof *indices), count = 0;
    if (indices == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < session->case_count; c++) {
        mb_metric exceeded[MB_METRIC_COUNT];
        bool has_baseline =
            verdicts != NULL && session->cases[c].has_baseline && session->cases[c].baseline.sites != NULL;
        if ((has_baseline && is_case_asked(verdicts, extent, c)) ||
            find_exceeded(session->plan, &session->results[c], exceeded) > 0)
            indices[count++] = c;
    }
    mb_status status = mb_sites_keep(session, indices, count, error);
    free(indices);
    return status;
}

/* What is known, a case after the other. */
typedef struct known_cases {
    mb_where_findings *cases;
    size_t count, capacity;
} known_cases;

/* Room for one more; NULL when memory is out. */
static mb_where_findings *next_case(known_cases *known, mb_arena *arena)
{
    if (known->count == known->capacity) {
        size_t capacity = 2 * known->capacity + 4;
        mb_where_findings *cases = mb_arena_alloc(arena, capacity * sizeof *cases);
        if (cases == NULL)
            return NULL;
        if (known->count > 0)
            memcpy(cases, known->cases, known->count * sizeof *cases);
        known->cases = cases;
        known->capacity = capacity;
    }
    return &known->cases[known->count++];
}

static mb_status read_pair(const mb_verdicts *verdicts, const mb_case_source *current, const mb_case_source *baseline,
                           size_t c, mb_arena *arena, mb_case_result *is, mb_case_result *was, mb_error *error)
{
    mb_status status = current->read(current->context, c, arena, is, error);
    return status == MB_OK ? baseline->read(baseline->context, verdicts->baseline_indices[c], arena, was, error)
                           : status;
}

/* Of a case that kept call sites both sides stay, since what is known points into them; of others nothing. */
static mb_status explain_case(const mb_verdicts *verdicts, const mb_case_source *current,
                              const mb_case_source *baseline, size_t c, mb_where_extent extent, mb_arena *scratch,
                              mb_arena *arena, known_cases *known, mb_error *error)
{
    mb_case_result is, was;
    size_t compared_count;
    const mb_comparison *compared = mb_verdicts_of_case(verdicts, c, &compared_count);
    mb_arena_reset(scratch);
    mb_status status = read_pair(verdicts, current, baseline, c, scratch, &is, &was, error);
    if (status != MB_OK || (is.sites == NULL && was.sites == NULL))
        return status;
    status = read_pair(verdicts, current, baseline, c, arena, &is, &was, error);
    mb_where_findings *findings = status == MB_OK ? next_case(known, arena) : NULL;
    if (findings == NULL)
        return status == MB_OK ? mb_error_no_memory(error) : status;
    const char *obstacle = was.sites == NULL  ? "the baseline has no call sites: save it again"
                           : is.sites == NULL ? "this run has no call sites"
                                              : NULL;
    return mb_wheres_explain(is.id, compared, compared_count, extent, was.sites, is.sites, obstacle, arena, findings,
                             error);
}

mb_status mb_wheres_of_sources(const mb_verdicts *verdicts, const mb_case_source *current,
                               const mb_case_source *baseline, mb_where_extent extent, mb_arena *arena,
                               mb_wheres *wheres, mb_error *error)
{
    known_cases known = {0};
    mb_arena scratch = {0};
    mb_status status = MB_OK;
    for (size_t c = 0; c < current->case_count && status == MB_OK; c++)
        if (is_case_asked(verdicts, extent, c))
            status = explain_case(verdicts, current, baseline, c, extent, &scratch, arena, &known, error);
    mb_arena_fini(&scratch);
    if (status == MB_OK)
        *wheres = (mb_wheres){known.cases, known.count};
    return status;
}

static mb_status add_exceeded(const mb_case_result *result, const mb_metric *exceeded, size_t count, mb_arena *arena,
                              mb_where_findings *findings, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < count && status == MB_OK; i++) {
        mb_site_question question;
        mb_where where;
        if (!mb_site_question_of(exceeded[i], &question) || !result->sites->has_window[question.window])
            continue;
        status = mb_where_compare(NULL, &result->sites->views[question.window][question.moment], question.weight, arena,
                                  &where, error);
        if (status == MB_OK)
            add(findings, exceeded[i], MB_VERDICT_SHOWN, question.is_of_pages, &where, NULL, NULL);
    }
    return status;
}

/* The case's findings among the first ones, or new ones behind them; NULL when memory is out. */
static mb_where_findings *findings_of(known_cases *known, const char *case_id, mb_arena *arena)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->cases[i].case_id, case_id) == 0)
            return &known->cases[i];
    mb_where_findings *added = next_case(known, arena);
    if (added != NULL)
        *added = (mb_where_findings){.case_id = case_id};
    return added;
}

mb_status mb_wheres_add_budgets(const mb_plan *plan, const mb_case_source *current, mb_arena *arena, mb_wheres *wheres,
                                mb_error *error)
{
    known_cases known = {0};
    mb_arena scratch = {0};
    mb_status status = MB_OK;
    for (size_t i = 0; i < wheres->case_count && status == MB_OK; i++) {
        mb_where_findings *copy = next_case(&known, arena);
        if (copy != NULL)
            *copy = wheres->cases[i];
        else
            status = mb_error_no_memory(error);
    }
    for (size_t c = 0; c < current->case_count && status == MB_OK; c++) {
        mb_case_result result;
        mb_metric exceeded[MB_METRIC_COUNT];
        mb_arena_reset(&scratch);
        status = current->read(current->context, c, &scratch, &result, error);
        size_t exceeded_count = status == MB_OK && result.sites != NULL ? find_exceeded(plan, &result, exceeded) : 0;
        if (exceeded_count == 0)
            continue;
        status = current->read(current->context, c, arena, &result, error);
        mb_where_findings *findings = status == MB_OK ? findings_of(&known, result.id, arena) : NULL;
        if (findings != NULL)
            status = add_exceeded(&result, exceeded, exceeded_count, arena, findings, error);
        else if (status == MB_OK)
            status = mb_error_no_memory(error);
    }
    mb_arena_fini(&scratch);
    if (status == MB_OK)
        *wheres = (mb_wheres){known.cases, known.count};
    return status;
}
