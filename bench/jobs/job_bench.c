/* Memory of jobs held in a queue. */
#include "job_queue.h"

#include <membench/membench.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static mb_status run(mb_bench *b)
{
    job_queue *queue = mb_state(b);
    uint64_t job_count = mb_param(b, "jobs");
    char text[JOB_TEXT_BYTES + 1];
    for (uint64_t id = 1; id <= job_count; id++) {
        job_text_write(text, id);
        int64_t created_ns = INT64_C(1700000000000000000) + (int64_t)id;
        job_request request = {.id = id,
                               .queue_name = "default",
                               .created_ns = created_ns,
                               .due_ns = created_ns + INT64_C(60000000000),
                               .payload = text,
                               .payload_bytes = JOB_TEXT_BYTES};
        if (job_queue_push(queue, &request) == NULL)
            return errno == ENOMEM ? mb_out_of_memory(b, "job_queue_push: job %" PRIu64, id)
                                   : mb_fail(b, "job_queue_push: job %" PRIu64 ": %s", id, strerror(errno));
    }
    if (job_queue_find(queue, job_count) == NULL)
        return mb_fail(b, "job_queue_find: job %" PRIu64 " was pushed and is not there", job_count);
    mb_operations(b, job_count);
    mb_keep(queue);
    return MB_OK;
}

static void release(mb_bench *b) { job_queue_clear(mb_state(b)); }

static const mb_case job_creation = {
    MB_CASE_INIT,
    .group = "memory_job_creation",
    .summary = "jobs held in a queue with an index by id",
    .params = MB_PARAMS(MB_PARAM("jobs", 10, 50, 100, 200)),
    .state_bytes = sizeof(job_queue),
    .run = run,
    .release = release,
};

MB_MAIN(&job_creation)
