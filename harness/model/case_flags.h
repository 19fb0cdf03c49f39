/* case_flags.h: the flags of a case by name, as protocol and files spell them. */
#ifndef MEMBENCH_MODEL_CASE_FLAGS_H
#define MEMBENCH_MODEL_CASE_FLAGS_H

#include <membench/membench.h>

typedef struct mb_flag_name {
    unsigned flag; /* MB_CASE_… */
    const char *name;
} mb_flag_name;

enum { MB_FLAG_NAME_COUNT = 4 };
extern const mb_flag_name mb_flag_names[MB_FLAG_NAME_COUNT];

#endif
