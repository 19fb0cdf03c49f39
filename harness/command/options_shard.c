#include "command/options_table.h"
#include "model/shard.h"

static mb_status set_shard(mb_options *options, const char *value, mb_error *error)
{
    if (mb_shard_parse(value, &options->plan.shard_index, &options->plan.shard_count))
        return MB_OK;
    return mb_option_usage(error, "shard", value, "one of a number of shards, such as 2/4");
}

static const mb_option_row rows[] = {
    {"Shards", "shard", 0, "I/N", MB_VERB_RUN, set_shard,
     "measure part I of N of the cases; membench merge puts the parts\ntogether, saves, compares and judges"},
};
const mb_option_table mb_options_shard = {rows, sizeof rows / sizeof rows[0]};
