/* Runs in the order of their commits, and which cases there are. */
#include "features/history/history_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSE_MAX = 3, LIST_BYTES = 300 };

static const char *column_text(sqlite3_stmt *statement, int column, mb_arena *arena)
{
    const char *text = (const char *)mb_sql.sqlite3_column_text(statement, column);
    return mb_arena_copy(arena, text != NULL ? text : "");
}

static sqlite3_stmt *prepare(mb_history *history, const char *sql, mb_error *error)
{
    sqlite3_stmt *statement = NULL;
    if (mb_sql.sqlite3_prepare_v2(history->database, sql, -1, &statement, NULL) != SQLITE_OK)
        mb_history_fail(history, error);
    return statement;
}

/* Makes room for one more element of size bytes in *array. */
static bool grow(void *array, size_t count, size_t size)
{
    void **place = array;
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
        return true;
    void *grown = realloc(*place, (count < 16 ? 16 : 2 * count) * size);
    if (grown != NULL)
        *place = grown;
    return grown != NULL;
}

static mb_status read_machines(mb_history *history, mb_history_log *log, mb_error *error)
{
    sqlite3_stmt *st = prepare(history,
                               "SELECT id, architecture, page_bytes, cpu_count, rss_source, libc, allocator, aslr, thp"
                               " FROM machines ORDER BY id",
                               error);
    int code = st != NULL ? SQLITE_ROW : SQLITE_ERROR;
    while (st != NULL && (code = mb_history_step(history, st, error)) == SQLITE_ROW) {
        if (!grow(&log->machines, log->machine_count, sizeof *log->machines)) {
            mb_error_no_memory(error);
            break;
        }
        mb_history_machine *machine = &log->machines[log->machine_count++];
        *machine = (mb_history_machine){
            .id = mb_sql.sqlite3_column_int64(st, 0),
            .architecture = column_text(st, 1, &log->arena),
            .page_bytes = (uint64_t)mb_sql.sqlite3_column_int64(st, 2),
            .cpu_count = mb_sql.sqlite3_column_int(st, 3),
            .rss_source = column_text(st, 4, &log->arena),
            .libc = column_text(st, 5, &log->arena),
            .allocator = column_text(st, 6, &log->arena),
            .aslr = column_text(st, 7, &log->arena),
            .thp = column_text(st, 8, &log->arena),
        };
        if (machine->architecture == NULL || machine->rss_source == NULL || machine->libc == NULL ||
            machine->allocator == NULL || machine->aslr == NULL || machine->thp == NULL) {
            mb_error_no_memory(error);
            break;
        }
    }
    mb_sql.sqlite3_finalize(st);
    return code == SQLITE_DONE ? MB_OK : MB_FAILED;
}

static size_t machine_of(const mb_history_log *log, int64_t id)
{
    for (size_t i = 0; i < log->machine_count; i++)
        if (log->machines[i].id == id)
            return i;
    return SIZE_MAX;
}

/* The cohort of a run: that of an earlier one of its machine and program, else a new one. There are few. */
static size_t cohort_of(mb_history_log *log, size_t **firsts, const mb_history_run *run, bool *is_memory_out)
{
    for (size_t cohort = 0; cohort < log->cohort_count; cohort++) {
        const mb_history_run *first = &log->runs[(*firsts)[cohort]];
        if (first->machine == run->machine && strcmp(first->program, run->program) == 0)
            return cohort;
    }
    *is_memory_out = !grow(firsts, log->cohort_count, sizeof **firsts);
    if (!*is_memory_out)
        (*firsts)[log->cohort_count] = log->run_count;
    return log->cohort_count++;
}

/* Strings that follow one another are often the same: one copy will do. */
static const char *same_text(sqlite3_stmt *st, int column, const char *last, mb_arena *arena)
{
    const char *text = (const char *)mb_sql.sqlite3_column_text(st, column);
    return last != NULL && text != NULL && strcmp(text, last) == 0 ? last : column_text(st, column, arena);
}

static mb_status take_run(mb_history_log *log, sqlite3_stmt *st, size_t **firsts, mb_error *error)
{
    if (!grow(&log->runs, log->run_count, sizeof *log->runs))
        return mb_error_no_memory(error);
    static const mb_history_run none = {0};
    const mb_history_run *last = log->run_count > 0 ? &log->runs[log->run_count - 1] : &none;
    mb_arena *arena = &log->arena;
    mb_history_run run = {
        .id = mb_sql.sqlite3_column_int64(st, 0),
        .commit = same_text(st, 1, last->commit, arena),
        .subject = same_text(st, 2, last->subject, arena),
        .branch = same_text(st, 3, last->branch, arena),
        .time_s = mb_sql.sqlite3_column_int64(st, 4),
        .program = same_text(st, 5, last->program, arena),
        .build_id = same_text(st, 6, last->build_id, arena),
        .date = same_text(st, 7, last->date, arena),
        .kernel = same_text(st, 8, last->kernel, arena),
        .host_name = same_text(st, 9, last->host_name, arena),
        .case_count = (size_t)mb_sql.sqlite3_column_int64(st, 10),
        .machine = machine_of(log, mb_sql.sqlite3_column_int64(st, 11)),
    };
    bool is_memory_out = run.commit == NULL || run.subject == NULL || run.branch == NULL || run.program == NULL ||
                         run.build_id == NULL || run.date == NULL || run.kernel == NULL || run.host_name == NULL;
    if (run.machine == SIZE_MAX || run.id <= 0)
        return mb_error_set(error, MB_ERROR_FORMAT, "the history is damaged: run %lld has no machine",
                            (long long)run.id);
    if (!is_memory_out)
        run.cohort = cohort_of(log, firsts, &run, &is_memory_out);
    if (is_memory_out)
        return mb_error_no_memory(error);
    log->runs[log->run_count++] = run;
    log->id_max = (size_t)run.id > log->id_max ? (size_t)run.id : log->id_max;
    return MB_OK;
}

static mb_status read_runs(mb_history *history, const mb_history_filter *filter, mb_history_log *log, mb_error *error)
{
    size_t *firsts = NULL;
    sqlite3_stmt *st = prepare(history,
                               "SELECT r.id, c.name, c.subject, r.branch, c.time_s, r.program, r.build_id, r.date,"
                               " r.kernel, r.host_name, r.case_count, r.machine_id"
                               " FROM runs r JOIN commits c ON c.id = r.commit_id"
                               " WHERE (?1 IS NULL OR r.branch = ?1) AND (?2 IS NULL OR r.program = ?2)"
                               " AND (?3 = 0 OR r.machine_id = ?3) ORDER BY c.time_s, r.id",
                               error);
    if (st == NULL)
        return MB_FAILED;
    mb_sql.sqlite3_bind_text(st, 1, filter->branch, -1, SQLITE_STATIC); /* of NULL: NULL */
    mb_sql.sqlite3_bind_text(st, 2, filter->program, -1, SQLITE_STATIC);
    mb_sql.sqlite3_bind_int64(st, 3, filter->machine_id);
    mb_status status = MB_OK;
    int code = SQLITE_ROW;
    while (status == MB_OK && (code = mb_history_step(history, st, error)) == SQLITE_ROW)
        status = take_run(log, st, &firsts, error);
    mb_sql.sqlite3_finalize(st);
    free(firsts);
    return status == MB_OK && code != SQLITE_DONE ? MB_FAILED : status;
}

mb_status mb_history_log_read(mb_history *history, const mb_history_filter *filter, mb_history_log *log,
                              mb_error *error)
{
    enum { ID_MAX = 100000000 };
    mb_history_log read = {0};
    mb_status status = read_machines(history, &read, error);
    if (status == MB_OK)
        status = read_runs(history, filter, &read, error);
    if (status == MB_OK && read.id_max > ID_MAX)
        status = mb_error_set(error, MB_ERROR_FORMAT, "the history is damaged: run %zu", read.id_max);
    if (status == MB_OK) {
        read.places = malloc((read.id_max + 1) * sizeof *read.places);
        status = read.places != NULL ? MB_OK : mb_error_no_memory(error);
    }
    if (status != MB_OK) {
        mb_history_log_fini(&read);
        return status;
    }
    for (size_t id = 0; id <= read.id_max; id++)
        read.places[id] = SIZE_MAX;
    for (size_t i = 0; i < read.run_count; i++)
        read.places[read.runs[i].id] = i;
    *log = read;
    return MB_OK;
}

void mb_history_log_fini(mb_history_log *log)
{
    free(log->runs);
    free(log->machines);
    free(log->places);
    mb_arena_fini(&log->arena);
    *log = (mb_history_log){0};
}

mb_status mb_history_main_branch(mb_history *history, mb_arena *arena, const char **branch, mb_error *error)
{
    sqlite3_stmt *st = prepare(history,
                               "SELECT branch FROM runs GROUP BY branch"
                               " ORDER BY count(DISTINCT commit_id) DESC, max(id) DESC LIMIT 1",
                               error);
    if (st == NULL)
        return MB_FAILED;
    int code = mb_history_step(history, st, error);
    mb_status status = code == SQLITE_ROW || code == SQLITE_DONE ? MB_OK : MB_FAILED;
    const char *name = code == SQLITE_ROW ? column_text(st, 0, arena) : mb_arena_copy(arena, "");
    if (status == MB_OK && name == NULL)
        status = mb_error_no_memory(error);
    if (status == MB_OK)
        *branch = name;
    mb_sql.sqlite3_finalize(st);
    return status;
}

/* Appends names, as many as a message has room for. */
static mb_status take_names(mb_history *history, sqlite3_stmt *st, mb_arena *arena, const char **first, size_t *count,
                            char list[LIST_BYTES], mb_error *error)
{
    size_t used = 0;
    int code;
    *count = 0;
    list[0] = '\0';
    while ((code = mb_history_step(history, st, error)) == SQLITE_ROW) {
        const char *name = (const char *)mb_sql.sqlite3_column_text(st, 0);
        if (name == NULL)
            return mb_error_no_memory(error);
        if ((*count)++ == 0 && (*first = mb_arena_copy(arena, name)) == NULL)
            return mb_error_no_memory(error);
        if (*count <= CLOSE_MAX && used < LIST_BYTES)
            used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%s", *count > 1 ? ", " : "", name);
    }
    return code == SQLITE_DONE ? MB_OK : MB_FAILED;
}

/* Names that a query with one parameter yields. */
static mb_status query_names(mb_history *history, const char *sql, const char *word, mb_arena *arena,
                             const char **first, size_t *count, char list[LIST_BYTES], mb_error *error)
{
    sqlite3_stmt *st = prepare(history, sql, error);
    if (st == NULL)
        return MB_FAILED;
    mb_sql.sqlite3_bind_text(st, 1, word, -1, SQLITE_STATIC);
    mb_status status = take_names(history, st, arena, first, count, list, error);
    mb_sql.sqlite3_finalize(st);
    return status;
}

mb_status mb_history_case_find(mb_history *history, const char *word, mb_arena *arena, const char **id, mb_error *error)
{
    static const char fitting[] = "SELECT name FROM cases WHERE name = ?1 UNION ALL"
                                  " SELECT name FROM cases WHERE instr(name, ?1) AND NOT EXISTS"
                                  " (SELECT 1 FROM cases WHERE name = ?1)",
                      all[] = "SELECT name FROM cases WHERE ?1 NOT NULL ORDER BY id";
    char list[LIST_BYTES];
    const char *first = NULL;
    size_t count;
    mb_status status = query_names(history, fitting, word, arena, &first, &count, list, error);
    if (status != MB_OK)
        return status;
    if (count == 1) {
        *id = first;
        return MB_OK;
    }
    if (count > 1)
        return mb_error_set(error, MB_ERROR_USAGE, "%zu cases have \"%s\" in them: %s%s", count, word, list,
                            count > CLOSE_MAX ? ", ..." : "");
    status = query_names(history, all, word, arena, &first, &count, list, error);
    if (status != MB_OK)
        return status;
    return mb_error_set(error, MB_ERROR_USAGE, "no case has \"%s\" in it; %zu are recorded: %s%s", word, count, list,
                        count > CLOSE_MAX ? ", ..." : "");
}
