/* sample_job.h: one sample on its way, from submission to its end; shared by sampling.c and sample_end.c alone. */
#ifndef MEMBENCH_SESSION_SAMPLE_JOB_H
#define MEMBENCH_SESSION_SAMPLE_JOB_H

#include "session/session.h"
#include "session/signs.h"

enum { MB_SAMPLE_MESSAGE_BYTES = 512 };

typedef struct mb_sample_job {
    mb_session *session;
    size_t case_index;
    mb_pass pass;
    bool is_discarded;
    size_t condition;  /* 0: the usual one */
    mb_sample *sample; /* from prepare to end */
    mb_error error;    /* what was wrong with its lines */
    bool is_spoiled;
    mb_signs signs;
} mb_sample_job;

/* The longest life of a sample of that case; 0: none. (sample_end.c) */
uint64_t mb_sample_time_limit_ns(const mb_session *session, size_t case_index);

/* What became of a worker, as the outcome of its sample; the message is empty when all is well. (sample_end.c) */
mb_outcome mb_sample_judge(const mb_sample_job *job, const mb_process_end *end, char message[MB_SAMPLE_MESSAGE_BYTES]);

#endif
