/* Lines, arguments, and what the name of a case says. */
#include "base/error.h"
#include "frameworks/frameworks.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mb_arguments_add(mb_arguments *arguments, const char *format, ...)
{
    size_t free_bytes = sizeof arguments->text - arguments->used;
    va_list values;
    va_start(values, format);
    int length = vsnprintf(arguments->text + arguments->used, free_bytes, format, values);
    va_end(values);
    MB_ASSERT(length >= 0 && (size_t)length < free_bytes && arguments->count < MB_FRAMEWORK_WORDS_MAX - 1);
    arguments->words[arguments->count++] = arguments->text + arguments->used;
    arguments->used += (size_t)length + 1;
}

void mb_lines_walk(const char *text, void (*take)(char *line, void *context), void *context)
{
    static char line[4096];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n"), kept = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, text, kept);
        line[kept] = '\0';
        take(line, context);
        text += length + (text[length] == '\n');
    }
}

typedef struct part { /* of an id, between two slashes */
    const char *start, *digits;
    size_t length, digits_length;
} part;

enum { DIGITS_MAX = 15 /* below 2^53 */ };

/* "64", or "size:64". */
static bool read_number(part *p)
{
    const char *colon = memchr(p->start, ':', p->length);
    p->digits = colon != NULL ? colon + 1 : p->start;
    p->digits_length = p->length - (size_t)(p->digits - p->start);
    bool is_number = p->digits_length > 0 && p->digits_length <= DIGITS_MAX && colon != p->start &&
                     p->digits - p->start <= MB_NAME_BYTES_MAX;
    for (size_t i = 0; i < p->digits_length; i++)
        is_number = is_number && p->digits[i] >= '0' && p->digits[i] <= '9';
    return is_number;
}

static bool begins(const part *p, const char *word)
{
    return p->length >= strlen(word) && memcmp(p->start, word, strlen(word)) == 0;
}

/* What Google Benchmark appends that says how, not what. */
static bool is_modifier(const part *p)
{
    static const char *const words[] = {
        "min_time:", "min_warmup_time:", "repeats:", "process_time", "real_time", "manual_time"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (begins(p, words[i]))
            return true;
    return false;
}

static void tell_param(const part *p, size_t unnamed_index, size_t unnamed_count)
{
    char name[MB_NAME_BYTES_MAX], digits[DIGITS_MAX + 1];
    if (p->digits > p->start)
        snprintf(name, sizeof name, "%.*s", (int)(p->digits - p->start - 1), p->start);
    else if (unnamed_count == 1)
        snprintf(name, sizeof name, "n");
    else
        snprintf(name, sizeof name, "n%zu", unnamed_index);
    snprintf(digits, sizeof digits, "%.*s", (int)p->digits_length, p->digits);
    mb_event_open(NULL, '{');
    mb_event_string("name", name);
    mb_event_unsigned("value", strtoull(digits, NULL, 10));
    mb_event_close('}');
}

/* The last parts of the id, from its end, while they are numbers or modifiers; the first one is never among them. */
static size_t find_parts(const char *id, part parts[MB_PARAMS_MAX], bool *has_threads, char modifiers[MB_ID_BYTES_MAX],
                         size_t *base_length)
{
    size_t count = 0;
    const char *end = id + strlen(id);
    modifiers[0] = '\0';
    for (;;) {
        const char *slash = memrchr(id, '/', (size_t)(end - id));
        if (slash == NULL || slash == id)
            break;
        part p = {.start = slash + 1, .length = (size_t)(end - slash - 1)};
        if (is_modifier(&p)) {
            char rest[MB_ID_BYTES_MAX];
            snprintf(rest, sizeof rest, "%s", modifiers);
            snprintf(modifiers, MB_ID_BYTES_MAX, "%.*s%s%.200s", (int)p.length, p.start, *rest != '\0' ? "/" : "",
                     rest);
        } else if (read_number(&p) && count < MB_PARAMS_MAX) {
            *has_threads = *has_threads || (begins(&p, "threads:") && memcmp(p.digits, "1/", 2) != 0);
            parts[count++] = p;
        } else {
            break;
        }
        end = slash;
    }
    *base_length = (size_t)(end - id);
    return count;
}

void mb_framework_tell_case(const char *id)
{
    part parts[MB_PARAMS_MAX];
    char modifiers[MB_ID_BYTES_MAX], group[MB_ID_BYTES_MAX];
    bool has_threads = false;
    size_t base_length, unnamed_count = 0, unnamed_index = 0;
    size_t count = find_parts(id, parts, &has_threads, modifiers, &base_length);
    snprintf(group, sizeof group, "%.*s", (int)base_length, id);
    for (size_t i = 0; i < count; i++)
        unnamed_count += parts[i].digits == parts[i].start;
    mb_event_begin("case");
    mb_event_string("id", id);
    mb_event_string("group", group);
    mb_event_string("function", *modifiers != '\0' ? modifiers : NULL);
    mb_event_open("params", '[');
    for (size_t i = count; i-- > 0;) {
        unnamed_index += parts[i].digits == parts[i].start;
        tell_param(&parts[i], unnamed_index, unnamed_count);
    }
    mb_event_close(']');
    mb_event_open("flags", '[');
    if (has_threads)
        mb_event_string(NULL, "threads");
    mb_event_string(NULL, "from_start");
    mb_event_close(']');
    mb_event_send();
}

void mb_framework_tell_test(const char *id, const char *group)
{
    mb_event_begin("case");
    mb_event_string("id", id);
    mb_event_string("group", group);
    mb_event_send();
}

bool mb_framework_refuses(const char *name, char message[MB_MESSAGE_BYTES_MAX])
{
    if (strlen(name) < MB_ID_BYTES_MAX)
        return false;
    snprintf(message, MB_MESSAGE_BYTES_MAX, "a name has more than %d bytes: give it a shorter one: %.200s",
             MB_ID_BYTES_MAX - 1, name);
    return true;
}

const char *mb_framework_no_name(const char *id, char name[MB_ID_BYTES_MAX])
{
    snprintf(name, MB_ID_BYTES_MAX, "%s", id);
    for (size_t i = strlen(name); i-- > 0;)
        if (isalnum((unsigned char)name[i])) { /* not one that has to be quoted */
            name[i] = '\001';
            break;
        }
    return name;
}
