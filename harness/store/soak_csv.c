/* A series from CSV: of membench's own, with all its columns, or any file of seconds and bytes. */
#include "store/json_reader.h"
#include "store/soak_parse.h"

#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 64, CELL_BYTES_MAX = 64 };

/* What a column holds: a field, or one of these. */
enum { COLUMN_NOTHING = -1, COLUMN_TIME = -2, COLUMN_PHASE = -3, COLUMN_KIND = -4 };

typedef struct layout {
    char separator;
    size_t count;
    int columns[COLUMNS_MAX];
} layout;

/* Cuts the next cell off, without blanks and quotes around it; false after the last one. */
static bool next_cell(const char **at, const char *end, char separator, const char **cell, size_t *length)
{
    if (*at == NULL)
        return false;
    const char *stop = memchr(*at, separator, (size_t)(end - *at));
    const char *from = *at, *to = stop != NULL ? stop : end;
    *at = stop != NULL ? stop + 1 : NULL;
    while (from < to && (*from == ' ' || *from == '"'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '"'))
        to--;
    *cell = from;
    *length = (size_t)(to - from);
    return true;
}

static bool parse_cell(const char *cell, size_t length, double *value)
{
    char copy[CELL_BYTES_MAX + 1];
    double parsed;
    if (length == 0 || length > CELL_BYTES_MAX)
        return false;
    memcpy(copy, cell, length);
    copy[length] = '\0';
    const char *rest = mb_number_parse(copy, copy + length, &parsed);
    if (rest != copy + length || !isfinite(parsed) || fabs(parsed) > MB_NUMBER_EXACT_MAX)
        return false;
    *value = parsed;
    return true;
}

static bool is_name(const char *cell, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(cell, name, length) == 0;
}

static int find_column(const char *cell, size_t length)
{
    static const char *const times[] = {"time_seconds", "time", "seconds", "elapsed_seconds", "t"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (is_name(cell, length, times[i]))
            return COLUMN_TIME;
    if (is_name(cell, length, "phase"))
        return COLUMN_PHASE;
    if (is_name(cell, length, "kind"))
        return COLUMN_KIND;
    for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++)
        if (is_name(cell, length, mb_soak_field_name((mb_soak_field)f)))
            return f;
    return COLUMN_NOTHING;
}

static bool has_column(const layout *layout, int column)
{
    for (size_t i = 0; i < layout->count; i++)
        if (layout->columns[i] == column)
            return true;
    return false;
}

/* Learns the columns from the first line; a head is one whose first cell is no number. Without names that are known
 * the first column is the time and the second the size. */
static mb_status read_layout(const mb_soak_text *text, layout *layout, bool *is_head, mb_error *error)
{
    static const char separators[] = {',', ';', '\t'};
    const char *end = text->line + text->length, *cell;
    size_t length;
    double unused;
    layout->separator = ',';
    for (size_t i = sizeof separators; i-- > 0;)
        if (memchr(text->line, separators[i], text->length) != NULL)
            layout->separator = separators[i];
    const char *at = text->line;
    *is_head = next_cell(&at, end, layout->separator, &cell, &length) && !parse_cell(cell, length, &unused);
    at = text->line;
    while (layout->count < COLUMNS_MAX && next_cell(&at, end, layout->separator, &cell, &length))
        layout->columns[layout->count++] = *is_head ? find_column(cell, length) : COLUMN_NOTHING;
    if (layout->count < 2)
        return mb_soak_refuse(text, error, "neither a soak's record nor a CSV of seconds and bytes");
    bool has_field = has_column(layout, MB_SOAK_RSS_BYTES) || has_column(layout, MB_SOAK_ANON_BYTES) ||
                     has_column(layout, MB_SOAK_HEAP_LIVE_BYTES);
    if (!has_column(layout, COLUMN_TIME))
        layout->columns[0] = COLUMN_TIME;
    if (!has_field && (layout->columns[1] == COLUMN_NOTHING))
        layout->columns[1] = MB_SOAK_RSS_BYTES;
    return MB_OK;
}

static mb_status take_cell(const mb_soak_text *text, int column, const char *cell, size_t length, mb_soak_tick *tick,
                           mb_error *error)
{
    double value = 0;
    if (column == COLUMN_KIND) {
        if (!mb_soak_kind_find(cell, length, &tick->kind))
            return mb_soak_refuse(text, error, "\"%.*s\" is none of run, idle and trim",
                                  (int)(length < 40 ? length : 40), cell);
        return MB_OK;
    }
    if (column >= 0 && length == 0)
        return MB_OK; /* not known */
    if (!parse_cell(cell, length, &value) || value < 0)
        return mb_soak_refuse(text, error, "\"%.*s\" is no number from 0", (int)(length < 40 ? length : 40), cell);
    if (column == COLUMN_TIME) {
        tick->time_seconds = value;
    } else if (column == COLUMN_PHASE) {
        tick->phase_index = value < MB_SOAK_PHASES_MAX ? (size_t)value : MB_SOAK_PHASES_MAX - 1;
    } else {
        tick->values[column] = value;
        tick->is_known[column] = true;
    }
    return MB_OK;
}

static mb_status take_line(const mb_soak_text *text, const layout *layout, mb_soak_series *series, mb_error *error)
{
    const char *at = text->line, *end = text->line + text->length, *cell;
    size_t length, count = 0;
    mb_soak_tick tick = {0};
    while (next_cell(&at, end, layout->separator, &cell, &length)) {
        if (count == layout->count)
            return mb_soak_refuse(text, error, "more cells than the first line has");
        int column = layout->columns[count++];
        mb_status status = column != COLUMN_NOTHING ? take_cell(text, column, cell, length, &tick, error) : MB_OK;
        if (status != MB_OK)
            return status;
    }
    if (count < layout->count)
        return mb_soak_refuse(text, error, "fewer cells than the first line has");
    return mb_soak_take_tick(text, series, &tick, error);
}

mb_status mb_soak_read_csv(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    layout layout = {0};
    while (mb_soak_next_line(text)) {
        if (text->length == 0 || text->line[0] == '#')
            continue;
        bool is_head = false;
        mb_status status = layout.count == 0 ? read_layout(text, &layout, &is_head, error) : MB_OK;
        if (status == MB_OK && !is_head)
            status = take_line(text, &layout, series, error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}
