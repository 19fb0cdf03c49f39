#include "model/shard.h"

#include "model/shuffle.h"

#include <stdlib.h>

#define SHARD_ROUND UINT64_MAX /* an order that no round of sampling has */

mb_status mb_shard_deal(size_t case_count, uint64_t seed, size_t shard_count, size_t *owners, mb_error *error)
{
    size_t *order = malloc((case_count + 1) * sizeof *order);
    if (order == NULL)
        return mb_error_no_memory(error);
    mb_order_shuffle(order, case_count, seed, SHARD_ROUND);
    for (size_t i = 0; i < case_count; i++)
        owners[order[i]] = i % shard_count;
    free(order);
    return MB_OK;
}

/* A whole number without sign or leading blank, up to MB_SHARDS_MAX; the text behind it, or NULL. */
static const char *parse_number(const char *text, size_t *number)
{
    size_t read = 0;
    if (*text < '1' || *text > '9')
        return NULL;
    for (; *text >= '0' && *text <= '9' && read <= MB_SHARDS_MAX; text++)
        read = read * 10 + (size_t)(*text - '0');
    *number = read;
    return read <= MB_SHARDS_MAX ? text : NULL;
}

bool mb_shard_parse(const char *text, size_t *index, size_t *count)
{
    size_t read_index, read_count;
    const char *rest = parse_number(text, &read_index);
    if (rest == NULL || *rest != '/')
        return false;
    rest = parse_number(rest + 1, &read_count);
    if (rest == NULL || *rest != '\0' || read_index > read_count)
        return false;
    *index = read_index;
    *count = read_count;
    return true;
}
