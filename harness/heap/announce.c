/* The hook's constructor: tells the measured program where the table is, and hides the hook from its children. */
#include "heap/blocks.h"
#include "heap/counters.h"
#include "heap/follow.h"
#include "heap/function_shapes.h"
#include "heap/functions.h"
#include "heap/hook_environment.h"
#include "heap/next.h"
#include "heap/pools.h"
#include "heap/tree.h"

#ifndef MB_HEAP_STATIC
#include <dlfcn.h>
#endif

static void begin(void)
{
#ifndef MB_HEAP_STATIC
    mb_heap_functions_bind();
#endif
    mb_heap_counters_begin();
    mb_heap_follow_begin();
}

#ifdef MB_HEAP_STATIC
#define OBSTACLE NULL
#else
#define OBSTACLE mb_heap_functions_obstacle
#endif

static const mb_heap_hook table = {
    .magic = MB_HEAP_HOOK_MAGIC,
    .version = MB_HEAP_HOOK_VERSION,
    .table_bytes = sizeof table,
    .begin = begin,
    .read = mb_heap_counters_read,
    .read_requested = mb_heap_blocks_read,
    .add = mb_heap_pool_add,
    .remove = mb_heap_pool_remove,
    .point = mb_heap_follow_point,
    .obstacle = OBSTACLE,
};

/* Constructors of libraries come before the hook's own, and what they allocate is to be kept too. */
void mb_heap_prepare(void)
{
    const char *keep_all = mb_heap_variable(MB_HEAP_BLOCKS_VARIABLE);
    mb_heap_blocks_init(keep_all != NULL && strcmp(keep_all, "1") == 0);
    mb_heap_follow_prepare(mb_heap_variable(MB_HEAP_SITES_VARIABLE));
}

/* The first constructor there can be: a program's own constructors, and libraries', may then find the table. */
__attribute__((constructor(101))) void mb_heap_announce(void);
void mb_heap_announce(void)
{
    mb_heap_counters_init();
    mb_heap_prepare();
    bool is_countable = mb_heap_next_resolve() && mb_heap_next_is_countable();
    char *digits = mb_heap_variable(MB_HEAP_HOOK_VARIABLE);
    if (digits != NULL)
        mb_heap_address_write(digits, is_countable ? (uint64_t)(uintptr_t)&table : 0);
#ifndef MB_HEAP_STATIC
    if (is_countable) {
        mb_heap_operators_resolve();
        mb_heap_functions_prepare(mb_heap_variable(MB_HEAP_FUNCTIONS_VARIABLE));
    }
    (void)mb_heap_tree_settle();
    char *preload = mb_heap_variable("LD_PRELOAD");
    Dl_info self;
    if (preload != NULL && !mb_heap_follow_is_whole() && !mb_heap_tree_is_open() && dladdr(&table, &self) != 0)
        mb_heap_preload_remove(preload, self.dli_fname);
#endif
}
