/* git.h: asks git, by running it. */
#ifndef MEMBENCH_FEATURES_BUILDS_GIT_H
#define MEMBENCH_FEATURES_BUILDS_GIT_H

#include "base/arena.h"
#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum { MB_GIT_ANSWER_BYTES = 8192, MB_GIT_WORDS_MAX = 24 };

/* One call of a program. */
typedef struct mb_git_call {
    const char *folder;       /* where it runs; NULL: here */
    const char *const *words; /* NULL-terminated: what follows "git"; or of is_command the program and its arguments */
    bool is_command;          /* any program, as a shell would find it; its environment is the caller's */
    bool shows_output;        /* what it prints goes to our stderr as it comes */
    const char *output_path;  /* what it prints, errors too, goes there; NULL: into answer */
    const volatile sig_atomic_t *interrupted; /* or NULL; set: its process group is ended */
} mb_git_call;

typedef struct mb_git_answer {
    int exit_code;                  /* 128 + N: ended by signal N */
    char text[MB_GIT_ANSWER_BYTES]; /* what it printed, cut; without the last line break; of git without its errors */
} mb_git_answer;

/* Runs it to its end. Fails when it cannot be run: git is then asked for by name. Another exit code than 0 is not
 * a failure here. git sees no variables that name another repository and runs no hooks. */
MB_NODISCARD mb_status mb_git_run(const mb_git_call *call, mb_git_answer *answer, mb_error *error);

typedef struct mb_git_commit {
    char name[72]; /* the full hash */
    char subject[256];
    char branch[256]; /* that is checked out, or that a CI system says is; "" when none is */
    int64_t time_s;   /* of the committer */
} mb_git_commit;

/* Looks up a commit by whatever git takes for one. *found is false, and nothing else set, where there is no repository
 * here, no git, or no such commit. */
MB_NODISCARD mb_status mb_git_find_commit(const char *word, bool *found, mb_git_commit *commit, mb_error *error);

/* Whether tracked files differ from the commit that is checked out; false where that cannot be determined. */
MB_NODISCARD mb_status mb_git_is_dirty(bool *is_dirty, mb_error *error);

#endif
