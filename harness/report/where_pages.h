/* where_pages.h: whose the anonymous pages are, in words. */
#ifndef MEMBENCH_REPORT_WHERE_PAGES_H
#define MEMBENCH_REPORT_WHERE_PAGES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "sites/site_set.h"

#include <stdio.h>

/* What anonymous memory grew by from the start of run to its end, a line for each owner that has more or less; nothing
 * where it is not known. membench's own tables are left out. Fails when memory is out, as the others do. */
MB_NODISCARD mb_status mb_where_print_pages(FILE *file, const mb_site_set *set, mb_window window, bool unicode,
                                            mb_error *error);

/* "heap +28.0 KiB, data of jobs +4.00 KiB, mapped by pool_new pool.c:12 +64.0 KiB": by how much more each owner grew in
 * the new set than in the old one; "" where that is not known, or nothing did. */
MB_NODISCARD mb_status mb_where_pages_changed(const mb_site_set *old, const mb_site_set *new, mb_window window,
                                              mb_arena *arena, const char **text, mb_error *error);

/* The same as an array "pages". */
MB_NODISCARD mb_status mb_where_write_pages(mb_json_writer *json, const mb_site_set *set, mb_window window,
                                            mb_error *error);

#endif
