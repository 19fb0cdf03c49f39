/* number_text.h: numbers for programs to write and read, the same in every locale. */
#ifndef MEMBENCH_BASE_NUMBER_TEXT_H
#define MEMBENCH_BASE_NUMBER_TEXT_H

#include <stddef.h>

enum { MB_NUMBER_TEXT_MAX = 32 };

#define MB_NUMBER_EXACT_MAX 9007199254740992.0 /* 2^53: integers up to it are exact as doubles */

/* "155648", "812.5", "1e+300": the shortest decimal form that gives the same double back, integers as integers. Returns
 * its length; 0, with "" written, when the value is not finite. */
size_t mb_number_format(double value, char text[MB_NUMBER_TEXT_MAX]);

/* Reads one number as JSON has it at text (before end, with a byte that is not part of a number behind it); returns
 * what follows it, or NULL. The result may be infinite. Exact powers and mantissas are multiplied, which is right to
 * the last bit; the rest is strtod's. */
const char *mb_number_parse(const char *text, const char *end, double *value);

#endif
