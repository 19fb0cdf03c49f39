#include "readings/cgroup.h"

#include "base/units.h"
#include "readings/proc_text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { FILE_BYTES = 8192 };

/* Where the files of a version are. */
typedef struct layout {
    int version;
    const char *mount, *limit, *current, *peak, *events;
} layout;

static const layout layouts[] = {
    {1, "/sys/fs/cgroup/memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes", "/memory.max_usage_in_bytes",
     "/memory.oom_control"},
    {2, "/sys/fs/cgroup", "/memory.max", "/memory.current", "/memory.peak", "/memory.events"},
};

/* A file that holds one number; false for "max", and for nearly 2^63, which is how version 1 writes "none". */
static bool read_number(const char *root, const char *folder, const char *file, int64_t *value)
{
    char path[PATH_MAX], text[64];
    const char *at = text;
    int64_t number;
    if (!mb_proc_join(folder, file, path, sizeof path) || !mb_proc_read_path(root, path, text, sizeof text) ||
        !mb_digits_parse(&at, text + strlen(text), &number) || number >= INT64_MAX / 2)
        return false;
    *value = number;
    return true;
}

/* "oom_kill 2" on a line of its own. */
static void read_event(const char *text, const char *name, int64_t *value)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *at = line + length + 1;
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            (void)mb_digits_parse(&at, text + strlen(text), value);
    }
}

/* Whether "memory" is in a list such as "cpu,memory". */
static bool has_memory(const char *controllers)
{
    static const char wanted[] = "memory";
    for (const char *at = controllers; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strcspn(at, ",") == strlen(wanted) && strncmp(at, wanted, strlen(wanted)) == 0)
            return true;
    }
    return false;
}

/* The name of this process's group in a version; false when it is in none. Lines are "0::/group" (version 2) and
 * "4:cpu,memory:/group" (version 1). */
static bool find_group(const char *root, int version, char group[MB_CGROUP_PATH_BYTES])
{
    char text[FILE_BYTES], *rest = NULL;
    if (!mb_proc_read_path(root, "/proc/self/cgroup", text, sizeof text))
        return false;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':'), *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL)
            continue;
        *path++ = '\0';
        controllers++;
        if (version == 2 ? *controllers == '\0' : has_memory(controllers)) {
            mb_proc_copy(group, MB_CGROUP_PATH_BYTES, path);
            return true;
        }
    }
    return false;
}

/* Its folder, and the size that is read to know it. In a container the name may be the host's, while the container's
 * own group is what is mounted: then it is the mount itself. A group outside of a namespace ("/../other") has no folder
 * there either. */
static bool find_folder(const char *root, const layout *of, const char *group, char folder[PATH_MAX],
                        int64_t *current_bytes)
{
    if (strstr(group, "/..") == NULL &&
        mb_proc_join(of->mount, strcmp(group, "/") != 0 ? group : "", folder, PATH_MAX) &&
        read_number(root, folder, of->current, current_bytes))
        return true;
    mb_proc_copy(folder, PATH_MAX, of->mount);
    return read_number(root, folder, of->current, current_bytes);
}

/* The lowest limit of the folder and of those above it, up to the mount; *limit_bytes stays what it is otherwise. */
static void lower_limit(const char *root, const layout *of, const char *folder, int64_t *limit_bytes)
{
    char at[PATH_MAX];
    int64_t bytes;
    mb_proc_copy(at, sizeof at, folder);
    for (;;) {
        if (read_number(root, at, of->limit, &bytes) && (*limit_bytes < 0 || bytes < *limit_bytes))
            *limit_bytes = bytes;
        char *slash = strrchr(at, '/');
        if (slash == NULL || (size_t)(slash - at) < strlen(of->mount))
            return;
        *slash = '\0';
    }
}

int64_t mb_cgroup_lowest_limit(const char *root)
{
    char group[MB_CGROUP_PATH_BYTES], folder[PATH_MAX];
    int64_t limit_bytes = -1;
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (find_group(root, layouts[i].version, group)) {
            if (mb_proc_join(layouts[i].mount, group, folder, sizeof folder))
                lower_limit(root, &layouts[i], folder, &limit_bytes);
        }
    return limit_bytes;
}

static void read_events(const char *root, const layout *of, const char *folder, mb_cgroup *cgroup)
{
    char path[PATH_MAX], text[FILE_BYTES];
    if (of->version == 1)
        (void)read_number(root, folder, "/memory.failcnt", &cgroup->limit_count);
    if (!mb_proc_join(folder, of->events, path, sizeof path) || !mb_proc_read_path(root, path, text, sizeof text))
        return;
    read_event(text, "oom_kill", &cgroup->oom_kill_count);
    if (of->version == 1)
        return;
    read_event(text, "max", &cgroup->limit_count);
    read_event(text, "high", &cgroup->high_count);
    read_event(text, "oom", &cgroup->oom_count);
}

void mb_cgroup_read(const char *root, mb_cgroup *cgroup)
{
    char folder[PATH_MAX];
    *cgroup = (mb_cgroup){.current_bytes = -1,
                          .peak_bytes = -1,
                          .limit_bytes = -1,
                          .limit_count = -1,
                          .high_count = -1,
                          .oom_count = -1,
                          .oom_kill_count = -1};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        const layout *of = &layouts[i];
        if (!find_group(root, of->version, cgroup->group) ||
            !find_folder(root, of, cgroup->group, folder, &cgroup->current_bytes))
            continue;
        cgroup->version = of->version;
        (void)read_number(root, folder, of->peak, &cgroup->peak_bytes);
        lower_limit(root, of, folder, &cgroup->limit_bytes);
        read_events(root, of, folder, cgroup);
        return;
    }
}

int mb_cgroup_open_kills(const char *root, const mb_cgroup *cgroup)
{
    char folder[PATH_MAX], path[PATH_MAX], full[PATH_MAX];
    int64_t ignored;
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (layouts[i].version == cgroup->version && find_folder(root, &layouts[i], cgroup->group, folder, &ignored) &&
            mb_proc_join(folder, layouts[i].events, path, sizeof path) && mb_proc_join(root, path, full, sizeof full))
            return open(full, O_RDONLY | O_CLOEXEC);
    return -1;
}

int64_t mb_cgroup_read_kills(int kills_fd)
{
    char text[FILE_BYTES];
    size_t length;
    int64_t count = -1;
    if (kills_fd < 0 || !mb_proc_read(kills_fd, text, sizeof text - 1, &length))
        return -1;
    text[length] = '\0';
    read_event(text, "oom_kill", &count);
    return count;
}

const char *mb_cgroup_say_killed(int64_t count_before, const mb_cgroup *after, char text[MB_CGROUP_TEXT_BYTES])
{
    char limit[MB_UNITS_TEXT_MAX];
    *text = '\0';
    if (count_before < 0 || after->oom_kill_count <= count_before)
        return text;
    if (after->limit_bytes >= 0)
        snprintf(text, MB_CGROUP_TEXT_BYTES, "out of memory: the cgroup %s may take %s (%s)", after->group,
                 mb_format_bytes((double)after->limit_bytes, limit),
                 after->version == 2 ? "memory.max" : "memory.limit_in_bytes");
    else
        snprintf(text, MB_CGROUP_TEXT_BYTES, "out of memory: the system killed in the cgroup %s, which has no limit",
                 after->group);
    return text;
}
