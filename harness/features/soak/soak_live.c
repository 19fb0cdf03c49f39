/* The chart on a terminal while a soak runs. */
#include "features/soak/soak.h"
#include "features/soak/soak_options.h"

#include "command/outcome.h"

#include <string.h>

enum { ROWS = 8, TICKS_MIN = 2 };

static const uint64_t DRAW_NS = 500000000, JUDGE_NS = 5000000000u;

/* The growth so far, again every few seconds: by force, since it is not a verdict. */
static const mb_soak_judgement *judge_so_far(mb_soak_recording *r, uint64_t now_ns, bool is_last)
{
    if (is_last || !r->latest.has_slope || now_ns - r->judged_ns >= JUDGE_NS) {
        mb_soak_rule rule = r->rule;
        rule.force = true;
        r->judged_ns = now_ns;
        if (mb_soak_series_judge(r->series, mb_soak_of(r->options)->field, &rule, &r->latest, NULL) != MB_OK)
            r->latest = (mb_soak_judgement){0};
    }
    return &r->latest;
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

void mb_soak_live_draw(mb_soak_recording *r, bool is_last)
{
    static char chart[MB_SOAK_CHART_BYTES_MAX], status[MB_SOAK_CHART_BYTES_MAX];
    uint64_t now_ns = mb_now_ns();
    if (r->terminal == NULL || r->series->count < TICKS_MIN || (!is_last && now_ns - r->drawn_ns < DRAW_NS))
        return;
    r->drawn_ns = now_ns;
    r->style.width_columns = mb_terminal_width(r->terminal);
    mb_soak_chart_format(r->series, mb_soak_of(r->options)->field, ROWS, &r->style, chart);
    mb_soak_status_format(r->series, judge_so_far(r, now_ns, is_last), r->end_seconds, &r->style, status);
    if (r->drawn_lines > 0)
        fprintf(r->terminal, "\r\033[%dA", r->drawn_lines);
    /* Line over line, and only then what is below: it must not flicker, and a screen that is erased from its top
     * is one that some terminals keep among the lines to scroll back to. */
    for (const char *line = chart, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        fprintf(r->terminal, "\r%.*s\033[K\n", (int)(end - line), line);
    fprintf(r->terminal, "\r%s\033[J", status);
    if (is_last)
        fputs("\n\n", r->terminal);
    fflush(r->terminal);
    r->drawn_lines = count_lines(chart);
}
