/* Saving a baseline: what ran goes in, what did not run stays. */
#include "model/differences.h"
#include "store/baseline.h"
#include "store/id_index.h"
#include "store/results_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_POLL_MS = 20 };

typedef enum action { KEEP, SPARE, REPLACE } action; /* of an old case */

typedef struct merge {
    const char *path;
    const mb_case_source *fresh;
    mb_results_reader *old; /* NULL: there is none */
    mb_id_index fresh_ids;
    unsigned char *actions;  /* of the old cases */
    unsigned char *is_taken; /* fresh cases that replace an old one, or may not */
    size_t *program_map;     /* old program → merged program */
    mb_run_info run;
    mb_arena arena;   /* the merged run's programs */
    mb_arena scratch; /* one case at a time */
    mb_baseline_saved saved;
    mb_error *error;
} merge;

static bool is_same_program(const mb_program_info *a, const mb_program_info *b)
{
    return mb_is_same_text(a->path, b->path) && mb_is_same_text(a->libraries, b->libraries) &&
           mb_program_differences(a, b) == 0;
}

static mb_status fail_memory(const merge *m)
{
    return mb_error_set(m->error, MB_ERROR_SYSTEM, "%s: out of memory", m->path);
}

/* Index of program in the merged run, added when it is new there. */
static size_t merged_program(merge *m, const mb_program_info *program)
{
    size_t at = 0;
    while (at < m->run.program_count && !is_same_program(&m->run.programs[at], program))
        at++;
    if (at == m->run.program_count)
        m->run.programs[m->run.program_count++] = *program;
    return at;
}

/* Reads an old case into scratch. */
static mb_status read_old(merge *m, size_t index, mb_case_result *result)
{
    mb_arena_reset(&m->scratch);
    return mb_results_reader_read(m->old, index, &m->scratch, result, m->error);
}

static mb_status read_fresh(merge *m, size_t index, mb_case_result *result)
{
    mb_arena_reset(&m->scratch);
    return m->fresh->read(m->fresh->context, index, &m->scratch, result, m->error);
}

/* A case that ran replaces the old one, unless it gave no result and the old one has: it would take away what the next
 * run is to be compared with. */
static mb_status decide(merge *m, size_t old_index)
{
    size_t fresh_index;
    mb_case_result old, fresh;
    if (!mb_id_index_find(&m->fresh_ids, mb_results_reader_id(m->old, old_index), &fresh_index)) {
        m->actions[old_index] = KEEP;
        m->saved.kept_count++;
        return MB_OK;
    }
    mb_status status = read_fresh(m, fresh_index, &fresh);
    bool is_ok = status == MB_OK && fresh.outcome == MB_OUTCOME_OK;
    if (status == MB_OK && !is_ok)
        status = read_old(m, old_index, &old);
    if (status != MB_OK)
        return status;
    m->is_taken[fresh_index] = 1;
    bool is_spared = !is_ok && old.outcome == MB_OUTCOME_OK;
    m->actions[old_index] = is_spared ? SPARE : REPLACE;
    m->saved.spared_count += is_spared;
    m->saved.replaced_count += !is_spared;
    return MB_OK;
}

/* What a file states once for all its cases and decides whether metrics compare must be the same for those kept. */
static mb_status check_machine(const merge *m)
{
    if (m->saved.kept_count + m->saved.spared_count == 0)
        return MB_OK;
    const mb_run_info *old = mb_results_reader_run(m->old), *fresh = m->fresh->run;
    unsigned differences = mb_run_differences(old, fresh) & ~(unsigned)MB_DIFFERENT_VERSION;
    if (differences == 0)
        return MB_OK;
    return mb_error_set(m->error, MB_ERROR_SYSTEM,
                        "%s: %zu of its cases were not run now and were measured with %s; run all cases, "
                        "or save under another name",
                        m->path, m->saved.kept_count + m->saved.spared_count, mb_difference_text(differences));
}

static mb_status index_fresh(merge *m)
{
    for (size_t i = 0; i < m->fresh->case_count; i++)
        if (!mb_id_index_append(&m->fresh_ids, m->fresh->id(m->fresh->context, i), i))
            return fail_memory(m);
    const mb_id_entry *twice = mb_id_index_sort(&m->fresh_ids);
    if (twice != NULL)
        return mb_error_set(m->error, MB_ERROR_SYSTEM, "%s: the case \"%s\" appears twice", m->path, twice->id);
    m->is_taken = calloc(m->fresh->case_count + 1, 1);
    return m->is_taken == NULL ? fail_memory(m) : MB_OK;
}

/* The fresh run's description, and behind its programs those of the cases that stay. */
static mb_status merge_runs(merge *m)
{
    const mb_run_info *old = m->old == NULL ? NULL : mb_results_reader_run(m->old);
    size_t old_count = old == NULL ? 0 : old->program_count, fresh_count = m->fresh->run->program_count;
    m->run = *m->fresh->run;
    m->run.programs = mb_arena_alloc(&m->arena, (fresh_count + old_count) * sizeof *m->run.programs);
    m->program_map = mb_arena_alloc(&m->arena, (old_count + 1) * sizeof *m->program_map);
    if (m->run.programs == NULL || m->program_map == NULL)
        return fail_memory(m);
    for (size_t i = 0; i < fresh_count; i++)
        m->run.programs[i] = m->fresh->run->programs[i];
    for (size_t i = 0; i < old_count; i++)
        m->program_map[i] = SIZE_MAX; /* no case of it stays, so far */
    bool stays = false;
    for (size_t i = 0; old != NULL && i < mb_results_reader_count(m->old); i++) {
        mb_case_result result;
        if (m->actions[i] == REPLACE)
            continue;
        stays = true;
        if (read_old(m, i, &result) != MB_OK)
            return MB_FAILED;
        if (result.program < old_count && m->program_map[result.program] == SIZE_MAX)
            m->program_map[result.program] = merged_program(m, &old->programs[result.program]);
    }
    m->run.complete = m->run.complete && (!stays || old->complete);
    return MB_OK;
}

/* The old cases in their order, each from where it comes, then the new ones. */
static mb_status write_cases(merge *m, mb_results_writer *writer)
{
    mb_case_result result;
    mb_status status = MB_OK;
    size_t old_count = m->old == NULL ? 0 : mb_results_reader_count(m->old);
    for (size_t i = 0; i < old_count && status == MB_OK; i++) {
        size_t fresh_index = 0;
        if (m->actions[i] == REPLACE) {
            MB_ASSERT(mb_id_index_find(&m->fresh_ids, mb_results_reader_id(m->old, i), &fresh_index));
            status = read_fresh(m, fresh_index, &result);
        } else {
            status = read_old(m, i, &result);
            if (status == MB_OK && result.program < mb_results_reader_run(m->old)->program_count)
                result.program = m->program_map[result.program];
        }
        if (status == MB_OK)
            status = mb_results_writer_add(writer, &result, m->error);
    }
    for (size_t i = 0; i < m->fresh->case_count && status == MB_OK; i++) {
        if (m->is_taken[i])
            continue;
        status = read_fresh(m, i, &result);
        if (status == MB_OK)
            status = mb_results_writer_add(writer, &result, m->error);
        m->saved.added_count++;
    }
    return status;
}

static mb_status run_merge(merge *m)
{
    mb_status status = index_fresh(m);
    if (status == MB_OK && m->old != NULL) {
        size_t old_count = mb_results_reader_count(m->old);
        m->actions = calloc(old_count + 1, 1);
        if (m->actions == NULL)
            status = fail_memory(m);
        for (size_t i = 0; i < old_count && status == MB_OK; i++)
            status = decide(m, i);
        if (status == MB_OK)
            status = check_machine(m);
    }
    if (status == MB_OK)
        status = merge_runs(m);
    mb_results_writer *writer = NULL;
    if (status == MB_OK)
        status = mb_results_writer_begin(m->path, &m->run, &writer, m->error);
    if (status != MB_OK)
        return status;
    status = write_cases(m, writer);
    if (status == MB_OK)
        return mb_results_writer_finish(writer, m->error);
    mb_results_writer_abandon(writer);
    return status;
}

/* Locks the folder itself, which leaves no lock file behind; *descriptor is open on success. */
static mb_status lock_folder(const char *folder, int wait_ms, int *descriptor, mb_error *error)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return mb_error_set_errno(error, errno, "%s: cannot be created", folder);
    int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0)
        return mb_error_set_errno(error, errno, "%s", folder);
    for (int waited_ms = 0; flock(opened, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_POLL_MS) {
        int errnum = errno;
        if (errnum == EWOULDBLOCK && waited_ms < wait_ms) {
            nanosleep(&(struct timespec){.tv_nsec = LOCK_POLL_MS * 1000000L}, NULL);
            continue;
        }
        close(opened);
        if (errnum == EWOULDBLOCK)
            return mb_error_set(error, MB_ERROR_SYSTEM,
                                "%s: another membench is writing a baseline there; gave up after %d ms", folder,
                                wait_ms);
        return mb_error_set_errno(error, errnum, "%s: cannot be locked", folder);
    }
    *descriptor = opened;
    return MB_OK;
}

/* Removes temporary files of the baseline that killed writers left; the lock says that none of them is in use. */
static void sweep(int folder, const char *name)
{
    char prefix[MB_BASELINE_NAME_MAX + 16];
    int length = snprintf(prefix, sizeof prefix, ".%s.json.", name);
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (directory == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *file; (file = readdir(directory)) != NULL;) {
        size_t file_length = strlen(file->d_name);
        if (strncmp(file->d_name, prefix, (size_t)length) == 0 && file_length > 4 &&
            strcmp(file->d_name + file_length - 4, ".tmp") == 0)
            unlinkat(folder, file->d_name, 0);
    }
    closedir(directory);
}

mb_status mb_baseline_save(const char *folder, const char *name, const mb_case_source *source, int lock_wait_ms,
                           mb_baseline_saved *saved, mb_error *error)
{
    merge m = {.fresh = source, .error = error};
    int lock = -1;
    mb_status status = mb_baseline_path(folder, name, &m.arena, &m.path, error);
    if (status == MB_OK)
        status = lock_folder(folder, lock_wait_ms, &lock, error);
    if (status == MB_OK) {
        sweep(lock, name);
        if (access(m.path, F_OK) == 0 || errno != ENOENT)
            status = mb_results_reader_open(m.path, &m.old, error);
    }
    if (status == MB_OK)
        status = run_merge(&m);
    if (status == MB_OK && saved != NULL)
        *saved = m.saved;
    if (lock >= 0)
        close(lock);
    mb_results_reader_close(m.old);
    mb_id_index_fini(&m.fresh_ids);
    free(m.actions);
    free(m.is_taken);
    mb_arena_fini(&m.scratch);
    mb_arena_fini(&m.arena);
    return status;
}
