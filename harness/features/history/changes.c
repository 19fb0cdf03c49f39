/* Changes of level: found, sorted, put into words. */
#include "features/history/curve.h"

#include "report/words.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static mb_status reserve(mb_curve_changes *changes, size_t capacity, mb_error *error)
{
    if (capacity <= changes->scratch_capacity)
        return MB_OK;
    double *values = realloc(changes->values, capacity * sizeof *values);
    if (values != NULL)
        changes->values = values;
    mb_changepoint *points = realloc(changes->points, capacity * sizeof *points);
    if (points != NULL)
        changes->points = points;
    if (values == NULL || points == NULL)
        return mb_error_no_memory(error);
    changes->scratch_capacity = capacity;
    return MB_OK;
}

/* Room for `more` changes behind those that are there. */
static mb_status reserve_changes(mb_curve_changes *changes, size_t more, mb_error *error)
{
    size_t wanted = changes->count + more;
    if (wanted <= changes->capacity)
        return MB_OK;
    mb_curve_change *grown = realloc(changes->changes, 2 * wanted * sizeof *grown);
    if (grown == NULL)
        return mb_error_no_memory(error);
    changes->changes = grown;
    changes->capacity = 2 * wanted;
    return MB_OK;
}

static mb_status append(mb_curve_changes *changes, const mb_history_series *series, size_t found, mb_error *error)
{
    if (found == 0)
        return MB_OK;
    const char *case_id = mb_arena_copy(&changes->arena, series->case_id);
    if (reserve_changes(changes, found, error) != MB_OK)
        return MB_FAILED;
    if (case_id == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < found; i++) {
        size_t index = changes->points[i].index;
        changes->changes[changes->count++] = (mb_curve_change){
            .case_id = case_id,
            .metric = series->metric,
            .run = series->points[index].run,
            .before_run = series->points[index - 1].run,
            .is_exact = series->is_exact,
            .point = changes->points[i],
        };
    }
    return MB_OK;
}

mb_status mb_curve_changes_find(mb_curve_changes *changes, const mb_history_series *series,
                                const mb_changepoint_rule *rule, size_t *first, mb_error *error)
{
    size_t found = 0;
    if (reserve(changes, series->count, error) != MB_OK)
        return MB_FAILED;
    for (size_t i = 0; i < series->count; i++)
        changes->values[i] = series->points[i].value;
    if (series->is_exact)
        found = mb_changepoint_exact(changes->values, series->count, changes->points);
    else if (!mb_changepoint_noisy(changes->values, series->count, rule, changes->points, &found))
        return mb_error_no_memory(error);
    size_t before = changes->count;
    mb_status status = append(changes, series, found, error);
    if (status == MB_OK)
        *first = before;
    return status;
}

mb_status mb_curve_changes_since(mb_curve_changes *changes, size_t first, size_t since, mb_curve_changes *totals,
                                 mb_error *error)
{
    size_t kept = first;
    for (size_t i = first; i < changes->count; i++)
        if (changes->changes[i].run > since)
            changes->changes[kept++] = changes->changes[i];
    changes->count = kept;
    if (kept == first || changes->changes[first].point.before == changes->changes[kept - 1].point.after)
        return MB_OK;
    if (reserve_changes(totals, 1, error) != MB_OK)
        return MB_FAILED;
    mb_curve_change total = changes->changes[kept - 1];
    total.before_run = changes->changes[first].before_run;
    total.point.before = changes->changes[first].point.before;
    total.step_count = kept - first;
    totals->changes[totals->count++] = total;
    return MB_OK;
}

void mb_curve_changes_fini(mb_curve_changes *changes)
{
    free(changes->changes);
    free(changes->values);
    free(changes->points);
    mb_arena_fini(&changes->arena);
    *changes = (mb_curve_changes){0};
}

/* Of one commit by case, then in the order of metrics: a list that is the same every time. */
static int compare_changes(const void *a, const void *b)
{
    const mb_curve_change *left = a, *right = b;
    if (left->run != right->run)
        return left->run < right->run ? 1 : -1;
    int order = strcmp(left->case_id, right->case_id);
    return order != 0 ? order : (left->metric > right->metric) - (left->metric < right->metric);
}

void mb_curve_changes_sort(mb_curve_changes *changes)
{
    if (changes->count > 1)
        qsort(changes->changes, changes->count, sizeof *changes->changes, compare_changes);
}

const char *mb_curve_commit(const char *commit, char text[MB_CURVE_TEXT_MAX])
{
    enum { HASH_LEAST = 40, SHOWN = 10 };
    size_t digits = strspn(commit, "0123456789abcdef");
    bool is_hash = digits >= HASH_LEAST && commit[digits] == '\0';
    snprintf(text, MB_CURVE_TEXT_MAX, "%.*s", is_hash ? SHOWN : MB_HISTORY_NAME_BYTES_MAX, commit);
    return text;
}

const char *mb_curve_date(int64_t time_s, char text[MB_CURVE_TEXT_MAX])
{
    time_t time = (time_t)time_s;
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&time, &parts) != NULL)
        strftime(text, MB_CURVE_TEXT_MAX, "%Y-%m-%d", &parts);
    return text;
}

const char *mb_curve_machine(const mb_history_machine *machine, char text[MB_CURVE_TEXT_MAX])
{
    bool is_own = strcmp(machine->allocator, machine->libc) != 0 && machine->allocator[0] != '\0';
    snprintf(text, MB_CURVE_TEXT_MAX, "%s, %d CPU%s, %s%s%s, pages of %llu, ASLR %s, THP %s, RSS from %s",
             machine->architecture[0] != '\0' ? machine->architecture : "unknown", machine->cpu_count,
             machine->cpu_count == 1 ? "" : "s", machine->libc[0] != '\0' ? machine->libc : "unknown libc",
             is_own ? " with " : "", is_own ? machine->allocator : "", (unsigned long long)machine->page_bytes,
             machine->aslr[0] != '\0' ? machine->aslr : "unknown", machine->thp[0] != '\0' ? machine->thp : "unknown",
             machine->rss_source[0] != '\0' ? machine->rss_source : "unknown");
    return text;
}

const char *mb_curve_confidence(const mb_curve_change *change, char text[MB_CURVE_TEXT_MAX])
{
    double percent = change->point.confidence * 100;
    if (change->is_exact)
        return "exact";
    if (percent > 99.99)
        return ">99.99 %";
    snprintf(text, MB_CURVE_TEXT_MAX, "%.2f %%", percent);
    return text;
}

const char *mb_curve_difference(const mb_curve_change *change, char text[MB_CURVE_TEXT_MAX])
{
    const mb_changepoint *point = &change->point;
    char words[MB_WORDS_TEXT_MAX];
    bool has_ratio = point->before > 0 && point->after > 0;
    snprintf(text, MB_CURVE_TEXT_MAX, "%s",
             mb_words_change(change->metric, has_ratio, has_ratio ? point->after / point->before : 0,
                             point->after - point->before, words));
    return text;
}

const char *mb_curve_note(const mb_history_log *log, const mb_curve_change *change, bool unicode,
                          char text[MB_CURVE_TEXT_MAX])
{
    const mb_history_run *now = &log->runs[change->run], *was = &log->runs[change->before_run];
    text[0] = '\0';
    if (strcmp(now->kernel, was->kernel) != 0)
        snprintf(text, MB_CURVE_TEXT_MAX, "the kernel is another, too: %.80s %s %.80s", was->kernel,
                 unicode ? "→" : "->", now->kernel);
    else if (strcmp(now->commit, was->commit) == 0)
        snprintf(text, MB_CURVE_TEXT_MAX, "between two runs of the same commit");
    return text;
}

const char *mb_curve_color(const mb_curve_style *style, const mb_curve_change *change)
{
    if (!style->color)
        return "";
    return change->point.after > change->point.before ? "\033[1;31m" : "\033[32m";
}

const char *mb_curve_color_end(const mb_curve_style *style) { return style->color ? "\033[0m" : ""; }
