/* profile.h: the call sites of one view in the formats of other tools' viewers. */
#ifndef MEMBENCH_FEATURES_WHERE_PROFILE_H
#define MEMBENCH_FEATURES_WHERE_PROFILE_H

#include "base/error.h"
#include "sites/site_set.h"

#include <stdio.h>

/* "run;job_queue_push;job_new 203200", outermost first: flamegraph.pl, inferno. */
void mb_profile_write_collapsed(FILE *file, const mb_site_view *view, mb_site_weight weight);

/* speedscope's own format, which has files and lines, too. Fails when memory is out. */
MB_NODISCARD mb_status mb_profile_write_speedscope(FILE *file, const char *name, const mb_site_view *view,
                                                   mb_site_weight weight, mb_error *error);

/* Profile of google/pprof, not compressed: `go tool pprof`. Fails when memory is out. */
MB_NODISCARD mb_status mb_profile_write_pprof(FILE *file, const mb_site_view *view, mb_error *error);

#endif
