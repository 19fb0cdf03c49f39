/* What a run of a command says, as samples of its case. */
#include "features/exec/exec.h"
#include "model/series.h"

#include <stdio.h>
#include <string.h>

enum { PROGRAMS_SAVED_MAX = 16, COUNTS_MAX = 6 * PROGRAMS_SAVED_MAX }; /* of one command, in the results */

bool mb_exec_append(mb_exec *exec, size_t index, mb_quantity quantity, double value)
{
    mb_series *series = &exec->results[index].series[mb_metric_of(quantity, MB_WINDOW_STEADY)];
    return mb_series_append(series, value, &exec->session.arena);
}

/* "cc1: peak_rss_bytes" and the like, one sample a run in which the program was there. */
bool mb_exec_append_count(mb_exec *exec, size_t index, const char *program, const char *what, double value)
{
    mb_case_result *result = &exec->results[index];
    mb_arena *arena = &exec->session.arena;
    char name[MB_NAME_BYTES_MAX];
    size_t at = 0;
    snprintf(name, sizeof name, "%s: %s", program, what);
    while (at < result->count_count && strcmp(result->counts[at].name, name) != 0)
        at++;
    if (at == COUNTS_MAX)
        return true;
    if (result->counts == NULL)
        result->counts = mb_arena_alloc(arena, COUNTS_MAX * sizeof *result->counts);
    if (result->counts == NULL)
        return false;
    if (at == result->count_count) {
        result->counts[at] = (mb_count_result){.window = MB_WINDOW_STEADY, .name = mb_arena_copy(arena, name)};
        if (result->counts[at].name == NULL)
            return false;
        result->count_count++;
    }
    return mb_series_append(&result->counts[at].values, value, arena);
}

static bool append_programs(mb_exec *exec, size_t index)
{
    const mb_trace_end *end = exec->end;
    bool is_kept = true;
    for (size_t i = 0; i < end->group_count && i < PROGRAMS_SAVED_MAX && is_kept; i++) {
        const mb_trace_group *group = &end->groups[i];
        is_kept = (group->peak_rss_bytes < 0 ||
                   mb_exec_append_count(exec, index, group->name,
                                        end->is_traced ? "peak_rss_bytes" : "sampled_peak_rss_bytes",
                                        (double)group->peak_rss_bytes)) &&
                  mb_exec_append_count(exec, index, group->name, "process_count", (double)group->process_count);
    }
    return is_kept;
}

/* Room for one more exit code and peak. */
static bool reserve_run(mb_exec *exec, mb_exec_command *command)
{
    if (command->done < command->capacity)
        return true;
    size_t capacity = command->capacity == 0 ? 64 : command->capacity * 2;
    int *codes = mb_arena_alloc(&exec->session.arena, capacity * sizeof *codes);
    double *peaks = mb_arena_alloc(&exec->session.arena, capacity * sizeof *peaks);
    if (codes == NULL || peaks == NULL)
        return false;
    if (command->done > 0) {
        memcpy(codes, command->exit_codes, command->done * sizeof *codes);
        memcpy(peaks, command->peak_rss_bytes, command->done * sizeof *peaks);
    }
    command->exit_codes = codes;
    command->peak_rss_bytes = peaks;
    command->capacity = capacity;
    return true;
}

static bool keep_groups(mb_exec *exec, mb_exec_command *command)
{
    const mb_trace_end *end = exec->end;
    if (command->groups == NULL)
        command->groups = mb_arena_alloc(&exec->session.arena, sizeof end->groups);
    if (command->groups == NULL)
        return false;
    memcpy(command->groups, end->groups, end->group_count * sizeof end->groups[0]);
    command->group_count = end->group_count;
    return true;
}

mb_status mb_exec_take_run(mb_exec *exec, size_t index, mb_error *error)
{
    const mb_trace_end *end = exec->end;
    mb_exec_command *command = &exec->commands[index];
    const struct {
        mb_quantity quantity;
        int64_t value;
    } values[] = {
        {MB_REAL_TIME_NS, (int64_t)end->wall_ns},
        {MB_CPU_TIME_NS, (int64_t)(end->user_ns + end->system_ns)},
        {MB_USER_TIME_NS, (int64_t)end->user_ns},
        {MB_SYSTEM_TIME_NS, (int64_t)end->system_ns},
        {end->is_traced ? MB_PROCESS_PEAK_RSS_BYTES : MB_PROCESS_SAMPLED_PEAK_RSS_BYTES, end->process_peak_rss_bytes},
        {MB_PROCESS_PEAK_ANON_BYTES, end->is_filtered && end->inexact_count == 0 ? end->process_peak_anon_bytes : -1},
        {MB_PROCESS_EXIT_ANON_BYTES, end->process_exit_anon_bytes},
        {MB_TREE_PEAK_PSS_ANON_BYTES, end->tree_peak_pss_anon_bytes},
        {MB_TREE_PEAK_PSS_SHMEM_BYTES, end->tree_peak_pss_shmem_bytes},
        {MB_TREE_PROCESS_COUNT, end->process_count > 0 ? (int64_t)end->process_count : -1},
    };
    bool is_kept = reserve_run(exec, command) && append_programs(exec, index) && keep_groups(exec, command);
    for (size_t i = 0; i < sizeof values / sizeof values[0] && is_kept; i++)
        if (values[i].value >= 0)
            is_kept = mb_exec_append(exec, index, values[i].quantity, (double)values[i].value);
    if (!is_kept)
        return mb_error_no_memory(error);
    command->exit_codes[command->done] = end->exit_code;
    command->peak_rss_bytes[command->done] = (double)end->process_peak_rss_bytes;
    command->done++;
    command->failure_count += end->exit_code != 0;
    command->unread_count += end->unread_count;
    command->tree_low_count += end->is_traced && end->tree_is_low;
    command->left_processes |= end->left_processes;
    return MB_OK;
}
