/* Stacks and sites. libunwind walks by the tables that compilers write for exceptions, which every program has; frame
 * pointers are faster and, where code was built without them, silently wrong. */
#define UNW_LOCAL_ONLY
#include "sites/collector.h"

#include <libunwind.h>
#include <link.h>
#include <string.h>

enum { SLOTS_FIRST = 4096, OWN_FRAMES_MAX = 16 };

static uintptr_t own_start, own_end; /* the code of the hook and the collector */
static mb_site_store sites, frames, slots;
static size_t slot_count; /* a power of two; slots hold indices of sites, 0: free */

#ifdef MB_HEAP_STATIC

/* In a static program it is a section of its own, and the linker says where that is. */
extern const char __start_mb_sites_text[], __stop_mb_sites_text[];

static void find_own_code(void)
{
    own_start = (uintptr_t)__start_mb_sites_text;
    own_end = (uintptr_t)__stop_mb_sites_text;
}

#else

static int find_own(struct dl_phdr_info *object, size_t size, void *context)
{
    uintptr_t here = (uintptr_t)&mb_stacks_prepare;
    (void)size, (void)context;
    if (object->dlpi_name == NULL || object->dlpi_name[0] == '\0')
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && here - start < segment->p_memsz) {
            own_start = start;
            own_end = start + segment->p_memsz;
            return 1;
        }
    }
    return 0;
}

static void find_own_code(void) { dl_iterate_phdr(find_own, NULL); }

#endif

void mb_stacks_prepare(void)
{
    find_own_code();
    if (sites.bytes == NULL)
        (void)mb_site_store_add(&sites, sizeof(mb_site)); /* site 0 */
}

void mb_stacks_forget(void) { unw_flush_cache(unw_local_addr_space, 0, 0); }

bool mb_stack_is_own(const void *return_address) { return (uintptr_t)return_address - own_start < own_end - own_start; }

void mb_stack_take(mb_stack *stack)
{
    enum { CAPACITY = sizeof stack->addresses / sizeof stack->addresses[0] };
    int count = unw_backtrace((void **)stack->addresses, CAPACITY);
    uint32_t start = 0, end = count > 0 ? (uint32_t)count : 0;
    stack->is_allocators = false;
    for (uint32_t i = 0; i < end; i++)
        if (mb_threads_is_start(stack->addresses[i]))
            end = i;
    /* Ours may come twice: operator new of the hook calls that of the C++ library, which calls malloc of the hook. */
    for (uint32_t i = 0; i < end && i < OWN_FRAMES_MAX; i++)
        if (mb_stack_is_own((void *)stack->addresses[i])) {
            stack->is_allocators = start > 0 && start < i;
            start = i + 1;
        }
    stack->start = start;
    stack->is_cut = end == CAPACITY || end - start > MB_STACK_FRAMES_MAX;
    stack->count = end - start < MB_STACK_FRAMES_MAX ? end - start : MB_STACK_FRAMES_MAX;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ mb_modules_generation();
    for (uint32_t i = 0; i < stack->count; i++)
        hash = (hash ^ stack->addresses[start + i]) * UINT64_C(0x9e3779b97f4a7c15), hash ^= hash >> 32;
    stack->hash = hash != 0 ? hash : 1;
}

mb_site *mb_sites_all(size_t *count)
{
    *count = sites.used_bytes / sizeof(mb_site);
    return sites.bytes;
}

const mb_site_frame *mb_sites_frames(void) { return frames.bytes; }

/* Where the site is, or the free slot where its search ends. A hash of 64 bits stands for the stack: that two of a
 * million share one happens once in 36 million programs. */
static uint32_t *find_slot(uint64_t hash)
{
    uint32_t *all = slots.bytes;
    const mb_site *known = sites.bytes;
    size_t at = hash & (slot_count - 1);
    while (all[at] != 0 && known[all[at]].hash != hash)
        at = (at + 1) & (slot_count - 1);
    return &all[at];
}

uint32_t mb_sites_find(const mb_stack *stack) { return slot_count > 0 ? *find_slot(stack->hash) : 0; }

static bool grow_slots(void)
{
    size_t count = slot_count > 0 ? 2 * slot_count : SLOTS_FIRST, site_count;
    mb_site_store larger = {0};
    if (mb_site_store_add(&larger, count * sizeof(uint32_t)) == NULL)
        return false;
    mb_site_store_free(&slots);
    slots = larger;
    slot_count = count;
    const mb_site *known = mb_sites_all(&site_count);
    for (size_t i = 1; i < site_count; i++)
        *find_slot(known[i].hash) = (uint32_t)i;
    return true;
}

uint32_t mb_sites_make(const mb_stack *stack, const mb_site_frame *module_frames)
{
    size_t index;
    const mb_site *known = mb_sites_all(&index);
    if (known == NULL || index >= UINT32_MAX || (2 * index >= slot_count && !grow_slots()))
        return 0;
    uint32_t frame_start = (uint32_t)(frames.used_bytes / sizeof(mb_site_frame));
    mb_site_frame *own_frames = mb_site_store_add(&frames, stack->count * sizeof *own_frames);
    if (own_frames == NULL)
        return 0;
    mb_site *site = mb_site_store_add(&sites, sizeof *site);
    if (site == NULL)
        return 0;
    memcpy(own_frames, module_frames, stack->count * sizeof *own_frames);
    *site = (mb_site){
        .hash = stack->hash, .frame_start = frame_start, .frame_count = stack->count, .is_cut = stack->is_cut};
    *find_slot(stack->hash) = (uint32_t)index;
    return (uint32_t)index;
}
