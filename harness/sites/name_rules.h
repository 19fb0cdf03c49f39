/* name_rules.h: what is done to names of functions before they are shown and joined. Pure. */
#ifndef MEMBENCH_SITES_NAME_RULES_H
#define MEMBENCH_SITES_NAME_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_FUNCTION_NAME_BYTES = 512 };

/* Takes out of a demangled name what differs from build to build: Rust's hashes and its escapes, .constprop, .isra,
 * .part, .cold and the like with their numbers, numbers of lambdas, "[clone …]", "[abi:…]". Cut when it is too long. */
const char *mb_name_normalize(const char *name, char text[MB_FUNCTION_NAME_BYTES]);

/* The same for people: without the parameters of C++ and, where they are long, what is in angle brackets. */
const char *mb_name_shorten(const char *name, char text[MB_FUNCTION_NAME_BYTES]);

/* A function that allocates for whoever calls it: malloc, operator new, __rust_alloc, the hook itself. As the innermost
 * frames they say nothing. */
bool mb_name_is_of_allocator(const char *name);

/* The functions of libmembench that call the case's: they and what called them say nothing. */
bool mb_name_is_of_window(const char *name);

/* The parts of another framework (Google Benchmark, …) that call the case's functions. */
bool mb_name_is_of_framework(const char *name, const char *module);

/* What the C library does before main and before a thread's first function: the outermost frames. */
bool mb_name_is_of_start(const char *name, const char *module);

#endif
