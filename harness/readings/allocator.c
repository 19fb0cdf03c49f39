/* The allocator behind malloc: found by the functions it exports.
 *
 * Weak references see what is linked into a static program and what a dynamic one was started with; dlsym sees what
 * the linker left out of a dynamic program's symbol table. dlsym is weak itself: a static program does not get a
 * dynamic loader because of us. */
#include "readings/provenance.h"

#include "base/digits.h"
#include "base/loaded_object.h"
#include "readings/proc_text.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#pragma weak dlsym

#define WEAK __attribute__((weak))
extern int mallctl(const char *, void *, size_t *, void *, size_t) WEAK;
extern int mi_version(void) WEAK;
extern void mi_collect(bool) WEAK;
extern const char *tc_version(int *, int *, const char **) WEAK;
extern void MallocExtension_ReleaseFreeMemory(void) WEAK;
extern int malloc_trim(size_t) WEAK;

typedef void function(void);

/* Bound once by mb_allocator_find, so that a trim inside the window looks nothing up. */
static struct {
    int (*mallctl)(const char *, void *, size_t *, void *, size_t);
    void (*mi_collect)(bool);
    void (*tc_release)(void);
    int (*malloc_trim)(size_t);
} bound;

static function *look_up(function *linked, const char *name)
{
    if (linked != NULL || dlsym == NULL)
        return linked;
    void *address = dlsym(RTLD_DEFAULT, name);
    function *found = NULL;
    memcpy(&found, &address, sizeof found); /* ISO C has no cast from an object pointer to a function pointer */
    return found;
}

static bool trim_jemalloc(void)
{
    /* 4096 is MALLCTL_ARENAS_ALL. What the thread's cache holds is not free for the arena. */
    (void)bound.mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    return bound.mallctl("arena.4096.purge", NULL, NULL, NULL, 0) == 0;
}

static bool trim_mimalloc(void)
{
    bound.mi_collect(true);
    return true;
}

static bool trim_tcmalloc(void)
{
    bound.tc_release();
    return true;
}

static bool trim_glibc(void)
{
    (void)bound.malloc_trim(0); /* 0 only says that there was nothing to give */
    return true;
}

/* name, then numbers with a dot between them, then an optional end. */
static void write_version(char text[MB_PROVENANCE_TEXT_BYTES], const char *name, const int numbers[], int count)
{
    mb_proc_copy(text, MB_PROVENANCE_TEXT_BYTES, name);
    for (int i = 0; i < count; i++) {
        char digits[MB_DIGITS_BYTES];
        mb_proc_append(text, MB_PROVENANCE_TEXT_BYTES, i == 0 ? " " : ".");
        mb_proc_append(text, MB_PROVENANCE_TEXT_BYTES, mb_digits(numbers[i] < 0 ? 0 : (uint64_t)numbers[i], digits));
    }
}

static bool find_jemalloc(mb_allocator *allocator)
{
    const char *version = NULL;
    size_t size = sizeof version;
    bound.mallctl = (int (*)(const char *, void *, size_t *, void *, size_t))look_up((function *)mallctl, "mallctl");
    if (bound.mallctl == NULL || bound.mallctl("version", &version, &size, NULL, 0) != 0 || version == NULL)
        return false;
    /* "5.3.0-0-g54eaed1d8b56…": what is behind the "-" names the commit. */
    mb_proc_copy(allocator->text, sizeof allocator->text, "jemalloc ");
    mb_proc_append(allocator->text, sizeof allocator->text, version);
    char *dash = strchr(allocator->text, '-');
    if (dash != NULL)
        *dash = '\0';
    allocator->give_back = trim_jemalloc;
    return true;
}

static bool find_mimalloc(mb_allocator *allocator)
{
    int (*version_get)(void) = (int (*)(void))look_up((function *)mi_version, "mi_version");
    bound.mi_collect = (void (*)(bool))look_up((function *)mi_collect, "mi_collect");
    if (version_get == NULL || bound.mi_collect == NULL)
        return false;
    int version = version_get(); /* 209 is 2.0.9; five digits, 30105, are 3.1.5 */
    bool is_long = version >= 10000;
    int numbers[] = {is_long ? version / 10000 : version / 100, is_long ? version / 100 % 100 : version / 10 % 10,
                     is_long ? version % 100 : version % 10};
    write_version(allocator->text, "mimalloc", numbers, 3);
    allocator->give_back = trim_mimalloc;
    return true;
}

static bool find_tcmalloc(mb_allocator *allocator)
{
    const char *(*version_get)(int *, int *, const char **) =
        (const char *(*)(int *, int *, const char **))look_up((function *)tc_version, "tc_version");
    bound.tc_release =
        (void (*)(void))look_up((function *)MallocExtension_ReleaseFreeMemory, "MallocExtension_ReleaseFreeMemory");
    if (version_get == NULL || bound.tc_release == NULL)
        return false;
    int numbers[2] = {0, 0};
    const char *patch = "";
    (void)version_get(&numbers[0], &numbers[1], &patch);
    write_version(allocator->text, "tcmalloc", numbers, 2);
    if (patch != NULL)
        mb_proc_append(allocator->text, sizeof allocator->text, patch);
    allocator->give_back = trim_tcmalloc;
    return true;
}

typedef struct holder {
    uintptr_t address;
    const char *name; /* of the file that holds it; NULL: not found */
} holder;

static int match_holder(struct dl_phdr_info *object, size_t size, void *context)
{
    holder *wanted = context;
    (void)size;
    if (mb_loaded_object_has(object, wanted->address))
        wanted->name = object->dlpi_name;
    return wanted->name != NULL;
}

/* Name of the file that malloc is in, without its folder; "" when it is the program itself, NULL when nobody knows: a
 * static program. */
static const char *find_holder_of_malloc(void)
{
    holder wanted = {.address = dlsym != NULL ? (uintptr_t)dlsym(RTLD_DEFAULT, "malloc") : 0};
    if (wanted.address != 0)
        dl_iterate_phdr(match_holder, &wanted);
    const char *slash = wanted.name != NULL ? strrchr(wanted.name, '/') : NULL;
    return slash != NULL ? slash + 1 : wanted.name;
}

static bool is_libc(const char *name)
{
    return strncmp(name, "libc.", 5) == 0 || strncmp(name, "libc-", 5) == 0 || strncmp(name, "ld-musl", 7) == 0;
}

static void find(mb_allocator *allocator)
{
    if (mb_is_sanitized()) {
        mb_proc_copy(allocator->text, sizeof allocator->text, MB_ALLOCATOR_SANITIZER);
        return;
    }
    const char *holder = find_holder_of_malloc();
    bool is_sure = holder != NULL && is_libc(holder); /* then there is no need to look for what is not there */
    if (!is_sure && (find_jemalloc(allocator) || find_mimalloc(allocator) || find_tcmalloc(allocator)))
        return;
    mb_libc_describe(allocator->text);
    bound.malloc_trim = (int (*)(size_t))look_up((function *)malloc_trim, "malloc_trim");
    bool is_glibc = strncmp(allocator->text, "glibc", 5) == 0;
    /* The heap pass's hook hands every call on to the allocator behind it, which would have been found before. A static
     * program has malloc_trim linked in together with glibc's malloc, or not at all. */
    bool is_own = is_sure || holder == NULL || strncmp(holder, "libmembench_heap", 16) == 0 ||
                  strncmp(holder, "libmembench_sites", 17) == 0;
    if (!is_own || (is_glibc && bound.malloc_trim == NULL))
        mb_proc_copy(allocator->text, sizeof allocator->text, "unknown");
    else if (is_glibc)
        allocator->give_back = trim_glibc;
}

void mb_allocator_find(mb_allocator *allocator)
{
    static mb_allocator found; /* it does not change, and symbols that are not there take long to look up */
    if (found.text[0] == '\0')
        find(&found);
    *allocator = found;
}

bool mb_allocator_trim(const mb_allocator *allocator) { return allocator->give_back != NULL && allocator->give_back(); }
