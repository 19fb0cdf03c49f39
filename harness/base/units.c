#include "base/units.h"
#include "base/digits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts commas between groups of three digits. */
static void format_grouped(uint64_t value, char text[MB_UNITS_TEXT_MAX])
{
    char text_of_value[MB_DIGITS_BYTES], *out = text;
    const char *digits = mb_digits(value, text_of_value);
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
}

/* Three significant digits of value, which is below 1024 or in the last unit. */
static void format_scaled(double value, const char *unit, char text[MB_UNITS_TEXT_MAX])
{
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, MB_UNITS_TEXT_MAX, "%.*f %s", decimals, value, unit);
}

const char *mb_format_bytes(double bytes, char text[MB_UNITS_TEXT_MAX])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    const size_t last = sizeof units / sizeof units[0] - 1;
    char *out = text;
    if (!isfinite(bytes))
        return strcpy(text, "-");
    double magnitude = fabs(bytes);
    if (bytes < 0)
        *out++ = '-';
    if (magnitude < 1023.5) {
        snprintf(out, MB_UNITS_TEXT_MAX - 1, "%.0f B", magnitude);
        return text;
    }
    size_t unit = 0;
    while (unit < last && magnitude >= 1023.5) {
        magnitude /= 1024;
        unit++;
    }
    char scaled[MB_UNITS_TEXT_MAX];
    format_scaled(magnitude, units[unit], scaled);
    snprintf(out, MB_UNITS_TEXT_MAX - 1, "%.30s", scaled);
    return text;
}

const char *mb_format_ns(double ns, char text[MB_UNITS_TEXT_MAX])
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};
    if (!isfinite(ns))
        return strcpy(text, "-");
    size_t i = 0;
    while (i < 3 && fabs(ns) < units[i].ns * 0.9995)
        i++;
    char scaled[MB_UNITS_TEXT_MAX];
    format_scaled(fabs(ns) / units[i].ns, units[i].unit, scaled);
    snprintf(text, MB_UNITS_TEXT_MAX, "%s%.30s", ns < 0 ? "-" : "", scaled);
    return text;
}

const char *mb_format_count(double count, char text[MB_UNITS_TEXT_MAX])
{
    if (!isfinite(count) || fabs(count) > 1e15)
        return strcpy(text, "-");
    double tenths = (double)(uint64_t)(fabs(count) * 10 + 0.5); /* no libm: bench programs link this file */
    uint64_t whole = (uint64_t)(tenths / 10);
    unsigned fraction = (unsigned)(tenths - (double)whole * 10);
    char grouped[MB_UNITS_TEXT_MAX];
    format_grouped(whole, grouped);
    const char *sign = count < 0 && tenths > 0 ? "-" : "";
    if (fraction == 0)
        snprintf(text, MB_UNITS_TEXT_MAX, "%s%.28s", sign, grouped);
    else
        snprintf(text, MB_UNITS_TEXT_MAX, "%s%.26s.%u", sign, grouped, fraction % 10);
    return text;
}

const char *mb_format_param(uint64_t value, mb_unit unit, char text[MB_UNITS_TEXT_MAX])
{
    static const char *const suffixes[] = {"B", "KB", "MB", "GB"};
    size_t i = 0;
    if (unit == MB_UNIT_BYTES)
        while (i < 3 && value >= 1024 && value % 1024 == 0) {
            value /= 1024;
            i++;
        }
    char digits[MB_DIGITS_BYTES];
    strcpy(text, mb_digits(value, digits));
    if (unit == MB_UNIT_BYTES)
        strcat(text, suffixes[i]);
    return text;
}

/* A finite number >= 0 in plain decimal at the start of text; *rest is what follows it. */
static bool parse_number(const char *text, double *number, const char **rest)
{
    if (*text < '0' || *text > '9')
        return false; /* strtod would take spaces, signs, "inf" and "nan" */
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return false;
    char *end;
    *number = strtod(text, &end);
    *rest = end;
    return isfinite(*number);
}

bool mb_parse_ratio(const char *text, double *result)
{
    double number;
    const char *rest;
    if (!parse_number(text, &number, &rest))
        return false;
    if (strcmp(rest, "%") == 0)
        number /= 100;
    else if (*rest != '\0')
        return false;
    *result = number;
    return true;
}

bool mb_parse_share(const char *text, double *result)
{
    double ratio;
    if (!mb_parse_ratio(text, &ratio) || (ratio >= 1 && strchr(text, '%') == NULL))
        return false;
    *result = ratio;
    return true;
}

typedef struct suffix {
    const char *text;
    double factor;
} suffix;

static bool parse_suffixed(const char *text, const suffix *suffixes, size_t count, uint64_t *result)
{
    double number;
    const char *rest;
    if (!parse_number(text, &number, &rest))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rest, suffixes[i].text) == 0) {
            number *= suffixes[i].factor;
            if (number >= 9.2e18)
                return false;
            *result = (uint64_t)(number + 0.5);
            return true;
        }
    return false;
}

bool mb_parse_bytes(const char *text, uint64_t *result)
{
    static const suffix suffixes[] = {
        {"", 1},          {"B", 1},       {"KB", 1024},       {"KiB", 1024},       {"K", 1024},      {"MB", 1048576},
        {"MiB", 1048576}, {"M", 1048576}, {"GB", 1073741824}, {"GiB", 1073741824}, {"G", 1073741824}};
    return parse_suffixed(text, suffixes, sizeof suffixes / sizeof suffixes[0], result);
}

bool mb_parse_duration_ns(const char *text, uint64_t *result)
{
    static const suffix suffixes[] = {{"", 1e9}, {"s", 1e9},    {"ms", 1e6}, {"us", 1e3},
                                      {"ns", 1}, {"min", 60e9}, {"m", 60e9}, {"h", 3600e9}};
    return parse_suffixed(text, suffixes, sizeof suffixes / sizeof suffixes[0], result);
}

/* An amount with its unit; a bare number is one of what is counted. */
static bool parse_amount(const char *text, mb_threshold *result)
{
    uint64_t value;
    bool is_bare = strspn(text, "0123456789") == strlen(text);
    if (mb_parse_bytes(text, &value))
        result->amount = is_bare ? MB_AMOUNT_COUNT : MB_AMOUNT_BYTES;
    else if (mb_parse_duration_ns(text, &value))
        result->amount = MB_AMOUNT_NS;
    else
        return false;
    result->extra = (double)value;
    return true;
}

bool mb_parse_threshold(const char *text, mb_threshold *result)
{
    const char *plus = strchr(text, '+');
    char share[32];
    size_t length = plus == NULL ? strlen(text) : (size_t)(plus - text);
    mb_threshold parsed = {0};
    if (length >= sizeof share)
        return false;
    memcpy(share, text, length);
    share[length] = '\0';
    bool has_share = mb_parse_share(share, &parsed.ratio);
    bool is_good = plus != NULL ? has_share && parse_amount(plus + 1, &parsed)
                                : has_share || (parse_amount(text, &parsed) && parsed.amount != MB_AMOUNT_COUNT);
    if (is_good)
        *result = parsed;
    return is_good;
}
