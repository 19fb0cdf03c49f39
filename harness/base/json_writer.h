/* json_writer.h: writes JSON to a stream piece by piece: commas, indentation and escapes are its business.
 *
 * What comes out is ASCII and may be inside an HTML script element: "<", ">" and "&" are escaped, too; unless
 * keeps_utf8 is set, for files that people diff. Bytes that are not UTF-8 become U+FFFD. */
#ifndef MEMBENCH_BASE_JSON_WRITER_H
#define MEMBENCH_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MB_JSON_WRITER_DEPTH_MAX = 16 };

typedef struct mb_json_writer {
    FILE *file;
    int depth;
    bool has_item[MB_JSON_WRITER_DEPTH_MAX];
    int line_depth;  /* what lies deeper than so many brackets is in one line with them, without spaces, and nothing is
                        indented; 0: all is */
    bool is_compact; /* no line breaks and indentation; set it before the first value */
    bool keeps_utf8; /* escapes only what JSON must not hold */
} mb_json_writer;    /* zeroed but for file; no cleanup */

/* Every function takes a key: the member's name inside an object, NULL inside an array or at the top. */
void mb_json_write_open(mb_json_writer *json, const char *key, char bracket);     /* '{' or '[' */
void mb_json_write_close(mb_json_writer *json, char bracket);                     /* '}' or ']' */
void mb_json_write_text(mb_json_writer *json, const char *key, const char *text); /* NULL is written as null */
void mb_json_write_number(mb_json_writer *json, const char *key, double value);   /* not finite: null */
void mb_json_write_rounded(mb_json_writer *json, const char *key, double value, int digits); /* … to so many digits */
void mb_json_write_count(mb_json_writer *json, const char *key, uint64_t value);
void mb_json_write_exact(mb_json_writer *json, const char *key, uint64_t value); /* beyond 2^53 as a string */
void mb_json_write_bool(mb_json_writer *json, const char *key, bool value);
void mb_json_write_null(mb_json_writer *json, const char *key);

/* Text of that length; it may hold no 0, and text[length] must be 0 or belong to no character. */
void mb_json_write_text_length(mb_json_writer *json, const char *key, const char *text, size_t length);

/* Nothing is written where there is no text. */
void mb_json_write_text_if(mb_json_writer *json, const char *key, const char *text);

/* A line of JSON in memory: compact, text as it is.
 *
 *     mb_json_line_open ─▶ mb_json_write_… to line.json ─▶ mb_json_line_close ─▶ free(line.text) */
typedef struct mb_json_line {
    mb_json_writer json;
    char *text;    /* after close: terminated, its newline at the end; the caller frees it, also after a failure */
    size_t length; /* of text */
} mb_json_line;

/* Both are false when memory is out; close may be called after a failed open. */
bool mb_json_line_open(mb_json_line *line);
bool mb_json_line_close(mb_json_line *line);

#endif
