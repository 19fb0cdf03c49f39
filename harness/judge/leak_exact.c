#include "judge/leak_exact.h"

enum { INCREMENTS_LEAST = 3 };

mb_soak_exact mb_soak_exact_find(const double *live_bytes, const double *operation_count, size_t count)
{
    mb_soak_exact kept = {.is_exact = true}, none = {0};
    size_t from = count / 4, before = from, increment_count = 0;
    for (size_t i = from + 1; i < count; i++) {
        double operations = operation_count[i] - operation_count[before], grown = live_bytes[i] - live_bytes[before];
        if (!(operations > 0)) {
            if (grown != 0)
                return none; /* something else than operations moves the heap */
            continue;
        }
        if (increment_count++ == 0)
            kept.bytes = grown / operations;
        if (kept.bytes * operations != grown || kept.bytes < 0 || kept.bytes != (double)(long long)kept.bytes)
            return none;
        kept.operation_count += operations;
        before = i;
    }
    return increment_count >= INCREMENTS_LEAST ? kept : none;
}
