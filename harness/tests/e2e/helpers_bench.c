/* A case whose run starts helper processes that allocate and touch memory: none of it may be counted, and a helper that
 * is another program must not find the heap hook in itself. */
#include <membench/membench.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWN_BLOCKS = 3, OWN_PAGES = 5, HELPER_BLOCKS = 100, BLOCK_BYTES = 1000 };

struct held {
    void *blocks[OWN_BLOCKS];
    unsigned char *pages;
};

extern char **environ;

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static unsigned char *touch(size_t page_count)
{
    size_t bytes = page_count * page_bytes();
    unsigned char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; pages != MAP_FAILED && at < bytes; at += page_bytes())
        pages[at] = 1;
    return pages;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Forked, not started again: it has our memory, but what it does with it is its own. */
static int run_forked(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < HELPER_BLOCKS; i++)
            mb_keep(malloc(BLOCK_BYTES));
        _exit(touch(50) == MAP_FAILED);
    }
    return pid < 0 ? -1 : wait_for(pid);
}

static int run_started(void)
{
    static char name[] = "helper";
    char *arguments[] = {name, name, NULL};
    pid_t pid;
    return posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) == 0 ? wait_for(pid) : -1;
}

static mb_status run(mb_bench *b)
{
    struct held *held = mb_state(b);
    if (run_forked() != 0)
        return mb_fail(b, "the forked helper failed");
    int found = run_started();
    if (found < 0)
        return mb_fail(b, "the started helper failed");
    mb_count(b, "hooks_in_helper", found);
    for (int i = 0; i < OWN_BLOCKS; i++)
        mb_keep(held->blocks[i] = malloc(BLOCK_BYTES));
    held->pages = touch(OWN_PAGES);
    return held->pages != MAP_FAILED ? MB_OK : mb_out_of_memory(b, "no memory");
}

static void release(mb_bench *b)
{
    struct held *held = mb_state(b);
    for (int i = 0; i < OWN_BLOCKS; i++)
        free(held->blocks[i]);
    munmap(held->pages, OWN_PAGES * page_bytes());
}

/* The helper: how many signs of the heap hook it finds in itself. */
static int count_hooks(void)
{
    static char maps[1 << 16];
    int found = 0, fd = open("/proc/self/maps", O_RDONLY);
    ssize_t length = 0;
    for (ssize_t got = 1; fd >= 0 && got > 0; length += got)
        got = read(fd, maps + length, sizeof maps - 1 - (size_t)length);
    found += strstr(maps, "libmembench_heap") != NULL;
    const char *preload = getenv("LD_PRELOAD");
    found += preload != NULL && strstr(preload, "libmembench_heap") != NULL;
    for (int i = 0; i < HELPER_BLOCKS; i++)
        mb_keep(malloc(BLOCK_BYTES));
    return found;
}

static const mb_case helpers = {
    MB_CASE_INIT, .group = "helpers", .state_bytes = sizeof(struct held), .run = run, .release = release,
};

int main(int argc, char **argv)
{
    static const mb_case *const cases[] = {&helpers};
    if (argc == 2 && strcmp(argv[1], "helper") == 0)
        return count_hooks();
    return mb_main(argc, argv, cases, 1);
}
