/* massif's output: snapshots of "key=value" lines; those with a tree of callers have it behind "heap_tree=…":
 *
 *     heap_tree=peak                                      ◀ or detailed
 *     n5: 117476 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 *      n1: 100100 0x10A70F: job_new (job_queue.c:29)        ◀ a site; each deeper line is who called it
 *       n1: 100100 0x10A70F: job_queue_push (job_queue.c:52)                                          */
#include "base/lines.h"
#include "features/diagnose/diagnosis.h"

#include <ctype.h>
#include <string.h>

struct reading {
    mb_massif result;
    uint64_t heap_bytes, overhead_bytes; /* of the snapshot being read */
    uint64_t tree_bytes;                 /* of the snapshot whose tree the result holds */
    bool has_snapshot, in_tree, has_worker;
    const char *site; /* of the tree, not yet handed on */
    size_t site_length;
    uint64_t site_bytes, site_window_bytes;
    size_t window_depth; /* of the window's function, when below it; 0: not below */
};

static bool take_key(const char *line, const char *end, const char *key, uint64_t *value)
{
    size_t length = strlen(key);
    if ((size_t)(end - line) <= length || memcmp(line, key, length) != 0)
        return false;
    *value = 0;
    for (line += length; line < end && isdigit((unsigned char)*line); line++)
        *value = *value * 10 + (uint64_t)(*line - '0');
    return line == end;
}

static void close_site(struct reading *reading)
{
    if (reading->site != NULL && reading->site_bytes > 0)
        mb_call_sites_add(&reading->result.sites, reading->site, reading->site_length, reading->site_bytes,
                          reading->site_window_bytes);
    reading->site = NULL;
}

/* One line of a tree: depth spaces, "nCHILDREN: BYTES WHAT". */
static void take_node(struct reading *reading, const char *line, const char *end)
{
    size_t depth = 0;
    uint64_t bytes = 0;
    while (line < end && *line == ' ')
        line++, depth++;
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (line == end || *line != 'n' || colon == NULL || end - colon < 3)
        return;
    for (line = colon + 2; line < end && isdigit((unsigned char)*line); line++)
        bytes = bytes * 10 + (uint64_t)(*line - '0');
    line += line < end;
    size_t length = (size_t)(end - line);
    if (depth == 1) {
        close_site(reading);
        reading->window_depth = 0;
        if (memmem(line, length, "massif's threshold", 18) != NULL) /* "in 3 places, all below massif's threshold" */
            return;
        reading->site = line;
        reading->site_length = length;
        reading->site_bytes = bytes;
        reading->site_window_bytes = 0;
    }
    if (reading->window_depth >= depth)
        reading->window_depth = 0;
    reading->has_worker |= mb_call_names(line, length, MB_WORKER_FUNCTION);
    if (depth > 0 && reading->window_depth == 0 && mb_call_names(line, length, MB_WINDOW_FUNCTION)) {
        reading->window_depth = depth;
        reading->site_window_bytes += bytes;
        reading->result.window_bytes += bytes;
    }
}

static bool is_line(const char *line, const char *end, const char *text)
{
    return (size_t)(end - line) == strlen(text) && memcmp(line, text, strlen(text)) == 0;
}

/* A snapshot's tree begins: it is the peak's when no larger snapshot had one, or when massif says so. */
static void begin_tree(struct reading *reading, bool is_marked)
{
    mb_massif *result = &reading->result;
    if (reading->heap_bytes < reading->tree_bytes || (reading->heap_bytes == reading->tree_bytes && !is_marked))
        return;
    reading->in_tree = true;
    reading->tree_bytes = reading->heap_bytes;
    result->is_marked = is_marked;
    result->peak_overhead_bytes = reading->overhead_bytes;
    result->window_bytes = 0;
    result->sites = (mb_call_sites){0};
}

static void take_line(struct reading *reading, const char *line, const char *end)
{
    uint64_t ignored;
    if (reading->in_tree && line < end && (*line == ' ' || *line == 'n')) {
        take_node(reading, line, end);
        return;
    }
    if (reading->in_tree)
        close_site(reading);
    reading->in_tree = false;
    if (take_key(line, end, "snapshot=", &ignored)) {
        reading->heap_bytes = reading->overhead_bytes = 0;
    } else if (take_key(line, end, "mem_heap_B=", &reading->heap_bytes)) {
        reading->has_snapshot = true;
        reading->result.end_bytes = reading->heap_bytes;
        if (reading->heap_bytes > reading->result.peak_bytes)
            reading->result.peak_bytes = reading->heap_bytes;
    } else if (take_key(line, end, "mem_heap_extra_B=", &reading->overhead_bytes)) {
        return;
    } else if (is_line(line, end, "heap_tree=peak") || is_line(line, end, "heap_tree=detailed")) {
        begin_tree(reading, is_line(line, end, "heap_tree=peak"));
    }
}

mb_status mb_massif_parse(const char *text, size_t length, const char *name, mb_massif *result, mb_error *error)
{
    struct reading reading = {0};
    const char *line, *line_end;
    for (const char *at = text; mb_line_next(&at, text + length, &line, &line_end);)
        take_line(&reading, line, line_end);
    close_site(&reading);
    if (!reading.has_snapshot)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: massif wrote no snapshot: it did not finish", name);
    if (reading.tree_bytes < reading.result.peak_bytes)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: massif's largest snapshot has no call sites", name);
    reading.result.in_window = reading.has_worker || reading.result.peak_bytes == 0;
    *result = reading.result;
    return MB_OK;
}

bool mb_massif_graph(const char *text, size_t length, const char **graph, size_t *graph_length)
{
    static const char rule[] = "\n----------", stop[] = "\nNumber of snapshots:";
    const char *end = text + length;
    const char *heading = memmem(text, length, "ms_print arguments:", 19);
    const char *line = heading == NULL ? NULL : memmem(heading, (size_t)(end - heading), rule, sizeof rule - 1);
    const char *from = line == NULL ? NULL : memchr(line + 1, '\n', (size_t)(end - line - 1));
    const char *to = from == NULL ? NULL : memmem(from, (size_t)(end - from), stop, sizeof stop - 1);
    if (to == NULL)
        return false;
    while (from < to && *from == '\n')
        from++;
    *graph = from;
    *graph_length = (size_t)(to - from);
    return true;
}
