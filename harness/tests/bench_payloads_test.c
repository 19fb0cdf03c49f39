/* JSON documents: exact printed size, whole after a round trip, and no leak or crash when memory runs out. */
#include "../../bench/payloads/payload.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

static void test_printed_size(void)
{
    static const size_t sizes[] = {512, 513, 777, 1024, 10240, 102400, 1048576};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        cJSON *built = payload_build(sizes[i]);
        CU_ASSERT_TRUE(payload_is_whole(built, sizes[i]));
        char *text = payload_print(built);
        CU_ASSERT_PTR_NOT_NULL_FATAL(text);
        CU_ASSERT_EQUAL(strlen(text), sizes[i]);
        cJSON *parsed = payload_parse(text);
        CU_ASSERT_TRUE(payload_is_whole(parsed, sizes[i]));
        CU_ASSERT_TRUE(cJSON_Compare(built, parsed, 1));
        cJSON_Delete(parsed);
        cJSON_free(text);
        cJSON_Delete(built);
    }
    CU_ASSERT_PTR_NULL(payload_build(PAYLOAD_PRINTED_BYTES_MIN - 1));
}

static void test_changed_document_is_seen(void)
{
    cJSON *built = payload_build(10240);
    cJSON *records = cJSON_GetObjectItemCaseSensitive(built, "records");
    cJSON_DeleteItemFromArray(records, 3);
    CU_ASSERT_FALSE(payload_is_whole(built, 10240));
    cJSON_Delete(built);
    CU_ASSERT_FALSE(payload_is_whole(NULL, 10240));
}

static unsigned allocations_left;

static void *allocate(size_t bytes)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(bytes);
}

/* Leaks show in the sanitizer build. */
static void test_out_of_memory(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = free};
    unsigned allowed = 0;
    cJSON_InitHooks(&hooks);
    for (cJSON *built = NULL; built == NULL && allowed < 10000; allowed++) {
        allocations_left = allowed;
        built = payload_build(1024);
        cJSON_Delete(built);
    }
    cJSON_InitHooks(NULL);
    CU_ASSERT_TRUE(allowed > 20);
    CU_ASSERT_TRUE(allowed < 10000);
}

MB_SUITE(bench_payloads, {"printed size is exact", test_printed_size},
         {"a changed document is seen", test_changed_document_is_seen},
         {"every allocation fails in turn", test_out_of_memory});
