/* Cases whose numbers are known exactly: expected.h holds them. */
#include "truth.h"

MB_MAIN(&truth_empty, &truth_touch, &truth_huge, &truth_shared, &truth_file, &truth_transient_marked,
        &truth_transient_unmarked, &truth_marks, &truth_malloc, &truth_malloc_large, &truth_leak, &truth_retain_topmost,
        &truth_retain_lifo, &truth_trim, &truth_threads, &truth_two_valued, &truth_noisy)
