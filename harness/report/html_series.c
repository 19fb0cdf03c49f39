/* Samples packed into few characters: a report of 1,000 cases holds half a million of them. */
#include "report/html_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 90, WIDTH_MAX = 5 };

/* What may be in a JSON text unescaped, here and inside a script element: no quote, backslash, "<", ">" or "&". */
static const char alphabet[DIGITS + 1] =
    " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

static double common_divisor(double a, double b)
{
    while (b != 0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

typedef struct scale {
    double least, unit;
    int width;
} scale;

static scale scale_of(const mb_series *series)
{
    scale made = {.least = series->values[0], .width = 1};
    double greatest = series->values[0], most_steps = 1;
    bool is_whole = true;
    for (size_t i = 0; i < series->count; i++) {
        double value = series->values[i];
        made.least = fmin(made.least, value);
        greatest = fmax(greatest, value);
        is_whole = is_whole && value == floor(value) && fabs(value) < 9007199254740992.0;
    }
    for (size_t i = 0; is_whole && i < series->count; i++)
        made.unit = common_divisor(series->values[i] - made.least, made.unit);
    double range = greatest - made.least;
    for (int i = 0; i < WIDTH_MAX; i++)
        most_steps *= DIGITS;
    if (!is_whole) {
        made.unit = pow(10, floor(log10(range)) - 3);
        made.least = floor(made.least / made.unit) * made.unit; /* fewer digits to write */
        range = greatest - made.least;
    }
    if (range / made.unit >= most_steps)
        made.unit = range / (most_steps - 1);
    for (double steps = DIGITS; round(range / made.unit) >= steps && made.width < WIDTH_MAX; steps *= DIGITS)
        made.width++;
    return made;
}

static void write_packed(mb_json_writer *json, const char *key, const mb_series *series)
{
    scale to = scale_of(series);
    size_t length = series->count * (size_t)to.width;
    char few[512], *text = length < sizeof few ? few : malloc(length + 1);
    if (text == NULL) { /* then it is not shown: the file stays well formed */
        mb_json_write_null(json, key);
        return;
    }
    for (size_t i = 0; i < series->count; i++) {
        uint64_t steps = (uint64_t)llround((series->values[i] - to.least) / to.unit);
        for (int place = to.width - 1; place >= 0; place--) {
            text[i * (size_t)to.width + (size_t)place] = alphabet[steps % DIGITS];
            steps /= DIGITS;
        }
    }
    text[length] = '\0';
    mb_json_write_open(json, key, '[');
    mb_json_write_number(json, NULL, to.least);
    mb_json_write_number(json, NULL, to.unit);
    mb_json_write_count(json, NULL, (uint64_t)to.width);
    mb_json_write_text(json, NULL, text);
    mb_json_write_close(json, ']');
    if (text != few)
        free(text);
}

void mb_html_write_series(mb_json_writer *json, const char *key, const mb_series *series)
{
    if (series->count == 0) {
        if (key == NULL)
            mb_json_write_null(json, NULL);
        return;
    }
    if (!mb_series_is_exact(series)) {
        write_packed(json, key, series);
        return;
    }
    mb_json_write_open(json, key, '[');
    mb_json_write_number(json, NULL, series->values[0]);
    mb_json_write_count(json, NULL, series->count);
    mb_json_write_close(json, ']');
}
