/* The side format: a table for each case that several functions have, one line for each of them. Made for a group
 * measured in many ways, as by WebAssembly runtimes. Figures are those of the first use, which every case has. */
#include "report/formats.h"
#include "report/key_groups.h"

#include "base/grown.h"
#include "report/paint.h"
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 20, VALUE_COLUMNS = 11 };

/* What a line shows; the second column is the first for each operation. */
static const struct {
    const char *heading;
    mb_quantity quantity;
    bool is_each;
} columns[] = {
    {"anon", MB_ANON_DELTA_BYTES, false},        {"each", MB_ANON_DELTA_BYTES, true},
    {"retained", MB_RETAINED_ANON_BYTES, false}, {"after trim", MB_RETAINED_AFTER_TRIM_ANON_BYTES, false},
    {"heap", MB_HEAP_LIVE_BYTES, false},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

typedef struct line {
    char *key;      /* the id without its function: what lines of a table share */
    char *function; /* "" when it has none */
    char *message;  /* why there are no values, or NULL */
    char values[COLUMN_COUNT][MB_WORDS_TEXT_MAX];
} line;

typedef struct side_state {
    line *lines;
    size_t count, capacity;
    mb_notes notes; /* stays empty: reasons are in the lines */
} side_state;

static void free_line(line *l)
{
    free(l->key);
    free(l->function);
    free(l->message);
}

static MB_NODISCARD bool fill_values(const mb_case_result *result, line *l)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        mb_metric metric = mb_metric_of(columns[i].quantity, MB_WINDOW_COLD);
        mb_summary summary;
        if (!mb_summary_make(&result->series[metric], &summary))
            return false;
        strcpy(l->values[i], "-");
        if (summary.count == 0 || (columns[i].is_each && result->operation_count == 0))
            continue;
        double operations = columns[i].is_each ? (double)result->operation_count : 1;
        mb_words_value(metric, summary.median / operations, false, l->values[i]);
    }
    return true;
}

/* "skipped: the reason"; NULL when memory is out. */
static char *make_message(const mb_case_result *result)
{
    const char *outcome = mb_words_outcome(result->outcome), *why = result->message != NULL ? result->message : "";
    size_t size = strlen(outcome) + strlen(why) + sizeof ": ";
    char *message = malloc(size);
    if (message != NULL)
        snprintf(message, size, "%s%s%s", outcome, *why != '\0' ? ": " : "", why);
    return message;
}

static MB_NODISCARD bool make_line(const mb_case_result *result, line *l)
{
    *l =
        (line){.key = mb_words_shared_id(result), .function = strdup(result->function != NULL ? result->function : "")};
    bool is_ok = result->outcome == MB_OUTCOME_OK;
    if (!is_ok)
        l->message = make_message(result);
    if (l->key != NULL && l->function != NULL && (is_ok ? fill_values(result, l) : l->message != NULL))
        return true;
    free_line(l);
    return false;
}

static mb_status side_begin(mb_report *report, mb_error *error)
{
    (void)report;
    (void)error;
    return MB_OK;
}

static mb_status side_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    side_state *state = report->state;
    if (item->presence == MB_PRESENCE_GONE)
        return MB_OK;
    line *lines = mb_grown(state->lines, state->count, &state->capacity, sizeof *lines);
    if (lines == NULL)
        return mb_error_no_memory(error);
    state->lines = lines;
    if (!make_line(item->result, &state->lines[state->count]))
        return mb_error_no_memory(error);
    state->count++;
    return MB_OK;
}

static void write_heading(const mb_report *report, const char *key)
{
    mb_terminal_put(report, MB_COLOR_BOLD, key);
    fputc('\n', report->file);
    mb_terminal_pad(report, 2 + NAME_COLUMNS);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        mb_terminal_put_right(report, MB_COLOR_DIM, columns[i].heading, VALUE_COLUMNS);
    fputc('\n', report->file);
}

static void write_line(const mb_report *report, const line *l)
{
    mb_terminal_pad(report, 2);
    mb_terminal_put_left(report, MB_COLOR_PLAIN, l->function, NAME_COLUMNS);
    if (l->message != NULL) {
        fputc(' ', report->file);
        mb_terminal_wrap(report, MB_COLOR_YELLOW, NAME_COLUMNS + 3, NAME_COLUMNS + 3, l->message);
        return;
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        mb_terminal_put_right(report, MB_COLOR_PLAIN, l->values[i], VALUE_COLUMNS);
    fputc('\n', report->file);
}

/* Tables in the order in which their first lines came, lines likewise. */
static mb_status side_end(mb_report *report, mb_error *error)
{
    side_state *state = report->state;
    mb_key_member *members = calloc(state->count + 1, sizeof *members);
    if (members == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < state->count; i++)
        members[i] = (mb_key_member){.key = state->lines[i].key, .index = i};
    mb_key_groups_sort(members, state->count);
    for (size_t i = 0; i < state->count; i++) {
        if (members[i].index == members[i].group)
            write_heading(report, members[i].key);
        write_line(report, &state->lines[members[i].index]);
        if (i + 1 == state->count || members[i + 1].group != members[i].group)
            fputc('\n', report->file);
    }
    free(members);
    mb_text_end(report, &state->notes);
    return MB_OK;
}

static void side_drop(mb_report *report)
{
    side_state *state = report->state;
    for (size_t i = 0; i < state->count; i++)
        free_line(&state->lines[i]);
    free(state->lines);
}

const mb_report_format mb_report_side = {.name = "side",
                                         .summary = "the same case of several functions side by side, at first use",
                                         .state_bytes = sizeof(side_state),
                                         .begin = side_begin,
                                         .add = side_add,
                                         .end = side_end,
                                         .drop = side_drop};
