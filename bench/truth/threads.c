/* Threads that allocate in arenas of their own. They live from setup to teardown; each step is one round over the
 * barrier. */
#include "truth.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 4 };

typedef enum step { STEP_TAKE, STEP_DROP, STEP_END } step;

struct team;

struct member {
    struct team *team;
    pthread_t thread;
    void *blocks[TRUTH_THREAD_BLOCKS];
};

struct team {
    pthread_barrier_t barrier; /* all members and the case itself */
    step step;
    size_t member_count; /* threads that run */
    struct member members[THREADS_MAX];
};

static void take(struct member *member)
{
    for (size_t i = 0; i < TRUTH_THREAD_BLOCKS; i++) {
        member->blocks[i] = malloc(TRUTH_BLOCK_BYTES);
        if (member->blocks[i] != NULL)
            memset(member->blocks[i], 1, TRUTH_BLOCK_BYTES);
    }
}

static void drop(struct member *member)
{
    for (size_t i = 0; i < TRUTH_THREAD_BLOCKS; i++) {
        free(member->blocks[i]);
        member->blocks[i] = NULL;
    }
}

static void *work(void *argument)
{
    struct member *member = argument;
    for (;;) {
        pthread_barrier_wait(&member->team->barrier);
        step step = member->team->step;
        switch (step) {
        case STEP_TAKE:
            take(member);
            break;
        case STEP_DROP:
        case STEP_END:
            drop(member);
            break;
        }
        pthread_barrier_wait(&member->team->barrier);
        if (step == STEP_END)
            return NULL;
    }
}

static void take_step(struct team *team, step step)
{
    team->step = step;
    pthread_barrier_wait(&team->barrier);
    pthread_barrier_wait(&team->barrier);
}

static mb_status setup(mb_bench *b)
{
    struct team *team = mb_state(b);
    uint64_t thread_count = mb_param(b, "threads");
    if (pthread_barrier_init(&team->barrier, NULL, (unsigned)thread_count + 1) != 0)
        return mb_fail(b, "pthread_barrier_init failed");
    for (size_t i = 0; i < thread_count; i++) {
        team->members[i].team = team;
        int error = pthread_create(&team->members[i].thread, NULL, work, &team->members[i]);
        if (error != 0)
            return mb_fail(b, "pthread_create: %s", strerror(error)); /* the others wait until the process ends */
    }
    team->member_count = thread_count;
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    struct team *team = mb_state(b);
    take_step(team, STEP_TAKE);
    for (size_t i = 0; i < team->member_count; i++)
        for (size_t block = 0; block < TRUTH_THREAD_BLOCKS; block++)
            if (team->members[i].blocks[block] == NULL)
                return mb_out_of_memory(b, "malloc in thread %zu: out of memory", i);
    return MB_OK;
}

static void release(mb_bench *b) { take_step(mb_state(b), STEP_DROP); }

static void teardown(mb_bench *b)
{
    struct team *team = mb_state(b);
    if (team->member_count == 0)
        return;
    take_step(team, STEP_END);
    for (size_t i = 0; i < team->member_count; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_barrier_destroy(&team->barrier);
}

const mb_case truth_threads = {
    MB_CASE_INIT,
    .group = "truth_threads",
    .summary = "N threads with 100 blocks of 1000 bytes each",
    .params = MB_PARAMS(MB_PARAM("threads", 1, 2, THREADS_MAX)),
    .state_bytes = sizeof(struct team),
    .flags = MB_CASE_THREADS,
    .setup = setup,
    .run = run,
    .release = release,
    .teardown = teardown,
};
