/* Blocks whose usable bytes could depend on addresses, in a process whose layout the environment decides: LAYOUT_BYTES
 * is the size of a mapping that setup makes and nobody touches. */
#include <membench/membench.h>

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { BLOCKS_EACH = 2, MIB = 1 << 20 };

static const struct {
    size_t alignment, size;
} shapes[] = {{2 * MIB, 2 * MIB}, {2 * MIB, 3 * MIB + 5}, {65536, MIB},    {4 * MIB, 200000}, {8192, 140000},
              {8192, 100},        {4096, 300000},         {64, MIB + 100}, {MIB, 5 * MIB},    {65536, 5000}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static void *blocks[SHAPES][BLOCKS_EACH];

static mb_status setup(mb_bench *b)
{
    const char *text = getenv("LAYOUT_BYTES");
    size_t byte_count = text != NULL ? strtoull(text, NULL, 10) : 0;
    if (byte_count > 0 && mmap(NULL, byte_count, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
        return mb_out_of_memory(b, "no mapping");
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    for (int s = 0; s < SHAPES; s++)
        for (int i = 0; i < BLOCKS_EACH; i++) {
            void *block = memalign(shapes[s].alignment, shapes[s].size);
            if (i % 2 == 1 && block != NULL)
                block = realloc(block, shapes[s].size + shapes[s].size / 2);
            if (block == NULL)
                return mb_out_of_memory(b, "no block");
            blocks[s][i] = block;
        }
    return MB_OK;
}

static void release(mb_bench *b)
{
    (void)b;
    for (int s = 0; s < SHAPES; s++)
        for (int i = 0; i < BLOCKS_EACH; i++)
            free(blocks[s][i]);
}

static const mb_case layout = {MB_CASE_INIT, .group = "layout", .setup = setup, .run = run, .release = release};

MB_MAIN(&layout)
