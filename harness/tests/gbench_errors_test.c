/* gbench_errors_test.c: the C binding of Google Benchmark fails as gbench.h says: with a text, in silence, and usable
 * afterwards. */
#include "tests/gbench_fixture.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void body_fail(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    mb_gbench_fail(state, context);
    mb_gbench_fail(state, "a second reason");
}

static void body_skip(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    mb_gbench_skip(state, context);
}

static void setup_skip(mb_gbench_state *state, void *context)
{
    (void)context;
    mb_gbench_skip(state, "not on this machine");
}

/* Reasons arrive, the first one counts, and there are no times next to them. */
static void test_fail_and_skip(void)
{
    struct copies copies;
    mb_gbench_options options = {.min_time_ns = 1000000, .warm_up_time_ns = 1000, .repetitions = 2};
    mb_gbench_function function = {.name = "fails", .body = body_fail, .context = "disk full: 7 of 9"};
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 2);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(copies.items[i].status, MB_FAILED);
        CU_ASSERT_STRING_EQUAL(copies.items[i].message, "disk full: 7 of 9");
        CU_ASSERT_STRING_EQUAL(copies.items[i].real_missing, "disk full: 7 of 9");
        CU_ASSERT_STRING_EQUAL(copies.items[i].cpu_missing, "disk full: 7 of 9");
        CU_ASSERT_EQUAL(copies.items[i].real_time_ns, 0);
    }

    function = (mb_gbench_function){.name = "skips", .body = body_skip, .context = "no such thing"};
    CU_ASSERT_EQUAL(run_one(&function, NULL, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 1);
    CU_ASSERT_EQUAL(copies.items[0].status, MB_SKIPPED);
    CU_ASSERT_STRING_EQUAL(copies.items[0].message, "no such thing");

    struct tally tally = {0};
    function = (mb_gbench_function){
        .name = "setup", .body = body_tally, .setup = setup_skip, .teardown = teardown_tally, .context = &tally};
    CU_ASSERT_EQUAL(run_one(&function, NULL, &copies), MB_OK);
    CU_ASSERT_EQUAL(copies.items[0].status, MB_SKIPPED);
    CU_ASSERT_STRING_EQUAL(copies.items[0].message, "not on this machine");
    CU_ASSERT_EQUAL(tally.batch_count, 0);
    CU_ASSERT_EQUAL(tally.teardown_count, 1);

    char long_reason[1000];
    memset(long_reason, 'r', sizeof long_reason - 1);
    long_reason[sizeof long_reason - 1] = '\0';
    function = (mb_gbench_function){.name = "long", .body = body_fail, .context = long_reason};
    CU_ASSERT_EQUAL(run_one(&function, NULL, &copies), MB_OK);
    CU_ASSERT_EQUAL(strlen(copies.items[0].message), 400);
}

/* What C++ throws becomes a text, in every callback and thread. */
static void test_exceptions(void)
{
    static const struct {
        void (*body)(mb_gbench_state *state, uint64_t iterations, void *context);
        void (*setup)(mb_gbench_state *state, void *context);
        uint32_t threads;
        const char *message;
    } table[] = {
        {throw_runtime_error, NULL, 1, "C++ exception: boom"},
        {throw_bad_alloc, NULL, 1, "out of memory"},
        {throw_int, NULL, 1, "C++ exception of unknown type"},
        {throw_in_thread_1, NULL, 2, "C++ exception: boom in a thread"},
        {body_tally, throw_in_setup, 1, "C++ exception: boom in setup"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct tally tally = {0};
        const mb_gbench_function function = {
            .name = "throws", .body = table[i].body, .setup = table[i].setup, .context = &tally};
        const mb_gbench_options options = {.iterations = 10, .threads = table[i].threads};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT_EQUAL(copies.items[0].status, MB_FAILED);
        CU_ASSERT_STRING_EQUAL(copies.items[0].message, table[i].message);
    }

    struct tally tally = {0};
    char message[TEXT_BYTES_MAX] = "";
    const mb_gbench_function function = {.name = "callback", .body = body_tally, .context = &tally};
    mb_gbench *gbench = mb_gbench_new();
    CU_ASSERT_EQUAL(mb_gbench_register(gbench, &function, NULL, message, sizeof message), MB_OK);
    CU_ASSERT_EQUAL(mb_gbench_run(gbench, NULL, throw_in_callback, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "on_result: C++ exception: boom in callback");
    mb_gbench_free(gbench);
}

static void body_two_pauses(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    (void)context;
    mb_gbench_pause(state);
    mb_gbench_pause(state);
    mb_gbench_resume(state);
}

static void body_two_resumes(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    (void)context;
    mb_gbench_resume(state);
    mb_gbench_resume(state);
}

static void setup_pause(mb_gbench_state *state, void *context)
{
    (void)context;
    mb_gbench_pause(state);
}

/* Where Google Benchmark would abort the process, the function fails. */
static void test_pause_misuse(void)
{
    static const struct {
        void (*body)(mb_gbench_state *state, uint64_t iterations, void *context);
        void (*setup)(mb_gbench_state *state, void *context);
        const char *message;
    } table[] = {
        {body_two_pauses, NULL, "mb_gbench_pause: the time does not run"},
        {body_two_resumes, NULL, "mb_gbench_resume: the time is not paused"},
        {body_two_resumes, setup_pause, "mb_gbench_pause: the time does not run"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const mb_gbench_function function = {.name = "misuse", .body = table[i].body, .setup = table[i].setup};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, NULL, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT_EQUAL(copies.items[0].status, MB_FAILED);
        CU_ASSERT_STRING_EQUAL(copies.items[0].message, table[i].message);
    }
}

/* What cannot be registered is refused with a text, cut to the caller's space, and leaves nothing behind. */
static void test_usage(void)
{
    static const int64_t args[] = {1};
    const struct {
        mb_gbench_function function;
        mb_gbench_options options;
        const char *message;
    } table[] = {
        {{.body = body_tally}, {0}, "the function has no name"},
        {{.name = "", .body = body_tally}, {0}, "the function has no name"},
        {{.name = "f"}, {0}, "f: the function has no body"},
        {{.name = "f", .body = body_tally, .arg_count = 1}, {0}, "f: arguments are announced and none are given"},
        {{.name = "f", .body = body_tally, .arg_count = 1, .args = args},
         {0},
         "f: arguments are announced and none are given"},
        {{.name = "f", .body = body_tally, .arg_count = 17, .args = args, .row_count = 1},
         {0},
         "f: 17 arguments are more than 16"},
        {{.name = "f", .body = body_tally},
         {.iterations = 1, .min_time_ns = 1},
         "iterations exclude min_time_ns and warm_up_time_ns"},
        {{.name = "f", .body = body_tally},
         {.iterations = 1, .warm_up_time_ns = 1},
         "iterations exclude min_time_ns and warm_up_time_ns"},
        {{.name = "f", .body = body_tally},
         {.iterations = (UINT64_C(1) << 40) + 1},
         "iterations: 1099511627777 is more than 2^40"},
        {{.name = "f", .body = body_tally}, {.repetitions = 1000001}, "repetitions: 1000001 is more than 1000000"},
        {{.name = "f", .body = body_tally}, {.threads = 257}, "threads: 257 is more than 256"},
        {{.name = "f", .body = body_tally}, {.clock = (mb_gbench_clock)3}, "clock: 3 is none"},
    };
    mb_gbench *gbench = mb_gbench_new();
    char message[TEXT_BYTES_MAX] = "";
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_EQUAL(mb_gbench_register(gbench, &table[i].function, &table[i].options, message, sizeof message),
                        MB_FAILED);
        CU_ASSERT_STRING_EQUAL(message, table[i].message);
    }
    CU_ASSERT_EQUAL(mb_gbench_register(gbench, &table[0].function, NULL, message, 13), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "the function");
    CU_ASSERT_EQUAL(mb_gbench_register(gbench, &table[0].function, NULL, NULL, 0), MB_FAILED);
    CU_ASSERT_EQUAL(mb_gbench_run(gbench, NULL, collect, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "no function matches ''");
    mb_gbench_free(gbench);
    mb_gbench_free(NULL);

    const mb_gbench_options manual = {.clock = MB_GBENCH_CLOCK_MANUAL};
    CU_ASSERT_EQUAL(mb_gbench_time(NULL, NULL, NULL, collect, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "body: the function has no body");
    CU_ASSERT_EQUAL(mb_gbench_time(NULL, NULL, &manual, collect, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "the manual clock is for mb_gbench_time_manual");
    CU_ASSERT_EQUAL(mb_gbench_time_manual(NULL, NULL, NULL, collect, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "body: the function has no body");
}

/* Filters choose by name; what matches nothing or is not an expression is an error. The set can be run again, and again
 * after it was cleared. */
static void test_filter_and_again(void)
{
    static const int64_t sizes[] = {1, 10, 100};
    struct tally tally = {0};
    const mb_gbench_function sort = {
        .name = "sort", .body = body_tally, .context = &tally, .arg_count = 1, .args = sizes, .row_count = 3};
    const mb_gbench_function find = {.name = "find", .body = body_tally, .context = &tally};
    const mb_gbench_options once = {.iterations = 1};
    static const struct {
        const char *filter;
        size_t count;
        const char *first;
    } table[] = {
        {NULL, 4, "sort/1"},     {"sort", 3, "sort/1"}, {"^sort/10$", 1, "sort/10"},  {"-sort", 1, "find"},
        {"-/10+$", 2, "sort/1"}, {"", 4, "sort/1"},     {"find|/100", 2, "sort/100"},
    };
    char message[TEXT_BYTES_MAX] = "";
    mb_gbench *gbench = mb_gbench_new();
    for (int round = 0; round < 2; round++) {
        CU_ASSERT_EQUAL(mb_gbench_register(gbench, &sort, &once, message, sizeof message), MB_OK);
        CU_ASSERT_EQUAL(mb_gbench_register(gbench, &find, &once, message, sizeof message), MB_OK);
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            struct copies copies = {0};
            CU_ASSERT_EQUAL(mb_gbench_run(gbench, table[i].filter, collect, &copies, message, sizeof message), MB_OK);
            CU_ASSERT_EQUAL(copies.count, table[i].count);
            CU_ASSERT_STRING_EQUAL(copies.items[0].name, table[i].first);
        }
        CU_ASSERT_EQUAL(mb_gbench_run(gbench, "nothing", collect, NULL, message, sizeof message), MB_FAILED);
        CU_ASSERT_STRING_EQUAL(message, "no function matches 'nothing'");
        CU_ASSERT_EQUAL(mb_gbench_run(gbench, "so(rt", collect, NULL, message, sizeof message), MB_FAILED);
        CU_ASSERT_EQUAL(strncmp(message, "filter 'so(rt': ", 16), 0);
        mb_gbench_clear(gbench);
        CU_ASSERT_EQUAL(mb_gbench_run(gbench, NULL, collect, NULL, message, sizeof message), MB_FAILED);
    }
    mb_gbench_free(gbench);
}

static void run_within(const mb_gbench_result *result, void *context)
{
    (void)result;
    struct tally tally = {0};
    const mb_gbench_function function = {.name = "inner", .body = body_tally, .context = &tally};
    struct copies copies;
    mb_status *status = context;
    *status = run_one(&function, NULL, &copies);
}

/* A run within a run is refused, and the outer one goes on. */
static void test_nested(void)
{
    struct tally tally = {0};
    const mb_gbench_function function = {.name = "outer", .body = body_tally, .context = &tally};
    const mb_gbench_options options = {.iterations = 1};
    mb_status inner = MB_OK;
    char message[TEXT_BYTES_MAX] = "";
    mb_gbench *gbench = mb_gbench_new();
    CU_ASSERT_EQUAL(mb_gbench_register(gbench, &function, &options, message, sizeof message), MB_OK);
    CU_ASSERT_EQUAL(mb_gbench_run(gbench, NULL, run_within, &inner, message, sizeof message), MB_OK);
    CU_ASSERT_EQUAL(inner, MB_FAILED);
    mb_gbench_free(gbench);
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
}

/* Runs of every outcome write nothing to standard output and standard error: both go to a file that stays empty. */
static void test_silence(void)
{
    char path[] = "/tmp/membench-gbench-XXXXXX";
    const int file = mkstemp(path);
    CU_ASSERT_FATAL(file >= 0);
    unlink(path);
    fflush(stdout);
    fflush(stderr);
    const int saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);

    struct tally tally = {0};
    struct copies copies;
    const mb_gbench_options options = {.iterations = 3, .repetitions = 3};
    const mb_gbench_function functions[] = {{.name = "ok", .body = body_tally, .context = &tally},
                                            {.name = "fails", .body = body_fail, .context = "no"},
                                            {.name = "throws", .body = throw_int}};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++)
        count += run_one(&functions[i], &options, &copies) == MB_OK ? copies.count : 0;
    mb_gbench_context context;
    char message[TEXT_BYTES_MAX] = "";
    const mb_status status = mb_gbench_context_get(&context, message, sizeof message);

    fflush(stdout);
    fflush(stderr);
    dup2(saved_out, STDOUT_FILENO);
    dup2(saved_err, STDERR_FILENO);
    close(saved_out);
    close(saved_err);
    struct stat written;
    CU_ASSERT_EQUAL(fstat(file, &written), 0);
    CU_ASSERT_EQUAL(written.st_size, 0);
    close(file);
    CU_ASSERT_EQUAL(count, 9);
    CU_ASSERT_EQUAL(status, MB_OK);
}

/* Each allocation of C++ fails in turn, alone and with all that follow: the run says so or succeeds, and nothing
 * leaves as an exception. Afterwards everything works again. */
static void test_out_of_memory(void)
{
    struct tally tally = {0};
    const mb_gbench_function function = {
        .name = "a name that is too long to be held without an allocation", .body = body_tally, .context = &tally};
    const mb_gbench_options options = {.iterations = 2, .repetitions = 2};
    struct copies copies;
    CU_ASSERT_EQUAL_FATAL(run_one(&function, &options, &copies), MB_OK);
    fail_new(-1, false);
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    const long long calls = new_call_count();
    CU_ASSERT(calls > 10);
    int refused = 0;
    for (int ever_after = 0; ever_after < 2; ever_after++) {
        for (long long call = 0; call < calls; call++) {
            char message[TEXT_BYTES_MAX] = "";
            mb_gbench *gbench = mb_gbench_new();
            memset(&copies, 0, sizeof copies);
            fail_new(call, ever_after);
            mb_status status = mb_gbench_register(gbench, &function, &options, message, sizeof message);
            if (status == MB_OK)
                status = mb_gbench_run(gbench, NULL, collect, &copies, message, sizeof message);
            fail_new(-1, false);
            mb_gbench_free(gbench);
            CU_ASSERT_EQUAL(status == MB_OK, message[0] == '\0');
            refused += status == MB_FAILED && strstr(message, "out of memory") != NULL;
        }
    }
    CU_ASSERT(refused > 10);
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL(copies.count, 2);
    CU_ASSERT_EQUAL(copies.items[0].status, MB_OK);
}

/* The library is found by dlopen with all functions of the header and no others of its own. */
static void test_dynamic(void)
{
    void *library = dlopen(MEMBENCH_TIMER_PATH, RTLD_NOW | RTLD_LOCAL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(library);
    static const char *const names[] = {"mb_gbench_abi",         "mb_gbench_new",      "mb_gbench_free",
                                        "mb_gbench_register",    "mb_gbench_clear",    "mb_gbench_run",
                                        "mb_gbench_arg",         "mb_gbench_fail",     "mb_gbench_context_get",
                                        "mb_gbench_time_manual", "mb_gbench_set_label"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_PTR_NOT_NULL(dlsym(library, names[i]));
    mb_status (*timed)(void (*)(void *, uint64_t), void *, const mb_gbench_options *, mb_gbench_result_callback, void *,
                       char *, size_t) = NULL;
    void *symbol = dlsym(library, "mb_gbench_time");
    CU_ASSERT_PTR_NOT_NULL_FATAL(symbol);
    memcpy(&timed, &symbol, sizeof timed);
    char message[TEXT_BYTES_MAX] = "";
    CU_ASSERT_EQUAL(timed(NULL, NULL, NULL, collect, NULL, message, sizeof message), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(message, "body: the function has no body");
    CU_ASSERT_EQUAL(mb_gbench_abi(), MB_GBENCH_ABI);
}

/* The context is that of this machine, and the version that of the library. */
static void test_context(void)
{
    mb_gbench_context context = {0};
    char message[TEXT_BYTES_MAX] = "";
    CU_ASSERT_EQUAL_FATAL(mb_gbench_context_get(&context, message, sizeof message), MB_OK);
    CU_ASSERT(context.cpu_count >= 1 && (long)context.cpu_count <= sysconf(_SC_NPROCESSORS_CONF));
    CU_ASSERT(context.cpu_mhz >= 0 && context.cpu_mhz < 100000);
    char host[256] = "";
    CU_ASSERT_EQUAL(gethostname(host, sizeof host - 1), 0);
    CU_ASSERT_STRING_EQUAL(context.host_name, host);
    printf("\n    Google Benchmark %s\n    ", context.library_version);
    const char *wanted = getenv("MEMBENCH_TEST_GBENCH_VERSION"); /* set where a certain version is to be tested */
    if (wanted != NULL)
        CU_ASSERT_STRING_EQUAL(context.library_version, wanted);
}

MB_SUITE(gbench_errors, {"failed and skipped", test_fail_and_skip}, {"exceptions become texts", test_exceptions},
         {"pauses out of order", test_pause_misuse}, {"wrong use", test_usage},
         {"filters, and running again", test_filter_and_again}, {"a run within a run", test_nested},
         {"silence", test_silence}, {"out of memory", test_out_of_memory}, {"found by dlopen", test_dynamic},
         {"context", test_context});
