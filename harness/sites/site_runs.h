/* site_runs.h: call sites of several runs of one program, with once, twice … as many iterations: what one iteration
 * takes is the steady window, what the first run takes apart from its iterations the cold one.
 *
 *     membench-sites 1 … end     of the first run, with one window (site_dump.h)
 *     membench-sites 1 … end     of the second, and so on
 *     iterations M N             M the first had, and N more the second; left out where what they take is not linear:
 *                                then the cold window is the whole first run */
#ifndef MEMBENCH_SITES_SITE_RUNS_H
#define MEMBENCH_SITES_SITE_RUNS_H

#include "sites/site_dump.h"

/* Reads the text of one run or of several; of one it is what mb_site_dump_read makes of it. Of the steady window nobody
 * knows what was alive at its peak; the cold one's is that of the first run, or of the second when M is 0. Everything
 * is in the arena. Safe with any bytes, as mb_site_dump_read. */
MB_NODISCARD mb_status mb_site_runs_read(const char *text, size_t length, mb_arena *arena, mb_site_dump *dump,
                                         mb_error *error);

#endif
