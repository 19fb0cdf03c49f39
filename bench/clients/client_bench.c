/* Memory of HTTP clients: connected, with one response each; and created only. */
#include "http_client.h"
#include "server_process.h"

#include <membench/membench.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { CLIENT_COUNT_MAX = 100 };

struct crowd {
    server_process server;
    http_client clients[CLIENT_COUNT_MAX];
};

/* The server starts on another processor while libcurl gets ready here. TLS is left out: the protocol is HTTP. */
static mb_status setup_connected(mb_bench *b)
{
    struct crowd *crowd = mb_state(b);
    if (!server_process_start(&crowd->server))
        return mb_fail(b, "server_process_start: %s", strerror(errno));
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
        return mb_fail(b, "curl_global_init failed");
    if (!server_process_wait(&crowd->server))
        return mb_fail(b, "server_process_wait: %s", strerror(errno));
    return MB_OK;
}

static mb_status setup_idle(mb_bench *b)
{
    return curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK ? MB_OK : mb_fail(b, "curl_global_init failed");
}

static mb_status fail_at(mb_bench *b, uint64_t index, const char *reason)
{
    return mb_fail(b, "client %" PRIu64 ": %s", index + 1, reason);
}

static mb_status open_all(mb_bench *b, struct crowd *crowd)
{
    uint64_t client_count = mb_param(b, "clients");
    for (uint64_t i = 0; i < client_count; i++) {
        const char *wrong = http_client_open(&crowd->clients[i], crowd->server.port);
        if (wrong != NULL)
            return fail_at(b, i, wrong);
    }
    return MB_OK;
}

static mb_status run_idle(mb_bench *b)
{
    struct crowd *crowd = mb_state(b);
    mb_status status = open_all(b, crowd);
    mb_operations(b, mb_param(b, "clients"));
    mb_keep(crowd);
    return status;
}

static mb_status run_connected(mb_bench *b)
{
    struct crowd *crowd = mb_state(b);
    uint64_t client_count = mb_param(b, "clients");
    mb_status status = open_all(b, crowd);
    if (status != MB_OK)
        return status;
    mb_mark(b, "created");
    for (uint64_t i = 0; i < client_count; i++) {
        const char *wrong = http_client_fetch(&crowd->clients[i]);
        if (wrong != NULL)
            return fail_at(b, i, wrong);
    }
    mb_operations(b, client_count);
    mb_keep(crowd);
    return MB_OK;
}

static void release(mb_bench *b)
{
    struct crowd *crowd = mb_state(b);
    for (size_t i = 0; i < CLIENT_COUNT_MAX; i++)
        http_client_close(&crowd->clients[i]);
}

static void teardown(mb_bench *b)
{
    struct crowd *crowd = mb_state(b);
    release(b);
    curl_global_cleanup();
    server_process_stop(&crowd->server);
}

static const mb_case client_creation = {
    MB_CASE_INIT,
    .group = "memory_client_creation",
    .summary = "HTTP clients with an open connection and one response each",
    .params = MB_PARAMS(MB_PARAM("clients", 1, 10, 50, 100)),
    .state_bytes = sizeof(struct crowd),
    .setup = setup_connected,
    .run = run_connected,
    .release = release,
    .teardown = teardown,
};

static const mb_case client_idle = {
    MB_CASE_INIT,
    .group = "memory_client_idle",
    .summary = "HTTP clients created and configured, not connected",
    .params = MB_PARAMS(MB_PARAM("clients", 1, 10, 50, 100)),
    .state_bytes = sizeof(struct crowd),
    .setup = setup_idle,
    .run = run_idle,
    .release = release,
    .teardown = teardown,
};

MB_MAIN(&client_creation, &client_idle)
