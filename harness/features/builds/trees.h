/* trees.h: two commits of the user's repository, each checked out in a worktree of its own and built there by the
 * user's command. The worktrees are below a temporary folder and go with it; the checkout is never touched.
 *
 *     mb_trees_catch_signals ─▶ mb_trees_find ─▶ mb_trees_make ─▶ mb_trees_build … ─▶ mb_trees_remove */
#ifndef MEMBENCH_FEATURES_BUILDS_TREES_H
#define MEMBENCH_FEATURES_BUILDS_TREES_H

#include "base/progress.h"
#include "features/builds/git.h"
#include "session/plan.h"

enum { MB_TREES = 2, MB_TREES_FOLDER_BYTES = 512, MB_TREES_PATH_BYTES = MB_TREES_FOLDER_BYTES + 64 };

typedef struct mb_tree {
    mb_git_commit commit;
    char path[MB_TREES_PATH_BYTES]; /* of the worktree */
    char out[MB_TREES_PATH_BYTES];  /* MEMBENCH_OUT: where a build may put its programs */
} mb_tree;

typedef struct mb_trees {
    const char *const *build; /* the command, build_count words; one with blanks in it is for sh. The caller's */
    size_t build_count;
    bool shows_output; /* what builds print goes to stderr */
    bool is_quiet;     /* no line on a terminal that says what is being done */
    mb_progress progress;
    mb_tree trees[MB_TREES];
    char folder[MB_TREES_FOLDER_BYTES]; /* ours; "" before it is made */
    char log[MB_TREES_PATH_BYTES];      /* what the last build printed */
    mb_git_answer answer;               /* of the last call of git, or the last build */
} mb_trees;

extern volatile sig_atomic_t mb_trees_interrupted; /* the signal that ends it all, or 0 */
void mb_trees_catch_signals(void);

/* Cuts "OLD..NEW" into words that live in the arena; "OLD.." is up to HEAD. MB_ERROR_USAGE when it is not of that form.
 */
MB_NODISCARD mb_status mb_trees_split(const char *range, mb_arena *arena, const char *words[MB_TREES], mb_error *error);

/* Looks up the commit of a worktree. MB_ERROR_USAGE, which begins with said, when there is none, or no repository. */
MB_NODISCARD mb_status mb_trees_find(mb_trees *trees, size_t index, const char *said, const char *word,
                                     mb_error *error);

/* Runs git in a folder (NULL: here). *worked: it exited with 0. Its answer stays in trees->answer. */
MB_NODISCARD mb_status mb_trees_git(mb_trees *trees, const char *folder, const char *const *words, bool *worked,
                                    mb_error *error);

/* Makes the folder, and in it the worktrees of both commits under those names, and sets the variables that every build
 * finds: MEMBENCH_CFLAGS and MEMBENCH_LIBS, with which a bench program is compiled and linked, as far as this membench
 * has headers and library with it, and MEMBENCH_FROM, the current folder. */
MB_NODISCARD mb_status mb_trees_make(mb_trees *trees, const char *const names[MB_TREES], mb_error *error);

/* Says on a terminal what is being done with the commit of a worktree, "building" or "measuring", until mb_trees_hide.
 */
void mb_trees_show(mb_trees *trees, const char *doing, size_t index);
void mb_trees_hide(mb_trees *trees);

/* Builds what a worktree has checked out, with an empty MEMBENCH_OUT. *worked: the command exited with 0. */
MB_NODISCARD mb_status mb_trees_build(mb_trees *trees, size_t index, bool *worked, mb_error *error);

/* The same, for builds that have to work: shows the last lines of what the build printed when it failed. name: of the
 * commit in the message. */
MB_NODISCARD mb_status mb_trees_must_build(mb_trees *trees, size_t index, const char *name, mb_error *error);

/* Where the programs of a build are: MEMBENCH_OUT when something is in it, else the worktree. */
const char *mb_trees_programs(const mb_trees *trees, size_t index);

/* MB_ERROR_SYSTEM, which begins with name, when there is no bench program of those that the plan names, or none at all.
 */
MB_NODISCARD mb_status mb_trees_check_programs(const mb_trees *trees, size_t index, const char *name,
                                               const mb_plan *plan, mb_error *error);

/* Takes the worktrees away, and git's notes of them. It cannot be interrupted, and does not fail. */
void mb_trees_remove(mb_trees *trees);

#endif
