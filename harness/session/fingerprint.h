/* fingerprint.h: a plan in 64 bits: what must be the same for samples of several runs to belong together. */
#ifndef MEMBENCH_SESSION_FINGERPRINT_H
#define MEMBENCH_SESSION_FINGERPRINT_H

#include "session/session.h"

/* Of a run that is gone on with in the same folder: programs by their paths, cases, and how they are measured. */
uint64_t mb_fingerprint_run(const mb_session *session);

/* Of a plan whose shards may run on several machines: programs by name and build, cases, filters, and whatever decides
 * how many samples there are. Before any case is taken out. */
uint64_t mb_fingerprint_plan(const mb_session *session);

#endif
