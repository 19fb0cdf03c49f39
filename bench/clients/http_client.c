/* One libcurl easy handle. A request is whole before the next begins: were several under way, the order of their
 * allocations, and so the heap's pages, would depend on how fast the server is. */
#include "http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { TIMEOUT_MS = 10000 };

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
                   {CURLOPT_TIMEOUT_MS, TIMEOUT_MS},
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
    *client = (http_client){.transfer = curl_easy_init(), .body = malloc(RESPONSE_BYTES)};
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (client->transfer != NULL && client->body != NULL)
        code = configure(client, port);
    if (code == CURLE_OK)
        return NULL;
    http_client_close(client);
    return curl_easy_strerror(code);
}

const char *http_client_fetch(http_client *client)
{
    curl_socket_t open_socket = CURL_SOCKET_BAD;
    client->body_bytes = 0;
    CURLcode code = curl_easy_perform(client->transfer);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(client->transfer, CURLINFO_ACTIVESOCKET, &open_socket);
    if (code != CURLE_OK)
        return curl_easy_strerror(code);
    if (open_socket == CURL_SOCKET_BAD)
        return "the server closed the connection";
    return response_is_whole(client->body, client->body_bytes) ? NULL : "the response is not what the server sends";
}

void http_client_close(http_client *client)
{
    curl_easy_cleanup(client->transfer);
    free(client->body);
    *client = (http_client){.transfer = NULL};
}
