#include "process/children.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* As much of the file as fits, terminated; its length, 0 when it cannot be read. */
static size_t read_whole(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size_t length = 0;
    ssize_t got;
    while (length + 1 < size && (got = read(fd, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    close(fd);
    text[length] = '\0';
    return length;
}

size_t mb_children_list(pid_t *pids, size_t limit)
{
    char text[4096];
    size_t count = 0;
    if (read_whole("/proc/thread-self/children", text, sizeof text) == 0)
        return 0;
    char *at = text, *end;
    for (long pid = strtol(at, &end, 10); end != at && count < limit; pid = strtol(at, &end, 10)) {
        if (*end != ' ')
            break; /* cut by the buffer's end: maybe half a number */
        pids[count++] = (pid_t)pid;
        at = end;
    }
    return count;
}

bool mb_children_reap(idtype_t kind, id_t id, siginfo_t *end)
{
    siginfo_t seen = {0};
    if (waitid(kind, id, &seen, WEXITED | WNOHANG | WNOWAIT) != 0 || seen.si_pid == 0)
        return false;
    if (seen.si_code != CLD_EXITED && seen.si_code != CLD_KILLED && seen.si_code != CLD_DUMPED)
        return false;
    *end = (siginfo_t){0};
    return waitid(P_PID, (id_t)seen.si_pid, end, WEXITED | WNOHANG) == 0 && end->si_pid == seen.si_pid;
}

bool mb_children_mark(pid_t pid, char mark[MB_MARK_DIGITS + 1])
{
    static char text[64 * 1024];
    char path[48];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    size_t length = read_whole(path, text, sizeof text), name_length = sizeof MB_MARK_VARIABLE - 1;
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        if (strncmp(text + at, MB_MARK_VARIABLE, name_length) != 0 || strlen(text + at) != name_length + MB_MARK_DIGITS)
            continue;
        memcpy(mark, text + at + name_length, MB_MARK_DIGITS + 1);
        return true;
    }
    return false;
}

size_t mb_children_kill_marked(const char coordinator[MB_MARK_COORDINATOR_DIGITS])
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    size_t count = 0;
    char mark[MB_MARK_DIGITS + 1];
    for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && mb_children_mark(pid, mark) && memcmp(mark, coordinator, MB_MARK_COORDINATOR_DIGITS) == 0 &&
            kill(pid, SIGKILL) == 0)
            count++;
    }
    closedir(proc);
    return count;
}
