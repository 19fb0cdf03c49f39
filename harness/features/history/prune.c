/* Taking old runs out. */
#include "features/history/history_store.h"

#include <sys/stat.h>

static uint64_t file_bytes(const mb_history *history)
{
    struct stat about;
    return stat(history->path, &about) == 0 ? (uint64_t)about.st_size : 0;
}

/* Marks in the table `gone` what has to go. A run goes with its branch's count of newer commits, or by its date. */
static mb_status choose(mb_history *history, size_t keep_count, int64_t older_s, mb_error *error)
{
    static const char by_both[] = "INSERT INTO temp.gone SELECT id FROM"
                                  " (SELECT r.id AS id, c.time_s AS time_s, dense_rank() OVER"
                                  "  (PARTITION BY r.branch ORDER BY c.time_s DESC, c.id DESC) AS place"
                                  "  FROM runs r JOIN commits c ON c.id = r.commit_id)"
                                  " WHERE (?1 > 0 AND place > ?1) OR (?2 > 0 AND time_s < ?2)";
    sqlite3_stmt *st;
    mb_status status = mb_history_run_sql(history,
                                          "DROP TABLE IF EXISTS temp.gone;"
                                          "CREATE TEMP TABLE gone(id INTEGER PRIMARY KEY)",
                                          error);
    if (status != MB_OK)
        return status;
    if (mb_sql.sqlite3_prepare_v2(history->database, by_both, -1, &st, NULL) != SQLITE_OK)
        return mb_history_fail(history, error);
    mb_sql.sqlite3_bind_int64(st, 1, (int64_t)keep_count);
    mb_sql.sqlite3_bind_int64(st, 2, older_s);
    int code = mb_history_step(history, st, error);
    mb_sql.sqlite3_finalize(st);
    return code == SQLITE_DONE ? MB_OK : MB_FAILED;
}

static mb_status count_rows(mb_history *history, const char *sql, size_t *count, mb_error *error)
{
    sqlite3_stmt *st;
    if (mb_sql.sqlite3_prepare_v2(history->database, sql, -1, &st, NULL) != SQLITE_OK)
        return mb_history_fail(history, error);
    int code = mb_history_step(history, st, error);
    if (code == SQLITE_ROW)
        *count = (size_t)mb_sql.sqlite3_column_int64(st, 0);
    mb_sql.sqlite3_finalize(st);
    return code == SQLITE_ROW ? MB_OK : MB_FAILED;
}

mb_status mb_history_prune(mb_history *history, size_t keep_count, int64_t older_s, mb_history_pruned *pruned,
                           mb_error *error)
{
    static const char rest[] = "DELETE FROM points WHERE run_id IN (SELECT id FROM temp.gone);"
                               "DELETE FROM runs WHERE id IN (SELECT id FROM temp.gone);"
                               "DELETE FROM commits WHERE id NOT IN (SELECT commit_id FROM runs);"
                               "DELETE FROM machines WHERE id NOT IN (SELECT machine_id FROM runs);"
                               "DELETE FROM cases WHERE NOT EXISTS (SELECT 1 FROM points WHERE case_id = cases.id);";
    mb_history_pruned done = {.before_bytes = file_bytes(history)};
    size_t before = 0, after = 0;
    mb_status status = mb_history_begin(history, error);
    if (status != MB_OK)
        return status;
    status = choose(history, keep_count, older_s, error);
    if (status == MB_OK)
        status = count_rows(history, "SELECT count(*) FROM temp.gone", &done.run_count, error);
    if (status == MB_OK)
        status = count_rows(history, "SELECT count(*) FROM commits", &before, error);
    if (status == MB_OK && done.run_count > 0)
        status = mb_history_run_sql(history, rest, error);
    if (status == MB_OK)
        status = count_rows(history, "SELECT count(*) FROM commits", &after, error);
    if (status == MB_OK)
        status = mb_history_end(history, error);
    if (status != MB_OK) {
        mb_history_rollback(history);
        return status;
    }
    /* In write-ahead mode the smaller file is in the log until that is folded in. */
    if (done.run_count > 0)
        status = mb_history_run_sql(history, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", error);
    done.commit_count = before - after;
    done.after_bytes = file_bytes(history);
    if (status == MB_OK)
        *pruned = done;
    return status;
}
