#include "store/stored_runs.h"

#include "base/path.h"
#include "store/results_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_BYTES = 64 };

typedef struct run_file {
    mb_results_reader *reader;
    size_t first_case, first_program;
    char label[LABEL_BYTES];
} run_file;

struct mb_runs {
    run_file *files;
    size_t file_count, case_count;
    mb_run_info run;
    const char **ids; /* renamed ones, or NULL */
    mb_arena arena;
};

const char *mb_run_name(const char *path, char *name, size_t size)
{
    snprintf(name, size, "%s", mb_file_name(path));
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return name;
}

static const char *allocator_of(const mb_run_info *run)
{
    const char *name = run->program_count > 0 ? run->programs[0].allocator : NULL;
    return name != NULL ? name : "unknown";
}

/* Runs are called by their allocators when all of those differ, else by their files, made different by a number. */
static void label_files(mb_runs *runs, const char *const *paths)
{
    bool is_by_allocator = true;
    for (size_t i = 0; i < runs->file_count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(allocator_of(mb_results_reader_run(runs->files[i].reader)),
                       allocator_of(mb_results_reader_run(runs->files[k].reader))) == 0)
                is_by_allocator = false;
    for (size_t i = 0; i < runs->file_count; i++) {
        run_file *file = &runs->files[i];
        if (is_by_allocator)
            snprintf(file->label, LABEL_BYTES, "%s", allocator_of(mb_results_reader_run(file->reader)));
        else
            mb_run_name(paths[i], file->label, LABEL_BYTES);
        for (size_t k = 0; k < i; k++)
            if (strcmp(file->label, runs->files[k].label) == 0) {
                size_t used = strnlen(file->label, LABEL_BYTES - 24);
                snprintf(file->label + used, LABEL_BYTES - used, " (%zu)", i + 1);
                break;
            }
        for (char *c = file->label; *c != '\0'; c++) /* "/" would make two parts of an id of it */
            *c = *c == '/' ? '_' : *c;
    }
}

static bool have_cases_in_common(const mb_runs *runs)
{
    size_t index;
    for (size_t i = 1; i < runs->file_count; i++)
        for (size_t c = 0; c < mb_results_reader_count(runs->files[i].reader); c++)
            for (size_t k = 0; k < i; k++)
                if (mb_results_reader_find(runs->files[k].reader, mb_results_reader_id(runs->files[i].reader, c),
                                           &index))
                    return true;
    return false;
}

/* group/function/rest as group/function@label/rest, group/rest as group/label/rest; NULL when memory is out. */
static const char *rename_id(mb_arena *arena, const mb_case_result *result, const char *label)
{
    const char *group = result->group != NULL ? result->group : "", *function = result->function;
    size_t head = strlen(group) + (function != NULL ? strlen(function) + 1 : 0);
    if (strlen(result->id) < head)
        head = strlen(result->id);
    size_t size = strlen(result->id) + strlen(label) + 2;
    char *id = mb_arena_alloc(arena, size);
    if (id != NULL)
        snprintf(id, size, "%.*s%s%s%s", (int)head, result->id, function != NULL ? "@" : "/", label, result->id + head);
    return id;
}

static run_file *file_of(mb_runs *runs, size_t index)
{
    size_t i = runs->file_count - 1;
    while (i > 0 && runs->files[i].first_case > index)
        i--;
    return &runs->files[i];
}

static mb_status rename_all(mb_runs *runs, mb_error *error)
{
    mb_arena one = {0};
    mb_status status = MB_OK;
    runs->ids = mb_arena_alloc(&runs->arena, (runs->case_count + 1) * sizeof *runs->ids);
    for (size_t c = 0; runs->ids != NULL && c < runs->case_count && status == MB_OK; c++) {
        const run_file *file = file_of(runs, c);
        mb_case_result result;
        mb_arena_reset(&one);
        status = mb_results_reader_read(file->reader, c - file->first_case, &one, &result, error);
        if (status != MB_OK)
            break;
        runs->ids[c] = rename_id(&runs->arena, &result, file->label);
        if (runs->ids[c] == NULL)
            status = mb_error_no_memory(error);
    }
    mb_arena_fini(&one);
    return runs->ids != NULL ? status : mb_error_no_memory(error);
}

/* Programs and settings of all runs; a setting more for each run but the first says what it was. */
static mb_status merge_info(mb_runs *runs, mb_error *error)
{
    size_t program_count = 0, setting_count = 0;
    for (size_t i = 0; i < runs->file_count; i++) {
        program_count += mb_results_reader_run(runs->files[i].reader)->program_count;
        setting_count += mb_results_reader_run(runs->files[i].reader)->setting_count + 1;
    }
    runs->run = *mb_results_reader_run(runs->files[0].reader);
    runs->run.programs = mb_arena_alloc(&runs->arena, (program_count + 1) * sizeof *runs->run.programs);
    runs->run.settings = mb_arena_alloc(&runs->arena, (setting_count + 1) * sizeof *runs->run.settings);
    if (runs->run.programs == NULL || runs->run.settings == NULL)
        return mb_error_no_memory(error);
    runs->run.program_count = runs->run.setting_count = 0;
    for (size_t i = 0; i < runs->file_count; i++) {
        const mb_run_info *from = mb_results_reader_run(runs->files[i].reader);
        char text[512];
        runs->run.complete = runs->run.complete && from->complete;
        runs->files[i].first_program = runs->run.program_count;
        for (size_t p = 0; p < from->program_count; p++)
            runs->run.programs[runs->run.program_count++] = from->programs[p];
        for (size_t s = 0; s < from->setting_count && i == 0; s++)
            runs->run.settings[runs->run.setting_count++] = from->settings[s];
        snprintf(text, sizeof text, "%.100s, %.100s, %.60s", from->host_name != NULL ? from->host_name : "?",
                 from->kernel != NULL ? from->kernel : "?", from->date != NULL ? from->date : "?");
        mb_setting *about = &runs->run.settings[runs->run.setting_count++];
        about->name = runs->files[i].label;
        about->value = mb_arena_copy(&runs->arena, text);
        if (about->value == NULL)
            return mb_error_no_memory(error);
    }
    return MB_OK;
}

mb_status mb_runs_open(const char *const *paths, size_t count, mb_runs **runs, mb_error *error)
{
    mb_runs *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->files = calloc(count, sizeof *made->files);
    if (made == NULL || made->files == NULL) {
        free(made);
        return mb_error_no_memory(error);
    }
    mb_status status = MB_OK;
    for (size_t i = 0; i < count && status == MB_OK; i++) {
        status = mb_results_reader_open(paths[i], &made->files[i].reader, error);
        if (status != MB_OK)
            break;
        made->files[i].first_case = made->case_count;
        made->case_count += mb_results_reader_count(made->files[i].reader);
        made->file_count++;
    }
    if (status == MB_OK)
        label_files(made, paths);
    if (status == MB_OK && count == 1)
        made->run = *mb_results_reader_run(made->files[0].reader);
    else if (status == MB_OK)
        status = merge_info(made, error);
    if (status == MB_OK && have_cases_in_common(made))
        status = rename_all(made, error);
    if (status == MB_OK)
        *runs = made;
    else
        mb_runs_close(made);
    return status;
}

static const char *source_id(void *context, size_t index)
{
    mb_runs *runs = context;
    const run_file *file = file_of(runs, index);
    return runs->ids != NULL ? runs->ids[index] : mb_results_reader_id(file->reader, index - file->first_case);
}

static mb_status source_read(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    mb_runs *runs = context;
    const run_file *file = file_of(runs, index);
    mb_status status = mb_results_reader_read(file->reader, index - file->first_case, arena, result, error);
    if (status != MB_OK)
        return status;
    result->program += file->first_program;
    if (runs->ids == NULL)
        return MB_OK;
    char function[512];
    snprintf(function, sizeof function, "%.400s%s%s", result->function != NULL ? result->function : "",
             result->function != NULL ? "@" : "", file->label);
    result->id = runs->ids[index];
    result->function = mb_arena_copy(arena, function);
    return result->function != NULL ? MB_OK : mb_error_no_memory(error);
}

static bool source_find(void *context, const char *id, size_t *index)
{
    mb_runs *runs = context;
    size_t place;
    if (runs->ids == NULL) {
        for (size_t i = 0; i < runs->file_count; i++)
            if (mb_results_reader_find(runs->files[i].reader, id, &place)) {
                *index = runs->files[i].first_case + place;
                return true;
            }
        return false;
    }
    for (size_t c = 0; c < runs->case_count; c++)
        if (strcmp(runs->ids[c], id) == 0) {
            *index = c;
            return true;
        }
    return false;
}

mb_case_source mb_runs_source(mb_runs *runs)
{
    return (mb_case_source){&runs->run, runs->case_count, source_id, source_read, source_find, runs};
}

bool mb_runs_are_renamed(const mb_runs *runs) { return runs->ids != NULL; }

void mb_runs_close(mb_runs *runs)
{
    if (runs == NULL)
        return;
    for (size_t i = 0; i < runs->file_count; i++)
        mb_results_reader_close(runs->files[i].reader);
    mb_arena_fini(&runs->arena);
    free(runs->files);
    free(runs);
}
