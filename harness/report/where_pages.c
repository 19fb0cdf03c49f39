#include "report/where_pages.h"

#include "base/units.h"
#include "report/where_words.h"

#include <string.h>

static int64_t anon_change(const mb_site_pages *pages) { return pages->anon_bytes[1] - pages->anon_bytes[0]; }

static int64_t live_change(const mb_site_pages *pages) { return pages->live_bytes[1] - pages->live_bytes[0]; }

static const char *data_name(const mb_site_pages *pages)
{
    return pages->kind == MB_PAGES_DATA && pages->name[0] == '\0' ? "the program" : pages->name;
}

static const char *change_text(int64_t bytes, char text[MB_UNITS_TEXT_MAX + 1])
{
    text[0] = '+';
    mb_format_bytes((double)bytes, bytes > 0 ? text + 1 : text);
    return text;
}

/* Blocks that were asked for and not written to have no pages yet. */
static void print_heap(FILE *file, const mb_site_pages *pages)
{
    char live[MB_UNITS_TEXT_MAX + 1], rest[MB_UNITS_TEXT_MAX + 1];
    int64_t rest_bytes = anon_change(pages) - live_change(pages);
    fprintf(file, "heap: live blocks %s, ", change_text(live_change(pages), live));
    if (rest_bytes >= 0)
        fprintf(file, "free blocks, headers and rounding %s\n", change_text(rest_bytes, rest));
    else
        fprintf(file, "of these on no new page %s\n", mb_format_bytes((double)-rest_bytes, rest));
}

static void print_owner(FILE *file, const mb_site_pages *pages)
{
    char change[MB_UNITS_TEXT_MAX + 1];
    fprintf(file, "  %14s  ", change_text(anon_change(pages), change));
    switch (pages->kind) {
    case MB_PAGES_HEAP:
        print_heap(file, pages);
        break;
    case MB_PAGES_STACK:
        fputs("stack of the first thread\n", file);
        break;
    case MB_PAGES_DATA:
        fprintf(file, "data of %s\n", data_name(pages));
        break;
    case MB_PAGES_THREADS:
        fputs("stacks of other threads, thread-local data\n", file);
        break;
    case MB_PAGES_MAPPED:
        fputs("mapped by the C library or the linker, or by a direct system call\n", file);
        break;
    case MB_PAGES_OWN:
    case MB_PAGE_KIND_COUNT:
        break;
    }
}

static bool has_site(const mb_site_pages *pages)
{
    return pages->kind == MB_PAGES_MAPPED && pages->stack.place_count > 0;
}

/* Of what the program mapped itself, as if each call were one that allocates. */
static mb_status view_mapped(const mb_site_set *set, mb_window window, mb_arena *arena, mb_site_view *view,
                             mb_error *error)
{
    size_t count = set->page_count[window];
    mb_site_row *rows = mb_arena_alloc(arena, (count + 1) * sizeof *rows);
    if (rows == NULL)
        return mb_error_no_memory(error);
    *view = (mb_site_view){.rows = rows};
    for (size_t i = 0; i < count; i++) {
        const mb_site_pages *pages = &set->pages[window][i];
        if (!has_site(pages) || anon_change(pages) == 0)
            continue;
        rows[view->row_count++] = (mb_site_row){pages->stack, {.bytes = anon_change(pages)}};
        view->counted.bytes += anon_change(pages);
    }
    return MB_OK;
}

/* old: NULL tells all of the new one. */
static mb_status compare_mapped(const mb_site_set *old, const mb_site_set *new, mb_window window, mb_arena *arena,
                                mb_where *where, mb_error *error)
{
    mb_site_view before, after;
    mb_status status = view_mapped(new, window, arena, &after, error);
    if (status == MB_OK && old != NULL)
        status = view_mapped(old, window, arena, &before, error);
    return status == MB_OK ? mb_where_compare(old != NULL ? &before : NULL, &after, MB_SITE_BYTES, arena, where, error)
                           : status;
}

static void print_mapped(FILE *file, const mb_where *where, bool unicode)
{
    enum { SHOWN = 10, CALLERS_SHOWN = 8 };
    char text[MB_WHERE_TEXT_BYTES], change[MB_UNITS_TEXT_MAX + 1];
    for (size_t i = 0; i < where->entry_count && i < SHOWN; i++)
        fprintf(file, "  %14s  mapped by %s\n", change_text(mb_where_change(where, &where->entries[i]), change),
                mb_where_path(&where->entries[i], CALLERS_SHOWN, unicode, text));
    if (where->entry_count > SHOWN)
        fprintf(file, "  %14s  mapped by %s\n", "", mb_where_rest(where, SHOWN, text));
}

mb_status mb_where_print_pages(FILE *file, const mb_site_set *set, mb_window window, bool unicode, mb_error *error)
{
    int64_t sum = 0;
    char text[MB_UNITS_TEXT_MAX + 1];
    mb_arena arena = {0};
    mb_where mapped;
    for (size_t i = 0; i < set->page_count[window]; i++)
        sum += set->pages[window][i].kind != MB_PAGES_OWN ? anon_change(&set->pages[window][i]) : 0;
    if (set->page_count[window] == 0)
        return MB_OK;
    mb_status status = compare_mapped(NULL, set, window, &arena, &mapped, error);
    if (status == MB_OK) {
        fprintf(file, "anonymous memory during run: %s\n", change_text(sum, text));
        for (size_t i = 0; i < set->page_count[window]; i++) {
            const mb_site_pages *pages = &set->pages[window][i];
            if (pages->kind != MB_PAGES_OWN && !has_site(pages) && anon_change(pages) != 0)
                print_owner(file, pages);
        }
        print_mapped(file, &mapped, unicode);
    }
    mb_arena_fini(&arena);
    return status;
}

static void write_mapped(mb_json_writer *json, const mb_where *where)
{
    for (size_t i = 0; i < where->entry_count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "owner", "mapped");
        mb_json_write_number(json, "anon_bytes", (double)mb_where_change(where, &where->entries[i]));
        mb_json_write_number(json, "live_bytes", 0);
        mb_where_write_place(json, &where->entries[i]);
        mb_json_write_close(json, '}');
    }
}

mb_status mb_where_write_pages(mb_json_writer *json, const mb_site_set *set, mb_window window, mb_error *error)
{
    static const char *const kinds[MB_PAGE_KIND_COUNT] = MB_PAGE_KIND_NAMES;
    mb_arena arena = {0};
    mb_where mapped;
    mb_status status = compare_mapped(NULL, set, window, &arena, &mapped, error);
    mb_json_write_open(json, "pages", '[');
    for (size_t i = 0; i < set->page_count[window]; i++) {
        const mb_site_pages *pages = &set->pages[window][i];
        if (pages->kind == MB_PAGES_OWN || has_site(pages))
            continue;
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "owner", kinds[pages->kind]);
        if (pages->kind == MB_PAGES_DATA)
            mb_json_write_text(json, "module", pages->name);
        mb_json_write_number(json, "anon_bytes", (double)anon_change(pages));
        mb_json_write_number(json, "live_bytes", (double)live_change(pages));
        mb_json_write_close(json, '}');
    }
    if (status == MB_OK)
        write_mapped(json, &mapped);
    mb_json_write_close(json, ']');
    mb_arena_fini(&arena);
    return status;
}

static int64_t change_of(const mb_site_set *set, mb_window window, const mb_site_pages *owner)
{
    for (size_t i = 0; i < set->page_count[window]; i++) {
        const mb_site_pages *pages = &set->pages[window][i];
        if (pages->kind == owner->kind && !has_site(pages) && strcmp(pages->name, owner->name) == 0)
            return anon_change(pages);
    }
    return 0;
}

mb_status mb_where_pages_changed(const mb_site_set *old, const mb_site_set *new, mb_window window, mb_arena *arena,
                                 const char **result, mb_error *error)
{
    enum { MAPPED_SHOWN = 3 };
    static const char *const words[MB_PAGE_KIND_COUNT] = {[MB_PAGES_HEAP] = "heap",
                                                          [MB_PAGES_STACK] = "stack",
                                                          [MB_PAGES_THREADS] = "stacks of threads",
                                                          [MB_PAGES_DATA] = "data of",
                                                          [MB_PAGES_MAPPED] = "mapped"};
    char text[2048] = "", number[MB_UNITS_TEXT_MAX + 1], path[MB_WHERE_TEXT_BYTES];
    size_t used = 0;
    mb_where mapped;
    *result = "";
    if (old->page_count[window] == 0 || new->page_count[window] == 0)
        return MB_OK;
    mb_status status = compare_mapped(old, new, window, arena, &mapped, error);
    if (status != MB_OK)
        return status;
    for (size_t i = 0; i < new->page_count[window] && used < sizeof text; i++) {
        const mb_site_pages *pages = &new->pages[window][i];
        int64_t change = has_site(pages) ? 0 : anon_change(pages) - change_of(old, window, pages);
        if (pages->kind == MB_PAGES_OWN || change == 0)
            continue;
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s %s", used > 0 ? ", " : "", words[pages->kind],
                             pages->kind == MB_PAGES_DATA ? " " : "", data_name(pages), change_text(change, number));
    }
    for (size_t i = 0; i < mapped.entry_count && i < MAPPED_SHOWN && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%smapped by %.300s %s", used > 0 ? ", " : "",
                                 mb_where_path(&mapped.entries[i], 0, true, path),
                                 change_text(mb_where_change(&mapped, &mapped.entries[i]), number));
    *result = mb_arena_copy(arena, text);
    return *result != NULL ? MB_OK : mb_error_no_memory(error);
}
