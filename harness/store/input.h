/* input.h: a file or a piece of memory, read at any offset. Internal to results/. */
#ifndef MEMBENCH_STORE_INPUT_H
#define MEMBENCH_STORE_INPUT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define MB_INPUT_BYTES_MAX (UINT64_C(4) * 1024 * 1024 * 1024)

typedef struct mb_input {
    const char *name; /* for messages; borrowed */
    int descriptor;   /* -1: memory */
    const char *memory;
    uint64_t length;
} mb_input;

/* Opens a path, or standard input for "-". What cannot be read at an offset is copied to a file without a name. */
MB_NODISCARD mb_status mb_input_open(mb_input *input, const char *path, const char *name, mb_error *error);

/* Reads length bytes at offset. A file that became shorter is an error. */
MB_NODISCARD mb_status mb_input_read(const mb_input *input, uint64_t offset, void *bytes, size_t length,
                                     mb_error *error);

/* All of it with a terminator, from malloc. *text is untouched after an error. */
MB_NODISCARD mb_status mb_input_text(const mb_input *input, char **text, mb_error *error);

/* Sets a format error: "NAME: line 3, column 14: problem". Counts the lines up to offset. */
mb_status mb_input_fail(const mb_input *input, uint64_t offset, const char *problem, mb_error *error);

void mb_input_close(mb_input *input);

#endif
