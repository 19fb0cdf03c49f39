#include "process/listening.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKETS_MAX = 512 };

/* Inodes of all sockets that listen, with their ports (0: a Unix socket). */
struct sockets {
    unsigned long inodes[SOCKETS_MAX];
    unsigned ports[SOCKETS_MAX];
    size_t count;
};

static void add(struct sockets *sockets, unsigned long inode, unsigned port)
{
    if (sockets->count == SOCKETS_MAX)
        return;
    sockets->inodes[sockets->count] = inode;
    sockets->ports[sockets->count++] = port;
}

static void read_tcp(struct sockets *sockets, const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned port, state;
        unsigned long inode;
        /* sl local_address rem_address st queues timer retransmits uid timeout inode; state 0A is LISTEN */
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu", &port, &state,
                   &inode) == 3 &&
            state == 0x0a)
            add(sockets, inode, port);
    }
    fclose(file);
}

static void read_unix(struct sockets *sockets)
{
    char line[512];
    FILE *file = fopen("/proc/net/unix", "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned flags;
        unsigned long inode;
        /* num: references protocol flags type state inode; flag 0x10000 says that it accepts connections */
        if (sscanf(line, "%*[^:]: %*x %*x %x %*x %*x %lu", &flags, &inode) == 2 && (flags & 0x10000))
            add(sockets, inode, 0);
    }
    fclose(file);
}

static bool process_listens(const char *pid, const struct sockets *sockets, int *port)
{
    char path[300], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *folder = opendir(path);
    bool found = false;
    if (folder == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        unsigned long inode;
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        if (length <= 0)
            continue;
        link[length] = '\0';
        if (sscanf(link, "socket:[%lu]", &inode) != 1)
            continue;
        for (size_t i = 0; i < sockets->count; i++) {
            if (sockets->inodes[i] != inode)
                continue;
            found = true;
            if (sockets->ports[i] > 0 && (*port == 0 || (int)sockets->ports[i] < *port))
                *port = (int)sockets->ports[i];
        }
    }
    closedir(folder);
    return found;
}

bool mb_group_listens(pid_t group, int *port)
{
    struct sockets sockets = {.count = 0};
    bool found = false;
    *port = 0;
    read_tcp(&sockets, "/proc/net/tcp");
    read_tcp(&sockets, "/proc/net/tcp6");
    read_unix(&sockets);
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 0 && getpgid(pid) == group && process_listens(entry->d_name, &sockets, port))
            found = true;
    }
    closedir(folder);
    return found;
}
