/* soak_where.h: the call sites of a leak, by what each operation leaves there. */
#ifndef MEMBENCH_REPORT_SOAK_WHERE_H
#define MEMBENCH_REPORT_SOAK_WHERE_H

#include "model/soak_series.h"
#include "report/where_words.h"

/* What operations leave: entries with more bytes than before, the largest first. Zeroed is empty; freed by fini. */
typedef struct mb_soak_kept {
    mb_where where;
    double operation_count;
    mb_arena arena;
} mb_soak_kept;

/* series->where has a view. Fails when memory is out; to be freed also then. */
MB_NODISCARD mb_status mb_soak_kept_find(const mb_soak_where *where, mb_soak_kept *kept, mb_error *error);
void mb_soak_kept_fini(mb_soak_kept *kept);

/* "2 call sites keep 114.4 B per operation, counted over 1,000 operations after 1,000 others"; where nothing is kept,
 * or known, that and why. kept may be NULL where there is an obstacle. */
const char *mb_soak_kept_headline(const mb_soak_where *where, const mb_soak_kept *kept, char text[MB_WHERE_TEXT_BYTES]);

/* "104 B per operation". */
const char *mb_soak_kept_size(const mb_soak_kept *kept, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES]);

/* "1 block per operation, 104 B each (asked for: 100)". */
const char *mb_soak_kept_blocks(const mb_soak_kept *kept, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES]);

/* Under the verdict: the headline and two lines for each of the first call sites. */
void mb_soak_where_print(FILE *file, const mb_soak_where *where, bool unicode);

#endif
