/* key_groups.h: what has the same key together, in the order in which keys and members came. */
#ifndef MEMBENCH_REPORT_KEY_GROUPS_H
#define MEMBENCH_REPORT_KEY_GROUPS_H

#include <stddef.h>

/* One member; those of one group follow one another and have its first one's index as group. */
typedef struct mb_key_member {
    const char *key; /* borrowed */
    size_t index, group;
} mb_key_member;

/* Puts count members into that order; key and index are filled in, index in the order in which they came. */
void mb_key_groups_sort(mb_key_member *members, size_t count);

#endif
