/* bisect_parts.h: what the files of `membench bisect` share. */
#ifndef MEMBENCH_FEATURES_HISTORY_BISECT_PARTS_H
#define MEMBENCH_FEATURES_HISTORY_BISECT_PARTS_H

#include "command/options.h"
#include "features/history/git.h"

#include <signal.h>

enum {
    MB_BISECT_FOLDER_BYTES = 512,
    MB_BISECT_PATH_BYTES = MB_BISECT_FOLDER_BYTES + 64,
};

typedef struct mb_bisection {
    const mb_options *options;
    const char *case_id;
    const char *const *build; /* the command, build_count words */
    size_t build_count;
    mb_git_commit good, bad;
    char folder[MB_BISECT_FOLDER_BYTES]; /* ours; "" before it is made */
    char good_tree[MB_BISECT_PATH_BYTES], step_tree[MB_BISECT_PATH_BYTES];
    char log[MB_BISECT_PATH_BYTES], report[MB_BISECT_PATH_BYTES], bad_report[MB_BISECT_PATH_BYTES],
        complaints[MB_BISECT_PATH_BYTES];
    mb_arena arena;
    const char *executable; /* of membench */
    mb_git_answer answer;   /* of the last call */
} mb_bisection;

extern volatile sig_atomic_t mb_bisect_interrupted; /* the signal that ends the bisection, or 0 */
void mb_bisect_catch_signals(void);

/* Runs git in a folder (NULL: here). *worked: it exited with 0. Its answer stays in b->answer. */
MB_NODISCARD mb_status mb_bisect_git(mb_bisection *b, const char *folder, const char *const *words, bool *worked,
                                     mb_error *error);

/* Makes our folder with a worktree of the good commit and one that moves. */
MB_NODISCARD mb_status mb_bisect_make_folder(mb_bisection *b, mb_error *error);

/* Takes the worktrees away, and git's notes of them. Nothing here may be interrupted, or fail the whole. */
void mb_bisect_clean_up(mb_bisection *b);

#endif
