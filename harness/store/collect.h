/* collect.h: from the events of workers to the results of a case.
 *
 *     each worker:  mb_sample_new ─▶ mb_sample_line, each line ─▶ mb_collector_add ─▶ mb_sample_free
 *     each case:    mb_collector_init ─▶ mb_collector_add or _fail, each sample ─▶ mb_collector_settle
 *     a listing:    mb_listing_init ─▶ mb_listing_line, each line ─▶ mb_listing_finish
 *
 * A sample counts whole or not at all: nothing of a worker that wrote something wrong enters the results. */
#ifndef MEMBENCH_STORE_COLLECT_H
#define MEMBENCH_STORE_COLLECT_H

#include "store/event.h"

enum { MB_SAMPLE_BYTES_MAX = 16 * 1024 * 1024 }; /* event text of one worker */

/* What one worker said so far. */
typedef struct mb_sample mb_sample;

/* NULL when memory is out. */
mb_sample *mb_sample_new(mb_pass pass);
void mb_sample_free(mb_sample *sample); /* NULL is fine */

/* Takes one line. On failure the sample is spoiled: later lines and mb_sample_check fail with the same message. */
MB_NODISCARD mb_status mb_sample_line(mb_sample *sample, const char *line, size_t length, mb_error *error);

/* Fails unless the worker has said all from hello to done in order. A done of another outcome than ok is complete. */
MB_NODISCARD mb_status mb_sample_check(const mb_sample *sample, mb_error *error);

mb_outcome mb_sample_outcome(const mb_sample *sample);  /* as done said; MB_OUTCOME_FAILED before done */
const char *mb_sample_message(const mb_sample *sample); /* of done, in the sample; NULL: it had none */

/* All lines taken so far, each ended by a newline: what the journal keeps. Alive until the next line. */
const char *mb_sample_text(const mb_sample *sample, size_t *length);

/* Gathers a case's samples. Plain and small: one a case; result and arena are borrowed. */
typedef struct mb_collector {
    mb_case_result *result;
    mb_arena *arena;                                       /* where the result's arrays grow */
    mb_pass counts_pass;                                   /* whose `count` events are taken; MB_PASS_PAGES at first */
    unsigned sample_count[MB_PASS_COUNT][MB_WINDOW_COUNT]; /* samples with that window (time: all under steady) */
    unsigned measured_count[MB_METRIC_COUNT];              /* samples that gave the metric */
    const char *missing[MB_METRIC_COUNT];                  /* first reason given */
} mb_collector;

void mb_collector_init(mb_collector *collector, mb_case_result *result, mb_arena *arena);

/* Appends a complete sample's values: metrics of its own pass only; regions in the pages pass; counts in counts_pass;
 * the k-th mark of a name in a window to the k-th of the case. A sample whose outcome is not ok adds no value and
 * sets outcome and message. On failure (sample incomplete or spoiled, memory out) nothing is changed. */
MB_NODISCARD mb_status mb_collector_add(mb_collector *collector, const mb_sample *sample, mb_error *error);

/* Notes that a worker ended badly: the case's outcome becomes the higher of the two, the message is copied. */
MB_NODISCARD mb_status mb_collector_fail(mb_collector *collector, mb_outcome outcome, const char *message,
                                         mb_error *error);

/* After the last sample: fills result->missing, and takes out metrics that only some of the samples had ("measured in
 * 3 of 10 samples"). May be called again after more samples, but what was taken out stays out. */
MB_NODISCARD mb_status mb_collector_settle(mb_collector *collector, mb_error *error);

/* The answer to MEMBENCH_ACTION=list. Everything lives in arena. Ids are unique. */
typedef struct mb_listing {
    mb_arena *arena;
    mb_hello hello;
    mb_listed_case *cases;
    size_t case_count;
    size_t line_count;
    bool said_hello, said_done;
    bool has_refused; /* the program itself says that it cannot; the error is its message */
} mb_listing;

void mb_listing_init(mb_listing *listing, mb_arena *arena);
MB_NODISCARD mb_status mb_listing_line(mb_listing *listing, const char *line, size_t length, mb_error *error);
MB_NODISCARD mb_status mb_listing_finish(mb_listing *listing, mb_error *error);

#endif
