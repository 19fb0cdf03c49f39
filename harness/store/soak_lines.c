/* A series from lines of JSON objects: {"time":"2026-01-31T08:15:00Z","rss_kb":51200}, a column for each key. */
#include "store/json_reader.h"
#include "store/soak_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 32, LIST_BYTES = 320 };

/* What a key holds: what --columns says of it, or its name. */
static mb_soak_column column_of(const mb_soak_text *text, const char *key)
{
    static const int holds[] = {MB_SOAK_COLUMN_TIME, MB_SOAK_RSS_BYTES};
    mb_soak_column known = mb_soak_column_find(key, strlen(key));
    for (int i = 0; text->said != NULL && i < 2; i++)
        if (strlen(key) == text->said->columns[i].length &&
            memcmp(key, text->said->columns[i].name, text->said->columns[i].length) == 0) {
            double factor = text->said->columns[i].factor;
            return (mb_soak_column){holds[i], factor > 0 ? factor : known.holds == holds[i] ? known.factor : i == 0};
        }
    return text->said != NULL ? (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1} : known;
}

static mb_status refuse(const mb_soak_text *text, const cJSON *root, bool has_time, mb_error *error)
{
    char list[LIST_BYTES] = "";
    size_t used = 0;
    for (const cJSON *item = root->child; item != NULL && used + 1 < LIST_BYTES; item = item->next)
        used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%.40s", used > 0 ? ", " : "", item->string);
    return mb_soak_refuse(text, error, "no key looks like %s; there are: %s (name them: --columns TIME,SIZE:UNIT)",
                          has_time ? "a size" : "the time", list);
}

static mb_status take_object(mb_soak_text *text, const cJSON *root, mb_soak_series *series, mb_error *error)
{
    mb_soak_tick tick = {0};
    bool has_time = false, has_size = false;
    mb_status status = MB_OK;
    for (const cJSON *item = root->child; item != NULL && status == MB_OK; item = item->next) {
        char number[VALUE_BYTES];
        mb_soak_column column = column_of(text, item->string);
        const char *value = cJSON_IsString(item) ? item->valuestring : number;
        has_size =
            has_size || (mb_soak_column_is_size(column.holds) && cJSON_IsNull(item)); /* not known, as an empty cell */
        if (column.holds == MB_SOAK_COLUMN_NOTHING || (!cJSON_IsString(item) && !cJSON_IsNumber(item)))
            continue;
        if (cJSON_IsNumber(item))
            snprintf(number, sizeof number, "%.17g", item->valuedouble);
        status = mb_soak_take_cell(text, &column, value, strlen(value), &tick, error);
        has_time = has_time || column.holds == MB_SOAK_COLUMN_TIME;
        has_size = has_size || mb_soak_column_is_size(column.holds);
    }
    if (status != MB_OK)
        return status;
    return has_time && has_size ? mb_soak_take_tick(text, series, &tick, error) : refuse(text, root, has_time, error);
}

mb_status mb_soak_read_lines(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    mb_json json = {0};
    mb_status status = MB_OK;
    while (status == MB_OK && mb_soak_next_line(text)) {
        if (text->length == 0 || (text->is_cut && series->count > 0))
            continue;
        char *copy = malloc(text->length + 1);
        if (copy == NULL) {
            status = mb_error_no_memory(error);
            break;
        }
        memcpy(copy, text->line, text->length);
        copy[text->length] = '\0';
        bool is_fine = mb_json_parse(&json, copy, text->length);
        free(copy);
        if (is_fine && cJSON_IsObject(json.root))
            status = take_object(text, json.root, series, error);
        else if (json.is_memory_out)
            status = mb_error_no_memory(error);
        else
            status = mb_soak_refuse(text, error, "%s", is_fine ? "not a JSON object" : json.problem);
    }
    mb_json_fini(&json);
    return status;
}
