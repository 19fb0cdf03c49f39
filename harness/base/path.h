/* path.h: parts of paths. */
#ifndef MEMBENCH_BASE_PATH_H
#define MEMBENCH_BASE_PATH_H

/* What follows the last slash of path, into which it points; NULL of NULL. */
const char *mb_file_name(const char *path);

#endif
