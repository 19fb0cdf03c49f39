#include "features/watch/watch_files.h"

#include "session/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTLE_MS = 200, LOOK_MS = 40, IDLE_MS = 1000, FOLDERS_A_FILE = 2 };

#define FOLDER_EVENTS (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR)

/* What tells one state of a file from another; all 0 when it is missing. */
typedef struct signature {
    dev_t device;
    ino_t number;
    off_t size_bytes;
    struct timespec changed;
} signature;

typedef struct watched_file {
    char *path;
    char *folders[FOLDERS_A_FILE]; /* of the name, and of what it links to; the second may be NULL */
    int watches[FOLDERS_A_FILE];   /* -1: lost, or never there */
    signature marked, latest;
    bool is_runnable; /* as of latest */
} watched_file;

struct mb_watched {
    int fd;
    watched_file *files;
    size_t count;
    uint64_t moved_ns;             /* when latest last changed */
    bool is_distrusted, is_forced; /* an event is a change; there was one */
    mb_watched_state state;
};

static bool is_equal(const signature *a, const signature *b)
{
    return a->device == b->device && a->number == b->number && a->size_bytes == b->size_bytes &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Whether the file moved since the last look. */
static bool read_signature(watched_file *file)
{
    struct stat status;
    signature now = {0};
    bool is_there = stat(file->path, &status) == 0;
    if (is_there)
        now = (signature){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
    bool was_runnable = file->is_runnable;
    file->is_runnable = is_there && S_ISREG(status.st_mode) && status.st_size > 0 &&
                        (access(file->path, X_OK) == 0 || mb_module_is(file->path));
    bool is_moved = !is_equal(&now, &file->latest) || was_runnable != file->is_runnable;
    file->latest = now;
    return is_moved;
}

/* Somebody has it open for writing: then it cannot be run (ETXTBSY), and will change. A read lease is refused for such
 * a file; where leases are not to be had nothing is known, and false is returned. SIGIO, which a lease may bring, is
 * blocked by our caller. */
static bool is_being_written(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is_refused = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    close(fd); /* ends the lease */
    return is_refused;
}

static void watch_folders(mb_watched *watched)
{
    for (size_t i = 0; i < watched->count; i++)
        for (size_t k = 0; k < FOLDERS_A_FILE; k++) {
            watched_file *file = &watched->files[i];
            if (file->folders[k] != NULL && file->watches[k] < 0)
                file->watches[k] = inotify_add_watch(watched->fd, file->folders[k], FOLDER_EVENTS);
        }
}

static mb_status take_path(watched_file *file, const char *path, mb_error *error)
{
    char copy[PATH_MAX], target[PATH_MAX];
    file->watches[0] = file->watches[1] = -1;
    file->path = strdup(path);
    if (strlen(path) >= sizeof copy)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: the path is too long", path);
    file->folders[0] = strdup(dirname(strcpy(copy, path)));
    bool is_link = realpath(path, target) != NULL && strcmp(dirname(target), file->folders[0]) != 0;
    if (is_link)
        file->folders[1] = strdup(target);
    if (file->path == NULL || file->folders[0] == NULL || (is_link && file->folders[1] == NULL))
        return mb_error_no_memory(error);
    return MB_OK;
}

mb_status mb_watched_open(const char *const *paths, size_t count, mb_watched **watched, mb_error *error)
{
    mb_watched *made = calloc(1, sizeof *made);
    watched_file *files = calloc(count, sizeof *files);
    if (made == NULL || files == NULL) {
        free(made);
        free(files);
        return mb_error_no_memory(error);
    }
    *made = (mb_watched){.files = files, .count = count, .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    mb_status status =
        made->fd >= 0 ? MB_OK
                      : mb_error_set_errno(error, errno,
                                           "cannot watch files (inotify; fs.inotify.max_user_instances is the limit)");
    for (size_t i = 0; i < count && status == MB_OK; i++)
        status = take_path(&files[i], paths[i], error);
    if (status != MB_OK) {
        mb_watched_close(made);
        return status;
    }
    watch_folders(made);
    mb_watched_mark(made);
    *watched = made;
    return MB_OK;
}

int mb_watched_fd(const mb_watched *watched) { return watched->fd; }

int mb_watched_wait_ms(const mb_watched *watched) { return watched->state == MB_WATCHED_BUSY ? LOOK_MS : IDLE_MS; }

void mb_watched_mark(mb_watched *watched)
{
    for (size_t i = 0; i < watched->count; i++) {
        read_signature(&watched->files[i]);
        watched->files[i].marked = watched->files[i].latest;
    }
    watched->is_distrusted = watched->is_forced = false;
    watched->state = MB_WATCHED_SAME;
}

void mb_watched_distrust(mb_watched *watched) { watched->is_distrusted = true; }

/* A folder's watch ends with the folder; a new one of that name is watched at the next look. */
static void forget_watch(mb_watched *watched, int watch)
{
    for (size_t i = 0; i < watched->count; i++)
        for (size_t k = 0; k < FOLDERS_A_FILE; k++)
            if (watched->files[i].watches[k] == watch)
                watched->files[i].watches[k] = -1;
}

static bool is_ours(const mb_watched *watched, const char *name)
{
    for (size_t i = 0; i < watched->count; i++) {
        const char *slash = strrchr(watched->files[i].path, '/');
        if (strcmp(slash != NULL ? slash + 1 : watched->files[i].path, name) == 0)
            return true;
    }
    return false;
}

/* Takes all events; true when one was about a file of ours. */
static bool take_events(mb_watched *watched)
{
    _Alignas(struct inotify_event) char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
    bool is_any = false;
    for (ssize_t length; (length = read(watched->fd, bytes, sizeof bytes)) > 0;)
        for (char *place = bytes; place < bytes + length;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)place;
            if (event->mask & IN_IGNORED)
                forget_watch(watched, event->wd);
            is_any = is_any || (event->len > 0 && is_ours(watched, event->name));
            place += sizeof *event + event->len;
        }
    return is_any;
}

mb_watched_state mb_watched_look(mb_watched *watched, uint64_t now_ns, const char **path)
{
    bool is_event = take_events(watched), is_moved = false;
    watched->is_forced = watched->is_forced || (is_event && watched->is_distrusted);
    watch_folders(watched);
    *path = watched->files[0].path;
    const watched_file *missing = NULL;
    bool is_other = watched->is_forced, is_written = false;
    for (size_t i = 0; i < watched->count; i++) {
        watched_file *file = &watched->files[i];
        is_moved = read_signature(file) || is_moved;
        if (!file->is_runnable)
            missing = file;
        if (is_equal(&file->latest, &file->marked))
            continue;
        is_other = true;
        *path = file->path;
        is_written = is_written || is_being_written(file->path);
    }
    if (is_moved || is_written || (is_event && is_other))
        watched->moved_ns = now_ns;
    if (missing != NULL)
        *path = missing->path;
    bool is_quiet = now_ns - watched->moved_ns >= (uint64_t)SETTLE_MS * 1000000;
    watched->state = missing != NULL ? MB_WATCHED_MISSING
                     : !is_other     ? MB_WATCHED_SAME
                     : is_quiet      ? MB_WATCHED_READY
                                     : MB_WATCHED_BUSY;
    return watched->state;
}

void mb_watched_close(mb_watched *watched)
{
    if (watched == NULL)
        return;
    for (size_t i = 0; i < watched->count; i++) {
        free(watched->files[i].path);
        for (size_t k = 0; k < FOLDERS_A_FILE; k++)
            free(watched->files[i].folders[k]);
    }
    if (watched->fd >= 0)
        close(watched->fd);
    free(watched->files);
    free(watched);
}
