/* pools.h: add and remove of the hook's table; heap_hook.h has their contract. */
#ifndef MEMBENCH_HEAP_POOLS_H
#define MEMBENCH_HEAP_POOLS_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

void mb_heap_pool_add(const void *block, size_t size);
size_t mb_heap_pool_remove(const void *block);

#pragma GCC visibility pop

#endif
