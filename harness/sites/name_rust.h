/* name_rust.h: names of Rust's newer mangling (v0, "_R…"), which C++ runtimes do not know. Pure. */
#ifndef MEMBENCH_SITES_NAME_RUST_H
#define MEMBENCH_SITES_NAME_RUST_H

#include "sites/name_rules.h"

/* The name as people write it, without the numbers that tell crates and closures of one name apart. False when it is
 * none, or goes beyond what is understood here: text is undefined then. Cut when it is too long. */
bool mb_name_rust(const char *name, char text[MB_FUNCTION_NAME_BYTES]);

#endif
