/* The case of sites_rust.rs. Its blocks stay: each window has its own. */
#include <membench/membench.h>

void rust_make(void *kept[3]);

static mb_status run(mb_bench *b)
{
    rust_make(mb_state(b));
    mb_keep(mb_state(b));
    return MB_OK;
}

static const mb_case rust = {MB_CASE_INIT, .group = "rust", .state_bytes = 3 * sizeof(void *), .run = run};

MB_MAIN(&rust)
