/* Starts, awaits and stops the HTTP server. */
#include "server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char server_name[] = "bench-http-server";

/* Path of the server: in the folder of the running program. */
static bool find_server(char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    char *name = strrchr(path, '/') + 1;
    if ((size_t)(name - path) + sizeof server_name > PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(name, server_name, sizeof server_name);
    return true;
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

/* The lifeline becomes the server's standard input, the port is written to its standard output. */
static int spawn(pid_t *pid, char *path, int lifeline_fd, int port_fd)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, lifeline_fd, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, port_fd, STDOUT_FILENO);
    char *const arguments[] = {path, NULL};
    if (error == 0)
        error = posix_spawn(pid, path, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

bool server_process_start(server_process *server)
{
    char path[PATH_MAX];
    int lifeline[2], port[2];
    if (!find_server(path) || pipe2(lifeline, O_CLOEXEC) != 0)
        return false;
    if (pipe2(port, O_CLOEXEC) != 0) {
        close_pair(lifeline);
        return false;
    }
    pid_t pid;
    int error = spawn(&pid, path, lifeline[0], port[1]);
    if (error != 0) {
        close_pair(lifeline);
        close_pair(port);
        errno = error;
        return false;
    }
    close(lifeline[0]);
    close(port[1]);
    *server = (server_process){.pid = pid, .lifeline_fd = lifeline[1], .port_fd = port[0]};
    return true;
}

bool server_process_wait(server_process *server)
{
    ssize_t length;
    do
        length = read(server->port_fd, &server->port, sizeof server->port);
    while (length < 0 && errno == EINTR);
    if (length == sizeof server->port)
        return true;
    if (length >= 0)
        errno = EPIPE;
    return false;
}

void server_process_stop(server_process *server)
{
    if (server->pid == 0)
        return;
    close(server->lifeline_fd);
    close(server->port_fd);
    /* The server has nothing to finish: do not wait for it to notice. */
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    *server = (server_process){.pid = 0};
}
