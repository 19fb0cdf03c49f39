/* sampling.h: one sample: a worker process from its start to its values in the case's results. */
#ifndef MEMBENCH_SESSION_SAMPLING_H
#define MEMBENCH_SESSION_SAMPLING_H

#include "session/session.h"

/* Queues one sample. is_discarded: run for its effect on page cache alone, no value is kept. */
MB_NODISCARD mb_status mb_sample_submit(mb_session *session, size_t case_index, mb_pass pass, bool is_discarded,
                                        mb_error *error);

#endif
