#include "cli/stored.h"

#include "results/baseline.h"
#include "results/writer.h"

#include <stdio.h>

mb_status mb_stored_write(const mb_case_source *source, const char *path, mb_error *error)
{
    mb_results_writer *writer;
    mb_arena arena = {0};
    mb_status status = mb_results_writer_begin(path, source->run, &writer, error);
    if (status != MB_OK)
        return status;
    for (size_t c = 0; c < source->case_count && status == MB_OK; c++) {
        mb_case_result result;
        mb_arena_reset(&arena);
        status = source->read(source->context, c, &arena, &result, error);
        if (status == MB_OK)
            status = mb_results_writer_add(writer, &result, error);
    }
    mb_arena_fini(&arena);
    if (status == MB_OK)
        return mb_results_writer_finish(writer, error);
    mb_results_writer_abandon(writer);
    return status;
}

mb_status mb_stored_save_baseline(const mb_case_source *source, const mb_options *options, mb_error *error)
{
    mb_baseline_saved saved;
    if (!source->run->complete)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted: baseline \"%s\" was left as it is",
                            options->save_baseline);
    mb_status status = mb_baseline_save(mb_options_baseline_folder(options), options->save_baseline, source,
                                        MB_BASELINE_LOCK_WAIT_MS, &saved, error);
    if (status == MB_OK && !options->quiet)
        fprintf(stderr, "membench: saved baseline \"%s\": %zu cases new, %zu replaced, %zu kept%s\n",
                options->save_baseline, saved.added_count, saved.replaced_count, saved.kept_count + saved.spared_count,
                saved.spared_count > 0 ? " (those that failed now keep their old values)" : "");
    return status;
}
