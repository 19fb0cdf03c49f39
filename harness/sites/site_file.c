#include "sites/site_file.h"

#include "base/grown.h"
#include "base/loaded_calls.h"
#include "sites/elfutils.h"
#include "sites/name_rules.h"
#include "sites/name_rust.h"
#include "sites/site_units.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 129 };

typedef struct symbol {
    uint64_t start, end; /* end 0: up to the next one */
    const char *name;    /* of the file's own string table */
} symbol;

/* One ELF file that is open, with its debug information. */
typedef struct image {
    int fd;
    Elf *elf;
    Dwarf *dwarf;
} image;

struct mb_site_file {
    mb_arena *arena;
    image own, debug, extra; /* the file, its separate debug file, and what several of those share */
    mb_units units;
    symbol *symbols;
    size_t symbol_count, symbol_capacity;
    bool lacks_memory; /* symbols were left out */
};

const char *mb_site_file_obstacle(void)
{
    return mb_elfutils_load() ? NULL : "libdw.so.1 is missing: functions have no names; do: install libdw1";
}

/* abi::__cxa_demangle of whatever C++ runtime this machine has: the coordinator itself needs none. */
typedef char *demangler(const char *name, char *buffer, size_t *length, int *status);

static demangler *find_demangler(void)
{
    static const char *const libraries[] = {"libstdc++.so.6", "libc++abi.so.1"};
    static demangler *found;
    static bool is_known;
    for (size_t i = 0; !is_known && found == NULL && i < sizeof libraries / sizeof libraries[0]; i++)
        (void)mb_calls_load(libraries[i], (const char *const[]){"__cxa_demangle"}, 1, &found);
    is_known = true;
    return found;
}

const char *mb_site_demangle(const char *name, mb_arena *arena)
{
    char text[MB_FUNCTION_NAME_BYTES], *demangled = NULL;
    int status;
    if (mb_name_rust(name, text))
        return mb_arena_copy(arena, text);
    if (name[0] == '_' && name[1] == 'Z' && find_demangler() != NULL)
        demangled = find_demangler()(name, NULL, NULL, &status);
    const char *copy = mb_arena_copy(arena, mb_name_normalize(demangled != NULL ? demangled : name, text));
    free(demangled);
    return copy;
}

static void close_image(image *i)
{
    if (i->dwarf != NULL)
        mb_dw.dwarf_end(i->dwarf);
    if (i->elf != NULL)
        mb_dw.elf_end(i->elf);
    if (i->fd > 0)
        close(i->fd);
    *i = (image){0};
}

static bool open_image(image *i, const char *path)
{
    i->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    i->elf = i->fd >= 0 ? mb_dw.elf_begin(i->fd, ELF_C_READ_MMAP, NULL) : NULL;
    if (i->elf == NULL || mb_dw.elf_kind(i->elf) != ELF_K_ELF) {
        close_image(i);
        return false;
    }
    i->dwarf = mb_dw.dwarf_begin_elf(i->elf, DWARF_C_READ, NULL); /* NULL: it has no debug information */
    return true;
}

static bool find_id(Elf *elf, char id[ID_BYTES])
{
    const void *bytes;
    ssize_t count = mb_dw.dwelf_elf_gnu_build_id(elf, &bytes);
    if (count <= 0 || count > (ID_BYTES - 1) / 2)
        return false;
    for (ssize_t i = 0; i < count; i++)
        snprintf(id + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
    return true;
}

static bool is_of(Elf *elf, const char *build_id)
{
    char id[ID_BYTES];
    return build_id[0] == '\0' || (find_id(elf, id) && strcmp(id, build_id) == 0);
}

/* The debug file of that path, if it belongs to the build id. */
static bool try_debug(mb_site_file *file, const char *path, const char *build_id)
{
    if (!open_image(&file->debug, path))
        return false;
    if (file->debug.dwarf != NULL && is_of(file->debug.elf, build_id))
        return true;
    close_image(&file->debug);
    return false;
}

/* By build id below /usr/lib/debug, or by the name that the file says, in the places where debuggers look. */
static void find_debug(mb_site_file *file, const char *path)
{
    char id[ID_BYTES] = "", candidate[2 * PATH_MAX];
    GElf_Word checksum;
    const char *folders = getenv("MEMBENCH_DEBUG_FOLDER"); /* instead of /usr/lib/debug */
    const char *root = folders != NULL ? folders : "/usr/lib/debug";
    if (find_id(file->own.elf, id)) {
        snprintf(candidate, sizeof candidate, "%s/.build-id/%.2s/%s.debug", root, id, id + 2);
        if (try_debug(file, candidate, id))
            return;
    }
    const char *name = mb_dw.dwelf_elf_gnu_debuglink(file->own.elf, &checksum);
    const char *slash = strrchr(path, '/');
    if (name == NULL || slash == NULL || strchr(name, '/') != NULL)
        return;
    int length = (int)(slash - path);
    for (size_t i = 0; i < 3; i++) {
        const char *suffix = i == 1 ? "/.debug/" : "/";
        snprintf(candidate, sizeof candidate, "%s%.*s%s%s", i == 2 ? root : "", length, path, suffix, name);
        if (strcmp(candidate, path) != 0 && try_debug(file, candidate, id))
            return;
    }
}

/* What dwz has moved into a file that several share. */
static void find_shared(mb_site_file *file, Dwarf *dwarf)
{
    const char *name;
    const void *id;
    char candidate[2 * PATH_MAX], text[ID_BYTES];
    ssize_t count = mb_dw.dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id);
    if (count <= 0 || count > (ID_BYTES - 1) / 2)
        return;
    for (ssize_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)id)[i]);
    snprintf(candidate, sizeof candidate, "/usr/lib/debug/.build-id/%.2s/%s.debug", text, text + 2);
    if (open_image(&file->extra, candidate) && file->extra.dwarf != NULL)
        mb_dw.dwarf_setalt(dwarf, file->extra.dwarf);
}

static void add_symbol(mb_site_file *file, const GElf_Sym *entry, const char *name)
{
    int type = GELF_ST_TYPE(entry->st_info);
    bool is_code = type == STT_FUNC || type == STT_GNU_IFUNC;
    if (!is_code || entry->st_shndx == SHN_UNDEF || name == NULL || name[0] == '\0')
        return;
    void *moved = mb_grown(file->symbols, file->symbol_count, &file->symbol_capacity, sizeof *file->symbols);
    if (moved == NULL) {
        file->lacks_memory = true;
        return;
    }
    file->symbols = moved;
    file->symbols[file->symbol_count++] =
        (symbol){entry->st_value, entry->st_size > 0 ? entry->st_value + entry->st_size : 0, name};
}

static void read_symbols(mb_site_file *file, Elf *elf, GElf_Word wanted)
{
    for (Elf_Scn *section = mb_dw.elf_nextscn(elf, NULL); section != NULL; section = mb_dw.elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (mb_dw.gelf_getshdr(section, &header) == NULL || header.sh_type != wanted || header.sh_entsize == 0)
            continue;
        Elf_Data *data = mb_dw.elf_getdata(section, NULL);
        size_t count = data != NULL ? data->d_size / header.sh_entsize : 0;
        for (size_t i = 0; i < count && i < INT_MAX; i++) {
            GElf_Sym entry;
            if (mb_dw.gelf_getsym(data, (int)i, &entry) != NULL)
                add_symbol(file, &entry, mb_dw.elf_strptr(elf, header.sh_link, entry.st_name));
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const symbol *left = a, *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

mb_status mb_site_file_open(const char *path, const char *build_id, mb_arena *arena, mb_site_file **result)
{
    mb_site_file *file = calloc(1, sizeof *file);
    *result = NULL;
    if (file == NULL)
        return MB_FAILED;
    errno = 0;
    if (!mb_elfutils_load() || mb_dw.elf_version(EV_CURRENT) == EV_NONE || !open_image(&file->own, path) ||
        !is_of(file->own.elf, build_id)) {
        int errnum = errno;
        mb_site_file_close(file);
        /* Else the same program would have names in one run and none in the next. */
        bool is_passing = errnum == ENOMEM || errnum == EMFILE || errnum == ENFILE || errnum == EINTR || errnum == EIO;
        return is_passing ? MB_FAILED : MB_OK;
    }
    file->arena = arena;
    if (file->own.dwarf == NULL)
        find_debug(file, path);
    Dwarf *dwarf = file->own.dwarf != NULL ? file->own.dwarf : file->debug.dwarf;
    if (dwarf != NULL)
        find_shared(file, dwarf);
    mb_units_init(&file->units, dwarf);
    read_symbols(file, file->own.elf, SHT_SYMTAB);
    if (file->symbol_count == 0 && file->debug.elf != NULL)
        read_symbols(file, file->debug.elf, SHT_SYMTAB);
    if (file->symbol_count == 0)
        read_symbols(file, file->own.elf, SHT_DYNSYM);
    if (file->symbol_count > 0)
        qsort(file->symbols, file->symbol_count, sizeof *file->symbols, by_address);
    if (errno == ENOMEM) { /* of elfutils, too, which say no more than that something is not there */
        mb_site_file_close(file);
        return MB_FAILED;
    }
    *result = file;
    return MB_OK;
}

bool mb_site_file_lacks_memory(const mb_site_file *file) { return file->lacks_memory || file->units.lacks_memory; }

void mb_site_file_close(mb_site_file *file)
{
    if (file == NULL)
        return;
    mb_units_fini(&file->units);
    close_image(&file->debug);
    close_image(&file->own);
    close_image(&file->extra);
    free(file->symbols);
    free(file);
}

static const char *find_symbol(const mb_site_file *file, uint64_t address)
{
    size_t low = 0, high = file->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const symbol *found = &file->symbols[low - 1];
    return found->end == 0 || address < found->end ? found->name : NULL;
}

size_t mb_site_file_find(mb_site_file *file, uint64_t return_address, mb_site_name names[MB_SITE_INLINES_MAX])
{
    uint64_t address = return_address - 1; /* of the call */
    size_t count = mb_units_find(&file->units, address, file->arena, names);
    const char *symbol = count == 0 || names[count - 1].is_bare ? find_symbol(file, address) : NULL;
    if (count == 0 && symbol == NULL)
        return 0;
    if (count == 0) {
        names[0] = (mb_site_name){0};
        count = 1;
    }
    bool is_mangled = symbol != NULL && symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R');
    if (symbol != NULL && (is_mangled || names[count - 1].function == NULL))
        names[count - 1].function = mb_site_demangle(symbol, file->arena);
    return count;
}
