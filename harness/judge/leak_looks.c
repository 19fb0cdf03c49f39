/* A soak that is judged again and again: which look ends it. */
#include "judge/leak.h"

#include <math.h>

enum { LOOKS_LEVEL = 2, LOOKS_RISEN = 3 }; /* at which a plateau may end a soak */

static const double CONFIRMED_RATIO = 0.7; /* of a leak's slope at the look before */

bool mb_soak_look_ends(mb_soak_looks *looks, const mb_soak_judgement *judgement, const mb_soak_rule *rule)
{
    bool is_leak = judgement->verdict == MB_SOAK_LEAK;
    bool is_confirmed = is_leak && looks->was_leak && judgement->slope.value >= CONFIRMED_RATIO * looks->slope;
    bool is_beyond = rule->limit_bytes > 0 && judgement->growth_bytes > rule->limit_bytes;
    bool is_plateau = judgement->verdict == MB_SOAK_PLATEAU;
    bool is_sure = judgement->slope.low > 0 || judgement->slope.high < 0;
    bool is_moving = rule->tolerance_ratio_per_hour > 0 && is_sure &&
                     2 * fabs(judgement->slope.value) > judgement->tolerance_bytes_per_hour;
    bool has_settled = is_plateau && looks->was_plateau && !is_moving &&
                       looks->count + 1 >= (judgement->has_risen ? LOOKS_RISEN : LOOKS_LEVEL);
    looks->was_leak = is_leak;
    looks->was_plateau = is_plateau;
    looks->slope = judgement->slope.value;
    looks->count++;
    return looks->count == MB_SOAK_LOOKS || has_settled || (is_confirmed && is_beyond);
}

const char *mb_soak_verdict_name(mb_soak_verdict verdict)
{
    switch (verdict) {
    case MB_SOAK_LEAK:
        return "LEAK";
    case MB_SOAK_PLATEAU:
        return "PLATEAU";
    case MB_SOAK_INCONCLUSIVE:
        break;
    }
    return "INCONCLUSIVE";
}
