/* massif.out.PID: snapshots of lines "key=value". The largest is the peak, within the 1 % to which massif looks
 * (--peak-inaccuracy); nothing else in it is a total. */
#include "store/import.h"

#include "base/number_text.h"
#include "model/result.h"

#include <stdio.h>
#include <string.h>

static bool knows(const char *text, size_t length)
{
    (void)length;
    return strncmp(text, "desc: ", 6) == 0 && strstr(text, "\ncmd: ") != NULL && strstr(text, "\ntime_unit: ") != NULL;
}

static bool convert(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem)
{
    static const char key[] = "mem_heap_B=";
    const char *end = text + length;
    char id[MB_ID_BYTES_MAX], command[MB_ID_BYTES_MAX] = "";
    double peak = -1;
    for (const char *line = text, *stop; line < end; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        problem->line++;
        if (strncmp(line, "cmd: ", 5) == 0)
            snprintf(command, sizeof command, "%.*s", (int)(stop - line - 5), line + 5);
        double value;
        if (strncmp(line, key, sizeof key - 1) != 0)
            continue;
        if (mb_number_parse(line + sizeof key - 1, stop, &value) != stop) {
            snprintf(problem->text, sizeof problem->text, "%.40s is not a number of bytes", key);
            return false;
        }
        peak = value > peak ? value : peak;
    }
    problem->line = 0;
    if (peak < 0) {
        snprintf(problem->text, sizeof problem->text, "no snapshot: massif did not finish");
        return false;
    }
    if (!mb_import_name_command(id, "massif", command, problem))
        return false;
    mb_import_open_sample(json, id, strlen(id));
    mb_json_write_number(json, "max_bytes_used", peak);
    mb_json_write_close(json, '}');
    return true;
}

const mb_import_reader mb_import_massif = {.name = "massif", .knows = knows, .convert = convert};
