#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Each chunk is twice as large as the one before: most arenas hold a few lines, and giving 64 KiB back for each of them
 * would make malloc give its memory back to the system and take it again. */
enum { CHUNK_BYTES_FIRST = 4 * 1024, CHUNK_BYTES_MAX = 64 * 1024 };

struct mb_arena_chunk {
    struct mb_arena_chunk *next;
    size_t capacity, used;
    alignas(max_align_t) unsigned char bytes[];
};

void *mb_arena_alloc(mb_arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + alignment - 1) / alignment * alignment;
    struct mb_arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < size) {
        size_t capacity = chunk == NULL ? CHUNK_BYTES_FIRST : 2 * chunk->capacity;
        if (capacity > CHUNK_BYTES_MAX)
            capacity = CHUNK_BYTES_MAX;
        if (capacity < size)
            capacity = size;
        chunk = malloc(sizeof *chunk + capacity);
        if (chunk == NULL)
            return NULL;
        *chunk = (struct mb_arena_chunk){.next = arena->chunks, .capacity = capacity};
        arena->chunks = chunk;
    }
    void *piece = chunk->bytes + chunk->used;
    chunk->used += size;
    return memset(piece, 0, size);
}

char *mb_arena_copy_length(mb_arena *arena, const char *text, size_t length)
{
    char *copy = mb_arena_alloc(arena, length + 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

char *mb_arena_copy(mb_arena *arena, const char *text) { return mb_arena_copy_length(arena, text, strlen(text)); }

static void free_chunks(struct mb_arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct mb_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void mb_arena_reset(mb_arena *arena)
{
    struct mb_arena_chunk *kept = arena->chunks;
    if (kept == NULL)
        return;
    free_chunks(kept->next);
    kept->next = NULL;
    kept->used = 0;
}

void mb_arena_fini(mb_arena *arena)
{
    free_chunks(arena->chunks);
    arena->chunks = NULL;
}
