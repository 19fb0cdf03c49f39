/* What one long string takes as JSON: its text, its tree, and both, so that each has a slope of its own. A payload of
 * records (payload_bench.c) cannot show that: it also has the fields of each record, and is built, printed and parsed.
 */
#include <cjson/cJSON.h>
#include <membench/membench.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct holding {
    char *payload; /* before the window */
    cJSON *tree;
    char *text;
};

static mb_status setup(mb_bench *b)
{
    struct holding *held = mb_state(b);
    size_t bytes = mb_param(b, "payload_bytes");
    held->payload = malloc(bytes + 1);
    if (held->payload == NULL)
        return mb_out_of_memory(b, "no memory for a payload of %zu bytes", bytes);
    memset(held->payload, 'x', bytes);
    held->payload[bytes] = '\0';
    return MB_OK;
}

/* An object with the string as its only member, which it takes over. */
static cJSON *wrap(cJSON *string)
{
    cJSON *tree = cJSON_CreateObject();
    if (string != NULL && cJSON_AddItemToObject(tree, "data", string)) /* also where there is no tree */
        return tree;
    cJSON_Delete(string);
    cJSON_Delete(tree);
    return NULL;
}

static mb_status print(mb_bench *b, const cJSON *tree)
{
    static const char frame[] = "{\"data\":\"\"}";
    struct holding *held = mb_state(b);
    held->text = tree == NULL ? NULL : cJSON_PrintUnformatted(tree);
    if (held->text == NULL)
        return mb_out_of_memory(b, "a payload of %" PRIu64 " bytes as text", mb_param(b, "payload_bytes"));
    size_t printed_bytes = strlen(held->text), wanted_bytes = mb_param(b, "payload_bytes") + sizeof frame - 1;
    if (printed_bytes != wanted_bytes)
        return mb_fail(b, "%zu bytes of text instead of %zu", printed_bytes, wanted_bytes);
    return MB_OK;
}

/* The tree refers to the payload and is dropped, as where a program only sends it. */
static mb_status run_text(mb_bench *b)
{
    struct holding *held = mb_state(b);
    cJSON *tree = wrap(cJSON_CreateStringReference(held->payload));
    mb_status status = print(b, tree);
    cJSON_Delete(tree);
    mb_keep(held);
    return status;
}

static mb_status run_tree(mb_bench *b)
{
    struct holding *held = mb_state(b);
    held->tree = wrap(cJSON_CreateString(held->payload));
    mb_keep(held);
    return held->tree != NULL ? MB_OK : mb_out_of_memory(b, "a payload as a tree");
}

static mb_status run_both(mb_bench *b)
{
    mb_status status = run_tree(b);
    return status == MB_OK ? print(b, ((struct holding *)mb_state(b))->tree) : status;
}

static void release(mb_bench *b)
{
    struct holding *held = mb_state(b);
    cJSON_Delete(held->tree);
    cJSON_free(held->text);
    held->tree = NULL;
    held->text = NULL;
}

static void teardown(mb_bench *b) { free(((struct holding *)mb_state(b))->payload); }

#define PART(name, said, function)                                                                                     \
    {                                                                                                                  \
        MB_CASE_INIT, .group = name, .summary = said,                                                                  \
                      .params = MB_PARAMS(MB_PARAM_BYTES("payload_bytes", 1024, 10240, 102400, 1048576)),              \
                      .state_bytes = sizeof(struct holding), .setup = setup, .run = function, .release = release,      \
                      .teardown = teardown,                                                                            \
    }

static const mb_case text = PART("memory_payload_text", "a long string printed as JSON: the text", run_text);
static const mb_case tree = PART("memory_payload_tree", "a long string in a JSON object: the tree", run_tree);
static const mb_case both = PART("memory_payload_both", "a long string as JSON: tree and text, both held", run_both);

MB_MAIN(&text, &tree, &both)
