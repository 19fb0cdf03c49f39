/* sha256.h: the SHA-256 digest (FIPS 180-4), for the identity of files without a build id. */
#ifndef MEMBENCH_BASE_SHA256_H
#define MEMBENCH_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct mb_sha256 {
    uint32_t state[8];
    uint64_t length_bytes;
    unsigned char block[64];
} mb_sha256;

void mb_sha256_init(mb_sha256 *hash);
void mb_sha256_add(mb_sha256 *hash, const void *bytes, size_t length);
void mb_sha256_end(mb_sha256 *hash, unsigned char digest[32]); /* hash is used up */

#endif
