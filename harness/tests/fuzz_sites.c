/* Fuzz target of call sites: any bytes as what the collector writes, and as names of functions. */
#include "base/error.h"
#include "sites/name_rules.h"
#include "sites/name_rust.h"
#include "sites/site_diff.h"
#include "sites/site_names.h"
#include "sites/site_runs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_names(const uint8_t *data, size_t size)
{
    char text[MB_FUNCTION_NAME_BYTES], shown[MB_FUNCTION_NAME_BYTES];
    char *name = malloc(size + 3);
    if (name == NULL)
        return;
    memcpy(name, "_R", 2);
    memcpy(name + 2, data, size);
    name[size + 2] = '\0';
    if (mb_name_rust(name, text))
        MB_ASSERT(strlen(text) < sizeof text);
    MB_ASSERT(strlen(mb_name_normalize(name + 2, text)) < sizeof text);
    MB_ASSERT(strlen(mb_name_shorten(text, shown)) < sizeof shown);
    (void)mb_name_is_of_allocator(text);
    free(name);
}

/* A dump that is read has names (those of its addresses: no file of it is there), and a difference that adds up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mb_arena arena = {0};
    mb_error error;
    mb_site_dump dump;
    mb_site_set set;
    mb_where where;
    mb_site_files files = {0};
    try_names(data, size);
    if (mb_site_runs_read((const char *)data, size, &arena, &dump, &error) == MB_OK &&
        mb_site_names_find(&dump, &files, &arena, &set, &error) == MB_OK) {
        const mb_site_view *views = set.views[MB_WINDOW_COLD];
        if (mb_where_compare(&views[MB_SITE_AT_RUN], &views[MB_SITE_AT_PEAK], MB_SITE_BLOCKS, &arena, &where, &error) ==
            MB_OK)
            MB_ASSERT(where.entry_count == 0 || where.entries[0].place != NULL);
    } else {
        MB_ASSERT(error.kind == MB_ERROR_FORMAT || error.kind == MB_ERROR_SYSTEM);
    }
    mb_site_files_close(&files);
    mb_arena_fini(&arena);
    return 0;
}
