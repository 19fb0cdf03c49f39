#include "base/number_text.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXACT_DIGITS = 15, EXACT_POWER = 22 }; /* within these mantissa and power of ten are both exact doubles */

static locale_t c_locale(void)
{
    static locale_t locale;
    if (locale == (locale_t)0)
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc and musl keep it in static storage */
    return locale;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static double convert(const char *text)
{
    locale_t locale = c_locale();
    return locale != (locale_t)0 ? strtod_l(text, NULL, locale) : strtod(text, NULL);
}

/* Skips [+-]digits; false when there is no digit. A size beyond any double's is cut. */
static bool read_exponent(const char **text, const char *end, int *exponent)
{
    const char *at = *text;
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return false;
    int size = 0;
    for (; at < end && is_digit(*at); at++)
        if (size < 100000)
            size = size * 10 + (*at - '0');
    *exponent = is_negative ? -size : size;
    *text = at;
    return true;
}

static const char *read_digits(const char *at, const char *end, uint64_t *mantissa, size_t *count)
{
    const char *first = at;
    for (; at < end && is_digit(*at); at++)
        *mantissa = *mantissa * 10 + (uint64_t)(*at - '0');
    *count += (size_t)(at - first);
    return at;
}

const char *mb_number_parse(const char *text, const char *end, double *value)
{
    static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *at = text;
    bool is_negative = at < end && *at == '-';
    if (is_negative)
        at++;
    if (at == end || !is_digit(*at) || (*at == '0' && at + 1 < end && is_digit(at[1])))
        return NULL;
    uint64_t mantissa = 0; /* of more digits than that it is not looked at */
    size_t digit_count = 0;
    int power = 0, exponent = 0;
    at = read_digits(at, end, &mantissa, &digit_count);
    if (at < end && *at == '.') {
        const char *point = at++;
        if (at == end || !is_digit(*at))
            return NULL;
        at = read_digits(at, end, &mantissa, &digit_count);
        power = digit_count <= EXACT_DIGITS ? (int)(point + 1 - at) : 0;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (!read_exponent(&at, end, &exponent))
            return NULL;
    }
    power += exponent;
    if (digit_count > EXACT_DIGITS || power > EXACT_POWER || power < -EXACT_POWER) {
        *value = convert(text);
        return at;
    }
    double size = power < 0 ? (double)mantissa / powers[-power] : (double)mantissa * powers[power];
    *value = is_negative ? -size : size;
    return at;
}

size_t mb_number_format(double value, char text[MB_NUMBER_TEXT_MAX])
{
    text[0] = '\0';
    if (!isfinite(value))
        return 0;
    if (fabs(value) <= MB_NUMBER_EXACT_MAX && value == (double)(int64_t)value)
        return (size_t)snprintf(text, MB_NUMBER_TEXT_MAX, "%" PRId64, (int64_t)value);
    locale_t locale = c_locale();
    locale_t former = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, MB_NUMBER_TEXT_MAX, "%.*g", digits, value);
        if (convert(text) == value)
            break;
    }
    if (former != (locale_t)0)
        uselocale(former);
    return (size_t)length;
}
