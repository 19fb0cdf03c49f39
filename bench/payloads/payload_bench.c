/* Memory of JSON documents: built, printed and parsed, all held; and printing and parsing alone. */
#include "payload.h"

#include <membench/membench.h>

#include <inttypes.h>
#include <string.h>

struct holding {
    cJSON *built, *parsed;
    char *text;
};

static void drop_document(cJSON **document)
{
    cJSON_Delete(*document);
    *document = NULL;
}

static void drop_text(char **text)
{
    cJSON_free(*text);
    *text = NULL;
}

static mb_status build(mb_bench *b)
{
    struct holding *held = mb_state(b);
    uint64_t bytes = mb_param(b, "payload_bytes");
    held->built = payload_build(bytes);
    return held->built != NULL ? MB_OK : mb_out_of_memory(b, "payload_build: no memory for %" PRIu64 " bytes", bytes);
}

static mb_status print(mb_bench *b)
{
    struct holding *held = mb_state(b);
    held->text = payload_print(held->built);
    if (held->text == NULL)
        return mb_out_of_memory(b, "payload_print: out of memory");
    uint64_t bytes = mb_param(b, "payload_bytes"), printed_bytes = strlen(held->text);
    if (printed_bytes != bytes)
        return mb_fail(b, "payload_print: %" PRIu64 " bytes in place of %" PRIu64, printed_bytes, bytes);
    return MB_OK;
}

static mb_status parse(mb_bench *b)
{
    struct holding *held = mb_state(b);
    held->parsed = payload_parse(held->text);
    if (held->parsed == NULL)
        return mb_out_of_memory(b, "payload_parse: out of memory");
    if (!payload_is_whole(held->parsed, mb_param(b, "payload_bytes")))
        return mb_fail(b, "payload_parse: the document came back changed");
    return MB_OK;
}

static mb_status run_sizes(mb_bench *b)
{
    mb_status status = build(b);
    mb_mark(b, "built");
    if (status == MB_OK)
        status = print(b);
    mb_mark(b, "printed");
    if (status == MB_OK)
        status = parse(b);
    mb_keep(mb_state(b));
    return status;
}

/* The tree stays: memory freed before the window would be used again in it and hide what parsing takes. */
static mb_status setup_parse(mb_bench *b)
{
    mb_status status = build(b);
    return status == MB_OK ? print(b) : status;
}

static void release_text(mb_bench *b) { drop_text(&((struct holding *)mb_state(b))->text); }

static void release_parsed(mb_bench *b) { drop_document(&((struct holding *)mb_state(b))->parsed); }

static void release_all(mb_bench *b)
{
    struct holding *held = mb_state(b);
    drop_document(&held->parsed);
    drop_text(&held->text);
    drop_document(&held->built);
}

#define PAYLOAD_SIZES MB_PARAMS(MB_PARAM_BYTES("payload_bytes", 1024, 10240, 102400, 1048576))

static const mb_case payload_sizes = {
    MB_CASE_INIT,
    .group = "memory_payload_sizes",
    .summary = "JSON document built, printed and parsed, all three held",
    .params = PAYLOAD_SIZES,
    .state_bytes = sizeof(struct holding),
    .run = run_sizes,
    .release = release_all,
};

static const mb_case payload_printing = {
    MB_CASE_INIT,
    .group = "memory_payload_print",
    .summary = "JSON document printed; it was built before the window",
    .params = PAYLOAD_SIZES,
    .state_bytes = sizeof(struct holding),
    .setup = build,
    .run = print,
    .release = release_text,
    .teardown = release_all,
};

static const mb_case payload_parsing = {
    MB_CASE_INIT,
    .group = "memory_payload_parse",
    .summary = "JSON document parsed; its text was made before the window",
    .params = PAYLOAD_SIZES,
    .state_bytes = sizeof(struct holding),
    .setup = setup_parse,
    .run = parse,
    .release = release_parsed,
    .teardown = release_all,
};

MB_MAIN(&payload_sizes, &payload_printing, &payload_parsing)
