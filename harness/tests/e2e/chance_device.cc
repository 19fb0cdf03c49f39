// std::random_device, for chance_bench.c.
#include <random>

extern "C" unsigned random_device_word(void);
unsigned random_device_word(void) { return std::random_device()(); }
