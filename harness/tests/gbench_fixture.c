/* gbench_fixture.c: copies results, so that tests can look at them after the run. */
#include "tests/gbench_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void copy_text(char *to, size_t bytes, const char *from) { snprintf(to, bytes, "%s", from ? from : ""); }

void collect(const mb_gbench_result *result, void *context)
{
    struct copies *copies = context;
    CU_ASSERT_FATAL(copies->count < RESULTS_MAX);
    struct copy *copy = &copies->items[copies->count++];
    memset(copy, 0, sizeof *copy);
    copy_text(copy->name, sizeof copy->name, result->name);
    copy->arg_count = result->arg_count;
    copy->arg = result->arg_count > 0 ? result->args[result->arg_count - 1] : 0;
    copy->repetition = result->repetition;
    copy->repetition_count = result->repetition_count;
    copy->threads = result->threads;
    copy->status = result->status;
    copy_text(copy->message, sizeof copy->message, result->message);
    copy->iterations = result->iterations;
    copy->real_time_ns = result->real_time_ns.value;
    copy->cpu_time_ns = result->cpu_time_ns.value;
    copy_text(copy->real_missing, sizeof copy->real_missing, result->real_time_ns.missing);
    copy_text(copy->cpu_missing, sizeof copy->cpu_missing, result->cpu_time_ns.missing);
    copy_text(copy->label, sizeof copy->label, result->label);
    copy->counter_count = result->counter_count;
    if (result->counter_count > 0) {
        copy_text(copy->counter_name, sizeof copy->counter_name, result->counters[0].name);
        copy->counter = result->counters[0].figure.value;
        copy_text(copy->counter_missing, sizeof copy->counter_missing, result->counters[0].figure.missing);
    }
    CU_ASSERT(isfinite(copy->real_time_ns) && isfinite(copy->cpu_time_ns) && isfinite(copy->counter));
}

mb_status run_one(const mb_gbench_function *function, const mb_gbench_options *options, struct copies *copies)
{
    char message[TEXT_BYTES_MAX] = "";
    memset(copies, 0, sizeof *copies);
    mb_gbench *gbench = mb_gbench_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(gbench);
    CU_ASSERT_EQUAL_FATAL(mb_gbench_register(gbench, function, options, message, sizeof message), MB_OK);
    mb_status status = mb_gbench_run(gbench, NULL, collect, copies, message, sizeof message);
    mb_gbench_free(gbench);
    return status;
}

void body_tally(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)state;
    struct tally *tally = context;
    tally->batch_count++;
    tally->iteration_count += iterations;
    tally->last_iterations = iterations;
}

void setup_tally(mb_gbench_state *state, void *context)
{
    (void)state;
    ((struct tally *)context)->setup_count++;
}

void teardown_tally(mb_gbench_state *state, void *context)
{
    (void)state;
    ((struct tally *)context)->teardown_count++;
}
