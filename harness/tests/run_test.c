/* Proves what a worker gets from its start, what is kept of its pipes, and how each way to end is reported. */
#include "process/environment.h"
#include "process/runner.h"
#include "tests/run_record.h"
#include "tests/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static mb_run_record record; /* too large for a stack */

static void test_conditions(void)
{
    int inherited[MB_EVENT_FD + 4]; /* below and above the one that is to stay */
    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; i++)
        inherited[i] = open("/dev/null", O_RDONLY);
    mb_process_spec spec = mb_run_spec(&record, "report", NULL);
    spec.data_limit_bytes = 1ull << 30;
    mb_run_spec_alone(&spec);
    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; i++)
        close(inherited[i]);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
    CU_ASSERT_EQUAL(record.end.exit_code, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(record.lines, "{argv0 membench-worker}\n"));
    CU_ASSERT_EQUAL(mb_run_value(&record, "fds"), 1ul << 0 | 1ul << 1 | 1ul << 2 | 1ul << MB_EVENT_FD);
    CU_ASSERT_EQUAL(mb_run_value(&record, "stdin"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "leads_group"), 1);
    CU_ASSERT_EQUAL(mb_run_value(&record, "no_thp"), 1);
    CU_ASSERT_EQUAL(mb_run_value(&record, "death_signal"), SIGKILL);
    CU_ASSERT_EQUAL(mb_run_value(&record, "core"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "data"), 1ul << 30);
    CU_ASSERT_EQUAL(mb_run_value(&record, "blocked"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "handled"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "variables"), 3);
    CU_ASSERT_EQUAL(mb_run_value(&record, "no_aslr"), mb_aslr_can_be_disabled());
    CU_ASSERT_EQUAL(record.end.aslr_was_off, mb_aslr_can_be_disabled());
}

static void test_conditions_asked_for(void)
{
    mb_process_spec spec = mb_run_spec(&record, "report", NULL);
    spec.aslr_on = spec.thp_on = true;
    mb_run_spec_alone(&spec);
    CU_ASSERT_EQUAL(mb_run_value(&record, "no_thp"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "no_aslr"), 0);
    CU_ASSERT_FALSE(record.end.aslr_was_off);
    CU_ASSERT_EQUAL(mb_run_value(&record, "data"), ULONG_MAX); /* RLIM_INFINITY */
}

static void on_signal(int number) { (void)number; }

/* Signals ignored, blocked or handled here are none of the worker's business, and its settings none of ours. */
static void test_shares_no_state(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, handle = {.sa_handler = on_signal}, pipe_before, user_before,
                     now;
    sigaction(SIGPIPE, &ignore, &pipe_before);
    sigaction(SIGUSR1, &handle, &user_before);
    sigset_t blocked, before, after;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    mb_run_one(&record, "report", NULL);
    CU_ASSERT_EQUAL(mb_run_value(&record, "blocked"), 0);
    CU_ASSERT_EQUAL(mb_run_value(&record, "handled"), 0);
    sigaction(SIGUSR1, &user_before, &now);
    CU_ASSERT_EQUAL(now.sa_handler, on_signal);
    sigaction(SIGPIPE, &pipe_before, &now);
    CU_ASSERT_EQUAL(now.sa_handler, SIG_IGN);
    sigprocmask(SIG_SETMASK, &before, &after);
    CU_ASSERT_EQUAL(sigismember(&after, SIGUSR2), 1);
    CU_ASSERT_EQUAL(sigismember(&after, SIGINT), 0);
    CU_ASSERT_EQUAL(sigismember(&after, SIGCHLD), 0);
    CU_ASSERT_EQUAL(prctl(PR_GET_THP_DISABLE, 0L, 0L, 0L, 0L), 0);
    CU_ASSERT_EQUAL(personality(0xffffffff) & ADDR_NO_RANDOMIZE, 0);
    int death_signal = -1, subreaper = -1;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    CU_ASSERT_EQUAL(death_signal, 0);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    CU_ASSERT_EQUAL(subreaper, 0);
}

static void test_exit_codes(void)
{
    static const char *const codes[] = {"0", "1", "77", "127", "255"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        mb_run_one(&record, "exit", codes[i]);
        CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
        CU_ASSERT_EQUAL(record.end.exit_code, atoi(codes[i]));
        CU_ASSERT_FALSE(record.end.killed_by_us);
        CU_ASSERT_FALSE(record.end.left_children);
        CU_ASSERT_EQUAL(record.end.event_bytes, 0);
    }
}

static void test_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGKILL, SIGINT, SIGBUS};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", signals[i]);
        mb_run_one(&record, "signal", number);
        CU_ASSERT_EQUAL(record.end.kind, MB_END_SIGNALED);
        CU_ASSERT_EQUAL(record.end.signal_number, signals[i]);
        CU_ASSERT_FALSE(record.end.killed_by_us);
    }
}

static void test_events(void)
{
    static const struct {
        const char *text, *lines, *signs, *half_line;
        mb_event_fault fault;
    } table[] = {
        {"s{a}\nr.x{b}\n{c}\n", "{a}\n{b}\n{c}\n", "sr.x", "", MB_EVENT_FINE},
        {"{a}\n{half", "{a}\n", "", "{half", MB_EVENT_FINE},
        {"sr", "", "sr", "", MB_EVENT_FINE},
        {"{a}\nHello", "{a}\n", "", "", MB_EVENT_GARBAGE},
        {"{a}\n\n", "{a}\n", "", "", MB_EVENT_GARBAGE},
        {"{refuse me}\n{b}\n", "{refuse me}\n", "", "", MB_EVENT_REFUSED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        mb_run_one(&record, "events", table[i].text);
        CU_ASSERT_STRING_EQUAL(record.lines, table[i].lines);
        CU_ASSERT_STRING_EQUAL(record.signs, table[i].signs);
        CU_ASSERT_STRING_EQUAL(record.half_line, table[i].half_line);
        CU_ASSERT_EQUAL(record.end.fault, table[i].fault);
        CU_ASSERT_EQUAL(record.end.event_bytes, strlen(table[i].text));
        CU_ASSERT_EQUAL(mb_event_fault_text(record.end.fault)[0] == '\0', table[i].fault == MB_EVENT_FINE);
    }
}

/* A process that writes without end is killed, and what it was killed for is reported. */
static void test_event_floods(void)
{
    mb_run_one(&record, "flood", "events");
    CU_ASSERT_EQUAL(record.end.fault, MB_EVENT_FLOOD);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_SIGNALED);
    CU_ASSERT_TRUE(record.end.killed_by_us);
    CU_ASSERT_TRUE(record.end.event_bytes > MB_EVENT_BYTES_MAX);
    CU_ASSERT_TRUE(record.end.event_bytes <= MB_EVENT_BYTES_MAX + MB_LINE_BYTES_MAX);

    mb_run_one(&record, "line", NULL);
    CU_ASSERT_EQUAL(record.end.fault, MB_EVENT_LINE_TOO_LONG);
    CU_ASSERT_EQUAL(record.end.event_bytes, MB_LINE_BYTES_MAX);
    CU_ASSERT_EQUAL(record.line_count, 0);
    CU_ASSERT_TRUE(record.end.killed_by_us);
}

static void test_stderr(void)
{
    mb_run_one(&record, "stderr", "3");
    CU_ASSERT_STRING_EQUAL(record.stderr_tail, "0000000\n0000001\n0000002\n");
    CU_ASSERT_EQUAL(record.end.stderr_bytes, 24);
    mb_run_one(&record, "stderr", "100000"); /* lines of 8 bytes: more than a pipe holds */
    CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
    CU_ASSERT_EQUAL(record.end.stderr_bytes, 800000);
    CU_ASSERT_EQUAL(record.end.stderr_tail_bytes, MB_STDERR_BYTES_MAX);
    CU_ASSERT_STRING_EQUAL(record.stderr_tail + MB_STDERR_BYTES_MAX - 16, "0099998\n0099999\n");
    mb_run_one(&record, "stdout", "100000"); /* goes nowhere, stops nobody */
    CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
    CU_ASSERT_EQUAL(record.end.stderr_bytes, 0);
}

static void wait_for_its_end(mb_run_record *ended)
{
    siginfo_t info;
    waitid(P_PID, (id_t)mb_run_value(ended, "pid"), &info, WEXITED | WNOWAIT);
}

/* What lies in the pipes when the process has ended is read to its end, however many reads it takes. */
static void test_last_words(void)
{
    record = (mb_run_record){.after_line = wait_for_its_end};
    mb_run_one(&record, "burst", NULL);
    CU_ASSERT_EQUAL(record.end.exit_code, 0);
    CU_ASSERT_EQUAL(record.end.event_bytes, 400000 + record.lines_length);
    CU_ASSERT_EQUAL(record.end.stderr_bytes, 400000);
    record = (mb_run_record){0};
}

static void test_exec_errors(void)
{
    char folder[] = "/tmp/membench-run-XXXXXX", text_path[64], script_path[64], plain_path[64], missing_path[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(text_path, sizeof text_path, "%s/text", folder);
    snprintf(script_path, sizeof script_path, "%s/script", folder);
    snprintf(plain_path, sizeof plain_path, "%s/plain", folder);
    snprintf(missing_path, sizeof missing_path, "%s/missing", folder);
    const struct {
        const char *path, *content;
        mode_t mode;
        int errnum;
        const char *reason;
    } table[] = {
        {text_path, "no program", 0755, ENOEXEC, "Exec format error"},
        {script_path, "#!/nowhere/interpreter\n", 0755, ENOENT, "its interpreter or loader is missing"},
        {plain_path, "#!/bin/sh\n", 0644, EACCES, "Permission denied"},
        {missing_path, NULL, 0, ENOENT, "No such file or directory"},
        {folder, NULL, 0, EACCES, "Permission denied"},
    };
    int fd_count = mb_run_count_fds();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].content != NULL) {
            FILE *file = fopen(table[i].path, "w");
            CU_ASSERT_PTR_NOT_NULL_FATAL(file);
            fputs(table[i].content, file);
            fclose(file);
            chmod(table[i].path, table[i].mode);
        }
        mb_process_spec spec = mb_run_spec(&record, "exit", "0");
        spec.path = table[i].path;
        mb_run_spec_alone(&spec);
        char expected[256];
        snprintf(expected, sizeof expected, "cannot run %s: %s", table[i].path, table[i].reason);
        CU_ASSERT_EQUAL(record.end.kind, MB_END_NOT_STARTED);
        CU_ASSERT_EQUAL(record.end.start_errno, table[i].errnum);
        CU_ASSERT_STRING_EQUAL(record.message, expected);
        unlink(table[i].path);
    }
    CU_ASSERT_EQUAL(mb_run_count_fds(), fd_count);
    rmdir(folder);
}

static mb_status refuse(void *context, mb_process_spec *spec, mb_error *error)
{
    (void)context;
    (void)spec;
    return mb_error_set(error, MB_ERROR_SYSTEM, "not today");
}

static void test_prepare_fails(void)
{
    mb_process_spec spec = mb_run_spec(&record, "exit", "0");
    spec.prepare = refuse;
    mb_run_spec_alone(&spec);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_NOT_STARTED);
    CU_ASSERT_EQUAL(record.end.start_errno, 0);
    CU_ASSERT_STRING_EQUAL(record.message, "not today");
}

/* Where a worker's stack begins does not move with the length of a case's name or of the program's path, nor with how
 * many arguments it has. */
static void test_stack_is_constant(void)
{
    if (!mb_aslr_can_be_disabled()) {
        printf(" (skipped: this system does not let randomisation be switched off) ");
        return;
    }
    static char *const caller[] = {(char *)"PATH=/bin:/usr/bin", (char *)"SECRET=1", NULL};
    char long_name[MB_ID_BYTES_MAX];
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    const char *const names[] = {"a", "group/function/100KB", long_name};
    mb_environment *environment = mb_environment_new(caller, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(environment);
    char folder[] = "/tmp/membench-run-XXXXXX", link_path[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    CU_ASSERT_EQUAL(symlink(MB_RUN_CHILD, link_path), 0);
    CU_ASSERT_NOT_EQUAL(strlen(MB_RUN_CHILD), strlen(link_path));
    unsigned long argv_at = 0, strings_end = 0, variables[2] = {0};
    for (size_t i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
        mb_process_spec spec = mb_run_spec(&record, "report", i % 2 == 0 ? NULL : "argument");
        mb_error error = {0};
        spec.path = i % 4 < 2 ? spec.path : link_path;
        mb_environment_reset(environment);
        CU_ASSERT_EQUAL(mb_environment_set(environment, "MEMBENCH_CASE", names[i / 2], &error), MB_OK);
        CU_ASSERT_EQUAL(mb_environment_seal(environment, spec.path, spec.argv, &spec.environment, &error), MB_OK);
        mb_run_spec_alone(&spec);
        if (i == 0) {
            argv_at = mb_run_value(&record, "argv_at");
            strings_end = mb_run_value(&record, "strings_end");
        }
        if (i < 2)
            variables[i] = mb_run_value(&record, "variables");
        CU_ASSERT_NOT_EQUAL(argv_at, ULONG_MAX);
        CU_ASSERT_EQUAL(mb_run_value(&record, "argv_at"), argv_at);
        CU_ASSERT_EQUAL(mb_run_value(&record, "strings_end"), strings_end);
        CU_ASSERT_EQUAL(mb_run_value(&record, "variables"), variables[i % 2]);
    }
    CU_ASSERT_EQUAL(variables[0], variables[1] + 1); /* an argument takes the place of a filler */
    mb_environment_free(environment);
    unlink(link_path);
    rmdir(folder);
}

/* Makes personality() fail as containers do: every call, or only the one that would switch randomisation off. */
static bool refuse_personality(bool every_call)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, every_call ? 1 : 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, ADDR_NO_RANDOMIZE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 &&
           prctl(PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, &program) == 0;
}

static int run_refused(bool every_call)
{
    if (!refuse_personality(every_call))
        return 1;
    if (mb_aslr_can_be_disabled())
        return 2;
    mb_run_one(&record, "report", NULL);
    if (record.end.kind != MB_END_EXITED || record.end.exit_code != 0)
        return 3;
    return record.end.aslr_was_off ? 4 : 0;
}

static void test_refused_personality(void)
{
    for (int every_call = 0; every_call < 2; every_call++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(run_refused(every_call != 0));
        int status = -1;
        CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
        CU_ASSERT_EQUAL(status, 0);
    }
}

enum { QUICK_COUNT = 1000 };

/* A thousand processes, two at a time, leave no descriptor and no child behind. */
static void test_many(void)
{
    int fd_count = mb_run_count_fds(), fd_count_running = 0;
    size_t ended = 0;
    mb_runner *runner = mb_run_new(2);
    static mb_run_record records[4];
    for (size_t i = 0; i < QUICK_COUNT; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            mb_process_spec spec = mb_run_spec(&records[k], "exit", "5");
            mb_run_submit(runner, &spec);
        }
        CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
        for (size_t k = 0; k < 4; k++)
            ended += records[k].end_count == 1 && records[k].end.exit_code == 5 && !records[k].end.left_children;
        if (i == 0)
            fd_count_running = mb_run_count_fds();
    }
    CU_ASSERT_EQUAL(ended, QUICK_COUNT);
    CU_ASSERT_EQUAL(mb_run_count_fds(), fd_count_running);
    CU_ASSERT_TRUE(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    mb_runner_free(runner);
    CU_ASSERT_EQUAL(mb_run_count_fds(), fd_count);
    CU_ASSERT_TRUE(waitpid(-1, NULL, __WALL | WNOHANG) == -1 && errno == ECHILD);
}

static size_t running, most_running, running_beside_alone;

static mb_status count_start(void *context, mb_process_spec *spec, mb_error *error)
{
    (void)context;
    (void)error;
    if (spec->alone)
        running_beside_alone += running;
    running++;
    most_running = running > most_running ? running : most_running;
    return MB_OK;
}

static void count_end(mb_run_record *ended)
{
    running--;
    if (ended->other != NULL && running > 0)
        running_beside_alone++;
}

/* What wants to be alone is alone; the others run as many at a time as allowed; callbacks may submit. */
static void test_alone(void)
{
    static mb_run_record records[9];
    running = most_running = running_beside_alone = 0;
    mb_runner *runner = mb_run_new(3);
    for (size_t i = 0; i < 9; i++) {
        records[i] = (mb_run_record){.after_end = count_end, .other = i % 3 == 1 ? &records[i] : NULL};
        mb_process_spec spec = mb_run_spec(&records[i], "exit", "0");
        spec.alone = i % 3 == 1;
        spec.prepare = count_start;
        mb_run_submit(runner, &spec);
    }
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    mb_runner_free(runner);
    CU_ASSERT_EQUAL(running, 0);
    CU_ASSERT_EQUAL(most_running, 2); /* between two lonely ones there are two */
    CU_ASSERT_EQUAL(running_beside_alone, 0);
}

static size_t chain_length;

static void submit_next(mb_run_record *ended)
{
    if (++chain_length == 5)
        return;
    mb_process_spec spec = mb_run_spec(ended, "exit", "0");
    mb_run_submit(ended->runner, &spec);
}

static void test_submit_from_callback(void)
{
    chain_length = 0;
    record = (mb_run_record){.after_end = submit_next};
    mb_process_spec spec = mb_run_spec(&record, "exit", "0");
    mb_run_spec_alone(&spec);
    CU_ASSERT_EQUAL(chain_length, 5);
    record.after_end = NULL;
}

/* One process after the other writes to the same pipes, and finds them as if they were new: what the one before has set
 * is not set, and what it left in them is not read as this one's. One that wrote garbage had the last of its pipe. */
static void test_pipes_as_new(void)
{
    static const char *const last[] = {"", "{half a line", "garbage", ""};
    static mb_run_record records[4];
    mb_runner *runner = mb_run_new(1);
    for (size_t i = 0; i < 4; i++) {
        mb_process_spec spec = mb_run_spec(&records[i], "pipes", last[i]);
        mb_run_submit(runner, &spec);
    }
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    mb_runner_free(runner);
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(records[i].line_count, 3);
        CU_ASSERT_EQUAL(mb_run_value(&records[i], "flags"), O_WRONLY);
        CU_ASSERT_STRING_EQUAL(records[i].stderr_tail, "last words");
        CU_ASSERT_STRING_EQUAL(records[i].half_line, i == 1 ? last[1] : "");
        CU_ASSERT_EQUAL(records[i].end.fault, i == 2 ? MB_EVENT_GARBAGE : MB_EVENT_FINE);
        bool is_kept = mb_run_value(&records[i], "events") == mb_run_value(&records[0], "events");
        CU_ASSERT_EQUAL(is_kept, i < 3);
        CU_ASSERT_EQUAL(mb_run_value(&records[i], "errors"), mb_run_value(&records[0], "errors"));
    }
}

MB_SUITE(run, {"conditions of a worker", test_conditions}, {"conditions asked for", test_conditions_asked_for},
         {"shares no state", test_shares_no_state}, {"pipes as new", test_pipes_as_new},
         {"exit codes", test_exit_codes}, {"crashes", test_crashes}, {"events", test_events},
         {"event floods", test_event_floods}, {"stderr and stdout", test_stderr}, {"last words", test_last_words},
         {"exec errors", test_exec_errors}, {"prepare fails", test_prepare_fails},
         {"stack is constant", test_stack_is_constant}, {"personality refused", test_refused_personality},
         {"a thousand processes", test_many}, {"alone", test_alone},
         {"submit from a callback", test_submit_from_callback});
