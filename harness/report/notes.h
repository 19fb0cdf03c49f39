/* notes.h: the reasons why numbers are missing, each kept once and given a number, for the foot of a report. */
#ifndef MEMBENCH_REPORT_NOTES_H
#define MEMBENCH_REPORT_NOTES_H

#include "base/arena.h"
#include "model/metric.h"

enum { MB_NOTES_MAX = 32 };

typedef struct mb_note {
    const char *reason; /* copied */
    bool metrics[MB_METRIC_COUNT];
} mb_note;

typedef struct mb_notes {
    mb_note notes[MB_NOTES_MAX];
    size_t count;
    bool has_more; /* a reason found no place */
    mb_arena arena;
} mb_notes; /* zeroed is empty and ready; mb_notes_fini frees it */

/* Number of the reason, from 1, or 0 when there is no place for another. */
size_t mb_notes_add(mb_notes *notes, mb_metric metric, const char *reason);

/* The metrics of a note as "heap, calls, cold heap", cut at size. */
void mb_note_labels(const mb_note *note, char *text, size_t size);

void mb_notes_fini(mb_notes *notes);

#endif
