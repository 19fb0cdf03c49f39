#include "sites/site_set.h"

#include <string.h>

int64_t mb_site_weigh(const mb_site_amounts *amounts, mb_site_weight weight)
{
    return weight == MB_SITE_BYTES       ? amounts->bytes
           : weight == MB_SITE_REQUESTED ? amounts->requested_bytes
                                         : amounts->block_count;
}

bool mb_site_question_of(mb_metric metric, mb_site_question *question)
{
    static const struct {
        mb_quantity quantity;
        mb_site_moment moment;
        mb_site_weight weight;
        bool is_of_pages;
    } table[] = {
        {MB_HEAP_LIVE_BYTES, MB_SITE_AT_RUN, MB_SITE_BYTES, false},
        {MB_HEAP_PEAK_BYTES, MB_SITE_AT_PEAK, MB_SITE_BYTES, false},
        {MB_HEAP_ALLOC_BYTES, MB_SITE_TOTAL, MB_SITE_REQUESTED, false},
        {MB_HEAP_ALLOC_COUNT, MB_SITE_TOTAL, MB_SITE_BLOCKS, false},
        {MB_HEAP_REQUESTED_BYTES, MB_SITE_AT_RUN, MB_SITE_REQUESTED, false},
        {MB_HEAP_RETAINED_BYTES, MB_SITE_AT_RELEASE, MB_SITE_BYTES, false},
        {MB_BETWEEN_HEAP_BYTES, MB_SITE_BETWEEN, MB_SITE_BYTES, false},
        {MB_ANON_DELTA_BYTES, MB_SITE_AT_RUN, MB_SITE_BYTES, true},
        {MB_RSS_DELTA_BYTES, MB_SITE_AT_RUN, MB_SITE_BYTES, true},
        {MB_FOOTPRINT_BYTES, MB_SITE_AT_RUN, MB_SITE_BYTES, true},
        {MB_PEAK_ANON_DELTA_BYTES, MB_SITE_AT_PEAK, MB_SITE_BYTES, true},
        {MB_PEAK_RSS_DELTA_BYTES, MB_SITE_AT_PEAK, MB_SITE_BYTES, true},
        {MB_RETAINED_RSS_BYTES, MB_SITE_AT_RELEASE, MB_SITE_BYTES, true},
        {MB_RETAINED_ANON_BYTES, MB_SITE_AT_RELEASE, MB_SITE_BYTES, true},
        {MB_RETAINED_AFTER_TRIM_RSS_BYTES, MB_SITE_AT_RELEASE, MB_SITE_BYTES, true},
        {MB_RETAINED_AFTER_TRIM_ANON_BYTES, MB_SITE_AT_RELEASE, MB_SITE_BYTES, true},
        {MB_BETWEEN_ANON_BYTES, MB_SITE_BETWEEN, MB_SITE_BYTES, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].quantity == mb_metric_quantity(metric)) {
            *question =
                (mb_site_question){mb_metric_window(metric), table[i].moment, table[i].weight, table[i].is_of_pages};
            return true;
        }
    return false;
}

static const char *const names[MB_SITE_MOMENT_COUNT] = MB_SITE_MOMENT_NAMES;

bool mb_site_moment_find(const char *name, mb_site_moment *moment)
{
    for (int m = 0; m < MB_SITE_MOMENT_COUNT; m++)
        if (strcmp(names[m], name) == 0) {
            *moment = (mb_site_moment)m;
            return true;
        }
    return false;
}

const char *mb_site_moment_name(mb_site_moment moment) { return names[moment]; }

const char *mb_site_moment_summary(mb_site_moment moment)
{
#define SUMMARY(enumerator, name, summary) summary,
    static const char *const summaries[MB_SITE_MOMENT_COUNT] = {MB_SITE_MOMENTS(SUMMARY)};
    return summaries[moment];
}

mb_site_amounts mb_site_sum(const mb_site_view *view)
{
    mb_site_amounts sum = {0};
    for (size_t i = 0; i < view->row_count; i++) {
        sum.block_count += view->rows[i].amounts.block_count;
        sum.bytes += view->rows[i].amounts.bytes;
        sum.requested_bytes += view->rows[i].amounts.requested_bytes;
    }
    return sum;
}
