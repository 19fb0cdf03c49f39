/* Worktrees of a bisection: made, and taken away whatever happens. */
#include "base/signals.h"
#include "base/temporary.h"
#include "features/history/bisect_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

volatile sig_atomic_t mb_bisect_interrupted; /* the signal */

static void note_signal(int number) { mb_bisect_interrupted = number; }

void mb_bisect_catch_signals(void) { mb_signals_handle_ending(note_signal); }

/* Runs git in a folder (NULL: here). *worked: it exited with 0. Its answer stays in b->answer. */
mb_status mb_bisect_git(mb_bisection *b, const char *folder, const char *const *words, bool *worked, mb_error *error)
{
    mb_git_call call = {.folder = folder, .words = words, .interrupted = &mb_bisect_interrupted};
    mb_status status = mb_git_run(&call, &b->answer, error);
    if (status == MB_OK && mb_bisect_interrupted)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted");
    if (status == MB_OK)
        *worked = b->answer.exit_code == 0;
    return status;
}

static mb_status add_tree(mb_bisection *b, const char *folder, const char *commit, mb_error *error)
{
    bool worked = false;
    const char *const words[] = {"worktree", "add", "--quiet", "--detach", folder, commit, NULL};
    mb_status status = mb_bisect_git(b, NULL, words, &worked, error);
    if (status == MB_OK && !worked)
        return mb_error_set(error, MB_ERROR_SYSTEM, "git worktree add %s failed: check free space and permissions",
                            folder);
    return status;
}

mb_status mb_bisect_make_folder(mb_bisection *b, mb_error *error)
{
    if (mb_temporary_folder("membench-bisect", b->folder, sizeof b->folder, error) != MB_OK)
        return MB_FAILED;
    snprintf(b->good_tree, MB_BISECT_PATH_BYTES, "%s/good", b->folder);
    snprintf(b->step_tree, MB_BISECT_PATH_BYTES, "%s/step", b->folder);
    snprintf(b->log, MB_BISECT_PATH_BYTES, "%s/build.log", b->folder);
    snprintf(b->report, MB_BISECT_PATH_BYTES, "%s/report.txt", b->folder);
    snprintf(b->bad_report, MB_BISECT_PATH_BYTES, "%s/bad.txt", b->folder);
    snprintf(b->complaints, MB_BISECT_PATH_BYTES, "%s/complaints.txt", b->folder);
    mb_status status = add_tree(b, b->good_tree, b->good.name, error);
    return status == MB_OK ? add_tree(b, b->step_tree, b->bad.name, error) : status;
}

/* Takes the worktrees away, and git's notes of them. Nothing here may be mb_bisect_interrupted, or fail the whole. */
void mb_bisect_clean_up(mb_bisection *b)
{
    mb_error ignored;
    static const char *const prune_words[] = {"worktree", "prune", NULL};
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (b->folder[0] != '\0') {
        const char *const trees[] = {b->good_tree, b->step_tree};
        for (size_t i = 0; i < 2; i++) {
            const char *const words[] = {"worktree", "remove", "--force", trees[i], NULL};
            mb_git_call call = {.words = words};
            if (access(trees[i], F_OK) == 0 && mb_git_run(&call, &b->answer, &ignored) != MB_OK)
                continue;
        }
        mb_temporary_remove(b->folder);
        mb_git_call prune = {.words = prune_words};
        if (mb_git_run(&prune, &b->answer, &ignored) == MB_OK)
            b->folder[0] = '\0';
    }
    mb_arena_fini(&b->arena);
}
