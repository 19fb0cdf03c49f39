/* One libcurl transfer with a multi handle of its own, so that several clients can be under way at once while each
 * keeps its own connection cache. */
#include "http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { WAIT_MS_MAX = 10000 };

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    http_client *client = context;
    size_t bytes = size * count;
    if (bytes > RESPONSE_BYTES - client->body_bytes)
        return 0;
    memcpy(client->body + client->body_bytes, data, bytes);
    client->body_bytes += bytes;
    return bytes;
}

/* Closing resets the connection: thousands of sockets in TIME_WAIT would use up the local ports. */
static int reset_on_close(void *context, curl_socket_t socket_fd, curlsocktype purpose)
{
    (void)context, (void)purpose;
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(socket_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0 ? CURL_SOCKOPT_OK
                                                                                     : CURL_SOCKOPT_ERROR;
}

static CURLcode configure(http_client *client, uint16_t port)
{
    static const struct {
        CURLoption option;
        const char *value;
    } texts[] = {{CURLOPT_PROXY, ""}, {CURLOPT_NOPROXY, "*"}, {CURLOPT_PROTOCOLS_STR, "http"}};
    static const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
                   {CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_TCP_NODELAY, 1},
                   {CURLOPT_FAILONERROR, 1}};
    CURL *transfer = client->transfer;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/items", (unsigned)port);
    CURLcode code = curl_easy_setopt(transfer, CURLOPT_URL, url);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && code == CURLE_OK; i++)
        code = curl_easy_setopt(transfer, texts[i].option, texts[i].value);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && code == CURLE_OK; i++)
        code = curl_easy_setopt(transfer, numbers[i].option, numbers[i].value);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transfer, CURLOPT_SOCKOPTFUNCTION, reset_on_close);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, receive);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transfer, CURLOPT_WRITEDATA, client);
    return code;
}

const char *http_client_open(http_client *client, uint16_t port)
{
    *client = (http_client){.connections = curl_multi_init(), .transfer = curl_easy_init()};
    client->body = malloc(RESPONSE_BYTES);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (client->connections != NULL && client->transfer != NULL && client->body != NULL)
        code = configure(client, port);
    if (code == CURLE_OK)
        return NULL;
    http_client_close(client);
    return curl_easy_strerror(code);
}

const char *http_client_start(http_client *client)
{
    int running;
    client->body_bytes = 0;
    CURLMcode added = curl_multi_add_handle(client->connections, client->transfer);
    if (added != CURLM_OK)
        return curl_multi_strerror(added);
    CURLMcode performed = curl_multi_perform(client->connections, &running);
    return performed == CURLM_OK ? NULL : curl_multi_strerror(performed);
}

static const char *check_body(const http_client *client)
{
    if (client->body_bytes != RESPONSE_BYTES)
        return "the response has a wrong length";
    for (size_t i = 0; i < client->body_bytes; i++)
        if (client->body[i] != response_character(i))
            return "the response has a wrong text";
    return NULL;
}

/* The connection stays open in the cache of the multi handle. */
static const char *take_result(http_client *client)
{
    int left;
    CURLMsg *message = curl_multi_info_read(client->connections, &left);
    CURLcode result = message != NULL ? message->data.result : CURLE_OPERATION_TIMEDOUT;
    curl_multi_remove_handle(client->connections, client->transfer);
    return result == CURLE_OK ? check_body(client) : curl_easy_strerror(result);
}

const char *http_client_finish(http_client *client)
{
    for (;;) {
        int running, ready;
        CURLMcode code = curl_multi_perform(client->connections, &running);
        if (code == CURLM_OK && running == 0)
            return take_result(client);
        if (code == CURLM_OK)
            code = curl_multi_poll(client->connections, NULL, 0, WAIT_MS_MAX, &ready);
        if (code != CURLM_OK)
            return curl_multi_strerror(code);
        if (ready == 0)
            return "the server did not answer";
    }
}

void http_client_close(http_client *client)
{
    if (client->connections != NULL && client->transfer != NULL)
        curl_multi_remove_handle(client->connections, client->transfer);
    curl_easy_cleanup(client->transfer);
    curl_multi_cleanup(client->connections);
    free(client->body);
    *client = (http_client){.connections = NULL};
}
