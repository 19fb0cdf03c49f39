/* resume.c: the journal of a run, in .membench/ of the current folder, and going on from it. */
#include "session/session_fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_FOLDER ".membench"

/* "journal-123.ndjson"; shards of a plan that share a folder, perhaps over several machines, tell theirs apart:
 * "journal-123-2-of-4.ndjson", and so do two sides: "journal-123-old.ndjson". */
static void name_journal(const mb_session *session, int pid, char name[64])
{
    const mb_shard_info *shard = &session->run.shard;
    if (session->side != NULL)
        snprintf(name, 64, "journal-%d-%s.ndjson", pid, session->side);
    else if (shard->count > 0)
        snprintf(name, 64, "journal-%d-%zu-of-%zu.ndjson", pid, shard->index, shard->count);
    else
        snprintf(name, 64, "journal-%d.ndjson", pid);
}

/* The newest journal that no running membench holds; NULL when there is none. */
static const char *find_journal(const mb_session *session, mb_arena *arena)
{
    DIR *folder = opendir(STATE_FOLDER);
    const char *newest = NULL;
    struct timespec newest_time = {0};
    if (folder == NULL)
        return NULL;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[sizeof STATE_FOLDER + sizeof entry->d_name];
        char name[64];
        struct stat status;
        int pid;
        if (sscanf(entry->d_name, "journal-%d", &pid) != 1)
            continue;
        name_journal(session, pid, name);
        if (strcmp(entry->d_name, name) != 0)
            continue;
        snprintf(path, sizeof path, STATE_FOLDER "/%s", entry->d_name);
        if (stat(path, &status) != 0 || (kill(pid, 0) == 0 && pid != getpid()))
            continue;
        if (newest == NULL || status.st_mtim.tv_sec > newest_time.tv_sec ||
            (status.st_mtim.tv_sec == newest_time.tv_sec && status.st_mtim.tv_nsec > newest_time.tv_nsec)) {
            newest = mb_arena_copy(arena, path);
            newest_time = status.st_mtim;
        }
    }
    closedir(folder);
    return newest;
}

/* Of two sides the second goes by the first, with the number of the process that began both. */
static int number_of(const mb_session *session)
{
    int pid;
    const mb_session *first = session->first;
    bool is_known = first != NULL && first->journal_path != NULL &&
                    sscanf(first->journal_path, STATE_FOLDER "/journal-%d", &pid) == 1;
    return is_known ? pid : (int)getpid();
}

static const char *make_path(mb_session *session)
{
    char name[64], path[sizeof STATE_FOLDER + sizeof name];
    name_journal(session, number_of(session), name);
    snprintf(path, sizeof path, STATE_FOLDER "/%s", name);
    return mb_arena_copy(&session->arena, path);
}

static bool find_case(const mb_session *session, const char *id, size_t *index)
{
    for (size_t c = 0; c < session->case_count; c++)
        if (strcmp(session->results[c].id, id) == 0) {
            *index = c;
            return true;
        }
    return false;
}

/* Keeps a sample until the plan asks for one of its case and pass. Were all taken at once, rounds would be planned from
 * other samples than the unbroken run's, and its verdicts could differ. */
static mb_status store(mb_session *session, size_t case_index, const mb_journal_sample *read, mb_sample *sample,
                       mb_error *error)
{
    mb_stored_sample *made = mb_arena_alloc(&session->arena, sizeof *made);
    const char *message = read->message != NULL ? mb_arena_copy(&session->arena, read->message) : NULL;
    if (made == NULL || (read->message != NULL && message == NULL)) {
        mb_sample_free(sample);
        return mb_error_no_memory(error);
    }
    *made = (mb_stored_sample){.sample = sample, .outcome = read->outcome, .message = message};
    mb_stored_sample **last = &session->cases[case_index].stored[read->pass];
    while (*last != NULL)
        last = &(*last)->next;
    *last = made;
    return MB_OK;
}

/* Reads a sample of the journal with the same functions as a worker's. */
static mb_status visit_sample(void *context, const mb_journal_sample *stored, mb_error *error)
{
    mb_session *session = context;
    size_t c;
    if (!find_case(session, stored->case_id, &c))
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: it has a case %s that is not in the plan",
                            session->journal_path, stored->case_id);
    mb_sample *sample = mb_sample_new(stored->pass);
    if (sample == NULL)
        return mb_error_no_memory(error);
    mb_status status = MB_OK;
    const char *line = stored->events, *end = stored->events + stored->events_length;
    while (status == MB_OK && line != NULL && line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = newline != NULL ? (size_t)(newline - line) : (size_t)(end - line);
        status = mb_sample_line(sample, line, length, error);
        line += length + 1;
    }
    if (status != MB_OK) {
        mb_error reason = *error;
        mb_error_set(error, reason.kind, "%s: a sample of %s: %s", session->journal_path, stored->case_id,
                     reason.message);
        mb_sample_free(sample);
        return status;
    }
    return store(session, c, stored, sample, error);
}

/* Our folder is nobody's source: git is told to leave it out, as other tools do with theirs. */
bool mb_session_make_folder(void)
{
    if (mkdir(STATE_FOLDER, 0777) != 0)
        return errno == EEXIST;
    FILE *file = fopen(STATE_FOLDER "/.gitignore", "w");
    if (file != NULL) {
        fputs("*\n", file);
        fclose(file);
    }
    return true;
}

static mb_status resume(mb_session *session, const mb_journal_header *wanted, mb_error *error)
{
    mb_journal_header header;
    session->journal_path = session->first != NULL ? make_path(session) : find_journal(session, &session->arena);
    if (session->journal_path == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--resume: no interrupted run in this folder (" STATE_FOLDER ")");
    mb_status status = mb_journal_resume(session->journal_path, wanted, &session->arena, &header, visit_sample, session,
                                         &session->journal, error);
    if (status == MB_OK) {
        session->run.seed = header.seed;
        session->run.date = header.date;
    }
    return status;
}

/* Whether its header is whole: who is killed before has a journal that says nothing. */
static bool has_begun(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    int byte = EOF;
    while (file != NULL && (byte = getc(file)) != EOF && byte != '\n') {
    }
    if (file != NULL)
        fclose(file);
    return byte == '\n';
}

mb_status mb_session_open_journal(mb_session *session, mb_error *error)
{
    char text[MB_FINGERPRINT_BYTES];
    mb_fingerprint parts;
    mb_status status = mb_session_fingerprint(session, &parts, error);
    if (status != MB_OK)
        return status;
    mb_fingerprint_hash(&parts, text);
    mb_journal_header header = {text, parts, session->run.seed, session->run.date};
    /* Of two sides the second may have been killed before it had a journal. */
    if (session->plan->resume && (session->first == NULL || has_begun(make_path(session))))
        return resume(session, &header, error);
    if (session->plan->test || session->is_passing || !mb_session_make_folder())
        return MB_OK; /* without a journal a run cannot be resumed, and is as good otherwise */
    const char *path = make_path(session);
    if (path == NULL)
        return mb_error_no_memory(error);
    unlink(path); /* of a process that had our number before */
    mb_error ignored;
    if (mb_journal_create(path, &header, &session->journal, &ignored) == MB_OK)
        session->journal_path = path;
    return MB_OK;
}
