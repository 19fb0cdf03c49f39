#include "session/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t hash_text(uint64_t hash, const char *text) /* FNV-1a, with the terminator as a separator */
{
    do
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    while (*text++ != '\0');
    return hash;
}

static uint64_t hash_text_if(uint64_t hash, const char *text) { return hash_text(hash, text != NULL ? text : ""); }

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    return hash_text(hash, digits);
}

static uint64_t hash_cases(uint64_t hash, const mb_session *session)
{
    const mb_plan *plan = session->plan;
    for (size_t c = 0; c < session->case_count; c++)
        hash = hash_text(hash, session->results[c].id);
    hash = hash_number(hash, (uint64_t)plan->warm_up_iterations);
    hash = hash_number(hash, plan->warm_up_time_ns);
    hash = hash_number(hash, plan->measurement_time_ns);
    hash = hash_number(hash, plan->memory_limit_bytes);
    hash = hash_number(hash, plan->thp);
    return hash_text_if(hash, plan->allocator);
}

static uint64_t hash_begin(const mb_session *session)
{
    uint64_t hash = hash_text(0xcbf29ce484222325u, session->run.membench_version);
    return hash_text(hash, session->run.rss_source);
}

uint64_t mb_fingerprint_run(const mb_session *session)
{
    uint64_t hash = hash_begin(session);
    for (size_t p = 0; p < session->run.program_count; p++) {
        hash = hash_text(hash, session->run.programs[p].path);
        hash = hash_text(hash, session->run.programs[p].build_id);
        hash = hash_text(hash, session->run.programs[p].allocator);
    }
    hash = hash_cases(hash, session);
    hash = hash_number(hash, session->run.shard.index);
    return hash_number(hash, session->run.shard.count);
}

uint64_t mb_fingerprint_plan(const mb_session *session)
{
    const mb_plan *plan = session->plan;
    uint64_t hash = hash_begin(session);
    for (size_t p = 0; p < session->run.program_count; p++) {
        const char *slash = strrchr(session->run.programs[p].path, '/');
        hash = hash_text(hash, slash != NULL ? slash + 1 : session->run.programs[p].path);
        hash = hash_text(hash, session->run.programs[p].build_id);
    }
    hash = hash_cases(hash, session);
    for (size_t i = 0; mb_filter_option(plan->filter, i) != NULL; i++)
        hash = hash_text(hash, mb_filter_option(plan->filter, i));
    for (int pass = 0; pass < MB_PASS_COUNT; pass++)
        hash = hash_number(hash, plan->passes[pass]);
    hash = hash_number(hash, plan->no_time);
    hash = hash_number(hash, plan->quick);
    hash = hash_number(hash, plan->sample_size);
    hash = hash_number(hash, plan->save_baseline != NULL);
    return hash_text_if(hash, plan->baseline);
}
