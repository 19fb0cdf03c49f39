/* fuzz_run.c: fuzz target for what process/ reads of others: program files, and the bytes of an event pipe. */
#include "process/elf.h"
#include "process/events.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool on_line(void *context, const char *line, size_t length)
{
    (void)context;
    if (line[0] != '{' || line[length] != '\0')
        abort();
    return true;
}

static void feed(mb_event_stream *stream, const unsigned char *bytes, size_t size)
{
    const mb_process_spec spec = {.on_line = on_line};
    mb_event_stream_reset(stream);
    for (size_t at = 0; at < size;) {
        size_t space_bytes, count = bytes[at] % 64u + 1; /* pieces of any size */
        char *space = mb_event_stream_space(stream, &space_bytes);
        count = count < size - at ? count : size - at;
        count = count < space_bytes ? count : space_bytes;
        memcpy(space, bytes + at, count);
        mb_event_stream_take(stream, count, &spec);
        at += count;
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static mb_event_stream stream;
    static int fd = -1; /* one for all inputs: making it costs more than what is tested */
    mb_program_file file;
    if (stream.buffer == NULL && !mb_event_stream_init(&stream))
        return 0;
    feed(&stream, bytes, size);
    if (fd < 0 && (fd = memfd_create("program", MFD_CLOEXEC)) < 0)
        abort();
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size)
        abort();
    if (mb_program_inspect_fd(fd, "program", &file, NULL) == MB_OK && strlen(file.build_id) >= sizeof file.build_id)
        abort();
    return 0;
}
