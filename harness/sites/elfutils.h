/* elfutils.h: elfutils, with the four libraries that they bring, loaded when the first file is read. */
#ifndef MEMBENCH_SITES_ELFUTILS_H
#define MEMBENCH_SITES_ELFUTILS_H

#include "base/loaded_calls.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <gelf.h>

/* clang-format off */
#define MB_ELFUTILS_CALLS(CALL) \
    CALL(dwarf_attr) CALL(dwarf_attr_integrate) CALL(dwarf_begin_elf) CALL(dwarf_child) CALL(dwarf_end)          \
    CALL(dwarf_filesrc) CALL(dwarf_formstring) CALL(dwarf_formudata) CALL(dwarf_get_units)                       \
    CALL(dwarf_getsrc_die) CALL(dwarf_getsrcfiles) CALL(dwarf_lineno) CALL(dwarf_linesrc) CALL(dwarf_ranges)     \
    CALL(dwarf_setalt) CALL(dwarf_siblingof) CALL(dwarf_tag) CALL(dwelf_dwarf_gnu_debugaltlink)                  \
    CALL(dwelf_elf_gnu_build_id) CALL(dwelf_elf_gnu_debuglink) CALL(elf_begin) CALL(elf_end) CALL(elf_getdata)   \
    CALL(elf_kind) CALL(elf_nextscn) CALL(elf_strptr) CALL(elf_version) CALL(gelf_getshdr) CALL(gelf_getsym)
/* clang-format on */

typedef struct mb_elfutils {
    MB_ELFUTILS_CALLS(MB_CALL_MEMBER)
} mb_elfutils;

extern mb_elfutils mb_dw; /* complete once they are loaded */

bool mb_elfutils_load(void); /* as mb_calls_load */

#endif
