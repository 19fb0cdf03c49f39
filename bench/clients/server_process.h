/* server_process.h: the HTTP server of the bench programs, in a process of its own on 127.0.0.1.
 *
 * The executable `bench-http-server` is next to the bench program. It ends when it is stopped, when the process that
 * started it dies, or when the pipe that ties the two is closed. */
#ifndef BENCH_CLIENTS_SERVER_PROCESS_H
#define BENCH_CLIENTS_SERVER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_URL_BYTES_MAX = 64 };

/* Caller's storage. */
typedef struct server_process {
    pid_t pid; /* 0: none */
    int lifeline_fd, port_fd;
    uint16_t port; /* 0 until server_process_wait */
} server_process;

/* Starts the server and returns at once, so that the caller can prepare itself meanwhile. False with errno. */
bool server_process_start(server_process *server);

/* Waits until the server listens. False with errno; EPIPE when it ended instead. */
bool server_process_wait(server_process *server);

/* Stops and reaps the server, if any. */
void server_process_stop(server_process *server);

#endif
