#include "base/number_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool mb_number_format(double value, char text[MB_NUMBER_TEXT_MAX])
{
    text[0] = '\0';
    if (!isfinite(value))
        return false;
    if (fabs(value) < 9007199254740992.0 && value == floor(value)) {
        snprintf(text, MB_NUMBER_TEXT_MAX, "%" PRId64, (int64_t)value);
        return true;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, MB_NUMBER_TEXT_MAX, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return true;
}
