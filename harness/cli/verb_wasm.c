/* `membench wasm`: what modules of the user's own take in each runtime: a run of the programs that run any module. */
#include "cli/verbs.h"
#include "command/complain.h"
#include "features/estimate/wasm_estimate.h"
#include "process/command.h"
#include "session/modules.h"
#include "store/project_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "i32, i32" for two arguments. */
static void expect_parameters(const char *call, char text[WASM_PARAMETERS_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *next = strrchr(call, '='); next != NULL; next = strchr(next + 1, ','))
        used += (size_t)snprintf(text + used, WASM_PARAMETERS_BYTES - used, "%si32", used > 0 ? ", " : "");
}

static mb_status check_call(const char *file, const uint8_t *bytes, size_t size, const char *call, mb_error *error)
{
    char takes[WASM_PARAMETERS_BYTES], given[WASM_PARAMETERS_BYTES], name[256];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(call, "="), call);
    if (strrchr(call, '=') != NULL)
        snprintf(name, sizeof name, "%.*s", (int)(strrchr(call, '=') - call), call);
    expect_parameters(call, given);
    switch (wasm_estimate_find(bytes, size, name, takes)) {
    case WASM_EXPORT_NONE:
        return mb_error_set(error, MB_ERROR_USAGE, "--call: %s exports no function \"%s\"", file, name);
    case WASM_EXPORT_FOUND:
        if (strcmp(takes, given) != 0)
            return mb_error_set(error, MB_ERROR_USAGE, "--call: %s of %s takes (%s), not (%s)", name, file, takes,
                                given);
        return MB_OK;
    case WASM_EXPORT_OF_UNKNOWN_TYPE:
        return MB_OK; /* the runtimes say what they think of it */
    }
    return MB_OK;
}

/* What will be done with the module where that is less than a reader may think. */
static void tell(const char *file, const wasm_estimate *facts, bool has_wasi, bool has_calls)
{
    static const char *const done[] = {[WASM_ENTRY_NONE] = "instances are made, nothing is called",
                                       [WASM_ENTRY_INITIALIZE] = "_initialize is called",
                                       [WASM_ENTRY_START] = "_start is called"};
    uint32_t of_wasi = facts->wasi_function_count, count = facts->imported_function_count - (has_wasi ? of_wasi : 0);
    char hint[sizeof " (--wasi gives it 4294967295 of these)"] = "";
    if (!has_wasi && of_wasi > 0 && of_wasi == count)
        strcpy(hint, " (--wasi gives it these)");
    else if (!has_wasi && of_wasi > 0)
        snprintf(hint, sizeof hint, " (--wasi gives it %u of these)", of_wasi);
    if (count > 0)
        fprintf(stderr, "membench: %s: imports %u function%s, which trap%s when called; %s%s\n", file, count,
                count == 1 ? "" : "s", count == 1 ? "s" : "",
                has_calls ? "calls are made as asked" : done[wasm_estimate_entry_of(facts, has_wasi, false)], hint);
}

static mb_status look_at(const mb_options *options, const char *file, mb_error *error)
{
    char *bytes, reason[WASM_ESTIMATE_REASON_BYTES];
    size_t size;
    wasm_estimate facts;
    if (strstr(file, ".wasm") == NULL && access(file, F_OK) != 0) /* a filter, as other commands take it? */
        return mb_error_set(error, MB_ERROR_USAGE, "%s: there is no such module; --filter chooses cases", file);
    mb_status status = mb_file_read(file, &bytes, &size, error);
    if (status != MB_OK)
        return status;
    if (!mb_module_is(file))
        status = mb_error_set(error, MB_ERROR_USAGE, "%s: not a WebAssembly module", file);
    else if (!wasm_estimate_parse((const uint8_t *)bytes, size, &facts, reason))
        fprintf(stderr, "membench: %s: cannot parse it (%s); the runtimes will try\n", file, reason);
    else if (!options->plan.is_quiet && !options->list)
        tell(file, &facts, options->plan.wasi, options->plan.call_count > 0);
    for (size_t i = 0; i < options->plan.call_count && status == MB_OK; i++)
        status = check_call(file, (const uint8_t *)bytes, size, options->plan.calls[i], error);
    free(bytes);
    return status;
}

/* Without operands those that membench.json lists. */
static mb_status take_listed(mb_options *options, mb_arena *arena, mb_error *error)
{
    mb_project project = {0};
    bool exists;
    if (options->operand_count > 0)
        return MB_OK;
    mb_status status = mb_project_read(MB_PROJECT_FILE, arena, &exists, &project, error);
    if (status == MB_OK && project.module_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "wasm takes modules: membench wasm FILE.wasm, or \"modules\" in membench.json");
    for (size_t i = 0; i < project.module_count && i < MB_OPERANDS_MAX; i++)
        options->operands[options->operand_count++] = project.modules[i];
    return status;
}

static int run(const mb_options *given)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_error error;
    mb_status status = take_listed(&options, &arena, &error);
    for (size_t i = 0; i < options.operand_count && status == MB_OK; i++)
        status = look_at(&options, options.operands[i], &error);
    if (status == MB_OK)
        status = mb_modules_give(&options.plan, options.operands, options.operand_count, NULL, &arena, &error);
    int code = status == MB_OK ? mb_verb_measure(&options) : mb_complain(&error);
    mb_arena_fini(&arena);
    return code;
}

/* clang-format off */
const mb_verb mb_verb_wasm = {
    .name = "wasm",
    .mask = MB_VERB_WASM,
    .synopsis = "[OPTIONS] [FILE.wasm...]",
    .summary = "measure WebAssembly modules in each runtime that was built",
    .description =
        "Runs modules in the built-in runtimes and measures the memory to load each module and to create, call\n"
        "and drop instances. With --verbose, shows where the memory is in each phase of one instance's life.\n"
        "Without --call, calls _initialize or _start if the module has one. Imported functions trap when called.\n"
        "A module that a runtime refuses is skipped with the runtime's reason. Without FILE, measures the modules\n"
        "of membench.json.\n"
        "All options of membench run apply: baselines, thresholds, reports. Exit codes: see membench run.",
    .examples =
        "  membench wasm sql-wasm.wasm\n"
        "  membench wasm parser.wasm --runtime wamr,wasm3 --call parse=4096 --instances 1,10\n"
        "  membench wasm parser.wasm --save-baseline main\n"
        "  membench wasm parser.wasm --baseline main --format side\n"
        "  membench ab old/parser.wasm new/parser.wasm --no-time\n",
    .run = run,
};
/* clang-format on */
