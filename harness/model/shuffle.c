#include "model/shuffle.h"

uint64_t mb_random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void mb_order_shuffle(size_t *order, size_t count, uint64_t seed, uint64_t round)
{
    uint64_t state = seed ^ (round * 0xd1342543de82ef95u);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)(mb_random_next(&state) % i); /* the bias of % is below 2^-40 here */
        size_t swapped = order[i - 1];
        order[i - 1] = order[other];
        order[other] = swapped;
    }
}
