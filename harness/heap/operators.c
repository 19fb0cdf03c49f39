/* C++'s operator new and delete, for allocators that bring their own: jemalloc, mimalloc and tcmalloc do, and a program
 * would then allocate past the hook. Where the operators come from the library that malloc comes from, they are made of
 * the hooked malloc and free; anybody else's are called as they are, and call malloc when they want memory.
 *
 * The names are those of the C++ ABI for a 64-bit size_t. In a process without C++ nobody calls them. */
#include "heap/hooked.h"
#include "heap/next.h"

#include <stdatomic.h>
#include <string.h>

#if SIZE_MAX == UINT64_MAX

void *malloc(size_t size);
void *memalign(size_t alignment, size_t size);
void free(void *pointer);

/* What was found behind one operator. owner is 0 before the lookup, which may happen in two threads: both find the
 * same. */
enum owner { OWNER_UNKNOWN, OWNER_ALLOCATOR, OWNER_OTHER, OWNER_NOBODY };

struct operator_behind {
    const char *name;
    _Atomic(void *) symbol;
    _Atomic(int) owner;
};

static enum owner find(struct operator_behind *behind)
{
    enum owner owner = (enum owner)atomic_load_explicit(&behind->owner, memory_order_acquire);
    if (owner != OWNER_UNKNOWN)
        return owner;
    if (!mb_heap_next_resolve())
        return OWNER_NOBODY; /* the allocator's own first steps: the bootstrap buffer */
    void *symbol = NULL;
    if (mb_heap_next_of_allocator(behind->name, &symbol) != NULL)
        owner = OWNER_ALLOCATOR;
    else
        owner = symbol != NULL ? OWNER_OTHER : OWNER_NOBODY;
    atomic_store_explicit(&behind->symbol, symbol, memory_order_relaxed);
    atomic_store_explicit(&behind->owner, (int)owner, memory_order_release);
    return owner;
}

/* The operator takes two more words at most, in registers; those it does not have are ignored by it. */
static void *call_new(struct operator_behind *behind, size_t size, size_t second, size_t third)
{
    void *(*next_operator)(size_t, size_t, size_t);
    void *symbol = atomic_load_explicit(&behind->symbol, memory_order_relaxed);
    memcpy(&next_operator, &symbol, sizeof symbol);
    return next_operator(size, second, third);
}

static void call_delete(struct operator_behind *behind, void *pointer, size_t second, size_t third)
{
    void (*next_operator)(void *, size_t, size_t);
    void *symbol = atomic_load_explicit(&behind->symbol, memory_order_relaxed);
    memcpy(&next_operator, &symbol, sizeof symbol);
    next_operator(pointer, second, third);
}

/* When memory is out, the allocator's own operator knows about the new handler and the exception. */
static void *make(struct operator_behind *behind, size_t alignment, size_t size, size_t second, size_t third)
{
    enum owner owner = find(behind);
    if (owner == OWNER_OTHER)
        return call_new(behind, size, second, third);
    void *pointer = alignment == 0 ? malloc(size) : memalign(alignment, size);
    return pointer != NULL || owner == OWNER_NOBODY ? pointer : call_new(behind, size, second, third);
}

static void drop(struct operator_behind *behind, void *pointer, size_t second, size_t third)
{
    if (find(behind) == OWNER_OTHER)
        call_delete(behind, pointer, second, third);
    else
        free(pointer);
}

/* nw: new, na: new[], dl: delete, da: delete[]; then the parameters, m: size, St11…: alignment, RKSt9…: nothrow. The
 * second of NEW is the alignment. */
#define OPERATORS(NEW, DELETE)                                                                                         \
    NEW(_Znwm, 0)                                                                                                      \
    NEW(_Znam, 0)                                                                                                      \
    NEW(_ZnwmRKSt9nothrow_t, 0)                                                                                        \
    NEW(_ZnamRKSt9nothrow_t, 0)                                                                                        \
    NEW(_ZnwmSt11align_val_t, second)                                                                                  \
    NEW(_ZnamSt11align_val_t, second)                                                                                  \
    NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, second)                                                                    \
    NEW(_ZnamSt11align_val_tRKSt9nothrow_t, second)                                                                    \
    DELETE(_ZdlPv)                                                                                                     \
    DELETE(_ZdaPv)                                                                                                     \
    DELETE(_ZdlPvm)                                                                                                    \
    DELETE(_ZdaPvm)                                                                                                    \
    DELETE(_ZdlPvRKSt9nothrow_t)                                                                                       \
    DELETE(_ZdaPvRKSt9nothrow_t)                                                                                       \
    DELETE(_ZdlPvSt11align_val_t)                                                                                      \
    DELETE(_ZdaPvSt11align_val_t)                                                                                      \
    DELETE(_ZdlPvmSt11align_val_t)                                                                                     \
    DELETE(_ZdaPvmSt11align_val_t)                                                                                     \
    DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t)                                                                        \
    DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t)

#define INDEX_NEW(symbol_name, alignment) INDEX##symbol_name,
#define INDEX_DELETE(symbol_name) INDEX##symbol_name,
enum { OPERATORS(INDEX_NEW, INDEX_DELETE) OPERATOR_COUNT };

#define ROW_NEW(symbol_name, alignment) {.name = #symbol_name},
#define ROW_DELETE(symbol_name) {.name = #symbol_name},
static struct operator_behind operators[OPERATOR_COUNT] = {OPERATORS(ROW_NEW, ROW_DELETE)};

#define DEFINE_NEW(symbol_name, alignment)                                                                             \
    void *symbol_name(size_t size, size_t second, size_t third);                                                       \
    EXPORT void *symbol_name(size_t size, size_t second, size_t third)                                                 \
    {                                                                                                                  \
        return make(&operators[INDEX##symbol_name], alignment, size, second, third);                                   \
    }
#define DEFINE_DELETE(symbol_name)                                                                                     \
    void symbol_name(void *pointer, size_t second, size_t third);                                                      \
    EXPORT void symbol_name(void *pointer, size_t second, size_t third)                                                \
    {                                                                                                                  \
        drop(&operators[INDEX##symbol_name], pointer, second, third);                                                  \
    }
OPERATORS(DEFINE_NEW, DEFINE_DELETE)

/* There when the process has a C++ runtime: asking so, unlike a lookup that fails, allocates nothing. */
extern void __cxa_throw(void) __attribute__((weak));

/* A lookup frees the text that an earlier, failed one left behind: inside a window that would be counted. */
void mb_heap_operators_resolve(void)
{
    for (int i = 0; __cxa_throw != NULL && i < OPERATOR_COUNT; i++)
        (void)find(&operators[i]);
}

#else

void mb_heap_operators_resolve(void) {}

#endif
