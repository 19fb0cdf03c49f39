#include "tests/run_record.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool on_line(void *context, const char *line, size_t length)
{
    mb_run_record *record = context;
    CU_ASSERT_EQUAL_FATAL(line[length], '\0');
    record->line_count++;
    record->longest_line = length > record->longest_line ? length : record->longest_line;
    if (length + 1 < sizeof record->lines - record->lines_length) {
        memcpy(record->lines + record->lines_length, line, length);
        record->lines_length += length;
        record->lines[record->lines_length++] = '\n';
        record->lines[record->lines_length] = '\0';
    }
    if (record->after_line != NULL)
        record->after_line(record);
    return strcmp(line, "{refuse me}") != 0;
}

static void on_signs(void *context, const char *signs, size_t length)
{
    mb_run_record *record = context;
    size_t free_bytes = sizeof record->signs - 1 - record->sign_count,
           count = length < free_bytes ? length : free_bytes;
    memcpy(record->signs + record->sign_count, signs, count);
    record->sign_count += count;
    if (record->after_sign != NULL)
        record->after_sign(record);
}

static void on_end(void *context, const mb_process_end *end)
{
    mb_run_record *record = context;
    record->end_count++;
    record->end = *end;
    snprintf(record->message, sizeof record->message, "%s", end->message != NULL ? end->message : "");
    CU_ASSERT_EQUAL(strlen(end->stderr_tail), end->stderr_tail_bytes);
    snprintf(record->stderr_tail, sizeof record->stderr_tail, "%s", end->stderr_tail);
    CU_ASSERT_EQUAL(strlen(end->half_line), end->half_line_bytes);
    snprintf(record->half_line, sizeof record->half_line, "%s", end->half_line);
    if (record->after_end != NULL)
        record->after_end(record);
}

mb_process_spec mb_run_spec(mb_run_record *record, const char *action, const char *value)
{
    static char name[] = MB_WORKER_NAME;
    *record = (mb_run_record){.after_line = record->after_line,
                              .after_sign = record->after_sign,
                              .after_end = record->after_end,
                              .other = record->other,
                              .runner = record->runner};
    record->argv[0] = name;
    record->argv[1] = (char *)action;
    record->argv[2] = (char *)value;
    return (mb_process_spec){.path = MB_RUN_CHILD,
                             .argv = record->argv,
                             .context = record,
                             .on_line = on_line,
                             .on_signs = on_signs,
                             .on_end = on_end};
}

mb_runner *mb_run_new(size_t job_count)
{
    mb_runner *runner = NULL;
    mb_error error = {0};
    CU_ASSERT_EQUAL_FATAL(mb_runner_new(job_count, &runner, &error), MB_OK);
    return runner;
}

void mb_run_submit(mb_runner *runner, const mb_process_spec *spec)
{
    mb_error error = {0};
    CU_ASSERT_EQUAL_FATAL(mb_runner_submit(runner, spec, &error), MB_OK);
}

void mb_run_spec_alone(const mb_process_spec *spec)
{
    mb_runner *runner = mb_run_new(1);
    ((mb_run_record *)spec->context)->runner = runner;
    mb_run_submit(runner, spec);
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    mb_runner_free(runner);
    CU_ASSERT_EQUAL(((mb_run_record *)spec->context)->end_count, 1);
}

void mb_run_one(mb_run_record *record, const char *action, const char *value)
{
    mb_process_spec spec = mb_run_spec(record, action, value);
    mb_run_spec_alone(&spec);
}

unsigned long mb_run_value(const mb_run_record *record, const char *name)
{
    char start[64];
    snprintf(start, sizeof start, "{%s ", name);
    const char *at = strstr(record->lines, start);
    return at != NULL ? strtoul(at + strlen(start), NULL, 10) : ULONG_MAX;
}

int mb_run_count_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}
