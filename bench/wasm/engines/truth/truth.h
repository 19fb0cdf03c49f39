/* truth.h: pages that the runtime of known truth touches in each phase; harness/tests/e2e/test_wasm.py holds the same.
 */
#ifndef BENCH_WASM_TRUTH_H
#define BENCH_WASM_TRUTH_H

enum {
    TRUTH_ENGINE_PAGES = 3,
    TRUTH_ENGINE_KEPT_PAGES = 1, /* stay for ever when an engine is closed */
    TRUTH_CODE_PAGES = 5,        /* of a module */
    TRUTH_CODE_NOMINAL_PAGES = 8,
    TRUTH_INSTANCE_PAGES = 1,
    TRUTH_MEMORY_PAGES = 2,      /* of linear memory, at instantiation */
    TRUTH_CALL_PAGES = 1,        /* of linear memory, at the first call */
    TRUTH_MODULE_KEPT_PAGES = 1, /* stay for ever when a module is dropped */
    TRUTH_BLOCK_BYTES = 200000,  /* of a module, from malloc, in a mapping of its own */
    TRUTH_BLOCK_PAGES = 2,       /* of which so many are touched: malloc's header and another */
    TRUTH_MEMORY_BYTES = 65536,
};

#endif
