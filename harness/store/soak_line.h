/* soak_line.h: lines of a soak's record. Internal to soak_write.c, soak_read.c and soak_sites.c. */
#ifndef MEMBENCH_STORE_SOAK_LINE_H
#define MEMBENCH_STORE_SOAK_LINE_H

#include "base/json_writer.h"
#include "model/soak_series.h"
#include "store/json_reader.h"

struct mb_soak_writer {
    int descriptor;
    char path[];
};

/* Writes the line, which is closed and freed. */
MB_NODISCARD mb_status mb_soak_write_line(const mb_soak_writer *writer, mb_json_line *line, mb_error *error);

/* Reads the line with call sites that json holds; everything is in the series' arena. False with the problem set.
 * (soak_sites.c) */
MB_NODISCARD bool mb_soak_where_read(mb_json *json, mb_soak_series *series);

#endif
