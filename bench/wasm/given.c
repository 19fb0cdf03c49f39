#include "given.h"

#include "features/estimate/wasm_estimate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static wasm_given given;
static bool was_read, is_given;

static void refuse(const char *what)
{
    fprintf(stderr, "MEMBENCH_WASM: %s: it is of a different version of membench\n", what);
    exit(2);
}

static void read_counts(const char *text, uint64_t counts[WASM_COUNTS_MAX])
{
    size_t count = 0;
    for (const char *next = text; next != NULL; count++) {
        char *end;
        if (count == WASM_COUNTS_MAX)
            refuse("too many counts");
        counts[count] = strtoull(next, &end, 10);
        if (end == next || counts[count] == 0 || (*end != ',' && *end != '\0'))
            refuse("a list of counts");
        next = *end == ',' ? end + 1 : NULL;
    }
}

/* "1,2:add": its arguments, then the function. */
static void read_call(char *text)
{
    char *function = strchr(text, ':');
    if (function == NULL || given.call_count == WASM_CALLS_MAX)
        refuse("a call");
    *function = '\0';
    wasm_given_call *call = &given.calls[given.call_count++];
    call->function = function + 1;
    while (*text != '\0') {
        if (call->argument_count == WASM_ARGUMENTS_MAX)
            refuse("the arguments of a call");
        call->arguments[call->argument_count++] = (int32_t)strtoll(text, &text, 10);
        if (*text == ',')
            text++;
    }
}

/* What a case needs goes by the module's size and memory. A file that cannot be read the case itself skips. */
static void read_size(wasm_module_info *info)
{
    struct stat status;
    wasm_estimate facts;
    char reason[WASM_ESTIMATE_REASON_BYTES];
    int file = open(info->path, O_RDONLY | O_CLOEXEC);
    info->size_kib = 1;
    if (file < 0)
        return;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
        info->size_kib = (uint32_t)((size + 1023) / 1024);
        if (bytes != MAP_FAILED && wasm_estimate_parse(bytes, size, &facts, reason))
            info->memory_bytes = facts.memory_min_pages * WASM_PAGE_BYTES;
        if (bytes != MAP_FAILED)
            munmap(bytes, size);
    }
    close(file);
}

static void read_module(char *text, char **path)
{
    char *name, *end;
    uint64_t hash = strtoull(text, &name, 16);
    if (*name != ':' || given.module_count == WASM_GIVEN_MAX || *path == NULL)
        refuse("a module");
    end = strchr(*path, '\n');
    if (end != NULL)
        *end++ = '\0';
    wasm_module_info *info = &given.modules[given.module_count++];
    *info = (wasm_module_info){.name = name + 1, .path = *path, .hash = hash};
    read_size(info);
    *path = end;
}

static void read_line(char *line, char **path)
{
    char *value = strchr(line, '=');
    if (value == NULL)
        refuse("a line");
    *value++ = '\0';
    if (strcmp(line, "instances") == 0)
        read_counts(value, given.instances);
    else if (strcmp(line, "loads") == 0)
        read_counts(value, given.loads);
    else if (strcmp(line, "stack") == 0)
        given.stack_bytes = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(line, "call") == 0)
        read_call(value);
    else if (strcmp(line, "module") == 0)
        read_module(value, path);
    else
        refuse(line);
}

static void read_wasi_line(char *line)
{
    wasm_wasi *wasi = &given.wasi;
    char *value = strchr(line, '=');
    if (value == NULL)
        refuse("MEMBENCH_WASI");
    *value++ = '\0';
    char *host = strstr(value, "::");
    if (strcmp(line, "arg") == 0 && wasi->argument_count <= WASM_WASI_MAX) {
        wasi->arguments[wasi->argument_count++] = value;
    } else if (strcmp(line, "env") == 0 && wasi->variable_count < WASM_WASI_MAX) {
        wasi->variables[wasi->variable_count++] = value;
    } else if (strcmp(line, "dir") == 0 && host != NULL && wasi->folder_count < WASM_WASI_MAX) {
        *host = '\0';
        wasi->folders[wasi->folder_count].guest = value;
        wasi->folders[wasi->folder_count++].host = host + 2;
    } else {
        refuse("MEMBENCH_WASI");
    }
}

const wasm_wasi *wasm_given_wasi(const wasm_module_info *info)
{
    given.wasi.arguments[0] = info->name;
    return &given.wasi;
}

const wasm_given *wasm_given_get(void)
{
    if (was_read)
        return is_given ? &given : NULL;
    was_read = true;
    char *lines = getenv("MEMBENCH_WASM"), *path = getenv("MEMBENCH_WASM_FILES"), *rest = NULL;
    char *wasi_lines = getenv("MEMBENCH_WASI");
    if (lines == NULL || path == NULL)
        return NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        read_line(line, &path);
    given.has_wasi = wasi_lines != NULL;
    given.wasi.argument_count = 1;
    for (char *line = given.has_wasi ? strtok_r(wasi_lines, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        read_wasi_line(line);
    if (given.module_count == 0 || given.instances[0] == 0 || given.loads[0] == 0)
        refuse("a part is missing");
    is_given = true;
    return &given;
}

bool wasm_modules_are_given(void) { return wasm_given_get() != NULL; }

mb_status wasm_name_folders(mb_bench *b, const wasm_wasi *wasi, const char *between, const char *names[WASM_WASI_MAX])
{
    for (size_t i = 0; i < wasi->folder_count; i++) {
        char *text;
        if (asprintf(&text, "%s%s%s", wasi->folders[i].guest, between, wasi->folders[i].host) < 0)
            return mb_out_of_memory(b, "asprintf: %s", strerror(errno));
        names[i] = text;
    }
    return MB_OK;
}
