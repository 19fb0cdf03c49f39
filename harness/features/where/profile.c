#include "features/where/profile.h"

#include "base/grown.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void mb_profile_write_collapsed(FILE *file, const mb_site_view *view, mb_site_weight weight)
{
    for (size_t i = 0; i < view->row_count; i++) {
        const mb_site_stack *stack = &view->rows[i].stack;
        int64_t value = mb_site_weigh(&view->rows[i].amounts, weight);
        if (value <= 0) /* what was given back has no width */
            continue;
        if (stack->place_count == 0)
            fputs("[unknown]", file);
        for (size_t p = stack->place_count; p > 0; p--) {
            for (const char *c = stack->places[p - 1]->function; *c != '\0'; c++)
                putc(*c == ';' || *c == '\n' ? ':' : *c, file);
            if (p > 1)
                putc(';', file);
        }
        fprintf(file, " %" PRId64 "\n", value);
    }
}

/* Each place once, in the order in which they come. */
typedef struct place_list {
    const mb_site_place **items;
    size_t count, capacity;
    bool has_failed;
} place_list;

static bool is_same(const mb_site_place *a, const mb_site_place *b)
{
    return a == b || (strcmp(a->function, b->function) == 0 && a->line == b->line && strcmp(a->module, b->module) == 0);
}

/* Its index; count - 1 where it is new. */
static size_t index_of(place_list *places, const mb_site_place *place)
{
    for (size_t i = 0; i < places->count; i++)
        if (is_same(places->items[i], place))
            return i;
    void *larger = mb_grown(places->items, places->count, &places->capacity, sizeof *places->items);
    places->has_failed |= larger == NULL;
    if (larger == NULL)
        return 0;
    places->items = larger;
    places->items[places->count] = place;
    return places->count++;
}

static const char *source_of(const mb_site_place *place) { return place->file != NULL ? place->file : place->module; }

mb_status mb_profile_write_speedscope(FILE *file, const char *name, const mb_site_view *view, mb_site_weight weight,
                                      mb_error *error)
{
    mb_json_writer json = {.file = file};
    place_list places = {0};
    int64_t total = 0;
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    mb_json_write_text(&json, "exporter", "membench " MB_VERSION);
    mb_json_write_open(&json, "profiles", '[');
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "type", "sampled");
    mb_json_write_text(&json, "name", name);
    mb_json_write_text(&json, "unit", weight == MB_SITE_BLOCKS ? "none" : "bytes");
    mb_json_write_open(&json, "weights", '[');
    for (size_t i = 0; i < view->row_count; i++) {
        int64_t value = mb_site_weigh(&view->rows[i].amounts, weight);
        total += value > 0 ? value : 0;
        mb_json_write_count(&json, NULL, value > 0 ? (uint64_t)value : 0); /* what was given back has no width */
    }
    mb_json_write_close(&json, ']');
    mb_json_write_count(&json, "startValue", 0);
    mb_json_write_count(&json, "endValue", (uint64_t)total);
    mb_json_write_open(&json, "samples", '[');
    for (size_t i = 0; i < view->row_count; i++) {
        mb_json_write_open(&json, NULL, '[');
        for (size_t p = view->rows[i].stack.place_count; p > 0; p--)
            mb_json_write_count(&json, NULL, index_of(&places, view->rows[i].stack.places[p - 1]));
        mb_json_write_close(&json, ']');
    }
    mb_json_write_close(&json, ']');
    mb_json_write_close(&json, '}');
    mb_json_write_close(&json, ']');
    mb_json_write_open(&json, "shared", '{');
    mb_json_write_open(&json, "frames", '[');
    for (size_t i = 0; i < places.count; i++) {
        mb_json_write_open(&json, NULL, '{');
        mb_json_write_text(&json, "name", places.items[i]->function);
        mb_json_write_text(&json, "file", source_of(places.items[i]));
        if (places.items[i]->line > 0)
            mb_json_write_count(&json, "line", (uint64_t)places.items[i]->line);
        mb_json_write_close(&json, '}');
    }
    mb_json_write_close(&json, ']');
    mb_json_write_close(&json, '}');
    mb_json_write_close(&json, '}');
    putc('\n', file);
    free(places.items);
    return places.has_failed ? mb_error_no_memory(error) : MB_OK;
}

/* A message of protocol buffers. */
typedef struct message {
    char *bytes;
    size_t used, capacity;
    bool has_failed;
} message;

static void put(message *m, const void *bytes, size_t length)
{
    if (m->used + length > m->capacity) {
        size_t capacity = 2 * (m->used + length) + 64;
        char *larger = realloc(m->bytes, capacity);
        m->has_failed |= larger == NULL;
        if (larger == NULL)
            return;
        m->bytes = larger;
        m->capacity = capacity;
    }
    memcpy(m->bytes + m->used, bytes, length);
    m->used += length;
}

static void put_varint(message *m, uint64_t value)
{
    unsigned char bytes[10];
    size_t length = 0;
    do {
        bytes[length++] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
    } while (value > 0);
    put(m, bytes, length);
}

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

static void put_number(message *m, unsigned field, uint64_t value)
{
    put_varint(m, field << 3 | WIRE_VARINT);
    put_varint(m, value);
}

static void put_bytes(message *m, unsigned field, const void *bytes, size_t length)
{
    put_varint(m, field << 3 | WIRE_BYTES);
    put_varint(m, length);
    put(m, bytes, length);
}

static void put_message(message *m, unsigned field, message *part)
{
    put_bytes(m, field, part->bytes, part->used);
    m->has_failed |= part->has_failed;
    part->used = 0;
}

/* Fields of profile.proto. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING = 6,
    PROFILE_DEFAULT_TYPE = 14
};

typedef struct profile {
    message out, part, inner;
    place_list places; /* the i-th is location and function i + 1 */
    uint64_t string_count;
} profile;

static uint64_t put_string(profile *p, const char *text)
{
    put_bytes(&p->out, PROFILE_STRING, text, strlen(text));
    return p->string_count++;
}

static void put_type(profile *p, const char *type, const char *unit)
{
    put_number(&p->part, 1, put_string(p, type));
    put_number(&p->part, 2, put_string(p, unit));
    put_message(&p->out, PROFILE_SAMPLE_TYPE, &p->part);
}

/* Its location's number; a new one is written. */
static uint64_t location_of(profile *p, const mb_site_place *place)
{
    size_t known_count = p->places.count;
    uint64_t id = index_of(&p->places, place) + 1;
    if (p->places.count == known_count)
        return id;
    uint64_t name = put_string(p, place->function), file = put_string(p, source_of(place));
    put_number(&p->part, 1, id);
    put_number(&p->part, 2, name);
    put_number(&p->part, 3, name);
    put_number(&p->part, 4, file);
    put_message(&p->out, PROFILE_FUNCTION, &p->part);
    put_number(&p->inner, 1, id);
    put_number(&p->inner, 2, (uint64_t)place->line);
    put_number(&p->part, 1, id);
    put_message(&p->part, 4, &p->inner);
    put_message(&p->out, PROFILE_LOCATION, &p->part);
    return id;
}

static void put_row(profile *p, const mb_site_row *row)
{
    message sample = {0}, ids = {0}, values = {0};
    for (size_t i = 0; i < row->stack.place_count; i++)
        put_varint(&ids, location_of(p, row->stack.places[i]));
    put_varint(&values, (uint64_t)row->amounts.block_count);
    put_varint(&values, (uint64_t)row->amounts.bytes);
    put_varint(&values, (uint64_t)row->amounts.requested_bytes);
    put_message(&sample, 1, &ids);
    put_message(&sample, 2, &values);
    put_message(&p->out, PROFILE_SAMPLE, &sample);
    free(sample.bytes);
    free(ids.bytes);
    free(values.bytes);
}

mb_status mb_profile_write_pprof(FILE *file, const mb_site_view *view, mb_error *error)
{
    profile p = {0};
    put_string(&p, ""); /* the first has to be empty */
    put_type(&p, "blocks", "count");
    put_type(&p, "bytes", "bytes");
    put_type(&p, "requested", "bytes");
    for (size_t i = 0; i < view->row_count; i++)
        put_row(&p, &view->rows[i]);
    put_number(&p.out, PROFILE_DEFAULT_TYPE, put_string(&p, "bytes"));
    bool has_failed = p.places.has_failed || p.out.has_failed || p.part.has_failed || p.inner.has_failed;
    if (!has_failed)
        fwrite(p.out.bytes, 1, p.out.used, file);
    free(p.out.bytes);
    free(p.part.bytes);
    free(p.inner.bytes);
    free(p.places.items);
    return has_failed ? mb_error_no_memory(error) : MB_OK;
}
