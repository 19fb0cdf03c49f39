/* The call sites of a leak as a line of a soak's record, and back:
 *
 *     {"event":"where","operation_count":1000,"bytes":104000,
 *      "sites":[{"block_count":1000,"bytes":104000,"requested_bytes":104000,
 *                "frames":[{"function":"keep","module":"","file":"/src/keep.c","line":12},…]},…]}
 *
 * Frames are innermost first; bytes of the line are what the heap's counters said. A site without frames is that of
 * what has no stack, or of sites behind the largest. */
#include "sites/site_set.h"
#include "store/soak_line.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100, FRAMES_MAX = 64, ROWS_READ_MAX = 10000 };

static int compare_rows(const void *a, const void *b)
{
    const mb_site_row *const *x = a, *const *y = b;
    return ((*x)->amounts.bytes < (*y)->amounts.bytes) - ((*x)->amounts.bytes > (*y)->amounts.bytes);
}

static void write_row(mb_json_writer *json, const mb_site_row *row, const mb_site_amounts *amounts)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_number(json, "block_count", (double)amounts->block_count);
    mb_json_write_number(json, "bytes", (double)amounts->bytes);
    mb_json_write_number(json, "requested_bytes", (double)amounts->requested_bytes);
    mb_json_write_open(json, "frames", '[');
    for (size_t i = 0; row != NULL && i < row->stack.place_count && i < FRAMES_MAX; i++) {
        const mb_site_place *place = row->stack.places[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "function", place->function);
        mb_json_write_text(json, "module", place->is_program ? "" : place->module);
        mb_json_write_text_if(json, "file", place->file);
        if (place->line > 0)
            mb_json_write_count(json, "line", (uint64_t)place->line);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

/* The largest, and the rest as one. False: memory is out. */
static bool write_rows(mb_json_writer *json, const mb_site_view *view)
{
    const mb_site_row **rows = malloc((view->row_count + 1) * sizeof *rows);
    mb_site_amounts rest = {0};
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < view->row_count; i++)
        rows[i] = &view->rows[i];
    qsort(rows, view->row_count, sizeof *rows, compare_rows);
    mb_json_write_open(json, "sites", '[');
    for (size_t i = 0; i < view->row_count; i++) {
        if (i < ROWS_MAX) {
            write_row(json, rows[i], &rows[i]->amounts);
            continue;
        }
        rest.block_count += rows[i]->amounts.block_count;
        rest.bytes += rows[i]->amounts.bytes;
        rest.requested_bytes += rows[i]->amounts.requested_bytes;
    }
    if (view->row_count > ROWS_MAX)
        write_row(json, NULL, &rest);
    mb_json_write_close(json, ']');
    free(rows);
    return true;
}

mb_status mb_soak_writer_where(mb_soak_writer *writer, const mb_soak_where *where, mb_error *error)
{
    mb_json_line line;
    if (!mb_json_line_open(&line))
        return mb_soak_write_line(writer, &line, error);
    mb_json_writer *json = &line.json;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "event", "where");
    mb_json_write_number(json, "operation_count", where->operation_count);
    mb_json_write_text_if(json, "missing", where->obstacle);
    bool is_whole = true;
    if (where->view != NULL) {
        mb_json_write_number(json, "bytes", (double)where->view->counted.bytes);
        is_whole = write_rows(json, where->view);
    }
    mb_json_write_close(json, '}');
    if (is_whole)
        return mb_soak_write_line(writer, &line, error);
    if (mb_json_line_close(&line))
        free(line.text);
    return mb_error_no_memory(error);
}

/* A whole number of either sign. */
static bool read_whole(mb_json *json, const cJSON *object, const char *key, int64_t *value)
{
    double number = 0;
    if (!mb_json_get_number(json, object, key, MB_JSON_REQUIRED, &number))
        return false;
    *value = (int64_t)number;
    return number == floor(number) || mb_json_fail(json, "\"%s\" is not a whole number", key);
}

static bool read_place(mb_json *json, const cJSON *object, mb_arena *arena, mb_site_place **result)
{
    int64_t line = 0;
    mb_site_place *place = mb_arena_alloc(arena, sizeof *place);
    if (place == NULL)
        return mb_json_fail_memory(json);
    if (!mb_json_get_text(json, object, "function", MB_JSON_REQUIRED, arena, &place->function) ||
        !mb_json_get_text(json, object, "module", MB_JSON_REQUIRED, arena, &place->module) ||
        !mb_json_get_text(json, object, "file", MB_JSON_OPTIONAL, arena, &place->file) ||
        (cJSON_GetObjectItemCaseSensitive(object, "line") != NULL && !read_whole(json, object, "line", &line)))
        return false;
    if (line < 0 || line > INT_MAX)
        return mb_json_fail(json, "\"line\" is out of range");
    place->line = (int)line;
    place->is_program = place->module[0] == '\0';
    *result = place;
    return true;
}

static bool read_row(mb_json *json, const cJSON *object, mb_arena *arena, mb_site_row *row)
{
    const cJSON *frames = NULL, *frame;
    if (!read_whole(json, object, "block_count", &row->amounts.block_count) ||
        !read_whole(json, object, "bytes", &row->amounts.bytes) ||
        !read_whole(json, object, "requested_bytes", &row->amounts.requested_bytes) ||
        !mb_json_get_array(json, object, "frames", MB_JSON_REQUIRED, &frames) ||
        !mb_json_all_objects(json, frames, "frames"))
        return false;
    size_t count = (size_t)cJSON_GetArraySize(frames), at = 0;
    mb_site_place **places = mb_arena_alloc(arena, (count + 1) * sizeof(mb_site_place *));
    if (places == NULL)
        return mb_json_fail_memory(json);
    cJSON_ArrayForEach(frame, frames) if (!read_place(json, frame, arena, &places[at++])) return false;
    row->stack.places = (const mb_site_place *const *)places;
    row->stack.place_count = count;
    return true;
}

static bool read_view(mb_json *json, const cJSON *sites, mb_arena *arena, mb_soak_where *where)
{
    const cJSON *site;
    size_t count = (size_t)cJSON_GetArraySize(sites), at = 0;
    if (!mb_json_all_objects(json, sites, "sites"))
        return false;
    if (count > ROWS_READ_MAX)
        return mb_json_fail(json, "more than %d sites", ROWS_READ_MAX);
    mb_site_view *view = mb_arena_alloc(arena, sizeof *view);
    mb_site_row *rows = mb_arena_alloc(arena, (count + 1) * sizeof *rows);
    if (view == NULL || rows == NULL)
        return mb_json_fail_memory(json);
    cJSON_ArrayForEach(site, sites) if (!read_row(json, site, arena, &rows[at++])) return false;
    view->rows = rows;
    view->row_count = count;
    where->view = view;
    return read_whole(json, json->root, "bytes", &view->counted.bytes);
}

bool mb_soak_where_read(mb_json *json, mb_soak_series *series)
{
    const cJSON *sites = NULL;
    mb_soak_where *where = mb_arena_alloc(&series->arena, sizeof *where);
    if (where == NULL)
        return mb_json_fail_memory(json);
    series->where = where;
    if (!mb_json_get_number(json, json->root, "operation_count", MB_JSON_REQUIRED, &where->operation_count) ||
        !mb_json_get_text(json, json->root, "missing", MB_JSON_OPTIONAL, &series->arena, &where->obstacle) ||
        !mb_json_get_array(json, json->root, "sites", where->obstacle == NULL ? MB_JSON_REQUIRED : MB_JSON_OPTIONAL,
                           &sites))
        return false;
    if (where->obstacle != NULL)
        return true;
    if (!(where->operation_count > 0))
        return mb_json_fail(json, "\"operation_count\" is not above 0");
    return read_view(json, sites, &series->arena, where);
}
