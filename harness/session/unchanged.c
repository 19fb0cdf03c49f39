#include "session/unchanged.h"

#include "process/same_program.h"
#include "session/side_programs.h"
#include "store/id_index.h"

#include <stdlib.h>
#include <string.h>

enum { OLD, NEW };

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool mb_unchanged_has(const mb_unchanged *unchanged, const char *name)
{
    return unchanged->count > 0 &&
           bsearch(&name, unchanged->names, unchanged->count, sizeof *unchanged->names, compare_names) != NULL;
}

/* The old side's programs by name. */
static mb_status index_old(const mb_plan *old, const char *operand, mb_id_index *index, mb_error *error)
{
    for (size_t i = 0; i < old->program_count; i++)
        if (!mb_id_index_append(index, mb_side_program_name(operand, old->programs[i]), i))
            return mb_error_no_memory(error);
    (void)mb_id_index_sort(index);
    return MB_OK;
}

static void compare(const mb_plan sides[MB_SIDES_MAX], const char *const operands[MB_SIDES_MAX],
                    const mb_id_index *index, const char **names, mb_unchanged *found)
{
    size_t paired_count = 0;
    for (size_t i = 0; i < sides[NEW].program_count; i++) {
        const char *path = sides[NEW].programs[i], *name = mb_side_program_name(operands[NEW], path);
        size_t old;
        if (!mb_id_index_find(index, name, &old)) {
            found->one_sided_count++;
            continue;
        }
        paired_count++;
        if (mb_program_is_same(sides[OLD].programs[old], path))
            names[found->count++] = name;
        else
            found->changed_count++;
    }
    found->one_sided_count += sides[OLD].program_count - paired_count;
    qsort(names, found->count, sizeof *names, compare_names);
    found->names = names;
}

mb_status mb_unchanged_find(const mb_plan *plan, const char *const operands[MB_SIDES_MAX], mb_arena *arena,
                            mb_unchanged *found, mb_error *error)
{
    mb_plan sides[MB_SIDES_MAX] = {{0}, {0}};
    mb_id_index index = {0};
    mb_status status = MB_OK;
    *found = (mb_unchanged){0};
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++)
        status = mb_side_programs_find(operands[side], plan->programs, plan->program_count, &sides[side], arena, error);
    if (status == MB_OK)
        status = index_old(&sides[OLD], operands[OLD], &index, error);
    const char **names = mb_arena_alloc(arena, (sides[NEW].program_count + 1) * sizeof *names);
    if (status == MB_OK && names == NULL)
        status = mb_error_no_memory(error);
    if (status == MB_OK)
        compare(sides, operands, &index, names, found);
    mb_id_index_fini(&index);
    return status;
}
