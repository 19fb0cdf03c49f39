#include "report/where_pages.h"

#include "base/units.h"

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
    case MB_PAGES_MAPPED:
        fputs("mapped by the program, thread stacks included\n", file);
        break;
    case MB_PAGES_OWN:
    case MB_PAGE_KIND_COUNT:
        break;
    }
}

void mb_where_print_pages(FILE *file, const mb_site_set *set, mb_window window)
{
    int64_t sum = 0;
    char text[MB_UNITS_TEXT_MAX + 1];
    for (size_t i = 0; i < set->page_count[window]; i++)
        sum += set->pages[window][i].kind != MB_PAGES_OWN ? anon_change(&set->pages[window][i]) : 0;
    if (set->page_count[window] == 0)
        return;
    fprintf(file, "anonymous memory during run: %s\n", change_text(sum, text));
    for (size_t i = 0; i < set->page_count[window]; i++)
        if (set->pages[window][i].kind != MB_PAGES_OWN && anon_change(&set->pages[window][i]) != 0)
            print_owner(file, &set->pages[window][i]);
}

void mb_where_write_pages(mb_json_writer *json, const mb_site_set *set, mb_window window)
{
    static const char *const kinds[MB_PAGE_KIND_COUNT] = MB_PAGE_KIND_NAMES;
    mb_json_write_open(json, "pages", '[');
    for (size_t i = 0; i < set->page_count[window]; i++) {
        const mb_site_pages *pages = &set->pages[window][i];
        if (pages->kind == MB_PAGES_OWN)
            continue;
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "owner", kinds[pages->kind]);
        if (pages->kind == MB_PAGES_DATA)
            mb_json_write_text(json, "module", pages->name);
        mb_json_write_number(json, "anon_bytes", (double)anon_change(pages));
        mb_json_write_number(json, "live_bytes", (double)live_change(pages));
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

static int64_t change_of(const mb_site_set *set, mb_window window, const mb_site_pages *owner)
{
    for (size_t i = 0; i < set->page_count[window]; i++) {
        const mb_site_pages *pages = &set->pages[window][i];
        if (pages->kind == owner->kind && strcmp(pages->name, owner->name) == 0)
            return anon_change(pages);
    }
    return 0;
}

const char *mb_where_pages_changed(const mb_site_set *old, const mb_site_set *new, mb_window window, mb_arena *arena)
{
    static const char *const words[MB_PAGE_KIND_COUNT] = {[MB_PAGES_HEAP] = "heap",
                                                          [MB_PAGES_STACK] = "stack",
                                                          [MB_PAGES_DATA] = "data of",
                                                          [MB_PAGES_MAPPED] = "mapped"};
    char text[512] = "", number[MB_UNITS_TEXT_MAX + 1];
    size_t used = 0;
    if (old->page_count[window] == 0)
        return "";
    for (size_t i = 0; i < new->page_count[window] && used < sizeof text; i++) {
        const mb_site_pages *pages = &new->pages[window][i];
        int64_t change = anon_change(pages) - change_of(old, window, pages);
        if (pages->kind == MB_PAGES_OWN || change == 0)
            continue;
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s %s", used > 0 ? ", " : "", words[pages->kind],
                             pages->kind == MB_PAGES_DATA ? " " : "", data_name(pages), change_text(change, number));
    }
    return mb_arena_copy(arena, text);
}
