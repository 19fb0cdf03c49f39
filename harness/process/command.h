/* command.h: runs programs of others, one at a time and to their end: helpers that print, and servers under a load.
 *
 * Not while a runner lives (runner.h). A Ctrl-C goes to the command: mb_command_server ends the load, stops the server
 * and returns as if the load had ended. What is started dies with the caller. */
#ifndef MEMBENCH_PROCESS_COMMAND_H
#define MEMBENCH_PROCESS_COMMAND_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct mb_command {
    const char *path;         /* as for execve */
    char *const *argv;        /* NULL-terminated */
    char *const *environment; /* NULL-terminated; NULL: the caller's */
    const char *input_path;   /* standard input; NULL: /dev/null */
    const char *output_path;  /* standard output, written again; NULL: /dev/null */
    const char *error_path;   /* standard error, the same; NULL: the caller's */
    uint64_t timeout_ns;      /* then SIGKILL; 0: none */
} mb_command;

/* Runs it. Fails when it cannot be run, was ended by a signal or the timeout, or exits with another code than 0. */
MB_NODISCARD mb_status mb_command_run(const mb_command *command, mb_error *error);

/* The whole text of a file, terminated, to be freed; *length without the terminator. */
MB_NODISCARD mb_status mb_file_read(const char *path, char **text, size_t *length, mb_error *error);

/* Path of a program as a shell would find it on PATH, in storage of PATH_MAX bytes; false when it is not there. */
bool mb_command_find(const char *name, char *path);

typedef struct mb_server_load {
    mb_command server; /* timeout_ns: how long it may take to stop after SIGINT; its standard input is a pipe that
                        * stays open, its output and errors go to output_path, which must be set */
    const char *ready_pattern; /* POSIX extended regular expression in what it prints; NULL: it listens, or prints */
    uint64_t ready_limit_ns;   /* then the load starts all the same */
    const char *load;          /* for /bin/sh, with MEMBENCH_SERVER_PID and, if it listens on TCP, MEMBENCH_PORT */
    const char *load_path;     /* where its output goes */
    uint64_t load_limit_ns;    /* then it is ended; 0: none */
} mb_server_load;

typedef enum mb_server_ready {
    MB_SERVER_LISTENS,
    MB_SERVER_PRINTED,
    MB_SERVER_MATCHED,
    MB_SERVER_UNSURE
} mb_server_ready;

typedef struct mb_server_end {
    mb_server_ready ready;
    int port;           /* the lowest TCP port it listened on, 0: none */
    int load_exit_code; /* -1: ended by a signal */
    bool load_timed_out, load_interrupted;
    bool server_ended_early; /* before it was told to stop */
    bool server_was_killed;  /* SIGINT was not enough */
    int server_exit_code;    /* -1: ended by server_signal */
    int server_signal;
} mb_server_end;

/* Starts the server, waits until it is ready, runs the load, stops the server by SIGINT (then SIGTERM, then SIGKILL).
 * Fails when either cannot be started, the pattern is wrong, or the server ended before it was ready. */
MB_NODISCARD mb_status mb_command_server(const mb_server_load *load, mb_server_end *end, mb_error *error);

#endif
