/* The job queue: a doubly linked list for the order, a hash table for the index. */
#include "job_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* The gate's self-test builds this file with jobs grown by a known share. */
#ifndef JOB_EXTRA_PERCENT
#define JOB_EXTRA_PERCENT 0
#endif

/* Leaves `failed` set when uthash could not add the job; it has undone its part by then. */
#undef uthash_nonfatal_oom
#define uthash_nonfatal_oom(element) (failed = true)

/* In whole steps of 16 bytes, as malloc counts: a part of one would go unseen. */
static size_t extra_bytes(size_t payload_bytes)
{
    return ((sizeof(job) + payload_bytes + 1) * JOB_EXTRA_PERCENT / 100 + 15) / 16 * 16;
}

static job *job_new(const job_request *request)
{
    job *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->payload = malloc(request->payload_bytes + 1 + extra_bytes(request->payload_bytes));
    if (made->payload == NULL) {
        free(made);
        return NULL;
    }
    memcpy(made->payload, request->payload, request->payload_bytes);
    made->payload[request->payload_bytes] = '\0';
    made->payload_bytes = request->payload_bytes;
    made->id = request->id;
    made->state = JOB_WAITING;
    made->created_ns = request->created_ns;
    made->due_ns = request->due_ns;
    size_t name_bytes = strnlen(request->queue_name, sizeof made->queue_name - 1);
    memcpy(made->queue_name, request->queue_name, name_bytes);
    return made;
}

job *job_queue_push(job_queue *queue, const job_request *request)
{
    if (job_queue_find(queue, request->id) != NULL) {
        errno = EEXIST;
        return NULL;
    }
    job *made = job_new(request);
    if (made == NULL)
        return NULL;
    bool failed = false;
    HASH_ADD(hh, queue->by_id, id, sizeof made->id, made);
    if (failed) {
        job_free(made);
        errno = ENOMEM;
        return NULL;
    }
    DL_APPEND(queue->first, made);
    queue->job_count++;
    return made;
}

job *job_queue_find(const job_queue *queue, uint64_t id)
{
    job *found = NULL;
    HASH_FIND(hh, queue->by_id, &id, sizeof id, found);
    return found;
}

job *job_queue_pop(job_queue *queue)
{
    job *oldest = queue->first;
    if (oldest == NULL)
        return NULL;
    DL_DELETE(queue->first, oldest);
    HASH_DELETE(hh, queue->by_id, oldest);
    queue->job_count--;
    return oldest;
}

void job_free(job *taken)
{
    if (taken == NULL)
        return;
    free(taken->payload);
    free(taken);
}

void job_queue_clear(job_queue *queue)
{
    for (job *next = job_queue_pop(queue); next != NULL; next = job_queue_pop(queue))
        job_free(next);
}
