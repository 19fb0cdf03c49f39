/* gnuplot.h: draws single pictures by running gnuplot, which has to be installed where a picture is asked for.
 *
 *     mb_gnuplot_label … ─▶ a script of the caller, from "set title" to "plot" ─▶ mb_gnuplot_draw ─▶ the picture
 *
 * The script goes to gnuplot's standard input, behind the choice of terminal and colours; its points are in the
 * script as data blocks ("$name << EOD"). Line styles 1 to 8 have colours that colour-blind people tell apart. */
#ifndef MEMBENCH_REPORT_GNUPLOT_H
#define MEMBENCH_REPORT_GNUPLOT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum mb_picture { MB_PICTURE_SVG, MB_PICTURE_PNG } mb_picture;

enum { MB_GNUPLOT_WIDTH = 800, MB_GNUPLOT_HEIGHT = 480 }; /* pixels that suit one plot with a title and two axes */

/* Whether gnuplot is on PATH. Fails with MB_ERROR_SYSTEM and a message that names the program and its package, so that
 * a caller can ask before it measures for an hour. */
MB_NODISCARD mb_status mb_gnuplot_find(mb_error *error);

/* Draws the script and writes the whole picture to file, or nothing on failure. The message of a failure is the first
 * line that gnuplot complained with. Takes width_pixels × height_pixels; ends gnuplot after 60 seconds. */
MB_NODISCARD mb_status mb_gnuplot_draw(const char *script, size_t script_bytes, mb_picture picture, int width_pixels,
                                       int height_pixels, FILE *file, mb_error *error);

/* Writes text of unknown origin as a quoted string of the script. Single quotes: gnuplot runs what is in backquotes
 * inside double ones. Control characters are replaced. */
void mb_gnuplot_label(FILE *script, const char *text);

/* Writes the command that puts ticks on an axis ("x", "y") at round numbers of binary units: gnuplot itself would place
 * them at multiples of 10 bytes. */
void mb_gnuplot_bytes_axis(FILE *script, const char *axis, double lowest_bytes, double highest_bytes);

#endif
