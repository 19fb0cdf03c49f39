/* What is said of a metric that is not one; not part of the measured process. */
#include "base/similar.h"
#include "model/metric.h"

#include <stdio.h>

const char *mb_metric_unknown(const char *word, size_t length, char text[MB_METRIC_UNKNOWN_BYTES])
{
    mb_similar similar;
    char phrase[MB_SIMILAR_TEXT_MAX];
    mb_similar_begin(&similar, word, length);
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        mb_similar_offer(&similar, mb_quantity_get((mb_quantity)q)->alias);
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        mb_similar_offer(&similar, mb_metric_name(metric));
    snprintf(text, MB_METRIC_UNKNOWN_BYTES, "unknown metric \"%.*s\"%s (see membench --help)",
             (int)(length < 64 ? length : 64), word, mb_similar_phrase(&similar, phrase));
    return text;
}
