/* Lists of metrics as people write them (--metrics anon,heap), from the table of metrics: for help, manual pages,
 * completions and messages. */
#include "command/metric_names.h"
#include "command/options_table.h"

#include <string.h>

const mb_metric_title mb_metric_titles[] = {
    {MB_METRICS_OF_CASES, "of cases"},
    {MB_METRICS_OF_COMMANDS, "of commands (exec)"},
    {MB_METRICS_GATING, "gate by default"},
    {MB_METRICS_ALL, NULL},
};

static bool is_listed(mb_quantity quantity, mb_metric_group group)
{
    bool is_of_command = quantity >= MB_QUANTITY_WORKER_COUNT;
    switch (group) {
    case MB_METRICS_OF_CASES:
        return !is_of_command;
    case MB_METRICS_OF_COMMANDS:
        return is_of_command;
    case MB_METRICS_GATING:
        return mb_quantity_get(quantity)->gates;
    case MB_METRICS_ALL:
        break;
    }
    return true;
}

void mb_metric_names(mb_metric_group group, const char *separator, char text[MB_METRIC_NAMES_BYTES])
{
    size_t length = 0;
    text[0] = '\0';
    for (int q = 0; q < MB_QUANTITY_COUNT; q++) {
        if (!is_listed((mb_quantity)q, group))
            continue;
        const char *name = mb_quantity_get((mb_quantity)q)->alias;
        int added = snprintf(text + length, MB_METRIC_NAMES_BYTES - length, "%s%s", length > 0 ? separator : "", name);
        MB_ASSERT(added > 0 && (size_t)added < MB_METRIC_NAMES_BYTES - length);
        length += (size_t)added;
    }
}

bool mb_verb_has_option(const mb_verb *verb, const char *name)
{
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++)
        if ((row->verbs & verb->mask) && strcmp(row->name, name) == 0)
            return true;
    return false;
}
