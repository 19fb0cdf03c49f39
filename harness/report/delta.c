#include "report/delta.h"

#include "base/utf8.h"
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SUBJECT_BYTES_MAX = MB_DELTA_LINE_BYTES_MAX - 96 };

/* "100 jobs", "100KB payload", and several parameters joined by "and". */
static void describe_subject(const mb_case_result *result, char subject[SUBJECT_BYTES_MAX])
{
    size_t used = 0;
    if (result->param_count == 0)
        snprintf(subject, SUBJECT_BYTES_MAX, "%s", result->id);
    for (size_t i = 0; i < result->param_count && used < SUBJECT_BYTES_MAX; i++) {
        const mb_param_value *param = &result->params[i];
        static const char suffix[] = "_bytes";
        char value[MB_UNITS_TEXT_MAX];
        size_t length = strlen(param->name), suffix_length = sizeof suffix - 1;
        if (param->unit == MB_UNIT_BYTES && length > suffix_length &&
            strcmp(param->name + length - suffix_length, suffix) == 0)
            length -= suffix_length;
        mb_format_param(param->value, param->unit, value);
        used += (size_t)snprintf(subject + used, SUBJECT_BYTES_MAX - used, "%s%s %.*s", i > 0 ? " and " : "",
                                 param->label != NULL ? param->label : value, (int)length, param->name);
    }
}

/* "156 KB", with one decimal unless it is whole; "" where the window has no anonymous memory measured. */
static bool format_window(const mb_case_result *result, mb_window window, char text[MB_UNITS_TEXT_MAX])
{
    const mb_series *series = &result->series[mb_metric_of(MB_ANON_DELTA_BYTES, window)];
    mb_summary summary;
    text[0] = '\0';
    if (series->count == 0 || !mb_summary_make(series, &summary))
        return false;
    double tenths = round(summary.median / 1024 * 10);
    snprintf(text, MB_UNITS_TEXT_MAX, "%.*f KB", fmod(tenths, 10) == 0 ? 0 : 1, tenths / 10 + 0.0);
    return true;
}

bool mb_delta_format(const mb_case_result *result, char line[MB_DELTA_LINE_BYTES_MAX])
{
    char subject[SUBJECT_BYTES_MAX], clean[SUBJECT_BYTES_MAX];
    char steady[MB_UNITS_TEXT_MAX], cold[MB_UNITS_TEXT_MAX];
    line[0] = '\0';
    bool is_steady = format_window(result, MB_WINDOW_STEADY, steady);
    bool is_cold = format_window(result, MB_WINDOW_COLD, cold);
    if (!is_steady && !is_cold)
        return false;
    describe_subject(result, subject);
    mb_utf8_clean(subject, true, clean, sizeof clean);
    snprintf(line, MB_DELTA_LINE_BYTES_MAX, "Memory delta for %s: %s%s%s%s", clean, steady,
             is_steady && is_cold ? ", " : "", cold, is_cold ? " at first use" : "");
    return true;
}
