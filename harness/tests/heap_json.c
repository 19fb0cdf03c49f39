/* A workload of cJSON for the heap hook; the last document stays. */
#include "heap_workload.h"

#include <cjson/cJSON.h>

static bool build_print_parse(int item_count, bool is_last)
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
    bool is_same = parsed != NULL && cJSON_Compare(array, parsed, 1);
    if (!is_last)
        cJSON_Delete(parsed);
    cJSON_Delete(array);
    free(text);
    return is_same;
}

static bool workload(void)
{
    for (int i = 1; i <= 300; i += 23)
        if (!build_print_parse(i, i + 23 > 300))
            return false;
    return true;
}
