/* pattern.h: regular expressions from people and files, which may be hostile: compiled within limits, and matched
 * without taking a lack of memory for a mismatch. */
#ifndef MEMBENCH_BASE_PATTERN_H
#define MEMBENCH_BASE_PATTERN_H

#include <membench/membench.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* As regcomp with REG_EXTENDED and more_flags: 0, or an error for regerror. REG_ESIZE also for what glibc would take
 * gigabytes or hours for: it copies what is repeated, so forty + in a row are 2^40 nodes, and (^)* twenty times takes
 * minutes. REG_ESUBREG for back references, which extended expressions do not have, and which take exponential time to
 * match. */
MB_NODISCARD int mb_pattern_compile(regex_t *pattern, const char *text, int more_flags);

/* As regexec; *is_match says whether it matched. MB_FAILED when memory was out, which is not the same as no match. */
MB_NODISCARD mb_status mb_pattern_match(const regex_t *pattern, const char *text, size_t count, regmatch_t *matches,
                                        bool *is_match);

#endif
