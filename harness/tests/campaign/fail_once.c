/* fail_once.c: preloaded into the coordinator, this makes one allocation fail: the one of number FAIL_ONCE_AT, counted
 * from 1. FAIL_ONCE_COUNT names a file that gets the number of allocations at the end. What the process starts is left
 * alone: the variables are taken out of the environment before main.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool is_on;
static long wanted = -1, seen;
static pid_t owner;
static long clock_step_seconds, clock_step_after; /* FAIL_ONCE_CLOCK=SECONDS,AFTER: the wall clock is set by so much */
static char count_path[4096];

static void take(const char *name, char *text, size_t size)
{
    const char *value = getenv(name);
    snprintf(text, size, "%s", value != NULL ? value : "");
    unsetenv(name);
}

__attribute__((constructor)) static void begin(void)
{
    char text[64];
    take("FAIL_ONCE_AT", text, sizeof text);
    wanted = text[0] != '\0' ? strtol(text, NULL, 10) : -1;
    take("FAIL_ONCE_CLOCK", text, sizeof text);
    if (text[0] != '\0') {
        char *end;
        clock_step_seconds = strtol(text, &end, 10);
        clock_step_after = *end == ',' ? strtol(end + 1, NULL, 10) : 0;
    }
    take("FAIL_ONCE_COUNT", count_path, sizeof count_path);
    unsetenv("LD_PRELOAD");
    owner = getpid();
    is_on = true;
}

__attribute__((destructor)) static void end(void)
{
    if (count_path[0] == '\0' || getpid() != owner)
        return;
    is_on = false;
    int fd = open(count_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    dprintf(fd, "%ld\n", seen);
    close(fd);
}

static bool is_due(void)
{
    if (!is_on || __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED) != wanted)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) { return is_due() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return is_due() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return is_due() ? NULL : __libc_realloc(old, size); }

/* The wall clock alone: nothing that measures a duration may ask it. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*next)(clockid_t, struct timespec *);
    static long asked;
    if (next == NULL) {
        void *found = dlsym(RTLD_NEXT, "clock_gettime");
        memcpy(&next, &found, sizeof next);
    }
    int result = next(clock, now);
    if (clock == CLOCK_REALTIME && __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED) > clock_step_after)
        now->tv_sec += clock_step_seconds;
    return result;
}
