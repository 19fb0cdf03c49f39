#include "base/file_ops.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

mb_file_faults mb_file_fault = {-1, -1, -1, 0};

static bool is_due(long *count) { return *count >= 0 && (*count)-- == 0; }

int mb_file_write(int descriptor, const void *bytes, size_t length)
{
    const char *from = bytes;
    if (is_due(&mb_file_fault.write_count))
        return mb_file_fault.errnum;
    while (length > 0) {
        ssize_t written = write(descriptor, from, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        from += written;
        length -= (size_t)written;
    }
    return 0;
}

int mb_file_sync(int descriptor)
{
    if (is_due(&mb_file_fault.sync_count))
        return mb_file_fault.errnum;
    return fsync(descriptor) == 0 ? 0 : errno;
}

int mb_file_rename(const char *from, const char *to)
{
    if (is_due(&mb_file_fault.rename_count))
        return mb_file_fault.errnum;
    return rename(from, to) == 0 ? 0 : errno;
}
