#include "model/fingerprint.h"

#include "base/hash.h"
#include "base/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGEST "sha256:"

enum { DIGEST_BYTES = 12, PARTS_STEP = 32 };

static void digest(const char *value, char text[sizeof DIGEST + 2 * (size_t)DIGEST_BYTES])
{
    mb_sha256 hash;
    unsigned char bytes[32];
    mb_sha256_init(&hash);
    mb_sha256_add(&hash, value, strlen(value));
    mb_sha256_end(&hash, bytes);
    int length = snprintf(text, sizeof DIGEST, DIGEST);
    for (int i = 0; i < DIGEST_BYTES; i++)
        length += snprintf(text + length, 3, "%02x", bytes[i]);
}

bool mb_fingerprint_add(mb_fingerprint *fingerprint, mb_arena *arena, const char *name, const char *value,
                        bool is_secret)
{
    char text[sizeof DIGEST + 2 * (size_t)DIGEST_BYTES];
    if (fingerprint->part_count % PARTS_STEP == 0) {
        mb_setting *parts = mb_arena_alloc(arena, (fingerprint->part_count + PARTS_STEP) * sizeof *parts);
        if (parts == NULL)
            return false;
        if (fingerprint->part_count > 0)
            memcpy(parts, fingerprint->parts, fingerprint->part_count * sizeof *parts);
        fingerprint->parts = parts;
    }
    if (is_secret || strlen(value) > MB_PART_BYTES_MAX) {
        digest(value, text);
        value = text;
    }
    mb_setting *part = &fingerprint->parts[fingerprint->part_count];
    *part = (mb_setting){mb_arena_copy(arena, name), mb_arena_copy(arena, value)};
    if (part->name == NULL || part->value == NULL)
        return false;
    fingerprint->part_count++;
    return true;
}

const char *mb_fingerprint_get(const mb_fingerprint *fingerprint, const char *name)
{
    for (size_t i = 0; i < fingerprint->part_count; i++)
        if (strcmp(fingerprint->parts[i].name, name) == 0)
            return fingerprint->parts[i].value;
    return NULL;
}

uint64_t mb_fingerprint_hash(const mb_fingerprint *fingerprint, char text[MB_FINGERPRINT_BYTES])
{
    uint64_t hash = MB_HASH_FIRST;
    for (size_t i = 0; i < fingerprint->part_count; i++)
        hash = mb_hash_text(mb_hash_text(hash, fingerprint->parts[i].name), fingerprint->parts[i].value);
    snprintf(text, MB_FINGERPRINT_BYTES, "%016" PRIx64, hash);
    return hash;
}

static void describe(const char *name, const char *was, const char *is, char text[MB_DIFFERENCE_BYTES])
{
    if (was == NULL)
        snprintf(text, MB_DIFFERENCE_BYTES, "%.60s was not set", name);
    else if (is == NULL)
        snprintf(text, MB_DIFFERENCE_BYTES, "%.60s is not set", name);
    else if (strncmp(was, DIGEST, strlen(DIGEST)) == 0 || strncmp(is, DIGEST, strlen(DIGEST)) == 0)
        snprintf(text, MB_DIFFERENCE_BYTES, "%.60s has changed", name);
    else
        snprintf(text, MB_DIFFERENCE_BYTES, "%.60s was %.80s, is %.80s", name, was, is);
}

bool mb_fingerprint_differs(const mb_fingerprint *was, const mb_fingerprint *is, char text[MB_DIFFERENCE_BYTES])
{
    for (size_t i = 0; i < is->part_count; i++) {
        const mb_setting *part = &is->parts[i];
        const char *other = mb_fingerprint_get(was, part->name);
        if (other == NULL || strcmp(other, part->value) != 0) {
            describe(part->name, other, part->value, text);
            return true;
        }
    }
    for (size_t i = 0; i < was->part_count; i++)
        if (mb_fingerprint_get(is, was->parts[i].name) == NULL) {
            describe(was->parts[i].name, was->parts[i].value, NULL, text);
            return true;
        }
    return false;
}
