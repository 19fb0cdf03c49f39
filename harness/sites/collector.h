/* collector.h: the inside of the library that keeps each block with the call site that asked for it. It is the heap
 * hook (heap/) built with MB_HEAP_FOLLOW, and these files; libc and libunwind only, and no malloc of its own.
 *
 *     collector.c         each new block and each end: counted at its site, under one lock
 *     collector_store.c   the storage of the tables: mappings that grow
 *     collector_stacks.c  from a stack to its site
 *     collector_modules.c which files are mapped where, and since when
 *     collector_mappings.c  what the program maps, and by which call
 *     collector_threads.c where the stacks of threads are
 *     collector_pages.c   whose the anonymous pages are
 *     collector_dump.c    the tables as lines of text (site_dump.h reads them)
 */
#ifndef MEMBENCH_SITES_COLLECTOR_H
#define MEMBENCH_SITES_COLLECTOR_H

#include "sites/site_amounts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { MB_STACK_FRAMES_MAX = 256, MB_MODULE_PATH_BYTES = 512, MB_MODULE_ID_BYTES = 41 };

/* A table that grows: its bytes are zero until they are written to. */
typedef struct mb_site_store {
    void *bytes;
    size_t used_bytes, capacity_bytes;
} mb_site_store;

/* Makes room for so many bytes behind the used ones and counts them as used; NULL: the system gives no memory. What
 * was there may move. (collector_store.c) */
void *mb_site_store_add(mb_site_store *store, size_t byte_count);
void mb_site_store_free(mb_site_store *store);

/* One stack. Live amounts count since the window began, of all blocks that come from it. */
typedef struct mb_site {
    uint64_t hash;
    uint32_t frame_start, frame_count; /* in the table of frames, innermost first */
    uint64_t epoch;                    /* of the peak when it last changed */
    mb_site_amounts live, peak, total;
    mb_site_amounts moments[MB_SITE_MOMENT_COUNT]; /* as they were when the window came there */
    mb_site_amounts at_trim;                       /* at T: what is left between two windows is recognised by it */
    bool is_cut, is_written;
} mb_site;

/* A place in a module: its index, and the address inside of its file. */
typedef struct mb_site_frame {
    uint32_t module;
    uint64_t offset;
} mb_site_frame;

typedef struct mb_site_module {
    uintptr_t start, end, bias;
    bool is_gone, is_written;
    char build_id[MB_MODULE_ID_BYTES];
    char path[MB_MODULE_PATH_BYTES];
} mb_site_module;

/* The lock of sites and blocks. Nothing may be unwound while it is held: the unwinder takes the linker's. */
void mb_collector_lock(void);
void mb_collector_unlock(void);

/* collector_stacks.c. Unwinds the calling thread, outside of any lock. */
typedef struct mb_stack {
    uintptr_t addresses[MB_STACK_FRAMES_MAX + 8]; /* innermost first; frames of the hook are among the first */
    uint32_t start, count;
    bool is_cut;
    bool is_allocators; /* below frames of others are more of the hook: an allocator makes this call */
    uint64_t hash;
} mb_stack;
void mb_stacks_prepare(void);
void mb_stack_take(mb_stack *stack);
bool mb_stack_is_own(const void *return_address); /* it is the hook's or the collector's */
/* The site of a stack, under the lock: 0 when it is not known yet, or there is no room. */
uint32_t mb_sites_find(const mb_stack *stack);
/* Makes it; module_frames are the stack's. */
uint32_t mb_sites_make(const mb_stack *stack, const mb_site_frame *module_frames);
/* Site 0 is that of what has no stack. Valid until the next site is made. */
mb_site *mb_sites_all(size_t *count);
const mb_site_frame *mb_sites_frames(void);

void mb_stacks_forget(void); /* what the unwinder remembers of addresses */

/* collector_modules.c. To be called outside of the lock: these take the linker's. */
typedef void mb_modules_visit(mb_site_module *modules, size_t count, void *context);
void mb_modules_prepare(void);
const char *mb_modules_program(void); /* its path */
void mb_modules_find(const mb_stack *stack, mb_site_frame *frames);
void mb_modules_see(mb_modules_visit *visit, void *context);
uint64_t mb_modules_generation(void); /* how often a library was closed */

/* collector.c. Whether calls are to be kept: false before the hook is ready, and of a whole process, whose pages nobody
 * asks for. Whether the unwinder is at work. The site of the call under way; *is_allocators: as in mb_stack. */
bool mb_collector_keeps(void);
bool mb_collector_is_busy(void);
uint32_t mb_collector_site(bool *is_allocators);

/* collector_mappings.c. What lies between two addresses, cut to them, in their order; at most so many. */
#define MB_MAPPING_OWN UINT32_MAX
typedef struct mb_mapping {
    uintptr_t start, end;
    uint32_t site; /* MB_MAPPING_OWN: the unwinder's or the hook's */
} mb_mapping;
void mb_mappings_prepare(void);
size_t mb_mappings_in(uintptr_t start, uintptr_t end, mb_mapping *pieces, size_t most);

/* collector_threads.c. */
void mb_threads_prepare(void);
bool mb_threads_have_stack(uintptr_t start, uintptr_t end); /* the stack of a thread that was started is there */
bool mb_threads_is_start(uintptr_t address);                /* a frame of what starts a thread, outside of its own */

/* collector_pages.c. Anonymous pages at B and E1, by what they belong to; the live blocks among them. */
typedef struct mb_page_owner {
    mb_page_kind kind;
    char name[64]; /* of data: the library's file; else, and of the program, "" */
    uint32_t site; /* of what is mapped: of the call that did; 0: none is known */
    int64_t anon_bytes[2], live_bytes[2];
} mb_page_owner;
void mb_pages_prepare(void);
void mb_pages_take(int point);
const mb_page_owner *mb_pages_owners(size_t *count);

/* The blocks that begin between two addresses: small ones, and the first of those that may have a mapping of their own.
 * (collector.c) */
enum { MB_LARGE_BLOCKS_MAX = 4096, MB_LARGE_BLOCK_BYTES = 128 * 1024 };
typedef struct mb_live_blocks {
    int64_t bytes; /* usable, of all of them */
    size_t small_count, large_count;
    struct {
        uintptr_t start, end;
    } large[MB_LARGE_BLOCKS_MAX];
} mb_live_blocks;
void mb_collector_live_in(uintptr_t start, uintptr_t end, mb_live_blocks *live);

/* collector_dump.c. Appends to the file. */
void mb_collector_dump(const char *path, size_t window_index, const mb_site_amounts counted[MB_SITE_MOMENT_COUNT]);

#pragma GCC visibility pop

#endif
