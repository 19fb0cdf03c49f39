/* simulate_soak_shapes.h: the series that membench-simulate-soak draws, and how often each may be judged how. */
#ifndef MEMBENCH_TESTS_SIMULATE_SOAK_SHAPES_H
#define MEMBENCH_TESTS_SIMULATE_SOAK_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_SOAK_LONGEST_SECONDS = 14400 };

/* A sum of what is not 0. */
typedef struct mb_soak_shape {
    const char *name;
    double level_bytes;                  /* 0: 50 MiB */
    double noise_bytes;                  /* white, standard deviation */
    double neighbour_noise;              /* AR(1) with coefficient 0.99, standard deviation in bytes */
    double tail_bytes;                   /* heavy tail: t of 2 degrees, times this */
    double walk_bytes;                   /* random walk, standard deviation of a second's step */
    double climb_bytes, climb_seconds;   /* towards a plateau, exponentially */
    double logarithm_bytes;              /* times ln(1 + minutes) */
    double tooth_bytes, tooth_seconds;   /* sawtooth */
    double wave_bytes, wave_seconds;     /* sine */
    double step_bytes;                   /* one step, anywhere in the middle of the first 30 minutes */
    double steps_bytes;                  /* up or down by it, every ten minutes on average */
    double stair_bytes, stair_seconds;   /* up by it, each time */
    double stray_bytes, stray_seconds;   /* up by 0.5 to 1.5 of it, after 0.8 to 1.2 of the time */
    double flight_bytes, flight_uneven;  /* up by it two times or more in two hours, at a distance drawn for each
                                          * soak; the share by which distances and rises vary */
    double peak_bytes, peak_seconds;     /* so much more for so long from each of these rises on */
    double slab_bytes;                   /* what grows comes in whole ones of it */
    double warm_bytes;                   /* up by it after 4, 9 and 15 minutes, and never again */
    double dip_ratio;                    /* share of seconds in which up to 8 MiB are gone */
    double fill_bytes, fill_seconds;     /* a cache that fills along a line, and is full */
    double square_bytes;                 /* grows with the square of time by that in four hours */
    double double_bytes, double_seconds; /* doubles again and again, and holds so much more after four hours */
    double factor;                       /* a table that is grown by this factor … */
    double table_bytes, table_rate;      /* … from this size on, as it holds so many bytes a second more */
    double leak_bytes_per_second;
    double leak_most, leak_least; /* bounds on LEAK until there is a verdict, as shares */
    double plateau_most, plateau_least;
    bool is_none_at_two_hours; /* no PLATEAU there, not even one */
    double period_seconds;     /* that the user names; 0: none */
} mb_soak_shape;

extern const mb_soak_shape mb_soak_shapes[];
extern const size_t mb_soak_shape_count;

/* Before the first draw: the same seed draws the same. */
void mb_soak_shape_seed(uint64_t seed);

/* A value a second for four hours into arrays of MB_SOAK_LONGEST_SECONDS + 1, in whole pages. */
void mb_soak_shape_draw(const mb_soak_shape *shape, double *times, double *values);

#endif
