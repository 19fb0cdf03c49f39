/* loaded_calls.h: calls of a library that few runs need, looked up when the first is made: linked, it would be mapped
 * and relocated at each start, and its mappings copied at each fork. */
#ifndef MEMBENCH_BASE_LOADED_CALLS_H
#define MEMBENCH_BASE_LOADED_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/* For a table of calls, CALLS(X), which lists X(name) for each: members of a struct, and their names. */
#define MB_CALL_MEMBER(name) __typeof__(name) *name;
#define MB_CALL_NAME(name) #name,

/* Looks the names up in the library, which stays loaded, and writes them to calls, the struct of the same members, zero
 * at first; once all are there it does nothing. False, so that it is tried again the next time, where it is not
 * installed, lacks one, or, as errno says, for lack of memory or descriptors. */
bool mb_calls_load(const char *library, const char *const names[], size_t count, void *calls);

#endif
