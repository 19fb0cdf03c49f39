/* fingerprint.h: what must be the same for samples of several runs to belong together: named parts, and their hash.
 *
 * A journal and the file of a shard keep the parts, so that a refusal can say what differs. */
#ifndef MEMBENCH_MODEL_FINGERPRINT_H
#define MEMBENCH_MODEL_FINGERPRINT_H

#include "base/arena.h"
#include "model/result.h"

enum { MB_FINGERPRINT_BYTES = 17, MB_DIFFERENCE_BYTES = 256, MB_PART_BYTES_MAX = 80 };

/* Adds a part; name and value are copied into the arena. A value that is long or secret is kept as its digest. False
 * when memory is out. */
bool mb_fingerprint_add(mb_fingerprint *fingerprint, mb_arena *arena, const char *name, const char *value,
                        bool is_secret);

/* The value of a part, or NULL. */
const char *mb_fingerprint_get(const mb_fingerprint *fingerprint, const char *name);

/* Hash of all parts in their order, and as 16 hexadecimal digits. */
uint64_t mb_fingerprint_hash(const mb_fingerprint *fingerprint, char text[MB_FINGERPRINT_BYTES]);

/* Whether a part differs; text then names the first: "MALLOC_ARENA_MAX was 1, is 4". */
bool mb_fingerprint_differs(const mb_fingerprint *was, const mb_fingerprint *is, char text[MB_DIFFERENCE_BYTES]);

#endif
