#include "process/scratch.h"

#include "base/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

void mb_scratch_init(mb_scratch *scratch, char root[MB_SCRATCH_BYTES])
{
    *scratch = (mb_scratch){.root = root};
    root[0] = '\0';
    for (size_t i = 0; i < MB_JOBS_MAX; i++)
        scratch->folders[i] = -1;
}

static bool make_root(mb_scratch *scratch)
{
    if (scratch->is_tried)
        return scratch->root[0] != '\0';
    scratch->is_tried = true;
    char path[MB_SCRATCH_BYTES];
    mb_error ignored; /* samples go on without a folder of their own */
    if (mb_temporary_folder("membench", path, sizeof path, &ignored) != MB_OK)
        return false;
    strcpy(scratch->root, path);
    return true;
}

static const char *set_path(mb_scratch *scratch, size_t slot)
{
    snprintf(scratch->path, sizeof scratch->path, "%s/%02zu", scratch->root, slot);
    return scratch->path;
}

const char *mb_scratch_folder(mb_scratch *scratch, size_t slot)
{
    if (!make_root(scratch))
        return NULL;
    const char *path = set_path(scratch, slot);
    if (scratch->folders[slot] < 0 && mkdir(path, 0700) == 0)
        scratch->folders[slot] = open(path, FOLDER_FLAGS);
    return scratch->folders[slot] >= 0 ? path : NULL;
}

/* Nearly always nothing was left: two system calls say so. */
static bool is_empty(int folder)
{
    _Alignas(struct dirent) char entries[512];
    enum { RECORD_LENGTH_AT = 16, TWO_ENTRIES = 2 }; /* struct linux_dirent64 */
    lseek(folder, 0, SEEK_SET);
    long got = syscall(SYS_getdents64, folder, entries, sizeof entries);
    int count = 0;
    for (long at = 0; at + RECORD_LENGTH_AT + 2 <= got; count++) {
        unsigned short length;
        memcpy(&length, entries + at + RECORD_LENGTH_AT, sizeof length);
        at += length;
    }
    return got >= 0 && count <= TWO_ENTRIES;
}

void mb_scratch_clear(mb_scratch *scratch, size_t slot)
{
    int *folder = &scratch->folders[slot];
    struct stat now;
    if (*folder < 0)
        return;
    bool is_there = fstat(*folder, &now) == 0 && now.st_nlink > 0;
    if (is_there && is_empty(*folder))
        return;
    /* Renamed or removed ones are of no use: the next process gets a new one. */
    close(*folder);
    *folder = -1;
    mb_temporary_remove(set_path(scratch, slot));
}

void mb_scratch_fini(mb_scratch *scratch)
{
    for (size_t i = 0; i < MB_JOBS_MAX; i++)
        if (scratch->folders[i] >= 0)
            close(scratch->folders[i]);
    mb_temporary_remove(scratch->root);
    mb_scratch_init(scratch, scratch->root);
}
