// batch.cc: one batch: setup, body and teardown inside Google Benchmark's loop, and what these can call.
#include "engine.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using mb_timer::instance;

struct mb_gbench_state {
    benchmark::State &loop;
    const instance &of;
    bool in_body = false;
    bool paused = false;
    bool ended = false;
    double manual_ns = 0;
};

namespace mb_timer
{

namespace
{

constexpr size_t REASON_BYTES_MAX = 400;

// Ends the function; the first reason counts.
void end(mb_gbench_state *state, ending kind, const char *reason) noexcept
{
    if (state->ended)
        return;
    state->ended = true;
    char text[REASON_BYTES_MAX + 2];
    snprintf(text, sizeof text, "%c%s", kind, reason == nullptr ? "" : reason);
    try {
        state->loop.SkipWithError(text);
    } catch (...) {
        state->loop.SkipWithError("Fout of memory"); // so short that a std::string holds it without allocating
    }
}

void end_by_exception(mb_gbench_state *state) noexcept
{
    try {
        end(state, ENDED_FAILED, exception_text().c_str());
    } catch (...) {
        end(state, ENDED_FAILED, "out of memory");
    }
}

// Calls setup or teardown.
void call(mb_gbench_state *state, void (*function)(mb_gbench_state *state, void *context)) noexcept
{
    if (function == nullptr)
        return;
    try {
        function(state, state->of.function.context);
    } catch (...) {
        end_by_exception(state);
    }
}

void call_body(mb_gbench_state *state) noexcept
{
    state->in_body = true;
    try {
        state->of.function.body(state, static_cast<uint64_t>(state->loop.max_iterations), state->of.function.context);
    } catch (...) {
        end_by_exception(state);
    }
    state->in_body = false;
}

void hand_manual_time_over(mb_gbench_state *state)
{
    const double floor_ns = static_cast<double>(state->of.options.manual_floor_ns);
    const double ns = state->manual_ns, per_iteration_ns = ns / static_cast<double>(state->loop.max_iterations);
    char text[160];
    if (!std::isfinite(ns))
        end(state, ENDED_UNTIMED, "the time that the body measured is not a finite number");
    else if (ns <= 0)
        end(state, ENDED_UNTIMED, "the body measured no time");
    else if (per_iteration_ns < floor_ns) {
        snprintf(text, sizeof text, "%.3g ns per iteration are too short to be measured one by one (less than %.0f ns)",
                 per_iteration_ns, floor_ns);
        end(state, ENDED_UNTIMED, text);
    } else
        state->loop.SetIterationTime(ns / 1e9);
}

} // namespace

// The loop is asked again after the body whatever happened in it: that is where Google Benchmark stops its clock and
// where the threads meet.
void run_batch(benchmark::State &loop, const instance &of)
{
    mb_gbench_state state{loop, of};
    call(&state, of.function.setup);
    while (loop.KeepRunningBatch(loop.max_iterations)) {
        call_body(&state);
        if (state.paused && !state.ended)
            loop.ResumeTiming();
        if (of.options.clock == MB_GBENCH_CLOCK_MANUAL && !state.ended)
            hand_manual_time_over(&state);
    }
    call(&state, of.function.teardown);
}

} // namespace mb_timer

extern "C" {

int64_t mb_gbench_arg(const mb_gbench_state *state, size_t index)
{
    const std::vector<int64_t> &args = state->of.args;
    if (index >= args.size()) {
        fprintf(stderr, "mb_gbench_arg: %s has %zu arguments, not one of index %zu\n", state->of.name.c_str(),
                args.size(), index);
        abort();
    }
    return args[index];
}

size_t mb_gbench_arg_count(const mb_gbench_state *state) { return state->of.args.size(); }

uint32_t mb_gbench_thread(const mb_gbench_state *state) { return static_cast<uint32_t>(state->loop.thread_index()); }

uint32_t mb_gbench_threads(const mb_gbench_state *state) { return static_cast<uint32_t>(state->loop.threads()); }

void mb_gbench_fail(mb_gbench_state *state, const char *message)
{
    mb_timer::end(state, mb_timer::ENDED_FAILED, message);
}

void mb_gbench_skip(mb_gbench_state *state, const char *reason)
{
    mb_timer::end(state, mb_timer::ENDED_SKIPPED, reason);
}

// Google Benchmark aborts when its clock is stopped or started out of order, so that is refused before it is asked.
void mb_gbench_pause(mb_gbench_state *state)
{
    if (state->ended)
        return;
    if (!state->in_body || state->paused) {
        mb_timer::end(state, mb_timer::ENDED_FAILED, "mb_gbench_pause: the time does not run");
        return;
    }
    state->loop.PauseTiming();
    state->paused = true;
}

void mb_gbench_resume(mb_gbench_state *state)
{
    if (state->ended)
        return;
    if (!state->in_body || !state->paused) {
        mb_timer::end(state, mb_timer::ENDED_FAILED, "mb_gbench_resume: the time is not paused");
        return;
    }
    state->loop.ResumeTiming();
    state->paused = false;
}

void mb_gbench_add_time_ns(mb_gbench_state *state, double ns) { state->manual_ns += ns; }

bool mb_gbench_set_counter(mb_gbench_state *state, const char *name, double value, unsigned bits)
{
    using benchmark::Counter;
    static const struct {
        unsigned bit;
        Counter::Flags flag;
    } table[] = {
        {MB_GBENCH_COUNTER_PER_SECOND, Counter::kIsRate},
        {MB_GBENCH_COUNTER_PER_THREAD, Counter::kAvgThreads},
        {MB_GBENCH_COUNTER_TIMES_ITERATION, Counter::kIsIterationInvariant},
        {MB_GBENCH_COUNTER_PER_ITERATION, Counter::kAvgIterations},
        {MB_GBENCH_COUNTER_INVERT, Counter::kInvert},
    };
    Counter::Flags flags = Counter::kDefaults;
    for (const auto &row : table)
        if (bits & row.bit)
            flags = flags | row.flag;
    try {
        state->loop.counters[name] = Counter(value, flags);
        return true;
    } catch (...) {
        return false;
    }
}

bool mb_gbench_set_label(mb_gbench_state *state, const char *label)
{
    try {
        state->loop.SetLabel(label);
        return true;
    } catch (...) {
        return false;
    }
}

} // extern "C"
