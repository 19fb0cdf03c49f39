/* case_macros.h: the macros for the parts of a case, in C and in C++; membench.h includes it and explains them.
 *
 * C has compound literals and designators. C++ has neither (designators from C++20 on), so there values are constant
 * arrays of a template, and lists are static arrays in a lambda. In both, the compiler counts the values of a
 * parameter, and too many are an error. */
#ifndef MEMBENCH_CASE_MACROS_H
#define MEMBENCH_CASE_MACROS_H

#ifndef MEMBENCH_MEMBENCH_H
#include <membench/membench.h>
#endif

#define MB_PARAM(param_name, ...) MB_AXIS(param_name, MB_UNIT_NONE, __VA_ARGS__)
#define MB_PARAM_BYTES(param_name, ...) MB_AXIS(param_name, MB_UNIT_BYTES, __VA_ARGS__)

#ifndef __cplusplus

#define MB_CASE_INIT .struct_bytes = sizeof(mb_case)
#define MB_PARAMS(...) ((const mb_param_axis[]){__VA_ARGS__, {0}})
#define MB_TUPLES(...) ((const mb_tuple[]){__VA_ARGS__, {0}})

#define MB_AXIS(param_name, its_unit, ...)                                                                             \
    {                                                                                                                  \
        .name = param_name, .values = (const uint64_t[]){__VA_ARGS__}, .unit = its_unit,                               \
        .value_count = MB_COUNT_OF(uint64_t, MB_PARAM_VALUES_MAX, __VA_ARGS__)                                         \
    }
#define MB_PARAM_LABELS(param_name, ...)                                                                               \
    {                                                                                                                  \
        .name = param_name, .labels = (const char *const[]){__VA_ARGS__},                                              \
        .value_count = MB_COUNT_OF(char *, MB_PARAM_VALUES_MAX, __VA_ARGS__)                                           \
    }
#define MB_PARAM_NAME(param_name)                                                                                      \
    {                                                                                                                  \
        .name = param_name                                                                                             \
    }
#define MB_PARAM_NAME_BYTES(param_name)                                                                                \
    {                                                                                                                  \
        .name = param_name, .unit = MB_UNIT_BYTES                                                                      \
    }
#define MB_TUPLE(...)                                                                                                  \
    {                                                                                                                  \
        .values = (const uint64_t[]){__VA_ARGS__}, .value_count = MB_COUNT_OF(uint64_t, MB_PARAMS_MAX, __VA_ARGS__)    \
    }

/* The structure holds the assertion, which an expression cannot. */
#define MB_COUNT_OF(type, max, ...)                                                                                    \
    (sizeof((const type[]){__VA_ARGS__}) / sizeof(type) +                                                              \
     0 * sizeof(struct {                                                                                               \
         _Static_assert(sizeof((const type[]){__VA_ARGS__}) / sizeof(type) <= (max), "more values than " #max);        \
         int unused;                                                                                                   \
     }))

#else

#if __cplusplus >= 202002L
#define MB_CASE_INIT .struct_bytes = sizeof(mb_case)
#else
#define MB_CASE_INIT sizeof(mb_case)
#endif
#define MB_PARAMS(...) MB_STATIC_ARRAY(mb_param_axis, __VA_ARGS__, {})
#define MB_TUPLES(...) MB_STATIC_ARRAY(mb_tuple, __VA_ARGS__, {})

#define MB_AXIS(param_name, unit, ...)                                                                                 \
    (mb_detail::make_axis<mb_detail::counted<MB_PARAM_VALUES_MAX, __VA_ARGS__>>(param_name, unit))
#define MB_PARAM_LABELS(param_name, ...)                                                                               \
    (mb_detail::make_labelled(param_name, MB_STATIC_ARRAY(char *const, __VA_ARGS__),                                   \
                              mb_detail::count_labels(__VA_ARGS__)))
#define MB_PARAM_NAME(param_name) (mb_param_axis{param_name, nullptr, 0, MB_UNIT_NONE, nullptr})
#define MB_PARAM_NAME_BYTES(param_name) (mb_param_axis{param_name, nullptr, 0, MB_UNIT_BYTES, nullptr})
#define MB_TUPLE(...) (mb_detail::make_tuple<mb_detail::counted<MB_PARAMS_MAX, __VA_ARGS__>>())

#define MB_STATIC_ARRAY(type, ...)                                                                                     \
    ([]() -> const type * {                                                                                            \
        static const type mb_elements[] = {__VA_ARGS__};                                                               \
        return mb_elements;                                                                                            \
    }())

namespace mb_detail
{
template <size_t Max, uint64_t... Values> struct counted {
    static_assert(sizeof...(Values) <= Max, "more values than MB_PARAM_VALUES_MAX, in a tuple than MB_PARAMS_MAX");
    static constexpr uint64_t values[] = {Values...};
};

template <typename Counted> constexpr mb_param_axis make_axis(const char *name, mb_unit unit)
{
    return {name, Counted::values, sizeof Counted::values / sizeof Counted::values[0], unit, nullptr};
}

constexpr mb_param_axis make_labelled(const char *name, const char *const *labels, size_t count)
{
    return {name, nullptr, count, MB_UNIT_NONE, labels};
}

template <typename Counted> constexpr mb_tuple make_tuple()
{
    return {Counted::values, sizeof Counted::values / sizeof Counted::values[0]};
}

template <typename... Labels> constexpr size_t count_labels(const Labels &...)
{
    static_assert(sizeof...(Labels) <= MB_PARAM_VALUES_MAX, "more labels than MB_PARAM_VALUES_MAX");
    return sizeof...(Labels);
}
} // namespace mb_detail

#endif

#endif
