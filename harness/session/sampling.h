/* sampling.h: one sample: a worker process from its start to its values in the case's results. */
#ifndef MEMBENCH_SESSION_SAMPLING_H
#define MEMBENCH_SESSION_SAMPLING_H

#include "session/session.h"

/* Queues one sample. is_discarded: run for its effect on page cache alone, no value is kept. */
MB_NODISCARD mb_status mb_sample_submit(mb_session *session, size_t case_index, mb_pass pass, bool is_discarded,
                                        mb_error *error);

/* Queues one sample under other conditions: addresses randomized, heap and stack moved, another seed of random bytes.
 * condition: 1, 2, …, each of which moves and seeds alike on both sides of a comparison. */
MB_NODISCARD mb_status mb_sample_submit_moved(mb_session *session, size_t case_index, mb_pass pass, size_t condition,
                                              mb_error *error);

#endif
