/* Prints the tables of metrics, formats and the options of `run` as JSON: ci/check-tables makes what documents and
 * schema say from it, test_effects.py tries each option. */
#include "base/json_writer.h"
#include "command/options_table.h"
#include "model/metric.h"
#include "report/report.h"

static void write_metric(mb_json_writer *json, mb_quantity quantity)
{
    const mb_quantity_info *info = mb_quantity_get(quantity);
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", info->name);
    mb_json_write_text(json, "alias", info->alias);
    mb_json_write_text(json, "heading", info->heading);
    mb_json_write_text(json, "summary", info->summary);
    mb_json_write_text(json, "source", info->source);
    mb_json_write_text(json, "repeats", info->repeats);
    mb_json_write_text(json, "pass", mb_pass_name(info->pass));
    mb_json_write_bool(json, "is_of_worker", quantity < MB_QUANTITY_WORKER_COUNT);
    mb_json_write_bool(json, "gates", info->gates);
    mb_json_write_close(json, '}');
}

/* The run verb has no options of its own, so that its table is the general one. */
static void write_options(mb_json_writer *json)
{
    static const char *const effects[] = {"unsaid", "nothing", "extent", "samples"};
    static const mb_verb run = {.mask = MB_VERB_RUN};
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(&run, i)) != NULL; i++) {
        if (!(row->verbs & run.mask))
            continue;
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "name", row->name);
        mb_json_write_text(json, "value", row->value);
        mb_json_write_text(json, "effect", effects[row->effect]);
        mb_json_write_close(json, '}');
    }
}

int main(void)
{
    mb_json_writer json = {.file = stdout};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_open(&json, "metrics", '[');
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        write_metric(&json, (mb_quantity)q);
    mb_json_write_close(&json, ']');
    mb_json_write_open(&json, "metric_names", '['); /* those of files, with their windows */
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        mb_json_write_text(&json, NULL, mb_metric_name(metric));
    mb_json_write_close(&json, ']');
    mb_json_write_open(&json, "formats", '[');
    for (size_t i = 0; mb_report_formats[i] != NULL; i++) {
        mb_json_write_open(&json, NULL, '{');
        mb_json_write_text(&json, "name", mb_report_formats[i]->name);
        mb_json_write_text(&json, "summary", mb_report_formats[i]->summary);
        mb_json_write_close(&json, '}');
    }
    mb_json_write_close(&json, ']');
    mb_json_write_open(&json, "options", '[');
    write_options(&json);
    mb_json_write_close(&json, ']');
    mb_json_write_close(&json, '}');
    return fflush(stdout) == 0 ? 0 : 1;
}
