/* proc_text.h: reading and parsing what /proc writes; shared by the sources, not for users of readings.h. */
#ifndef MEMBENCH_READINGS_PROC_TEXT_H
#define MEMBENCH_READINGS_PROC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One "Name:   123 kB" line to look for. */
typedef struct mb_kb_key {
    const char *name;   /* with its colon */
    unsigned seen;      /* lines that begin with it */
    bool is_number;     /* the last of them is whole and well formed */
    int64_t size_bytes; /* its value, when is_number */
} mb_kb_key;

/* Fills keys[key_count] from a text of lines; only keys found exactly once and well formed are to be believed. */
void mb_kb_scan(const char *text, size_t length, mb_kb_key keys[], size_t key_count);
bool mb_kb_found(const mb_kb_key *key);

/* Where the key was found (both of them were, and their sum is a number): writes its size and sets flag in *valid. */
void mb_kb_take(const mb_kb_key *key, int64_t *size_bytes, unsigned flag, unsigned *valid);
void mb_kb_take_sum(const mb_kb_key *one, const mb_kb_key *other, int64_t *size_bytes, unsigned flag, unsigned *valid);

/* Adds the key's size to one that is valid, where the text has such a line; one that is not to be believed, or too
 * large a sum, makes it invalid. */
void mb_kb_add(const mb_kb_key *key, int64_t *size_bytes, unsigned flag, unsigned *valid);

/* Resident set, footprint and anonymous memory (with what is shared), of the lines that hold them. */
struct mb_memory_reading;
void mb_kb_take_sizes(const mb_kb_key *rss, const mb_kb_key *anon, const mb_kb_key *shared,
                      struct mb_memory_reading *reading);

/* Plain decimal digits at *cursor, at least one, moved over; false on overflow. */
bool mb_digits_parse(const char **cursor, const char *end, int64_t *value);

/* Whole file from its start in one read; false when nothing came. */
bool mb_proc_read(int descriptor, char *buffer, size_t buffer_bytes, size_t *length);

/* Reads the small file ROOT/path (path begins with "/") into terminated text; for use outside windows. */
bool mb_proc_read_path(const char *root, const char *path, char *buffer, size_t buffer_bytes);

/* Writes root and path one after the other, terminated; false when there is no room. */
bool mb_proc_join(const char *root, const char *path, char *buffer, size_t buffer_bytes);

/* Copies as much of text as there is room for, terminated. */
void mb_proc_copy(char *buffer, size_t buffer_bytes, const char *text);
void mb_proc_append(char *buffer, size_t buffer_bytes, const char *text); /* behind what is there */

#endif
