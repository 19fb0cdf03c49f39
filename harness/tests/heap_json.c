/* A cJSON workload for the heap hook: prints "calls bytes frees" of the whole process when a hook counts in it, nothing
 * otherwise, and allocates the same in both cases. */
#include "heap/heap_hook.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int build_print_parse(int item_count)
{
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < item_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "item %d", i);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", name);
        cJSON_AddNumberToObject(item, "value", i * 1.5);
        cJSON_AddItemToArray(array, item);
    }
    char *text = cJSON_Print(array);
    cJSON *parsed = text != NULL ? cJSON_Parse(text) : NULL;
    int is_same = parsed != NULL && cJSON_Compare(array, parsed, 1);
    cJSON_Delete(parsed);
    cJSON_Delete(array);
    free(text);
    return is_same;
}

int main(void)
{
    const mb_heap_hook *hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    for (int i = 1; i <= 300; i += 23)
        if (!build_print_parse(i))
            return 1;
    if (hook != NULL) {
        mb_heap_reading reading;
        hook->read(&reading);
        dprintf(STDOUT_FILENO, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", reading.alloc_count, reading.alloc_bytes,
                reading.free_count);
    }
    return 0;
}
