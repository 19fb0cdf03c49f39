/* response.h: what the server of the bench programs answers: known to both ends, so that a client can check it. */
#ifndef BENCH_CLIENTS_RESPONSE_H
#define BENCH_CLIENTS_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { RESPONSE_BYTES = 4096 };

/* The body repeats this line, cut at the end. */
#define RESPONSE_LINE "{\"status\":\"ready\",\"region\":\"local\",\"quota\":250,\"used\":17}\n"

static inline void response_write(char body[RESPONSE_BYTES])
{
    for (size_t i = 0; i < RESPONSE_BYTES; i++)
        body[i] = RESPONSE_LINE[i % (sizeof RESPONSE_LINE - 1)];
}

/* A body begins with the line and is the same when moved by one line. */
static inline bool response_is_whole(const char *body, size_t body_bytes)
{
    size_t line_bytes = sizeof RESPONSE_LINE - 1;
    return body_bytes == RESPONSE_BYTES && memcmp(body, RESPONSE_LINE, line_bytes) == 0 &&
           memcmp(body, body + line_bytes, RESPONSE_BYTES - line_bytes) == 0;
}

#endif
