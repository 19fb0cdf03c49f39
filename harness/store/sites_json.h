/* sites_json.h: call sites of a case in a results file, and back. Names are kept, not addresses; frames that several
 * stacks share are written once, and of moments with the same sites only the first.
 *
 *     "sites": {"texts": ["job_new", …],
 *               "places": [function, module, file + 1, line, is of the program, …],     five numbers a place
 *               "nodes": [caller's node + 1, place, …],                                 two a node
 *               "cold_live": [blocks, bytes, requested, node + 1, blocks, bytes, requested, …],
 *               "cold_peak": "cold_live", …}
 *
 * The first three numbers of a moment are what the heap's counters said, then come four a site; node 0 is that of what
 * has no stack, or was left out for being small. */
#ifndef MEMBENCH_STORE_SITES_JSON_H
#define MEMBENCH_STORE_SITES_JSON_H

#include "sites/site_set.h"
#include "store/json_reader.h"

#include "base/json_writer.h"

enum { MB_SITES_ROWS_MAX = 400 }; /* of a moment: the largest; the rest is one row */

/* Writes the member "sites". False when memory is out. */
MB_NODISCARD bool mb_sites_write(mb_json_writer *json, const mb_site_set *set);

/* Reads it from object, if it is there; else *set stays untouched. The file may be hostile. */
MB_NODISCARD bool mb_sites_read(mb_json *json, const cJSON *object, mb_arena *arena, mb_site_set **set);

#endif
