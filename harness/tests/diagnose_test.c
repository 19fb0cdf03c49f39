/* What memcheck, massif, DHAT and heaptrack write, read back. The texts are cut from outputs of valgrind 3.19 and
 * heaptrack 1.4. */
#include "features/diagnose/diagnosis.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char memcheck_log[] =
    "==12== Memcheck, a memory error detector\n"
    "==12== Command: ./leaky\n"
    "==12== \n"
    "==12== HEAP SUMMARY:\n"
    "==12==     in use at exit: 1,340 bytes in 5 blocks\n"
    "==12==   total heap usage: 203 allocs, 198 frees, 117,477 bytes allocated\n"
    "==12== \n"
    "==12== 100 bytes in 1 blocks are still reachable in loss record 1 of 4\n"
    "==12==    at 0x4841: malloc (vg_replace_malloc.c:381)\n"
    "==12==    by 0x10A1: setup (leaky.c:9)\n"
    "==12==    by 0x10B1: mb_worker_run (worker.c:180)\n"
    "==12== \n"
    "==12== 40 bytes in 1 blocks are possibly lost in loss record 2 of 4\n"
    "==12==    at 0x4841: calloc (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)\n"
    "==12==    by 0x10A2: thread (leaky.c:20)\n"
    "==12== \n"
    "==12== 200 bytes in 2 blocks are indirectly lost in loss record 3 of 4\n"
    "==12==    at 0x4841: malloc (vg_replace_malloc.c:381)\n"
    "==12==    by 0x10A3: child (leaky.c:30)\n"
    "==12==    by 0x10E5: mb_window_measure (window.c:321)\n"
    "==12==    by 0x10B1: mb_worker_run (worker.c:180)\n"
    "==12== \n"
    "==12== 1,200 (1,000 direct, 200 indirect) bytes in 1 blocks are definitely lost in loss record 4 of 4\n"
    "==12==    at 0x4841: malloc (vg_replace_malloc.c:381)\n"
    "==12==    by 0x10A4: run_leak (leaky.c:40)\n"
    "==12==    by 0x10E5: mb_window_measure (window.c:321)\n"
    "==12==    by 0x10B1: mb_worker_run (worker.c:180)\n"
    "==12== \n"
    "==12== LEAK SUMMARY:\n"
    "==12==    definitely lost: 1,000 bytes in 1 blocks\n"
    "==12==    indirectly lost: 200 bytes in 2 blocks\n"
    "==12==      possibly lost: 40 bytes in 1 blocks\n"
    "==12==    still reachable: 100 bytes in 1 blocks\n"
    "==12==         suppressed: 7 bytes in 3 blocks\n"
    "==12== \n"
    "==12== ERROR SUMMARY: 12 errors from 3 contexts (suppressed: 0 from 0)\n";

static void test_memcheck(void)
{
    mb_memcheck found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_memcheck_parse(memcheck_log, strlen(memcheck_log), "log", &found, &error), MB_OK);
    static const mb_leak wanted[MB_LEAK_KIND_COUNT] = {
        {1000, 1, 1000}, {200, 2, 200}, {40, 1, 0}, {100, 1, 0}, {7, 3, 0}};
    for (int kind = 0; kind < MB_LEAK_KIND_COUNT; kind++) {
        CU_ASSERT_EQUAL(found.leaks[kind].bytes, wanted[kind].bytes);
        CU_ASSERT_EQUAL(found.leaks[kind].block_count, wanted[kind].block_count);
        CU_ASSERT_EQUAL(found.leaks[kind].window_bytes, wanted[kind].window_bytes);
    }
    CU_ASSERT_EQUAL(found.alloc_count, 203);
    CU_ASSERT_EQUAL(found.free_count, 198);
    CU_ASSERT_EQUAL(found.alloc_bytes, 117477);
    CU_ASSERT_EQUAL(found.error_count, 12);
    CU_ASSERT_EQUAL(found.context_count, 3);
    CU_ASSERT_TRUE(found.in_window);
    CU_ASSERT_EQUAL_FATAL(found.sites.count, 3);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[0].text, "run_leak (leaky.c:40)");
    CU_ASSERT_EQUAL(found.sites.sites[0].bytes, 1000);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[1].text, "child (leaky.c:30)");
    CU_ASSERT_STRING_EQUAL(found.sites.sites[2].text, "thread (leaky.c:20)");
    CU_ASSERT_EQUAL(found.sites.sites[2].window_bytes, 0);
}

static void test_memcheck_without_leaks(void)
{
    static const char log[] = "==7==   total heap usage: 2 allocs, 2 frees, 1,001 bytes allocated\n"
                              "==7== \n"
                              "==7== All heap blocks were freed -- no leaks are possible\n"
                              "==7== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)\n";
    mb_memcheck found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_memcheck_parse(log, strlen(log), "log", &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.alloc_bytes, 1001);
    CU_ASSERT_EQUAL(found.leaks[MB_LEAK_DEFINITE].bytes, 0);
    CU_ASSERT_TRUE(found.in_window); /* nothing of nothing */
    CU_ASSERT_EQUAL(found.sites.count, 0);
}

/* A report that is cut anywhere before its last line is an error, never a table of zeros. */
static void test_memcheck_cut(void)
{
    size_t last = (size_t)(strstr(memcheck_log, "ERROR SUMMARY: 12 errors from 3") - memcheck_log);
    for (size_t length = 0; length < last; length++) {
        char *cut = malloc(length + 1); /* of just that size, so that a sanitizer sees a read behind it */
        CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
        memcpy(cut, memcheck_log, length);
        mb_memcheck found;
        mb_error error;
        CU_ASSERT_EQUAL(mb_memcheck_parse(cut, length, "log", &found, &error), MB_FAILED);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_FORMAT);
        free(cut);
    }
}

#define SNAPSHOT(number, bytes, tree)                                                                                  \
    "#-----------\nsnapshot=" number "\n#-----------\ntime=1\nmem_heap_B=" bytes                                       \
    "\nmem_heap_extra_B=16\nmem_stacks_B=0\nheap_tree=" tree "\n"

static const char massif_out[] = "desc: --peak-inaccuracy=0\ncmd: ./jobs\ntime_unit: i\n" SNAPSHOT("0", "0", "empty")
    SNAPSHOT("1", "600", "peak") "n3: 600 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
                                 " n2: 500 0x10A70F: job_new (job_queue.c:29)\n"
                                 "  n1: 300 0x10A508: run (job_bench.c:24)\n"
                                 "   n1: 300 0x10E552: mb_window_measure (window.c:321)\n"
                                 "    n0: 300 0x10B6EA: mb_worker_run (worker.c:180)\n"
                                 "  n1: 200 0x10A509: setup (job_bench.c:11)\n"
                                 "   n0: 200 0x10B6EA: mb_worker_run (worker.c:180)\n"
                                 " n0: 60 0x10A9B4: other (other.c:5)\n"
                                 " n0: 40 in 3 places, all below massif's threshold (1.00%)\n" SNAPSHOT("2", "100",
                                                                                                        "empty");

static void test_massif(void)
{
    mb_massif found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_massif_parse(massif_out, strlen(massif_out), "out", &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.peak_bytes, 600);
    CU_ASSERT_EQUAL(found.peak_overhead_bytes, 16);
    CU_ASSERT_EQUAL(found.end_bytes, 100);
    CU_ASSERT_EQUAL(found.window_bytes, 300);
    CU_ASSERT_TRUE(found.in_window);
    CU_ASSERT_TRUE(found.is_marked);
    CU_ASSERT_EQUAL_FATAL(found.sites.count, 2);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[0].text, "job_new (job_queue.c:29)");
    CU_ASSERT_EQUAL(found.sites.sites[0].bytes, 500);
    CU_ASSERT_EQUAL(found.sites.sites[0].window_bytes, 300);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[1].text, "other (other.c:5)");
}

/* What is never freed is in no peak of massif's own: the largest snapshot stands for it. */
static void test_massif_unmarked_peak(void)
{
    static const char out[] = SNAPSHOT(
        "0", "1", "peak") "n1: 1 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
                          " n0: 1 0x10A: wake_allocator (window.c:84)\n" SNAPSHOT(
                              "1", "1000",
                              "detailed") "n1: 1000 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n"
                                          " n0: 1000 0x10B: run_leak (heap.c:81)\n";
    mb_massif found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_massif_parse(out, strlen(out), "out", &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.peak_bytes, 1000);
    CU_ASSERT_FALSE(found.is_marked);
    CU_ASSERT_FALSE(found.in_window); /* no stack names a worker */
    CU_ASSERT_EQUAL_FATAL(found.sites.count, 1);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[0].text, "run_leak (heap.c:81)");
    static const char no_tree[] = SNAPSHOT("0", "1", "peak") " n0: 1 0x10A: a (a.c:1)\n" SNAPSHOT("1", "1000", "empty");
    CU_ASSERT_EQUAL(mb_massif_parse(no_tree, strlen(no_tree), "out", &found, &error), MB_FAILED);
    CU_ASSERT_EQUAL(mb_massif_parse("", 0, "out", &found, &error), MB_FAILED);
}

static void test_massif_graph(void)
{
    static const char text[] = "-----------------------\nCommand:            ./jobs\n"
                               "ms_print arguments: massif.out\n-----------------------\n\n\n"
                               "    KB\n1.000^  #\n   0 +-->Mi\n\nNumber of snapshots: 79\n";
    const char *graph;
    size_t length;
    CU_ASSERT_TRUE_FATAL(mb_massif_graph(text, strlen(text), &graph, &length));
    CU_ASSERT_EQUAL(length, strlen("    KB\n1.000^  #\n   0 +-->Mi\n"));
    CU_ASSERT_EQUAL(strncmp(graph, "    KB\n1.000^", 12), 0);
    CU_ASSERT_FALSE(mb_massif_graph(text, 60, &graph, &length));
}

static const char dhat_json[] =
    "{\"dhatFileVersion\":2,\"mode\":\"heap\",\"cmd\":\"./jobs\",\"pps\":[\n"
    "{\"tb\":1,\"tbk\":1,\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0,\"acc\":[0],\"fs\":[1,2,5]},\n"
    "{\"tb\":700,\"tbk\":7,\"gb\":500,\"gbk\":5,\"eb\":100,\"ebk\":1,\"acc\":[-8,17,-4,16],\"fs\":[1,3,4,5]},\n"
    "{\"tb\":60,\"tbk\":2,\"gb\":30,\"gbk\":1,\"eb\":30,\"ebk\":1,\"acc\":[],\"fs\":[1,3,5]}\n"
    "],\"ftbl\":[\"[root]\",\"0x1: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)\","
    "\"0x2: wake_allocator (window.c:84)\",\"0x3: job_new (job_queue.c:29)\","
    "\"0x4: mb_window_measure (window.c:321)\",\"0x5: mb_worker_run (worker.c:180)\"]}";

static void test_dhat(void)
{
    mb_dhat found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_dhat_parse(dhat_json, strlen(dhat_json), "json", &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.total_bytes, 761);
    CU_ASSERT_EQUAL(found.total_block_count, 10);
    CU_ASSERT_EQUAL(found.peak_bytes, 530);
    CU_ASSERT_EQUAL(found.peak_block_count, 6);
    CU_ASSERT_EQUAL(found.end_bytes, 130);
    CU_ASSERT_EQUAL(found.end_block_count, 2);
    CU_ASSERT_EQUAL(found.window_total_bytes, 700);
    CU_ASSERT_EQUAL(found.window_peak_bytes, 500);
    CU_ASSERT_EQUAL(found.window_end_bytes, 100);
    CU_ASSERT_TRUE(found.in_window);
    CU_ASSERT_EQUAL_FATAL(found.sites.count, 1); /* one place, reached in two ways */
    CU_ASSERT_STRING_EQUAL(found.sites.sites[0].text, "job_new (job_queue.c:29)");
    CU_ASSERT_EQUAL(found.sites.sites[0].bytes, 530);
    CU_ASSERT_EQUAL(found.sites.sites[0].window_bytes, 500);
}

static void test_dhat_refused(void)
{
    static const char *const wrong[] = {
        "",
        "{}",
        "{\"pps\":[],\"ftbl\":[1]}",
        "{\"pps\":[{\"tb\":1,\"tbk\":1,\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0,\"fs\":[9]}],\"ftbl\":[\"[root]\"]}",
        "{\"pps\":[{\"tb\":1,\"tbk\":1,\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0,\"fs\":[-1]}],\"ftbl\":[\"[root]\"]}",
        "{\"pps\":[{\"tb\":1,\"tbk\":1,\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0}],\"ftbl\":[\"[root]\"]}",
        "{\"pps\":[{\"tb\":-1,\"tbk\":1,\"gb\":0,\"gbk\":0,\"eb\":0,\"ebk\":0,\"fs\":[0]}],\"ftbl\":[\"[root]\"]}",
        "{\"pps\":[{\"fs\":[0]}],\"ftbl\":[\"[root]\"]}",
    };
    mb_dhat found;
    mb_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_EQUAL(mb_dhat_parse(wrong[i], strlen(wrong[i]), "json", &found, &error), MB_FAILED);
    static const char empty[] = "{\"pps\":[],\"ftbl\":[\"[root]\"]}";
    CU_ASSERT_EQUAL_FATAL(mb_dhat_parse(empty, strlen(empty), "json", &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.total_bytes, 0);
    for (size_t length = 0; length < strlen(dhat_json); length++) {
        char *cut = strndup(dhat_json, length);
        CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
        CU_ASSERT_EQUAL(mb_dhat_parse(cut, length, "json", &found, &error), MB_FAILED);
        free(cut);
    }
}

static void test_heaptrack(void)
{
    static const char summary[] = "total runtime: 0.01s.\ncalls to allocation functions: 210 (19090/s)\n"
                                  "temporary memory allocations: 6 (545/s)\npeak heap memory consumption: 190.28K\n";
    static const char peak[] =
        "0x7f (rtld.c);_dl_init (dl-init.c);call_init (dl-init.c);0x7fe2; 72704\n"
        "_start;mb_worker_run (worker.c);mb_window_measure (window.c);job_new (job_queue.c); 16800\n"
        "_start;mb_worker_run (worker.c);wake (window.c); 0\n"
        "_start;other (other.c); 79\n";
    static const char leaked[] = "_start;mb_worker_run (worker.c);mb_window_measure (window.c);run (a.c); 1000\n"
                                 "_start;other (other.c); 92\n";
    mb_heaptrack found;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_heaptrack_parse(summary, peak, leaked, &found, &error), MB_OK);
    CU_ASSERT_EQUAL(found.alloc_count, 210);
    CU_ASSERT_EQUAL(found.temporary_count, 6);
    CU_ASSERT_EQUAL(found.peak_bytes, 72704 + 16800 + 79);
    CU_ASSERT_EQUAL(found.window_peak_bytes, 16800);
    CU_ASSERT_EQUAL(found.pool_peak_bytes, MB_LIBSTDCXX_POOL_BYTES);
    CU_ASSERT_EQUAL(found.pool_leaked_bytes, 0);
    CU_ASSERT_EQUAL(found.leaked_bytes, 1092);
    CU_ASSERT_EQUAL(found.window_leaked_bytes, 1000);
    CU_ASSERT_TRUE(found.in_window);
    CU_ASSERT_EQUAL_FATAL(found.sites.count, 3);
    CU_ASSERT_STRING_EQUAL(found.sites.sites[1].text, "job_new (job_queue.c)");
    CU_ASSERT_EQUAL(mb_heaptrack_parse("", peak, leaked, &found, &error), MB_FAILED);
    CU_ASSERT_EQUAL(mb_heaptrack_parse(summary, "_start;main\n", leaked, &found, &error), MB_FAILED);
}

/* The largest ten stay, in order; among equal ones the first comes first. */
static void test_sites(void)
{
    mb_call_sites sites = {.count = 0};
    char text[32];
    for (unsigned i = 0; i < 25; i++) {
        int length = snprintf(text, sizeof text, "0xAB%u: f%u (f.c:%u)", i, i, i);
        mb_call_sites_add(&sites, text, (size_t)length, i % 5 * 100, 0);
    }
    CU_ASSERT_EQUAL(sites.total_count, 25);
    CU_ASSERT_EQUAL_FATAL(sites.count, MB_SITES_MAX);
    static const unsigned wanted[MB_SITES_MAX] = {4, 9, 14, 19, 24, 3, 8, 13, 18, 23};
    for (size_t i = 0; i < MB_SITES_MAX; i++) {
        snprintf(text, sizeof text, "f%u (f.c:%u)", wanted[i], wanted[i]);
        CU_ASSERT_STRING_EQUAL(sites.sites[i].text, text);
        CU_ASSERT_EQUAL(sites.sites[i].bytes, wanted[i] % 5 * 100);
    }
}

static void test_names(void)
{
    static const struct {
        const char *text;
        bool is_window;
    } rows[] = {{"0x10E552: mb_window_measure (window.c:321)", true},
                {"mb_window_measure (window.c)", true},
                {"mb_window_measure", true},
                {"mb_window_measure_all (window.c)", false},
                {"0x10E552: not_mb_window_measure (window.c)", false},
                {"0x", false},
                {"", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_EQUAL(mb_call_names(rows[i].text, strlen(rows[i].text), MB_WINDOW_FUNCTION), rows[i].is_window);
    static const char own[] = "0x1: malloc_all (mine.c:3)";
    CU_ASSERT_FALSE(mb_call_is_allocator(own, strlen(own)));
}

MB_SUITE(diagnose, {"memcheck", test_memcheck}, {"memcheck without leaks", test_memcheck_without_leaks},
         {"memcheck, cut anywhere", test_memcheck_cut}, {"massif", test_massif},
         {"massif, never freed", test_massif_unmarked_peak}, {"massif's graph", test_massif_graph}, {"DHAT", test_dhat},
         {"DHAT refused", test_dhat_refused}, {"heaptrack", test_heaptrack}, {"call sites", test_sites},
         {"names", test_names});
