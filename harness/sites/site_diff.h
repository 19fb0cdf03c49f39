/* site_diff.h: what two revisions of a program allocate, joined by who calls whom, and how they differ. Pure.
 *
 * Lines and addresses join nothing: they move. Functions are joined from the case's function downwards by name and
 * module. Where that ends:
 *
 *     a function that only one side has between two that both have   is looked through (a wrapper, a lost tail call)
 *     one that only the old side has, and one that only the new has, below the same caller: renamed, and marked
 *     several on either side                                         the caller carries the difference
 *     on one side alone                                              new, or gone
 *
 * The differences add up to the difference of the two sums whatever is joined with what. */
#ifndef MEMBENCH_SITES_SITE_DIFF_H
#define MEMBENCH_SITES_SITE_DIFF_H

#include "base/arena.h"
#include "base/error.h"
#include "sites/site_set.h"

typedef struct mb_where_caller {
    const char *function;
    const mb_site_place *place;
    unsigned round_count; /* of a recursion that is folded here; 1: none */
} mb_where_caller;

/* A place, and what it allocates in both revisions. */
typedef struct mb_where_entry {
    mb_site_amounts before, after;
    const mb_site_place *place;     /* of the new revision; of what is gone, the old one's */
    const char *was_function;       /* its name in the old revision when it was renamed, or NULL */
    const mb_where_caller *callers; /* from the one that called it outwards */
    size_t caller_count;
    unsigned round_count; /* of a recursion that ends here; 1: none */
    bool is_joined; /* several places of either side that cannot be told apart: what the function's callees do, too */
} mb_where_entry;

typedef struct mb_where {
    bool is_comparison;
    mb_site_weight weight;
    mb_site_amounts before, after; /* all of it, by the heap's counters */
    const mb_where_entry *entries; /* those that differ, the largest difference first */
    size_t entry_count;
    int64_t unexplained; /* of the difference of weight: what no entry tells */
} mb_where;

/* old: NULL tells all of the new one, as if there had been nothing before. */
MB_NODISCARD mb_status mb_where_compare(const mb_site_view *old, const mb_site_view *new, mb_site_weight weight,
                                        mb_arena *arena, mb_where *where, mb_error *error);

/* The entry's difference. */
int64_t mb_where_change(const mb_where *where, const mb_where_entry *entry);

/* Of all of it. */
int64_t mb_where_total(const mb_where *where);

/* Whether two comparisons of one case name the same call sites: all of them with the same blocks; or, of one weight,
 * those with more than a hundredth of the difference, each with as much of it but for a hundredth. The usable size of a
 * block depends on what was free where it lies, and at the peak there may be a short-lived block more. */
bool mb_where_tells_same(const mb_where *a, const mb_where *b);

#endif
