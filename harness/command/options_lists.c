/* Options that take a list of words: metrics, passes, thresholds. */
#include "base/units.h"
#include "command/metric_names.h"
#include "command/options.h"
#include "heap/function_shapes.h"

#include "judge/allowance.h"
#include <string.h>

/* Calls visit for each word of a list that commas part. */
static mb_status for_each_word(const char *text, void *context, mb_error *error,
                               mb_status (*visit)(const char *word, size_t length, void *context, mb_error *error))
{
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        mb_status status = visit(word, length, context, error);
        if (status != MB_OK)
            return status;
        word += length;
        if (*word == '\0')
            return MB_OK;
    }
}

static mb_status unknown_metric(const char *option, const char *word, size_t length, mb_error *error)
{
    char text[MB_METRIC_UNKNOWN_BYTES];
    return mb_error_set(error, MB_ERROR_USAGE, "--%s: %s", option, mb_metric_unknown(word, length, text));
}

static mb_status visit_metric(const char *word, size_t length, void *context, mb_error *error)
{
    mb_options *options = context;
    if (!options->plan.metrics_chosen)
        memset(options->plan.metrics, 0, sizeof options->plan.metrics);
    options->plan.metrics_chosen = true;
    return mb_metric_select(word, length, options->plan.metrics) ? MB_OK
                                                                 : unknown_metric("metrics", word, length, error);
}

mb_status mb_options_set_metrics(mb_options *options, const char *value, mb_error *error)
{
    return for_each_word(value, options, error, visit_metric);
}

static mb_status visit_pass(const char *word, size_t length, void *context, mb_error *error)
{
    mb_options *options = context;
    for (int p = 0; p < MB_PASS_WORKER_COUNT; p++) {
        const char *name = mb_pass_name((mb_pass)p);
        if (strlen(name) == length && memcmp(name, word, length) == 0) {
            options->plan.passes[p] = true;
            return MB_OK;
        }
    }
    return mb_error_set(error, MB_ERROR_USAGE, "--passes: \"%.*s\" is not pages, heap or time", (int)length, word);
}

mb_status mb_options_set_passes(mb_options *options, const char *value, mb_error *error)
{
    memset(options->plan.passes, 0, sizeof options->plan.passes);
    return for_each_word(value, options, error, visit_pass);
}

mb_status mb_options_set_heap_functions(mb_options *options, const char *value, mb_error *error)
{
    char name[MB_HEAP_FUNCTION_BYTES];
    mb_heap_shape shape;
    size_t counts[MB_HEAP_SHAPE_COUNT] = {0};
    if (*value == '\0')
        return mb_error_set(error, MB_ERROR_USAGE, "--heap-functions: name functions: mi_malloc,mi_free");
    for (const char *at = value; mb_heap_function_next(&at, name, &shape);) {
        if (name[0] == '\0' || strpbrk(name, " \t/") != NULL)
            return mb_error_set(error, MB_ERROR_USAGE, "--heap-functions: \"%.200s\" has an entry that is not a name",
                                value);
        if (shape == MB_HEAP_SHAPE_COUNT)
            return mb_error_set(
                error, MB_ERROR_USAGE,
                "--heap-functions: unknown signature of %s: give it (%s=malloc, …=free) as one of malloc, "
                "calloc, realloc, free, memalign, aligned_alloc, malloc_aligned, mallocx, rallocx, dallocx, "
                "sdallocx",
                name, name);
        if (++counts[shape] > MB_HEAP_FUNCTIONS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--heap-functions: more than %d functions of one kind",
                                MB_HEAP_FUNCTIONS_MAX);
    }
    options->plan.heap_functions = value;
    return MB_OK;
}

static mb_status visit_threshold(const char *word, size_t length, void *context, mb_error *error)
{
    mb_options *options = context;
    const char *sign = memchr(word, '=', length);
    const char *number = sign == NULL ? word : sign + 1;
    char text[32];
    mb_threshold said;
    size_t number_length = (size_t)(word + length - number);
    if (number_length < sizeof text) {
        memcpy(text, number, number_length);
        text[number_length] = '\0';
    }
    if (number_length >= sizeof text || !mb_parse_threshold(text, &said))
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--threshold: \"%.*s\" is neither a ratio nor a size: 10%%, anon=5%%, heap=4KiB, 10%%+4KiB",
                            (int)length, word);
    bool selected[MB_METRIC_COUNT] = {false};
    if (sign == NULL)
        memset(selected, true, sizeof selected);
    else if (!mb_metric_select(word, (size_t)(sign - word), selected))
        return unknown_metric("threshold", word, (size_t)(sign - word), error);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (selected[m] && mb_policy_allow(&options->plan.policy, m, &said)) {
            if (sign != NULL && mb_metric_can_gate(m)) /* a threshold of its own asks that the metric gates */
                options->plan.policy.gates[m] = true;
            options->plan.threshold_given[m] = true;
        } else if (selected[m] && sign != NULL) {
            return mb_error_set(error, MB_ERROR_USAGE, "--threshold: %.*s: %s is not measured in that unit",
                                (int)length, word, mb_metric_name(m));
        }
    return MB_OK;
}

mb_status mb_options_set_threshold(mb_options *options, const char *text, mb_error *error)
{
    return for_each_word(text, options, error, visit_threshold);
}
