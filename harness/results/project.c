#include "results/project.h"

#include "results/json.h"
#include "support/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct parsing {
    const char *name, *bytes;
    size_t length;
    mb_arena *arena;
    mb_error *error;
} parsing;

static void find_position(const parsing *p, size_t offset, int *line, int *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < p->length; i++) {
        if (p->bytes[i] == '\n') {
            ++*line;
            *column = 0;
        }
        ++*column;
    }
}

static mb_status fail_at(const parsing *p, size_t offset, const char *problem)
{
    int line, column;
    find_position(p, offset, &line, &column);
    return mb_error_set(p->error, MB_ERROR_USAGE, "%s:%d:%d: %s", p->name, line, column, problem);
}

static mb_status out_of_memory(const parsing *p) { return mb_error_set(p->error, MB_ERROR_SYSTEM, "out of memory"); }

/* Offset behind the string that begins at offset. The text is known to be JSON. */
static size_t skip_string(const parsing *p, size_t offset)
{
    for (offset++; p->bytes[offset] != '"'; offset++)
        if (p->bytes[offset] == '\\')
            offset++;
    return offset + 1;
}

/* Offset of the index-th child (a member's key, an element) of the object or array that begins at offset. cJSON keeps
 * no positions, so the way to what was wrong is walked again in the text. */
static size_t find_child(const parsing *p, size_t offset, size_t index)
{
    int depth = 0;
    bool is_next = true; /* a child begins at the next token of depth 1 */
    for (; offset < p->length; offset++) {
        char c = p->bytes[offset];
        if (strchr(" \t\r\n", c) != NULL)
            continue;
        if (depth == 1 && is_next) {
            if (index-- == 0)
                return offset;
            is_next = false;
        }
        if (c == '"')
            offset = skip_string(p, offset) - 1;
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        else if (c == ',' && depth == 1)
            is_next = true;
    }
    return 0;
}

/* Offset of the value behind the key at offset. */
static size_t find_value(const parsing *p, size_t offset)
{
    offset = skip_string(p, offset);
    return offset + strspn(p->bytes + offset, " \t\r\n:");
}

static mb_status take_programs(const parsing *p, const cJSON *value, size_t offset, mb_project *project)
{
    if (!cJSON_IsArray(value))
        return fail_at(p, offset, "\"programs\" is not an array of paths");
    size_t count = (size_t)cJSON_GetArraySize(value), i = 0;
    const char **programs = mb_arena_alloc(p->arena, (count + 1) * sizeof *programs);
    const char *slash = strrchr(p->name, '/');
    int folder_length = slash != NULL ? (int)(slash - p->name) + 1 : 0;
    if (programs == NULL)
        return out_of_memory(p);
    for (const cJSON *item = value->child; item != NULL; item = item->next, i++) {
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
            return fail_at(p, find_child(p, offset, i), "a program is not given as a path");
        const char *path = item->valuestring;
        size_t size = (size_t)folder_length + strlen(path) + 1;
        char *joined = mb_arena_alloc(p->arena, size);
        if (joined == NULL)
            return out_of_memory(p);
        snprintf(joined, size, "%.*s%s", path[0] == '/' ? 0 : folder_length, p->name, path);
        programs[i] = joined;
    }
    project->programs = programs;
    project->program_count = count;
    return MB_OK;
}

static mb_status take_ratio(const parsing *p, const cJSON *value, size_t offset, double *ratio)
{
    if (cJSON_IsString(value) && mb_parse_ratio(value->valuestring, ratio))
        return MB_OK;
    return fail_at(p, offset, "a threshold is not a ratio such as \"10%\"");
}

static mb_status take_threshold(const parsing *p, const cJSON *value, size_t offset, mb_project_threshold *all)
{
    find_position(p, offset, &all->line, &all->column);
    return take_ratio(p, value, offset, &all->ratio);
}

static mb_status take_thresholds(const parsing *p, const cJSON *value, size_t offset, mb_project_threshold *rows,
                                 size_t *count)
{
    if (!cJSON_IsObject(value))
        return fail_at(p, offset, "\"thresholds\" is not an object of metrics and ratios");
    size_t i = 0;
    for (const cJSON *item = value->child; item != NULL; item = item->next, i++) {
        mb_project_threshold *row = &rows[(*count)++];
        size_t key = find_child(p, offset, i);
        find_position(p, key, &row->line, &row->column);
        row->metric = mb_arena_copy(p->arena, item->string);
        if (row->metric == NULL)
            return out_of_memory(p);
        mb_status status = take_ratio(p, item, find_value(p, key), &row->ratio);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

static mb_status take_members(const parsing *p, const cJSON *root, mb_project *project)
{
    size_t object = strspn(p->bytes, " \t\r\n");
    if (!cJSON_IsObject(root))
        return fail_at(p, object, "the file does not hold an object");
    const cJSON *specific = cJSON_GetObjectItemCaseSensitive(root, "thresholds");
    size_t row_count = 0, i = 0;
    mb_project_threshold *rows = mb_arena_alloc(p->arena, (size_t)(cJSON_GetArraySize(specific) + 1) * sizeof *rows);
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(root, "threshold");
    if (rows == NULL)
        return out_of_memory(p);
    if (all != NULL)
        row_count = 1; /* the first row is kept for it */
    for (const cJSON *item = root->child; item != NULL; item = item->next, i++) {
        size_t key = find_child(p, object, i), value = find_value(p, key);
        mb_status status = MB_OK;
        if (strcmp(item->string, "programs") == 0)
            status = take_programs(p, item, value, project);
        else if (strcmp(item->string, "threshold") == 0)
            status =
                item == all ? take_threshold(p, item, value, &rows[0]) : fail_at(p, key, "\"threshold\" stands twice");
        else if (strcmp(item->string, "thresholds") == 0)
            status = item == specific ? take_thresholds(p, item, value, rows, &row_count)
                                      : fail_at(p, key, "\"thresholds\" stands twice");
        else if (strcmp(item->string, "$schema") != 0)
            status = fail_at(p, key, "unknown key: programs, threshold and thresholds are known");
        if (status != MB_OK)
            return status;
    }
    project->thresholds = rows;
    project->threshold_count = row_count;
    return MB_OK;
}

mb_status mb_project_parse(const char *name, const char *bytes, size_t length, mb_arena *arena, mb_project *project,
                           mb_error *error)
{
    parsing p = {name, bytes, length, arena, error};
    mb_json json = {0};
    mb_project read = {0};
    mb_status status;
    if (mb_json_parse(&json, bytes, length))
        status = take_members(&p, json.root, &read);
    else if (json.is_memory_out)
        status = out_of_memory(&p);
    else
        status = fail_at(&p, json.problem_offset, json.problem);
    mb_json_fini(&json);
    if (status == MB_OK)
        *project = read;
    return status;
}

/* The whole file, terminated, in the arena. */
static mb_status read_file(int descriptor, const char *path, mb_arena *arena, const char **bytes, size_t *length,
                           mb_error *error)
{
    char *text = mb_arena_alloc(arena, MB_PROJECT_BYTES_MAX + 1);
    size_t filled = 0;
    if (text == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory");
    for (;;) {
        ssize_t count = read(descriptor, text + filled, MB_PROJECT_BYTES_MAX + 1 - filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return mb_error_set_errno(error, errno, "cannot read %s", path);
        if (count == 0)
            break;
        filled += (size_t)count;
        if (filled > MB_PROJECT_BYTES_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "%s: larger than %d bytes", path, MB_PROJECT_BYTES_MAX);
    }
    text[filled] = '\0';
    *bytes = text;
    *length = filled;
    return MB_OK;
}

mb_status mb_project_read(const char *path, mb_arena *arena, bool *exists, mb_project *project, mb_error *error)
{
    const char *bytes = NULL;
    size_t length = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) {
        *exists = false;
        return MB_OK;
    }
    if (descriptor < 0)
        return mb_error_set_errno(error, errno, "cannot read %s", path);
    mb_status status = read_file(descriptor, path, arena, &bytes, &length, error);
    close(descriptor);
    if (status == MB_OK)
        status = mb_project_parse(path, bytes, length, arena, project, error);
    if (status == MB_OK)
        *exists = true;
    return status;
}
