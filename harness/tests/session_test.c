/* The engine on a fake runner: how many samples are taken, in which order, and that resuming, sharding and measuring
 * side by side change neither. Readings are functions of the sample's number, so every expectation is exact. */
#include "session/sides.h"

#include "model/shard.h"
#include "session/policy.h"
#include "session/shard_cases.h"
#include "store/project_file.h"
#include "tests/fake_runner.h"
#include "tests/suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char own_path[PATH_MAX];

static double read_same(size_t program, mb_pass pass, size_t index)
{
    (void)program, (void)pass, (void)index;
    return 81920;
}

/* Values that never repeat, within 1 % of 10 MB. */
static double read_noise(size_t program, mb_pass pass, size_t index)
{
    (void)program, (void)pass;
    return 10000000 + (double)((index * 7919 + 31) % 101) * 1000;
}

static double read_noise_grown(size_t program, mb_pass pass, size_t index)
{
    return read_noise(program, pass, index) * 1.5;
}

/* Two builds: the second one needs half as much again. */
static double read_grown_build(size_t program, mb_pass pass, size_t index)
{
    return read_noise(0, pass, index + 13 * program) * (program == 0 ? 1 : 1.5);
}

static double read_two_builds(size_t program, mb_pass pass, size_t index)
{
    return read_noise(0, pass, index + 13 * program);
}

static void make_folder(void)
{
    char folder[] = "/tmp/membench-session-XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
}

static void leave_folder(void)
{
    char folder[PATH_MAX], command[PATH_MAX + 16];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(folder, sizeof folder));
    CU_ASSERT_EQUAL(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(command), 0);
}

/* A plan of memory alone for one program with these cases. */
static void begin(mb_plan *plan, const fake_case *cases, size_t count)
{
    mb_error error;
    ssize_t length = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    CU_ASSERT_FATAL(length > 0);
    own_path[length] = '\0';
    fake = (fake_state){.programs = {own_path}, .case_count = count};
    if (count > 0)
        memcpy(fake.cases, cases, count * sizeof *cases);
    CU_ASSERT_EQUAL_FATAL(mb_plan_init(plan, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_plan_add_program(plan, own_path, NULL, &error), MB_OK);
    plan->no_time = true;
    plan->seed = 7;
    plan->seed_given = true;
    make_folder();
}

static void end(mb_plan *plan)
{
    mb_plan_fini(plan);
    leave_folder();
}

static void measure(mb_session *session, const mb_plan *plan, const mb_case_source *baseline)
{
    mb_error error = {0};
    fake_restart();
    fake.is_warm[0] = plan->test; /* then nothing is warmed up */
    CU_ASSERT_EQUAL_FATAL(mb_session_open(session, plan, &error), MB_OK);
    mb_status status = mb_session_take_shard(session, &error);
    if (status == MB_OK)
        status = mb_session_measure(session, baseline, &error);
    if (status != MB_OK)
        fprintf(stderr, "%s\n", error.message);
    CU_ASSERT_EQUAL_FATAL(status, MB_OK);
}

static size_t taken(size_t c, mb_pass pass) { return fake.counts[0][c][pass]; }

/* --- sampling rules --- */

typedef struct rule {
    const char *name;
    void (*set)(mb_plan *plan);
    size_t pages[3], heap[3]; /* samples of a case that repeats, of one that varies, of one that costs 4 s */
} rule;

static void set_nothing(mb_plan *plan) { (void)plan; }
static void set_quick(mb_plan *plan) { plan->quick = true; }
static void set_test(mb_plan *plan) { plan->test = true; }
static void set_two(mb_plan *plan) { plan->sample_size = 2; }
static void set_fifteen(mb_plan *plan) { plan->sample_size = 15; }
static void set_baseline(mb_plan *plan) { plan->save_baseline = "main"; }
static void set_small_baseline(mb_plan *plan)
{
    plan->save_baseline = "main";
    plan->sample_size = 5;
}
static void set_pages_only(mb_plan *plan) { plan->passes[MB_PASS_HEAP] = plan->passes[MB_PASS_TIME] = false; }

static void test_sampling_rules(void)
{
    static const fake_case cases[] = {
        {.id = "same", .read_bytes = read_same},
        {.id = "noise", .read_bytes = read_noise},
        {.id = "slow", .read_bytes = read_noise, .cost_ns = 4000000000u},
    };
    static const rule rules[] = {
        {"default", set_nothing, {3, 10, 1}, {3, 10, 1}},
        {"quick", set_quick, {2, 2, 1}, {2, 2, 1}},
        {"test", set_test, {1, 1, 1}, {0, 0, 0}},
        {"-n 2", set_two, {2, 2, 2}, {2, 2, 2}},
        {"-n 15", set_fifteen, {15, 15, 15}, {15, 15, 15}},
        {"baseline", set_baseline, {20, 20, 20}, {20, 20, 20}},
        {"baseline -n 5", set_small_baseline, {5, 5, 5}, {5, 5, 5}},
        {"pages", set_pages_only, {3, 10, 1}, {0, 0, 0}},
    };
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
        mb_plan plan;
        mb_session session;
        begin(&plan, cases, 3);
        rules[r].set(&plan);
        measure(&session, &plan, NULL);
        for (size_t c = 0; c < 3; c++) {
            bool is_right = taken(c, MB_PASS_PAGES) == rules[r].pages[c] && taken(c, MB_PASS_HEAP) == rules[r].heap[c];
            if (!is_right)
                fprintf(stderr, "%s, %s: %zu and %zu samples\n", rules[r].name, cases[c].id, taken(c, MB_PASS_PAGES),
                        taken(c, MB_PASS_HEAP));
            CU_ASSERT_TRUE(is_right);
        }
        CU_ASSERT_TRUE(session.run.complete);
        mb_session_close(&session);
        end(&plan);
    }
}

/* What fails is not tried again; the others go on. */
static void test_failing_case(void)
{
    static const fake_case cases[] = {
        {.id = "bad", .read_bytes = read_same, .outcome = "failed"},
        {.id = "good", .read_bytes = read_same},
    };
    mb_plan plan;
    mb_session session;
    begin(&plan, cases, 2);
    measure(&session, &plan, NULL);
    CU_ASSERT_EQUAL(taken(0, MB_PASS_PAGES) + taken(0, MB_PASS_HEAP), 1);
    CU_ASSERT_EQUAL(session.results[0].outcome, MB_OUTCOME_FAILED);
    CU_ASSERT_EQUAL(taken(1, MB_PASS_PAGES), 3);
    CU_ASSERT_EQUAL(session.results[1].outcome, MB_OUTCOME_OK);
    mb_session_close(&session);
    end(&plan);
}

/* --- rounds --- */

/* Same seed, same order; in each round every case comes once, and rounds differ. */
static void test_rounds(void)
{
    static const fake_case cases[] = {
        {.id = "a", .read_bytes = read_same}, {.id = "b", .read_bytes = read_same},
        {.id = "c", .read_bytes = read_same}, {.id = "d", .read_bytes = read_same},
        {.id = "e", .read_bytes = read_same}, {.id = "f", .read_bytes = read_same},
    };
    enum { CASES = 6, ROUNDS = 3, PER_ROUND = 2 * CASES };
    static fake_sample first[ROUNDS * PER_ROUND];
    mb_plan plan;
    mb_session session;
    begin(&plan, cases, CASES);
    measure(&session, &plan, NULL);
    mb_session_close(&session);
    CU_ASSERT_EQUAL_FATAL(fake.log_count, ROUNDS * PER_ROUND);
    memcpy(first, fake.log, sizeof first);
    for (size_t round = 0; round < ROUNDS; round++) {
        unsigned seen[MB_PASS_COUNT] = {0};
        for (size_t i = 0; i < PER_ROUND; i++)
            seen[first[round * PER_ROUND + i].pass] |= 1u << first[round * PER_ROUND + i].case_index;
        CU_ASSERT_EQUAL(seen[MB_PASS_PAGES], (1u << CASES) - 1);
        CU_ASSERT_EQUAL(seen[MB_PASS_HEAP], (1u << CASES) - 1);
    }
    CU_ASSERT_NOT_EQUAL(memcmp(first, first + PER_ROUND, PER_ROUND * sizeof *first), 0);
    measure(&session, &plan, NULL);
    mb_session_close(&session);
    CU_ASSERT_EQUAL(memcmp(first, fake.log, sizeof first), 0);
    plan.seed++;
    measure(&session, &plan, NULL);
    mb_session_close(&session);
    CU_ASSERT_NOT_EQUAL(memcmp(first, fake.log, sizeof first), 0);
    end(&plan);
}

/* Against a baseline more is taken of what may have grown, at looks of 10, 20 and 40, and nothing of what repeats. */
static void test_baseline_rounds(void)
{
    static const fake_case cases[] = {
        {.id = "same", .read_bytes = read_same},
        {.id = "noise", .read_bytes = read_noise},
    };
    mb_plan plan;
    mb_session was, is;
    begin(&plan, cases, 2);
    plan.save_baseline = "main";
    measure(&was, &plan, NULL);
    mb_case_source baseline = mb_case_source_of_array(&was.run, was.results, was.case_count);
    plan.save_baseline = NULL;
    memset(fake.counts, 0, sizeof fake.counts);
    measure(&is, &plan, &baseline);
    CU_ASSERT_EQUAL(taken(0, MB_PASS_PAGES), 3);
    CU_ASSERT_EQUAL(taken(1, MB_PASS_PAGES), 10);
    mb_session_close(&is);
    memset(fake.counts, 0, sizeof fake.counts);
    fake.cases[1].read_bytes = read_noise_grown;
    measure(&is, &plan, &baseline);
    CU_ASSERT_EQUAL(taken(0, MB_PASS_PAGES), 3);
    CU_ASSERT_TRUE(taken(1, MB_PASS_PAGES) == 10 || taken(1, MB_PASS_PAGES) == 20 || taken(1, MB_PASS_PAGES) == 40);
    mb_session_close(&is);
    mb_session_close(&was);
    end(&plan);
}

/* --- resume --- */

static bool is_same_series(const mb_session *a, const mb_session *b)
{
    for (size_t c = 0; c < a->case_count; c++)
        for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
            const mb_series *left = &a->results[c].series[m], *right = &b->results[c].series[m];
            if (left->count != right->count ||
                (left->count > 0 && memcmp(left->values, right->values, left->count * sizeof *left->values) != 0))
                return false;
        }
    return true;
}

/* However far it came, a run that is resumed takes the samples that the unbroken one takes: it plans its rounds from
 * the same samples. Against a baseline, with noise, and interrupted twice. */
static void test_resume(void)
{
    static const fake_case cases[] = {
        {.id = "same", .read_bytes = read_same},
        {.id = "noise", .read_bytes = read_noise},
        {.id = "grown", .read_bytes = read_noise},
    };
    mb_plan plan;
    mb_session was, whole, broken;
    begin(&plan, cases, 3);
    plan.save_baseline = "main";
    measure(&was, &plan, NULL);
    mb_case_source baseline = mb_case_source_of_array(&was.run, was.results, was.case_count);
    plan.save_baseline = NULL;
    fake.cases[2].read_bytes = read_noise_grown;
    memset(fake.counts, 0, sizeof fake.counts);
    measure(&whole, &plan, &baseline);
    size_t sample_count = fake.log_count;
    CU_ASSERT_FATAL(sample_count > 6 * 3);
    for (size_t stop = 1; stop < sample_count; stop++) {
        memset(fake.counts, 0, sizeof fake.counts);
        fake.stop_after = stop;
        plan.resume = false;
        measure(&broken, &plan, &baseline);
        CU_ASSERT_NOT_EQUAL(broken.signal_number, 0);
        mb_session_close(&broken);
        plan.resume = true;
        fake.stop_after = 1;
        measure(&broken, &plan, &baseline);
        mb_session_close(&broken);
        fake.stop_after = 0;
        measure(&broken, &plan, &baseline);
        CU_ASSERT_TRUE(broken.run.complete);
        bool is_same = is_same_series(&whole, &broken);
        if (!is_same)
            fprintf(stderr, "resumed after %zu of %zu samples\n", stop, sample_count);
        CU_ASSERT_TRUE(is_same);
        if (broken.journal_path != NULL)
            unlink(broken.journal_path);
        mb_session_close(&broken);
    }
    mb_session_close(&whole);
    mb_session_close(&was);
    end(&plan);
}

/* --- sides --- */

/* A plan of two builds: one case is the same in both, one varies, one has grown. */
static void begin_sides(mb_plan *plan)
{
    static const fake_case cases[] = {
        {.id = "same", .read_bytes = read_same},
        {.id = "noise", .read_bytes = read_two_builds},
        {.id = "grown", .read_bytes = read_grown_build},
    };
    static char other[PATH_MAX];
    begin(plan, cases, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(realpath("/bin/true", other));
    fake.programs[1] = other;
    plan->program_count = 0;
}

static void measure_sides(mb_sides *sides, const mb_plan *plan)
{
    const char *const operands[] = {fake.programs[0], fake.programs[1]};
    mb_error error = {0};
    int signal_number;
    memset(fake.counts, 0, sizeof fake.counts);
    fake_restart();
    CU_ASSERT_EQUAL_FATAL(mb_sides_open(sides, plan, operands, &signal_number, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_sides_measure(sides, &error), MB_OK);
}

/* Three a side where all are equal, ten where not; then fresh ones alone for what may have grown. Each pair goes first
 * in its turn. */
static void test_sides(void)
{
    mb_plan plan;
    mb_sides sides;
    begin_sides(&plan);
    measure_sides(&sides, &plan);
    for (size_t side = 0; side < 2; side++) {
        CU_ASSERT_EQUAL(fake.counts[side][0][MB_PASS_PAGES], 3);
        CU_ASSERT_EQUAL(fake.counts[side][1][MB_PASS_PAGES], 10);
        CU_ASSERT_EQUAL(fake.counts[side][2][MB_PASS_PAGES], 20); /* ten spent, ten fresh */
    }
    size_t turn = 0;
    for (size_t i = 0; i + 1 < fake.log_count; i++) {
        if (fake.log[i].case_index != 2 || fake.log[i].pass != MB_PASS_HEAP)
            continue;
        CU_ASSERT_EQUAL(fake.log[i + 1].case_index, 2);
        CU_ASSERT_EQUAL(fake.log[i].program, turn % 2);
        CU_ASSERT_EQUAL(fake.log[i + 1].program, 1 - turn % 2);
        turn++;
        i++;
    }
    CU_ASSERT_EQUAL(turn, 20);
    mb_verdicts verdicts = {0};
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&sides, &verdicts, &error), MB_OK);
    size_t regressed = 0;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = verdicts.starts[c]; i < verdicts.starts[c + 1]; i++) {
            CU_ASSERT_TRUE(c == 2 || verdicts.comparisons[i].verdict != MB_VERDICT_REGRESSED);
            regressed += verdicts.comparisons[i].verdict == MB_VERDICT_REGRESSED;
        }
    CU_ASSERT_EQUAL(regressed, 4); /* anon and heap, in both windows */
    mb_verdicts_fini(&verdicts);
    mb_sides_close(&sides);
    end(&plan);
}

static bool is_same_verdict(const mb_comparison *a, const mb_comparison *b)
{
    return a->metric == b->metric && a->verdict == b->verdict && a->p_adjusted == b->p_adjusted &&
           a->current_count == b->current_count && a->baseline_count == b->baseline_count;
}

/* Two sides that were interrupted after any number of samples, and again after the next one, end with the series and
 * verdicts of the unbroken run, and leave no journal. */
static void test_sides_resume(void)
{
    mb_plan plan;
    mb_sides whole, broken;
    mb_verdicts wanted = {0};
    mb_error error;
    begin_sides(&plan);
    measure_sides(&whole, &plan);
    size_t sample_count = fake.log_count;
    CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&whole, &wanted, &error), MB_OK);
    mb_sides_forget(&whole);
    CU_ASSERT_FATAL(sample_count > 100);
    for (size_t stop = 1; stop < sample_count; stop++) {
        const char *const operands[] = {fake.programs[0], fake.programs[1]};
        mb_verdicts found = {0};
        fake.stop_after = stop;
        plan.resume = false;
        measure_sides(&broken, &plan);
        CU_ASSERT_TRUE(broken.is_cut);
        mb_sides_close(&broken);
        plan.resume = true;
        for (fake.stop_after = 1;; fake.stop_after = 0) {
            int signal_number;
            fake_restart();
            CU_ASSERT_EQUAL_FATAL(mb_sides_open(&broken, &plan, operands, &signal_number, &error), MB_OK);
            CU_ASSERT_EQUAL_FATAL(mb_sides_measure(&broken, &error), MB_OK);
            if (fake.stop_after == 0)
                break;
            mb_sides_close(&broken);
        }
        CU_ASSERT_FALSE(broken.is_cut);
        CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&broken, &found, &error), MB_OK);
        bool is_same = found.count == wanted.count;
        for (size_t i = 0; i < found.count && is_same; i++)
            is_same = is_same_verdict(&found.comparisons[i], &wanted.comparisons[i]);
        for (size_t side = 0; side < MB_SIDES_MAX && is_same; side++)
            is_same = is_same_series(&whole.sessions[side], &broken.sessions[side]);
        if (!is_same)
            fprintf(stderr, "resumed after %zu of %zu samples\n", stop, sample_count);
        CU_ASSERT_TRUE(is_same);
        mb_sides_forget(&broken);
        mb_verdicts_fini(&found);
        mb_sides_close(&broken);
    }
    mb_verdicts_fini(&wanted);
    mb_sides_close(&whole);
    end(&plan);
}

static size_t count_verdicts(const mb_verdicts *verdicts, size_t case_index, mb_verdict verdict, const char *reason)
{
    size_t count = 0;
    for (size_t i = verdicts->starts[case_index]; i < verdicts->starts[case_index + 1]; i++) {
        const mb_comparison *c = &verdicts->comparisons[i];
        count += c->gates && c->verdict == verdict &&
                 (reason == NULL || (c->reason != NULL && strstr(c->reason, reason) != NULL));
    }
    return count;
}

/* --- other conditions --- */

static double read_grown_exactly(size_t program, mb_pass pass, size_t index)
{
    (void)pass, (void)index;
    return program == 0 ? 81920 : 131072;
}

static double read_larger(size_t program, mb_pass pass, size_t index)
{
    (void)program, (void)pass, (void)index;
    return 131072;
}

static double read_by_program(size_t program, mb_pass pass, size_t condition)
{
    return read_grown_exactly(program, pass, condition);
}

/* What addresses make of both builds alike. */
static double read_by_condition(size_t program, mb_pass pass, size_t condition)
{
    (void)program, (void)pass;
    return condition % 3 == 0 ? 131072 : 81920;
}

enum { UNCHANGED, GROWN, MOVING, FRAGILE, CONDITION_CASES };

static const fake_case condition_cases[CONDITION_CASES] = {
    [UNCHANGED] = {.id = "unchanged", .read_bytes = read_same},
    [GROWN] = {.id = "grown", .read_bytes = read_grown_exactly, .read_moved = read_by_program},
    [MOVING] = {.id = "moving", .read_bytes = read_grown_exactly, .read_moved = read_by_condition},
    [FRAGILE] = {.id = "fragile", .read_bytes = read_grown_exactly, .fails_moved = true},
};

/* Side by side: nothing of what did not change, five of what grew, more of what moves; what fails under other
 * conditions is judged without. */
static void test_conditions_of_sides(void)
{
    static char other[PATH_MAX];
    mb_plan plan;
    mb_sides sides;
    mb_verdicts verdicts = {0};
    mb_error error;
    begin(&plan, condition_cases, CONDITION_CASES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(realpath("/bin/true", other));
    fake.programs[1] = other;
    plan.program_count = 0;
    memset(fake.moved_counts, 0, sizeof fake.moved_counts);
    measure_sides(&sides, &plan);
    for (size_t side = 0; side < 2; side++) {
        CU_ASSERT_EQUAL(fake.moved_counts[side][UNCHANGED][MB_PASS_PAGES], 0);
        CU_ASSERT_EQUAL(fake.moved_counts[side][GROWN][MB_PASS_PAGES], 5);
        CU_ASSERT_EQUAL(fake.moved_counts[side][GROWN][MB_PASS_HEAP], 5);
        CU_ASSERT_TRUE(fake.moved_counts[side][MOVING][MB_PASS_PAGES] >= 10);
    }
    CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&sides, &verdicts, &error), MB_OK);
    for (size_t c = 0; c < CONDITION_CASES; c++) {
        size_t regressed = count_verdicts(&verdicts, c, MB_VERDICT_REGRESSED, NULL);
        CU_ASSERT_EQUAL(regressed, c == GROWN || c == FRAGILE ? 4 : 0);
        CU_ASSERT_EQUAL(sides.sessions[MB_SIDE_NEW].results[c].outcome, MB_OUTCOME_OK);
    }
    CU_ASSERT_EQUAL(count_verdicts(&verdicts, MOVING, MB_VERDICT_NOT_REGRESSED, "did not grow"), 4);
    mb_verdicts_fini(&verdicts);
    mb_sides_close(&sides);
    end(&plan);
}

/* A baseline keeps five of each exact case; against it the current side alone is measured. */
static void test_conditions_of_a_baseline(void)
{
    mb_plan plan;
    mb_session was, is;
    begin(&plan, condition_cases, CONDITION_CASES);
    plan.save_baseline = "main";
    memset(fake.moved_counts, 0, sizeof fake.moved_counts);
    measure(&was, &plan, NULL);
    for (size_t c = 0; c < CONDITION_CASES; c++) {
        CU_ASSERT_EQUAL(fake.moved_counts[0][c][MB_PASS_PAGES], 5);
        CU_ASSERT_EQUAL(was.results[c].conditions[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)].count,
                        c == FRAGILE ? 0 : 5);
        CU_ASSERT_EQUAL(was.results[c].series[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)].count, 20);
    }
    mb_case_source baseline = mb_case_source_of_array(&was.run, was.results, was.case_count);
    plan.save_baseline = NULL;
    memset(fake.counts, 0, sizeof fake.counts);
    memset(fake.moved_counts, 0, sizeof fake.moved_counts);
    fake.cases[GROWN].read_bytes = fake.cases[GROWN].read_moved = read_larger;
    fake.cases[MOVING].read_bytes = read_larger;
    measure(&is, &plan, &baseline);
    CU_ASSERT_EQUAL(fake.moved_counts[0][UNCHANGED][MB_PASS_PAGES], 0);
    CU_ASSERT_EQUAL(fake.moved_counts[0][GROWN][MB_PASS_PAGES], 5);
    CU_ASSERT_TRUE(fake.moved_counts[0][MOVING][MB_PASS_PAGES] >= 10);
    mb_case_source current = mb_case_source_of_array(&is.run, is.results, is.case_count);
    mb_verdicts verdicts = {0};
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_verdicts_compare(&verdicts, &current, &baseline, &plan, NULL, &error), MB_OK);
    CU_ASSERT_EQUAL(count_verdicts(&verdicts, GROWN, MB_VERDICT_REGRESSED, NULL), 4);
    CU_ASSERT_EQUAL(count_verdicts(&verdicts, MOVING, MB_VERDICT_REGRESSED, NULL), 0);
    mb_verdicts_fini(&verdicts);
    mb_session_close(&is);
    mb_session_close(&was);
    end(&plan);
}

/* A run cut short after every possible number of samples, and by its time budget: what is said is in the whole
 * run's verdicts too, or is open; what did not get its first samples was not run. */
static void test_cut_sides(void)
{
    mb_plan plan;
    mb_sides sides;
    mb_error error;
    begin_sides(&plan);
    measure_sides(&sides, &plan);
    size_t whole_count = fake.log_count;
    CU_ASSERT_FALSE(sides.is_cut);
    mb_sides_close(&sides);
    for (size_t stop = 1; stop < whole_count; stop++) {
        mb_verdicts verdicts = {0};
        fake.stop_after = stop;
        measure_sides(&sides, &plan);
        CU_ASSERT_TRUE(sides.is_cut);
        CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&sides, &verdicts, &error), MB_OK);
        size_t judged = 0;
        for (size_t c = 0; c < 3; c++) {
            size_t open = count_verdicts(&verdicts, c, MB_VERDICT_INCONCLUSIVE, NULL);
            bool is_run = sides.sessions[MB_SIDE_NEW].results[c].outcome == MB_OUTCOME_OK;
            judged += is_run;
            CU_ASSERT_EQUAL(is_run, verdicts.starts[c + 1] > verdicts.starts[c]);
            CU_ASSERT_EQUAL(open, count_verdicts(&verdicts, c, MB_VERDICT_INCONCLUSIVE, "interrupted"));
            CU_ASSERT_TRUE(c == 2 || count_verdicts(&verdicts, c, MB_VERDICT_REGRESSED, NULL) == 0);
            if (c == 2 && is_run) /* what grew is never said not to have */
                CU_ASSERT_EQUAL(open + count_verdicts(&verdicts, c, MB_VERDICT_REGRESSED, NULL), 4);
        }
        CU_ASSERT_EQUAL(judged, sides.judged_count);
        mb_verdicts_fini(&verdicts);
        mb_sides_close(&sides);
    }
    fake.stop_after = 0;
    plan.time_budget_ns = 1;
    mb_verdicts verdicts = {0};
    measure_sides(&sides, &plan);
    CU_ASSERT_EQUAL_FATAL(mb_sides_verdicts(&sides, &verdicts, &error), MB_OK);
    CU_ASSERT_EQUAL(fake.log_count, 2 * 3 * 2 * 3); /* sides, cases, passes, first samples */
    CU_ASSERT_EQUAL(sides.judged_count, 3);
    CU_ASSERT_EQUAL(count_verdicts(&verdicts, 0, MB_VERDICT_INCONCLUSIVE, NULL), 0);
    CU_ASSERT_EQUAL(count_verdicts(&verdicts, 2, MB_VERDICT_INCONCLUSIVE, "time budget"), 4);
    mb_verdicts_fini(&verdicts);
    mb_sides_close(&sides);
    end(&plan);
}

/* --- shards --- */

/* Every case falls to just one shard, and all shards follow one plan. */
static void test_shards(void)
{
    enum { CASES = 23, SHARDS = 4 };
    static char ids[CASES][16], plan_of_first[64];
    fake_case cases[CASES];
    size_t seen[CASES] = {0}, total = 0;
    mb_plan plan;
    mb_session session;
    for (size_t c = 0; c < CASES; c++) {
        snprintf(ids[c], sizeof ids[c], "case/%zu", c);
        cases[c] = (fake_case){.id = ids[c], .read_bytes = read_same};
    }
    begin(&plan, cases, CASES);
    plan.shard_count = SHARDS;
    for (plan.shard_index = 1; plan.shard_index <= SHARDS; plan.shard_index++) {
        measure(&session, &plan, NULL);
        CU_ASSERT_TRUE(session.case_count >= CASES / SHARDS && session.case_count <= CASES / SHARDS + 1);
        for (size_t i = 0; i < session.case_count; i++)
            for (size_t c = 0; c < CASES; c++)
                seen[c] += strcmp(session.results[i].id, ids[c]) == 0;
        total += session.case_count;
        if (plan.shard_index == 1)
            snprintf(plan_of_first, sizeof plan_of_first, "%s", session.run.shard.plan);
        CU_ASSERT_STRING_EQUAL(session.run.shard.plan, plan_of_first);
        CU_ASSERT_EQUAL(session.run.shard.case_count, CASES);
        mb_session_close(&session);
    }
    CU_ASSERT_EQUAL(total, CASES);
    for (size_t c = 0; c < CASES; c++)
        CU_ASSERT_EQUAL(seen[c], 1);
    end(&plan);
}

/* --- policy --- */

/* What membench.json says of a case holds for it, the later entry before the earlier, and the command line before both.
 */
static void test_policy(void)
{
    static const char text[] = "{\"threshold\": \"20%\", \"cases\": {\n"
                               " \"queue/.*\": {\"thresholds\": {\"anon\": \"5%\"}},\n"
                               " \"queue/10\": {\"thresholds\": {\"anon\": \"7%\"}, \"advisory\": true}}}";
    mb_metric anon = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY);
    mb_metric heap = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY);
    for (int is_said = 0; is_said <= 1; is_said++) {
        mb_plan plan;
        mb_arena arena = {0};
        mb_error error;
        begin(&plan, NULL, 0);
        plan.program_count = 0;
        FILE *file = fopen(MB_PROJECT_FILE, "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fputs(text, file);
        fclose(file);
        plan.threshold_given[anon] = is_said;
        plan.policy.threshold_ratio[anon] = 0.01;
        CU_ASSERT_EQUAL_FATAL(mb_plan_apply_project(&plan, &arena, &error), MB_OK);
        const mb_gate_policy *ten = mb_policy_of(&plan, "queue/10"), *others = mb_policy_of(&plan, "queue/100"),
                             *none = mb_policy_of(&plan, "list/10");
        CU_ASSERT_DOUBLE_EQUAL(ten->threshold_ratio[anon], is_said ? 0.01 : 0.07, 0);
        CU_ASSERT_DOUBLE_EQUAL(others->threshold_ratio[anon], is_said ? 0.01 : 0.05, 0);
        CU_ASSERT_DOUBLE_EQUAL(none->threshold_ratio[anon], is_said ? 0.01 : 0.20, 0);
        CU_ASSERT_DOUBLE_EQUAL(ten->threshold_ratio[heap], 0.20, 0);
        CU_ASSERT_TRUE(ten->is_advisory && !others->is_advisory && !none->is_advisory);
        CU_ASSERT_EQUAL(mb_policies_check_used(&plan, &error), MB_OK);
        CU_ASSERT_TRUE(mb_policies_differ(&plan));
        mb_arena_fini(&arena);
        end(&plan);
    }
}

MB_SUITE(session, {"sampling rules", test_sampling_rules}, {"a failing case", test_failing_case},
         {"rounds", test_rounds}, {"rounds against a baseline", test_baseline_rounds}, {"resume", test_resume},
         {"sides resume", test_sides_resume}, {"sides", test_sides}, {"conditions of sides", test_conditions_of_sides},
         {"conditions of a baseline", test_conditions_of_a_baseline}, {"sides cut short", test_cut_sides},
         {"shards", test_shards}, {"policy", test_policy});
