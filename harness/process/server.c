/* A server under a load: started, found ready, driven, stopped. */
#include "base/pattern.h"
#include "process/command_start.h"
#include "process/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const uint64_t second_ns = 1000000000u;
enum { PRINTED_SECONDS = 3, TERMINATE_SECONDS = 2 }; /* a server may print before it listens; SIGTERM's grace */

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

struct server {
    const mb_server_load *load;
    mb_server_end *end;
    pid_t pid;
    bool has_ended;
    int wait_status;
};

static bool has_ended(struct server *server)
{
    if (!server->has_ended)
        server->has_ended = waitpid(server->pid, &server->wait_status, WNOHANG) == server->pid;
    return server->has_ended;
}

static bool output_matches(const char *path, const regex_t *pattern)
{
    char *text;
    size_t length;
    if (mb_file_read(path, &text, &length, NULL) != MB_OK)
        return false;
    bool matches = regexec(pattern, text, 0, NULL, 0) == 0;
    free(text);
    return matches;
}

static bool has_printed(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && about.st_size > 0;
}

/* Waits until it is ready in one of the ways, the limit is over or it has ended. */
static void wait_until_ready(struct server *server, const regex_t *pattern)
{
    const mb_server_load *load = server->load;
    uint64_t start_ns = mb_now_ns(), printed_ns = 0;
    server->end->ready = MB_SERVER_UNSURE;
    while (!has_ended(server) && !is_interrupted) {
        uint64_t now_ns = mb_now_ns();
        /* In this order: a server prints that it is ready once it listens, and then its port has to be known. */
        bool matches = pattern != NULL && output_matches(load->server.output_path, pattern);
        bool listens = mb_group_listens(server->pid, &server->end->port);
        if (matches) {
            server->end->ready = MB_SERVER_MATCHED;
            return;
        }
        if (pattern == NULL && listens) {
            server->end->ready = MB_SERVER_LISTENS;
            return;
        }
        if (printed_ns == 0 && has_printed(load->server.output_path))
            printed_ns = now_ns;
        if (pattern == NULL && printed_ns > 0 && now_ns - printed_ns >= PRINTED_SECONDS * second_ns) {
            server->end->ready = MB_SERVER_PRINTED;
            return;
        }
        if (now_ns - start_ns >= load->ready_limit_ns)
            return;
        mb_command_pause();
    }
}

/* The caller's environment with what the load may want to know of the server. */
static char **make_load_environment(const struct server *server, char pid_text[48], char port_text[32])
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **environment = calloc(count + 3, sizeof *environment);
    if (environment == NULL)
        return NULL;
    snprintf(pid_text, 48, "MEMBENCH_SERVER_PID=%d", (int)server->pid);
    snprintf(port_text, 32, "MEMBENCH_PORT=%d", server->end->port);
    size_t at = 0;
    environment[at++] = pid_text;
    if (server->end->port > 0)
        environment[at++] = port_text;
    memcpy(environment + at, environ, count * sizeof *environment);
    return environment;
}

static mb_status run_load(struct server *server, mb_error *error)
{
    char pid_text[48], port_text[32], shell[] = "sh", flag[] = "-c";
    char **environment = make_load_environment(server, pid_text, port_text);
    char *argv[] = {shell, flag, (char *)server->load->load, NULL};
    mb_command command = {.path = "/bin/sh", .argv = argv, .environment = environment};
    mb_start_files files = {.input_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), .output_fd = -1};
    mb_status status =
        environment != NULL && files.input_fd >= 0 ? MB_OK : mb_error_set_errno(error, errno, "the load");
    if (status == MB_OK)
        status = mb_command_open_output(server->load->load_path, &files.output_fd, error);
    files.error_fd = files.output_fd;
    pid_t pid;
    if (status == MB_OK)
        status = mb_command_start(&command, &files, &pid, error);
    if (status == MB_OK) {
        int how = 0;
        if (!mb_command_wait(pid, server->load->load_limit_ns, &is_interrupted, &how)) {
            server->end->load_interrupted = is_interrupted;
            server->end->load_timed_out = !is_interrupted;
            kill(-pid, SIGTERM);
            if (!mb_command_wait(pid, TERMINATE_SECONDS * second_ns, NULL, &how)) {
                kill(-pid, SIGKILL);
                waitpid(pid, &how, 0);
            }
        }
        kill(-pid, SIGKILL); /* what it left behind in its group */
        server->end->load_exit_code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    }
    if (files.input_fd >= 0)
        close(files.input_fd);
    if (files.output_fd >= 0)
        close(files.output_fd);
    free(environment);
    return status;
}

static void stop(struct server *server)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
    const uint64_t limits_ns[] = {server->load->server.timeout_ns, TERMINATE_SECONDS * second_ns, 0};
    server->end->server_ended_early = has_ended(server);
    for (size_t i = 0; i < 3 && !server->has_ended; i++) {
        /* SIGINT to the server alone: its children are its own business, and what it leaves goes below. */
        kill(i == 0 ? server->pid : -server->pid, signals[i]);
        server->has_ended = mb_command_wait(server->pid, limits_ns[i], NULL, &server->wait_status);
        server->end->server_was_killed = i > 0;
    }
    kill(-server->pid, SIGKILL);
    bool has_exited = WIFEXITED(server->wait_status);
    server->end->server_exit_code = has_exited ? WEXITSTATUS(server->wait_status) : -1;
    server->end->server_signal = has_exited ? 0 : WTERMSIG(server->wait_status);
}

static mb_status start(struct server *server, int *lifeline, mb_error *error)
{
    int input[2];
    mb_start_files files = {-1, -1, -1};
    if (pipe2(input, O_CLOEXEC) != 0)
        return mb_error_set_errno(error, errno, "cannot run %s", server->load->server.path);
    mb_status status = mb_command_open_output(server->load->server.output_path, &files.output_fd, error);
    if (status == MB_OK) {
        files.input_fd = input[0];
        files.error_fd = files.output_fd;
        status = mb_command_start(&server->load->server, &files, &server->pid, error);
        close(files.output_fd);
    }
    close(input[0]);
    if (status == MB_OK)
        *lifeline = input[1];
    else
        close(input[1]);
    return status;
}

mb_status mb_command_server(const mb_server_load *load, mb_server_end *end, mb_error *error)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before[3], action = {.sa_handler = interrupt};
    struct server server = {.load = load, .end = end};
    regex_t pattern;
    int lifeline = -1;
    *end = (mb_server_end){0};
    if (load->ready_pattern != NULL && mb_pattern_compile(&pattern, load->ready_pattern, REG_NOSUB | REG_NEWLINE) != 0)
        return mb_error_set(error, MB_ERROR_USAGE, "--ready: \"%s\" is not a regular expression", load->ready_pattern);
    is_interrupted = 0;
    for (int i = 0; i < 3; i++)
        sigaction(stops[i], &action, &before[i]);
    mb_status status = start(&server, &lifeline, error);
    if (status == MB_OK) {
        wait_until_ready(&server, load->ready_pattern != NULL ? &pattern : NULL);
        if (has_ended(&server))
            status = mb_error_set(error, MB_ERROR_SYSTEM, "%s exited before it was ready; its output is in %s",
                                  load->server.argv[0], load->server.output_path);
        else if (!is_interrupted)
            status = run_load(&server, error);
        else
            end->load_interrupted = true;
        stop(&server);
        close(lifeline);
    }
    for (int i = 0; i < 3; i++)
        sigaction(stops[i], &before[i], NULL);
    if (load->ready_pattern != NULL)
        regfree(&pattern);
    return status;
}
