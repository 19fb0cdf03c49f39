/* /proc/self/clear_refs: sets the peak of the resident set (VmHWM) back to its present size. */
#include "readings/readings.h"

#include <unistd.h>

bool mb_peak_reset(mb_reader *reader) { return pwrite(reader->descriptors[MB_FILE_CLEAR_REFS], "5", 1, 0) == 1; }

int64_t mb_peak_bound_bytes(int cpu_count, uint64_t page_bytes)
{
    enum { BATCH_PAGES_MIN = 32, COUNTERS = 3 };
    int64_t batch_pages = 2 * (int64_t)cpu_count > BATCH_PAGES_MIN ? 2 * (int64_t)cpu_count : BATCH_PAGES_MIN;
    return (batch_pages - 1) * cpu_count * COUNTERS * (int64_t)page_bytes;
}
