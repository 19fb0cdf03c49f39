#include "cli/init_files.h"
#include "cli/verbs.h"
#include "command/complain.h"

#include "base/output_file.h"
#include "report/advice.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int join(const char *folder, const mb_init_file *file, char path[PATH_MAX])
{
    if (strcmp(folder, ".") == 0)
        return snprintf(path, PATH_MAX, "%s", file->path);
    return snprintf(path, PATH_MAX, "%s/%s", folder, file->path);
}

/* Nothing is written where one of the files is there already: half a project would not build. */
static mb_status check_folder(const char *folder, mb_error *error)
{
    char path[PATH_MAX];
    struct stat found;
    for (const mb_init_file *file = mb_init_files; file->path != NULL; file++) {
        if (join(folder, file, path) >= (int)sizeof path)
            return mb_error_set_errno(error, ENAMETOOLONG, "cannot write to %s", folder);
        if (lstat(path, &found) == 0)
            return mb_error_set(error, MB_ERROR_USAGE,
                                "%s exists already, and init overwrites nothing: name another folder, as in "
                                "membench init memory",
                                path);
    }
    return MB_OK;
}

/* Makes all folders above the file. */
static mb_status make_folders(const char *path, mb_error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return mb_error_set_errno(error, errno, "cannot create the folder %s", folder);
        *slash = '/';
    }
    return MB_OK;
}

static mb_status write_file(const char *folder, const mb_init_file *file, mb_error *error)
{
    char path[PATH_MAX];
    mb_output output = {0};
    join(folder, file, path);
    mb_status status = make_folders(path, error);
    if (status == MB_OK)
        status = mb_output_open(&output, path, error);
    if (status != MB_OK)
        return status;
    fputs(file->text, output.file);
    return mb_output_close(&output, error);
}

static int run(const mb_options *options)
{
    mb_error error;
    const char *folder = options->operand_count > 0 ? options->operands[0] : ".";
    mb_status status = MB_OK;
    if (options->operand_count > 1)
        status = mb_error_set(&error, MB_ERROR_USAGE, "init takes one folder (default: the current one)");
    if (status == MB_OK)
        status = check_folder(folder, &error);
    for (const mb_init_file *file = mb_init_files; status == MB_OK && file->path != NULL; file++) {
        status = write_file(folder, file, &error);
        if (status == MB_OK)
            printf("%-30s  %s\n", file->path, file->summary);
    }
    if (status != MB_OK)
        return mb_complain(&error);
    char quoted[PATH_MAX];
    mb_shell_quote(folder, quoted, sizeof quoted);
    printf("\nBuild it, measure it and save a baseline:\n");
    if (strcmp(folder, ".") != 0)
        printf("    cd %s\n", quoted);
    printf("    cmake -S . -B build && cmake --build build\n    membench --save-baseline main\n");
    return mb_finish_output(MB_EXIT_OK);
}

/* clang-format off */
const mb_verb mb_verb_init = {
    .name = "init",
    .mask = MB_VERB_INIT,
    .synopsis = "[OPTIONS] [DIR]",
    .summary = "write a first bench program, its CMakeLists.txt, membench.json and a workflow",
    .description =
        "Writes a first case into DIR (default: the current folder): list_bench.c, CMakeLists.txt, membench.json\n"
        "and .github/workflows/memory.yml. Overwrites nothing. If membench is installed where CMake does not\n"
        "look, build with -DCMAKE_PREFIX_PATH=DIR.",
    .examples =
        "  membench init\n"
        "  membench init memory\n",
    .run = run,
};
/* clang-format on */
