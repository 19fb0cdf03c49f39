// Tests as people write them, which know nothing of membench. With GROWN two of them allocate more.
#include <gtest/gtest.h>

#include <vector>

#ifdef GROWN
enum { BLOCK_BYTES = 164, KEPT_BYTES = 64 };
#else
enum { BLOCK_BYTES = 100, KEPT_BYTES = 32 };
#endif

static char *volatile block;

TEST(Queue, Empty) {}

TEST(Queue, Push) // 10 calls, 1000 bytes
{
    for (int i = 0; i < 10; i++) {
        block = new char[BLOCK_BYTES];
        delete[] block;
    }
    EXPECT_NE(block, nullptr);
}

TEST(Queue, Keep) // 1 call, 32 bytes, which it keeps
{
    block = new char[KEPT_BYTES];
    EXPECT_NE(block, nullptr);
}

TEST(Queue, Skip) { GTEST_SKIP() << "no such device"; }

TEST(Queue, Fail) { EXPECT_EQ(sizeof block, 0u); }

TEST(Queue, DISABLED_Never) { FAIL(); }

class Sizes : public ::testing::TestWithParam<int>
{
};

TEST_P(Sizes, Build) // 1 call, as many bytes as the parameter says
{
    block = new char[static_cast<size_t>(GetParam())];
    delete[] block;
}

INSTANTIATE_TEST_SUITE_P(Some, Sizes, ::testing::Values(100, 300));
