#include "tests/simulate_soak_shapes.h"

#include "tests/simulate_random.h"

#include <math.h>

enum { PAGE_BYTES = 4096, KIB = 1024, MIB = 1024 * 1024, FLIGHT_MAX = 32 };

/* clang-format off */
const mb_soak_shape mb_soak_shapes[] = {
    {.name = "flat, constant", .plateau_most = 1},
    {.name = "flat, white noise of 64 KiB", .noise_bytes = 64 * KIB, .plateau_most = 1},
    {.name = "flat, noise of 256 KiB that resembles its neighbour", .neighbour_noise = 256 * KIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "climb by 20 MiB, then plateau (time constant 5 min)", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 300, .plateau_most = 1},
    {.name = "climb by 20 MiB, then plateau (time constant 20 min)", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 1200, .plateau_most = 1},
    {.name = "logarithmic, 2 MiB · ln(1 + minutes)", .noise_bytes = 64 * KIB, .logarithm_bytes = 2 * MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every 20 s", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 20, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every 5 min", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 300, .plateau_most = 1},
    {.name = "one step of 8 MiB", .noise_bytes = 64 * KIB, .step_bytes = 8 * MIB, .plateau_most = 1},
    {.name = "steps of 1 MiB up or down, one in 10 min", .noise_bytes = 64 * KIB, .steps_bytes = MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "random walk, 16 KiB a second", .walk_bytes = 16 * KIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "leak of 0.1 KB/s: 360 KiB/h, below 1 %/h of 50 MiB", .leak_bytes_per_second = 102.4, .plateau_most = 1},
    {.name = "leak of 0.1 KB/s over 5 MiB, no noise", .level_bytes = 5 * MIB, .leak_bytes_per_second = 102.4, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "leak of 0.2 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 204.8, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.1},
    {.name = "leak of 1 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "leak of 1 KB/s, noise that resembles its neighbour", .neighbour_noise = 256 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
    {.name = "leak of 10 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 10240, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "sawtooth of 8 MiB every 20 s, leak of 1 KB/s", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 20, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0.01},
    {.name = "climb by 20 MiB (5 min), leak of 1 KB/s", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 300, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
    {.name = "flat, heavy tails", .tail_bytes = 64 * KIB, .leak_most = 0.005, .plateau_most = 1},
    {.name = "flat, dips of up to 8 MiB in 1 %", .dip_ratio = 0.01, .leak_most = 0.005, .plateau_most = 1},
    {.name = "leak of 1 KB/s, dips of up to 8 MiB in 1 %", .dip_ratio = 0.01, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95},
    {.name = "leak of 1 KB/s, dips, noise of 64 KiB", .dip_ratio = 0.01, .noise_bytes = 64 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95},
    {.name = "leak of 1 KB/s, heavy tails", .tail_bytes = 64 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95},
    {.name = "climb by 20 MiB (time constant 60 min)", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 3600, .leak_most = 0.01, .plateau_most = 1},
    {.name = "climb by 20 MiB (time constant 60 min), little noise", .noise_bytes = 20 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 3600, .leak_most = 0.01, .plateau_most = 1},
    {.name = "climb by 20 MiB (time constant 40 min)", .noise_bytes = 20 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 2400, .leak_most = 0.01, .plateau_most = 1},
    {.name = "cache of 6 MiB, full after 25 min", .noise_bytes = 20 * KIB, .fill_bytes = 6 * MIB, .fill_seconds = 1500, .leak_most = 0.01, .plateau_most = 1},
    {.name = "cache of 6 MiB, full after 50 min", .noise_bytes = 20 * KIB, .fill_bytes = 6 * MIB, .fill_seconds = 3000, .leak_most = 0.01, .plateau_most = 1},
    {.name = "cache of 6 MiB, full after 100 min", .noise_bytes = 20 * KIB, .fill_bytes = 6 * MIB, .fill_seconds = 6000, .leak_most = 0.01, .plateau_most = 1},
    {.name = "cache of 40 MiB, full after 110 min", .noise_bytes = 64 * KIB, .fill_bytes = 40 * MIB, .fill_seconds = 6600, .leak_most = 0.01, .plateau_most = 1},
    {.name = "cache of 40 MiB in slabs of 4 MiB, full after 100 min", .noise_bytes = 20 * KIB, .fill_bytes = 40 * MIB, .fill_seconds = 6000, .slab_bytes = 4 * MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "climb by 40 MiB in slabs of 1 MiB (time constant 60 min)", .climb_bytes = 40 * MIB, .climb_seconds = 3600, .slab_bytes = MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "stairs of 4 MiB every 10 min", .noise_bytes = 64 * KIB, .stair_bytes = 4 * MIB, .stair_seconds = 600, .leak_most = 1, .leak_least = 0.95},
    {.name = "stairs of 4 MiB every 30 min", .noise_bytes = 64 * KIB, .stair_bytes = 4 * MIB, .stair_seconds = 1800, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.03},
    {.name = "stairs of 4 MiB every 20 min, no noise", .stair_bytes = 4 * MIB, .stair_seconds = 1200, .leak_most = 1, .leak_least = 0.95},
    {.name = "stairs of 16 MiB every hour", .noise_bytes = 64 * KIB, .stair_bytes = 16 * MIB, .stair_seconds = 3600, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.03},
    {.name = "stairs of 16 MiB every hour, no noise", .stair_bytes = 16 * MIB, .stair_seconds = 3600, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.03},
    {.name = "stairs of 2 MiB every hour", .noise_bytes = 64 * KIB, .stair_bytes = 2 * MIB, .stair_seconds = 3600, .leak_most = 1, .plateau_most = 0.03},
    {.name = "stairs of 16 MiB every hour, --period 1h", .noise_bytes = 64 * KIB, .stair_bytes = 16 * MIB, .stair_seconds = 3600, .period_seconds = 3600, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0},
    {.name = "stairs of 16 MiB every 90 min", .noise_bytes = 64 * KIB, .stair_bytes = 16 * MIB, .stair_seconds = 5400, .leak_most = 1, .plateau_most = 1},
    {.name = "stairs of 2 MiB, two rises or more in two hours, no noise", .flight_bytes = 2 * MIB, .leak_most = 1, .plateau_most = 1, .is_none_at_two_hours = true},
    {.name = "stairs of 2 MiB, two rises or more in two hours", .noise_bytes = 64 * KIB, .flight_bytes = 2 * MIB, .leak_most = 1, .plateau_most = 1, .is_none_at_two_hours = true},
    {.name = "uneven stairs of some 2 MiB, two rises or more in two hours", .noise_bytes = 64 * KIB, .flight_bytes = 2 * MIB, .flight_uneven = 0.4, .leak_most = 1, .plateau_most = 1, .is_none_at_two_hours = true},
    {.name = "stairs of 2 MiB, two rises or more, noise that resembles its neighbour", .neighbour_noise = 64 * KIB, .flight_bytes = 2 * MIB, .leak_most = 1, .plateau_most = 1, .is_none_at_two_hours = true},
    {.name = "job that needs 10 MiB for 2 min and loses 2 MiB, twice or more in two hours", .noise_bytes = 64 * KIB, .flight_bytes = 2 * MIB, .peak_bytes = 10 * MIB, .peak_seconds = 120, .leak_most = 1, .plateau_most = 0.06},
    {.name = "warm-up in steps of 4 MiB at 4, 9 and 15 min", .noise_bytes = 64 * KIB, .warm_bytes = 4 * MIB, .plateau_most = 1, .plateau_least = 0.95},
    {.name = "uneven stairs of some 4 MiB, every 12 min or so", .noise_bytes = 64 * KIB, .stray_bytes = 4 * MIB, .stray_seconds = 720, .leak_most = 1, .plateau_most = 0.01},
    {.name = "stairs of 3 MiB over 500 MiB every 40 min: within the tolerance", .level_bytes = 500 * MIB, .noise_bytes = 64 * KIB, .stair_bytes = 3 * MIB, .stair_seconds = 2400, .leak_most = 0.01, .plateau_most = 1, .is_none_at_two_hours = true},
    {.name = "stairs of 64 KiB every minute, no noise", .stair_bytes = 64 * KIB, .stair_seconds = 60, .leak_most = 1, .leak_least = 0.95},
    {.name = "table grown by half from 8 MiB, 10 KB/s", .factor = 1.5, .table_bytes = 8 * MIB, .table_rate = 10240, .leak_most = 1, .plateau_most = 1},
    {.name = "table doubled from 64 KiB, 1.3 KB/s", .factor = 2, .table_bytes = 64 * KIB, .table_rate = 1280, .leak_most = 1, .plateau_most = 1},
    {.name = "grows with the square of time, 30 MiB in 4 h", .noise_bytes = 64 * KIB, .square_bytes = 30 * MIB, .leak_most = 1, .leak_least = 0.95},
    {.name = "grows with the square of time, 10 MiB in 4 h", .noise_bytes = 64 * KIB, .square_bytes = 10 * MIB, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
    {.name = "grows with the square of time, 10 MiB in 4 h, no noise", .square_bytes = 10 * MIB, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
    {.name = "doubles every 40 min, 40 MiB in 4 h", .noise_bytes = 16 * KIB, .double_bytes = 40 * MIB, .double_seconds = 2400, .leak_most = 1, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every minute", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 60, .leak_most = 0.005, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every minute, leak of 1 KB/s", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 60, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95},
    {.name = "sawtooth of 8 MiB every 10 min", .noise_bytes = 64 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 600, .leak_most = 0.005, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every 10 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 600, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9},
    {.name = "sine of 1 MiB every 20 min", .noise_bytes = 64 * KIB, .wave_bytes = MIB, .wave_seconds = 1200, .leak_most = 0.005, .plateau_most = 1},
    {.name = "sine of 1 MiB every 20 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .wave_bytes = MIB, .wave_seconds = 1200, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9},
    {.name = "collector or restart: 20 MiB falls back every hour", .noise_bytes = 64 * KIB, .tooth_bytes = 20 * MIB, .tooth_seconds = 3600, .leak_most = 0.05, .plateau_most = 1},
    {.name = "sawtooth of 20 MiB every hour, leak of 1 KB/s", .noise_bytes = 64 * KIB, .tooth_bytes = 20 * MIB, .tooth_seconds = 3600, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.01},
    {.name = "sawtooth of 8 MiB every 75 min: three periods", .noise_bytes = 64 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 4500, .leak_most = 0.005, .plateau_most = 1, .plateau_least = 0.9},
    {.name = "sawtooth of 8 MiB every 75 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 4500, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.01},
    {.name = "sine of 4 MiB every 75 min: three periods", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4500, .leak_most = 0.005, .plateau_most = 1, .plateau_least = 0.9},
    {.name = "sine of 4 MiB every 75 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4500, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.01},
    {.name = "sine of 4 MiB every 80 min: just three periods", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4800, .leak_most = 0.005, .plateau_most = 1, .plateau_least = 0.9},
    {.name = "sine of 4 MiB every 80 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4800, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.01},
    {.name = "sawtooth of 8 MiB every 80 min, leak of 1 KB/s", .noise_bytes = 64 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 4800, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.01},
    {.name = "sine of 4 MiB every 75 min, noise that resembles its neighbour", .neighbour_noise = 256 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4500, .leak_most = 0.005, .plateau_most = 1},
    {.name = "sine of 4 MiB every 75 min, climb by 20 MiB (time constant 40 min)", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 4500, .climb_bytes = 20 * MIB, .climb_seconds = 2400, .leak_most = 0.01, .plateau_most = 1},
    {.name = "sine of 4 MiB every day", .noise_bytes = 64 * KIB, .wave_bytes = 4 * MIB, .wave_seconds = 86400, .leak_most = 1, .plateau_most = 1},
    {.name = "doubles every 20 min, 40 MiB in 4 h", .noise_bytes = 16 * KIB, .double_bytes = 40 * MIB, .double_seconds = 1200, .leak_most = 1, .plateau_most = 1},
    {.name = "climb by 20 MiB (5 min), job that needs 10 MiB for 2 min and gives it back", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 300, .flight_bytes = 1, .peak_bytes = 10 * MIB, .peak_seconds = 120, .leak_most = 0.005, .plateau_most = 1, .plateau_least = 0.9},
};
/* clang-format on */
const size_t mb_soak_shape_count = sizeof mb_soak_shapes / sizeof mb_soak_shapes[0];

void mb_soak_shape_seed(uint64_t seed) { random_state = seed; }

/* What of a shape depends on nothing but the time, and where its waves begin. */
static double steady_part(const mb_soak_shape *s, double t, double phase)
{
    double value = s->logarithm_bytes * log(1 + t / 60) + s->leak_bytes_per_second * t;
    value += s->square_bytes * pow(t / MB_SOAK_LONGEST_SECONDS, 2);
    if (s->climb_seconds > 0)
        value += s->climb_bytes * (1 - exp(-t / s->climb_seconds));
    if (s->tooth_seconds > 0)
        value += s->tooth_bytes * fmod(t / s->tooth_seconds + phase, 1);
    if (s->wave_seconds > 0)
        value += s->wave_bytes * sin(2 * acos(-1) * (t / s->wave_seconds + phase));
    if (s->stair_seconds > 0)
        value += s->stair_bytes * floor(t / s->stair_seconds + phase);
    value += s->warm_bytes * ((t >= 240) + (t >= 540) + (t >= 900));
    if (s->fill_seconds > 0)
        value += s->fill_bytes * fmin(1, t / s->fill_seconds);
    if (s->double_seconds > 0)
        value += s->double_bytes * exp2((t - MB_SOAK_LONGEST_SECONDS) / s->double_seconds);
    double capacity = s->table_bytes;
    while (s->factor > 1 && capacity < 0.9 * (1 + 0.1 * phase) * s->table_bytes + s->table_rate * t)
        capacity *= s->factor;
    value += capacity;
    return s->slab_bytes > 0 ? ceil(value / s->slab_bytes + phase) * s->slab_bytes : value;
}

/* Where stairs rise and by how much: one distance for all, and twice at least up to two hours. */
static size_t draw_flight(const mb_soak_shape *s, double *rises, double *heights)
{
    size_t count, early;
    do {
        double distance = 7200 * (0.1 + 0.9 * uniform()), at = distance * uniform();
        for (count = early = 0; at < MB_SOAK_LONGEST_SECONDS; count++) {
            rises[count] = at;
            heights[count] = s->flight_bytes * (1 + s->flight_uneven * (2 * uniform() - 1));
            early += at <= 7200;
            at += distance * (1 + s->flight_uneven * (uniform() - 0.5));
        }
    } while (early < 2);
    return count;
}

void mb_soak_shape_draw(const mb_soak_shape *s, double *times, double *values)
{
    double neighbour = normal(), walk = 0, steps = 0, phase = uniform(), step_at = 1800 * (0.3 + 0.4 * uniform());
    double rises[FLIGHT_MAX], heights[FLIGHT_MAX];
    size_t rise_count = s->flight_bytes > 0 ? draw_flight(s, rises, heights) : 0, risen = 0;
    double next_stray = s->stray_seconds > 0 ? s->stray_seconds * uniform() : INFINITY;
    for (size_t i = 0; i <= MB_SOAK_LONGEST_SECONDS; i++) {
        double t = (double)i, value = s->level_bytes > 0 ? s->level_bytes : 50.0 * MIB;
        neighbour = 0.99 * neighbour + sqrt(1 - 0.99 * 0.99) * normal();
        walk += s->walk_bytes * normal();
        if (uniform() < 1.0 / 600)
            steps += uniform() < 0.5 ? s->steps_bytes : -s->steps_bytes;
        for (; t >= next_stray; next_stray += s->stray_seconds * (0.8 + 0.4 * uniform()))
            steps += s->stray_bytes * (0.5 + uniform());
        for (; risen < rise_count && t >= rises[risen]; risen++)
            steps += heights[risen];
        if (risen > 0 && t < rises[risen - 1] + s->peak_seconds)
            value += s->peak_bytes;
        value += s->noise_bytes * normal() + s->neighbour_noise * neighbour + walk + steps + steady_part(s, t, phase);
        if (s->tail_bytes > 0)
            value += s->tail_bytes * normal() / sqrt(-log(uniform()));
        if (uniform() < s->dip_ratio)
            value -= 8 * MIB * uniform();
        if (t >= step_at)
            value += s->step_bytes;
        times[i] = t;
        values[i] = fmax(PAGE_BYTES, floor(value / PAGE_BYTES) * PAGE_BYTES);
    }
}
