/* case_source.h: one run's cases, yielded one at a time, wherever they are kept: so that 100,000 need little memory. */
#ifndef MEMBENCH_MODEL_CASE_SOURCE_H
#define MEMBENCH_MODEL_CASE_SOURCE_H

#include "base/error.h"
#include "model/result.h"

typedef struct mb_case_source {
    const mb_run_info *run;
    size_t case_count;
    const char *(*id)(void *context, size_t index); /* borrowed for the life of the source */
    /* Fills *result; what it points to lives in arena or as long as the source. */
    mb_status (*read)(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error);
    /* The case of that id; NULL: ids are gone through one by one. */
    bool (*find)(void *context, const char *id, size_t *index);
    void *context;
} mb_case_source;

/* The place of the case of that id; *index is untouched when there is none. */
bool mb_case_source_find(const mb_case_source *source, const char *id, size_t *index);

/* Cases in an array, borrowed for the life of the source. */
mb_case_source mb_case_source_of_array(const mb_run_info *run, const mb_case_result *cases, size_t case_count);

#endif
