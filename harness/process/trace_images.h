/* trace_images.h: which programs a command ran: each from its exec or fork to its end or the next exec.
 *
 * For whoever has to know that none is missing in figures that the programs keep themselves (heap/tree.h). Only where
 * the command is traced. A process that lives in its parent's memory, since vfork, is none until it execs. */
#ifndef MEMBENCH_PROCESS_TRACE_IMAGES_H
#define MEMBENCH_PROCESS_TRACE_IMAGES_H

#include "process/trace.h"

#include <sys/types.h>

typedef struct mb_trace_image {
    pid_t pid;
    uint64_t start_ns;    /* monotonic, before its first instruction */
    bool has_ended;       /* with its process: not by another exec */
    bool is_left;         /* it ran on when the command had ended */
    bool is_forked;       /* not exec'd */
    const char *obstacle; /* why no library can be preloaded into it, or NULL; static text */
    char name[MB_TRACE_NAME_BYTES];
} mb_trace_image;

typedef struct mb_trace_images {
    mb_trace_image *images; /* in the order of their start; owned: mb_trace_images_fini */
    size_t count, capacity;
    bool is_memory_out;   /* some are missing */
    const char *variable; /* what each has in its environment that has not been given another; NULL: not asked */
} mb_trace_images;

void mb_trace_images_fini(mb_trace_images *images);

/* Used by the trace*.c files alone. Each takes images NULL: nothing; and returns its index plus one, or 0. parent: of
 * the image that forked. */
size_t mb_trace_image_forked(mb_trace_images *images, pid_t pid, const char *name, size_t parent);
size_t mb_trace_image_execed(mb_trace_images *images, pid_t pid, const char *name);
void mb_trace_image_end(mb_trace_images *images, size_t image, bool is_left);

#endif
