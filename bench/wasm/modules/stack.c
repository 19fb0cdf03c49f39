/* stack.c: a recursion whose frames each keep 64 bytes in linear memory, below __heap_base. */
#include <stdint.h>

enum { FRAME_BYTES = 64 };

int32_t recurse(int32_t depth);

__attribute__((export_name("recurse"), noinline)) int32_t recurse(int32_t depth)
{
    char kept[FRAME_BYTES];
    kept[0] = 1;
    __asm__ volatile("" : : "r"(kept) : "memory"); /* or the compiler would keep less */
    if (depth == 0)
        return 0;
    int32_t below = recurse(depth - 1);
    __asm__ volatile("" : : "r"(kept) : "memory");
    return below + 1;
}
