/* `membench history` of a build without SQLite. */
#include "command/complain.h"
#include "command/options.h"
#include "features/history/history_show.h"

int mb_history_verb(const mb_options *options)
{
    mb_error error;
    (void)options;
    mb_error_set(&error, MB_ERROR_SYSTEM,
                 "this membench was built without SQLite, which history needs: install libsqlite3-dev (Debian), "
                 "configure and build again");
    return mb_complain(&error);
}
