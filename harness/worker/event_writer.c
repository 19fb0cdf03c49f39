#include "base/digits.h"
#include "base/error.h"
#include "worker/protocol.h"
#include "worker/worker_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    int descriptor;
    bool needs_comma;
    size_t length;
    size_t held_length; /* of whole lines that wait for the next write */
    char line[24 * 1024];
} event;

/* What the descriptor was at first: its number may come to be another file's. */
static struct stat identity;
static bool is_known;

void mb_event_init(int descriptor)
{
    event.descriptor = descriptor;
    is_known = fstat(descriptor, &identity) == 0;
}

/* Nobody can be told what was measured: the exit code says why. */
void mb_event_leave_closed(void) { _exit(MB_PROTOCOL_EXIT_CLOSED); }

void mb_event_check(void)
{
    struct stat now;
    if (is_known &&
        (fstat(event.descriptor, &now) != 0 || now.st_dev != identity.st_dev || now.st_ino != identity.st_ino))
        mb_event_leave_closed();
}

/* What is held stays; a page behind it is written to as it is. */
void mb_event_prepare(void)
{
    enum { LINE_BYTES = 4096 };
    for (size_t at = event.length; at < event.length + LINE_BYTES; at += 512)
        *(volatile char *)&event.line[at] = 0;
}

static void put_bytes(const char *bytes, size_t length)
{
    MB_ASSERT(length < sizeof event.line - event.length);
    memcpy(event.line + event.length, bytes, length);
    event.length += length;
}

static void put_text(const char *text) { put_bytes(text, strlen(text)); }

static bool needs_escape(char c) { return c == '"' || c == '\\' || (unsigned char)c < 0x20 || c == 0x7f; }

/* Whole stretches at a time: what is sent takes longer to write down than to measure otherwise. */
static void put_escaped(const char *text)
{
    put_text("\"");
    while (*text != '\0') {
        size_t plain_length = 0;
        while (text[plain_length] != '\0' && !needs_escape(text[plain_length]))
            plain_length++;
        put_bytes(text, plain_length);
        text += plain_length;
        if (*text == '\0')
            break;
        char escape[8];
        if (*text == '"' || *text == '\\')
            snprintf(escape, sizeof escape, "\\%c", *text);
        else
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*text);
        put_text(escape);
        text++;
    }
    put_text("\"");
}

static void put_key(const char *key)
{
    if (event.needs_comma)
        put_text(",");
    event.needs_comma = true;
    if (key != NULL) { /* one of ours: there is nothing to escape */
        put_text("\"");
        put_text(key);
        put_text("\":");
    }
}

void mb_event_begin(const char *name)
{
    event.length = event.held_length;
    event.needs_comma = false;
    put_text("{");
    mb_event_string("event", name);
}

void mb_event_string(const char *key, const char *value)
{
    if (value == NULL)
        return;
    put_key(key);
    put_escaped(value);
}

static void put_number(const char *key, bool is_negative, uint64_t magnitude)
{
    char digits[MB_DIGITS_BYTES];
    put_key(key);
    put_text(is_negative ? "-" : "");
    put_text(mb_digits(magnitude, digits));
}

void mb_event_integer(const char *key, int64_t value)
{
    put_number(key, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void mb_event_unsigned(const char *key, uint64_t value) { put_number(key, false, value); }

void mb_event_real(const char *key, double value)
{
    MB_ASSERT(isfinite(value)); /* JSON has no NaN: what was not measured is left out */
    char digits[32];
    snprintf(digits, sizeof digits, "%.17g", value);
    for (char *c = digits; *c != '\0'; c++)
        if (*c == ',')
            *c = '.'; /* a locale's decimal comma is not JSON */
    put_key(key);
    put_text(digits);
}

void mb_event_open(const char *key_or_null, char bracket)
{
    put_key(key_or_null);
    put_bytes(&bracket, 1);
    event.needs_comma = false;
}

void mb_event_close(char bracket)
{
    put_bytes(&bracket, 1);
    event.needs_comma = true;
}

/* A coordinator that is gone ends the worker: nobody is left to read what it measures. */
static void write_all(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(event.descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EBADF)
            mb_event_leave_closed();
        if (written <= 0)
            _exit(1);
        bytes += written;
        length -= (size_t)written;
    }
}

static void write_line(void)
{
    write_all(event.line, event.length);
    event.held_length = event.length = 0;
}

void mb_event_send(void)
{
    put_text("}\n");
    write_line();
}

void mb_event_hold(void)
{
    put_text("}\n");
    event.held_length = event.length;
}

void mb_event_flush(void)
{
    event.length = event.held_length;
    write_line();
}

/* Nothing is under way: what is in the line are whole ones that wait. */
void mb_event_sign(char sign)
{
    event.length = event.held_length;
    put_bytes(&sign, 1);
    write_line();
}
