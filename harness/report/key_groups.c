#include "report/key_groups.h"

#include <stdlib.h>
#include <string.h>

static int compare_indices(size_t a, size_t b) { return (a > b) - (a < b); }

static int compare_keys(const void *left, const void *right)
{
    const mb_key_member *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : compare_indices(a->index, b->index);
}

static int compare_groups(const void *left, const void *right)
{
    const mb_key_member *a = left, *b = right;
    return a->group != b->group ? compare_indices(a->group, b->group) : compare_indices(a->index, b->index);
}

void mb_key_groups_sort(mb_key_member *members, size_t count)
{
    if (count == 0)
        return;
    qsort(members, count, sizeof *members, compare_keys);
    for (size_t i = 0; i < count; i++)
        members[i].group =
            i > 0 && strcmp(members[i].key, members[i - 1].key) == 0 ? members[i - 1].group : members[i].index;
    qsort(members, count, sizeof *members, compare_groups);
}
