/* Parsing: one pass over the text, into nodes of an arena. */
#include "store/json_reader.h"

#include "base/grown.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    mb_json *json;
    const char *start, *at, *end;
    unsigned depth;
} parser;

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
    mb_arena_fini(&json->arena);
    free(json->numbers);
    free(json->array_ends);
    free(json->places);
    *json = (mb_json){0};
}

static bool fail_at(parser *p, const char *at, const char *problem)
{
    p->json->problem_offset = (size_t)(at - p->start);
    return mb_json_fail(p->json, "%s", problem);
}

static bool fail_syntax(parser *p)
{
    return fail_at(p, p->at, p->at < p->end && (unsigned char)*p->at < 0x20 ? "control byte" : "not valid JSON");
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
static bool note_place(parser *p)
{
    mb_json *json = p->json;
    if (!json->keeps_places)
        return true;
    if (!reserve(json, (void **)&json->places, json->place_count, &json->place_capacity, sizeof *json->places))
        return false;
    json->places[json->place_count++] = (size_t)(p->at - p->start);
    return true;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Takes one byte behind space; false, and nothing taken, when another one is there. */
static bool take(parser *p, char wanted)
{
    p->at = skip_space(p->at, p->end);
    if (p->at == p->end || *p->at != wanted)
        return false;
    p->at++;
    return true;
}

static bool take_hex(const char *at, const char *end, uint32_t *value)
{
    static const char digits[] = "0123456789abcdef";
    if (end - at < 4)
        return false;
    *value = 0;
    for (int i = 0; i < 4; i++) {
        const char *digit = at[i] != '\0' ? strchr(digits, at[i] >= 'A' && at[i] <= 'F' ? at[i] | 0x20 : at[i]) : NULL;
        if (digit == NULL)
            return false;
        *value = *value * 16 + (uint32_t)(digit - digits);
    }
    return true;
}

/* Undoes an escape behind its backslash; where it ends, or NULL. Never longer than what stood for it. */
static const char *unescape(const char *at, const char *end, char **to)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    static const unsigned char leads[] = {0xc0, 0xe0, 0xf0};
    const char *name = *at != '\0' ? strchr(names, *at) : NULL;
    uint32_t point, low;
    if (name != NULL) {
        *(*to)++ = meant[name - names];
        return at + 1;
    }
    if (*at != 'u' || !take_hex(at + 1, end, &point) || (point >= 0xdc00 && point < 0xe000))
        return NULL;
    at += 5;
    if (point >= 0xd800 && point < 0xdc00) { /* the first of two that are one character */
        if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || !take_hex(at + 2, end, &low) || low < 0xdc00 ||
            low >= 0xe000)
            return NULL;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    if (point < 0x80) {
        *(*to)++ = (char)point;
        return at;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    *(*to)++ = (char)(leads[more - 1] | point >> 6 * more);
    while (more-- > 0)
        *(*to)++ = (char)(0x80u | (point >> 6 * more & 0x3fu));
    return at;
}

/* Takes a string, opening quote first: its text in the arena, or NULL. */
static char *take_string(parser *p)
{
    const char *at = p->at + 1;
    bool is_escaped = false;
    if (!note_place(p))
        return NULL;
    for (; at < p->end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) {
            fail_at(p, at, "control byte in a string");
            return NULL;
        }
        if (*at != '\\')
            continue;
        is_escaped = true;
        if (p->end - at > 5 && memcmp(at, "\\u0000", 6) == 0) {
            fail_at(p, at, "NUL in a string");
            return NULL;
        }
        if (++at == p->end)
            break;
    }
    if (at >= p->end) {
        fail_at(p, p->end, "a string has no end");
        return NULL;
    }
    const char *from = p->at + 1;
    char *text = mb_arena_copy_length(&p->json->arena, from, (size_t)(at - from)), *to = text;
    if (text == NULL) {
        mb_json_fail_memory(p->json);
        return NULL;
    }
    while (is_escaped && from < at) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        p->at = from;
        if ((from = unescape(from + 1, at, &to)) == NULL) {
            fail_syntax(p);
            return NULL;
        }
    }
    if (is_escaped)
        *to = '\0';
    p->at = at + 1;
    return text;
}

static cJSON *new_node(parser *p, int type)
{
    cJSON *node = mb_arena_alloc(&p->json->arena, sizeof *node);
    if (node == NULL)
        mb_json_fail_memory(p->json);
    else
        node->type = type;
    return node;
}

static bool is_number_start(const char *at, const char *end)
{
    return at < end && (*at == '-' || (*at >= '0' && *at <= '9'));
}

static cJSON *take_number(parser *p)
{
    double value;
    const char *behind = mb_number_parse(p->at, p->end, &value);
    if (behind == NULL) {
        fail_at(p, p->at, "malformed number");
        return NULL;
    }
    cJSON *node = new_node(p, cJSON_Number);
    if (node != NULL)
        node->valuedouble = value;
    p->at = behind;
    return node;
}

/* Behind "[", in front of a number: takes the numbers, and the bracket, when all is numbers; *is_whole is false, and
 * what was taken is forgotten, when another value follows. */
static bool take_numbers(parser *p, cJSON *array, bool *is_whole)
{
    mb_json *json = p->json;
    size_t count_before = json->number_count;
    *is_whole = false;
    for (const char *at = p->at;;) {
        if (!reserve(json, (void **)&json->numbers, json->number_count, &json->number_capacity, sizeof *json->numbers))
            return false;
        double *value = &json->numbers[json->number_count];
        const char *behind = mb_number_parse(at, p->end, value);
        if (behind == NULL)
            return fail_at(p, at, "malformed number");
        if (!isfinite(*value))
            return fail_at(p, at, "number too large");
        json->number_count++;
        at = skip_space(behind, p->end);
        if (at < p->end && *at == ']') {
            if (!note_place(p) || !reserve(json, (void **)&json->array_ends, json->array_count, &json->array_capacity,
                                           sizeof *json->array_ends))
                return false;
            array->child = new_node(p, cJSON_Number);
            if (array->child == NULL)
                return false;
            array->child->valuedouble = (double)json->array_count;
            json->array_ends[json->array_count++] = json->number_count;
            p->at = at + 1;
            *is_whole = true;
            return true;
        }
        if (at == p->end || *at != ',')
            return fail_at(p, at, "expected , or ] behind a number");
        at = skip_space(at + 1, p->end);
        if (!is_number_start(at, p->end))
            break;
    }
    json->number_count = count_before;
    return true;
}

static cJSON *take_value(parser *p);

/* Members or elements up to the closing bracket, the opening one being taken. */
static bool take_children(parser *p, cJSON *node, char closing)
{
    cJSON **next = &node->child;
    if (take(p, closing))
        return true;
    do {
        char *key = NULL;
        p->at = skip_space(p->at, p->end);
        if (node->type == cJSON_Object) {
            if (p->at == p->end || *p->at != '"')
                return fail_syntax(p);
            if ((key = take_string(p)) == NULL)
                return false;
            if (!take(p, ':'))
                return fail_syntax(p);
        }
        if ((*next = take_value(p)) == NULL)
            return false;
        (*next)->string = key;
        next = &(*next)->next;
    } while (take(p, ','));
    return take(p, closing) || fail_syntax(p);
}

static cJSON *take_nested(parser *p)
{
    bool is_array = *p->at == '[', is_whole = false;
    if (p->depth >= MB_JSON_DEPTH_MAX) {
        fail_at(p, p->at, "nested too deeply");
        return NULL;
    }
    cJSON *node = note_place(p) ? new_node(p, is_array ? cJSON_Array : cJSON_Object) : NULL;
    if (node == NULL)
        return NULL;
    p->at = skip_space(p->at + 1, p->end);
    if (is_array && is_number_start(p->at, p->end) && !take_numbers(p, node, &is_whole))
        return NULL;
    p->depth++;
    if (!is_whole && !take_children(p, node, is_array ? ']' : '}'))
        return NULL;
    p->depth--;
    return node;
}

static cJSON *take_word(parser *p)
{
    static const struct {
        const char *text;
        int type;
    } words[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i].text);
        if ((size_t)(p->end - p->at) >= length && memcmp(p->at, words[i].text, length) == 0) {
            p->at += length;
            return new_node(p, words[i].type);
        }
    }
    fail_syntax(p);
    return NULL;
}

static cJSON *take_value(parser *p)
{
    p->at = skip_space(p->at, p->end);
    char c = p->at < p->end ? *p->at : '\0';
    if (c == '{' || c == '[')
        return take_nested(p);
    if (c == '"') {
        char *text = take_string(p);
        cJSON *node = text != NULL ? new_node(p, cJSON_String) : NULL;
        if (node != NULL)
            node->valuestring = text;
        return node;
    }
    if (!note_place(p))
        return NULL;
    return is_number_start(p->at, p->end) ? take_number(p) : take_word(p);
}

bool mb_json_parse(mb_json *json, const char *bytes, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order: some editors put it first */
    parser p = {json, bytes, bytes, bytes + length, 0};
    mb_arena_reset(&json->arena);
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
    if (length > 3 && memcmp(bytes, mark, 3) == 0)
        p.at += 3;
    cJSON *root = take_value(&p);
    if (root == NULL)
        return false;
    p.at = skip_space(p.at, p.end);
    if (p.at < p.end) /* nothing may follow the value */
        return fail_syntax(&p);
    json->root = root;
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
