/* Where the stacks of threads are: an address in each that was started, by which its mapping is recognised. A thread
 * that has ended leaves its stack to the C library, which keeps it for the next one, so addresses are not forgotten. */
#include "sites/collector.h"

#ifdef MB_HEAP_STATIC

/* Of a static program they are not told apart from what else is mapped. */
void mb_threads_prepare(void) {}
bool mb_threads_have_stack(uintptr_t start, uintptr_t end) { return (void)start, (void)end, false; }
bool mb_threads_is_start(uintptr_t address) { return (void)address, false; }

#else

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { STACKS_MAX = 65536 / sizeof(uintptr_t), STARTS_MAX = 256 };

static _Atomic(uintptr_t) stacks[STACKS_MAX];

/* Storage is used again, and noted once. */
static void note_self(void)
{
    uintptr_t self = (uintptr_t)pthread_self();
    for (size_t i = 0; i < STACKS_MAX; i++) {
        uintptr_t known = atomic_load_explicit(&stacks[i], memory_order_relaxed);
        if (known == self || (known == 0 && atomic_compare_exchange_strong(&stacks[i], &known, self)) || known == self)
            return;
    }
}

bool mb_threads_have_stack(uintptr_t start, uintptr_t end)
{
    for (size_t i = 0; i < STACKS_MAX && stacks[i] != 0; i++)
        if (stacks[i] >= start && stacks[i] < end)
            return true;
    return false;
}

/* What a thread is to run, until it does. */
typedef struct start {
    _Atomic(bool) is_taken;
    void *(*run)(void *);
    void *argument;
} start;

static start starts[STARTS_MAX];

extern const char __start_mb_thread_text[], __stop_mb_thread_text[];

/* In a section of its own: here the program's frames end. */
__attribute__((section("mb_thread_text"), noinline)) static void *run_noted(void *context)
{
    start *own = context;
    void *(*run)(void *) = own->run;
    void *argument = own->argument;
    atomic_store_explicit(&own->is_taken, false, memory_order_release);
    note_self();
    void *result = run(argument);
    __asm__ volatile("" ::: "memory"); /* a call in the last place would leave no frame */
    return result;
}

bool mb_threads_is_start(uintptr_t address)
{
    return address > (uintptr_t)__start_mb_thread_text && address <= (uintptr_t)__stop_mb_thread_text;
}

static start *take_start(void)
{
    for (size_t i = 0; i < STARTS_MAX; i++) {
        bool is_taken = false;
        if (atomic_compare_exchange_strong(&starts[i].is_taken, &is_taken, true))
            return &starts[i];
    }
    return NULL;
}

static _Atomic(void *) next_create;

/* The first thread's own data is in a mapping of the linker's. */
void mb_threads_prepare(void)
{
    next_create = dlsym(RTLD_NEXT, "pthread_create");
    note_self();
}

__attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                                          void *(*run)(void *), void *argument)
{
    void *symbol = next_create;
    if (symbol == NULL)
        next_create = symbol = dlsym(RTLD_NEXT, "pthread_create");
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    memcpy(&next, &symbol, sizeof symbol);
    start *own = take_start();
    if (own == NULL)
        return next(thread, attributes, run, argument);
    own->run = run;
    own->argument = argument;
    int result = next(thread, attributes, run_noted, own);
    if (result != 0)
        atomic_store_explicit(&own->is_taken, false, memory_order_release);
    return result;
}

#endif
