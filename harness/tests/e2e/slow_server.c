/* slow-server SECONDS: says nothing, sleeps, then listens on a port of its own, and answers a byte to each connection.
 * Keeps 200,000 bytes from its first answer on; ends by SIGINT in an orderly way. */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEPT_BYTES = 200000 };

static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = end};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listening = socket(AF_INET, SOCK_STREAM, 0), connected;
    char *kept = NULL;
    sigaction(SIGINT, &action, NULL);
    sleep(argc > 1 ? (unsigned)atoi(argv[1]) : 0);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || listen(listening, 5) != 0)
        return 1;
    while (!is_over && (connected = accept(listening, NULL, NULL)) >= 0) {
        free(kept);
        kept = malloc(KEPT_BYTES);
        if (kept == NULL || write(connected, memset(kept, 1, KEPT_BYTES), 1) != 1)
            return 1;
        close(connected);
    }
    free(kept);
    return 0;
}
