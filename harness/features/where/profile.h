/* profile.h: the call sites of one view in the formats of other tools' viewers. */
#ifndef MEMBENCH_FEATURES_WHERE_PROFILE_H
#define MEMBENCH_FEATURES_WHERE_PROFILE_H

#include "base/error.h"
#include "sites/site_set.h"

#include <stdio.h>

/* "run;job_queue_push;job_new 203200", outermost first: flamegraph.pl, inferno, speedscope. */
void mb_profile_write_collapsed(FILE *file, const mb_site_view *view, mb_site_weight weight);

/* Profile of google/pprof, not compressed: `go tool pprof`. Fails when memory is out. */
MB_NODISCARD mb_status mb_profile_write_pprof(FILE *file, const mb_site_view *view, mb_error *error);

#endif
