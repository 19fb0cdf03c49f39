/* The call sites of a finding as an icicle: the case's function on top, what it calls below it, each as wide as what
 * comes from there on the side that has more. So what grew and what shrank are both to be seen, in their colours. */
#include "report/html_write.h"
#include "report/where_words.h"
#include "sites/site_tree.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_PX = 22, DEPTH_MAX = 40, SITES_MAX = 1000, TEXT_X_PX = 4, TEXT_Y_PX = 15 };

#define SHARE_MIN 0.002 /* of the width: what is narrower is left out */

typedef struct icicle {
    FILE *file;
    const mb_where *where;
    const mb_where_entry **entries; /* sorted by their paths, so that frames with one caller are neighbours */
    double total;
} icicle;

/* Counted from the case's function inwards; NULL below the place itself. */
static const char *frame_of(const mb_where_entry *entry, size_t depth)
{
    if (depth < entry->caller_count)
        return entry->callers[entry->caller_count - 1 - depth].function;
    return depth == entry->caller_count ? entry->place->function : NULL;
}

static int by_path(const void *a, const void *b)
{
    const mb_where_entry *x = *(const mb_where_entry *const *)a, *y = *(const mb_where_entry *const *)b;
    for (size_t depth = 0;; depth++) {
        const char *one = frame_of(x, depth), *other = frame_of(y, depth);
        if (one == NULL || other == NULL)
            return (one != NULL) - (other != NULL);
        int order = strcmp(one, other);
        if (order != 0)
            return order;
    }
}

static double width_of(const icicle *picture, const mb_where_entry *entry)
{
    int64_t before = mb_site_weigh(&entry->before, picture->where->weight);
    int64_t after = mb_site_weigh(&entry->after, picture->where->weight);
    int64_t most = before > after ? before : after;
    return most > 0 ? (double)most : 0;
}

static void write_frame(const icicle *picture, const char *name, const mb_where_entry *sum, size_t depth, double left,
                        double width)
{
    char text[MB_WHERE_TEXT_BYTES];
    int64_t change = mb_where_change(picture->where, sum);
    fprintf(picture->file,
            "<svg x=\"%.3f%%\" y=\"%zu\" width=\"%.3f%%\" height=\"%d\" class=\"%s\" tabindex=\"-1\"><title>",
            100 * left / picture->total, depth * ROW_PX, 100 * width / picture->total, ROW_PX - 1,
            change > 0   ? "grew"
            : change < 0 ? "shrank"
                         : "same");
    mb_html_put(picture->file, name);
    mb_html_printf(picture->file, ": %s", mb_where_size(picture->where, sum, text));
    mb_html_printf(picture->file, "; %s", mb_where_blocks(picture->where, sum, true, text));
    fprintf(picture->file, "</title><rect width=\"100%%\" height=\"100%%\"/><text x=\"%d\" y=\"%d\">", TEXT_X_PX,
            TEXT_Y_PX);
    mb_html_put(picture->file, name);
    fputs("</text></svg>\n", picture->file);
}

/* Frames of the entries first to end, which have the same callers down to depth, from left on. */
static void write_frames(icicle *picture, size_t first, size_t end, size_t depth, double left)
{
    while (first < end && depth < DEPTH_MAX) {
        const char *name = frame_of(picture->entries[first], depth);
        mb_where_entry sum = {.place = picture->entries[first]->place};
        double width = 0;
        size_t next = first;
        for (; next < end; next++) {
            const mb_where_entry *entry = picture->entries[next];
            if (name == NULL || frame_of(entry, depth) == NULL || strcmp(frame_of(entry, depth), name) != 0)
                break;
            mb_site_amounts_add(&sum.before, &entry->before);
            mb_site_amounts_add(&sum.after, &entry->after);
            width += width_of(picture, entry);
        }
        if (name == NULL) { /* allocated by the frame above itself: its share stays open below it */
            left += width_of(picture, picture->entries[first]);
            first++;
            continue;
        }
        if (width >= SHARE_MIN * picture->total) {
            write_frame(picture, name, &sum, depth, left, width);
            write_frames(picture, first, next, depth + 1, left);
        }
        left += width;
        first = next;
    }
}

/* How deep the deepest of them is, as far as is drawn. */
static size_t measure(icicle *picture, size_t count)
{
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        size_t own = picture->entries[i]->caller_count + 1;
        picture->total += width_of(picture, picture->entries[i]);
        depth = own > depth ? own : depth;
    }
    return depth < DEPTH_MAX ? depth : DEPTH_MAX;
}

void mb_html_write_icicle(FILE *file, const mb_where *where)
{
    size_t count = where->entry_count < SITES_MAX ? where->entry_count : SITES_MAX; /* the largest come first */
    icicle picture = {.file = file, .where = where, .entries = calloc(count + 1, sizeof *picture.entries)};
    for (size_t i = 0; picture.entries != NULL && i < count; i++)
        picture.entries[i] = &where->entries[i];
    size_t depth = picture.entries != NULL ? measure(&picture, count) : 0;
    if (picture.total > 0) {
        qsort(picture.entries, count, sizeof *picture.entries, by_path);
        fprintf(file,
                "<svg class=\"icicle\" width=\"100%%\" height=\"%zu\" tabindex=\"0\" role=\"group\" aria-label=\"Call "
                "sites, the "
                "case's function on top; arrow keys go from one to the next\">\n",
                depth * ROW_PX);
        write_frames(&picture, 0, count, 0, 0);
        fputs("</svg><p class=\"readout\" aria-live=\"polite\"></p>\n", file);
    }
    free(picture.entries);
}
