/* events.h: cuts what a process writes to its event pipe into lines and signs of life. Pure: no descriptor. */
#ifndef MEMBENCH_PROCESS_EVENTS_H
#define MEMBENCH_PROCESS_EVENTS_H

#include "process/runner.h"

typedef struct mb_event_stream {
    char *buffer; /* MB_LINE_BYTES_MAX + 1 bytes, owned */
    size_t fill;  /* bytes of an unfinished line at its front */
    uint64_t total_bytes;
    mb_event_fault fault; /* once set, everything more is dropped */
} mb_event_stream;

/* False when memory is out. */
bool mb_event_stream_init(mb_event_stream *stream);
void mb_event_stream_fini(mb_event_stream *stream);
void mb_event_stream_reset(mb_event_stream *stream);

/* Where to put the next bytes and how many fit: at least one. */
char *mb_event_stream_space(mb_event_stream *stream, size_t *space_bytes);

/* Takes length bytes put there; hands lines and signs to the callbacks of spec. */
void mb_event_stream_take(mb_event_stream *stream, size_t length, const mb_process_spec *spec);

#endif
