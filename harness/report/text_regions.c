/* Where the memory is of cases that report regions: a table for each, a column for each function that measured it. */
#include "report/key_groups.h"
#include "report/regions.h"

#include "base/grown.h"
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 22, VALUE_COLUMNS = 9, GAP_COLUMNS = 2, USUAL_WIDTH_COLUMNS = 80 };

typedef struct part {
    char name[MB_NAME_BYTES_MAX];
    double bytes;
    bool is_known;
} part;

/* One case: its regions, then the two rows that close a table. */
typedef struct column {
    char *key, *function;
    mb_window window;
    part *parts;
    size_t count;
} column;

struct mb_text_regions {
    column *columns;
    size_t count, capacity;
};

static const char unexplained[] = "unexplained", together[] = "anon";

static void free_column(column *made)
{
    free(made->key);
    free(made->function);
    free(made->parts);
}

static void add_part(column *made, const char *name, double bytes, bool is_known)
{
    part *added = &made->parts[made->count++];
    snprintf(added->name, sizeof added->name, "%s", name);
    added->bytes = bytes;
    added->is_known = is_known;
}

static MB_NODISCARD bool fill(const mb_case_result *result, column *made)
{
    double nominal_bytes, bytes;
    bool is_known;
    mb_summary anon;
    for (size_t i = 0; i < result->region_count; i++) {
        if (result->regions[i].window != made->window || !mb_region_is_first(result, i))
            continue;
        if (!mb_region_sum(result, i, &nominal_bytes, &bytes, &is_known))
            return false;
        add_part(made, result->regions[i].name, bytes, is_known);
    }
    if (!mb_regions_unexplained(result, made->window, &bytes, &is_known) ||
        !mb_summary_make(&result->series[mb_metric_of(MB_ANON_DELTA_BYTES, made->window)], &anon))
        return false;
    add_part(made, unexplained, bytes, is_known);
    add_part(made, together, anon.median, anon.count > 0);
    return true;
}

mb_status mb_text_regions_add(mb_text_state *state, const mb_case_result *result, mb_error *error)
{
    if (result->region_count == 0)
        return MB_OK;
    if (state->regions == NULL)
        state->regions = calloc(1, sizeof *state->regions);
    mb_text_regions *all = state->regions;
    if (all == NULL)
        return mb_error_no_memory(error);
    column *columns = mb_grown(all->columns, all->count, &all->capacity, sizeof *columns);
    if (columns == NULL)
        return mb_error_no_memory(error);
    all->columns = columns;
    column made = {.key = mb_words_shared_id(result),
                   .function = strdup(result->function != NULL ? result->function : result->id),
                   .window = MB_WINDOW_STEADY,
                   .parts = calloc(result->region_count + 2, sizeof *made.parts)};
    for (size_t i = 0; i < result->region_count; i++)
        if (result->regions[i].window == MB_WINDOW_COLD)
            made.window = MB_WINDOW_COLD;
    if (made.key == NULL || made.function == NULL || made.parts == NULL || !fill(result, &made)) {
        free_column(&made);
        return mb_error_no_memory(error);
    }
    all->columns[all->count++] = made;
    return MB_OK;
}

static const part *find(const column *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++)
        if (strcmp(in->parts[i].name, name) == 0)
            return &in->parts[i];
    return NULL;
}

static int width_of(const column *shown)
{
    int length = (int)strlen(shown->function);
    return GAP_COLUMNS + (length > VALUE_COLUMNS ? length : VALUE_COLUMNS);
}

static void write_row(const mb_report *report, column *const *shown, size_t count, const char *name)
{
    mb_metric anon = mb_metric_of(MB_ANON_DELTA_BYTES, shown[0]->window);
    mb_terminal_pad(report, 2);
    mb_terminal_put_left(report, MB_COLOR_PLAIN, name, NAME_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        const part *found = find(shown[i], name);
        char text[MB_WORDS_TEXT_MAX] = "-";
        if (found != NULL && found->is_known)
            mb_words_value(anon, found->bytes, false, text);
        mb_terminal_put_right(report, MB_COLOR_PLAIN, text, width_of(shown[i]));
    }
    fputc('\n', report->file);
}

/* Regions in the order in which functions name them; the closing rows, which all of them have, last. */
static void write_columns(const mb_report *report, column *const *shown, size_t count)
{
    char title[MB_ID_BYTES_MAX + MB_WORDS_TEXT_MAX];
    snprintf(title, sizeof title, "%s by region, resident%s", shown[0]->key,
             shown[0]->window == MB_WINDOW_COLD ? " at first use" : "");
    mb_terminal_put(report, MB_COLOR_BOLD, title);
    fputc('\n', report->file);
    mb_terminal_pad(report, 2 + NAME_COLUMNS);
    for (size_t i = 0; i < count; i++)
        mb_terminal_put_right(report, MB_COLOR_DIM, shown[i]->function, width_of(shown[i]));
    fputc('\n', report->file);
    for (size_t i = 0; i < count; i++)
        for (size_t p = 0; p + 2 < shown[i]->count; p++) {
            const char *name = shown[i]->parts[p].name;
            bool is_written = false;
            for (size_t j = 0; j < i && !is_written; j++)
                is_written = find(shown[j], name) != NULL;
            if (!is_written)
                write_row(report, shown, count, name);
        }
    write_row(report, shown, count, unexplained);
    write_row(report, shown, count, together);
}

/* The columns of one table, as many next to each other as the width holds. */
static void write_table(const mb_report *report, column **shown, size_t count)
{
    int width = report->options.width_columns > 0 ? report->options.width_columns : USUAL_WIDTH_COLUMNS;
    for (size_t first = 0, next; first < count; first = next) {
        int used = 2 + NAME_COLUMNS + width_of(shown[first]);
        for (next = first + 1; next < count && used + width_of(shown[next]) <= width; next++)
            used += width_of(shown[next]);
        write_columns(report, shown + first, next - first);
    }
}

mb_status mb_text_regions_write(const mb_report *report, mb_error *error)
{
    const mb_text_state *state = report->state;
    const mb_text_regions *all = state->regions;
    if (all == NULL)
        return MB_OK;
    column **shown = calloc(all->count + 1, sizeof(column *));
    mb_key_member *members = calloc(all->count + 1, sizeof *members);
    bool is_whole = shown != NULL && members != NULL;
    for (size_t i = 0; i < all->count && is_whole; i++)
        members[i] = (mb_key_member){.key = all->columns[i].key, .index = i};
    if (is_whole)
        mb_key_groups_sort(members, all->count);
    for (size_t first = 0, next = 0; first < all->count && is_whole; first = next) {
        for (; next < all->count && members[next].group == members[first].group; next++)
            shown[next] = &all->columns[members[next].index];
        write_table(report, shown + first, next - first);
    }
    free(shown);
    free(members);
    return is_whole ? MB_OK : mb_error_no_memory(error);
}

void mb_text_regions_drop(mb_text_state *state)
{
    if (state->regions == NULL)
        return;
    for (size_t i = 0; i < state->regions->count; i++)
        free_column(&state->regions->columns[i]);
    free(state->regions->columns);
    free(state->regions);
}
