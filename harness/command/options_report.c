/* Options that say where reports go. */
#include "base/output_file.h"
#include "command/options_table.h"

#include "report/report.h"

#include <string.h>

enum { SHOWS = MB_VERB_RUN | MB_VERB_COMPARE | MB_VERB_REPORT | MB_VERB_AB | MB_VERB_EXEC | MB_VERB_MERGE };

MB_OPTION_TEXT(out)
MB_OPTION_TEXT(plot)

void mb_options_format_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; mb_report_formats[i] != NULL && used < size; i++) {
        const char *comma = i == 0 ? "" : mb_report_formats[i + 1] == NULL ? " or " : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", comma, mb_report_formats[i]->name);
    }
}

/* "junit=memory.xml" */
static mb_status set_report(mb_options *options, const char *value, mb_error *error)
{
    const char *path = strchr(value, '=');
    if (path == NULL || path[1] == '\0')
        return mb_option_usage(error, "report", value, "FORMAT=FILE, such as junit=memory.xml");
    for (size_t i = 0; mb_report_formats[i] != NULL; i++) {
        const char *name = mb_report_formats[i]->name;
        if (strncmp(name, value, (size_t)(path - value)) != 0 || name[path - value] != '\0')
            continue;
        if (options->report_count == MB_REPORTS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--report: more than %d reports", MB_REPORTS_MAX);
        /* Now: a long run must not learn at its end that the report has no place. */
        mb_status status = mb_report_formats[i]->writes_folder ? MB_OK : mb_output_check(path + 1, error);
        if (status != MB_OK)
            return status;
        options->reports[options->report_count++] = (mb_report_target){mb_report_formats[i], path + 1};
        return MB_OK;
    }
    char names[MB_FORMAT_NAMES_BYTES];
    mb_options_format_names(names, sizeof names);
    return mb_error_set(error, MB_ERROR_USAGE, "--report: \"%.*s\" is not %s", (int)(path - value), value, names);
}

/* clang-format off */
static const mb_option_row rows[] = {
    {NULL, "out", 'o', "FILE", MB_VERB_COMPARE | MB_VERB_REPORT, set_out, "write the report to FILE (a folder for criterion); - is standard\noutput"},
    {NULL, "plot", 0, "NAME", MB_VERB_COMPARE | MB_VERB_REPORT, set_plot, "what svg and png draw: a sweep by its name, or the lifecycle of a\ncase by its id"},
    {NULL, "report", 0, "FORMAT=FILE", SHOWS, set_report, "write another report, such as junit=memory.xml; repeatable"},
};
/* clang-format on */
const mb_option_table mb_options_report = {rows, sizeof rows / sizeof rows[0]};
