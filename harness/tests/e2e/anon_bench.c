/* How many anonymous pages a process has before its first window: built with libmembench, and alone (ANON_ALONE), so
 * that the difference is what the library adds. Reads with storage that is there either way. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[8192];

/* RssAnon of this process in pages; -1 when the kernel does not tell. */
static long anon_pages(void)
{
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (length < 0)
        return -1;
    close(fd);
    text[length] = '\0';
    const char *line = strstr(text, "\nRssAnon:");
    return line != NULL ? strtol(line + strlen("\nRssAnon:"), NULL, 10) * 1024 / sysconf(_SC_PAGESIZE) : -1;
}

#ifdef ANON_ALONE
int main(void)
{
    memset(text, 1, sizeof text);
    long pages = anon_pages();
    return printf("%ld\n", pages) > 0 ? 0 : 1;
}
#else
#include <membench/membench.h>

static mb_status setup(mb_bench *b)
{
    (void)b;
    memset(text, 1, sizeof text);
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    mb_count(b, "anon_pages", anon_pages());
    return MB_OK;
}

static const mb_case anon = {MB_CASE_INIT, .group = "anon_before_window", .setup = setup, .run = run};

MB_MAIN(&anon)
#endif
