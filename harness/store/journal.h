/* journal.h: finished samples, one line each, appended as they come, so that an interrupted run can go on.
 *
 *     first run:  mb_journal_create ─▶ mb_journal_append … ─▶ mb_journal_close
 *     --resume:   mb_journal_resume (gives back every sample) ─▶ mb_journal_append … ─▶ mb_journal_close
 *
 * Each line is one write, so only the last one can be torn: resume cuts it off. Anything else wrong is refused. */
#ifndef MEMBENCH_STORE_JOURNAL_H
#define MEMBENCH_STORE_JOURNAL_H

#include "base/error.h"
#include "model/metric.h"
#include "model/result.h"

enum { MB_JOURNAL_FORMAT = 1 };

typedef struct mb_journal_header {
    const char *fingerprint; /* hash of parts: a journal resumes only what it was begun with */
    mb_fingerprint parts;    /* what decided what was measured; none in journals of older membenches */
    uint64_t seed;
    const char *date;
} mb_journal_header;

typedef struct mb_journal_sample {
    const char *case_id;
    size_t program;
    mb_pass pass;
    size_t sample_index;
    mb_outcome outcome;  /* of the worker */
    const char *message; /* when it is not ok, or NULL */
    const char *events;  /* the worker's lines, each ended by a newline (mb_sample_text); may be empty */
    size_t events_length;
} mb_journal_sample;

typedef struct mb_journal mb_journal;

/* Makes path again with the header line; an existing file is an error. */
MB_NODISCARD mb_status mb_journal_create(const char *path, const mb_journal_header *header, mb_journal **journal,
                                         mb_error *error);

/* What resume calls for each sample, in the order written; all of it is borrowed for the call. A failure ends it. */
typedef mb_status (*mb_journal_visit)(void *context, const mb_journal_sample *sample, mb_error *error);

/* Reads header and samples; visit may be NULL. header's strings live in arena. A torn last line is left out. */
MB_NODISCARD mb_status mb_journal_read(const char *path, mb_arena *arena, mb_journal_header *header,
                                       mb_journal_visit visit, void *context, mb_error *error);

/* Reads the journal and opens it for more. wanted's fingerprint must be the journal's; else MB_ERROR_USAGE names the
 * part that differs. */
MB_NODISCARD mb_status mb_journal_resume(const char *path, const mb_journal_header *wanted, mb_arena *arena,
                                         mb_journal_header *header, mb_journal_visit visit, void *context,
                                         mb_journal **journal, mb_error *error);

MB_NODISCARD mb_status mb_journal_append(mb_journal *journal, const mb_journal_sample *sample, mb_error *error);

void mb_journal_close(mb_journal *journal); /* NULL is fine; the file stays */

#endif
