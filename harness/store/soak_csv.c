/* A series from CSV: of membench's own, with all its columns, or any file of seconds and bytes. */
#include "store/json_reader.h"
#include "store/soak_columns.h"
#include "store/soak_parse.h"

#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 64, CELL_BYTES_MAX = 64 };

static const double LEVEL_LEAST_BYTES = 64 * 1024; /* no process holds less */

typedef struct layout {
    char separator; /* ' ': any number of blanks */
    size_t count;
    mb_soak_column columns[COLUMNS_MAX];
    bool is_guessed; /* the unit of sizes is not named: bytes */
} layout;

/* Cuts the next cell off, without blanks and quotes around it; false after the last one. */
static bool next_cell(const char **at, const char *end, char separator, const char **cell, size_t *length)
{
    if (*at == NULL)
        return false;
    while (separator == ' ' && *at < end && **at == ' ')
        ++*at;
    if (separator == ' ' && *at == end)
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

static const mb_soak_column *find_holder(const layout *layout, int holds)
{
    for (size_t i = 0; i < layout->count; i++)
        if (layout->columns[i].holds == holds)
            return &layout->columns[i];
    return NULL;
}

static bool has_size(const layout *layout)
{
    return find_holder(layout, MB_SOAK_RSS_BYTES) != NULL || find_holder(layout, MB_SOAK_ANON_BYTES) != NULL ||
           find_holder(layout, MB_SOAK_HEAP_LIVE_BYTES) != NULL;
}

static char find_separator(const mb_soak_text *text)
{
    static const char separators[] = {',', ';', '\t', ' '};
    for (size_t i = 0; i < sizeof separators; i++)
        if (memchr(text->line, separators[i], text->length) != NULL)
            return separators[i];
    return ',';
}

/* A head has to name the time and a size with its unit: what is guessed of the rest is wrong by a factor of 1,024, or
 * another column. */
static mb_status check_head(const mb_soak_text *text, const layout *layout, mb_error *error)
{
    int shown = (int)(text->length < 120 ? text->length : 120);
    if (find_holder(layout, MB_SOAK_COLUMN_TIME) == NULL || !has_size(layout))
        return mb_soak_refuse(
            text, error, "no column is known as %s: \"%.*s\" (name them as in time_s,rss_kb or time_seconds,rss_bytes)",
            has_size(layout) ? "the time" : "a size", shown, text->line);
    for (size_t i = 0; i < layout->count; i++)
        if (layout->columns[i].factor == 0)
            return mb_soak_refuse(text, error, "column %zu has no unit: \"%.*s\" (such as rss_kb or rss_bytes)", i + 1,
                                  shown, text->line);
    return MB_OK;
}

/* psrecord's names have blanks in them, its columns are separated by them. */
static bool is_psrecord(const mb_soak_text *text, layout *layout)
{
    static const char head[] = "# Elapsed time";
    if (text->length < sizeof head - 1 || memcmp(text->line, head, sizeof head - 1) != 0)
        return false;
    *layout = (struct layout){.separator = ' ', .count = 4};
    layout->columns[0] = (mb_soak_column){MB_SOAK_COLUMN_TIME, 1};
    layout->columns[1] = layout->columns[3] = (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
    layout->columns[2] = (mb_soak_column){MB_SOAK_RSS_BYTES, 1048576};
    return true;
}

/* Learns the columns from the first line; a head is one whose first cell is not a number. Without one the first column
 * is seconds and the second bytes. */
static mb_status read_layout(const mb_soak_text *text, layout *layout, bool *is_head, mb_error *error)
{
    const char *end = text->line + text->length, *cell, *at = text->line;
    size_t length;
    double unused;
    layout->separator = find_separator(text);
    bool is_comment = text->length > 1 && text->line[0] == '#'; /* pidstat -h: "# Time UID PID … RSS" */
    at += is_comment;
    const char *first = at;
    *is_head = next_cell(&at, end, layout->separator, &cell, &length) && !parse_cell(cell, length, &unused);
    at = first;
    while (layout->count < COLUMNS_MAX && next_cell(&at, end, layout->separator, &cell, &length))
        layout->columns[layout->count++] =
            *is_head ? mb_soak_column_find(cell, length) : (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
    if (layout->count < 2)
        return mb_soak_refuse(text, error, "neither a soak's record nor a CSV of seconds and bytes");
    layout->is_guessed = !*is_head;
    if (*is_head)
        return check_head(text, layout, error);
    layout->columns[0].holds = MB_SOAK_COLUMN_TIME;
    layout->columns[1].holds = MB_SOAK_RSS_BYTES;
    return MB_OK;
}

static mb_status take_cell(const mb_soak_text *text, const mb_soak_column *of, const char *cell, size_t length,
                           mb_soak_tick *tick, mb_error *error)
{
    double value = 0;
    int column = of->holds;
    if (column == MB_SOAK_COLUMN_KIND) {
        if (!mb_soak_kind_find(cell, length, &tick->kind))
            return mb_soak_refuse(text, error, "\"%.*s\" is none of run, idle and trim",
                                  (int)(length < 40 ? length : 40), cell);
        return MB_OK;
    }
    if (column >= 0 && length == 0)
        return MB_OK; /* not known */
    if (!parse_cell(cell, length, &value) || value < 0)
        return mb_soak_refuse(text, error, "\"%.*s\" is not a number from 0", (int)(length < 40 ? length : 40), cell);
    if (column == MB_SOAK_COLUMN_TIME) {
        tick->time_seconds = value * of->factor;
    } else if (column == MB_SOAK_COLUMN_PHASE) {
        tick->phase_index = value < MB_SOAK_PHASES_MAX ? (size_t)value : MB_SOAK_PHASES_MAX - 1;
    } else {
        tick->values[column] = value * of->factor;
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
        if (count == layout->count && layout->separator == ' ')
            break; /* the words of a command */
        if (count == layout->count)
            return mb_soak_refuse(text, error, "more cells than the first line has");
        const mb_soak_column *column = &layout->columns[count++];
        mb_status status =
            column->holds != MB_SOAK_COLUMN_NOTHING ? take_cell(text, column, cell, length, &tick, error) : MB_OK;
        if (status != MB_OK)
            return status;
    }
    if (count < layout->count)
        return mb_soak_refuse(text, error, "fewer cells than the first line has");
    return mb_soak_take_tick(text, series, &tick, error);
}

/* mprof's .dat: "MEM MiB EPOCH" among lines of other kinds. */
static mb_status read_mprof(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    static const layout columns = {
        .separator = ' ',
        .count = 3,
        .columns = {{MB_SOAK_COLUMN_NOTHING, 1}, {MB_SOAK_RSS_BYTES, 1048576}, {MB_SOAK_COLUMN_TIME, 1}}};
    do {
        if (text->length < 4 || memcmp(text->line, "MEM ", 4) != 0)
            continue;
        mb_status status = take_line(text, &columns, series, error);
        if (status != MB_OK)
            return status;
    } while (mb_soak_next_line(text));
    return MB_OK;
}

/* Sizes whose unit nobody named are bytes; a process of less than 64 KiB has another unit. */
static mb_status check_levels(const mb_soak_text *text, const mb_soak_series *series, mb_error *error)
{
    double highest = 0;
    for (size_t i = 0; i < series->count; i++)
        highest = fmax(highest, series->ticks[i].values[MB_SOAK_RSS_BYTES]);
    if (series->count == 0 || highest >= LEVEL_LEAST_BYTES)
        return MB_OK;
    return mb_soak_refuse(text, error,
                          "no process is as small as %.0f bytes: name columns and units in a first line, as in "
                          "time_s,rss_kb",
                          highest);
}

mb_status mb_soak_read_csv(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    layout layout = {0};
    while (mb_soak_next_line(text)) {
        static const char mprof[] = "CMDLINE ";
        bool is_first = layout.count == 0, is_head = false;
        if (is_first && text->length > sizeof mprof && memcmp(text->line, mprof, sizeof mprof - 1) == 0)
            return read_mprof(text, series, error);
        if (is_first && is_psrecord(text, &layout))
            continue;
        /* Comments, but for a head of pidstat's, which is repeated; and the line that names the machine. */
        bool is_pidstat_head = text->length > 6 && (memcmp(text->line, "# Time", 6) == 0);
        if (text->length == 0 || (text->line[0] == '#' && !(is_first && is_pidstat_head)) ||
            (text->length > 6 && memcmp(text->line, "Linux ", 6) == 0))
            continue;
        mb_status status = is_first ? read_layout(text, &layout, &is_head, error) : MB_OK;
        if (status == MB_OK && !is_head)
            status = take_line(text, &layout, series, error);
        if (status != MB_OK)
            return status;
    }
    return layout.is_guessed ? check_levels(text, series, error) : MB_OK;
}
