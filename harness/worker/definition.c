/* definition.c: one case as its author wrote it: read whole, checked, and its combinations of parameter values.
 *
 * Every check ends in a sentence that names the case. They run in each worker before anything is measured. */
#include "base/number_text.h"
#include "worker/worker_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    KNOWN_FLAGS = MB_CASE_THREADS | MB_CASE_TIME_RUN_ONLY | MB_CASE_COLD_ONLY | MB_CASE_SETUP_EACH_RUN,
    LEAST_BYTES = offsetof(mb_case, run) + sizeof(((mb_case *)NULL)->run), /* what no case can do without */
    MOST_BYTES = 4096 /* what begins with a greater size is not a mb_case, or one from before 0.2: a pointer */
};

typedef struct check {
    const mb_case *definition;
    size_t entry; /* its place in MB_MAIN, from 1: the name of what has none */
    char *text;   /* MB_MESSAGE_BYTES_MAX large */
} check;

__attribute__((format(printf, 2, 3))) static bool refuse(check *c, const char *format, ...)
{
    const mb_case *d = c->definition;
    int length = d->group == NULL || d->group[0] == '\0'
                     ? snprintf(c->text, MB_MESSAGE_BYTES_MAX, "entry %zu of MB_MAIN: ", c->entry)
                     : snprintf(c->text, MB_MESSAGE_BYTES_MAX, "case \"%s%s%s\": ", d->group,
                                d->function != NULL ? "/" : "", d->function != NULL ? d->function : "");
    va_list arguments;
    va_start(arguments, format);
    if (length >= 0 && length < MB_MESSAGE_BYTES_MAX)
        vsnprintf(c->text + length, (size_t)(MB_MESSAGE_BYTES_MAX - length), format, arguments);
    va_end(arguments);
    return false;
}

size_t mb_definition_param_count(const mb_case *definition)
{
    size_t count = 0;
    if (definition->params != NULL)
        while (definition->params[count].name != NULL)
            count++;
    return count;
}

static size_t count_tuples(const mb_case *definition)
{
    size_t count = 0;
    if (definition->tuples != NULL)
        while (definition->tuples[count].values != NULL)
            count++;
    return count;
}

static uint64_t value_at(const mb_param_axis *axis, size_t place)
{
    return axis->values != NULL ? axis->values[place] : place;
}

/* The place of a value on its axis; value_count: it has none. */
static size_t find_place(const mb_param_axis *axis, uint64_t value)
{
    size_t place = 0;
    while (place < axis->value_count && value_at(axis, place) != value)
        place++;
    return place;
}

static bool check_labels(check *c, const mb_param_axis *axis)
{
    for (size_t i = 0; axis->labels != NULL && i < axis->value_count; i++) {
        if (axis->labels[i] == NULL || axis->labels[i][0] == '\0')
            return refuse(c, "parameter \"%s\": label %zu is missing", axis->name, i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(axis->labels[i], axis->labels[j]) == 0)
                return refuse(c, "parameter \"%s\" has the label \"%s\" twice", axis->name, axis->labels[i]);
    }
    return true;
}

/* What a worker says is JSON, whose numbers are exact up to there. */
static const uint64_t value_max = (uint64_t)MB_NUMBER_EXACT_MAX;

static bool check_value(check *c, const mb_param_axis *axis, uint64_t value)
{
    return value <= value_max || refuse(c, "parameter \"%s\" has the value %llu; at most 2^53 is allowed", axis->name,
                                        (unsigned long long)value);
}

static bool check_axis(check *c, const mb_param_axis *axis)
{
    if (axis->name[0] == '\0')
        return refuse(c, "a parameter has no name");
    for (const mb_param_axis *other = c->definition->params; other < axis; other++)
        if (strcmp(other->name, axis->name) == 0)
            return refuse(c, "parameter \"%s\" is given twice", axis->name);
    if (axis->value_count == 0 && (c->definition->tuples == NULL || axis->values != NULL || axis->labels != NULL))
        return refuse(c, "parameter \"%s\" has no values, and the case no tuples", axis->name);
    if (axis->value_count > MB_PARAM_VALUES_MAX)
        return refuse(c, "parameter \"%s\" has %zu values; at most %d are allowed", axis->name, axis->value_count,
                      MB_PARAM_VALUES_MAX);
    for (size_t i = 0; axis->values != NULL && i < axis->value_count; i++)
        if (!check_value(c, axis, axis->values[i]))
            return false;
        else if (find_place(axis, axis->values[i]) != i)
            return refuse(c, "parameter \"%s\" has the value %llu twice", axis->name,
                          (unsigned long long)axis->values[i]);
    return check_labels(c, axis);
}

static bool check_tuple(check *c, size_t index, size_t param_count)
{
    const mb_tuple *tuple = &c->definition->tuples[index];
    if (tuple->value_count != param_count)
        return refuse(c, "tuple %zu has %zu values, the case %zu parameters", index + 1, tuple->value_count,
                      param_count);
    for (size_t p = 0; p < param_count; p++) {
        const mb_param_axis *axis = &c->definition->params[p];
        if (!check_value(c, axis, tuple->values[p]))
            return false;
        if (axis->value_count > 0 && find_place(axis, tuple->values[p]) == axis->value_count)
            return refuse(c, "tuple %zu: parameter \"%s\" has no value %llu", index + 1, axis->name,
                          (unsigned long long)tuple->values[p]);
    }
    for (size_t other = 0; other < index; other++)
        if (memcmp(c->definition->tuples[other].values, tuple->values, param_count * sizeof *tuple->values) == 0)
            return refuse(c, "tuples %zu and %zu are the same", other + 1, index + 1);
    return true;
}

static bool check_params(check *c)
{
    size_t param_count = mb_definition_param_count(c->definition);
    if (param_count > MB_PARAMS_MAX)
        return refuse(c, "it has %zu parameters; at most %d are allowed", param_count, MB_PARAMS_MAX);
    for (size_t p = 0; p < param_count; p++)
        if (!check_axis(c, &c->definition->params[p]))
            return false;
    if (c->definition->tuples != NULL && count_tuples(c->definition) == 0)
        return refuse(c, "its list of tuples is empty");
    for (size_t t = 0; t < count_tuples(c->definition); t++)
        if (!check_tuple(c, t, param_count))
            return false;
    return true;
}

/* Copies as much as both sides know. What only the program knows must be zero: else it asks for something that this
 * library cannot do. */
static bool read_struct(check *c, const mb_case *given, mb_case *whole)
{
    size_t struct_bytes = given->struct_bytes;
    if (struct_bytes == 0) {
        c->definition = given;
        return refuse(c, "struct_bytes is 0: begin the case with MB_CASE_INIT");
    }
    if (struct_bytes < LEAST_BYTES || struct_bytes > MOST_BYTES)
        return refuse(c, "struct_bytes is %zu: not a case of membench.h from version 0.2 on", struct_bytes);
    memcpy(whole, given, struct_bytes < sizeof *whole ? struct_bytes : sizeof *whole);
    for (size_t i = sizeof *whole; i < struct_bytes; i++)
        if (((const unsigned char *)given)[i] != 0)
            return refuse(c, "it uses members that this version of libmembench (%s) does not have", MB_VERSION);
    return true;
}

bool mb_definition_read(const mb_case *given, size_t entry, mb_case *whole, char text[MB_MESSAGE_BYTES_MAX])
{
    check c = {.definition = whole, .entry = entry, .text = text};
    memset(whole, 0, sizeof *whole);
    if (!read_struct(&c, given, whole))
        return false;
    if (whole->group == NULL || whole->group[0] == '\0')
        return refuse(&c, "it has no group");
    if (whole->run == NULL)
        return refuse(&c, "it has no run function");
    if ((whole->flags & ~(unsigned)KNOWN_FLAGS) != 0)
        return refuse(&c, "unknown flag 0x%x", whole->flags & ~(unsigned)KNOWN_FLAGS);
    if (whole->needs_bytes > value_max || whole->cost_ns > value_max)
        return refuse(&c, "%s is above 2^53", whole->needs_bytes > value_max ? "needs_bytes" : "cost_ns");
    return check_params(&c);
}

size_t mb_definition_combination_count(const mb_case *definition)
{
    size_t count = 1;
    if (definition->tuples != NULL)
        return count_tuples(definition);
    for (size_t p = 0; p < mb_definition_param_count(definition); p++)
        count *= definition->params[p].value_count;
    return count;
}

/* The last parameter changes fastest. */
void mb_definition_combination(const mb_case *definition, size_t index, uint64_t values[MB_PARAMS_MAX],
                               const char *labels[MB_PARAMS_MAX])
{
    size_t rest = index;
    for (size_t p = mb_definition_param_count(definition); p-- > 0;) {
        const mb_param_axis *axis = &definition->params[p];
        size_t place;
        if (definition->tuples != NULL) {
            values[p] = definition->tuples[index].values[p];
            place = find_place(axis, values[p]);
        } else {
            place = rest % axis->value_count;
            rest /= axis->value_count;
            values[p] = value_at(axis, place);
        }
        labels[p] = axis->labels != NULL ? axis->labels[place] : NULL;
    }
}
