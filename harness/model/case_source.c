#include "model/case_source.h"

#include <string.h>

static const char *array_id(void *context, size_t index) { return ((const mb_case_result *)context)[index].id; }

static mb_status array_read(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    (void)arena;
    (void)error;
    *result = ((const mb_case_result *)context)[index];
    return MB_OK;
}

mb_case_source mb_case_source_of_array(const mb_run_info *run, const mb_case_result *cases, size_t case_count)
{
    /* The callbacks only read it; a reader as context must be writable. */
    return (mb_case_source){run, case_count, array_id, array_read, NULL, (void *)(uintptr_t)cases};
}

bool mb_case_source_find(const mb_case_source *source, const char *id, size_t *index)
{
    if (source->find != NULL)
        return source->find(source->context, id, index);
    for (size_t i = 0; i < source->case_count; i++)
        if (strcmp(source->id(source->context, i), id) == 0) {
            *index = i;
            return true;
        }
    return false;
}
