#include "tests/simulate_growth.h"

#include "judge/sweep_fit.h"
#include "tests/simulate_random.h"

#include <math.h>
#include <stdio.h>

enum { PAGE = 4096, SIZES_MAX = 12, A_SIZE = 5 };

typedef enum data { DATA_EXACT, DATA_PAGES, DATA_NOISE, DATA_COUNT } data;

static const char *const data_names[DATA_COUNT] = {"exact", "pages", "1 % noise"};

typedef struct grid {
    const char *name;
    double sizes[SIZES_MAX]; /* ends with 0 */
} grid;

static const grid grids[] = {
    {"tens", {10, 20, 30, 40, 50}},
    {"long tens", {10, 20, 30, 40, 50, 60, 70, 80, 90, 100}},
    {"bundled", {10, 50, 100, 200}},
    {"powers of 2", {1, 2, 4, 8, 16, 32, 64, 128}},
    {"powers of 4", {1, 4, 16, 64, 256}},
    {"powers of 10", {1, 10, 100, 1000, 10000}},
    {"thirds", {3, 10, 30, 100, 300, 1000}},
    {"odd", {3, 7, 19, 53, 151, 433}},
    {"doubled tens", {10, 20, 40, 80, 160, 320}},
};

/* What one sweep of a shape is made of: drawn for each, since a staircase may hit a grid by chance. */
typedef struct draw {
    double bytes, chunk, overhead, largest, factor;
} draw;

static double slabs(double n, const draw *d) { return d->chunk * d->bytes * ceil(n / d->chunk); }

static double vector(double n, const draw *d)
{
    double capacity = 4;
    while (capacity < n)
        capacity = floor(capacity * d->factor);
    return capacity * d->bytes;
}

static double hash_table(double n, const draw *d)
{
    double buckets = 16;
    while (buckets * 0.75 < n)
        buckets *= 2;
    return buckets * 8 + n * d->bytes;
}

/* Python's list: an eighth more than is needed, and six, in pointers. */
static double list(double n, const draw *d)
{
    double capacity = 0 * d->bytes;
    while (capacity < n)
        capacity += 1 + floor((capacity + 1) / 8) + (capacity < 8 ? 3 : 6);
    return capacity * 8;
}

static double straight(double n, const draw *d) { return n * d->bytes; }
static double cache(double n, const draw *d) { return d->bytes * fmin(n, d->largest * d->factor / 4); }
static double late_step(double n, const draw *d) { return d->bytes * (n + (n > d->largest / 2 ? d->largest / 2 : 0)); }
static double root(double n, const draw *d) { return d->bytes * 64 * sqrt(n); }
static double power_six_fifths(double n, const draw *d) { return d->bytes * pow(n, 1.2); }
static double power_three_halves(double n, const draw *d) { return d->bytes * pow(n, 1.5); }
static double cube(double n, const draw *d) { return d->bytes * n * n * n; }
static double logarithm(double n, const draw *d) { return d->bytes * 64 * log2(n); }
static double linear_log(double n, const draw *d) { return d->bytes * n * log2(n); }
static double square(double n, const draw *d) { return d->bytes * n * n; }

typedef struct shape {
    const char *name;
    double (*bytes_of)(double n, const draw *d);
    double factor;                 /* of a vector; of a cache, how much of the largest size fills it, times 4 */
    mb_growth truth;               /* MB_GROWTH_NONE: no class, so none may be named alone */
    double exponent;               /* of a power that is not a class; 0: of another shape */
    double wrong_most[DATA_COUNT]; /* more wrong classes than the rule may name, where it is known to */
} shape;

static const shape shapes[] = {
    {"slabs", slabs, 0, MB_GROWTH_LINEAR, 0, {0}},
    {"vector × 1.5", vector, 1.5, MB_GROWTH_LINEAR, 0, {0}},
    {"vector × 2", vector, 2, MB_GROWTH_LINEAR, 0, {0}},
    {"Python's list", list, 0, MB_GROWTH_LINEAR, 0, {0.12, 0.01, 0.01}},
    {"hash table", hash_table, 0, MB_GROWTH_LINEAR, 0, {0}},
    {"N", straight, 0, MB_GROWTH_LINEAR, 0, {0}},
    {"cache, full at a quarter", cache, 1, MB_GROWTH_NONE, 0, {0}},
    {"cache, full at three quarters", cache, 3, MB_GROWTH_NONE, 0, {0}},
    {"N, a step in the upper half", late_step, 0, MB_GROWTH_NONE, 0, {0}},
    {"√N", root, 0, MB_GROWTH_NONE, 0.5, {0}},
    {"N^1.2", power_six_fifths, 0, MB_GROWTH_NONE, 1.2, {0, 0.25, 0.4}},
    {"N^1.5", power_three_halves, 0, MB_GROWTH_NONE, 1.5, {0}},
    {"N^3", cube, 0, MB_GROWTH_NONE, 3, {0}},
    {"lg N", logarithm, 0, MB_GROWTH_LOG, 0, {0}},
    {"N lg N", linear_log, 0, MB_GROWTH_LINEAR_LOG, 0, {0}},
    {"N^2", square, 0, MB_GROWTH_SQUARE, 0, {0}},
};

typedef struct rates {
    size_t runs, alone, among, wrong, powers, held, near;
} rates;

static size_t make_points(const shape *of, const grid *at, data kind, double *x, double *y)
{
    size_t sizes = 0, count = 0;
    while (sizes < SIZES_MAX && at->sizes[sizes] > 0)
        sizes++;
    draw d = {.chunk = 2 + floor(uniform() * (at->sizes[sizes - 1] / 3 - 1)),
              .bytes = 16 + 8 * floor(uniform() * 200),
              .overhead = floor(uniform() * 100000),
              .largest = at->sizes[sizes - 1],
              .factor = of->factor};
    /* In pages and under noise 2 to 8 MiB from the smallest size to the largest, over an overhead of up to as much. */
    double low = of->bytes_of(at->sizes[0], &d), high = of->bytes_of(d.largest, &d);
    double scale = kind == DATA_EXACT || high <= low ? 1 : (2 << 20) * (1 + 3 * uniform()) / (high - low);
    double overhead = kind == DATA_EXACT ? d.overhead : (2 << 20) * uniform();
    for (size_t i = 0; i < sizes; i++)
        for (size_t k = 0; k < (kind == DATA_NOISE ? A_SIZE : 1); k++) {
            double bytes = overhead + scale * of->bytes_of(at->sizes[i], &d);
            x[count] = at->sizes[i];
            y[count++] = kind == DATA_EXACT   ? round(bytes)
                         : kind == DATA_PAGES ? PAGE * ceil(bytes / PAGE)
                                              : PAGE * round(bytes * (1 + 0.01 * normal()) / PAGE);
        }
    return count;
}

static void name_one(const shape *of, const grid *at, data kind, rates *r)
{
    double x[SIZES_MAX * A_SIZE], y[SIZES_MAX * A_SIZE];
    size_t count = make_points(of, at, kind, x, y);
    mb_growth_fit found = mb_growth_find(x, y, count, kind == DATA_EXACT ? 1 : PAGE);
    bool is_truth = of->truth != MB_GROWTH_NONE && found.is_possible[of->truth];
    r->runs++;
    r->alone += is_truth && found.possible_count == 1;
    r->among += is_truth;
    r->wrong += found.possible_count == 1 && !is_truth;
    if (!found.has_exponent || of->exponent == 0)
        return;
    r->powers++;
    r->near += fabs(found.exponent - of->exponent) <= 0.1;
    r->held += found.exponent_low <= of->exponent && of->exponent <= found.exponent_high;
}

/* On exact and page data a wrong class alone is an error of the rule, under noise of chance: at most 2 %. */
static bool print_row(const shape *of, data kind, const rates *r)
{
    double n = (double)r->runs, most = fmax(kind == DATA_NOISE ? 0.02 : 0, of->wrong_most[kind]);
    bool good = (double)r->wrong / n <= with_chance(most, r->runs);
    printf("| %s | %s |", of->name, data_names[kind]);
    if (of->truth != MB_GROWTH_NONE)
        printf(" %.1f %% | %.1f %% |", 100 * (double)r->alone / n, 100 * (double)r->among / n);
    else
        printf(" – | – |");
    printf(" %.2f %% |", 100 * (double)r->wrong / n);
    if (r->powers > 0) {
        double powers = (double)r->powers;
        printf(" %.1f %% | %.1f %% | %.1f %% |", 100 * powers / n, 100 * (double)r->near / powers,
               100 * (double)r->held / powers);
        good = good && (kind != DATA_EXACT || r->near == r->powers) && (double)r->held / powers >= 0.95;
    } else {
        printf(" – | – | – |");
    }
    printf("%s\n", good ? "" : " **beyond its bound**");
    return good;
}

bool simulate_growth(size_t runs)
{
    bool good = true;
    random_state = 1;
    printf("\nShapes: %zu sweeps a row on each of %zu grids; 5 samples a size under noise.\n\n"
           "| shape | data | class alone | class among those named | another alone | named a power | exponent within "
           "0.1 | interval holds it |\n|---|---|---|---|---|---|---|---|\n",
           runs, sizeof grids / sizeof grids[0]);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (int kind = 0; kind < DATA_COUNT; kind++) {
            rates r = {0};
            for (size_t g = 0; g < sizeof grids / sizeof grids[0]; g++)
                for (size_t i = 0; i < runs; i++)
                    name_one(&shapes[s], &grids[g], (data)kind, &r);
            good = print_row(&shapes[s], (data)kind, &r) && good;
        }
    return good;
}
