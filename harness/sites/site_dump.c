#include "sites/site_dump.h"

#include "base/lines.h"
#include "base/number_text.h"

#include <stdint.h>
#include <string.h>

enum { INDEX_MAX = 1 << 24, FRAMES_MAX = 4096 };
static const uint64_t amount_max = (uint64_t)MB_NUMBER_EXACT_MAX; /* so that sums cannot overflow */

/* Words of one line. */
typedef struct words {
    const char *at, *end;
} words;

typedef struct reader {
    mb_arena *arena;
    mb_site_dump *dump;
    size_t module_capacity, site_capacity;
    int window; /* -1: none is open */
    bool is_out_of_memory;
} reader;

static bool next_word(words *line, const char **word, size_t *length)
{
    if (line->at >= line->end)
        return false;
    *word = line->at;
    while (line->at < line->end && *line->at != ' ')
        line->at++;
    *length = (size_t)(line->at - *word);
    if (line->at < line->end)
        line->at++;
    return *length > 0;
}

static bool is_word(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

static bool parse_digits(const char *word, size_t length, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = word[i] >= '0' && word[i] <= '9'   ? (unsigned)(word[i] - '0')
                         : word[i] >= 'a' && word[i] <= 'f' ? (unsigned)(word[i] - 'a' + 10)
                                                            : 16;
        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return length > 0;
}

static bool read_index(words *line, size_t *index)
{
    const char *word;
    size_t length;
    uint64_t value;
    if (!next_word(line, &word, &length) || !parse_digits(word, length, 10, &value) || value >= INDEX_MAX)
        return false;
    *index = (size_t)value;
    return true;
}

static bool read_signed(words *line, int64_t *result)
{
    const char *word;
    size_t length;
    uint64_t value;
    if (!next_word(line, &word, &length))
        return false;
    bool is_negative = word[0] == '-';
    if (!parse_digits(word + is_negative, length - is_negative, 10, &value) || value > amount_max)
        return false;
    *result = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool read_amounts(words *line, mb_site_amounts *amounts)
{
    return read_signed(line, &amounts->block_count) && read_signed(line, &amounts->bytes) &&
           read_signed(line, &amounts->requested_bytes);
}

static bool read_moment(words *line, size_t *moment)
{
    static const char *const names[MB_SITE_MOMENT_COUNT] = MB_SITE_MOMENT_NAMES;
    const char *word;
    size_t length;
    if (!next_word(line, &word, &length))
        return false;
    for (*moment = 0; *moment < MB_SITE_MOMENT_COUNT; ++*moment)
        if (is_word(word, length, names[*moment]))
            return true;
    return false;
}

/* An array of the arena that doubles; what it had stays there until the arena goes. */
static void *grow(reader *r, void *items, size_t item_bytes, size_t needed_count, size_t *capacity)
{
    if (needed_count <= *capacity)
        return items;
    size_t larger = *capacity > 0 ? *capacity : 64;
    while (larger < needed_count)
        larger *= 2;
    void *made = mb_arena_alloc(r->arena, larger * item_bytes);
    if (made == NULL) {
        r->is_out_of_memory = true;
        return NULL;
    }
    if (*capacity > 0)
        memcpy(made, items, *capacity * item_bytes);
    *capacity = larger;
    return made;
}

static bool take_module(reader *r, words *line)
{
    mb_site_dump *dump = r->dump;
    const char *id;
    size_t index, id_length;
    /* Indices come in order, so that a file cannot ask for more than it is long. */
    if (!read_index(line, &index) || index > 4 * dump->module_count + 4096 || !next_word(line, &id, &id_length))
        return false;
    void *modules = grow(r, dump->modules, sizeof *dump->modules, index + 1, &r->module_capacity);
    if (modules == NULL)
        return false;
    dump->modules = modules;
    if (index >= dump->module_count)
        dump->module_count = index + 1;
    mb_dump_module *module = &dump->modules[index];
    module->path = mb_arena_copy_length(r->arena, line->at, (size_t)(line->end - line->at));
    module->build_id = is_word(id, id_length, "-") ? "" : mb_arena_copy_length(r->arena, id, id_length);
    r->is_out_of_memory = module->path == NULL || module->build_id == NULL;
    return !r->is_out_of_memory;
}

static bool read_frame(const char *word, size_t length, mb_dump_frame *frame)
{
    const char *plus = memchr(word, '+', length);
    uint64_t module = 0;
    if (plus == NULL)
        return false;
    size_t module_length = (size_t)(plus - word);
    bool is_known = !is_word(word, module_length, "-");
    if (is_known && (!parse_digits(word, module_length, 10, &module) || module >= INDEX_MAX))
        return false;
    frame->module = is_known ? (size_t)module : SIZE_MAX;
    return parse_digits(plus + 1, length - module_length - 1, 16, &frame->offset);
}

static bool take_site(reader *r, words *line)
{
    mb_site_dump *dump = r->dump;
    mb_dump_frame frames[FRAMES_MAX];
    mb_dump_site site = {0};
    const char *word;
    size_t index, length;
    /* Sites without anything to tell are left out, so there are gaps: as many as an honest file may have. */
    if (!read_index(line, &index) || index > 64 * dump->site_count + (1 << 20) || !next_word(line, &word, &length))
        return false;
    site.is_cut = is_word(word, length, "cut");
    if (!site.is_cut && !is_word(word, length, "whole"))
        return false;
    while (line->at < line->end) {
        if (site.frame_count == FRAMES_MAX || !next_word(line, &word, &length) ||
            !read_frame(word, length, &frames[site.frame_count]))
            return false;
        site.frame_count++;
    }
    void *sites = grow(r, dump->sites, sizeof *dump->sites, index + 1, &r->site_capacity);
    if (sites == NULL)
        return false;
    dump->sites = sites;
    site.frames = mb_arena_alloc(r->arena, (site.frame_count + 1) * sizeof *site.frames);
    r->is_out_of_memory = site.frames == NULL;
    if (site.frames == NULL)
        return false;
    memcpy(site.frames, frames, site.frame_count * sizeof *frames);
    dump->sites[index] = site;
    if (index >= dump->site_count)
        dump->site_count = index + 1;
    return true;
}

static bool take_window(reader *r, words *line)
{
    size_t index;
    if (!read_index(line, &index) || index >= MB_WINDOW_COUNT || r->window >= 0 || r->dump->has_window[index])
        return false;
    r->window = (int)index;
    return line->at == line->end;
}

static bool take_row(reader *r, words *line)
{
    size_t moment, site;
    mb_site_amounts amounts;
    if (!read_moment(line, &moment) || !read_amounts(line, &amounts) || !read_index(line, &site) ||
        line->at != line->end)
        return false;
    mb_dump_view *view = &r->dump->views[r->window][moment];
    void *rows = grow(r, view->rows, sizeof *view->rows, view->row_count + 1, &view->row_capacity);
    if (rows == NULL)
        return false;
    view->rows = rows;
    view->rows[view->row_count++] = (mb_dump_row){site, amounts};
    return true;
}

static bool take_counted(reader *r, words *line)
{
    size_t moment;
    return read_moment(line, &moment) && read_amounts(line, &r->dump->views[r->window][moment].counted) &&
           line->at == line->end;
}

static bool add_pages(reader *r, mb_dump_pages pages, const char *name, size_t length)
{
    mb_site_dump *dump = r->dump;
    void *all =
        grow(r, dump->pages[r->window], sizeof pages, dump->page_count[r->window] + 1, &dump->page_capacity[r->window]);
    if (all == NULL)
        return false;
    dump->pages[r->window] = all;
    pages.name = mb_arena_copy_length(r->arena, name, length);
    r->is_out_of_memory = pages.name == NULL;
    dump->pages[r->window][dump->page_count[r->window]++] = pages;
    return pages.name != NULL;
}

static bool take_pages(reader *r, words *line)
{
    static const char *const kinds[MB_PAGE_KIND_COUNT] = MB_PAGE_KIND_NAMES;
    mb_dump_pages pages = {.kind = MB_PAGE_KIND_COUNT};
    const char *word;
    size_t length;
    if (!next_word(line, &word, &length))
        return false;
    for (int k = 0; k < MB_PAGE_KIND_COUNT; k++)
        if (is_word(word, length, kinds[k]))
            pages.kind = (mb_page_kind)k;
    for (int point = 0; point < 2; point++)
        if (!read_signed(line, &pages.anon_bytes[point]) || !read_signed(line, &pages.live_bytes[point]))
            return false;
    return pages.kind != MB_PAGE_KIND_COUNT && add_pages(r, pages, line->at, (size_t)(line->end - line->at));
}

static bool take_mapped(reader *r, words *line)
{
    mb_dump_pages pages = {.kind = MB_PAGES_MAPPED};
    return read_signed(line, &pages.anon_bytes[0]) && read_signed(line, &pages.anon_bytes[1]) &&
           read_index(line, &pages.site) && line->at == line->end && add_pages(r, pages, "", 0);
}

static bool take_line(reader *r, words line)
{
    const char *word;
    size_t length;
    if (!next_word(&line, &word, &length))
        return false;
    if (is_word(word, length, "window"))
        return take_window(r, &line);
    if (r->window < 0)
        return false;
    if (is_word(word, length, "end") && line.at == line.end) {
        r->dump->has_window[r->window] = true;
        r->window = -1;
        return true;
    }
    return is_word(word, length, "counted")  ? take_counted(r, &line)
           : is_word(word, length, "pages")  ? take_pages(r, &line)
           : is_word(word, length, "mapped") ? take_mapped(r, &line)
           : is_word(word, length, "module") ? take_module(r, &line)
           : is_word(word, length, "site")   ? take_site(r, &line)
           : is_word(word, length, "at")     ? take_row(r, &line)
                                             : false;
}

mb_status mb_site_dump_read(const char *text, size_t length, mb_arena *arena, mb_site_dump *dump, mb_error *error)
{
    mb_site_dump made = {0};
    reader r = {.arena = arena, .dump = &made, .window = -1};
    const char *at = text, *end = text + length, *line, *line_end;
    size_t number = 0;
    while (mb_line_next(&at, end, &line, &line_end)) {
        number++;
        bool is_good = number == 1 ? is_word(line, (size_t)(line_end - line), "membench-sites 1")
                                   : take_line(&r, (words){line, line_end});
        if (r.is_out_of_memory)
            return mb_error_no_memory(error);
        if (!is_good)
            return mb_error_set(error, MB_ERROR_FORMAT, "call sites: line %zu is malformed", number);
    }
    if (number == 0 || r.window >= 0)
        return mb_error_set(error, MB_ERROR_FORMAT, "call sites: truncated after line %zu", number);
    *dump = made;
    return MB_OK;
}
