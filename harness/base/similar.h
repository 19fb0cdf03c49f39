/* similar.h: "did you mean": the known word that a mistyped one is closest to.
 *
 *     mb_similar_begin ─▶ mb_similar_offer, each known word ─▶ mb_similar_phrase */
#ifndef MEMBENCH_BASE_SIMILAR_H
#define MEMBENCH_BASE_SIMILAR_H

#include <stddef.h>

enum { MB_SIMILAR_WORD_MAX = 256, MB_SIMILAR_TEXT_MAX = MB_SIMILAR_WORD_MAX + 24 };

typedef struct mb_similar {
    char word[MB_SIMILAR_WORD_MAX], best[MB_SIMILAR_WORD_MAX]; /* "" where there is none */
    size_t distance;                                           /* of the best one */
} mb_similar;                                                  /* plain data */

/* word: length bytes of it; one that is too long to be compared has nothing close to it. */
void mb_similar_begin(mb_similar *similar, const char *word, size_t length);

/* Takes in one known word, copied. Of equally close ones the first is kept. */
void mb_similar_offer(mb_similar *similar, const char *known);

/* "; did you mean "soak"?", or "" when nothing is close enough: at most a third of the word mistyped. */
const char *mb_similar_phrase(const mb_similar *similar, char text[MB_SIMILAR_TEXT_MAX]);

/* Edits that make one word of the other: a byte inserted, removed, replaced, or swapped with the next one. */
size_t mb_edit_distance(const char *left, const char *right);

#endif
