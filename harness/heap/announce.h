/* announce.h: what the hook does to its process's environment, in place and without allocating. */
#ifndef MEMBENCH_HEAP_ANNOUNCE_H
#define MEMBENCH_HEAP_ANNOUNCE_H

#include <stdint.h>

/* Removes from list, the value of LD_PRELOAD, every library of the given file name; the others stay in their order.
 * Entries are separated by colons or spaces, as the dynamic linker reads them. file_name: path or name, its part after
 * the last slash is compared. */
void mb_heap_preload_remove(char *list, const char *file_name);

/* Overwrites the sixteen digits in text; does nothing when it has another length. */
void mb_heap_address_write(char *text, uint64_t address);

#endif
