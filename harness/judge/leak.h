/* leak.h: leak or plateau: judges a series of sizes over time, as docs/soak.md describes. Pure.
 *
 *     series ─▶ 30 blocks of [T/4, T] ─▶ slope with interval, random walk, steadiness, step ─▶ verdict and reason
 *
 * Times in seconds, sizes in bytes, rates in bytes an hour. */
#ifndef MEMBENCH_JUDGE_LEAK_H
#define MEMBENCH_JUDGE_LEAK_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_SOAK_BLOCKS = 30, MB_SOAK_LOOKS = 4 };

/* Judged again and again: at these times, which share the error of 1 %. */
#define MB_SOAK_LOOK_SECONDS                                                                                           \
    {                                                                                                                  \
        1800, 3600, 7200, 14400                                                                                        \
    }

typedef enum mb_soak_verdict { MB_SOAK_LEAK, MB_SOAK_PLATEAU, MB_SOAK_INCONCLUSIVE } mb_soak_verdict;

typedef enum mb_soak_reason {
    MB_SOAK_STEADY_GROWTH, /* LEAK */
    MB_SOAK_STAIRS_GROWTH, /* LEAK in steps that come again and again */
    MB_SOAK_PERIOD_GROWTH, /* LEAK from period to period */
    MB_SOAK_EXACT_GROWTH,  /* LEAK: each operation keeps as many bytes of the heap as any other */
    MB_SOAK_EXACT_NOTHING, /* PLATEAU: none of the operations keeps anything on the heap */
    MB_SOAK_LEVEL,         /* PLATEAU over the whole window */
    MB_SOAK_LEVEL_LATE,    /* PLATEAU over its last two thirds or its last third */
    MB_SOAK_LEVEL_AFTER,   /* PLATEAU after a step */
    MB_SOAK_LEVEL_PERIODS, /* PLATEAU from period to period */
    MB_SOAK_TOO_SHORT,     /* INCONCLUSIVE, as all that follow: below the minimum duration */
    MB_SOAK_TOO_FEW,       /* values: most blocks are empty */
    MB_SOAK_STEPPED,       /* most of the growth is one step */
    MB_SOAK_STEPPED_LATE,  /* level but for a step in the later half of the record, which may be the first of many */
    MB_SOAK_STAIRS,        /* two steps or more, which may go on */
    MB_SOAK_SLOW,          /* certain growth, slower than the tolerance, that adds up to a tenth of the level */
    MB_SOAK_ACCELERATING,  /* growth within the tolerance that is faster and faster */
    MB_SOAK_PERIODS_VARY,  /* periods differ too much */
    MB_SOAK_DECELERATING,  /* it grows, less and less */
    MB_SOAK_RANDOM_WALK,   /* the growth is no more than a random walk may show */
    MB_SOAK_NOISY,         /* the interval holds the tolerance */
    MB_SOAK_REPLACED,      /* it grows, but in no piece between two replaced processes */
    MB_SOAK_CAME_BACK,     /* it grew while there was load, and came back when there was none */
    MB_SOAK_RESTARTS,      /* a plateau between two restarts, but most of the record is in shorter pieces */
    MB_SOAK_STAIRS_SLOW,   /* two steps or more within the tolerance */
    MB_SOAK_REASON_COUNT
} mb_soak_reason;

typedef struct mb_soak_rule {
    double tolerance_bytes_per_hour; /* growth up to it is not a leak */
    double tolerance_ratio_per_hour; /* the same as a share of the level; the greater of the two counts. 0: the bytes
                                      * were given and rule alone, also over growth that adds up */
    double limit_bytes;              /* growth up to it may be a cache that fills; 0: none was given */
    double least_seconds;            /* no verdict before */
    double period_seconds;           /* longest known period, of which three are needed; 0: look for one */
    bool force;                      /* a verdict before that all the same */
    bool is_repeated;                /* one of MB_SOAK_LOOKS looks */
} mb_soak_rule;

/* 256 KiB/h, 1 %/h, 30 minutes. */
void mb_soak_rule_init(mb_soak_rule *rule);

/* How long a series must be before it is judged. */
double mb_soak_least_seconds(const mb_soak_rule *rule);

typedef struct mb_soak_slope {
    double value, low, high; /* the interval's level is 99 %, with is_repeated 99.75 % */
} mb_soak_slope;

typedef struct mb_soak_judgement {
    mb_soak_verdict verdict;
    mb_soak_reason reason;
    bool is_short;                       /* below the minimum duration: the verdict is one by force, or there is none */
    double seconds;                      /* T */
    size_t value_count;                  /* in the series */
    bool has_slope;                      /* the members below hold something; else 0 */
    mb_soak_slope slope;                 /* bytes an hour, over [T/4, T] */
    double level_bytes;                  /* median of the blocks */
    double tolerance_bytes_per_hour;     /* the one that counted */
    double increment_low_bytes_per_hour; /* lower bound of the growth were it a random walk */
    double early_bytes_per_hour, late_bytes_per_hour; /* of the halves of [T/10, T] */
    double step_bytes;                                /* largest step upwards */
    double step_at_seconds;                           /* where it is */
    double level_from_seconds;                        /* PLATEAU: from here on it is level */
    double quiet_seconds;                             /* PLATEAU: how long it has been level, without a step */
    bool uses_minimum;                                /* blocks stand for their lower end: the series is a sawtooth */
    double period_seconds;                            /* that was found or given, and judged by; else 0 */
    size_t period_count;                              /* in the record */
    size_t rise_count;                                /* of stairs; step_bytes is then their mean rise */
    bool has_risen;                                   /* by steps beyond the tolerance, and not fallen */
    double growth_bytes;                              /* over the record, by the slope */
    /* Of what is cut into pieces (leak_pieces.h): how many, 0: it was judged whole; and where the one begins of which
     * the figures are, from the first time on. */
    size_t piece_count;
    double piece_at_seconds;
    bool is_restarted; /* pieces are other processes, else some of them were replaced */
    bool has_per_operation;
    mb_soak_slope per_operation; /* bytes for each operation over [T/4, T] */
} mb_soak_judgement;

/* Judges count values at ascending times that begin anywhere; T counts from the first. operation_count: how many
 * operations were done by each time, or NULL. False, with *judgement untouched, when memory is out. */
bool mb_soak_judge(const double *time_seconds, const double *value_bytes, const double *operation_count, size_t count,
                   const mb_soak_rule *rule, mb_soak_judgement *judgement);

/* Judged again and again at MB_SOAK_LOOK_SECONDS: what was seen at the look before. Zeroed before the first. */
typedef struct mb_soak_looks {
    size_t count;
    bool was_leak, was_plateau;
    double slope; /* bytes an hour, of that LEAK */
} mb_soak_looks;

/* Whether the judgement of this look ends the soak; every one at the last look does.
 *
 * A plateau does when it was one at the look before, so that half an hour is not taken for all; with a step in the
 * record, which may be the first of stairs, not before the third look, at which stairs of an hour have had their
 * second. Growth that is certain and above half the tolerance ends nothing before the last look: it may speed up; nor
 * does a fall: it may rise again. A
 * LEAK needs a LEAK at the look before with a slope of which 0.7 at least is left (one-sided: a leak that speeds up is
 * one), since what saturates looks like a line until it bends. And a cache is a line until it is full, or stairs where
 * it fills in slabs: so without a limit a LEAK ends nothing before the last look; with one it does once the growth of
 * the record exceeds it. */
bool mb_soak_look_ends(mb_soak_looks *looks, const mb_soak_judgement *judgement, const mb_soak_rule *rule);

/* "LEAK", "PLATEAU", "INCONCLUSIVE". */
const char *mb_soak_verdict_name(mb_soak_verdict verdict);

#endif
