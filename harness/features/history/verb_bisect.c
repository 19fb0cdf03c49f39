/* `membench bisect`: git bisect with the gate as judge. */
#include "command/complain.h"
#include "command/options.h"
#include "features/builds/trees.h"
#include "features/history/history_options.h"
#include "session/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS_MAX = 10000, CANDIDATES_MAX = 20, HASH_DIGITS = 40 };
enum { GOOD, STEP }; /* the worktrees: of the good commit, and the one that moves, from the bad commit on */

typedef enum judgement { JUDGED_GOOD, JUDGED_BAD, JUDGED_NOT } judgement;

typedef struct bisection {
    const mb_options *options;
    const char *case_id;
    mb_trees trees;
    mb_git_commit good, bad;
    char report[MB_TREES_PATH_BYTES], bad_report[MB_TREES_PATH_BYTES], complaints[MB_TREES_PATH_BYTES];
    mb_arena arena;
    const char *executable; /* of membench */
} bisection;

/* The two commits, by whichever option they are said. */
static mb_status find_ends(bisection *b, mb_error *error)
{
    const mb_history_options *wanted = mb_history_of(b->options);
    const char *words[MB_TREES] = {wanted->good, wanted->bad != NULL ? wanted->bad : "HEAD"};
    const char *range = b->options->git;
    mb_status status = range != NULL ? mb_trees_split(range, &b->arena, words, error) : MB_OK;
    if (status == MB_OK && words[GOOD] == NULL)
        status = mb_error_set(error, MB_ERROR_USAGE,
                              "bisect needs --good COMMIT, one before the change, or --git GOOD..BAD");
    if (status == MB_OK)
        status = mb_trees_find(&b->trees, GOOD, range != NULL ? "--git" : "--good", words[GOOD], error);
    if (status == MB_OK)
        status = mb_trees_find(&b->trees, STEP, range != NULL ? "--git" : "--bad", words[STEP], error);
    b->good = b->trees.trees[GOOD].commit;
    b->bad = b->trees.trees[STEP].commit;
    return status;
}

static mb_status check(bisection *b, mb_error *error)
{
    bool is_before = false;
    if (!b->options->is_command || b->options->operand_count < 2)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "bisect takes a case, and after -- the command that builds a commit: membench bisect CASE "
                            "--good COMMIT -- make");
    b->case_id = b->options->operands[0];
    b->trees.build = b->options->operands + 1;
    b->trees.build_count = b->options->operand_count - 1;
    b->trees.shows_output = b->options->verbose;
    b->trees.is_quiet = b->options->plan.is_quiet;
    mb_status status = find_ends(b, error);
    if (status != MB_OK)
        return status;
    const char *const words[] = {"merge-base", "--is-ancestor", b->good.name, b->bad.name, NULL};
    status = mb_trees_git(&b->trees, NULL, words, &is_before, error);
    if (status == MB_OK && (!is_before || strcmp(b->good.name, b->bad.name) == 0))
        return mb_error_set(error, MB_ERROR_USAGE, "the good commit, %.10s, does not come before the bad one, %.10s",
                            b->good.name, b->bad.name);
    return status;
}

/* "…: no case matches …": what ab said last, for a line of ours. */
static void read_complaint(const bisection *b, char *text, size_t size)
{
    FILE *file = fopen(b->complaints, "re");
    char line[1024];
    snprintf(text, size, "exit code %d", b->trees.answer.exit_code);
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *said = strncmp(line, "membench: ", 10) == 0 ? line + 10 : line;
        if (*said != '\0')
            snprintf(text, size, "%.*s", (int)size - 1, said);
    }
    fclose(file);
}

static bool names_time(const char *text) { return text != NULL && strstr(text, "time") != NULL; }

/* Measures the case side by side with the good commit. why: of JUDGED_NOT. */
static mb_status judge(bisection *b, judgement *judged, char *why, size_t why_size, mb_error *error)
{
    const mb_history_options *wanted = mb_history_of(b->options);
    const char *words[MB_GIT_WORDS_MAX + 1];
    const char *good = mb_trees_programs(&b->trees, GOOD), *step = mb_trees_programs(&b->trees, STEP);
    size_t count = 0;
    /* The shell keeps what ab prints apart: its report and its complaints. */
    const char *const first[] = {"sh",
                                 "-c",
                                 "o=$1 e=$2; shift 2; exec \"$@\" >\"$o\" 2>\"$e\"",
                                 "sh",
                                 b->report,
                                 b->complaints,
                                 b->executable,
                                 "ab",
                                 wanted->improved ? step : good,
                                 wanted->improved ? good : step,
                                 "--exact",
                                 b->case_id,
                                 "--strict",
                                 "--color=never"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        words[count++] = first[i];
    if (!names_time(wanted->threshold) && !names_time(wanted->metrics))
        words[count++] = "--no-time";
    if (wanted->threshold != NULL) {
        words[count++] = "--threshold";
        words[count++] = wanted->threshold;
    }
    if (wanted->metrics != NULL) {
        words[count++] = "--metrics";
        words[count++] = wanted->metrics;
    }
    for (size_t i = 0; i < b->options->plan.program_count; i++) {
        if (count + 2 > MB_GIT_WORDS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--program: too many programs");
        words[count++] = "--program";
        words[count++] = b->options->plan.programs[i];
    }
    words[count] = NULL;
    mb_git_call call = {.words = words, .is_command = true, .interrupted = &mb_trees_interrupted};
    mb_trees_show(&b->trees, "measuring", STEP);
    mb_status status = mb_git_run(&call, &b->trees.answer, error);
    mb_trees_hide(&b->trees);
    if (status == MB_OK && mb_trees_interrupted)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted");
    if (status != MB_OK)
        return status;
    *judged = b->trees.answer.exit_code == MB_EXIT_OK          ? JUDGED_GOOD
              : b->trees.answer.exit_code == MB_EXIT_REGRESSED ? JUDGED_BAD
                                                               : JUDGED_NOT;
    if (*judged == JUDGED_NOT)
        read_complaint(b, why, why_size);
    if (*judged == JUDGED_BAD && rename(b->report, b->bad_report) != 0)
        return mb_error_set_errno(error, errno, "%s", b->bad_report);
    return MB_OK;
}

static void say_step(const bisection *b, const char *commit, const char *verdict, const char *why)
{
    if (!b->options->plan.is_quiet)
        fprintf(stderr, "membench: %.10s %s%s%s\n", commit, verdict, why[0] != '\0' ? ": " : "", why);
}

/* Both ends must be what they are said to be, or there is nothing to look for. */
static mb_status check_ends(bisection *b, mb_error *error)
{
    judgement judged = JUDGED_NOT;
    char why[300] = "";
    mb_status status = mb_trees_must_build(&b->trees, GOOD, "the good commit", error);
    if (status == MB_OK)
        status = mb_trees_must_build(&b->trees, STEP, "the bad commit", error);
    if (status == MB_OK)
        status = judge(b, &judged, why, sizeof why, error);
    if (status != MB_OK)
        return status;
    if (judged == JUDGED_NOT)
        return mb_error_set(error, MB_ERROR_SYSTEM, "the bad commit, %.10s, cannot be compared with the good one: %s",
                            b->bad.name, why);
    if (judged == JUDGED_GOOD)
        return mb_error_set(error, MB_ERROR_SYSTEM,
                            "%.10s has not %s against %.10s by more than the threshold: lower it with --threshold, "
                            "or choose another metric with --metrics",
                            b->bad.name, mb_history_of(b->options)->improved ? "shrunk" : "grown", b->good.name);
    say_step(b, b->good.name, "good", "");
    say_step(b, b->bad.name, "bad", "");
    return MB_OK;
}

/* Builds and judges what git bisect has checked out. word: what is told to git. */
static mb_status take_step(bisection *b, const char **word, mb_error *error)
{
    static const char *const head_words[] = {"rev-parse", "HEAD", NULL};
    static const char *const verdicts[] = {"good", "bad", "skip"};
    bool worked = false;
    judgement judged = JUDGED_NOT;
    char why[300] = "it cannot be built", *commit = b->trees.trees[STEP].commit.name;
    mb_status status = mb_trees_git(&b->trees, b->trees.trees[STEP].path, head_words, &worked, error);
    if (status != MB_OK || !worked)
        return status != MB_OK ? status : mb_error_set(error, MB_ERROR_SYSTEM, "git rev-parse HEAD failed");
    snprintf(commit, sizeof b->trees.trees[STEP].commit.name, "%.71s", b->trees.answer.text);
    status = mb_trees_build(&b->trees, STEP, &worked, error);
    if (status == MB_OK && worked) {
        why[0] = '\0';
        status = judge(b, &judged, why, sizeof why, error);
    }
    if (status == MB_OK) {
        *word = verdicts[judged];
        say_step(b, commit, judged == JUDGED_NOT ? "skipped" : *word, why);
    }
    return status;
}

/* How a search ended. */
typedef struct outcome {
    bool is_over;
    mb_git_commit commits[CANDIDATES_MAX]; /* the first bad one; several where those between were skipped */
    size_t count, left_out_count;
} outcome;

static mb_status find_commit(const char *hash, mb_git_commit *commit, mb_error *error)
{
    bool found = false;
    mb_status status = mb_git_find_commit(hash, &found, commit, error);
    return status != MB_OK || found ? status
                                    : mb_error_set(error, MB_ERROR_SYSTEM, "git does not know %.40s any more", hash);
}

/* Lines of git's answer that are hashes: what it could not tell apart, for all of it but the last was skipped. */
static mb_status read_candidates(bisection *b, outcome *end, mb_error *error)
{
    for (char *save = NULL, *line = strtok_r(b->trees.answer.text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strlen(line) < HASH_DIGITS || strspn(line, "0123456789abcdef") != strlen(line))
            continue;
        if (end->count == CANDIDATES_MAX) {
            end->left_out_count++;
            continue;
        }
        mb_status status = find_commit(line, &end->commits[end->count], error);
        if (status != MB_OK)
            return status;
        end->count++;
    }
    return MB_OK;
}

/* Whether git's answer names the first bad commit, or that it cannot be determined. */
static mb_status read_end(bisection *b, bool worked, outcome *end, mb_error *error)
{
    static const char said[] = " is the first bad commit", undecided[] = "The first bad commit could be any of:";
    char *found = strstr(b->trees.answer.text, said);
    if (found != NULL) {
        *found = '\0';
        char *start = strrchr(b->trees.answer.text, '\n');
        end->is_over = true;
        end->count = 1;
        return find_commit(start != NULL ? start + 1 : b->trees.answer.text, &end->commits[0], error);
    }
    if (strstr(b->trees.answer.text, undecided) != NULL) {
        end->is_over = true;
        return read_candidates(b, end, error);
    }
    return worked ? MB_OK : mb_error_set(error, MB_ERROR_SYSTEM, "git bisect failed: %.200s", b->trees.answer.text);
}

static mb_status search(bisection *b, outcome *end, mb_error *error)
{
    const char *const start_words[] = {"bisect", "start", b->bad.name, b->good.name, NULL};
    bool worked = false;
    mb_status status = mb_trees_git(&b->trees, b->trees.trees[STEP].path, start_words, &worked, error);
    if (status == MB_OK)
        status = read_end(b, worked, end, error);
    for (int step = 0; status == MB_OK && !end->is_over && step < STEPS_MAX; step++) {
        const char *word = NULL;
        status = take_step(b, &word, error);
        const char *const words[] = {"bisect", word, NULL};
        if (status == MB_OK)
            status = mb_trees_git(&b->trees, b->trees.trees[STEP].path, words, &worked, error);
        if (status == MB_OK)
            status = read_end(b, worked, end, error);
    }
    return status;
}

/* The table of ab's report, and below it the call sites; between and behind them is advice on folders that go. */
static void print_report(const bisection *b, FILE *file)
{
    char line[1024];
    bool is_table = true, is_where = false;
    while (fgets(line, sizeof line, file) != NULL) {
        char *versus = strstr(line, "  vs ");
        if (versus != NULL && strstr(versus, b->trees.folder) != NULL) /* the other side's folder, in a heading */
            strcpy(versus, "\n");
        is_table = is_table && line[0] != '\n';
        is_where = strncmp(line, "  where", strlen("  where")) == 0 || (is_where && strncmp(line, "   ", 3) == 0);
        if (is_table || is_where)
            fputs(line, stdout);
    }
}

/* Returns the exit code. */
static mb_exit print_end(const bisection *b, const outcome *end)
{
    bool is_improved = mb_history_of(b->options)->improved;
    const char *kind = is_improved ? "better" : "bad";
    if (end->count == 1) {
        printf("%s is the first %s commit: %s\n", end->commits[0].name, kind, end->commits[0].subject);
    } else {
        printf("The first %s commit is one of these; all but the last one could not be built or measured:\n", kind);
        for (size_t i = 0; i < end->count; i++)
            printf("  %s %s\n", end->commits[i].name, end->commits[i].subject);
        if (end->left_out_count > 0)
            printf("  and %zu more\n", end->left_out_count);
    }
    FILE *file = fopen(b->bad_report, "re");
    if (file != NULL) {
        printf(is_improved ? "\nThe good commit against the first better one:\n" : "\n");
        print_report(b, file);
        fclose(file);
    }
    return end->count == 1 ? MB_EXIT_OK : MB_EXIT_FAILED;
}

static int run(const mb_options *options)
{
    static bisection b; /* large, as the next */
    static outcome end;
    mb_error error;
    mb_paths paths;
    b.options = options;
    mb_trees_catch_signals();
    mb_status status = check(&b, &error);
    if (status == MB_OK)
        status = mb_paths_find(&b.arena, &paths, &error);
    if (status == MB_OK) {
        static const char *const names[MB_TREES] = {"good", "step"};
        b.executable = paths.executable;
        status = mb_trees_make(&b.trees, names, &error);
        snprintf(b.report, sizeof b.report, "%s/report.txt", b.trees.folder);
        snprintf(b.bad_report, sizeof b.bad_report, "%s/bad.txt", b.trees.folder);
        snprintf(b.complaints, sizeof b.complaints, "%s/complaints.txt", b.trees.folder);
    }
    if (status == MB_OK)
        status = check_ends(&b, &error);
    if (status == MB_OK)
        status = search(&b, &end, &error);
    int code = MB_EXIT_OK, number = mb_trees_interrupted;
    if (status == MB_OK)
        code = print_end(&b, &end);
    else if (number != 0)
        fprintf(stderr, "membench: interrupted: no commit was found; the worktree is removed\n");
    else
        code = mb_complain(&error);
    mb_trees_remove(&b.trees);
    mb_arena_fini(&b.arena);
    return number != 0 && status != MB_OK ? MB_EXIT_SIGNAL + number : mb_finish_output((mb_exit)code);
}

/* clang-format off */
const mb_verb mb_verb_bisect = {
    .name = "bisect",
    .mask = MB_VERB_BISECT,
    .synopsis = "[OPTIONS] CASE --good COMMIT [--bad COMMIT] -- BUILD-COMMAND...\n"
                "       membench bisect [OPTIONS] CASE --git GOOD..BAD -- BUILD-COMMAND...",
    .summary = "find the commit that made a case grow",
    .description =
        "Runs git bisect in a temporary worktree; the checkout is not touched. Builds each commit with\n"
        "BUILD-COMMAND, in the commit's folder, and measures CASE side by side with the good commit (membench\n"
        "ab). Skips commits that cannot be built or measured. A BUILD-COMMAND of one quoted word runs in sh; it\n"
        "gets the same variables as that of membench ab --git. Exit codes: 0 found, 1 not found, 2 usage.",
    .examples =
        "  membench bisect memory_job_creation/100 --good v1.2 -- make -j2\n"
        "  membench bisect queue/1000 --good a1b2c3d --bad HEAD~3 --threshold 5% -- 'cmake -B b . && make -C b'\n",
    .operands = MB_WORDS_CASES,
    .options = &mb_options_history,
    .part_bytes = sizeof(mb_history_options),
    .run = run,
};
/* clang-format on */
