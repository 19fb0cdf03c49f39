/* `membench exec --where`: the call sites of a command's heap at its highest. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "base/terminal.h"
#include "base/units.h"
#include "heap/heap_hook.h"
#include "process/command.h"
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

extern char **environ;

enum { SHOWN = 10, CALLERS_SHOWN = 8 };

/* The caller's variables, with the hook before whatever it preloads; children inherit both. */
static char **make_environment(const mb_exec *exec, const char *folder, mb_arena *arena)
{
    const char *others = getenv("LD_PRELOAD"), *hook = exec->session.paths.sites_hook;
    size_t count = 0, at = 0;
    while (environ[count] != NULL)
        count++;
    size_t preload_bytes = strlen(hook) + (others != NULL ? strlen(others) : 0) + sizeof "LD_PRELOAD=:";
    size_t path_bytes = strlen(folder) + sizeof MB_HEAP_SITES_VARIABLE "=@/process";
    char **variables = mb_arena_alloc(arena, (count + 3) * sizeof *variables);
    char *preload = mb_arena_alloc(arena, preload_bytes), *path = mb_arena_alloc(arena, path_bytes);
    if (variables == NULL || preload == NULL || path == NULL)
        return NULL;
    bool has_others = others != NULL && *others != '\0';
    snprintf(preload, preload_bytes, "LD_PRELOAD=%s%s%s", hook, has_others ? ":" : "", has_others ? others : "");
    snprintf(path, path_bytes, MB_HEAP_SITES_VARIABLE "=@%s/process", folder);
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "LD_PRELOAD=", strlen("LD_PRELOAD=")) != 0)
            variables[at++] = environ[i];
    variables[at++] = preload;
    variables[at] = path;
    return variables;
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
    bool unicode = mb_terminal_is_unicode();
    char number[MB_UNITS_TEXT_MAX], count[MB_UNITS_TEXT_MAX], size[MB_WHERE_TEXT_BYTES], text[MB_WHERE_TEXT_BYTES];
    mb_status status = mb_where_compare(NULL, &sample->set.views[MB_WINDOW_COLD][MB_SITE_AT_PEAK], MB_SITE_BYTES, arena,
                                        &where, error);
    if (status != MB_OK)
        return status;
    fprintf(out, "\n%s, heap at its highest: %s in %s blocks\n", id, mb_format_bytes((double)where.after.bytes, number),
            mb_format_count((double)where.after.block_count, count));
    for (size_t i = 0; i < where.entry_count && i < SHOWN; i++) {
        fprintf(out, "  %14s  %s\n", mb_where_size(&where, &where.entries[i], size),
                mb_where_blocks(&where, &where.entries[i], unicode, text));
        fprintf(out, "  %14s  %s\n", "", mb_where_path(&where.entries[i], CALLERS_SHOWN, unicode, text));
    }
    if (where.entry_count > SHOWN)
        fprintf(out, "  %14s  %s\n", "", mb_where_rest(&where, SHOWN, text));
    if (where.unexplained != 0)
        fprintf(out, "  %14s  without a known call site\n", mb_format_count((double)where.unexplained, number));
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
    char folder[PATH_MAX];
    const char *temporary = getenv("TMPDIR");
    if (exec->session.paths.sites_hook == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM,
                            "--where: membench was built without libunwind (Debian: libunwind-dev)");
    snprintf(folder, sizeof folder, "%s/membench-sites-XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(folder) == NULL)
        return mb_error_set_errno(error, errno, "cannot make a folder for call sites in %.200s", folder);
    mb_status status = MB_OK;
    for (size_t i = 0; i < exec->count && status == MB_OK; i++)
        if (exec->results[i].outcome == MB_OUTCOME_OK && exec->commands[i].path != NULL)
            status = show(exec, i, folder, out, error);
    rmdir(folder);
    return status;
}
