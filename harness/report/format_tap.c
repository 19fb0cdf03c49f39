/* The tap format: the Test Anything Protocol, a test for each case; for prove and other readers of it. */
#include "base/utf8.h"
#include "report/formats.h"
#include "report/tool_formats.h"

enum { NAME_BYTES_MAX = 1024 };

typedef struct tap_state {
    size_t test_count;
    size_t seen_count; /* findings of the tally that have been written */
} tap_state;

/* In names "#" would begin a directive. */
static void put_name(FILE *file, const char *name)
{
    char clean[NAME_BYTES_MAX];
    mb_utf8_clean(name, true, clean, sizeof clean);
    for (const char *c = clean; *c != '\0'; c++)
        fprintf(file, "%s%c", *c == '#' || *c == '\\' ? "\\" : "", *c);
}

/* One test with all findings that came with it. It fails for what makes membench exit with another code than 0. */
static void put_test(mb_report *report, const char *name, const char *directive)
{
    tap_state *state = report->state;
    const mb_tally *tally = &report->tally;
    char sentence[MB_FINDING_TEXT_MAX];
    bool is_ok = true;
    for (size_t i = state->seen_count; i < tally->finding_count; i++)
        if (mb_finding_level(tally->findings[i].kind, report->model->lenient) == MB_LEVEL_ERROR)
            is_ok = false;
    fprintf(report->file, "%s %zu - ", is_ok ? "ok" : "not ok", ++state->test_count);
    put_name(report->file, name);
    fprintf(report->file, "%s\n", directive);
    for (; state->seen_count < tally->finding_count; state->seen_count++)
        fprintf(report->file, "# %s\n", mb_finding_sentence(&tally->findings[state->seen_count], sentence));
}

static mb_status tap_begin(mb_report *report, mb_error *error)
{
    (void)error;
    fputs("TAP version 13\n", report->file);
    return MB_OK;
}

static mb_status tap_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    (void)error;
    bool is_skipped = item->presence == MB_PRESENCE_GONE || item->result->outcome == MB_OUTCOME_SKIPPED;
    put_test(report, item->result->id, is_skipped ? " # SKIP" : "");
    return MB_OK;
}

/* A slope that came to a verdict is a test of its own. */
static mb_status tap_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    const tap_state *state = report->state;
    (void)sweep;
    (void)error;
    if (state->seen_count < report->tally.finding_count)
        put_test(report, report->tally.findings[state->seen_count].case_id, "");
    return MB_OK;
}

static mb_status tap_end(mb_report *report, mb_error *error)
{
    (void)error;
    fprintf(report->file, "1..%zu\n", ((tap_state *)report->state)->test_count);
    return MB_OK;
}

const mb_report_format mb_report_tap = {.name = "tap",
                                        .summary = "Test Anything Protocol, a test for each case; for prove",
                                        .state_bytes = sizeof(tap_state),
                                        .begin = tap_begin,
                                        .add = tap_add,
                                        .end = tap_end,
                                        .add_sweep = tap_add_sweep};
