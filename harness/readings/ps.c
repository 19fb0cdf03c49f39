/* ps: what any Unix can say of a process's resident set, from outside. It starts a process each time. */
#include "readings/calibrate.h"

#include "readings/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PS_OUTPUT_BYTES = 64, PS_TIMEOUT_MS = 5000 };

extern char **environ;

bool mb_ps_parse(const char *text, size_t length, int64_t *rss_bytes)
{
    const char *at = text;
    const char *end = text + length;
    int64_t value = 0;
    int64_t size_bytes = 0;
    while (at < end && *at == ' ')
        at++;
    if (!mb_digits_parse(&at, end, &value) || end - at != 1 || *at != '\n')
        return false;
    if (__builtin_mul_overflow(value, 1024, &size_bytes))
        return false;
    *rss_bytes = size_bytes;
    return true;
}

static int start_ps(pid_t pid, int output, pid_t *ps)
{
    char number[24];
    snprintf(number, sizeof number, "%ld", (long)pid);
    char *arguments[] = {(char[]){"ps"}, (char[]){"-o"}, (char[]){"rss="}, (char[]){"-p"}, number, NULL};
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0)
        return failure;
    failure = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failure == 0)
        failure = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (failure == 0)
        failure = posix_spawnp(ps, "ps", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* All that comes until the other end is closed or time is up; false when it was. */
static bool read_output(int input, char *buffer, size_t buffer_bytes, size_t *length)
{
    struct pollfd waiting = {.fd = input, .events = POLLIN};
    *length = 0;
    while (*length < buffer_bytes) {
        int ready = poll(&waiting, 1, PS_TIMEOUT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t got = read(input, buffer + *length, buffer_bytes - *length);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        *length += got > 0 ? (size_t)got : 0;
    }
    return true;
}

mb_status mb_ps_read(pid_t pid, int64_t *rss_bytes, mb_error *error)
{
    int ends[2];
    pid_t ps = -1;
    char output[PS_OUTPUT_BYTES];
    size_t length = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return mb_error_set_errno(error, errno, "cannot create a pipe for ps");
    int failure = start_ps(pid, ends[1], &ps);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        return mb_error_set_errno(error, failure, "cannot start ps");
    }
    bool is_whole = read_output(ends[0], output, sizeof output, &length);
    close(ends[0]);
    if (!is_whole)
        kill(ps, SIGKILL);
    while (waitpid(ps, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (!is_whole)
        return mb_error_set(error, MB_ERROR_SYSTEM, "ps did not answer within %d s", PS_TIMEOUT_MS / 1000);
    if (!mb_ps_parse(output, length, rss_bytes))
        return mb_error_set(error, MB_ERROR_SYSTEM, "ps printed no number: no process %ld", (long)pid);
    return MB_OK;
}
