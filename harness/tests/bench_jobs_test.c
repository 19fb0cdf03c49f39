/* The job queue: order, index, equal weight of its jobs, and every allocation failing in turn. The sources are
 * included, so that their calls of malloc go through the ones below. */
#include "tests/suite.h"

#if __has_include(<uthash.h>)
#include <errno.h>
#include <stdlib.h>

static unsigned allocations_left; /* before the next one fails */

static int may_allocate(void)
{
    if (allocations_left == 0) {
        errno = ENOMEM;
        return 0;
    }
    allocations_left--;
    return 1;
}

static void *test_malloc(size_t bytes) { return may_allocate() ? malloc(bytes) : NULL; }

static void *test_calloc(size_t count, size_t bytes) { return may_allocate() ? calloc(count, bytes) : NULL; }

#define malloc(bytes) test_malloc(bytes)
#define calloc(count, bytes) test_calloc(count, bytes)
#include "../../bench/jobs/job_queue.c"
#include "../../bench/jobs/job_text.c"
#undef malloc
#undef calloc

enum { JOB_COUNT = 500 };

static job *push(job_queue *queue, uint64_t id)
{
    char text[JOB_TEXT_BYTES + 1];
    job_text_write(text, id);
    job_request request = {
        .id = id, .queue_name = "default", .payload = text, .payload_bytes = JOB_TEXT_BYTES, .created_ns = (int64_t)id};
    return job_queue_push(queue, &request);
}

static void test_order_and_index(void)
{
    job_queue queue = {0};
    allocations_left = 1000000;
    for (uint64_t id = 0; id < JOB_COUNT; id++)
        CU_ASSERT_PTR_NOT_NULL(push(&queue, id * 7));
    CU_ASSERT_EQUAL(queue.job_count, JOB_COUNT);
    errno = 0;
    CU_ASSERT_PTR_NULL(push(&queue, 7));
    CU_ASSERT_EQUAL(errno, EEXIST);
    CU_ASSERT_EQUAL(queue.job_count, JOB_COUNT);
    CU_ASSERT_PTR_NULL(job_queue_find(&queue, 8));
    job *found = job_queue_find(&queue, 49);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    CU_ASSERT_EQUAL(found->created_ns, 49);
    CU_ASSERT_STRING_EQUAL(found->queue_name, "default");
    for (uint64_t id = 0; id < JOB_COUNT; id++) {
        job *oldest = job_queue_pop(&queue);
        CU_ASSERT_PTR_NOT_NULL_FATAL(oldest);
        CU_ASSERT_EQUAL(oldest->id, id * 7);
        CU_ASSERT_PTR_NULL(job_queue_find(&queue, id * 7));
        job_free(oldest);
    }
    CU_ASSERT_PTR_NULL(job_queue_pop(&queue));
    CU_ASSERT_EQUAL(queue.job_count, 0);
}

/* All payloads have one length, or growth of the id would pass for growth of memory. */
static void test_texts(void)
{
    static const uint64_t ids[] = {0, 1, 199, UINT64_MAX};
    char text[JOB_TEXT_BYTES + 1];
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        job_text_write(text, ids[i]);
        CU_ASSERT_EQUAL(strlen(text), JOB_TEXT_BYTES);
        CU_ASSERT_EQUAL(text[0], '{');
        CU_ASSERT_STRING_EQUAL(text + JOB_TEXT_BYTES - 2, "\"}");
    }
}

static void test_long_name_is_cut(void)
{
    job_queue queue = {0};
    allocations_left = 10;
    job_request request = {.id = 1, .queue_name = "a queue name that is much longer than a job has room for"};
    request.payload = "{}";
    request.payload_bytes = 2;
    job *pushed = job_queue_push(&queue, &request);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pushed);
    CU_ASSERT_EQUAL(strlen(pushed->queue_name), JOB_QUEUE_NAME_BYTES_MAX - 1);
    job_queue_clear(&queue);
}

/* Whichever allocation of the first pushes fails: the push says so, and the queue is as it was. */
static void test_out_of_memory(void)
{
    unsigned failures = 0;
    for (unsigned allowed = 0; allowed < 60; allowed++) {
        job_queue queue = {0};
        size_t pushed = 0;
        allocations_left = allowed;
        errno = 0;
        while (pushed < 20 && push(&queue, pushed) != NULL)
            pushed++;
        if (pushed < 20) {
            failures++;
            CU_ASSERT_EQUAL(errno, ENOMEM);
            CU_ASSERT_PTR_NULL(job_queue_find(&queue, pushed));
        }
        CU_ASSERT_EQUAL(queue.job_count, pushed);
        for (size_t id = 0; id < pushed; id++)
            CU_ASSERT_PTR_NOT_NULL(job_queue_find(&queue, id));
        allocations_left = 100;
        CU_ASSERT_PTR_NOT_NULL(push(&queue, 1000));
        job_queue_clear(&queue);
    }
    CU_ASSERT_TRUE(failures > 40);
}

MB_SUITE(bench_jobs, {"order and index", test_order_and_index}, {"texts have one length", test_texts},
         {"a long queue name is cut", test_long_name_is_cut}, {"every allocation fails in turn", test_out_of_memory});
#else
#include <stdio.h>

static void test_nothing(void) { printf("skipped: uthash.h is missing (Debian: uthash-dev) "); }

MB_SUITE(bench_jobs, {"skipped", test_nothing});
#endif
