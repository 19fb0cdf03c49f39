// gbench_throw.cc: bodies that throw, and an operator new that fails when told to.
#include "tests/gbench_throw.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>

static std::atomic<long long> calls{0}, failing_call{-1};
static std::atomic<bool> failing_ever_after{false};

extern "C" {

void throw_runtime_error(mb_gbench_state *, uint64_t, void *) { throw std::runtime_error("boom"); }
void throw_bad_alloc(mb_gbench_state *, uint64_t, void *) { throw std::bad_alloc(); }
void throw_int(mb_gbench_state *, uint64_t, void *) { throw 42; }
void throw_in_thread_1(mb_gbench_state *state, uint64_t, void *)
{
    if (mb_gbench_thread(state) == 1)
        throw std::runtime_error("boom in a thread");
}
void throw_in_setup(mb_gbench_state *, void *) { throw std::runtime_error("boom in setup"); }
void throw_in_callback(const mb_gbench_result *, void *) { throw std::runtime_error("boom in\ncallback"); }

void fail_new(long long call_number, bool ever_after)
{
    failing_ever_after = ever_after;
    calls = 0;
    failing_call = call_number;
}

long long new_call_count(void) { return calls; }

} // extern "C"

static void *allocate(std::size_t size)
{
    const long long call = calls++, failing = failing_call;
    if (failing >= 0 && (call == failing || (failing_ever_after && call > failing)))
        return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

void *operator new(std::size_t size)
{
    void *memory = allocate(size);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}
void *operator new[](std::size_t size) { return operator new(size); }
void *operator new(std::size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept { return allocate(size); }
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete[](void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void *memory, std::size_t) noexcept { std::free(memory); }
