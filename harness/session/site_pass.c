#include "session/site_pass.h"

#include "base/temporary.h"
#include "heap/heap_hook.h"
#include "process/command.h"
#include "session/sampling.h"
#include "session/turns.h"
#include "sites/site_names.h"
#include "sites/site_runs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *mb_sites_obstacle(const mb_session *session, size_t program)
{
    if (session->paths.sites_hook == NULL)
        return "libmembench_sites.so is not there: membench was built without libunwind (Debian: libunwind-dev)";
    if (session->programs[program].file.kind == MB_PROGRAM_STATIC)
        return NULL; /* it may have been linked with the hook that keeps call sites */
    return session->programs[program].hook_obstacle;
}

void mb_sites_path(const mb_session *session, size_t case_index, char path[], size_t size)
{
    snprintf(path, size, "%s/%08zu", session->sites_folder, case_index);
}

mb_status mb_session_set_heap_hook(mb_session *session, size_t case_index, mb_error *error)
{
    char path[PATH_MAX];
    mb_status status = MB_OK;
    const char *hook = session->sites_folder != NULL ? session->paths.sites_hook : session->paths.heap_hook;
    if (session->sites_folder != NULL) {
        mb_sites_path(session, case_index, path, sizeof path);
        status = mb_environment_set(session->environment, MB_HEAP_SITES_VARIABLE, path, error);
    }
    if (status != MB_OK || session->programs[session->results[case_index].program].hook_obstacle != NULL)
        return status;
    return mb_session_set_preload(session, hook, error);
}

mb_status mb_sites_read_file(const char *path, mb_site_files *files, mb_arena *arena, mb_site_sample *sample,
                             mb_error *error)
{
    mb_arena dump_arena = {0};
    mb_site_dump dump;
    size_t length;
    char *text;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        sample->obstacle = "the program is static, or was linked with an older libmembench.a";
        return MB_OK;
    }
    if (mb_file_read(path, &text, &length, error) != MB_OK)
        return MB_FAILED;
    mb_status status = mb_site_runs_read(text, length, &dump_arena, &dump, error);
    if (status == MB_OK)
        status = mb_site_names_find(&dump, files, arena, &sample->set, error);
    if (status != MB_OK && error->kind == MB_ERROR_FORMAT) {
        sample->obstacle = mb_arena_copy(arena, error->message);
        status = sample->obstacle != NULL ? MB_OK : mb_error_no_memory(error);
    }
    free(text);
    mb_arena_fini(&dump_arena);
    return status;
}

static mb_status submit_all(mb_session *session, const size_t *case_indices, size_t count, mb_site_sample *samples,
                            mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < count && status == MB_OK; i++) {
        samples[i].obstacle = mb_sites_obstacle(session, session->results[case_indices[i]].program);
        if (samples[i].obstacle == NULL)
            status = mb_sample_submit(session, case_indices[i], MB_PASS_HEAP, true, error);
    }
    if (mb_session_drain(session) != 0) /* interrupted: what has not run is not there */
        for (size_t i = 0; i < count; i++)
            samples[i].obstacle = "interrupted";
    mb_progress_clear(&session->progress);
    return status;
}

mb_status mb_sites_take(mb_session *session, const size_t *case_indices, size_t count, mb_arena *arena,
                        mb_site_sample *samples, mb_error *error)
{
    char folder[PATH_MAX], path[PATH_MAX];
    mb_site_files files = {0};
    memset(samples, 0, count * sizeof *samples);
    if (count == 0)
        return MB_OK;
    if (mb_temporary_folder("membench-sites", folder, sizeof folder, error) != MB_OK)
        return MB_FAILED;
    session->sites_folder = folder;
    for (size_t i = 0; i < count; i++)
        session->cases[case_indices[i]].discarded_failure = NULL;
    mb_status status = submit_all(session, case_indices, count, samples, error);
    for (size_t i = 0; i < count; i++) {
        mb_sites_path(session, case_indices[i], path, sizeof path);
        const char *failure = session->cases[case_indices[i]].discarded_failure;
        if (samples[i].obstacle == NULL && failure != NULL) { /* what it wrote until then may lack a window */
            samples[i].obstacle = mb_arena_copy(arena, failure);
            status = samples[i].obstacle != NULL ? status : mb_error_no_memory(error);
        }
        if (status == MB_OK && samples[i].obstacle == NULL)
            status = mb_sites_read_file(path, &files, arena, &samples[i], error);
    }
    mb_site_files_close(&files);
    mb_temporary_remove(folder);
    session->sites_folder = NULL;
    return status;
}

mb_status mb_sites_keep(mb_session *session, const size_t *case_indices, size_t count, mb_error *error)
{
    mb_site_sample *samples = mb_arena_alloc(&session->arena, (count + 1) * sizeof *samples);
    if (samples == NULL)
        return mb_error_no_memory(error);
    mb_status status = mb_sites_take(session, case_indices, count, &session->arena, samples, error);
    for (size_t i = 0; i < count && status == MB_OK; i++)
        if (samples[i].obstacle == NULL)
            session->results[case_indices[i]].sites = &samples[i].set;
        else if (session->cases[case_indices[i]].discarded_failure != NULL &&
                 session->results[case_indices[i]].warning == NULL)
            session->results[case_indices[i]].warning = "call sites not kept: the sample taken for them failed";
    return status;
}

mb_status mb_sites_keep_all(mb_session *session, mb_error *error)
{
    size_t *indices = malloc((session->case_count + 1) * sizeof *indices), count = 0;
    if (indices == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < session->case_count; c++)
        if (session->results[c].outcome == MB_OUTCOME_OK)
            indices[count++] = c;
    mb_status status = mb_sites_keep(session, indices, count, error);
    free(indices);
    return status;
}
