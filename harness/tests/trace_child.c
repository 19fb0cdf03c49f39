/* Commands of known size for trace_test.c and test_exec.py: each word is a step, done in order.
 *
 *   touch N       map N pages of its own and write to each      release        unmap what the last touch mapped
 *   fork          a child does the rest, this process waits     fork-ahead K   the same with K children at once
 *   spawn         a fresh program does the rest, by vfork       exec           this process becomes a fresh program
 *   exec-thread   the same, called by a second thread           lead-ends N    the first thread ends, a second touches
 * N wait          until every process of the group waits        stop           stop, until the parent continues with us
 *   kill S        signal S to itself                            exit C         end with that code
 *   sleep MS      do nothing                                    leave          a child in a session of its own does the
 * rest write TEXT    TEXT and a newline to standard output         spin MS        use that much processor time
 *   malloc N BYTES  N blocks of that size                       free N         give the last N of them back
 *   threads K N BYTES  K threads hold N blocks each, all at once, and give them back
 *   given N       a child writes N pages into a mapping of this process, which is then unmapped
 *   land            what the last touch mapped gives way to a page that is moved onto it
 *   name TEXT       this thread is called so from now on
 *   miss            a program that is not there, by vfork
 *   raw-fork        as fork, by a system call that the C library does not see
 *   untraced-fork   the same with CLONE_UNTRACED, as sanitizers make the process that looks for leaks
 *   ptrace          ask to be traced by the parent
 *   peak N          touch and release N pages within a window, and check the peak that a worker's tracer answers
 *   windows N       after a peak: N windows in which nothing is given back, without a stop, while this process is alone
 */
#include "readings/lowering.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { BLOCKS_MAX = 65536 };

static char *last;
static size_t last_bytes;
static char **rest; /* the steps that follow */
static atomic_int *meeting;
static int member_count = 1;

static void touch(const char *pages)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    last_bytes = strtoul(pages, NULL, 10) * page_bytes;
    last = mmap(NULL, last_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (last == MAP_FAILED)
        _exit(90);
    for (size_t at = 0; at < last_bytes; at += page_bytes)
        last[at] = 1;
}

static void peak(const char *pages)
{
    static bool is_filtered;
    mb_peak_answer answer = {0};
    const char *traced = getenv("MEMBENCH_TRACED");
    if (traced == NULL || strcmp(traced, "yes") != 0)
        _exit(88);
    if (!is_filtered && mb_lowering_filter_install(MB_FILTER_BRIEF) != 0)
        _exit(88);
    is_filtered = true;
    mb_lowering_begin();
    touch(pages);
    munmap(last, last_bytes);
    mb_lowering_end(&answer);
    if (answer.state == 0 || answer.stop_count < 1 || answer.anon_bytes < (int64_t)last_bytes)
        _exit(89);
}

/* A stop is a switch of the processor that the thread asked for, as the kernel counts them. */
static void open_windows(const char *count)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (unsigned long i = strtoul(count, NULL, 10); i > 0; i--) {
        mb_peak_answer answer = {0};
        mb_lowering_begin();
        mb_lowering_end(&answer);
        if (answer.state != 1 || answer.stop_count != 0 || answer.anon_bytes != 0)
            _exit(86);
    }
    getrusage(RUSAGE_SELF, &after);
    if (after.ru_nvcsw != before.ru_nvcsw)
        _exit(87);
}

/* Two rounds over pipes, the first with one page: in the second nothing of this process is touched for the first time,
 * so that no page comes by a fault of its own. */
static void be_given(const char *pages)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), size = strtoul(pages, NULL, 10) * page_bytes;
    char *given = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), byte = 0;
    int ask[2], answer[2];
    if (given == MAP_FAILED || pipe(ask) != 0 || pipe(answer) != 0)
        _exit(90);
    pid_t parent = getpid(), child = fork();
    for (size_t sizes[] = {page_bytes, size}, round = 0; child == 0 && round < 2; round++) {
        bool is_done = read(ask[0], &byte, 1) == 1;
        for (size_t at = 0; at < sizes[round]; at += page_bytes) {
            struct iovec from = {&byte, 1}, to = {given + at, 1};
            is_done &= process_vm_writev(parent, &from, 1, &to, 1, 0) == 1;
        }
        if (!is_done || write(answer[1], &byte, 1) != 1)
            _exit(93);
    }
    if (child == 0)
        _exit(0);
    for (int round = 0; round < 2; round++) {
        munmap(mmap(NULL, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), page_bytes);
        if (write(ask[1], &byte, 1) != 1 || read(answer[0], &byte, 1) != 1)
            _exit(94);
    }
    munmap(given, size);
    waitpid(child, NULL, 0);
}

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void spin_ms(long ms)
{
    struct timespec now;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < ms);
}

static int wait_for(int count)
{
    int code = 0, status;
    for (int i = 0; i < count; i++)
        if (wait(&status) < 0 || !WIFEXITED(status))
            code = 91;
        else if (WEXITSTATUS(status) != 0)
            code = WEXITSTATUS(status);
    return code;
}

/* True in the children. */
static int fork_ahead(int count)
{
    member_count = count;
    for (int i = 0; i < count; i++)
        if (fork() == 0)
            return 1;
    _exit(wait_for(count));
}

static char **again(void)
{
    static char *argv[64] = {"trace-child"};
    for (int i = 0; i < 62 && rest[i] != NULL; i++)
        argv[i + 1] = rest[i];
    return argv;
}

static void *exec_again(void *unused)
{
    (void)unused;
    execv("/proc/self/exe", again());
    _exit(92);
}

static void *touch_alone(void *pages)
{
    pause_ms(20); /* the first thread has ended */
    touch(pages);
    exit(0);
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        _exit(93);
}

static void stop(void)
{
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(7);
    }
    int status;
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
        _exit(94);
    kill(child, SIGCONT);
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
        _exit(95);
}

static void spawn(void)
{
    pid_t child;
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, again(), environ) != 0)
        _exit(96);
    _exit(wait_for(1));
}

static void miss(void)
{
    pid_t child;
    char *argv[] = {"nonexistent", NULL};
    if (posix_spawn(&child, "/nonexistent", NULL, NULL, argv, environ) == 0)
        _exit(96);
}

static void land(void)
{
    void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mremap(page, (size_t)sysconf(_SC_PAGESIZE), last_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, last) != last)
        _exit(86);
}

static void leave(void)
{
    if (fork() != 0)
        _exit(0);
    setsid();
}

static void *volatile blocks[BLOCKS_MAX];
static size_t block_count;

static void allocate(size_t count, size_t bytes)
{
    for (; count > 0 && block_count < BLOCKS_MAX; count--)
        blocks[block_count++] = malloc(bytes);
}

static void give_back(size_t count)
{
    for (; count > 0 && block_count > 0; count--)
        free(blocks[--block_count]);
}

static pthread_barrier_t barrier;
static size_t thread_blocks, thread_bytes;

static void *hold(void *own)
{
    void *volatile *held = own;
    for (size_t i = 0; i < thread_blocks; i++)
        held[i] = malloc(thread_bytes);
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < thread_blocks; i++)
        free(held[i]);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void hold_in_threads(size_t thread_count, size_t count, size_t bytes)
{
    enum { THREADS_MAX = 64 };
    pthread_t threads[THREADS_MAX];
    thread_blocks = count, thread_bytes = bytes;
    if (thread_count > THREADS_MAX || thread_count * count > BLOCKS_MAX ||
        pthread_barrier_init(&barrier, NULL, (unsigned)thread_count) != 0)
        _exit(98);
    for (size_t i = 0; i < thread_count; i++)
        if (pthread_create(&threads[i], NULL, hold, (void *)(blocks + i * count)) != 0)
            _exit(93);
    for (size_t i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
}

static void step(const char *name, char ***next)
{
    rest = *next;
#define VALUE (*(*next)++)
    if (strcmp(name, "touch") == 0)
        touch(VALUE);
    else if (strcmp(name, "windows") == 0)
        open_windows(VALUE);
    else if (strcmp(name, "peak") == 0)
        peak(VALUE);
    else if (strcmp(name, "given") == 0)
        be_given(VALUE);
    else if (strcmp(name, "release") == 0) {
        if (munmap(last, last_bytes) != 0)
            _exit(84);
    } else if (strcmp(name, "fork") == 0)
        fork_ahead(1);
    else if (strcmp(name, "fork-ahead") == 0)
        fork_ahead(atoi(VALUE));
    else if (strcmp(name, "spawn") == 0)
        spawn();
    else if (strcmp(name, "exec") == 0)
        exec_again(NULL);
    else if (strcmp(name, "exec-thread") == 0)
        start(exec_again, NULL), pause();
    else if (strcmp(name, "lead-ends") == 0)
        start(touch_alone, VALUE), pthread_exit(NULL);
    else if (strcmp(name, "wait") == 0)
        for (atomic_fetch_add(meeting, 1); atomic_load(meeting) < member_count;)
            pause_ms(1);
    else if (strcmp(name, "stop") == 0)
        stop();
    else if (strcmp(name, "kill") == 0)
        kill(getpid(), atoi(VALUE));
    else if (strcmp(name, "exit") == 0)
        exit(atoi(VALUE));
    else if (strcmp(name, "sleep") == 0)
        pause_ms(atol(VALUE));
    else if (strcmp(name, "spin") == 0)
        spin_ms(atol(VALUE));
    else if (strcmp(name, "leave") == 0)
        leave();
    else if (strcmp(name, "land") == 0)
        land();
    else if (strcmp(name, "name") == 0)
        prctl(PR_SET_NAME, VALUE);
    else if (strcmp(name, "miss") == 0)
        miss();
    else if (strcmp(name, "malloc") == 0) {
        size_t count = strtoul(VALUE, NULL, 10);
        allocate(count, strtoul(VALUE, NULL, 10));
    } else if (strcmp(name, "free") == 0)
        give_back(strtoul(VALUE, NULL, 10));
    else if (strcmp(name, "threads") == 0) {
        size_t thread_count = strtoul(VALUE, NULL, 10), count = strtoul(VALUE, NULL, 10);
        hold_in_threads(thread_count, count, strtoul(VALUE, NULL, 10));
    } else if (strcmp(name, "raw-fork") == 0 || strcmp(name, "untraced-fork") == 0) {
        if (syscall(SYS_clone, SIGCHLD | (*name == 'u' ? CLONE_UNTRACED : 0), NULL, NULL, NULL, NULL) != 0)
            _exit(wait_for(1));
    } else if (strcmp(name, "ptrace") == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(85);
    } else if (strcmp(name, "write") == 0)
        puts(VALUE), fflush(stdout);
    else
        _exit(97);
}

int main(int argc, char **argv)
{
    (void)argc;
    meeting = mmap(NULL, sizeof *meeting, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (char **next = argv + 1; *next != NULL;) {
        const char *name = *next++;
        step(name, &next);
    }
    return 0;
}
