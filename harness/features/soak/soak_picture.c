/* The diagrams of a soak, by gnuplot. */
#include "base/memory_file.h"
#include "base/output_file.h"
#include "features/soak/soak.h"

#include "report/gnuplot.h"

#include <stdlib.h>

static mb_status write_script(const mb_soak_result *result, const char *csv, char **script, size_t *length,
                              mb_error *error)
{
    FILE *file = mb_memory_file_open(script, length);
    if (file == NULL)
        return mb_error_no_memory(error);
    mb_soak_plot_write(file, result, csv);
    return mb_memory_file_close(file, script) ? MB_OK : mb_error_no_memory(error);
}

static mb_status draw(const char *path, const char *script, size_t length, mb_picture picture, mb_error *error)
{
    mb_output output;
    mb_status status = mb_output_open(&output, path, error);
    if (status != MB_OK)
        return status;
    status = mb_gnuplot_draw(script, length, picture, MB_SOAK_PLOT_WIDTH, MB_SOAK_PLOT_HEIGHT, output.file, error);
    if (status == MB_OK)
        return mb_output_close(&output, error);
    mb_output_abandon(&output);
    return status;
}

int mb_soak_pictures_draw(const char *stem, const mb_soak_result *result)
{
    static const struct {
        mb_picture picture;
        const char *ending;
    } pictures[] = {{MB_PICTURE_SVG, "svg"}, {MB_PICTURE_PNG, "png"}};
    char path[PATH_MAX + 8], *script = NULL;
    size_t length = 0;
    mb_error error;
    int made = 0;
    if (mb_gnuplot_find(&error) != MB_OK) {
        fprintf(stderr, "membench: %s; then membench soak --judge %s.ndjson --out STEM draws them\n", error.message,
                stem);
        return 0;
    }
    /* A name that begins with "<" would be a command to gnuplot. */
    snprintf(path, sizeof path, "%s%s.csv", stem[0] != '/' ? "./" : "", stem);
    mb_status status = write_script(result, path, &script, &length, &error);
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        snprintf(path, sizeof path, "%s.%s", stem, pictures[i].ending);
        if (status == MB_OK && draw(path, script, length, pictures[i].picture, &error) == MB_OK)
            made++;
        else
            fprintf(stderr, "membench: no %s: %s\n", path, error.message);
    }
    free(script);
    return made;
}
