#include "store/results_writer.h"

#include "base/file_ops.h"
#include "base/path.h"
#include "store/case_json.h"
#include "store/id_index.h"
#include "store/results_reader.h"
#include "store/stored_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024, TEMPORARY_SPARE = 32 };

struct mb_results_writer {
    char *name;      /* for messages */
    char *path;      /* what finish replaces; NULL: written to directly */
    char *temporary; /* in the same folder */
    int descriptor;
    bool is_owner;   /* of the descriptor */
    bool is_open;    /* the temporary file exists */
    bool is_passing; /* the next run replaces it: not synced */
    size_t case_count, program_count;
    char family[2 * MB_ID_BYTES_MAX]; /* group and function of the case before */
    size_t family_index, instance_index;
    size_t buffered;
    char buffer[BUFFER_BYTES];
};

static mb_status fail_errno(const mb_results_writer *writer, int errnum, mb_error *error)
{
    return mb_error_set_errno(error, errnum, "%s: cannot be written", writer->name);
}

static mb_status flush(mb_results_writer *writer, mb_error *error)
{
    int errnum = mb_file_write(writer->descriptor, writer->buffer, writer->buffered);
    if (errnum != 0)
        return fail_errno(writer, errnum, error);
    writer->buffered = 0;
    return MB_OK;
}

static mb_status put(mb_results_writer *writer, const char *text, size_t length, mb_error *error)
{
    while (length > 0) {
        if (writer->buffered == BUFFER_BYTES && flush(writer, error) != MB_OK)
            return MB_FAILED;
        size_t free_bytes = BUFFER_BYTES - writer->buffered, part = length < free_bytes ? length : free_bytes;
        memcpy(writer->buffer + writer->buffered, text, part);
        writer->buffered += part;
        text += part;
        length -= part;
    }
    return MB_OK;
}

/* Writes prefix and item on one line, so that a diff of two baselines shows the cases that changed. Closes item.
 * problem: what was wrong with it, or NULL. */
static mb_status put_item(mb_results_writer *writer, const char *prefix, mb_json_line *item, const char *problem,
                          const char *what, mb_error *error)
{
    mb_status status = MB_OK;
    if (!mb_json_line_close(item))
        status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", writer->name);
    else if (problem != NULL)
        status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: %s: %s", writer->name, what, problem);
    else if (item->length - 1 > MB_RESULTS_ELEMENT_BYTES_MAX)
        status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: %s: larger than the limit of 4 MiB", writer->name, what);
    if (status == MB_OK)
        status = put(writer, prefix, strlen(prefix), error);
    if (status == MB_OK)
        status = put(writer, item->text, item->length - 1, error); /* its newline comes with the next prefix */
    free(item->text);
    return status;
}

static mb_results_writer *new_writer(const char *name, mb_error *error)
{
    mb_results_writer *writer = calloc(1, sizeof *writer);
    if (writer != NULL) {
        writer->descriptor = -1;
        writer->name = malloc(strlen(name) + 1);
        if (writer->name != NULL)
            memcpy(writer->name, name, strlen(name) + 1);
    }
    if (writer == NULL || writer->name == NULL) {
        mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", name);
        mb_results_writer_abandon(writer);
        return NULL;
    }
    return writer;
}

/* Writes the context and hands the writer over, or frees it. */
static mb_status begin(mb_results_writer *writer, const mb_run_info *run, mb_results_writer **result, mb_error *error)
{
    char problem[MB_JSON_PROBLEM_BYTES_MAX];
    mb_json_line line;
    bool is_fine = !mb_json_line_open(&line) || mb_run_write(&line.json, run, problem);
    mb_status status = put_item(writer, "{\n  \"context\": ", &line, is_fine ? NULL : problem, "the context", error);
    const char between[] = ",\n  \"benchmarks\": [";
    if (status == MB_OK)
        status = put(writer, between, sizeof between - 1, error);
    if (status != MB_OK) {
        mb_results_writer_abandon(writer);
        return status;
    }
    writer->program_count = run->program_count;
    *result = writer;
    return MB_OK;
}

mb_status mb_results_writer_begin_descriptor(int descriptor, const char *name, const mb_run_info *run,
                                             mb_results_writer **result, mb_error *error)
{
    mb_results_writer *writer = new_writer(name, error);
    if (writer == NULL)
        return MB_FAILED;
    writer->descriptor = descriptor;
    return begin(writer, run, result, error);
}

/* Opens the temporary file next to the real path behind path: a link keeps pointing to the file. */
static mb_status open_temporary(mb_results_writer *writer, const char *path, mb_error *error)
{
    writer->path = realpath(path, NULL);
    if (writer->path == NULL && errno == ENOENT) {
        writer->path = malloc(strlen(path) + 1);
        if (writer->path != NULL)
            memcpy(writer->path, path, strlen(path) + 1);
    }
    if (writer->path == NULL)
        return fail_errno(writer, errno, error);
    size_t free_bytes = strlen(writer->path) + TEMPORARY_SPARE;
    writer->temporary = malloc(free_bytes);
    if (writer->temporary == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", writer->name);
    int folder_length = (int)(mb_file_name(writer->path) - writer->path);
    /* The process's number tells two writers apart; what an earlier process of that number left is overwritten. */
    snprintf(writer->temporary, free_bytes, "%.*s.%s.%ld.tmp", folder_length, writer->path,
             writer->path + folder_length, (long)getpid());
    unlink(writer->temporary);
    writer->descriptor = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (writer->descriptor < 0)
        return fail_errno(writer, errno, error);
    writer->is_owner = writer->is_open = true;
    return MB_OK;
}

mb_status mb_results_writer_begin(const char *path, const mb_run_info *run, mb_results_writer **result, mb_error *error)
{
    if (strcmp(path, "-") == 0)
        return mb_results_writer_begin_descriptor(STDOUT_FILENO, "standard output", run, result, error);
    mb_results_writer *writer = new_writer(path, error);
    if (writer == NULL)
        return MB_FAILED;
    struct stat facts;
    mb_status status = MB_OK;
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        writer->descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        writer->is_owner = true;
        if (writer->descriptor < 0)
            status = fail_errno(writer, errno, error);
    } else
        status = open_temporary(writer, path, error);
    if (status != MB_OK) {
        mb_results_writer_abandon(writer);
        return status;
    }
    return begin(writer, run, result, error);
}

/* Google Benchmark numbers families of cases and the members of each: here group and function make a family. */
static void count_family(mb_results_writer *writer, const mb_case_result *result)
{
    char family[sizeof writer->family];
    snprintf(family, sizeof family, "%s/%s", result->group != NULL ? result->group : "",
             result->function != NULL ? result->function : "");
    bool is_same = writer->case_count > 0 && strcmp(family, writer->family) == 0;
    writer->instance_index = is_same ? writer->instance_index + 1 : 0;
    if (writer->case_count > 0 && !is_same)
        writer->family_index++;
    memcpy(writer->family, family, sizeof family);
}

mb_status mb_results_writer_add(mb_results_writer *writer, const mb_case_result *result, mb_error *error)
{
    MB_ASSERT(result->id != NULL && mb_id_is_valid(result->id));
    MB_ASSERT(result->program < writer->program_count || result->program == 0);
    char problem[MB_JSON_PROBLEM_BYTES_MAX];
    count_family(writer, result);
    mb_json_line line;
    bool is_fine = !mb_json_line_open(&line) ||
                   mb_case_write(&line.json, result, writer->family_index, writer->instance_index, problem);
    char what[MB_ID_BYTES_MAX + sizeof "case "];
    snprintf(what, sizeof what, "case %s", result->id);
    const char *prefix = writer->case_count++ == 0 ? "\n    " : ",\n    ";
    return put_item(writer, prefix, &line, is_fine ? NULL : problem, what, error);
}

static mb_status sync_folder(const mb_results_writer *writer, mb_error *error)
{
    char *slash = strrchr(writer->path, '/');
    const char *folder = slash == NULL ? "." : slash == writer->path ? "/" : writer->path;
    if (slash != NULL && slash != writer->path)
        *slash = '\0';
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int errnum = descriptor < 0 ? errno : mb_file_sync(descriptor);
    if (descriptor >= 0)
        close(descriptor);
    if (errnum == 0 || errnum == EINVAL || errnum == EACCES) /* not every file system syncs folders */
        return MB_OK;
    return mb_error_set_errno(error, errnum, "%s: written, but its folder cannot be synced", writer->name);
}

static mb_status replace(mb_results_writer *writer, mb_error *error)
{
    struct stat facts;
    if (stat(writer->path, &facts) == 0)
        (void)fchmod(writer->descriptor, facts.st_mode & 0777); /* as the file it replaces; best effort */
    int errnum = writer->is_passing ? 0 : mb_file_sync(writer->descriptor);
    if (close(writer->descriptor) != 0 && errnum == 0)
        errnum = errno;
    writer->descriptor = -1;
    if (errnum == 0)
        errnum = mb_file_rename(writer->temporary, writer->path);
    if (errnum != 0)
        return fail_errno(writer, errnum, error);
    writer->is_open = false;
    return writer->is_passing ? MB_OK : sync_folder(writer, error);
}

mb_status mb_results_writer_finish(mb_results_writer *writer, mb_error *error)
{
    const char *end = writer->case_count == 0 ? "]\n}\n" : "\n  ]\n}\n";
    mb_status status = put(writer, end, strlen(end), error);
    if (status == MB_OK)
        status = flush(writer, error);
    if (status == MB_OK && writer->path != NULL)
        status = replace(writer, error);
    mb_results_writer_abandon(writer);
    return status;
}

void mb_results_writer_abandon(mb_results_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->is_owner && writer->descriptor >= 0)
        close(writer->descriptor);
    if (writer->is_open)
        unlink(writer->temporary);
    free(writer->temporary);
    free(writer->path);
    free(writer->name);
    free(writer);
}

static mb_status write_source(const char *path, bool is_passing, const mb_case_source *source, mb_error *error)
{
    mb_results_writer *writer;
    mb_arena arena = {0};
    mb_status status = mb_results_writer_begin(path, source->run, &writer, error);
    if (status != MB_OK)
        return status;
    writer->is_passing = is_passing;
    for (size_t i = 0; i < source->case_count && status == MB_OK; i++) {
        mb_case_result result;
        mb_arena_reset(&arena);
        status = source->read(source->context, i, &arena, &result, error);
        if (status == MB_OK)
            status = mb_results_writer_add(writer, &result, error);
    }
    mb_arena_fini(&arena);
    if (status == MB_OK)
        return mb_results_writer_finish(writer, error);
    mb_results_writer_abandon(writer);
    return status;
}

mb_status mb_results_write(const char *path, const mb_case_source *source, mb_error *error)
{
    return write_source(path, false, source, error);
}

mb_status mb_results_write_last(const mb_case_source *source, mb_error *error)
{
    return write_source(MB_LAST_RUN, true, source, error);
}
