/* history_store.h: the open database behind history.h: statements, transactions, errors. Internal to history/. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_STORE_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_STORE_H

#include "features/history/history.h"

#include "features/history/sqlite.h"

/* Statements that are prepared once; their texts are in store.c. */
typedef enum mb_history_statement {
    MB_ST_COMMIT_ADD,
    MB_ST_COMMIT_FIND,
    MB_ST_MACHINE_ADD,
    MB_ST_MACHINE_FIND,
    MB_ST_RUN_ADD,
    MB_ST_RUN_FIND,
    MB_ST_RUN_COUNT,
    MB_ST_CASE_ADD,
    MB_ST_CASE_FIND,
    MB_ST_METRIC_ADD,
    MB_ST_POINT_ADD,
    MB_ST_POINTS,
    MB_ST_COUNT
} mb_history_statement;

struct mb_history {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *statements[MB_ST_COUNT];
    int64_t metric_ids[MB_METRIC_COUNT]; /* 0: not in the file, as far as is known */
    bool is_open_ended;                  /* between begin and end */
};

/* The statement, reset and without values; NULL, with the error set, when it cannot be prepared. */
sqlite3_stmt *mb_history_statement_get(mb_history *history, mb_history_statement which, mb_error *error);

/* Steps to the next row: SQLITE_ROW or SQLITE_DONE, anything else with the error set. */
int mb_history_step(mb_history *history, sqlite3_stmt *statement, mb_error *error);

/* Runs statements that yield nothing. */
MB_NODISCARD mb_status mb_history_run_sql(mb_history *history, const char *sql, mb_error *error);

/* Takes a transaction back. */
void mb_history_rollback(mb_history *history);

/* Puts what the database says of its last failure into words. */
mb_status mb_history_fail(mb_history *history, mb_error *error);

/* Reads metric_ids from the file. */
MB_NODISCARD mb_status mb_history_metrics_read(mb_history *history, mb_error *error);

#endif
