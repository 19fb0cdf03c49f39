/* A process with all that descend from it. */
#include "readings/outside.h"

#include "readings/proc_text.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends the children that a thread has started. */
static size_t add_children(const char *root, pid_t pid, const char *thread, pid_t *pids, size_t count, size_t limit)
{
    char name[96], text[MB_READER_TEXT_BYTES];
    snprintf(name, sizeof name, "/proc/%ld/task/%.20s/children", (long)pid, thread);
    if (!mb_proc_read_path(root, name, text, sizeof text))
        return count;
    char *at = text, *end;
    for (long child = strtol(at, &end, 10); end != at && count < limit; child = strtol(at, &end, 10)) {
        if (*end != ' ')
            break; /* cut by the end of the room: maybe half a number */
        pids[count++] = (pid_t)child;
        at = end;
    }
    return count;
}

/* The process first, then its children, then theirs. */
static size_t list_tree(const char *root, pid_t pid, pid_t *pids, size_t limit)
{
    size_t count = 0;
    pids[count++] = pid;
    for (size_t i = 0; i < count; i++) {
        char name[48], path[PATH_MAX];
        snprintf(name, sizeof name, "/proc/%ld/task", (long)pids[i]);
        DIR *threads = mb_proc_join(root, name, path, sizeof path) ? opendir(path) : NULL;
        for (struct dirent *entry = threads != NULL ? readdir(threads) : NULL; entry != NULL; entry = readdir(threads))
            if (entry->d_name[0] != '.')
                count = add_children(root, pids[i], entry->d_name, pids, count, limit);
        if (threads != NULL)
            closedir(threads);
    }
    return count;
}

/* One process's part: of what it shares its share, else what status says. False when it has ended. */
static bool read_part(const char *root, pid_t pid, mb_memory_reading *part, int64_t *thread_count)
{
    char name[48], text[MB_READER_TEXT_BYTES];
    mb_kb_key keys[] = {{.name = "Pss:"}, {.name = "Pss_Anon:"}, {.name = "Pss_Shmem:"}, {.name = "SwapPss:"}};
    snprintf(name, sizeof name, "/proc/%ld/status", (long)pid);
    if (!mb_proc_read_path(root, name, text, sizeof text))
        return false;
    mb_status_parse(text, strlen(text), part);
    if ((part->valid & MB_READING_RSS) == 0 || !mb_threads_parse(text, strlen(text), thread_count))
        return false; /* a zombie */
    snprintf(name, sizeof name, "/proc/%ld/smaps_rollup", (long)pid);
    if (!mb_proc_read_path(root, name, text, sizeof text))
        return true;
    mb_kb_scan(text, strlen(text), keys, sizeof keys / sizeof keys[0]);
    if (!mb_kb_found(&keys[0]) || !mb_kb_found(&keys[1]) || !mb_kb_found(&keys[2]))
        return true;
    part->rss_bytes = keys[0].size_bytes;
    part->anon_bytes = keys[1].size_bytes + keys[2].size_bytes;
    part->swap_bytes = mb_kb_found(&keys[3]) ? keys[3].size_bytes : part->swap_bytes;
    return true;
}

size_t mb_outside_read_tree(const mb_outside *outside, const char *root, pid_t pid, mb_memory_reading *reading,
                            int64_t *thread_count, pid_t pids[MB_OUTSIDE_TREE_MAX])
{
    if (!mb_outside_read(outside, reading, thread_count))
        return 0;
    size_t listed = list_tree(root, pid, pids, MB_OUTSIDE_TREE_MAX), count = 0;
    if (listed == 1)
        return 1;
    mb_memory_reading sum = {.valid = MB_READING_RSS | MB_READING_ANON | MB_READING_SWAP};
    int64_t threads = 0, part_threads;
    for (size_t i = 0; i < listed; i++) {
        mb_memory_reading part;
        if (!read_part(root, pids[i], &part, &part_threads))
            continue;
        sum.rss_bytes += part.rss_bytes;
        sum.anon_bytes += part.anon_bytes;
        sum.swap_bytes += part.swap_bytes;
        sum.valid &= part.valid;
        threads += part_threads;
        pids[count++] = pids[i];
    }
    if (count == 0 || pids[0] != pid) /* it has ended meanwhile; the others go with the next tick */
        return 0;
    *reading = sum;
    *thread_count = threads;
    return count;
}
