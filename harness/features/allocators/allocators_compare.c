/* The same cases under each allocator of a list: one session after the other, then a table. */
#include "features/allocators/allocators_compare.h"
#include "base/terminal.h"
#include "command/complain.h"
#include "command/options.h"
#include "command/outcome.h"
#include "session/allocators.h"

#include "features/allocators/matrix.h"
#include "judge/decide.h"
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MAX = 16 };

static const char all_names[] = "glibc,glibc:arena_max=1,jemalloc,mimalloc,tcmalloc";

struct matrix {
    const mb_options *options; /* the caller's, for memory passes alone */
    mb_arena arena;
    const char *names[NAMES_MAX];
    size_t name_count;
    const char *const *case_ids; /* of the first session */
    size_t case_count;
    mb_matrix_row *rows; /* case by case, in each the allocators */
    mb_exit code;
    bool is_all; /* an allocator that is missing is not a failure */
};

static const mb_quantity quantities[MB_MATRIX_COLUMN_COUNT] = {
    [MB_MATRIX_ANON_LIVE] = MB_ANON_DELTA_BYTES,
    [MB_MATRIX_ANON_RETAINED] = MB_RETAINED_ANON_BYTES,
    [MB_MATRIX_ANON_PURGED] = MB_RETAINED_AFTER_TRIM_ANON_BYTES,
    [MB_MATRIX_HEAP_LIVE] = MB_HEAP_LIVE_BYTES,
    [MB_MATRIX_HEAP_RETAINED] = MB_HEAP_RETAINED_BYTES,
};

static mb_status split_names(struct matrix *matrix, mb_error *error)
{
    matrix->is_all = strcmp(matrix->options->allocators, "all") == 0;
    char *text = mb_arena_copy(&matrix->arena, matrix->is_all ? all_names : matrix->options->allocators), *rest = NULL;
    if (text == NULL)
        return mb_error_no_memory(error);
    for (char *word = strtok_r(text, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        if (matrix->name_count == NAMES_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--allocators: more than %d", NAMES_MAX);
        matrix->names[matrix->name_count++] = word;
    }
    if (matrix->name_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "--allocators names none: jemalloc,mimalloc, or all");
    return MB_OK;
}

static mb_status take_case_ids(struct matrix *matrix, const mb_session *session, mb_error *error)
{
    const char **ids = mb_arena_alloc(&matrix->arena, (session->case_count + 1) * sizeof *ids);
    matrix->rows = mb_arena_alloc(&matrix->arena, session->case_count * matrix->name_count * sizeof *matrix->rows);
    if (ids == NULL || matrix->rows == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < session->case_count; c++)
        if ((ids[c] = mb_arena_copy(&matrix->arena, session->results[c].id)) == NULL)
            return mb_error_no_memory(error);
    matrix->case_ids = ids;
    matrix->case_count = session->case_count;
    return MB_OK;
}

/* Asks the programs for their cases, under no allocator of ours: one that is missing has rows too. */
static mb_status list_cases(struct matrix *matrix, int *signal_number, mb_error *error)
{
    mb_session session;
    mb_status status = mb_session_open(&session, &matrix->options->plan, error);
    *signal_number = session.signal_number;
    if (status == MB_OK) {
        status = take_case_ids(matrix, &session, error);
        mb_session_close(&session);
    }
    return status;
}

static mb_matrix_row *row_of(struct matrix *matrix, size_t case_index, size_t name_index)
{
    mb_matrix_row *row = &matrix->rows[case_index * matrix->name_count + name_index];
    row->case_id = matrix->case_ids[case_index];
    if (row->allocator == NULL)
        row->allocator = matrix->names[name_index];
    return row;
}

/* Every case of an allocator that could not be had says why. */
static mb_status skip(struct matrix *matrix, size_t name_index, const char *message, mb_error *error)
{
    const char *reason = mb_arena_copy(&matrix->arena, message);
    if (reason == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < matrix->case_count; c++)
        row_of(matrix, c, name_index)->reason = reason;
    if (!matrix->is_all)
        matrix->code = mb_exit_worse(matrix->code, MB_EXIT_FAILED);
    return MB_OK;
}

/* "jemalloc 5.3.0"; for settings of glibc its version and theirs. */
static const char *label(struct matrix *matrix, const char *name, const char *allocator)
{
    const char *colon = strchr(name, ':');
    char text[160];
    if (strcmp(allocator, "unknown") == 0)
        return name;
    snprintf(text, sizeof text, "%s%s%s", allocator, colon != NULL ? " " : "", colon != NULL ? colon + 1 : "");
    return mb_arena_copy(&matrix->arena, text);
}

static mb_status take_case(struct matrix *matrix, const mb_session *session, size_t c, size_t name_index,
                           mb_error *error)
{
    const mb_case_result *result = &session->results[c];
    mb_matrix_row *row = row_of(matrix, c, name_index);
    row->allocator = label(matrix, matrix->names[name_index], session->run.programs[result->program].allocator);
    if (result->outcome != MB_OUTCOME_OK) {
        char text[640];
        snprintf(text, sizeof text, "%s%s%s", mb_words_outcome(result->outcome), result->message != NULL ? ": " : "",
                 result->message != NULL ? result->message : "");
        row->reason = mb_arena_copy(&matrix->arena, text);
        if (result->outcome != MB_OUTCOME_SKIPPED)
            matrix->code = mb_exit_worse(matrix->code, mb_decide_exit(MB_FINDING_LOST, &(mb_decision_policy){0}));
    }
    for (int q = 0; q < MB_MATRIX_COLUMN_COUNT; q++) {
        mb_summary summary;
        if (!mb_summary_make(&result->series[mb_metric_of(quantities[q], MB_WINDOW_COLD)], &summary))
            return mb_error_no_memory(error);
        row->is_known[q] = summary.count > 0;
        row->bytes[q] = summary.median;
    }
    return row->allocator != NULL ? MB_OK : mb_error_no_memory(error);
}

static mb_status measure(struct matrix *matrix, mb_session *session, size_t name_index, mb_error *error)
{
    if (mb_allocator_check(session, matrix->names[name_index], error) != MB_OK) {
        mb_error why = *error;
        return skip(matrix, name_index, why.message, error);
    }
    mb_status status = mb_session_measure(session, NULL, error);
    if (session->journal_path != NULL)
        unlink(session->journal_path); /* a journal knows nothing of allocators: there is nothing to resume */
    for (size_t c = 0; status == MB_OK && c < session->case_count; c++)
        status = take_case(matrix, session, c, name_index, error);
    return status;
}

static void restore(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else if (setenv(name, value, 1) != 0)
        abort(); /* the next allocator would be measured under this one */
}

/* One allocator; what it set in the environment is undone. */
static mb_status measure_under(struct matrix *matrix, size_t name_index, int *signal_number, mb_error *error)
{
    const char *preload = getenv("LD_PRELOAD"), *tunables = getenv("GLIBC_TUNABLES");
    preload = preload != NULL ? mb_arena_copy(&matrix->arena, preload) : NULL;
    tunables = tunables != NULL ? mb_arena_copy(&matrix->arena, tunables) : NULL;
    mb_session session;
    mb_status status = mb_allocator_choose(matrix->names[name_index], error);
    if (status != MB_OK && error->kind == MB_ERROR_SYSTEM) {
        mb_error why = *error;
        status = skip(matrix, name_index, why.message, error);
    } else if (status == MB_OK) {
        status = mb_session_open(&session, &matrix->options->plan, error);
        *signal_number = session.signal_number;
        if (status == MB_OK) {
            status = measure(matrix, &session, name_index, error);
            *signal_number = session.signal_number;
            mb_session_close(&session);
        }
    }
    restore("LD_PRELOAD", preload);
    restore("GLIBC_TUNABLES", tunables);
    return status;
}

mb_exit mb_allocators_compare(const mb_options *given)
{
    mb_options options = *given;
    options.plan.passes[MB_PASS_TIME] = false;
    options.plan.save_baseline = options.plan.baseline = NULL;
    struct matrix matrix = {.options = &options};
    mb_error error;
    int signal_number = 0;
    mb_status status = split_names(&matrix, &error);
    if (status == MB_OK)
        status = list_cases(&matrix, &signal_number, &error);
    for (size_t i = 0; status == MB_OK && signal_number == 0 && i < matrix.name_count; i++)
        status = measure_under(&matrix, i, &signal_number, &error);
    if (status == MB_OK && signal_number == 0)
        status = mb_matrix_write(stdout, options.format != NULL ? options.format : "text", matrix.rows,
                                 matrix.case_count * matrix.name_count, mb_terminal_is_unicode(), &error);
    if (status != MB_OK)
        matrix.code = (mb_exit)mb_complain(&error);
    if (signal_number != 0)
        matrix.code = (mb_exit)(MB_EXIT_SIGNAL + signal_number);
    mb_arena_fini(&matrix.arena);
    return matrix.code;
}
