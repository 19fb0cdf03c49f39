/* A subject whose memory is decided by the file blocks.txt alone: the program stays what it is. */
#include <membench/membench.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCKS_MAX = 1000, BLOCK_BYTES = 1000 };

static void *blocks[BLOCKS_MAX];
static int block_count, asked_count;

static mb_status setup(mb_bench *b)
{
    char text[16] = "";
    int file = open("blocks.txt", O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0)
        return mb_fail(b, "blocks.txt cannot be read");
    close(file);
    asked_count = atoi(text);
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    for (block_count = 0; block_count < asked_count && block_count < BLOCKS_MAX; block_count++)
        if ((blocks[block_count] = malloc(BLOCK_BYTES)) == NULL)
            return mb_out_of_memory(b, "of %d blocks, at %d", BLOCKS_MAX, block_count);
    return MB_OK;
}

static void release(mb_bench *b)
{
    (void)b;
    while (block_count > 0)
        free(blocks[--block_count]);
}

static const mb_case as_before = {MB_CASE_INIT, .group = "as_before", .setup = setup, .run = run, .release = release};

MB_MAIN(&as_before)
