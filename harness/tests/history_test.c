/* The history: what is recorded is read back, once, in the order of commits; two processes may write; what is damaged
 * or newer is refused and left as it is. */
#include "features/history/history.h"
#include "features/history/samples.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 300 };

static char folder[PATH_BYTES - 100], path[PATH_BYTES];

static void begin(void)
{
    const char *where = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/membench-history-XXXXXX", where != NULL ? where : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/history.db", folder);
}

static void end(void)
{
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CU_ASSERT_EQUAL(system(command), 0);
}

/* A results file of one case with an exact metric and a noisy one. */
typedef struct file {
    mb_run_info run;
    mb_program_info program;
    mb_case_result cases[3];
    double exact[3], noisy[4];
    size_t broken; /* reading the case of that index fails; 0: none */
} file;

static const char *id_of(void *context, size_t index) { return ((file *)context)->cases[index].id; }

static mb_status read_case(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    file *f = context;
    (void)arena;
    if (f->broken > 0 && index == f->broken)
        return mb_error_set(error, MB_ERROR_FORMAT, "broken");
    *result = f->cases[index];
    return MB_OK;
}

static void make_file(file *f, double value)
{
    *f = (file){.program = {.path = "/opt/queue_bench",
                            .build_id = "b1",
                            .libc = "glibc 2.36",
                            .allocator = "glibc 2.36",
                            .aslr = "off",
                            .thp = "off",
                            .entropy = "fixed",
                            .mechanisms = "seccomp"},
                .run = {.membench_version = "0.1.0",
                        .date = "2026-03-04T05:06:07+00:00",
                        .host_name = "host",
                        .kernel = "Linux 6.12.0",
                        .architecture = "x86_64",
                        .cpu_count = 2,
                        .page_bytes = 4096,
                        .rss_source = "status",
                        .complete = true,
                        .program_count = 1},
                .exact = {value, value, value},
                .noisy = {10.5, 12.5, 8, 30}};
    for (size_t c = 0; c < 3; c++) {
        static const char *const ids[] = {"queue/1", "queue/2", "queue/3"};
        f->cases[c] = (mb_case_result){.id = ids[c], .group = "queue"};
        f->cases[c].series[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)] = (mb_series){f->exact, 3};
        f->cases[c].series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)] = (mb_series){f->noisy, 4};
    }
}

static mb_status record_cases(mb_history *history, file *f, const char *commit, const char *branch, int64_t time_s,
                              size_t case_count, bool again, mb_history_added *added, mb_error *error)
{
    f->run.programs = &f->program;
    mb_case_source source = {.run = &f->run, .case_count = case_count, .id = id_of, .read = read_case, .context = f};
    mb_history_commit named = {.name = commit, .branch = branch, .subject = "area: what", .time_s = time_s};
    return mb_history_record(history, &named, &source, again, added, error);
}

static void record(mb_history *history, const char *commit, int64_t time_s, double value)
{
    file f;
    mb_history_added added;
    mb_error error = {0};
    make_file(&f, value);
    CU_ASSERT_EQUAL(record_cases(history, &f, commit, "main", time_s, 3, false, &added, &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_EQUAL(added.point_count, 6);
}

static mb_history *open_history(mb_history_access access_kind)
{
    mb_error error = {0};
    mb_history *history = NULL;
    CU_ASSERT_EQUAL_FATAL(mb_history_open(path, access_kind, &history, &error), MB_OK);
    return history;
}

static void read_log(mb_history *history, mb_history_log *log)
{
    mb_error error;
    mb_history_filter all = {0};
    CU_ASSERT_EQUAL_FATAL(mb_history_log_read(history, &all, log, &error), MB_OK);
}

/* What a scan of one case and metric yields. */
typedef struct seen {
    const mb_history_log *log;
    size_t series_count, count;
    double values[16], samples[16];
    size_t sample_count;
    char commits[16][16];
    bool is_exact;
} seen;

static mb_status see(void *context, const mb_history_series *series, mb_error *error)
{
    seen *s = context;
    (void)error;
    s->series_count++;
    s->count = 0;
    s->is_exact = series->is_exact;
    for (size_t i = 0; i < series->count && i < 16; i++) {
        const mb_history_point *point = &series->points[i];
        s->values[i] = point->value;
        snprintf(s->commits[i], sizeof s->commits[i], "%.15s", s->log->runs[point->run].commit);
        if (point->blob != NULL)
            s->sample_count = mb_samples_unpack(point->blob, point->blob_bytes, s->samples, 16);
        s->count++;
    }
    return MB_OK;
}

static seen scan(mb_history *history, const mb_history_log *log, const char *case_id, mb_metric metric)
{
    seen s = {.log = log};
    mb_error error;
    bool metrics[MB_METRIC_COUNT] = {false};
    metrics[metric] = true;
    mb_history_scan wanted = {
        .log = log, .case_id = case_id, .metrics = metrics, .with_samples = true, .visit = see, .context = &s};
    CU_ASSERT_EQUAL(mb_history_scan_run(history, &wanted, &error), MB_OK);
    return s;
}

static size_t count_runs(void)
{
    mb_history *history = open_history(MB_HISTORY_READ);
    mb_history_log log;
    read_log(history, &log);
    size_t count = log.run_count;
    mb_history_log_fini(&log);
    mb_history_close(history);
    return count;
}

/* Recorded out of order, read in the order of commits; values, samples and exactness come back as they were. */
static void test_order(void)
{
    begin();
    mb_history *history = open_history(MB_HISTORY_WRITE);
    record(history, "second", 2000, 200);
    record(history, "third", 3000, 250.25);
    record(history, "first", 1000, 100);
    mb_history_log log;
    read_log(history, &log);
    CU_ASSERT_EQUAL(log.run_count, 3);
    CU_ASSERT_EQUAL(log.cohort_count, 1);
    CU_ASSERT_STRING_EQUAL(log.runs[0].program, "queue_bench");
    CU_ASSERT_EQUAL(log.runs[0].case_count, 3);
    seen heap = scan(history, &log, "queue/2", mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    CU_ASSERT_EQUAL(heap.series_count, 1);
    CU_ASSERT_EQUAL_FATAL(heap.count, 3);
    CU_ASSERT_STRING_EQUAL(heap.commits[0], "first");
    CU_ASSERT_STRING_EQUAL(heap.commits[2], "third");
    CU_ASSERT_EQUAL(heap.values[0], 100);
    CU_ASSERT_EQUAL(heap.values[1], 200);
    CU_ASSERT_EQUAL(heap.values[2], 250.25);
    CU_ASSERT_TRUE(heap.is_exact);
    CU_ASSERT_EQUAL(heap.sample_count, 0);
    seen time = scan(history, &log, "queue/3", mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY));
    CU_ASSERT_FALSE(time.is_exact);
    CU_ASSERT_EQUAL(time.values[0], 11.5);
    CU_ASSERT_EQUAL(time.sample_count, 4);
    CU_ASSERT_EQUAL(time.samples[3], 30);
    CU_ASSERT_EQUAL(scan(history, &log, NULL, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)).series_count, 3);
    CU_ASSERT_EQUAL(scan(history, &log, NULL, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD)).series_count, 0);
    mb_history_log_fini(&log);
    mb_history_close(history);
    end();
}

/* Again the same: nothing. Other cases of the same build: into the same run. Another build, branch, machine: another.
 */
static void test_keys(void)
{
    begin();
    mb_history *history = open_history(MB_HISTORY_WRITE);
    mb_history_added added;
    mb_error error;
    file f;
    make_file(&f, 100);
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 2, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 1);
    CU_ASSERT_EQUAL(added.point_count, 4);
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 2, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 0);
    CU_ASSERT_EQUAL(added.point_count, 0);
    CU_ASSERT_EQUAL(added.kept_count, 4);
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 0);
    CU_ASSERT_EQUAL(added.case_count, 1);
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 3, true, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 1);
    CU_ASSERT_EQUAL(added.point_count, 6);
    f.program.build_id = "b2";
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 1);
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "side", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 1);
    f.run.kernel = "Linux 6.13.0"; /* is kept, and divides nothing */
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 0);
    f.program.libc = "musl";
    CU_ASSERT_EQUAL(record_cases(history, &f, "a", "main", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(added.run_count, 1);
    mb_history_log log;
    read_log(history, &log);
    CU_ASSERT_EQUAL(log.run_count, 5);
    CU_ASSERT_EQUAL(log.machine_count, 2);
    CU_ASSERT_EQUAL(log.cohort_count, 2);
    seen heap = scan(history, &log, "queue/1", mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    CU_ASSERT_EQUAL(heap.series_count, 2); /* two machine classes make no curve together */
    mb_history_log_fini(&log);
    mb_arena arena = {0};
    const char *branch = NULL;
    CU_ASSERT_EQUAL(mb_history_main_branch(history, &arena, &branch, &error), MB_OK);
    mb_arena_fini(&arena);
    mb_history_close(history);
    end();
}

/* A file that turns out to be broken half way leaves nothing behind, also inside a longer transaction. */
static void test_all_or_nothing(void)
{
    begin();
    mb_history *history = open_history(MB_HISTORY_WRITE);
    mb_history_added added;
    mb_error error;
    file f;
    record(history, "a", 1000, 100);
    make_file(&f, 5);
    f.broken = 2;
    CU_ASSERT_EQUAL(record_cases(history, &f, "b", "main", 2000, 3, false, &added, &error), MB_FAILED);
    CU_ASSERT_EQUAL(count_runs(), 1);
    CU_ASSERT_EQUAL(mb_history_begin(history, &error), MB_OK);
    record(history, "c", 3000, 300);
    CU_ASSERT_EQUAL(record_cases(history, &f, "d", "main", 4000, 3, false, &added, &error), MB_FAILED);
    CU_ASSERT_EQUAL(count_runs(), 1);
    record(history, "e", 5000, 300); /* goes on as if nothing had been */
    CU_ASSERT_EQUAL(count_runs(), 2);
    f.broken = 0;
    f.run.complete = false;
    CU_ASSERT_EQUAL(record_cases(history, &f, "f", "main", 6000, 3, false, &added, &error), MB_FAILED);
    f.run.complete = true;
    CU_ASSERT_EQUAL(record_cases(history, &f, "two words", "main", 6000, 3, false, &added, &error), MB_FAILED);
    CU_ASSERT_EQUAL(record_cases(history, &f, "f", "main", 6000, 0, false, &added, &error), MB_FAILED);
    f.run.date = NULL;
    CU_ASSERT_EQUAL(record_cases(history, &f, "f", "main", 0, 3, false, &added, &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    CU_ASSERT_EQUAL(count_runs(), 2);
    mb_history_close(history);
    end();
}

/* In a child: records count commits, opening the file again for each. */
static int write_many(int writer, int count)
{
    for (int i = 0; i < count; i++) {
        char commit[32];
        mb_history *history = NULL;
        mb_history_added added;
        mb_error error;
        file f;
        snprintf(commit, sizeof commit, "w%d-%d", writer, i);
        make_file(&f, i);
        if (mb_history_open(path, MB_HISTORY_WRITE, &history, &error) != MB_OK ||
            record_cases(history, &f, commit, "main", 1000 + i, 3, false, &added, &error) != MB_OK ||
            added.point_count != 6) {
            fprintf(stderr, "writer %d: %s\n", writer, error.message);
            return 1;
        }
        mb_history_close(history);
    }
    return 0;
}

/* Two processes that begin with no file at all: both make it, both write, and every run is there. */
static void test_two_writers(void)
{
    enum { WRITERS = 2, RUNS = 20 };
    begin();
    pid_t children[WRITERS];
    fflush(NULL);
    for (int w = 0; w < WRITERS; w++) {
        children[w] = fork();
        if (children[w] == 0)
            _exit(write_many(w, RUNS));
    }
    for (int w = 0; w < WRITERS; w++) {
        int how = -1;
        CU_ASSERT_EQUAL(waitpid(children[w], &how, 0), children[w]);
        CU_ASSERT_EQUAL(how, 0);
    }
    CU_ASSERT_EQUAL(count_runs(), WRITERS * RUNS);
    end();
}

static void test_prune(void)
{
    begin();
    mb_history *history = open_history(MB_HISTORY_WRITE);
    mb_history_pruned pruned;
    mb_error error;
    for (int i = 0; i < 10; i++) {
        char commit[16];
        snprintf(commit, sizeof commit, "c%d", i);
        record(history, commit, 1000 + i, i);
    }
    file f;
    mb_history_added added;
    make_file(&f, 1);
    CU_ASSERT_EQUAL(record_cases(history, &f, "c0", "side", 1000, 3, false, &added, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_history_prune(history, 4, 0, &pruned, &error), MB_OK);
    CU_ASSERT_EQUAL(pruned.run_count, 6);
    CU_ASSERT_EQUAL(pruned.commit_count, 5); /* the other branch still has c0 */
    mb_history_log log;
    read_log(history, &log);
    CU_ASSERT_EQUAL(log.run_count, 5);
    seen heap = scan(history, &log, "queue/1", mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    CU_ASSERT_EQUAL(heap.count, 5);
    CU_ASSERT_STRING_EQUAL(heap.commits[0], "c0");
    CU_ASSERT_STRING_EQUAL(heap.commits[1], "c6");
    mb_history_log_fini(&log);
    CU_ASSERT_EQUAL(mb_history_prune(history, 0, 1009, &pruned, &error), MB_OK);
    CU_ASSERT_EQUAL(pruned.run_count, 4);
    CU_ASSERT_EQUAL(mb_history_prune(history, 4, 0, &pruned, &error), MB_OK);
    CU_ASSERT_EQUAL(pruned.run_count, 0);
    mb_history_close(history);
    CU_ASSERT_EQUAL(count_runs(), 1);
    end();
}

static size_t read_file(char *bytes, size_t size)
{
    FILE *stream = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    size_t length = fread(bytes, 1, size, stream);
    fclose(stream);
    return length;
}

static void write_file(const char *bytes, size_t length)
{
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
}

/* Opening and recording fail, with a word in the message, and leave every byte as it was. */
static void refuse(const char *bytes, size_t length, const char *word)
{
    static char after[1 << 20];
    for (int access_kind = 0; access_kind < 2; access_kind++) {
        mb_history *history = NULL;
        mb_history_log log = {0};
        mb_history_filter all = {0};
        mb_error error = {0};
        write_file(bytes, length);
        mb_status status = mb_history_open(path, (mb_history_access)access_kind, &history, &error);
        if (status == MB_OK)
            status = mb_history_log_read(history, &all, &log, &error);
        CU_ASSERT_EQUAL(status, MB_FAILED);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, word));
        mb_history_close(history);
        CU_ASSERT_EQUAL(read_file(after, sizeof after), length);
        CU_ASSERT_EQUAL(memcmp(after, bytes, length), 0);
    }
}

static void test_refused(void)
{
    static char bytes[1 << 20];
    enum { USER_VERSION_AT = 60, APPLICATION_ID_AT = 68 }; /* of SQLite's file header, big-endian */
    begin();
    mb_history *history = open_history(MB_HISTORY_WRITE);
    record(history, "a", 1000, 100);
    mb_history_close(history);
    size_t length = read_file(bytes, sizeof bytes);
    CU_ASSERT_EQUAL_FATAL(bytes[USER_VERSION_AT + 3], MB_HISTORY_VERSION);
    bytes[USER_VERSION_AT + 3]++;
    refuse(bytes, length, "newer membench");
    bytes[USER_VERSION_AT + 3]--;
    bytes[APPLICATION_ID_AT]++;
    refuse(bytes, length, "another program");
    bytes[APPLICATION_ID_AT]--;
    refuse(bytes, length / 2, "damaged");
    refuse("no database at all, but longer than a header is, so that SQLite reads it as one: no such luck ....... "
           "and some more",
           110, "damaged");
    write_file(bytes, length);
    CU_ASSERT_EQUAL(count_runs(), 1);
    end();
}

MB_SUITE(history, {"order", test_order}, {"keys", test_keys}, {"all or nothing", test_all_or_nothing},
         {"two writers", test_two_writers}, {"prune", test_prune}, {"refused", test_refused});
