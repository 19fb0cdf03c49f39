#include "judge/sweep.h"

#include "base/error.h"
#include "base/grown.h"
#include "base/hash.h"
#include "judge/slope.h"

#include <stdlib.h>
#include <string.h>

/* One case as it is kept: metrics of time are not part of sweeps. */
typedef struct mb_sweep_case {
    const char *id, *group, *function;
    size_t program;
    mb_param_value params[MB_PARAMS_MAX];
    size_t param_count;
    bool has_baseline;
    mb_series current[MB_METRIC_COUNT], baseline[MB_METRIC_COUNT];
    mb_comparison *comparisons[MB_METRIC_COUNT]; /* NULL: none */
} mb_sweep_case;

/* A case's place in a sweep over one of its parameters. */
typedef struct place {
    uint64_t key; /* hash of everything but that parameter's value */
    uint64_t value;
    size_t index;
} place;

static bool is_swept(mb_metric metric)
{
    return mb_metric_info(metric)->pass != MB_PASS_TIME && !mb_metric_info(metric)->is_low_end;
}

void mb_sweep_unit_word(const char *param, char word[MB_NAME_BYTES_MAX])
{
    size_t length = strlen(param);
    length = length < MB_NAME_BYTES_MAX ? length : MB_NAME_BYTES_MAX - 1;
    memcpy(word, param, length);
    word[length] = '\0';
    if (length > 4 && strcmp(word + length - 3, "ies") == 0)
        strcpy(word + length - 3, "y");
    else if (length > 4 && strcmp(word + length - 4, "sses") == 0)
        word[length - 2] = '\0';
    else if (length > 1 && word[length - 1] == 's' && word[length - 2] != 's')
        word[length - 1] = '\0';
    for (char *c = word; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
}

static bool copy_text(mb_arena *arena, const char *text, const char **copy)
{
    *copy = text != NULL ? mb_arena_copy(arena, text) : NULL;
    return text == NULL || *copy != NULL;
}

static bool copy_series(mb_arena *arena, const mb_series *from, mb_series *to)
{
    if (from->count == 0)
        return true;
    to->values = mb_arena_alloc(arena, from->count * sizeof *to->values);
    if (to->values == NULL)
        return false;
    memcpy(to->values, from->values, from->count * sizeof *to->values);
    to->count = from->count;
    return true;
}

static mb_sweep_case *next_case(mb_sweep_set *set)
{
    mb_sweep_case *cases = mb_grown(set->cases, set->case_count, &set->case_capacity, sizeof *cases);
    if (cases == NULL)
        return NULL;
    set->cases = cases;
    mb_sweep_case *added = &set->cases[set->case_count];
    memset(added, 0, sizeof *added);
    return added;
}

bool mb_sweep_set_add(mb_sweep_set *set, const mb_case_result *current, const mb_case_result *baseline,
                      const mb_comparison *comparisons, size_t comparison_count)
{
    if (current->outcome != MB_OUTCOME_OK || current->param_count == 0)
        return true;
    mb_sweep_case *added = next_case(set);
    mb_arena *arena = &set->arena;
    if (added == NULL || !copy_text(arena, current->id, &added->id) ||
        !copy_text(arena, current->group, &added->group) || !copy_text(arena, current->function, &added->function))
        return false;
    added->program = current->program;
    added->param_count = current->param_count;
    for (size_t i = 0; i < current->param_count; i++) {
        added->params[i] = current->params[i];
        if (!copy_text(arena, current->params[i].name, &added->params[i].name) ||
            !copy_text(arena, current->params[i].label, &added->params[i].label))
            return false;
    }
    added->has_baseline = baseline != NULL && baseline->outcome == MB_OUTCOME_OK;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (is_swept(metric) &&
            (!copy_series(arena, &current->series[metric], &added->current[metric]) ||
             (added->has_baseline && !copy_series(arena, &baseline->series[metric], &added->baseline[metric]))))
            return false;
    for (size_t i = 0; i < comparison_count; i++) {
        if (!is_swept(comparisons[i].metric))
            continue;
        mb_comparison *copy = mb_arena_alloc(arena, sizeof *copy);
        if (copy == NULL)
            return false;
        *copy = comparisons[i];
        added->comparisons[copy->metric] = copy;
    }
    set->case_count++;
    return true;
}

static bool same_text(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

bool mb_sweep_set_ends(const mb_sweep_set *set, const mb_case_result *next)
{
    if (set->case_count == 0)
        return false;
    const mb_sweep_case *last = &set->cases[set->case_count - 1];
    return last->program != next->program || !same_text(last->group, next->group);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return text != NULL ? mb_hash_text(hash, text) : mb_hash_bytes(hash, "\xff", 1);
}

static uint64_t hash_others(const mb_sweep_case *c, size_t swept)
{
    uint64_t hash = hash_text(MB_HASH_FIRST, c->function);
    for (size_t i = 0; i < c->param_count; i++) {
        hash = hash_text(hash, c->params[i].name);
        if (i == swept)
            continue;
        hash = hash_text(hash, c->params[i].label);
        hash = mb_hash_bytes(hash, &c->params[i].value, sizeof c->params[i].value);
    }
    return hash;
}

static int compare_places(const void *left, const void *right)
{
    const place *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* The id with the parameter left out, which is its end when the parameter is the last. */
static const char *make_name(mb_arena *arena, const mb_sweep_case *c, size_t swept)
{
    size_t parts_after = c->param_count - 1 - swept;
    const char *end = c->id + strlen(c->id), *start;
    for (size_t part = 0;; part++) {
        for (start = end; start > c->id && start[-1] != '/'; start--)
            continue;
        if (start == c->id) /* an id that is not made of its parameters: keep it whole */
            return mb_arena_copy(arena, c->id);
        if (part == parts_after)
            break;
        end = start - 1;
    }
    size_t head = (size_t)(start - c->id), tail = strlen(end);
    if (parts_after == 0)
        return mb_arena_copy_length(arena, c->id, head - 1);
    char *name = mb_arena_alloc(arena, head + 1 + tail + 1);
    if (name == NULL)
        return NULL;
    memcpy(name, c->id, head);
    name[head] = '*';
    memcpy(name + head + 1, end, tail);
    return name;
}

static bool fit_metrics(mb_sweep_set *set, mb_sweep *sweep, const place *places, size_t count,
                        const mb_gate_policy *policy)
{
    mb_slope_point *points = mb_arena_alloc(&set->arena, count * sizeof *points);
    sweep->metrics = mb_arena_alloc(&set->arena, MB_METRIC_COUNT * sizeof *sweep->metrics);
    if (points == NULL || sweep->metrics == NULL)
        return false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        size_t point_count = 0;
        for (size_t i = 0; i < count && is_swept(metric); i++) {
            const mb_sweep_case *c = &set->cases[places[i].index];
            if (c->current[metric].count == 0)
                continue;
            points[point_count++] = (mb_slope_point){
                .x = places[i].value,
                .current = &c->current[metric],
                .baseline = c->has_baseline && c->baseline[metric].count > 0 ? &c->baseline[metric] : NULL,
                .comparison = c->comparisons[metric],
            };
        }
        if (point_count < MB_SWEEP_VALUES_MIN)
            continue;
        mb_sweep_metric *fitted = &sweep->metrics[sweep->metric_count++];
        fitted->metric = metric;
        if (!mb_slope_fit(fitted, points, point_count, !set->without_growth, &set->arena, policy))
            return false;
    }
    return true;
}

static bool make_sweep(mb_sweep_set *set, size_t swept, const place *places, size_t count, const mb_gate_policy *policy)
{
    const mb_sweep_case *first = &set->cases[places[0].index];
    mb_sweep *sweep = &set->sweeps[set->sweep_count];
    char word[MB_NAME_BYTES_MAX];
    size_t first_case =
        SIZE_MAX; /* two sweeps over different parameters may share theirs: told apart by the parameter */
    for (size_t i = 0; i < count; i++)
        first_case = places[i].index < first_case ? places[i].index : first_case;
    first_case = first_case * MB_PARAMS_MAX + swept;
    mb_sweep_unit_word(first->params[swept].name, word);
    *sweep = (mb_sweep){
        .name = make_name(&set->arena, first, swept),
        .group = first->group,
        .function = first->function,
        .param = first->params[swept].name,
        .unit_word = mb_arena_copy(&set->arena, word),
        .unit = first->params[swept].unit,
        .x_low = places[0].value,
        .x_high = places[count - 1].value,
        .value_count = count,
        .first_case = first_case,
    };
    if (sweep->name == NULL || sweep->unit_word == NULL || !fit_metrics(set, sweep, places, count, policy))
        return false;
    set->sweep_count += sweep->metric_count > 0;
    return true;
}

/* All sweeps over the parameter in that place of the cases' lists. places: case_count of room. */
static bool make_sweeps(mb_sweep_set *set, size_t swept, place *places, const mb_gate_policy *policy)
{
    size_t count = 0;
    for (size_t i = 0; i < set->case_count; i++) {
        const mb_sweep_case *c = &set->cases[i];
        if (swept < c->param_count && c->params[swept].label == NULL)
            places[count++] = (place){hash_others(c, swept), c->params[swept].value, i};
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t start = 0, end; start < count; start = end) {
        size_t kept = start; /* of a value that appears twice the first */
        for (end = start + 1; end < count && places[end].key == places[start].key; end++)
            if (places[end].value != places[kept].value)
                places[++kept] = places[end];
        if (kept + 1 - start >= MB_SWEEP_VALUES_MIN &&
            !make_sweep(set, swept, places + start, kept + 1 - start, policy))
            return false;
    }
    return true;
}

static int compare_sweeps(const void *left, const void *right)
{
    const mb_sweep *a = left, *b = right;
    return (a->first_case > b->first_case) - (a->first_case < b->first_case);
}

bool mb_sweep_set_make(mb_sweep_set *set, const mb_gate_policy *policy)
{
    if (set->case_count < MB_SWEEP_VALUES_MIN)
        return true;
    /* At most one sweep for three cases and parameter. */
    set->sweeps = mb_arena_alloc(&set->arena, set->case_count * MB_PARAMS_MAX * sizeof *set->sweeps);
    place *places = mb_arena_alloc(&set->arena, set->case_count * sizeof *places);
    if (set->sweeps == NULL || places == NULL)
        return false;
    for (size_t swept = 0; swept < MB_PARAMS_MAX; swept++)
        if (!make_sweeps(set, swept, places, policy))
            return false;
    qsort(set->sweeps, set->sweep_count, sizeof *set->sweeps, compare_sweeps);
    return true;
}

void mb_sweep_set_clear(mb_sweep_set *set)
{
    mb_arena_reset(&set->arena);
    set->case_count = set->sweep_count = 0;
}

void mb_sweep_set_fini(mb_sweep_set *set)
{
    free(set->cases);
    mb_arena_fini(&set->arena);
    *set = (mb_sweep_set){0};
}

/* Whether it is one of the family that shares the error, most of which settling leaves as they are. */
static bool is_open(const mb_sweep_metric *metric) { return metric->gates && metric->path == MB_PATH_RANK; }

size_t mb_sweep_set_get(const mb_sweep_set *set, mb_slope_verdict *verdicts, size_t capacity)
{
    size_t count = 0;
    for (size_t s = 0; s < set->sweep_count; s++)
        for (size_t i = 0; i < set->sweeps[s].metric_count; i++) {
            const mb_sweep_metric *metric = &set->sweeps[s].metrics[i];
            if (!is_open(metric))
                continue;
            if (count < capacity)
                verdicts[count] = (mb_slope_verdict){.p_fail = metric->p_fail,
                                                     .p_suspect = metric->p_suspect,
                                                     .p_adjusted = metric->p_adjusted,
                                                     .verdict = metric->verdict,
                                                     .reason = metric->reason};
            count++;
        }
    return count;
}

void mb_sweep_set_put(mb_sweep_set *set, const mb_slope_verdict *verdicts)
{
    size_t count = 0;
    for (size_t s = 0; s < set->sweep_count; s++)
        for (size_t i = 0; i < set->sweeps[s].metric_count; i++) {
            mb_sweep_metric *metric = &set->sweeps[s].metrics[i];
            if (!is_open(metric))
                continue;
            metric->p_adjusted = verdicts[count].p_adjusted;
            metric->verdict = verdicts[count].verdict;
            metric->reason = verdicts[count].reason;
            count++;
        }
}
