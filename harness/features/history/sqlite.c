#include "features/history/sqlite.h"

mb_sqlite mb_sql;

bool mb_sqlite_load(void)
{
    static const char *const names[] = {MB_SQLITE_CALLS(MB_CALL_NAME)};
    return mb_calls_load("libsqlite3.so.0", names, sizeof names / sizeof names[0], &mb_sql);
}
