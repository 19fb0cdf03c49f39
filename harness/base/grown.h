/* grown.h: room for one more in an array. */
#ifndef MEMBENCH_BASE_GROWN_H
#define MEMBENCH_BASE_GROWN_H

#include <stddef.h>

/* items, or a larger copy of it that takes its place, with room for more than count elements of item_bytes; *capacity
 * doubles. NULL when memory is out: items is still the caller's then. */
void *mb_grown(void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
