/* own_name.h: the name of the file that this program runs from. Tests copy a program to say which case it has to have.
 */
#ifndef MEMBENCH_TESTS_HEADER_OWN_NAME_H
#define MEMBENCH_TESTS_HEADER_OWN_NAME_H

#include <limits.h>
#include <string.h>
#include <unistd.h>

static inline const char *own_name(void)
{
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

#endif
