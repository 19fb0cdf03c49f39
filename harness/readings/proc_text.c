/* Reading and parsing what /proc writes. No stdio: fopen and fgets leave a page behind in the measured process. */
#include "readings/proc_text.h"

#include "readings/readings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

void mb_kb_take_sizes(const mb_kb_key *rss, const mb_kb_key *anon, const mb_kb_key *shared, mb_memory_reading *reading)
{
    mb_kb_take(rss, &reading->rss_bytes, MB_READING_RSS, &reading->valid);
    mb_kb_take(anon, &reading->footprint_bytes, MB_READING_FOOTPRINT, &reading->valid);
    mb_kb_take_sum(anon, shared, &reading->anon_bytes, MB_READING_ANON, &reading->valid);
}

bool mb_digits_parse(const char **cursor, const char *end, int64_t *value)
{
    const char *at = *cursor;
    int64_t sum = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, *at - '0', &sum))
            return false;
    if (at == *cursor)
        return false;
    *cursor = at;
    *value = sum;
    return true;
}

/* What follows a key: blanks, digits, " kB" and the end of the line. */
static bool parse_kb(const char *at, const char *end, int64_t *size_bytes)
{
    int64_t value = 0;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (!mb_digits_parse(&at, end, &value))
        return false;
    if (end - at != 3 || memcmp(at, " kB", 3) != 0)
        return false;
    return !__builtin_mul_overflow(value, 1024, size_bytes);
}

/* Where a name ends at the start of a line; NULL: the line begins with something else. */
static const char *behind_name(const char *line, const char *end, const char *name)
{
    for (; *name != '\0'; name++, line++)
        if (line == end || *line != *name)
            return NULL;
    return line;
}

static void scan_line(const char *line, const char *end, bool is_whole, mb_kb_key keys[], size_t key_count)
{
    for (size_t i = 0; i < key_count; i++) {
        const char *behind = behind_name(line, end, keys[i].name);
        if (behind == NULL)
            continue;
        keys[i].seen++;
        keys[i].is_number = is_whole && parse_kb(behind, end, &keys[i].size_bytes);
        return;
    }
}

/* Most lines begin with a letter that no name has: they are passed over, or the time of a reading would go by here. */
void mb_kb_scan(const char *text, size_t length, mb_kb_key keys[], size_t key_count)
{
    const char *end = text + length;
    uint64_t initials = 0; /* a bit each, of the last six of their bits: others may share it */
    for (size_t i = 0; i < key_count; i++)
        initials |= UINT64_C(1) << (keys[i].name[0] & 63);
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline != NULL ? newline : end;
        if ((initials >> (*line & 63) & 1) != 0)
            scan_line(line, line_end, newline != NULL, keys, key_count);
        line = newline != NULL ? newline + 1 : end;
    }
}

bool mb_kb_found(const mb_kb_key *key) { return key->seen == 1 && key->is_number; }

void mb_kb_take(const mb_kb_key *key, int64_t *size_bytes, unsigned flag, unsigned *valid)
{
    if (!mb_kb_found(key))
        return;
    *size_bytes = key->size_bytes;
    *valid |= flag;
}

void mb_kb_take_sum(const mb_kb_key *one, const mb_kb_key *other, int64_t *size_bytes, unsigned flag, unsigned *valid)
{
    int64_t sum_bytes = 0;
    if (!mb_kb_found(one) || !mb_kb_found(other) ||
        __builtin_add_overflow(one->size_bytes, other->size_bytes, &sum_bytes))
        return;
    *size_bytes = sum_bytes;
    *valid |= flag;
}

void mb_kb_add(const mb_kb_key *key, int64_t *size_bytes, unsigned flag, unsigned *valid)
{
    if (key->seen == 0 || (*valid & flag) == 0)
        return;
    if (mb_kb_found(key) && !__builtin_add_overflow(*size_bytes, key->size_bytes, size_bytes))
        return;
    *size_bytes = 0;
    *valid &= ~flag;
}

bool mb_proc_read(int descriptor, char *buffer, size_t buffer_bytes, size_t *length)
{
    ssize_t got;
    do {
        got = pread(descriptor, buffer, buffer_bytes, 0);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    *length = (size_t)got;
    return true;
}

bool mb_proc_join(const char *root, const char *path, char *buffer, size_t buffer_bytes)
{
    size_t root_length = root != NULL ? strlen(root) : 0;
    size_t path_length = strlen(path);
    if (root_length + path_length >= buffer_bytes)
        return false;
    if (root_length > 0)
        memcpy(buffer, root, root_length);
    memcpy(buffer + root_length, path, path_length + 1);
    return true;
}

bool mb_proc_read_path(const char *root, const char *path, char *buffer, size_t buffer_bytes)
{
    char full[PATH_MAX];
    if (!mb_proc_join(root, path, full, sizeof full))
        return false;
    int descriptor = open(full, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    size_t length = 0;
    bool is_read = mb_proc_read(descriptor, buffer, buffer_bytes - 1, &length);
    close(descriptor);
    if (is_read)
        buffer[length] = '\0';
    return is_read;
}

void mb_proc_copy(char *buffer, size_t buffer_bytes, const char *text)
{
    size_t length = strlen(text);
    if (length >= buffer_bytes)
        length = buffer_bytes - 1;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

void mb_proc_append(char *buffer, size_t buffer_bytes, const char *text)
{
    size_t used = strlen(buffer);
    mb_proc_copy(buffer + used, buffer_bytes - used, text);
}
