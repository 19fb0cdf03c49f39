#include "session/shard_cases.h"

#include "model/shard.h"
#include "session/session_fingerprint.h"

#include <stdlib.h>

static mb_status describe_shard(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    char text[MB_FINGERPRINT_BYTES];
    mb_fingerprint parts;
    mb_status status = mb_session_plan_fingerprint(session, &parts, error);
    if (status != MB_OK)
        return status;
    uint64_t hash = mb_fingerprint_hash(&parts, text);
    size_t filter_count = 0;
    while (mb_filter_option(plan->filter, filter_count) != NULL)
        filter_count++;
    mb_shard_info *shard = &session->run.shard;
    *shard = (mb_shard_info){
        .index = plan->shard_index,
        .count = plan->shard_count,
        .case_count = session->case_count,
        .plan = mb_arena_copy(&session->arena, text),
        .parts = parts,
        .filters = mb_arena_alloc(&session->arena, (filter_count + 1) * sizeof *shard->filters),
        .filter_count = filter_count,
    };
    if (shard->plan == NULL || shard->filters == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < filter_count; i++)
        shard->filters[i] = mb_filter_option(plan->filter, i);
    if (!plan->seed_given)
        session->run.seed = hash;
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
