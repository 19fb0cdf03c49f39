/* heap_workload.h: a program for the heap hook that other tools can count too: it calls workload() and, when a hook
 * counts in it, prints "calls bytes frees live peak", the last two of requested bytes, -1 where not all blocks are
 * kept. Of the whole process, which then ends at once, so that a tool sees the same end. */
#ifndef MEMBENCH_TESTS_HEAP_WORKLOAD_H
#define MEMBENCH_TESTS_HEAP_WORKLOAD_H

#include "heap/heap_hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool workload(void); /* false: something went wrong */

int main(void)
{
    const mb_heap_hook *hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    if (!workload())
        _exit(1);
    if (hook != NULL) {
        mb_heap_reading reading;
        mb_heap_requested requested;
        hook->read(&reading);
        bool is_known = mb_heap_hook_read_requested(hook, &requested);
        dprintf(STDOUT_FILENO, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n", reading.alloc_count,
                reading.alloc_bytes, reading.free_count, is_known ? requested.live_bytes : -1,
                is_known ? requested.peak_bytes : -1);
    }
    _exit(0);
}

#endif
