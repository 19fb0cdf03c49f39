/* site_units.h: the inside of site_file.c: compilation units by address, and the functions of one. */
#ifndef MEMBENCH_SITES_SITE_UNITS_H
#define MEMBENCH_SITES_SITE_UNITS_H

#include "sites/site_file.h"

#include <elfutils/libdw.h>

/* A function, or one that was inlined into another, in one stretch of code. */
typedef struct mb_unit_scope {
    uint64_t start, end;
    Dwarf_Die die;
    size_t last; /* of a function: one past its scopes in the unit's list; 0: it is an inlined one */
    int depth;
} mb_unit_scope;

typedef struct mb_compile_unit {
    bool lacks_memory;      /* some of its scopes were left out */
    Dwarf_Die die, content; /* the unit's own, which has the lines, and the one that has the functions (split: .dwo) */
    bool is_walked;
    mb_unit_scope *scopes; /* each function is followed by what was inlined into it */
    size_t scope_count, scope_capacity;
    size_t *functions; /* indices of functions, in the order of their start */
    size_t function_count;
} mb_compile_unit;

typedef struct mb_unit_range {
    uint64_t start, end;
    size_t unit;
} mb_unit_range;

typedef struct mb_units {
    mb_compile_unit *units;
    mb_unit_range *ranges; /* in the order of their start */
    size_t unit_count, range_count;
    bool lacks_memory; /* something was left out */
} mb_units;

/* Empty where there is no debug information. Memory from malloc. */
void mb_units_init(mb_units *units, Dwarf *dwarf);
void mb_units_fini(mb_units *units);

/* Functions at the address, the innermost first; 0: none. */
size_t mb_units_find(mb_units *units, uint64_t address, mb_arena *arena, mb_site_name names[MB_SITE_INLINES_MAX]);

/* Demangled by the C++ runtime where there is one, then normalized. NULL when memory is out. (site_file.c) */
const char *mb_site_demangle(const char *name, mb_arena *arena);

#endif
