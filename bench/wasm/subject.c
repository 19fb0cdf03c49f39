#include "subject.h"

#include "compile.h"
#include "given.h"
#include "place.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool keeps_bytes(void) { return (wasm_driver.abilities & WASM_KEEPS_BYTES) != 0; }

/* What the module's bytes tell; where another file is loaded, those of the module that it was made of. A module may be
 * newer than what can be parsed here: that is the runtime's to refuse. */
static mb_status read_facts(mb_bench *b, wasm_subject *s, bool is_other)
{
    wasm_bytes module = s->bytes;
    if (is_other) {
        mb_status status = wasm_module_read(b, s->info, NULL, &module);
        if (status != MB_OK)
            return status;
    }
    s->has_facts = wasm_estimate_parse(module.bytes, module.size, &s->facts, s->facts_reason);
    if (is_other)
        wasm_module_forget(&module);
    return MB_OK;
}

mb_status wasm_subject_init(mb_bench *b, size_t load_count)
{
    wasm_subject *s = mb_state(b);
    s->info = wasm_module_at((size_t)mb_param(b, "module"));
    if (wasm_driver.prepare != NULL) {
        mb_status status = wasm_driver.prepare(b);
        if (status != MB_OK)
            return status;
    }
    const wasm_given *given = wasm_given_get();
    if (given != NULL && given->has_wasi) {
        mb_status status = wasm_driver.set_wasi(b, wasm_given_wasi(s->info));
        if (status != MB_OK)
            return status;
    }
    bool is_other = wasm_module_has(s->info, wasm_driver.suffix);
    mb_status status = wasm_module_read(b, s->info, is_other ? wasm_driver.suffix : NULL, &s->bytes);
    if (status == MB_OK)
        status = read_facts(b, s, is_other);
    if (status == MB_OK && wasm_driver.compile != NULL && !is_other)
        status = wasm_compile(b, &s->bytes);
    if (status != MB_OK)
        return status;
    enum { ALIGNMENT_BYTES = 16 };
    s->copy_stride = (s->bytes.size + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    s->copy_space_bytes = s->copy_stride * (keeps_bytes() ? load_count : 1);
    /* Who keeps the copies pays for their pages inside the window; for the others there is one, touched already. */
    int populate = keeps_bytes() ? MAP_NORESERVE : MAP_POPULATE;
    void *space =
        mmap(NULL, s->copy_space_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | populate, -1, 0);
    if (space == MAP_FAILED)
        return mb_out_of_memory(b, "no room for %zu copies of module %s", load_count, s->info->name);
    s->copies = space;
    return MB_OK;
}

mb_status wasm_subject_keep_engine(mb_bench *b, bool with_module)
{
    wasm_subject *s = mb_state(b);
    mb_status status = wasm_subject_open(b);
    if (status == MB_OK && with_module) {
        status = wasm_subject_load(b);
        if (status == MB_OK)
            s->kept_module_count = 1;
    }
    s->stays_open = status == MB_OK;
    return status;
}

mb_status wasm_subject_keep_instance(mb_bench *b, const wasm_host_function *host, size_t host_count)
{
    wasm_subject *s = mb_state(b);
    mb_status status = wasm_subject_instantiate(b, host, host_count);
    if (status == MB_OK)
        s->kept_instance_count = s->instance_count;
    return status;
}

mb_status wasm_subject_open(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    if (s->engine_count == WASM_ENGINES_MAX)
        return mb_fail(b, "more than %d engines", WASM_ENGINES_MAX);
    mb_status status = wasm_driver.open(b, &s->engines[s->engine_count]);
    if (status != MB_OK)
        return status;
    const wasm_given *given = wasm_given_get();
    if (given != NULL && given->stack_bytes > 0 && wasm_driver.set_sizes != NULL)
        wasm_driver.set_sizes(s->engines[s->engine_count], given->stack_bytes, 0);
    s->engine_count++;
    return status;
}

mb_status wasm_subject_copy(mb_bench *b, wasm_bytes *copy)
{
    wasm_subject *s = mb_state(b);
    size_t offset = keeps_bytes() ? s->module_count * s->copy_stride : 0;
    if (offset + s->copy_stride > s->copy_space_bytes)
        return mb_fail(b, "more loads of %s than the case made room for", s->info->name);
    memcpy(s->copies + offset, s->bytes.bytes, s->bytes.size);
    *copy = (wasm_bytes){s->copies + offset, s->bytes.size, s->info->name, s->bytes.path};
    return MB_OK;
}

mb_status wasm_subject_load_copy(mb_bench *b, const wasm_bytes *copy)
{
    wasm_subject *s = mb_state(b);
    if (s->module_count == WASM_MODULES_MAX)
        return mb_fail(b, "more than %d modules", WASM_MODULES_MAX);
    mb_status status = wasm_driver.load(b, s->engines[s->engine_count - 1], copy, &s->modules[s->module_count]);
    if (status == MB_OK)
        s->module_count++;
    return status;
}

mb_status wasm_subject_load(mb_bench *b)
{
    wasm_bytes copy;
    mb_status status = wasm_subject_copy(b, &copy);
    return status != MB_OK ? status : wasm_subject_load_copy(b, &copy);
}

mb_status wasm_subject_instantiate(mb_bench *b, const wasm_host_function *host, size_t host_count)
{
    wasm_subject *s = mb_state(b);
    if (s->instance_count == WASM_INSTANCES_MAX)
        return mb_fail(b, "more than %d instances", WASM_INSTANCES_MAX);
    mb_status status = wasm_driver.instantiate(b, s->engines[s->engine_count - 1], s->modules[s->module_count - 1],
                                               host, host_count, &s->instances[s->instance_count]);
    if (status == MB_OK)
        s->instance_count++;
    return status;
}

mb_status wasm_subject_call_function(mb_bench *b, const char *function, int32_t argument, int32_t *result,
                                     bool *trapped)
{
    wasm_subject *s = mb_state(b);
    return wasm_driver.call(b, s->instances[s->instance_count - 1], function, &argument, 1, result, trapped);
}

mb_status wasm_subject_initialize(mb_bench *b, size_t place)
{
    wasm_subject *s = mb_state(b);
    int32_t result;
    if (!s->has_facts || !s->facts.exports_initialize || (wasm_driver.abilities & WASM_CAN_REACTOR) == 0)
        return MB_OK;
    return wasm_driver.call(b, s->instances[place], "_initialize", NULL, 0, &result, NULL);
}

/* What a given module's instance is called by: its entry, then what the user wants. */
static mb_status call_given(mb_bench *b, const wasm_given *given, wasm_instance *instance)
{
    static const char *const names[] = {[WASM_ENTRY_INITIALIZE] = "_initialize", [WASM_ENTRY_START] = "_start"};
    const wasm_subject *s = mb_state(b);
    wasm_estimate_entry entry =
        s->has_facts ? wasm_estimate_entry_of(&s->facts, given->has_wasi, given->call_count > 0) : WASM_ENTRY_NONE;
    mb_status status = MB_OK;
    int32_t result = 0;
    if (entry != WASM_ENTRY_NONE)
        status = wasm_driver.call(b, instance, names[entry], NULL, 0, &result, NULL);
    if (status == MB_OK && entry == WASM_ENTRY_START && result != 0)
        return mb_fail(b, "%s: exit code %d", s->info->name, (int)result);
    for (size_t i = 0; i < given->call_count && status == MB_OK; i++) {
        const wasm_given_call *call = &given->calls[i];
        status = wasm_driver.call(b, instance, call->function, call->arguments, call->argument_count, &result, NULL);
    }
    return status;
}

mb_status wasm_subject_call_at(mb_bench *b, size_t place)
{
    wasm_subject *s = mb_state(b);
    const wasm_given *given = wasm_given_get();
    int32_t result;
    if (given != NULL)
        return call_given(b, given, s->instances[place]);
    mb_status status = wasm_subject_initialize(b, place);
    if (status != MB_OK)
        return status;
    return wasm_driver.call(b, s->instances[place], s->info->function, &s->info->argument, 1, &result, NULL);
}

mb_status wasm_subject_call(mb_bench *b)
{
    const wasm_subject *s = mb_state(b);
    return wasm_subject_call_at(b, s->instance_count - 1);
}

static void drop_instances(wasm_subject *s, size_t left_count)
{
    while (s->instance_count > left_count)
        wasm_driver.drop_instance(s->instances[--s->instance_count]);
}

static void drop_modules(wasm_subject *s, size_t left_count)
{
    size_t dropped_count = s->module_count - left_count;
    while (s->module_count > left_count)
        wasm_driver.drop_module(s->modules[--s->module_count]);
    if (dropped_count > 0 && left_count == 0 && keeps_bytes())
        madvise(s->copies, s->copy_space_bytes, MADV_DONTNEED);
}

void wasm_subject_drop_instances(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    drop_instances(s, s->kept_instance_count);
}

void wasm_subject_drop_modules(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    drop_modules(s, s->kept_module_count);
}

void wasm_subject_close(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    while (s->engine_count > (s->stays_open ? 1 : 0))
        wasm_driver.close(s->engines[--s->engine_count]);
}

void wasm_subject_release(mb_bench *b)
{
    wasm_subject_drop_instances(b);
    wasm_subject_drop_modules(b);
    wasm_subject_close(b);
}

void wasm_subject_teardown(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    drop_instances(s, 0);
    drop_modules(s, 0);
    s->stays_open = false;
    wasm_subject_close(b);
    if (s->copies != NULL)
        munmap(s->copies, s->copy_space_bytes);
    wasm_module_forget(&s->bytes);
    wasm_compile_forget(&s->bytes);
}

void wasm_subject_region(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    wasm_memory memory;
    if (wasm_driver.memory(s->instances[0], &memory) && memory.address != NULL)
        mb_region(b, "linear memory", memory.address, memory.current_bytes);
    wasm_place_region_stack(b);
    if (wasm_driver.describe != NULL)
        wasm_driver.describe(b, s->engines[0], s->modules[0], s->instances[0]);
}
