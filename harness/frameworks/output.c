#include "frameworks/frameworks.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int file = -1, errors_file = -1;
static char path[32];

bool mb_output_open(void)
{
    file = memfd_create("membench-output", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return file >= 0;
}

const char *mb_output_path(void) { return path; }

bool mb_errors_open(void) { return (errors_file = memfd_create("membench-errors", MFD_CLOEXEC)) >= 0; }

bool mb_errors_take(void) { return dup2(errors_file, STDERR_FILENO) >= 0; }

bool mb_errors_show(const char *text)
{
    char bytes[4096];
    ssize_t length = pread(errors_file, bytes, sizeof bytes, 0);
    close(errors_file);
    if (length <= 0)
        return false;
    if (write(STDERR_FILENO, bytes, (size_t)length) < 0)
        return false;
    return text != NULL && memmem(bytes, (size_t)length, text, strlen(text)) != NULL;
}

bool mb_output_take_standard(void) { return dup2(file, STDOUT_FILENO) >= 0; }

void mb_output_clear(void)
{
    if (ftruncate(file, 0) == 0)
        lseek(file, 0, SEEK_SET);
}

/* Not read into memory: the file is in it already, and a window may have ended a moment ago. */
const char *mb_output_read(void)
{
    struct stat status;
    fflush(stdout);
    if (fstat(file, &status) != 0 || ftruncate(file, status.st_size + 1) != 0)
        return "";
    const char *text = mmap(NULL, (size_t)status.st_size + 1, PROT_READ, MAP_PRIVATE, file, 0);
    return text != MAP_FAILED ? text : "";
}
