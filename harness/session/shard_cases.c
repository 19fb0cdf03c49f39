#include "session/shard_cases.h"

#include "model/shard.h"
#include "session/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static mb_status describe_shard(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    uint64_t fingerprint = mb_fingerprint_plan(session);
    char text[24];
    size_t filter_count = 0;
    while (mb_filter_option(plan->filter, filter_count) != NULL)
        filter_count++;
    snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
    mb_shard_info *shard = &session->run.shard;
    *shard = (mb_shard_info){
        .index = plan->shard_index,
        .count = plan->shard_count,
        .case_count = session->case_count,
        .plan = mb_arena_copy(&session->arena, text),
        .filters = mb_arena_alloc(&session->arena, (filter_count + 1) * sizeof *shard->filters),
        .filter_count = filter_count,
    };
    if (shard->plan == NULL || shard->filters == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < filter_count; i++)
        shard->filters[i] = mb_filter_option(plan->filter, i);
    if (!plan->seed_given)
        session->run.seed = fingerprint;
    return MB_OK;
}

mb_status mb_session_take_shard(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    if (plan->shard_count == 0)
        return MB_OK;
    mb_status status = describe_shard(session, error);
    if (status != MB_OK)
        return status;
    size_t *owners = malloc((session->case_count + 1) * sizeof *owners), kept = 0;
    if (owners == NULL)
        return mb_error_no_memory(error);
    status = mb_shard_deal(session->case_count, session->run.seed, plan->shard_count, owners, error);
    for (size_t c = 0; c < session->case_count && status == MB_OK; c++) {
        if (owners[c] != plan->shard_index - 1)
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
