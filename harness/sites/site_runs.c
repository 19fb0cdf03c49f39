#include "sites/site_runs.h"

#include <string.h>

static const char head[] = "membench-sites 1\n", tail[] = "\niterations ";

/* What follows the first line of the text, up to the next head; NULL: there is none. */
static const char *find_next_run(const char *text, const char *end)
{
    if (text >= end)
        return NULL;
    const char *found = memmem(text + 1, (size_t)(end - text - 1), head, sizeof head - 1);
    return found != NULL && found[-1] == '\n' ? found : NULL;
}

typedef struct iterations {
    int64_t of_first, more; /* more 0: not told */
} iterations;

static int64_t read_count(const char **at, const char *end)
{
    int64_t count = 0;
    for (; *at < end && **at >= '0' && **at <= '9' && count < INT64_MAX / 10 - 9; ++*at)
        count = count * 10 + (**at - '0');
    *at += *at < end;
    return count;
}

/* Those of the last line, which is cut off. */
static iterations take_iterations(const char *text, const char **end)
{
    const char *at = *end, *found = NULL;
    enum { LINE_BYTES_MAX = 64 };
    for (size_t back = sizeof tail; back < LINE_BYTES_MAX && back <= (size_t)(*end - text) && found == NULL; back++)
        if (memcmp(at - back, tail, sizeof tail - 1) == 0)
            found = at - back;
    if (found == NULL)
        return (iterations){0, 0};
    const char *counts = found + sizeof tail - 1;
    iterations told = {.of_first = read_count(&counts, *end)};
    told.more = read_count(&counts, *end);
    *end = found + 1;
    return told;
}

static bool is_same_module(const mb_site_dump *a, size_t of_a, const mb_site_dump *b, size_t of_b)
{
    if (of_a >= a->module_count || of_b >= b->module_count)
        return of_a == SIZE_MAX && of_b == SIZE_MAX;
    const char *path_a = a->modules[of_a].path, *path_b = b->modules[of_b].path;
    return path_a != NULL && path_b != NULL && strcmp(path_a, path_b) == 0;
}

static bool is_same_site(const mb_site_dump *a, const mb_dump_site *of_a, const mb_site_dump *b,
                         const mb_dump_site *of_b)
{
    if (of_a->frame_count != of_b->frame_count)
        return false;
    for (size_t i = 0; i < of_a->frame_count; i++)
        if (of_a->frames[i].offset != of_b->frames[i].offset ||
            !is_same_module(a, of_a->frames[i].module, b, of_b->frames[i].module))
            return false;
    return true;
}

/* The site of a's table that is b's site; a's count: it has none. Both runs come across most sites in the same order,
 * so the search begins at the same number. */
static size_t find_site(const mb_site_dump *a, const mb_site_dump *b, size_t of_b)
{
    const mb_dump_site *wanted = &b->sites[of_b];
    for (size_t i = 0; i < a->site_count; i++) {
        size_t at = (of_b + i) % a->site_count;
        if (is_same_site(a, &a->sites[at], b, wanted))
            return at;
    }
    return a->site_count;
}

static size_t find_module(const mb_site_dump *a, const mb_site_dump *b, size_t of_b)
{
    for (size_t i = 0; i < a->module_count; i++)
        if (is_same_module(a, i, b, of_b))
            return i;
    return SIZE_MAX;
}

/* What a further run came across for the first time: in modules that were there before. */
static bool copy_site(mb_site_dump *a, size_t place, const mb_site_dump *b, size_t of_b, mb_arena *arena)
{
    mb_dump_site site = b->sites[of_b];
    site.frames = mb_arena_alloc(arena, (site.frame_count + 1) * sizeof *site.frames);
    if (site.frames == NULL)
        return false;
    for (size_t i = 0; i < site.frame_count; i++)
        site.frames[i] =
            (mb_dump_frame){find_module(a, b, b->sites[of_b].frames[i].module), b->sites[of_b].frames[i].offset};
    a->sites[place] = site;
    return true;
}

/* For each site of b the one of a that it is, or a new one behind those. NULL when memory is out. */
static size_t *join_sites(mb_site_dump *a, const mb_site_dump *b, mb_arena *arena)
{
    size_t *joined = mb_arena_alloc(arena, (b->site_count + 1) * sizeof *joined), count = a->site_count;
    mb_dump_site *sites = mb_arena_alloc(arena, (a->site_count + b->site_count + 1) * sizeof *sites);
    if (joined == NULL || sites == NULL)
        return NULL;
    if (a->site_count > 0)
        memcpy(sites, a->sites, a->site_count * sizeof *sites);
    a->sites = sites;
    for (size_t i = 0; i < b->site_count; i++) {
        size_t found = find_site(a, b, i);
        joined[i] = found < a->site_count ? found : count++;
        if (joined[i] >= a->site_count && !copy_site(a, joined[i], b, i, arena))
            return NULL;
    }
    a->site_count = count;
    return joined;
}

static void add(mb_site_amounts *sum, const mb_site_amounts *amounts, int64_t sign)
{
    sum->block_count += sign * amounts->block_count;
    sum->bytes += sign * amounts->bytes;
    sum->requested_bytes += sign * amounts->requested_bytes;
}

static bool is_nothing(const mb_site_amounts *amounts)
{
    return amounts->block_count == 0 && amounts->bytes == 0 && amounts->requested_bytes == 0;
}

static mb_site_amounts divided(const mb_site_amounts *sum, int64_t count)
{
    return (mb_site_amounts){sum->block_count / count, sum->bytes / count, sum->requested_bytes / count};
}

/* One moment of both windows: what b has more than a is that of so many iterations, and the rest of a's apart from it.
 */
static bool make_view(mb_site_dump *a, const mb_site_dump *b, const size_t *joined, mb_site_moment moment,
                      const iterations *told, mb_arena *arena)
{
    const mb_dump_view *second = &b->views[MB_WINDOW_COLD][moment];
    mb_dump_view *first = &a->views[MB_WINDOW_COLD][moment], *view = &a->views[MB_WINDOW_STEADY][moment];
    mb_site_amounts *sums = mb_arena_alloc(arena, (a->site_count + 1) * sizeof *sums);
    view->rows = mb_arena_alloc(arena, (a->site_count + 1) * sizeof *view->rows);
    if (sums == NULL || view->rows == NULL)
        return false;
    memset(sums, 0, (a->site_count + 1) * sizeof *sums);
    for (size_t i = 0; i < first->row_count; i++)
        if (first->rows[i].site < a->site_count)
            add(&sums[first->rows[i].site], &first->rows[i].amounts, -1);
    for (size_t i = 0; i < second->row_count; i++)
        if (second->rows[i].site < b->site_count)
            add(&sums[joined[second->rows[i].site]], &second->rows[i].amounts, 1);
    for (size_t s = 0; s < a->site_count; s++) {
        sums[s] = divided(&sums[s], told->more);
        if (!is_nothing(&sums[s]))
            view->rows[view->row_count++] = (mb_dump_row){s, sums[s]};
    }
    view->counted = second->counted;
    add(&view->counted, &first->counted, -1);
    view->counted = divided(&view->counted, told->more);
    size_t kept = 0;
    for (size_t i = 0; i < first->row_count; i++) {
        mb_dump_row row = first->rows[i];
        if (row.site < a->site_count)
            add(&row.amounts, &sums[row.site], -told->of_first);
        if (!is_nothing(&row.amounts))
            first->rows[kept++] = row;
    }
    first->row_count = kept;
    add(&first->counted, &view->counted, -told->of_first);
    return true;
}

/* Nothing ran in the first run: its peak says nothing. */
static bool take_peak(mb_site_dump *a, const mb_site_dump *b, const size_t *joined, mb_arena *arena)
{
    const mb_dump_view *from = &b->views[MB_WINDOW_COLD][MB_SITE_AT_PEAK];
    mb_dump_row *rows = mb_arena_alloc(arena, (from->row_count + 1) * sizeof *rows);
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < from->row_count; i++) {
        size_t site = from->rows[i].site;
        rows[i] = (mb_dump_row){site < b->site_count ? joined[site] : SIZE_MAX, from->rows[i].amounts};
    }
    a->views[MB_WINDOW_COLD][MB_SITE_AT_PEAK] =
        (mb_dump_view){.rows = rows, .row_count = from->row_count, .counted = from->counted};
    return true;
}

static mb_status take_difference(mb_site_dump *a, const mb_site_dump *b, const iterations *told, mb_arena *arena,
                                 mb_error *error)
{
    static const mb_site_moment moments[] = {MB_SITE_AT_RUN, MB_SITE_AT_RELEASE, MB_SITE_TOTAL};
    const size_t *joined = join_sites(a, b, arena);
    if (joined == NULL)
        return mb_error_no_memory(error);
    for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++)
        if (!make_view(a, b, joined, moments[m], told, arena))
            return mb_error_no_memory(error);
    if (told->of_first == 0 && !take_peak(a, b, joined, arena))
        return mb_error_no_memory(error);
    a->has_window[MB_WINDOW_STEADY] = true;
    return MB_OK;
}

mb_status mb_site_runs_read(const char *text, size_t length, mb_arena *arena, mb_site_dump *dump, mb_error *error)
{
    const char *end = text + length, *second = find_next_run(text, end);
    mb_site_dump other;
    if (second == NULL)
        return mb_site_dump_read(text, length, arena, dump, error);
    iterations told = take_iterations(text, &end);
    mb_status status = mb_site_dump_read(text, (size_t)(second - text), arena, dump, error);
    if (status != MB_OK || told.more == 0 || dump->has_window[MB_WINDOW_STEADY])
        return status;
    const char *third = find_next_run(second, end);
    status = mb_site_dump_read(second, (size_t)((third != NULL ? third : end) - second), arena, &other, error);
    return status == MB_OK ? take_difference(dump, &other, &told, arena, error) : status;
}
