/* differences.h: what two runs, and two bench programs, were not measured alike in. One table: the gate asks for what
 * decides whether a pass compares, merging for what shards must share, saving for what a file says once. */
#ifndef MEMBENCH_MODEL_DIFFERENCES_H
#define MEMBENCH_MODEL_DIFFERENCES_H

#include "model/result.h"

#include <stdbool.h>

/* A bit each, in the order in which they are named. */
#define MB_DIFFERENCES(ROW)                                                                                            \
    ROW(VERSION, "a different version of membench")                                                                    \
    ROW(ARCHITECTURE, "a different architecture")                                                                      \
    ROW(PAGE_SIZE, "a different page size")                                                                            \
    ROW(RSS_SOURCE, "a different source of resident set sizes")                                                        \
    ROW(PROGRAM, "a different program") /* another name; folders may differ, as machines do */                         \
    ROW(BUILD, "a different build of a program")                                                                       \
    ROW(LIBC, "a different libc")                                                                                      \
    ROW(ALLOCATOR, "a different allocator")                                                                            \
    ROW(ASLR, "a different mode of address randomization")                                                             \
    ROW(ENTROPY, "a different source of random bytes")                                                                 \
    ROW(CALLED_WITH, "different --iterations, --program-arg or --heap-functions")                                      \
    ROW(THP, "a different mode of transparent huge pages")

#define MB_DIFFERENCE_BIT(name, text) MB_DIFFERENCE_BIT_##name,
#define MB_DIFFERENCE_MASK(name, text) MB_DIFFERENT_##name = 1u << MB_DIFFERENCE_BIT_##name,
enum { MB_DIFFERENCES(MB_DIFFERENCE_BIT) MB_DIFFERENCE_COUNT };
enum { MB_DIFFERENCES(MB_DIFFERENCE_MASK) };
#undef MB_DIFFERENCE_BIT
#undef MB_DIFFERENCE_MASK

/* Both NULL, or equal. */
bool mb_is_same_text(const char *a, const char *b);

/* Sets of MB_DIFFERENT_: of what a run states once, and of one program. */
unsigned mb_run_differences(const mb_run_info *a, const mb_run_info *b);
unsigned mb_program_differences(const mb_program_info *a, const mb_program_info *b);

/* Whether a program and all libraries that it starts with are, byte for byte, those of another run of the same
 * membench, called alike: then nothing of theirs has grown. False of scripts, and where a run does not say. */
bool mb_program_is_as_before(const mb_run_info *a, const mb_program_info *of_a, const mb_run_info *b,
                             const mb_program_info *of_b);

/* The first of a set in words, "a different libc"; NULL when it is empty. */
const char *mb_difference_text(unsigned differences);

#endif
