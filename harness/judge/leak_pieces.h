/* leak_pieces.h: soaks of processes that were started again, or whose workers were replaced: judged between. Pure. */
#ifndef MEMBENCH_JUDGE_LEAK_PIECES_H
#define MEMBENCH_JUDGE_LEAK_PIECES_H

#include "judge/leak.h"

/* Judges as mb_soak_judge does, the series being cut at cut_count places, above 0, ascending and below count.
 *
 * is_restarted: each piece is another process, so that only the pieces are judged: the four longest, which share the
 * error. A leak in one is a leak; a plateau needs all of them, and half the record in them.
 *
 * Else a worker of a server was replaced at each place. A fresh one is smaller, which hides a leak of the others from
 * the sum, and warms up, which looks like one. So what leaks in a piece is a leak; what grows over the record and in no
 * piece that was long enough to be judged is not known to be one. Where no piece is long enough it is the sum alone
 * that tells.
 *
 * The figures are those of the piece that decided, see piece_count. False when memory is out. */
bool mb_soak_judge_pieces(const double *time_seconds, const double *value_bytes, const double *operation_count,
                          size_t count, const size_t *cuts, size_t cut_count, bool is_restarted,
                          const mb_soak_rule *rule, mb_soak_judgement *judgement);

#endif
