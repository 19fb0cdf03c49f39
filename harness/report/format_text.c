/* The text format: by default one row per case, with --verbose a block; at the end what was found, for people. */
#include "report/formats.h"
#include "report/text.h"

/* "now: Linux 6.18.0, x86_64, 2 CPUs, …", what the numbers were measured with. */
static void write_origin(const mb_report *report, const char *name, const mb_run_info *run)
{
    char line[1024], page[MB_UNITS_TEXT_MAX];
    snprintf(line, sizeof line, "%.200s: membench %.40s, %.40s, %.40s, %.40s, %d CPUs, %s pages, rss from %.40s%s%.40s",
             name, run->membench_version != NULL ? run->membench_version : "?", run->date != NULL ? run->date : "?",
             run->kernel != NULL ? run->kernel : "?", run->architecture != NULL ? run->architecture : "?",
             run->cpu_count, mb_format_bytes((double)run->page_bytes, page),
             run->rss_source != NULL ? run->rss_source : "?", run->program_count > 0 ? ", libc " : "",
             run->program_count > 0 && run->programs[0].libc != NULL ? run->programs[0].libc : "");
    mb_terminal_wrap(report, MB_COLOR_DIM, 0, 2, line);
}

static mb_status text_begin(mb_report *report, mb_error *error)
{
    const mb_report_model *model = report->model;
    if (!report->options.verbose)
        return mb_text_rows_begin(report, error);
    write_origin(report, "now", model->run);
    if (model->baseline_name != NULL && model->baseline_run != NULL)
        write_origin(report, model->baseline_name, model->baseline_run);
    fputc('\n', report->file);
    return MB_OK;
}

static mb_status text_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    if (item->presence == MB_PRESENCE_GONE)
        return MB_OK;
    const mb_report_options *options = &report->options;
    bool has_regions =
        !options->verbose && !options->quiet && options->metrics == NULL && report->model->baseline_name == NULL;
    if (has_regions && mb_text_regions_add(report->state, item->result, error) != MB_OK)
        return MB_FAILED;
    return report->options.verbose ? mb_text_block(report, item, error) : mb_text_rows_add(report, item, error);
}

static mb_status text_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    return report->options.verbose ? mb_text_sweep(report, sweep, error) : mb_text_rows_sweep(report, sweep, error);
}

static mb_status text_end(mb_report *report, mb_error *error)
{
    mb_text_state *state = report->state;
    if (report->options.verbose) {
        if (state->has_case)
            fputc('\n', report->file);
        mb_text_end(report, &state->notes);
        return MB_OK;
    }
    if (mb_text_rows_end(report, error) != MB_OK || mb_text_regions_write(report, error) != MB_OK)
        return MB_FAILED;
    return mb_text_close(report, error);
}

static void text_drop(mb_report *report)
{
    mb_text_state *state = report->state;
    mb_notes_fini(&state->notes);
    mb_text_rows_drop(state);
    mb_text_regions_drop(state);
}

const mb_report_format mb_report_text = {.name = "text",
                                         .summary = "a row for each case, then the findings; for people",
                                         .state_bytes = sizeof(mb_text_state),
                                         .begin = text_begin,
                                         .add = text_add,
                                         .add_sweep = text_add_sweep,
                                         .end = text_end,
                                         .drop = text_drop};
