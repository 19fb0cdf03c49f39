#include "base/output_file.h"

#include "base/terminal.h"
#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "features/builds/trees.h"
#include "features/exec/exec_sides.h"
#include "features/exec/exec_timeline.h"
#include "session/allocators.h"
#include "session/pins.h"
#include "session/sides.h"
#include "session/unchanged.h"
#include "session/wheres.h"

#include "base/units.h"
#include "report/advice.h"
#include "store/results_writer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_BYTES = 1024, PATH_BYTES = 400 };

/* Options of commands say nothing of bench programs. */
static bool has_exec_options(const mb_options *options)
{
    const char *bytes = options->part;
    for (size_t i = 0; i < sizeof(mb_exec_options); i++)
        if (bytes[i] != 0)
            return true;
    return false;
}

static mb_status check_options(const mb_options *options, mb_error *error)
{
    bool is_exec = mb_exec_of(options)->is_ab;
    if (!is_exec && has_exec_options(options))
        return mb_error_set(error, MB_ERROR_USAGE, "options for commands (--prepare, --warmup and so on) need --exec");
    if (options->git != NULL && (!options->is_command || options->command_index == options->operand_count))
        return mb_error_set(
            error, MB_ERROR_USAGE,
            "--git needs the command that builds a commit after --: membench ab --git OLD..NEW -- make");
    if (is_exec && options->operand_count != MB_SIDES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--exec takes two commands, each quoted: 'OLD --flag' 'NEW --flag'");
    if (options->operand_count < MB_SIDES_MAX && options->git == NULL)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "ab takes two builds: membench ab OLD NEW, programs or folders of them");
    if (mb_plan_check_samples("--sample-size", options->plan.sample_size, error) != MB_OK)
        return MB_FAILED;
    size_t filters_begin = options->git != NULL ? 0 : MB_SIDES_MAX;
    size_t filters_end = options->git != NULL ? options->command_index : options->operand_count;
    for (size_t i = filters_begin; i < filters_end; i++) {
        mb_status status = mb_filter_add(options->plan.filter, options->operands[i], error);
        if (status != MB_OK)
            return status;
    }
    mb_status status = mb_output_check(options->out, error);
    return status == MB_OK ? mb_exec_timeline_check(options, error) : status;
}

/* Programs are the operands', whatever membench.json of this folder lists. */
static mb_status apply_project(mb_options *options, mb_arena *arena, mb_error *error)
{
    mb_plan named = options->plan;
    mb_status status = mb_plan_apply_project(&options->plan, arena, error);
    options->plan.programs = named.programs;
    options->plan.program_count = named.program_count;
    options->plan.programs_owner = NULL;
    options->plan.is_project_whole = false;
    return status == MB_OK ? mb_pins_open(&options->plan, error) : status;
}

/* How the reader would call us again for the same two sides. */
static const char *format_command(const mb_options *options, char command[COMMAND_BYTES])
{
    char sides[MB_SIDES_MAX][PATH_BYTES], what[2 * PATH_BYTES + 16];
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        mb_shell_quote(options->git != NULL ? options->git : options->operands[side], sides[side], PATH_BYTES);
    const char *exec = mb_exec_of(options)->is_ab ? "--exec " : "";
    if (options->git != NULL)
        snprintf(what, sizeof what, "--git %s", sides[0]);
    else
        snprintf(what, sizeof what, "%s%s %s", exec, sides[MB_SIDE_OLD], sides[MB_SIDE_NEW]);
    int length = snprintf(command, COMMAND_BYTES, "membench ab %s%s", what, options->call.measuring);
    if (length >= COMMAND_BYTES || options->call.is_cut)
        snprintf(command, COMMAND_BYTES, "membench ab %s", what);
    return command;
}

static void print_cost(const mb_sides *sides, const mb_options *options)
{
    const mb_session *old = &sides->sessions[MB_SIDE_OLD];
    char time[MB_UNITS_TEXT_MAX];
    if (options->plan.is_quiet)
        return;
    fprintf(stderr, "membench: %zu case%s side by side: %zu samples in %s (seed %llu)\n", sides->pair_count,
            sides->pair_count == 1 ? "" : "s", old->sample_done,
            mb_format_ns((double)(mb_now_ns() - old->start_ns), time), (unsigned long long)old->run.seed);
}

static mb_status report(mb_sides *sides, const mb_options *options, mb_exit *code, mb_error *error)
{
    char command[COMMAND_BYTES];
    mb_verdicts verdicts = {0};
    mb_wheres wheres = {0};
    mb_arena arena = {0};
    mb_case_source old = mb_sides_source(sides, MB_SIDE_OLD), new = mb_sides_source(sides, MB_SIDE_NEW);
    mb_status status = mb_sides_verdicts(sides, &verdicts, error);
    bool is_exec = mb_exec_of(options)->is_ab;
    if (status == MB_OK && !options->no_where && !is_exec && sides->sessions[MB_SIDE_OLD].signal_number == 0)
        status = mb_wheres_of_sides(sides, &verdicts, (mb_where_extent)options->where, &arena, &wheres, error);
    if (status == MB_OK && options->out != NULL)
        status = mb_results_write(options->out, &new, error);
    if (status == MB_OK) {
        bool is_out_taken = options->out != NULL && strcmp(options->out, "-") == 0;
        mb_gate_input input = {
            .current = &new,
            .baseline = &old,
            .verdicts = &verdicts,
            .is_side_by_side = true,
            .is_of_commands = is_exec,
            .baseline_name = options->operands[MB_SIDE_OLD],
            .command = format_command(options, command),
            .wheres = &wheres,
            .signal_number = sides->sessions[MB_SIDE_OLD].signal_number,
            .options = options,
        };
        status = mb_gate_report(&input, is_out_taken ? stderr : stdout, code, error);
    }
    mb_verdicts_fini(&verdicts);
    mb_arena_fini(&arena);
    return status;
}

/* The same bytes on both sides, such as a build that was not made again: nothing can have grown. */
static bool are_same_builds(const mb_sides *sides)
{
    const mb_run_info *old = &sides->sessions[MB_SIDE_OLD].run, *new = &sides->sessions[MB_SIDE_NEW].run;
    const char *was_given = sides->side_plans[MB_SIDE_OLD].modules, *is_given = sides->side_plans[MB_SIDE_NEW].modules;
    if (old->program_count != new->program_count ||
        (was_given != NULL && is_given != NULL && strcmp(was_given, is_given) != 0))
        return false;
    for (size_t i = 0; i < new->program_count; i++) {
        const char *was = old->programs[i].build_id, *is = new->programs[i].build_id;
        if (was == NULL || is == NULL || strcmp(was, is) != 0)
            return false;
    }
    return true;
}

/* What was measured is kept, and can be used: builds of commits are gone. */
static bool goes_on(const mb_sides *sides, const mb_options *options)
{
    return sides->sessions[MB_SIDE_OLD].journal != NULL && options->git == NULL;
}

static mb_exit measure(mb_sides *sides, const mb_options *options)
{
    mb_session *old = &sides->sessions[MB_SIDE_OLD];
    mb_exit code = MB_EXIT_OK;
    mb_error error;
    bool is_exec = mb_exec_of(options)->is_ab;
    if (is_exec ? strcmp(options->operands[MB_SIDE_OLD], options->operands[MB_SIDE_NEW]) == 0 : are_same_builds(sides))
        fprintf(stderr, "membench: OLD and NEW are the same %s: this shows only how much it varies\n",
                is_exec ? "command" : "build");
    mb_status status = mb_sides_measure(sides, &error);
    bool says_something = status == MB_OK && (old->signal_number == 0 || sides->judged_count > 0);
    if (old->signal_number != 0)
        signal(old->signal_number, SIG_IGN); /* a second one must not end us before we have said so */
    if (says_something) {
        print_cost(sides, options);
        if (sides->is_cut && old->signal_number == 0)
            fprintf(stderr, "membench: --time-budget is used up: undecided cases are INCONCLUSIVE%s\n",
                    goes_on(sides, options) ? "; run the same command with --resume to continue"
                                            : "; give it more time");
        status = report(sides, options, &code, &error);
    }
    if (old->signal_number != 0) {
        const char *more = goes_on(sides, options) ? "; run the same command with --resume to continue" : "";
        if (says_something)
            fprintf(stderr, "membench: interrupted: %zu of %zu cases were judged%s\n", sides->judged_count,
                    sides->pair_count, more);
        else
            fprintf(stderr, "membench: interrupted: nothing was judged%s\n", more);
        return (mb_exit)(MB_EXIT_SIGNAL + old->signal_number);
    }
    if (status == MB_OK && (!sides->is_cut || options->git != NULL))
        mb_sides_forget(sides);
    return status == MB_OK ? code : mb_exit_worse(code, (mb_exit)mb_complain(&error));
}

/* Names what --changed-only leaves out. */
static void say_unchanged(const mb_unchanged *found)
{
    enum { NAMES_MAX = 10 };
    size_t total = found->count + found->changed_count + found->one_sided_count;
    fprintf(stderr, "membench: %zu of %zu program%s unchanged and left out: ", found->count, total,
            total == 1 ? " is" : "s are");
    for (size_t i = 0; i < found->count && i < NAMES_MAX; i++)
        fprintf(stderr, "%s%s", i > 0 ? ", " : "", found->names[i][0] != '\0' ? found->names[i] : "NEW");
    if (found->count > NAMES_MAX)
        fprintf(stderr, " and %zu more", found->count - NAMES_MAX);
    fputc('\n', stderr);
}

static int compare_programs(const mb_options *options, const char *const operands[MB_SIDES_MAX])
{
    mb_sides sides;
    mb_error error;
    int signal_number;
    if (mb_sides_open(&sides, &options->plan, operands, &signal_number, &error) != MB_OK) {
        int code = mb_complain(&error);
        return signal_number != 0 ? MB_EXIT_SIGNAL + signal_number : code;
    }
    mb_exit code = MB_EXIT_OK;
    for (size_t side = 0; side < MB_SIDES_MAX && code == MB_EXIT_OK; side++)
        if (mb_allocator_check(&sides.sessions[side], options->plan.allocator, &error) != MB_OK)
            code = (mb_exit)mb_complain(&error);
    if (code == MB_EXIT_OK)
        code = measure(&sides, options);
    mb_sides_close(&sides);
    return mb_finish_output(code);
}

static int compare_sides(const mb_options *options, const char *const operands[MB_SIDES_MAX])
{
    if (!options->changed_only)
        return compare_programs(options, operands);
    mb_options changed = *options;
    mb_unchanged found;
    mb_error error;
    mb_arena arena = {0};
    int code;
    if (mb_unchanged_find(&options->plan, operands, &arena, &found, &error) != MB_OK) {
        code = mb_complain(&error);
    } else {
        changed.plan.unchanged = &found;
        if (!options->plan.is_quiet && found.count > 0)
            say_unchanged(&found);
        if (found.changed_count > 0) {
            code = compare_programs(&changed, operands);
        } else {
            puts("No program changed: nothing was measured.");
            code = mb_finish_output(MB_EXIT_OK);
        }
    }
    mb_arena_fini(&arena);
    return code;
}

/* Both commits, built. */
static mb_status build_sides(mb_trees *trees, const mb_options *options, const char *const words[MB_SIDES_MAX],
                             mb_error *error)
{
    static const char *const names[MB_TREES] = {"old", "new"}; /* of one length */
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++)
        status = mb_trees_find(trees, side, "--git", words[side], error);
    if (status == MB_OK)
        status = mb_trees_make(trees, names, error);
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++) {
        if (!options->plan.is_quiet)
            fprintf(stderr, "membench: building %.200s (%.10s)\n", words[side], trees->trees[side].commit.name);
        status = mb_trees_must_build(trees, side, words[side], error);
        if (status == MB_OK)
            status = mb_trees_check_programs(trees, side, words[side], &options->plan, error);
    }
    return status;
}

static int compare_commits(mb_options *options)
{
    static mb_trees trees; /* large */
    mb_error error;
    mb_arena arena = {0};
    const char *words[MB_SIDES_MAX];
    trees.is_quiet = true; /* a line for each build stays on the screen */
    trees.build = options->operands + options->command_index;
    trees.build_count = options->operand_count - options->command_index;
    mb_trees_catch_signals();
    mb_status status = mb_trees_split(options->git, &arena, words, &error);
    if (status == MB_OK)
        status = build_sides(&trees, options, words, &error);
    int code, number = mb_trees_interrupted;
    if (status == MB_OK) {
        const char *const folders[MB_SIDES_MAX] = {mb_trees_programs(&trees, MB_SIDE_OLD),
                                                   mb_trees_programs(&trees, MB_SIDE_NEW)};
        mb_options named = *options;
        memcpy(named.operands, words, sizeof words);
        code = compare_sides(&named, folders);
    } else if (number != 0) {
        fputs("membench: interrupted: nothing was measured; the worktrees are removed\n", stderr);
        code = MB_EXIT_SIGNAL + number;
    } else {
        code = mb_complain(&error);
    }
    mb_trees_remove(&trees);
    mb_arena_fini(&arena);
    return code;
}

/* Both commands once more, in one picture. */
static mb_exit write_timeline(mb_exec_sides *pair, const mb_options *options)
{
    mb_error error;
    static const char *const labels[MB_SIDES_MAX] = {"old", "new"};
    mb_exec *const execs[MB_SIDES_MAX] = {&pair->execs[MB_SIDE_OLD], &pair->execs[MB_SIDE_NEW]};
    bool is_text = options->format == NULL || strcmp(options->format, "text") == 0;
    bool is_out_taken = options->out != NULL && strcmp(options->out, "-") == 0;
    FILE *out = !is_text || options->plan.is_quiet ? NULL : is_out_taken ? stderr : stdout;
    if (mb_exec_timeline(execs, labels, MB_SIDES_MAX, out, &error) != MB_OK)
        return (mb_exit)mb_complain(&error);
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        if (execs[side]->signal_number != 0) {
            fputs("membench: interrupted: no timeline\n", stderr);
            return (mb_exit)(MB_EXIT_SIGNAL + execs[side]->signal_number);
        }
    return MB_EXIT_OK;
}

static int compare_commands(const mb_options *options)
{
    mb_error error;
    mb_exec_sides *pair = malloc(sizeof *pair);
    mb_status status = pair != NULL ? mb_exec_sides_open(pair, options, &error) : mb_error_no_memory(&error);
    mb_exit code = MB_EXIT_OK;
    if (status == MB_OK) {
        mb_exec_hold_signals();
        code = measure(&pair->sides, options);
        mb_exit drawn = code < MB_EXIT_SIGNAL ? write_timeline(pair, options) : code;
        code = drawn >= MB_EXIT_SIGNAL ? drawn : mb_exit_worse(code, drawn);
        mb_exec_sides_close(pair);
    } else {
        code = (mb_exit)mb_complain(&error);
    }
    free(pair);
    return mb_finish_output(code);
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    effective.lenient = true; /* a case that only the new side has is reported, and has nothing to be compared with */
    mb_status status = check_options(&effective, &error);
    if (status == MB_OK)
        status = apply_project(&effective, &arena, &error);
    if (status == MB_OK)
        status = mb_allocator_choose(effective.plan.allocator, &error);
    int code = status != MB_OK                 ? mb_complain(&error)
               : mb_exec_of(&effective)->is_ab ? compare_commands(&effective)
               : effective.git != NULL         ? compare_commits(&effective)
                                               : compare_sides(&effective, effective.operands);
    mb_arena_fini(&arena);
    return code;
}

/* clang-format off */
const mb_verb mb_verb_ab = {
    .name = "ab",
    .mask = MB_VERB_AB,
    .synopsis = "[OPTIONS] OLD NEW [FILTER...]\n"
                "       membench ab --git OLD..NEW [OPTIONS] [FILTER...] -- BUILD-COMMAND...\n"
                "       membench ab --exec [OPTIONS] 'OLD COMMAND' 'NEW COMMAND'",
    .summary = "measure two builds side by side, and show what grew",
    .description =
        "Measures two builds in one run, alternately, and compares them. Neither side drifts, so noisy metrics\n"
        "are judged as strictly as exact ones, and times can be judged too (--threshold time=10%; otherwise they\n"
        "are only shown).\n"
        "OLD and NEW are bench programs, folders of them, or two WebAssembly modules. In a folder, the\n"
        "programs listed in its membench.json are measured, or else all bench programs below it. Cases are matched by id; cases\n"
        "found on only one side are listed. Metrics that repeat exactly take three samples per side. The others are\n"
        "screened with ten, and possible growth is confirmed with up to forty new ones.\n"
        "With --git, OLD and NEW are commits of the repository. Each is checked out in a temporary worktree and\n"
        "built there by BUILD-COMMAND (one quoted word runs in sh), which gets these variables: MEMBENCH_OUT, a\n"
        "folder for the bench programs (if left empty, the worktree's own are used); MEMBENCH_CFLAGS and\n"
        "MEMBENCH_LIBS, the flags to compile and link a bench file; MEMBENCH_FROM, the folder membench was\n"
        "started in.\n"
        "With --exec, OLD and NEW are commands: they are measured as by membench exec, and their process peaks\n"
        "gate. Exit codes: see membench run.",
    .examples =
        "  membench ab base/build/bench build/bench\n"
        "  membench ab old_bench new_bench 'queue/' --no-time\n"
        "  membench ab base/build/bench build/bench -p jobs --threshold anon=5%,time=20%\n"
        "  membench ab base . --report markdown=summary.md\n"
        "  membench ab --git v1.2..HEAD -- make -j2\n"
        "  membench ab --git v1.2.. -- \\\n"
        "      'make && cc $MEMBENCH_CFLAGS $MEMBENCH_FROM/b.c libx.a $MEMBENCH_LIBS -o $MEMBENCH_OUT/b'\n"
        "  membench ab --exec 'old/tool big.txt' 'new/tool big.txt'\n",
    .options = &mb_options_exec,
    .part_bytes = sizeof(mb_exec_options),
    .run = run,
};
/* clang-format on */
