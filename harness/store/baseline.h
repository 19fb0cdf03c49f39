/* baseline.h: named baselines: results files NAME.json in one folder. */
#ifndef MEMBENCH_STORE_BASELINE_H
#define MEMBENCH_STORE_BASELINE_H

#include "model/case_source.h"
#include "store/results_reader.h"

#define MB_BASELINE_FOLDER "./baselines"

enum {
    MB_BASELINE_NAME_MAX = 64,        /* characters: A-Z a-z 0-9 . _ - and no leading dot */
    MB_BASELINE_LOCK_WAIT_MS = 10000, /* how long a second writer waits for the first */
};

/* False, with a usage error, when name cannot be a baseline's. */
MB_NODISCARD mb_status mb_baseline_check_name(const char *name, mb_error *error);

/* "folder/name.json" in arena. */
MB_NODISCARD mb_status mb_baseline_path(const char *folder, const char *name, mb_arena *arena, const char **path,
                                        mb_error *error);

/* Opens a baseline for reading; one that does not exist is MB_ERROR_BASELINE and names those that do, or where there
 * are none the command that would save it: saving with --save-baseline NAME behind it, unless that is NULL. */
MB_NODISCARD mb_status mb_baseline_open(const char *folder, const char *name, const char *saving,
                                        mb_results_reader **reader, mb_error *error);

typedef struct mb_baseline_entry {
    const char *name;
    const char *date;    /* of the run that wrote last, or NULL */
    const char *problem; /* why the file cannot be read, or NULL; then date and case_count are not known */
    size_t case_count;
    uint64_t file_bytes;
} mb_baseline_entry;

/* All baselines of the folder, by name, in arena. A folder that does not exist has none. */
MB_NODISCARD mb_status mb_baseline_list(const char *folder, mb_arena *arena, mb_baseline_entry **entries, size_t *count,
                                        mb_error *error);

/* Removes one; one that does not exist is MB_ERROR_BASELINE. */
MB_NODISCARD mb_status mb_baseline_remove(const char *folder, const char *name, mb_error *error);

typedef struct mb_baseline_saved { /* what became of the cases */
    size_t added_count;
    size_t replaced_count;
    size_t kept_count;   /* of the old baseline: they did not run */
    size_t spared_count; /* of the old baseline: they ran and gave no result (crashed, skipped, …), the old one had */
} mb_baseline_saved;

/* Saves the cases of source under name and keeps those of an existing baseline that did not run, each with the program
 * it was measured with. The folder is made when missing. A second writer waits up to lock_wait_ms for the first.
 * Refused when kept cases come from another architecture, page size or source of RSS, since a file states these once.
 * Killed at any moment it leaves the old baseline or the new one. saved may be NULL. */
MB_NODISCARD mb_status mb_baseline_save(const char *folder, const char *name, const mb_case_source *source,
                                        int lock_wait_ms, mb_baseline_saved *saved, mb_error *error);

#endif
