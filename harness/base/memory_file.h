/* memory_file.h: a stream that writes into memory, and says so when memory is out. */
#ifndef MEMBENCH_BASE_MEMORY_FILE_H
#define MEMBENCH_BASE_MEMORY_FILE_H

#include <membench/membench.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* As open_memstream: *text, from malloc and terminated, and *length hold what was written once the stream was flushed
 * or closed. NULL when memory is out. What differs: a write that finds no memory is an error of the stream, as on a
 * full disk. glibc's own drops the bytes, and neither ferror nor fclose ever tell. */
FILE *mb_memory_file_open(char **text, size_t *length);

/* Whether *text holds all that was written. */
MB_NODISCARD bool mb_memory_file_flush(FILE *file);

/* Closes the file. False when something is missing: then *text has been freed and is NULL. */
MB_NODISCARD bool mb_memory_file_close(FILE *file, char **text);

#endif
