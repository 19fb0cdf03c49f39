/* A subject that writes down what its system calls and its allocator answer, a line a call of run, into same.txt: the
 * line has to be the same in every pass, whatever observes the process. */
#include <membench/membench.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 64, TEXT_BYTES = 2048 };

static char text[TEXT_BYTES];
static size_t used_bytes;

static void note(const char *name, long result)
{
    used_bytes += (size_t)snprintf(text + used_bytes, sizeof text - used_bytes, "%s=%ld/%d ", name, result,
                                   result < 0 ? errno : 0);
}

static void note_mappings(void)
{
    size_t byte_count = PAGES * (size_t)sysconf(_SC_PAGESIZE), half = byte_count / 2;
    char *pages = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 1, byte_count);
    note("madvise", madvise(pages, half, MADV_DONTNEED));
    note("zeroed", pages[0] + pages[half]);
    note("mremap", mremap(pages, byte_count, half, 0) == pages);
    note("munmap", munmap(pages, half));
    note("munmap_odd", munmap(pages + 1, half));
    note("madvise_gone", madvise(pages, half, MADV_DONTNEED));
    note("mmap_large", mmap(NULL, (size_t)1 << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    note("brk", sbrk(0) != (void *)-1);
}

static void note_heap(void)
{
    void *blocks[4] = {malloc(1000), calloc(3, 33), memalign(8192, 300000), realloc(NULL, 77)};
    for (int i = 0; i < 4; i++)
        note("usable", i == 2 ? malloc_usable_size(blocks[i]) >= 300000 : (long)malloc_usable_size(blocks[i]));
    errno = EXDEV;
    for (int i = 0; i < 4; i++)
        free(blocks[i]);
    note("errno", errno);
}

static void *return_it(void *argument) { return argument; }

static volatile sig_atomic_t caught_count;
static void count_signal(int number) { caught_count += number == SIGUSR1; }

static void note_processes(void)
{
    pthread_t thread;
    int status = -1;
    signal(SIGUSR1, count_signal);
    note("raise", raise(SIGUSR1));
    note("caught", caught_count);
    caught_count = 0;
    note("thread", pthread_create(&thread, NULL, return_it, NULL) + pthread_join(thread, NULL));
    pid_t child = fork();
    if (child == 0)
        _exit(munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096) == 0 ? 7 : 8);
    note("waited", waitpid(child, &status, 0) == child);
    note("child", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    note("open", open("/nowhere/at/all", O_RDONLY));
}

static mb_status run(mb_bench *b)
{
    used_bytes = 0;
    note_mappings();
    note_heap();
    note_processes();
    int fd = open("same.txt", O_WRONLY | O_CREAT | O_APPEND, 0600);
    text[used_bytes++] = '\n';
    bool is_written = fd >= 0 && write(fd, text, used_bytes) == (ssize_t)used_bytes;
    close(fd);
    return is_written ? MB_OK : mb_fail(b, "same.txt cannot be written");
}

static const mb_case same = {MB_CASE_INIT, .group = "same", .flags = MB_CASE_THREADS, .run = run};

MB_MAIN(&same)
