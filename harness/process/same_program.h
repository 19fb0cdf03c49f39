/* same_program.h: whether two files are the same program, to be measured once. Safe with any file. */
#ifndef MEMBENCH_PROCESS_SAME_PROGRAM_H
#define MEMBENCH_PROCESS_SAME_PROGRAM_H

#include <stdbool.h>

/* True when both do the same, for certain: ELF programs of 64 bits of which all that is loaded is equal but for the
 * build id, so that debug information, in which there are folders, does not count. False of scripts, of what loads
 * libraries from folders of its own (they may differ), and of whatever cannot be read. What a program opens by itself
 * is not looked at. */
bool mb_program_is_same(const char *path, const char *other);

#endif
