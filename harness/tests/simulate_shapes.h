/* simulate_shapes.h: the shapes of noise that the simulations of the gate feed to its rules. */
#ifndef MEMBENCH_TESTS_SIMULATE_SHAPES_H
#define MEMBENCH_TESTS_SIMULATE_SHAPES_H

#include "tests/simulate_random.h"

#include "model/metric.h"

typedef enum shape {
    SHAPE_CONSTANT,
    SHAPE_TWO_VALUED, /* 1 or 1.08 */
    SHAPE_RARE_JUMP,  /* one sample in 33 is half as much again */
    SHAPE_NORMAL_1,
    SHAPE_NORMAL_5,
    SHAPE_BIMODAL,
    SHAPE_HEAVY_TAIL,
    SHAPE_THREADS,        /* pages of threads, as recorded */
    SHAPE_SALTED,         /* a random hash seed: up to eight blocks of 16 bytes more */
    SHAPE_AUTOCORRELATED, /* AR(1), 0.5, 1 % */
    SHAPE_SMALL_PAGES,    /* one to five pages, and one more in half of the samples */
    SHAPE_ODD_BYTES,      /* 2 KiB, and 16 bytes more in one sample of five */
    SHAPE_ODD_PAGES,      /* 10 pages, and one more in one sample of five */
    SHAPE_SHIFTED,        /* repeats within a session; another one may lie a quantum above or below */
    SHAPE_COUNT
} shape;

/* One metric of one case. */
typedef struct source {
    shape shape;
    mb_metric metric;
    double level, quantum;
    double previous; /* of SHAPE_AUTOCORRELATED */
    double shift;    /* of SHAPE_SHIFTED, in quanta: of the session under way */
} source;

/* 200 values of cold_rss_delta_bytes of truth_threads/4 under glibc 2.36, in pages, as they were drawn most often. */
static inline double draw_threads(void)
{
    static const struct {
        double pages;
        int count;
    } recorded[] = {{104, 169}, {105, 15}, {106, 15}, {107, 1}};
    double at = uniform() * 200;
    size_t i = 0;
    while (i < 3 && at >= recorded[i].count)
        at -= recorded[i++].count;
    return recorded[i].pages / recorded[0].pages;
}

/* One sample as a multiple of the level. spread: of the noise, 1 as it is. */
static inline double draw_ratio(source *of, double spread)
{
    switch (of->shape) {
    case SHAPE_TWO_VALUED:
        return uniform() < 0.5 ? 1 : 1.08;
    case SHAPE_RARE_JUMP:
        return uniform() < 0.03 ? 1.5 : 1;
    case SHAPE_NORMAL_1:
        return 1 + 0.01 * spread * normal();
    case SHAPE_NORMAL_5:
        return 1 + 0.05 * spread * normal();
    case SHAPE_BIMODAL:
        return (uniform() < 0.7 ? 1 : 1.15) + 0.01 * spread * normal();
    case SHAPE_HEAVY_TAIL:
        return 1 + 0.02 * spread * (1 / sqrt(uniform()) - 1); /* Pareto: variance without bound */
    case SHAPE_THREADS:
        return draw_threads();
    case SHAPE_AUTOCORRELATED:
        of->previous = 0.5 * of->previous + sqrt(0.75) * normal();
        return 1 + 0.01 * spread * of->previous;
    default:
        return 1;
    }
}

/* What comes on top, in quanta. */
static inline double draw_quanta(const source *of)
{
    switch (of->shape) {
    case SHAPE_SALTED:
        return floor(9 * uniform());
    case SHAPE_SMALL_PAGES:
        return uniform() < 0.5;
    case SHAPE_ODD_BYTES:
    case SHAPE_ODD_PAGES:
        return uniform() < 0.2;
    case SHAPE_SHIFTED:
        return of->shift;
    default:
        return 0;
    }
}

static inline double draw_sample(source *of, double factor, double spread)
{
    double value = round(of->level * factor * draw_ratio(of, spread) / of->quantum);
    return of->quantum * (value + draw_quanta(of));
}

/* Begins another session. */
static inline void draw_session(source *of) { of->shift = floor(3 * uniform()) - 1; }

/* level_quanta: the level is a multiple of it, so that a change by a round percentage is exactly that. */
static inline source source_of(shape shape_of, double level_quanta)
{
    bool pages = shape_of == SHAPE_THREADS || shape_of == SHAPE_SMALL_PAGES || shape_of == SHAPE_ODD_PAGES ||
                 (shape_of != SHAPE_SALTED && shape_of != SHAPE_ODD_BYTES && uniform() < 0.5);
    source made = {
        .shape = shape_of,
        .metric = mb_metric_of(pages ? MB_ANON_DELTA_BYTES : MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD),
        .quantum = pages ? 4096 : 16,
    };
    made.level = level_quanta * made.quantum * round((pages ? 500 : 6000) / level_quanta * exp(3 * uniform()));
    if (shape_of == SHAPE_SMALL_PAGES)
        made.level = made.quantum * (1 + floor(5 * uniform()));
    else if (shape_of == SHAPE_ODD_BYTES)
        made.level = 2048;
    else if (shape_of == SHAPE_ODD_PAGES)
        made.level = 10 * made.quantum;
    draw_session(&made);
    return made;
}

/* Which cases a pull request has. */
typedef enum mix {
    MIX_USUAL,
    MIX_CONSTANT,
    MIX_SALTED,
    MIX_BIMODAL,
    MIX_AUTOCORRELATED,
    MIX_RARE_JUMP,
    MIX_SMALL_PAGES,
    MIX_SHIFTED
} mix;

/* The shape of case number `index` of `count`: in the usual mix three in ten repeat exactly. */
static inline shape shape_in(mix mix_of, size_t index, size_t count)
{
    static const struct {
        shape shape;
        double share;
    } usual[] = {{SHAPE_CONSTANT, 0.30}, {SHAPE_TWO_VALUED, 0.07}, {SHAPE_RARE_JUMP, 0.12},  {SHAPE_NORMAL_1, 0.16},
                 {SHAPE_NORMAL_5, 0.14}, {SHAPE_BIMODAL, 0.07},    {SHAPE_HEAVY_TAIL, 0.07}, {SHAPE_THREADS, 0.07}};
    static const shape only[] = {[MIX_CONSTANT] = SHAPE_CONSTANT,   [MIX_SALTED] = SHAPE_SALTED,
                                 [MIX_BIMODAL] = SHAPE_BIMODAL,     [MIX_AUTOCORRELATED] = SHAPE_AUTOCORRELATED,
                                 [MIX_RARE_JUMP] = SHAPE_RARE_JUMP, [MIX_SMALL_PAGES] = SHAPE_SMALL_PAGES,
                                 [MIX_SHIFTED] = SHAPE_SHIFTED};
    if (mix_of != MIX_USUAL)
        return only[mix_of];
    double at = ((double)index + 0.5) / (double)count;
    size_t i = 0;
    while (i + 1 < sizeof usual / sizeof usual[0] && at > usual[i].share)
        at -= usual[i++].share;
    return usual[i].shape;
}

#endif
