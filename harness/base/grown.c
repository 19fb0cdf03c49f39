#include "base/grown.h"

#include <stdlib.h>

void *mb_grown(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    void *larger = realloc(items, wanted * item_bytes);
    if (larger != NULL)
        *capacity = wanted;
    return larger;
}
