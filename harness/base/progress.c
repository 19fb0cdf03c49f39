#include "base/progress.h"

#include "base/terminal.h"
#include "base/utf8.h"

#include <string.h>

enum { PART_BYTES_MAX = 512 };

uint64_t mb_progress_left_ns(size_t done_count, size_t total_count, uint64_t elapsed_ns)
{
    if (done_count == 0)
        return UINT64_MAX;
    if (done_count >= total_count)
        return 0;
    double left = (double)elapsed_ns / (double)done_count * (double)(total_count - done_count);
    return left < 9e18 ? (uint64_t)left : UINT64_MAX;
}

/* "4 s left", "2 min left", "3 h left"; "" while nothing can be said. */
static void format_left(const mb_progress_view *view, char text[PART_BYTES_MAX])
{
    text[0] = '\0';
    if (view->done_count < 3 && view->done_count * 20 < view->total_count)
        return;
    uint64_t left_ns = mb_progress_left_ns(view->done_count, view->total_count, view->elapsed_ns);
    if (left_ns == UINT64_MAX)
        return;
    double seconds = (double)left_ns / 1e9;
    if (seconds < 1)
        snprintf(text, PART_BYTES_MAX, "< 1 s left");
    else if (seconds < 99.5)
        snprintf(text, PART_BYTES_MAX, "%.0f s left", seconds);
    else if (seconds < 90 * 60)
        snprintf(text, PART_BYTES_MAX, "%.0f min left", seconds / 60);
    else
        snprintf(text, PART_BYTES_MAX, "%.1f h left", seconds / 3600);
}

int mb_progress_format(const mb_progress_view *view, int width_columns, bool unicode,
                       char line[MB_PROGRESS_LINE_BYTES_MAX])
{
    enum { PLACE, ID, SAMPLE, ESTIMATE, LEFT, PART_COUNT };
    static const int drop_order[] = {ESTIMATE, SAMPLE, LEFT, PLACE};
    char parts[PART_COUNT][PART_BYTES_MAX] = {""};
    if (width_columns <= 0)
        width_columns = 80;
    if (view->case_count > 0)
        snprintf(parts[PLACE], PART_BYTES_MAX, "%zu/%zu", view->case_index, view->case_count);
    mb_utf8_clean(view->case_id != NULL ? view->case_id : "", unicode, parts[ID], PART_BYTES_MAX);
    if (view->sample_count > 0)
        snprintf(parts[SAMPLE], PART_BYTES_MAX, "sample %zu of %zu", view->sample_index, view->sample_count);
    if (view->estimate != NULL)
        mb_utf8_clean(view->estimate, unicode, parts[ESTIMATE], PART_BYTES_MAX);
    format_left(view, parts[LEFT]);

    int columns = 0, id_columns = mb_text_columns(parts[ID]);
    for (int i = 0; i < PART_COUNT; i++)
        if (parts[i][0] != '\0')
            columns += (columns > 0 ? 2 : 0) + mb_text_columns(parts[i]);
    for (size_t i = 0; i < sizeof drop_order / sizeof drop_order[0] && columns > width_columns; i++) {
        char *part = parts[drop_order[i]];
        /* The time left and the place stay as long as a readable piece of the id fits next to them. */
        if (drop_order[i] != ESTIMATE && drop_order[i] != SAMPLE && columns - id_columns + 12 <= width_columns)
            continue;
        if (part[0] != '\0')
            columns -= 2 + mb_text_columns(part);
        part[0] = '\0';
    }
    if (columns > width_columns) {
        char shortened[PART_BYTES_MAX];
        mb_utf8_shorten(parts[ID], width_columns - (columns - id_columns), unicode, shortened, sizeof shortened);
        memcpy(parts[ID], shortened, sizeof shortened);
    }
    size_t used = 0;
    for (int i = 0; i < PART_COUNT; i++)
        if (parts[i][0] != '\0')
            used += (size_t)snprintf(line + used, MB_PROGRESS_LINE_BYTES_MAX - used, "%s%s", used > 0 ? "  " : "",
                                     parts[i]);
    line[used] = '\0';
    return mb_text_columns(line);
}

void mb_progress_init(mb_progress *progress, FILE *terminal, bool active, bool unicode)
{
    *progress = (mb_progress){.terminal = terminal, .active = active, .unicode = unicode};
}

void mb_progress_start(mb_progress *progress, bool is_quiet)
{
    mb_progress_init(progress, stderr, !is_quiet && mb_terminal_can_draw(stderr), mb_terminal_is_unicode());
}

void mb_progress_update(mb_progress *progress, const mb_progress_view *view, uint64_t now_ns)
{
    if (!progress->active || (progress->started && now_ns - progress->last_ns < MB_PROGRESS_INTERVAL_NS))
        return;
    char line[MB_PROGRESS_LINE_BYTES_MAX];
    int width_columns = mb_terminal_width(progress->terminal);
    /* One column less than there are: a terminal may begin a new line after writing the last one. */
    mb_progress_format(view, (width_columns > 1 ? width_columns : 80) - 1, progress->unicode, line);
    fprintf(progress->terminal, "\r%s\033[K", line);
    fflush(progress->terminal);
    progress->started = true;
    progress->visible = true;
    progress->last_ns = now_ns;
}

void mb_progress_clear(mb_progress *progress)
{
    if (!progress->visible)
        return;
    fputs("\r\033[K", progress->terminal);
    fflush(progress->terminal);
    progress->visible = false;
    progress->started = false; /* what comes next is something else: it is shown at once */
}
