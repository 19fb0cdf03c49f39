#include "readings/outside.h"

#include "readings/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool mb_threads_parse(const char *text, size_t length, int64_t *thread_count)
{
    static const char key[] = "Threads:\t";
    const size_t key_length = sizeof key - 1;
    const char *end = text + length;
    for (const char *line = text; line != NULL && (size_t)(end - line) > key_length;) {
        if (memcmp(line, key, key_length) == 0) {
            const char *at = line + key_length;
            int64_t count;
            if (!mb_digits_parse(&at, end, &count) || at == end || *at != '\n')
                return false;
            *thread_count = count;
            return true;
        }
        line = memchr(line, '\n', (size_t)(end - line));
        line = line != NULL ? line + 1 : NULL;
    }
    return false;
}

mb_status mb_outside_open(mb_outside *outside, const char *root, pid_t pid, mb_error *error)
{
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/%ld/status", (long)pid);
    if (!mb_proc_join(root, name, path, sizeof path))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: the path is too long", name);
    mb_outside opened = {.status_fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (opened.status_fd < 0 && errno == ENOENT)
        return mb_error_set(error, MB_ERROR_SYSTEM, "there is no process %ld", (long)pid);
    if (opened.status_fd < 0)
        return mb_error_set_errno(error, errno, "%s", name);
    mb_memory_reading reading;
    int64_t thread_count;
    if (!mb_outside_read(&opened, &reading, &thread_count)) {
        mb_outside_close(&opened);
        return mb_error_set(error, MB_ERROR_SYSTEM, "process %ld has no user memory, or has ended", (long)pid);
    }
    *outside = opened;
    return MB_OK;
}

bool mb_outside_read(const mb_outside *outside, mb_memory_reading *reading, int64_t *thread_count)
{
    char text[MB_READER_TEXT_BYTES];
    size_t length = 0;
    mb_memory_reading read;
    if (outside->status_fd < 0 || !mb_proc_read(outside->status_fd, text, sizeof text, &length))
        return false;
    mb_status_parse(text, length, &read);
    if ((read.valid & MB_READING_RSS) == 0)
        return false;
    *reading = read;
    if (!mb_threads_parse(text, length, thread_count))
        *thread_count = -1;
    return true;
}

void mb_outside_close(mb_outside *outside)
{
    if (outside->status_fd >= 0)
        close(outside->status_fd);
    outside->status_fd = -1;
}
