/* id_index.h: finds a case by its id. Ids are borrowed; zeroed is empty and ready. Internal to results/.
 *
 *     mb_id_index_append, each id ─▶ mb_id_index_sort ─▶ mb_id_index_find
 *
 * Sorted and not hashed, so that no choice of ids makes it slow. */
#ifndef MEMBENCH_STORE_ID_INDEX_H
#define MEMBENCH_STORE_ID_INDEX_H

#include <membench/membench.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_id_entry {
    const char *id;
    size_t value;
} mb_id_entry;

typedef struct mb_id_index {
    mb_id_entry *entries; /* after sort: by id, those of one id by value */
    size_t count, capacity;
} mb_id_index;

/* False when memory is out. */
MB_NODISCARD bool mb_id_index_append(mb_id_index *index, const char *id, size_t value);

/* Sorts; returns the second entry of an id that appears twice, or NULL. */
const mb_id_entry *mb_id_index_sort(mb_id_index *index);

/* False when the id is not there; of several the first. */
bool mb_id_index_find(const mb_id_index *index, const char *id, size_t *value);

void mb_id_index_fini(mb_id_index *index);

/* True for a case id that membench can work with: 1 to MB_ID_BYTES_MAX - 1 bytes, no control bytes, UTF-8. */
bool mb_id_is_valid(const char *id);

#endif
