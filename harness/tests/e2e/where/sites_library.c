/* A library with one function, called NAME. */
#include <stdlib.h>

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)

void *JOIN(NAME, _make)(size_t size);

static __attribute__((noinline)) void *JOIN(NAME, _inner)(size_t size)
{
    void *block = malloc(size); /* SITE library */
    __asm__ volatile("" : : "r"(block) : "memory");
    return block;
}

void *JOIN(NAME, _make)(size_t size)
{
    void *block = JOIN(NAME, _inner)(size);
    __asm__ volatile("" : : "r"(block) : "memory");
    return block;
}
