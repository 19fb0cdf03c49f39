/* site_names.h: from addresses to names: a dump becomes a set of call sites. Reads the programs and libraries that the
 * dump names, on this machine, and never fails for want of their debug information: then there are fewer names. */
#ifndef MEMBENCH_SITES_SITE_NAMES_H
#define MEMBENCH_SITES_SITE_NAMES_H

#include "sites/site_dump.h"
#include "sites/site_set.h"

/* Everything is in the arena, nothing of it in the dump. Fails when memory is out. */
MB_NODISCARD mb_status mb_site_names_find(const mb_site_dump *dump, mb_arena *arena, mb_site_set *set, mb_error *error);

#endif
