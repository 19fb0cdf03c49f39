/* arena.h: memory that is taken piece by piece and given back all at once. */
#ifndef MEMBENCH_BASE_ARENA_H
#define MEMBENCH_BASE_ARENA_H

#include <stddef.h>

typedef struct mb_arena {
    struct mb_arena_chunk *chunks; /* newest first */
} mb_arena;                        /* zeroed is empty and ready */

/* size zeroed bytes aligned for any type, alive until the next reset or fini; NULL when memory is out. */
void *mb_arena_alloc(mb_arena *arena, size_t size);

/* Copy of text, or of its first length bytes, terminated; NULL when memory is out. */
char *mb_arena_copy(mb_arena *arena, const char *text);
char *mb_arena_copy_length(mb_arena *arena, const char *text, size_t length);

/* Forgets all pieces and keeps one chunk for use again. */
void mb_arena_reset(mb_arena *arena);

/* Gives all memory back; the arena is empty and ready again. */
void mb_arena_fini(mb_arena *arena);

#endif
