#include "store/project_file.h"

#include "base/path.h"
#include "base/units.h"
#include "store/json_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct parsing {
    const char *name, *bytes;
    size_t length;
    mb_arena *arena;
    mb_error *error;
    mb_json json;
} parsing;

static mb_project_place place_of(const parsing *p, size_t offset)
{
    mb_project_place place = {1, 1};
    for (size_t i = 0; i < offset && i < p->length; i++) {
        if (p->bytes[i] == '\n') {
            place.line++;
            place.column = 0;
        }
        place.column++;
    }
    return place;
}

static mb_status fail_at(const parsing *p, size_t offset, const char *problem)
{
    mb_project_place place = place_of(p, offset);
    return mb_error_set(p->error, MB_ERROR_USAGE, "%s:%d:%d: %s", p->name, place.line, place.column, problem);
}

/* An array of paths, made relative to the folder of the file. */
static mb_status take_paths(const parsing *p, const cJSON *value, size_t offset, const char *const **result,
                            size_t *result_count)
{
    char problem[64];
    if (!cJSON_IsArray(value)) {
        snprintf(problem, sizeof problem, "\"%.20s\" is not an array of paths", value->string);
        return fail_at(p, offset, problem);
    }
    size_t count = (size_t)cJSON_GetArraySize(value), i = 0;
    const char **paths = mb_arena_alloc(p->arena, (count + 1) * sizeof *paths);
    int folder_length = (int)(mb_file_name(p->name) - p->name);
    if (paths == NULL)
        return mb_error_no_memory(p->error);
    for (const cJSON *item = value->child; item != NULL; item = item->next, i++) {
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0') {
            snprintf(problem, sizeof problem, "one of \"%.20s\" is not a path", value->string);
            return fail_at(p, mb_json_place(&p->json, item), problem);
        }
        const char *path = item->valuestring;
        size_t size = (size_t)folder_length + strlen(path) + 1;
        char *joined = mb_arena_alloc(p->arena, size);
        if (joined == NULL)
            return mb_error_no_memory(p->error);
        snprintf(joined, size, "%.*s%s", path[0] == '/' ? 0 : folder_length, p->name, path);
        paths[i] = joined;
    }
    *result = paths;
    *result_count = count;
    return MB_OK;
}

static mb_status take_allowed(const parsing *p, const cJSON *value, size_t offset, mb_threshold *said)
{
    if (cJSON_IsString(value) && mb_parse_threshold(value->valuestring, said))
        return MB_OK;
    return fail_at(p, offset, "a threshold must be a ratio such as \"10%\", or \"10%+4KiB\"");
}

/* An object whose members are all of one kind, with so many of them at most. */
static mb_status check_rows(const parsing *p, const cJSON *value, size_t offset, const char *problem, int most)
{
    if (!cJSON_IsObject(value))
        return fail_at(p, offset, problem);
    if (cJSON_GetArraySize(value) > most)
        return fail_at(p, offset, "too many entries");
    return MB_OK;
}

/* A key that appears twice would be two rules of which one is lost. */
static mb_status check_once(const parsing *p, const cJSON *object, const cJSON *item, size_t key)
{
    if (cJSON_GetObjectItemCaseSensitive(object, item->string) == item)
        return MB_OK;
    char problem[96];
    snprintf(problem, sizeof problem, "\"%.64s\" appears twice", item->string);
    return fail_at(p, key, problem);
}

static mb_status take_threshold(const parsing *p, const cJSON *value, size_t offset, mb_project_threshold *all)
{
    all->place = place_of(p, offset);
    return take_allowed(p, value, offset, &all->said);
}

static mb_status take_thresholds(const parsing *p, const cJSON *value, size_t offset, mb_project_threshold *rows,
                                 size_t *count)
{
    mb_status status =
        check_rows(p, value, offset, "\"thresholds\" must be an object of metrics and ratios", MB_PROJECT_ROWS_MAX);
    if (status != MB_OK)
        return status;
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        mb_project_threshold *row = &rows[(*count)++];
        size_t key = mb_json_key_place(&p->json, item);
        row->place = place_of(p, key);
        row->metric = mb_arena_copy(p->arena, item->string);
        if (row->metric == NULL)
            return mb_error_no_memory(p->error);
        status = check_once(p, value, item, key);
        if (status == MB_OK)
            status = take_allowed(p, item, mb_json_place(&p->json, item), &row->said);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

/* "+25% of v1.0": so much more than that baseline. */
static bool take_relative(const parsing *p, const char *text, mb_project_budget *row)
{
    static const char of[] = " of ";
    char allowed[64];
    const char *name = strstr(text, of);
    if (text[0] != '+' || name == NULL || (size_t)(name - text) > sizeof allowed)
        return false;
    snprintf(allowed, sizeof allowed, "%.*s", (int)(name - text - 1), text + 1);
    name += strlen(of);
    row->pin = mb_arena_copy(p->arena, name);
    return name[0] != '\0' && row->pin != NULL && mb_parse_threshold(allowed, &row->allowed);
}

/* "2MiB", a whole number of bytes or of what is counted, or more than a baseline. */
static mb_status take_budget(const parsing *p, const cJSON *value, size_t offset, mb_project_budget *row)
{
    uint64_t bytes;
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1;
    if (cJSON_IsString(value) && mb_parse_bytes(value->valuestring, &bytes) && (double)bytes <= MB_NUMBER_EXACT_MAX) {
        row->value = (double)bytes;
        row->is_size = true;
        return MB_OK;
    }
    if (number >= 0 && number <= MB_NUMBER_EXACT_MAX && number == floor(number)) {
        row->value = number;
        return MB_OK;
    }
    if (cJSON_IsString(value) && take_relative(p, value->valuestring, row))
        return MB_OK;
    return fail_at(p, offset, "a budget must be a size such as \"2MiB\", a whole number or \"+25% of BASELINE\"");
}

static mb_status take_budgets(const parsing *p, const cJSON *value, size_t offset, mb_project_rules *rules)
{
    size_t i = 0;
    mb_status status =
        check_rows(p, value, offset, "\"budgets\" must be an object of metrics and sizes", MB_PROJECT_ROWS_MAX);
    if (status != MB_OK)
        return status;
    mb_project_budget *rows = mb_arena_alloc(p->arena, (size_t)(cJSON_GetArraySize(value) + 1) * sizeof *rows);
    if (rows == NULL)
        return mb_error_no_memory(p->error);
    for (const cJSON *item = value->child; item != NULL; item = item->next, i++) {
        size_t key = mb_json_key_place(&p->json, item);
        rows[i] = (mb_project_budget){.place = place_of(p, key)};
        rows[i].metric = mb_arena_copy(p->arena, item->string);
        if (rows[i].metric == NULL)
            return mb_error_no_memory(p->error);
        status = check_once(p, value, item, key);
        if (status == MB_OK)
            status = take_budget(p, item, mb_json_place(&p->json, item), &rows[i]);
        if (status != MB_OK)
            return status;
    }
    rules->budgets = rows;
    rules->budget_count = i;
    return MB_OK;
}

typedef struct rules_reading { /* of one object that holds rules: the whole file, or a case's */
    const cJSON *object;
    mb_project_rules *rules;
    mb_project_threshold *rows;
    size_t row_count;
} rules_reading;

static mb_status begin_rules(const parsing *p, const cJSON *object, mb_project_rules *rules, rules_reading *reading)
{
    const cJSON *specific = cJSON_GetObjectItemCaseSensitive(object, "thresholds");
    size_t capacity = (size_t)(cJSON_GetArraySize(specific) + 1);
    *reading = (rules_reading){.object = object, .rules = rules};
    reading->rows = mb_arena_alloc(p->arena, capacity * sizeof *reading->rows);
    if (reading->rows == NULL)
        return mb_error_no_memory(p->error);
    reading->row_count =
        cJSON_GetObjectItemCaseSensitive(object, "threshold") != NULL; /* the first row is kept for it */
    return MB_OK;
}

/* One member, if it is one of rules; *is_known says. */
static mb_status take_rule(const parsing *p, rules_reading *reading, const cJSON *item, bool *is_known)
{
    size_t value = mb_json_place(&p->json, item);
    *is_known = true;
    if (strcmp(item->string, "threshold") == 0)
        return take_threshold(p, item, value, &reading->rows[0]);
    if (strcmp(item->string, "thresholds") == 0)
        return take_thresholds(p, item, value, reading->rows, &reading->row_count);
    if (strcmp(item->string, "budgets") == 0)
        return take_budgets(p, item, value, reading->rules);
    *is_known = false;
    return MB_OK;
}

static void end_rules(rules_reading *reading)
{
    reading->rules->thresholds = reading->rows;
    reading->rules->threshold_count = reading->row_count;
}

static mb_status take_case(const parsing *p, const cJSON *object, size_t offset, mb_project_rules *rules)
{
    rules_reading reading;
    if (!cJSON_IsObject(object))
        return fail_at(p, offset, "a case's settings must be an object");
    mb_status status = begin_rules(p, object, rules, &reading);
    for (const cJSON *item = object->child; item != NULL && status == MB_OK; item = item->next) {
        size_t key = mb_json_key_place(&p->json, item);
        bool is_known = false;
        status = check_once(p, object, item, key);
        if (status == MB_OK)
            status = take_rule(p, &reading, item, &is_known);
        if (status != MB_OK || is_known)
            continue;
        if (strcmp(item->string, "advisory") != 0)
            status = fail_at(p, key, "unknown key: a case can have threshold, thresholds, budgets and advisory");
        else if (!cJSON_IsBool(item))
            status = fail_at(p, mb_json_place(&p->json, item), "\"advisory\" is not true or false");
        else
            rules->advisory = cJSON_IsTrue(item) ? MB_ADVISORY_YES : MB_ADVISORY_NO;
    }
    if (status == MB_OK)
        end_rules(&reading);
    return status;
}

static mb_status take_cases(const parsing *p, const cJSON *value, size_t offset, mb_project *project)
{
    size_t i = 0;
    mb_status status = check_rows(p, value, offset, "\"cases\" must be an object of case ids", MB_PROJECT_CASES_MAX);
    if (status != MB_OK)
        return status;
    mb_project_case *cases = mb_arena_alloc(p->arena, (size_t)(cJSON_GetArraySize(value) + 1) * sizeof *cases);
    if (cases == NULL)
        return mb_error_no_memory(p->error);
    for (const cJSON *item = value->child; item != NULL; item = item->next, i++) {
        size_t key = mb_json_key_place(&p->json, item);
        cases[i] = (mb_project_case){.pattern = mb_arena_copy(p->arena, item->string), .place = place_of(p, key)};
        if (cases[i].pattern == NULL)
            return mb_error_no_memory(p->error);
        status = item->string[0] == '\0' ? fail_at(p, key, "a case has no name") : check_once(p, value, item, key);
        if (status == MB_OK)
            status = take_case(p, item, mb_json_place(&p->json, item), &cases[i].rules);
        if (status != MB_OK)
            return status;
    }
    project->cases = cases;
    project->case_count = i;
    return MB_OK;
}

static mb_status take_members(const parsing *p, const cJSON *root, mb_project *project)
{
    size_t object = mb_json_place(&p->json, root);
    rules_reading reading;
    if (!cJSON_IsObject(root))
        return fail_at(p, object, "the file is not a JSON object");
    mb_status status = begin_rules(p, root, &project->rules, &reading);
    for (const cJSON *item = root->child; item != NULL && status == MB_OK; item = item->next) {
        size_t key = mb_json_key_place(&p->json, item), value = mb_json_place(&p->json, item);
        bool is_known = false;
        status = check_once(p, root, item, key);
        if (status == MB_OK)
            status = take_rule(p, &reading, item, &is_known);
        if (status != MB_OK || is_known)
            continue;
        if (strcmp(item->string, "programs") == 0)
            status = take_paths(p, item, value, &project->programs, &project->program_count);
        else if (strcmp(item->string, "prefix_ids") == 0 && !cJSON_IsBool(item))
            status = fail_at(p, value, "\"prefix_ids\" is not true or false");
        else if (strcmp(item->string, "prefix_ids") == 0)
            project->prefixes_ids = cJSON_IsTrue(item);
        else if (strcmp(item->string, "modules") == 0)
            status = take_paths(p, item, value, &project->modules, &project->module_count);
        else if (strcmp(item->string, "cases") == 0)
            status = take_cases(p, item, value, project);
        else if (strcmp(item->string, "$schema") != 0)
            status = fail_at(
                p, key,
                "unknown key: membench.json can have programs, prefix_ids, modules, threshold, thresholds, budgets and "
                "cases");
    }
    if (status == MB_OK)
        end_rules(&reading);
    return status;
}

mb_status mb_project_parse(const char *name, const char *bytes, size_t length, mb_arena *arena, mb_project *project,
                           mb_error *error)
{
    parsing p = {name, bytes, length, arena, error, {.keeps_places = true}};
    mb_project read = {0};
    mb_status status;
    if (mb_json_parse(&p.json, bytes, length))
        status = take_members(&p, p.json.root, &read);
    else if (p.json.is_memory_out)
        status = mb_error_no_memory(p.error);
    else
        status = fail_at(&p, p.json.problem_offset, p.json.problem);
    mb_json_fini(&p.json);
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
        return mb_error_no_memory(error);
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
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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
