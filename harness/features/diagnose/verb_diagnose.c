#include "command/complain.h"
#include "command/options.h"
#include "command/options_table.h"
#include "features/diagnose/diagnose_verb.h"
#include "session/session.h"

#include "process/command.h"
#include "report/advice.h"
#include "report/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define DIAGNOSE_OPTIONS(OPTION) \
    OPTION(const char *tool;, .section = "Diagnosis", .name = "tool", .value = "TOOL", .verbs = DIAGNOSE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(diagnose_options, tool), .words = "memcheck massif dhat heaptrack", \
           .help = "memcheck, massif, dhat or heaptrack") \
    OPTION(const char *load;, .name = "load", .value = "COMMAND", .verbs = DIAGNOSE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(diagnose_options, load), .words = MB_WORDS_COMMANDS, \
           .help = "the load of a server (for sh), which is diagnosed instead of a case") \
    OPTION(const char *ready;, .name = "ready", .value = "REGEX", .verbs = DIAGNOSE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(diagnose_options, ready), \
           .help = "what the server prints once it is ready, a regular expression\n(it listens, or prints something)")
/* clang-format on */

/* Zero and NULL mean "not given". */
typedef struct diagnose_options {
    DIAGNOSE_OPTIONS(MB_OPTION_FIELD)
} diagnose_options;

enum { DIAGNOSE = MB_VERB_DIAGNOSE };

static const mb_option_row rows[] = {DIAGNOSE_OPTIONS(MB_OPTION_ROW)};
static const mb_option_table own_options = {rows, sizeof rows / sizeof rows[0]};

static diagnose_options *own_of(const mb_options *options) { return options->part; }

enum { SLOWDOWN = 20, READY_SECONDS = 120, STOP_SECONDS = 60 }; /* what the tools make of a program's speed */

static const uint64_t second_ns = 1000000000u;

/* The program with its arguments, for a shell. */
static const char *program_command(mb_arena *arena, const mb_session *session, const mb_session_program *program)
{
    const char *text = program->path;
    char quoted[MB_ARGUMENTS_BYTES_MAX];
    for (size_t i = 1; i <= session->plan->argument_count && text != NULL; i++) {
        mb_shell_quote(session->plan->arguments[i], quoted, sizeof quoted);
        text = mb_diagnosis_text(arena, "%s %s", text, quoted);
    }
    return text;
}

/* A worker by hand, without the tool. */
static const char *worker_command(mb_arena *arena, const mb_session *session, const mb_session_program *program)
{
    const char *framework = program->framework == NULL
                                ? ""
                                : mb_diagnosis_text(arena, "LD_PRELOAD=%s MEMBENCH_FRAMEWORK=%s MEMBENCH_PROGRAM=%s ",
                                                    session->paths.frameworks, program->framework, program->path);
    const char *command = program_command(arena, session, program);
    return framework == NULL || command == NULL
               ? NULL
               : mb_diagnosis_text(arena,
                                   "%sMEMBENCH_FD=1 MEMBENCH_ACTION=sample MEMBENCH_CASE='%s' "
                                   "MEMBENCH_PASS=pages MEMBENCH_WARMUP=-1 %s",
                                   framework, session->cases[0].own_id, command);
}

static mb_status diagnose_worker(mb_session *session, mb_tool tool, mb_diagnosis *diagnosis, mb_error *error)
{
    const mb_case_result *result = &session->results[0];
    char *argv[MB_ARGUMENTS_MAX + 2] = {(char *)session->programs[result->program].path};
    memcpy(argv + 1, session->plan->arguments + 1, session->plan->argument_count * sizeof *argv);
    mb_status status = mb_diagnosis_prepare(diagnosis, tool, result->id, true, argv, diagnosis->arena, error);
    if (status != MB_OK)
        return status;
    mb_session_tool with = {
        .path = tool == MB_TOOL_HEAPTRACK ? NULL : diagnosis->tool_path,
        .argv = diagnosis->argv,
        .preload = diagnosis->preload,
        .variable = diagnosis->variable,
        .value = diagnosis->value,
    };
    session->tool = &with;
    status = mb_session_measure(session, NULL, error);
    session->tool = NULL;
    return status;
}

/* The one sample is taken as --test takes it: the cold window alone, no journal, no numbers. */
static mb_exit diagnose_case(const mb_options *given, mb_tool tool)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_session session;
    mb_error error;
    mb_diagnosis diagnosis = {.arena = &arena};
    mb_exit code = MB_EXIT_OK;
    options.plan.test = true;
    if (!options.plan.timeout_given)
        options.plan.timeout_ns *= SLOWDOWN;
    mb_status status = mb_session_open_one(&session, &options.plan, options.operands[0], &error);
    if (status == MB_OK) {
        status = diagnose_worker(&session, tool, &diagnosis, &error);
        const mb_case_result *result = &session.results[0];
        const char *command = worker_command(&arena, &session, &session.programs[result->program]);
        mb_outcome outcome = result->outcome;
        const char *message = result->message != NULL ? mb_arena_copy(&arena, result->message) : NULL;
        const char *id = mb_arena_copy(&arena, result->id);
        int signal_number = session.signal_number;
        mb_session_close(&session); /* its runner must not see the helpers that the report starts */
        diagnosis.label = id;
        if (signal_number != 0)
            code = (mb_exit)(MB_EXIT_SIGNAL + signal_number);
        else if (status == MB_OK && (command == NULL || id == NULL))
            status = mb_error_no_memory(&error);
        else if (status == MB_OK && outcome != MB_OUTCOME_OK) {
            fprintf(stderr, "membench: %s: %s%s%s\n", id, mb_words_outcome(outcome), message != NULL ? ": " : "",
                    message != NULL ? message : "");
            code = MB_EXIT_FAILED;
        }
        if (status == MB_OK && signal_number == 0 && outcome != MB_OUTCOME_SKIPPED)
            status = mb_diagnosis_report(&diagnosis, command, &error);
    }
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    mb_filter_free(options.plan.filter);
    mb_arena_fini(&arena);
    return code;
}

/* `-- SERVER ARGUMENTS --load 'COMMAND'`: --load and --ready may also be at the end, unless they were given
 * before. */
static void take_trailing_options(mb_options *options)
{
    while (options->operand_count >= 3) {
        const char *name = options->operands[options->operand_count - 2];
        const char **value = strcmp(name, "--load") == 0    ? &own_of(options)->load
                             : strcmp(name, "--ready") == 0 ? &own_of(options)->ready
                                                            : NULL;
        if (value == NULL || *value != NULL)
            return;
        *value = options->operands[options->operand_count - 1];
        options->operand_count -= 2;
    }
}

static void tell_server(const mb_diagnosis *diagnosis, const mb_server_end *end)
{
    static const char *const ready[] = {[MB_SERVER_LISTENS] = "it listened",
                                        [MB_SERVER_PRINTED] = "it had printed something",
                                        [MB_SERVER_MATCHED] = "it had printed what --ready asks for",
                                        [MB_SERVER_UNSURE] = "no sign of it being ready came in time"};
    printf("The load was started when %s", ready[end->ready]);
    if (end->port > 0)
        printf(" (port %d)", end->port);
    if (end->load_interrupted)
        printf(", and interrupted");
    else if (end->load_timed_out)
        printf(", and ended by --timeout");
    else if (end->load_exit_code != 0)
        printf(", and failed (code %d; see %s.load)", end->load_exit_code, diagnosis->stem);
    printf(".\n");
    if (end->server_ended_early)
        printf("The server ended by itself, before it was told to.\n");
    else if (end->server_was_killed)
        printf("The server did not end on SIGINT and was killed: the tool's report may be missing or cut.\n");
    else if (end->server_exit_code < 0 && diagnosis->tool == MB_TOOL_HEAPTRACK)
        printf("The server has no handler for SIGINT: the last of heaptrack's records may be missing.\n");
    putchar('\n');
}

static mb_status drive_server(const mb_options *options, mb_diagnosis *diagnosis, mb_server_end *end, mb_error *error)
{
    char **environment =
        mb_environment_preloading(NULL, diagnosis->preload, diagnosis->variable, diagnosis->value, diagnosis->arena);
    const char *output = mb_diagnosis_text(diagnosis->arena, "%s.server", diagnosis->stem);
    const char *load_output = mb_diagnosis_text(diagnosis->arena, "%s.load", diagnosis->stem);
    if (environment == NULL || output == NULL || load_output == NULL)
        return mb_error_no_memory(error);
    mb_server_load load = {
        .server = {.path = diagnosis->tool == MB_TOOL_HEAPTRACK ? diagnosis->argv[0] : diagnosis->tool_path,
                   .argv = diagnosis->argv,
                   .environment = environment,
                   .output_path = output,
                   .timeout_ns = STOP_SECONDS * second_ns},
        .ready_pattern = own_of(options)->ready,
        .ready_limit_ns = READY_SECONDS * second_ns,
        .load = own_of(options)->load,
        .load_path = load_output,
        .load_limit_ns = options->plan.timeout_given ? options->plan.timeout_ns : options->plan.timeout_ns * SLOWDOWN,
    };
    return mb_command_server(&load, end, error);
}

static mb_exit diagnose_server(const mb_options *options, mb_tool tool)
{
    mb_arena arena = {0};
    mb_error error;
    mb_diagnosis diagnosis = {.arena = &arena};
    mb_server_end end = {0};
    char path[PATH_MAX], *argv[MB_OPERANDS_MAX + 1] = {NULL};
    mb_exit code = MB_EXIT_OK;
    mb_status status = MB_OK;
    if (!mb_command_find(options->operands[0], path))
        status = mb_error_set(&error, MB_ERROR_SYSTEM, "%s: not executable, or not found", options->operands[0]);
    for (size_t i = 0; i < options->operand_count; i++)
        argv[i] = (char *)options->operands[i];
    argv[0] = path;
    const char *slash = strrchr(options->operands[0], '/');
    const char *label = slash != NULL ? slash + 1 : options->operands[0];
    if (status == MB_OK)
        status = mb_diagnosis_prepare(&diagnosis, tool, label, false, argv, &arena, &error);
    if (status == MB_OK)
        status = drive_server(options, &diagnosis, &end, &error);
    if (status == MB_OK) {
        tell_server(&diagnosis, &end);
        if (end.load_exit_code != 0 || end.server_ended_early || end.server_was_killed)
            code = MB_EXIT_FAILED;
        status = mb_diagnosis_report(&diagnosis, NULL, &error);
    }
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    mb_arena_fini(&arena);
    return code;
}

static mb_status check(const mb_options *options, mb_tool *tool, mb_error *error)
{
    mb_status status = mb_tool_find(own_of(options)->tool, tool, error);
    if (status != MB_OK)
        return status;
    if (options->operand_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "diagnose: give a case id, or --load 'COMMAND' -- SERVER");
    if (own_of(options)->load == NULL && options->operand_count > 1)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "diagnose takes one case; for a server give its load: --load 'COMMAND' -- SERVER");
    if (own_of(options)->load == NULL && own_of(options)->ready != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--ready needs a server and its load: --load 'COMMAND' -- SERVER");
    return MB_OK;
}

static int run(const mb_options *given)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_error error;
    mb_tool tool;
    take_trailing_options(&options);
    mb_status status = check(&options, &tool, &error);
    if (status == MB_OK && own_of(&options)->load == NULL)
        status = mb_plan_apply_project(&options.plan, &arena, &error);
    int code = status != MB_OK                  ? mb_complain(&error)
               : own_of(&options)->load != NULL ? (int)mb_finish_output(diagnose_server(&options, tool))
                                                : (int)mb_finish_output(diagnose_case(&options, tool));
    mb_arena_fini(&arena);
    return code;
}

/* clang-format off */
const mb_verb mb_verb_diagnose = {
    .name = "diagnose",
    .mask = MB_VERB_DIAGNOSE,
    .synopsis = "[OPTIONS] --tool TOOL CASE\n"
                "       membench diagnose [OPTIONS] --tool TOOL --load 'COMMAND' -- SERVER [ARGUMENT...]",
    .summary = "run one case, or a server under a load, under a memory tool",
    .description =
        "Runs the cold window of one case under memcheck, massif, dhat or heaptrack and prints what the tool\n"
        "found; or starts a server under the tool, runs the load once it is ready, and stops it with SIGINT. The\n"
        "load has MEMBENCH_PORT (the server's lowest TCP port) and MEMBENCH_SERVER_PID in its environment. Files\n"
        "are written to .membench/diagnose/.\n"
        "Exit codes: 0 the tool's report was written, 1 it was not, or the case, the server or the load failed, 2\n"
        "usage.",
    .examples =
        "  membench diagnose memory_job_creation/100 --tool memcheck\n"
        "  membench diagnose --program ./my_bench --tool massif list_build/1000\n"
        "  membench diagnose --tool dhat --load 'curl -s http://127.0.0.1:8080/' -- ./my_server --port 8080\n",
    .operands = MB_WORDS_CASES,
    .options = &own_options,
    .part_bytes = sizeof(diagnose_options),
    .run = run,
};
/* clang-format on */
