// engine.h: what the C binding's parts share: gbench.cc runs Google Benchmark, its loop calls
// batch.cc, and library.cc sets it up.
#ifndef MEMBENCH_TIMER_ENGINE_H
#define MEMBENCH_TIMER_ENGINE_H

#include <membench/gbench.h>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace mb_timer
{

// One function with one row of arguments: what Google Benchmark calls a family, here of one.
struct instance {
    std::string name;
    std::vector<int64_t> args;
    mb_gbench_function function; // its name, arg_names and args were the caller's, and are not looked at
    mb_gbench_options options;   // with the defaults filled in
};

// A batch that does not finish is told to Google Benchmark as an error, the only outcome that all its
// versions have. The first character of the error's text says which of these it was.
enum ending : char {
    ENDED_FAILED = 'F',
    ENDED_SKIPPED = 'S',
    ENDED_UNTIMED = 'U', // the body did its work, but its own time is not a number to be kept
};

// Runs one batch in one thread. Throws only what Google Benchmark throws.
void run_batch(benchmark::State &loop, const instance &of);

// Makes Google Benchmark's settings ours, once per process, and lets it look at the machine.
void set_up_library();

// Text of the exception that is being handled; may throw std::bad_alloc.
std::string exception_text();

// Fills message unless message_bytes is 0, and returns MB_FAILED.
mb_status fail(char *message, size_t message_bytes, const char *format, ...) MB_PRINTF(3, 4);

// Calls a function that may throw; the exception becomes the message.
template <class Function> mb_status guarded(char *message, size_t message_bytes, Function function) noexcept
{
    try {
        return function();
    } catch (...) {
        try {
            return fail(message, message_bytes, "%s", exception_text().c_str());
        } catch (...) {
            return fail(message, message_bytes, "out of memory");
        }
    }
}

} // namespace mb_timer

#endif
