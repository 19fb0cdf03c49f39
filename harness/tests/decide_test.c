/* The decision over a generated space of runs. The reports of each must agree with the exit code, and none may say that
 * nothing grew where something did. */
#include "judge/decide.h"
#include "tests/decide_space.h"
#include "tests/suite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_run(int kind) { return mb_finding_kind_get((mb_finding_kind)kind)->is_of_run; }

/* The rules once more, written down from the documents: what the exit code has to be. */
static int expected_code(const point *p)
{
    bool is_lost = has(p, MB_FINDING_LOST), is_incomparable = has(p, MB_FINDING_NOT_COMPARABLE);
    bool is_new = has(p, MB_FINDING_UNRECORDED), is_gone = has(p, MB_FINDING_GONE);
    bool has_case = p->rest != REST_NONE || (p->kinds & ~(1u << MB_FINDING_GONE)) != 0;
    bool is_gated = has(p, MB_FINDING_REGRESSED) || has(p, MB_FINDING_SUSPECT) || has(p, MB_FINDING_INCONCLUSIVE) ||
                    has(p, MB_FINDING_IMPROVED) || has(p, MB_FINDING_SHRANK) ||
                    (p->rest != REST_NONE && p->rest != REST_ADVISORY);
    if (is_lost || (is_gone && p->is_strict))
        return 1;
    if (has(p, MB_FINDING_REGRESSED) || has(p, MB_FINDING_SHRANK) || has(p, MB_FINDING_OVER_BUDGET))
        return 3;
    if ((is_new && !p->is_lenient) || is_incomparable || has(p, MB_FINDING_UNBUDGETED) || !has_case)
        return 5;
    if (p->mode != MODE_MEASURED && !is_gated)
        return 5;
    return p->is_strict && (has(p, MB_FINDING_SUSPECT) || has(p, MB_FINDING_INCONCLUSIVE)) ? 4 : 0;
}

static void show(const point *p, const char *what)
{
    char text[160];
    snprintf(text, sizeof text, "kinds %x, rest %d, mode %d, strict %d, lenient %d, merged %d: %s", p->kinds,
             (int)p->rest, (int)p->mode, p->is_strict, p->is_lenient, p->is_merged, what);
    CU_FAIL(text);
    fprintf(stderr, "%s\n", text);
}

static void expect(const point *p, bool holds, const char *what)
{
    if (!holds)
        show(p, what);
}

static void check_decision(const parts *all, const point *p)
{
    fixture run;
    mb_tally tally = {0};
    mb_decision decision;
    make_run(all, p, &run);
    for (size_t i = 0; i < run.item_count; i++)
        CU_ASSERT_TRUE_FATAL(mb_tally_add(&tally, &run.items[i]));
    mb_decision_policy policy = {
        .is_compared = p->mode != MODE_MEASURED, .is_strict = p->is_strict, .is_lenient = p->is_lenient};
    mb_decide(&tally, &policy, &decision);
    bool has_error = false;
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        has_error = has_error || (decision.counts[kind] > 0 && decision.levels[kind] == MB_LEVEL_ERROR);
        expect(p, is_of_run(kind) || decision.counts[kind] == (has(p, (mb_finding_kind)kind) ? 1 : 0), "counts");
        expect(p,
               mb_decide_exit((mb_finding_kind)kind, &policy) == MB_EXIT_OK || decision.levels[kind] == MB_LEVEL_ERROR,
               "a kind that fails is an error");
    }
    bool was_judged = policy.is_compared || tally.budget_count > 0;
    expect(p, (int)decision.exit_code == expected_code(p), "exit code");
    expect(p, (decision.exit_code == 0) == !has_error, "exit code 0 if there is no error, and only then");
    expect(p, (decision.exit_code == 0) == (strcmp(decision.verdict, was_judged ? "ok" : "measured") == 0),
           "exit code 0 if the verdict is ok, and only then");
    expect(p, decision.exit_reason != NULL && decision.exit_reason[0] != '\0', "a reason");
    expect(p, !policy.is_compared || tally.gated_count > 0 || decision.exit_code != 0, "nothing gated is never 0");
    expect(p, tally.case_count > 0 || decision.exit_code != 0, "nothing run is never 0");
    expect(p, (decision.calm == MB_CALM_NONE) == (decision.advice_count > 0), "calm, or advice");
    mb_tally_fini(&tally);
}

/* Proves the exit code, the verdict and the levels over the whole space; sanitized, for three kinds at a time. */
static void test_decision(void)
{
    parts all;
    parts_init(&all);
    each_point(&all, TESTS_SANITIZED ? 3 : MB_FINDING_KIND_COUNT, check_decision);
    parts_fini(&all);
}

static char *render_with(const fixture *run, const char *format, const mb_report_options *options,
                         mb_decision *decision)
{
    mb_report_options wide = *options;
    wide.width_columns = 1000;
    char *text = fixture_render_decided(run, format, &wide, NULL, decision);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    return text;
}

static char *render(const fixture *run, const char *format, mb_decision *decision)
{
    return render_with(run, format, &(mb_report_options){.unicode = true}, decision);
}

/* Whether the text says that nothing grew at all. */
static bool denies_growth(const char *text)
{
    static const char *const words[] = {"No memory grew", "no memory grew", "did not grow", "nothing to do"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

static void check_growth_words(const point *p, const mb_decision *decision, const char *format, const char *text)
{
    bool grew = has(p, MB_FINDING_REGRESSED) || has(p, MB_FINDING_SUSPECT) || has(p, MB_FINDING_INCONCLUSIVE) ||
                (p->rest != REST_NONE && p->rest != REST_UNCHANGED && p->rest != REST_ADVISORY);
    bool is_calm = decision->calm != MB_CALM_NONE && p->mode != MODE_MEASURED;
    bool grew_beyond = grew && p->rest != REST_WITHIN, may_have = has(p, MB_FINDING_UNRECORDED);
    expect(p, (!grew && !may_have) || p->mode == MODE_MEASURED || !denies_growth(text), format);
    expect(p, grew || !is_calm || denies_growth(text) != may_have, format);
    expect(p, !is_calm || (strstr(text, "othing that was compared grew") != NULL) == may_have, "what is not known");
    expect(p, !grew_beyond || strstr(text, "othing grew beyond") == NULL, "beyond a threshold, and denied");
    if (is_calm && p->rest == REST_WITHIN)
        expect(p, strstr(text, "grew beyond 10%; largest: heap +4.0%") != NULL, "the largest growth is named");
    if (is_calm && p->rest == REST_BOTH && !may_have)
        expect(p, strstr(text, "o gating metric grew beyond 10%; largest: heap +4.0%") != NULL, "of those that gate");
    if (is_calm && p->rest == REST_FLOORED)
        expect(p, strstr(text, "below the floor of 64.0 KiB for noisy metrics") != NULL, "the floor is named");
    if (is_calm && p->rest == REST_UNJUDGED)
        expect(p, strstr(text, "rss +25.0%") != NULL, "growth that is not judged is named");
}

/* Headlines and titles of what fails are there if the run exits by it, and only then. */
static void check_kinds_named(const point *p, const mb_decision *decision, const char *text, bool by_title)
{
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
        if (by_title && info->is_of_run)
            continue;
        bool is_named = strstr(text, by_title ? info->title : info->headline) != NULL;
        if (decision->counts[kind] > 0 && decision->levels[kind] == MB_LEVEL_ERROR)
            expect(p, is_named, "what fails is named");
        else if (decision->counts[kind] == 0 && !by_title && strcmp(info->name, "improved") != 0 &&
                 !has(p, MB_FINDING_GONE)) /* whose headline holds another's */
            expect(p, !is_named, "what is named was found");
    }
}

/* The same for the text of a screen, which names a kind by a word in capitals. */
static void check_words_named(const point *p, const mb_decision *decision, const char *text)
{
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
        char word[64];
        snprintf(word, sizeof word, "%s: ", info->verdict != NULL ? info->verdict : info->name);
        for (char *c = word; *c != '\0'; c++)
            *c = *c == '_' ? ' ' : (char)toupper((unsigned char)*c);
        bool is_loud = decision->levels[kind] != MB_LEVEL_NOTICE;
        expect(p, (strstr(text, word) != NULL) == (is_loud && decision->counts[kind] > 0), "the word of a finding");
    }
    expect(p,
           (strstr(text, "\nOK: ") != NULL || strncmp(text, "OK: ", 4) == 0) == (strcmp(decision->verdict, "ok") == 0),
           "OK where the verdict is");
}

static void check_json(const point *p, const mb_decision *decision, const char *json)
{
    char code[32], verdict[64];
    snprintf(code, sizeof code, "\"exit_code\": %d,", (int)decision->exit_code);
    snprintf(verdict, sizeof verdict, "\"verdict\": \"%s\",", decision->verdict);
    expect(p, strstr(json, code) != NULL, "exit code in JSON");
    expect(p, strstr(json, verdict) != NULL, "verdict in JSON");
    expect(p, strstr(json, decision->exit_reason) != NULL, "reason in JSON");
}

static void check_reports(const parts *all, const point *p)
{
    static const char *const formats[] = {"json", "junit", "github", "markdown", "comment", "text"};
    fixture run;
    make_run(all, p, &run);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        mb_decision decision;
        char *text = render(&run, formats[i], &decision);
        bool fails = decision.exit_code != 0;
        expect(p, (int)decision.exit_code == expected_code(p), "exit code of the report");
        if (strcmp(formats[i], "json") == 0)
            check_json(p, &decision, text);
        if (strcmp(formats[i], "junit") == 0)
            expect(p, (strstr(text, "<failure") != NULL || strstr(text, "<error") != NULL) == fails, "JUnit");
        if (strcmp(formats[i], "github") == 0)
            expect(p, (strstr(text, "::error") != NULL) == fails, "GitHub's annotations");
        if (strcmp(formats[i], "text") == 0)
            check_words_named(p, &decision, text);
        if (strcmp(formats[i], "junit") != 0 && strcmp(formats[i], "github") != 0)
            check_growth_words(p, &decision, formats[i], text);
        if (strcmp(formats[i], "text") == 0) {
            char *verbose = render_with(&run, formats[i], &(mb_report_options){.unicode = true, .verbose = true}, NULL);
            check_kinds_named(p, &decision, verbose, true);
            check_growth_words(p, &decision, "verbose text", verbose);
            free(verbose);
        }
        char *headline = strstr(text, "### membench:");
        if (headline != NULL) {
            headline[strcspn(headline, "\n")] = '\0';
            check_kinds_named(p, &decision, headline, false);
        }
        free(text);
    }
}

/* Proves that all reports say what the exit code says, for all pairs of findings; sanitized, for each alone. */
static void test_reports(void)
{
    parts all;
    parts_init(&all);
    each_point(&all, TESTS_SANITIZED ? 1 : 2, check_reports);
    parts_fini(&all);
}

static void check_page(const parts *all, const point *p)
{
    fixture run;
    mb_decision decision;
    make_run(all, p, &run);
    char *text = render(&run, "html", &decision);
    char *title = strstr(text, "<h1 id=\"verdict\" class=\"verdict ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(title);
    char *end = strstr(title, "</h1>");
    CU_ASSERT_PTR_NOT_NULL_FATAL(end);
    *end = '\0';
    bool is_good = strstr(title, "\"verdict good\"") != NULL || strstr(title, "\"verdict plain\"") != NULL;
    expect(p, decision.exit_code == 0 || !is_good, "the page of what fails does not look good");
    expect(p, is_good || decision.lead != MB_FINDING_KIND_COUNT, "the page of what is well looks good");
    check_growth_words(p, &decision, "html", title);
    free(text);
}

/* The same for the page, whose first line is all that differs. */
static void test_page(void)
{
    parts all;
    parts_init(&all);
    each_point(&all, 1, check_page);
    parts_fini(&all);
}

/* Proves that each row of the table has what its kind needs to be shown. */
static void test_table(void)
{
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
        CU_ASSERT_PTR_NOT_NULL_FATAL(info->name);
        CU_ASSERT_PTR_NOT_NULL(info->title);
        CU_ASSERT_PTR_NOT_NULL(info->headline);
        CU_ASSERT_EQUAL(info->fails == MB_FAILS_NEVER, info->exit_code == MB_EXIT_OK);
        CU_ASSERT_EQUAL(info->fails == MB_FAILS_NEVER, info->reason == NULL);
        CU_ASSERT_TRUE(info->fails == MB_FAILS_ALWAYS || info->otherwise != MB_LEVEL_ERROR);
        for (int other = 0; other < kind; other++)
            CU_ASSERT_STRING_NOT_EQUAL(info->name, mb_finding_kind_name((mb_finding_kind)other));
    }
}

/* Proves what a shard, and a page of soaks, may do without cases. */
static void test_parts_of_a_run(void)
{
    mb_tally tally = {0};
    mb_decision decision;
    mb_decide(&tally, &(mb_decision_policy){.is_part = true}, &decision);
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_OK);
    CU_ASSERT_STRING_EQUAL(decision.verdict, "measured");
    CU_ASSERT_EQUAL(decision.calm, MB_CALM_PART);
    mb_decide(&tally, &(mb_decision_policy){.is_record = true}, &decision);
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_OK);
    mb_decide(&tally, &(mb_decision_policy){0}, &decision);
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_BASELINE);
    CU_ASSERT_STRING_EQUAL(decision.verdict, "nothing_run");
}

/* What explains that nothing was judged says it alone, and so does the interruption where it is why cases were lost. */
static void test_explained(void)
{
    static const struct {
        size_t lost, incomparable, not_run;
        int signal_number;
        size_t advice_count, nothing_compared;
        mb_finding_kind advice;
    } rows[] = {
        {0, 0, 0, 0, 1, 1, MB_FINDING_NOTHING_COMPARED},
        {1, 0, 0, 0, 1, 0, MB_FINDING_LOST},
        {0, 1, 0, 0, 1, 0, MB_FINDING_NOT_COMPARABLE},
        {2, 0, 2, 15, 1, 0, MB_FINDING_INTERRUPTED},
        {2, 0, 1, 15, 2, 0, MB_FINDING_LOST},
        {2, 0, 2, 0, 1, 0, MB_FINDING_LOST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_tally tally = {.case_count = 3};
        mb_decision decision;
        tally.finding_counts[MB_FINDING_LOST] = rows[i].lost;
        tally.finding_counts[MB_FINDING_NOT_COMPARABLE] = rows[i].incomparable;
        tally.outcome_counts[MB_OUTCOME_NOT_RUN] = rows[i].not_run;
        mb_decision_policy policy = {.is_compared = true, .signal_number = rows[i].signal_number};
        mb_decide(&tally, &policy, &decision);
        CU_ASSERT_EQUAL(decision.counts[MB_FINDING_NOTHING_COMPARED], rows[i].nothing_compared);
        CU_ASSERT_EQUAL(decision.advice_count, rows[i].advice_count);
        CU_ASSERT_EQUAL(decision.advice[0], rows[i].advice);
    }
}

/* Proves that an interrupted run exits by its signal, and that no report passes it. */
static void test_interrupted(void)
{
    parts all;
    parts_init(&all);
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        const point p = {.kinds = is_lost ? 1u << MB_FINDING_LOST : 0, .rest = REST_UNCHANGED, .mode = MODE_STORED};
        fixture run;
        mb_decision decision;
        make_run(&all, &p, &run);
        run.model.signal_number = 2;
        char *junit = render(&run, "junit", &decision), *github = render(&run, "github", NULL);
        char *text = render(&run, "text", NULL), *json = render(&run, "json", NULL);
        CU_ASSERT_EQUAL((int)decision.exit_code, 130);
        CU_ASSERT_STRING_EQUAL(decision.verdict, "interrupted");
        check_json(&p, &decision, json);
        CU_ASSERT_PTR_NOT_NULL(strstr(junit, "<error type=\"interrupted\""));
        CU_ASSERT_PTR_NOT_NULL(strstr(github, "::error title=membench%3A interrupted::"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "--resume to continue"));
        CU_ASSERT_FALSE(denies_growth(text));
        free(junit);
        free(github);
        free(text);
        free(json);
    }
    parts_fini(&all);
}

static void test_exit_order(void)
{
    static const int order[] = {0, 4, 5, 3, 1, 2, 130};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
            CU_ASSERT_EQUAL((int)mb_exit_worse((mb_exit)order[i], (mb_exit)order[k]), order[i > k ? i : k]);
}

MB_SUITE(decide, {"decision", test_decision}, {"reports", test_reports}, {"page", test_page}, {"table", test_table},
         {"parts of a run", test_parts_of_a_run}, {"explained", test_explained}, {"interrupted", test_interrupted},
         {"order of exit codes", test_exit_order});
