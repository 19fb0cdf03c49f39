#include "base/similar.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Optimal string alignment: Levenshtein's table, row by row, and a swap of neighbours as one edit, since that is how
 * people mistype. Costs length times length steps; three rows suffice, as a swap looks back by two. Words are shorter
 * than MB_SIMILAR_WORD_MAX. */
size_t mb_edit_distance(const char *left, const char *right)
{
    uint16_t rows[3][MB_SIMILAR_WORD_MAX + 1];
    uint16_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t height = strlen(left), width = strlen(right);
    for (size_t x = 0; x <= width; x++)
        last[x] = (uint16_t)x;
    for (size_t y = 1; y <= height; y++) {
        now[0] = (uint16_t)y;
        for (size_t x = 1; x <= width; x++) {
            bool is_same = left[y - 1] == right[x - 1];
            size_t least = (size_t)last[x - 1] + !is_same;
            least = last[x] + 1u < least ? last[x] + 1u : least;
            least = now[x - 1] + 1u < least ? now[x - 1] + 1u : least;
            bool is_swap = y > 1 && x > 1 && left[y - 1] == right[x - 2] && left[y - 2] == right[x - 1];
            least = is_swap && before[x - 2] + 1u < least ? before[x - 2] + 1u : least;
            now[x] = (uint16_t)least;
        }
        uint16_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[width];
}

void mb_similar_begin(mb_similar *similar, const char *word, size_t length)
{
    *similar = (mb_similar){.distance = SIZE_MAX};
    if (length < sizeof similar->word)
        memcpy(similar->word, word, length);
}

void mb_similar_offer(mb_similar *similar, const char *known)
{
    if (similar->word[0] == '\0' || strlen(known) >= sizeof similar->best)
        return;
    size_t distance = mb_edit_distance(similar->word, known);
    if (distance >= similar->distance)
        return;
    similar->distance = distance;
    snprintf(similar->best, sizeof similar->best, "%s", known);
}

const char *mb_similar_phrase(const mb_similar *similar, char text[MB_SIMILAR_TEXT_MAX])
{
    size_t length = strlen(similar->word), most = length < 6 ? 1 : length / 3;
    text[0] = '\0';
    if (similar->best[0] != '\0' && length > 1 && similar->distance <= most)
        snprintf(text, MB_SIMILAR_TEXT_MAX, "; did you mean \"%s\"?", similar->best);
    return text;
}
