#include "base/path.h"

#include <stddef.h>
#include <string.h>

const char *mb_file_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path;
}
