/* regions.h: what a case's regions amount to: those of one name together, and what no region accounts for. */
#ifndef MEMBENCH_REPORT_REGIONS_H
#define MEMBENCH_REPORT_REGIONS_H

#include "model/result.h"

/* Whether the region at place is the first of its name in its window: it stands for all of them. */
bool mb_region_is_first(const mb_case_result *result, size_t place);

/* All regions of the name and window of the one at place. *is_known is false where one was not read. False when memory
 * is out. */
MB_NODISCARD bool mb_region_sum(const mb_case_result *result, size_t place, double *nominal_bytes,
                                double *resident_bytes, bool *is_known);

/* The memory at the end of `run` that no region accounts for: anonymous memory less the regions' resident bytes. Below
 * zero when regions hold pages of files, or pages that were there before. *is_known is false where there are no
 * regions, or one was not read. False when memory is out. */
MB_NODISCARD bool mb_regions_unexplained(const mb_case_result *result, mb_window window, double *bytes, bool *is_known);

#endif
