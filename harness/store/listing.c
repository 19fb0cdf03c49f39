/* The answer of a bench program to "which cases have you?". */
#include "model/series.h"
#include "store/collect.h"
#include "store/id_index.h"
#include "store/results_reader.h"

#include <string.h>

void mb_listing_init(mb_listing *listing, mb_arena *arena) { *listing = (mb_listing){.arena = arena}; }

static mb_status refuse(const mb_listing *listing, const char *problem, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_FORMAT, "event line %zu: %s", listing->line_count, problem);
}

static mb_status add_case(mb_listing *listing, const mb_listed_case *listed, mb_error *error)
{
    size_t count = listing->case_count;
    if (count == MB_RESULTS_CASES_MAX)
        return refuse(listing, "more cases than membench takes", error);
    if (listing->cases == NULL || mb_series_capacity(count + 1) != mb_series_capacity(count)) {
        mb_listed_case *larger = mb_arena_alloc(listing->arena, mb_series_capacity(count + 1) * sizeof *larger);
        if (larger == NULL)
            return mb_error_set(error, MB_ERROR_SYSTEM, "event line %zu: out of memory", listing->line_count);
        if (count > 0)
            memcpy(larger, listing->cases, count * sizeof *larger);
        listing->cases = larger;
    }
    listing->cases[listing->case_count++] = *listed;
    return MB_OK;
}

mb_status mb_listing_line(mb_listing *listing, const char *line, size_t length, mb_error *error)
{
    mb_event event;
    listing->line_count++;
    if (listing->said_done)
        return refuse(listing, "unexpected event after \"done\"", error);
    mb_status status = mb_event_parse(line, length, listing->line_count, listing->arena, &event, error);
    if (status != MB_OK)
        return status;
    if (!listing->said_hello && event.kind != MB_EVENT_HELLO && event.kind != MB_EVENT_UNKNOWN)
        return refuse(listing, "the first event must be \"hello\"", error);
    switch (event.kind) {
    case MB_EVENT_HELLO:
        if (listing->said_hello)
            return refuse(listing, "duplicate \"hello\"", error);
        listing->said_hello = true;
        listing->hello = event.hello;
        return MB_OK;
    case MB_EVENT_CASE:
        return add_case(listing, &event.listed, error);
    case MB_EVENT_DONE:
        if (event.done.outcome != MB_OUTCOME_OK) {
            listing->has_refused = true;
            return mb_error_set(error, MB_ERROR_FORMAT, "%s",
                                event.done.message != NULL ? event.done.message
                                                           : "cannot list its cases (no reason given)");
        }
        listing->said_done = true;
        return MB_OK;
    case MB_EVENT_BEGIN:
    case MB_EVENT_MARK:
    case MB_EVENT_REGION:
    case MB_EVENT_COUNT:
    case MB_EVENT_END:
    case MB_EVENT_TIME:
    case MB_EVENT_PROGRESS:
        return refuse(listing, "a sample's event in a listing", error);
    case MB_EVENT_UNKNOWN:
        return MB_OK;
    }
    return MB_OK;
}

mb_status mb_listing_finish(mb_listing *listing, mb_error *error)
{
    if (listing->line_count == 0)
        return mb_error_set(error, MB_ERROR_FORMAT, "the program wrote no event: it is not a bench program");
    if (!listing->said_done)
        return mb_error_set(error, MB_ERROR_FORMAT, "the program's list ends without \"done\"");
    mb_id_index ids = {0};
    mb_status status = MB_OK;
    for (size_t i = 0; i < listing->case_count && status == MB_OK; i++)
        if (!mb_id_index_append(&ids, listing->cases[i].result.id, i))
            status = mb_error_no_memory(error);
    const mb_id_entry *twice = status == MB_OK ? mb_id_index_sort(&ids) : NULL;
    if (twice != NULL)
        status = mb_error_set(error, MB_ERROR_FORMAT, "the program lists the case \"%s\" twice", twice->id);
    mb_id_index_fini(&ids);
    return status;
}
