#include "report/gnuplot.h"
#include "base/temporary.h"
#include "base/units.h"
#include "base/utf8.h"
#include "process/command.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 256, LABEL_BYTES = 512, TICKS_WANTED = 5 };
static const uint64_t limit_ns = 60000000000u;

/* Okabe and Ito's palette, yellow left out: it does not show on white. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#56b4e9", "#e69f00", "#000000", "#7f7f7f"};

mb_status mb_gnuplot_find(mb_error *error)
{
    char path[PATH_MAX];
    if (mb_command_find("gnuplot", path))
        return MB_OK;
    return mb_error_set(error, MB_ERROR_SYSTEM,
                        "pictures are drawn by gnuplot, which is missing (Debian: gnuplot-nox)");
}

/* A folder of our own for what goes in and comes out. */
typedef struct workplace {
    char folder[PATH_BYTES];
    char script[PATH_BYTES + 16], picture[PATH_BYTES + 16], complaints[PATH_BYTES + 16];
} workplace;

static mb_status workplace_make(workplace *place, mb_error *error)
{
    if (mb_temporary_folder("membench-plot", place->folder, sizeof place->folder, error) != MB_OK)
        return MB_FAILED;
    snprintf(place->script, sizeof place->script, "%s/script", place->folder);
    snprintf(place->picture, sizeof place->picture, "%s/picture", place->folder);
    snprintf(place->complaints, sizeof place->complaints, "%s/complaints", place->folder);
    return MB_OK;
}

static void workplace_clear(const workplace *place) { mb_temporary_remove(place->folder); }

static mb_status write_script(const workplace *place, const char *script, size_t script_bytes, mb_picture picture,
                              int width_pixels, int height_pixels, mb_error *error)
{
    FILE *file = fopen(place->script, "wbe");
    if (file == NULL)
        return mb_error_set_errno(error, errno, "%s", place->script);
    fprintf(file, "set terminal %s noenhanced size %d,%d font 'DejaVu Sans,%d' background '#ffffff'\n",
            picture == MB_PICTURE_SVG ? "svg" : "pngcairo", width_pixels, height_pixels,
            picture == MB_PICTURE_SVG ? 13 : 10);
    fputs("set encoding utf8\nset border 3 linecolor '#888888'\nset tics nomirror textcolor '#222222'\n"
          "set grid ytics linecolor '#dddddd' linetype 1\nset key left top reverse Left\n",
          file);
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        fprintf(file, "set style line %zu linecolor '%s' linewidth 2 pointtype %zu pointsize 0.8\n", i + 1, colours[i],
                i + 4);
    fwrite(script, 1, script_bytes, file);
    bool is_written = fflush(file) == 0 && !ferror(file);
    int errnum = errno;
    fclose(file);
    return is_written ? MB_OK : mb_error_set_errno(error, errnum, "%s", place->script);
}

/* What went wrong is the line after the one with the mark; the first lines show the script. */
static mb_status blame_gnuplot(const workplace *place, mb_error *error)
{
    char *text;
    size_t length;
    mb_error none;
    char line[200] = "it gave no reason";
    if (mb_file_read(place->complaints, &text, &length, &none) == MB_OK) {
        for (char *save, *at = strtok_r(text, "\n", &save); at != NULL; at = strtok_r(NULL, "\n", &save)) {
            const char *said = strstr(at, "line ");
            if (strstr(at, "warning:") != NULL) /* such as that of a locale without a degree sign */
                continue;
            if (said != NULL && strchr(said, ':') != NULL) {
                mb_utf8_clean(said, true, line, sizeof line);
                break;
            }
            mb_utf8_clean(at + strspn(at, " "), true, line, sizeof line);
        }
        free(text);
    }
    return mb_error_set(error, MB_ERROR_SYSTEM, "gnuplot drew nothing: %s", line);
}

static mb_status copy_picture(const workplace *place, FILE *file, mb_error *error)
{
    char *bytes;
    size_t length;
    mb_status status = mb_file_read(place->picture, &bytes, &length, error);
    if (status != MB_OK)
        return status;
    if (length == 0)
        status = blame_gnuplot(place, error);
    else if (fwrite(bytes, 1, length, file) != length)
        status = mb_error_set_errno(error, errno, "cannot write the picture");
    free(bytes);
    return status;
}

mb_status mb_gnuplot_draw(const char *script, size_t script_bytes, mb_picture picture, int width_pixels,
                          int height_pixels, FILE *file, mb_error *error)
{
    char path[PATH_MAX];
    workplace place;
    mb_status status = mb_gnuplot_find(error);
    if (status != MB_OK || !mb_command_find("gnuplot", path))
        return MB_FAILED;
    status = workplace_make(&place, error);
    if (status != MB_OK)
        return status;
    status = write_script(&place, script, script_bytes, picture, width_pixels, height_pixels, error);
    if (status == MB_OK) {
        char name[] = "gnuplot", defaults[] = "--default-settings";
        char *argv[] = {name, defaults, NULL};
        mb_command command = {.path = path,
                              .argv = argv,
                              .input_path = place.script,
                              .output_path = place.picture,
                              .error_path = place.complaints,
                              .timeout_ns = limit_ns};
        mb_error ended;
        status = mb_command_run(&command, &ended);
        if (status == MB_OK)
            status = copy_picture(&place, file, error);
        else if (strstr(ended.message, "exited with") != NULL)
            status = blame_gnuplot(&place, error);
        else
            status = mb_error_set(error, ended.kind, "%s", ended.message);
    }
    workplace_clear(&place);
    return status;
}

void mb_gnuplot_label(FILE *script, const char *text)
{
    char clean[LABEL_BYTES];
    mb_utf8_clean(text, true, clean, sizeof clean);
    fputc('\'', script);
    for (const char *c = clean; *c != '\0'; c++) {
        if (*c == '\'')
            fputc('\'', script);
        fputc(*c, script);
    }
    fputc('\'', script);
}

/* 1, 2, 5, 10, … 500 of the unit that the highest value is written in, or a half, a quarter … of it: the least that
 * needs no more ticks than wanted. So every tick is a round number of that unit. */
static double tick_bytes(double range, double highest)
{
    double unit = 1;
    while (unit * 1024 <= highest)
        unit *= 1024;
    for (double part = unit > 1 ? 1.0 / 64 : 1; part < 1; part *= 2)
        if (unit * part * TICKS_WANTED >= range)
            return unit * part;
    for (double ten = 1;; ten *= 10)
        for (int i = 0; i < 3; i++) {
            static const int steps[] = {1, 2, 5};
            if (unit * ten * steps[i] * TICKS_WANTED >= range)
                return unit * ten * steps[i];
        }
}

void mb_gnuplot_bytes_axis(FILE *script, const char *axis, double lowest_bytes, double highest_bytes)
{
    double range = highest_bytes - lowest_bytes;
    double step = tick_bytes(isfinite(range) && range > 1 ? range : 1, fmax(highest_bytes, -lowest_bytes));
    fprintf(script, "set %stics (", axis);
    for (double at = floor(lowest_bytes / step), i = 0; at * step <= highest_bytes + step && i < 16; at++, i++) {
        char text[MB_UNITS_TEXT_MAX];
        fprintf(script, "%s'%s' %.17g", i > 0 ? ", " : "", mb_format_bytes(at * step, text), at * step);
    }
    fputs(")\n", script);
}
