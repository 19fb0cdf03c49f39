#include "session/shard_cases.h"

#include "command/options_table.h"
#include "model/shard.h"
#include "session/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static mb_status set_shard(mb_options *options, const char *value, mb_error *error)
{
    if (mb_shard_parse(value, &options->shard_index, &options->shard_count))
        return MB_OK;
    return mb_option_usage(error, "shard", value, "one of a number of shards, such as 2/4");
}

static const mb_option_row rows[] = {
    {"Shards", "shard", 0, "I/N", MB_VERB_RUN, set_shard,
     "measure part I of N of the cases; membench merge puts the parts\ntogether, saves, compares and judges"},
};
const mb_option_table mb_options_shard = {rows, sizeof rows / sizeof rows[0]};

static mb_status describe_shard(mb_session *session, mb_error *error)
{
    const mb_options *options = session->options;
    uint64_t fingerprint = mb_fingerprint_plan(session);
    char plan[24];
    size_t filter_count = 0;
    while (mb_filter_option(options->filter, filter_count) != NULL)
        filter_count++;
    snprintf(plan, sizeof plan, "%016" PRIx64, fingerprint);
    mb_shard_info *shard = &session->run.shard;
    *shard = (mb_shard_info){
        .index = options->shard_index,
        .count = options->shard_count,
        .case_count = session->case_count,
        .plan = mb_arena_copy(&session->arena, plan),
        .filters = mb_arena_alloc(&session->arena, (filter_count + 1) * sizeof *shard->filters),
        .filter_count = filter_count,
    };
    if (shard->plan == NULL || shard->filters == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory");
    for (size_t i = 0; i < filter_count; i++)
        shard->filters[i] = mb_filter_option(options->filter, i);
    if (!options->seed_given)
        session->run.seed = fingerprint;
    return MB_OK;
}

mb_status mb_session_take_shard(mb_session *session, mb_error *error)
{
    const mb_options *options = session->options;
    if (options->shard_count == 0)
        return MB_OK;
    mb_status status = describe_shard(session, error);
    if (status != MB_OK)
        return status;
    size_t *owners = malloc((session->case_count + 1) * sizeof *owners), kept = 0;
    if (owners == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory");
    status = mb_shard_deal(session->case_count, session->run.seed, options->shard_count, owners, error);
    for (size_t c = 0; c < session->case_count && status == MB_OK; c++) {
        if (owners[c] != options->shard_index - 1)
            continue;
        session->results[kept] = session->results[c];
        session->cases[kept] = session->cases[c];
        mb_collector_init(&session->cases[kept].collector, &session->results[kept], &session->arena);
        kept++;
    }
    free(owners);
    if (status == MB_OK)
        session->case_count = kept;
    return status;
}
