/* version.h: written by CMake from the version of project() in CMakeLists.txt; change it there. */
#ifndef MEMBENCH_VERSION_H
#define MEMBENCH_VERSION_H

#define MB_VERSION_MAJOR 0
#define MB_VERSION_MINOR 2
#define MB_VERSION_PATCH 0
#define MB_VERSION "0.2.0"

/* For comparisons, also in #if: 0.2.0 is 200, 1.12.3 is 11203. */
#define MB_VERSION_NUMBER (MB_VERSION_MAJOR * 10000 + MB_VERSION_MINOR * 100 + MB_VERSION_PATCH)

#endif
