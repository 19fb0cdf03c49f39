/* Adding what a results file holds. */
#include "base/number_text.h"
#include "base/path.h"
#include "features/history/history_store.h"
#include "features/history/samples.h"

#include "judge/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct recording {
    mb_history *history;
    const mb_case_source *source;
    const mb_history_commit *commit;
    bool again;
    int64_t commit_id;
    int64_t *run_ids;    /* of each program, and of what names none; 0: not made or found yet */
    size_t *case_counts; /* new cases of each */
    double *sorted;
    unsigned char *blob;
    size_t capacity; /* samples that both hold */
    mb_history_added added;
    mb_error *error;
} recording;

bool mb_history_date_parse(const char *text, int64_t *time_s)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tm parts = {0};
        const char *end = strptime(text, forms[i], &parts);
        if (end == NULL || *end != '\0')
            continue;
        long offset_s = parts.tm_gmtoff;
        time_t time = timegm(&parts);
        *time_s = (int64_t)time - offset_s;
        return true;
    }
    return false;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    mb_sql.sqlite3_bind_text(statement, place, text != NULL ? text : "", -1, SQLITE_TRANSIENT);
}

/* Runs a statement that yields nothing. */
static mb_status finish(recording *r, sqlite3_stmt *statement)
{
    return mb_history_step(r->history, statement, r->error) == SQLITE_DONE ? MB_OK : MB_FAILED;
}

/* Runs one that yields an id; 0 when it yields none. */
static mb_status find_id(recording *r, sqlite3_stmt *statement, int64_t *id)
{
    int code = mb_history_step(r->history, statement, r->error);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return MB_FAILED;
    *id = code == SQLITE_ROW ? mb_sql.sqlite3_column_int64(statement, 0) : 0;
    mb_sql.sqlite3_reset(statement);
    return MB_OK;
}

static mb_status add_commit(recording *r)
{
    int64_t time_s = r->commit->time_s;
    const char *date = r->source->run->date;
    if (time_s == 0 && (date == NULL || !mb_history_date_parse(date, &time_s)))
        return mb_error_set(r->error, MB_ERROR_USAGE,
                            "git does not know commit %s and the run has no date: it cannot be placed in the history",
                            r->commit->name);
    sqlite3_stmt *add = mb_history_statement_get(r->history, MB_ST_COMMIT_ADD, r->error);
    if (add == NULL)
        return MB_FAILED;
    bind_text(add, 1, r->commit->name);
    mb_sql.sqlite3_bind_int64(add, 2, time_s);
    bind_text(add, 3, r->commit->subject);
    mb_status status = finish(r, add);
    sqlite3_stmt *find = status == MB_OK ? mb_history_statement_get(r->history, MB_ST_COMMIT_FIND, r->error) : NULL;
    if (find == NULL)
        return MB_FAILED;
    bind_text(find, 1, r->commit->name);
    return find_id(r, find, &r->commit_id);
}

static mb_status add_machine(recording *r, const mb_program_info *program, int64_t *id)
{
    const mb_run_info *run = r->source->run;
    static const mb_history_statement order[] = {MB_ST_MACHINE_ADD, MB_ST_MACHINE_FIND};
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *statement = mb_history_statement_get(r->history, order[i], r->error);
        if (statement == NULL)
            return MB_FAILED;
        bind_text(statement, 1, run->architecture);
        mb_sql.sqlite3_bind_int64(statement, 2, (int64_t)run->page_bytes);
        mb_sql.sqlite3_bind_int64(statement, 3, run->cpu_count);
        bind_text(statement, 4, run->rss_source);
        bind_text(statement, 5, program->libc);
        bind_text(statement, 6, program->allocator);
        bind_text(statement, 7, program->aslr);
        bind_text(statement, 8, program->thp);
        mb_status status = i == 0 ? finish(r, statement) : find_id(r, statement, id);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

static mb_status add_run(recording *r, const mb_program_info *program, int64_t machine_id, const char *name,
                         int64_t *id)
{
    const mb_run_info *run = r->source->run;
    sqlite3_stmt *add = mb_history_statement_get(r->history, MB_ST_RUN_ADD, r->error);
    if (add == NULL)
        return MB_FAILED;
    mb_sql.sqlite3_bind_int64(add, 1, r->commit_id);
    bind_text(add, 2, r->commit->branch);
    mb_sql.sqlite3_bind_int64(add, 3, machine_id);
    bind_text(add, 4, name);
    bind_text(add, 5, program->build_id);
    bind_text(add, 6, run->date);
    bind_text(add, 7, run->kernel);
    bind_text(add, 8, run->host_name);
    bind_text(add, 9, run->membench_version);
    mb_status status = finish(r, add);
    if (status == MB_OK) {
        *id = mb_sql.sqlite3_last_insert_rowid(r->history->database);
        r->added.run_count++;
    }
    return status;
}

/* The run of one program, found or made; programs without an entry share one. */
static mb_status find_run(recording *r, size_t program_index, int64_t *id)
{
    const mb_run_info *run = r->source->run;
    mb_program_info none = {.path = run->executable};
    bool is_listed = program_index < run->program_count;
    const mb_program_info *program = is_listed ? &run->programs[program_index] : &none;
    int64_t *known = &r->run_ids[is_listed ? program_index : run->program_count];
    const char *name = mb_file_name(program->path);
    int64_t machine_id = 0;
    mb_status status = MB_OK;
    if (*known == 0) {
        status = add_machine(r, program, &machine_id);
        sqlite3_stmt *find = status == MB_OK ? mb_history_statement_get(r->history, MB_ST_RUN_FIND, r->error) : NULL;
        if (find == NULL)
            return MB_FAILED;
        mb_sql.sqlite3_bind_int64(find, 1, r->commit_id);
        mb_sql.sqlite3_bind_int64(find, 2, machine_id);
        bind_text(find, 3, program->build_id);
        bind_text(find, 4, name);
        bind_text(find, 5, r->commit->branch);
        status = find_id(r, find, known);
        if (status == MB_OK && (*known == 0 || r->again))
            status = add_run(r, program, machine_id, name, known);
    }
    *id = *known;
    return status;
}

static mb_status find_case(recording *r, const char *name, int64_t *id)
{
    static const mb_history_statement order[] = {MB_ST_CASE_FIND, MB_ST_CASE_ADD, MB_ST_CASE_FIND};
    *id = 0;
    for (size_t i = 0; i < 3 && *id == 0; i++) {
        sqlite3_stmt *statement = mb_history_statement_get(r->history, order[i], r->error);
        if (statement == NULL)
            return MB_FAILED;
        bind_text(statement, 1, name);
        mb_status status = order[i] == MB_ST_CASE_ADD ? finish(r, statement) : find_id(r, statement, id);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

static mb_status find_metric(recording *r, mb_metric metric, int64_t *id)
{
    int64_t *known = &r->history->metric_ids[metric];
    if (*known == 0 && mb_history_metrics_read(r->history, r->error) != MB_OK)
        return MB_FAILED;
    if (*known == 0) {
        sqlite3_stmt *add = mb_history_statement_get(r->history, MB_ST_METRIC_ADD, r->error);
        if (add == NULL)
            return MB_FAILED;
        bind_text(add, 1, mb_metric_name(metric));
        if (finish(r, add) != MB_OK)
            return MB_FAILED;
        *known = mb_sql.sqlite3_last_insert_rowid(r->history->database);
    }
    *id = *known;
    return MB_OK;
}

static mb_status reserve_values(recording *r, size_t count)
{
    if (count <= r->capacity)
        return MB_OK;
    double *sorted = realloc(r->sorted, count * sizeof *sorted);
    if (sorted != NULL)
        r->sorted = sorted;
    unsigned char *blob = realloc(r->blob, 1 + count * MB_SAMPLES_VALUE_BYTES_MAX);
    if (blob != NULL)
        r->blob = blob;
    if (sorted == NULL || blob == NULL)
        return mb_error_no_memory(r->error);
    r->capacity = count;
    return MB_OK;
}

static void bind_value(sqlite3_stmt *statement, int place, double value)
{
    if (value == trunc(value) && fabs(value) <= MB_NUMBER_EXACT_MAX) /* smaller in the file */
        mb_sql.sqlite3_bind_int64(statement, place, (int64_t)value);
    else
        mb_sql.sqlite3_bind_double(statement, place, value);
}

/* A series that is not all one value: its median, and all of it. */
static mb_status bind_noisy(recording *r, sqlite3_stmt *add, const mb_series *series)
{
    if (reserve_values(r, series->count) != MB_OK)
        return MB_FAILED;
    size_t *order = malloc(series->count * sizeof *order);
    if (order == NULL)
        return mb_error_no_memory(r->error);
    for (size_t i = 0; i < series->count; i++)
        order[i] = i;
    mb_order_by(series->values, sizeof *series->values, order, series->count);
    for (size_t i = 0; i < series->count; i++)
        r->sorted[i] = series->values[order[i]];
    free(order);
    bind_value(add, 4, mb_median_sorted(r->sorted, series->count));
    size_t length = mb_samples_pack(series->values, series->count, r->blob);
    mb_sql.sqlite3_bind_blob(add, 5, r->blob, (int)length, SQLITE_STATIC);
    return MB_OK;
}

static mb_status add_point(recording *r, int64_t case_id, int64_t run_id, mb_metric metric, const mb_series *series)
{
    int64_t metric_id;
    if (find_metric(r, metric, &metric_id) != MB_OK)
        return MB_FAILED;
    sqlite3_stmt *add = mb_history_statement_get(r->history, MB_ST_POINT_ADD, r->error);
    if (add == NULL)
        return MB_FAILED;
    mb_sql.sqlite3_bind_int64(add, 1, case_id);
    mb_sql.sqlite3_bind_int64(add, 2, metric_id);
    mb_sql.sqlite3_bind_int64(add, 3, run_id);
    mb_status status = MB_OK;
    if (mb_series_is_exact(series))
        bind_value(add, 4, series->values[0]);
    else
        status = bind_noisy(r, add, series);
    if (status == MB_OK)
        status = finish(r, add);
    if (status != MB_OK)
        return status;
    if (mb_sql.sqlite3_changes(r->history->database) > 0)
        r->added.point_count++;
    else
        r->added.kept_count++;
    return MB_OK;
}

static mb_status add_case(recording *r, const mb_case_result *result)
{
    int64_t case_id = 0, run_id = 0;
    size_t before = r->added.point_count, program_count = r->source->run->program_count;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (result->series[m].count == 0)
            continue;
        if (case_id == 0 &&
            (find_run(r, result->program, &run_id) != MB_OK || find_case(r, result->id, &case_id) != MB_OK))
            return MB_FAILED;
        if (add_point(r, case_id, run_id, m, &result->series[m]) != MB_OK)
            return MB_FAILED;
    }
    if (r->added.point_count > before) {
        r->added.case_count++;
        r->case_counts[result->program < program_count ? result->program : program_count]++;
    }
    return MB_OK;
}

/* The runs know how many cases they have: to count them takes a look at every value. */
static mb_status count_cases(recording *r)
{
    for (size_t p = 0; p <= r->source->run->program_count; p++) {
        if (r->case_counts[p] == 0)
            continue;
        sqlite3_stmt *count = mb_history_statement_get(r->history, MB_ST_RUN_COUNT, r->error);
        if (count == NULL)
            return MB_FAILED;
        mb_sql.sqlite3_bind_int64(count, 1, r->run_ids[p]);
        mb_sql.sqlite3_bind_int64(count, 2, (int64_t)r->case_counts[p]);
        if (finish(r, count) != MB_OK)
            return MB_FAILED;
    }
    return MB_OK;
}

static mb_status add_all(recording *r, mb_arena *arena)
{
    const mb_case_source *source = r->source;
    mb_status status = add_commit(r);
    for (size_t c = 0; c < source->case_count && status == MB_OK; c++) {
        mb_case_result result;
        mb_arena_reset(arena);
        status = source->read(source->context, c, arena, &result, r->error);
        if (status == MB_OK)
            status = add_case(r, &result);
    }
    if (status == MB_OK && r->added.point_count + r->added.kept_count == 0)
        return mb_error_set(r->error, MB_ERROR_USAGE, "the run has no value to record");
    return status == MB_OK ? count_cases(r) : status;
}

static mb_status check(const mb_run_info *run, const mb_history_commit *commit, mb_error *error)
{
    if (!run->complete)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "the run was interrupted: finish it with membench --resume, then record it");
    if (run->shard.count > 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "the run is a shard: record the file that membench merge -o FILE writes");
    size_t length = strlen(commit->name);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)commit->name[i] <= ' ' || commit->name[i] == 0x7f)
            length = 0;
    if (length == 0 || length > MB_HISTORY_NAME_BYTES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "a commit's name is 1 to %d bytes without blanks",
                            MB_HISTORY_NAME_BYTES_MAX);
    return MB_OK;
}

mb_status mb_history_record(mb_history *history, const mb_history_commit *commit, const mb_case_source *source,
                            bool again, mb_history_added *added, mb_error *error)
{
    mb_arena arena = {0};
    bool is_whole = !history->is_open_ended; /* this is a transaction of its own */
    mb_status status = check(source->run, commit, error);
    if (status == MB_OK && is_whole)
        status = mb_history_begin(history, error);
    if (status != MB_OK)
        return status;
    recording r = {.history = history, .source = source, .commit = commit, .again = again, .error = error};
    r.run_ids = calloc(source->run->program_count + 1, sizeof *r.run_ids);
    r.case_counts = calloc(source->run->program_count + 1, sizeof *r.case_counts);
    status = r.run_ids != NULL && r.case_counts != NULL ? add_all(&r, &arena) : mb_error_no_memory(error);
    if (status == MB_OK && is_whole)
        status = mb_history_end(history, error);
    if (status != MB_OK)
        mb_history_rollback(history);
    else
        *added = r.added;
    free(r.run_ids);
    free(r.case_counts);
    free(r.sorted);
    free(r.blob);
    mb_arena_fini(&arena);
    return status;
}
