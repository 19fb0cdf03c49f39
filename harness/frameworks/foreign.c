/* What answers membench instead of the program's main, and calls that. */
#include "frameworks/frameworks.h"
#include "worker/window.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOTHING_RAN "the program reported no result of that name"

static const mb_framework *const frameworks[] = {&mb_framework_google_benchmark, &mb_framework_google_benchmark_1_7,
                                                 &mb_framework_googletest, &mb_framework_catch2};
static const mb_framework *framework;

/* Arguments of the run under way, and what became of it. */
static mb_arguments arguments;
static mb_told told;
static int exit_code;
static char **given_words; /* argv as it was given */

static void begin_arguments(void)
{
    memset(&arguments, 0, sizeof arguments);
    /* Without its folder, whose length would be in the heap of whoever copies it. */
    mb_arguments_add(&arguments, "%s", program_invocation_short_name);
    for (char **word = given_words + 1; *word != NULL; word++)
        mb_arguments_add(&arguments, "%s", *word);
}

static int count_given(void)
{
    int count = 0;
    while (given_words[1 + count] != NULL)
        count++;
    return count;
}

static mb_status run_main(mb_bench *b)
{
    (void)b;
    exit_code = mb_foreign_main(&arguments);
    return MB_OK;
}

/* Waits for a process that we forked. True when it came to its own end with code 0; what ends it otherwise ends us, so
 * that it is reported as it was. */
static bool wait_for(pid_t child, int *code)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return *code == 0;
}

static int list_by(const mb_framework *of)
{
    char message[MB_MESSAGE_BYTES_MAX] = "";
    const char *why_not = NULL;
    int code = 0;
    for (int attempt = 0; begin_arguments(), of->list_arguments(&arguments, attempt); attempt++) {
        mb_output_clear();
        pid_t child = mb_errors_open() ? fork() : -1;
        if (child == 0) {
            if (!mb_output_take_standard() || !mb_errors_take())
                _exit(126);
            code = mb_foreign_main(&arguments);
            fflush(stdout);
            _exit(code);
        }
        bool is_listed = child > 0 && wait_for(child, &code);
        if (mb_errors_show(of->refusal) || !is_listed)
            continue;
        const char *name = of->settle != NULL ? of->settle(attempt, &why_not) : of->name;
        mb_worker_hello(name);
        if (name != NULL && of->list(mb_output_read(), message))
            return mb_worker_done("ok", NULL, 0);
        return mb_worker_done("failed", name != NULL ? message : why_not, 0);
    }
    snprintf(message, sizeof message, "cannot list its cases: %s exited with code %d",
             arguments.words[1 + count_given()], code);
    mb_worker_hello(NULL);
    return mb_worker_done("failed", message, 0);
}

/* What the run that ended says of its case. */
static mb_status judge(mb_bench *b, const char *printed)
{
    memset(&told, 0, sizeof told);
    told.exit_code = exit_code;
    framework->read(printed, &told);
    if (told.is_skipped)
        return mb_skip(b, "%s", told.message[0] != '\0' ? told.message : "it gave no reason");
    if (exit_code != 0)
        return mb_fail(b, "%s%sits main returned %d", told.message, told.message[0] != '\0' ? "; " : "", exit_code);
    return MB_OK;
}

static void tell_counts(void)
{
    for (size_t i = 0; i < told.count_count; i++) {
        mb_event_begin("count");
        mb_event_string("name", told.counts[i].name);
        mb_event_integer("value", told.counts[i].value);
        mb_event_send();
    }
}

static mb_status measure_whole(mb_bench *b)
{
    mb_status status;
    if (!framework->writes_file && !mb_output_take_standard())
        return mb_out_of_memory(b, "no memory for what the program prints");
    mb_window_begin(MB_WINDOW_COLD);
    const mb_window_data *window = mb_window_take(b, MB_WINDOW_COLD, &status);
    if (status == MB_OK)
        status = judge(b, mb_output_read());
    if (status == MB_OK && told.iteration_count == 0)
        status = mb_fail(b, NOTHING_RAN);
    if (status != MB_OK)
        return status;
    tell_counts();
    mb_window_send(b, window);
    return MB_OK;
}

/* One run of main in a process of its own, which begins as this one is now. */
typedef struct one_run {
    bool is_whole; /* it came to its end */
    int exit_code;
    uint64_t iteration_count;
    mb_window_data window;
} one_run;

static mb_status run_apart(mb_bench *b, one_run *run)
{
    mb_status status;
    int code = 0;
    mb_output_clear();
    pid_t child = fork();
    if (child < 0)
        return mb_fail(b, "no process for a run: %s", strerror(errno));
    if (child == 0) {
        if (!framework->writes_file && !mb_output_take_standard())
            _exit(126);
        run->window = *mb_window_take(b, MB_WINDOW_COLD, &status);
        run->exit_code = exit_code;
        run->is_whole = true;
        fflush(stdout);
        _exit(0);
    }
    wait_for(child, &code);
    if (!run->is_whole)
        return mb_fail(b, "main ended the process, with code %d, and not by exit", code);
    exit_code = run->exit_code;
    status = judge(b, mb_output_read());
    run->iteration_count = told.iteration_count;
    return status;
}

/* Kept bytes are requested ones: how many of them are usable depends on the hole that a block is placed in, and is
 * not the same for each iteration. */
static int64_t figure_of(const one_run *run, mb_quantity quantity)
{
    const mb_heap_reading *end = &run->window.heap_points[MB_POINT_E1];
    return quantity == MB_HEAP_ALLOC_COUNT   ? (int64_t)end->alloc_count
           : quantity == MB_HEAP_ALLOC_BYTES ? (int64_t)end->alloc_bytes
                                             : run->window.requested_points[MB_POINT_E1].live_bytes;
}

/* Why a further iteration has no figure of its own, or NULL, and then *each is it. */
static const char *find_each(const one_run *runs, mb_quantity quantity, int64_t *each)
{
    static char text[MB_MESSAGE_BYTES_MAX];
    int64_t figures[MB_RUNS_MAX] = {0}, counts[MB_RUNS_MAX] = {0};
    for (int i = 0; i < framework->run_count; i++) {
        figures[i] = figure_of(&runs[i], quantity);
        counts[i] = (int64_t)runs[i].iteration_count;
    }
    int64_t step = counts[1] - counts[0], rise = figures[1] - figures[0];
    if (framework->run_count == 2) { /* without the test, and with it */
        *each = rise;
        return NULL;
    }
    if (step <= 0 || counts[0] != step || counts[2] - counts[1] != step) {
        snprintf(text, sizeof text, "the program sets its own number of iterations (%lld)", (long long)counts[0]);
        return text;
    }
    *each = rise / step;
    if (rise % step == 0 && figures[2] - figures[1] == rise)
        return NULL;
    snprintf(text, sizeof text, "not linear in iterations: %s with %lld, %lld and %lld of them do not rise evenly",
             mb_quantity_get(quantity)->heading, (long long)counts[0], (long long)counts[1], (long long)counts[2]);
    return text;
}

/* Behind the call sites of all runs (sites/site_runs.h), where they are kept. */
static void tell_sites(const one_run *runs)
{
    const char *path = getenv(MB_HEAP_SITES_VARIABLE);
    int file = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    dprintf(file, "iterations %llu %llu\n", (unsigned long long)runs[0].iteration_count,
            (unsigned long long)(runs[1].iteration_count - runs[0].iteration_count));
    close(file);
}

static const mb_quantity quantities_of_each[] = {MB_HEAP_ALLOC_COUNT, MB_HEAP_ALLOC_BYTES, MB_HEAP_RETAINED_BYTES};
enum { OF_EACH_COUNT = sizeof quantities_of_each / sizeof quantities_of_each[0] };

/* What the first run takes apart from its iterations is left to the cold window; of usable bytes that are kept, about.
 */
static void take_out(one_run *runs, const int64_t each[OF_EACH_COUNT])
{
    int64_t count = (int64_t)runs[0].iteration_count, step = (int64_t)runs[1].iteration_count - count;
    int64_t live_bytes[2];
    for (int i = 0; i < 2; i++)
        live_bytes[i] = runs[i].window.heap_points[MB_POINT_E1].live_bytes;
    for (int point = MB_POINT_E1; point <= MB_POINT_E2; point++) {
        mb_heap_reading *reading = &runs[0].window.heap_points[point];
        reading->alloc_count -= (uint64_t)(count * each[0]);
        reading->alloc_bytes -= (uint64_t)(count * each[1]);
        reading->live_bytes -= count * (live_bytes[1] - live_bytes[0]) / step;
    }
}

/* What an iteration costs: the steady window. Its blocks that are alive at its end are those that it keeps. */
static void send_each(const int64_t each[OF_EACH_COUNT], const char *why_not)
{
    mb_window_begin(MB_WINDOW_STEADY);
    mb_event_begin("end");
    mb_event_open("values", '{');
    for (int i = 0; i < OF_EACH_COUNT && why_not == NULL; i++)
        mb_event_integer(mb_quantity_get(quantities_of_each[i])->name, each[i]);
    if (why_not == NULL)
        mb_event_integer(mb_quantity_get(MB_HEAP_LIVE_BYTES)->name, each[OF_EACH_COUNT - 1]);
    mb_event_close('}');
    mb_event_open("missing", '{');
    for (int i = 0; i < OF_EACH_COUNT; i++)
        mb_event_string(mb_quantity_get(quantities_of_each[i])->name, why_not);
    mb_event_string(mb_quantity_get(MB_HEAP_LIVE_BYTES)->name, why_not);
    mb_event_string(mb_quantity_get(MB_HEAP_PEAK_BYTES)->name,
                    "it cannot be seen from outside: cold_heap_peak_bytes is that of the whole run");
    mb_event_close('}');
    mb_event_hold();
}

static void send_runs(mb_bench *b, one_run *runs)
{
    int64_t each[OF_EACH_COUNT];
    const char *why_not = runs[0].window.heap == NULL ? "no malloc hook answered in this process"
                          : !runs[0].window.requested_points[MB_POINT_E1].is_known
                              ? "the heap hook ran out of memory for its table of blocks"
                              : NULL;
    for (int i = 0; i < OF_EACH_COUNT && why_not == NULL; i++)
        why_not = find_each(runs, quantities_of_each[i], &each[i]);
    if (why_not == NULL) {
        take_out(runs, each);
        tell_sites(runs);
    }
    if (framework->run_count == 2) /* nothing ran in the first */
        runs[0].window.heap_points[MB_POINT_E2].peak_bytes = runs[1].window.heap_points[MB_POINT_E2].peak_bytes;
    mb_window_send(b, &runs[0].window);
    send_each(each, why_not);
}

/* The links of the folder of threads are two and one for each. */
static bool has_threads(void)
{
    struct stat status;
    return stat("/proc/self/task", &status) == 0 && status.st_nlink > 3;
}

static mb_status measure_each(mb_bench *b, const char *id)
{
    size_t size = MB_RUNS_MAX * sizeof(one_run);
    one_run *runs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mb_status status = MB_OK;
    if (runs == MAP_FAILED)
        return mb_out_of_memory(b, "no memory for the runs of a sample");
    if (has_threads())
        return mb_fail(b, "it starts threads before main, which then cannot be run several times");
    mb_window_begin(MB_WINDOW_COLD);
    mb_event_flush();
    for (int i = 0; i < framework->run_count && status == MB_OK; i++) {
        begin_arguments();
        framework->sample_arguments(&arguments, id, i + 1);
        status = run_apart(b, &runs[i]);
    }
    if (status == MB_OK && runs[1].iteration_count == 0)
        status = mb_fail(b, NOTHING_RAN);
    if (status != MB_OK)
        return status;
    send_runs(b, runs);
    return MB_OK;
}

static void send_times(const char *key, const double *values)
{
    mb_event_open(key, '[');
    for (size_t i = 0; i < told.repetition_count; i++)
        mb_event_real(NULL, values[i]);
    mb_event_close(']');
}

static mb_status measure_time(mb_bench *b)
{
    mb_status status = MB_OK;
    mb_event_sign('r');
    if (framework->has_times) {
        exit_code = mb_foreign_main(&arguments);
        status = judge(b, mb_output_read());
    }
    if (status != MB_OK)
        return status;
    mb_event_begin("time");
    if (told.repetition_count > 0) {
        send_times("real_time_ns", told.real_ns);
        send_times("cpu_time_ns", told.cpu_ns);
        mb_event_unsigned("iterations", told.iteration_count);
    } else {
        mb_event_string("missing", framework->has_times ? "it reported no time" : "a test is run once, and not timed");
    }
    mb_event_send();
    return MB_OK;
}

static mb_status measure(mb_bench *b)
{
    const char *id = b->definition.group;
    if (b->pass != MB_PASS_TIME)
        mb_window_prepare(b);
    if (b->pass == MB_PASS_HEAP && framework->run_count > 1)
        return measure_each(b, id);
    begin_arguments();
    framework->sample_arguments(&arguments, id, b->pass == MB_PASS_TIME ? 0 : framework->run_count == 2 ? 2 : 1);
    return b->pass == MB_PASS_TIME ? measure_time(b) : measure_whole(b);
}

static int sample(void)
{
    static mb_bench b; /* static: its page is touched before B */
    b.definition.group = getenv("MEMBENCH_CASE");
    b.definition.run = run_main;
    if (b.definition.group == NULL || !mb_worker_find_pass(&b.pass))
        return mb_worker_done("failed",
                              "MEMBENCH_CASE or MEMBENCH_PASS is missing: is membench newer than its library?", 0);
    const char *threads = strstr(b.definition.group, "/threads:");
    if (threads != NULL && strcmp(threads, "/threads:1") != 0)
        b.definition.flags |= MB_CASE_THREADS;
    return mb_worker_finish(&b, mb_worker_measure_moved(&b, measure));
}

int mb_framework_worker(const char *framework_name, char **argv)
{
    given_words = argv;
    const char *action = getenv("MEMBENCH_ACTION");
    mb_worker_begin();
    unsetenv(MB_HEAP_BLOCKS_VARIABLE); /* what is kept of them is for the runs of a sample, and no metric */
    for (size_t i = 0; i < sizeof frameworks / sizeof frameworks[0]; i++)
        if (strcmp(frameworks[i]->name, framework_name) == 0)
            framework = frameworks[i];
    if (framework != NULL && mb_output_open() && strcmp(action != NULL ? action : "", "list") == 0)
        return list_by(framework);
    mb_worker_hello(framework_name);
    if (framework == NULL || action == NULL || strcmp(action, "sample") != 0)
        return mb_worker_done(
            "failed", "a program of another framework has no case to soak: membench soak -- COMMAND watches it", 0);
    return sample();
}
