/* function_shapes.h: functions of an allocator that is called by names of its own: --heap-functions, as the coordinator
 * checks it and the hook reads it.
 *
 *     mi_malloc,mi_free,pool_get=malloc,pool_put=free
 *
 * What a function takes is that of the word behind "=", else of the word that its name ends with; the longest counts.
 */
#ifndef MEMBENCH_HEAP_FUNCTION_SHAPES_H
#define MEMBENCH_HEAP_FUNCTION_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MB_HEAP_FUNCTIONS_VARIABLE "MEMBENCH_HEAP_FUNCTIONS" /* the list */

enum { MB_HEAP_FUNCTIONS_MAX = 8, MB_HEAP_FUNCTION_BYTES = 128 }; /* of one shape; of a name, terminated */

/* ROW(ENUMERATOR, word), those first that others end with. */
#define MB_HEAP_SHAPES(ROW)                                                                                            \
    ROW(MALLOC, "malloc")                                                                                              \
    ROW(CALLOC, "calloc")                                                                                              \
    ROW(REALLOC, "realloc")                                                                                            \
    ROW(FREE, "free")                                                                                                  \
    ROW(MEMALIGN, "memalign")                                                                                          \
    ROW(ALIGNED_ALLOC, "aligned_alloc")                                                                                \
    ROW(MALLOC_ALIGNED, "malloc_aligned")                                                                              \
    ROW(MALLOCX, "mallocx")                                                                                            \
    ROW(RALLOCX, "rallocx")                                                                                            \
    ROW(DALLOCX, "dallocx")                                                                                            \
    ROW(SDALLOCX, "sdallocx")

typedef enum mb_heap_shape {
#define MB_HEAP_SHAPE_ENUMERATOR(enumerator, word) MB_HEAP_SHAPE_##enumerator,
    MB_HEAP_SHAPES(MB_HEAP_SHAPE_ENUMERATOR)
#undef MB_HEAP_SHAPE_ENUMERATOR
        MB_HEAP_SHAPE_COUNT
} mb_heap_shape;

#define MB_HEAP_SHAPE_WORD(enumerator, word) word,

/* Reads the next entry of a list and steps behind it; false at its end. *shape is MB_HEAP_SHAPE_COUNT, or the name is
 * empty, where the entry is not of the form; name is cut to its room. */
static inline bool mb_heap_function_next(const char **list, char name[MB_HEAP_FUNCTION_BYTES], mb_heap_shape *shape)
{
    static const char *const words[] = {MB_HEAP_SHAPES(MB_HEAP_SHAPE_WORD)};
    size_t length = strcspn(*list, ","), best = 0;
    if (**list == '\0')
        return false;
    const char *entry = *list, *sign = memchr(entry, '=', length);
    size_t name_length = sign != NULL ? (size_t)(sign - entry) : length;
    const char *end = entry + length;
    *list = entry + length + (entry[length] == ',');
    *shape = MB_HEAP_SHAPE_COUNT;
    for (int s = 0; s < MB_HEAP_SHAPE_COUNT; s++) {
        size_t word_length = strlen(words[s]), room = sign != NULL ? (size_t)(end - sign - 1) : length;
        bool is_it = sign != NULL ? room == word_length : room >= word_length;
        if (is_it && word_length > best && memcmp(end - word_length, words[s], word_length) == 0) {
            best = word_length;
            *shape = (mb_heap_shape)s;
        }
    }
    name_length = name_length < MB_HEAP_FUNCTION_BYTES ? name_length : 0; /* no name is as long */
    memcpy(name, entry, name_length);
    name[name_length] = '\0';
    return true;
}

#endif
