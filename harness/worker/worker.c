#include "chance/chance.h"
#include "readings/provenance.h"
#include "worker/worker_parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Not by strtoll: newer glibc headers rename it, and musl, which programs may link this library with, lacks that name.
 */
int64_t mb_environment_integer(const char *name, int64_t fallback)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0')
        return fallback;
    bool is_negative = *text == '-';
    int64_t magnitude = 0;
    for (text += is_negative; *text >= '0' && *text <= '9' && magnitude < INT64_MAX / 10; text++)
        magnitude = magnitude * 10 + (*text - '0');
    return is_negative ? -magnitude : magnitude;
}

/* The state has pages of its own: on the heap it would move the subject's blocks. */
static mb_status make_state(mb_bench *b)
{
    size_t size = b->definition.state_bytes;
    if (size == 0)
        return MB_OK;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (pages == MAP_FAILED)
        return mb_out_of_memory(b, "no memory for the case's state of %zu bytes", size);
    b->state = pages;
    return MB_OK;
}

bool mb_worker_each_run(const mb_bench *b) { return (b->definition.flags & MB_CASE_SETUP_EACH_RUN) != 0; }

mb_status mb_worker_set_up(mb_bench *b)
{
    if (mb_worker_each_run(b) && b->state != NULL)
        memset(b->state, 0, b->definition.state_bytes);
    return b->definition.setup != NULL ? b->definition.setup(b) : MB_OK;
}

void mb_worker_tear_down(mb_bench *b)
{
    if (b->definition.teardown != NULL)
        b->definition.teardown(b);
}

mb_status mb_worker_call(mb_bench *b)
{
    mb_status status = mb_worker_each_run(b) ? mb_worker_set_up(b) : MB_OK;
    if (status == MB_OK)
        status = b->definition.run(b);
    if (status == MB_OK && b->definition.release != NULL)
        b->definition.release(b);
    if (mb_worker_each_run(b))
        mb_worker_tear_down(b);
    return status;
}

static mb_status set_up_with_sign(mb_bench *b)
{
    if (b->definition.setup != NULL)
        mb_event_sign('s');
    return mb_worker_set_up(b);
}

static void tear_down_with_sign(mb_bench *b)
{
    if (b->definition.teardown != NULL)
        mb_event_sign('d');
    mb_worker_tear_down(b);
}

/* A steady window begins with a heap without what the calls before left free in it, its own setup included. */
static mb_status measure_window(mb_bench *b, mb_window window)
{
    mb_status status = mb_worker_each_run(b) ? set_up_with_sign(b) : MB_OK;
    if (status == MB_OK) {
        if (window == MB_WINDOW_STEADY)
            mb_window_trim();
        status = mb_window_measure(b, window);
    }
    if (mb_worker_each_run(b))
        tear_down_with_sign(b);
    return status;
}

static mb_status measure_memory(mb_bench *b)
{
    mb_status status = measure_window(b, MB_WINDOW_COLD);
    if (status != MB_OK || b->warmup_count < 0 || (b->definition.flags & MB_CASE_COLD_ONLY) != 0)
        return status;
    for (int i = 0; i < b->warmup_count && status == MB_OK; i++) {
        mb_event_sign('w');
        status = mb_worker_call(b);
    }
    return status == MB_OK ? measure_window(b, MB_WINDOW_STEADY) : status;
}

static mb_status measure(mb_bench *b)
{
    if (mb_is_sanitized() && getenv("MEMBENCH_ALLOW_SANITIZER") == NULL)
        return mb_fail(b,
                       "the program is built with a sanitizer, whose own memory would be measured: build it without");
    mb_status status = make_state(b);
    if (status != MB_OK)
        return status;
    if (b->pass != MB_PASS_TIME)
        mb_window_prepare(b);
    if (!mb_worker_each_run(b))
        status = set_up_with_sign(b);
    if (status == MB_OK)
        status = b->is_soak ? mb_soak_run(b) : b->pass == MB_PASS_TIME ? mb_time_measure(b) : measure_memory(b);
    if (!mb_worker_each_run(b))
        tear_down_with_sign(b);
    return status;
}

int mb_worker_done(const char *outcome, const char *message, uint64_t operation_count)
{
    mb_event_begin("done");
    mb_event_string("outcome", outcome);
    mb_event_string("message", message);
    if (operation_count > 0)
        mb_event_unsigned("operation_count", operation_count);
    if (mb_chance_request_count() > 0)
        mb_event_unsigned("random_requests", mb_chance_request_count());
    mb_event_send();
    return 0; /* the outcome is data; an exit code would say it a second time */
}

int mb_worker_finish(const mb_bench *b, mb_status status)
{
    if (status == MB_OK)
        return mb_worker_done("ok", NULL, b->operation_count);
    const char *message =
        b->message[0] != '\0' ? b->message : "the case gave no message (mb_fail, mb_out_of_memory, mb_skip)";
    if (status == MB_SKIPPED)
        return mb_worker_done("skipped", message, 0);
    return mb_worker_done(b->out_of_memory ? "out_of_memory" : "failed", message, 0);
}

void mb_worker_hello(const char *framework_or_null)
{
    char libc[MB_PROVENANCE_TEXT_BYTES];
    mb_libc_describe(libc);
    mb_allocator allocator;
    mb_allocator_find(&allocator);
    const char *root = getenv("MEMBENCH_ROOT"), *action = getenv("MEMBENCH_ACTION");
    char libraries[MB_LIBRARIES_TEXT_BYTES];
    bool is_asked = action != NULL && strcmp(action, "list") == 0; /* once a session is enough */
    mb_event_begin("hello");
    mb_event_integer("protocol", MB_PROTOCOL_VERSION);
    mb_event_string("version", MB_VERSION);
    mb_event_string("libc", libc);
    mb_event_string("allocator", allocator.text);
    mb_event_string("aslr", mb_aslr_describe(root));
    mb_event_string("thp", mb_thp_describe(root));
    mb_event_string("entropy", mb_chance_is_fixed() ? "fixed" : "real");
    mb_event_string("framework", framework_or_null);
    mb_event_string("rss", is_asked && !mb_window_reads_one_page() ? "inexact" : NULL);
    mb_event_string("libraries", is_asked && mb_libraries_describe(libraries) ? libraries : NULL);
    mb_event_hold();
}

bool mb_worker_find_pass(mb_pass *pass)
{
    const char *name = getenv("MEMBENCH_PASS");
    for (int p = 0; name != NULL && p < MB_PASS_WORKER_COUNT; p++)
        if (strcmp(name, mb_pass_name((mb_pass)p)) == 0) {
            *pass = (mb_pass)p;
            return true;
        }
    return false;
}

mb_status mb_worker_measure_moved(mb_bench *b, mb_status (*measure)(mb_bench *b))
{
    enum { STEP_BYTES = 16, STEPS = 251 }; /* a prime: of 251 conditions no two are alike */
    uint64_t condition = (uint64_t)mb_environment_integer("MEMBENCH_MOVE", 0);
    if (condition == 0)
        return measure(b);
    char *block = malloc(STEP_BYTES * (1 + condition * 37 % STEPS));
    char *frame = __builtin_alloca(STEP_BYTES * (1 + condition * 53 % STEPS));
    mb_keep(block);
    mb_keep(frame);
    return measure(b);
}

void mb_worker_begin(void)
{
    int descriptor = (int)mb_environment_integer("MEMBENCH_FD", -1);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC); /* a helper process that lives on must not keep the pipe open */
    mb_event_init(descriptor);
    mb_chance_init();
}

int mb_worker_run(const mb_case *const *cases, size_t case_count)
{
    mb_worker_begin();
    mb_worker_hello(NULL);
    const char *trouble = mb_cases_check(cases, case_count);
    if (trouble != NULL)
        return mb_worker_done("failed", trouble, 0);
    const char *action = getenv("MEMBENCH_ACTION");
    if (action != NULL && strcmp(action, "list") == 0) {
        mb_cases_list(cases, case_count);
        return mb_worker_done("ok", NULL, 0);
    }
    bool is_soak = action != NULL && strcmp(action, "soak") == 0;
    if (action == NULL || (!is_soak && strcmp(action, "sample") != 0))
        return mb_worker_done("failed",
                              "MEMBENCH_ACTION must be list, sample or soak: is membench newer than this program?", 0);
    static mb_bench b; /* static: its page is touched before B */
    const char *id = getenv("MEMBENCH_CASE");
    if (id == NULL || !mb_cases_find(cases, case_count, id, &b))
        return mb_worker_done("failed", "the program has no case with that id", 0);
    b.is_soak = is_soak;
    b.pass = MB_PASS_TIME;
    if (!is_soak && !mb_worker_find_pass(&b.pass))
        return mb_worker_done("failed", "MEMBENCH_PASS is not a pass: is membench newer than this program?", 0);
    b.warmup_count = (int)mb_environment_integer("MEMBENCH_WARMUP", 2);
    return mb_worker_finish(&b, mb_worker_measure_moved(&b, measure));
}
