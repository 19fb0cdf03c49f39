/* Peaks of known size: memory that is there for a moment, given back in each way there is. What a case holds most is
 * its parameter "pages", or is at the case; what it holds at the end of run is never that much. */
#include "peak_bench.h"

#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

extern char **environ;

static mb_status run_mmap(mb_bench *b)
{
    size_t size = peak_size(b);
    munmap(peak_map(size), size);
    return MB_OK;
}

/* A block of that many pages less its header. Above the threshold it is a mapping, which free gives back. */
static mb_status set_threshold(mb_bench *b)
{
    (void)b;
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    return MB_OK;
}

static mb_status run_malloc(mb_bench *b)
{
    size_t size = peak_size(b) - 2 * sizeof(size_t);
    void *block = malloc(size);
    memset(block, 1, size);
    mb_keep(block);
    free(block);
    return MB_OK;
}

static mb_status run_brk(mb_bench *b)
{
    size_t size = peak_size(b), page_bytes = peak_page_bytes();
    size_t ahead = (page_bytes - (size_t)sbrk(0) % page_bytes) % page_bytes;
    char *first = (char *)sbrk((intptr_t)(size + ahead)) + ahead;
    peak_touch(first, size);
    sbrk(-(intptr_t)(size + ahead));
    return MB_OK;
}

/* Pages far enough below this function's that no call uses them, given back from the top. */
static mb_status run_stack(mb_bench *b)
{
    size_t size = peak_size(b), page_bytes = peak_page_bytes();
    char *top = (char *)((uintptr_t)__builtin_frame_address(0) / page_bytes * page_bytes - 16 * page_bytes);
    for (size_t at = page_bytes; at <= size; at += page_bytes)
        ((volatile char *)top)[-(ptrdiff_t)at] = 1;
    madvise(top - size, size, MADV_DONTNEED);
    return MB_OK;
}

static mb_status run_fixed(mb_bench *b)
{
    size_t size = peak_size(b);
    char *at = peak_map(size);
    mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(at, size);
    return MB_OK;
}

/* The flag says nothing to the kernel; the loader of glibc sets it over what it has just reserved. */
static mb_status run_fixed_denied(mb_bench *b)
{
    size_t size = peak_size(b);
    char *at = peak_map(size);
    mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_DENYWRITE, -1, 0);
    munmap(at, size);
    return MB_OK;
}

static mb_status run_madvise(mb_bench *b)
{
    size_t size = peak_size(b);
    int advice = (int)mb_param(b, "advice");
    bool is_shared = advice == MADV_REMOVE;
    char *at = is_shared ? peak_map_shared(size) : peak_map(size);
    int result = madvise(at, size, advice);
    munmap(at, size);
    return result == 0 ? MB_OK : mb_skip(b, "this kernel does not know the advice");
}

/* MADV_FREE leaves the pages where they are; the same pages touched again are no more of them. */
static mb_status run_free_later(mb_bench *b)
{
    size_t size = peak_size(b);
    char *at = peak_map(size);
    madvise(at, size, MADV_FREE);
    peak_touch(at, size);
    munmap(at, size);
    return MB_OK;
}

static mb_status run_shrink(mb_bench *b)
{
    size_t size = peak_size(b), page_bytes = peak_page_bytes();
    char *at = peak_map(size);
    at = mremap(at, size, page_bytes, 0);
    munmap(at, page_bytes);
    return MB_OK;
}

/* Two of them, one moved onto the other: 2 x pages. */
static mb_status run_move(mb_bench *b)
{
    size_t size = peak_size(b);
    char *target = peak_map(size), *source = peak_map(size);
    mremap(source, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    munmap(target, size);
    return MB_OK;
}

static mb_status run_truncate(mb_bench *b)
{
    size_t size = peak_size(b);
    int fd = memfd_create("peak", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        return mb_fail(b, "no memory file");
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    peak_touch(at, size);
    bool is_shorter = ftruncate(fd, 0) == 0;
    munmap(at, size);
    close(fd);
    return is_shorter ? MB_OK : mb_fail(b, "not truncated");
}

static mb_status run_detach(mb_bench *b)
{
    size_t size = peak_size(b);
    int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
    if (id < 0)
        return mb_skip(b, "no System V shared memory here");
    char *at = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    peak_touch(at, size);
    shmdt(at);
    return MB_OK;
}

/* Shared memory in place of what is there. */
static mb_status run_attach(mb_bench *b)
{
    size_t size = peak_size(b);
    int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
    if (id < 0)
        return mb_skip(b, "no System V shared memory here");
    char *at = peak_map(size);
    bool is_attached = shmat(id, at, SHM_REMAP) == at;
    shmctl(id, IPC_RMID, NULL);
    shmdt(at);
    return is_attached ? MB_OK : mb_fail(b, "not attached");
}

/* One after the other, the second is the largest. */
static mb_status run_several(mb_bench *b)
{
    size_t size = peak_size(b), sizes[] = {size / 2, size, size / 4, size / 8};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        munmap(peak_map(sizes[i]), sizes[i]);
    return MB_OK;
}

static size_t handler_size;

static void hold_for_a_moment(int number)
{
    (void)number;
    munmap(peak_map(handler_size), handler_size);
}

static mb_status set_handler(mb_bench *b)
{
    struct sigaction action = {.sa_handler = hold_for_a_moment}; /* no SA_RESTART */
    handler_size = peak_size(b);
    return sigaction(SIGALRM, &action, NULL) == 0 ? MB_OK : mb_fail(b, "sigaction");
}

static mb_status run_handler(mb_bench *b)
{
    (void)b;
    raise(SIGALRM);
    return MB_OK;
}

/* 200 us after it was here last, however long that took: where each stop takes as long, the program would get nowhere.
 */
static void go_off_again(int number)
{
    hold_for_a_moment(number);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 200}}, NULL);
}

/* A timer goes off all the time, without SA_RESTART: no call may fail for that. 20,000 calls in three iterations: first
   use, one to warm up, one that is measured. */
static mb_status run_timer(mb_bench *b)
{
    enum { CALLS = 7000 };
    size_t size = peak_size(b);
    int failed_count = 0;
    const struct sigaction action = {.sa_handler = go_off_again}, none = {.sa_handler = SIG_IGN};
    handler_size = size;
    sigaction(SIGALRM, &action, NULL);
    go_off_again(SIGALRM);
    for (int i = 0; i < CALLS; i++)
        failed_count += munmap(peak_map(size), size) != 0;
    sigaction(SIGALRM, &none, NULL);
    return failed_count == 0 ? MB_OK : mb_fail(b, "%d of %d calls of munmap failed", failed_count, CALLS);
}

enum { CHILD_FORKS, CHILD_VFORKS, CHILD_SPAWNS };

/* A child's own memory is not its parent's, whichever way it is made. */
static mb_status run_child(mb_bench *b)
{
    size_t size = peak_size(b);
    static char path[] = "/bin/true", *const arguments[] = {path, NULL};
    pid_t pid = -1;
    munmap(peak_map(size), size);
    switch (mb_param(b, "child")) {
    case CHILD_FORKS:
        pid = fork();
        if (pid == 0) {
            munmap(peak_map(8 * size), 8 * size);
            _exit(0);
        }
        break;
    case CHILD_VFORKS:
        pid = vfork();
        if (pid == 0) {
            execve(path, arguments, environ);
            _exit(127);
        }
        break;
    default:
        if (posix_spawn(&pid, path, NULL, NULL, arguments, environ) != 0)
            pid = -1;
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0 ? MB_OK : mb_fail(b, "the child ended with status %d", status);
}

/* For a test that kills the coordinator in the middle. */
static mb_status run_endless(mb_bench *b)
{
    size_t size = peak_size(b);
    while (size > 0)
        munmap(peak_map(size), size);
    return MB_OK;
}

#define PAGES(...) .params = MB_PARAMS(MB_PARAM("pages", __VA_ARGS__))
#define USUAL PAGES(1, 16, 1000)
#define PEAK(name, ...)                                                                                                \
    static const mb_case peak_##name = {MB_CASE_INIT, .group = "peak_" #name, .run = run_##name, __VA_ARGS__}

PEAK(mmap, PAGES(1, 2, 17, 2048, 262144));
PEAK(malloc, PAGES(32, 2048, 262144), .setup = set_threshold);
PEAK(brk, USUAL);
PEAK(stack, USUAL);
PEAK(fixed, USUAL);
PEAK(fixed_denied, USUAL);
PEAK(free_later, USUAL);
PEAK(shrink, USUAL);
PEAK(move, USUAL);
PEAK(truncate, USUAL);
PEAK(detach, USUAL);
PEAK(attach, USUAL);
PEAK(several, PAGES(16, 1000));
PEAK(handler, USUAL, .setup = set_handler);
PEAK(timer, PAGES(16));
PEAK(endless, PAGES(16));
PEAK(child, .params = MB_PARAMS(MB_PARAM("pages", 16), MB_PARAM("child", CHILD_FORKS, CHILD_VFORKS, CHILD_SPAWNS)));
PEAK(madvise, .params = MB_PARAMS(MB_PARAM("pages", 16, 1000), MB_PARAM("advice", MADV_DONTNEED, MADV_REMOVE,
                                                                        MADV_DONTNEED_LOCKED, MADV_GUARD_INSTALL)));

MB_MAIN(&peak_mmap, &peak_malloc, &peak_brk, &peak_stack, &peak_fixed, &peak_fixed_denied, &peak_free_later,
        &peak_shrink, &peak_move, &peak_truncate, &peak_detach, &peak_attach, &peak_several, &peak_handler, &peak_timer,
        &peak_endless, &peak_child, &peak_madvise, &peak_toucher, &peak_beside, &peak_waits)
