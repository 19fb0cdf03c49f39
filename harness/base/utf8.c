#include "base/utf8.h"

#include <string.h>

size_t mb_utf8_decode(const char *text, uint32_t *point)
{
    const unsigned char *byte = (const unsigned char *)text;
    *point = MB_UTF8_INVALID;
    if (byte[0] < 0x80) {
        *point = byte[0];
        return 1;
    }
    size_t length = byte[0] >= 0xF0 ? 4 : byte[0] >= 0xE0 ? 3 : 2;
    if (byte[0] < 0xC2 || byte[0] > 0xF4)
        return 1;
    uint32_t value = byte[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80) /* the terminator stops here, too */
            return 1;
        value = value << 6 | (byte[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 1;
    *point = value;
    return length;
}

typedef struct range {
    uint32_t first, last;
} range;

static bool is_in(uint32_t point, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

int mb_utf8_columns(uint32_t point)
{
    static const range none[] = {
        {0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
    static const range wide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                 {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                                 {0x1F680, 0x1FAFF}, {0x20000, 0x3FFFD}};
    if (point < 0x300)
        return 1;
    if (is_in(point, none, sizeof none / sizeof none[0]))
        return 0;
    return is_in(point, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

int mb_text_columns(const char *text)
{
    int columns = 0;
    while (*text != '\0') {
        uint32_t point = (unsigned char)*text;
        text += point < 0x80 ? 1 : mb_utf8_decode(text, &point);
        columns += mb_utf8_columns(point);
    }
    return columns;
}

/* Control characters, and those that are invisible or turn the direction of what follows. */
static bool is_unprintable(uint32_t point)
{
    static const range ranges[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x200B, 0x200F}, {0x2028, 0x202E},
                                   {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};
    return point == MB_UTF8_INVALID || is_in(point, ranges, sizeof ranges / sizeof ranges[0]);
}

/* What is printed for the character at text: piece and *piece_length. Returns how many bytes of text it stands for. */
static size_t clean_next(const char *text, bool unicode, const char **piece, size_t *piece_length)
{
    uint32_t point;
    size_t length = mb_utf8_decode(text, &point);
    *piece = text;
    *piece_length = length;
    if (point == '\n' || point == '\t' || point == '\r') {
        *piece = " ";
    } else if (!unicode && (is_unprintable(point) || point > 0x7F)) {
        *piece = "?";
        *piece_length = 1;
    } else if (is_unprintable(point)) {
        *piece = "\xEF\xBF\xBD"; /* U+FFFD */
        *piece_length = 3;
    }
    return length;
}

size_t mb_utf8_clean(const char *text, bool unicode, char *clean, size_t size)
{
    size_t used = 0;
    /* Where a line begins so, GitHub takes it for a command, also behind blanks. */
    const char *start = text + strspn(text, " \t\r\n");
    if (start[0] == ':' && start[1] == ':' && size > 1)
        clean[used++] = '\\';
    while (*text != '\0') {
        const char *piece;
        size_t piece_length;
        text += clean_next(text, unicode, &piece, &piece_length);
        if (used + piece_length >= size)
            break;
        memcpy(clean + used, piece, piece_length);
        used += piece_length;
    }
    clean[used] = '\0';
    return used;
}

void mb_utf8_write(FILE *file, const char *text, bool unicode)
{
    while (*text != '\0') {
        size_t plain_length = 0; /* most text is plain, and goes out in one piece */
        while (text[plain_length] >= ' ' && text[plain_length] < 0x7F)
            plain_length++;
        fwrite(text, 1, plain_length, file);
        text += plain_length;
        if (*text == '\0')
            return;
        const char *piece;
        size_t piece_length;
        text += clean_next(text, unicode, &piece, &piece_length);
        fwrite(piece, 1, piece_length, file);
    }
}

/* Copies the first, or the last, characters of text that fill at most columns. Returns the bytes copied. */
static size_t take_columns(const char *text, int columns, bool from_end, char *taken, size_t size)
{
    int skip = from_end ? mb_text_columns(text) - columns : 0, used = 0;
    size_t length_taken = 0;
    while (*text != '\0') {
        uint32_t point;
        size_t length = mb_utf8_decode(text, &point);
        int width = mb_utf8_columns(point);
        if (skip > 0) {
            skip -= width;
        } else {
            if (used + width > columns || length_taken + length >= size)
                break;
            memcpy(taken + length_taken, text, length);
            length_taken += length;
            used += width;
        }
        text += length;
    }
    taken[length_taken] = '\0';
    return length_taken;
}

void mb_utf8_shorten(const char *text, int columns, bool unicode, char *out, size_t size)
{
    const char *gap = unicode ? "…" : "..";
    int gap_columns = unicode ? 1 : 2;
    if (mb_text_columns(text) <= columns || columns < gap_columns + 2) {
        take_columns(text, columns > 0 ? columns : 0, false, out, size);
        return;
    }
    int tail_columns = (columns - gap_columns) * 2 / 3;
    size_t used = take_columns(text, columns - gap_columns - tail_columns, false, out, size);
    if (used + strlen(gap) >= size)
        return;
    memcpy(out + used, gap, strlen(gap) + 1);
    used += strlen(gap);
    take_columns(text, tail_columns, true, out + used, size - used);
}

/* Length of the UTF-8 sequence at bytes, 0 when it is none (overlong, a surrogate, beyond U+10FFFF or cut). */
static size_t sequence_length(const unsigned char *bytes, size_t left)
{
    unsigned char lead = bytes[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && bytes[1] < 0xa0) || (lead == 0xed && bytes[1] >= 0xa0) || (lead == 0xf0 && bytes[1] < 0x90) ||
        (lead == 0xf4 && bytes[1] >= 0x90))
        return 0;
    return length;
}

size_t mb_utf8_check(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (length - at >= sizeof word) { /* eight ASCII bytes at once: nearly all there is */
            memcpy(&word, bytes + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t step = sequence_length((const unsigned char *)bytes + at, length - at);
        if (step == 0)
            return at;
        at += step;
    }
    return length;
}
