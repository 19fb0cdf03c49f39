/* site_names.h: from addresses to names: a dump becomes a set of call sites. Reads the programs and libraries that the
 * dump names, on this machine, and never fails for lack of their debug information: then there are fewer names. */
#ifndef MEMBENCH_SITES_SITE_NAMES_H
#define MEMBENCH_SITES_SITE_NAMES_H

#include "sites/site_dump.h"
#include "sites/site_set.h"

/* Files that are open, so that several dumps of one program share them: reading debug information takes most of the
 * time. Zeroed is empty. */
typedef struct mb_site_files {
    struct mb_site_known_file *first;
} mb_site_files;

void mb_site_files_close(mb_site_files *files);

/* Everything is in the arena, nothing of it in the dump; files must be closed before the arena goes, and be used with
 * one arena only. Fails when memory is out. */
MB_NODISCARD mb_status mb_site_names_find(const mb_site_dump *dump, mb_site_files *files, mb_arena *arena,
                                          mb_site_set *set, mb_error *error);

#endif
