#include "store/shards.h"

#include "model/differences.h"
#include "model/fingerprint.h"
#include "model/shard.h"
#include "store/id_index.h"
#include "store/results_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOINED_BYTES_MAX = 1024 };

typedef struct place { /* of a case: which shard, and where in its file */
    size_t shard, index;
} place;

struct mb_shards {
    mb_results_reader **readers; /* by shard: readers[0] is shard 1 */
    const char **paths;          /* of readers */
    size_t count;
    mb_run_info run;
    place *places; /* of run's cases, in the order of the plan */
    mb_id_index ids;
    size_t case_count;
    mb_arena arena;
};

static const mb_run_info *run_of(const mb_shards *shards, size_t shard)
{
    return mb_results_reader_run(shards->readers[shard]);
}

/* In what two runs of one plan must not differ; NULL when they do not. text holds what is returned. */
static const char *run_difference(const mb_run_info *a, const mb_run_info *b, char text[MB_DIFFERENCE_BYTES])
{
    unsigned differences = mb_run_differences(a, b);
    if (differences != 0)
        return mb_difference_text(differences);
    if (a->program_count != b->program_count)
        return "different programs";
    for (size_t p = 0; p < a->program_count && differences == 0; p++)
        differences = mb_program_differences(&a->programs[p], &b->programs[p]);
    if (differences != 0)
        return mb_difference_text(differences);
    bool has_parts = a->shard.parts.part_count > 0 && b->shard.parts.part_count > 0;
    if (has_parts && mb_fingerprint_differs(&a->shard.parts, &b->shard.parts, text))
        return text;
    return a->shard.count != b->shard.count                 ? "a different number of shards"
           : a->seed != b->seed                             ? "a different seed"
           : !mb_is_same_text(a->shard.plan, b->shard.plan) ? "a different plan (cases, filters or options)"
           : a->shard.case_count != b->shard.case_count     ? "a different total of cases"
                                                            : NULL;
}

/* Puts the reader of paths[i] into its place by shard; the first file makes the places. */
static mb_status place_reader(mb_shards *shards, const char *path, const char *first_path, mb_results_reader *reader,
                              mb_error *error)
{
    const mb_run_info *run = mb_results_reader_run(reader);
    const mb_shard_info *shard = &run->shard;
    if (shard->count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: not a shard: it was measured without --shard", path);
    if (shards->readers == NULL) {
        shards->count = shard->count;
        shards->readers = calloc(shard->count, sizeof *shards->readers);
        shards->paths = calloc(shard->count, sizeof *shards->paths);
        if (shards->readers == NULL || shards->paths == NULL)
            return mb_error_no_memory(error);
    }
    const mb_run_info *other = NULL;
    for (size_t s = 0; s < shards->count && other == NULL; s++)
        other = shards->readers[s] != NULL ? run_of(shards, s) : NULL;
    char text[MB_DIFFERENCE_BYTES];
    const char *difference = other != NULL ? run_difference(other, run, text) : NULL;
    if (difference != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: does not belong to the same run as %s: %s", path, first_path,
                            difference);
    if (shards->readers[shard->index - 1] != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: duplicate shard %zu of %zu: see also %s", path, shard->index,
                            shard->count, shards->paths[shard->index - 1]);
    shards->readers[shard->index - 1] = reader;
    shards->paths[shard->index - 1] = path;
    return MB_OK;
}

static mb_status open_all(mb_shards *shards, const char *const *paths, size_t count, mb_error *error)
{
    for (size_t i = 0; i < count; i++) {
        mb_results_reader *reader;
        const char *path = mb_arena_copy(&shards->arena, paths[i]);
        if (path == NULL)
            return mb_error_no_memory(error);
        mb_status status = mb_results_reader_open(path, &reader, error);
        if (status != MB_OK)
            return status;
        status = place_reader(shards, path, paths[0], reader, error);
        if (status != MB_OK) {
            mb_results_reader_close(reader);
            return status;
        }
    }
    for (size_t s = 0; s < shards->count; s++)
        if (shards->readers[s] == NULL)
            return mb_error_set(error, MB_ERROR_USAGE, "shard %zu of %zu is missing: %zu were given", s + 1,
                                shards->count, count);
    return MB_OK;
}

/* The k-th case of a shard is the k-th that was dealt to it. */
static mb_status place_cases(mb_shards *shards, mb_error *error)
{
    size_t case_count = run_of(shards, 0)->shard.case_count;
    size_t *owners = malloc((case_count + 1) * sizeof *owners);
    size_t *taken = calloc(shards->count, sizeof *taken);
    shards->places = malloc((case_count + 1) * sizeof *shards->places);
    mb_status status = owners != NULL && taken != NULL && shards->places != NULL ? MB_OK : mb_error_no_memory(error);
    if (status == MB_OK)
        status = mb_shard_deal(case_count, run_of(shards, 0)->seed, shards->count, owners, error);
    for (size_t c = 0; c < case_count && status == MB_OK; c++) {
        size_t shard = owners[c];
        shards->places[c] = (place){shard, taken[shard]++};
    }
    for (size_t s = 0; s < shards->count && status == MB_OK; s++)
        if (mb_results_reader_count(shards->readers[s]) != taken[s])
            status = mb_error_set(error, MB_ERROR_USAGE, "%s: shard %zu of %zu should have %zu cases, but has %zu",
                                  shards->paths[s], s + 1, shards->count, taken[s],
                                  mb_results_reader_count(shards->readers[s]));
    free(owners);
    free(taken);
    shards->case_count = case_count;
    return status;
}

static const char *source_id(void *context, size_t index)
{
    const mb_shards *shards = context;
    const place *at = &shards->places[index];
    return mb_results_reader_id(shards->readers[at->shard], at->index);
}

static mb_status source_read(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    mb_shards *shards = context;
    const place *at = &shards->places[index];
    return mb_results_reader_read(shards->readers[at->shard], at->index, arena, result, error);
}

static bool source_find(void *context, const char *id, size_t *index)
{
    return mb_id_index_find(&((const mb_shards *)context)->ids, id, index);
}

static mb_status index_ids(mb_shards *shards, mb_error *error)
{
    for (size_t c = 0; c < shards->case_count; c++)
        if (!mb_id_index_append(&shards->ids, source_id(shards, c), c))
            return mb_error_no_memory(error);
    const mb_id_entry *twice = mb_id_index_sort(&shards->ids);
    if (twice == NULL)
        return MB_OK;
    return mb_error_set(error, MB_ERROR_USAGE, "the case \"%s\" is in two shards", twice->id);
}

/* Whether text is one of the parts of joined. */
static bool has_part(const char *joined, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = strstr(joined, text); at != NULL && length > 0; at = strstr(at + 1, text))
        if ((at == joined || at[-1] == ' ') && (at[length] == '\0' || strncmp(at + length, " | ", 3) == 0))
            return true;
    return false;
}

/* Adds another shard's text to what is already there, behind " | ", unless it is there or says nothing; cut when there
 * is no room. */
static mb_status join(mb_shards *shards, const char **joined, const char *text, mb_error *error)
{
    char both[JOINED_BYTES_MAX];
    if (text == NULL || *text == '\0' || (*joined != NULL && has_part(*joined, text)))
        return MB_OK;
    bool is_first = *joined == NULL || **joined == '\0';
    snprintf(both, sizeof both, "%s%s%s", is_first ? "" : *joined, is_first ? "" : " | ", text);
    const char *copy = mb_arena_copy(&shards->arena, both);
    if (copy == NULL)
        return mb_error_no_memory(error);
    *joined = copy;
    return MB_OK;
}

/* Takes over a shard's settings: what differs between machines is side by side. */
static mb_status join_settings(mb_shards *shards, const mb_run_info *from, mb_error *error)
{
    mb_run_info *run = &shards->run;
    mb_status status = MB_OK;
    for (size_t i = 0; i < from->setting_count && status == MB_OK; i++) {
        const mb_setting *setting = &from->settings[i];
        size_t at = 0;
        while (at < run->setting_count && strcmp(run->settings[at].name, setting->name) != 0)
            at++;
        if (at == run->setting_count)
            run->settings[run->setting_count++] = *setting;
        else
            status = join(shards, &run->settings[at].value, setting->value, error);
    }
    return status;
}

/* The first shard's programs. Which libraries one started with is left out where it was not the same everywhere. */
static mb_status merge_programs(mb_shards *shards, mb_error *error)
{
    mb_run_info *run = &shards->run;
    mb_program_info *programs = mb_arena_alloc(&shards->arena, (run->program_count + 1) * sizeof *programs);
    if (programs == NULL)
        return mb_error_no_memory(error);
    for (size_t p = 0; p < run->program_count; p++) {
        programs[p] = run->programs[p];
        for (size_t s = 1; s < shards->count; s++)
            if (!mb_is_same_text(run_of(shards, s)->programs[p].libraries, run->programs[p].libraries))
                programs[p].libraries = NULL;
    }
    run->programs = programs;
    return MB_OK;
}

/* The first shard's description, and of the others what says where they were measured. */
static mb_status merge_runs(mb_shards *shards, mb_error *error)
{
    size_t setting_count = 0;
    for (size_t s = 0; s < shards->count; s++)
        setting_count += run_of(shards, s)->setting_count;
    mb_run_info *run = &shards->run;
    *run = *run_of(shards, 0);
    run->shard = (mb_shard_info){0};
    run->settings = mb_arena_alloc(&shards->arena, (setting_count + 1) * sizeof *run->settings);
    run->setting_count = 0;
    if (run->settings == NULL || merge_programs(shards, error) != MB_OK)
        return mb_error_no_memory(error);
    for (size_t s = 0; s < shards->count; s++) {
        const mb_run_info *from = run_of(shards, s);
        run->complete = run->complete && from->complete;
        mb_status status = join(shards, &run->host_name, from->host_name, error);
        if (status == MB_OK)
            status = join(shards, &run->kernel, from->kernel, error);
        if (status == MB_OK)
            status = join_settings(shards, from, error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

mb_status mb_shards_open(const char *const *paths, size_t count, mb_shards **shards, mb_error *error)
{
    if (count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "no shard was given");
    mb_shards *made = calloc(1, sizeof *made);
    if (made == NULL)
        return mb_error_no_memory(error);
    mb_status status = open_all(made, paths, count, error);
    if (status == MB_OK)
        status = place_cases(made, error);
    if (status == MB_OK)
        status = index_ids(made, error);
    if (status == MB_OK)
        status = merge_runs(made, error);
    if (status == MB_OK)
        *shards = made;
    else
        mb_shards_close(made);
    return status;
}

void mb_shards_close(mb_shards *shards)
{
    if (shards == NULL)
        return;
    for (size_t s = 0; shards->readers != NULL && s < shards->count; s++)
        mb_results_reader_close(shards->readers[s]);
    free(shards->readers);
    free(shards->paths);
    free(shards->places);
    mb_id_index_fini(&shards->ids);
    mb_arena_fini(&shards->arena);
    free(shards);
}

mb_case_source mb_shards_source(mb_shards *shards)
{
    return (mb_case_source){&shards->run, shards->case_count, source_id, source_read, source_find, shards};
}

const mb_shard_info *mb_shards_plan(const mb_shards *shards) { return &run_of(shards, 0)->shard; }
