/* stack.c: a recursion whose frames each keep 64 bytes in linear memory, below __heap_base. */
#include <stdint.h>

enum { FRAME_BYTES = 64 };

int32_t recurse(int32_t depth);

__attribute__((export_name("recurse"), noinline)) int32_t recurse(int32_t depth)
{
    volatile char kept[FRAME_BYTES];
    if (depth == 0)
        return 0;
    kept[0] = 1;
    kept[FRAME_BYTES - 1] = 0;
    return recurse(depth - 1) + kept[0] + kept[FRAME_BYTES - 1];
}
