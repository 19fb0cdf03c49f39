#include "command/reading.h"

#include "base/clock.h"

static const char *get_id(void *context, size_t index)
{
    const mb_reading *reading = context;
    return reading->from->id(reading->from->context, index);
}

static bool find(void *context, const char *id, size_t *index)
{
    const mb_reading *reading = context;
    return mb_case_source_find(reading->from, id, index);
}

static void show(mb_reading *reading, size_t index)
{
    uint64_t now_ns = mb_now_ns();
    if (reading->what == NULL || !reading->progress.active || now_ns - reading->start_ns < MB_READING_QUIET_NS)
        return;
    mb_progress_view view = {
        .case_id = reading->what,
        .case_index = index + 1,
        .case_count = reading->from->case_count,
        .done_count = (reading->begun_count - 1) * reading->from->case_count + index,
        .total_count = reading->pass_count * reading->from->case_count,
        .elapsed_ns = now_ns - reading->start_ns,
    };
    mb_progress_update(&reading->progress, &view, now_ns);
}

static mb_status read_case(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    mb_reading *reading = context;
    show(reading, index);
    return reading->from->read(reading->from->context, index, arena, result, error);
}

void mb_reading_init(mb_reading *reading, const mb_case_source *from, size_t pass_count, const mb_options *options)
{
    *reading = (mb_reading){
        .source = {from->run, from->case_count, get_id, read_case, find, reading},
        .from = from,
        .pass_count = pass_count,
        .start_ns = mb_now_ns(),
    };
    mb_progress_start(&reading->progress, options->plan.is_quiet);
}

void mb_reading_begin(mb_reading *reading, const char *what)
{
    reading->begun_count++;
    reading->what = what;
}

void mb_reading_pause(mb_reading *reading)
{
    mb_progress_clear(&reading->progress);
    reading->what = NULL;
}
