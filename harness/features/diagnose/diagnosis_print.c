/* What the tools found, as tables for people. */
#include "features/diagnose/diagnose_verb.h"

#include "base/units.h"
#include "base/utf8.h"
#include "command/outcome.h"
#include "features/diagnose/diagnosis.h"
#include "process/command.h"
#include "report/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_COLUMNS = 18, VALUE_COLUMNS = 14 };

static const uint64_t helper_timeout_ns = UINT64_C(300) * 1000000000u;

static void put_count(uint64_t value)
{
    char text[MB_UNITS_TEXT_MAX];
    printf("%*s", VALUE_COLUMNS, mb_format_count((double)value, text));
}

static void put_known(uint64_t value, bool is_known)
{
    if (is_known)
        put_count(value);
    else
        printf("%*s", VALUE_COLUMNS, "-");
}

static void put_heads(const mb_diagnosis *diagnosis, const char *first, const char *second)
{
    printf("  %-*s%*s", NAME_COLUMNS, "", VALUE_COLUMNS, first);
    if (second != NULL)
        printf("%*s", VALUE_COLUMNS, second);
    if (diagnosis->is_worker)
        printf("%*s", VALUE_COLUMNS, "of the window");
    putchar('\n');
}

/* bytes and blocks of something, and what of the bytes belongs to the case's window. */
static void put_row(const mb_diagnosis *diagnosis, const char *name, uint64_t bytes, uint64_t block_count,
                    uint64_t window_bytes, bool in_window)
{
    printf("  %-*s", NAME_COLUMNS, name);
    put_count(bytes);
    put_count(block_count);
    if (diagnosis->is_worker)
        put_known(window_bytes, in_window);
    putchar('\n');
}

static void put_sites(const mb_diagnosis *diagnosis, const mb_call_sites *sites, const char *heading, bool in_window)
{
    if (sites->count == 0)
        return;
    printf("\n  %*s", VALUE_COLUMNS, "bytes");
    if (diagnosis->is_worker)
        printf("%*s", VALUE_COLUMNS, "of the window");
    printf("  %s", heading);
    if (sites->total_count > sites->count)
        printf(" (the largest %zu of %zu)", sites->count, sites->total_count);
    putchar('\n');
    for (size_t i = 0; i < sites->count; i++) {
        const mb_call_site *site = &sites->sites[i];
        printf("  ");
        put_count(site->bytes);
        if (diagnosis->is_worker)
            put_known(site->window_bytes, in_window);
        printf("  ");
        mb_utf8_write(stdout, site->text, mb_terminal_is_unicode());
        putchar('\n');
    }
}

/* A worker allocates before its case does: a tool that saw nothing did not see malloc. */
static mb_status check_seen(const mb_diagnosis *diagnosis, uint64_t alloc_count, mb_error *error)
{
    if (alloc_count > 0 || !diagnosis->is_worker)
        return MB_OK;
    return mb_error_set(error, MB_ERROR_SYSTEM,
                        "%s saw no call to malloc: the program is static, or has its own allocator",
                        mb_tool_name(diagnosis->tool));
}

static mb_status report_memcheck(const mb_diagnosis *diagnosis, const char *text, size_t length, mb_error *error)
{
    mb_memcheck found;
    char counts[3][MB_UNITS_TEXT_MAX];
    mb_status status = mb_memcheck_parse(text, length, diagnosis->file, &found, error);
    if (status == MB_OK)
        status = check_seen(diagnosis, found.alloc_count, error);
    if (status != MB_OK)
        return status;
    put_heads(diagnosis, "bytes", "blocks");
    for (int kind = 0; kind < MB_LEAK_KIND_COUNT; kind++) {
        const mb_leak *leak = &found.leaks[kind];
        put_row(diagnosis, mb_leak_kind_name((mb_leak_kind)kind), leak->bytes, leak->block_count, leak->window_bytes,
                found.in_window && kind != MB_LEAK_SUPPRESSED);
    }
    printf("\n  total heap usage: %s bytes in %s allocations, %s freed\n",
           mb_format_count((double)found.alloc_bytes, counts[0]), mb_format_count((double)found.alloc_count, counts[1]),
           mb_format_count((double)found.free_count, counts[2]));
    char errors[MB_WORDS_TEXT_MAX], places[MB_WORDS_TEXT_MAX];
    printf("  %s in %s\n", mb_words_number((size_t)found.error_count, "error", "errors", errors),
           mb_words_number((size_t)found.context_count, "place", "places", places));
    put_sites(diagnosis, &found.sites, "lost, allocated at", found.in_window);
    return MB_OK;
}

/* Runs a helper of the tool, its output in a file; what it says besides that goes to a file that is kept if it fails.
 */
static mb_status run_helper(const mb_diagnosis *diagnosis, const char *path, char *const *argv, const char *input,
                            const char *output, mb_error *error)
{
    const char *said = mb_diagnosis_text(diagnosis->arena, "%s.helper", diagnosis->stem);
    if (said == NULL)
        return mb_error_no_memory(error);
    mb_command command = {.path = path,
                          .argv = argv,
                          .input_path = input,
                          .output_path = output,
                          .error_path = said,
                          .timeout_ns = helper_timeout_ns};
    mb_status status = mb_command_run(&command, error);
    if (status == MB_OK)
        unlink(said);
    return status;
}

/* ms_print is part of valgrind; where it is missing the table is printed without the graph. */
static mb_status print_graph(const mb_diagnosis *diagnosis, mb_error *error)
{
    char path[PATH_MAX], name[] = "ms_print", *text;
    char *argv[] = {name, (char *)diagnosis->file, NULL};
    const char *output = mb_diagnosis_text(diagnosis->arena, "%s.txt", diagnosis->stem), *graph;
    size_t length, graph_length;
    if (output == NULL)
        return mb_error_no_memory(error);
    if (!mb_command_find(name, path)) {
        printf("  no graph: ms_print, which draws it, is not installed\n");
        return MB_OK;
    }
    mb_status status = run_helper(diagnosis, path, argv, NULL, output, error);
    if (status == MB_OK)
        status = mb_file_read(output, &text, &length, error);
    if (status != MB_OK)
        return status;
    if (mb_massif_graph(text, length, &graph, &graph_length))
        printf("%.*s\n", (int)graph_length, graph);
    free(text);
    return MB_OK;
}

static mb_status report_massif(const mb_diagnosis *diagnosis, const char *text, size_t length, mb_error *error)
{
    mb_massif found;
    char overhead[MB_UNITS_TEXT_MAX];
    mb_status status = mb_massif_parse(text, length, diagnosis->file, &found, error);
    if (status == MB_OK)
        status = check_seen(diagnosis, found.peak_bytes, error);
    if (status == MB_OK && found.peak_bytes > 0)
        status = print_graph(diagnosis, error);
    if (status != MB_OK)
        return status;
    put_heads(diagnosis, "bytes", NULL);
    printf("  %-*s", NAME_COLUMNS, "peak");
    put_count(found.peak_bytes);
    if (diagnosis->is_worker)
        put_known(found.window_bytes, found.in_window);
    printf("\n  %-*s", NAME_COLUMNS, "last snapshot");
    put_count(found.end_bytes);
    printf("\n  on top of the peak, %s bytes: what massif assumes the allocator adds\n",
           mb_format_count((double)found.peak_overhead_bytes, overhead));
    if (!found.is_marked && found.peak_bytes > 0)
        printf("  the peak is the largest snapshot: massif notes one itself only when something is freed after it;\n"
               "  --tool dhat has it exactly\n");
    put_sites(diagnosis, &found.sites, "at the peak, allocated at", found.in_window);
    return MB_OK;
}

static mb_status report_dhat(const mb_diagnosis *diagnosis, const char *text, size_t length, mb_error *error)
{
    mb_dhat found;
    mb_status status = mb_dhat_parse(text, length, diagnosis->file, &found, error);
    if (status == MB_OK)
        status = check_seen(diagnosis, found.total_block_count, error);
    if (status != MB_OK)
        return status;
    put_heads(diagnosis, "bytes", "blocks");
    put_row(diagnosis, "total", found.total_bytes, found.total_block_count, found.window_total_bytes, found.in_window);
    put_row(diagnosis, "peak", found.peak_bytes, found.peak_block_count, found.window_peak_bytes, found.in_window);
    put_row(diagnosis, "at end", found.end_bytes, found.end_block_count, found.window_end_bytes, found.in_window);
    put_sites(diagnosis, &found.sites, "at the peak, allocated at", found.in_window);
    return MB_OK;
}

/* Runs heaptrack_print for one kind of cost; the stacks are read from its file, the summary from its output. */
static mb_status print_stacks(const mb_diagnosis *diagnosis, const char *cost, char **summary, char **stacks,
                              mb_error *error)
{
    char name[] = "heaptrack_print", file[] = "-f", graph[] = "-F", type[] = "--flamegraph-cost-type";
    char *output = mb_diagnosis_text(diagnosis->arena, "%s.%s.txt", diagnosis->stem, cost);
    char *stacks_file = mb_diagnosis_text(diagnosis->arena, "%s.%s.stacks", diagnosis->stem, cost);
    char *argv[] = {name, file, (char *)diagnosis->file, graph, stacks_file, type, (char *)cost, NULL};
    size_t length;
    if (output == NULL || stacks_file == NULL)
        return mb_error_no_memory(error);
    mb_status status = run_helper(diagnosis, diagnosis->tool_path, argv, NULL, output, error);
    if (status == MB_OK)
        status = mb_file_read(output, summary, &length, error);
    if (status == MB_OK)
        status = mb_file_read(stacks_file, stacks, &length, error);
    return status;
}

static void put_heaptrack(const mb_diagnosis *diagnosis, const mb_heaptrack *found)
{
    char counts[2][MB_UNITS_TEXT_MAX];
    put_heads(diagnosis, "bytes", NULL);
    printf("  %-*s", NAME_COLUMNS, "peak");
    put_count(found->peak_bytes);
    if (diagnosis->is_worker)
        put_known(found->window_peak_bytes, found->in_window);
    printf("\n  %-*s", NAME_COLUMNS, "leaked");
    put_count(found->leaked_bytes);
    if (diagnosis->is_worker)
        put_known(found->window_leaked_bytes, found->in_window);
    printf("\n  temporary: %s of %s allocations\n", mb_format_count((double)found->temporary_count, counts[0]),
           mb_format_count((double)found->alloc_count, counts[1]));
    if (found->pool_peak_bytes > 0 || found->pool_leaked_bytes > 0)
        printf("  %s bytes%s%s%s are libstdc++'s pool for exceptions, which heaptrack's own library brings in\n",
               mb_format_count(MB_LIBSTDCXX_POOL_BYTES, counts[0]), found->pool_peak_bytes > 0 ? " of the peak" : "",
               found->pool_peak_bytes > 0 && found->pool_leaked_bytes > 0 ? " and" : "",
               found->pool_leaked_bytes > 0 ? " of what leaked" : "");
    put_sites(diagnosis, &found->sites, "at the peak, stack's end", found->in_window);
}

static mb_status report_heaptrack(const mb_diagnosis *diagnosis, mb_error *error)
{
    char *summary = NULL, *peak = NULL, *leaked_summary = NULL, *leaked = NULL;
    mb_heaptrack found;
    mb_status status = print_stacks(diagnosis, "peak", &summary, &peak, error);
    if (status == MB_OK)
        status = print_stacks(diagnosis, "leaked", &leaked_summary, &leaked, error);
    if (status == MB_OK)
        status = mb_heaptrack_parse(summary, peak, leaked, &found, error);
    if (status == MB_OK)
        put_heaptrack(diagnosis, &found);
    free(summary);
    free(peak);
    free(leaked_summary);
    free(leaked);
    return status;
}

/* heaptrack's library wrote addresses; its interpreter makes names of them. */
static mb_status interpret(const mb_diagnosis *diagnosis, mb_error *error)
{
    char name[] = "heaptrack_interpret", *argv[] = {name, NULL};
    if (access(diagnosis->raw_file, R_OK) != 0)
        return mb_error_set(error, MB_ERROR_SYSTEM,
                            "heaptrack wrote nothing: a static program cannot be given its library");
    mb_status status =
        run_helper(diagnosis, diagnosis->interpreter_path, argv, diagnosis->raw_file, diagnosis->file, error);
    unlink(diagnosis->raw_file);
    return status;
}

static void print_commands(const mb_diagnosis *diagnosis, const char *command)
{
    const char *file = diagnosis->file;
    printf("\n  file      %s\n", file);
    switch (diagnosis->tool) {
    case MB_TOOL_MEMCHECK:
        printf("  open      less '%s'\n", file);
        break;
    case MB_TOOL_MASSIF:
        printf("  open      ms_print '%s' | less\n            massif-visualizer '%s'\n", file, file);
        break;
    case MB_TOOL_DHAT:
        printf("  open      dh_view.html of valgrind (Debian: /usr/libexec/valgrind/dh_view.html) in a browser,\n"
               "            and load the file there\n");
        break;
    case MB_TOOL_HEAPTRACK:
        printf("  open      heaptrack_gui '%s'\n            heaptrack_print '%s' | less\n", file, file);
        break;
    case MB_TOOL_COUNT:
        break;
    }
    if (command != NULL)
        printf("  by hand   %s\n", command);
    if (command != NULL && diagnosis->tool == MB_TOOL_HEAPTRACK)
        printf("  bytehound LD_PRELOAD=./libbytehound.so %s\n            bytehound server memory-profiling_*.dat\n",
               command);
}

mb_status mb_diagnosis_report(const mb_diagnosis *diagnosis, const char *command, mb_error *error)
{
    char *text = NULL;
    size_t length;
    printf("%s under %s%s\n\n", diagnosis->label, mb_tool_name(diagnosis->tool),
           diagnosis->is_worker ? ", cold window" : "");
    mb_status status = diagnosis->raw_file != NULL ? interpret(diagnosis, error) : MB_OK;
    if (status == MB_OK && access(diagnosis->file, R_OK) != 0)
        status = mb_error_set(error, MB_ERROR_SYSTEM,
                              "%s wrote nothing: it was killed, or the program is a script that begins with "
                              "\"#!/usr/bin/env\", which valgrind does not follow: name the interpreter's path there",
                              mb_tool_name(diagnosis->tool));
    if (status == MB_OK && diagnosis->tool != MB_TOOL_HEAPTRACK)
        status = mb_file_read(diagnosis->file, &text, &length, error);
    if (status == MB_OK)
        switch (diagnosis->tool) {
        case MB_TOOL_MEMCHECK:
            status = report_memcheck(diagnosis, text, length, error);
            break;
        case MB_TOOL_MASSIF:
            status = report_massif(diagnosis, text, length, error);
            break;
        case MB_TOOL_DHAT:
            status = report_dhat(diagnosis, text, length, error);
            break;
        case MB_TOOL_HEAPTRACK:
            status = report_heaptrack(diagnosis, error);
            break;
        case MB_TOOL_COUNT:
            break;
        }
    free(text);
    if (status == MB_OK)
        print_commands(diagnosis, command);
    return status;
}
