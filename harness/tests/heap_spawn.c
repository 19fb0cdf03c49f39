/* Threads one after another and at once, for what the hook's own thread-local storage costs a thread: nothing. */
#include "heap_workload.h"

#include <pthread.h>

enum { THREADS = 5 };

static pthread_barrier_t barrier;

static void *meet(void *argument)
{
    pthread_barrier_wait(&barrier);
    return argument;
}

static bool workload(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, meet, NULL) != 0)
                return false;
        pthread_barrier_wait(&barrier);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    return true;
}
