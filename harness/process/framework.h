/* framework.h: which framework a program was written with, by the texts in its file. Nothing is started to find out: a
 * build tree holds programs that do other things when started. */
#ifndef MEMBENCH_PROCESS_FRAMEWORK_H
#define MEMBENCH_PROCESS_FRAMEWORK_H

#include <stdbool.h>

#define MB_FRAMEWORK_OWN "membench" /* it speaks docs/protocol.md by itself */

/* MB_FRAMEWORK_OWN, or another name that libmembench_frameworks.so knows. NULL: none, or the file cannot be run or
 * read; libraries of a framework have its texts too, so whether the file is a program (elf.h) is for the caller to ask.
 * Static text. */
const char *mb_program_framework(const char *path);

/* Whether the file can be run and asks for the WebAssembly modules that membench gives: those of bench/wasm. */
bool mb_program_runs_modules(const char *path);

/* "Google Benchmark" */
const char *mb_framework_title(const char *framework);

#endif
