#include "command/save_run.h"

#include "store/baseline.h"

#include <stdio.h>

mb_status mb_stored_save_baseline(const mb_case_source *source, const mb_options *options, mb_error *error)
{
    mb_baseline_saved saved;
    if (!source->run->complete)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted: baseline \"%s\" was left as it is",
                            options->plan.save_baseline);
    mb_status status = mb_baseline_save(mb_options_baseline_folder(options), options->plan.save_baseline, source,
                                        MB_BASELINE_LOCK_WAIT_MS, &saved, error);
    if (status == MB_OK && !options->plan.is_quiet)
        fprintf(stderr, "membench: saved baseline \"%s\": %zu case%s new, %zu replaced, %zu kept%s\n",
                options->plan.save_baseline, saved.added_count, saved.added_count == 1 ? "" : "s", saved.replaced_count,
                saved.kept_count + saved.spared_count,
                saved.spared_count > 0 ? " (those that failed now keep their old values)" : "");
    return status;
}
