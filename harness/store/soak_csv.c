/* A series from CSV: of membench's own, with all its columns, or any file of seconds and bytes. */
#include "store/soak_cells.h"
#include "store/soak_columns.h"
#include "store/soak_parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS_MAX = 64, LIST_BYTES = 320, PAGE_BYTES = 4096, DAY_SECONDS = 86400 };

static const double LEVEL_LEAST_BYTES = 64 * 1024;       /* no process holds less */
static const double SECONDS_MAX = 1e11;                  /* of an epoch in milliseconds it has been 1973 */
static const double LEVEL_SURE_BYTES = 16 * 1024 * 1024; /* no process holds so many KiB, or hardly */

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

static const mb_soak_column *find_holder(const layout *layout, int holds)
{
    for (size_t i = 0; i < layout->count; i++)
        if (layout->columns[i].holds == holds)
            return &layout->columns[i];
    return NULL;
}

static bool has_size(const layout *layout)
{
    for (size_t i = 0; i < layout->count; i++)
        if (mb_soak_column_is_size(layout->columns[i].holds))
            return true;
    return false;
}

static char find_separator(const mb_soak_text *text)
{
    static const char separators[] = {',', ';', '\t', ' '};
    for (size_t i = 0; i < sizeof separators; i++)
        if (memchr(text->line, separators[i], text->length) != NULL)
            return separators[i];
    return ',';
}

/* "1 host, 2 when": what there is to choose from. */
static const char *list_columns(const mb_soak_text *text, const layout *layout, char list[LIST_BYTES])
{
    const char *at = text->line + (text->line[0] == '#'), *end = text->line + text->length, *cell;
    size_t length, used = 0;
    list[0] = '\0';
    for (size_t i = 1; next_cell(&at, end, layout->separator, &cell, &length) && used + 1 < LIST_BYTES; i++)
        used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%zu %.*s", i > 1 ? ", " : "", i,
                                 (int)(length < 40 ? length : 40), cell);
    return list;
}

/* A head has to name the time and a size: what is guessed of the rest is wrong by a factor of 1,024, or another
 * column. */
static mb_status check_head(const mb_soak_text *text, const layout *layout, mb_error *error)
{
    char list[LIST_BYTES];
    if (find_holder(layout, MB_SOAK_COLUMN_TIME) != NULL && has_size(layout))
        return MB_OK;
    return mb_soak_refuse(text, error,
                          "no column looks like %s; there are: %s (name them, with units: --columns 1:ms,3:kB)",
                          has_size(layout) ? "the time" : "a size", list_columns(text, layout, list));
}

/* Takes the columns that --columns says, and no other. */
static mb_status take_said(const mb_soak_text *text, layout *layout, bool is_head, mb_error *error)
{
    static const int holds[] = {MB_SOAK_COLUMN_TIME, MB_SOAK_RSS_BYTES};
    mb_soak_column found[2] = {0};
    size_t places[2];
    char list[LIST_BYTES];
    for (int i = 0; i < 2; i++) {
        const char *name = text->said->columns[i].name, *end = text->line + text->length, *cell;
        size_t length, wanted = text->said->columns[i].length;
        const char *at = text->line + (text->line[0] == '#');
        double number = 0;
        bool is_number = mb_soak_cell_number(name, wanted, &number), is_found = false;
        for (size_t c = 0; c < layout->count && next_cell(&at, end, layout->separator, &cell, &length); c++) {
            bool is_it =
                is_number ? number == (double)(c + 1) : is_head && length == wanted && memcmp(cell, name, wanted) == 0;
            if (!is_it || is_found)
                continue;
            is_found = true;
            places[i] = c;
            found[i] = layout->columns[c];
        }
        if (!is_found)
            return mb_soak_refuse(text, error, "--columns: no column is %.*s; there are: %s",
                                  (int)(wanted < 40 ? wanted : 40), name, list_columns(text, layout, list));
        bool is_known = found[i].holds == holds[i] || (i == 1 && found[i].holds >= 0);
        double factor = text->said->columns[i].factor;
        found[i].factor = factor > 0 ? factor : is_known ? found[i].factor : i == 0;
        found[i].holds = is_known ? found[i].holds : holds[i];
    }
    for (size_t c = 0; c < layout->count; c++)
        layout->columns[c].holds = MB_SOAK_COLUMN_NOTHING;
    for (int i = 0; i < 2; i++)
        layout->columns[places[i]] = found[i];
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

static bool is_value(const char *cell, size_t length)
{
    double unused;
    bool is_of_day;
    return mb_soak_cell_number(cell, length, &unused) || mb_soak_cell_time(cell, length, &unused, &is_of_day);
}

/* pidstat without -h: the head begins with the time of day, and so does each repetition of it. */
static bool is_clock_head(const mb_soak_text *text)
{
    const char *at = text->line, *end = text->line + text->length, *cell;
    size_t length;
    double unused;
    bool is_of_day = false;
    if (!next_cell(&at, end, ' ', &cell, &length) || !mb_soak_cell_time(cell, length, &unused, &is_of_day) ||
        !is_of_day)
        return false;
    for (int i = 0; i < 2; i++)
        if (!next_cell(&at, end, ' ', &cell, &length) || is_value(cell, length))
            return false;
    return true;
}

/* Learns the columns from the first line; a head is one whose first cell is neither a number nor a time. Without one
 * the first column is seconds and the second bytes, or what its cells say. */
static mb_status read_layout(const mb_soak_text *text, layout *layout, bool *is_head, mb_error *error)
{
    const char *end = text->line + text->length, *cell, *at = text->line;
    size_t length;
    layout->separator = find_separator(text);
    bool is_comment = text->length > 1 && text->line[0] == '#'; /* pidstat -h: "# Time UID PID … RSS" */
    at += is_comment;
    const char *first = at;
    bool is_clock = is_clock_head(text);
    *is_head = is_clock || (next_cell(&at, end, layout->separator, &cell, &length) && !is_value(cell, length));
    at = first;
    while (layout->count < COLUMNS_MAX && next_cell(&at, end, layout->separator, &cell, &length))
        layout->columns[layout->count++] =
            *is_head ? mb_soak_column_find(cell, length) : (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
    if (is_clock)
        layout->columns[0] = (mb_soak_column){MB_SOAK_COLUMN_TIME, 1};
    if (layout->count < 2)
        return mb_soak_refuse(text, error, "neither a soak's record nor a CSV of seconds and bytes");
    if (text->said != NULL)
        return take_said(text, layout, *is_head, error);
    layout->is_guessed = !*is_head;
    if (*is_head)
        return check_head(text, layout, error);
    layout->columns[0].holds = MB_SOAK_COLUMN_TIME;
    layout->columns[1].holds = MB_SOAK_RSS_BYTES;
    return MB_OK;
}

static mb_status refuse_cell(const mb_soak_text *text, const char *wanted, const char *cell, size_t length,
                             mb_error *error)
{
    return mb_soak_refuse(text, error, "\"%.*s\" is not %s", (int)(length < 40 ? length : 40), cell, wanted);
}

/* "51.200" in KiB is 51,200 where dots part thousands: no process is so small, or has a part of one. */
static bool are_thousands(const char *cell, size_t length)
{
    const char *dot = memchr(cell, '.', length);
    return dot != NULL && dot - cell <= 3 && cell + length - dot == 4;
}

/* The length of "10:59:50 PM", whose second part may be a cell of its own. */
static size_t with_half_of_day(const mb_soak_text *text, const char *cell, size_t length)
{
    const char *end = text->line + text->length;
    bool is_in_line = cell >= text->line && cell + length + 3 <= end && cell[length] == ' ';
    bool has_half = is_in_line && strchr("AP", cell[length + 1]) != NULL && cell[length + 2] == 'M';
    return has_half && (cell + length + 3 == end || cell[length + 3] == ' ') ? length + 3 : length;
}

/* Seconds, or a time of the clock: of one without a day the next day begins where it goes back by half of one. */
static mb_status take_time(const mb_soak_text *text, const mb_soak_column *of, const char *cell, size_t length,
                           mb_soak_tick *tick, mb_error *error)
{
    double value;
    bool is_of_day = false;
    if (mb_soak_cell_number(cell, length, &value))
        value *= of->factor;
    else if (!mb_soak_cell_time(cell, with_half_of_day(text, cell, length), &value, &is_of_day))
        return refuse_cell(text, "a number from 0, or a time", cell, length, error);
    if (value < 0)
        return refuse_cell(text, "a number from 0, or a time", cell, length, error);
    if (value > SECONDS_MAX)
        return refuse_cell(text, "a time in seconds: name its unit, as in time_ms", cell, length, error);
    double behind = text->last_seconds - value;
    if (is_of_day && behind > DAY_SECONDS / 2)
        value += DAY_SECONDS * ceil(behind / DAY_SECONDS - 0.5);
    tick->time_seconds = value;
    return MB_OK;
}

mb_status mb_soak_take_cell(mb_soak_text *text, const mb_soak_column *of, const char *cell, size_t length,
                            mb_soak_tick *tick, mb_error *error)
{
    double value = 0;
    int column = of->holds;
    if (column == MB_SOAK_COLUMN_KIND) {
        if (!mb_soak_kind_find(cell, length, &tick->kind))
            return mb_soak_refuse(text, error, "\"%.*s\" must be run, idle or trim", (int)(length < 40 ? length : 40),
                                  cell);
        return MB_OK;
    }
    if (column >= 0 && length == 0)
        return MB_OK; /* not known */
    if (column == MB_SOAK_COLUMN_TIME)
        return take_time(text, of, cell, length, tick, error);
    double factor = of->factor;
    bool has_unit = column >= 0 && mb_soak_cell_size(cell, length, &value);
    text->has_units = text->has_units || has_unit;
    if (has_unit)
        factor = 1;
    else if (!mb_soak_cell_number(cell, length, &value) || value < 0)
        return refuse_cell(text, "a number from 0", cell, length, error);
    if (factor == 0)
        return mb_soak_refuse(text, error,
                              "a size has no unit: \"%.*s\" (name it as in rss_kb, or use --columns "
                              "TIME,SIZE:kB)",
                              (int)(length < 40 ? length : 40), cell);
    if (column >= 0 && !has_unit && factor == 1024 && are_thousands(cell, length))
        return refuse_cell(text, "a whole number of KiB: is the dot one of thousands?", cell, length, error);
    if (column == MB_SOAK_COLUMN_PHASE) {
        tick->phase_index = value < MB_SOAK_PHASES_MAX ? (size_t)value : MB_SOAK_PHASES_MAX - 1;
    } else {
        tick->values[column] = value * factor;
        tick->is_known[column] = true;
    }
    return MB_OK;
}

static mb_status take_line(mb_soak_text *text, const layout *layout, mb_soak_series *series, mb_error *error)
{
    const char *at = text->line, *end = text->line + text->length, *cell;
    size_t length, count = 0;
    mb_soak_tick tick = {0};
    while (next_cell(&at, end, layout->separator, &cell, &length)) {
        if (count == layout->count && layout->separator == ' ')
            break; /* the words of a command */
        if (count == layout->count)
            return mb_soak_refuse(text, error, "more cells than the first line");
        const mb_soak_column *column = &layout->columns[count++];
        mb_status status = column->holds != MB_SOAK_COLUMN_NOTHING
                               ? mb_soak_take_cell(text, column, cell, length, &tick, error)
                               : MB_OK;
        if (status != MB_OK)
            return status;
    }
    if (count < layout->count)
        return mb_soak_refuse(text, error, "fewer cells than the first line");
    return mb_soak_take_tick(text, series, &tick, error);
}

/* "CHLD NUMBER MiB EPOCH" belongs to the line of its parent before it: judged are all processes together. */
static mb_status add_child(const mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    const char *at = text->line, *end = text->line + text->length, *cell;
    size_t length;
    double value;
    for (int i = 0; i < 3; i++)
        if (!next_cell(&at, end, ' ', &cell, &length))
            return mb_soak_refuse(text, error, "fewer cells than the first line");
    if (!mb_soak_cell_number(cell, length, &value) || value < 0)
        return refuse_cell(text, "a number from 0", cell, length, error);
    if (series->count > 0)
        series->ticks[series->count - 1].values[MB_SOAK_RSS_BYTES] += value * 1048576;
    return MB_OK;
}

/* mprof's .dat: "MEM MiB EPOCH" among lines of other kinds. */
static mb_status read_mprof(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    static const layout columns = {
        .separator = ' ',
        .count = 3,
        .columns = {{MB_SOAK_COLUMN_NOTHING, 1}, {MB_SOAK_RSS_BYTES, 1048576}, {MB_SOAK_COLUMN_TIME, 1}}};
    do {
        bool is_child = text->length > 5 && memcmp(text->line, "CHLD ", 5) == 0;
        if (!is_child && (text->length < 4 || memcmp(text->line, "MEM ", 4) != 0))
            continue;
        mb_status status = is_child ? add_child(text, series, error) : take_line(text, &columns, series, error);
        if (status != MB_OK)
            return status;
    } while (mb_soak_next_line(text));
    return MB_OK;
}

/* Sizes whose unit nobody named are bytes, if that can be: a process of less than 64 KiB has another unit, and so may
 * one whose sizes are not whole pages. */
static mb_status check_levels(const mb_soak_text *text, const mb_soak_series *series, mb_error *error)
{
    static const char remedy[] = "name columns and units in a first line, as in time_s,rss_kb, or use --columns 1,2:kB";
    double highest = 0;
    bool are_pages = true;
    for (size_t i = 0; i < series->count; i++) {
        double value = series->ticks[i].values[MB_SOAK_RSS_BYTES];
        highest = fmax(highest, value);
        are_pages = are_pages && fmod(value, PAGE_BYTES) == 0;
    }
    if (series->count > 0 && highest < LEVEL_LEAST_BYTES)
        return mb_soak_refuse(text, error, "no process is as small as %.0f bytes: %s", highest, remedy);
    if (highest < LEVEL_SURE_BYTES && !are_pages)
        return mb_soak_refuse(text, error, "sizes up to %.0f are not whole pages, and may not be bytes: %s", highest,
                              remedy);
    return MB_OK;
}

/* pidstat's last lines. */
static bool is_average(const mb_soak_text *text)
{
    static const char name[] = "Average:";
    return text->length >= sizeof name && memcmp(text->line, name, sizeof name - 1) == 0;
}

mb_status mb_soak_read_csv(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    layout layout = {0};
    const char *head = "";
    size_t head_length = 0;
    while (mb_soak_next_line(text)) {
        static const char mprof[] = "CMDLINE ";
        bool is_first = layout.count == 0, is_head = false;
        if (is_first && text->said == NULL && text->length > sizeof mprof &&
            memcmp(text->line, mprof, sizeof mprof - 1) == 0)
            return read_mprof(text, series, error);
        if (is_first && text->said == NULL && is_psrecord(text, &layout))
            continue;
        /* Comments, but for a head of pidstat's, which is repeated; and the line that names the machine. */
        bool is_pidstat_head = text->length > 6 && (memcmp(text->line, "# Time", 6) == 0);
        if (text->length == 0 || (text->line[0] == '#' && !(is_first && is_pidstat_head)) ||
            (text->length > 6 && memcmp(text->line, "Linux ", 6) == 0))
            continue;
        /* A head that is written again and again, as by ps in a loop. */
        bool is_again = !is_first && ((text->length == head_length && memcmp(text->line, head, head_length) == 0) ||
                                      is_clock_head(text) || is_average(text));
        if (is_again)
            continue;
        mb_status status = is_first ? read_layout(text, &layout, &is_head, error) : MB_OK;
        if (is_head) {
            head = text->line;
            head_length = text->length;
        }
        if (status == MB_OK && !is_head)
            status = take_line(text, &layout, series, error);
        if (status != MB_OK)
            return status;
    }
    return layout.is_guessed && !text->has_units ? check_levels(text, series, error) : MB_OK;
}
