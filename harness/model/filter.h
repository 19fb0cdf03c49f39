/* filter.h: which cases a command line means. */
#ifndef MEMBENCH_MODEL_FILTER_H
#define MEMBENCH_MODEL_FILTER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_filter mb_filter;

/* NULL when memory is out. An empty filter lets every case pass. */
mb_filter *mb_filter_new(void);
void mb_filter_free(mb_filter *filter);

/* Adds a POSIX extended regular expression that is looked for anywhere in a case id; a leading "-" makes it one
 * that must not match. A case passes when it matches any of the positive ones (or there are none) and none of the
 * negative ones. MB_ERROR_USAGE with the position's reason when the expression is wrong. */
MB_NODISCARD mb_status mb_filter_add(mb_filter *filter, const char *expression, mb_error *error);

/* Adds one exact case id; counts like a positive expression. */
MB_NODISCARD mb_status mb_filter_add_exact(mb_filter *filter, const char *id, mb_error *error);

/* Whether a case of that id passes. MB_FAILED when memory is out: a case that cannot be asked about is not one that
 * does not match. */
MB_NODISCARD mb_status mb_filter_match(const mb_filter *filter, const char *id, bool *matches, mb_error *error);

/* The options that made the filter, in their order: "--filter=REGEX", "--exact=ID"; NULL from the last one on. */
const char *mb_filter_option(const mb_filter *filter, size_t index);

/* Adds what one of them says. */
MB_NODISCARD mb_status mb_filter_add_option(mb_filter *filter, const char *option, mb_error *error);

bool mb_filter_is_empty(const mb_filter *filter);
bool mb_filter_has_positive(const mb_filter *filter); /* something says what to run, not only what to leave out */

#endif
