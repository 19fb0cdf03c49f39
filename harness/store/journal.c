#include "store/journal.h"
#include "base/file_ops.h"
#include "model/fingerprint.h"
#include "store/case_json.h"
#include "store/id_index.h"
#include "store/input.h"
#include "store/json_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 48 * 1024 * 1024, BLOCK_BYTES_MIN = 4096 }; /* a line: 16 MiB of events, escaped */

struct mb_journal {
    int descriptor;
    char *path;
};

static mb_status new_journal(const char *path, int descriptor, mb_journal **journal, mb_error *error)
{
    mb_journal *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->path = malloc(strlen(path) + 1);
    if (made == NULL || made->path == NULL) {
        free(made);
        close(descriptor);
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", path);
    }
    memcpy(made->path, path, strlen(path) + 1);
    made->descriptor = descriptor;
    *journal = made;
    return MB_OK;
}

void mb_journal_close(mb_journal *journal)
{
    if (journal == NULL)
        return;
    close(journal->descriptor);
    free(journal->path);
    free(journal);
}

static mb_status lock(int descriptor, const char *path, mb_error *error)
{
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return MB_OK;
    if (errno == EWOULDBLOCK)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: another membench is using this journal", path);
    return mb_error_set_errno(error, errno, "%s: cannot be locked", path);
}

/* Appends the line, which is closed and freed. What does not fit on the disk is taken back. */
static mb_status append_line(const mb_journal *journal, mb_json_line *line, mb_error *error)
{
    struct stat facts;
    mb_status status = MB_OK;
    if (!mb_json_line_close(line)) {
        free(line->text);
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", journal->path);
    }
    bool is_known = fstat(journal->descriptor, &facts) == 0;
    int errnum = mb_file_write(journal->descriptor, line->text, line->length);
    if (errnum != 0) {
        if (is_known && ftruncate(journal->descriptor, facts.st_size) != 0)
            errnum = errno;
        status = mb_error_set_errno(error, errnum, "%s: cannot be written", journal->path);
    }
    free(line->text);
    return status;
}

static mb_status append_header(const mb_journal *journal, const mb_journal_header *header, mb_error *error)
{
    mb_json_line line;
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, header->seed);
    if (mb_json_line_open(&line)) {
        mb_json_write_open(&line.json, NULL, '{');
        mb_json_write_count(&line.json, "journal", MB_JOURNAL_FORMAT);
        mb_json_write_text(&line.json, "fingerprint", header->fingerprint);
        mb_settings_write(&line.json, "parts", header->parts.parts, header->parts.part_count);
        mb_json_write_text(&line.json, "seed", seed);
        mb_json_write_text_if(&line.json, "date", header->date);
        mb_json_write_close(&line.json, '}');
    }
    return append_line(journal, &line, error);
}

mb_status mb_journal_append(mb_journal *journal, const mb_journal_sample *sample, mb_error *error)
{
    mb_json_line line;
    if (mb_json_line_open(&line)) {
        mb_json_write_open(&line.json, NULL, '{');
        mb_json_write_text(&line.json, "case", sample->case_id);
        mb_json_write_count(&line.json, "program", sample->program);
        mb_json_write_text(&line.json, "pass", mb_pass_name(sample->pass));
        mb_json_write_count(&line.json, "sample", sample->sample_index);
        mb_json_write_text(&line.json, "outcome", mb_outcome_name(sample->outcome));
        mb_json_write_text_if(&line.json, "message", sample->message);
        mb_json_write_text_length(&line.json, "events", sample->events, sample->events_length);
        mb_json_write_close(&line.json, '}');
    }
    return append_line(journal, &line, error);
}

mb_status mb_journal_create(const char *path, const mb_journal_header *header, mb_journal **journal, mb_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return mb_error_set_errno(error, errno, "%s: cannot be created", path);
    mb_journal *made = NULL;
    mb_status status = lock(descriptor, path, error);
    if (status != MB_OK)
        close(descriptor);
    else
        status = new_journal(path, descriptor, &made, error);
    if (status == MB_OK)
        status = append_header(made, header, error);
    if (status != MB_OK) {
        mb_journal_close(made);
        unlink(path);
        return status;
    }
    *journal = made;
    return MB_OK;
}

typedef struct lines { /* of a journal, one after the other */
    mb_input input;
    uint64_t offset; /* of the next line; at the end: what of the file is whole */
    char *line;
    size_t capacity;
    mb_json json;
} lines;

/* The next whole line as JSON; *is_there is false at the end and at a torn line. */
static mb_status next_line(lines *l, bool *is_there, mb_error *error)
{
    size_t length = 0;
    const char *end = NULL;
    *is_there = false;
    while (end == NULL) {
        uint64_t left = l->input.length - l->offset - length;
        size_t block = length < BLOCK_BYTES_MIN ? BLOCK_BYTES_MIN : length; /* most lines are short */
        size_t part = left < block ? (size_t)left : block;
        if (part == 0)
            return MB_OK; /* no newline behind it: torn */
        if (length > LINE_BYTES_MAX)
            return mb_input_fail(&l->input, l->offset, "a line is too long", error);
        if (l->capacity < length + part) {
            size_t capacity = (length + part) * 2;
            char *larger = realloc(l->line, capacity);
            if (larger == NULL)
                return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", l->input.name);
            l->line = larger;
            l->capacity = capacity;
        }
        mb_status status = mb_input_read(&l->input, l->offset + length, l->line + length, part, error);
        if (status != MB_OK)
            return status;
        end = memchr(l->line + length, '\n', part);
        length += part;
    }
    length = (size_t)(end - l->line);
    l->line[length] = '\0';
    if (!mb_json_parse(&l->json, l->line, length)) {
        if (l->json.is_memory_out)
            return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", l->input.name);
        return mb_input_fail(&l->input, l->offset + l->json.problem_offset, l->json.problem, error);
    }
    l->offset += length + 1;
    *is_there = true;
    return MB_OK;
}

static mb_status fail_line(const lines *l, uint64_t offset, mb_error *error)
{
    if (l->json.is_memory_out)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", l->input.name);
    return mb_input_fail(&l->input, offset, l->json.problem, error);
}

static bool read_header(lines *l, mb_arena *arena, mb_journal_header *header)
{
    mb_json *json = &l->json;
    if (!cJSON_IsObject(json->root))
        return mb_json_fail(json, "not a journal");
    return mb_json_check_version(json, json->root, "journal", MB_JOURNAL_FORMAT) &&
           mb_json_get_text(json, json->root, "fingerprint", MB_JSON_REQUIRED, arena, &header->fingerprint) &&
           mb_parts_from_json(json, json->root, arena, &header->parts) &&
           mb_json_get_uint(json, json->root, "seed", MB_JSON_REQUIRED, &header->seed) &&
           mb_json_get_text(json, json->root, "date", MB_JSON_OPTIONAL, arena, &header->date);
}

static bool read_sample(lines *l, mb_arena *arena, mb_journal_sample *sample)
{
    mb_json *json = &l->json;
    const char *pass = NULL, *outcome = NULL;
    uint64_t program = 0, index = 0;
    if (!cJSON_IsObject(json->root))
        return mb_json_fail(json, "not an object");
    if (!mb_json_get_text(json, json->root, "case", MB_JSON_REQUIRED, arena, &sample->case_id) ||
        !mb_json_get_uint(json, json->root, "program", MB_JSON_REQUIRED, &program) ||
        !mb_json_get_text(json, json->root, "pass", MB_JSON_REQUIRED, arena, &pass) ||
        !mb_json_get_uint(json, json->root, "sample", MB_JSON_REQUIRED, &index) ||
        !mb_json_get_text(json, json->root, "outcome", MB_JSON_REQUIRED, arena, &outcome) ||
        !mb_json_get_text(json, json->root, "message", MB_JSON_OPTIONAL, arena, &sample->message) ||
        !mb_json_get_text(json, json->root, "events", MB_JSON_REQUIRED, arena, &sample->events))
        return false;
    if (!mb_id_is_valid(sample->case_id))
        return mb_json_fail(json, "\"case\" is not a case id");
    if (!mb_outcome_find(outcome, &sample->outcome))
        return mb_json_fail(json, "\"outcome\" is unknown");
    sample->program = (size_t)program;
    sample->sample_index = (size_t)index;
    sample->events_length = strlen(sample->events);
    for (int p = 0; p < MB_PASS_WORKER_COUNT; p++)
        if (strcmp(pass, mb_pass_name((mb_pass)p)) == 0) {
            sample->pass = (mb_pass)p;
            return true;
        }
    return mb_json_fail(json, "\"pass\" is unknown");
}

static mb_status refuse(const lines *l, const mb_journal_header *was, const mb_journal_header *is, mb_error *error)
{
    char difference[MB_DIFFERENCE_BYTES];
    if (was->parts.part_count == 0 || !mb_fingerprint_differs(&was->parts, &is->parts, difference))
        snprintf(difference, sizeof difference, "another membench measured");
    return mb_error_set(error, MB_ERROR_USAGE, "%s: the interrupted run was a different one: %s; run without --resume",
                        l->input.name, difference);
}

/* Reads all lines; l->offset is behind the last whole one. wanted: NULL, or whose fingerprint the header must have. */
static mb_status read_lines(lines *l, const mb_journal_header *wanted, mb_arena *arena, mb_journal_header *header,
                            mb_journal_visit visit, void *context, mb_error *error)
{
    bool is_there;
    mb_journal_header read = {0};
    mb_status status = next_line(l, &is_there, error);
    if (status != MB_OK)
        return status;
    if (!is_there)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: the journal has no header", l->input.name);
    if (!read_header(l, arena, &read))
        return fail_line(l, 0, error);
    if (wanted != NULL && strcmp(read.fingerprint, wanted->fingerprint) != 0)
        return refuse(l, &read, wanted, error);
    mb_arena scratch = {0};
    for (uint64_t start = l->offset; status == MB_OK; start = l->offset) {
        mb_journal_sample sample = {0};
        status = next_line(l, &is_there, error);
        if (status != MB_OK || !is_there)
            break;
        if (!read_sample(l, &scratch, &sample))
            status = fail_line(l, start, error);
        else if (visit != NULL)
            status = visit(context, &sample, error);
        mb_arena_reset(&scratch);
    }
    mb_arena_fini(&scratch);
    if (status == MB_OK)
        *header = read;
    return status;
}

static void fini_lines(lines *l)
{
    mb_input_close(&l->input);
    mb_json_fini(&l->json);
    free(l->line);
}

mb_status mb_journal_read(const char *path, mb_arena *arena, mb_journal_header *header, mb_journal_visit visit,
                          void *context, mb_error *error)
{
    lines l = {.input = {.descriptor = -1}};
    mb_status status = mb_input_open(&l.input, path, path, error);
    if (status == MB_OK)
        status = read_lines(&l, NULL, arena, header, visit, context, error);
    fini_lines(&l);
    return status;
}

mb_status mb_journal_resume(const char *path, const mb_journal_header *wanted, mb_arena *arena,
                            mb_journal_header *header, mb_journal_visit visit, void *context, mb_journal **journal,
                            mb_error *error)
{
    lines l = {.input = {.descriptor = -1}};
    mb_journal_header read = {0};
    int descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return mb_error_set_errno(error, errno, "%s", path);
    mb_status status = lock(descriptor, path, error);
    if (status == MB_OK)
        status = mb_input_open(&l.input, path, path, error);
    if (status == MB_OK)
        status = read_lines(&l, wanted, arena, &read, visit, context, error);
    if (status == MB_OK && l.offset < l.input.length && ftruncate(descriptor, (off_t)l.offset) != 0)
        status = mb_error_set_errno(error, errno, "%s: cannot truncate its incomplete last line", path);
    fini_lines(&l);
    if (status != MB_OK) {
        close(descriptor);
        return status;
    }
    status = new_journal(path, descriptor, journal, error);
    if (status == MB_OK)
        *header = read;
    return status;
}
