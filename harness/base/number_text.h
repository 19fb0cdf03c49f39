/* number_text.h: numbers for programs to read: the shortest decimal form that gives the same double back. */
#ifndef MEMBENCH_BASE_NUMBER_TEXT_H
#define MEMBENCH_BASE_NUMBER_TEXT_H

#include <membench/membench.h>

#include <stdbool.h>

enum { MB_NUMBER_TEXT_MAX = 32 };

/* "155648", "812.5", "1e+300". False, with "" written, when the value is not finite. */
bool mb_number_format(double value, char text[MB_NUMBER_TEXT_MAX]);

#endif
