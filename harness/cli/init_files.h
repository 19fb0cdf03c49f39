/* init_files.h: the files of `membench init`. */
#ifndef MEMBENCH_CLI_INIT_FILES_H
#define MEMBENCH_CLI_INIT_FILES_H

typedef struct mb_init_file {
    const char *path; /* below the folder */
    const char *summary;
    const char *text;
} mb_init_file;

/* Ended by a path of NULL. */
extern const mb_init_file mb_init_files[];

#endif
