/* utf8.h: text of unknown origin made safe to print, and how many columns it takes on a terminal.
 *
 * Case ids, messages and names come from bench programs; none of their bytes may reach a terminal as an escape code. */
#ifndef MEMBENCH_BASE_UTF8_H
#define MEMBENCH_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MB_UTF8_INVALID UINT32_MAX

/* Reads one character at text, which is terminated and not empty. Returns how many bytes it has, at least 1. *point is
 * MB_UTF8_INVALID for a byte that begins no well-formed character (overlong forms and surrogates included). */
size_t mb_utf8_decode(const char *text, uint32_t *point);

/* Columns of a character on a terminal: 0 for combining ones, 2 for wide ones, else 1. */
int mb_utf8_columns(uint32_t point);

/* Columns of a text that has gone through mb_utf8_clean. */
int mb_text_columns(const char *text);

/* Copies text to clean[size], cut at whole characters and terminated: line breaks and tabs become a space, control,
 * direction and malformed bytes U+FFFD. With unicode false every other character than ASCII becomes "?". A text
 * that begins with "::" gets a backslash in front. Returns the length written. */
size_t mb_utf8_clean(const char *text, bool unicode, char *clean, size_t size);

/* Copies a text that has gone through mb_utf8_clean to out[size], shortened to columns by cutting out its middle, where
 * "…" (".." without unicode) then is: ids differ at their ends. */
void mb_utf8_shorten(const char *text, int columns, bool unicode, char *out, size_t size);

/* Writes what mb_utf8_clean would give, of any length. */
void mb_utf8_write(FILE *file, const char *text, bool unicode);

/* Offset of the first byte that is not UTF-8, or length. */
size_t mb_utf8_check(const char *bytes, size_t length);

#endif
