// A bench program in C++: what containers of the standard library take, a pool of std::pmr in place of the heap, and
// exceptions. What each makes of malloc is said above it.
#include <membench/membench.hpp>

#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

// A node for each element.
static const mb::bench sorted(
    "cxx_map",
    [](mb::context &b) {
        std::map<uint64_t, uint64_t> held;
        for (uint64_t i = 0; i < b.param("elements"); i++)
            held.emplace(i, i);
        return held;
    },
    mb::param("elements", 100, 1000, 10000), mb::summary("numbers by number, in a tree"));

// A node for each element, and one array of buckets, since the number of elements is known before.
static const mb::bench hashed(
    "cxx_unordered_map",
    [](mb::context &b) {
        std::unordered_map<uint64_t, uint64_t> held;
        held.reserve(b.param("elements"));
        for (uint64_t i = 0; i < b.param("elements"); i++)
            held.emplace(i, i);
        return held;
    },
    mb::param("elements", 100, 1000, 10000), mb::summary("numbers by number, hashed"));

struct pool { // the container goes before what it is in
    explicit pool(size_t size)
        : bytes(size), resource(bytes.data(), size, std::pmr::null_memory_resource()), names(&resource)
    {
    }
    std::vector<char> bytes;
    std::pmr::monotonic_buffer_resource resource;
    std::pmr::vector<std::pmr::string> names;
};

// Two blocks whatever the number of names: the pool, and its bytes. Beyond these there is std::bad_alloc.
static const mb::bench pooled(
    "cxx_pmr_pool",
    [](mb::context &b) {
        const uint64_t count = b.param("names");
        auto held = std::make_unique<pool>(count * 128);
        held->names.reserve(count);
        for (uint64_t i = 0; i < count; i++)
            held->names.emplace_back("a name that is too long to be in its string");
        return held;
    },
    mb::param("names", 100, 1000, 10000), mb::summary("strings in a monotonic buffer"));

// Two blocks a throw, the exception and its text; none is left.
static const mb::bench thrown(
    "cxx_exceptions",
    [](mb::context &b) {
        uint64_t caught = 0;
        for (uint64_t i = 0; i < b.param("throws"); i++)
            try {
                throw std::runtime_error("a reason that is longer than a short string");
            } catch (const std::runtime_error &) {
                caught++;
            }
        b.operations(caught);
    },
    mb::param("throws", 1, 10, 100), mb::summary("exceptions thrown and caught"));

MB_MAIN(&sorted, &hashed, &pooled, &thrown)
