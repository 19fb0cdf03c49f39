#include "report/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS(name) &mb_report_##name,
const mb_report_format *const mb_report_formats[] = {MB_REPORT_FORMATS(ADDRESS) NULL};

const mb_report_format *mb_report_format_find(const char *name)
{
    for (size_t i = 0; mb_report_formats[i] != NULL; i++)
        if (strcmp(mb_report_formats[i]->name, name) == 0)
            return mb_report_formats[i];
    return NULL;
}

/* Fails when the stream has an error; errno is what the failing write left, as nothing else has been called since. */
static mb_status check_stream(FILE *file, mb_error *error)
{
    if (file == NULL || !ferror(file)) /* without a stream: a folder is written */
        return MB_OK;
    return mb_error_set_errno(error, errno != 0 ? errno : EIO, "cannot write the report");
}

static void decide(mb_report *report)
{
    const mb_report_model *model = report->model;
    mb_decision_policy policy = {.is_compared = model->baseline_name != NULL,
                                 .is_strict = model->strict,
                                 .is_lenient = model->lenient,
                                 .is_part = model->run->shard.count > 0,
                                 .is_record = model->soak_count > 0,
                                 .signal_number = model->signal_number};
    mb_decide(&report->tally, &policy, &report->decision);
}

mb_status mb_report_open(const mb_report_format *format, FILE *file, const mb_report_model *model,
                         const mb_report_options *options, mb_report **report, mb_error *error)
{
    mb_report *made = calloc(1, sizeof *made);
    void *state = calloc(1, format->state_bytes + 1);
    if (made == NULL || state == NULL) {
        free(made);
        free(state);
        return mb_error_no_memory(error);
    }
    *made = (mb_report){.format = format, .file = file, .model = model, .options = *options, .state = state};
    if (made->options.width_columns <= 0)
        made->options.width_columns = 80;
    decide(made);
    errno = 0;
    if (format->begin(made, error) != MB_OK || check_stream(file, error) != MB_OK) {
        mb_report_abandon(made);
        return MB_FAILED;
    }
    *report = made;
    return MB_OK;
}

mb_status mb_report_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    if (!mb_tally_add(&report->tally, item))
        return mb_error_no_memory(error);
    errno = 0;
    if (report->format->add(report, item, error) != MB_OK)
        return MB_FAILED;
    return check_stream(report->file, error);
}

mb_status mb_report_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    if (!mb_tally_add_sweep(&report->tally, sweep))
        return mb_error_no_memory(error);
    if (report->format->add_sweep == NULL || sweep->since != NULL) /* what crept is a finding */
        return MB_OK;
    errno = 0;
    if (report->format->add_sweep(report, sweep, error) != MB_OK)
        return MB_FAILED;
    return check_stream(report->file, error);
}

mb_status mb_report_close(mb_report *report, mb_tally *tally, mb_decision *decision, mb_error *error)
{
    mb_tally_sort(&report->tally);
    decide(report);
    errno = 0;
    mb_status status = report->format->end(report, error);
    if (status == MB_OK) {
        if (report->file != NULL)
            fflush(report->file);
        status = check_stream(report->file, error);
    }
    if (decision != NULL)
        *decision = report->decision;
    if (tally != NULL) {
        *tally = report->tally;
        tally->findings = NULL;
        tally->finding_count = tally->finding_capacity = 0;
        tally->arena = (mb_arena){0};
    }
    mb_report_abandon(report);
    return status;
}

void mb_report_abandon(mb_report *report)
{
    if (report == NULL)
        return;
    if (report->format->drop != NULL)
        report->format->drop(report);
    mb_tally_fini(&report->tally);
    free(report->state);
    free(report);
}
