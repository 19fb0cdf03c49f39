#include "base/json_writer.h"

#include "base/error.h"
#include "base/memory_file.h"
#include "base/number_text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_point(const mb_json_writer *json, uint32_t point, const char *bytes, size_t length)
{
    FILE *file = json->file;
    if (point == '"' || point == '\\')
        fprintf(file, "\\%c", (char)point);
    else if (point == '\n')
        fputs("\\n", file);
    else if (point == '\t')
        fputs("\\t", file);
    else if (point >= 0x20 && point != 0x7F && json->keeps_utf8)
        fwrite(bytes, 1, length, file);
    else if (point >= 0x10000)
        fprintf(file, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xD800 + ((point - 0x10000) >> 10),
                0xDC00 + ((point - 0x10000) & 0x3FF));
    else if (point < 0x20 || point > 0x7E || point == '<' || point == '>' || point == '&')
        fprintf(file, "\\u%04" PRIx32, point);
    else
        fputc((char)point, file);
}

static void put_string(const mb_json_writer *json, const char *text, const char *end)
{
    fputc('"', json->file);
    while (text < end) {
        uint32_t point;
        size_t length = mb_utf8_decode(text, &point);
        if (point == MB_UTF8_INVALID)
            put_point(json, 0xFFFD, "\xef\xbf\xbd", 3);
        else
            put_point(json, point, text, length);
        text += length;
    }
    fputc('"', json->file);
}

/* Whether what is inside the innermost bracket is in one line with it. */
static bool is_in_line(const mb_json_writer *json)
{
    return json->is_compact || (json->line_depth > 0 && json->depth >= json->line_depth);
}

/* What is before a value: a comma, a new line, the key. */
static void begin_value(mb_json_writer *json, const char *key)
{
    if (json->has_item[json->depth])
        fputc(',', json->file);
    if (json->depth > 0 && !is_in_line(json))
        fprintf(json->file, "\n%*s", json->line_depth > 0 ? 0 : json->depth * 2, "");
    json->has_item[json->depth] = true;
    if (key != NULL) {
        put_string(json, key, key + strlen(key));
        fputs(is_in_line(json) ? ":" : ": ", json->file);
    }
}

void mb_json_write_open(mb_json_writer *json, const char *key, char bracket)
{
    MB_ASSERT(json->depth + 1 < MB_JSON_WRITER_DEPTH_MAX);
    begin_value(json, key);
    fputc(bracket, json->file);
    json->has_item[++json->depth] = false;
}

void mb_json_write_close(mb_json_writer *json, char bracket)
{
    MB_ASSERT(json->depth > 0);
    bool is_broken = json->has_item[json->depth] && !is_in_line(json);
    json->depth--;
    if (is_broken)
        fprintf(json->file, "\n%*s", json->line_depth > 0 ? 0 : json->depth * 2, "");
    fputc(bracket, json->file);
    if (json->depth == 0)
        fputc('\n', json->file);
}

void mb_json_write_text(mb_json_writer *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text != NULL)
        put_string(json, text, text + strlen(text));
    else
        fputs("null", json->file);
}

void mb_json_write_text_length(mb_json_writer *json, const char *key, const char *text, size_t length)
{
    begin_value(json, key);
    put_string(json, text, length > 0 ? text + length : text);
}

void mb_json_write_number(mb_json_writer *json, const char *key, double value)
{
    char text[MB_NUMBER_TEXT_MAX];
    begin_value(json, key);
    fputs(mb_number_format(value, text) ? text : "null", json->file);
}

void mb_json_write_rounded(mb_json_writer *json, const char *key, double value, int digits)
{
    begin_value(json, key);
    if (isfinite(value))
        fprintf(json->file, "%.*g", digits, value);
    else
        fputs("null", json->file);
}

void mb_json_write_count(mb_json_writer *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    fprintf(json->file, "%" PRIu64, value);
}

void mb_json_write_exact(mb_json_writer *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    fprintf(json->file, value <= (uint64_t)MB_NUMBER_EXACT_MAX ? "%" PRIu64 : "\"%" PRIu64 "\"", value);
}

void mb_json_write_bool(mb_json_writer *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->file);
}

void mb_json_write_null(mb_json_writer *json, const char *key) { mb_json_write_text(json, key, NULL); }

void mb_json_write_text_if(mb_json_writer *json, const char *key, const char *text)
{
    if (text != NULL)
        mb_json_write_text(json, key, text);
}

bool mb_json_line_open(mb_json_line *line)
{
    *line = (mb_json_line){.json = {.is_compact = true, .keeps_utf8 = true}};
    line->json.file = mb_memory_file_open(&line->text, &line->length);
    return line->json.file != NULL;
}

bool mb_json_line_close(mb_json_line *line)
{
    if (line->json.file == NULL)
        return false;
    return mb_memory_file_close(line->json.file, &line->text);
}
