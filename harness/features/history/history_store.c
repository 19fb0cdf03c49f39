#include "features/history/history_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x6d626869, BUSY_MS = 30000 }; /* "mbhi" */

static const char schema[] =
    "CREATE TABLE commits(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, time_s INTEGER NOT NULL,"
    " subject TEXT NOT NULL);"
    "CREATE TABLE machines(id INTEGER PRIMARY KEY, architecture TEXT NOT NULL, page_bytes INTEGER NOT NULL,"
    " cpu_count INTEGER NOT NULL, rss_source TEXT NOT NULL, libc TEXT NOT NULL, allocator TEXT NOT NULL,"
    " aslr TEXT NOT NULL, thp TEXT NOT NULL,"
    " UNIQUE(architecture, page_bytes, cpu_count, rss_source, libc, allocator, aslr, thp));"
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, commit_id INTEGER NOT NULL REFERENCES commits, branch TEXT NOT NULL,"
    " machine_id INTEGER NOT NULL REFERENCES machines, program TEXT NOT NULL, build_id TEXT NOT NULL,"
    " date TEXT NOT NULL, kernel TEXT NOT NULL, host_name TEXT NOT NULL, membench_version TEXT NOT NULL,"
    " case_count INTEGER NOT NULL);"
    "CREATE INDEX runs_by_key ON runs(commit_id, machine_id, build_id);"
    "CREATE TABLE cases(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE metrics(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    /* value: of all samples where samples is NULL, else their median. */
    "CREATE TABLE points(case_id INTEGER NOT NULL, metric_id INTEGER NOT NULL, run_id INTEGER NOT NULL,"
    " value NOT NULL, samples BLOB, PRIMARY KEY(case_id, metric_id, run_id)) WITHOUT ROWID;";

static const char *const texts[MB_ST_COUNT] = {
    [MB_ST_COMMIT_ADD] = "INSERT OR IGNORE INTO commits(name, time_s, subject) VALUES(?1, ?2, ?3)",
    [MB_ST_COMMIT_FIND] = "SELECT id FROM commits WHERE name = ?1",
    [MB_ST_MACHINE_ADD] = "INSERT OR IGNORE INTO machines(architecture, page_bytes, cpu_count, rss_source, libc,"
                          " allocator, aslr, thp) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [MB_ST_MACHINE_FIND] = "SELECT id FROM machines WHERE architecture = ?1 AND page_bytes = ?2 AND cpu_count = ?3"
                           " AND rss_source = ?4 AND libc = ?5 AND allocator = ?6 AND aslr = ?7 AND thp = ?8",
    [MB_ST_RUN_ADD] = "INSERT INTO runs(commit_id, branch, machine_id, program, build_id, date, kernel, host_name,"
                      " membench_version, case_count) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
    [MB_ST_RUN_FIND] = "SELECT max(id) FROM runs WHERE commit_id = ?1 AND machine_id = ?2 AND build_id = ?3"
                       " AND program = ?4 AND branch = ?5",
    [MB_ST_RUN_COUNT] = "UPDATE runs SET case_count = case_count + ?2 WHERE id = ?1",
    [MB_ST_CASE_ADD] = "INSERT OR IGNORE INTO cases(name) VALUES(?1)",
    [MB_ST_CASE_FIND] = "SELECT id FROM cases WHERE name = ?1",
    [MB_ST_METRIC_ADD] = "INSERT INTO metrics(name) VALUES(?1)",
    [MB_ST_POINT_ADD] = "INSERT OR IGNORE INTO points VALUES(?1, ?2, ?3, ?4, ?5)",
    [MB_ST_POINTS] = "SELECT run_id, value, samples FROM points WHERE case_id = ?1 AND metric_id = ?2"
                     " ORDER BY run_id",
};

mb_status mb_history_fail(mb_history *history, mb_error *error)
{
    const char *said = mb_sql.sqlite3_errmsg(history->database);
    switch (mb_sql.sqlite3_errcode(history->database) & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_MISMATCH:
        return mb_error_set(error, MB_ERROR_FORMAT,
                            "%s: not a history, or damaged (%s); it is unchanged; \"sqlite3 FILE .recover\" "
                            "shows what can be saved, --db takes another file",
                            history->path, said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: locked by other processes for %d seconds: try again",
                            history->path, BUSY_MS / 1000);
    default:
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: %s", history->path, said);
    }
}

sqlite3_stmt *mb_history_statement_get(mb_history *history, mb_history_statement which, mb_error *error)
{
    sqlite3_stmt **statement = &history->statements[which];
    if (*statement == NULL && mb_sql.sqlite3_prepare_v3(history->database, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                                                        statement, NULL) != SQLITE_OK) {
        mb_history_fail(history, error);
        return NULL;
    }
    mb_sql.sqlite3_reset(*statement);
    mb_sql.sqlite3_clear_bindings(*statement);
    return *statement;
}

int mb_history_step(mb_history *history, sqlite3_stmt *statement, mb_error *error)
{
    int code = mb_sql.sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        mb_history_fail(history, error);
    if (code != SQLITE_ROW)
        mb_sql.sqlite3_reset(statement);
    return code;
}

mb_status mb_history_run_sql(mb_history *history, const char *sql, mb_error *error)
{
    return mb_sql.sqlite3_exec(history->database, sql, NULL, NULL, NULL) == SQLITE_OK ? MB_OK
                                                                                      : mb_history_fail(history, error);
}

void mb_history_rollback(mb_history *history)
{
    for (size_t i = 0; i < MB_ST_COUNT; i++)
        mb_sql.sqlite3_reset(history->statements[i]);
    if (!mb_sql.sqlite3_get_autocommit(history->database))
        mb_sql.sqlite3_exec(history->database, "ROLLBACK", NULL, NULL, NULL);
    memset(history->metric_ids, 0, sizeof history->metric_ids);
    history->is_open_ended = false;
}

/* A pragma that is one number. */
static mb_status read_number(mb_history *history, const char *sql, int64_t *number, mb_error *error)
{
    sqlite3_stmt *statement;
    if (mb_sql.sqlite3_prepare_v2(history->database, sql, -1, &statement, NULL) != SQLITE_OK)
        return mb_history_fail(history, error);
    int code = mb_history_step(history, statement, error);
    if (code == SQLITE_ROW)
        *number = mb_sql.sqlite3_column_int64(statement, 0);
    mb_sql.sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? MB_OK : MB_FAILED;
}

typedef struct identity {
    int64_t application_id, version, table_count;
} identity;

/* In one transaction, or it might be half of what was there before another process made the tables. */
static mb_status read_identity(mb_history *history, identity *read, mb_error *error)
{
    bool is_own = mb_sql.sqlite3_get_autocommit(history->database) != 0;
    mb_status status = is_own ? mb_history_run_sql(history, "BEGIN", error) : MB_OK;
    if (status == MB_OK)
        status = read_number(history, "SELECT count(*) FROM sqlite_schema", &read->table_count, error);
    if (status == MB_OK)
        status = read_number(history, "PRAGMA application_id", &read->application_id, error);
    if (status == MB_OK)
        status = read_number(history, "PRAGMA user_version", &read->version, error);
    if (is_own && status == MB_OK)
        status = mb_history_run_sql(history, "COMMIT", error);
    return status; /* on failure whoever opens closes, and that ends the transaction */
}

/* *is_empty: a file without anything in it yet. */
static mb_status check_identity(mb_history *history, bool *is_empty, mb_error *error)
{
    identity read = {0};
    mb_status status = read_identity(history, &read, error);
    if (status != MB_OK)
        return status;
    *is_empty = read.application_id == 0 && read.version == 0 && read.table_count == 0;
    if (*is_empty)
        return MB_OK;
    if (read.application_id != APPLICATION_ID)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: a database of another program; name another file with --db",
                            history->path);
    if (read.version > MB_HISTORY_VERSION)
        return mb_error_set(error, MB_ERROR_FORMAT,
                            "%s: written by a newer membench: version %lld, this one reads up to %d", history->path,
                            (long long)read.version, MB_HISTORY_VERSION);
    if (read.version != MB_HISTORY_VERSION)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: version %lld is not a version of this format", history->path,
                            (long long)read.version);
    return MB_OK;
}

/* Changing the mode needs a lock that another who is just making the file may hold, and there SQLite does not wait, as
 * it does elsewhere (busy_timeout). */
static mb_status set_mode(mb_history *history, mb_error *error)
{
    enum { STEP_MS = 10 };
    for (int waited_ms = 0;; waited_ms += STEP_MS) {
        mb_status status = mb_history_run_sql(history, "PRAGMA journal_mode = WAL", error);
        bool is_busy = (mb_sql.sqlite3_errcode(history->database) & 0xff) == SQLITE_BUSY;
        if (status == MB_OK || !is_busy || waited_ms >= BUSY_MS)
            return status;
        mb_sql.sqlite3_sleep(STEP_MS);
    }
}

/* Two that find it empty at the same time take turns, and the second finds it made. */
static mb_status make_tables(mb_history *history, mb_error *error)
{
    char numbers[96];
    bool is_empty = false;
    mb_status status = set_mode(history, error);
    if (status == MB_OK)
        status = mb_history_run_sql(history, "BEGIN IMMEDIATE", error);
    if (status != MB_OK)
        return status;
    status = check_identity(history, &is_empty, error);
    snprintf(numbers, sizeof numbers, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
             MB_HISTORY_VERSION);
    if (status == MB_OK && is_empty)
        status = mb_history_run_sql(history, schema, error);
    if (status == MB_OK && is_empty)
        status = mb_history_run_sql(history, numbers, error);
    if (status == MB_OK)
        status = mb_history_run_sql(history, "COMMIT", error);
    if (status != MB_OK)
        mb_history_rollback(history);
    return status;
}

static mb_status prepare(mb_history *history, mb_history_access access_kind, mb_error *error)
{
    bool is_empty;
    mb_sql.sqlite3_busy_timeout(history->database, BUSY_MS);
    mb_status status = check_identity(history, &is_empty, error);
    if (status != MB_OK)
        return status;
    if (access_kind == MB_HISTORY_READ)
        return is_empty
                   ? mb_error_set(error, MB_ERROR_FORMAT, "%s: empty: membench history record fills it", history->path)
                   : mb_history_run_sql(history, "PRAGMA mmap_size = 4294967296; PRAGMA cache_size = -32768", error);
    if (is_empty)
        status = make_tables(history, error);
    return status == MB_OK
               ? mb_history_run_sql(history, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536", error)
               : status;
}

mb_status mb_history_open(const char *path, mb_history_access access_kind, mb_history **history, mb_error *error)
{
    if (access_kind == MB_HISTORY_READ && access(path, F_OK) != 0)
        return mb_error_set(error, MB_ERROR_SYSTEM, "no history at %s: membench history record makes one", path);
    errno = 0;
    if (!mb_sqlite_load())
        return errno == ENOMEM
                   ? mb_error_no_memory(error)
                   : mb_error_set(
                         error, MB_ERROR_SYSTEM,
                         "cannot load libsqlite3.so.0, which keeps the history: install libsqlite3-0 (Debian)");
    mb_history *made = calloc(1, sizeof *made);
    char *copy = strdup(path);
    if (made == NULL || copy == NULL) {
        free(made);
        free(copy);
        return mb_error_no_memory(error);
    }
    made->path = copy;
    int flags = access_kind == MB_HISTORY_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    mb_status status;
    if (mb_sql.sqlite3_open_v2(path, &made->database, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        status = made->database != NULL ? mb_history_fail(made, error) : mb_error_no_memory(error);
    else
        status = prepare(made, access_kind, error);
    if (status == MB_OK)
        *history = made;
    else
        mb_history_close(made);
    return status;
}

void mb_history_close(mb_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < MB_ST_COUNT; i++)
        mb_sql.sqlite3_finalize(history->statements[i]);
    mb_sql.sqlite3_close(history->database);
    free(history->path);
    free(history);
}

mb_status mb_history_begin(mb_history *history, mb_error *error)
{
    mb_status status = mb_history_run_sql(history, "BEGIN IMMEDIATE", error);
    history->is_open_ended = status == MB_OK;
    return status;
}

mb_status mb_history_end(mb_history *history, mb_error *error)
{
    mb_status status = mb_history_run_sql(history, "COMMIT", error);
    history->is_open_ended = false;
    if (status != MB_OK)
        mb_history_rollback(history);
    return status;
}

mb_status mb_history_metrics_read(mb_history *history, mb_error *error)
{
    sqlite3_stmt *statement;
    int code;
    if (mb_sql.sqlite3_prepare_v2(history->database, "SELECT id, name FROM metrics", -1, &statement, NULL) != SQLITE_OK)
        return mb_history_fail(history, error);
    while ((code = mb_history_step(history, statement, error)) == SQLITE_ROW) {
        const char *name = (const char *)mb_sql.sqlite3_column_text(statement, 1);
        mb_metric metric = name != NULL ? mb_metric_find(name, strlen(name)) : -1;
        if (metric >= 0) /* else one of a newer membench */
            history->metric_ids[metric] = mb_sql.sqlite3_column_int64(statement, 0);
    }
    mb_sql.sqlite3_finalize(statement);
    return code == SQLITE_DONE ? MB_OK : MB_FAILED;
}
