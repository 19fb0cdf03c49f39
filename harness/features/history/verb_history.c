/* The verb history; history_run.c does it, history_absent.c where there is no SQLite. */
#include "command/complain.h"
#include "command/options.h"
#include "features/history/history_options.h"
#include "features/history/history_show.h"

/* clang-format off */
const mb_verb mb_verb_history = {
    .name = "history",
    .mask = MB_VERB_HISTORY,
    .synopsis = "[OPTIONS] record [FILE] | import FILE...\n"
                "       membench history [OPTIONS] list | show CASE | changes [CASE] | prune",
    .summary = "follow a case over commits: when did its level change?",
    .description =
        "Keeps runs in a database, by commit, branch and machine class (the properties that make two runs\n"
        "comparable). record adds the last run of this folder, or FILE, to the commit that is checked out; import\n"
        "adds old results of other commits. show draws the curve of a case; changes lists the commits where a\n"
        "level changed; prune removes old commits. Recording a run twice changes nothing.",
    .examples =
        "  membench -p ./my_bench && membench history record\n"
        "  membench history show memory_job_creation/100 --metrics heap\n"
        "  membench history changes --branch main\n"
        "  membench history import --commit v1.2 old-results.json\n"
        "  membench history show memory_job_creation/100 --format svg -o curve.svg\n"
        "  membench history prune --keep 1000\n",
    .operands = "record import list show changes prune",
    .options = &mb_options_history,
    .part_bytes = sizeof(mb_history_options),
    .run = mb_history_verb,
};
/* clang-format on */
