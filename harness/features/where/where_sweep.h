/* where_sweep.h: call sites of a sweep: what one more job, byte or key costs at each of them, and what is there anyway.
 */
#ifndef MEMBENCH_FEATURES_WHERE_WHERE_SWEEP_H
#define MEMBENCH_FEATURES_WHERE_WHERE_SWEEP_H

#include "session/session.h"
#include "sites/site_set.h"

typedef struct mb_where_sweep {
    const char *param; /* which parameter is what is counted */
    mb_site_moment moment;
    mb_window window;
    size_t shown_max;
    bool is_json;
} mb_where_sweep;

/* Takes the call sites of the smallest and the largest case of the session that differ in that parameter alone, and
 * prints what differs for each unit. MB_ERROR_USAGE when there are no two such cases. */
MB_NODISCARD mb_status mb_where_sweep_print(mb_session *session, const mb_where_sweep *sweep, mb_error *error);

#endif
