/* Proves that nothing outlives its worker, and no worker its coordinator: timeouts, signals, children left, SIGKILL. */
#include "process/runner.h"
#include "tests/run_record.h"
#include "tests/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static mb_run_record record, second;

static bool is_gone(unsigned long pid) { return kill((pid_t)pid, 0) != 0 && errno == ESRCH; }

static void test_timeout(void)
{
    mb_process_spec spec = mb_run_spec(&record, "wait", NULL);
    spec.timeout_ns = 20000000;
    mb_run_spec_alone(&spec);
    CU_ASSERT_TRUE(record.end.timed_out);
    CU_ASSERT_TRUE(record.end.killed_by_us);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_SIGNALED);
    CU_ASSERT_EQUAL(record.end.signal_number, SIGTERM);
    CU_ASSERT_TRUE(record.end.wall_ns >= 20000000);
}

/* SIGTERM comes first (the process says so), SIGKILL not before the grace is over. */
static void test_timeout_ignored(void)
{
    mb_process_spec spec = mb_run_spec(&record, "stubborn", NULL);
    spec.timeout_ns = 300000000;
    mb_run_spec_alone(&spec);
    CU_ASSERT_TRUE(record.end.timed_out);
    CU_ASSERT_STRING_EQUAL(record.signs, "t");
    CU_ASSERT_EQUAL(record.end.signal_number, SIGKILL);
    CU_ASSERT_TRUE(record.end.wall_ns >= 1300000000);
}

/* SIGTERM reaches a process that has been stopped, too: else only SIGKILL would end it. */
static void test_timeout_of_stopped(void)
{
    char number[16];
    snprintf(number, sizeof number, "%d", SIGSTOP);
    mb_process_spec spec = mb_run_spec(&record, "signal", number);
    spec.timeout_ns = 50000000;
    mb_run_spec_alone(&spec);
    CU_ASSERT_TRUE(record.end.timed_out);
    CU_ASSERT_EQUAL(record.end.signal_number, SIGTERM);
}

/* A process that never stops writing is still subject to its timeout. */
static void test_timeout_in_flood(void)
{
    static const char *const pipes[] = {"stderr", "stdout"};
    for (size_t i = 0; i < 2; i++) {
        mb_process_spec spec = mb_run_spec(&record, "flood", pipes[i]);
        spec.timeout_ns = 50000000;
        mb_run_spec_alone(&spec);
        CU_ASSERT_TRUE(record.end.timed_out);
        CU_ASSERT_EQUAL(record.end.stderr_tail_bytes, i == 0 ? MB_STDERR_BYTES_MAX : 0);
    }
}

/* Children left in the group, in a session of their own, and with an emptied environment: all are ended. */
static void test_children_left(void)
{
    static const char *const ways[] = {"group", "session", "cleared"};
    for (size_t jobs = 1; jobs <= 2; jobs++)
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            mb_process_spec spec = mb_run_spec(&record, "leave", ways[i]);
            mb_runner *runner = mb_run_new(jobs);
            mb_run_submit(runner, &spec);
            CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
            CU_ASSERT_TRUE(is_gone(mb_run_value(&record, "child")));
            CU_ASSERT_TRUE(record.end.left_children || (jobs == 2 && i == 2)); /* may be another's */
            CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
            CU_ASSERT_FALSE(record.end.killed_by_us);
            mb_runner_free(runner);
        }
    mb_run_one(&record, "zombie", NULL); /* had ended, was only not waited for */
    CU_ASSERT_FALSE(record.end.left_children);
}

static void end_first_once_second_ended(mb_run_record *ended)
{
    mb_run_record *first = ended->other;
    CU_ASSERT_FALSE(is_gone(mb_run_value(first, "child")));
    kill((pid_t)mb_run_value(first, "pid"), SIGUSR1);
}

static void submit_second(mb_run_record *first)
{
    if (mb_run_value(first, "pid") == (unsigned long)-1)
        return;
    second = (mb_run_record){.after_end = end_first_once_second_ended, .other = first};
    mb_process_spec spec = mb_run_spec(&second, "exit", "0");
    mb_run_submit(first->runner, &spec);
}

/* A detached helper lives as long as its worker, whatever ends meanwhile, and no longer. */
static void test_helper_of_running_process(void)
{
    static const char *const ways[] = {"session", "cleared"};
    for (size_t i = 0; i < 2; i++) {
        mb_runner *runner = mb_run_new(2);
        record = (mb_run_record){.after_line = submit_second, .runner = runner};
        mb_process_spec spec = mb_run_spec(&record, "detach", ways[i]);
        mb_run_submit(runner, &spec);
        CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
        CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
        CU_ASSERT_FALSE(second.end.left_children);
        CU_ASSERT_EQUAL(record.end.left_children, i == 0);
        CU_ASSERT_TRUE(is_gone(mb_run_value(&record, "child")));
        mb_runner_free(runner);
    }
    record = (mb_run_record){0};
}

static mb_run_record third;
static int first_had_ended;

static mb_status note_first(void *context, mb_process_spec *spec, mb_error *error)
{
    (void)context;
    (void)spec;
    (void)error;
    first_had_ended = record.end_count;
    return MB_OK;
}

static void submit_third(mb_run_record *ended)
{
    CU_ASSERT_FALSE(is_gone(mb_run_value(ended, "child")));
    mb_process_spec spec = mb_run_spec(&third, "exit", "0");
    spec.prepare = note_first;
    mb_run_submit(ended->runner, &spec);
    kill((pid_t)mb_run_value(&record, "pid"), SIGUSR1);
}

static void submit_leaver(mb_run_record *first)
{
    if (mb_run_value(first, "pid") == (unsigned long)-1)
        return;
    second = (mb_run_record){.after_end = submit_third, .runner = first->runner};
    mb_process_spec spec = mb_run_spec(&second, "leave", "cleared");
    mb_run_submit(first->runner, &spec);
}

/* Whose a process without a mark is cannot be determined while several run: nothing new starts until it could be ended.
 */
static void test_unknown_origin(void)
{
    mb_runner *runner = mb_run_new(2);
    first_had_ended = -1;
    record = (mb_run_record){.after_line = submit_leaver, .runner = runner};
    mb_process_spec spec = mb_run_spec(&record, "detach", "session");
    mb_run_submit(runner, &spec);
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    CU_ASSERT_EQUAL(first_had_ended, 1);
    CU_ASSERT_EQUAL(third.end_count, 1);
    CU_ASSERT_TRUE(is_gone(mb_run_value(&second, "child")));
    mb_runner_free(runner);
    record = second = (mb_run_record){0};
}

static void interrupt_once(mb_run_record *running)
{
    (void)running;
    kill(getpid(), SIGINT);
}

static void test_interrupt(void)
{
    mb_runner *runner = mb_run_new(1);
    record = (mb_run_record){.after_line = interrupt_once};
    mb_process_spec spec = mb_run_spec(&record, "detach", "session");
    mb_run_submit(runner, &spec);
    spec = mb_run_spec(&second, "exit", "0");
    second.after_end = NULL;
    mb_run_submit(runner, &spec);
    CU_ASSERT_EQUAL(mb_runner_drain(runner), SIGINT);
    CU_ASSERT_EQUAL(mb_runner_signal(runner), SIGINT);
    CU_ASSERT_TRUE(record.end.stopped && record.end.killed_by_us);
    CU_ASSERT_FALSE(record.end.timed_out);
    CU_ASSERT_TRUE(is_gone(mb_run_value(&record, "child")));
    CU_ASSERT_EQUAL(second.end_count, 1);
    CU_ASSERT_EQUAL(second.end.kind, MB_END_CANCELLED);
    mb_run_submit(runner, &spec); /* a stopped runner runs nothing more */
    CU_ASSERT_EQUAL(mb_runner_drain(runner), SIGINT);
    CU_ASSERT_EQUAL(second.end_count, 2);
    mb_runner_free(runner);
    record = (mb_run_record){0};
}

/* A signal that came before anything ran: nothing is started any more. */
static void test_interrupt_before_start(void)
{
    mb_runner *runner = mb_run_new(1);
    mb_process_spec spec = mb_run_spec(&record, "exit", "0");
    mb_run_submit(runner, &spec);
    kill(getpid(), SIGTERM);
    CU_ASSERT_EQUAL(mb_runner_drain(runner), SIGTERM);
    CU_ASSERT_EQUAL(record.end_count, 1);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_CANCELLED);
    mb_runner_free(runner);
}

static bool ends_without_the_runner(pid_t pid)
{
    for (int i = 0; i < 5000; i++) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid)
            return info.si_code == CLD_KILLED && info.si_status == SIGKILL;
        poll(NULL, 0, 1);
    }
    return false;
}

/* It has told that it got the SIGTERM of the first stop and goes on: the second stop must kill it there and then. */
static void stop_again(mb_run_record *running)
{
    mb_runner_stop(running->runner);
    CU_ASSERT_TRUE(ends_without_the_runner((pid_t)mb_run_value(running, "pid")));
}

static void stop_once(mb_run_record *running) { mb_runner_stop(running->runner); }

static void test_stop_twice(void)
{
    mb_runner *runner = mb_run_new(1);
    record = (mb_run_record){.after_line = stop_once, .after_sign = stop_again, .runner = runner};
    mb_process_spec spec = mb_run_spec(&record, "stubborn", NULL);
    mb_run_submit(runner, &spec);
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    CU_ASSERT_STRING_EQUAL(record.signs, "t");
    CU_ASSERT_EQUAL(record.end.signal_number, SIGKILL);
    mb_runner_free(runner);
    record = (mb_run_record){0};
}

static void hang_up(mb_run_record *running)
{
    (void)running;
    kill(getpid(), SIGHUP);
}

/* Under nohup SIGHUP is ignored, and stays so. */
static void test_nohup(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGHUP, &ignore, &before);
    record = (mb_run_record){.after_line = hang_up};
    mb_run_one(&record, "events", "{a}\n");
    CU_ASSERT_EQUAL(record.line_count, 1);
    CU_ASSERT_EQUAL(record.end.kind, MB_END_EXITED);
    sigaction(SIGHUP, &before, NULL);
    record = (mb_run_record){0};
}

/* A runner given up in the middle takes everything with it. */
static void test_free_while_running(void)
{
    int fd_count = mb_run_count_fds();
    mb_runner *runner = mb_run_new(2);
    mb_process_spec spec = mb_run_spec(&record, "detach", "session");
    mb_run_submit(runner, &spec);
    mb_process_spec other = mb_run_spec(&second, "wait", NULL);
    mb_run_submit(runner, &other);
    mb_run_submit(runner, &other);
    while (record.line_count < 2)
        CU_ASSERT_TRUE_FATAL(mb_runner_step(runner, 1000000000));
    mb_runner_free(runner);
    CU_ASSERT_EQUAL(record.end_count + second.end_count, 0);
    CU_ASSERT_TRUE(is_gone(mb_run_value(&record, "pid")));
    CU_ASSERT_TRUE(is_gone(mb_run_value(&record, "child")));
    CU_ASSERT_EQUAL(mb_run_count_fds(), fd_count);
    CU_ASSERT_TRUE(waitpid(-1, NULL, __WALL | WNOHANG) == -1 && errno == ECHILD);
}

static int report_fd;

static void pass_on(mb_run_record *running)
{
    ssize_t written = write(report_fd, running->lines, running->lines_length);
    running->lines_length = 0;
    (void)written;
}

enum { COORDINATED = 5 };

/* A helper in a session of its own, one in the group without a mark, and a worker that does not heed SIGTERM. */
_Noreturn static void coordinate(int fd)
{
    report_fd = fd;
    record = second = third = (mb_run_record){.after_line = pass_on};
    const mb_process_spec specs[] = {mb_run_spec(&record, "detach", "session"),
                                     mb_run_spec(&second, "detach", "group cleared"),
                                     mb_run_spec(&third, "stubborn", NULL)};
    mb_runner *runner = mb_run_new(3);
    for (size_t i = 0; i < 3; i++)
        mb_run_submit(runner, &specs[i]);
    mb_runner_drain(runner);
    _exit(0);
}

/* What the coordinator's workers said of themselves: {child …} and {pid …}. */
static size_t read_pids(int fd, pid_t pids[COORDINATED])
{
    char text[512];
    size_t length = 0, count = 0;
    while (count < COORDINATED) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 10000) != 1)
            break;
        ssize_t got = read(fd, text + length, sizeof text - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
        text[length] = '\0';
        count = 0;
        for (char *at = strchr(text, '{'); at != NULL && strchr(at, '\n') != NULL && count < COORDINATED;
             at = strchr(at + 1, '{'))
            pids[count++] = (pid_t)strtol(strchr(at, ' '), NULL, 10);
    }
    return count;
}

/* kill -9: the workers, what left their groups, and the guard itself are gone soon; all become children of this
 * process, which waits for each, so "gone" is a fact and not a guess. */
static void test_coordinator_killed(void)
{
    int ends[2];
    pid_t pids[COORDINATED] = {0};
    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    pid_t coordinator = fork();
    if (coordinator == 0)
        coordinate(ends[1]);
    close(ends[1]);
    CU_ASSERT_EQUAL(read_pids(ends[0], pids), COORDINATED);
    kill(coordinator, SIGKILL);
    size_t killed = 0, guards = 0;
    for (int i = 0; i < 10000; i++) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid < 0)
            break;
        if (pid == 0)
            poll(NULL, 0, 1);
        for (size_t k = 0; k < COORDINATED; k++)
            killed += pid == pids[k] && pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        guards += pid > 0 && WIFEXITED(status);
    }
    CU_ASSERT_EQUAL(killed, COORDINATED);
    CU_ASSERT_EQUAL(guards, 1);
    CU_ASSERT_TRUE(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
    prctl(PR_SET_CHILD_SUBREAPER, 0L, 0L, 0L, 0L);
    close(ends[0]);
}

/* Has a runner, and with it a guard, but closes all it has of a pipe; ends when told. */
_Noreturn static void hold_runner(int fd, int go_on)
{
    char byte;
    dup2(fd, STDOUT_FILENO);
    mb_runner *runner = mb_run_new(1);
    close(STDOUT_FILENO);
    close(fd);
    ssize_t got = read(go_on, &byte, 1);
    mb_runner_free(runner);
    _exit(got == 1 ? 0 : 1);
}

/* The guard keeps no descriptor of the coordinator's: who reads its output sees the end while the guard lives. */
static void test_guard_holds_nothing(void)
{
    int output[2], control[2], status = -1;
    CU_ASSERT_EQUAL_FATAL(pipe2(output, O_CLOEXEC), 0);
    CU_ASSERT_EQUAL_FATAL(pipe2(control, O_CLOEXEC), 0);
    fflush(stdout); /* the child's stdout is the pipe for a while */
    pid_t pid = fork();
    if (pid == 0)
        hold_runner(output[1], control[0]);
    close(output[1]);
    struct pollfd wait = {.fd = output[0], .events = POLLIN};
    CU_ASSERT_EQUAL(poll(&wait, 1, 10000), 1);
    CU_ASSERT_EQUAL(wait.revents, POLLHUP);
    CU_ASSERT_EQUAL(write(control[1], "g", 1), 1);
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    CU_ASSERT_EQUAL(status, 0);
    close(output[0]);
    close(control[0]);
    close(control[1]);
}

MB_SUITE(run_end, {"timeout", test_timeout}, {"timeout ignored", test_timeout_ignored},
         {"timeout of a stopped one", test_timeout_of_stopped}, {"timeout in a flood", test_timeout_in_flood},
         {"children left", test_children_left}, {"helper of a running process", test_helper_of_running_process},
         {"interrupt", test_interrupt}, {"interrupt before the start", test_interrupt_before_start},
         {"stop twice", test_stop_twice}, {"nohup", test_nohup}, {"free while running", test_free_while_running},
         {"unknown origin", test_unknown_origin}, {"guard holds nothing", test_guard_holds_nothing},
         {"coordinator killed", test_coordinator_killed});
