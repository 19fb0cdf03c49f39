/* A workload of SQLite for the heap hook: a database in memory, left open. */
#include "heap_workload.h"

#include <sqlite3.h>

static bool workload(void)
{
    sqlite3 *db;
    return sqlite3_open(":memory:", &db) == SQLITE_OK &&
           sqlite3_exec(db,
                        "create table t (id integer primary key, name text, value real);"
                        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)"
                        " insert into t select i, 'name ' || i, i * 1.5 from n;"
                        "create index by_name on t (name);"
                        "select name, group_concat(id) from t group by length(name) order by 2;"
                        "delete from t where id % 3 = 0; drop index by_name;",
                        NULL, NULL, NULL) == SQLITE_OK;
}
