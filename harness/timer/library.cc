// library.cc: Google Benchmark as a whole: its settings, what it knows of the machine, and our error texts.
#include "engine.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <streambuf>

using namespace mb_timer;

namespace
{

// Older libraries do not say their version; CMake knows that of the package.
std::string library_version()
{
#if defined(MEMBENCH_GBENCH_HAS_VERSION)
    std::string version = benchmark::GetBenchmarkVersion();
    return version.compare(0, 1, "v") == 0 ? version.substr(1) : version;
#elif defined(MEMBENCH_GBENCH_VERSION)
    return MEMBENCH_GBENCH_VERSION;
#else
    return "unknown";
#endif
}

// Drops what is written to the C++ standard streams while it lives.
class silence
{
    struct : std::streambuf {
        int overflow(int character) override { return character == EOF ? 0 : character; }
    } nowhere;
    std::streambuf *out = std::cout.rdbuf(&nowhere);
    std::streambuf *err = std::cerr.rdbuf(&nowhere);
    std::streambuf *log = std::clog.rdbuf(&nowhere);

  public:
    silence() = default;
    silence(const silence &) = delete;
    silence &operator=(const silence &) = delete;
    ~silence()
    {
        std::cout.rdbuf(out);
        std::cerr.rdbuf(err);
        std::clog.rdbuf(log);
    }
};

} // namespace

namespace mb_timer
{

// Google Benchmark takes defaults from BENCHMARK_… variables when it is loaded: they could make it list instead of
// run, write a file or leave the repetitions out. A flag that a version does not know, or whose form it does not take,
// is passed over by it. Then looks at the machine, which warns on std::cerr where /sys cannot be read.
void set_up_library()
{
    static const bool once = [] {
        silence quiet;
        static char name[] = "membench";
        std::vector<std::string> flags = {
            "--benchmark_filter=.",
            "--benchmark_list_tests=false",
            "--benchmark_dry_run=false",
            "--benchmark_min_time=0.5s", // with a unit since 1.8; where it has none, MinTime is always set anyway
            "--benchmark_min_warmup_time=0",
            "--benchmark_repetitions=1",
            "--benchmark_report_aggregates_only=false",
            "--benchmark_display_aggregates_only=false",
            "--benchmark_enable_random_interleaving=false",
            "--benchmark_format=console",
            "--benchmark_out=",
            "--benchmark_out_format=json",
            "--benchmark_time_unit=ns",
            "--benchmark_perf_counters=",
            "--v=0",
        };
        std::vector<char *> argv = {name};
        for (std::string &flag : flags)
            argv.push_back(&flag[0]);
        argv.push_back(nullptr);
        int argc = static_cast<int>(flags.size()) + 1;
        benchmark::Initialize(&argc, argv.data());
        benchmark::CPUInfo::Get();
        benchmark::SystemInfo::Get();
        return true;
    }();
    (void)once;
}

std::string exception_text()
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return "out of memory";
    } catch (const std::exception &exception) {
        return std::string("C++ exception: ") + exception.what();
    } catch (...) {
        return "C++ exception of unknown type";
    }
}

mb_status fail(char *message, size_t message_bytes, const char *format, ...)
{
    if (message_bytes > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, message_bytes, format, arguments);
        va_end(arguments);
        for (char *at = message; *at != '\0'; at++)
            if (*at == '\n') // of an exception's text: a message is one line
                *at = ' ';
    }
    return MB_FAILED;
}

} // namespace mb_timer

extern "C" mb_status mb_gbench_context_get(mb_gbench_context *context, char *message, size_t message_bytes)
{
    return guarded(message, message_bytes, [&] {
        static const std::string version = library_version();
        set_up_library();
        const benchmark::CPUInfo &cpu = benchmark::CPUInfo::Get();
        context->library_version = version.c_str();
        context->cpu_count = static_cast<uint32_t>(cpu.num_cpus);
        context->cpu_mhz = std::isfinite(cpu.cycles_per_second) ? cpu.cycles_per_second / 1e6 : 0;
        context->host_name = benchmark::SystemInfo::Get().name.c_str();
        return MB_OK;
    });
}
