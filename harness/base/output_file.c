#include "base/output_file.h"

#include "base/path.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* path with its links followed; itself where there is nothing yet. False when it is too long. */
static bool resolve(const char *path, char resolved[MB_OUTPUT_PATH_BYTES])
{
    char *real = realpath(path, NULL);
    int length = snprintf(resolved, MB_OUTPUT_PATH_BYTES, "%s", real != NULL ? real : path);
    free(real);
    return length < PATH_MAX;
}

mb_status mb_output_check(const char *path, mb_error *error)
{
    struct stat found;
    if (path == NULL || strcmp(path, "-") == 0)
        return MB_OK;
    bool is_there = stat(path, &found) == 0;
    int errnum = is_there && S_ISDIR(found.st_mode) ? EISDIR : 0;
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    if (!is_there && slash != NULL) {
        int length = snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - path), path);
        errnum = length >= PATH_MAX ? ENAMETOOLONG : stat(folder, &found) != 0 ? errno : 0;
    }
    return errnum == 0 ? MB_OK : mb_error_set_errno(error, errnum, "%s: cannot be written", path);
}

mb_status mb_output_open(mb_output *output, const char *path, mb_error *error)
{
    struct stat found;
    mb_output made = {0};
    if (!resolve(strcmp(path, "-") == 0 ? "/dev/stdout" : path, made.path))
        return mb_error_set_errno(error, ENAMETOOLONG, "cannot write %s", path);
    bool is_there = stat(path, &found) == 0;
    if (strcmp(path, "-") == 0) {
        int descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
        made.file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
        if (made.file == NULL && descriptor >= 0)
            close(descriptor);
    } else if (is_there && !S_ISREG(found.st_mode)) {
        made.file = fopen(path, "we");
    } else {
        int folder_length = (int)(mb_file_name(made.path) - made.path);
        snprintf(made.temporary, sizeof made.temporary, "%.*s.membench.%ld.tmp", folder_length, made.path,
                 (long)getpid());
        made.file = fopen(made.temporary, "we");
        if (made.file != NULL && is_there)
            (void)!fchmod(fileno(made.file), found.st_mode & 0777);
    }
    if (made.file == NULL)
        return mb_error_set_errno(error, errno, "cannot write %s", path);
    *output = made;
    return MB_OK;
}

mb_status mb_output_close(mb_output *output, mb_error *error)
{
    errno = 0;
    bool is_kept = output->temporary[0] != '\0';
    bool is_whole = fflush(output->file) == 0 && !ferror(output->file);
    is_whole = is_whole && (!is_kept || fsync(fileno(output->file)) == 0);
    int errnum = errno != 0 ? errno : EIO;
    if (fclose(output->file) != 0 && is_whole) {
        is_whole = false;
        errnum = errno;
    }
    output->file = NULL;
    if (is_whole && is_kept && rename(output->temporary, output->path) != 0) {
        is_whole = false;
        errnum = errno;
    }
    if (is_whole)
        return MB_OK;
    if (is_kept)
        unlink(output->temporary);
    return mb_error_set_errno(error, errnum, "cannot write %s", output->path);
}

void mb_output_abandon(mb_output *output)
{
    if (output->file == NULL)
        return;
    fclose(output->file);
    output->file = NULL;
    if (output->temporary[0] != '\0')
        unlink(output->temporary);
}
