/* Prints the table of bench/truth/expected.h as JSON, so that tests in other languages need not read C. */
#include "../../../bench/truth/expected.h"

#include <inttypes.h>
#include <stdio.h>

int main(void)
{
    printf(
        "{\"mark_pages\":[%d,%d],\"region_pages\":%d,\"count_value\":%d,\"peak_pages\":%d,\"two_valued_pages\":[%d,%d],"
        "\"rows\":[",
        TRUTH_MARK_PAGES_FIRST, TRUTH_MARK_PAGES_SECOND, TRUTH_REGION_PAGES, TRUTH_COUNT_VALUE, TRUTH_PEAK_PAGES,
        TRUTH_TWO_VALUED_LOW_PAGES, TRUTH_TWO_VALUED_HIGH_PAGES);
    for (size_t i = 0; i < TRUTH_TABLE_COUNT; i++) {
        const truth_expected *row = &truth_table[i];
        printf("%s\n{\"family\":\"%s\",\"metric\":\"%s\",\"unit\":\"%s\",\"offset\":%" PRId64 ",\"factor\":%" PRId64
               "}",
               i > 0 ? "," : "", row->family, row->metric, row->unit == TRUTH_PAGES ? "pages" : "single", row->offset,
               row->factor);
    }
    printf("]}\n");
    return fflush(stdout) == 0 ? 0 : 1;
}
