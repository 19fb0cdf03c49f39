#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "membench"

enum {
    FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
    DEPTH_MAX = 64,
    LOCKS_MAX = 16,
    UNLOCKED_SECONDS = 60
};

#define EARLY_LOCK MB_TEMPORARY_LOCK "-" /* until it is held */

/* Of folders that this process has made: 0 is none, since standard input is never one. */
static int locks[LOCKS_MAX];

/* Takes the descriptor. */
static void remove_below(int folder, int depth)
{
    DIR *entries = fdopendir(folder);
    if (entries == NULL) {
        close(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        bool is_lock = depth == 0 && strcmp(entry->d_name, MB_TEMPORARY_LOCK) == 0;
        if (is_lock || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(entries), entry->d_name, 0) == 0 || depth == DEPTH_MAX)
            continue;
        int below = openat(dirfd(entries), entry->d_name, FOLDER_FLAGS);
        if (below >= 0)
            remove_below(below, depth + 1);
        unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
    }
    if (depth == 0) /* last: who is killed before leaves a folder that still says whose it was */
        unlinkat(dirfd(entries), MB_TEMPORARY_LOCK, 0);
    closedir(entries);
}

static bool are_same_file(int a, int b)
{
    struct stat of_a, of_b;
    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

static void unlock(int folder)
{
    int lock = openat(folder, MB_TEMPORARY_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    for (size_t i = 0; lock >= 0 && i < LOCKS_MAX; i++)
        if (locks[i] > 0 && are_same_file(locks[i], lock)) {
            close(locks[i]);
            locks[i] = 0;
        }
    if (lock >= 0)
        close(lock);
}

void mb_temporary_remove(const char *path)
{
    int folder = *path != '\0' ? open(path, FOLDER_FLAGS) : -1;
    if (folder >= 0) {
        unlock(folder);
        remove_below(folder, 0);
    }
    if (*path != '\0')
        rmdir(path);
}

/* The lock comes under its name when it is held: a folder without one may be anybody's, and one with a lock that can be
 * had is of a process that is gone. */
static bool lock_folder(const char *path)
{
    int folder = open(path, FOLDER_FLAGS);
    int lock = folder >= 0 ? openat(folder, EARLY_LOCK, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    bool is_locked = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 &&
                     renameat(folder, EARLY_LOCK, folder, MB_TEMPORARY_LOCK) == 0;
    int errnum = errno;
    size_t i = 0;
    while (is_locked && i < LOCKS_MAX && locks[i] > 0)
        i++;
    if (is_locked && i < LOCKS_MAX)
        locks[i] = lock;
    else if (lock >= 0)
        close(lock);
    if (folder >= 0)
        close(folder);
    errno = errnum;
    return is_locked;
}

/* Nothing in here may fail what comes next: who cannot clean up leaves it to the next one. */
static void remove_abandoned(const char *where)
{
    DIR *entries = opendir(where);
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        struct stat about;
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
            continue;
        int folder = openat(dirfd(entries), entry->d_name, FOLDER_FLAGS);
        int lock = folder >= 0 ? openat(folder, MB_TEMPORARY_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
        bool is_own = folder >= 0 && fstat(folder, &about) == 0 && about.st_uid == geteuid();
        bool is_abandoned = is_own && lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
        if (is_own && lock < 0 && time(NULL) - about.st_mtime > UNLOCKED_SECONDS) {
            unlinkat(folder, EARLY_LOCK, 0);
            unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR); /* if it is empty */
        }
        if (lock >= 0)
            close(lock);
        if (is_abandoned) {
            remove_below(folder, 0);
            unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
        } else if (folder >= 0) {
            close(folder);
        }
    }
    closedir(entries);
}

mb_status mb_temporary_folder(const char *name, char *path, size_t size, mb_error *error)
{
    static bool is_clean;
    const char *where = getenv("TMPDIR");
    if (where == NULL || *where != '/')
        where = "/tmp";
    if (!is_clean)
        remove_abandoned(where);
    is_clean = true;
    int length = snprintf(path, size, "%s/%s-XXXXXX", where, name);
    bool is_made = length < (int)size && mkdtemp(path) != NULL;
    if (is_made && lock_folder(path))
        return MB_OK;
    int errnum = length >= (int)size ? ENAMETOOLONG : errno;
    if (is_made)
        mb_temporary_remove(path);
    path[0] = '\0';
    return mb_error_set_errno(error, errnum, "cannot create a temporary folder in %.300s", where);
}
