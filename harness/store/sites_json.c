#include "store/sites_json.h"

#include "base/grown.h"
#include "base/path.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 32, PLACE_NUMBERS = 5, NODE_NUMBERS = 2, ROW_NUMBERS = 4, FRAMES_IN_ALL_MAX = 1 << 20 };

static const char *moment_key(int window, int moment, char key[KEY_BYTES])
{
    snprintf(key, KEY_BYTES, "%s_%s", mb_window_name((mb_window)window), mb_site_moment_name((mb_site_moment)moment));
    return key;
}

/* What has been written so far. */
typedef struct writer {
    const char **texts;
    double *places, *nodes; /* as they are written */
    size_t text_count, place_count, node_count, text_capacity, place_capacity, node_capacity;
    char folder[PATH_MAX]; /* paths of sources are relative to it */
    bool is_memory_out;
} writer;

/* Room for one more; false when memory is out. */
static bool reserve(writer *w, void **items, size_t item_bytes, size_t count, size_t *capacity)
{
    void *moved = mb_grown(*items, count, capacity, item_bytes);
    w->is_memory_out |= moved == NULL;
    if (moved == NULL)
        return false;
    *items = moved;
    return true;
}

static double text_index(writer *w, const char *text)
{
    for (size_t i = 0; i < w->text_count; i++)
        if (strcmp(w->texts[i], text) == 0)
            return (double)i;
    if (!reserve(w, (void **)&w->texts, sizeof *w->texts, w->text_count, &w->text_capacity))
        return 0;
    w->texts[w->text_count] = text;
    return (double)w->text_count++;
}

/* A path below the current folder is the project's, and told from there; of others the file's name says enough. */
static const char *portable_path(const writer *w, const char *path)
{
    size_t length = strlen(w->folder);
    return length > 0 && strncmp(path, w->folder, length) == 0 && path[length] == '/' ? path + length + 1
                                                                                      : mb_file_name(path);
}

/* Index of an array of `width` numbers among those there are; a new one is added. */
static size_t find_numbers(writer *w, double **all, size_t *count, size_t *capacity, const double *wanted, size_t width)
{
    for (size_t i = *count; i > 0; i--)
        if (memcmp(*all + (i - 1) * width, wanted, width * sizeof *wanted) == 0)
            return i - 1;
    if (!reserve(w, (void **)all, width * sizeof **all, *count, capacity))
        return 0;
    memcpy(*all + *count * width, wanted, width * sizeof *wanted);
    return (*count)++;
}

/* The node of a stack, plus one; 0: it has no frames. */
static size_t node_of(writer *w, const mb_site_stack *stack)
{
    size_t node = 0;
    for (size_t i = stack->place_count; i > 0; i--) {
        const mb_site_place *place = stack->places[i - 1];
        double numbers[PLACE_NUMBERS] = {text_index(w, place->function), text_index(w, place->module),
                                         place->file != NULL ? 1 + text_index(w, portable_path(w, place->file)) : 0,
                                         place->line, place->is_program};
        double pair[NODE_NUMBERS] = {(double)node, (double)find_numbers(w, &w->places, &w->place_count,
                                                                        &w->place_capacity, numbers, PLACE_NUMBERS)};
        node = 1 + find_numbers(w, &w->nodes, &w->node_count, &w->node_capacity, pair, NODE_NUMBERS);
    }
    return node;
}

static int64_t size_of(const mb_site_amounts *amounts)
{
    int64_t bytes = amounts->bytes < 0 ? -amounts->bytes : amounts->bytes;
    return bytes > amounts->requested_bytes ? bytes : amounts->requested_bytes;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = size_of(&((const mb_site_row *)a)->amounts), right = size_of(&((const mb_site_row *)b)->amounts);
    return left > right ? -1 : left < right;
}

static void put_amounts(mb_json_writer *json, const mb_site_amounts *amounts)
{
    mb_json_write_number(json, NULL, (double)amounts->block_count);
    mb_json_write_number(json, NULL, (double)amounts->bytes);
    mb_json_write_number(json, NULL, (double)amounts->requested_bytes);
}

static void put_view(writer *w, mb_json_writer *json, const mb_site_view *view)
{
    mb_site_row *rows = malloc((view->row_count + 1) * sizeof *rows);
    mb_site_amounts rest = {0};
    w->is_memory_out |= rows == NULL;
    if (rows == NULL)
        return;
    if (view->row_count > 0)
        memcpy(rows, view->rows, view->row_count * sizeof *rows);
    qsort(rows, view->row_count, sizeof *rows, by_size);
    put_amounts(json, &view->counted);
    for (size_t i = 0; i < view->row_count; i++) {
        if (i >= MB_SITES_ROWS_MAX || rows[i].stack.place_count == 0) {
            rest.block_count += rows[i].amounts.block_count;
            rest.bytes += rows[i].amounts.bytes;
            rest.requested_bytes += rows[i].amounts.requested_bytes;
            continue;
        }
        mb_json_write_number(json, NULL, (double)node_of(w, &rows[i].stack));
        put_amounts(json, &rows[i].amounts);
    }
    if (rest.block_count != 0 || rest.bytes != 0 || rest.requested_bytes != 0) {
        mb_json_write_number(json, NULL, 0);
        put_amounts(json, &rest);
    }
    free(rows);
}

static bool is_same_row(const mb_site_row *a, const mb_site_row *b)
{
    if (memcmp(&a->amounts, &b->amounts, sizeof a->amounts) != 0 || a->stack.place_count != b->stack.place_count)
        return false;
    for (size_t i = 0; i < a->stack.place_count; i++) {
        const mb_site_place *one = a->stack.places[i], *other = b->stack.places[i];
        if (one != other && (strcmp(one->function, other->function) != 0 || one->line != other->line))
            return false;
    }
    return true;
}

/* The same rows in the same order, which is that of their first call. */
static bool is_same_view(const mb_site_view *a, const mb_site_view *b)
{
    if (a->row_count != b->row_count || memcmp(&a->counted, &b->counted, sizeof a->counted) != 0)
        return false;
    for (size_t i = 0; i < a->row_count; i++)
        if (!is_same_row(&a->rows[i], &b->rows[i]))
            return false;
    return true;
}

/* An earlier moment with the same sites: its index, counted through both windows; -1: there is none. */
static int find_same(const mb_site_set *set, int index)
{
    for (int i = 0; i < index; i++)
        if (set->has_window[i / MB_SITE_MOMENT_COUNT] &&
            is_same_view(&set->views[i / MB_SITE_MOMENT_COUNT][i % MB_SITE_MOMENT_COUNT],
                         &set->views[index / MB_SITE_MOMENT_COUNT][index % MB_SITE_MOMENT_COUNT]))
            return i;
    return -1;
}

static void put_numbers(mb_json_writer *json, const char *key, const double *numbers, size_t count)
{
    mb_json_write_open(json, key, '[');
    for (size_t i = 0; i < count; i++)
        mb_json_write_number(json, NULL, numbers[i]);
    mb_json_write_close(json, ']');
}

bool mb_sites_write(mb_json_writer *json, const mb_site_set *set)
{
    writer w = {0};
    char key[KEY_BYTES], same_key[KEY_BYTES];
    if (getcwd(w.folder, sizeof w.folder) == NULL)
        w.folder[0] = '\0';
    mb_json_write_open(json, "sites", '{');
    for (int i = 0; i < MB_WINDOW_COUNT * MB_SITE_MOMENT_COUNT; i++) {
        int window = i / MB_SITE_MOMENT_COUNT, moment = i % MB_SITE_MOMENT_COUNT;
        if (!set->has_window[window])
            continue;
        int same = find_same(set, i);
        moment_key(window, moment, key);
        if (same >= 0) {
            mb_json_write_text(json, key,
                               moment_key(same / MB_SITE_MOMENT_COUNT, same % MB_SITE_MOMENT_COUNT, same_key));
            continue;
        }
        mb_json_write_open(json, key, '[');
        put_view(&w, json, &set->views[window][moment]);
        mb_json_write_close(json, ']');
    }
    put_numbers(json, "nodes", w.nodes, NODE_NUMBERS * w.node_count);
    put_numbers(json, "places", w.places, PLACE_NUMBERS * w.place_count);
    mb_json_write_open(json, "texts", '[');
    for (size_t i = 0; i < w.text_count; i++)
        mb_json_write_text(json, NULL, w.texts[i]);
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
    free(w.texts);
    free(w.places);
    free(w.nodes);
    return !w.is_memory_out;
}

/* What is read so far. */
typedef struct reader {
    mb_json *json;
    mb_arena *arena;
    const char **texts;
    const mb_site_place **places;
    const mb_site_stack *stacks; /* of each node */
    size_t text_count, place_count, node_count, frame_count;
} reader;

static void *take(reader *r, size_t count, size_t size)
{
    void *piece = mb_arena_alloc(r->arena, (count + 1) * size);
    if (piece == NULL)
        mb_json_fail_memory(r->json);
    return piece;
}

static bool fail(reader *r, const char *what) { return mb_json_fail(r->json, "\"sites\": \"%s\" is malformed", what); }

static bool numbers_of(reader *r, const cJSON *object, const char *key, const double **numbers, size_t *count)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return (item != NULL && mb_json_numbers(r->json, item, numbers, count)) || fail(r, key);
}

/* A whole number from 0 below the bound. */
static bool index_of(double number, size_t bound, size_t *index)
{
    if (!(number >= 0) || number >= (double)bound || floor(number) != number)
        return false;
    *index = (size_t)number;
    return true;
}

static bool read_texts(reader *r, const cJSON *object)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "texts"), *item;
    if (!cJSON_IsArray(array))
        return fail(r, "texts");
    r->texts = take(r, (size_t)cJSON_GetArraySize(array), sizeof *r->texts);
    if (r->texts == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!cJSON_IsString(item))
            return fail(r, "texts");
        r->texts[r->text_count] = mb_arena_copy(r->arena, item->valuestring);
        if (r->texts[r->text_count++] == NULL)
            return mb_json_fail_memory(r->json);
    }
    return true;
}

static bool read_places(reader *r, const cJSON *object)
{
    const double *numbers;
    size_t count, function, module, file, line;
    if (!numbers_of(r, object, "places", &numbers, &count) || count % PLACE_NUMBERS != 0)
        return fail(r, "places");
    r->place_count = count / PLACE_NUMBERS;
    r->places = take(r, r->place_count, sizeof *r->places);
    mb_site_place *all = take(r, r->place_count, sizeof *all);
    if (r->places == NULL || all == NULL)
        return false;
    for (size_t i = 0; i < r->place_count; i++, numbers += PLACE_NUMBERS) {
        if (!index_of(numbers[0], r->text_count, &function) || !index_of(numbers[1], r->text_count, &module) ||
            !index_of(numbers[2], r->text_count + 1, &file) || !index_of(numbers[3], INT_MAX, &line))
            return fail(r, "places");
        all[i] = (mb_site_place){.function = r->texts[function],
                                 .module = r->texts[module],
                                 .file = file > 0 ? r->texts[file - 1] : NULL,
                                 .line = (int)line,
                                 .is_program = numbers[4] != 0};
        r->places[i] = &all[i];
    }
    return true;
}

/* A node comes behind its caller, so there is no way round in circles; long chains of them are bounded. */
static bool read_nodes(reader *r, const cJSON *object)
{
    const double *numbers;
    size_t count, caller, place;
    if (!numbers_of(r, object, "nodes", &numbers, &count) || count % NODE_NUMBERS != 0)
        return fail(r, "nodes");
    size_t node_count = count / NODE_NUMBERS;
    mb_site_stack *stacks = take(r, node_count, sizeof *stacks);
    if (stacks == NULL)
        return false;
    r->stacks = stacks;
    for (size_t i = 0; i < node_count; i++, numbers += NODE_NUMBERS) {
        if (!index_of(numbers[0], i + 1, &caller) || !index_of(numbers[1], r->place_count, &place))
            return fail(r, "nodes");
        const mb_site_stack *outer = caller > 0 ? &stacks[caller - 1] : NULL;
        size_t depth = 1 + (outer != NULL ? outer->place_count : 0);
        r->frame_count += depth;
        if (r->frame_count > FRAMES_IN_ALL_MAX)
            return fail(r, "nodes");
        const mb_site_place **chain = take(r, depth, sizeof *chain);
        if (chain == NULL)
            return false;
        chain[0] = r->places[place];
        for (size_t k = 1; k < depth; k++)
            chain[k] = outer->places[k - 1];
        stacks[i] = (mb_site_stack){.places = chain, .place_count = depth};
    }
    r->node_count = node_count;
    return true;
}

static bool amounts_of(const double *numbers, mb_site_amounts *amounts)
{
    for (int i = 0; i < 3; i++)
        if (!(fabs(numbers[i]) <= MB_NUMBER_EXACT_MAX) || floor(numbers[i]) != numbers[i])
            return false;
    *amounts = (mb_site_amounts){(int64_t)numbers[0], (int64_t)numbers[1], (int64_t)numbers[2]};
    return true;
}

static bool read_rows(reader *r, const char *key, const double *numbers, size_t count, mb_site_view *view)
{
    size_t node;
    if (count < 3 || (count - 3) % ROW_NUMBERS != 0 || !amounts_of(numbers, &view->counted))
        return fail(r, key);
    size_t row_count = (count - 3) / ROW_NUMBERS;
    mb_site_row *rows = take(r, row_count, sizeof *rows);
    if (rows == NULL)
        return false;
    for (size_t i = 0; i < row_count; i++) {
        const double *row = numbers + 3 + i * ROW_NUMBERS;
        if (!index_of(row[0], r->node_count + 1, &node) || !amounts_of(row + 1, &rows[i].amounts))
            return fail(r, key);
        rows[i].stack = node > 0 ? r->stacks[node - 1] : (mb_site_stack){0};
    }
    view->rows = rows;
    view->row_count = row_count;
    return true;
}

static bool read_moment(reader *r, const cJSON *object, int index, mb_site_set *set)
{
    char key[KEY_BYTES], other[KEY_BYTES];
    int window = index / MB_SITE_MOMENT_COUNT;
    mb_site_view *view = &set->views[window][index % MB_SITE_MOMENT_COUNT];
    const double *numbers;
    size_t count;
    moment_key(window, index % MB_SITE_MOMENT_COUNT, key);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item == NULL)
        return true;
    set->has_window[window] = true;
    for (int i = 0; cJSON_IsString(item) && i < index; i++)
        if (strcmp(item->valuestring, moment_key(i / MB_SITE_MOMENT_COUNT, i % MB_SITE_MOMENT_COUNT, other)) == 0) {
            *view = set->views[i / MB_SITE_MOMENT_COUNT][i % MB_SITE_MOMENT_COUNT];
            return true;
        }
    if (!mb_json_numbers(r->json, item, &numbers, &count))
        return fail(r, key);
    return read_rows(r, key, numbers, count, view);
}

bool mb_sites_read(mb_json *json, const cJSON *object, mb_arena *arena, mb_site_set **set)
{
    reader r = {.json = json, .arena = arena};
    const cJSON *sites = NULL;
    if (!mb_json_get_object(json, object, "sites", MB_JSON_OPTIONAL, &sites))
        return false;
    if (sites == NULL)
        return true;
    mb_site_set *made = take(&r, 1, sizeof *made);
    if (made == NULL || !read_texts(&r, sites) || !read_places(&r, sites) || !read_nodes(&r, sites))
        return false;
    for (int i = 0; i < MB_WINDOW_COUNT * MB_SITE_MOMENT_COUNT; i++)
        if (!read_moment(&r, sites, i, made))
            return false;
    *set = made;
    return true;
}
