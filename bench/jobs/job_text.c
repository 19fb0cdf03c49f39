/* Payload texts of a fixed length, so that every job weighs the same. */
#include "job_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const topics[] = {"invoice.render", "thumbnail.make", "mail.deliver..", "report.compile"};

void job_text_write(char text[JOB_TEXT_BYTES + 1], uint64_t id)
{
    static const char tail[] = "\"}";
    static const char words[] = "the order was taken by phone and is to be confirmed by mail before noon; ";
    size_t topic = id % (sizeof topics / sizeof topics[0]);
    int head = snprintf(text, JOB_TEXT_BYTES + 1,
                        "{\"id\":\"%020" PRIu64 "\",\"topic\":\"%s\",\"retry\":{\"limit\":5,\"delay_ms\":1500},"
                        "\"trace\":\"%016" PRIx64 "\",\"note\":\"",
                        id, topics[topic], id * UINT64_C(0x9e3779b97f4a7c15));
    size_t note_end = JOB_TEXT_BYTES - (sizeof tail - 1);
    for (size_t i = (size_t)head; i < note_end; i++)
        text[i] = words[(i - (size_t)head) % (sizeof words - 1)];
    memcpy(text + note_end, tail, sizeof tail);
}
