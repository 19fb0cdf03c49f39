/* history_show.h: `membench history`, and the parts of it that show something. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_SHOW_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_SHOW_H

#include "command/options.h"

/* Each writes to standard output or --out; word is a case, NULL for all (changes). MB_ERROR_USAGE where nothing of that
 * name is recorded. */
MB_NODISCARD mb_status mb_history_show(const mb_options *options, const char *word, mb_error *error);
MB_NODISCARD mb_status mb_history_changes(const mb_options *options, const char *word, mb_error *error);
MB_NODISCARD mb_status mb_history_list(const mb_options *options, mb_error *error);

/* What the verb does. (history_run.c; history_absent.c where there is no SQLite) */
int mb_history_verb(const mb_options *options);

#endif
