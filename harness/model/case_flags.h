/* case_flags.h: the flags of a case by name, as protocol and files spell them. */
#ifndef MEMBENCH_MODEL_CASE_FLAGS_H
#define MEMBENCH_MODEL_CASE_FLAGS_H

#include <membench/membench.h>

/* Of a program that knows nothing of membench: its first window begins with main, so that what the program allocates
 * for all of its benchmarks is part of each one's cold calls and bytes. */
enum { MB_CASE_FROM_START = 1 << 30 };

typedef struct mb_flag_name {
    unsigned flag; /* MB_CASE_… */
    const char *name;
} mb_flag_name;

enum { MB_FLAG_NAME_COUNT = 5 };
extern const mb_flag_name mb_flag_names[MB_FLAG_NAME_COUNT];

#endif
