#include "features/watch/watch_view.h"

#include "base/utf8.h"
#include "judge/compare.h"
#include "report/paint.h"
#include "report/where_words.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABEL_COLUMNS = 15,
    VALUE_COLUMNS = 11,
    RATIO_COLUMNS = 9,
    WIDE_COLUMNS = 2 + 15 + 11 + 2 * 21,
    ID_BYTES = 512,
    SITES_SHOWN = 3
};

/* The other side of a row: nothing to compare with, the same, a difference within the scatter, or a change. */
typedef enum change_kind {
    CHANGE_NONE,
    CHANGE_NEW,
    CHANGE_NOT_COMPARABLE,
    CHANGE_STILL,
    CHANGE_NOISE,
    CHANGE_REAL
} change_kind;

typedef struct change {
    change_kind kind;
    bool has_ratio;
    double ratio, difference;
} change;

typedef struct row {
    mb_metric metric;
    bool is_known; /* there is a value now */
    double value;
    change previous, first;
} row;

/* The rows of one case. */
typedef struct block {
    const mb_case_result *result;
    row rows[MB_METRIC_COUNT];
    size_t row_count, changed_count;
    char sites[SITES_SHOWN][ID_BYTES]; /* call sites whose heap changed most since the measurement before */
    size_t site_count;
    bool is_new;
} block;

/* What is shown without being asked, in this order. */
static const mb_quantity usual[] = {MB_REAL_TIME_NS,         MB_RSS_DELTA_BYTES,    MB_ANON_DELTA_BYTES,
                                    MB_PEAK_RSS_DELTA_BYTES, MB_HEAP_LIVE_BYTES,    MB_HEAP_PEAK_BYTES,
                                    MB_HEAP_ALLOC_COUNT,     MB_HEAP_RETAINED_BYTES};

static const mb_case_result *find_case(const mb_watch_measurement *measurement, const char *id)
{
    for (size_t i = 0; measurement->run != NULL && i < measurement->case_count; i++)
        if (strcmp(measurement->cases[i].id, id) == 0)
            return &measurement->cases[i];
    return NULL;
}

/* One side's comparisons of a case, found by metric. */
typedef struct side {
    bool is_there; /* there is such a measurement */
    mb_comparison comparisons[MB_METRIC_COUNT];
    size_t count;
} side;

static void compare_with(const mb_watch_view *view, const mb_watch_measurement *old, const mb_case_result *now,
                         side *made)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    policy.page_bytes = view->now.run->page_bytes;
    const mb_case_result *before = find_case(old, now->id);
    made->is_there = old->run != NULL;
    made->count =
        before != NULL ? mb_compare_case(before, old->run, now, view->now.run, &policy, 0, NULL, made->comparisons) : 0;
}

static change change_of(const side *with, mb_metric metric)
{
    if (!with->is_there)
        return (change){.kind = CHANGE_NONE};
    for (size_t i = 0; i < with->count; i++) {
        const mb_comparison *c = &with->comparisons[i];
        if (c->metric != metric || c->verdict == MB_VERDICT_NO_BASELINE)
            continue;
        if (c->verdict == MB_VERDICT_NOT_COMPARABLE)
            return (change){.kind = CHANGE_NOT_COMPARABLE};
        bool is_exact = c->baseline_exact && c->current_exact;
        bool is_still = is_exact && c->difference == 0;
        bool is_real = c->difference_low > 0 || c->difference_high < 0;
        return (change){.kind = is_still  ? CHANGE_STILL
                                : is_real ? CHANGE_REAL
                                          : CHANGE_NOISE,
                        .has_ratio = c->has_ratio,
                        .ratio = c->ratio,
                        .difference = c->difference};
    }
    return (change){.kind = CHANGE_NEW};
}

static MB_NODISCARD bool add_row(block *made, mb_metric metric, const side *previous, const side *first)
{
    mb_summary summary;
    if (!mb_summary_make(&made->result->series[metric], &summary))
        return false;
    if (summary.count == 0 && made->result->missing[metric] == NULL)
        return true;
    row *added = &made->rows[made->row_count++];
    *added = (row){.metric = metric, .is_known = summary.count > 0, .value = summary.median};
    if (!added->is_known)
        return true;
    added->previous = change_of(previous, metric);
    added->first = change_of(first, metric);
    if (added->previous.kind == CHANGE_REAL || added->first.kind == CHANGE_REAL)
        made->changed_count++;
    return true;
}

/* "+28,800 B  job_new job_queue.c:29 ← job_queue_push ← run", where both measurements have call sites. */
static MB_NODISCARD bool name_sites(const mb_watch_view *view, block *made)
{
    enum { CALLERS_SHOWN = 4 };
    const mb_case_result *before = find_case(&view->previous, made->result->id);
    if (before == NULL || before->sites == NULL || made->result->sites == NULL)
        return true;
    mb_window window = before->sites->has_window[MB_WINDOW_STEADY] && made->result->sites->has_window[MB_WINDOW_STEADY]
                           ? MB_WINDOW_STEADY
                           : MB_WINDOW_COLD;
    char size[MB_WHERE_TEXT_BYTES], path[MB_WHERE_TEXT_BYTES];
    mb_arena arena = {0};
    mb_error ignored;
    mb_where where;
    mb_status status =
        mb_where_compare(&before->sites->views[window][MB_SITE_AT_RUN],
                         &made->result->sites->views[window][MB_SITE_AT_RUN], MB_SITE_BYTES, &arena, &where, &ignored);
    for (size_t i = 0; status == MB_OK && i < where.entry_count && i < SITES_SHOWN; i++)
        snprintf(made->sites[made->site_count++], ID_BYTES, "    %.40s  %.400s",
                 mb_where_size(&where, &where.entries[i], size),
                 mb_where_path(&where.entries[i], CALLERS_SHOWN, view->unicode, path));
    mb_arena_fini(&arena);
    return status == MB_OK;
}

static MB_NODISCARD bool make_block(const mb_watch_view *view, const mb_case_result *result, side sides[2], block *made)
{
    *made = (block){.result = result};
    compare_with(view, &view->previous, result, &sides[0]);
    compare_with(view, &view->first, result, &sides[1]);
    made->is_new = sides[0].is_there && find_case(&view->previous, result->id) == NULL;
    if (!name_sites(view, made))
        return false;
    for (mb_metric metric = 0; view->metrics != NULL && metric < MB_METRIC_COUNT; metric++)
        if (view->metrics[metric] && !add_row(made, metric, &sides[0], &sides[1]))
            return false;
    bool is_steady = result->series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)].count > 0 ||
                     result->series[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)].count > 0;
    for (size_t i = 0; view->metrics == NULL && i < sizeof usual / sizeof usual[0]; i++) {
        mb_window window = is_steady || usual[i] >= MB_QUANTITY_WINDOWED_COUNT ? MB_WINDOW_STEADY : MB_WINDOW_COLD;
        if (!add_row(made, mb_metric_of(usual[i], window), &sides[0], &sides[1]))
            return false;
    }
    return true;
}

static bool is_changed(const row *shown)
{
    return shown->previous.kind == CHANGE_REAL || shown->first.kind == CHANGE_REAL;
}

static bool is_wide(const mb_report *report) { return report->options.width_columns >= WIDE_COLUMNS; }

static mb_color color_of(const change *shown)
{
    if (shown->kind != CHANGE_REAL)
        return MB_COLOR_DIM;
    return shown->difference > 0 ? MB_COLOR_RED : MB_COLOR_GREEN;
}

/* "+12.0 KiB  +10.7%", the ratio alone where the terminal is narrow: a sign says what the colour does. */
static void write_change(const mb_report *report, mb_metric metric, const change *shown)
{
    char difference[MB_WORDS_TEXT_MAX] = "", ratio[MB_WORDS_TEXT_MAX] = "", marked[MB_WORDS_TEXT_MAX + 2];
    switch (shown->kind) {
    case CHANGE_NONE:
        return;
    case CHANGE_NEW:
        strcpy(ratio, "new");
        break;
    case CHANGE_NOT_COMPARABLE:
        strcpy(ratio, "other");
        break;
    case CHANGE_STILL:
        strcpy(ratio, "=");
        break;
    case CHANGE_NOISE:
    case CHANGE_REAL:
        mb_words_value(metric, shown->difference, true, difference);
        if (shown->has_ratio)
            mb_words_ratio(shown->ratio, ratio);
        else if (!is_wide(report)) /* no room for the difference */
            strcpy(ratio, shown->difference > 0 ? "+grew" : shown->difference < 0 ? "-shrank" : "");
        break;
    }
    snprintf(marked, sizeof marked, "%s%s", shown->kind == CHANGE_NOISE ? "~" : "", ratio);
    if (is_wide(report))
        mb_terminal_put_right(report, color_of(shown), difference, VALUE_COLUMNS + 1);
    mb_terminal_put_right(report, color_of(shown), marked, RATIO_COLUMNS);
}

static int label_columns(const mb_report *report)
{
    int least = report->options.width_columns - 2 - VALUE_COLUMNS - 2 * RATIO_COLUMNS;
    return least < 9 ? 9 : least < LABEL_COLUMNS ? least : LABEL_COLUMNS;
}

static void write_row(const mb_report *report, const row *shown, const char *line_end)
{
    char value[MB_WORDS_TEXT_MAX], label[MB_WORDS_TEXT_MAX];
    int columns = label_columns(report);
    mb_utf8_shorten(mb_words_label(shown->metric), columns, report->options.unicode, label, sizeof label);
    mb_terminal_pad(report, 2);
    mb_terminal_put_left(report, MB_COLOR_PLAIN, label, columns);
    mb_terminal_put_right(report, MB_COLOR_BOLD,
                          shown->is_known ? mb_words_value(shown->metric, shown->value, false, value) : "-",
                          VALUE_COLUMNS);
    write_change(report, shown->metric, &shown->previous);
    write_change(report, shown->metric, &shown->first);
    fputs(line_end, report->file);
}

static void write_cut(const mb_report *report, mb_color color, const char *text, int columns, const char *line_end)
{
    char clean[ID_BYTES], cut[ID_BYTES];
    mb_utf8_clean(text, report->options.unicode, clean, sizeof clean);
    mb_utf8_shorten(clean, columns, report->options.unicode, cut, sizeof cut);
    mb_terminal_put(report, color, cut);
    fputs(line_end, report->file);
}

static void write_heads(const mb_report *report, bool has_others, const char *line_end)
{
    int columns = is_wide(report) ? VALUE_COLUMNS + 1 + RATIO_COLUMNS : RATIO_COLUMNS;
    mb_terminal_pad(report, 2 + label_columns(report));
    mb_terminal_put_right(report, MB_COLOR_DIM, "now", VALUE_COLUMNS);
    if (has_others) {
        mb_terminal_put_right(report, MB_COLOR_DIM, is_wide(report) ? "since previous" : "previous", columns);
        mb_terminal_put_right(report, MB_COLOR_DIM, is_wide(report) ? "since first" : "first", columns);
    }
    fputs(line_end, report->file);
}

/* Id, outcome and rows of a case: all of them, or those that changed. Returns the lines written, at most room. */
static int write_block(const mb_report *report, const block *shown, bool only_changed, int rows_left,
                       const char *line_end)
{
    const mb_case_result *result = shown->result;
    bool is_ok = result->outcome == MB_OUTCOME_OK;
    int lines = 0, width = report->options.width_columns;
    if (rows_left < 2)
        return 0;
    write_cut(report, MB_COLOR_BOLD, result->id, width, line_end);
    lines++;
    if (!is_ok) {
        char line[ID_BYTES];
        snprintf(line, sizeof line, "  %s%s%.400s", mb_words_outcome(result->outcome),
                 result->message != NULL ? ": " : "", result->message != NULL ? result->message : "");
        write_cut(report, MB_COLOR_RED, line, width, line_end);
        lines++;
    }
    for (size_t i = 0; i < shown->row_count && lines < rows_left; i++) {
        if (only_changed && !is_changed(&shown->rows[i]) && !shown->is_new)
            continue;
        write_row(report, &shown->rows[i], line_end);
        lines++;
    }
    for (size_t i = 0; i < shown->site_count && lines < rows_left; i++, lines++)
        write_cut(report, MB_COLOR_PLAIN, shown->sites[i], width, line_end);
    return lines;
}

static int lines_of(const block *shown, bool only_changed)
{
    bool is_ok = shown->result->outcome == MB_OUTCOME_OK;
    size_t rows = only_changed && !shown->is_new ? shown->changed_count : shown->row_count;
    return only_changed && rows == 0 && is_ok ? 0 : (int)(rows + shown->site_count) + 1 + !is_ok;
}

static void write_blocks(const mb_report *report, const mb_watch_view *view, const block *blocks, const char *line_end)
{
    const size_t count = view->now.case_count;
    bool has_others = view->previous.run != NULL;
    int rows_left = view->height_rows > 0 ? view->height_rows - 2 : INT32_MAX, all = 0;
    size_t still_count = 0, cut_count = 0;
    for (size_t i = 0; i < count && all < INT16_MAX; i++)
        all += lines_of(&blocks[i], false);
    bool only_changed = all > rows_left && has_others;
    if (all > rows_left)
        rows_left--; /* for the line that says what was left out */
    for (size_t i = 0; i < count; i++) {
        int lines = lines_of(&blocks[i], only_changed);
        still_count += lines == 0;
        int written = lines > 0 ? write_block(report, &blocks[i], only_changed, rows_left, line_end) : 0;
        cut_count += written < lines;
        rows_left -= written;
    }
    if (still_count + cut_count == 0)
        return;
    char line[2 * MB_WORDS_TEXT_MAX], still[MB_WORDS_TEXT_MAX], cut[MB_WORDS_TEXT_MAX];
    mb_words_number(still_count, "case", "cases", still);
    mb_words_number(cut_count, "case", "cases", cut);
    if (cut_count == 0)
        snprintf(line, sizeof line, "no change in %s", still);
    else if (still_count == 0)
        snprintf(line, sizeof line, "%s cut: too few lines here", cut);
    else
        snprintf(line, sizeof line, "no change in %.80s, %.80s cut", still, cut);
    write_cut(report, MB_COLOR_DIM, line, report->options.width_columns, line_end);
}

static mb_report make_report(FILE *file, const mb_watch_view *view)
{
    return (mb_report){.file = file,
                       .options = {.width_columns = view->width_columns > 0 ? view->width_columns : 80,
                                   .color = view->color,
                                   .unicode = view->unicode}};
}

/* One for each case, malloc'd; NULL when memory is out. */
static block *make_blocks(const mb_watch_view *view)
{
    block *blocks = calloc(view->now.case_count + 1, sizeof *blocks);
    side *sides = calloc(2, sizeof *sides);
    bool is_made = blocks != NULL && sides != NULL;
    for (size_t i = 0; is_made && i < view->now.case_count; i++)
        is_made = make_block(view, &view->now.cases[i], sides, &blocks[i]);
    free(sides);
    if (is_made)
        return blocks;
    free(blocks);
    return NULL;
}

mb_status mb_watch_write(FILE *file, const mb_watch_view *view, const char *line_end, mb_error *error)
{
    mb_report report = make_report(file, view);
    block *blocks = make_blocks(view);
    if (blocks == NULL)
        return mb_error_no_memory(error);
    write_cut(&report, MB_COLOR_DIM, view->heading, report.options.width_columns, line_end);
    write_heads(&report, view->previous.run != NULL, line_end);
    write_blocks(&report, view, blocks, line_end);
    free(blocks);
    return MB_OK;
}

/* "    anon +10.7% (+12.0 KiB), heap +12.1% (+14.1 KiB)" under the case's id; false when nothing changed. */
static bool summarize_block(const mb_report *report, const block *shown)
{
    char line[MB_METRIC_COUNT * 2 * MB_WORDS_TEXT_MAX], change[MB_WORDS_TEXT_MAX];
    size_t used = 0;
    for (size_t i = 0; i < shown->row_count; i++) {
        const row *r = &shown->rows[i];
        if (!r->is_known || r->first.kind != CHANGE_REAL)
            continue;
        mb_words_change(r->metric, r->first.has_ratio, r->first.ratio, r->first.difference, change);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s %s", used > 0 ? ", " : "",
                                 mb_words_label(r->metric), change);
    }
    if (used == 0)
        return false;
    mb_terminal_pad(report, 2);
    mb_terminal_put(report, MB_COLOR_BOLD, shown->result->id);
    fputs("\n    ", report->file);
    mb_terminal_wrap(report, MB_COLOR_PLAIN, 4, 4, line);
    return true;
}

mb_status mb_watch_summarize(FILE *file, const mb_watch_view *view, mb_error *error)
{
    mb_report report = make_report(file, view);
    block *blocks = make_blocks(view);
    if (blocks == NULL)
        return mb_error_no_memory(error);
    bool is_any = false;
    for (size_t i = 0; i < view->now.case_count; i++)
        is_any = summarize_block(&report, &blocks[i]) || is_any;
    if (!is_any)
        fputs("  no change\n", file);
    free(blocks);
    return MB_OK;
}
