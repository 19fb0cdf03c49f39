#include "process/events.h"

#include <stdlib.h>
#include <string.h>

const char *mb_event_fault_text(mb_event_fault fault)
{
    switch (fault) {
    case MB_EVENT_FINE:
        return "";
    case MB_EVENT_LINE_TOO_LONG:
        return "wrote an event line longer than 64 KiB";
    case MB_EVENT_FLOOD:
        return "wrote more than 16 MiB of events";
    case MB_EVENT_GARBAGE:
        return "wrote something other than events to the event pipe";
    case MB_EVENT_REFUSED:
        return "wrote an invalid event";
    }
    return "";
}

bool mb_event_stream_init(mb_event_stream *stream)
{
    char *buffer = malloc(MB_LINE_BYTES_MAX + 1);
    if (buffer == NULL)
        return false;
    *stream = (mb_event_stream){.buffer = buffer};
    buffer[0] = '\0';
    return true;
}

void mb_event_stream_fini(mb_event_stream *stream)
{
    free(stream->buffer);
    *stream = (mb_event_stream){0};
}

void mb_event_stream_reset(mb_event_stream *stream)
{
    *stream = (mb_event_stream){.buffer = stream->buffer};
    stream->buffer[0] = '\0';
}

char *mb_event_stream_space(mb_event_stream *stream, size_t *space_bytes)
{
    *space_bytes = MB_LINE_BYTES_MAX - stream->fill;
    return stream->buffer + stream->fill;
}

static void give_up(mb_event_stream *stream, mb_event_fault fault)
{
    stream->fault = fault;
    stream->fill = 0;
    stream->buffer[0] = '\0';
}

static size_t signs_length(const char *bytes, size_t length)
{
    size_t count = 0;
    while (count < length && bytes[count] != '\0' && strchr("sr.xtwd", bytes[count]) != NULL)
        count++;
    return count;
}

void mb_event_stream_take(mb_event_stream *stream, size_t length, const mb_process_spec *spec)
{
    stream->total_bytes += length;
    if (stream->fault != MB_EVENT_FINE)
        return;
    if (stream->total_bytes > MB_EVENT_BYTES_MAX) {
        give_up(stream, MB_EVENT_FLOOD);
        return;
    }
    char *at = stream->buffer, *end = stream->buffer + stream->fill + length;
    char *unseen = stream->buffer + stream->fill; /* no newline lies before it */
    while (at < end && stream->fault == MB_EVENT_FINE) {
        size_t signs = signs_length(at, (size_t)(end - at));
        if (signs > 0) {
            if (spec->on_signs != NULL)
                spec->on_signs(spec->context, at, signs);
            at += signs;
            unseen = at;
            continue;
        }
        if (*at != '{') {
            stream->fault = MB_EVENT_GARBAGE;
            break;
        }
        char *newline = memchr(unseen, '\n', (size_t)(end - unseen));
        if (newline == NULL)
            break;
        *newline = '\0';
        if (!spec->on_line(spec->context, at, (size_t)(newline - at)))
            stream->fault = MB_EVENT_REFUSED;
        at = unseen = newline + 1;
    }
    stream->fill = stream->fault == MB_EVENT_FINE ? (size_t)(end - at) : 0;
    memmove(stream->buffer, at, stream->fill);
    stream->buffer[stream->fill] = '\0';
    if (stream->fill == MB_LINE_BYTES_MAX)
        give_up(stream, MB_EVENT_LINE_TOO_LONG);
}
