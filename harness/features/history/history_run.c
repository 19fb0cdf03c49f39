#include "command/complain.h"
#include "command/options.h"
#include "command/reading.h"
#include "features/history/history_options.h"

#include "base/path.h"
#include "features/builds/git.h"
#include "features/history/history_show.h"
#include "session/session.h"

#include "base/units.h"
#include "features/history/history.h"
#include "store/import.h"
#include "store/results_reader.h"
#include "store/stored_runs.h"

#include <stdio.h>
#include <string.h>

static const char *setting_of(const mb_run_info *run, const char *name)
{
    for (size_t i = 0; i < run->setting_count; i++)
        if (strcmp(run->settings[i].name, name) == 0)
            return run->settings[i].value;
    return NULL;
}

/* "a1b2c3d" of results/a1b2c3d.json, when that can be a commit's hash. */
static bool hash_of_file(const char *path, char *hash, size_t size)
{
    enum { HASH_LEAST = 7 };
    const char *name = mb_file_name(path);
    size_t length = strspn(name, "0123456789abcdef");
    if (length < HASH_LEAST || length >= size || (name[length] != '.' && name[length] != '\0'))
        return false;
    snprintf(hash, size, "%.*s", (int)length, name);
    return true;
}

/* What is checked out must be what was measured. */
static mb_status check_checkout(const mb_run_info *run, const mb_git_commit *head, mb_error *error)
{
    bool is_dirty = false;
    int64_t run_s;
    mb_status status = mb_git_is_dirty(&is_dirty, error);
    if (status != MB_OK)
        return status;
    if (is_dirty)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "the checkout has changes that are in no commit: commit them and measure again, or name "
                            "what was measured by --commit");
    if (run->date != NULL && mb_history_date_parse(run->date, &run_s) && run_s < head->time_s)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "the run of %s is older than the commit checked out, %.10s: measure again, or name what "
                            "was measured by --commit",
                            run->date, head->name);
    return MB_OK;
}

/* Which commit a file measured: --commit, else what the file itself says, else its name (import) or what is checked out
 * (record). */
static mb_status find_commit(const mb_options *options, const char *path, const mb_run_info *run, bool is_import,
                             mb_git_commit *commit, mb_error *error)
{
    char hash[72];
    const char *word =
        mb_history_of(options)->commit != NULL ? mb_history_of(options)->commit : setting_of(run, "commit");
    bool is_named = word != NULL, found = false;
    if (!is_named && is_import && hash_of_file(path, hash, sizeof hash))
        word = hash;
    if (!is_named && !is_import)
        word = "HEAD";
    *commit = (mb_git_commit){0};
    mb_status status = word != NULL ? mb_git_find_commit(word, &found, commit, error) : MB_OK;
    if (status != MB_OK)
        return status;
    if (!found && !is_named)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: which commit did it measure? Name it by --commit", path);
    if (!found) { /* a release, or a commit of another repository: its place is the run's date */
        int length = snprintf(commit->name, sizeof commit->name, "%s", word);
        if (length >= (int)sizeof commit->name)
            return mb_error_set(error, MB_ERROR_USAGE, "--commit: \"%.40s…\" is too long", word);
    }
    const char *branch =
        mb_history_of(options)->branch != NULL ? mb_history_of(options)->branch : setting_of(run, "branch");
    if (branch != NULL)
        snprintf(commit->branch, sizeof commit->branch, "%s", branch);
    return !is_named && !is_import ? check_checkout(run, commit, error) : MB_OK;
}

static mb_status record_file(mb_history *history, const mb_options *options, const char *path, bool is_import,
                             mb_git_commit *commit, mb_history_added *added, mb_error *error)
{
    mb_results_reader *reader = NULL;
    mb_status status = mb_results_reader_open(path, &reader, error);
    if (status != MB_OK)
        return status;
    status = find_commit(options, path, mb_results_reader_run(reader), is_import, commit, error);
    if (status == MB_OK) {
        mb_case_source source = mb_results_reader_source(reader);
        mb_history_commit named = {
            .name = commit->name, .branch = commit->branch, .subject = commit->subject, .time_s = commit->time_s};
        mb_error reason;
        mb_reading reading;
        mb_reading_init(&reading, &source, 1, options);
        mb_reading_begin(&reading, "recording");
        status = mb_history_record(history, &named, &reading.source, mb_history_of(options)->again, added, &reason);
        mb_reading_pause(&reading);
        if (status != MB_OK)
            mb_error_set(error, reason.kind, "%s%s%s", is_import ? path : "", is_import ? ": " : "", reason.message);
    }
    mb_results_reader_close(reader);
    return status;
}

/* A commit that a file names, as git knows it; else as the file has it, in the order of its own date. */
static mb_status name_past(const mb_options *options, const mb_import_run *run, mb_git_commit *commit, mb_error *error)
{
    bool found = false, is_here = false;
    mb_git_commit head = {0};
    mb_status status = mb_git_find_commit(run->commit, &found, commit, error);
    if (status == MB_OK && !found) {
        *commit = (mb_git_commit){0};
        status = mb_git_find_commit("HEAD", &is_here, &head, error);
        snprintf(commit->name, sizeof commit->name, "%.71s", run->commit);
        snprintf(commit->subject, sizeof commit->subject, "%.255s", run->subject);
        memcpy(commit->branch, head.branch, sizeof commit->branch);
        if (!mb_history_date_parse(run->timestamp, &commit->time_s))
            commit->time_s = run->date_ms / 1000;
    }
    if (mb_history_of(options)->branch != NULL)
        snprintf(commit->branch, sizeof commit->branch, "%s", mb_history_of(options)->branch);
    return status;
}

static mb_status record_past(mb_history *history, const mb_options *options, const mb_import_run *run,
                             mb_git_commit *commit, mb_history_added *added, mb_error *error)
{
    mb_results_reader *reader = NULL;
    mb_status status = name_past(options, run, commit, error);
    if (status == MB_OK)
        status = mb_results_reader_open_memory(run->commit, run->json, run->length, &reader, error);
    if (status != MB_OK)
        return status;
    mb_case_source source = mb_results_reader_source(reader);
    mb_history_commit named = {commit->name, commit->branch, commit->subject, commit->time_s};
    status = mb_history_record(history, &named, &source, mb_history_of(options)->again, added, error);
    mb_results_reader_close(reader);
    return status;
}

static void add_up(mb_history_added *sum, const mb_history_added *added)
{
    sum->run_count += added->run_count;
    sum->case_count += added->case_count;
    sum->point_count += added->point_count;
    sum->kept_count += added->kept_count;
}

/* All runs that one file keeps, each with its own commit. */
static mb_status record_all_past(mb_history *history, const mb_options *options, const mb_import_past *past,
                                 const char *path, mb_git_commit *commit, mb_history_added *sum, mb_error *error)
{
    mb_status status = MB_OK;
    size_t empty_count = 0;
    if (mb_history_of(options)->commit != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: it names a commit for each of its runs: leave out --commit",
                            path);
    for (size_t i = 0; i < past->run_count && status == MB_OK; i++) {
        mb_history_added added = {0};
        if (past->runs[i].json == NULL)
            empty_count++;
        else
            status = record_past(history, options, &past->runs[i], commit, &added, error);
        add_up(sum, &added);
    }
    if (status != MB_OK)
        return status;
    if (empty_count == past->run_count)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: none of its values is of a known metric", path);
    if (empty_count > 0)
        fprintf(stderr, "membench: %s: %zu of %zu runs have no value of a known metric, and are left out\n", path,
                empty_count, past->run_count);
    return MB_OK;
}

static mb_status open_for_writing(const mb_options *options, mb_history **history, mb_error *error)
{
    const char *path = mb_history_of(options)->db != NULL ? mb_history_of(options)->db : MB_HISTORY_PATH;
    if (mb_history_of(options)->db == NULL)
        mb_session_make_folder(); /* when it cannot be created, opening says why */
    return mb_history_open(path, MB_HISTORY_WRITE, history, error);
}

static void say_added(const mb_options *options, const char *commit, size_t run_count, const mb_history_added *added)
{
    char text[MB_UNITS_TEXT_MAX];
    if (options->plan.is_quiet)
        return;
    if (run_count == 1)
        fprintf(stderr, "membench: commit %.40s: ", commit);
    else
        fprintf(stderr, "membench: %zu runs read: ", run_count);
    if (added->point_count == 0) {
        fprintf(stderr, "recorded before, nothing new (--again records another run)\n");
        return;
    }
    fprintf(stderr, "%zu new run%s, %s values of %zu case%s%s\n", added->run_count, added->run_count == 1 ? "" : "s",
            mb_format_count((double)added->point_count, text), added->case_count, added->case_count == 1 ? "" : "s",
            added->kept_count > 0 ? "; the others were recorded before" : "");
}

/* A file, or all that it keeps of many commits; *count goes up by how many runs of files that is. */
static mb_status add_file(mb_history *history, const mb_options *options, const char *path, bool is_import,
                          mb_git_commit *commit, mb_history_added *sum, size_t *count, mb_error *error)
{
    mb_import_past past = {0};
    mb_history_added added = {0};
    mb_status status = is_import ? mb_import_past_read(path, &past, error) : MB_OK;
    if (status == MB_OK && past.run_count > 0)
        status = record_all_past(history, options, &past, path, commit, &added, error);
    else if (status == MB_OK)
        status = record_file(history, options, path, is_import, commit, &added, error);
    if (status == MB_OK)
        add_up(sum, &added);
    *count += past.run_count > 0 ? past.run_count : 1;
    mb_import_past_fini(&past);
    return status;
}

/* All files, or none of them. */
static mb_status add_files(const mb_options *options, const char *const *paths, size_t count, bool is_import,
                           mb_error *error)
{
    mb_history *history = NULL;
    mb_history_added sum = {0};
    mb_git_commit commit = {0};
    size_t run_count = 0;
    mb_status status = open_for_writing(options, &history, error);
    if (status == MB_OK && is_import)
        status = mb_history_begin(history, error);
    for (size_t i = 0; i < count && status == MB_OK; i++)
        status = add_file(history, options, paths[i], is_import, &commit, &sum, &run_count, error);
    if (status == MB_OK && is_import)
        status = mb_history_end(history, error);
    mb_history_close(history);
    if (status == MB_OK)
        say_added(options, commit.name, run_count, &sum);
    return status;
}

static mb_status prune(const mb_options *options, mb_error *error)
{
    const mb_history_options *wanted = mb_history_of(options);
    const char *path = wanted->db != NULL ? wanted->db : MB_HISTORY_PATH;
    int64_t older_s = 0;
    mb_history *history = NULL;
    mb_history_pruned pruned;
    if (wanted->keep_count == 0 && wanted->older == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "prune: give --keep N (commits of each branch) or --older DATE");
    if (wanted->older != NULL && !mb_history_date_parse(wanted->older, &older_s))
        return mb_error_set(error, MB_ERROR_USAGE, "--older: \"%s\" is not a date such as 2026-01-31", wanted->older);
    mb_status status = mb_history_open(path, MB_HISTORY_READ, &history, error); /* prune makes no new file */
    mb_history_close(history);
    history = NULL;
    if (status == MB_OK)
        status = mb_history_open(path, MB_HISTORY_WRITE, &history, error);
    if (status == MB_OK)
        status = mb_history_prune(history, wanted->keep_count, older_s, &pruned, error);
    mb_history_close(history);
    if (status == MB_OK && !options->plan.is_quiet) {
        char before[MB_UNITS_TEXT_MAX], after[MB_UNITS_TEXT_MAX];
        fprintf(stderr, "membench: removed %zu run%s and %zu commit%s: %s is %s, it was %s\n", pruned.run_count,
                pruned.run_count == 1 ? "" : "s", pruned.commit_count, pruned.commit_count == 1 ? "" : "s", path,
                mb_format_bytes((double)pruned.after_bytes, after),
                mb_format_bytes((double)pruned.before_bytes, before));
    }
    return status;
}

/* What is called how, and how many words may follow. */
typedef enum action { RECORD, IMPORT, LIST, SHOW, CHANGES, PRUNE, ACTION_COUNT } action;
static const struct {
    const char *name;
    size_t least, most;
    const char *wants;
} actions[ACTION_COUNT] = {
    [RECORD] = {"record", 0, 1, "at most one results file"},
    [IMPORT] = {"import", 1, MB_OPERANDS_MAX, "results files"},
    [LIST] = {"list", 0, 0, "nothing more"},
    [SHOW] = {"show", 1, 1, "one case"},
    [CHANGES] = {"changes", 0, 1, "at most one case"},
    [PRUNE] = {"prune", 0, 0, "nothing more"},
};

static mb_status find_action(const mb_options *options, action *found, mb_error *error)
{
    const char *word = options->operand_count > 0 ? options->operands[0] : NULL;
    for (int i = 0; word != NULL && i < ACTION_COUNT; i++) {
        if (strcmp(word, actions[i].name) != 0)
            continue;
        size_t count = options->operand_count - 1;
        if (count < actions[i].least || count > actions[i].most)
            return mb_error_set(error, MB_ERROR_USAGE, "history %s takes %s", word, actions[i].wants);
        *found = (action)i;
        return MB_OK;
    }
    return mb_error_set(error, MB_ERROR_USAGE,
                        "history takes record, import, list, show CASE, changes or prune%s%.40s%s",
                        word != NULL ? ", not \"" : "", word != NULL ? word : "", word != NULL ? "\"" : "");
}

int mb_history_verb(const mb_options *options)
{
    const char *const last[] = {MB_LAST_RUN};
    mb_error error;
    action wanted = RECORD;
    const char *const *words = options->operands + 1;
    size_t count = options->operand_count > 0 ? options->operand_count - 1 : 0;
    mb_status status = find_action(options, &wanted, &error);
    if (status == MB_OK)
        switch (wanted) {
        case RECORD:
            status = add_files(options, count > 0 ? words : last, 1, false, &error);
            break;
        case IMPORT:
            status = add_files(options, words, count, true, &error);
            break;
        case LIST:
            status = mb_history_list(options, &error);
            break;
        case SHOW:
            status = mb_history_show(options, words[0], &error);
            break;
        case CHANGES:
            status = mb_history_changes(options, count > 0 ? words[0] : NULL, &error);
            break;
        case PRUNE:
            status = prune(options, &error);
            break;
        case ACTION_COUNT:
            break;
        }
    return mb_finish_output(status == MB_OK ? MB_EXIT_OK : (mb_exit)mb_complain(&error));
}
