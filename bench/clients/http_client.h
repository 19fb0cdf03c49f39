/* http_client.h: an HTTP client on libcurl with a connection cache of its own, for 127.0.0.1 only.
 *
 * Call curl_global_init before the first one. A client is the caller's storage and must not move while it is open. */
#ifndef BENCH_CLIENTS_HTTP_CLIENT_H
#define BENCH_CLIENTS_HTTP_CLIENT_H

#include "response.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct http_client {
    CURL *transfer; /* with its connection cache */
    char *body;     /* RESPONSE_BYTES large: the last response */
    size_t body_bytes;
} http_client;

/* Creates and configures, connects to nothing. Returns NULL, or what went wrong (static text); after a failure the
 * client is closed. */
const char *http_client_open(http_client *client, uint16_t port);

/* Sends one request and checks the answer, which `body` then holds. The connection is kept and used again. Returns
 * NULL, or what went wrong (static text); a connection that the server closed is wrong. */
const char *http_client_fetch(http_client *client);

/* Closes the connection and frees everything; a zeroed or closed client is fine. */
void http_client_close(http_client *client);

#endif
