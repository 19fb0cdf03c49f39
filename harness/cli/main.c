#include "cli/verbs.h"

#include "features/allocators/matrix.h"
#include "report/case_list.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const mb_verb mb_verbs[] = {
    {"run", MB_VERB_RUN, "[OPTIONS] [FILTER...]",
     "measure cases, save and compare baselines (the default: membench FILTER does the same)",
     "Runs memory benchmarks, each sample in a fresh process, and compares them with a baseline.\n\n"
     "Other verbs are listed at the end; each has its own --help.\n"
     "Exit codes: 0 fine, 1 something failed, 2 usage or nothing matched, 3 memory regressed,\n"
     "4 suspect or inconclusive (with --strict), 5 baseline missing or not comparable.",
     "  membench                                all bundled cases\n"
     "  membench payload                        cases whose id matches \"payload\"\n"
     "  membench --filter=-client               all but the client cases\n"
     "  membench --save-baseline main           record a baseline\n"
     "  membench --baseline main                compare with it; exit code 3 when memory grew by over 10 %\n"
     "  membench --baseline main --threshold anon=5%,heap_alloc_count=0\n"
     "  membench --program ./my_bench --list    the cases of a program of your own\n",
     mb_verb_run},
    {"compare", MB_VERB_COMPARE, "[OPTIONS] OLD.json NEW.json",
     "compare two stored runs",
     "Compares two results files (of --out, or baselines); - is standard input. Measures nothing.\n"
     "Exit codes as of membench itself.",
     "  membench compare baselines/main.json pr.json\n"
     "  membench compare --format markdown old.json new.json >> \"$GITHUB_STEP_SUMMARY\"\n",
     mb_verb_compare},
    {"merge", MB_VERB_MERGE, "[OPTIONS] SHARD.json...",
     "put the shards of a run together, save, compare and judge them",
     "Puts the files of all shards of one run (membench --shard I/N --out FILE) together, in any order, and ends\n"
     "as that run would have: with its results, a baseline, a report, a verdict. Shards that do not belong together\n"
     "(another build of a program, another membench, a part twice or missing) are refused.\n"
     "Exit codes as of membench itself.",
     "  membench --shard 1/2 --out shard-1.json --baseline main    in one job\n"
     "  membench --shard 2/2 --out shard-2.json --baseline main    in another\n"
     "  membench merge shard-*.json --baseline main                and when both have ended\n"
     "  membench merge shard-*.json -o results.json --save-baseline main\n",
     mb_verb_merge},
    {"ab", MB_VERB_AB, "[OPTIONS] OLD NEW [FILTER...]",
     "measure two builds side by side, and say what grew",
     "Measures two builds in one run, by turns, and compares them: neither drifts, so noisy metrics are judged\n"
     "as sharply as exact ones, and times can be judged too (--threshold time=10%; else they are shown).\n"
     "OLD and NEW are bench programs, or folders of them: those that the folder's membench.json lists, else\n"
     "all that are found below. Cases are matched by id; what only one side has is told.\n"
     "Three samples a side settle what repeats exactly; the rest is screened by ten, and what then may have\n"
     "grown is confirmed by up to forty fresh ones. Exit codes as of membench itself.",
     "  membench ab base/build/bench build/bench\n"
     "  membench ab old_bench new_bench 'queue/' --no-time\n"
     "  membench ab base/build/bench build/bench -p jobs --threshold anon=5%,time=20%\n"
     "  membench ab base . --report markdown=summary.md\n",
     mb_verb_ab},
    {"baseline", MB_VERB_BASELINE, "[OPTIONS] list | show NAME | rm NAME",
     "list, show and remove baselines",
     "Lists, shows and removes baselines: the files NAME.json of a folder (./baselines).\n"
     "membench --save-baseline NAME makes one.",
     "  membench baseline list\n"
     "  membench baseline show main\n"
     "  membench baseline rm old-main\n",
     mb_verb_baseline},
    {"doctor", MB_VERB_DOCTOR, "[OPTIONS]",
     "say what this machine can measure, how exactly, and why not better",
     "Tries every source of memory figures against a process that touches a known number of pages.",
     "  membench doctor\n",
     mb_verb_doctor},
    {"report", MB_VERB_REPORT, "[OPTIONS] [FILE...]",
     "show stored runs: any results files or baselines, from any machine",
     "Shows a stored run again; without FILE the last one made in this folder (.membench/last.json).\n"
     "Several runs become one report; those with cases in common, as under several allocators, stand\n"
     "side by side. Showing is no verdict: the exit code is 0 whatever --baseline finds.",
     "  membench report --verbose\n"
     "  membench report --format html -o report.html --baseline main\n"
     "  membench report --format html -o report.html glibc.json jemalloc.json\n"
     "  membench report --format svg --plot memory_job_creation -o sweep.svg\n"
     "  membench report --format csv results.json > results.csv\n",
     mb_verb_report},
    {"diagnose", MB_VERB_DIAGNOSE, "[OPTIONS] --tool TOOL CASE\n       membench diagnose [OPTIONS] --tool TOOL --load 'COMMAND' -- SERVER [ARGUMENT...]",
     "run one case, or a server under a load, under a memory tool",
     "Runs one case's cold window under memcheck, massif, dhat or heaptrack and prints what it found; or\n"
     "starts a server under the tool, runs the load when it is ready, and stops it by SIGINT. The load has\n"
     "MEMBENCH_PORT (the server's lowest TCP port) and MEMBENCH_SERVER_PID in its environment. Files go to\n"
     ".membench/diagnose/. Exit codes: 0 the tool's report is there, 1 it is not, or case, server or load\n"
     "failed, 2 usage.",
     "  membench diagnose memory_job_creation/100 --tool memcheck\n"
     "  membench diagnose --program ./my_bench --tool massif list_build/1000\n"
     "  membench diagnose --tool dhat --load 'curl -s http://127.0.0.1:8080/' -- ./my_server --port 8080\n",
     mb_verb_diagnose},
    {"exec", MB_VERB_EXEC, "[OPTIONS] -- COMMAND [ARGUMENT...]\n       membench exec [OPTIONS] 'COMMAND'...",
     "measure any command: peak memory of each of its processes, and of all together",
     "Runs commands, each ten times, and says what they held. process peak: highest resident set of the\n"
     "largest process, read in each process where it ends (by ptrace; from its last exec on). tree peak:\n"
     "most anonymous memory of all processes at one time, what they share counted once; sampled, at most\n"
     "every --interval and where a process ends. After -- stands one command, run as it is; without it\n"
     "each operand is a command for sh. The process peak gates; the rest does on request, times never.\n"
     "Exit codes as of membench itself; a command that fails is a case that failed (1).",
     "  membench exec -- make -j2\n"
     "  membench exec --name cat --name xz 'cat big.txt' 'xz -k -c big.txt'\n"
     "  membench exec --parameter-list n 1,2,4 --prepare 'make clean' 'make -j{n}'\n"
     "  membench exec --save-baseline main --name build -- make -j2\n"
     "  membench exec --baseline main --threshold tree_peak=5% --name build -- make -j2\n",
     mb_verb_exec},
    {"estimate", MB_VERB_ESTIMATE, "[OPTIONS] MODULE.wasm",
     "what WAMR's guide predicts a WebAssembly module will take",
     "Reads a module and prints what the memory estimation guide of the WebAssembly Micro Runtime says its\n"
     "parts will take, before anything runs. Nothing is measured.",
     "  membench estimate app.wasm\n"
     "  membench estimate --mode aot --stack-size 16KiB --heap-size 0 --instances 10 app.wasm\n",
     mb_verb_estimate},
    {"soak", MB_VERB_SOAK, "[OPTIONS] CASE\n       membench soak [OPTIONS] --pid PID\n       membench soak [OPTIONS] -- COMMAND [ARGUMENT...]\n       membench soak [OPTIONS] --judge FILE",
     "watch a case or a program for an hour or a night: leak or plateau?",
     "Has a case called all the time, or watches a process, reads its memory every second and says whether it\n"
     "leaks. A verdict takes 30 minutes at least. Of a command just its own process is read, not its children;\n"
     "its output goes nowhere. Ctrl-C ends a soak early: its files are whole, its verdict is printed.\n"
     "Exit codes: 0 PLATEAU or INCONCLUSIVE, 1 the target ended early or a file could not be written, 2 usage,\n"
     "3 LEAK, 4 INCONCLUSIVE with --strict.",
     "  membench soak wasm_host_calls/hostloop/100000 --run 3600 --run 1800 --idle 300\n"
     "  membench soak --program ./my_bench queue/1000 --until-verdict --heap\n"
     "  membench soak --pid 4711 --run 8h --interval 10s --out night\n"
     "  membench soak --run 1h -- ./my_server --port 8080\n"
     "  membench soak --judge night.ndjson --tolerance 1MiB/h\n",
     mb_verb_soak},
    {"watch", MB_VERB_WATCH, "[OPTIONS] [CASE|FILTER...]",
     "measure cases again whenever their program is built anew",
     "Measures cases, then waits until a file of their programs changes, and measures again: one screen shows what\n"
     "is now, and how that differs from the measurement before and from the first. Builds may take their time:\n"
     "a program is measured when its file has been quiet for a fifth of a second. In a pipe, a block for each build.\n"
     "A change counts where the samples of two builds lie apart; \"~\" marks differences that may be chance.\n"
     "Nothing is saved or judged. Ctrl-C ends with a summary. Exit codes: 0, also by Ctrl-C; 1 it could not go on,\n"
     "2 usage or nothing matched.",
     "  membench watch memory_job_creation/100\n"
     "  membench watch --program ./my_bench queue/ --metrics heap,heap_calls\n"
     "  membench watch -p ./my_bench --no-time | tee builds.txt\n",
     mb_verb_watch},
    {"history", MB_VERB_HISTORY, "[OPTIONS] record [FILE] | import FILE...\n       membench history [OPTIONS] list | show CASE | changes [CASE] | prune",
     "follow a case over commits: when did its level change?",
     "Keeps runs in a database, by commit, branch and machine class (what decides whether two runs compare).\n"
     "record adds the last run of this folder, or FILE, to the commit that is checked out; import adds old\n"
     "results of other commits. show draws the curve of a case; changes lists the commits where a level\n"
     "changed; prune removes old commits. Recording a run twice changes nothing.",
     "  membench -p ./my_bench && membench history record\n"
     "  membench history show memory_job_creation/100 --metrics heap\n"
     "  membench history changes --branch main\n"
     "  membench history import --commit v1.2 old-results.json\n"
     "  membench history show memory_job_creation/100 --format svg -o curve.svg\n"
     "  membench history prune --keep 1000\n",
     mb_verb_history},
    {"bisect", MB_VERB_BISECT, "[OPTIONS] CASE --good COMMIT [--bad COMMIT] -- BUILD-COMMAND...",
     "find the commit that made a case grow",
     "Drives git bisect in a worktree of its own, which is removed at the end: the checkout stays as it is.\n"
     "Each commit is built by the command, in its folder, and CASE measured side by side with the good\n"
     "commit (membench ab); what cannot be built or measured is skipped. A command of one word that has\n"
     "blanks in it is for sh. Exit codes: 0 found, 1 not found, 2 usage.",
     "  membench bisect memory_job_creation/100 --good v1.2 -- make -j2\n"
     "  membench bisect queue/1000 --good a1b2c3d --bad HEAD~3 --threshold 5% -- 'cmake -B b . && make -C b'\n",
     mb_verb_bisect},
    {"manual", MB_VERB_MANUAL, "[VERB]",
     "print the manual page of membench, or of one of its verbs",
     "Prints a manual page in roff's man macros, made from what --help prints.",
     "  membench manual | man -l -\n"
     "  membench manual compare | man -l -\n",
     mb_verb_manual},
    {"completion", MB_VERB_COMPLETION, "bash | zsh | fish",
     "print what makes a shell complete options, cases and baselines",
     "Prints a script that a shell reads to complete membench's words on its command line.",
     "  source <(membench completion bash)\n"
     "  membench completion zsh > ~/.zfunc/_membench\n"
     "  membench completion fish > ~/.config/fish/completions/membench.fish\n",
     mb_verb_completion},
};
/* clang-format on */
enum { VERB_COUNT = sizeof mb_verbs / sizeof mb_verbs[0] };
const size_t mb_verb_count = VERB_COUNT;

/* Whether a complaint came from a write to stdout that failed: once is enough. */
static bool is_output_told;

int mb_complain(const mb_error *error)
{
    is_output_told = is_output_told || ferror(stdout);
    fflush(stdout);
    fprintf(stderr, "membench: %s\n", error->message);
    return mb_exit_of_error(error);
}

int mb_finish_output(mb_exit code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (is_output_told)
        return mb_exit_worse(code, MB_EXIT_FAILED);
    mb_error error;
    mb_error_set_errno(&error, errno, "cannot write to standard output");
    return mb_exit_worse(code, (mb_exit)mb_complain(&error));
}

const mb_verb *mb_verb_find(const char *name)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(mb_verbs[i].name, name) == 0)
            return &mb_verbs[i];
    return NULL;
}

static void print_version(void)
{
    printf("membench " MB_VERSION "\n"
#ifdef __clang__
           "built with clang " __clang_version__ "\n"
#else
           "built with gcc " __VERSION__ "\n"
#endif
    );
}

/* Operands of `run` are filters. */
static mb_status take_filters(mb_options *options, mb_error *error)
{
    for (size_t i = 0; i < options->operand_count; i++) {
        mb_status status = mb_filter_add(options->filter, options->operands[i], error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

/* Before anything is measured: a mistyped format must not cost a run. */
static mb_status check_format(const mb_options *options, mb_verb_mask verb, mb_error *error)
{
    bool is_out_report = (verb & (MB_VERB_COMPARE | MB_VERB_REPORT)) != 0; /* elsewhere the results */
    mb_list_format list_format;
    if (options->report_count > 0 && (options->list || options->test || options->allocators != NULL))
        return mb_error_set(error, MB_ERROR_USAGE, "--report: there is no report with --list, --test and --allocators");
    if (options->format == NULL)
        return MB_OK;
    if (options->list && !mb_list_format_find(options->format, &list_format))
        return mb_error_set(error, MB_ERROR_USAGE, "--list --format: \"%s\" is not text, terse or json",
                            options->format);
    if (options->allocators != NULL && !mb_matrix_format_is_known(options->format))
        return mb_error_set(error, MB_ERROR_USAGE, "--allocators --format: \"%s\" is not text, markdown or csv",
                            options->format);
    const mb_report_format *format = mb_report_format_find(options->format);
    char names[MB_FORMAT_NAMES_BYTES];
    mb_options_format_names(names, sizeof names);
    if (!options->list && format == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--format: \"%s\" is not %s", options->format, names);
    if (format != NULL && format->writes_folder && (options->out == NULL || !is_out_report))
        return mb_error_set(error, MB_ERROR_USAGE, "--format %s writes a folder: name it by --report %s=FOLDER",
                            options->format, options->format);
    return MB_OK;
}

static int run_verb(const mb_verb *verb, int argc, char **argv)
{
    mb_options options;
    mb_error error;
    mb_parsed parsed = MB_PARSED_RUN;
    int code;
    mb_status status = mb_options_init(&options, &error);
    if (status == MB_OK)
        status = mb_options_parse(&options, verb, argc, argv, &parsed, &error);
    if (status == MB_OK && parsed == MB_PARSED_RUN && verb->mask == MB_VERB_RUN)
        status = take_filters(&options, &error);
    if (status == MB_OK && parsed == MB_PARSED_RUN)
        status = check_format(&options, verb->mask, &error);
    if (status != MB_OK) {
        code = mb_complain(&error);
    } else if (parsed == MB_PARSED_HELP) {
        mb_options_print_help(stdout, verb);
        code = mb_finish_output(MB_EXIT_OK);
    } else if (parsed == MB_PARSED_VERSION) {
        print_version();
        code = mb_finish_output(MB_EXIT_OK);
    } else {
        code = verb->run(&options);
    }
    mb_options_fini(&options);
    return code;
}

/* A stream that was closed before we came would be the next file that is opened, and reports would go into it. What
 * stands there instead fails when it is used, except stderr, which has nobody to tell. */
static void keep_streams_apart(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            abort();
}

int main(int argc, char **argv)
{
    keep_streams_apart();
    /* A closed pipe or a file beyond its limit is an error of write, with a message and a code of ours. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const mb_verb *verb = argc > 1 ? mb_verb_find(argv[1]) : NULL;
    if (verb != NULL) {
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    return run_verb(verb != NULL ? verb : &mb_verbs[0], argc, argv);
}
