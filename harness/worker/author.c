/* author.c: what the author's functions ask and say. Nothing here allocates. */
#include "worker/worker_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t mb_version(void) { return MB_VERSION_NUMBER; }

void *mb_state(mb_bench *b) { return b->state; }

const mb_case *mb_case_of(const mb_bench *b) { return b->given; }

/* Most names are the same literal in the case and in the call, of which the compiler made one: no need to compare. */
static size_t find_param(const mb_bench *b, const char *name)
{
    for (size_t p = 0; p < b->param_count; p++)
        if (b->definition.params[p].name == name)
            return p;
    for (size_t p = 0; p < b->param_count; p++)
        if (strcmp(b->definition.params[p].name, name) == 0)
            return p;
    fprintf(stderr, "%s: the case has no parameter \"%s\"\n", b->definition.group, name);
    abort();
}

uint64_t mb_param(const mb_bench *b, const char *name) { return b->values[find_param(b, name)]; }

const char *mb_param_label(const mb_bench *b, const char *name) { return b->labels[find_param(b, name)]; }

void mb_trim(mb_bench *b)
{
    if (b->pass != MB_PASS_TIME)
        mb_window_trim();
}

void mb_operations(mb_bench *b, uint64_t operation_count) { b->operation_count = operation_count; }

/* The last message counts, and with it whether memory was out. */
static mb_status say(mb_bench *b, mb_status status, bool out_of_memory, const char *format, va_list arguments)
{
    b->out_of_memory = out_of_memory;
    vsnprintf(b->message, sizeof b->message, format, arguments);
    return status;
}

mb_status mb_fail(mb_bench *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    mb_status status = say(b, MB_FAILED, false, format, arguments);
    va_end(arguments);
    return status;
}

mb_status mb_out_of_memory(mb_bench *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    mb_status status = say(b, MB_FAILED, true, format, arguments);
    va_end(arguments);
    return status;
}

mb_status mb_skip(mb_bench *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    mb_status status = say(b, MB_SKIPPED, false, format, arguments);
    va_end(arguments);
    return status;
}
