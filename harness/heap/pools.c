/* Blocks that do not come from malloc, as the program notes them: a pool's, or an allocator's of its own. */
#include "heap/pools.h"
#include "heap/blocks.h"
#include "heap/counters.h"
#include "heap/follow.h"

/* Without room in the table a block is not counted, nor when it is given back. */
void mb_heap_pool_add(const void *block, size_t size)
{
    if (block == NULL || !mb_heap_blocks_enter_as(block, size, (int64_t)size))
        return;
    mb_heap_count(1, size, 0, (int64_t)size);
    mb_heap_follow_new(block, size, (int64_t)size, true);
}

size_t mb_heap_pool_remove(const void *block)
{
    mb_heap_block found;
    if (block == NULL || !mb_heap_blocks_take(block, &found))
        return 0;
    mb_heap_count(0, 0, 1, -found.counted_bytes);
    mb_heap_follow_end(block, found.counted_bytes, true, NULL);
    return found.requested_bytes;
}
