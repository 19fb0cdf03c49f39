/* results_scan.h: finds the elements of a results file without parsing them. Internal to results/.
 *
 * Checks what it must to find bounds: strings, brackets, nesting, the members of the outer object. What is inside
 * an element, or where it has one inside its "membench", is checked when that is parsed. Needs one block of memory,
 * whatever the file's size. */
#ifndef MEMBENCH_STORE_RESULTS_SCAN_H
#define MEMBENCH_STORE_RESULTS_SCAN_H

#include "store/input.h"

#include <stdbool.h>

typedef struct mb_scan_element {
    uint64_t offset;
    size_t length;
    uint64_t body_offset; /* of the value of its key "membench" */
    size_t body_length;   /* 0: it has none */
    const char *id;       /* run_name where there is one, else name; as in the file, unescaped; borrowed for the call */
    bool is_aggregate;    /* its run_type is "aggregate" */
} mb_scan_element;

/* What scan calls; a failure ends it. The context is called for exactly once, the elements in file order. */
typedef struct mb_scan_visitor {
    mb_status (*on_context)(void *context, uint64_t offset, size_t length, mb_error *error);
    mb_status (*on_element)(void *context, const mb_scan_element *element, mb_error *error);
    void *context;
} mb_scan_visitor;

MB_NODISCARD mb_status mb_scan(const mb_input *input, const mb_scan_visitor *visitor, mb_error *error);

#endif
