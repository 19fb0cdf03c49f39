/* WAMR's report of its own memory: a table of the lines that matter. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *line; /* the line up to its number */
    const char *name;
} known_lines[] = {
    {"WASM module memory consumption, total size: ", "module_own_bytes"},
    {"WASM module inst memory consumption, total size: ", "instance_own_bytes"},
    {"Exec env memory consumption, total size: ", "exec_env_own_bytes"},
    {"    aot code size: ", "code_own_bytes"},
    {"Total interpreter stack used: ", "wasm_stack_used_bytes"},
    {"Total auxiliary stack used: ", "aux_stack_used_bytes"},
    {"Total app heap used: ", "app_heap_used_bytes"},
};

static wamr_report *open_report;

static void read_line(const char *line, wamr_report *report)
{
    for (size_t i = 0; i < sizeof known_lines / sizeof known_lines[0]; i++) {
        size_t length = strlen(known_lines[i].line);
        if (strncmp(line, known_lines[i].line, length) != 0)
            continue;
        char *end = NULL;
        long long value = strtoll(line + length, &end, 10);
        /* A word in place of the number: "no enough info to profile". */
        if (end == line + length || report->figure_count == WAMR_FIGURES_MAX)
            return;
        report->figures[report->figure_count++] = (wamr_figure){known_lines[i].name, value};
        return;
    }
}

void wamr_report_begin(wamr_report *report)
{
    report->figure_count = 0;
    open_report = report;
}

void wamr_report_end(void) { open_report = NULL; }

int wamr_report_vprintf(const char *format, va_list arguments)
{
    char line[160];
    int length = vsnprintf(line, sizeof line, format, arguments);
    if (open_report != NULL && length > 0)
        read_line(line, open_report);
    return length;
}
