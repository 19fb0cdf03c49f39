/* Runs a command with its output thrown away and prints one line: seconds; seconds of processor time, with that of the
 * children it waited for; and the most of it that was ever resident (KiB): its own VmHWM at the moment of its end, for
 * ru_maxrss also holds what it inherited at the fork.
 * membench-perf-clock COMMAND... Fails when the command does not exit with 0. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Of the one child of this process, once that has been waited for. */
static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static size_t peak_kib(pid_t pid)
{
    char path[64], line[256];
    size_t peak = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %zu", &peak) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return peak;
}

static void run(char **command)
{
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDOUT_FILENO);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP); /* until the parent has said what it wants to see */
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

/* Lets the child go on until it ends and looks at it as it does. Only this process is held: its children run free. */
static bool follow(pid_t pid, size_t *peak, int *status)
{
    int signal_number = 0;
    while (ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal_number) == 0 && waitpid(pid, status, 0) == pid) {
        if (!WIFSTOPPED(*status))
            return true;
        bool is_event = *status >> 16 != 0;
        if (*status >> 16 == PTRACE_EVENT_EXIT)
            *peak = peak_kib(pid);
        signal_number = is_event ? 0 : WSTOPSIG(*status);
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(argv + 1);
    int status = 0;
    size_t peak = 0;
    const long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0) {
        perror("ptrace");
        return 1;
    }
    double start_seconds = now_seconds();
    bool is_followed = follow(pid, &peak, &status);
    double seconds = now_seconds() - start_seconds;
    if (!is_followed || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: ended with status 0x%x\n", argv[1], (unsigned)status);
        return 1;
    }
    printf("%.6f %.6f %zu\n", seconds, processor_seconds(), peak);
    return 0;
}
