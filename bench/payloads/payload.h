/* payload.h: JSON documents of a given printed size, the same on every call.
 *
 * Trees and texts are the caller's: drop them with cJSON_Delete and cJSON_free. NULL means out of memory. */
#ifndef BENCH_PAYLOADS_PAYLOAD_H
#define BENCH_PAYLOADS_PAYLOAD_H

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

enum { PAYLOAD_PRINTED_BYTES_MIN = 512 };

/* A document that prints, unformatted, to exactly printed_bytes (at least PAYLOAD_PRINTED_BYTES_MIN) characters. */
cJSON *payload_build(size_t printed_bytes);

/* The document as text without spaces and line ends. */
char *payload_print(const cJSON *document);

/* The document that a text holds; also NULL when it is not valid JSON. */
cJSON *payload_parse(const char *text);

/* Whether a document is what payload_build(printed_bytes) made: item count, first and last item, filler. */
bool payload_is_whole(const cJSON *document, size_t printed_bytes);

#endif
