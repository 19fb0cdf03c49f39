#include "mapping.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool wasm_mapping_parse(const char *line, mapping *m)
{
    char permissions[8];
    unsigned long inode;
    int name_at = 0;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %lu %n", &m->start, &m->end, permissions, &inode,
               &name_at) != 4)
        return false;
    const char *name = line + name_at;
    m->is_readable = permissions[0] == 'r';
    m->is_writable = permissions[1] == 'w';
    m->is_heap = strncmp(name, "[heap]", 6) == 0;
    m->is_stack = strncmp(name, "[stack]", 7) == 0;
    m->is_anonymous = inode == 0 && (*name == '\n' || *name == '\0' || strncmp(name, "[anon", 5) == 0);
    return true;
}
