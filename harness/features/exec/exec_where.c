/* `membench exec --where`: the call sites of a command's heap at its highest. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "base/temporary.h"
#include "base/terminal.h"
#include "base/units.h"
#include "heap/heap_hook.h"
#include "process/command.h"
#include "process/environment.h"
#include "report/where_words.h"
#include "session/site_pass.h"
#include "sites/site_names.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN = 10, FOLDER_BYTES = PATH_MAX - NAME_MAX - 2 }; /* a file of any name has room in a path */

/* Where the hook of each process writes; children inherit it. */
static char **make_environment(const mb_exec *exec, const char *folder, mb_arena *arena)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "@%s/process", folder);
    return mb_environment_preloading(exec->environment, exec->session.paths.sites_hook, MB_HEAP_SITES_VARIABLE, path,
                                     arena);
}

static int64_t peak_of(const mb_site_sample *sample)
{
    return sample->set.views[MB_WINDOW_COLD][MB_SITE_AT_PEAK].counted.bytes;
}

/* Reads what each process has written, keeps the one whose heap was highest, and removes the files. */
static mb_status take_highest(const char *folder, mb_site_files *files, mb_arena *arena, mb_site_sample *highest,
                              size_t *process_count, mb_error *error)
{
    mb_status status = MB_OK;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return mb_error_set_errno(error, errno, "cannot read %s", folder);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[PATH_MAX];
        mb_site_sample sample = {0};
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (status == MB_OK)
            status = mb_sites_read_file(path, files, arena, &sample, error);
        unlink(path);
        if (status != MB_OK || sample.obstacle != NULL)
            continue;
        if (*process_count == 0 || peak_of(&sample) > peak_of(highest))
            *highest = sample;
        ++*process_count;
    }
    closedir(directory);
    return status;
}

static mb_status print_sites(FILE *out, const char *id, const mb_site_sample *sample, mb_arena *arena, mb_error *error)
{
    mb_where where;
    char number[MB_UNITS_TEXT_MAX], count[MB_UNITS_TEXT_MAX];
    mb_status status = mb_where_compare(NULL, &sample->set.views[MB_WINDOW_COLD][MB_SITE_AT_PEAK], MB_SITE_BYTES, arena,
                                        &where, error);
    if (status != MB_OK)
        return status;
    fprintf(out, "\n%s, heap at its highest: %s in %s blocks\n", id, mb_format_bytes((double)where.after.bytes, number),
            mb_format_count((double)where.after.block_count, count));
    mb_where_print_rows(out, &where, SHOWN, mb_terminal_is_unicode());
    return MB_OK;
}

static mb_status show(mb_exec *exec, size_t index, const char *folder, FILE *out, mb_error *error)
{
    const mb_exec_command *command = &exec->commands[index];
    mb_arena arena = {0};
    mb_site_files files = {0};
    mb_site_sample highest = {0};
    size_t process_count = 0;
    mb_error ignored;
    char **environment = make_environment(exec, folder, &arena);
    if (environment == NULL)
        return mb_error_no_memory(error);
    mb_command run = {.path = command->path,
                      .argv = command->argv,
                      .environment = environment,
                      .input_path = mb_exec_of(exec->options)->input,
                      .error_path = "/dev/null"};
    /* One that ends badly may still have written what its processes held. */
    (void)!mb_command_run(&run, &ignored);
    mb_status status = take_highest(folder, &files, &arena, &highest, &process_count, error);
    if (status == MB_OK && process_count > 0)
        status = print_sites(out, exec->results[index].id, &highest, &arena, error);
    else if (status == MB_OK)
        fprintf(out, "\n%s: no call sites: the command is static, or did not end by itself\n", exec->results[index].id);
    mb_site_files_close(&files);
    mb_arena_fini(&arena);
    return status;
}

mb_status mb_exec_where(mb_exec *exec, FILE *out, mb_error *error)
{
    char folder[FOLDER_BYTES];
    if (exec->session.paths.sites_hook == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM,
                            "--where: membench was built without libunwind (Debian: libunwind-dev)");
    if (mb_temporary_folder("membench-sites", folder, sizeof folder, error) != MB_OK)
        return MB_FAILED;
    mb_status status = MB_OK;
    for (size_t i = 0; i < exec->count && status == MB_OK; i++)
        if (exec->results[i].outcome == MB_OUTCOME_OK && exec->commands[i].path != NULL)
            status = show(exec, i, folder, out, error);
    mb_temporary_remove(folder);
    return status;
}
