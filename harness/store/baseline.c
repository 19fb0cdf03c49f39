#include "store/baseline.h"
#include "base/file_ops.h"
#include "base/similar.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"

enum { SUFFIX_LENGTH = sizeof SUFFIX - 1 };

static bool is_name(const char *name, size_t length)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (length == 0 || length > MB_BASELINE_NAME_MAX || name[0] == '.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] == '\0' || strchr(allowed, name[i]) == NULL)
            return false;
    return true;
}

mb_status mb_baseline_check_name(const char *name, mb_error *error)
{
    if (is_name(name, strlen(name)))
        return MB_OK;
    return mb_error_set(error, MB_ERROR_USAGE,
                        "invalid baseline name \"%.80s\": use at most %d of A-Z a-z 0-9 . _ -, and no dot in front",
                        name, MB_BASELINE_NAME_MAX);
}

mb_status mb_baseline_path(const char *folder, const char *name, mb_arena *arena, const char **path, mb_error *error)
{
    mb_status status = mb_baseline_check_name(name, error);
    if (status != MB_OK)
        return status;
    size_t size = strlen(folder) + strlen(name) + SUFFIX_LENGTH + 2;
    char *text = mb_arena_alloc(arena, size);
    if (text == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", folder);
    snprintf(text, size, "%s/%s" SUFFIX, folder, name);
    *path = text;
    return MB_OK;
}

/* Length of the baseline's name in a file name, 0 when the file is none. */
static size_t name_length(const char *file)
{
    size_t length = strlen(file);
    if (length <= SUFFIX_LENGTH || strcmp(file + length - SUFFIX_LENGTH, SUFFIX) != 0)
        return 0;
    length -= SUFFIX_LENGTH;
    return is_name(file, length) ? length : 0;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const mb_baseline_entry *)a)->name, ((const mb_baseline_entry *)b)->name);
}

/* Names of all baselines of the folder, sorted. */
static mb_status list_names(const char *folder, mb_arena *arena, mb_baseline_entry **entries, size_t *count,
                            mb_error *error)
{
    mb_baseline_entry *list = NULL;
    size_t used = 0, capacity = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL && errno != ENOENT)
        return mb_error_set_errno(error, errno, "%s", folder);
    mb_status status = MB_OK;
    for (struct dirent *file; directory != NULL && status == MB_OK && (file = readdir(directory)) != NULL;) {
        size_t length = name_length(file->d_name);
        if (length == 0)
            continue;
        if (used == capacity) {
            capacity = capacity == 0 ? 16 : capacity * 2;
            mb_baseline_entry *larger = mb_arena_alloc(arena, capacity * sizeof *larger);
            if (larger == NULL) {
                status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", folder);
                break;
            }
            if (used > 0)
                memcpy(larger, list, used * sizeof *larger);
            list = larger;
        }
        list[used] = (mb_baseline_entry){.name = mb_arena_copy_length(arena, file->d_name, length)};
        if (list[used++].name == NULL)
            status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", folder);
    }
    if (directory != NULL)
        closedir(directory);
    if (status != MB_OK)
        return status;
    if (used > 0)
        qsort(list, used, sizeof *list, compare_entries);
    *entries = list;
    *count = used;
    return MB_OK;
}

/* Looks into one baseline; a file that cannot be read becomes the entry's problem. */
static mb_status fill_entry(const char *folder, mb_arena *arena, mb_baseline_entry *entry, mb_error *error)
{
    const char *path;
    struct stat facts;
    mb_status status = mb_baseline_path(folder, entry->name, arena, &path, error);
    if (status != MB_OK)
        return status;
    if (stat(path, &facts) == 0)
        entry->file_bytes = (uint64_t)facts.st_size;
    mb_results_reader *reader;
    mb_error problem;
    const char *text;
    errno = 0;
    if (mb_results_reader_open(path, &reader, &problem) == MB_OK) {
        text = mb_results_reader_run(reader)->date;
        entry->case_count = mb_results_reader_count(reader);
        entry->date = text == NULL ? NULL : mb_arena_copy(arena, text);
        bool is_memory_out = text != NULL && entry->date == NULL;
        mb_results_reader_close(reader);
        return is_memory_out ? mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", path) : MB_OK;
    }
    if (errno == ENOMEM)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", path);
    entry->problem = mb_arena_copy(arena, problem.message);
    return entry->problem == NULL ? mb_error_set(error, MB_ERROR_SYSTEM, "%s: out of memory", path) : MB_OK;
}

mb_status mb_baseline_list(const char *folder, mb_arena *arena, mb_baseline_entry **entries, size_t *count,
                           mb_error *error)
{
    mb_baseline_entry *list;
    size_t list_count;
    mb_status status = list_names(folder, arena, &list, &list_count, error);
    for (size_t i = 0; status == MB_OK && i < list_count; i++)
        status = fill_entry(folder, arena, &list[i], error);
    if (status != MB_OK)
        return status;
    *entries = list;
    *count = list_count;
    return MB_OK;
}

/* "no baseline NAME in FOLDER; there are: a, b", and where there are none how to save it, if that is asked for. */
static mb_status fail_unknown(const char *folder, const char *name, const char *saving, mb_error *error)
{
    mb_arena arena = {0};
    mb_baseline_entry *entries = NULL;
    size_t count = 0;
    char known[256] = "";
    size_t used = 0;
    if (list_names(folder, &arena, &entries, &count, NULL) == MB_OK)
        for (size_t i = 0; i < count && used < sizeof known - 1; i++) {
            int length =
                snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "there are: " : ", ", entries[i].name);
            used += (size_t)length;
        }
    mb_similar similar;
    char phrase[MB_SIMILAR_TEXT_MAX];
    mb_similar_begin(&similar, name, strlen(name));
    for (size_t i = 0; i < count; i++)
        mb_similar_offer(&similar, entries[i].name);
    mb_arena_fini(&arena);
    if (count == 0 && saving == NULL)
        return mb_error_set(error, MB_ERROR_BASELINE, "no baseline \"%s\" in %s", name, folder);
    if (count == 0)
        return mb_error_set(error, MB_ERROR_BASELINE, "no baseline \"%s\" in %s; save one: %s --save-baseline %s", name,
                            folder, saving, name);
    return mb_error_set(error, MB_ERROR_BASELINE, "no baseline \"%s\" in %s%s (%s)", name, folder,
                        mb_similar_phrase(&similar, phrase), known);
}

mb_status mb_baseline_open(const char *folder, const char *name, const char *saving, mb_results_reader **reader,
                           mb_error *error)
{
    mb_arena arena = {0};
    const char *path;
    mb_status status = mb_baseline_path(folder, name, &arena, &path, error);
    if (status == MB_OK) {
        if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
            status = fail_unknown(folder, name, saving, error);
        else
            status = mb_results_reader_open(path, reader, error);
    }
    mb_arena_fini(&arena);
    return status;
}

mb_status mb_baseline_remove(const char *folder, const char *name, mb_error *error)
{
    mb_arena arena = {0};
    const char *path;
    mb_status status = mb_baseline_path(folder, name, &arena, &path, error);
    if (status == MB_OK && unlink(path) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            status = fail_unknown(folder, name, NULL, error);
        else
            status = mb_error_set_errno(error, errno, "%s: cannot be removed", path);
    }
    mb_arena_fini(&arena);
    return status;
}
