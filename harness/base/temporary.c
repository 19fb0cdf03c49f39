#include "base/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

mb_status mb_temporary_folder(const char *name, char *path, size_t size, mb_error *error)
{
    const char *where = getenv("TMPDIR");
    int length = snprintf(path, size, "%s/%s-XXXXXX", where != NULL && *where != '\0' ? where : "/tmp", name);
    if (length < (int)size && mkdtemp(path) != NULL)
        return MB_OK;
    int errnum = length >= (int)size ? ENAMETOOLONG : errno;
    path[0] = '\0';
    return mb_error_set_errno(error, errnum, "cannot create a temporary folder");
}
