#include "store/soak_cells.h"

#include "store/json_reader.h"
#include "store/soak_columns.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { CELL_BYTES_MAX = 64, DAY_SECONDS = 86400 };

bool mb_soak_cell_number(const char *text, size_t length, double *value)
{
    char copy[CELL_BYTES_MAX + 1];
    double parsed;
    if (length == 0 || length > CELL_BYTES_MAX)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    const char *rest = mb_number_parse(copy, copy + length, &parsed);
    if (rest != copy + length || !isfinite(parsed) || fabs(parsed) > MB_NUMBER_EXACT_MAX)
        return false;
    *value = parsed;
    return true;
}

/* So many digits as a number; -1 when there is something else. */
static int digits(const char **at, const char *end, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, ++*at) {
        if (*at == end || !isdigit((unsigned char)**at))
            return -1;
        value = 10 * value + (**at - '0');
    }
    return value;
}

static bool skip(const char **at, const char *end, char wanted)
{
    if (*at == end || **at != wanted)
        return false;
    ++*at;
    return true;
}

/* "08:15:00", and ".5" or ",5" behind it, and " AM" or " PM". */
static bool read_clock(const char **at, const char *end, double *seconds)
{
    int hours = digits(at, end, 2);
    if (hours < 0 || !skip(at, end, ':'))
        return false;
    int minutes = digits(at, end, 2);
    if (minutes < 0 || !skip(at, end, ':'))
        return false;
    int whole = digits(at, end, 2);
    if (whole < 0 || hours > 24 || minutes > 59 || whole > 60)
        return false;
    *seconds = hours * 3600.0 + minutes * 60.0 + whole;
    if (*at < end && (**at == '.' || **at == ',')) {
        double unit = 0.1;
        for (++*at; *at < end && isdigit((unsigned char)**at); ++*at, unit /= 10)
            *seconds += unit * (**at - '0');
    }
    if (end - *at == 3 && **at == ' ' && (*at)[2] == 'M') {
        bool is_late = (*at)[1] == 'P';
        if (hours < 1 || hours > 12 || (!is_late && (*at)[1] != 'A'))
            return false;
        *seconds += 43200.0 * (is_late - (hours == 12));
        *at = end;
    }
    return true;
}

/* What ps calls ELAPSED: "15:00", "1-08:15:00". */
static bool read_elapsed(const char **at, const char *end, double *seconds)
{
    double days = 0, clock;
    const char *from = *at;
    while (*at < end && isdigit((unsigned char)**at))
        days = 10 * days + (*(*at)++ - '0');
    if (*at > from && *at - from < 6 && skip(at, end, '-') && read_clock(at, end, &clock)) {
        *seconds = days * DAY_SECONDS + clock;
        return true;
    }
    *at = from;
    int minutes = digits(at, end, 2), rest = skip(at, end, ':') ? digits(at, end, 2) : -1;
    if (minutes < 0 || rest < 0)
        return false;
    *seconds = minutes * 60.0 + rest;
    return true;
}

/* Days since 1970: years begin in March, so that the day that comes and goes is the last. */
static double count_days(int year, int month, int day)
{
    year -= month <= 2;
    int month_of_year = month > 2 ? month - 3 : month + 9;
    return year * 365.0 + floor(year / 4.0) - floor(year / 100.0) + floor(year / 400.0) +
           (153 * month_of_year + 2) / 5 + day - 1 - 719468;
}

/* "Z", "+01:00", "+0100", "+01" or nothing: seconds ahead of UTC. */
static bool read_zone(const char **at, const char *end, double *ahead)
{
    *ahead = 0;
    if (*at == end || skip(at, end, 'Z'))
        return true;
    int sign = **at == '-' ? -1 : 1;
    if (!skip(at, end, '+') && !skip(at, end, '-'))
        return false;
    int hours = digits(at, end, 2), minutes = 0;
    if (hours < 0)
        return false;
    if (*at < end) {
        (void)skip(at, end, ':');
        minutes = digits(at, end, 2);
    }
    *ahead = sign * (hours * 3600.0 + minutes * 60.0);
    return minutes >= 0;
}

bool mb_soak_cell_time(const char *text, size_t length, double *seconds, bool *is_of_day)
{
    const char *at = text, *end = text + length;
    double clock, ahead;
    if (read_clock(&at, end, &clock) && at == end) {
        *seconds = clock;
        *is_of_day = true;
        return true;
    }
    at = text;
    if (read_elapsed(&at, end, seconds) && at == end) {
        *is_of_day = false;
        return true;
    }
    at = text;
    int year = digits(&at, end, 4), month = skip(&at, end, '-') ? digits(&at, end, 2) : -1;
    int day = skip(&at, end, '-') ? digits(&at, end, 2) : -1;
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || (!skip(&at, end, 'T') && !skip(&at, end, ' ')) ||
        !read_clock(&at, end, &clock) || !read_zone(&at, end, &ahead) || at != end)
        return false;
    *seconds = count_days(year, month, day) * DAY_SECONDS + clock - ahead;
    *is_of_day = false;
    return true;
}

bool mb_soak_cell_size(const char *text, size_t length, double *bytes)
{
    const char *slash = memchr(text, '/', length);
    if (slash != NULL)
        length = (size_t)(slash - text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    size_t number = 0;
    double value, factor;
    while (number < length && (isdigit((unsigned char)text[number]) || text[number] == '.'))
        number++;
    size_t unit = number;
    while (unit < length && text[unit] == ' ')
        unit++;
    if (!mb_soak_unit_find(text + unit, length - unit, false, &factor) || !mb_soak_cell_number(text, number, &value))
        return false;
    *bytes = value * factor;
    return true;
}
