/* Parsing: number arrays are lifted out, the rest is cJSON's. */
#include "store/json_reader.h"

#include "base/grown.h"
#include "base/number_text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lift { /* from `at` on the text is still to be copied to `to` */
    mb_json *json;
    const char *start, *at, *end;
    char *to;
    unsigned depth;
} lift;

bool mb_json_fail(mb_json *json, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(json->problem, sizeof json->problem, format, arguments);
    va_end(arguments);
    return false;
}

bool mb_json_fail_memory(mb_json *json)
{
    json->is_memory_out = true;
    return mb_json_fail(json, "out of memory");
}

void mb_json_fini(mb_json *json)
{
    mb_arena_fini(&json->nodes);
    free(json->text);
    free(json->numbers);
    free(json->array_ends);
    free(json->places);
    *json = (mb_json){0};
}

static bool fail_at(lift *lift, const char *at, const char *problem)
{
    lift->json->problem_offset = (size_t)(at - lift->start);
    return mb_json_fail(lift->json, "%s", problem);
}

/* Makes room for one more element of size bytes behind count. */
static bool reserve(mb_json *json, void **array, size_t count, size_t *capacity, size_t size)
{
    void *larger = mb_grown(*array, count, capacity, size);
    if (larger == NULL)
        return mb_json_fail_memory(json);
    *array = larger;
    return true;
}

/* A key or value begins here. */
static bool note_place(lift *lift, const char *at)
{
    mb_json *json = lift->json;
    if (!json->keeps_places)
        return true;
    if (!reserve(json, (void **)&json->places, json->place_count, &json->place_capacity, sizeof *json->places))
        return false;
    json->places[json->place_count++] = (size_t)(at - lift->start);
    return true;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Copies a string, opening quote first. */
static bool lift_string(lift *lift)
{
    const char *at = lift->at + 1;
    if (!note_place(lift, lift->at))
        return false;
    for (; at < lift->end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return fail_at(lift, at, "control byte in a string");
        if (*at != '\\')
            continue;
        if (lift->end - at > 5 && memcmp(at, "\\u0000", 6) == 0)
            return fail_at(lift, at, "NUL in a string");
        if (++at == lift->end)
            break;
    }
    if (at >= lift->end)
        return fail_at(lift, lift->end, "unterminated string");
    size_t length = (size_t)(at + 1 - lift->at);
    memcpy(lift->to, lift->at, length);
    lift->to += length;
    lift->at += length;
    return true;
}

static bool is_number_start(const char *at, const char *end)
{
    return at < end && (*at == '-' || (*at >= '0' && *at <= '9'));
}

/* The end of the number at that place; NULL when it is none, or an integer that a double rounds. */
static const char *take_number(lift *lift, const char *at, double *value)
{
    char text[MB_NUMBER_TEXT_MAX];
    const char *behind = mb_number_parse(at, lift->end, value), *problem = NULL;
    size_t length = behind != NULL ? (size_t)(behind - at) : 0;
    bool is_long = length > 15 && length < sizeof text && memchr(at, '.', length) == NULL &&
                   memchr(at, 'e', length) == NULL && memchr(at, 'E', length) == NULL;
    if (behind == NULL)
        problem = "malformed number";
    else if (is_long && (snprintf(text, sizeof text, "%.0f", *value) != (int)length || memcmp(text, at, length) != 0))
        problem = "an integer that cannot be kept exactly";
    if (problem != NULL)
        fail_at(lift, at, problem);
    return problem == NULL ? behind : NULL;
}

/* At "[" in front of a number: takes the numbers. When all is numbers, the array is replaced; when another value
 * follows, what was taken is forgotten and the array stays. Malformed numbers must not stay: cJSON takes [01]. */
static bool lift_numbers(lift *lift, const char *first)
{
    mb_json *json = lift->json;
    size_t count_before = json->number_count;
    if (!note_place(lift, lift->at))
        return false;
    for (const char *at = first;;) {
        if (!reserve(json, (void **)&json->numbers, json->number_count, &json->number_capacity, sizeof *json->numbers))
            return false;
        double *value = &json->numbers[json->number_count];
        const char *behind = take_number(lift, at, value);
        if (behind == NULL)
            return false;
        if (!isfinite(*value))
            return fail_at(lift, at, "number too large");
        json->number_count++;
        at = skip_space(behind, lift->end);
        if (at < lift->end && *at == ']') {
            if (!reserve(json, (void **)&json->array_ends, json->array_count, &json->array_capacity,
                         sizeof *json->array_ends))
                return false;
            json->array_ends[json->array_count] = json->number_count;
            lift->to += sprintf(lift->to, "[%zu]", json->array_count++);
            lift->at = at + 1;
            return note_place(lift, first); /* of the number that stands for all */
        }
        if (at == lift->end || *at != ',')
            return fail_at(lift, at, "expected , or ] after a number");
        at = skip_space(at + 1, lift->end);
        if (!is_number_start(at, lift->end))
            break;
    }
    json->number_count = count_before;
    *lift->to++ = *lift->at++;
    lift->depth++;
    return true;
}

/* A byte of a number, true, false or null. */
static bool is_scalar(char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case ':':
    case '[':
    case ']':
    case '{':
    case '}':
    case '"':
    case '\0':
        return false;
    default:
        return true;
    }
}

static bool lift_byte(lift *lift)
{
    char c = *lift->at;
    if (c == '[' || c == '{') {
        if (lift->depth >= MB_JSON_DEPTH_MAX)
            return fail_at(lift, lift->at, "nested too deeply");
        const char *first = skip_space(lift->at + 1, lift->end);
        if (c == '[' && is_number_start(first, lift->end))
            return lift_numbers(lift, first);
        if (!note_place(lift, lift->at))
            return false;
        lift->depth++;
    } else if (c == ']' || c == '}') {
        if (lift->depth == 0)
            return fail_at(lift, lift->at, "unmatched closing bracket");
        lift->depth--;
    } else if ((unsigned char)c < 0x20 && c != '\n' && c != '\t' && c != '\r')
        return fail_at(lift, lift->at, "control byte");
    else if (is_scalar(c) && (lift->at == lift->start || !is_scalar(lift->at[-1]))) {
        double value;
        const char *behind = lift->end;
        if (is_number_start(lift->at, lift->end) && (behind = take_number(lift, lift->at, &value)) == NULL)
            return false;
        if (behind < lift->end && is_scalar(*behind)) /* cJSON takes 01 and 1. */
            return fail_at(lift, lift->at, "malformed number");
        if (!note_place(lift, lift->at))
            return false;
    }
    *lift->to++ = *lift->at++;
    return true;
}

static bool lift_arrays(mb_json *json, const char *bytes, size_t length, size_t *lifted_length)
{
    /* "[k]" may be longer than the array it replaces, which has 3 bytes at least and a comma behind it: k has 8 digits
     * at most, so that three times the length is room enough. */
    enum { LENGTH_MAX = 64 * 1024 * 1024, SPARE = 4096 };
    lift lift = {json, bytes, bytes, bytes + length, NULL, 0};
    if (length > LENGTH_MAX)
        return fail_at(&lift, bytes, "too long");
    if (json->text_capacity < length * 3 + 1) {
        size_t wanted = length * 3 + SPARE;
        char *larger = realloc(json->text, wanted);
        if (larger == NULL)
            return mb_json_fail_memory(json);
        json->text = larger;
        json->text_capacity = wanted;
    }
    lift.to = json->text;
    while (lift.at < lift.end)
        if (!(*lift.at == '"' ? lift_string(&lift) : lift_byte(&lift)))
            return false;
    *lift.to = '\0';
    *lifted_length = (size_t)(lift.to - json->text);
    return true;
}

/* Where the text as it was given goes wrong: the lifted text has other offsets, and its buffer is large enough for the
 * given one with the terminator that cJSON needs. */
static bool fail_syntax(mb_json *json, const char *bytes, size_t length)
{
    char *copy = json->text;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    const char *stop = copy;
    cJSON *root = cJSON_ParseWithLengthOpts(copy, length + 1, &stop, true);
    json->problem_offset = stop >= copy && stop <= copy + length ? (size_t)(stop - copy) : 0;
    cJSON_Delete(root);
    return mb_json_fail(json, "not valid JSON");
}

static mb_arena *nodes; /* of the text that is being parsed */

static void *take_node(size_t size) { return mb_arena_alloc(nodes, size); }

static void keep_node(void *node) { (void)node; }

/* A tree lives until the next parse, so its nodes are given back all at once: one by one is a fifth of reading. */
static void parse_lifted(mb_json *json, size_t length)
{
    nodes = &json->nodes;
    cJSON_InitHooks(&(cJSON_Hooks){take_node, keep_node});
    /* With the terminator inside and asked for, nothing may follow the value. */
    json->root = cJSON_ParseWithLengthOpts(json->text, length + 1, NULL, true);
    cJSON_InitHooks(NULL);
}

bool mb_json_parse(mb_json *json, const char *bytes, size_t length)
{
    mb_arena_reset(&json->nodes);
    json->root = NULL;
    json->number_count = json->array_count = json->place_count = 0;
    json->is_memory_out = false;
    json->problem_offset = 0;
    json->problem[0] = '\0';
    size_t valid_length = mb_utf8_check(bytes, length);
    if (valid_length < length) {
        json->problem_offset = valid_length;
        return mb_json_fail(json, "not valid UTF-8");
    }
    size_t lifted_length = 0;
    if (!lift_arrays(json, bytes, length, &lifted_length))
        return false;
    errno = 0;
    parse_lifted(json, lifted_length);
    if (json->root == NULL)
        return errno == ENOMEM ? mb_json_fail_memory(json) : fail_syntax(json, bytes, length);
    return true;
}

/* Counts keys and values up to item; true when it is below or at node. */
static bool count_to(const cJSON *node, const cJSON *item, size_t *count)
{
    if (node == item)
        return true;
    ++*count;
    for (const cJSON *child = node->child; child != NULL; child = child->next) {
        *count += cJSON_IsObject(node);
        if (count_to(child, item, count))
            return true;
    }
    return false;
}

size_t mb_json_place(const mb_json *json, const cJSON *item)
{
    size_t index = 0;
    bool is_found = count_to(json->root, item, &index);
    MB_ASSERT(json->keeps_places && is_found && index < json->place_count);
    return json->places[index];
}

size_t mb_json_key_place(const mb_json *json, const cJSON *item)
{
    size_t index = 0;
    bool is_found = count_to(json->root, item, &index);
    MB_ASSERT(json->keeps_places && is_found && index > 0 && index <= json->place_count);
    return json->places[index - 1];
}
