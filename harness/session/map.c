#include "session/map.h"

#include <string.h>

enum { ID_BYTES = 1024 };

mb_status mb_map_add(mb_map *map, const char *rule, mb_error *error)
{
    const char *sign = strchr(rule, '=');
    if (sign == NULL || sign == rule)
        return mb_error_set(error, MB_ERROR_USAGE, "--map: \"%s\" is not OLD=NEW, parts of case ids", rule);
    if (map->rule_count == MB_MAPS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--map: more than %d of them", MB_MAPS_MAX);
    map->rules[map->rule_count++] = rule;
    return MB_OK;
}

static bool append(char *out, size_t size, size_t *used, const char *text, size_t length)
{
    if (length >= size - *used)
        return false;
    memcpy(out + *used, text, length);
    *used += length;
    out[*used] = '\0';
    return true;
}

static bool apply_rule(const char *rule, const char *text, char *out, size_t size)
{
    size_t old_length = strcspn(rule, "="), used = 0;
    const char *replacement = rule + old_length + 1;
    out[0] = '\0';
    while (*text != '\0') {
        bool is_old = strncmp(text, rule, old_length) == 0;
        if (!append(out, size, &used, is_old ? replacement : text, is_old ? strlen(replacement) : 1))
            return false;
        text += is_old ? old_length : 1;
    }
    return true;
}

bool mb_map_apply(const mb_map *map, const char *text, char *out, size_t size)
{
    char before[ID_BYTES];
    size_t used = 0;
    if (size == 0 || !append(out, size, &used, text, strlen(text)))
        return false;
    for (size_t i = 0; i < map->rule_count; i++) {
        used = 0;
        if (!append(before, sizeof before, &used, out, strlen(out)) || !apply_rule(map->rules[i], before, out, size))
            return false;
    }
    return true;
}

bool mb_map_find(const mb_map *map, const mb_case_source *baseline, const char *id, size_t *index)
{
    char mapped[ID_BYTES];
    if (map->rule_count == 0)
        return mb_case_source_find(baseline, id, index);
    return mb_map_apply(map, id, mapped, sizeof mapped) && mb_case_source_find(baseline, mapped, index);
}
