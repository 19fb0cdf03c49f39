/* site_crash.h: last words, should the library that reads debug information end the process. */
#ifndef MEMBENCH_SITES_SITE_CRASH_H
#define MEMBENCH_SITES_SITE_CRASH_H

#include <signal.h>

enum { MB_SITE_CRASH_SIGNALS = 4 };

typedef struct mb_site_crash {
    struct sigaction before[MB_SITE_CRASH_SIGNALS];
} mb_site_crash;

/* Between the two a crash says what was going on and what to do, and then ends the process as it would have. */
void mb_site_crash_begin(mb_site_crash *crash);
void mb_site_crash_end(const mb_site_crash *crash);

#endif
