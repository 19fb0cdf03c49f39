/* hook_environment.h: the hook's changes to environment values: in place, never longer, without allocating. */
#ifndef MEMBENCH_HEAP_HOOK_ENVIRONMENT_H
#define MEMBENCH_HEAP_HOOK_ENVIRONMENT_H

#include <stdint.h>

/* Removes from list, the value of LD_PRELOAD, every library of the given file name; the others stay, in their order.
 * Entries are separated by colons or spaces, as the dynamic linker reads them. file_name: path or name, of which the
 * part after the last slash is compared. A list left empty stays set and empty, which preloads nothing. */
void mb_heap_preload_remove(char *list, const char *file_name);

/* Value of the environment variable, or NULL. */
char *mb_heap_variable(const char *name);

/* Overwrites the sixteen digits in text; does nothing when text has another length. */
void mb_heap_address_write(char *text, uint64_t address);

#endif
