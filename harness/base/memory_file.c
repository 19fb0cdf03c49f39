#include "base/memory_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct memory {
    char **text;
    size_t *length;
    size_t capacity;
} memory;

static ssize_t put(void *cookie, const char *bytes, size_t size)
{
    memory *m = cookie;
    if (size >= SIZE_MAX / 4 - *m->length) {
        errno = ENOMEM;
        return 0;
    }
    size_t needed = *m->length + size + 1;
    if (needed > m->capacity) {
        size_t capacity = needed < 2 * m->capacity ? 2 * m->capacity : needed;
        char *larger = realloc(*m->text, capacity);
        if (larger == NULL)
            return 0;
        *m->text = larger;
        m->capacity = capacity;
    }
    memcpy(*m->text + *m->length, bytes, size);
    *m->length += size;
    (*m->text)[*m->length] = '\0';
    return (ssize_t)size;
}

/* For ftell alone: what was written stays. */
static int tell(void *cookie, off64_t *offset, int whence)
{
    const memory *m = cookie;
    if (*offset != 0 || whence == SEEK_SET)
        return -1;
    *offset = (off64_t)*m->length;
    return 0;
}

static int finish(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *mb_memory_file_open(char **text, size_t *length)
{
    static const cookie_io_functions_t functions = {.write = put, .seek = tell, .close = finish};
    memory *made = malloc(sizeof *made);
    char *empty = calloc(1, 1);
    FILE *file = made != NULL && empty != NULL ? fopencookie(made, "w", functions) : NULL;
    if (file == NULL) {
        free(made);
        free(empty);
        return NULL;
    }
    *made = (memory){text, length, 1};
    *text = empty;
    *length = 0;
    return file;
}

bool mb_memory_file_flush(FILE *file) { return fflush(file) == 0 && !ferror(file); }

bool mb_memory_file_close(FILE *file, char **text)
{
    bool is_whole = mb_memory_file_flush(file);
    is_whole = fclose(file) == 0 && is_whole;
    if (!is_whole) {
        free(*text);
        *text = NULL;
    }
    return is_whole;
}
