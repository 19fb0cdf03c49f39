/* What all processes of a command hold together. */
#include "base/clock.h"
#include "process/trace_table.h"
#include "readings/proc_text.h"
#include "readings/readings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The sum falls only where a process gives memory back, becomes another program or ends, and there it stops for us. A
 * sum there, with all the others held, would be the peak, but costs more than the stop. So what the calls since the
 * last sum can have taken away is added up, and only when that is more than the tolerance a sum is taken before the
 * next one goes on. Between two sums the tree held at most the later one and what was given back since the earlier: the
 * peak is too low by the tolerance at most. A sum is spared where all resident sizes together, which count shared pages
 * more than once, are no more than the peak so far. Cost: a reading of each process where it is due. Edges: a process
 * that ends is gone once it stops for it; while the kernel takes it down its shares of pages are nobody's, so that is
 * waited for; where looking takes too much of the time, or a thread runs on, the peak is at least what is said. */
enum { TEXT_BYTES = 8192, LOOK_SHARE = 20, SUMS_MAX = 5, TOLERANCE_BYTES = 256 * 1024, TOLERANCE_SHARE = 64 };

/* Short commands may be looked at in any case, whatever the share of the time. */
static const uint64_t look_allowance_ns = 20000000, first_gap_ns = 1000000;

/* How long the kernel may take to take down a process that has ended. */
static const uint64_t patience_ns = 10000000;

/* Processor time of our own: waiting for other work is not a cost of looking. */
static uint64_t spent_so_far_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void raise_to(int64_t *value, int64_t other)
{
    if (*value < other)
        *value = other;
}

typedef struct sum {
    int64_t bytes, shmem_bytes;
    size_t count; /* of processes that could be read */
} sum;

static sum sum_up(mb_trace_table *table)
{
    sum all = {0};
    for (size_t i = 0; i < table->process_count; i++) {
        char text[TEXT_BYTES];
        mb_kb_key keys[] = {{.name = "Pss_Anon:"}, {.name = "Rss:"}, {.name = "Pss_Shmem:"}};
        mb_traced *process = &table->processes[i];
        if (process->shares_memory || process->is_ending ||
            !mb_trace_read_file(process->reader_tid, "smaps_rollup", text, sizeof text))
            continue;
        mb_kb_scan(text, strlen(text), keys, 3);
        if (!mb_kb_found(&keys[0]))
            continue;
        all.count++;
        all.bytes += keys[0].size_bytes;
        all.shmem_bytes += mb_kb_found(&keys[2]) ? keys[2].size_bytes : 0;
        /* Counted page by page: where the kernel's counters lag, this may be the higher one. */
        if (process->is_read && mb_kb_found(&keys[1]))
            raise_to(&process->peak_rss_bytes, keys[1].size_bytes);
    }
    return all;
}

/* The same for resident sizes, which are cheap to read; false where one is not known. */
static bool add_sizes(mb_trace_table *table, sum *all)
{
    *all = (sum){0};
    for (size_t i = 0; i < table->process_count; i++) {
        mb_memory_reading reading;
        mb_traced *process = &table->processes[i];
        if (process->shares_memory || process->is_ending)
            continue;
        if (!mb_trace_read_status(process, &reading))
            return false;
        process->summed_bytes = reading.footprint_bytes;
        all->count++;
        all->bytes += reading.footprint_bytes;
        all->shmem_bytes += reading.anon_bytes - reading.footprint_bytes;
    }
    return true;
}

/* Anonymous pages are shared after a fork, until exec; without one resident sizes are what there is. */
static bool shares_pages(const mb_trace_table *table)
{
    for (size_t i = 0; i < table->process_count; i++)
        if (table->processes[i].is_forked)
            return true;
    return false;
}

/* A process gives up memory that it shares, and what was read of one before and is read of another after counts that
 * memory twice, as does a fork between the two. Such a sum is too high, so it is taken again until two agree. If none
 * do, or somebody is ending just then, there is none where stops have sums of their own; elsewhere the lowest holds. */
static bool sum_consistently(mb_trace_table *table, sum *found)
{
    for (size_t i = 0; i < table->process_count; i++)
        if (table->processes[i].is_ending)
            return false;
    sum lowest = sum_up(table), last = lowest;
    bool agree = table->process_count <= 1;
    for (int i = 1; i < SUMS_MAX && !agree; i++) {
        sum again = sum_up(table);
        agree = again.bytes == last.bytes;
        if (again.count != lowest.count)
            return false;
        if (again.bytes < lowest.bytes)
            lowest = again;
        last = again;
    }
    *found = lowest;
    return lowest.count > 0 && (agree || !table->is_filtered);
}

/* Of each process what it holds now: where it is traced nobody else asks between its stops. */
static void record_all(mb_trace_table *table)
{
    mb_memory_reading reading;
    for (size_t i = 0; table->timeline != NULL && table->end->is_traced && i < table->process_count; i++) {
        mb_traced *process = &table->processes[i];
        if (!process->is_read && mb_trace_read_status(process, &reading))
            mb_trace_record(table, process, MB_TIMELINE_LOOK, &reading);
    }
}

static void take_sum(mb_trace_table *table, const sum *found)
{
    if (table->timeline != NULL)
        mb_timeline_add_tree(table->timeline, mb_now_ns() - table->start_ns, found->bytes);
    raise_to(&table->end->tree_peak_pss_anon_bytes, found->bytes);
    raise_to(&table->end->tree_peak_pss_shmem_bytes, found->shmem_bytes);
}

/* With nobody held. False: no sum of now is right. */
static bool sum_now(mb_trace_table *table, sum *found)
{
    if (table->is_preparing)
        return false;
    /* Where every call that lowers a size stops for us, none is lowered while they are added up. */
    if (table->is_filtered && !shares_pages(table) && add_sizes(table, found) && found->shmem_bytes == 0)
        return true;
    return sum_consistently(table, found);
}

void mb_trace_look(mb_trace_table *table, uint64_t now_ns)
{
    uint64_t before_ns = spent_so_far_ns();
    sum found;
    record_all(table);
    if (sum_now(table, &found))
        take_sum(table, &found);
    table->end->look_count++;
    uint64_t spent_ns = spent_so_far_ns() - before_ns, elapsed_ns = now_ns - table->start_ns;
    table->look_ns += spent_ns;
    /* At first more often: most commands are short. */
    uint64_t gap_ns = elapsed_ns / 8 > first_gap_ns ? elapsed_ns / 8 : first_gap_ns;
    gap_ns = gap_ns < table->interval_ns ? gap_ns : table->interval_ns;
    gap_ns = gap_ns > LOOK_SHARE * spent_ns ? gap_ns : LOOK_SHARE * spent_ns;
    table->next_look_ns = mb_now_ns() + gap_ns;
}

bool mb_trace_tree_counts(const mb_trace_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->process_count && count < 2; i++)
        count += !table->processes[i].shares_memory && !table->processes[i].is_ending;
    return table->looks_at_ends && !table->is_preparing && count > 1;
}

bool mb_trace_tree_is_due(mb_trace_table *table, int64_t amount_bytes)
{
    int64_t peak_bytes = table->end->tree_peak_pss_anon_bytes, tolerance_bytes = peak_bytes / TOLERANCE_SHARE;
    if (!mb_trace_tree_counts(table))
        return false;
    bool overflows = amount_bytes > INT64_MAX - table->lowered_bytes;
    table->lowered_bytes = overflows ? INT64_MAX : table->lowered_bytes + amount_bytes;
    if (tolerance_bytes < TOLERANCE_BYTES)
        tolerance_bytes = TOLERANCE_BYTES;
    if (peak_bytes >= 0 && table->lowered_bytes <= tolerance_bytes)
        return false;
    bool is_affordable = table->look_ns <= look_allowance_ns + (mb_now_ns() - table->start_ns) / LOOK_SHARE;
    table->end->tree_is_low |= !is_affordable;
    return is_affordable;
}

static bool is_taken_down(const mb_traced *process)
{
    char text[TEXT_BYTES];
    return !mb_trace_read_file(process->pid, "status", text, sizeof text) || strstr(text, "\nState:\tZ") != NULL ||
           strstr(text, "\nState:\tX") != NULL;
}

static void await_ends(mb_trace_table *table)
{
    uint64_t start_ns = mb_now_ns();
    for (size_t i = 0; i < table->process_count; i++)
        while (table->processes[i].is_ending && !is_taken_down(&table->processes[i])) {
            if (mb_now_ns() - start_ns > patience_ns) {
                table->end->tree_is_low = true;
                return;
            }
            nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
        }
}

void mb_trace_tree_sum(mb_trace_table *table)
{
    uint64_t before_ns = spent_so_far_ns();
    sum found;
    bool is_whole = add_sizes(table, &found);
    if (!is_whole || found.bytes > table->end->tree_peak_pss_anon_bytes) {
        if (!is_whole || shares_pages(table)) {
            await_ends(table);
            found = sum_up(table);
        } else if (found.shmem_bytes > 0) {
            found.shmem_bytes = -1;
        }
        if (found.count > 0)
            take_sum(table, &found);
    }
    table->lowered_bytes = 0;
    table->end->look_count++;
    table->look_ns += spent_so_far_ns() - before_ns;
}

int64_t mb_trace_tree_grown(mb_trace_table *table, pid_t pid)
{
    mb_memory_reading reading;
    mb_traced *process = mb_trace_process(table, pid);
    if (process != NULL)
        process = mb_trace_process(table, process->memory_pid);
    if (process == NULL || !mb_trace_read_status(process, &reading))
        return INT64_MAX / 2;
    return reading.footprint_bytes > process->summed_bytes ? reading.footprint_bytes - process->summed_bytes : 0;
}

void mb_trace_tree_miss(mb_trace_table *table, int64_t bytes) { table->end->tree_is_low |= bytes > TOLERANCE_BYTES; }
