// A bench program in C++: what a vector of numbers and a vector of strings take.
#include <membench/membench.hpp>

#include <string>
#include <vector>

static const mb::bench numbers(
    "cxx_vector_numbers",
    [](mb::context &b) {
        std::vector<uint64_t> held;
        const uint64_t count = b.param("elements");
        for (uint64_t i = 0; i < count; i++)
            held.push_back(i);
        b.operations(count);
        return held;
    },
    mb::param("elements", 100, 10000), mb::summary("numbers appended one by one"));

// Forty characters do not fit into the string object itself: one block each.
static const mb::bench strings(
    "cxx_vector_strings",
    [](mb::context &b) {
        std::vector<std::string> held;
        const uint64_t count = b.param("strings");
        held.reserve(count);
        for (uint64_t i = 0; i < count; i++)
            held.emplace_back(40, static_cast<char>('a' + i % 26));
        b.operations(count);
        return held;
    },
    mb::param("strings", 100, 1000), mb::summary("strings of 40 characters"));

MB_MAIN(&numbers, &strings)
