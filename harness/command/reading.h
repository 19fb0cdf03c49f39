/* reading.h: the progress line of going through a stored run's cases, where there are so many that it takes long.
 *
 * A source of cases in front of another one, which says on a terminal how far it is: whatever reads them need not know.
 */
#ifndef MEMBENCH_COMMAND_READING_H
#define MEMBENCH_COMMAND_READING_H

#include "base/progress.h"
#include "command/options.h"
#include "model/case_source.h"

/* Nothing is shown before that, counted from mb_reading_init: most readings are over by then. */
enum { MB_READING_QUIET_NS = 500 * 1000 * 1000 };

typedef struct mb_reading {
    mb_case_source source; /* reads from `from`, and shows how far it is; valid as long as this */
    const mb_case_source *from;
    const char *what;               /* "comparing"; NULL: nothing is shown */
    size_t begun_count, pass_count; /* passes; the last one that has begun may be over */
    uint64_t start_ns;
    mb_progress progress;
} mb_reading;

/* from is borrowed. pass_count: how often the cases will be gone through. */
void mb_reading_init(mb_reading *reading, const mb_case_source *from, size_t pass_count, const mb_options *options);

/* Begins the next pass; what: static text. Before anything else is printed: mb_reading_pause(). */
void mb_reading_begin(mb_reading *reading, const char *what);

/* Erases the line, and shows none until the next pass begins. */
void mb_reading_pause(mb_reading *reading);

#endif
