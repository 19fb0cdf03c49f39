#include "features/soak/soak_restart.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A file of /proc/PID, as much as fits; its length. */
static size_t read_file(pid_t pid, const char *name, char *room, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, room, size) : -1;
    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* When it was started, in ticks since the machine was: the 20th word behind its name, which is in parentheses and may
 * hold anything. */
static uint64_t start_of(pid_t pid)
{
    enum { WORD = 20 };
    char text[1024];
    size_t length = read_file(pid, "stat", text, sizeof text - 1);
    text[length] = '\0';
    char *at = strrchr(text, ')');
    for (int i = 0; at != NULL && i < WORD; i++)
        at = strchr(at + 1, ' ');
    return at != NULL ? strtoull(at, NULL, 10) : 0;
}

bool mb_soak_likeness_take(pid_t pid, mb_soak_likeness *likeness)
{
    mb_soak_likeness taken = {.started = start_of(pid)};
    taken.length = read_file(pid, "cmdline", taken.command_line, sizeof taken.command_line);
    if (taken.length == 0 || taken.started == 0)
        return false;
    *likeness = taken;
    return true;
}

void mb_soak_likeness_see(mb_soak_likeness *likeness)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);
    likeness->seen = (uint64_t)now.tv_sec * per_second + (uint64_t)now.tv_nsec * per_second / 1000000000;
}

pid_t mb_soak_likeness_find(const mb_soak_likeness *likeness)
{
    DIR *proc = opendir("/proc");
    pid_t found = 0;
    uint64_t earliest = UINT64_MAX;
    static mb_soak_likeness other;
    for (struct dirent *entry = proc != NULL ? readdir(proc) : NULL; entry != NULL; entry = readdir(proc)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid() || !mb_soak_likeness_take(pid, &other) || other.length != likeness->length ||
            memcmp(other.command_line, likeness->command_line, other.length) != 0)
            continue;
        if (other.started >= likeness->seen && other.started < earliest) {
            earliest = other.started;
            found = pid;
        }
    }
    if (proc != NULL)
        closedir(proc);
    return found;
}
