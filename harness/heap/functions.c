/* Wrappers around functions that are known by name only when the program runs. Code that calls a function of another
 * library goes by a place that the dynamic linker fills (a relocation of the caller): there the wrapper's address is
 * written. So no code is made, nothing of the program is changed, and calls within the library that defines the
 * function count as far as they take the same way. What was bound when the program was linked has no such place, and is
 * an obstacle: never a zero. Rejected: a library with these names in it, preloaded, which needs a compiler on the
 * machine; rtld-audit, which has a C library of its own. */
#include "heap/functions.h"
#include "heap/function_shapes.h"
#include "heap/pools.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define IS_SYMBOLS(type) ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define IS_SYMBOLS(type) ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#else
#define IS_SYMBOLS(type) ((void)(type), false)
#endif

typedef struct function {
    char name[MB_HEAP_FUNCTION_BYTES]; /* "": none */
    void *real;                        /* NULL: no library exports it */
    bool is_programs;                  /* the program itself does */
} function;

static function functions[MB_HEAP_SHAPE_COUNT][MB_HEAP_FUNCTIONS_MAX];
static char obstacle[320];
static unsigned long long seen_adds, seen_subs;
static bool has_any;
static _Thread_local unsigned depth; /* an allocator that makes one function of another is counted once */

/* A block that is given back is noted before it is, since another thread may get its address at once. */
#define MAKES(SHAPE, slot, parameters, arguments, block, size)                                                         \
    static void *SHAPE##_##slot parameters                                                                             \
    {                                                                                                                  \
        void *(*real)parameters;                                                                                       \
        void *given = (block);                                                                                         \
        memcpy(&real, &functions[MB_HEAP_SHAPE_##SHAPE][slot].real, sizeof real);                                      \
        size_t noted = depth == 0 && given != NULL ? mb_heap_pool_remove(given) : 0;                                   \
        depth++;                                                                                                       \
        void *made = real arguments;                                                                                   \
        depth--;                                                                                                       \
        if (depth == 0 && made != NULL)                                                                                \
            mb_heap_pool_add(made, (size));                                                                            \
        else if (depth == 0 && noted > 0 && (size) != 0) /* it stays where it is */                                    \
            mb_heap_pool_add(given, noted);                                                                            \
        return made;                                                                                                   \
    }
#define ENDS(SHAPE, slot, parameters, arguments)                                                                       \
    static void SHAPE##_##slot parameters                                                                              \
    {                                                                                                                  \
        void(*real) parameters;                                                                                        \
        memcpy(&real, &functions[MB_HEAP_SHAPE_##SHAPE][slot].real, sizeof real);                                      \
        if (depth == 0 && block != NULL)                                                                               \
            mb_heap_pool_remove(block);                                                                                \
        depth++;                                                                                                       \
        real arguments;                                                                                                \
        depth--;                                                                                                       \
    }
#define SLOT(slot)                                                                                                     \
    MAKES(MALLOC, slot, (size_t size), (size), NULL, size)                                                             \
    MAKES(CALLOC, slot, (size_t count, size_t each), (count, each), NULL, count *each)                                 \
    MAKES(REALLOC, slot, (void *block, size_t size), (block, size), block, size)                                       \
    ENDS(FREE, slot, (void *block), (block))                                                                           \
    MAKES(MEMALIGN, slot, (size_t alignment, size_t size), (alignment, size), NULL, size)                              \
    MAKES(ALIGNED_ALLOC, slot, (size_t alignment, size_t size), (alignment, size), NULL, size)                         \
    MAKES(MALLOC_ALIGNED, slot, (size_t size, size_t alignment), (size, alignment), NULL, size)                        \
    MAKES(MALLOCX, slot, (size_t size, int flags), (size, flags), NULL, size)                                          \
    MAKES(RALLOCX, slot, (void *block, size_t size, int flags), (block, size, flags), block, size)                     \
    ENDS(DALLOCX, slot, (void *block, int flags), (block, flags))                                                      \
    ENDS(SDALLOCX, slot, (void *block, size_t size, int flags), (block, size, flags))
SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)
SLOT(4)
SLOT(5)
SLOT(6)
SLOT(7)

typedef void wrapper(void);
#define WRAPPERS(SHAPE, word)                                                                                          \
    {(wrapper *)SHAPE##_0, (wrapper *)SHAPE##_1, (wrapper *)SHAPE##_2, (wrapper *)SHAPE##_3,                           \
     (wrapper *)SHAPE##_4, (wrapper *)SHAPE##_5, (wrapper *)SHAPE##_6, (wrapper *)SHAPE##_7},
static wrapper *const wrappers[MB_HEAP_SHAPE_COUNT][MB_HEAP_FUNCTIONS_MAX] = {MB_HEAP_SHAPES(WRAPPERS)};

/* The wrapper for a name, or 0. */
static uintptr_t wrapper_of(const char *name)
{
    for (int shape = 0; shape < MB_HEAP_SHAPE_COUNT; shape++)
        for (int slot = 0; slot < MB_HEAP_FUNCTIONS_MAX; slot++) {
            const function *f = &functions[shape][slot];
            if (f->name[0] != '\0' && f->real != NULL && strcmp(f->name, name) == 0)
                return (uintptr_t)wrappers[shape][slot];
        }
    return 0;
}

/* What lies in memory that is read-only after relocation is made writable for the moment. */
static void write_place(const struct dl_phdr_info *object, uintptr_t place, uintptr_t value)
{
    uintptr_t page = place & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    size_t length = place + sizeof value - page;
    bool is_closed = false;
    if (*(uintptr_t *)place == value)
        return;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_GNU_RELRO && place - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            is_closed = true;
    }
    if (is_closed && mprotect((void *)page, length, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n((uintptr_t *)place, value, __ATOMIC_RELEASE);
    if (is_closed)
        mprotect((void *)page, length, PROT_READ);
}

static void bind_places(const struct dl_phdr_info *object, const ElfW(Rela) * places, size_t byte_count,
                        const ElfW(Sym) * symbols, const char *names)
{
    for (size_t i = 0; i < byte_count / sizeof *places; i++) {
        if (!IS_SYMBOLS(ELF64_R_TYPE(places[i].r_info)) || places[i].r_addend != 0)
            continue;
        uintptr_t wrapper = wrapper_of(names + symbols[ELF64_R_SYM(places[i].r_info)].st_name);
        if (wrapper != 0)
            write_place(object, object->dlpi_addr + places[i].r_offset, wrapper);
    }
}

static int bind_object(struct dl_phdr_info *object, size_t size, void *context)
{
    const ElfW(Dyn) *dynamic = NULL;
    uintptr_t here = (uintptr_t)&functions, tags[DT_NUM] = {0};
    (void)size, (void)context;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_DYNAMIC)
            dynamic = (const ElfW(Dyn) *)start;
        if (segment->p_type == PT_LOAD && here - start < segment->p_memsz) /* the hook itself */
            return 0;
    }
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
        if (dynamic->d_tag > 0 && dynamic->d_tag < DT_NUM)
            tags[dynamic->d_tag] = dynamic->d_un.d_ptr;
    /* The kernel's own object has addresses that nobody relocated, and no such places. */
    if (tags[DT_SYMTAB] < object->dlpi_addr || tags[DT_STRTAB] == 0)
        return 0;
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)tags[DT_SYMTAB];
    const char *names = (const char *)tags[DT_STRTAB];
    if (tags[DT_RELA] != 0)
        bind_places(object, (const ElfW(Rela) *)tags[DT_RELA], tags[DT_RELASZ], symbols, names);
    if (tags[DT_JMPREL] != 0 && tags[DT_PLTREL] == DT_RELA)
        bind_places(object, (const ElfW(Rela) *)tags[DT_JMPREL], tags[DT_PLTRELSZ], symbols, names);
    return 0;
}

/* Behind the hook first: in a program that takes a function's address its own symbol may be a way to the place that is
 * written. */
static void look_up(function *f)
{
    if (f->name[0] == '\0' || f->real != NULL)
        return;
    f->real = dlsym(RTLD_NEXT, f->name);
    f->is_programs = f->real == NULL && dlsym(RTLD_DEFAULT, f->name) != NULL;
    dlerror();
    dlerror(); /* frees what a failure has allocated */
    if (f->real != NULL || obstacle[0] != '\0')
        return;
    if (f->is_programs)
        snprintf(obstacle, sizeof obstacle,
                 "--heap-functions: %s is a function of the program itself, whose calls were bound when it was linked: "
                 "HEAP_FUNCTIONS of membench_add_program wraps them there",
                 f->name);
    else
        snprintf(obstacle, sizeof obstacle,
                 "--heap-functions: no library exports %s: a static or hidden function was bound when it was linked: "
                 "HEAP_FUNCTIONS of membench_add_program wraps it there, or mb_heap_add notes its blocks",
                 f->name);
}

static int see(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    *(bool *)context = object->dlpi_adds != seen_adds || object->dlpi_subs != seen_subs;
    seen_adds = object->dlpi_adds;
    seen_subs = object->dlpi_subs;
    return 1;
}

void mb_heap_functions_bind(void)
{
    bool has_changed = false;
    if (has_any)
        dl_iterate_phdr(see, &has_changed);
    if (!has_changed)
        return;
    obstacle[0] = '\0';
    for (int shape = 0; shape < MB_HEAP_SHAPE_COUNT; shape++)
        for (int slot = 0; slot < MB_HEAP_FUNCTIONS_MAX; slot++)
            look_up(&functions[shape][slot]);
#if defined(__x86_64__) || defined(__aarch64__)
    dl_iterate_phdr(bind_object, NULL);
#else
    snprintf(obstacle, sizeof obstacle, "--heap-functions: not on this architecture");
#endif
}

void mb_heap_functions_prepare(const char *list_or_null)
{
    char name[MB_HEAP_FUNCTION_BYTES];
    mb_heap_shape shape;
    for (const char *at = list_or_null; at != NULL && mb_heap_function_next(&at, name, &shape);)
        for (int slot = 0; shape != MB_HEAP_SHAPE_COUNT && slot < MB_HEAP_FUNCTIONS_MAX; slot++)
            if (functions[shape][slot].name[0] == '\0') {
                memcpy(functions[shape][slot].name, name, sizeof name);
                has_any = true;
                break;
            }
    mb_heap_functions_bind();
}

const char *mb_heap_functions_obstacle(void) { return obstacle[0] != '\0' ? obstacle : NULL; }
