#include "store/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024 };

static mb_status write_all(int descriptor, const char *bytes, size_t length, const char *name, mb_error *error)
{
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return mb_error_set_errno(error, errno, "%s: cannot copy it to a temporary file", name);
        bytes += written;
        length -= (size_t)written;
    }
    return MB_OK;
}

static int open_unnamed(void)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* Copies all of from into a file without a name and returns that in *copy. */
static mb_status copy_input(int from, const char *name, int *copy, mb_error *error)
{
    char *block = malloc(BLOCK_BYTES);
    if (block == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", name);
    mb_status status = MB_OK;
    int to = open_unnamed();
    if (to < 0)
        status = mb_error_set_errno(error, errno, "%s: cannot create a temporary file", name);
    uint64_t total = 0;
    while (status == MB_OK) {
        ssize_t got = read(from, block, BLOCK_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = mb_error_set_errno(error, errno, "%s: cannot be read", name);
        if (got <= 0)
            break;
        total += (uint64_t)got;
        if (total > MB_INPUT_BYTES_MAX)
            status = mb_error_set(error, MB_ERROR_FORMAT, "%s: larger than 4 GiB", name);
        else
            status = write_all(to, block, (size_t)got, name, error);
    }
    free(block);
    if (status != MB_OK && to >= 0)
        close(to);
    if (status == MB_OK)
        *copy = to;
    return status;
}

/* A device that has something to read may have it for ever. */
static bool is_endless(int descriptor, const struct stat *facts)
{
    char first;
    return S_ISBLK(facts->st_mode) || (S_ISCHR(facts->st_mode) && read(descriptor, &first, 1) != 0);
}

mb_status mb_input_open(mb_input *input, const char *path, const char *name, mb_error *error)
{
    bool is_standard = strcmp(path, "-") == 0;
    int descriptor = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return mb_error_set_errno(error, errno, "%s", name);
    struct stat facts;
    mb_status status = MB_OK;
    if (fstat(descriptor, &facts) != 0)
        status = mb_error_set_errno(error, errno, "%s", name);
    else if (S_ISDIR(facts.st_mode))
        status = mb_error_set_errno(error, EISDIR, "%s", name);
    else if (!is_standard && is_endless(descriptor, &facts))
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: a device, not a file", name);
    else if (!is_standard) /* not waited for when it was opened: a pipe that nobody writes to is empty */
        (void)!fcntl(descriptor, F_SETFL, 0);
    int kept = descriptor;
    if (status == MB_OK && (is_standard || !S_ISREG(facts.st_mode))) {
        status = copy_input(descriptor, name, &kept, error);
        if (!is_standard)
            close(descriptor);
        if (status == MB_OK && fstat(kept, &facts) != 0) {
            status = mb_error_set_errno(error, errno, "%s", name);
            close(kept);
        }
        if (status != MB_OK)
            return status;
    }
    if (status == MB_OK && (uint64_t)facts.st_size > MB_INPUT_BYTES_MAX)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: larger than 4 GiB", name);
    if (status != MB_OK) {
        if (kept != STDIN_FILENO)
            close(kept);
        return status;
    }
    *input = (mb_input){name, kept, NULL, (uint64_t)facts.st_size};
    return MB_OK;
}

mb_status mb_input_read(const mb_input *input, uint64_t offset, void *bytes, size_t length, mb_error *error)
{
    MB_ASSERT(offset <= input->length && length <= input->length - offset);
    if (input->descriptor < 0) {
        if (length > 0)
            memcpy(bytes, input->memory + offset, length);
        return MB_OK;
    }
    char *to = bytes;
    while (length > 0) {
        ssize_t got = pread(input->descriptor, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mb_error_set_errno(error, errno, "%s: cannot be read", input->name);
        if (got == 0)
            return mb_error_set(error, MB_ERROR_FORMAT, "%s: shrank while it was read", input->name);
        to += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return MB_OK;
}

mb_status mb_input_text(const mb_input *input, char **text, mb_error *error)
{
    size_t length = (size_t)input->length;
    char *bytes = malloc(length + 1);
    if (bytes == NULL)
        return mb_error_no_memory(error);
    if (mb_input_read(input, 0, bytes, length, error) != MB_OK) {
        free(bytes);
        return MB_FAILED;
    }
    bytes[length] = '\0';
    *text = bytes;
    return MB_OK;
}

mb_status mb_input_fail(const mb_input *input, uint64_t offset, const char *problem, mb_error *error)
{
    char block[4096];
    uint64_t line = 1, line_start = 0;
    for (uint64_t at = 0; at < offset;) {
        size_t length = offset - at < sizeof block ? (size_t)(offset - at) : sizeof block;
        if (mb_input_read(input, at, block, length, NULL) != MB_OK)
            return mb_error_set(error, MB_ERROR_FORMAT, "%s: byte %" PRIu64 ": %s", input->name, offset, problem);
        for (const char *end = memchr(block, '\n', length); end != NULL;
             end = memchr(end + 1, '\n', length - (size_t)(end + 1 - block))) {
            line++;
            line_start = at + (uint64_t)(end - block) + 1;
        }
        at += length;
    }
    return mb_error_set(error, MB_ERROR_FORMAT, "%s: line %" PRIu64 ", column %" PRIu64 ": %s", input->name, line,
                        offset - line_start + 1, problem);
}

void mb_input_close(mb_input *input)
{
    if (input->descriptor > STDIN_FILENO)
        close(input->descriptor);
    input->descriptor = -1;
}
