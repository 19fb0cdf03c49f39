/* Values of options: read from text, checked, and set. */
#include "base/units.h"
#include "command/options_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mb_status mb_option_usage(mb_error *error, const char *option, const char *value, const char *wanted)
{
    return mb_error_set(error, MB_ERROR_USAGE, "--%s: \"%s\" is not %s", option, value, wanted);
}

mb_status mb_option_unsigned(const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *result,
                             mb_error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end != '\0' || errno != 0 || number < least || number > most) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu", (unsigned long long)least,
                 (unsigned long long)most);
        return mb_option_usage(error, option, value, wanted);
    }
    *result = number;
    return MB_OK;
}

mb_status mb_option_count(const char *option, const char *value, size_t least, size_t most, size_t *result,
                          mb_error *error)
{
    uint64_t number;
    mb_status status = mb_option_unsigned(option, value, least, most, &number, error);
    if (status == MB_OK)
        *result = (size_t)number;
    return status;
}

mb_status mb_option_time(const char *option, const char *value, uint64_t *result, mb_error *error)
{
    if (mb_parse_duration_ns(value, result))
        return MB_OK;
    return mb_option_usage(error, option, value, "a time such as 2, 2s or 500ms");
}

mb_status mb_option_fraction(const char *option, const char *value, double *result, mb_error *error)
{
    if (mb_parse_share(value, result))
        return MB_OK;
    return mb_option_usage(error, option, value, "a ratio such as 10% or 0.1");
}

bool mb_words_have(const char *words, const char *word, size_t *index)
{
    size_t length = strlen(word), at = 0;
    for (const char *next = words; *next != '\0'; at++) {
        size_t next_length = strcspn(next, " ");
        if (next_length == length && memcmp(next, word, length) == 0) {
            if (index != NULL)
                *index = at;
            return true;
        }
        next += next_length + (next[next_length] == ' ');
    }
    return false;
}

/* "auto, always or never" */
static void list_words(const char *words, char text[96])
{
    size_t used = 0;
    for (const char *next = words; *next != '\0' && used < 96;) {
        size_t length = strcspn(next, " ");
        const char *rest = next + length + (next[length] == ' ');
        const char *separator = next == words ? "" : *rest == '\0' ? " or " : ", ";
        used += (size_t)snprintf(text + used, 96 - used, "%s%.*s", separator, (int)length, next);
        next = rest;
    }
}

static mb_status set_choice(const mb_option_row *row, int *choice, const char *value, mb_error *error)
{
    char wanted[96];
    size_t index;
    list_words(row->words, wanted);
    if (!mb_words_have(row->words, value, &index))
        return mb_option_usage(error, row->name, value, wanted);
    *choice = (int)index;
    return MB_OK;
}

static mb_status set_size(const mb_option_row *row, uint64_t *size_bytes, const char *value, mb_error *error)
{
    uint64_t given_bytes;
    if (!mb_parse_bytes(value, &given_bytes) || given_bytes < row->least)
        return mb_option_usage(error, row->name, value, "a size such as 512MiB");
    *size_bytes = given_bytes;
    return MB_OK;
}

mb_status mb_option_set(const mb_option_row *row, mb_options *options, const char *value, mb_error *error)
{
    void *field = (char *)(row->is_of_part ? options->part : options) + row->at;
    switch (row->type) {
    case MB_OPTION_CUSTOM:
        return row->set(options, value, error);
    case MB_OPTION_FLAG:
        *(bool *)field = true;
        return MB_OK;
    case MB_OPTION_TEXT:
        *(const char **)field = value;
        return MB_OK;
    case MB_OPTION_TIME:
        return mb_option_time(row->name, value, field, error);
    case MB_OPTION_SIZE:
        return set_size(row, field, value, error);
    case MB_OPTION_COUNT:
        return mb_option_count(row->name, value, (size_t)row->least, (size_t)row->most, field, error);
    case MB_OPTION_SHARE:
        return mb_option_fraction(row->name, value, field, error);
    case MB_OPTION_CHOICE:
        return set_choice(row, field, value, error);
    }
    return MB_OK;
}
