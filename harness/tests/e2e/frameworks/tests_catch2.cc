// Test cases as people write them, which know nothing of membench. With GROWN two of them allocate more.
#include <catch2/catch_test_macros.hpp>

#ifdef GROWN
enum { BLOCK_BYTES = 164, KEPT_BYTES = 64 };
#else
enum { BLOCK_BYTES = 100, KEPT_BYTES = 32 };
#endif

static char *volatile block;

TEST_CASE("nothing 00") { REQUIRE(sizeof block > 0); }

TEST_CASE("a push, 10x") // 10 calls, 1000 bytes
{
    for (int i = 0; i < 10; i++) {
        block = new char[BLOCK_BYTES];
        delete[] block;
    }
    REQUIRE(sizeof block > 0);
}

TEST_CASE("it keeps 1") // 1 call, 32 bytes, which it keeps
{
    block = new char[KEPT_BYTES];
    REQUIRE(sizeof block > 0);
}

TEST_CASE("two sections")
{
    SECTION("one") { REQUIRE(sizeof block > 0); }
    SECTION("other") { REQUIRE(sizeof block > 1); }
}

TEST_CASE("it skips") { SKIP("no such device"); }

TEST_CASE("it fails") { REQUIRE(sizeof block == 0); }

TEST_CASE("hidden", "[.]") { FAIL(); }
