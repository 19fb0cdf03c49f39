#include "judge/causes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far a change may lie off the line and still be of the same cause: a page where memory comes in pages, a few bytes
 * of rounding by the allocator elsewhere, or one part in twenty. */
enum { PAGE_SLACK_BYTES = 4096, SLACK_BYTES = 32, POINTS_MIN = 3 };
static const double SLACK_RATIO = 0.05;

int mb_cause_rank(mb_metric metric)
{
    static const struct {
        mb_quantity quantity;
        mb_window window;
    } preferred[] = {{MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY},
                     {MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD},
                     {MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY},
                     {MB_ANON_DELTA_BYTES, MB_WINDOW_COLD}};
    enum { COUNT = sizeof preferred / sizeof preferred[0] };
    for (int i = 0; i < COUNT; i++)
        if (metric == mb_metric_of(preferred[i].quantity, preferred[i].window))
            return i;
    return COUNT + (mb_metric_info(metric)->pass != MB_PASS_HEAP);
}

const mb_finding_change *mb_cause_lead(const mb_finding *finding)
{
    const mb_finding_change *lead = NULL;
    for (size_t i = 0; i < finding->change_count; i++)
        if (lead == NULL || mb_cause_rank(finding->changes[i].metric) < mb_cause_rank(lead->metric))
            lead = &finding->changes[i];
    return lead;
}

static mb_metric lead_metric(const mb_finding *finding)
{
    const mb_finding_change *lead = mb_cause_lead(finding);
    return lead != NULL ? lead->metric : -1;
}

static const char *message_of(const mb_finding *finding) { return finding->message != NULL ? finding->message : ""; }

static const char *since_of(const mb_finding *finding) { return finding->since != NULL ? finding->since : ""; }

/* The cases of one group behind each other, its slopes last; within that, in the order of the tally. */
static int compare_places(const void *left, const void *right)
{
    const mb_finding *a = *(const mb_finding *const *)left, *b = *(const mb_finding *const *)right;
    int difference = (a->kind > b->kind) - (a->kind < b->kind);
    difference = difference != 0 ? difference : strcmp(a->group, b->group);
    difference = difference != 0 ? difference : strcmp(a->function, b->function);
    difference = difference != 0 ? difference : a->is_slope - b->is_slope;
    difference = difference != 0 ? difference : strcmp(since_of(a), since_of(b));
    difference = difference != 0 ? difference : lead_metric(a) - lead_metric(b);
    difference = difference != 0 ? difference : (int)a->outcome - (int)b->outcome;
    difference = difference != 0 ? difference : (int)a->baseline_outcome - (int)b->baseline_outcome;
    difference = difference != 0 ? difference : strcmp(message_of(a), message_of(b));
    return difference != 0 ? difference : (a > b) - (a < b);
}

static bool is_same_place(const mb_finding *a, const mb_finding *b)
{
    return a->kind == b->kind && strcmp(a->group, b->group) == 0 && strcmp(a->function, b->function) == 0;
}

static bool can_be_one(const mb_finding *a, const mb_finding *b)
{
    return is_same_place(a, b) && a->group[0] != '\0' && !a->is_slope && !b->is_slope &&
           strcmp(since_of(a), since_of(b)) == 0 && lead_metric(a) == lead_metric(b) && a->outcome == b->outcome &&
           a->baseline_outcome == b->baseline_outcome && strcmp(message_of(a), message_of(b)) == 0;
}

static double slack_of(const mb_finding_change *change)
{
    double least = mb_metric_info(change->metric)->per_page                ? PAGE_SLACK_BYTES
                   : mb_metric_info(change->metric)->kind == MB_KIND_COUNT ? 1
                                                                           : SLACK_BYTES;
    return fmax(least, SLACK_RATIO * fabs(change->difference));
}

static bool is_same_param(const mb_param_value *a, const mb_param_value *b)
{
    if (a->value != b->value || (a->label == NULL) != (b->label == NULL))
        return false;
    return a->label == NULL || strcmp(a->label, b->label) == 0;
}

/* The one parameter in which the cases differ, when it is a number; -1: there is none, or several. */
static int find_varied(const mb_finding *const *findings, size_t count)
{
    int varied = -1;
    for (size_t i = 1; i < count; i++) {
        if (findings[i]->param_count != findings[0]->param_count)
            return -1;
        for (size_t p = 0; p < findings[0]->param_count; p++) {
            const mb_param_value *first = &findings[0]->params[p], *other = &findings[i]->params[p];
            if (is_same_param(first, other))
                continue;
            if (first->label != NULL || other->label != NULL || (varied >= 0 && varied != (int)p))
                return -1;
            varied = (int)p;
        }
    }
    return varied;
}

/* Whether each case grew by the same. */
static bool is_constant(const mb_finding *const *findings, size_t count, mb_cause *cause)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += mb_cause_lead(findings[i])->difference;
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        const mb_finding_change *change = mb_cause_lead(findings[i]);
        if (fabs(change->difference - mean) > slack_of(change) || (change->difference > 0) != (mean > 0))
            return false;
    }
    cause->fixed = mean;
    return true;
}

/* Whether growth lies on a line over the parameter: least squares, and no case further off than its slack. Two points
 * are always on a line, so of them it has to pass through the origin: so much a unit, and nothing next to it. */
static bool is_line(const mb_finding *const *findings, size_t count, size_t param, mb_cause *cause)
{
    double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        double x = (double)findings[i]->params[param].value, y = mb_cause_lead(findings[i])->difference;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    double spread = n * sum_xx - sum_x * sum_x;
    if (spread <= 0)
        return false;
    double slope = count < POINTS_MIN ? sum_xy / sum_xx : (n * sum_xy - sum_x * sum_y) / spread;
    double fixed = count < POINTS_MIN ? 0 : (sum_y - slope * sum_x) / n;
    if ((slope > 0) != (sum_y > 0))
        return false;
    bool needs_fixed = false;
    for (size_t i = 0; i < count; i++) {
        const mb_finding_change *change = mb_cause_lead(findings[i]);
        double x = (double)findings[i]->params[param].value;
        if (fabs(change->difference - fixed - slope * x) > slack_of(change))
            return false;
        needs_fixed = needs_fixed || fabs(change->difference - slope * x) > slack_of(change);
    }
    cause->has_unit = true;
    cause->per_unit = slope;
    cause->fixed = needs_fixed ? fixed : 0;
    mb_sweep_unit_word(findings[0]->params[param].name, cause->unit_word);
    return true;
}

static bool fold(const mb_finding *const *findings, size_t count, mb_cause *cause)
{
    if (cause->lead == NULL)
        return true; /* they say the same, word for word */
    for (size_t i = 0; i < count; i++)
        if (mb_cause_lead(findings[i])->is_budget)
            return false;
    int varied = find_varied(findings, count);
    return is_constant(findings, count, cause) || (varied >= 0 && is_line(findings, count, (size_t)varied, cause));
}

static bool has_change(const mb_finding *finding, mb_metric metric)
{
    for (size_t i = 0; i < finding->change_count; i++)
        if (finding->changes[i].metric == metric)
            return true;
    return false;
}

/* A slope joins the cause of its group that has its metric, or is one of its own. */
static void add_slope(mb_causes *made, size_t first_of_place, const mb_finding *const *slope)
{
    for (size_t i = first_of_place; i < made->count; i++) {
        mb_cause *cause = &made->causes[i];
        if (!cause->has_unit || !has_change(*slope, cause->lead->metric))
            continue;
        cause->slope = cause->slope == NULL ? *slope : cause->slope;
        cause->slope_count++;
        return;
    }
    mb_cause cause = {.kind = (*slope)->kind, .findings = slope, .finding_count = 1, .slope_count = 1};
    cause.lead = mb_cause_lead(*slope);
    cause.has_unit = true;
    cause.per_unit = cause.lead->difference;
    strcpy(cause.unit_word, "unit");
    if ((*slope)->unit_word != NULL && strlen((*slope)->unit_word) < sizeof cause.unit_word)
        strcpy(cause.unit_word, (*slope)->unit_word);
    made->causes[made->count++] = cause;
}

static int compare_causes(const void *left, const void *right)
{
    const mb_finding *a = ((const mb_cause *)left)->findings[0], *b = ((const mb_cause *)right)->findings[0];
    return (a > b) - (a < b);
}

static void make_causes(mb_causes *made, size_t count)
{
    const mb_finding *const *order = made->order;
    size_t first_of_place = 0;
    for (size_t i = 0, next; i < count; i = next) {
        next = i + 1;
        if (i > 0 && !is_same_place(order[i - 1], order[i]))
            first_of_place = made->count;
        if (order[i]->is_slope) {
            add_slope(made, first_of_place, &order[i]);
            continue;
        }
        while (next < count && can_be_one(order[i], order[next]))
            next++;
        mb_cause cause = {.kind = order[i]->kind, .findings = &order[i], .finding_count = next - i};
        cause.lead = mb_cause_lead(order[i]);
        if (next - i > 1 && fold(&order[i], next - i, &cause)) {
            made->causes[made->count++] = cause;
            continue;
        }
        for (size_t k = i; k < next; k++)
            made->causes[made->count++] = (mb_cause){
                .kind = order[k]->kind, .findings = &order[k], .finding_count = 1, .lead = mb_cause_lead(order[k])};
    }
}

bool mb_causes_make(mb_causes *causes, const mb_tally *tally)
{
    size_t count = tally->finding_count;
    mb_causes made = {.causes = calloc(count + 1, sizeof *made.causes), .order = calloc(count + 1, sizeof *made.order)};
    if (made.causes == NULL || made.order == NULL) {
        mb_causes_fini(&made);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        made.order[i] = &tally->findings[i];
    qsort(made.order, count, sizeof made.order[0], compare_places);
    make_causes(&made, count);
    qsort(made.causes, made.count, sizeof made.causes[0], compare_causes);
    *causes = made;
    return true;
}

void mb_causes_fini(mb_causes *causes)
{
    free(causes->causes);
    free(causes->order);
    *causes = (mb_causes){0};
}
