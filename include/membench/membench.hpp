/* membench.hpp: memory benchmarks in C++17 and later, a few lines on top of membench.h.
 *
 *     #include <membench/membench.hpp>
 *     #include <vector>
 *
 *     static const mb::bench numbers(
 *         "vector_numbers",
 *         [](mb::context &b) {
 *             std::vector<int> held;
 *             for (int i = 0, count = b.param<int>("elements"); i < count; i++)
 *                 held.push_back(i);
 *             return held;
 *         },
 *         mb::param("elements", 100, 10000));
 *
 *     MB_MAIN(&numbers)
 *
 * The object that the function returns is what is measured: it stays where it was constructed until E1 has been read,
 * and its destruction is the case's release. A function that returns nothing leaves nothing alive; one that returns
 * mb_status reports its outcome. An exception fails the case with its what(), std::bad_alloc as out of memory; compiled
 * without exceptions, a case returns mb_fail or mb_skip. With mb::prepared(setup, run), the object that setup returns
 * is made before the window and passed to run by reference. The function may be any functor with a const call operator,
 * and may omit the context. Everything else is as in membench.h, which can be used alongside. */
#ifndef MEMBENCH_MEMBENCH_HPP
#define MEMBENCH_MEMBENCH_HPP

#include <membench/membench.h>

#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace mb
{

/* Keeps the compiler from removing the object. */
template <typename T> void keep(const T &object) { mb_keep(std::addressof(object)); }

/* Thrown by mb::context::skip; the text is the reason. */
struct skipped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/* One run of one case in a process, like mb_bench in C. Valid in the callbacks. */
class context
{
  public:
    explicit context(mb_bench *bench) : bench_(bench) {}
    operator mb_bench *() const { return bench_; }

    template <typename T = uint64_t> T param(const char *name) const { return static_cast<T>(mb_param(bench_, name)); }
    const char *label(const char *name) const { return mb_param_label(bench_, name); }

    void mark(const char *name) const { mb_mark(bench_, name); }
    void region(const char *name, const void *address, uint64_t nominal_bytes) const
    {
        mb_region(bench_, name, address, nominal_bytes);
    }
    void count(const char *name, int64_t value) const { mb_count(bench_, name, value); }
    void operations(uint64_t operation_count) const { mb_operations(bench_, operation_count); }
    void trim() const { mb_trim(bench_); }

#ifdef __cpp_exceptions
    [[noreturn]] void fail(const std::string &message) const { throw std::runtime_error(message); }
    [[noreturn]] void skip(const std::string &reason) const { throw skipped(reason); }
#endif

  private:
    mb_bench *bench_;
};

/* Parts of a case, passed to mb::bench after the function, in any order. Parameters appear in the id in their order. */
struct function {
    const char *name;
    explicit function(const char *given) : name(given) {}
};
struct summary {
    const char *text;
    explicit summary(const char *given) : text(given) {}
};
struct flags { /* MB_CASE_… */
    unsigned bits;
    explicit flags(unsigned given) : bits(given) {}
};
struct needs_bytes {
    uint64_t bytes;
    explicit needs_bytes(uint64_t given) : bytes(given) {}
};
struct cost_ns {
    uint64_t ns;
    explicit cost_ns(uint64_t given) : ns(given) {}
};

namespace detail
{

template <size_t Max> struct counted {
    uint64_t values[Max] = {};
    size_t count = 0;
};

template <size_t Max, typename... Values> counted<Max> count_values(Values... values)
{
    static_assert(sizeof...(Values) <= Max, "more values than MB_PARAM_VALUES_MAX, in a tuple than MB_PARAMS_MAX");
    static_assert((std::is_integral_v<Values> && ...), "values are whole numbers");
    return {{static_cast<uint64_t>(values)...}, sizeof...(Values)};
}

struct axis {
    const char *name = nullptr;
    mb_unit unit = MB_UNIT_NONE;
    counted<MB_PARAM_VALUES_MAX> of;
    const char *labels[MB_PARAM_VALUES_MAX] = {};
    bool has_labels = false;
};

using tuple = counted<MB_PARAMS_MAX>;

/* Storage for a T in the case's state, which is zeroed memory: empty at first. */
template <typename T> struct slot {
    bool is_full;
    alignas(T) unsigned char bytes[sizeof(T)];

    T &get() { return *std::launder(reinterpret_cast<T *>(bytes)); }
    template <typename Make> mb_status fill(Make &&make)
    {
        ::new (static_cast<void *>(bytes)) T(make());
        is_full = true;
        keep(bytes);
        return MB_OK;
    }
    void clear()
    {
        if (is_full)
            get().~T();
        is_full = false;
    }
};
template <> struct slot<void> {
    template <typename Make> mb_status fill(Make &&make)
    {
        make();
        return MB_OK;
    }
    void clear() {}
};
template <> struct slot<mb_status> {
    template <typename Make> mb_status fill(Make &&make) { return make(); }
    void clear() {}
};

template <typename Function, typename... Arguments>
decltype(auto) call(const Function &function, context &b, Arguments &...arguments)
{
    if constexpr (std::is_invocable_v<const Function &, context &, Arguments &...>)
        return function(b, arguments...);
    else
        return function(arguments...);
}

template <typename Function, typename... Arguments>
using result_of = std::decay_t<decltype(call(std::declval<const Function &>(), std::declval<context &>(),
                                             std::declval<Arguments &>()...))>;

/* No exception may leave a callback: the library is C. */
template <typename Work> mb_status guarded(mb_bench *b, const Work &work) noexcept
{
#ifdef __cpp_exceptions
    try {
        return work();
    } catch (const skipped &reason) {
        return mb_skip(b, "%s", reason.what());
    } catch (const std::bad_alloc &error) {
        return mb_out_of_memory(b, "%s", error.what());
    } catch (const std::exception &error) {
        return mb_fail(b, "%s", error.what());
    } catch (...) {
        return mb_fail(b, "an exception that is not a std::exception");
    }
#else
    (void)b;
    return work();
#endif
}

/* The functions of a case: run alone, or setup and run. */
template <typename Run> struct life {
    using prepared = void;
    using held = result_of<Run>;
    const Run run;

    mb_status set_up(context &, slot<void> &) const { return MB_OK; }
    mb_status build(context &b, slot<void> &, slot<held> &into) const
    {
        return into.fill([&]() -> decltype(auto) { return call(run, b); });
    }
};

} // namespace detail

/* A setup function, and a run function that takes what it returned. */
template <typename Setup, typename Run> struct prepared {
    const Setup setup;
    const Run run;
    prepared(Setup its_setup, Run its_run) : setup(std::move(its_setup)), run(std::move(its_run)) {}
};

namespace detail
{

template <typename Setup, typename Run> struct life<mb::prepared<Setup, Run>> {
    using prepared = result_of<Setup>;
    static_assert(!std::is_void_v<prepared>, "setup must return what run takes");
    using held = result_of<Run, prepared>;
    const mb::prepared<Setup, Run> run;

    mb_status set_up(context &b, slot<prepared> &into) const
    {
        return into.fill([&]() -> decltype(auto) { return call(run.setup, b); });
    }
    mb_status build(context &b, slot<prepared> &from, slot<held> &into) const
    {
        return into.fill([&]() -> decltype(auto) { return call(run.run, b, from.get()); });
    }
};

} // namespace detail

/* param("jobs", 0, 10, 50): a parameter and its values; at most MB_PARAM_VALUES_MAX. */
template <typename... Values> detail::axis param(const char *name, Values... values)
{
    return {name, MB_UNIT_NONE, detail::count_values<MB_PARAM_VALUES_MAX>(values...), {}, false};
}
template <typename... Values> detail::axis param_bytes(const char *name, Values... values)
{
    return {name, MB_UNIT_BYTES, detail::count_values<MB_PARAM_VALUES_MAX>(values...), {}, false};
}
/* param_labels("codec", "none", "fast"): the values 0 and 1, printed as none and fast. */
template <typename... Labels> detail::axis param_labels(const char *name, Labels... labels)
{
    static_assert(sizeof...(Labels) <= MB_PARAM_VALUES_MAX, "more labels than MB_PARAM_VALUES_MAX");
    return {name, MB_UNIT_NONE, {{}, sizeof...(Labels)}, {labels...}, true};
}
/* tuple(1, 1024): one combination of the parameters' values; if there is one, only tuples are run. Parameters may then
 * be declared without values: param("jobs"). */
template <typename... Values> detail::tuple tuple(Values... values)
{
    return detail::count_values<MB_PARAMS_MAX>(values...);
}

/* One case. It must live as long as the program, preferably as a static const object; pass its address to MB_MAIN. */
template <typename Function, size_t AxisCount, size_t TupleCount> class bench : public mb_case
{
  public:
    template <typename... Parts>
    bench(const char *its_group, Function its_function, Parts... parts) : life_{std::move(its_function)}
    {
        static_assert(AxisCount <= MB_PARAMS_MAX, "more parameters than MB_PARAMS_MAX");
        mb_case::group = its_group;
        mb_case::params = AxisCount > 0 ? c_axes_ : nullptr;
        mb_case::tuples = TupleCount > 0 ? c_tuples_ : nullptr;
        mb_case::state_bytes = sizeof(state);
        mb_case::setup = set_up;
        mb_case::run = run_once;
        mb_case::release = drop;
        mb_case::teardown = tear_down;
        (add(parts), ...);
    }
    bench(const bench &) = delete;
    bench &operator=(const bench &) = delete;

  private:
    using life = detail::life<Function>;
    struct state {
        detail::slot<typename life::prepared> prepared;
        detail::slot<typename life::held> held;
    };

    void add(const mb::function &part) { mb_case::function = part.name; }
    void add(const mb::summary &part) { mb_case::summary = part.text; }
    void add(const mb::flags &part) { mb_case::flags |= part.bits; }
    void add(const mb::needs_bytes &part) { mb_case::needs_bytes = part.bytes; }
    void add(const mb::cost_ns &part) { mb_case::cost_ns = part.ns; }
    void add(const detail::tuple &part)
    {
        tuples_[tuple_count_] = part;
        c_tuples_[tuple_count_] = {tuples_[tuple_count_].values, part.count};
        tuple_count_++;
    }
    void add(const detail::axis &part)
    {
        detail::axis &own = axes_[axis_count_];
        own = part;
        c_axes_[axis_count_] = {own.name, own.has_labels || own.of.count == 0 ? nullptr : own.of.values, own.of.count,
                                own.unit, own.has_labels ? own.labels : nullptr};
        axis_count_++;
    }

    static const life &life_of(mb_bench *b) { return static_cast<const bench *>(mb_case_of(b))->life_; }
    static state &state_of(mb_bench *b) { return *static_cast<state *>(mb_state(b)); }

    static mb_status set_up(mb_bench *b)
    {
        context c(b);
        return detail::guarded(b, [&] { return life_of(b).set_up(c, state_of(b).prepared); });
    }
    static mb_status run_once(mb_bench *b)
    {
        context c(b);
        return detail::guarded(b, [&] { return life_of(b).build(c, state_of(b).prepared, state_of(b).held); });
    }
    static void drop(mb_bench *b) { state_of(b).held.clear(); }
    static void tear_down(mb_bench *b) { state_of(b).prepared.clear(); }

    const life life_;
    detail::axis axes_[AxisCount + 1];
    mb_param_axis c_axes_[AxisCount + 1] = {};
    detail::tuple tuples_[TupleCount + 1];
    mb_tuple c_tuples_[TupleCount + 1] = {};
    size_t axis_count_ = 0, tuple_count_ = 0;
};

template <typename Function, typename... Parts>
bench(const char *, Function, Parts...)
    -> bench<Function, (size_t{0} + ... + size_t{std::is_same_v<Parts, detail::axis>}),
             (size_t{0} + ... + size_t{std::is_same_v<Parts, detail::tuple>})>;

} // namespace mb

#endif
