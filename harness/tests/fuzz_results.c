/* Fuzz target: everything in store/ that reads what others wrote. The first byte says as what the rest is read. */
#include "model/filter.h"
#include "model/soak_series.h"
#include "store/collect.h"
#include "store/import.h"
#include "store/journal.h"
#include "store/project_file.h"
#include "store/results_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void read_file(const char *text, size_t length)
{
    mb_error error;
    mb_results_reader *reader;
    if (mb_results_reader_open_memory("input", text, length, &reader, &error) != MB_OK)
        return;
    mb_arena arena = {0};
    for (size_t i = 0; i < mb_results_reader_count(reader); i++) {
        mb_case_result result;
        size_t index;
        MB_ASSERT(mb_results_reader_find(reader, mb_results_reader_id(reader, i), &index) && index == i);
        if (mb_results_reader_read(reader, i, &arena, &result, &error) == MB_OK)
            for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
                for (size_t k = 0; k < result.series[m].count; k++)
                    MB_ASSERT(result.series[m].values[k] <= 9007199254740992.0);
        mb_arena_reset(&arena);
    }
    mb_arena_fini(&arena);
    mb_results_reader_close(reader);
}

static void read_events(mb_pass pass, const char *text, size_t length)
{
    mb_error error;
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"};
    mb_collector collector;
    mb_listing listing;
    mb_sample *sample = mb_sample_new(pass);
    MB_ASSERT(sample != NULL);
    mb_collector_init(&collector, &result, &arena);
    mb_listing_init(&listing, &arena);
    bool is_listing = true;
    for (const char *end = text + length; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_length = (size_t)((newline != NULL ? newline : end) - text);
        if (mb_sample_line(sample, text, line_length, &error) != MB_OK)
            MB_ASSERT(mb_sample_check(sample, &error) != MB_OK);
        is_listing = is_listing && mb_listing_line(&listing, text, line_length, &error) == MB_OK;
        text += line_length + 1;
    }
    is_listing = is_listing && mb_listing_finish(&listing, &error) == MB_OK;
    for (int i = 0; i < 6; i++)
        if (mb_collector_add(&collector, sample, &error) != MB_OK)
            MB_ASSERT(mb_sample_check(sample, &error) != MB_OK && result.mark_count == 0);
    MB_ASSERT(mb_collector_settle(&collector, &error) == MB_OK);
    mb_sample_free(sample);
    mb_arena_fini(&arena);
}

static void read_journal(const char *text, size_t length)
{
    char path[64];
    int descriptor = memfd_create("journal", MFD_CLOEXEC);
    MB_ASSERT(descriptor >= 0 && write(descriptor, text, length) == (ssize_t)length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    mb_error error;
    mb_arena arena = {0};
    mb_journal_header header;
    if (mb_journal_read(path, &arena, &header, NULL, NULL, &error) == MB_OK)
        MB_ASSERT(header.fingerprint != NULL);
    mb_arena_fini(&arena);
    close(descriptor);
}

static void read_soak(const char *text, size_t length)
{
    mb_error error;
    mb_soak_series series;
    char *copy = malloc(length + 1); /* of just that size, so that a step beyond is seen */
    MB_ASSERT(copy != NULL);
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (mb_soak_read_memory("input", copy, length, NULL, &series, &error) == MB_OK)
        for (size_t i = 1; i < series.count; i++)
            MB_ASSERT(series.ticks[i].time_seconds >= series.ticks[i - 1].time_seconds);
    mb_soak_series_fini(&series);
    free(copy);
}

/* As membench.json. */
static void read_project(const char *text, size_t length)
{
    mb_error error;
    mb_arena arena = {0};
    mb_project project = {0};
    if (mb_project_parse("input", text, length, &arena, &project, &error) != MB_OK)
        MB_ASSERT(error.message[0] != '\0');
    mb_arena_fini(&arena);
}

/* As a file of another tool; what comes of it is read again by read_file. */
static void read_foreign(const char *text, size_t length)
{
    mb_error error;
    char *json;
    size_t json_length;
    const mb_input input = {"input", -1, text, length};
    if (mb_import_convert(&input, &json, &json_length, &error) != MB_OK || json == NULL)
        return;
    read_file(json, json_length);
    free(json);
}

/* The first line as an expression, the rest as an id. */
static void read_filter(const char *text, size_t length)
{
    char copy[64];
    bool matches;
    mb_filter *filter = mb_filter_new();
    if (filter == NULL || length >= sizeof copy || memchr(text, '\0', length) != NULL) {
        mb_filter_free(filter);
        return;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *id = strchr(copy, '\n');
    if (id != NULL)
        *id++ = '\0';
    if (mb_filter_add(filter, copy, NULL) == MB_OK && id != NULL)
        MB_ASSERT(mb_filter_match(filter, id, &matches, NULL) == MB_OK);
    mb_filter_free(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    const char *text = (const char *)bytes + 1;
    switch (bytes[0] % 10) {
    case 0:
    case 1:
        read_file(text, length - 1);
        break;
    case 2:
        read_journal(text, length - 1);
        break;
    case 6:
        read_soak(text, length - 1);
        break;
    case 7:
        read_project(text, length - 1);
        break;
    case 8:
        read_foreign(text, length - 1);
        break;
    case 9:
        read_filter(text, length - 1);
        break;
    default:
        read_events((mb_pass)(bytes[0] % 3), text, length - 1);
        break;
    }
    return 0;
}
