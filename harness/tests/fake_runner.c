#include "tests/fake_runner.h"

#include "process/runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fake_state fake;

typedef struct queued {
    struct queued *next;
    mb_process_spec spec;
} queued;

struct mb_runner {
    queued *first, **last;
};

void fake_restart(void)
{
    fake.log_count = 0;
    fake.is_stopped = false;
    memset(fake.is_warm, 0, sizeof fake.is_warm);
}

mb_status mb_runner_new(size_t job_count, mb_runner **runner, mb_error *error)
{
    (void)job_count;
    mb_runner *made = calloc(1, sizeof *made);
    if (made == NULL)
        return mb_error_no_memory(error);
    made->last = &made->first;
    *runner = made;
    return MB_OK;
}

void mb_runner_free(mb_runner *runner) { free(runner); }

mb_status mb_runner_submit(mb_runner *runner, const mb_process_spec *spec, mb_error *error)
{
    queued *item = calloc(1, sizeof *item);
    if (item == NULL)
        return mb_error_no_memory(error);
    item->spec = *spec;
    *runner->last = item;
    runner->last = &item->next;
    return MB_OK;
}

static const char *variable(const mb_process_spec *spec, const char *name)
{
    size_t length = strlen(name);
    for (char *const *at = spec->environment; *at != NULL; at++)
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            return *at + length + 1;
    return "";
}

static void say(const mb_process_spec *spec, const char *line) { spec->on_line(spec->context, line, strlen(line)); }

static size_t program_of(const mb_process_spec *spec)
{
    return fake.programs[1] != NULL && strcmp(spec->path, fake.programs[1]) == 0;
}

static void list(const mb_process_spec *spec)
{
    char line[256];
    for (size_t c = 0; c < fake.case_count; c++) {
        snprintf(line, sizeof line, "{\"event\":\"case\",\"id\":\"%s\",\"cost_ns\":%llu}", fake.cases[c].id,
                 (unsigned long long)fake.cases[c].cost_ns);
        say(spec, line);
    }
}

static void say_windows(const mb_process_spec *spec, const char *metric, double value)
{
    static const char *const windows[] = {"cold", "steady"};
    char line[256];
    for (int w = 0; w < 2; w++) {
        snprintf(line, sizeof line, "{\"event\":\"begin\",\"window\":\"%s\"}", windows[w]);
        say(spec, line);
        snprintf(line, sizeof line, "{\"event\":\"end\",\"values\":{\"%s\":%.0f}}", metric, value);
        say(spec, line);
    }
}

static void sample(const mb_process_spec *spec, const char **outcome)
{
    const char *id = variable(spec, "MEMBENCH_CASE"), *pass_name = variable(spec, "MEMBENCH_PASS");
    size_t c = 0, program = program_of(spec);
    mb_pass pass = 0;
    while (c + 1 < fake.case_count && strcmp(fake.cases[c].id, id) != 0)
        c++;
    while (pass < MB_PASS_TIME && strcmp(mb_pass_name(pass), pass_name) != 0)
        pass++;
    const fake_case *made = &fake.cases[c];
    const char *condition = variable(spec, "MEMBENCH_MOVE");
    if (*condition != '\0') {
        size_t number = strtoul(condition, NULL, 10);
        double moved = made->read_moved != NULL   ? made->read_moved(program, pass, number)
                       : made->read_bytes != NULL ? made->read_bytes(program, pass, 0)
                                                  : 4096;
        fake.moved_counts[program][c][pass]++;
        *outcome = made->fails_moved ? "failed" : "ok";
        say_windows(spec, pass == MB_PASS_HEAP ? "heap_live_bytes" : "anon_delta_bytes", moved);
        return;
    }
    bool is_warm_up = !fake.is_warm[program]; /* its first one, which the session throws away */
    fake.is_warm[program] = true;
    size_t index = fake.counts[program][c][pass];
    if (!is_warm_up)
        fake.counts[program][c][pass]++;
    double value = made->read_bytes != NULL ? made->read_bytes(program, pass, index) : 4096;
    if (!is_warm_up && fake.log_count < FAKE_LOG_MAX)
        fake.log[fake.log_count++] = (fake_sample){program, c, pass};
    if (pass == MB_PASS_TIME)
        say(spec, "{\"event\":\"time\",\"real_time_ns\":[10],\"cpu_time_ns\":[10]}");
    else
        say_windows(spec, pass == MB_PASS_HEAP ? "heap_live_bytes" : "anon_delta_bytes", value);
    *outcome = made->outcome != NULL ? made->outcome : "ok";
}

static void run(mb_process_spec *spec)
{
    mb_error error;
    mb_process_end end = {.kind = MB_END_EXITED, .stderr_tail = "", .aslr_was_off = true};
    if (fake.is_stopped || spec->prepare == NULL || spec->prepare(spec->context, spec, &error) != MB_OK) {
        end.kind = fake.is_stopped ? MB_END_CANCELLED : MB_END_NOT_STARTED;
        end.message = "not started";
        spec->on_end(spec->context, &end);
        return;
    }
    char done[64];
    const char *outcome = "ok";
    say(spec, "{\"event\":\"hello\",\"protocol\":1,\"libc\":\"glibc 2.36\",\"allocator\":\"glibc 2.36\"}");
    if (strcmp(variable(spec, "MEMBENCH_ACTION"), "list") == 0)
        list(spec);
    else
        sample(spec, &outcome);
    snprintf(done, sizeof done, "{\"event\":\"done\",\"outcome\":\"%s\"}", outcome);
    say(spec, done);
    spec->on_end(spec->context, &end);
    fake.is_stopped = fake.stop_after > 0 && fake.log_count >= fake.stop_after;
}

int mb_runner_drain(mb_runner *runner)
{
    while (runner->first != NULL) {
        queued *item = runner->first;
        runner->first = item->next;
        if (runner->first == NULL)
            runner->last = &runner->first;
        run(&item->spec);
        free(item);
    }
    return fake.is_stopped ? SIGINT : 0;
}

int mb_runner_signal(const mb_runner *runner)
{
    (void)runner;
    return fake.is_stopped ? SIGINT : 0;
}

bool mb_runner_step(mb_runner *runner, uint64_t wait_ns)
{
    (void)wait_ns;
    return runner->first != NULL;
}

void mb_runner_stop(mb_runner *runner)
{
    (void)runner;
    fake.is_stopped = true;
}
