#include "command/exit.h"

mb_exit mb_exit_of_error(const mb_error *error)
{
    switch (error->kind) {
    case MB_ERROR_USAGE:
        return MB_EXIT_USAGE;
    case MB_ERROR_BASELINE:
        return MB_EXIT_BASELINE;
    case MB_ERROR_NONE:
    case MB_ERROR_SYSTEM:
    case MB_ERROR_FORMAT:
        return MB_EXIT_FAILED;
    }
    return MB_EXIT_FAILED;
}
