/* The diagrams of a soak, by gnuplot. */
#include "cli/soak.h"

#include "run/command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t LIMIT_NS = 60000000000u;

static mb_status write_script(const char *path, const mb_soak_series *series, const char *csv, const char *terminal,
                              const char *picture, mb_error *error)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return mb_error_set_errno(error, errno, "%s", path);
    mb_soak_plot_write(file, series, csv, terminal, picture);
    bool is_written = !ferror(file);
    if (fclose(file) != 0 || !is_written)
        return mb_error_set_errno(error, errno, "%s: cannot be written", path);
    return MB_OK;
}

static mb_status draw(const char *gnuplot, const char *stem, const char *terminal, const char *ending,
                      const mb_soak_series *series, mb_error *error)
{
    char script[PATH_MAX], csv[PATH_MAX], picture[PATH_MAX], unfinished[PATH_MAX], said[PATH_MAX];
    char name[] = "gnuplot";
    char *argv[] = {name, script, NULL};
    if (snprintf(unfinished, PATH_MAX, "%s.%s.new", stem, ending) >= PATH_MAX ||
        snprintf(script, PATH_MAX, "%s.gnuplot", stem) >= PATH_MAX)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: the path is too long", stem);
    snprintf(picture, PATH_MAX, "%s.%s", stem, ending);
    snprintf(csv, PATH_MAX, "%s.csv", stem);
    snprintf(said, PATH_MAX, "%s.gnuplot.log", stem);
    mb_status status = write_script(script, series, csv, terminal, unfinished, error);
    mb_command command = {
        .path = gnuplot, .argv = argv, .output_path = said, .error_path = said, .timeout_ns = LIMIT_NS};
    if (status == MB_OK)
        status = mb_command_run(&command, error);
    if (status == MB_OK && rename(unfinished, picture) != 0)
        status = mb_error_set_errno(error, errno, "%s", picture);
    unlink(unfinished);
    unlink(script);
    unlink(said);
    return status;
}

int mb_soak_pictures_draw(const char *stem, const mb_soak_series *series)
{
    static const struct {
        const char *terminal, *ending;
    } pictures[] = {{"svg", "svg"}, {"pngcairo", "png"}};
    char gnuplot[PATH_MAX];
    int made = 0;
    if (!mb_command_find("gnuplot", gnuplot)) {
        fprintf(stderr,
                "membench: no diagrams: gnuplot is missing (Debian: apt install gnuplot-nox); then "
                "membench soak --judge %s.ndjson --out STEM draws them\n",
                stem);
        return 0;
    }
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        mb_error error;
        if (draw(gnuplot, stem, pictures[i].terminal, pictures[i].ending, series, &error) == MB_OK)
            made++;
        else
            fprintf(stderr, "membench: no %s.%s: %s\n", stem, pictures[i].ending, error.message);
    }
    return made;
}
