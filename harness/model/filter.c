#include "model/filter.h"

#include "base/pattern.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_OPTION "--filter="
#define EXACT_OPTION "--exact="

typedef struct term {
    struct term *next;
    bool is_negative;
    char *option;      /* as the command line would have it */
    const char *exact; /* end of option, or NULL: expression */
    regex_t expression;
} term;

struct mb_filter {
    term *terms;
    bool has_positive;
};

mb_filter *mb_filter_new(void) { return calloc(1, sizeof(mb_filter)); }

void mb_filter_free(mb_filter *filter)
{
    if (filter == NULL)
        return;
    for (term *t = filter->terms; t != NULL;) {
        term *next = t->next;
        if (t->exact == NULL)
            regfree(&t->expression);
        free(t->option);
        free(t);
        t = next;
    }
    free(filter);
}

static bool name_option(term *t, const char *option, const char *value)
{
    size_t size = strlen(option) + strlen(value) + 1;
    t->option = malloc(size);
    if (t->option != NULL)
        snprintf(t->option, size, "%s%s", option, value);
    return t->option != NULL;
}

static void push(mb_filter *filter, term *t)
{
    t->next = filter->terms;
    filter->terms = t;
    if (!t->is_negative)
        filter->has_positive = true;
}

mb_status mb_filter_add(mb_filter *filter, const char *expression, mb_error *error)
{
    term *t = calloc(1, sizeof *t);
    if (t == NULL || !name_option(t, FILTER_OPTION, expression)) {
        free(t);
        return mb_error_no_memory(error);
    }
    t->is_negative = expression[0] == '-';
    const char *body = expression + (t->is_negative ? 1 : 0);
    if (*body == '\0') {
        free(t->option);
        free(t);
        return mb_error_set(error, MB_ERROR_USAGE, "--filter: an empty expression would match every case");
    }
    int code = mb_pattern_compile(&t->expression, body, REG_NOSUB);
    if (code == REG_ESPACE) {
        free(t->option);
        free(t);
        return mb_error_no_memory(error);
    }
    if (code != 0) {
        char reason[128];
        regerror(code, &t->expression, reason, sizeof reason);
        free(t->option);
        free(t);
        return mb_error_set(error, MB_ERROR_USAGE, "invalid regular expression \"%.200s\": %s", body, reason);
    }
    push(filter, t);
    return MB_OK;
}

mb_status mb_filter_add_exact(mb_filter *filter, const char *id, mb_error *error)
{
    term *t = calloc(1, sizeof *t);
    if (t == NULL || !name_option(t, EXACT_OPTION, id)) {
        free(t);
        return mb_error_no_memory(error);
    }
    t->exact = t->option + strlen(EXACT_OPTION);
    push(filter, t);
    return MB_OK;
}

mb_status mb_filter_match(const mb_filter *filter, const char *id, bool *matches, mb_error *error)
{
    bool matched = !filter->has_positive;
    for (const term *t = filter->terms; t != NULL; t = t->next) {
        if (matched && !t->is_negative)
            continue;
        bool hit = t->exact != NULL && strcmp(t->exact, id) == 0;
        if (t->exact == NULL && mb_pattern_match(&t->expression, id, 0, NULL, &hit) != MB_OK)
            return mb_error_no_memory(error);
        if (hit && t->is_negative) {
            *matches = false;
            return MB_OK;
        }
        matched |= hit;
    }
    *matches = matched;
    return MB_OK;
}

const char *mb_filter_option(const mb_filter *filter, size_t index)
{
    size_t count = 0;
    for (const term *t = filter->terms; t != NULL; t = t->next)
        count++;
    if (index >= count)
        return NULL;
    const term *t = filter->terms; /* the last one first */
    for (size_t i = count - 1; i > index; i--)
        t = t->next;
    return t->option;
}

mb_status mb_filter_add_option(mb_filter *filter, const char *option, mb_error *error)
{
    if (strncmp(option, FILTER_OPTION, strlen(FILTER_OPTION)) == 0)
        return mb_filter_add(filter, option + strlen(FILTER_OPTION), error);
    if (strncmp(option, EXACT_OPTION, strlen(EXACT_OPTION)) == 0)
        return mb_filter_add_exact(filter, option + strlen(EXACT_OPTION), error);
    return mb_error_set(error, MB_ERROR_FORMAT, "\"%.100s\" is not a filter", option);
}

bool mb_filter_is_empty(const mb_filter *filter) { return filter->terms == NULL; }

bool mb_filter_has_positive(const mb_filter *filter) { return filter->has_positive; }
