#include "store/sample.h"

#include <stdlib.h>
#include <string.h>

mb_sample *mb_sample_new(mb_pass pass)
{
    mb_sample *sample = calloc(1, sizeof *sample);
    if (sample == NULL)
        return NULL;
    sample->pass = pass;
    sample->open = MB_WINDOW_COUNT;
    sample->outcome = MB_OUTCOME_FAILED;
    return sample;
}

void mb_sample_free(mb_sample *sample)
{
    if (sample == NULL)
        return;
    mb_arena_fini(&sample->arena);
    free(sample->text);
    free(sample);
}

static mb_status refuse(const mb_sample *sample, const char *problem, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_FORMAT, "event line %zu: %s", sample->line_count, problem);
}

static mb_status keep_line(mb_sample *sample, const char *line, size_t length, mb_error *error)
{
    if (sample->text_length + length + 1 > MB_SAMPLE_BYTES_MAX)
        return refuse(sample, "the program wrote more than 16 MiB of events", error);
    if (sample->text_length + length + 2 > sample->text_capacity) {
        size_t capacity = (sample->text_length + length + 2) * 2;
        char *larger = realloc(sample->text, capacity);
        if (larger == NULL)
            return mb_error_set(error, MB_ERROR_SYSTEM, "event line %zu: out of memory", sample->line_count);
        sample->text = larger;
        sample->text_capacity = capacity;
    }
    memcpy(sample->text + sample->text_length, line, length);
    sample->text_length += length;
    memcpy(sample->text + sample->text_length++, "\n", 2);
    return MB_OK;
}

static mb_status take_begin(mb_sample *sample, mb_window window, mb_error *error)
{
    if (sample->pass == MB_PASS_TIME)
        return refuse(sample, "a window in the time pass", error);
    if (sample->open != MB_WINDOW_COUNT)
        return refuse(sample, "a window begins inside another", error);
    if (sample->windows[window].is_begun)
        return refuse(sample, "a window begins twice", error);
    sample->windows[window].is_begun = true;
    sample->open = window;
    return MB_OK;
}

static mb_status take_mark(mb_sample *sample, const mb_event *event, mb_error *error)
{
    mb_sample_window *window = &sample->windows[sample->open];
    if (window->mark_count == MB_MARKS_MAX)
        return refuse(sample, "more marks than a window may have", error);
    mb_sample_mark *mark = &window->marks[window->mark_count++];
    mark->name = event->mark.name;
    memcpy(mark->is_known, event->mark.is_known, sizeof mark->is_known);
    memcpy(mark->values, event->mark.values, sizeof mark->values);
    return MB_OK;
}

static mb_status take_region(mb_sample *sample, const mb_event *event, mb_error *error)
{
    mb_sample_window *window = &sample->windows[sample->open];
    if (window->region_count == MB_REGIONS_MAX)
        return refuse(sample, "more regions than a window may have", error);
    window->regions[window->region_count++] = (mb_sample_region){
        event->region.name, event->region.nominal_bytes, event->region.resident_bytes, event->region.is_resident_known};
    return MB_OK;
}

static mb_status take_count(mb_sample *sample, const mb_event *event, mb_error *error)
{
    mb_sample_window *window = &sample->windows[sample->open];
    size_t at = 0;
    while (at < window->count_count && strcmp(window->counts[at].name, event->count.name) != 0)
        at++;
    if (at == MB_SAMPLE_COUNTS_MAX)
        return refuse(sample, "more counts than a window may have", error);
    window->counts[at] = (mb_sample_count){event->count.name, event->count.value};
    if (at == window->count_count)
        window->count_count++;
    return MB_OK;
}

static mb_status take_end(mb_sample *sample, const mb_event *event)
{
    mb_sample_window *window = &sample->windows[sample->open];
    memcpy(window->is_known, event->end.is_known, sizeof window->is_known);
    memcpy(window->values, event->end.values, sizeof window->values);
    memcpy(window->missing, event->end.missing, sizeof window->missing);
    window->is_ended = true;
    sample->open = MB_WINDOW_COUNT;
    return MB_OK;
}

static mb_status take_time(mb_sample *sample, const mb_event *event, mb_error *error)
{
    if (sample->pass != MB_PASS_TIME)
        return refuse(sample, "times outside of the time pass", error);
    if (sample->said_time)
        return refuse(sample, "duplicate \"time\"", error);
    sample->said_time = true;
    sample->real_ns = event->time.real_ns;
    sample->cpu_ns = event->time.cpu_ns;
    sample->time_missing = event->time.missing;
    return MB_OK;
}

static mb_status take_done(mb_sample *sample, const mb_event *event, mb_error *error)
{
    bool is_ok = event->done.outcome == MB_OUTCOME_OK;
    bool has_window = sample->windows[MB_WINDOW_COLD].is_ended || sample->windows[MB_WINDOW_STEADY].is_ended;
    if (is_ok && sample->open != MB_WINDOW_COUNT)
        return refuse(sample, "done inside a window", error);
    if (is_ok && !(sample->pass == MB_PASS_TIME ? sample->said_time : has_window))
        return refuse(sample, "done, but nothing was measured", error);
    sample->said_done = true;
    sample->outcome = event->done.outcome;
    sample->message = event->done.message;
    sample->operation_count = event->done.operation_count;
    sample->random_request_count = event->done.random_request_count;
    return MB_OK;
}

static mb_status take(mb_sample *sample, const mb_event *event, mb_error *error)
{
    bool is_inside = sample->open != MB_WINDOW_COUNT;
    switch (event->kind) {
    case MB_EVENT_HELLO:
        if (sample->said_hello)
            return refuse(sample, "duplicate \"hello\"", error);
        sample->said_hello = true;
        return MB_OK;
    case MB_EVENT_BEGIN:
        return take_begin(sample, event->begin, error);
    case MB_EVENT_MARK:
        return is_inside ? take_mark(sample, event, error) : refuse(sample, "a mark outside of a window", error);
    case MB_EVENT_REGION:
        return is_inside ? take_region(sample, event, error) : refuse(sample, "a region outside of a window", error);
    case MB_EVENT_COUNT:
        return is_inside ? take_count(sample, event, error) : refuse(sample, "a count outside of a window", error);
    case MB_EVENT_END:
        return is_inside ? take_end(sample, event) : refuse(sample, "an end without a begin", error);
    case MB_EVENT_TIME:
        return take_time(sample, event, error);
    case MB_EVENT_DONE:
        return take_done(sample, event, error);
    case MB_EVENT_CASE:
    case MB_EVENT_PROGRESS:
    case MB_EVENT_UNKNOWN:
        return MB_OK;
    }
    return MB_OK;
}

mb_status mb_sample_line(mb_sample *sample, const char *line, size_t length, mb_error *error)
{
    mb_event event;
    mb_error *own = &sample->error;
    if (sample->is_spoiled)
        return mb_error_set(error, own->kind, "%s", own->message);
    sample->line_count++;
    mb_status status = MB_OK;
    if (sample->said_done)
        status = refuse(sample, "unexpected event after \"done\"", own);
    if (status == MB_OK)
        status = mb_event_parse(line, length, sample->line_count, &sample->arena, &event, own);
    if (status == MB_OK)
        status = keep_line(sample, line, length, own);
    if (status == MB_OK && !sample->said_hello && event.kind != MB_EVENT_HELLO && event.kind != MB_EVENT_UNKNOWN)
        status = refuse(sample, "the first event must be \"hello\"", own);
    if (status == MB_OK)
        status = take(sample, &event, own);
    if (status == MB_OK)
        return MB_OK;
    sample->is_spoiled = true;
    return mb_error_set(error, own->kind, "%s", own->message);
}

mb_status mb_sample_check(const mb_sample *sample, mb_error *error)
{
    if (sample->is_spoiled)
        return mb_error_set(error, sample->error.kind, "%s", sample->error.message);
    if (sample->line_count == 0)
        return mb_error_set(error, MB_ERROR_FORMAT,
                            "the program wrote no event: it is not a bench program, or it ended "
                            "before its first");
    if (!sample->said_done)
        return mb_error_set(error, MB_ERROR_FORMAT, "the program ended without \"done\", after event line %zu",
                            sample->line_count);
    return MB_OK;
}

mb_outcome mb_sample_outcome(const mb_sample *sample) { return sample->outcome; }

const char *mb_sample_message(const mb_sample *sample) { return sample->message; }

const char *mb_sample_text(const mb_sample *sample, size_t *length)
{
    *length = sample->text_length;
    return sample->text != NULL ? sample->text : "";
}
