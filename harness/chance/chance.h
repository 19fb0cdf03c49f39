/* chance.h: random bytes that a measured process asks the system for come from a seed, the same in every sample.
 *
 * A hash seed that differs from process to process makes an exact library noisy. So libmembench.a has functions of the
 * names that programs ask by: getrandom, getentropy, arc4random and its kin, std::random_device, and open and fopen of
 * /dev/urandom and /dev/random. A program finds them before those of the C library, and so do all libraries that it is
 * linked with or loads. libmembench_chance.so has the same for programs without libmembench.a: it is preloaded.
 *
 *     coordinator            MEMBENCH_ENTROPY=1            a seed; anything else: chance is the system's
 *     process, n-th request  bytes of a generator that starts from the seed and n
 *
 * Out of reach: system calls made without these functions (Go, Node's OpenSSL), the processor's RDRAND, AT_RANDOM, and
 * what only looks like chance: time, process number, addresses. Needs libc only, allocates nothing; every thread may
 * call it. All definitions are weak: what a program brings along under such a name is left alone. */
#ifndef MEMBENCH_CHANCE_CHANCE_H
#define MEMBENCH_CHANCE_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MB_CHANCE_VARIABLE "MEMBENCH_ENTROPY"

/* Reads the variable; later calls find everything in place. Requests that come earlier, from constructors of
 * libraries, call it themselves. */
void mb_chance_init(void);

/* Whether random bytes come from a seed. */
bool mb_chance_is_fixed(void);

/* Requests for random bytes so far, wherever the bytes came from. */
uint64_t mb_chance_request_count(void);

/* Counts a request and, if chance is fixed, writes its bytes; false: nothing is written, the system is to be asked. */
bool mb_chance_take(void *bytes, size_t size);

#endif
