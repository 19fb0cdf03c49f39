// gbench.cc: implements gbench.h on Google Benchmark. With batch.cc and library.cc it is the project's only C++.
//
// Google Benchmark gets one benchmark per function and row of arguments, its loop is asked for all iterations at once,
// and a reporter of ours takes the results, so nothing is formatted or printed. What differs between its versions is
// chosen by what the installed header declares (message_of), never by a version number.
#include "engine.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <regex.h>
#include <sstream>
#include <string>
#include <vector>

using namespace mb_timer;

struct mb_gbench {
    std::vector<instance> instances;
};

namespace
{

constexpr uint64_t PLAIN_MANUAL_FLOOR_NS = 1000;

// Text of a run that ended early, or nullptr: in fields called skipped and skip_message since 1.8, before that in
// error_occurred and error_message.
template <class Run> auto message_of(const Run &run, int) -> decltype(run.skip_message.c_str())
{
    return run.skipped ? run.skip_message.c_str() : nullptr;
}
template <class Run> auto message_of(const Run &run, long) -> decltype(run.error_message.c_str())
{
    return run.error_occurred ? run.error_message.c_str() : nullptr;
}

mb_status status_of(char kind)
{
    switch (kind) {
    case '\0':
    case ENDED_UNTIMED:
        return MB_OK;
    case ENDED_SKIPPED:
        return MB_SKIPPED;
    default: // ENDED_FAILED, or an error of Google Benchmark's own
        return MB_FAILED;
    }
}

mb_gbench_figure figure_of(double value, const char *reason)
{
    if (reason != nullptr)
        return {0, reason};
    if (!std::isfinite(value))
        return {0, "not a finite number"};
    return {value, nullptr};
}

// Takes Google Benchmark's results and passes them on, until the callback throws.
class reporter final : public benchmark::BenchmarkReporter
{
    const std::vector<instance> &instances;
    const mb_gbench_result_callback on_result;
    void *const context;
    std::ostringstream log;

  public:
    std::string trouble; // empty: none

    reporter(const std::vector<instance> &ran, mb_gbench_result_callback callback, void *callback_context)
        : instances(ran), on_result(callback), context(callback_context)
    {
        SetOutputStream(&log);
        SetErrorStream(&log);
    }

    std::string log_text() const { return log.str(); }

    bool ReportContext(const Context &) override { return true; }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type != Run::RT_Iteration || !trouble.empty())
                continue; // summaries are the caller's to make
            try {
                deliver(run);
            } catch (...) {
                trouble = "on_result: " + exception_text();
            }
        }
    }

  private:
    void deliver(const Run &run) const
    {
        // All registered families run, so their index is the place where they were registered.
        const instance &of = instances.at(static_cast<size_t>(run.family_index));
        const char *text = message_of(run, 0);
        const char kind = text == nullptr ? '\0' : text[0];
        const char *reason = text == nullptr ? nullptr : text + (kind != '\0');
        const double iterations = static_cast<double>(run.iterations);

        std::vector<mb_gbench_counter> counters;
        for (const auto &counter : run.counters)
            counters.push_back({counter.first.c_str(), figure_of(counter.second.value, nullptr)});

        mb_gbench_result result = {};
        result.name = of.name.c_str();
        result.args = of.args.data();
        result.arg_count = of.args.size();
        result.repetition = static_cast<uint32_t>(run.repetition_index);
        result.repetition_count = of.options.repetitions;
        result.threads = of.options.threads;
        result.status = status_of(kind);
        result.message = result.status == MB_OK ? nullptr : reason;
        result.iterations = static_cast<uint64_t>(run.iterations);
        result.real_time_ns = figure_of(run.real_accumulated_time * 1e9 / iterations, reason);
        result.cpu_time_ns = figure_of(run.cpu_accumulated_time * 1e9 / iterations, reason);
        result.label = run.report_label.c_str();
        result.counters = counters.data();
        result.counter_count = counters.size();
        on_result(&result, context);
    }
};

// Google Benchmark's registry holds what is in it for one run only.
struct registry {
    registry() { benchmark::ClearRegisteredBenchmarks(); }
    registry(const registry &) = delete;
    registry &operator=(const registry &) = delete;
    ~registry() { benchmark::ClearRegisteredBenchmarks(); }

    static void add(const instance *of)
    {
        const mb_gbench_options &options = of->options;
        auto *entry =
            benchmark::RegisterBenchmark(of->name.c_str(), [of](benchmark::State &loop) { run_batch(loop, *of); });
        entry->Repetitions(static_cast<int>(options.repetitions));
        entry->ReportAggregatesOnly(false);
        entry->Threads(static_cast<int>(options.threads));
        if (options.iterations > 0) {
            entry->Iterations(static_cast<benchmark::IterationCount>(options.iterations));
        } else {
            entry->MinTime(static_cast<double>(options.min_time_ns) / 1e9);
            entry->MinWarmUpTime(static_cast<double>(options.warm_up_time_ns) / 1e9);
        }
        if (options.process_cpu_time)
            entry->MeasureProcessCPUTime();
        switch (options.clock) {
        case MB_GBENCH_CLOCK_REAL:
            entry->UseRealTime();
            break;
        case MB_GBENCH_CLOCK_CPU:
            break;
        case MB_GBENCH_CLOCK_MANUAL:
            entry->UseManualTime();
            break;
        }
    }
};

// Held by the one run that a process can have at a time.
class turn
{
    static std::atomic_flag taken;
    const bool ours = !taken.test_and_set();

  public:
    turn() = default;
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;
    ~turn()
    {
        if (ours)
            taken.clear();
    }
    bool is_ours() const { return ours; }
};
std::atomic_flag turn::taken = ATOMIC_FLAG_INIT;

// A filter as mb_gbench_run describes it.
class name_filter
{
    regex_t expression = {};
    bool all = true, inverted = false;

  public:
    name_filter() = default;
    name_filter(const name_filter &) = delete;
    name_filter &operator=(const name_filter &) = delete;
    ~name_filter()
    {
        if (!all)
            regfree(&expression);
    }

    mb_status init(const char *text, char *message, size_t message_bytes)
    {
        if (text == nullptr)
            return MB_OK;
        inverted = text[0] == '-';
        const int wrong = regcomp(&expression, text + inverted, REG_EXTENDED | REG_NOSUB);
        if (wrong != 0) {
            char why[128];
            regerror(wrong, &expression, why, sizeof why);
            return fail(message, message_bytes, "filter '%s': %s", text, why);
        }
        all = false;
        return MB_OK;
    }

    bool accepts(const std::string &name) const
    {
        return all || (regexec(&expression, name.c_str(), 0, nullptr, 0) == 0) != inverted;
    }
};

mb_status check_options(const mb_gbench_options &options, char *message, size_t message_bytes)
{
    if (options.iterations > 0 && (options.min_time_ns > 0 || options.warm_up_time_ns > 0))
        return fail(message, message_bytes, "iterations exclude min_time_ns and warm_up_time_ns");
    if (options.iterations > UINT64_C(1) << 40)
        return fail(message, message_bytes, "iterations: %llu is more than 2^40",
                    static_cast<unsigned long long>(options.iterations));
    if (options.repetitions > 1000000)
        return fail(message, message_bytes, "repetitions: %u is more than 1000000", options.repetitions);
    if (options.threads > MB_GBENCH_THREADS_MAX)
        return fail(message, message_bytes, "threads: %u is more than %d", options.threads, MB_GBENCH_THREADS_MAX);
    if (options.clock < MB_GBENCH_CLOCK_REAL || options.clock > MB_GBENCH_CLOCK_MANUAL)
        return fail(message, message_bytes, "clock: %d is none", static_cast<int>(options.clock));
    return MB_OK;
}

mb_status check_function(const mb_gbench_function &function, char *message, size_t message_bytes)
{
    if (function.name == nullptr || function.name[0] == '\0')
        return fail(message, message_bytes, "the function has no name");
    if (function.body == nullptr)
        return fail(message, message_bytes, "%s: the function has no body", function.name);
    if (function.arg_count > MB_GBENCH_ARGS_MAX)
        return fail(message, message_bytes, "%s: %zu arguments are more than %d", function.name, function.arg_count,
                    MB_GBENCH_ARGS_MAX);
    if (function.arg_count > 0 && (function.args == nullptr || function.row_count == 0))
        return fail(message, message_bytes, "%s: arguments are announced and none are given", function.name);
    return MB_OK;
}

std::string instance_name(const mb_gbench_function &function, const int64_t *args, uint32_t threads)
{
    std::string name = function.name;
    for (size_t i = 0; i < function.arg_count; i++) {
        name += '/';
        if (function.arg_names != nullptr && function.arg_names[i] != nullptr && function.arg_names[i][0] != '\0')
            name += std::string(function.arg_names[i]) + ':';
        name += std::to_string(args[i]);
    }
    if (threads > 1)
        name += "/threads:" + std::to_string(threads);
    return name;
}

mb_status add(mb_gbench *gbench, const mb_gbench_function &function, const mb_gbench_options *given, char *message,
              size_t message_bytes)
{
    mb_gbench_options options = given == nullptr ? mb_gbench_options{} : *given;
    if (check_function(function, message, message_bytes) != MB_OK ||
        check_options(options, message, message_bytes) != MB_OK)
        return MB_FAILED;
    options.repetitions = options.repetitions == 0 ? 1 : options.repetitions;
    options.threads = options.threads == 0 ? 1 : options.threads;
    options.min_time_ns = options.min_time_ns == 0 ? 500000000 : options.min_time_ns;

    std::vector<instance> added;
    const size_t rows = function.arg_count == 0 ? 1 : function.row_count;
    for (size_t row = 0; row < rows; row++) {
        const int64_t *args = function.arg_count == 0 ? nullptr : function.args + row * function.arg_count;
        added.push_back(
            {instance_name(function, args, options.threads), {args, args + function.arg_count}, function, options});
    }
    gbench->instances.insert(gbench->instances.end(), added.begin(), added.end());
    return MB_OK;
}

mb_status run(const mb_gbench *gbench, const char *filter, mb_gbench_result_callback on_result, void *context,
              char *message, size_t message_bytes)
{
    const turn mine;
    if (!mine.is_ours())
        return fail(message, message_bytes, "a run is going on in this process already");
    name_filter wanted;
    if (wanted.init(filter, message, message_bytes) != MB_OK)
        return MB_FAILED;
    std::vector<instance> chosen; // a copy: a callback may register or clear
    for (const instance &of : gbench->instances)
        if (wanted.accepts(of.name))
            chosen.push_back(of);
    if (chosen.empty())
        return fail(message, message_bytes, "no function matches '%s'", filter == nullptr ? "" : filter);

    set_up_library();
    registry entries;
    for (const instance &of : chosen)
        registry::add(&of);
    reporter results(chosen, on_result, context);
    if (benchmark::RunSpecifiedBenchmarks(&results, std::string("all")) != chosen.size())
        return fail(message, message_bytes, "Google Benchmark did not run all functions: %s",
                    results.log_text().c_str());
    if (!results.trouble.empty())
        return fail(message, message_bytes, "%s", results.trouble.c_str());
    return MB_OK;
}

// What mb_gbench_time and mb_gbench_time_manual run: exactly one of the two bodies is there.
struct plain_body {
    void (*timed)(void *context, uint64_t iterations);
    double (*manual)(void *context, uint64_t iterations);
    void *context;
};

void call_timed(mb_gbench_state *, uint64_t iterations, void *context)
{
    const plain_body *body = static_cast<const plain_body *>(context);
    body->timed(body->context, iterations);
}

void call_manual(mb_gbench_state *state, uint64_t iterations, void *context)
{
    const plain_body *body = static_cast<const plain_body *>(context);
    mb_gbench_add_time_ns(state, body->manual(body->context, iterations));
}

mb_status run_plain(plain_body *body, const mb_gbench_options *options, mb_gbench_result_callback on_result,
                    void *callback_context, char *message, size_t message_bytes)
{
    mb_gbench gbench;
    mb_gbench_function function = {};
    function.name = "body";
    function.body = body->manual != nullptr ? call_manual : body->timed != nullptr ? call_timed : nullptr;
    function.context = body;
    if (add(&gbench, function, options, message, message_bytes) != MB_OK)
        return MB_FAILED;
    return run(&gbench, nullptr, on_result, callback_context, message, message_bytes);
}

} // namespace

extern "C" {

int mb_gbench_abi(void) { return MB_GBENCH_ABI; }

mb_gbench *mb_gbench_new(void) { return new (std::nothrow) mb_gbench; }

void mb_gbench_free(mb_gbench *gbench) { delete gbench; }

void mb_gbench_clear(mb_gbench *gbench) { gbench->instances.clear(); }

mb_status mb_gbench_register(mb_gbench *gbench, const mb_gbench_function *function, const mb_gbench_options *options,
                             char *message, size_t message_bytes)
{
    return guarded(message, message_bytes, [&] { return add(gbench, *function, options, message, message_bytes); });
}

mb_status mb_gbench_run(mb_gbench *gbench, const char *filter, mb_gbench_result_callback on_result,
                        void *callback_context, char *message, size_t message_bytes)
{
    return guarded(message, message_bytes,
                   [&] { return run(gbench, filter, on_result, callback_context, message, message_bytes); });
}

mb_status mb_gbench_time(void (*body)(void *context, uint64_t iterations), void *context,
                         const mb_gbench_options *options, mb_gbench_result_callback on_result, void *callback_context,
                         char *message, size_t message_bytes)
{
    return guarded(message, message_bytes, [&] {
        if (options != nullptr && options->clock == MB_GBENCH_CLOCK_MANUAL)
            return fail(message, message_bytes, "the manual clock is for mb_gbench_time_manual");
        plain_body plain = {body, nullptr, context};
        return run_plain(&plain, options, on_result, callback_context, message, message_bytes);
    });
}

mb_status mb_gbench_time_manual(double (*body)(void *context, uint64_t iterations), void *context,
                                const mb_gbench_options *options, mb_gbench_result_callback on_result,
                                void *callback_context, char *message, size_t message_bytes)
{
    return guarded(message, message_bytes, [&] {
        mb_gbench_options manual = options == nullptr ? mb_gbench_options{} : *options;
        manual.clock = MB_GBENCH_CLOCK_MANUAL;
        manual.manual_floor_ns = std::max(manual.manual_floor_ns, PLAIN_MANUAL_FLOOR_NS);
        plain_body plain = {nullptr, body, context};
        return run_plain(&plain, &manual, on_result, callback_context, message, message_bytes);
    });
}

} // extern "C"
