/* site_file.h: names of addresses in one program or library, from its debug information, else from its symbols.
 *
 *     mb_site_file_open ─▶ mb_site_file_find, any number of times ─▶ mb_site_file_close
 *
 * elfutils read the file; what makes it fast is here: an index of compilation units by address, and one walk over each
 * unit that an address is in. Files may be stripped, cut, changed or hostile: then there are fewer names. */
#ifndef MEMBENCH_SITES_SITE_FILE_H
#define MEMBENCH_SITES_SITE_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_SITE_INLINES_MAX = 32 };

typedef struct mb_site_name {
    const char *function; /* demangled and normalized; NULL: not known */
    bool is_bare;         /* without its namespace or class: that is all the debug information has */
    const char *file;     /* path, made absolute by the folder it was compiled in; NULL: not known */
    int line;
} mb_site_name;

typedef struct mb_site_file mb_site_file;

/* *file is NULL when the file is not there, is not an ELF file, or is not the one with that build id ("": any is).
 * Strings live in the arena. Without elfutils always NULL. MB_FAILED when memory is out. */
MB_NODISCARD mb_status mb_site_file_open(const char *path, const char *build_id, mb_arena *arena, mb_site_file **file);
void mb_site_file_close(mb_site_file *file); /* NULL is fine */

/* The functions that the instruction before the return address belongs to: the innermost inlined one first, the one
 * that has a frame last. 0: nothing is known. The address is that inside of the file. */
size_t mb_site_file_find(mb_site_file *file, uint64_t return_address, mb_site_name names[MB_SITE_INLINES_MAX]);

/* Whether names are missing because memory was out when the file was read, or when one was looked for. */
bool mb_site_file_lacks_memory(const mb_site_file *file);

/* NULL: names can be found; else why not, and how to get it. */
const char *mb_site_file_obstacle(void);

#endif
