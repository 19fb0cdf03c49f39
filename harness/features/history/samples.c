#include "features/history/samples.h"

#include <math.h>
#include <string.h>

enum { FORM_WHOLE = 1, FORM_DOUBLES = 2, DOUBLE_BYTES = 8 };
static const double whole_max = 4503599627370496.0; /* 2^52: a difference of two is exact, too */

static bool is_whole(double value)
{
    return fabs(value) <= whole_max && value == trunc(value) && !(value == 0 && signbit(value));
}

static size_t put_number(uint64_t number, unsigned char *to)
{
    size_t length = 0;
    for (; number >= 0x80; number >>= 7)
        to[length++] = (unsigned char)(number | 0x80);
    to[length++] = (unsigned char)number;
    return length;
}

/* What follows the number, or NULL. */
static const unsigned char *get_number(const unsigned char *at, const unsigned char *end, uint64_t *number)
{
    uint64_t read = 0;
    for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
        read |= (uint64_t)(*at & 0x7f) << shift;
        if ((*at++ & 0x80) == 0) {
            *number = read;
            return at;
        }
    }
    return NULL;
}

static size_t pack_doubles(const double *values, size_t count, unsigned char *blob)
{
    unsigned char *to = blob;
    *to++ = FORM_DOUBLES;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (int byte = 0; byte < DOUBLE_BYTES; byte++)
            *to++ = (unsigned char)(bits >> (8 * byte));
    }
    return (size_t)(to - blob);
}

size_t mb_samples_pack(const double *values, size_t count, unsigned char *blob)
{
    for (size_t i = 0; i < count; i++)
        if (!is_whole(values[i]))
            return pack_doubles(values, count, blob);
    unsigned char *to = blob;
    *to++ = FORM_WHOLE;
    int64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t value = (int64_t)values[i], difference = value - last;
        to += put_number(((uint64_t)difference << 1) ^ (difference < 0 ? UINT64_MAX : 0), to);
        last = value;
    }
    return (size_t)(to - blob);
}

static size_t unpack_whole(const unsigned char *at, const unsigned char *end, double *values, size_t capacity)
{
    size_t count = 0;
    int64_t value = 0;
    while (at < end) {
        uint64_t number;
        at = get_number(at, end, &number);
        if (at == NULL)
            return 0;
        int64_t difference = (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
        if (__builtin_add_overflow(value, difference, &value) || fabs((double)value) > whole_max)
            return 0;
        if (count < capacity)
            values[count] = (double)value;
        count++;
    }
    return count;
}

static size_t unpack_doubles(const unsigned char *at, size_t length, double *values, size_t capacity)
{
    size_t count = length / DOUBLE_BYTES;
    if (length % DOUBLE_BYTES != 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        double value;
        for (int byte = DOUBLE_BYTES; byte-- > 0;)
            bits = bits << 8 | at[i * DOUBLE_BYTES + (size_t)byte];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            return 0;
        if (i < capacity)
            values[i] = value;
    }
    return count;
}

size_t mb_samples_unpack(const unsigned char *blob, size_t blob_bytes, double *values, size_t capacity)
{
    if (blob_bytes > 1 && blob[0] == FORM_WHOLE)
        return unpack_whole(blob + 1, blob + blob_bytes, values, capacity);
    if (blob_bytes > 1 && blob[0] == FORM_DOUBLES)
        return unpack_doubles(blob + 1, blob_bytes - 1, values, capacity);
    return 0;
}
