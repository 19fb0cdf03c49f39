#include "store/results_reader.h"

#include "base/grown.h"
#include "store/case_json.h"
#include "store/id_index.h"
#include "store/import.h"
#include "store/import_criterion.h"
#include "store/results_scan.h"
#include "store/stored_runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NONE UINT32_MAX /* no element */

enum { BUFFER_BYTES_MIN = 16 * 1024 };

typedef struct element {
    uint64_t offset;
    const char *id;
    uint32_t length;
    uint32_t body;       /* offset from there of what is parsed, which is length bytes */
    uint32_t next;       /* the next repetition of the same id, or NONE: Google Benchmark's own files only */
    const char *counter; /* of Google Benchmark's own files: a member that is a case of its own; else NULL */
    bool is_membench, is_repetition;
} element;

struct mb_results_reader {
    mb_input input;
    char *name;
    char *converted; /* what input is, of another tool's file; else NULL */
    mb_arena arena;  /* ids and what run points to */
    mb_run_info run;
    element *elements;
    size_t element_count, element_capacity;
    size_t aggregate_count; /* elements left out */
    uint32_t *cases;        /* the first element of each */
    size_t case_count;
    mb_id_index index; /* id → case */
    mb_json json;
    char *buffer;
    size_t buffer_capacity;
};

static mb_status fail_memory(const mb_results_reader *reader, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", reader->name);
}

/* Reads and parses length bytes at offset into reader->json. */
static mb_status parse_at(mb_results_reader *reader, uint64_t offset, size_t length, mb_error *error)
{
    if (reader->buffer_capacity <= length) {
        size_t wanted = length < BUFFER_BYTES_MIN ? BUFFER_BYTES_MIN : length + 1;
        char *larger = realloc(reader->buffer, wanted);
        if (larger == NULL)
            return fail_memory(reader, error);
        reader->buffer = larger;
        reader->buffer_capacity = wanted;
    }
    mb_status status = mb_input_read(&reader->input, offset, reader->buffer, length, error);
    if (status != MB_OK)
        return status;
    reader->buffer[length] = '\0';
    if (mb_json_parse(&reader->json, reader->buffer, length))
        return MB_OK;
    if (reader->json.is_memory_out)
        return fail_memory(reader, error);
    return mb_input_fail(&reader->input, offset + reader->json.problem_offset, reader->json.problem, error);
}

static mb_status on_context(void *context, uint64_t offset, size_t length, mb_error *error)
{
    mb_results_reader *reader = context;
    mb_status status = parse_at(reader, offset, length, error);
    if (status != MB_OK)
        return status;
    if (mb_run_from_json(&reader->json, &reader->arena, &reader->run))
        return MB_OK;
    if (reader->json.is_memory_out)
        return fail_memory(reader, error);
    return mb_error_set(error, MB_ERROR_FORMAT, "%s: %s", reader->name, reader->json.problem);
}

static mb_status add_element(mb_results_reader *reader, const mb_scan_element *found, const char *id,
                             const char *counter, mb_error *error)
{
    bool is_membench = found->body_length > 0;
    if (!mb_id_is_valid(id))
        return mb_input_fail(&reader->input, found->offset, "the name is not a case id: empty, too long or unprintable",
                             error);
    if (reader->element_count == MB_RESULTS_CASES_MAX)
        return mb_input_fail(&reader->input, found->offset, "more elements than membench reads", error);
    element *larger = mb_grown(reader->elements, reader->element_count, &reader->element_capacity, sizeof *larger);
    if (larger == NULL)
        return fail_memory(reader, error);
    reader->elements = larger;
    element *added = &reader->elements[reader->element_count];
    *added =
        (element){.offset = found->offset, .length = (uint32_t)found->length, .next = NONE, .is_membench = is_membench};
    added->counter = counter != NULL ? mb_arena_copy(&reader->arena, counter) : NULL;
    if (is_membench) { /* members around it are for other tools: what they say is in it */
        added->body = (uint32_t)(found->body_offset - found->offset);
        added->length = (uint32_t)found->body_length;
    }
    added->id = mb_arena_copy(&reader->arena, id);
    if (added->id == NULL || (counter != NULL && added->counter == NULL))
        return fail_memory(reader, error);
    reader->element_count++;
    return MB_OK;
}

/* A user counter of bytes has a case of its own, behind the benchmark's. What cannot be parsed is said by who reads it.
 */
static mb_status add_counters(mb_results_reader *reader, const mb_scan_element *found, mb_error *error)
{
    mb_error ignored;
    if (parse_at(reader, found->offset, found->length, &ignored) != MB_OK)
        return MB_OK;
    mb_status status = MB_OK;
    for (const cJSON *item = reader->json.root->child; item != NULL && status == MB_OK; item = item->next) {
        char id[MB_ID_BYTES_MAX];
        if (item->string != NULL && mb_case_is_counter(item) &&
            snprintf(id, sizeof id, "%s/%s", found->id, item->string) < MB_ID_BYTES_MAX)
            status = add_element(reader, found, id, item->string, error);
    }
    return status;
}

static mb_status on_element(void *context, const mb_scan_element *found, mb_error *error)
{
    mb_results_reader *reader = context;
    bool is_membench = found->body_length > 0;
    if (!is_membench && found->is_aggregate) { /* Google Benchmark's mean, median, …: can be computed again */
        reader->aggregate_count++;
        return MB_OK;
    }
    mb_status status = add_element(reader, found, found->id, NULL, error);
    return status == MB_OK && !is_membench ? add_counters(reader, found, error) : status;
}

/* Links the repetitions of one name, which only a plain file may have. */
static mb_status link_repetitions(mb_results_reader *reader, const mb_id_index *sorted, mb_error *error)
{
    for (size_t i = 1; i < sorted->count; i++) {
        element *former = &reader->elements[sorted->entries[i - 1].value];
        element *later = &reader->elements[sorted->entries[i].value];
        if (strcmp(former->id, later->id) != 0)
            continue;
        if (former->is_membench || later->is_membench) {
            char problem[MB_ID_BYTES_MAX + 64];
            snprintf(problem, sizeof problem, "the case \"%s\" appears twice", later->id);
            return mb_input_fail(&reader->input, later->offset, problem, error);
        }
        former->next = (uint32_t)sorted->entries[i].value;
        later->is_repetition = true;
    }
    return MB_OK;
}

static mb_status build_index(mb_results_reader *reader, mb_error *error)
{
    mb_id_index sorted = {0};
    mb_status status = MB_OK;
    for (size_t i = 0; i < reader->element_count && status == MB_OK; i++)
        if (!mb_id_index_append(&sorted, reader->elements[i].id, i))
            status = fail_memory(reader, error);
    if (status == MB_OK && mb_id_index_sort(&sorted) != NULL)
        status = link_repetitions(reader, &sorted, error);
    mb_id_index_fini(&sorted);
    if (status != MB_OK)
        return status;
    reader->cases = calloc(reader->element_count + 1, sizeof *reader->cases);
    if (reader->cases == NULL)
        return fail_memory(reader, error);
    for (size_t i = 0; i < reader->element_count; i++) {
        if (reader->elements[i].is_repetition)
            continue;
        if (!mb_id_index_append(&reader->index, reader->elements[i].id, reader->case_count))
            return fail_memory(reader, error);
        reader->cases[reader->case_count++] = (uint32_t)i;
    }
    mb_id_index_sort(&reader->index);
    return MB_OK;
}

/* A reader of that name without input, or NULL. */
static mb_results_reader *new_reader(const char *name, mb_error *error)
{
    mb_results_reader *reader = calloc(1, sizeof *reader);
    if (reader != NULL) {
        reader->input.descriptor = -1;
        reader->name = mb_arena_copy(&reader->arena, name);
    }
    if (reader == NULL || reader->name == NULL) {
        mb_results_reader_close(reader);
        mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", name);
        return NULL;
    }
    return reader;
}

static mb_status fill(mb_results_reader *reader, mb_results_reader **result, mb_error *error)
{
    mb_scan_visitor visitor = {on_context, on_element, reader};
    size_t length;
    bool is_converted = reader->converted != NULL;
    mb_status status = is_converted ? MB_OK : mb_import_convert(&reader->input, &reader->converted, &length, error);
    if (status == MB_OK && !is_converted && reader->converted != NULL) {
        mb_input_close(&reader->input);
        reader->input = (mb_input){reader->name, -1, reader->converted, length};
    }
    if (status == MB_OK)
        status = mb_scan(&reader->input, &visitor, error);
    reader->run.aggregate_count = reader->aggregate_count;
    if (status == MB_OK)
        status = build_index(reader, error);
    if (status != MB_OK)
        mb_results_reader_close(reader);
    else
        *result = reader;
    return status;
}

mb_status mb_results_reader_open(const char *path, mb_results_reader **result, mb_error *error)
{
    mb_results_reader *reader = new_reader(strcmp(path, "-") == 0 ? "standard input" : path, error);
    if (reader == NULL)
        return MB_FAILED;
    mb_input input;
    struct stat about;
    size_t length;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        if (mb_import_criterion(path, &reader->converted, &length, error) != MB_OK) {
            mb_results_reader_close(reader);
            return MB_FAILED;
        }
        reader->input = (mb_input){reader->name, -1, reader->converted, length};
        return fill(reader, result, error);
    }
    mb_status status = mb_input_open(&input, path, reader->name, error);
    if (status != MB_OK) {
        bool is_none_yet = strcmp(path, MB_LAST_RUN) == 0 && access(path, F_OK) != 0 && errno == ENOENT;
        mb_results_reader_close(reader);
        return !is_none_yet ? status
                            : mb_error_set(error, MB_ERROR_SYSTEM,
                                           "no run is stored in this folder yet (" MB_LAST_RUN
                                           "): measure first, with membench");
    }
    reader->input = input;
    return fill(reader, result, error);
}

mb_status mb_results_reader_open_memory(const char *name, const void *bytes, size_t length, mb_results_reader **result,
                                        mb_error *error)
{
    mb_results_reader *reader = new_reader(name, error);
    if (reader == NULL)
        return MB_FAILED;
    reader->input = (mb_input){reader->name, -1, bytes, length};
    return fill(reader, result, error);
}

void mb_results_reader_close(mb_results_reader *reader)
{
    if (reader == NULL)
        return;
    mb_input_close(&reader->input);
    mb_json_fini(&reader->json);
    mb_id_index_fini(&reader->index);
    free(reader->elements);
    free(reader->cases);
    free(reader->buffer);
    free(reader->converted);
    mb_arena_fini(&reader->arena);
    free(reader);
}

const mb_run_info *mb_results_reader_run(const mb_results_reader *reader) { return &reader->run; }
size_t mb_results_reader_count(const mb_results_reader *reader) { return reader->case_count; }

const char *mb_results_reader_id(const mb_results_reader *reader, size_t index)
{
    MB_ASSERT(index < reader->case_count);
    return reader->elements[reader->cases[index]].id;
}

bool mb_results_reader_find(const mb_results_reader *reader, const char *id, size_t *index)
{
    return mb_id_index_find(&reader->index, id, index);
}

static mb_status fail_case(const mb_results_reader *reader, const element *element, mb_error *error)
{
    if (reader->json.is_memory_out)
        return fail_memory(reader, error);
    char problem[MB_ID_BYTES_MAX + sizeof reader->json.problem + 16];
    snprintf(problem, sizeof problem, "case %s: %s", element->id, reader->json.problem);
    return mb_input_fail(&reader->input, element->offset, problem, error);
}

mb_status mb_results_reader_read(mb_results_reader *reader, size_t index, mb_arena *arena, mb_case_result *result,
                                 mb_error *error)
{
    MB_ASSERT(index < reader->case_count);
    mb_case_result read = {0};
    const char *id = mb_results_reader_id(reader, index);
    for (uint32_t at = reader->cases[index]; at != NONE; at = reader->elements[at].next) {
        const element *element = &reader->elements[at];
        mb_status status = parse_at(reader, element->offset + element->body, element->length, error);
        if (status != MB_OK)
            return status;
        bool is_read = element->is_membench ? mb_case_from_json(&reader->json, reader->run.program_count, arena, &read)
                       : element->counter != NULL
                           ? mb_case_from_counter_json(&reader->json, element->counter, arena, &read)
                           : mb_case_from_plain_json(&reader->json, arena, &read);
        if (!is_read)
            return fail_case(reader, element, error);
    }
    read.id = mb_arena_copy(arena, id);
    if (read.id != NULL && read.group == NULL)
        read.group = mb_arena_copy_length(arena, id, strcspn(id, "/"));
    if (read.id == NULL || read.group == NULL)
        return fail_memory(reader, error);
    *result = read;
    return MB_OK;
}

static const char *source_id(void *context, size_t index) { return mb_results_reader_id(context, index); }

static mb_status source_read(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    return mb_results_reader_read(context, index, arena, result, error);
}

static bool source_find(void *context, const char *id, size_t *index)
{
    return mb_results_reader_find(context, id, index);
}

mb_case_source mb_results_reader_source(mb_results_reader *reader)
{
    return (mb_case_source){&reader->run, reader->case_count, source_id, source_read, source_find, reader};
}
