/* map.h: what --map says: parts of the current run's case ids that the baseline has under another name.
 *
 * Two versions of a thing are two ids, wasm_engines/wasmtime-48/… and wasm_engines/wasmtime-47/…; with
 * --map wasmtime-48=wasmtime-47 the one is compared with the other. Reports show the current run's own ids. */
#ifndef MEMBENCH_SESSION_MAP_H
#define MEMBENCH_SESSION_MAP_H

#include "base/error.h"
#include "model/case_source.h"

#include <stdbool.h>
#include <stddef.h>

enum { MB_MAPS_MAX = 16 };

typedef struct mb_map {
    const char *rules[MB_MAPS_MAX]; /* "OLD=NEW", borrowed */
    size_t rule_count;
} mb_map;

/* Adds OLD=NEW, split at the first '='. MB_ERROR_USAGE when there is no '=' or nothing before it. */
MB_NODISCARD mb_status mb_map_add(mb_map *map, const char *rule, mb_error *error);

/* Writes text with each OLD replaced by its NEW, everywhere, rule after rule, to out. False, out undefined: it does
 * not fit into size bytes. */
MB_NODISCARD bool mb_map_apply(const mb_map *map, const char *text, char *out, size_t size);

/* The place in the baseline of the current run's case of that id. */
MB_NODISCARD bool mb_map_find(const mb_map *map, const mb_case_source *baseline, const char *id, size_t *index);

#endif
