/* Counters in a file that all processes of a command share. */
#include "heap/tree.h"

#include "heap/hook_environment.h"
#include "heap/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
extern void *__dso_handle;

/* musl has no such function, and no program of musl can be counted so; but it is not to fail for lack of it. */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *library)
    __attribute__((weak));

_Static_assert(sizeof(mb_heap_counters) == 128 && sizeof(mb_heap_process) == 128, "places are whole cache lines");

static mb_heap_tree *tree;
static bool is_settled, is_settling;
static mb_heap_tree_obstacle obstacle;
static uint32_t process_index, first_record; /* of this process; 0: none */
static int64_t forked_live_bytes;

/* A malloc of the program's own, as of one that is linked with jemalloc, comes before any that is preloaded. Its
 * address does not say so: of a function that a program compares or keeps, that may be in the program in any case. */
static mb_heap_tree_obstacle find_obstacle(void)
{
    void *(*allocate)(size_t), *symbol = dlsym(RTLD_DEFAULT, "malloc");
    void (*release)(void *);
    memcpy(&allocate, &symbol, sizeof symbol);
    symbol = dlsym(RTLD_DEFAULT, "free");
    memcpy(&release, &symbol, sizeof symbol);
    if (allocate == NULL || release == NULL || !mb_heap_counters_see(allocate, release))
        return MB_HEAP_TREE_OWN_MALLOC;
    return mb_heap_next_is_countable() ? MB_HEAP_TREE_COUNTED : MB_HEAP_TREE_NO_SIZES;
}

/* NULL: there is no place left. */
static mb_heap_totals *take_process(void)
{
    struct timespec now;
    uint32_t index = atomic_fetch_add(&tree->process_count, 1);
    if (index >= MB_HEAP_TREE_PLACES)
        return NULL;
    process_index = index;
    mb_heap_process *process = &tree->processes[index];
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now); /* libc may not be ready for its own */
    process->pid = (int32_t)syscall(SYS_getpid);
    process->start_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    process->obstacle = obstacle;
    prctl(PR_GET_NAME, process->name, 0L, 0L, 0L);
    return &process->totals;
}

static void before_fork(void) { forked_live_bytes = mb_heap_counters_live(); }

static void after_fork(void)
{
    first_record = 0;
    mb_heap_counters_begin_child(take_process(), forked_live_bytes);
}

static mb_heap_tree *map_tree(const char *path)
{
    struct stat file;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC); /* the program may have an open of its own */
    if (fd < 0)
        return NULL;
    void *mapped = MAP_FAILED;
    if (fstat(fd, &file) == 0 && file.st_size == (off_t)sizeof *tree)
        mapped = mmap(NULL, sizeof *tree, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED)
        return NULL;
    mb_heap_tree *found = mapped;
    if (found->magic == MB_HEAP_TREE_MAGIC)
        return found;
    munmap(mapped, sizeof *tree);
    return NULL;
}

bool mb_heap_tree_settle(void)
{
    if (is_settled)
        return true;
    if (is_settling || environ == NULL) /* what is looked up here may allocate */
        return false;
    is_settling = true;
    int saved_errno = errno;
    const char *path = mb_heap_variable(MB_HEAP_TREE_VARIABLE);
    if (path != NULL)
        tree = map_tree(path);
    if (tree != NULL) {
        obstacle = find_obstacle();
        mb_heap_totals *totals = take_process();
        if (totals != NULL)
            mb_heap_counters_share(totals);
        if (__register_atfork != NULL)
            __register_atfork(before_fork, NULL, after_fork, __dso_handle);
    }
    errno = saved_errno;
    is_settled = true;
    return true;
}

bool mb_heap_tree_is_open(void) { return tree != NULL; }

mb_heap_counters *mb_heap_tree_record(void)
{
    for (uint32_t at = first_record; at != 0; at = tree->records[at].next)
        if (!tree->records[at].in_use)
            return &tree->records[at];
    uint32_t index = atomic_fetch_add(&tree->record_count, 1);
    if (index >= MB_HEAP_TREE_PLACES)
        return NULL;
    mb_heap_counters *record = &tree->records[index];
    record->process = process_index;
    record->next = first_record;
    first_record = index;
    return record;
}
