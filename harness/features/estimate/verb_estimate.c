#include "command/complain.h"
#include "command/options.h"
#include "command/options_table.h"

#include "base/units.h"
#include "features/estimate/wasm_estimate.h"
#include "process/command.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
#define ESTIMATE_OPTIONS(OPTION) \
    OPTION(const char *mode;, .section = "Runtime", .name = "mode", .value = "MODE", .verbs = ESTIMATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(estimate_options, mode), .words = "fast classic aot", \
           .help = "fast, classic or aot: how WAMR runs the module (fast)") \
    OPTION(uint64_t stack_bytes;, .name = "stack-size", .value = "SIZE", .verbs = ESTIMATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_SIZE, MB_PART(estimate_options, stack_bytes), \
           .help = "stack_size of each instance (8KiB)") \
    OPTION(uint64_t heap_bytes;, .name = "heap-size", .value = "SIZE", .verbs = ESTIMATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_SIZE, MB_PART(estimate_options, heap_bytes), \
           .help = "heap_size of each instance: the app heap (0)") \
    OPTION(size_t instance_count;, .name = "instances", .value = "N", .verbs = ESTIMATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_COUNT, MB_PART(estimate_options, instance_count), .least = 1, .most = 1000000, \
           .help = "how many instances (1)")
/* clang-format on */

/* Zero and NULL mean "not given". */
typedef struct estimate_options {
    ESTIMATE_OPTIONS(MB_OPTION_FIELD)
} estimate_options;

enum { ESTIMATE = MB_VERB_ESTIMATE };

static const mb_option_row rows[] = {ESTIMATE_OPTIONS(MB_OPTION_ROW)};
static const mb_option_table own_options = {rows, sizeof rows / sizeof rows[0]};

enum { NAME_COLUMNS = 22, VALUE_COLUMNS = 16 };

static bool find_mode(const char *name, wasm_estimate_mode *mode)
{
    static const char *const names[] = {
        [WASM_ESTIMATE_CLASSIC] = "classic", [WASM_ESTIMATE_FAST] = "fast", [WASM_ESTIMATE_AOT] = "aot"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *mode = (wasm_estimate_mode)i;
            return true;
        }
    return false;
}

static void print_row(const char *name, uint64_t bytes, const char *how)
{
    char count[MB_UNITS_TEXT_MAX];
    printf("  %-*s%*s  %s\n", NAME_COLUMNS, name, VALUE_COLUMNS, mb_format_count((double)bytes, count), how);
}

static void print_facts(const char *path, const wasm_estimate *facts)
{
    char text[4][MB_UNITS_TEXT_MAX];
    printf("%s\n", path);
    printf("  module    %s bytes: code %s in %u functions, data %s in %u segments\n",
           mb_format_count((double)facts->module_bytes, text[0]), mb_format_count((double)facts->code_bytes, text[1]),
           facts->function_count, mb_format_count((double)facts->data_bytes, text[2]), facts->data_segment_count);
    printf("            %u types, %u imports, %u globals, %u exports, %s table entries\n", facts->type_count,
           facts->import_count, facts->global_count, facts->export_count,
           mb_format_count((double)facts->table_entry_count, text[3]));
    if (!facts->has_memory) {
        printf("  memory    none\n");
    } else {
        printf("  memory    min %" PRIu64 " pages, ", facts->memory_min_pages);
        if (facts->has_memory_max)
            printf("max %" PRIu64, facts->memory_max_pages);
        else
            printf("no max");
        printf("%s%s, of 65,536 bytes\n", facts->memory_is_imported ? ", imported" : "",
               facts->memory_is_shared ? ", shared" : "");
        if (facts->other_memory_count > 0)
            printf("            and %u more, together min %" PRIu64 " pages\n", facts->other_memory_count,
                   facts->other_memory_min_pages);
    }
    printf("  stack     ");
    if (facts->has_data_end && facts->has_heap_base)
        printf("__data_end %u, __heap_base %u", facts->data_end_bytes, facts->heap_base_bytes);
    else
        printf("its bounds, __data_end and __heap_base, are not exported");
    if (facts->has_stack_pointer)
        printf("; stack pointer starts at %u", facts->stack_pointer_bytes);
    printf("\n\n");
}

/* The largest number stands for "more than can be written". */
static uint64_t times(uint64_t bytes, uint64_t count)
{
    return bytes > UINT64_MAX / count ? UINT64_MAX : bytes * count;
}

static uint64_t plus(uint64_t left, uint64_t right) { return left > UINT64_MAX - right ? UINT64_MAX : left + right; }

static void print_sizes(const wasm_estimate *facts, const wasm_estimate_sizes *sizes,
                        const wasm_estimate_settings *settings, size_t instance_count)
{
    wasm_estimate_mode mode = settings->mode;
    static const char *const code[] = {[WASM_ESTIMATE_CLASSIC] = "none: runs the module's own bytes",
                                       [WASM_ESTIMATE_FAST] = "by the instructions: their translation",
                                       [WASM_ESTIMATE_AOT] = "a guess by the code's length: it is not compiled yet"};
    char text[MB_UNITS_TEXT_MAX];
    printf("  %-*s%*s\n", NAME_COLUMNS, "estimated", VALUE_COLUMNS, "bytes");
    print_row("module buffer", sizes->module_buffer_bytes,
              settings->aot != NULL ? "the .aot file's size, kept while it is loaded"
                                    : "the module's size, kept while it is loaded");
    print_row("loaded code", sizes->loaded_code_bytes,
              settings->aot != NULL                              ? "machine code of the .aot file"
              : mode == WASM_ESTIMATE_FAST && !facts->knows_code ? "by the code's length: some of it is unknown"
                                                                 : code[mode]);
    print_row("structures", sizes->structures_bytes, "of module and instance, by their counts above");
    print_row("table", sizes->table_bytes,
              facts->table_spare_count > 0 ? "by its entries, with those that it may grow by" : "by its entries");
    print_row("linear memory", sizes->linear_memory_bytes, "min pages x 65,536; inside of it:");
    print_row("  static data", sizes->static_data_bytes,
              facts->has_data_end ? "up to __data_end, with .bss" : "data segments; .bss is unknown");
    if (facts->has_data_end && facts->has_heap_base) {
        print_row("  aux stack", sizes->aux_stack_bytes, "between the stack's bounds");
        print_row("  libc heap", sizes->libc_heap_bytes, "from __heap_base to the end");
    } else {
        printf("  %-*s%*s  its bounds are not exported\n", NAME_COLUMNS, "  aux stack", VALUE_COLUMNS, "-");
        printf("  %-*s%*s  __heap_base is not exported\n", NAME_COLUMNS, "  libc heap", VALUE_COLUMNS, "-");
    }
    print_row("app heap", sizes->app_heap_bytes,
              facts->exports_malloc ? "none: the module exports malloc and free" : "--heap-size");
    print_row("wasm stack", sizes->wasm_stack_bytes,
              mode == WASM_ESTIMATE_AOT ? "none: compiled code uses the native stack" : "--stack-size");
    print_row("exec env", sizes->exec_env_bytes, "of who calls an instance, with the stack");
    print_row("total", sizes->total_bytes, "one module, one instance, linear memory as declared");
    uint64_t instance_bytes =
        plus(plus(sizes->linear_memory_bytes, sizes->table_bytes + sizes->instance_structures_bytes),
             plus(sizes->app_heap_bytes, sizes->wasm_stack_bytes + sizes->exec_env_bytes));
    if (instance_count > 1) {
        char what[80];
        snprintf(what, sizeof what, "one module, %zu instances, each with its own memory", instance_count);
        print_row("total", plus(sizes->total_bytes, times(instance_bytes, instance_count - 1)), what);
    }
    print_row("native stack", sizes->native_stack_bytes,
              "least of a thread that runs it; the host's, not counted above");
    if (facts->has_memory && facts->has_memory_max)
        printf("\n  Linear memory may grow to %s bytes.\n",
               mb_format_count((double)sizes->linear_memory_max_bytes, text));
    else if (facts->has_memory)
        printf("\n  Linear memory may grow as far as addresses go: it declares no max.\n");
}

/* The file next to the module that its compiler made, if there is one. */
static mb_status read_aot(const char *path, wasm_estimate_settings *settings, wasm_estimate_aot *aot, mb_error *error)
{
    char name[PATH_MAX], reason[WASM_ESTIMATE_REASON_BYTES], *bytes;
    const char *dot = strrchr(path, '.');
    size_t length;
    if (settings->mode != WASM_ESTIMATE_AOT || dot == NULL ||
        snprintf(name, sizeof name, "%.*s.aot", (int)(dot - path), path) >= (int)sizeof name || access(name, F_OK) != 0)
        return MB_OK;
    mb_status status = mb_file_read(name, &bytes, &length, error);
    if (status != MB_OK)
        return status;
    if (wasm_estimate_parse_aot((const uint8_t *)bytes, length, aot, reason))
        settings->aot = aot;
    else
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: %s", name, reason);
    free(bytes);
    return status;
}

static mb_status estimate(const mb_options *options, mb_error *error)
{
    const estimate_options *own = options->part;
    wasm_estimate_settings settings = {.stack_bytes = own->stack_bytes, .heap_bytes = own->heap_bytes};
    if (options->operand_count != 1)
        return mb_error_set(error, MB_ERROR_USAGE, "estimate takes one file: membench estimate MODULE.wasm");
    if (!find_mode(own->mode != NULL ? own->mode : "fast", &settings.mode))
        return mb_error_set(error, MB_ERROR_USAGE, "--mode: \"%s\" is not fast, classic or aot", own->mode);
    char *bytes, reason[WASM_ESTIMATE_REASON_BYTES];
    size_t length;
    wasm_estimate_aot aot;
    mb_status status = read_aot(options->operands[0], &settings, &aot, error);
    if (status == MB_OK)
        status = mb_file_read(options->operands[0], &bytes, &length, error);
    if (status != MB_OK)
        return status;
    wasm_estimate facts;
    wasm_estimate_sizes sizes;
    if (wasm_estimate_parse((const uint8_t *)bytes, length, &facts, reason)) {
        wasm_estimate_sizes_make(&facts, &settings, &sizes);
        print_facts(options->operands[0], &facts);
        print_sizes(&facts, &sizes, &settings, own->instance_count);
    } else {
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: %s", options->operands[0], reason);
    }
    free(bytes);
    return status;
}

static int run(const mb_options *options)
{
    mb_error error;
    return estimate(options, &error) == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

/* clang-format off */
const mb_verb mb_verb_estimate = {
    .name = "estimate",
    .mask = MB_VERB_ESTIMATE,
    .synopsis = "[OPTIONS] MODULE.wasm",
    .summary = "show the memory that WAMR's guide predicts for a WebAssembly module",
    .description =
        "Reads a module and prints how much memory its parts take according to the memory estimation guide of the\n"
        "WebAssembly Micro Runtime. With --mode aot, reads the file of WAMR's compiler next to the module, MODULE.aot,\n"
        "if there is one. Runs and measures nothing.",
    .examples =
        "  membench estimate app.wasm\n"
        "  membench estimate --mode aot --stack-size 16KiB --heap-size 0 --instances 10 app.wasm\n",
    .options = &own_options,
    .part_bytes = sizeof(estimate_options),
    .part_defaults = &(const estimate_options){.stack_bytes = 8192, .instance_count = 1},
    .run = run,
};
/* clang-format on */
