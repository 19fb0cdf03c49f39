/* A function of revisions_bench.c that was moved here. */
static NOINLINE void *moved_new(void)
{
    void *block = malloc(48);
    mb_keep(block);
    return block;
}
