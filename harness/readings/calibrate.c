/* Compares what each source said with the truth, and chooses. */
#include "readings/calibrate.h"
#include "base/clock.h"

#include "readings/helper.h"
#include "readings/proc_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *summary;
} sources[MB_SOURCE_COUNT] = {
    [MB_SOURCE_STATM] = {"statm", "resident set, file pages included"},
    [MB_SOURCE_STATUS] = {"status", "resident set by kind, its peak, swap, page tables"},
    [MB_SOURCE_SMAPS_ROLLUP] = {"smaps_rollup", "resident set by kind, counted page by page"},
    [MB_SOURCE_PAGEMAP_SCAN] = {"pagemap_scan", "footprint: present pages not backed by a file"},
    [MB_SOURCE_PAGEMAP] = {"pagemap", "resident share of a region"},
    [MB_SOURCE_FAULTS] = {"getrusage", "minor page faults"},
    [MB_SOURCE_PEAK] = {"clear_refs", "peak of the resident set within a window"},
    [MB_SOURCE_PS] = {"ps", "resident set, asked from outside: portable fallback"},
};

const char *mb_source_name(mb_source source) { return sources[source].name; }

const char *mb_source_summary(mb_source source) { return sources[source].summary; }

static void say(mb_source_report *report, const char *text)
{
    mb_proc_copy(report->reason, sizeof report->reason, text);
}

/* Why a source that the reader knows gave nothing; the files are opened once more for it, by this process. */
static void explain(const char *root, mb_source source, mb_source_report *report)
{
    static const mb_reader_file files[MB_SOURCE_COUNT] = {
        [MB_SOURCE_STATM] = MB_FILE_STATM,
        [MB_SOURCE_STATUS] = MB_FILE_STATUS,
        [MB_SOURCE_SMAPS_ROLLUP] = MB_FILE_SMAPS_ROLLUP,
        [MB_SOURCE_PAGEMAP_SCAN] = MB_FILE_PAGEMAP,
        [MB_SOURCE_PAGEMAP] = MB_FILE_PAGEMAP,
        [MB_SOURCE_PEAK] = MB_FILE_CLEAR_REFS,
    };
    mb_reader reader;
    if (source == MB_SOURCE_FAULTS) {
        say(report, "getrusage failed");
        return;
    }
    mb_reader_open(&reader, root, MB_RSS_STATUS);
    bool is_explained = source == MB_SOURCE_PAGEMAP_SCAN ? mb_reader_explain_scan(&reader, report->reason)
                                                         : mb_reader_explain(&reader, files[source], report->reason);
    if (!is_explained)
        say(report, "the file lacks the expected fields");
    mb_reader_close(&reader);
}

/* Worst disagreement of a source over all steps; it is only available when it answered at each. */
static void judge(const mb_helper_report *helper, mb_source source, mb_source_report *report)
{
    memset(report, 0, sizeof *report);
    report->cost_ns = helper->cost_ns[source];
    for (int step = 0; step < MB_HELPER_STEPS; step++)
        if ((helper->valid[step] & 1u << source) == 0)
            return;
    report->available = true;
    for (int step = 1; step < MB_HELPER_STEPS; step++) {
        int64_t seen_pages = helper->value_pages[step][source] - helper->value_pages[step - 1][source];
        int64_t error_pages = seen_pages - mb_helper_touched_pages[step];
        if (llabs(error_pages) > llabs(report->error_pages))
            report->error_pages = error_pages;
    }
    report->exact = report->error_pages == 0;
    if (!report->exact)
        snprintf(report->reason, sizeof report->reason, "off by up to %" PRId64 " pages of 1, 3, 25 and 257 touched",
                 (int64_t)llabs(report->error_pages));
}

static void judge_peak(const mb_helper_report *helper, mb_source_report *report)
{
    memset(report, 0, sizeof *report);
    report->cost_ns = helper->cost_ns[MB_SOURCE_PEAK];
    report->available = (helper->valid[0] & 1u << MB_SOURCE_PEAK) != 0;
    if (!report->available)
        return;
    report->error_pages = -helper->peak_missed_pages;
    report->exact = report->error_pages == 0;
    if (!report->exact)
        snprintf(report->reason, sizeof report->reason, "missed %" PRId64 " of 257 pages touched and released",
                 helper->peak_missed_pages);
}

static void ask(const char *root, mb_source source, mb_source_report *report)
{
    mb_helper_report helper;
    if (mb_helper_is_recorded(root))
        mb_helper_replay(root, 1u << source, &helper);
    else
        mb_helper_ask(root, 1u << source, &helper);
    judge(&helper, source, report);
}

static mb_rss_source choose(const mb_source_report *status, const mb_source_report *rollup)
{
    if (status->exact || (status->available && !rollup->available))
        return MB_RSS_STATUS;
    if (!rollup->available)
        return MB_RSS_PS;
    bool is_rollup_better = !status->available || llabs(rollup->error_pages) <= llabs(status->error_pages);
    return is_rollup_better ? MB_RSS_SMAPS_ROLLUP : MB_RSS_STATUS;
}

static void summarize(mb_calibration *calibration)
{
    const mb_source_report *status = &calibration->sources[MB_SOURCE_STATUS];
    const char *name = mb_rss_source_name(calibration->rss_source);
    if (calibration->rss_source == MB_RSS_STATUS)
        snprintf(calibration->summary, sizeof calibration->summary, "%s%s%s", name, status->exact ? ", exact" : ": ",
                 status->reason);
    else
        snprintf(calibration->summary, sizeof calibration->summary, "%s%s; status: %s", name,
                 calibration->exact ? ", exact" : "", status->reason);
}

void mb_calibrate(const char *root, mb_calibration *calibration)
{
    mb_calibration result;
    mb_source_report *status = &result.sources[MB_SOURCE_STATUS];
    mb_source_report *rollup = &result.sources[MB_SOURCE_SMAPS_ROLLUP];
    memset(&result, 0, sizeof result);
    ask(root, MB_SOURCE_STATUS, status);
    if (!status->exact)
        ask(root, MB_SOURCE_SMAPS_ROLLUP, rollup);
    if (!status->available)
        explain(root, MB_SOURCE_STATUS, status);
    if (!status->exact && !rollup->available)
        explain(root, MB_SOURCE_SMAPS_ROLLUP, rollup);
    result.rss_source = choose(status, rollup);
    result.exact = result.rss_source == MB_RSS_STATUS         ? status->exact
                   : result.rss_source == MB_RSS_SMAPS_ROLLUP ? rollup->exact
                                                              : false;
    summarize(&result);
    *calibration = result;
}

typedef struct ps_answer {
    bool is_read;
    int64_t rss_bytes;
    int64_t cost_ns;
    mb_error error;
} ps_answer;

static void ask_ps(pid_t pid, void *context)
{
    ps_answer *answer = context;
    int64_t start_ns = (int64_t)mb_now_ns();
    answer->is_read = mb_ps_read(pid, &answer->rss_bytes, &answer->error) == MB_OK;
    answer->cost_ns = (int64_t)mb_now_ns() - start_ns;
}

static void judge_ps(const mb_helper_report *helper, const ps_answer *answer, mb_source_report *report)
{
    memset(report, 0, sizeof *report);
    report->available = answer->is_read;
    report->cost_ns = answer->cost_ns;
    if (!answer->is_read) {
        say(report, answer->error.kind != MB_ERROR_NONE ? answer->error.message : "not part of a recording");
    } else if (helper->rss_bytes < 0) {
        say(report, "there is nothing to compare it with");
    } else {
        report->error_pages = (answer->rss_bytes - helper->rss_bytes) / sysconf(_SC_PAGESIZE);
        report->exact = answer->rss_bytes == helper->rss_bytes;
        if (!report->exact)
            snprintf(report->reason, sizeof report->reason, "says %" PRId64 " bytes where %" PRId64 " are resident",
                     answer->rss_bytes, helper->rss_bytes);
    }
}

mb_status mb_sources_probe(const char *root, mb_source_report reports[MB_SOURCE_COUNT], mb_error *error)
{
    mb_helper_report helper;
    ps_answer ps = {.is_read = false};
    const mb_source_set all = (1u << MB_SOURCE_COUNT) - 1;
    if (mb_helper_is_recorded(root))
        mb_helper_replay(root, all, &helper);
    else if (mb_helper_run(root, all, ask_ps, &ps, &helper, error) != MB_OK)
        return MB_FAILED;
    for (int s = 0; s < MB_SOURCE_COUNT; s++) {
        mb_source source = (mb_source)s;
        if (source == MB_SOURCE_PS)
            judge_ps(&helper, &ps, &reports[s]);
        else if (source == MB_SOURCE_PEAK)
            judge_peak(&helper, &reports[s]);
        else
            judge(&helper, source, &reports[s]);
        if (!reports[s].available && reports[s].reason[0] == '\0') {
            if (mb_helper_is_recorded(root))
                say(&reports[s], "not part of the recording");
            else
                explain(root, source, &reports[s]);
        }
    }
    return MB_OK;
}
