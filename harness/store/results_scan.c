#include "store/results_scan.h"
#include "store/json_reader.h"
#include "store/results_reader.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_BYTES = 64 * 1024, TEXT_BYTES_MAX = MB_ID_BYTES_MAX * 6 }; /* each byte of an id may be an escape */

typedef struct scanner {
    const mb_input *input;
    const mb_scan_visitor *visitor;
    mb_error *error;
    mb_status status;
    jmp_buf failed;     /* a scan has a hundred places that may fail and nothing to clean up on the way */
    uint64_t base;      /* offset of window[0] */
    size_t at, length;  /* in the window */
    bool text_is_long;  /* the last captured string did not fit */
    size_t text_length; /* of the last captured string */
    mb_json json;       /* to undo escapes */
    char text[TEXT_BYTES_MAX + 1];
    char id[TEXT_BYTES_MAX + 1];
    unsigned char window[WINDOW_BYTES];
} scanner;

static uint64_t position(const scanner *s) { return s->base + s->at; }

static _Noreturn void stop(scanner *s, mb_status status)
{
    s->status = status;
    longjmp(s->failed, 1);
}

static _Noreturn void fail_at(scanner *s, uint64_t offset, const char *problem)
{
    stop(s, mb_input_fail(s->input, offset, problem, s->error));
}

static _Noreturn void fail(scanner *s, const char *problem) { fail_at(s, position(s), problem); }

static bool refill(scanner *s)
{
    s->base += s->length;
    s->at = s->length = 0;
    uint64_t left = s->input->length - s->base;
    if (left == 0)
        return false;
    size_t length = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
    mb_status status = mb_input_read(s->input, s->base, s->window, length, s->error);
    if (status != MB_OK)
        stop(s, status);
    s->length = length;
    return true;
}

/* The next byte without taking it, or -1 at the end. */
static int peek(scanner *s) { return s->at < s->length || refill(s) ? s->window[s->at] : -1; }

static int peek_behind_space(scanner *s)
{
    int c = peek(s);
    for (; c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = peek(s))
        s->at++;
    return c;
}

static _Noreturn void fail_expected(scanner *s, const char *what)
{
    char problem[64];
    if (peek(s) < 0)
        fail(s, "unexpected end of file");
    snprintf(problem, sizeof problem, "expected %s", what);
    fail(s, problem);
}

static void expect(scanner *s, int wanted, const char *what)
{
    if (peek_behind_space(s) != wanted)
        fail_expected(s, what);
    s->at++;
}

/* The next byte of the string that began at start. */
static int take_string_byte(scanner *s, uint64_t start)
{
    int c = peek(s);
    if (c < 0)
        fail_at(s, start, "unterminated string");
    if (c < 0x20)
        fail(s, "control byte in a string");
    s->at++;
    return c;
}

/* Takes a string whose opening quote is next; keeps it in s->text when wanted and short enough. */
static void take_string(scanner *s, bool is_wanted)
{
    uint64_t start = position(s);
    bool is_escaped = false;
    s->text_length = 0;
    s->text_is_long = false;
    s->at++;
    for (;;) {
        int c = take_string_byte(s, start);
        if (c == '"' && !is_escaped)
            break;
        is_escaped = c == '\\' && !is_escaped;
        if (!is_wanted)
            continue;
        if (s->text_length == TEXT_BYTES_MAX)
            s->text_is_long = true;
        else
            s->text[s->text_length++] = (char)c;
    }
    s->text[s->text_length] = '\0';
}

/* The same without keeping it: most bytes of a file pass here. */
static void skip_string(scanner *s)
{
    uint64_t start = position(s);
    s->at++;
    for (;;) {
        while (s->at < s->length && s->window[s->at] >= 0x20 && s->window[s->at] != '"' && s->window[s->at] != '\\')
            s->at++;
        int c = take_string_byte(s, start);
        if (c == '"')
            return;
        if (c != '\\')
            continue;
        if (peek(s) < 0x20)
            continue; /* said above, or the end */
        s->at++;
    }
}

static void skip_scalar(scanner *s)
{
    uint64_t start = position(s);
    for (int c = peek(s); c > ' ' && strchr("{}[]\",:", c) == NULL; c = peek(s))
        s->at++;
    if (position(s) == start)
        fail_expected(s, "a value");
}

/* Skips an object or array: brackets must match and strings end, whatever else is there. */
static void skip_nested(scanner *s, unsigned depth)
{
    char closing[MB_JSON_DEPTH_MAX];
    unsigned open = 0;
    do {
        while (s->at < s->length) { /* numbers, commas and space: nothing to look at */
            unsigned char c = s->window[s->at];
            if (c == '"' || (c | 0x26) == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t'))
                break;
            s->at++;
        }
        int c = peek(s);
        if (c < 0)
            fail(s, "unexpected end of file");
        if (c == '"') {
            skip_string(s);
            continue;
        }
        if (c == '{' || c == '[') {
            if (depth + open >= MB_JSON_DEPTH_MAX)
                fail(s, "nested too deeply");
            closing[open++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (open == 0 || closing[open - 1] != c)
                fail(s, "brackets do not match");
            open--;
        } else if (c < 0x20 && c != '\n' && c != '\r' && c != '\t')
            fail(s, "control byte");
        s->at++;
    } while (open > 0);
}

static void skip_value(scanner *s, unsigned depth)
{
    int c = peek_behind_space(s);
    if (c == '"')
        skip_string(s);
    else if (c == '{' || c == '[')
        skip_nested(s, depth);
    else
        skip_scalar(s);
}

/* Moves behind the comma before the next member or element, or behind the closing bracket. False at the bracket. */
static bool next_item(scanner *s, int closing, bool *is_first)
{
    int c = peek_behind_space(s);
    bool was_first = *is_first;
    *is_first = false;
    if (c == closing) {
        s->at++;
        return false;
    }
    if (was_first)
        return true;
    if (c != ',')
        fail_expected(s, closing == ']' ? ", or ]" : ", or }");
    s->at++;
    if (peek_behind_space(s) == closing)
        fail(s, "unexpected comma");
    return true;
}

/* Takes a key and its colon. */
static void take_key(scanner *s)
{
    if (peek_behind_space(s) != '"')
        fail_expected(s, "a key");
    take_string(s, true);
    expect(s, ':', "a colon");
}

/* Undoes the escapes of s->text into s->id. */
static void keep_id(scanner *s, uint64_t offset)
{
    const char *text = s->text;
    if (s->text_is_long)
        fail_at(s, offset, "a name is too long");
    if (memchr(s->text, '\\', s->text_length) != NULL) {
        char quoted[TEXT_BYTES_MAX + 3];
        int length = snprintf(quoted, sizeof quoted, "\"%s\"", s->text);
        if (!mb_json_parse(&s->json, quoted, (size_t)length)) {
            if (s->json.is_memory_out)
                stop(s, mb_error_set(s->error, MB_ERROR_SYSTEM, "%s: out of memory", s->input->name));
            fail_at(s, offset, s->json.problem);
        }
        text = s->json.root->valuestring;
    }
    memcpy(s->id, text, strlen(text) + 1);
}

static void take_element(scanner *s)
{
    mb_scan_element element = {0};
    bool is_first = true, has_name = false, has_run_name = false;
    if (peek_behind_space(s) != '{')
        fail_expected(s, "an object");
    element.offset = position(s);
    s->at++;
    while (next_item(s, '}', &is_first)) {
        take_key(s);
        bool is_run_name = strcmp(s->text, "run_name") == 0, is_name = strcmp(s->text, "name") == 0;
        bool is_run_type = strcmp(s->text, "run_type") == 0;
        bool is_body = element.body_length == 0 && strcmp(s->text, "membench") == 0;
        bool is_text = peek_behind_space(s) == '"';
        uint64_t offset = position(s);
        if (!is_text || !(is_run_name || is_name || is_run_type)) {
            skip_value(s, 3);
            if (is_body) {
                element.body_offset = offset;
                element.body_length = (size_t)(position(s) - offset);
            }
            continue;
        }
        take_string(s, true);
        if (is_run_type)
            element.is_aggregate = strcmp(s->text, "aggregate") == 0;
        else if ((is_run_name && !has_run_name) || (is_name && !has_name && !has_run_name))
            keep_id(s, offset);
        has_name = has_name || is_name;
        has_run_name = has_run_name || is_run_name;
    }
    if (!has_name)
        fail_at(s, element.offset, "an element of \"benchmarks\" has no \"name\"");
    uint64_t length = position(s) - element.offset;
    if (length > MB_RESULTS_ELEMENT_BYTES_MAX)
        fail_at(s, element.offset, "an element of \"benchmarks\" is larger than 4 MiB");
    element.length = (size_t)length;
    element.id = s->id;
    mb_status status = s->visitor->on_element(s->visitor->context, &element, s->error);
    if (status != MB_OK)
        stop(s, status);
}

static void take_context(scanner *s)
{
    if (peek_behind_space(s) != '{')
        fail_expected(s, "an object");
    uint64_t offset = position(s);
    skip_nested(s, 1);
    uint64_t length = position(s) - offset;
    if (length > MB_RESULTS_ELEMENT_BYTES_MAX)
        fail_at(s, offset, "\"context\" is larger than 4 MiB");
    mb_status status = s->visitor->on_context(s->visitor->context, offset, (size_t)length, s->error);
    if (status != MB_OK)
        stop(s, status);
}

static void take_file(scanner *s)
{
    bool is_first = true, has_context = false, has_benchmarks = false;
    if (s->input->length == 0)
        stop(s, mb_error_set(s->error, MB_ERROR_FORMAT, "%s: the file is empty", s->input->name));
    expect(s, '{', "an object: this is not a results file");
    while (next_item(s, '}', &is_first)) {
        take_key(s);
        bool is_context = strcmp(s->text, "context") == 0, is_benchmarks = strcmp(s->text, "benchmarks") == 0;
        if ((is_context && has_context) || (is_benchmarks && has_benchmarks))
            fail(s, is_context ? "\"context\" appears twice" : "\"benchmarks\" appears twice");
        has_context = has_context || is_context;
        has_benchmarks = has_benchmarks || is_benchmarks;
        if (is_context)
            take_context(s);
        else if (is_benchmarks) {
            bool is_first_element = true;
            expect(s, '[', "an array");
            while (next_item(s, ']', &is_first_element))
                take_element(s);
        } else
            skip_value(s, 1);
    }
    if (peek_behind_space(s) >= 0)
        fail(s, "unexpected text after the end");
    if (!has_context || !has_benchmarks)
        stop(s, mb_error_set(s->error, MB_ERROR_FORMAT, "%s: not a results file: \"%s\" is missing", s->input->name,
                             has_context ? "benchmarks" : "context"));
}

mb_status mb_scan(const mb_input *input, const mb_scan_visitor *visitor, mb_error *error)
{
    scanner *s = malloc(sizeof *s);
    if (s == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", input->name);
    s->input = input;
    s->visitor = visitor;
    s->error = error;
    s->status = MB_OK;
    s->base = 0;
    s->at = s->length = 0;
    s->json = (mb_json){0};
    if (setjmp(s->failed) == 0)
        take_file(s);
    mb_status status = s->status;
    mb_json_fini(&s->json);
    free(s);
    return status;
}
