// A program of Google Benchmark as people write them: it knows nothing of membench. What each benchmark allocates is
// said at its registration. With GROWN two of them allocate more.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <sys/mman.h>
#include <vector>

#ifdef GROWN
enum { BLOCK_BYTES = 120, IS_GROWN = 1 };
#else
enum { BLOCK_BYTES = 100, IS_GROWN = 0 };
#endif

static void parse(benchmark::State &state)
{
    for (auto _ : state)
        for (int64_t i = 0; i < state.range(0); i++) {
            auto block = std::make_unique<char[]>(BLOCK_BYTES);
            benchmark::DoNotOptimize(block.get());
        }
    state.counters["nodes"] = static_cast<double>(state.range(0)) * 1000001;
    state.counters["half"] = 0.5;
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse)->Name("BM_Parse")->Arg(8)->Arg(64)->Arg(1024); // n calls, 100 n bytes
BENCHMARK(parse)->Name("BM_Long")->Arg(3)->MinTime(0.5);        // 3 calls
BENCHMARK(parse)->Name("BM_Often")->Arg(3)->Repetitions(3);     // 3 calls
BENCHMARK(parse)->Name("BM_Some")->Arg(5)->Iterations(7);

static void keep(benchmark::State &state)
{
    for (auto _ : state) {
        char *kept = new char[48];
        benchmark::DoNotOptimize(kept);
    }
}
BENCHMARK(keep)->Name("BM_Keep"); // 1 call, 48 bytes, which it keeps

static void grow(benchmark::State &state)
{
    std::vector<int> values;
    for (auto _ : state) {
        values.push_back(1);
        benchmark::DoNotOptimize(values.data());
    }
}
BENCHMARK(grow)->Name("BM_Grow"); // not linear

static void touch(benchmark::State &state)
{
    const auto size = static_cast<size_t>(state.range(0)) * 4096;
    for (auto _ : state) {
        void *pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        benchmark::DoNotOptimize(pages);
        munmap(pages, size);
    }
}
BENCHMARK(touch)->Name("BM_Touch")->ArgName("pages")->Arg(500)->Arg(900); // no call; peaks 400 pages apart

static void skip(benchmark::State &state)
{
    state.SkipWithError("no such device");
    for (auto _ : state)
        benchmark::DoNotOptimize(&state);
}
BENCHMARK(skip)->Name("BM_Skip");

static void release(benchmark::State &state)
{
    for (auto _ : state) {
        char *block = new char[32];
        benchmark::DoNotOptimize(block);
        delete[] block;
    }
}
BENCHMARK(release)->Name("BM_Threads")->Threads(2)->Threads(4)->UseRealTime(); // 1 call, 32 bytes

class Fixture : public benchmark::Fixture
{
  public:
    std::vector<int> values;
    void SetUp(const benchmark::State &) override { values.resize(1000); }
    void TearDown(const benchmark::State &) override { std::vector<int>().swap(values); }
};
BENCHMARK_DEFINE_F(Fixture, Copy)(benchmark::State &state)
{
    for (auto _ : state) {
        std::vector<int> copy = values;
        benchmark::DoNotOptimize(copy.data());
        if (IS_GROWN) {
            char *lost = new char[24];
            benchmark::DoNotOptimize(lost);
        }
    }
}
BENCHMARK_REGISTER_F(Fixture, Copy)->ArgName("size")->Arg(3); // 1 call, 4000 bytes

template <class T> static void build(benchmark::State &state)
{
    for (auto _ : state) {
        T value(static_cast<size_t>(state.range(0)));
        benchmark::DoNotOptimize(value);
    }
}
BENCHMARK_TEMPLATE(build, std::vector<int>)->Arg(8)->Arg(64); // 1 call, 4 n bytes

BENCHMARK(release)->Name("a+b (c)|[d]"); // 1 call, 32 bytes; a name with characters of regular expressions

#ifdef CRASHES
static void crash(benchmark::State &state)
{
    for (auto _ : state)
        __builtin_trap();
}
BENCHMARK(crash)->Name("BM_Crash");
#endif

// Ends by exit, and says so by a code of its own when it cannot run.
int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    const std::string own = "--blocks="; // an option of the program itself
    for (int i = 1; i < argc; i++)
        if (std::string(argv[i]).compare(0, own.size(), own) == 0) {
            benchmark::RegisterBenchmark("BM_Own", parse)->Arg(std::stoi(argv[i] + own.size()));
            for (int k = i--; k < argc; k++)
                argv[k] = argv[k + 1];
            argc--;
        }
#ifndef CARELESS // many programs ignore what they do not know
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        exit(1);
#endif
    std::string used = "main has buffers of its own, which are not a benchmark's";
    benchmark::DoNotOptimize(used);
    benchmark::RunSpecifiedBenchmarks();
    exit(0);
}
