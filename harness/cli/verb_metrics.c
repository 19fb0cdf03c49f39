/* `membench metrics`: what each metric is. */
#include "cli/verbs.h"
#include "command/complain.h"

#include <stdio.h>

static int run(const mb_options *options)
{
    mb_error error;
    if (options->operand_count > 0) {
        mb_error_set(&error, MB_ERROR_USAGE, "metrics takes no operands");
        return mb_complain(&error);
    }
    for (int q = 0; q < MB_QUANTITY_COUNT; q++) {
        const mb_quantity_info *info = mb_quantity_get((mb_quantity)q);
        printf("%-14s %-31s %s\n", info->alias, info->name, info->summary);
    }
    return mb_finish_output(MB_EXIT_OK);
}

/* clang-format off */
const mb_verb mb_verb_metrics = {
    .name = "metrics",
    .mask = MB_VERB_METRICS,
    .synopsis = "",
    .summary = "list the metrics, by short name and name",
    .description = "Lists the metrics that --metrics and --threshold take.",
    .examples = "  membench metrics\n",
    .run = run,
};
/* clang-format on */
