/* bench-http-server: one thread, one fixed response, 127.0.0.1 only. Writes the port it was given to its standard
 * output (two bytes, this machine's order) and ends when its standard input closes or its parent dies. */
#include "response.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Called once when the header has come and again when the request is whole. An answer to the first call would close the
 * connection after it. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    static int seen;
    (void)url, (void)version, (void)upload, (void)upload_bytes;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return MHD_NO;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static struct MHD_Response *response_new(void)
{
    static char body[RESPONSE_BYTES];
    response_write(body);
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof body, body, MHD_RESPMEM_PERSISTENT);
    if (response != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    return response;
}

/* Serves until the lifeline closes. */
static void serve(struct MHD_Daemon *daemon, int epoll_fd)
{
    struct pollfd sources[] = {{.fd = epoll_fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;
        int wait_ms = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES ? (int)timeout_ms : -1;
        if (poll(sources, 2, wait_ms) > 0 && sources[1].revents != 0)
            return;
        MHD_run(daemon);
    }
}

int main(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* What the bench program inherited is not for the server, least of all the pipe its events go to. */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    struct MHD_Response *response = response_new();
    if (response == NULL) {
        fputs("bench-http-server: out of memory\n", stderr);
        return 1;
    }
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR,
                                                 &address, MHD_OPTION_END);
    if (daemon == NULL) {
        perror("bench-http-server: cannot listen on 127.0.0.1");
        MHD_destroy_response(response);
        return 1;
    }
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (port != NULL && epoll != NULL && write(STDOUT_FILENO, &port->port, sizeof port->port) == sizeof port->port)
        serve(daemon, epoll->epoll_fd);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
