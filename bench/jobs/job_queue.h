/* job_queue.h: background jobs in a FIFO queue with an index by id.
 *
 * A queue is the caller's storage; zeroed, it is empty. It owns its jobs and their texts. Every allocation is checked:
 * a push that finds no memory leaves the queue as it was. */
#ifndef BENCH_JOBS_JOB_QUEUE_H
#define BENCH_JOBS_JOB_QUEUE_H

/* uthash reports a failed allocation instead of ending the process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOB_QUEUE_NAME_BYTES_MAX = 32, JOB_PAYLOAD_BYTES_MAX = 2048 };

typedef enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED } job_state;

typedef struct job {
    uint64_t id;
    char queue_name[JOB_QUEUE_NAME_BYTES_MAX];
    job_state state;
    uint32_t attempt_count;
    int64_t created_ns, due_ns, started_ns, finished_ns; /* since the epoch; 0: not yet */
    char *payload;                                       /* JSON text, owned */
    size_t payload_bytes;                                /* its length without the terminator */
    struct job *prev, *next;                             /* queue order */
    UT_hash_handle hh;                                   /* index by id */
} job;

typedef struct job_queue {
    job *first; /* oldest */
    job *by_id;
    size_t job_count;
} job_queue;

/* What a job is made from; everything is copied. */
typedef struct job_request {
    uint64_t id;
    const char *queue_name; /* cut at JOB_QUEUE_NAME_BYTES_MAX - 1 */
    int64_t created_ns, due_ns;
    const char *payload;
    size_t payload_bytes;
} job_request;

/* Appends a job and returns it, owned by the queue; NULL with errno ENOMEM, or EEXIST when the id is taken. */
job *job_queue_push(job_queue *queue, const job_request *request);

/* The job of that id, owned by the queue, or NULL. */
job *job_queue_find(const job_queue *queue, uint64_t id);

/* Takes out the oldest job, to be dropped with job_free; NULL when the queue is empty. */
job *job_queue_pop(job_queue *queue);

/* Drops one job that was taken out; NULL is fine. */
void job_free(job *taken);

/* Drops all jobs; the queue is empty and usable again. */
void job_queue_clear(job_queue *queue);

/* Writes the JSON payload of job `id`, JOB_TEXT_BYTES long whatever the id, with a terminator. */
enum { JOB_TEXT_BYTES = 1000 };
void job_text_write(char text[JOB_TEXT_BYTES + 1], uint64_t id);

#endif
