/* sqlite.h: SQLite, loaded when a database is opened. */
#ifndef MEMBENCH_FEATURES_HISTORY_SQLITE_H
#define MEMBENCH_FEATURES_HISTORY_SQLITE_H

#include "base/loaded_calls.h"

#include <sqlite3.h>

/* clang-format off */
#define MB_SQLITE_CALLS(CALL) \
    CALL(sqlite3_bind_blob) CALL(sqlite3_bind_double) CALL(sqlite3_bind_int64) CALL(sqlite3_bind_text)           \
    CALL(sqlite3_busy_timeout) CALL(sqlite3_changes) CALL(sqlite3_clear_bindings) CALL(sqlite3_close)            \
    CALL(sqlite3_column_blob) CALL(sqlite3_column_bytes) CALL(sqlite3_column_double) CALL(sqlite3_column_int)    \
    CALL(sqlite3_column_int64) CALL(sqlite3_column_text) CALL(sqlite3_column_type) CALL(sqlite3_errcode)         \
    CALL(sqlite3_errmsg) CALL(sqlite3_exec) CALL(sqlite3_finalize) CALL(sqlite3_get_autocommit)                  \
    CALL(sqlite3_last_insert_rowid) CALL(sqlite3_open_v2) CALL(sqlite3_prepare_v2) CALL(sqlite3_prepare_v3)      \
    CALL(sqlite3_reset) CALL(sqlite3_sleep) CALL(sqlite3_step)
/* clang-format on */

typedef struct mb_sqlite {
    MB_SQLITE_CALLS(MB_CALL_MEMBER)
} mb_sqlite;

extern mb_sqlite mb_sql; /* complete once it is loaded */

bool mb_sqlite_load(void); /* as mb_calls_load */

#endif
