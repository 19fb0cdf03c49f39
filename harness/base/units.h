/* units.h: numbers as people read and write them. */
#ifndef MEMBENCH_BASE_UNITS_H
#define MEMBENCH_BASE_UNITS_H

#include <membench/membench.h>

#include <stdbool.h>

enum { MB_UNITS_TEXT_MAX = 32 }; /* bytes that any of the formatters needs, terminator included */

/* 0 B, 1,023 B, 1.56 KiB, 12.0 MiB: three significant digits, binary units; a negative value has a "-". */
const char *mb_format_bytes(double bytes, char text[MB_UNITS_TEXT_MAX]);

/* 13.4 ns, 2.10 us, 45.0 ms, 1.20 s. */
const char *mb_format_ns(double ns, char text[MB_UNITS_TEXT_MAX]);

/* 21,567; a value that is not a whole number keeps one decimal: 21,567.5. */
const char *mb_format_count(double count, char text[MB_UNITS_TEXT_MAX]);

/* A parameter's value in a case id: 100, 1KB, 1MB, 1500B. */
const char *mb_format_param(uint64_t value, mb_unit unit, char text[MB_UNITS_TEXT_MAX]);

/* "10%", "0.1" → 0.1. "64KiB", "64KB", "2MiB", "512" → bytes. "60", "60s", "500ms", "2min" → ns. False, with *result
 * untouched, on anything else, negative and not finite values included. */
bool mb_parse_ratio(const char *text, double *result);

/* The same for what is reported in per cent: a number without the sign is below 1, since who writes 10 means 10 %. */
bool mb_parse_share(const char *text, double *result);
bool mb_parse_bytes(const char *text, uint64_t *result);
bool mb_parse_duration_ns(const char *text, uint64_t *result);

/* What an amount is an amount of. */
typedef enum mb_amount { MB_AMOUNT_NONE, MB_AMOUNT_BYTES, MB_AMOUNT_NS, MB_AMOUNT_COUNT } mb_amount;

/* Growth that is allowed: a share of what was there, and an amount on top. */
typedef struct mb_threshold {
    double ratio;     /* 0.1; 0 when only an amount was said */
    mb_amount amount; /* what extra is measured in */
    double extra;     /* bytes, ns or a number */
} mb_threshold;

/* "10%", "4KiB", "10%+4KiB", "5us", "0+3" (three more calls). An amount has a unit, or follows a share and "+".
 * False, with *result untouched, on anything else. */
bool mb_parse_threshold(const char *text, mb_threshold *result);

#endif
