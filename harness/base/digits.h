/* digits.h: a whole number as text, without printf, which costs a measured process pages and each of its samples time.
 */
#ifndef MEMBENCH_BASE_DIGITS_H
#define MEMBENCH_BASE_DIGITS_H

#include <stdint.h>

enum { MB_DIGITS_BYTES = 21 }; /* of the largest value, with its end */

/* Writes the end of text; returns where the digits begin in it. */
static inline const char *mb_digits(uint64_t value, char text[MB_DIGITS_BYTES])
{
    char *at = text + MB_DIGITS_BYTES - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
    } while ((value /= 10) > 0);
    return at;
}

#endif
