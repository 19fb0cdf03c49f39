/* hooked.h: how a function is named that replaces one of libc's. In a static program the linker sends every malloc to
 * __wrap_malloc. */
#ifndef MEMBENCH_HEAP_HOOKED_H
#define MEMBENCH_HEAP_HOOKED_H

#ifdef MB_HEAP_STATIC
#define HOOKED(name) __wrap_##name
#else
#define HOOKED(name) name
#endif
#define EXPORT __attribute__((visibility("default")))

#endif
