// Holds N blocks of 1000 bytes from operator new and gives half of them back: for test_exec_heap.py.
#include <cstdlib>
#include <vector>

int main(int argc, char **argv)
{
    std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
    std::vector<char *> held;
    held.reserve(count);
    for (std::size_t i = 0; i < count; i++)
        held.push_back(new char[1000]);
    for (std::size_t i = 0; i < count / 2; i++)
        delete[] held[i];
}
