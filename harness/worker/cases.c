#include "base/units.h"
#include "worker/worker_parts.h"

#include <stdio.h>
#include <string.h>

/* Appends as much as there is room for; the length with all of it. */
static size_t append(char id[MB_ID_BYTES_MAX], size_t length, const char *text)
{
    for (; *text != '\0'; text++, length++)
        if (length < MB_ID_BYTES_MAX - 1)
            id[length] = *text;
    id[length < MB_ID_BYTES_MAX ? length : MB_ID_BYTES_MAX - 1] = '\0';
    return length;
}

/* The id of b's combination; its length, which may exceed the room in id. Of all ids of a program, in each of its
 * samples. */
static size_t format_id(const mb_bench *b, char id[MB_ID_BYTES_MAX])
{
    const mb_case *definition = &b->definition;
    size_t length = append(id, 0, definition->group);
    if (definition->function != NULL)
        length = append(id, append(id, length, "/"), definition->function);
    for (size_t p = 0; p < b->param_count; p++) {
        char text[MB_UNITS_TEXT_MAX];
        const char *value =
            b->labels[p] != NULL ? b->labels[p] : mb_format_param(b->values[p], definition->params[p].unit, text);
        length = append(id, append(id, length, "/"), value);
    }
    return length;
}

void mb_cases_walk(const mb_case *const *cases, size_t case_count, mb_case_visit *visit, void *context)
{
    char text[MB_MESSAGE_BYTES_MAX];
    for (size_t c = 0; c < case_count; c++) {
        mb_bench b = {.given = cases[c]};
        if (!mb_definition_read(cases[c], c + 1, &b.definition, text))
            continue;
        b.param_count = mb_definition_param_count(&b.definition);
        size_t combination_count = mb_definition_combination_count(&b.definition);
        for (size_t i = 0; i < combination_count; i++) {
            char id[MB_ID_BYTES_MAX];
            mb_definition_combination(&b.definition, i, b.values, b.labels);
            size_t id_length = format_id(&b, id);
            if (!visit(&b, id, id_length, context))
                return;
        }
    }
}

static bool visit_id_length(mb_bench *b, const char *id, size_t id_length, void *context)
{
    const char **too_long = context;
    (void)id;
    if (id_length >= MB_ID_BYTES_MAX)
        *too_long = b->definition.group;
    return *too_long == NULL;
}

const char *mb_cases_check(const mb_case *const *cases, size_t case_count)
{
    static char text[MB_MESSAGE_BYTES_MAX];
    mb_case whole;
    const char *too_long = NULL;
    for (size_t c = 0; c < case_count; c++) {
        if (cases[c] == NULL) {
            snprintf(text, sizeof text, "MB_MAIN: entry %zu is NULL", c + 1);
            return text;
        }
        if (!mb_definition_read(cases[c], c + 1, &whole, text))
            return text;
    }
    mb_cases_walk(cases, case_count, visit_id_length, &too_long);
    if (too_long == NULL)
        return NULL;
    snprintf(text, sizeof text, "case \"%.100s\": one of its ids is longer than %d bytes", too_long,
             MB_ID_BYTES_MAX - 1);
    return text;
}

typedef struct find_context {
    const char *id;
    mb_bench *found;
    bool is_found;
} find_context;

static bool visit_find(mb_bench *b, const char *id, size_t id_length, void *context)
{
    (void)id_length;
    find_context *find = context;
    if (strcmp(id, find->id) != 0)
        return true;
    *find->found = *b;
    find->is_found = true;
    return false;
}

bool mb_cases_find(const mb_case *const *cases, size_t case_count, const char *id, mb_bench *b)
{
    find_context find = {.id = id, .found = b};
    mb_cases_walk(cases, case_count, visit_find, &find);
    return find.is_found;
}

static void put_params(const mb_bench *b)
{
    mb_event_open("params", '[');
    for (size_t p = 0; p < b->param_count; p++) {
        const mb_param_axis *axis = &b->definition.params[p];
        mb_event_open(NULL, '{');
        mb_event_string("name", axis->name);
        mb_event_unsigned("value", b->values[p]);
        if (axis->unit == MB_UNIT_BYTES)
            mb_event_string("unit", "bytes");
        mb_event_string("label", b->labels[p]);
        mb_event_close('}');
    }
    mb_event_close(']');
}

static bool visit_list(mb_bench *b, const char *id, size_t id_length, void *context)
{
    (void)id_length;
    (void)context;
    const mb_case *definition = &b->definition;
    mb_event_begin("case");
    mb_event_string("id", id);
    mb_event_string("group", definition->group);
    mb_event_string("function", definition->function);
    put_params(b);
    mb_event_open("flags", '[');
    if (definition->flags & MB_CASE_THREADS)
        mb_event_string(NULL, "threads");
    if (definition->flags & MB_CASE_TIME_RUN_ONLY)
        mb_event_string(NULL, "time_run_only");
    if (definition->flags & MB_CASE_COLD_ONLY)
        mb_event_string(NULL, "cold_only");
    if (definition->flags & MB_CASE_SETUP_EACH_RUN)
        mb_event_string(NULL, "setup_each_run");
    mb_event_close(']');
    mb_event_unsigned("needs_bytes", definition->needs_bytes);
    if (definition->cost_ns > 0)
        mb_event_unsigned("cost_ns", definition->cost_ns);
    mb_event_string("summary", definition->summary);
    mb_event_send();
    return true;
}

void mb_cases_list(const mb_case *const *cases, size_t case_count)
{
    mb_cases_walk(cases, case_count, visit_list, NULL);
}
