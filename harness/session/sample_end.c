/* How samples end: what a worker's end says of its sample. */
#include "session/sample_job.h"

#include "base/units.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The longest life of a sample of that case; what the caller said holds for all. Twenty times the cost: others may have
 * work for this machine, too, and its processors be slow. */
uint64_t mb_sample_time_limit_ns(const mb_session *session, size_t case_index)
{
    const mb_plan *plan = session->plan;
    uint64_t cost_ns = session->cases[case_index].cost_ns;
    return plan->timeout_given || plan->timeout_ns == 0 ? plan->timeout_ns : plan->timeout_ns + 20 * cost_ns;
}

/* The last line of what the worker wrote to stderr, to be behind a message; "" when there is none. */
static void last_line(const mb_process_end *end, char text[200])
{
    size_t length = end->stderr_tail_bytes;
    while (length > 0 && (end->stderr_tail[length - 1] == '\n' || end->stderr_tail[length - 1] == '\r'))
        length--;
    size_t start = length;
    while (start > 0 && end->stderr_tail[start - 1] != '\n')
        start--;
    size_t shown = length - start < 160 ? length - start : 160;
    text[0] = '\0';
    if (shown == 0)
        return;
    snprintf(text, 200, ": %.*s", (int)shown, end->stderr_tail + start);
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

const char *mb_signal_text(int number, char text[MB_SIGNAL_TEXT_BYTES])
{
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        snprintf(text, MB_SIGNAL_TEXT_BYTES, "SIG%s", name);
    else
        snprintf(text, MB_SIGNAL_TEXT_BYTES, "signal %d", number);
    return text;
}

/* Whether the cgroup's limit killed it: each process that it has killed explains one end. */
static const char *explain_kill(mb_session *session, char text[MB_CGROUP_TEXT_BYTES])
{
    mb_cgroup now;
    mb_cgroup_read(mb_cgroup_root(), &now);
    const int64_t first_count = session->cgroup.oom_kill_count;
    const int64_t count_before = first_count >= 0 ? first_count + session->explained_kill_count : -1;
    session->explained_kill_count += *mb_cgroup_say_killed(count_before, &now, text) != '\0';
    return *text != '\0' ? text : "the kernel kills so when memory runs out";
}

/* What became of a worker, as the outcome of its sample; the message is empty when all is well. */
mb_outcome mb_sample_judge(const mb_sample_job *j, const mb_process_end *end, char message[MB_SAMPLE_MESSAGE_BYTES])
{
    char place[MB_PLACE_TEXT_BYTES], said[200], number[MB_SIGNAL_TEXT_BYTES];
    mb_error error;
    mb_signs_place(&j->signs, j->pass, place);
    last_line(end, said);
    message[0] = '\0';
    if (end->kind == MB_END_NOT_STARTED) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "%s", end->message);
        return MB_OUTCOME_FAILED;
    }
    if (end->stopped || end->kind == MB_END_CANCELLED)
        return MB_OUTCOME_NOT_RUN;
    if (end->timed_out) {
        char limit[MB_UNITS_TEXT_MAX];
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "killed after %s, %s (--timeout)",
                 mb_format_ns((double)mb_sample_time_limit_ns(j->session, j->case_index), limit), place);
        return MB_OUTCOME_TIMED_OUT;
    }
    if (j->is_spoiled) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "protocol: %.490s", j->error.message);
        return MB_OUTCOME_FAILED;
    }
    if (end->fault != MB_EVENT_FINE) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "protocol: it %s", mb_event_fault_text(end->fault));
        return MB_OUTCOME_FAILED;
    }
    if (end->kind == MB_END_SIGNALED) {
        bool limited = j->session->plan->memory_limit_bytes > 0;
        char killed[MB_CGROUP_TEXT_BYTES] = "under --memory-limit";
        bool is_killed = end->signal_number == SIGKILL, has_reason = is_killed || limited;
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "%s %s%s%.300s%s%s", mb_signal_text(end->signal_number, number),
                 place, has_reason ? " (" : "",
                 !has_reason ? ""
                 : is_killed ? explain_kill(j->session, killed)
                             : killed,
                 has_reason ? ")" : "", said);
        return MB_OUTCOME_CRASHED;
    }
    if (end->half_line_bytes > 0) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "protocol: it ended within a line of events, %s", place);
        return MB_OUTCOME_FAILED;
    }
    if (mb_sample_check(j->sample, &error) != MB_OK && end->exit_code == MB_PROTOCOL_EXIT_CLOSED) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES,
                 "closed a descriptor of membench, %s: a case must close only what it opened", place);
        return MB_OUTCOME_FAILED;
    }
    if (mb_sample_check(j->sample, &error) != MB_OK) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "exited with code %d before its sample was done, %s%s",
                 end->exit_code, place, said);
        return MB_OUTCOME_FAILED;
    }
    if (end->exit_code != 0 && mb_sample_outcome(j->sample) == MB_OUTCOME_OK) {
        snprintf(message, MB_SAMPLE_MESSAGE_BYTES, "exited with code %d after its sample%s", end->exit_code, said);
        return MB_OUTCOME_FAILED;
    }
    return MB_OUTCOME_OK;
}
