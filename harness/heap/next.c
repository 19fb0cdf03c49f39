/* Finds the allocator behind a preloaded hook. */
#include "heap/next.h"

#include "base/loaded_object.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

mb_heap_next mb_heap_next_allocator;

/* dlsym of older C libraries callocs a buffer for its error text: a few hundred bytes, once. */
_Alignas(MB_HEAP_BOOTSTRAP_ALIGNMENT) unsigned char mb_heap_bootstrap[MB_HEAP_BOOTSTRAP_BYTES];
static size_t bootstrap_used_bytes;
static bool is_resolving;
static bool is_countable;
static uintptr_t linker_code_start, linker_code_end;

static size_t usable_of_nothing(void *pointer)
{
    (void)pointer;
    return 0;
}

/* ISO C has no cast from an object to a function pointer; POSIX says that the bytes are the same. */
static void look_up(void *function, const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(function, &symbol, sizeof symbol);
}

typedef struct holder {
    uintptr_t address;
    const void *headers; /* of the object that has it; NULL: none */
} holder;

static int match_holder(struct dl_phdr_info *object, size_t size, void *context)
{
    holder *wanted = context;
    (void)size;
    wanted->headers = mb_loaded_object_has(object, wanted->address) ? object->dlpi_phdr : NULL;
    return wanted->headers != NULL;
}

/* Tells libraries apart by the one that holds the function; NULL when there is none. */
static const void *library_of(const void *function)
{
    holder wanted = {0};
    memcpy(&wanted.address, function, sizeof wanted.address);
    if (wanted.address != 0)
        dl_iterate_phdr(match_holder, &wanted);
    return wanted.headers;
}

/* From the headers that the linker itself has mapped, at the address that the kernel gave it. */
static void find_linker(void)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)getauxval(AT_BASE);
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)((const char *)header + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD && (segment[i].p_flags & PF_X) != 0) {
            linker_code_start = (uintptr_t)header + segment[i].p_vaddr;
            linker_code_end = linker_code_start + segment[i].p_memsz;
        }
}

bool mb_heap_is_of_linker(const void *code)
{
    return (uintptr_t)code - linker_code_start < linker_code_end - linker_code_start;
}

bool mb_heap_next_resolve(void)
{
    if (mb_heap_next_is_ready())
        return true;
    if (is_resolving)
        return false;
    is_resolving = true;
    find_linker();
    mb_heap_next found;
    look_up(&found.free, "free");
    look_up(&found.calloc, "calloc");
    look_up(&found.realloc, "realloc");
    look_up(&found.memalign, "memalign");
    look_up(&found.aligned_alloc, "aligned_alloc");
    look_up(&found.posix_memalign, "posix_memalign");
    look_up(&found.usable_bytes, "malloc_usable_size");
    look_up(&found.malloc, "malloc");
    const void *library = library_of(&found.malloc);
    is_countable = library != NULL && library == library_of(&found.free) && library == library_of(&found.usable_bytes);
    if (!is_countable)
        found.usable_bytes = usable_of_nothing;
    /* An allocator may allocate on its first answer, which would lead it back to itself by way of the hook. */
    void *block = found.malloc != NULL ? found.malloc(1) : NULL;
    if (block != NULL) {
        found.usable_bytes(block);
        found.free(block);
    }
    mb_heap_prepare();
    mb_heap_next_allocator = found;
    is_resolving = false;
    return mb_heap_next_is_ready();
}

bool mb_heap_next_is_countable(void) { return is_countable; }

void *mb_heap_bootstrap_alloc(size_t size)
{
    if (size > MB_HEAP_BOOTSTRAP_BYTES - bootstrap_used_bytes)
        return NULL;
    unsigned char *block = mb_heap_bootstrap + bootstrap_used_bytes;
    bootstrap_used_bytes += (size + MB_HEAP_BOOTSTRAP_ALIGNMENT - 1) & ~(size_t)(MB_HEAP_BOOTSTRAP_ALIGNMENT - 1);
    return block;
}

void *mb_heap_next_of_allocator(const char *name, void **symbol)
{
    look_up(symbol, name);
    return *symbol != NULL && library_of(symbol) == library_of(&mb_heap_next_allocator.malloc) ? *symbol : NULL;
}
