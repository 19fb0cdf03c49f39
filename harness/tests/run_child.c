/* A program that behaves, well or badly, as its first argument says; the suites of process/ start it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char **arguments;
static int event_fd = -1;

static void put(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            _exit(9);
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
}

static void put_value(const char *name, unsigned long value)
{
    char line[128];
    put(event_fd, line, (size_t)snprintf(line, sizeof line, "{%s %lu}\n", name, value));
}

static void put_forever(int fd, char byte)
{
    static char bytes[8192];
    memset(bytes, byte, sizeof bytes);
    for (;;)
        put(fd, bytes, sizeof bytes);
}

static void on_term(int number)
{
    (void)number;
    put(event_fd, "t", 1);
}

static void on_user(int number)
{
    (void)number;
    _exit(0);
}

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

/* Says when it is out of the group (if it is to be), then goes on for ever, with or without its environment. */
static void leave_child(int own_session, int cleared)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        _exit(9);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {arguments[0], (char[]){"wait"}, NULL}, *nothing[] = {NULL};
        if (own_session)
            setsid();
        close(ready[0]);
        if (!cleared) {
            close(ready[1]);
            wait_for_ever();
        }
        fcntl(ready[1], F_SETFD, FD_CLOEXEC); /* its closing tells that the environment is gone */
        char path[4096];
        ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
        path[length > 0 ? length : 0] = '\0';
        execve(path, argv, nothing);
        _exit(9);
    }
    close(ready[1]);
    while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    put_value("child", (unsigned long)pid);
}

static void report_limits(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_CORE, &limit);
    put_value("core", limit.rlim_max);
    getrlimit(RLIMIT_DATA, &limit);
    put_value("data", limit.rlim_max);
}

static void report_signals(void)
{
    sigset_t mask;
    unsigned long blocked = 0, not_default = 0;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        blocked += sigismember(&mask, number) == 1;
        not_default += sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
    }
    put_value("blocked", blocked);
    put_value("handled", not_default);
}

/* What the pipes are, and then what a process may do to them. */
static void report_pipes(void)
{
    struct stat events, errors;
    put_value("flags", (unsigned long)(fcntl(event_fd, F_GETFL) | fcntl(2, F_GETFL)));
    if (fstat(event_fd, &events) == 0 && fstat(2, &errors) == 0) {
        put_value("events", events.st_ino);
        put_value("errors", errors.st_ino);
    }
    fcntl(event_fd, F_SETFL, O_NONBLOCK);
    fcntl(2, F_SETFL, O_NONBLOCK);
    put(2, "last words", 10);
}

static void report(char **variables)
{
    char line[256], byte;
    put(event_fd, line, (size_t)snprintf(line, sizeof line, "{argv0 %s}\n", arguments[0]));
    unsigned long fds = 0;
    for (int fd = 0; fd < 4096; fd++)
        fds += dup2(fd, fd) == fd ? fd < 63 ? 1ul << fd : 1ul << 63 : 0;
    put_value("fds", fds);
    put_value("stdin", (unsigned long)read(0, &byte, 1));
    put_value("leads_group", getpgrp() == getpid());
    put_value("no_aslr", (personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0);
    put_value("no_thp", (unsigned long)prctl(PR_GET_THP_DISABLE, 0L, 0L, 0L, 0L));
    int death_signal = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    put_value("death_signal", (unsigned long)death_signal);
    report_limits();
    report_signals();
    unsigned long count = 0;
    while (variables[count] != NULL)
        count++;
    put_value("variables", count);
    put_value("argv_at", (unsigned long)(void *)arguments);
    put_value("strings_end", getauxval(AT_EXECFN) + strlen((const char *)getauxval(AT_EXECFN)) + 1);
}

static int act(const char *action, const char *value, char **variables)
{
    if (strcmp(action, "exit") == 0)
        return atoi(value);
    else if (strcmp(action, "events") == 0)
        put(event_fd, value, strlen(value));
    else if (strcmp(action, "signal") == 0)
        raise(atoi(value));
    else if (strcmp(action, "wait") == 0)
        wait_for_ever();
    else if (strcmp(action, "stubborn") == 0) {
        signal(SIGTERM, on_term);
        put_value("pid", (unsigned long)getpid());
        wait_for_ever();
    } else if (strcmp(action, "flood") == 0)
        put_forever(strcmp(value, "stderr") == 0 ? 2 : strcmp(value, "stdout") == 0 ? 1 : event_fd, 's');
    else if (strcmp(action, "line") == 0) {
        put(event_fd, "{", 1);
        put_forever(event_fd, 'x');
    } else if (strcmp(action, "stderr") == 0) {
        for (int i = 0; i < atoi(value); i++)
            fprintf(stderr, "%07d\n", i);
    } else if (strcmp(action, "stdout") == 0) {
        for (int i = 0; i < atoi(value); i++)
            printf("%07d\n", i);
    } else if (strcmp(action, "leave") == 0)
        leave_child(strcmp(value, "group") != 0, strcmp(value, "cleared") == 0);
    else if (strcmp(action, "detach") == 0) { /* a helper of its own session, whose parent is not the worker */
        signal(SIGUSR1, on_user);
        pid_t pid = fork();
        if (pid == 0) {
            leave_child(strstr(value, "group") == NULL, strstr(value, "cleared") != NULL);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
        put_value("pid", (unsigned long)getpid());
        wait_for_ever();
    } else if (strcmp(action, "burst") == 0) { /* more than one read takes, all of it in the pipes at the end */
        static char bytes[400000];
        memset(bytes, 's', sizeof bytes);
        if (fcntl(event_fd, F_SETPIPE_SZ, 1 << 20) < 0 || fcntl(2, F_SETPIPE_SZ, 1 << 20) < 0)
            return 8;
        put_value("pid", (unsigned long)getpid());
        put(event_fd, bytes, sizeof bytes);
        put(2, bytes, sizeof bytes);
    } else if (strcmp(action, "zombie") == 0) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        siginfo_t info;
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    } else if (strcmp(action, "pipes") == 0) {
        report_pipes();
        put(event_fd, value, strlen(value));
    } else if (strcmp(action, "report") == 0)
        report(variables);
    else
        return 8;
    return 0;
}

int main(int argc, char **argv, char **variables)
{
    const char *fd = getenv("MEMBENCH_FD");
    arguments = argv;
    event_fd = fd != NULL ? atoi(fd) : -1;
    return argc < 2 ? 0 : act(argv[1], argc > 2 ? argv[2] : "", variables);
}
