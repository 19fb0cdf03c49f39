#include "report/regions.h"

#include "report/words.h"

#include <string.h>

static bool is_alike(const mb_region_result *left, const mb_region_result *right)
{
    return left->window == right->window && strcmp(left->name, right->name) == 0;
}

bool mb_region_is_first(const mb_case_result *result, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (is_alike(&result->regions[i], &result->regions[place]))
            return false;
    return true;
}

bool mb_region_sum(const mb_case_result *result, size_t place, double *nominal_bytes, double *resident_bytes,
                   bool *is_known)
{
    double nominal_sum = 0, resident_sum = 0;
    bool is_whole = true;
    for (size_t i = 0; i < result->region_count; i++) {
        const mb_region_result *region = &result->regions[i];
        mb_summary summary;
        if (!is_alike(region, &result->regions[place]))
            continue;
        if (!mb_summary_make(&region->resident_bytes, &summary))
            return false;
        nominal_sum += region->nominal_bytes;
        resident_sum += summary.count > 0 ? summary.median : 0;
        is_whole = is_whole && summary.count > 0;
    }
    *nominal_bytes = nominal_sum;
    *resident_bytes = resident_sum;
    *is_known = is_whole;
    return true;
}

/* Resident bytes of a window's regions: their sum, or where they overlap what the worker said of them together. False
 * when memory is out; *is_known is false when there are none, or one was not read. */
static MB_NODISCARD bool sum_regions(const mb_case_result *result, mb_window window, double *bytes, bool *is_known)
{
    mb_summary summary;
    double sum_bytes = 0;
    *is_known = false;
    for (size_t i = 0; i < result->region_count; i++) {
        if (result->regions[i].window != window)
            continue;
        if (!mb_summary_make(&result->regions[i].resident_bytes, &summary))
            return false;
        *is_known = summary.count > 0;
        if (summary.count == 0)
            return true;
        sum_bytes += summary.median;
    }
    for (size_t i = 0; i < result->count_count; i++) {
        const mb_count_result *count = &result->counts[i];
        if (count->window != window || strcmp(count->name, MB_REGIONS_TOGETHER_NAME) != 0)
            continue;
        if (!mb_summary_make(&count->values, &summary))
            return false;
        if (summary.count > 0)
            sum_bytes = summary.median;
    }
    *bytes = sum_bytes;
    return true;
}

bool mb_regions_unexplained(const mb_case_result *result, mb_window window, double *bytes, bool *is_known)
{
    double explained_bytes = 0;
    bool are_read;
    mb_summary summary;
    if (!sum_regions(result, window, &explained_bytes, &are_read) ||
        !mb_summary_make(&result->series[mb_metric_of(MB_ANON_DELTA_BYTES, window)], &summary))
        return false;
    *is_known = are_read && summary.count > 0;
    *bytes = *is_known ? summary.median - explained_bytes : 0;
    return true;
}
