#include "chance/chance.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Under names of our own with the well-known ones as labels: headers may have macros and inline functions of these. */
#define REPLACES(name) __asm__(name)
#define EXPORTED __attribute__((weak, visibility("default")))

extern char **environ;

enum { UNREAD, REAL, FIXED };
static struct {
    _Atomic int mode;
    uint64_t seed;
    _Atomic uint64_t request_count;
} chance;

/* Not getenv: programs may bring one along, which is not to be trusted in constructors. */
static const char *find_variable(const char *name)
{
    size_t length = strlen(name);
    for (char **variable = environ; *variable != NULL; variable++)
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
            return *variable + length + 1;
    return NULL;
}

void mb_chance_init(void)
{
    if (environ == NULL || atomic_load_explicit(&chance.mode, memory_order_acquire) != UNREAD)
        return;
    const char *digits = find_variable(MB_CHANCE_VARIABLE);
    bool is_seed = digits != NULL && *digits >= '0' && *digits <= '9';
    uint64_t seed = 0;
    for (const char *c = digits; is_seed && *c >= '0' && *c <= '9'; c++)
        seed = seed * 10 + (uint64_t)(*c - '0');
    chance.seed = seed; /* threads that come at once write the same */
    atomic_store_explicit(&chance.mode, is_seed ? FIXED : REAL, memory_order_release);
}

bool mb_chance_is_fixed(void)
{
    mb_chance_init();
    return atomic_load_explicit(&chance.mode, memory_order_acquire) == FIXED;
}

uint64_t mb_chance_request_count(void) { return chance.request_count; }

/* SplitMix64 (Steele, Lea, Flood 2014): any two states, however close, give unlike streams. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

bool mb_chance_take(void *bytes, size_t size)
{
    uint64_t request = atomic_fetch_add_explicit(&chance.request_count, 1, memory_order_relaxed);
    if (!mb_chance_is_fixed())
        return false;
    uint64_t mixed = chance.seed, state = next_random(&mixed) ^ request * UINT64_C(0xd1342543de82ef95);
    for (unsigned char *to = bytes; size > 0;) {
        uint64_t word = next_random(&state);
        size_t piece = size < sizeof word ? size : sizeof word;
        memcpy(to, &word, piece);
        to += piece;
        size -= piece;
    }
    return true;
}

/* From the system, whole; false when it gives none. */
static bool ask_system(void *bytes, size_t size)
{
    while (size > 0) {
        long got = syscall(SYS_getrandom, bytes, size, 0u);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes = (char *)bytes + got;
        size -= (size_t)got;
    }
    return true;
}

/* For functions that cannot fail: glibc ends the process too. */
static void take_surely(void *bytes, size_t size)
{
    if (!mb_chance_take(bytes, size) && !ask_system(bytes, size))
        abort();
}

static uint32_t take_word(void)
{
    uint32_t word;
    take_surely(&word, sizeof word);
    return word;
}

EXPORTED ssize_t mb_chance_getrandom(void *bytes, size_t size, unsigned flags) REPLACES("getrandom");
ssize_t mb_chance_getrandom(void *bytes, size_t size, unsigned flags)
{
    enum { KNOWN_FLAGS = 7 }; /* of others only the system can say what they mean */
    if ((flags & ~(unsigned)KNOWN_FLAGS) == 0 && mb_chance_take(bytes, size))
        return (ssize_t)size;
    return syscall(SYS_getrandom, bytes, size, flags);
}

EXPORTED int mb_chance_getentropy(void *bytes, size_t size) REPLACES("getentropy");
int mb_chance_getentropy(void *bytes, size_t size)
{
    enum { SIZE_MOST = 256 };
    if (size > SIZE_MOST) {
        errno = EIO;
        return -1;
    }
    return mb_chance_take(bytes, size) || ask_system(bytes, size) ? 0 : -1;
}

EXPORTED uint32_t mb_chance_arc4random(void) REPLACES("arc4random");
uint32_t mb_chance_arc4random(void) { return take_word(); }

EXPORTED void mb_chance_arc4random_buf(void *bytes, size_t size) REPLACES("arc4random_buf");
void mb_chance_arc4random_buf(void *bytes, size_t size) { take_surely(bytes, size); }

/* Words below 2^32 modulo bound would favour small results: they are drawn again. */
EXPORTED uint32_t mb_chance_arc4random_uniform(uint32_t bound) REPLACES("arc4random_uniform");
uint32_t mb_chance_arc4random_uniform(uint32_t bound)
{
    if (bound < 2)
        return 0;
    uint32_t least = -bound % bound, word;
    do
        word = take_word();
    while (word < least);
    return word % bound;
}

/* unsigned std::random_device::_M_getval(): libstdc++ would ask the processor. */
EXPORTED unsigned mb_chance_random_device(void *device) REPLACES("_ZNSt13random_device9_M_getvalEv");
unsigned mb_chance_random_device(void *device)
{
    (void)device;
    return take_word();
}
