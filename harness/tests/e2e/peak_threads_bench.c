/* Peaks of known size with threads. They are made in setup, so that their own pages are none of the window's. */
#include "peak_bench.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

size_t peak_page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }
size_t peak_size(mb_bench *b) { return (size_t)mb_param(b, "pages") * peak_page_bytes(); }

void peak_touch(char *at, size_t size)
{
    for (size_t i = 0; i < size; i += peak_page_bytes())
        ((volatile char *)at)[i] = 1;
}

static char *map_touched(size_t size, int flags)
{
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        abort();
    peak_touch(at, size);
    return at;
}

char *peak_map(size_t size) { return map_touched(size, MAP_PRIVATE); }
char *peak_map_shared(size_t size) { return map_touched(size, MAP_SHARED); }

enum { TOUCHED_PAGES = 20000 };

static pthread_t thread;
static atomic_int command; /* 0: wait, 1: work, 2: end */
static atomic_long touched_count;
static atomic_bool is_there, is_idle; /* has begun; has seen that it is to wait, its last page touched and counted */
static char *field;

static void *touch_all_the_time(void *argument)
{
    size_t page_bytes = peak_page_bytes();
    (void)argument;
    is_there = true;
    while (command != 2) {
        if (command == 1 && touched_count < TOUCHED_PAGES) {
            ((volatile char *)field)[(size_t)touched_count * page_bytes] = 1;
            touched_count++;
        }
        if (command == 0)
            is_idle = true;
    }
    return NULL;
}

static mb_status start_toucher(mb_bench *b)
{
    field = mmap(NULL, TOUCHED_PAGES * peak_page_bytes(), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    command = 0;
    if (pthread_create(&thread, NULL, touch_all_the_time, NULL) != 0)
        return mb_fail(b, "no thread");
    while (!is_there)
        usleep(100); /* its own pages are there then */
    return MB_OK;
}

static void end_thread(mb_bench *b)
{
    (void)b;
    command = 2;
    pthread_join(thread, NULL);
    if (field != NULL)
        munmap(field, TOUCHED_PAGES * peak_page_bytes());
}

static void drop_touched(mb_bench *b)
{
    (void)b;
    command = 0;
    is_idle = false;
    while (!is_idle)
        sched_yield();
    madvise(field, TOUCHED_PAGES * peak_page_bytes(), MADV_DONTNEED);
    touched_count = 0;
}

/* This thread gives `pages` back while the other touches more and more. The peak is the moment before: those and what
 * the other has touched by then, which lies between the two counts. */
static mb_status run_toucher(mb_bench *b)
{
    size_t size = peak_size(b);
    char *at = peak_map(size);
    touched_count = 0;
    command = 1;
    while (touched_count < 200)
        continue;
    long before = touched_count;
    munmap(at, size);
    long after = touched_count;
    command = 0;
    mb_count(b, "touched_before", before);
    mb_count(b, "touched_after", after);
    return MB_OK;
}

/* Both come and go, one in each thread, one after the other: the larger is the peak. */
static void *hold_beside(void *argument)
{
    size_t size = (size_t)(uintptr_t)argument;
    while (command != 2)
        if (command == 1) {
            munmap(peak_map(size), size);
            command = 0;
        }
    return NULL;
}

static mb_status start_beside(mb_bench *b)
{
    field = NULL;
    command = 0;
    void *size = (void *)(uintptr_t)peak_size(b);
    if (pthread_create(&thread, NULL, hold_beside, size) != 0)
        return mb_fail(b, "no thread");
    for (command = 1; command == 1;)
        usleep(100); /* its own pages are there then */
    return MB_OK;
}

static mb_status run_beside(mb_bench *b)
{
    size_t size = peak_size(b) / 2;
    munmap(peak_map(size), size);
    command = 1;
    while (command == 1)
        continue;
    munmap(peak_map(size), size);
    return MB_OK;
}

enum { WAIT_EPOLL, WAIT_SEMOP, WAIT_SIGTIMEDWAIT, WAIT_NANOSLEEP };

static atomic_int interrupted_count, wait_count;
static int wait_way;

/* Waits in a call that a stop may end with EINTR, over and over, for `length_ns` each. */
static void wait_once(int poller, int semaphores, long length_ns)
{
    struct timespec length = {0, length_ns};
    struct epoll_event event;
    struct sembuf down = {0, -1, 0};
    sigset_t signals;
    int result = 0;
    switch (wait_way) {
    case WAIT_EPOLL:
        result = epoll_wait(poller, &event, 1, (int)(length_ns / 1000000));
        break;
    case WAIT_SEMOP:
        result = semtimedop(semaphores, &down, 1, &length);
        break;
    case WAIT_SIGTIMEDWAIT:
        sigemptyset(&signals);
        sigaddset(&signals, SIGUSR1);
        result = sigtimedwait(&signals, NULL, &length);
        break;
    default:
        result = nanosleep(&length, NULL);
    }
    interrupted_count += result < 0 && errno == EINTR;
    wait_count++;
}

static void *wait_all_the_time(void *argument)
{
    long length_ns = (long)(uintptr_t)argument;
    int poller = epoll_create1(EPOLL_CLOEXEC), semaphores = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    while (command != 2)
        wait_once(poller, semaphores, length_ns);
    close(poller);
    semctl(semaphores, 0, IPC_RMID);
    return NULL;
}

static mb_status start_waits(mb_bench *b)
{
    field = NULL;
    command = interrupted_count = wait_count = 0;
    wait_way = (int)mb_param(b, "way");
    void *length = (void *)(uintptr_t)mb_param(b, "wait_ns");
    if (pthread_create(&thread, NULL, wait_all_the_time, length) != 0)
        return mb_fail(b, "no thread");
    while (wait_count < 2)
        usleep(100); /* its own pages are there then */
    return MB_OK;
}

/* 500 times given back while the other waits: none of its calls may fail. */
static mb_status run_waits(mb_bench *b)
{
    size_t size = peak_size(b);
    for (int i = 0; i < 500; i++)
        munmap(peak_map(size), size);
    mb_count(b, "waits", wait_count);
    mb_count(b, "interrupted", interrupted_count);
    return MB_OK;
}

const mb_case peak_toucher = {
    MB_CASE_INIT,
    .group = "peak_toucher",
    .params = MB_PARAMS(MB_PARAM("pages", 30000)),
    .flags = MB_CASE_THREADS,
    .setup = start_toucher,
    .run = run_toucher,
    .release = drop_touched,
    .teardown = end_thread,
};

const mb_case peak_beside = {
    MB_CASE_INIT,
    .group = "peak_beside",
    .params = MB_PARAMS(MB_PARAM("pages", 16, 1000)),
    .flags = MB_CASE_THREADS,
    .setup = start_beside,
    .run = run_beside,
    .teardown = end_thread,
};

const mb_case peak_waits = {
    MB_CASE_INIT,
    .group = "peak_waits",
    .params =
        MB_PARAMS(MB_PARAM("pages", 16), MB_PARAM("way", WAIT_EPOLL, WAIT_SEMOP, WAIT_SIGTIMEDWAIT, WAIT_NANOSLEEP),
                  MB_PARAM("wait_ns", 100, 50000000)),
    .flags = MB_CASE_THREADS,
    .setup = start_waits,
    .run = run_waits,
    .teardown = end_thread,
};
