// A bench program in C++: what a vector of numbers and a vector of strings take.
#include <membench/membench.h>

#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <vector>

namespace
{

// No exception may leave a callback: the library is C.
template <typename Work> mb_status guarded(mb_bench *b, Work work)
{
    try {
        work();
        return MB_OK;
    } catch (const std::bad_alloc &) {
        return mb_out_of_memory(b, "std::bad_alloc");
    } catch (const std::exception &error) {
        return mb_fail(b, "%s", error.what());
    }
}

struct numbers {
    std::vector<std::uint64_t> *held;
};

mb_status run_numbers(mb_bench *b)
{
    auto *state = static_cast<numbers *>(mb_state(b));
    return guarded(b, [&] {
        state->held = new std::vector<std::uint64_t>;
        for (std::uint64_t i = 0; i < mb_param(b, "elements"); i++)
            state->held->push_back(i);
        mb_operations(b, state->held->size());
        mb_keep(state->held->data());
    });
}

void release_numbers(mb_bench *b)
{
    auto *state = static_cast<numbers *>(mb_state(b));
    delete state->held;
    state->held = nullptr;
}

struct strings {
    std::vector<std::string> *held;
};

// Forty characters do not fit into the string object itself: one block each.
mb_status run_strings(mb_bench *b)
{
    auto *state = static_cast<strings *>(mb_state(b));
    return guarded(b, [&] {
        state->held = new std::vector<std::string>;
        state->held->reserve(mb_param(b, "strings"));
        for (std::uint64_t i = 0; i < mb_param(b, "strings"); i++)
            state->held->emplace_back(40, static_cast<char>('a' + i % 26));
        mb_operations(b, state->held->size());
        mb_keep(state->held->data());
    });
}

void release_strings(mb_bench *b)
{
    auto *state = static_cast<strings *>(mb_state(b));
    delete state->held;
    state->held = nullptr;
}

mb_case make_case(const char *group, const char *summary, const mb_param_axis *params)
{
    mb_case made = {};
    made.group = group;
    made.summary = summary;
    made.params = params;
    return made;
}

} // namespace

int main(int argc, char **argv)
{
    const mb_param_axis *elements = MB_PARAMS(MB_PARAM("elements", 100, 10000));
    const mb_param_axis *counts = MB_PARAMS(MB_PARAM("strings", 100, 1000));

    mb_case number_case = make_case("cxx_vector_numbers", "numbers appended one by one", elements);
    number_case.state_bytes = sizeof(numbers);
    number_case.run = run_numbers;
    number_case.release = release_numbers;

    mb_case string_case = make_case("cxx_vector_strings", "strings of 40 characters", counts);
    string_case.state_bytes = sizeof(strings);
    string_case.run = run_strings;
    string_case.release = release_strings;

    const mb_case *const cases[] = {&number_case, &string_case};
    return mb_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
