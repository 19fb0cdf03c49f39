/* What is mapped where. Frames are kept as an index into this list and the address inside of the file, so that they
 * mean the same after a library was closed and another one was mapped in its place. */
#include "sites/collector.h"

#include "base/build_id.h"

#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#ifndef MB_HEAP_STATIC
#include <dlfcn.h>
#endif

/* All of this is guarded by the linker's own lock, which it holds while it calls back: whoever sees the list there sees
 * it whole, and no order of two locks has to be right. */
static mb_site_store modules;
static unsigned long long seen_adds, seen_subs;
static char program_path[MB_MODULE_PATH_BYTES];
static _Atomic(uint64_t) generation; /* how often a library was closed */

static mb_site_module *all_modules(size_t *count)
{
    *count = modules.used_bytes / sizeof(mb_site_module);
    return modules.bytes;
}

uint64_t mb_modules_generation(void) { return atomic_load_explicit(&generation, memory_order_relaxed); }

static void copy_path(char *to, const char *from)
{
    size_t length = strlen(from);
    if (length >= MB_MODULE_PATH_BYTES)
        length = MB_MODULE_PATH_BYTES - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Left empty when there is none. */
static void find_build_id(const unsigned char *notes, const ElfW(Phdr) * segment, char build_id[MB_MODULE_ID_BYTES])
{
    mb_build_id id = {0};
    if (!mb_build_id_find(notes, segment->p_memsz, segment->p_align, &id))
        return;
    size_t count = id.size < 20 ? id.size : 20;
    for (size_t i = 0; i < count; i++) {
        unsigned byte = notes[id.at + i];
        build_id[2 * i] = "0123456789abcdef"[byte >> 4];
        build_id[2 * i + 1] = "0123456789abcdef"[byte & 15];
    }
    build_id[2 * count] = '\0';
}

static mb_site_module *find_known(const struct dl_phdr_info *object, const char *path)
{
    size_t count;
    mb_site_module *all = all_modules(&count);
    for (size_t i = 0; i < count; i++)
        if (!all[i].is_gone && all[i].bias == object->dlpi_addr && strcmp(all[i].path, path) == 0)
            return &all[i];
    return NULL;
}

static void add(const struct dl_phdr_info *object, const char *path)
{
    mb_site_module *module = mb_site_store_add(&modules, sizeof *module);
    if (module == NULL)
        return;
    *module = (mb_site_module){.start = UINTPTR_MAX, .bias = object->dlpi_addr};
    copy_path(module->path, path);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD) {
            module->start = start < module->start ? start : module->start;
            module->end = start + segment->p_memsz > module->end ? start + segment->p_memsz : module->end;
        } else if (segment->p_type == PT_NOTE && module->build_id[0] == '\0') {
            find_build_id((const unsigned char *)start, segment, module->build_id);
        }
    }
}

/* One pass over what is mapped. visit is called when the list is up to date; else it is brought up to date, and the
 * next pass will. */
typedef struct pass {
    mb_modules_visit *visit;
    void *context;
    bool is_begun, is_done;
} pass;

static void begin_pass(pass *p, const struct dl_phdr_info *object)
{
    size_t count;
    mb_site_module *all = all_modules(&count);
    p->is_begun = true;
    if (count > 0 && object->dlpi_adds == seen_adds && object->dlpi_subs == seen_subs) {
        p->visit(all, count, p->context);
        p->is_done = true;
        return;
    }
    for (size_t i = 0; i < count && object->dlpi_subs != seen_subs; i++)
        all[i].is_gone = true;
    seen_adds = object->dlpi_adds;
    seen_subs = object->dlpi_subs;
}

static int take_object(struct dl_phdr_info *object, size_t size, void *context)
{
    pass *p = context;
    (void)size;
    if (!p->is_begun)
        begin_pass(p, object);
    if (p->is_done)
        return 1;
    const char *path = object->dlpi_name == NULL || object->dlpi_name[0] == '\0' ? program_path : object->dlpi_name;
    mb_site_module *known = find_known(object, path);
    if (known != NULL)
        known->is_gone = false;
    else
        add(object, path);
    return 0;
}

void mb_modules_see(mb_modules_visit *visit, void *context)
{
    enum { PASSES_MAX = 16 }; /* libraries come and go meanwhile: then it stays unseen */
    pass p = {.visit = visit, .context = context};
    for (int i = 0; i < PASSES_MAX && !p.is_done; i++) {
        p.is_begun = false;
        dl_iterate_phdr(take_object, &p);
    }
}

const char *mb_modules_program(void) { return program_path; }

void mb_modules_prepare(void)
{
    ssize_t length = readlink("/proc/self/exe", program_path, sizeof program_path - 1);
    program_path[length > 0 ? length : 0] = '\0';
}

static bool has_address(const mb_site_module *module, uintptr_t address)
{
    return !module->is_gone && address >= module->start && address < module->end;
}

struct lookup {
    const mb_stack *stack;
    mb_site_frame *frames;
};

static void look_up(mb_site_module *all, size_t count, void *context)
{
    struct lookup *lookup = context;
    size_t at = 0; /* most frames are in the module of the one before */
    for (uint32_t i = 0; i < lookup->stack->count; i++) {
        uintptr_t address = lookup->stack->addresses[lookup->stack->start + i];
        for (size_t tried = 0; tried < count && !has_address(&all[at], address); tried++)
            at = (at + 1) % count;
        if (has_address(&all[at], address))
            lookup->frames[i] = (mb_site_frame){(uint32_t)at, address - all[at].bias};
    }
}

void mb_modules_find(const mb_stack *stack, mb_site_frame *frames)
{
    struct lookup lookup = {stack, frames};
    for (uint32_t i = 0; i < stack->count; i++)
        frames[i] = (mb_site_frame){UINT32_MAX, stack->addresses[stack->start + i]};
    mb_modules_see(look_up, &lookup);
}

#ifndef MB_HEAP_STATIC

/* A library that is closed makes room for another one, whose addresses mean something else: sites of before are not
 * those of after, and what the unwinder remembers of the addresses is void. */
__attribute__((visibility("default"))) int dlclose(void *handle)
{
    static _Atomic(void *) behind;
    void *symbol = atomic_load_explicit(&behind, memory_order_acquire);
    if (symbol == NULL) {
        symbol = dlsym(RTLD_NEXT, "dlclose");
        atomic_store_explicit(&behind, symbol, memory_order_release);
    }
    int (*next)(void *);
    memcpy(&next, &symbol, sizeof symbol);
    int result = next(handle);
    atomic_fetch_add(&generation, 1);
    mb_stacks_forget();
    return result;
}

#endif
