/* pattern.h: asks a regular expression, and says when memory was out. */
#ifndef MEMBENCH_BASE_PATTERN_H
#define MEMBENCH_BASE_PATTERN_H

#include <membench/membench.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* As regexec; *is_match says whether it matched. MB_FAILED when memory was out, which is not the same as no match. */
MB_NODISCARD mb_status mb_pattern_match(const regex_t *pattern, const char *text, size_t count, regmatch_t *matches,
                                        bool *is_match);

#endif
