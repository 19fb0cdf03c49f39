#include "judge/exit_code.h"

static int weight(mb_exit code)
{
    switch (code) {
    case MB_EXIT_OK:
        return 0;
    case MB_EXIT_SUSPECT:
        return 1;
    case MB_EXIT_BASELINE:
        return 2;
    case MB_EXIT_REGRESSED:
        return 3;
    case MB_EXIT_FAILED:
        return 4;
    case MB_EXIT_USAGE:
        return 5;
    case MB_EXIT_SIGNAL:
        break;
    }
    return 6; /* interrupted: nothing else is known for certain */
}

mb_exit mb_exit_worse(mb_exit left, mb_exit right) { return weight(right) > weight(left) ? right : left; }
