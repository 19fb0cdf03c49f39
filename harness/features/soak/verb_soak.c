#include "command/complain.h"
#include "command/options.h"
#include "features/soak/soak_options.h"

#include "base/terminal.h"
#include "features/soak/soak.h"

#include "command/outcome.h"
#include "judge/decide.h"
#include "readings/provenance.h"
#include "session/modules.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SOAK_FOLDER ".membench/soak"

static const double DEFAULT_RUN_SECONDS = 3600, EXACT_LOOK_SECONDS = 5;

static mb_status check(mb_options *options, mb_error *error)
{
    const mb_soak_options *soak = mb_soak_of(options);
    int target_count = (soak->pid != 0) + (options->operand_count > 0) + (soak->judge != NULL);
    if (target_count == 0)
        return mb_error_set(
            error, MB_ERROR_USAGE,
            "soak: nothing to watch: give a case id, --pid PID, -- COMMAND, or --judge FILE; see membench soak --help");
    if (target_count > 1)
        return mb_error_set(error, MB_ERROR_USAGE, "soak takes one of: a case, --pid PID, -- COMMAND, --judge FILE");
    if (options->operand_count > 1 && !options->is_command && !mb_module_is(options->operands[0]))
        return mb_error_set(error, MB_ERROR_USAGE, "soak takes one case; a command follows --");
    if (soak->restarts && soak->pid == 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--restarts needs --pid PID: nothing else is started again by others");
    if (soak->heap && (soak->pid != 0 || options->is_command || soak->judge != NULL))
        return mb_error_set(error, MB_ERROR_USAGE, "--heap is for cases: nothing can be preloaded into anything else");
    if (soak->field == MB_SOAK_HEAP_LIVE_BYTES && !soak->heap && !options->is_command && soak->judge == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--metric heap needs --heap, which records it");
    if (soak->pid != 0 || options->is_command || soak->judge != NULL)
        return mb_modules_check(&options->plan, error);
    return MB_OK;
}

static void make_rule(const mb_soak_options *soak, const mb_soak_about *about, mb_soak_rule *rule)
{
    mb_soak_rule_init(rule);
    if (about->tolerance_bytes_per_hour > 0)
        rule->tolerance_bytes_per_hour = about->tolerance_bytes_per_hour;
    if (soak->tolerance_given) {
        rule->tolerance_bytes_per_hour = soak->tolerance_bytes_per_hour;
        rule->tolerance_ratio_per_hour = 0;
    }
    rule->limit_bytes = (double)soak->limit_bytes;
    rule->period_seconds = soak->period_seconds;
    rule->force = soak->force_verdict;
    rule->is_repeated = soak->until_verdict || about->is_repeated;
}

/* The looks of --until-verdict are as many run phases, after a short one where the heap is counted exactly; idle ones
 * follow them. */
static void make_phases(const mb_soak_options *soak, mb_soak_about *about)
{
    static const double looks[MB_SOAK_LOOKS] = MB_SOAK_LOOK_SECONDS;
    bool has_run = soak->until_verdict;
    for (size_t i = 0; i < soak->phase_count; i++)
        has_run = has_run || soak->phases[i].kind == MB_SOAK_RUN;
    double before = 0;
    if (soak->until_verdict && (soak->heap || soak->field == MB_SOAK_HEAP_LIVE_BYTES))
        about->phases[about->phase_count++] = (mb_soak_phase){MB_SOAK_RUN, before = EXACT_LOOK_SECONDS};
    for (size_t i = 0; soak->until_verdict && i < MB_SOAK_LOOKS; before = looks[i++])
        about->phases[about->phase_count++] = (mb_soak_phase){MB_SOAK_RUN, looks[i] - before};
    if (!has_run)
        about->phases[about->phase_count++] = (mb_soak_phase){MB_SOAK_RUN, DEFAULT_RUN_SECONDS};
    for (size_t i = 0; i < soak->phase_count; i++)
        about->phases[about->phase_count++] = soak->phases[i];
}

static const char *join_words(mb_arena *arena, const char *const *words, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(words[i]) + 1;
    char *text = mb_arena_alloc(arena, length + 1);
    for (size_t i = 0; text != NULL && i < count; i++) {
        if (i > 0)
            strcat(text, " ");
        strcat(text, words[i]);
    }
    return text;
}

static mb_status describe(const mb_options *options, const char *case_id, mb_soak_series *series, mb_error *error)
{
    mb_machine machine;
    char date[40], pid[32];
    time_t now = time(NULL);
    struct tm local;
    mb_arena *arena = &series->arena;
    mb_machine_describe("", &machine);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
    snprintf(pid, sizeof pid, "pid %ld", mb_soak_of(options)->pid);
    series->about = (mb_soak_about){
        .target = case_id != NULL       ? mb_arena_copy(arena, case_id)
                  : options->is_command ? join_words(arena, options->operands, options->operand_count)
                                        : mb_arena_copy(arena, pid),
        .date = mb_arena_copy(arena, date),
        .version = MB_VERSION,
        .host_name = mb_arena_copy(arena, machine.host_name),
        .kernel = mb_arena_copy(arena, machine.kernel),
        .memory_total_bytes = machine.memory_total_bytes > 0 ? (uint64_t)machine.memory_total_bytes : 0,
        .interval_seconds = mb_soak_of(options)->interval_seconds,
        .time_scale = mb_soak_of(options)->time_scale,
        .is_repeated = mb_soak_of(options)->until_verdict,
    };
    const mb_soak_about *about = &series->about;
    return about->target != NULL && about->date != NULL && about->host_name != NULL && about->kernel != NULL
               ? MB_OK
               : mb_error_no_memory(error);
}

/* STEM of --out without an ending of ours, else .membench/soak/NAME-DATE. */
static mb_status make_stem(const mb_options *options, const char *target, char stem[PATH_MAX], mb_error *error)
{
    enum { NAME_BYTES_MAX = 80 };
    static const char ending[] = ".ndjson";
    if (options->out != NULL) {
        size_t length = strlen(options->out), cut = sizeof ending - 1;
        if (length > cut && strcmp(options->out + length - cut, ending) == 0)
            length -= cut;
        if (length == 0 || length + 16 >= PATH_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--out: \"%.40s\" is not a stem of file names", options->out);
        memcpy(stem, options->out, length);
        stem[length] = '\0';
        return MB_OK;
    }
    char name[NAME_BYTES_MAX + 1], date[32];
    size_t used = 0;
    const char *slash = options->is_command ? strrchr(options->operands[0], '/') : NULL;
    const char *from = !options->is_command ? target : slash != NULL ? slash + 1 : options->operands[0];
    for (; *from != '\0' && used < NAME_BYTES_MAX; from++)
        name[used++] = isalnum((unsigned char)*from) || strchr("._-", *from) != NULL ? *from : '-';
    name[used] = '\0';
    time_t now = time(NULL);
    struct tm local;
    strftime(date, sizeof date, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    if (!mb_session_make_folder() || (mkdir(SOAK_FOLDER, 0777) != 0 && errno != EEXIST))
        return mb_error_set_errno(error, errno, "%s: cannot be created; --out names another place", SOAK_FOLDER);
    snprintf(stem, PATH_MAX, "%s/%s-%s", SOAK_FOLDER, name, date);
    return MB_OK;
}

/* A leak is growth, and fails as growth does. */
static mb_exit exit_of(const mb_options *options, mb_soak_verdict verdict)
{
    mb_decision_policy policy = {.is_strict = options->strict};
    switch (verdict) {
    case MB_SOAK_LEAK:
        return mb_decide_exit(MB_FINDING_REGRESSED, &policy);
    case MB_SOAK_PLATEAU:
        return MB_EXIT_OK;
    case MB_SOAK_INCONCLUSIVE:
        break;
    }
    return mb_decide_exit(MB_FINDING_INCONCLUSIVE, &policy);
}

/* Prints what was judged; returns what the verdict asks for. */
static mb_exit tell(const mb_options *options, const mb_soak_result *result)
{
    mb_soak_style style = {.width_columns = mb_terminal_width(stdout),
                           .unicode = mb_terminal_is_unicode(),
                           .color = mb_terminal_wants_color(stdout, options->color)};
    mb_soak_text_write(stdout, result, &style);
    return exit_of(options, result->judgement.verdict);
}

/* CSV and diagrams, and where everything is. */
static mb_status write_files(const char *stem, const char *record, const mb_soak_result *result, mb_error *error)
{
    char csv[PATH_MAX + 8];
    snprintf(csv, sizeof csv, "%s.csv", stem);
    mb_status status = mb_soak_csv_write(csv, result->series, error);
    if (status != MB_OK)
        return status;
    fflush(stdout);
    int pictures = mb_soak_pictures_draw(stem, result);
    printf("\n%s%s%s%s\n", record != NULL ? record : csv, record != NULL ? ", .csv" : "", pictures > 0 ? ", .svg" : "",
           pictures > 1 ? ", .png" : "");
    return MB_OK;
}

static int judge_file(const mb_options *options)
{
    mb_soak_series series = {0};
    mb_soak_rule rule;
    mb_soak_result result;
    mb_error error;
    mb_exit code = MB_EXIT_OK;
    char stem[PATH_MAX];
    mb_status status =
        mb_soak_read(mb_soak_of(options)->judge,
                     mb_soak_of(options)->columns_given ? &mb_soak_of(options)->columns : NULL, &series, &error);
    if (status == MB_OK) {
        mb_soak_field field;
        make_rule(mb_soak_of(options), &series.about, &rule);
        status = mb_soak_field_choose(options, &series, &field, &error);
        if (status == MB_OK)
            status = mb_soak_result_judge(&series, field, &rule, &result, &error);
        if (status == MB_OK)
            code = tell(options, &result);
    }
    if (status == MB_OK && options->out != NULL)
        status = make_stem(options, "", stem, &error);
    if (status == MB_OK && options->out != NULL)
        status = write_files(stem, NULL, &result, &error);
    if (status != MB_OK)
        code = (mb_exit)mb_complain(&error);
    mb_soak_series_fini(&series);
    return mb_finish_output(code);
}

/* The verdict, the files, and the exit code of a recording that is over. */
static mb_status finish(mb_soak_recording *recording, const char *end, const char *stem, mb_exit *code, mb_error *error)
{
    const mb_options *options = recording->options;
    mb_soak_target *target = recording->target;
    mb_soak_result result;
    char record[PATH_MAX + 8];
    int signal_number = mb_soak_target_signal(target);
    snprintf(record, sizeof record, "%s.ndjson", stem);
    mb_status status =
        recording->series->count > 0 ? MB_OK : mb_error_set(error, MB_ERROR_SYSTEM, "nothing was recorded");
    if (status == MB_OK)
        status = mb_soak_result_judge(recording->series, mb_soak_of(options)->field, &recording->rule, &result, error);
    if (status == MB_OK)
        status = mb_soak_explain(recording, &result, error);
    if (status == MB_OK)
        *code = tell(options, &result);
    if (status == MB_OK && recording->write_status == MB_OK)
        recording->write_status = mb_soak_writer_end(
            recording->writer, end, mb_soak_verdict_name(result.judgement.verdict), &recording->write_error);
    mb_soak_writer_close(recording->writer);
    recording->writer = NULL;
    if (status == MB_OK)
        status = mb_soak_recording_status(recording, error);
    if (status == MB_OK)
        status = write_files(stem, record, &result, error);
    bool has_ended_early = strcmp(end, "ended") == 0;
    if (has_ended_early) {
        fflush(stdout);
        fprintf(stderr, "membench: %s ended before the soak was over%s%s\n", recording->series->about.target,
                target->end[0] != '\0' ? ": " : "", target->end);
    }
    if (has_ended_early || target->has_failed)
        *code = mb_exit_worse(*code, MB_EXIT_FAILED);
    else if (signal_number != 0 && *code != MB_EXIT_REGRESSED)
        *code = (mb_exit)(MB_EXIT_SIGNAL + signal_number);
    return status;
}

/* Everything between a started target and the exit code. */
static mb_status soak(const mb_options *options, mb_soak_target *target, mb_soak_series *series, mb_exit *code,
                      mb_error *error)
{
    char stem[PATH_MAX], record[PATH_MAX + 8];
    mb_soak_recording recording = {.options = options, .target = target, .series = series};
    make_phases(mb_soak_of(options), &series->about);
    make_rule(mb_soak_of(options), &series->about, &recording.rule);
    series->about.tolerance_bytes_per_hour = recording.rule.tolerance_bytes_per_hour;
    mb_status status = make_stem(options, series->about.target, stem, error);
    if (status != MB_OK)
        return status;
    snprintf(record, sizeof record, "%s.ndjson", stem);
    status = mb_soak_writer_open(record, &series->about, &recording.writer, error);
    if (status != MB_OK)
        return status;
    if (!options->plan.is_quiet && mb_terminal_can_draw(stderr))
        recording.terminal = stderr;
    recording.style.unicode = mb_terminal_is_unicode();
    const char *end = mb_soak_record(&recording);
    mb_soak_target_stop(target); /* gnuplot is started when no runner is left */
    status = finish(&recording, end, stem, code, error);
    mb_soak_writer_close(recording.writer);
    return status;
}

static int soak_case(const mb_options *given)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_session session = {0};
    mb_soak_series series = {0};
    mb_soak_target target = {.command_fd = -1, .outside = {.status_fd = -1}};
    mb_error error;
    mb_exit code = MB_EXIT_OK;
    bool is_open = false;
    options.plan.filter = NULL;
    mb_status status = mb_modules_take(&options.plan, options.operands, &options.operand_count, &arena, &error);
    if (status == MB_OK && options.operand_count > 1)
        status = mb_error_set(&error, MB_ERROR_USAGE, "soak takes one case of a module");
    if (status == MB_OK)
        status = mb_plan_apply_project(&options.plan, &arena, &error);
    if (status == MB_OK) {
        status = mb_session_open_one(&session, &options.plan, options.operands[0], &error);
        is_open = status == MB_OK;
    }
    if (status == MB_OK)
        status = describe(&options, session.results[0].id, &series, &error);
    if (status == MB_OK)
        status = mb_soak_target_case(&target, &session, &options, &error);
    if (status == MB_OK)
        status = soak(&options, &target, &series, &code, &error);
    mb_soak_target_stop(&target);
    int signal_number = target.signal_number != 0 ? target.signal_number : session.signal_number;
    if (status != MB_OK)
        code = signal_number != 0 ? (mb_exit)(MB_EXIT_SIGNAL + signal_number)
                                  : mb_exit_worse(code, (mb_exit)mb_complain(&error));
    if (is_open)
        mb_session_close(&session);
    mb_soak_series_fini(&series);
    mb_filter_free(options.plan.filter);
    mb_arena_fini(&arena);
    return mb_finish_output(code);
}

static int soak_process(const mb_options *options)
{
    mb_soak_series series = {0};
    mb_soak_target target = {.command_fd = -1, .outside = {.status_fd = -1}};
    mb_error error;
    mb_exit code = MB_EXIT_OK;
    mb_status status = describe(options, NULL, &series, &error);
    if (status == MB_OK)
        status = options->is_command ? mb_soak_target_command(&target, options, &error)
                                     : mb_soak_target_attach(&target, options, &error);
    if (status == MB_OK)
        status = soak(options, &target, &series, &code, &error);
    mb_soak_target_stop(&target);
    int signal_number = target.signal_number;
    if (status != MB_OK)
        code = signal_number != 0 ? (mb_exit)(MB_EXIT_SIGNAL + signal_number)
                                  : mb_exit_worse(code, (mb_exit)mb_complain(&error));
    mb_soak_series_fini(&series);
    return mb_finish_output(code);
}

static int run(const mb_options *options)
{
    if (mb_soak_of(options)->judge != NULL)
        return judge_file(options);
    return mb_soak_of(options)->pid != 0 || options->is_command ? soak_process(options) : soak_case(options);
}

/* clang-format off */
const mb_verb mb_verb_soak = {
    .name = "soak",
    .mask = MB_VERB_SOAK,
    .synopsis = "[OPTIONS] [FILE.wasm...] CASE\n"
                "       membench soak [OPTIONS] --pid PID\n"
                "       membench soak [OPTIONS] -- COMMAND [ARGUMENT...]\n"
                "       membench soak [OPTIONS] --judge FILE",
    .summary = "watch a case or a program for an hour or overnight: leak or plateau?",
    .description =
        "Calls a case continuously, or watches a process, reads its memory every second and reports whether it\n"
        "leaks. A verdict takes at least 30 minutes. A process counts together with its descendants. A command's\n"
        "output is discarded. Ctrl-C ends a soak early, with complete files and a verdict.\n"
        "Exit codes: 0 PLATEAU or INCONCLUSIVE, 1 the target ended early or a file could not be written, 2 usage,\n"
        "3 LEAK, 4 INCONCLUSIVE with --strict.",
    .examples =
        "  membench soak wasm_host_calls/hostloop/100000 --run 3600 --run 1800 --idle 300\n"
        "  membench soak --program ./my_bench queue/1000 --until-verdict --heap\n"
        "  membench soak sql-wasm.wasm wasm_drop/wamr-fast/sql-wasm/instances/100 --until-verdict\n"
        "  membench soak --pid 4711 --run 8h --interval 10s --out night\n"
        "  membench soak --run 1h -- ./my_server --port 8080\n"
        "  membench soak --judge night.ndjson --tolerance 1MiB/h\n",
    .operands = MB_WORDS_CASES,
    .options = &mb_options_soak,
    .part_bytes = sizeof(mb_soak_options),
    .part_defaults = &(const mb_soak_options){.interval_seconds = 1, .time_scale = 1, .field = MB_SOAK_ANON_BYTES},
    .check = check,
    .run = run,
};
/* clang-format on */
