/* A hash table salted by the address of a global, as tables are that want no source of chance: it grows when a key
 * finds no place near its hash. Each build reads one size exactly, and which one is a matter of where the linker put
 * the global. ENTRY_BYTES is what an entry takes; PLACE where the global is placed. */
#include <membench/membench.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef ENTRY_BYTES
#define ENTRY_BYTES 64
#endif
#ifndef PLACE
#define PLACE 0
#endif

enum { KEYS = 1000, SLOTS_FIRST = 2560, PROBES_MOST = 9 };

/* Initialised, so that both lie in the same section, one behind the other. */
static struct {
    char before[64 * PLACE + 64];
    int anchor;
} data = {.before = "x"};

typedef struct table {
    char *entries; /* a key and what belongs to it; key 0: free */
    size_t slot_count;
} table;

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int insert(table *t, uint64_t key)
{
    uint64_t at = mix(key ^ mix((uintptr_t)&data.anchor));
    for (int probe = 0; probe < PROBES_MOST; probe++) {
        char *entry = t->entries + (at + (uint64_t)probe) % t->slot_count * ENTRY_BYTES;
        uint64_t found;
        memcpy(&found, entry, sizeof found);
        if (found != 0)
            continue;
        memcpy(entry, &key, sizeof key);
        return 1;
    }
    return 0;
}

static int fill(table *t)
{
    for (uint64_t key = 1; key <= KEYS; key++)
        if (!insert(t, key))
            return 0;
    return 1;
}

static mb_status build(mb_bench *b)
{
    table *t = mb_state(b);
    for (t->slot_count = SLOTS_FIRST;; t->slot_count = t->slot_count * 7 / 5) {
        size_t size = t->slot_count * ENTRY_BYTES;
        free(t->entries);
        t->entries = malloc(size);
        if (t->entries == NULL)
            return mb_out_of_memory(b, "no memory for %zu bytes", size);
        memset(t->entries, 0, size);
        if (fill(t))
            return MB_OK;
    }
}

static void drop(mb_bench *b)
{
    table *t = mb_state(b);
    free(t->entries);
    t->entries = NULL;
}

static const mb_case moved = {MB_CASE_INIT, .group = "moved", .state_bytes = sizeof(table), .run = build,
                              .release = drop};

MB_MAIN(&moved)
