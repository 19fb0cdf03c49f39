/* site_pass.h: one more sample of some cases, in fresh processes with the same windows, for their call sites. No value
 * of it is kept. */
#ifndef MEMBENCH_SESSION_SITE_PASS_H
#define MEMBENCH_SESSION_SITE_PASS_H

#include "session/session.h"
#include "sites/site_set.h"

typedef struct mb_site_sample {
    mb_site_set set;
    const char *obstacle; /* why there are no call sites, and what can be done; NULL: there are */
} mb_site_sample;

/* Takes them, all at once as far as there are slots; samples[i] is that of case_indices[i], in the arena. What is
 * unavailable has an obstacle; fails only for lack of memory and the like. The session has been measured. */
MB_NODISCARD mb_status mb_sites_take(mb_session *session, const size_t *case_indices, size_t count, mb_arena *arena,
                                     mb_site_sample *samples, mb_error *error);

/* Takes them and leaves them in the results of these cases (mb_case_result.sites), where they can be had. */
MB_NODISCARD mb_status mb_sites_keep(mb_session *session, const size_t *case_indices, size_t count, mb_error *error);

/* The same of all cases that succeeded: for a baseline, so that later runs are explained by it. */
MB_NODISCARD mb_status mb_sites_keep_all(mb_session *session, mb_error *error);

/* Runs a command once more, to its end, and takes the call sites of that of its processes whose heap was highest:
 * views of the cold window, in the arena. *obstacle as in mb_site_sample. */
MB_NODISCARD mb_status mb_sites_of_command(const mb_paths *paths, const char *path, char *const *argv, mb_arena *arena,
                                           mb_site_sample *sample, mb_error *error);

/* The file of session->sites_folder that a process of the case writes its call sites to. */
void mb_sites_path(const mb_session *session, size_t case_index, char path[], size_t size);

/* Reads what a process has written, and finds the names. (files: site_names.h) */
struct mb_site_files;
MB_NODISCARD mb_status mb_sites_read_file(const char *path, struct mb_site_files *files, mb_arena *arena,
                                          mb_site_sample *sample, mb_error *error);

/* Why the call sites of a program's cases are unavailable, or NULL. */
const char *mb_sites_obstacle(const mb_session *session, size_t program);

#endif
