/* The heap hook against programs of known truth, in processes of their own: preloaded, linked in, with other
 * allocators, and against what valgrind counts. */
#include "heap/heap_hook.h"
#include "heap/hook_environment.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef HEAP_TRUTH_MUSL
#define HEAP_TRUTH_MUSL NULL
#endif
#ifndef HEAP_JSON
#define HEAP_JSON NULL
#endif
#ifndef HEAP_SQLITE
#define HEAP_SQLITE NULL
#endif
#ifndef HEAP_XML
#define HEAP_XML NULL
#endif
#ifndef HEAP_JEMALLOC
#define HEAP_JEMALLOC NULL
#endif
#ifndef HEAP_MIMALLOC
#define HEAP_MIMALLOC NULL
#endif
#ifndef HEAP_TCMALLOC_MINIMAL
#define HEAP_TCMALLOC_MINIMAL NULL
#endif
#ifndef HEAP_MEMUSAGE
#define HEAP_MEMUSAGE NULL
#endif
#ifndef HEAP_VALGRIND
#define HEAP_VALGRIND NULL
#endif

enum { NO_HOOK = 77 }; /* exit code of a program in which no hook counts */

static char output[65536]; /* of the last process: both streams */

/* Runs a program with its arguments, with preload as LD_PRELOAD when it is not NULL. Its exit code, or 128 + signal. */
static int run(const char *preload, const char *const *arguments)
{
    int ends[2], status = 0;
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        setenv(MB_HEAP_HOOK_VARIABLE, "0000000000000000", 1);
        if (preload != NULL)
            setenv("LD_PRELOAD", preload, 1);
        alarm(60);
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length + 1 < sizeof output; length += (size_t)got)
        if ((got = read(ends[0], output + length, sizeof output - 1 - length)) <= 0)
            break;
    output[length] = '\0';
    close(ends[0]);
    CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect_exit(int expected, const char *preload, const char *program, const char *argument)
{
    int code = run(preload, (const char *const[]){program, argument, NULL});
    if (code != expected)
        printf("\n    %s: exit code %d, not %d: %s", argument != NULL ? argument : program, code, expected, output);
    CU_ASSERT_EQUAL(code, expected);
}

static const char *const scenarios[] = {
    "nothing",      "calls",           "transient_peak",  "random",  "realloc",
    "failures",     "aligned",         "errno",           "threads", "early_and_late",
    "peak_bound",   "thread_exit",     "late_destructor", "fork",    "peak_of_another_thread",
    "many_threads", "peak_at_reading",
};

static void expect_truth(const char *preload, const char *program)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        expect_exit(0, preload, program, scenarios[i]);
}

static bool is_missing(const void *what, const char *name)
{
    if (what == NULL)
        printf("skipped: no %s on this machine; ", name);
    return what == NULL;
}

static void test_glibc(void)
{
    expect_truth(HEAP_HOOK, HEAP_TRUTH);
    expect_exit(0, HEAP_HOOK, HEAP_TRUTH, "record_reuse");
    expect_exit(0, HEAP_HOOK, HEAP_TRUTH, "aligned_large");
}

/* The neighbour leaves no thread key that is free of charge: all threads count in the totals, as exactly. (The scenario
 * with a key of its own would see what its own key costs then.) */
static void test_without_records(void)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        if (strcmp(scenarios[i], "late_destructor") != 0)
            expect_exit(0, HEAP_HOOK ":" HEAP_NEIGHBOUR, HEAP_TRUTH, scenarios[i]);
}

static void test_other_allocator(const char *library, const char *name)
{
    char preload[4096];
    if (is_missing(library, name))
        return;
    snprintf(preload, sizeof preload, "%s:%s", HEAP_HOOK, library);
    expect_truth(preload, HEAP_TRUTH);
    expect_exit(0, preload, HEAP_NEW, "forms");
    /* The other way round the program's calls never reach the hook, and its counters stay where they are. */
    snprintf(preload, sizeof preload, "%s:%s", library, HEAP_HOOK);
    expect_exit(1, preload, HEAP_TRUTH, "calls");
    CU_ASSERT_PTR_NOT_NULL(strstr(output, "alloc_count is 0, not 1000"));
}

static void test_jemalloc(void) { test_other_allocator(HEAP_JEMALLOC, "jemalloc (Debian: libjemalloc2)"); }
static void test_mimalloc(void) { test_other_allocator(HEAP_MIMALLOC, "mimalloc (Debian: libmimalloc2.0)"); }
static void test_tcmalloc(void)
{
    test_other_allocator(HEAP_TCMALLOC_MINIMAL, "tcmalloc (Debian: libtcmalloc-minimal4)");
}

static void test_cpp(void)
{
    expect_exit(0, HEAP_HOOK, HEAP_NEW, "forms");
    expect_exit(0, HEAP_HOOK, HEAP_NEW, "failures");
}

static void test_static(void)
{
    expect_truth(NULL, HEAP_TRUTH_STATIC);
    expect_exit(0, NULL, HEAP_TRUTH_STATIC, "aligned_large");
}

static void test_static_musl(void)
{
    if (!is_missing(HEAP_TRUTH_MUSL, "musl-gcc (Debian: musl-tools)"))
        expect_truth(NULL, HEAP_TRUTH_MUSL);
}

/* No hook, no numbers: the program is reported, and does not read zeros as figures. */
static void test_absent(void)
{
    expect_exit(NO_HOOK, NULL, HEAP_TRUTH, "calls");
    expect_exit(NO_HOOK, NULL, HEAP_FAMILY, NULL);
}

/* libmemusage shifts the blocks of libc's malloc and leaves malloc_usable_size as it is: sizes would be garbage. */
static void test_unknown_sizes(void)
{
    char preload[4096];
    if (is_missing(HEAP_MEMUSAGE, "libmemusage.so (Debian: libc-devtools)"))
        return;
    snprintf(preload, sizeof preload, "%s:%s", HEAP_HOOK, HEAP_MEMUSAGE);
    expect_exit(NO_HOOK, preload, HEAP_TRUTH, "calls");
}

static void test_helpers(void)
{
    char preload[4096];
    snprintf(preload, sizeof preload, "%s:%s", HEAP_HOOK, HEAP_NEIGHBOUR);
    expect_exit(0, preload, HEAP_FAMILY, NULL);
    expect_exit(0, preload, HEAP_FAMILY, "stale");
    snprintf(preload, sizeof preload, "%s %s", HEAP_NEIGHBOUR, HEAP_HOOK);
    expect_exit(0, preload, HEAP_FAMILY, NULL);
}

/* The number before text, thousands separated by commas as valgrind prints them. */
static uint64_t number_after(const char *text, const char *label)
{
    uint64_t number = 0;
    const char *at = strstr(text, label);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    for (at += strlen(label); *at == ' '; at++) {
    }
    for (; (*at >= '0' && *at <= '9') || *at == ','; at++)
        if (*at != ',')
            number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

/* valgrind would have the libraries free what is theirs before it looks at the end. */
#define NO_FREERES "--run-libc-freeres=no", "--run-cxx-freeres=no"

/* What the hook says of a workload, with all blocks kept or only those that need it. */
typedef struct counted {
    unsigned long long alloc_count, alloc_bytes, free_count;
    long long live_bytes, peak_bytes;
} counted;

static counted count_by_hook(const char *program, const char *keep_all)
{
    counted c = {0};
    setenv(MB_HEAP_BLOCKS_VARIABLE, keep_all, 1);
    CU_ASSERT_EQUAL(run(HEAP_HOOK, (const char *const[]){program, NULL}), 0);
    unsetenv(MB_HEAP_BLOCKS_VARIABLE);
    CU_ASSERT_EQUAL_FATAL(sscanf(output, "%llu %llu %llu %lld %lld", &c.alloc_count, &c.alloc_bytes, &c.free_count,
                                 &c.live_bytes, &c.peak_bytes),
                          5);
    return c;
}

/* memcheck: "total heap usage: A allocs, F frees, B bytes allocated"; dhat: "Total: B bytes in A blocks", "At t-gmax: P
 * bytes in …", "At t-end: L bytes in …". */
static void expect_as_valgrind(const char *program, const char *name, unsigned alloc_count_least)
{
    if (is_missing(program, name) || is_missing(HEAP_VALGRIND, "valgrind"))
        return;
    counted all = count_by_hook(program, "1"), light = count_by_hook(program, "0");
    CU_ASSERT(all.alloc_count >= alloc_count_least);
    CU_ASSERT(light.live_bytes == -1 && light.peak_bytes == -1);
    light.live_bytes = all.live_bytes;
    light.peak_bytes = all.peak_bytes;
    CU_ASSERT_EQUAL(memcmp(&light, &all, sizeof all), 0);

    const char *const memcheck[] = {HEAP_VALGRIND, "--tool=memcheck", NO_FREERES, program, NULL};
    CU_ASSERT_EQUAL_FATAL(run(NULL, memcheck), 0);
    CU_ASSERT_EQUAL(number_after(output, "total heap usage:"), all.alloc_count);
    CU_ASSERT_EQUAL(number_after(output, "allocs,"), all.free_count);
    CU_ASSERT_EQUAL(number_after(output, "frees,"), all.alloc_bytes);

    const char *const dhat[] = {HEAP_VALGRIND, "--tool=dhat", NO_FREERES, "--dhat-out-file=/dev/null", program, NULL};
    CU_ASSERT_EQUAL_FATAL(run(NULL, dhat), 0);
    CU_ASSERT_EQUAL(number_after(output, "Total:"), all.alloc_bytes);
    CU_ASSERT_EQUAL(number_after(output, "bytes in"), all.alloc_count);
    CU_ASSERT_EQUAL(number_after(output, "At t-gmax:"), (uint64_t)all.peak_bytes);
    CU_ASSERT_EQUAL(number_after(output, "At t-end:"), (uint64_t)all.live_bytes);
    printf("%s: live %lld, peak %lld; ", name, all.live_bytes, all.peak_bytes);
}

static void test_valgrind(void)
{
#if TESTS_SANITIZED
    return; /* what DHAT runs is not sanitized: the other build has it */
#endif
    expect_as_valgrind(HEAP_JSON, "cJSON (Debian: libcjson-dev)", 10000);
    expect_as_valgrind(HEAP_SQLITE, "SQLite (Debian: libsqlite3-dev)", 500);
    expect_as_valgrind(HEAP_XML, "libxml2 (Debian: libxml2-dev)", 1000);
}

/* The vector that each thread has for the libraries' thread-local storage is no larger for the hook's. */
static void test_threads_own(void) { expect_as_valgrind(HEAP_SPAWN, "threads", 5); }

static void test_preload_list(void)
{
    static const struct {
        const char *list, *left;
    } rows[] = {
        {"", ""},
        {"/a/libmembench_heap.so", ""},
        {"libmembench_heap.so", ""},
        {"/a/libmembench_heap.so:/b/c.so", "/b/c.so"},
        {"/b/c.so:/a/libmembench_heap.so", "/b/c.so"},
        {"/b/c.so /a/libmembench_heap.so d.so", "/b/c.so:d.so"},
        {":: /b/c.so::  libmembench_heap.so:", "/b/c.so"},
        {"x:libmembench_heap.so:y:./libmembench_heap.so:z", "x:y:z"},
        {"/a/libmembench_heap.so.1:mylibmembench_heap.so:libmembench_heap.so/x",
         "/a/libmembench_heap.so.1:mylibmembench_heap.so:libmembench_heap.so/x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char list[256];
        snprintf(list, sizeof list, "%s", rows[i].list);
        mb_heap_preload_remove(list, "/elsewhere/libmembench_heap.so");
        CU_ASSERT_STRING_EQUAL(list, rows[i].left);
    }
}

static void nothing_begin(void) {}
static void nothing_read(mb_heap_reading *reading) { *reading = (mb_heap_reading){0}; }
static void all_read(mb_heap_requested *reading) { *reading = (mb_heap_requested){true, 12, 34}; }

/* What one side writes the other side finds, once; anything else is not a hook, whatever lies there. */
static void test_handshake(void)
{
    static const mb_heap_hook good = {MB_HEAP_HOOK_MAGIC,
                                      MB_HEAP_HOOK_VERSION,
                                      sizeof good,
                                      nothing_begin,
                                      nothing_read,
                                      all_read,
                                      NULL,
                                      NULL,
                                      NULL,
                                      NULL};
    static const mb_heap_hook older = {
        MB_HEAP_HOOK_MAGIC, 1, MB_HEAP_HOOK_BYTES_LEAST, nothing_begin, nothing_read, NULL, NULL, NULL, NULL, NULL};
    static const mb_heap_hook bad[] = {
        {MB_HEAP_HOOK_MAGIC + 1, MB_HEAP_HOOK_VERSION, sizeof good, nothing_begin, nothing_read, all_read, NULL, NULL,
         NULL, NULL},
        {MB_HEAP_HOOK_MAGIC, MB_HEAP_HOOK_VERSION_LEAST - 1, sizeof good, nothing_begin, nothing_read, all_read, NULL,
         NULL, NULL, NULL},
        {MB_HEAP_HOOK_MAGIC, 1, MB_HEAP_HOOK_BYTES_LEAST - 1, nothing_begin, nothing_read, all_read, NULL, NULL, NULL,
         NULL},
    };
    char text[] = "0000000000000000", expected[MB_HEAP_HOOK_DIGITS + 1];
    CU_ASSERT_PTR_NULL(mb_heap_hook_take(text));
    mb_heap_address_write(text, (uint64_t)(uintptr_t)&good);
    snprintf(expected, sizeof expected, "%016llx", (unsigned long long)(uintptr_t)&good);
    CU_ASSERT_STRING_EQUAL(text, expected);
    CU_ASSERT_PTR_EQUAL(mb_heap_hook_take(text), &good);
    CU_ASSERT_STRING_EQUAL(text, "0000000000000000");
    CU_ASSERT_PTR_NULL(mb_heap_hook_take(text));
    mb_heap_address_write(text, (uint64_t)(uintptr_t)&older);
    CU_ASSERT_PTR_EQUAL(mb_heap_hook_take(text), &older);
    mb_heap_requested requested;
    CU_ASSERT_FALSE(mb_heap_hook_read_requested(&older, &requested));
    CU_ASSERT_TRUE(mb_heap_hook_read_requested(&good, &requested) && requested.live_bytes == 12);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mb_heap_address_write(text, (uint64_t)(uintptr_t)&bad[i]);
        CU_ASSERT_PTR_NULL(mb_heap_hook_take(text));
    }
    static const char *const no_address[] = {"0000000000000008",  "00007fffffff0001", "fffffffffffffff8",
                                             "ffffffff80000000",  "7fffffff",         "00007FFFFFFF0000",
                                             "00000000000000000", "gggggggggggggggg", ""};
    for (size_t i = 0; i < sizeof no_address / sizeof no_address[0]; i++) {
        char odd[32];
        snprintf(odd, sizeof odd, "%s", no_address[i]);
        CU_ASSERT_PTR_NULL(mb_heap_hook_take(odd));
    }
    CU_ASSERT_PTR_NULL(mb_heap_hook_take(NULL));

    char too_short[] = "000";
    mb_heap_address_write(too_short, 0x1234);
    CU_ASSERT_STRING_EQUAL(too_short, "000");
}

MB_SUITE(heap, {"preload list", test_preload_list}, {"handshake", test_handshake}, {"glibc", test_glibc},
         {"without records", test_without_records}, {"jemalloc", test_jemalloc}, {"mimalloc", test_mimalloc},
         {"tcmalloc", test_tcmalloc}, {"c++", test_cpp}, {"static", test_static}, {"static musl", test_static_musl},
         {"absent", test_absent}, {"unknown sizes", test_unknown_sizes}, {"helpers", test_helpers},
         {"valgrind", test_valgrind}, {"a thread's own", test_threads_own});
