// Every class and function of membench.hpp once: a bench program, which ci/check-headers also compiles alone, and with
// TOO_MANY_… defined, where it must not compile. harness/tests/e2e/test_header.py measures it.
#include <membench/membench.hpp>

#include <array>
#include <string>
#include <vector>

static void nothing() {}

static const mb::bench empty("cxx_empty", nothing);

static const mb::bench blocks(
    "cxx_blocks",
    [](mb::context &b) {
        std::vector<std::string> held;
        held.reserve(b.param<size_t>("blocks"));
        while (held.size() < held.capacity())
            held.emplace_back(999, 'x');
        b.operations(held.size());
        b.count("param_bytes", b.param<int64_t>("blocks"));
        return held;
    },
    mb::param("blocks", 1, 0, 100), mb::function("strings"), mb::summary("strings of 1000 bytes with their end"),
    mb::needs_bytes(0), mb::cost_ns(0));

// Neither copied nor moved: it stays where it was made.
struct pinned {
    pinned *self = this;
    std::vector<char> bytes = std::vector<char>(1000);
    pinned() = default;
    pinned(const pinned &) = delete;
};

static const mb::bench stays("cxx_pinned", [] { return pinned(); });

// A functor with a value of its own; two of the same type do not mix them up.
struct sized {
    size_t bytes;
    std::vector<char> operator()() const { return std::vector<char>(bytes); }
};

static const mb::bench small("cxx_functor", sized{100}, mb::function("small"));
static const mb::bench large("cxx_functor", sized{300}, mb::function("large"));

static const mb::bench copies("cxx_prepared",
                              mb::prepared([](mb::context &b) { return std::vector<char>(b.param("source_bytes")); },
                                           [](mb::context &b, std::vector<char> &source) {
                                               b.mark("before");
                                               std::vector<char> copy = source;
                                               b.region("copy", copy.data(), copy.size());
                                               mb::keep(copy);
                                               b.trim();
                                               return copy;
                                           }),
                              mb::param_bytes("source_bytes", 2000));

// Takes away what setup made, so that each run needs one of its own.
static const mb::bench takes("cxx_takes",
                             mb::prepared([] { return std::vector<char>(1000); },
                                          [](std::vector<char> &source) {
                                              if (source.empty())
                                                  throw std::logic_error("setup was not called again");
                                              return std::vector<char>(std::move(source));
                                          }),
                             mb::flags(MB_CASE_SETUP_EACH_RUN));

static const mb::bench labelled(
    "cxx_labels",
    [](mb::context &b) {
        if (b.label("codec") != std::string(b.param("codec") == 0 ? "none" : "fast") || b.label("level") != nullptr)
            b.fail("wrong label");
    },
    mb::param_labels("codec", "none", "fast"), mb::param("level"), mb::tuple(0, 0), mb::tuple(1, 9));

static const mb::bench thrown(
    "cxx_thrown",
    [](mb::context &b) -> mb_status {
        switch (b.param<int>("what")) {
        case 0:
            throw std::runtime_error("as it was told, 100 %s");
        case 1:
            throw std::bad_alloc();
        case 2:
            b.skip("not today");
        case 3:
            throw 3;
        case 4:
            b.fail("by itself");
        }
        return mb_out_of_memory(b, "said by hand");
    },
    mb::param("what", 0, 1, 2, 3, 4, 5));

#ifdef TOO_MANY_VALUES
static const mb::bench over("over", nothing,
                            mb::param("n", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32));
#elif defined(TOO_MANY_IN_A_TUPLE)
static const mb::bench over("over", nothing, mb::param("n"), mb::tuple(1, 2, 3, 4, 5));
#elif defined(TOO_MANY_LABELS)
#define EIGHT "", "", "", "", "", "", "", ""
static const mb::bench over("over", nothing, mb::param_labels("n", EIGHT, EIGHT, EIGHT, EIGHT, "one more"));
#endif

MB_MAIN(&empty, &blocks, &stays, &small, &large, &copies, &takes, &labelled, &thrown)
