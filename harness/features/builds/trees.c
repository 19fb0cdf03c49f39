#include "features/builds/trees.h"

#include "base/clock.h"
#include "base/signals.h"
#include "base/temporary.h"
#include "session/paths.h"
#include "session/side_programs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_LINES = 10 };

volatile sig_atomic_t mb_trees_interrupted; /* the signal */

static void note_signal(int number) { mb_trees_interrupted = number; }

void mb_trees_catch_signals(void) { mb_signals_handle_ending(note_signal); }

static mb_status run(mb_trees *trees, const mb_git_call *call, bool *worked, mb_error *error)
{
    mb_status status = mb_git_run(call, &trees->answer, error);
    if (status == MB_OK && mb_trees_interrupted)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted");
    if (status == MB_OK)
        *worked = trees->answer.exit_code == 0;
    return status;
}

mb_status mb_trees_git(mb_trees *trees, const char *folder, const char *const *words, bool *worked, mb_error *error)
{
    mb_git_call call = {.folder = folder, .words = words, .interrupted = &mb_trees_interrupted};
    return run(trees, &call, worked, error);
}

mb_status mb_trees_split(const char *range, mb_arena *arena, const char *words[MB_TREES], mb_error *error)
{
    const char *dots = strstr(range, "..");
    if (dots == NULL || dots == range || dots[2] == '.' || strstr(dots + 2, "..") != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--git %s: two commits with .. between them, such as v1.2..HEAD",
                            range);
    char *copy = mb_arena_copy(arena, range);
    if (copy == NULL)
        return mb_error_no_memory(error);
    copy[dots - range] = '\0';
    words[0] = copy;
    words[1] = dots[2] != '\0' ? copy + (dots - range) + 2 : "HEAD";
    return MB_OK;
}

mb_status mb_trees_find(mb_trees *trees, size_t index, const char *said, const char *word, mb_error *error)
{
    static const char *const words[] = {"rev-parse", "--git-dir", NULL};
    bool found = false, is_repository = false;
    mb_status status = mb_git_find_commit(word, &found, &trees->trees[index].commit, error);
    if (status != MB_OK || found)
        return status;
    status = mb_trees_git(trees, NULL, words, &is_repository, error);
    if (status != MB_OK)
        return status;
    return mb_error_set(error, MB_ERROR_USAGE, "%s %s: %s", said, word,
                        is_repository ? "git does not know this commit" : "this folder is not in a git repository");
}

static mb_status set_variable(const char *name, const char *value, mb_error *error)
{
    return setenv(name, value, 1) == 0 ? MB_OK : mb_error_set_errno(error, errno, "cannot set %s", name);
}

/* How a bench program is compiled and linked against the library that came with this membench: "" without one. */
static mb_status set_variables(mb_error *error)
{
    char from[PATH_MAX], cflags[PATH_MAX + 8] = "", libs[PATH_MAX + 2048] = "";
    mb_arena arena = {0};
    mb_build_paths paths;
    mb_status status = mb_build_paths_find(&arena, &paths, error);
    if (status == MB_OK && getcwd(from, sizeof from) == NULL)
        status = mb_error_set_errno(error, errno, "cannot find the current folder");
    if (status == MB_OK && paths.headers != NULL)
        snprintf(cflags, sizeof cflags, "-I%s", paths.headers);
    if (status == MB_OK && paths.library != NULL)
        snprintf(libs, sizeof libs, "%s %s", paths.library, mb_paths_link_options);
    if (status == MB_OK)
        status = set_variable("MEMBENCH_CFLAGS", cflags, error);
    if (status == MB_OK)
        status = set_variable("MEMBENCH_LIBS", libs, error);
    if (status == MB_OK)
        status = set_variable("MEMBENCH_FROM", from, error);
    mb_arena_fini(&arena);
    return status;
}

static mb_status add_tree(mb_trees *trees, mb_tree *tree, mb_error *error)
{
    bool worked = false;
    const char *const words[] = {"worktree", "add", "--quiet", "--detach", tree->path, tree->commit.name, NULL};
    mb_status status = mb_trees_git(trees, NULL, words, &worked, error);
    if (status == MB_OK && !worked)
        return mb_error_set(error, MB_ERROR_SYSTEM, "git worktree add %s failed: check free space and permissions",
                            tree->path);
    return status;
}

mb_status mb_trees_make(mb_trees *trees, const char *const names[MB_TREES], mb_error *error)
{
    if (mb_temporary_folder("membench-trees", trees->folder, sizeof trees->folder, error) != MB_OK)
        return MB_FAILED;
    snprintf(trees->log, sizeof trees->log, "%s/build.log", trees->folder);
    mb_progress_start(&trees->progress, trees->is_quiet || trees->shows_output);
    mb_status status = set_variables(error);
    for (size_t i = 0; i < MB_TREES && status == MB_OK; i++) {
        mb_tree *tree = &trees->trees[i];
        snprintf(tree->path, sizeof tree->path, "%s/%s", trees->folder, names[i]);
        snprintf(tree->out, sizeof tree->out, "%s/%s.out", trees->folder, names[i]);
        status = add_tree(trees, tree, error);
    }
    return status;
}

void mb_trees_show(mb_trees *trees, const char *doing, size_t index)
{
    char text[64];
    snprintf(text, sizeof text, "%s %.10s", doing, trees->trees[index].commit.name);
    mb_progress_view view = {.case_id = text};
    mb_progress_update(&trees->progress, &view, mb_now_ns());
}

void mb_trees_hide(mb_trees *trees) { mb_progress_clear(&trees->progress); }

mb_status mb_trees_build(mb_trees *trees, size_t index, bool *worked, mb_error *error)
{
    const mb_tree *tree = &trees->trees[index];
    const char *words[MB_GIT_WORDS_MAX + 1] = {"sh", "-c", trees->build[0], NULL};
    bool is_for_shell = trees->build_count == 1 && strchr(trees->build[0], ' ') != NULL;
    for (size_t i = 0; i < trees->build_count && !is_for_shell && i < MB_GIT_WORDS_MAX; i++) {
        words[i] = trees->build[i];
        words[i + 1] = NULL;
    }
    if (trees->build_count > MB_GIT_WORDS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "a build command of more than %d words: put it into a script",
                            MB_GIT_WORDS_MAX);
    mb_temporary_remove(tree->out); /* what the commit before has left there is not of this one */
    if (mkdir(tree->out, 0777) != 0)
        return mb_error_set_errno(error, errno, "cannot create %s", tree->out);
    if (set_variable("MEMBENCH_OUT", tree->out, error) != MB_OK)
        return MB_FAILED;
    mb_git_call call = {.folder = tree->path,
                        .words = words,
                        .is_command = true,
                        .shows_output = trees->shows_output,
                        .output_path = trees->log,
                        .interrupted = &mb_trees_interrupted};
    mb_trees_show(trees, "building", index);
    mb_status status = run(trees, &call, worked, error);
    mb_trees_hide(trees);
    return status;
}

/* The last lines of what the build printed, on stderr. */
static void show_log(const mb_trees *trees)
{
    FILE *file = trees->shows_output ? NULL : fopen(trees->log, "re");
    char line[1024];
    long lines = 0;
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        lines++;
    rewind(file);
    for (long i = 0; fgets(line, sizeof line, file) != NULL; i++)
        if (i >= lines - TAIL_LINES)
            fprintf(stderr, "  %s", line);
    fclose(file);
}

mb_status mb_trees_must_build(mb_trees *trees, size_t index, const char *name, mb_error *error)
{
    bool worked = false;
    mb_status status = mb_trees_build(trees, index, &worked, error);
    if (status != MB_OK || worked)
        return status;
    show_log(trees);
    return mb_error_set(error, MB_ERROR_SYSTEM, "%s, %.10s, cannot be built by that command (exit code %d)", name,
                        trees->trees[index].commit.name, trees->answer.exit_code);
}

static bool is_empty(const char *folder)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return true;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count == 0;
}

const char *mb_trees_programs(const mb_trees *trees, size_t index)
{
    const mb_tree *tree = &trees->trees[index];
    return is_empty(tree->out) ? tree->path : tree->out;
}

mb_status mb_trees_check_programs(const mb_trees *trees, size_t index, const char *name, const mb_plan *plan,
                                  mb_error *error)
{
    mb_plan found = {0};
    mb_arena arena = {0};
    mb_status status = mb_side_programs_find(mb_trees_programs(trees, index), plan->programs, plan->program_count,
                                             &found, &arena, error);
    if (status != MB_OK && found.program_count == 0)
        mb_error_set(error, MB_ERROR_SYSTEM,
                     "%s: the build put no bench program%s into $MEMBENCH_OUT, and its folder has none", name,
                     plan->program_count > 0 ? " of that name" : "");
    mb_arena_fini(&arena);
    return status;
}

void mb_trees_remove(mb_trees *trees)
{
    mb_error ignored;
    static const char *const prune_words[] = {"worktree", "prune", NULL};
    for (size_t i = 0; mb_ending_signals[i] != 0; i++)
        signal(mb_ending_signals[i], SIG_IGN);
    if (trees->folder[0] == '\0')
        return;
    for (size_t i = 0; i < MB_TREES; i++) {
        const char *const words[] = {"worktree", "remove", "--force", trees->trees[i].path, NULL};
        mb_git_call call = {.words = words};
        if (access(trees->trees[i].path, F_OK) == 0 && mb_git_run(&call, &trees->answer, &ignored) != MB_OK)
            continue;
    }
    mb_temporary_remove(trees->folder);
    mb_git_call prune = {.words = prune_words};
    if (mb_git_run(&prune, &trees->answer, &ignored) == MB_OK)
        trees->folder[0] = '\0';
}
