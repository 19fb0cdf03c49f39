/* watch_files.h: bench programs on disk, watched until they have changed and can be run again.
 *
 *     mb_watched_open ─▶ mb_watched_mark, measure, (poll, mb_watched_look)… until READY ─▶ mark … ─▶ mb_watched_close
 *
 * A build may rename the new file over the old one, delete and write it, or write into it; strip it afterwards; be
 * slow about all that; delete the folder, too. The folders are watched by inotify, and the files looked at when
 * something happened there, or once a second where a file system tells nothing. */
#ifndef MEMBENCH_FEATURES_WATCH_WATCH_FILES_H
#define MEMBENCH_FEATURES_WATCH_WATCH_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mb_watched_state {
    MB_WATCHED_SAME,    /* as marked */
    MB_WATCHED_MISSING, /* one is not there, or is not a program yet */
    MB_WATCHED_BUSY,    /* changed within the last fifth of a second, or still open for writing */
    MB_WATCHED_READY    /* changed, and quiet since */
} mb_watched_state;

typedef struct mb_watched mb_watched;

/* Watches the programs and WebAssembly modules of those paths, which are copied. Fails when memory or the system's
 * inotify instances are out. *watched is new. */
MB_NODISCARD mb_status mb_watched_open(const char *const *paths, size_t count, mb_watched **watched, mb_error *error);

/* For poll: readable when something happened to the files' folders; mb_watched_look takes it from there. */
int mb_watched_fd(const mb_watched *watched);

/* How long to wait at most before the next look. */
int mb_watched_wait_ms(const mb_watched *watched);

/* Takes the files as they are now for those that are measured. */
void mb_watched_mark(mb_watched *watched);

/* The measurement failed: whatever happens to the files next, even a mere close, is a change. */
void mb_watched_distrust(mb_watched *watched);

/* now_ns: monotonic. *path, borrowed, is the file that the state is about (for SAME the first). */
mb_watched_state mb_watched_look(mb_watched *watched, uint64_t now_ns, const char **path);

/* NULL is fine. */
void mb_watched_close(mb_watched *watched);

#endif
