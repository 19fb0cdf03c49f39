/* hash.h: FNV-1a of 64 bits (Fowler, Noll, Vo): small, and alike on every machine. Not against an adversary. */
#ifndef MEMBENCH_BASE_HASH_H
#define MEMBENCH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MB_HASH_FIRST UINT64_C(0xcbf29ce484222325)

static inline uint64_t mb_hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* With the terminator, which separates one text from the next. */
static inline uint64_t mb_hash_text(uint64_t hash, const char *text)
{
    return mb_hash_bytes(hash, text, strlen(text) + 1);
}

#endif
