#include "judge/leak_pieces.h"

enum { PIECES_JUDGED_MAX = MB_SOAK_LOOKS };

static const double COVERED_RATIO = 0.5; /* of the record: so much is in the pieces that are a plateau */

typedef struct piece {
    size_t from, to;
    double seconds;
} piece;

typedef struct cutting {
    const double *time_seconds;
    size_t count;
    const size_t *cuts;
    size_t cut_count;
} cutting;

static piece piece_of(const cutting *c, size_t index)
{
    size_t from = index > 0 ? c->cuts[index - 1] : 0, to = index < c->cut_count ? c->cuts[index] : c->count;
    return (piece){from, to, c->time_seconds[to - 1] - c->time_seconds[from]};
}

/* The longest pieces of at least so many seconds, in the order of time; how many. */
static size_t pick(const cutting *c, double least_seconds, piece picked[PIECES_JUDGED_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i <= c->cut_count; i++) {
        piece one = piece_of(c, i);
        if (one.seconds < least_seconds)
            continue;
        if (count < PIECES_JUDGED_MAX) {
            picked[count++] = one;
            continue;
        }
        size_t shortest = 0;
        for (size_t k = 1; k < count; k++)
            shortest = picked[k].seconds < picked[shortest].seconds ? k : shortest;
        if (one.seconds <= picked[shortest].seconds)
            continue;
        for (size_t k = shortest; k + 1 < count; k++)
            picked[k] = picked[k + 1];
        picked[count - 1] = one;
    }
    return count;
}

static piece find_longest(const cutting *c)
{
    piece longest = piece_of(c, 0);
    for (size_t i = 1; i <= c->cut_count; i++)
        longest = piece_of(c, i).seconds > longest.seconds ? piece_of(c, i) : longest;
    return longest;
}

/* How much it says: a leak most, then what is open, then a plateau. */
static int weight_of(mb_soak_verdict verdict)
{
    return verdict == MB_SOAK_LEAK ? 2 : verdict == MB_SOAK_INCONCLUSIVE ? 1 : 0;
}

bool mb_soak_judge_pieces(const double *time_seconds, const double *value_bytes, const double *operation_count,
                          size_t count, const size_t *cuts, size_t cut_count, bool is_restarted,
                          const mb_soak_rule *rule, mb_soak_judgement *judgement)
{
    cutting c = {time_seconds, count, cuts, cut_count};
    piece picked[PIECES_JUDGED_MAX];
    mb_soak_judgement whole = {0}, worst = {0};
    is_restarted = is_restarted && cut_count > 0;
    size_t judged = cut_count > 0 ? pick(&c, 0.998 * mb_soak_least_seconds(rule), picked) : 0;
    double covered_seconds = 0;
    if (judged == 0 && is_restarted)
        picked[judged++] = find_longest(&c);
    if (!is_restarted) {
        if (!mb_soak_judge(time_seconds, value_bytes, operation_count, count, rule, &whole))
            return false;
        worst = whole;
    }
    for (size_t i = 0; i < judged; i++) {
        mb_soak_rule shared = *rule;
        mb_soak_judgement one;
        const piece *p = &picked[i];
        shared.is_repeated = rule->is_repeated || judged > 1;
        if (!mb_soak_judge(time_seconds + p->from, value_bytes + p->from,
                           operation_count != NULL ? operation_count + p->from : NULL, p->to - p->from, &shared, &one))
            return false;
        one.piece_count = cut_count + 1;
        one.piece_at_seconds = time_seconds[p->from] - time_seconds[0];
        covered_seconds += p->seconds;
        bool is_first = is_restarted && i == 0;
        bool is_worse = is_restarted ? weight_of(one.verdict) > weight_of(worst.verdict)
                                     : one.verdict == MB_SOAK_LEAK && worst.piece_count == 0;
        worst = is_first || is_worse ? one : worst;
    }
    if (!is_restarted && judged > 0 && whole.verdict == MB_SOAK_LEAK && worst.piece_count == 0) {
        worst.verdict = MB_SOAK_INCONCLUSIVE;
        worst.reason = MB_SOAK_REPLACED;
        worst.piece_count = cut_count + 1;
    }
    double seconds = count > 0 ? time_seconds[count - 1] - time_seconds[0] : 0;
    if (is_restarted && worst.verdict == MB_SOAK_PLATEAU && covered_seconds < COVERED_RATIO * seconds) {
        worst.verdict = MB_SOAK_INCONCLUSIVE;
        worst.reason = MB_SOAK_RESTARTS;
        worst.quiet_seconds = 0;
    }
    worst.is_restarted = is_restarted;
    *judgement = worst;
    return true;
}
