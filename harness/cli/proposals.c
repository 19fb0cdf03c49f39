/* What each WebAssembly runtime loads: a module of a few bytes for each proposal, loaded once by each program. */
#include "cli/proposals.h"

#include "base/path.h"
#include "base/temporary.h"
#include "process/scratch.h"
#include "session/modules.h"
#include "session/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sections behind the header: types, functions, bodies. NOTHING: one type, () -> (), and a function of that type. */
#define NOTHING 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0
#define PAGE 5, 3, 1, 0, 1

#define PROBE(name, ...)                                                                                               \
    {                                                                                                                  \
        name, sizeof((unsigned char[]){__VA_ARGS__}), { __VA_ARGS__ }                                                  \
    }

static const struct {
    const char *name; /* "_" stands for a blank */
    size_t size;
    unsigned char bytes[40];
} probes[] = {
    PROBE("bulk_memory", NOTHING, PAGE, 10, 13, 1, 11, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0, 0x0b),
    PROBE("reference_types", NOTHING, 10, 7, 1, 5, 0, 0xd0, 0x6f, 0x1a, 0x0b),
    PROBE("multi-value", 1, 6, 1, 0x60, 0, 2, 0x7f, 0x7f, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0x41, 0, 0x0b),
    PROBE("sign_extension", NOTHING, 10, 8, 1, 6, 0, 0x41, 0, 0xc0, 0x1a, 0x0b),
    PROBE("SIMD", NOTHING, 10, 23, 1, 21, 0, 0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0x0b),
    PROBE("tail_calls", NOTHING, 10, 6, 1, 4, 0, 0x12, 0, 0x0b),
    PROBE("threads", NOTHING, 5, 4, 1, 3, 1, 1, 10, 11, 1, 9, 0, 0x41, 0, 0xfe, 16, 2, 0, 0x1a, 0x0b),
    PROBE("extended_const", NOTHING, 6, 9, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b, 10, 4, 1, 2, 0, 0x0b),
    PROBE("several_memories", NOTHING, 5, 5, 2, 0, 1, 0, 1, 10, 4, 1, 2, 0, 0x0b),
    PROBE("memory64", NOTHING, 5, 3, 1, 4, 1, 10, 4, 1, 2, 0, 0x0b),
    PROBE("exceptions", NOTHING, 13, 3, 1, 0, 0, 10, 8, 1, 6, 0, 0x1f, 0x40, 0, 0x0b, 0x0b),
    PROBE("legacy_exceptions", NOTHING, 10, 7, 1, 5, 0, 0x06, 0x40, 0x0b, 0x0b),
    PROBE("function_references", NOTHING, 10, 8, 1, 6, 0, 0xd0, 0, 0x14, 0, 0x0b),
    PROBE("garbage_collection", 1, 6, 2, 0x60, 0, 0, 0x5f, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0xfb, 1, 1, 0x1a, 0x0b),
};

enum { PROBE_COUNT = sizeof probes / sizeof probes[0], TEXT_BYTES = 1024 };
_Static_assert((int)PROBE_COUNT <= (int)MB_MODULES_MAX, "a run takes them all");

static mb_status write_probe(const char *path, size_t probe, mb_error *error)
{
    static const unsigned char header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    FILE *file = fopen(path, "wxe");
    if (file == NULL)
        return mb_error_set_errno(error, errno, "cannot write %s", path);
    bool is_written = fwrite(header, 1, sizeof header, file) == sizeof header &&
                      fwrite(probes[probe].bytes, 1, probes[probe].size, file) == probes[probe].size;
    if (fclose(file) != 0 || !is_written)
        return mb_error_set_errno(error, errno, "cannot write %s", path);
    return MB_OK;
}

static mb_status write_probes(const char *folder, const char **paths, mb_arena *arena, mb_error *error)
{
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s.wasm", folder, probes[i].name);
        paths[i] = mb_arena_copy(arena, path);
        if (paths[i] == NULL)
            return mb_error_no_memory(error);
        mb_status status = write_probe(path, i, error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

/* Adds the proposals of a program that were loaded, or those that were not. */
static void append(const mb_session *session, size_t program, bool is_loaded, char text[TEXT_BYTES])
{
    const char *separator = is_loaded ? "" : "; not: ";
    for (size_t c = 0; c < session->case_count; c++) {
        const mb_case_result *result = &session->results[c];
        if (result->program != program || (result->outcome == MB_OUTCOME_OK) != is_loaded)
            continue;
        size_t used = strlen(text), length = 0;
        const char *name = strstr(result->id, "/") + 1; /* wasm_module_load/RUNTIME/PROPOSAL/1 */
        name = strchr(name, '/') + 1;
        length = strcspn(name, "/");
        snprintf(text + used, TEXT_BYTES - used, "%s%.*s", separator, (int)length, name);
        for (char *c2 = text + used; *c2 != '\0'; c2++)
            if (*c2 == '_')
                *c2 = ' ';
        separator = ", ";
    }
}

static void print_program(const mb_session *session, size_t program, const char *label, mb_proposals_printer *print,
                          const mb_report *output)
{
    char text[TEXT_BYTES];
    const char *name = mb_file_name(session->programs[program].path);
    snprintf(text, sizeof text, "%s: ", name + (strncmp(name, "wasm-", 5) == 0 ? 5 : 0));
    append(session, program, true, text);
    append(session, program, false, text);
    print(output, label, text);
}

static mb_status try_all(mb_plan *plan, const char *folder, const char *label, mb_proposals_printer *print,
                         const mb_report *output, mb_arena *arena, mb_error *error)
{
    const char *paths[PROBE_COUNT];
    mb_session session;
    plan->test = true;
    plan->loads = plan->instances = "1";
    mb_status status = write_probes(folder, paths, arena, error);
    if (status == MB_OK)
        status = mb_modules_give(plan, paths, PROBE_COUNT, NULL, arena, error);
    if (status != MB_OK)
        return plan->program_count == 0 ? MB_OK : status;
    status = mb_filter_add(plan->filter, "^wasm_module_load/", error);
    if (status == MB_OK)
        status = mb_session_open(&session, plan, error);
    if (status != MB_OK)
        return status;
    status = mb_session_measure(&session, NULL, error);
    for (size_t p = 0; status == MB_OK && p < session.run.program_count; p++) {
        bool has_case = false;
        for (size_t c = 0; c < session.case_count; c++)
            has_case = has_case || session.results[c].program == p;
        if (!has_case)
            continue;
        print_program(&session, p, label, print, output);
        label = "";
    }
    mb_session_close(&session);
    return status;
}

void mb_proposals_print(const char *label, mb_proposals_printer *print, const mb_report *output)
{
    char folder[MB_SCRATCH_BYTES];
    mb_plan plan;
    mb_error error;
    mb_arena arena = {0};
    mb_status status = mb_plan_init(&plan, &error);
    if (status == MB_OK)
        status = mb_temporary_folder("membench-proposals", folder, sizeof folder, &error);
    if (status == MB_OK) {
        status = try_all(&plan, folder, label, print, output, &arena, &error);
        mb_temporary_remove(folder);
    }
    if (status != MB_OK)
        print(output, label, error.message);
    mb_plan_fini(&plan);
    mb_arena_fini(&arena);
}
