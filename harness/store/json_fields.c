/* Typed access to the members of a parsed object, with problems that name the member. */
#include "store/json_reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The member, NULL when it is absent or null; sets the problem and returns false when it is needed. */
static bool get(mb_json *json, const cJSON *object, const char *key, mb_json_need need, const cJSON **item)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    *item = found == NULL || cJSON_IsNull(found) ? NULL : found;
    if (*item == NULL && need == MB_JSON_REQUIRED)
        return mb_json_fail(json, "\"%s\" is missing", key);
    return true;
}

bool mb_json_get_object(mb_json *json, const cJSON *object, const char *key, mb_json_need need, const cJSON **value)
{
    const cJSON *item;
    if (!get(json, object, key, need, &item))
        return false;
    if (item != NULL && !cJSON_IsObject(item))
        return mb_json_fail(json, "\"%s\" is not an object", key);
    if (item != NULL)
        *value = item;
    return true;
}

bool mb_json_get_array(mb_json *json, const cJSON *object, const char *key, mb_json_need need, const cJSON **value)
{
    const cJSON *item;
    if (!get(json, object, key, need, &item))
        return false;
    if (item != NULL && !cJSON_IsArray(item))
        return mb_json_fail(json, "\"%s\" is not an array", key);
    if (item != NULL)
        *value = item;
    return true;
}

bool mb_json_get_text(mb_json *json, const cJSON *object, const char *key, mb_json_need need, mb_arena *arena,
                      const char **value)
{
    const cJSON *item;
    if (!get(json, object, key, need, &item))
        return false;
    if (item == NULL)
        return true;
    if (!cJSON_IsString(item))
        return mb_json_fail(json, "\"%s\" is not a string", key);
    const char *copy = mb_arena_copy(arena, item->valuestring);
    if (copy == NULL)
        return mb_json_fail_memory(json);
    *value = copy;
    return true;
}

bool mb_json_number(mb_json *json, const cJSON *item, const char *name, double *value)
{
    if (!cJSON_IsNumber(item))
        return mb_json_fail(json, "\"%s\" is not a number", name);
    if (!(fabs(item->valuedouble) <= MB_NUMBER_EXACT_MAX))
        return mb_json_fail(json, "\"%s\" is beyond 2^53", name);
    *value = item->valuedouble;
    return true;
}

bool mb_json_get_number(mb_json *json, const cJSON *object, const char *key, mb_json_need need, double *value)
{
    const cJSON *item;
    if (!get(json, object, key, need, &item))
        return false;
    return item == NULL || mb_json_number(json, item, key, value);
}

static bool parse_uint(const char *text, uint64_t *value)
{
    size_t length = strlen(text);
    if (length == 0 || length > 20 || strspn(text, "0123456789") != length)
        return false;
    errno = 0;
    uint64_t parsed = strtoull(text, NULL, 10);
    if (errno != 0)
        return false;
    *value = parsed;
    return true;
}

bool mb_json_get_uint(mb_json *json, const cJSON *object, const char *key, mb_json_need need, uint64_t *value)
{
    const cJSON *item;
    if (!get(json, object, key, need, &item))
        return false;
    if (item == NULL || (cJSON_IsString(item) && parse_uint(item->valuestring, value)))
        return true;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || !(item->valuedouble <= MB_NUMBER_EXACT_MAX) ||
        item->valuedouble != floor(item->valuedouble))
        return mb_json_fail(json, "\"%s\" must be a whole number of at least 0", key);
    *value = (uint64_t)item->valuedouble;
    return true;
}

bool mb_json_check_version(mb_json *json, const cJSON *object, const char *key, int newest)
{
    double version = 0;
    if (!mb_json_get_number(json, object, key, MB_JSON_REQUIRED, &version))
        return false;
    if (version > newest)
        return mb_json_fail(json, "written by a newer membench: version %.17g, this one reads up to %d", version,
                            newest);
    if (version < 1 || version != (double)(int)version)
        return mb_json_fail(json, "\"%s\" is not a version of this file format", key);
    return true;
}

bool mb_json_numbers(const mb_json *json, const cJSON *item, const double **values, size_t *count)
{
    if (!cJSON_IsArray(item))
        return false;
    if (item->child == NULL) {
        *values = json->numbers;
        *count = 0;
        return true;
    }
    if (item->child->next != NULL || !cJSON_IsNumber(item->child))
        return false;
    size_t array = (size_t)item->child->valuedouble;
    MB_ASSERT(array < json->array_count);
    size_t start = array == 0 ? 0 : json->array_ends[array - 1];
    *values = json->numbers + start;
    *count = json->array_ends[array] - start;
    return true;
}

bool mb_json_all_objects(mb_json *json, const cJSON *array, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array) if (!cJSON_IsObject(item)) return mb_json_fail(
        json, "an element of \"%s\" is not an object", name);
    return true;
}
