/* jobq.c: a job queue inside a WebAssembly module: a linked list of jobs from malloc, popped in the order of pushing.
 * It is a WASI reactor: before `_initialize` was called it takes no job. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MIN = 400, TEXT_BYTES_STEPS = 245 }; /* jobs differ in length: 522 bytes on average */

#define EXPORT(name) __attribute__((export_name(name)))

typedef struct job {
    struct job *next;
    uint32_t id;
    char text[];
} job;

static job *first, *last;
static int32_t job_count;
static int is_ready;

__attribute__((constructor)) static void make_ready(void) { is_ready = 1; }

/* Both give how many jobs are queued then; -1: out of memory, or not initialized. */
int32_t jobq_push(int32_t id);
int32_t jobq_pop(int32_t count);

EXPORT("jobq_push") int32_t jobq_push(int32_t id)
{
    if (!is_ready)
        return -1;
    size_t text_bytes = TEXT_BYTES_MIN + (uint32_t)id % TEXT_BYTES_STEPS;
    job *added = malloc(sizeof *added + text_bytes);
    if (added == NULL)
        return -1;
    added->next = NULL;
    added->id = (uint32_t)id;
    memset(added->text, 'a' + id % 26, text_bytes);
    if (last != NULL)
        last->next = added;
    else
        first = added;
    last = added;
    return ++job_count;
}

EXPORT("jobq_pop") int32_t jobq_pop(int32_t count)
{
    for (; count > 0 && first != NULL; count--) {
        job *popped = first;
        first = popped->next;
        if (first == NULL)
            last = NULL;
        free(popped);
        job_count--;
    }
    return job_count;
}
