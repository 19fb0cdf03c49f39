#include "sites/site_names.h"

#include "base/path.h"
#include "sites/name_rules.h"
#include "sites/site_crash.h"
#include "sites/site_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_OF_STACK_MAX = 4096, SLOTS_FIRST = 1024, START_FRAMES_MAX = 4 };

/* What one frame was found to be. */
typedef struct found_frame {
    size_t module;
    uint64_t offset;
    const mb_site_place **places; /* innermost first */
    size_t place_count;           /* 0: a free slot */
} found_frame;

/* One of mb_site_files. */
struct mb_site_known_file {
    struct mb_site_known_file *next;
    const char *path, *build_id;
    mb_site_file *file; /* NULL: it cannot be read */
};

typedef struct namer {
    const mb_site_dump *dump;
    mb_site_files *known;
    mb_arena *arena;
    mb_site_file **files; /* of the modules, opened when the first frame is in them */
    bool *is_tried;
    bool lacks_memory;
    found_frame *slots;
    size_t slot_count, found_count;
} namer;

static uint64_t hash_of(size_t module, uint64_t offset)
{
    uint64_t hash = (offset ^ (uint64_t)module << 48) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static found_frame *find_slot(found_frame *slots, size_t slot_count, const mb_dump_frame *frame)
{
    size_t at = hash_of(frame->module, frame->offset) & (slot_count - 1);
    while (slots[at].place_count > 0 && (slots[at].module != frame->module || slots[at].offset != frame->offset))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static bool grow(namer *n)
{
    if (2 * n->found_count < n->slot_count)
        return true;
    size_t larger_count = n->slot_count > 0 ? 2 * n->slot_count : SLOTS_FIRST;
    found_frame *larger = calloc(larger_count, sizeof *larger);
    if (larger == NULL)
        return false;
    for (size_t i = 0; i < n->slot_count; i++)
        if (n->slots[i].place_count > 0)
            *find_slot(larger, larger_count, &(mb_dump_frame){n->slots[i].module, n->slots[i].offset}) = n->slots[i];
    free(n->slots);
    n->slots = larger;
    n->slot_count = larger_count;
    return true;
}

static const mb_dump_module *module_of(const namer *n, size_t index)
{
    return index < n->dump->module_count && n->dump->modules[index].path != NULL ? &n->dump->modules[index] : NULL;
}

static mb_site_file *open_file(namer *n, const mb_dump_module *module)
{
    for (const struct mb_site_known_file *known = n->known->first; known != NULL; known = known->next)
        if (strcmp(known->path, module->path) == 0 && strcmp(known->build_id, module->build_id) == 0)
            return known->file;
    struct mb_site_known_file *added = mb_arena_alloc(n->arena, sizeof *added);
    const char *path = mb_arena_copy(n->arena, module->path), *id = mb_arena_copy(n->arena, module->build_id);
    mb_site_file *file = NULL;
    if (added == NULL || path == NULL || id == NULL || mb_site_file_open(path, id, n->arena, &file) != MB_OK) {
        n->lacks_memory = true;
        return NULL;
    }
    *added = (struct mb_site_known_file){n->known->first, path, id, file};
    n->known->first = added;
    return added->file;
}

void mb_site_files_close(mb_site_files *files)
{
    for (struct mb_site_known_file *known = files->first; known != NULL; known = known->next)
        mb_site_file_close(known->file);
    files->first = NULL;
}

static mb_site_file *file_of(namer *n, size_t index)
{
    const mb_dump_module *module = module_of(n, index);
    if (module == NULL)
        return NULL;
    if (!n->is_tried[index]) {
        n->is_tried[index] = true;
        n->files[index] = open_file(n, module);
    }
    return n->files[index];
}

static const mb_site_place *make_place(namer *n, const mb_dump_frame *frame, const mb_site_name *name)
{
    const mb_dump_module *module = module_of(n, frame->module);
    mb_site_place *place = mb_arena_alloc(n->arena, sizeof *place);
    char text[32];
    if (place == NULL)
        return NULL;
    snprintf(text, sizeof text, "%s0x%" PRIx64, module != NULL ? "+" : "", frame->offset);
    *place = (mb_site_place){
        .function = name != NULL && name->function != NULL ? name->function : mb_arena_copy(n->arena, text),
        .module = module != NULL ? mb_arena_copy(n->arena, mb_file_name(module->path)) : "",
        .is_program = frame->module == 0, /* the linker lists it first */
    };
    if (name != NULL && name->file != NULL && name->line > 0) {
        place->file = name->file;
        place->line = name->line;
    }
    return place->function != NULL && place->module != NULL ? place : NULL;
}

static const found_frame *find_frame(namer *n, const mb_dump_frame *frame)
{
    if (!grow(n))
        return NULL;
    found_frame *slot = find_slot(n->slots, n->slot_count, frame);
    if (slot->place_count > 0)
        return slot;
    mb_site_name names[MB_SITE_INLINES_MAX];
    mb_site_file *file = file_of(n, frame->module);
    errno = 0;
    size_t count = file != NULL ? mb_site_file_find(file, frame->offset, names) : 0;
    if (n->lacks_memory || errno == ENOMEM ||
        /* elfutils say no more than that something is not there */ (file != NULL && mb_site_file_lacks_memory(file)))
        return NULL; /* a site without its name would be another one, and two builds could not be joined */
    size_t place_count = count > 0 ? count : 1;
    const mb_site_place **places = mb_arena_alloc(n->arena, place_count * sizeof *places);
    for (size_t i = 0; places != NULL && i < place_count; i++)
        if ((places[i] = make_place(n, frame, count > 0 ? &names[i] : NULL)) == NULL)
            return NULL;
    if (places == NULL)
        return NULL;
    *slot = (found_frame){frame->module, frame->offset, places, place_count};
    n->found_count++;
    return slot;
}

/* How many frames a benchmark of another framework has below that: all when it is the framework that allocates. */
static size_t count_below_framework(const mb_site_place **places, size_t count)
{
    bool has_program = false;
    for (size_t i = 0; i < count; i++) {
        if (!mb_name_is_of_framework(places[i]->function, places[i]->module))
            has_program = has_program || places[i]->is_program;
        else if (has_program)
            return i;
    }
    return count;
}

/* Without what allocates for the caller, at the inner end, and without the window and what called it, at the outer. */
static mb_site_stack trim(const mb_site_place **places, size_t count, bool is_cut)
{
    size_t start = 0;
    for (size_t i = 0; i < count; i++)
        if (mb_name_is_of_window(places[i]->function)) {
            count = i;
            is_cut = false;
        }
    size_t below = count_below_framework(places, count);
    is_cut = is_cut && below == count;
    count = below;
    /* A stripped program's _start, outside of the C library's functions, has no name. */
    for (size_t i = count; i > 1 && i + START_FRAMES_MAX > count; i--)
        if (mb_name_is_of_start(places[i - 1]->function, places[i - 1]->module))
            count = i - 1;
    while (start + 1 < count && mb_name_is_of_allocator(places[start]->function))
        start++;
    return (mb_site_stack){places + start, count - start, is_cut};
}

static bool name_stack(namer *n, const mb_dump_site *site, mb_site_stack *stack)
{
    const mb_site_place *places[PLACES_OF_STACK_MAX];
    size_t count = 0;
    for (size_t f = 0; f < site->frame_count; f++) {
        const found_frame *found = find_frame(n, &site->frames[f]);
        if (found == NULL)
            return false;
        for (size_t i = 0; i < found->place_count && count < PLACES_OF_STACK_MAX; i++)
            places[count++] = found->places[i];
    }
    mb_site_stack trimmed = trim(places, count, site->is_cut);
    const mb_site_place **kept = mb_arena_alloc(n->arena, (trimmed.place_count + 1) * sizeof *kept);
    if (kept == NULL)
        return false;
    for (size_t i = 0; i < trimmed.place_count; i++)
        kept[i] = trimmed.places[i];
    *stack = (mb_site_stack){kept, trimmed.place_count, trimmed.is_cut};
    return true;
}

static bool name_view(namer *n, const mb_dump_view *from, const mb_site_stack *stacks, mb_site_view *to)
{
    mb_site_row *rows = mb_arena_alloc(n->arena, (from->row_count + 1) * sizeof *rows);
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < from->row_count; i++) {
        rows[i].amounts = from->rows[i].amounts;
        rows[i].stack = from->rows[i].site < n->dump->site_count ? stacks[from->rows[i].site] : (mb_site_stack){0};
    }
    *to = (mb_site_view){rows, from->row_count, from->counted};
    return true;
}

static bool copy_pages(namer *n, int window, const mb_site_stack *stacks, mb_site_set *set)
{
    size_t count = n->dump->page_count[window];
    mb_site_pages *pages = mb_arena_alloc(n->arena, (count + 1) * sizeof *pages);
    for (size_t i = 0; pages != NULL && i < count; i++) {
        const mb_dump_pages *from = &n->dump->pages[window][i];
        pages[i] = (mb_site_pages){.kind = from->kind, .name = mb_arena_copy(n->arena, from->name)};
        if (from->site > 0 && from->site < n->dump->site_count)
            pages[i].stack = stacks[from->site];
        memcpy(pages[i].anon_bytes, from->anon_bytes, sizeof from->anon_bytes);
        memcpy(pages[i].live_bytes, from->live_bytes, sizeof from->live_bytes);
        if (pages[i].name == NULL)
            return false;
    }
    set->pages[window] = pages;
    set->page_count[window] = count;
    return pages != NULL;
}

static bool name_all(namer *n, mb_site_set *set)
{
    const mb_site_dump *dump = n->dump;
    mb_site_stack *stacks = calloc(dump->site_count + 1, sizeof *stacks);
    n->files = calloc(dump->module_count + 1, sizeof *n->files);
    n->is_tried = calloc(dump->module_count + 1, sizeof *n->is_tried);
    bool is_good = stacks != NULL && n->files != NULL && n->is_tried != NULL;
    for (size_t s = 0; s < dump->site_count && is_good; s++)
        is_good = name_stack(n, &dump->sites[s], &stacks[s]);
    for (int window = 0; window < MB_WINDOW_COUNT; window++) {
        set->has_window[window] = dump->has_window[window];
        is_good = is_good && copy_pages(n, window, stacks, set);
        for (int m = 0; m < MB_SITE_MOMENT_COUNT && is_good; m++)
            is_good = name_view(n, &dump->views[window][m], stacks, &set->views[window][m]);
    }
    free(stacks);
    return is_good;
}

mb_status mb_site_names_find(const mb_site_dump *dump, mb_site_files *files, mb_arena *arena, mb_site_set *set,
                             mb_error *error)
{
    namer n = {.dump = dump, .known = files, .arena = arena};
    mb_site_set made = {0};
    mb_site_crash crash;
    mb_site_crash_begin(&crash);
    bool is_good = name_all(&n, &made);
    mb_site_crash_end(&crash);
    free(n.files);
    free(n.is_tried);
    free(n.slots);
    if (!is_good)
        return mb_error_no_memory(error);
    *set = made;
    return MB_OK;
}
