/* Every value of a case and metric, in the order of commits. */
#include "features/history/history_store.h"

#include <stdlib.h>
#include <string.h>

typedef struct scanning {
    mb_history *history;
    const mb_history_scan *scan;
    mb_history_point *points, *cohort; /* all that were read; those of one cohort */
    size_t count, capacity, cohort_capacity;
    mb_arena blobs;
    mb_error *error;
} scanning;

static bool reserve(mb_history_point **points, size_t *capacity, size_t count)
{
    if (count <= *capacity)
        return true;
    size_t wanted = count < 256 ? 256 : 2 * count;
    mb_history_point *grown = realloc(*points, wanted * sizeof *grown);
    if (grown == NULL)
        return false;
    *points = grown;
    *capacity = wanted;
    return true;
}

static mb_status take_point(scanning *s, sqlite3_stmt *st)
{
    const mb_history_log *log = s->scan->log;
    int64_t run_id = mb_sql.sqlite3_column_int64(st, 0);
    if (run_id < 0 || (uint64_t)run_id > log->id_max || log->places[run_id] == SIZE_MAX)
        return MB_OK;
    if (!reserve(&s->points, &s->capacity, s->count + 1))
        return mb_error_no_memory(s->error);
    mb_history_point point = {
        .run = log->places[run_id],
        .value = mb_sql.sqlite3_column_double(st, 1),
        .is_exact = mb_sql.sqlite3_column_type(st, 2) == SQLITE_NULL,
    };
    if (s->scan->with_samples && !point.is_exact) {
        const void *blob = mb_sql.sqlite3_column_blob(st, 2);
        point.blob_bytes = (size_t)mb_sql.sqlite3_column_bytes(st, 2);
        point.blob = blob != NULL ? mb_arena_copy_length(&s->blobs, blob, point.blob_bytes) : NULL;
        if (blob != NULL && point.blob == NULL)
            return mb_error_no_memory(s->error);
    }
    s->points[s->count++] = point;
    return MB_OK;
}

static mb_status read_points(scanning *s, int64_t case_id, int64_t metric_id)
{
    sqlite3_stmt *st = mb_history_statement_get(s->history, MB_ST_POINTS, s->error);
    if (st == NULL)
        return MB_FAILED;
    mb_sql.sqlite3_bind_int64(st, 1, case_id);
    mb_sql.sqlite3_bind_int64(st, 2, metric_id);
    s->count = 0;
    mb_arena_reset(&s->blobs);
    int code;
    while ((code = mb_history_step(s->history, st, s->error)) == SQLITE_ROW)
        if (take_point(s, st) != MB_OK) {
            mb_sql.sqlite3_reset(st);
            return MB_FAILED;
        }
    return code == SQLITE_DONE ? MB_OK : MB_FAILED;
}

static int compare_runs(const void *a, const void *b)
{
    const mb_history_point *left = a, *right = b;
    return (left->run > right->run) - (left->run < right->run);
}

/* They come in the order of recording, which is mostly that of commits. */
static void put_in_order(mb_history_point *points, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (points[i].run < points[i - 1].run) {
            qsort(points, count, sizeof *points, compare_runs);
            return;
        }
}

static mb_status visit(const scanning *s, const char *case_id, mb_metric metric, const mb_history_point *points,
                       size_t count)
{
    mb_history_series series = {
        .case_id = case_id,
        .metric = metric,
        .cohort = s->scan->log->runs[points[0].run].cohort,
        .points = points,
        .count = count,
        .is_exact = true,
    };
    for (size_t i = 0; i < count && series.is_exact; i++)
        series.is_exact = points[i].is_exact;
    return s->scan->visit(s->scan->context, &series, s->error);
}

/* Splits the points by cohort; most often there is one. */
static mb_status visit_cohorts(scanning *s, const char *case_id, mb_metric metric)
{
    const mb_history_run *runs = s->scan->log->runs;
    bool is_one = true;
    for (size_t i = 1; i < s->count && is_one; i++)
        is_one = runs[s->points[i].run].cohort == runs[s->points[0].run].cohort;
    put_in_order(s->points, s->count);
    if (is_one)
        return visit(s, case_id, metric, s->points, s->count);
    if (!reserve(&s->cohort, &s->cohort_capacity, s->count))
        return mb_error_no_memory(s->error);
    mb_status status = MB_OK;
    for (size_t cohort = 0; cohort < s->scan->log->cohort_count && status == MB_OK; cohort++) {
        size_t count = 0;
        for (size_t i = 0; i < s->count; i++)
            if (runs[s->points[i].run].cohort == cohort)
                s->cohort[count++] = s->points[i];
        if (count > 0)
            status = visit(s, case_id, metric, s->cohort, count);
    }
    return status;
}

static mb_status scan_case(scanning *s, int64_t id, const char *name)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (s->history->metric_ids[m] == 0 || (s->scan->metrics != NULL && !s->scan->metrics[m]))
            continue;
        mb_status status = read_points(s, id, s->history->metric_ids[m]);
        if (status == MB_OK && s->count > 0)
            status = visit_cohorts(s, name, m);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

mb_status mb_history_scan_run(mb_history *history, const mb_history_scan *scan, mb_error *error)
{
    scanning s = {.history = history, .scan = scan, .error = error};
    sqlite3_stmt *cases = NULL;
    mb_status status = mb_history_metrics_read(history, error);
    if (status == MB_OK &&
        mb_sql.sqlite3_prepare_v2(history->database,
                                  "SELECT id, name FROM cases WHERE ?1 IS NULL OR name = ?1 ORDER BY id", -1, &cases,
                                  NULL) != SQLITE_OK)
        status = mb_history_fail(history, error);
    if (status == MB_OK)
        mb_sql.sqlite3_bind_text(cases, 1, scan->case_id, -1, SQLITE_STATIC);
    while (status == MB_OK) {
        int code = mb_history_step(history, cases, error);
        if (code == SQLITE_DONE)
            break;
        const char *name = code == SQLITE_ROW ? (const char *)mb_sql.sqlite3_column_text(cases, 1) : NULL;
        status = code != SQLITE_ROW ? MB_FAILED : name == NULL ? mb_error_no_memory(error) : MB_OK;
        if (status == MB_OK)
            status = scan_case(&s, mb_sql.sqlite3_column_int64(cases, 0), name);
    }
    mb_sql.sqlite3_finalize(cases);
    free(s.points);
    free(s.cohort);
    mb_arena_fini(&s.blobs);
    return status;
}
