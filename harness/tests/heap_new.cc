// Program of known truth for the heap hook: every form of operator new and delete is one counted call each.
#include "heap/heap_hook.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace
{

const mb_heap_hook *hook;
volatile std::size_t too_large = PTRDIFF_MAX;

struct alignas(128) Wide {
    char bytes[512];
};

void expect(std::uint64_t alloc_count, std::uint64_t alloc_bytes, std::uint64_t free_count)
{
    mb_heap_reading reading;
    hook->read(&reading);
    if (reading.alloc_count == alloc_count && reading.alloc_bytes == alloc_bytes && reading.free_count == free_count &&
        (alloc_count != free_count || reading.live_bytes == 0) && (alloc_count == 0 || reading.peak_bytes > 0))
        return;
    std::fprintf(stderr, "%llu calls, %llu bytes, %llu freed, %lld alive; not %llu, %llu, %llu\n",
                 (unsigned long long)reading.alloc_count, (unsigned long long)reading.alloc_bytes,
                 (unsigned long long)reading.free_count, (long long)reading.live_bytes, (unsigned long long)alloc_count,
                 (unsigned long long)alloc_bytes, (unsigned long long)free_count);
    std::exit(1);
}

bool is_thrown(std::size_t bytes)
{
    try {
        ::operator delete(::operator new(bytes));
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

int expect_failures()
{
    // What fails counts nothing; the exception objects that the runtime allocates on the way are freed again.
    mb_heap_reading reading;
    hook->begin();
    if (::operator new(too_large, std::nothrow) != nullptr || !is_thrown(too_large))
        return 1;
    hook->read(&reading);
    return reading.live_bytes == 0 && reading.alloc_bytes < 10000 ? 0 : 1;
}

} // namespace

// heap_new forms | failures; the latter end the process under mimalloc, with the hook or without.
int main(int argc, char **argv)
{
    hook = mb_heap_hook_take(std::getenv(MB_HEAP_HOOK_VARIABLE));
    if (hook == nullptr)
        return 77;
    if (argc == 2 && std::strcmp(argv[1], "failures") == 0)
        return expect_failures();
    hook->begin();
    void *blocks[8] = {
        ::operator new(10),
        ::operator new[](20),
        ::operator new(30, std::nothrow),
        ::operator new[](40, std::nothrow),
        ::operator new(128, std::align_val_t(128)),
        ::operator new[](256, std::align_val_t(128)),
        ::operator new(384, std::align_val_t(128), std::nothrow),
        ::operator new[](512, std::align_val_t(128), std::nothrow),
    };
    expect(8, 1380, 0);
    ::operator delete(blocks[0]);
    ::operator delete[](blocks[1]);
    ::operator delete(blocks[2], std::nothrow);
    ::operator delete[](blocks[3], std::nothrow);
    ::operator delete(blocks[4], std::align_val_t(128));
    ::operator delete[](blocks[5], std::align_val_t(128));
    ::operator delete(blocks[6], std::align_val_t(128), std::nothrow);
    ::operator delete[](blocks[7], std::align_val_t(128), std::nothrow);
    expect(8, 1380, 8);

    hook->begin();
    Wide *wide = new Wide;
    if (reinterpret_cast<std::uintptr_t>(wide) % 128 != 0)
        return 1;
    {
        std::vector<int> numbers(1000);
        std::string text(100, 'x');
        expect(3, 512 + 4000 + 101, 0);
    }
    delete wide;
    expect(3, 512 + 4000 + 101, 3);
    return 0;
}
