#include "store/id_index.h"

#include "base/grown.h"
#include "store/json_reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool mb_id_index_append(mb_id_index *index, const char *id, size_t value)
{
    mb_id_entry *larger = mb_grown(index->entries, index->count, &index->capacity, sizeof *larger);
    if (larger == NULL)
        return false;
    index->entries = larger;
    index->entries[index->count++] = (mb_id_entry){id, value};
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const mb_id_entry *left = a, *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order : (left->value > right->value) - (left->value < right->value);
}

const mb_id_entry *mb_id_index_sort(mb_id_index *index)
{
    if (index->count > 0)
        qsort(index->entries, index->count, sizeof *index->entries, compare_entries);
    for (size_t i = 1; i < index->count; i++)
        if (strcmp(index->entries[i - 1].id, index->entries[i].id) == 0)
            return &index->entries[i];
    return NULL;
}

bool mb_id_index_find(const mb_id_index *index, const char *id, size_t *value)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(index->entries[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->count || strcmp(index->entries[low].id, id) != 0)
        return false;
    *value = index->entries[low].value;
    return true;
}

void mb_id_index_fini(mb_id_index *index)
{
    free(index->entries);
    *index = (mb_id_index){0};
}

bool mb_id_is_valid(const char *id)
{
    size_t length = strnlen(id, MB_ID_BYTES_MAX);
    if (length == 0 || length == MB_ID_BYTES_MAX || mb_utf8_check(id, length) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)id[i] < 0x20 || id[i] == 0x7f)
            return false;
    return true;
}
