/* In place of history_test.c where SQLite is missing. */
#include "tests/suite.h"

#include <stdio.h>

static void test_skipped(void) { printf("skipped: SQLite is missing (Debian: libsqlite3-dev) "); }

MB_SUITE(history, {"skipped", test_skipped});
MB_SUITE(history_parts, {"skipped", test_skipped});
