#include "base/units.h"
#include "worker/worker_parts.h"

#include <stdio.h>
#include <string.h>

static size_t count_values(const mb_param_axis *axis)
{
    size_t count = 1; /* 0 may stand first */
    while (count < MB_PARAM_VALUES_MAX && axis->values[count] != 0)
        count++;
    return count;
}

static size_t count_params(const mb_case *definition)
{
    size_t count = 0;
    if (definition->params != NULL)
        while (definition->params[count].name != NULL)
            count++;
    return count;
}

static const char *value_text(const mb_param_axis *axis, size_t place, char text[MB_UNITS_TEXT_MAX])
{
    return axis->labels != NULL ? axis->labels[place] : mb_format_param(axis->values[place], axis->unit, text);
}

/* The id of the combination whose value places are given; its length, which may exceed the room in id. */
static size_t format_id(const mb_case *definition, const size_t *places, char id[MB_ID_BYTES_MAX])
{
    size_t length =
        (size_t)snprintf(id, MB_ID_BYTES_MAX, "%s%s%s", definition->group, definition->function != NULL ? "/" : "",
                         definition->function != NULL ? definition->function : "");
    for (size_t p = 0; p < count_params(definition); p++) {
        char text[MB_UNITS_TEXT_MAX];
        const char *value = value_text(&definition->params[p], places[p], text);
        if (length < MB_ID_BYTES_MAX)
            snprintf(id + length, MB_ID_BYTES_MAX - length, "/%s", value);
        length += 1 + strlen(value);
    }
    return length;
}

/* Steps to the next combination, the last parameter fastest; false after the last one. */
static bool next_places(const mb_case *definition, size_t *places)
{
    for (size_t p = count_params(definition); p-- > 0;) {
        if (++places[p] < count_values(&definition->params[p]))
            return true;
        places[p] = 0;
    }
    return false;
}

void mb_cases_walk(const mb_case *const *cases, size_t case_count, mb_case_visit *visit, void *context)
{
    for (size_t c = 0; c < case_count; c++) {
        const mb_case *definition = cases[c];
        size_t places[MB_PARAMS_MAX] = {0};
        do {
            mb_bench b = {.definition = definition, .param_count = count_params(definition)};
            for (size_t p = 0; p < b.param_count; p++)
                b.values[p] = definition->params[p].values[places[p]];
            char id[MB_ID_BYTES_MAX];
            format_id(definition, places, id);
            if (!visit(&b, id, context))
                return;
        } while (next_places(definition, places));
    }
}

static const char *check_case(const mb_case *definition)
{
    if (definition->group == NULL || definition->group[0] == '\0')
        return "a case has no group";
    if (definition->run == NULL)
        return "a case has no run function";
    if (count_params(definition) > MB_PARAMS_MAX)
        return "a case has more than MB_PARAMS_MAX parameters";
    size_t places[MB_PARAMS_MAX] = {0};
    do {
        char id[MB_ID_BYTES_MAX];
        if (format_id(definition, places, id) >= MB_ID_BYTES_MAX)
            return "a case id is longer than MB_ID_BYTES_MAX";
    } while (next_places(definition, places));
    return NULL;
}

const char *mb_cases_check(const mb_case *const *cases, size_t case_count)
{
    static char text[MB_MESSAGE_BYTES_MAX];
    for (size_t c = 0; c < case_count; c++) {
        const char *trouble = cases[c] == NULL ? "an entry is NULL" : check_case(cases[c]);
        if (trouble != NULL) {
            snprintf(text, sizeof text, "MB_MAIN, entry %zu: %s", c + 1, trouble);
            return text;
        }
    }
    return NULL;
}

typedef struct find_context {
    const char *id;
    mb_bench *found;
    bool is_found;
} find_context;

static bool visit_find(mb_bench *b, const char *id, void *context)
{
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
        const mb_param_axis *axis = &b->definition->params[p];
        mb_event_open(NULL, '{');
        mb_event_string("name", axis->name);
        mb_event_unsigned("value", b->values[p]);
        if (axis->unit == MB_UNIT_BYTES)
            mb_event_string("unit", "bytes");
        for (size_t i = 0; axis->labels != NULL && i < count_values(axis); i++)
            if (axis->values[i] == b->values[p]) {
                mb_event_string("label", axis->labels[i]);
                break;
            }
        mb_event_close('}');
    }
    mb_event_close(']');
}

static bool visit_list(mb_bench *b, const char *id, void *context)
{
    (void)context;
    const mb_case *definition = b->definition;
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
