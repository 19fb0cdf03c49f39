/* A service under steady load: every round takes a job from the queue and adds one, builds, prints and parses a
 * payload, and makes an HTTP request on a kept connection. Setup brings it to its level; what the rounds then add is
 * growth, and none is expected. */
#include "clients/http_client.h"
#include "clients/server_process.h"
#include "jobs/job_queue.h"
#include "payloads/payload.h"

#include <membench/membench.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    JOBS_HELD = 50,
    PAYLOADS_HELD = 8,
    PAYLOAD_BYTES = 1024,
    SETUP_ROUNDS = 200 /* after these the heap has met every size and order of its blocks */
};

struct service {
    server_process server;
    http_client client;
    job_queue queue;
    cJSON *payloads[PAYLOADS_HELD];
    uint64_t round_count; /* since setup began */
};

static mb_status fail_at(mb_bench *b, const struct service *service, const char *what, const char *reason)
{
    return mb_fail(b, "round %" PRIu64 ": %s: %s", service->round_count, what, reason);
}

static bool push_job(struct service *service, uint64_t id)
{
    char text[JOB_TEXT_BYTES + 1];
    job_text_write(text, id);
    job_request request = {
        .id = id, .queue_name = "default", .payload = text, .payload_bytes = JOB_TEXT_BYTES, .created_ns = (int64_t)id};
    return job_queue_push(&service->queue, &request) != NULL;
}

/* The oldest document makes room for one that came back from its text. */
static bool exchange_payload(struct service *service)
{
    cJSON **oldest = &service->payloads[service->round_count % PAYLOADS_HELD];
    cJSON_Delete(*oldest);
    *oldest = NULL;
    cJSON *built = payload_build(PAYLOAD_BYTES);
    char *text = built != NULL ? payload_print(built) : NULL;
    cJSON_Delete(built);
    *oldest = text != NULL ? payload_parse(text) : NULL;
    cJSON_free(text);
    return *oldest != NULL && payload_is_whole(*oldest, PAYLOAD_BYTES);
}

static mb_status make_rounds(mb_bench *b, struct service *service, uint64_t round_count)
{
    for (uint64_t i = 0; i < round_count; i++, service->round_count++) {
        const char *wrong = http_client_fetch(&service->client);
        if (wrong != NULL)
            return fail_at(b, service, "request", wrong);
        job_free(job_queue_pop(&service->queue));
        if (!push_job(service, service->round_count + JOBS_HELD))
            return fail_at(b, service, "job", strerror(errno));
        if (!exchange_payload(service))
            return fail_at(b, service, "payload", "out of memory");
    }
    return MB_OK;
}

static mb_status setup(mb_bench *b)
{
    struct service *service = mb_state(b);
    if (!server_process_start(&service->server))
        return mb_fail(b, "server_process_start: %s", strerror(errno));
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
        return mb_fail(b, "curl_global_init failed");
    for (uint64_t id = 0; id < JOBS_HELD; id++)
        if (!push_job(service, id))
            return fail_at(b, service, "job", strerror(errno));
    if (!server_process_wait(&service->server))
        return mb_fail(b, "server_process_wait: %s", strerror(errno));
    const char *wrong = http_client_open(&service->client, service->server.port);
    if (wrong != NULL)
        return mb_fail(b, "http_client_open: %s", wrong);
    return make_rounds(b, service, SETUP_ROUNDS);
}

static mb_status run(mb_bench *b)
{
    struct service *service = mb_state(b);
    uint64_t round_count = mb_param(b, "rounds");
    /* The first round after a trim takes back the few pages that every round works on: no growth. */
    mb_status status = make_rounds(b, service, 1);
    mb_mark(b, "first round");
    if (status == MB_OK)
        status = make_rounds(b, service, round_count - 1);
    mb_operations(b, round_count);
    mb_count(b, "rounds_count", (int64_t)round_count);
    mb_count(b, "jobs_held_count", (int64_t)service->queue.job_count);
    return status;
}

static void teardown(mb_bench *b)
{
    struct service *service = mb_state(b);
    http_client_close(&service->client);
    job_queue_clear(&service->queue);
    for (size_t i = 0; i < PAYLOADS_HELD; i++)
        cJSON_Delete(service->payloads[i]);
    curl_global_cleanup();
    server_process_stop(&service->server);
}

static const mb_case growth_under_load = {
    MB_CASE_INIT,
    .group = "memory_growth_under_load",
    .summary = "rounds of jobs, payloads and requests under steady load: growth",
    .params = MB_PARAMS(MB_PARAM("rounds", 10, 100, 1000)),
    .state_bytes = sizeof(struct service),
    .setup = setup,
    .run = run,
    .teardown = teardown,
};

MB_MAIN(&growth_under_load)
