/* json_reader.h: what store/ needs of JSON beyond cJSON: strict checks, exact numbers, long number arrays read fast.
 *
 * cJSON allocates a node for every number, takes control bytes and cut strings, and prints doubles to within an
 * epsilon. So mb_json_parse first takes every array of numbers out of the text into one vector, checking strings,
 * nesting and UTF-8 on the way, and gives cJSON the rest; numbers are printed here. */
#ifndef MEMBENCH_STORE_JSON_READER_H
#define MEMBENCH_STORE_JSON_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/number_text.h"
#include "base/utf8.h"

#include <membench/membench.h>

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_JSON_DEPTH_MAX = 32, MB_JSON_PROBLEM_BYTES_MAX = 200 };

/* One parsed text. Zeroed is ready; its memory is used again by the next parse and freed by fini. */
typedef struct mb_json {
    cJSON *root; /* in nodes */
    mb_arena nodes;
    char *text; /* with number arrays replaced: the i-th one is [i], which no other array can then look like */
    size_t text_capacity;
    double *numbers;
    size_t number_count, number_capacity;
    size_t *array_ends; /* array i is numbers[array_ends[i - 1] … array_ends[i]) */
    size_t array_count, array_capacity;
    bool keeps_places; /* set before parse: mb_json_place may be asked */
    size_t *places;    /* of keys and values, in the order of the text */
    size_t place_count, place_capacity;
    bool is_memory_out;
    size_t problem_offset;                   /* byte of the text where it is wrong */
    char problem[MB_JSON_PROBLEM_BYTES_MAX]; /* what is wrong: of the text, or set by the field functions */
} mb_json;

/* Parses bytes, of which bytes[length] must be 0. False with problem, problem_offset and is_memory_out set. */
MB_NODISCARD bool mb_json_parse(mb_json *json, const char *bytes, size_t length);
void mb_json_fini(mb_json *json);

/* Offset of an item's value in the text, and of the key before it (a member's). item belongs to root. cJSON keeps no
 * positions, so they are noted while the text is checked and counted off along the tree: for messages, not for speed.
 */
size_t mb_json_place(const mb_json *json, const cJSON *item);
size_t mb_json_key_place(const mb_json *json, const cJSON *item);

/* Sets problem and returns false. */
bool mb_json_fail(mb_json *json, const char *format, ...) MB_PRINTF(2, 3);
bool mb_json_fail_memory(mb_json *json);

/* Members of object. Each returns false with problem set when the member has another type than asked for; one that is
 * absent or null is left out: *value is untouched then, which is fine unless it is required. */
typedef enum mb_json_need { MB_JSON_OPTIONAL, MB_JSON_REQUIRED } mb_json_need;
bool mb_json_get_object(mb_json *json, const cJSON *object, const char *key, mb_json_need need, const cJSON **value);
bool mb_json_get_array(mb_json *json, const cJSON *object, const char *key, mb_json_need need, const cJSON **value);
bool mb_json_get_text(mb_json *json, const cJSON *object, const char *key, mb_json_need need, mb_arena *arena,
                      const char **value);
bool mb_json_get_number(mb_json *json, const cJSON *object, const char *key, mb_json_need need, double *value);
/* A whole number from 0, as a JSON number up to 2^53 or as a string of digits. */
bool mb_json_get_uint(mb_json *json, const cJSON *object, const char *key, mb_json_need need, uint64_t *value);
/* The version of a file's format, a whole number from 1: one above the newest that is known is refused. */
bool mb_json_check_version(mb_json *json, const cJSON *object, const char *key, int newest);

/* item as a number: finite and at most 2^53 in size. name is in the problem. */
bool mb_json_number(mb_json *json, const cJSON *item, const char *name, double *value);

/* item as an array of numbers, borrowed until the next parse. False, without a problem, when it is anything else. */
bool mb_json_numbers(const mb_json *json, const cJSON *item, const double **values, size_t *count);

/* True when the array holds nothing but objects; else sets the problem. */
bool mb_json_all_objects(mb_json *json, const cJSON *array, const char *name);

#endif
