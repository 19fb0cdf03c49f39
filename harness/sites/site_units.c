#include "sites/site_units.h"

#include "base/grown.h"
#include "sites/elfutils.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why not dwfl, or dwarf_getscopes: in a program of 30 MB they walk the same units again for each address, seconds for
 * a few thousand of them, and they find a unit by .debug_aranges, which clang does not write. Here each unit's ranges
 * go into one sorted array, and a unit is walked once, when the first address in it is asked for. Edges: a unit without
 * ranges is never found; a function in several stretches has a scope for each; one that is nested in another's code
 * (a lambda's, a nested function of GNU C) is a function of its own. */
enum { DEPTH_MAX = 64 };

static int by_start(const void *a, const void *b)
{
    const mb_unit_range *left = a, *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

static bool add_ranges(mb_units *units, size_t *capacity, Dwarf_Die *die, size_t unit)
{
    Dwarf_Addr base, start, end;
    bool has_any = false;
    for (ptrdiff_t at = mb_dw.dwarf_ranges(die, 0, &base, &start, &end); at > 0;
         at = mb_dw.dwarf_ranges(die, at, &base, &start, &end)) {
        if (start >= end)
            continue;
        void *moved = mb_grown(units->ranges, units->range_count, capacity, sizeof *units->ranges);
        if (moved == NULL) {
            units->lacks_memory = true;
            return has_any;
        }
        units->ranges = moved;
        units->ranges[units->range_count++] = (mb_unit_range){start, end, unit};
        has_any = true;
    }
    return has_any;
}

void mb_units_init(mb_units *units, Dwarf *dwarf)
{
    size_t unit_capacity = 0, range_capacity = 0;
    Dwarf_CU *next = NULL;
    Dwarf_Die die, content;
    uint8_t type;
    *units = (mb_units){0};
    while (dwarf != NULL && mb_dw.dwarf_get_units(dwarf, next, &next, NULL, &type, &die, &content) == 0) {
        bool is_split = type == DW_UT_skeleton && mb_dw.dwarf_tag(&content) == DW_TAG_compile_unit;
        if (type != DW_UT_compile && type != DW_UT_skeleton)
            continue;
        void *moved = mb_grown(units->units, units->unit_count, &unit_capacity, sizeof *units->units);
        if (moved == NULL) {
            units->lacks_memory = true;
            break;
        }
        units->units = moved;
        units->units[units->unit_count] = (mb_compile_unit){.die = die, .content = is_split ? content : die};
        add_ranges(units, &range_capacity, &die, units->unit_count);
        units->unit_count++;
    }
    if (units->range_count > 0)
        qsort(units->ranges, units->range_count, sizeof *units->ranges, by_start);
}

void mb_units_fini(mb_units *units)
{
    for (size_t i = 0; i < units->unit_count; i++) {
        free(units->units[i].scopes);
        free(units->units[i].functions);
    }
    free(units->units);
    free(units->ranges);
    *units = (mb_units){0};
}

/* DIEs that are still to be looked at. */
typedef struct worklist {
    Dwarf_Die *dies;
    size_t count, capacity;
    bool lacks_memory;
} worklist;

static void push(worklist *list, const Dwarf_Die *die)
{
    void *moved = mb_grown(list->dies, list->count, &list->capacity, sizeof *list->dies);
    if (moved == NULL) {
        list->lacks_memory = true;
        return;
    }
    list->dies = moved;
    list->dies[list->count++] = *die;
}

static bool add_scopes(mb_compile_unit *unit, Dwarf_Die *die, int depth)
{
    Dwarf_Addr base, start, end;
    bool has_any = false;
    for (ptrdiff_t at = mb_dw.dwarf_ranges(die, 0, &base, &start, &end); at > 0;
         at = mb_dw.dwarf_ranges(die, at, &base, &start, &end)) {
        if (start >= end)
            continue;
        void *moved = mb_grown(unit->scopes, unit->scope_count, &unit->scope_capacity, sizeof *unit->scopes);
        if (moved == NULL) {
            unit->lacks_memory = true;
            return has_any;
        }
        unit->scopes = moved;
        unit->scopes[unit->scope_count++] = (mb_unit_scope){.start = start, .end = end, .die = *die, .depth = depth};
        has_any = true;
    }
    return has_any;
}

/* What was inlined into a function; functions that are nested in it wait for their turn. */
static void walk_function(mb_compile_unit *unit, Dwarf_Die *parent, int depth, worklist *list)
{
    Dwarf_Die child;
    if (depth >= DEPTH_MAX || mb_dw.dwarf_child(parent, &child) != 0)
        return;
    do {
        int tag = mb_dw.dwarf_tag(&child);
        if (tag == DW_TAG_inlined_subroutine) {
            add_scopes(unit, &child, depth);
            walk_function(unit, &child, depth + 1, list);
        } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block) {
            walk_function(unit, &child, depth + 1, list);
        } else if (tag == DW_TAG_subprogram || tag == DW_TAG_class_type || tag == DW_TAG_structure_type) {
            push(list, &child);
        }
    } while (mb_dw.dwarf_siblingof(&child, &child) == 0);
}

static void push_children(worklist *list, Dwarf_Die *parent)
{
    Dwarf_Die child;
    if (mb_dw.dwarf_child(parent, &child) != 0)
        return;
    do {
        switch (mb_dw.dwarf_tag(&child)) {
        case DW_TAG_subprogram:
        case DW_TAG_namespace:
        case DW_TAG_module:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_lexical_block:
            push(list, &child);
            break;
        default:
            break;
        }
    } while (mb_dw.dwarf_siblingof(&child, &child) == 0);
}

static void take_function(mb_compile_unit *unit, Dwarf_Die *die, worklist *list)
{
    size_t first = unit->scope_count;
    if (!add_scopes(unit, die, 0)) { /* a declaration, or one that is inlined everywhere */
        push_children(list, die);
        return;
    }
    size_t inlines = unit->scope_count;
    walk_function(unit, die, 1, list);
    for (size_t i = first; i < inlines; i++)
        unit->scopes[i].last = unit->scope_count;
}

static const mb_unit_scope *sorted_scopes; /* qsort has no context */

static int by_scope_start(const void *a, const void *b)
{
    const mb_unit_scope *left = &sorted_scopes[*(const size_t *)a], *right = &sorted_scopes[*(const size_t *)b];
    return left->start < right->start ? -1 : left->start > right->start;
}

static void sort_functions(mb_compile_unit *unit)
{
    unit->functions = malloc((unit->scope_count + 1) * sizeof *unit->functions);
    if (unit->functions == NULL) {
        unit->lacks_memory = true;
        return;
    }
    for (size_t i = 0; i < unit->scope_count; i++)
        if (unit->scopes[i].last > 0)
            unit->functions[unit->function_count++] = i;
    sorted_scopes = unit->scopes;
    qsort(unit->functions, unit->function_count, sizeof *unit->functions, by_scope_start);
}

static void walk(mb_compile_unit *unit)
{
    worklist list = {0};
    unit->is_walked = true;
    push_children(&list, &unit->content);
    while (list.count > 0) {
        Dwarf_Die die = list.dies[--list.count];
        if (mb_dw.dwarf_tag(&die) == DW_TAG_subprogram)
            take_function(unit, &die, &list);
        else
            push_children(&list, &die);
    }
    unit->lacks_memory = unit->lacks_memory || list.lacks_memory;
    free(list.dies);
    sort_functions(unit);
}

/* The last of them that starts at the address or before. */
static const mb_unit_scope *find_function(const mb_compile_unit *unit, uint64_t address)
{
    size_t low = 0, high = unit->function_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unit->scopes[unit->functions[middle]].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const mb_unit_scope *found = &unit->scopes[unit->functions[low - 1]];
    return address < found->end ? found : NULL;
}

/* Ranges of units may overlap where a linker folded functions: the nearest that starts before is tried first. */
static mb_compile_unit *find_unit(mb_units *units, uint64_t address)
{
    enum { TRIED_MAX = 16 };
    size_t low = 0, high = units->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (units->ranges[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t tried = 0; low > 0 && tried < TRIED_MAX; low--, tried++)
        if (address < units->ranges[low - 1].end)
            return &units->units[units->ranges[low - 1].unit];
    return NULL;
}

/* GCC gives functions of anonymous namespaces no linkage name. */
static const char *name_of(Dwarf_Die *die, mb_arena *arena, bool *is_bare)
{
    Dwarf_Attribute attribute;
    const char *name = NULL;
    if (mb_dw.dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != NULL ||
        mb_dw.dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute) != NULL)
        name = mb_dw.dwarf_formstring(&attribute);
    *is_bare = name == NULL;
    if (name == NULL && mb_dw.dwarf_attr_integrate(die, DW_AT_name, &attribute) != NULL)
        name = mb_dw.dwarf_formstring(&attribute);
    return name != NULL ? mb_site_demangle(name, arena) : NULL;
}

static const char *absolute(mb_compile_unit *unit, const char *path, mb_arena *arena)
{
    Dwarf_Attribute attribute;
    const char *folder = NULL;
    if (path == NULL || path[0] == '/')
        return path != NULL ? mb_arena_copy(arena, path) : NULL;
    if (mb_dw.dwarf_attr(&unit->die, DW_AT_comp_dir, &attribute) != NULL)
        folder = mb_dw.dwarf_formstring(&attribute);
    size_t size = strlen(path) + (folder != NULL ? strlen(folder) : 0) + 2;
    char *joined = mb_arena_alloc(arena, size);
    if (joined != NULL)
        snprintf(joined, size, "%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "", path);
    return joined;
}

static void find_line(mb_compile_unit *unit, uint64_t address, mb_arena *arena, mb_site_name *name)
{
    Dwarf_Line *line = mb_dw.dwarf_getsrc_die(&unit->die, address);
    if (line == NULL)
        return;
    name->file = absolute(unit, mb_dw.dwarf_linesrc(line, NULL, NULL), arena);
    if (mb_dw.dwarf_lineno(line, &name->line) != 0)
        name->line = 0;
}

/* Where an inlined function was called: that is the line of the one around it. */
static void find_call(mb_compile_unit *unit, Dwarf_Die *inlined, mb_arena *arena, mb_site_name *name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file_index, line;
    Dwarf_Files *files;
    size_t file_count;
    if (mb_dw.dwarf_formudata(mb_dw.dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0)
        name->line = (int)line;
    if (mb_dw.dwarf_formudata(mb_dw.dwarf_attr(inlined, DW_AT_call_file, &attribute), &file_index) == 0 &&
        mb_dw.dwarf_getsrcfiles(&unit->die, &files, &file_count) == 0 && file_index < file_count)
        name->file = absolute(unit, mb_dw.dwarf_filesrc(files, file_index, NULL, NULL), arena);
}

size_t mb_units_find(mb_units *units, uint64_t address, mb_arena *arena, mb_site_name names[MB_SITE_INLINES_MAX])
{
    mb_compile_unit *unit = find_unit(units, address);
    if (unit == NULL)
        return 0;
    if (!unit->is_walked)
        walk(unit);
    units->lacks_memory = units->lacks_memory || unit->lacks_memory;
    const mb_unit_scope *function = find_function(unit, address);
    if (function == NULL)
        return 0;
    const mb_unit_scope *chain[MB_SITE_INLINES_MAX] = {function};
    size_t count = 1;
    for (const mb_unit_scope *s = function + 1; s < unit->scopes + function->last && count < MB_SITE_INLINES_MAX; s++)
        if (s->last == 0 && address >= s->start && address < s->end && s->depth > chain[count - 1]->depth)
            chain[count++] = s;
    for (size_t i = 0; i < count; i++) {
        Dwarf_Die die = chain[count - 1 - i]->die;
        names[i] = (mb_site_name){0};
        names[i].function = name_of(&die, arena, &names[i].is_bare);
        if (i == 0) {
            find_line(unit, address, arena, &names[i]);
        } else {
            Dwarf_Die inner = chain[count - i]->die;
            find_call(unit, &inner, arena, &names[i]);
        }
    }
    return count;
}
