#include "model/metric.h"

#include <string.h>

#define INFO(id, ...) [id] = {__VA_ARGS__},
static const mb_quantity_info quantities[MB_QUANTITY_COUNT] = {
    MB_WINDOWED_QUANTITIES(INFO) MB_BETWEEN_QUANTITIES(INFO) MB_TIME_QUANTITIES(INFO) MB_COMMAND_QUANTITIES(INFO)};

static const char *const pass_names[MB_PASS_COUNT] = {"pages", "heap", "time", "exec"};
static const char *const window_names[MB_WINDOW_COUNT] = {"cold", "steady"};

const mb_quantity_info *mb_quantity_get(mb_quantity quantity) { return &quantities[quantity]; }
const char *mb_pass_name(mb_pass pass) { return pass_names[pass]; }
const char *mb_window_name(mb_window window) { return window_names[window]; }

mb_metric mb_metric_of(mb_quantity quantity, mb_window window)
{
    if (quantity >= MB_QUANTITY_WINDOWED_COUNT)
        return MB_QUANTITY_WINDOWED_COUNT + (int)quantity;
    return (int)window * MB_QUANTITY_WINDOWED_COUNT + (int)quantity;
}

mb_quantity mb_metric_quantity(mb_metric metric)
{
    return (mb_quantity)(metric < MB_QUANTITY_WINDOWED_COUNT ? metric : metric - MB_QUANTITY_WINDOWED_COUNT);
}

bool mb_metric_has_window(mb_metric metric) { return mb_metric_quantity(metric) < MB_QUANTITY_WINDOWED_COUNT; }
bool mb_metric_is_of_worker(mb_metric metric) { return mb_metric_quantity(metric) < MB_QUANTITY_WORKER_COUNT; }

mb_window mb_metric_window(mb_metric metric)
{
    return metric < MB_QUANTITY_WINDOWED_COUNT ? MB_WINDOW_COLD : MB_WINDOW_STEADY;
}

const mb_quantity_info *mb_metric_info(mb_metric metric) { return &quantities[mb_metric_quantity(metric)]; }

const char *mb_metric_unit(mb_metric metric)
{
    static const char *const units[] = {[MB_KIND_BYTES] = "bytes", [MB_KIND_COUNT] = "count", [MB_KIND_NS] = "ns"};
    return units[mb_metric_info(metric)->kind];
}

const char *mb_metric_name(mb_metric metric)
{
    static char names[MB_METRIC_COUNT][MB_METRIC_NAME_BYTES_MAX];
    char *name = names[metric];
    if (name[0] == '\0') {
        const char *base = mb_metric_info(metric)->name;
        size_t prefix_length = 0;
        if (mb_metric_has_window(metric)) {
            const char *window = window_names[mb_metric_window(metric)];
            prefix_length = strlen(window) + 1;
            memcpy(name, window, prefix_length - 1);
            name[prefix_length - 1] = '_';
        }
        memcpy(name + prefix_length, base, strlen(base) + 1);
    }
    return name;
}

mb_metric mb_metric_find(const char *name, size_t length)
{
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        const char *candidate = mb_metric_name(metric);
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return metric;
    }
    return -1;
}

static bool equals(const char *text, const char *word, size_t length)
{
    return strlen(text) == length && memcmp(text, word, length) == 0;
}

bool mb_metric_select(const char *word, size_t length, bool selected[])
{
    bool windows[MB_WINDOW_COUNT] = {true, true};
    for (int w = 0; w < MB_WINDOW_COUNT; w++) {
        size_t prefix_length = strlen(window_names[w]);
        if (length > prefix_length + 1 && memcmp(word, window_names[w], prefix_length) == 0 &&
            word[prefix_length] == '_') {
            windows[1 - w] = false;
            word += prefix_length + 1;
            length -= prefix_length + 1;
            break;
        }
    }
    bool found = false;
    bool prefixed = !(windows[0] && windows[1]);
    for (int q = 0; q < MB_QUANTITY_COUNT; q++) {
        if (!equals(quantities[q].name, word, length) && !equals(quantities[q].alias, word, length))
            continue;
        if (prefixed && q >= MB_QUANTITY_WINDOWED_COUNT)
            continue;
        for (int w = 0; w < MB_WINDOW_COUNT; w++)
            if (windows[w])
                selected[mb_metric_of((mb_quantity)q, (mb_window)w)] = true;
        found = true;
    }
    return found;
}

bool mb_metric_can_gate(mb_metric metric) { return !mb_metric_info(metric)->is_low_end; }
