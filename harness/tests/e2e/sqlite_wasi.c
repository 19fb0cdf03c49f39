/* SQLite as a command of WASI: fills a table in memory with as many rows as its argument says, and keeps it. Time and
 * random numbers come from here, since a database in memory opens no file. */
#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs, (void)name, (void)file, (void)flags, (void)out_flags;
    return SQLITE_CANTOPEN;
}

static int give_full_path(sqlite3_vfs *vfs, const char *name, int size, char *path)
{
    (void)vfs;
    return snprintf(path, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int give_random(sqlite3_vfs *vfs, int size, char *bytes)
{
    (void)vfs;
    memset(bytes, 42, (size_t)size);
    return size;
}

static int give_time(sqlite3_vfs *vfs, double *day)
{
    (void)vfs;
    *day = 2460000.5;
    return SQLITE_OK;
}

int sqlite3_os_init(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 1,
        .szOsFile = sizeof(sqlite3_file),
        .mxPathname = 256,
        .zName = "none",
        .xOpen = open_file,
        .xFullPathname = give_full_path,
        .xRandomness = give_random,
        .xCurrentTime = give_time,
    };
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

static int show(void *unused, int count, char **values, char **names)
{
    (void)unused, (void)count, (void)names;
    printf("%s rows, %s characters\n", values[0], values[1]);
    return 0;
}

int main(int argc, char **argv)
{
    char text[256], *why = NULL;
    int rows = atoi(argv[argc - 1]);
    sqlite3 *db;
    if (rows <= 0 || sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 2;
    snprintf(text, sizeof text,
             "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT);"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             "INSERT INTO t SELECT i, printf('%%.100c', 'x') FROM n;"
             "SELECT count(*), sum(length(name)) FROM t",
             rows);
    if (sqlite3_exec(db, text, show, NULL, &why) != SQLITE_OK) {
        fprintf(stderr, "%s\n", why);
        return 3;
    }
    return 0;
}
