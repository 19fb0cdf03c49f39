/* `membench exec --heap`: what the processes of a command do with malloc. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "base/units.h"
#include "heap/tree.h"
#include "process/environment.h"
#include "process/trace_images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The counters are the hook's, in a file without a name that all processes map (heap/tree.h): nothing is lost when one
 * is killed or becomes another program. Which processes there were says the tracer, so one that has no counters is
 * known too, and named: sums over the rest would be less than they are. A process and its counters belong together by
 * number and time, since numbers come again. Cost: one more run of each, with a lock taken in each call of malloc. */
enum { SHOWN_MAX = 10, REASON_BYTES = 512, NAMED_MAX = 3 };

typedef struct watched {
    mb_heap_tree *tree;
    uint32_t process_count;
    mb_heap_reading *readings; /* one a process of the tree */
    int64_t *process_of;       /* of each image; -1: none */
    mb_trace_images images;
} watched;

static mb_status open_tree(watched *watched, int *fd, mb_error *error)
{
    *fd = memfd_create("membench-heap", MFD_CLOEXEC);
    void *mapped = MAP_FAILED;
    if (*fd >= 0 && ftruncate(*fd, (off_t)sizeof *watched->tree) == 0)
        mapped = mmap(NULL, sizeof *watched->tree, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (mapped == MAP_FAILED)
        return mb_error_set_errno(error, errno, "--heap: no memory to share with the command");
    watched->tree = mapped;
    watched->tree->record_count = 1;
    watched->tree->magic = MB_HEAP_TREE_MAGIC;
    return MB_OK;
}

/* Whatever moved last may not be in the totals of a process that was killed. */
static bool read_tree(watched *watched)
{
    const mb_heap_tree *tree = watched->tree;
    uint32_t taken = tree->process_count, record_count = tree->record_count;
    watched->process_count = taken < MB_HEAP_TREE_PLACES ? taken : MB_HEAP_TREE_PLACES;
    record_count = record_count < MB_HEAP_TREE_PLACES ? record_count : MB_HEAP_TREE_PLACES;
    watched->readings = calloc(watched->process_count + 1, sizeof *watched->readings);
    watched->process_of = calloc(watched->images.count + 1, sizeof *watched->process_of);
    if (watched->readings == NULL || watched->process_of == NULL)
        return false;
    for (uint32_t p = 0; p < watched->process_count; p++) {
        const mb_heap_totals *totals = &tree->processes[p].totals;
        watched->readings[p] = (mb_heap_reading){.alloc_count = totals->departed.alloc_count,
                                                 .alloc_bytes = totals->departed.alloc_bytes,
                                                 .free_count = totals->departed.free_count,
                                                 .live_bytes = totals->departed.live_bytes,
                                                 .peak_bytes = totals->peak_bytes};
    }
    for (uint32_t r = 1; r < record_count; r++) {
        const mb_heap_counters *record = &tree->records[r];
        if (!record->in_use || record->process >= watched->process_count)
            continue;
        mb_heap_reading *reading = &watched->readings[record->process];
        reading->alloc_count += MB_HEAP_LOAD(record->alloc_count);
        reading->alloc_bytes += MB_HEAP_LOAD(record->alloc_bytes);
        reading->free_count += MB_HEAP_LOAD(record->free_count);
        reading->live_bytes += MB_HEAP_LOAD(record->live_bytes);
    }
    for (uint32_t p = 0; p < watched->process_count; p++)
        if (watched->readings[p].peak_bytes < watched->readings[p].live_bytes)
            watched->readings[p].peak_bytes = watched->readings[p].live_bytes;
    return true;
}

static void match(watched *watched)
{
    for (size_t i = 0; i < watched->images.count; i++)
        watched->process_of[i] = -1;
    for (uint32_t p = 0; p < watched->process_count; p++) {
        const mb_heap_process *process = &watched->tree->processes[p];
        for (size_t i = watched->images.count; i-- > 0;) {
            const mb_trace_image *image = &watched->images.images[i];
            if (image->pid == process->pid && image->start_ns <= process->start_ns) {
                watched->process_of[i] = p;
                break;
            }
        }
    }
}

static const char *find_obstacle(const watched *watched, size_t index)
{
    static const char *const obstacles[MB_HEAP_TREE_OBSTACLE_COUNT] = {
        [MB_HEAP_TREE_OWN_MALLOC] = "its own malloc",
        [MB_HEAP_TREE_NO_SIZES] = "an allocator without malloc_usable_size",
    };
    const mb_trace_image *image = &watched->images.images[index];
    if (watched->process_of[index] >= 0)
        return obstacles[watched->tree->processes[watched->process_of[index]].obstacle % MB_HEAP_TREE_OBSTACLE_COUNT];
    return image->obstacle != NULL                              ? image->obstacle
           : watched->tree->process_count > MB_HEAP_TREE_PLACES ? "more processes than there is room for"
           : image->is_forked                                   ? "forked past the C library"
                                                                : "the hook was not loaded";
}

static mb_exec_heap_program *program_of(mb_exec_command *command, const char *name, const char *obstacle)
{
    for (size_t i = 0; i < command->heap_program_count; i++) {
        mb_exec_heap_program *program = &command->heap_programs[i];
        bool is_same = strcmp(program->name, name) == 0 && (program->obstacle == NULL) == (obstacle == NULL);
        if (is_same || i + 1 == MB_EXEC_HEAP_PROGRAMS_MAX)
            return program;
    }
    mb_exec_heap_program *program = &command->heap_programs[command->heap_program_count++];
    *program = (mb_exec_heap_program){.obstacle = obstacle};
    snprintf(program->name, sizeof program->name, "%s",
             command->heap_program_count < MB_EXEC_HEAP_PROGRAMS_MAX ? name : "(others)");
    return program;
}

static void take_image(mb_exec_command *command, const watched *watched, size_t index, mb_exec_heap_program *sum,
                       int64_t *peaks_bytes)
{
    const mb_trace_image *image = &watched->images.images[index];
    const char *obstacle = find_obstacle(watched, index);
    mb_exec_heap_program *program =
        program_of(command, image->is_left ? "(left running)" : image->name, image->is_left ? NULL : obstacle);
    program->process_count++;
    if (obstacle != NULL)
        return;
    const mb_heap_reading *reading = &watched->readings[watched->process_of[index]];
    mb_exec_heap_program *const both[] = {program, sum};
    for (size_t i = 0; i < (image->is_left ? 1 : 2); i++) {
        both[i]->alloc_count += reading->alloc_count;
        both[i]->alloc_bytes += reading->alloc_bytes;
        both[i]->rest_bytes += image->has_ended ? reading->live_bytes : 0;
        if (both[i]->peak_bytes < reading->peak_bytes)
            both[i]->peak_bytes = reading->peak_bytes;
    }
    if (!image->is_left)
        *peaks_bytes += reading->peak_bytes;
}

static int compare_programs(const void *left, const void *right)
{
    const mb_exec_heap_program *a = left, *b = right;
    if (a->alloc_count != b->alloc_count)
        return a->alloc_count > b->alloc_count ? -1 : 1;
    return strcmp(a->name, b->name);
}

static mb_status miss(mb_exec *exec, size_t index, const char *reason, mb_error *error)
{
    exec->commands[index].heap_missing = mb_arena_copy(&exec->session.arena, reason);
    return exec->commands[index].heap_missing != NULL ? MB_OK : mb_error_no_memory(error);
}

/* "not counted: a (static), b (static)"; "" when everything is. */
static void say_uncounted(const mb_exec_command *command, char text[REASON_BYTES])
{
    size_t used = 0, named_count = 0, uncounted_count = 0;
    text[0] = '\0';
    for (size_t i = 0; i < command->heap_program_count; i++)
        uncounted_count += command->heap_programs[i].obstacle != NULL;
    for (size_t i = 0; i < command->heap_program_count && named_count < NAMED_MAX; i++) {
        const mb_exec_heap_program *program = &command->heap_programs[i];
        if (program->obstacle != NULL)
            used += (size_t)snprintf(text + used, REASON_BYTES - used, "%s%s (%s)",
                                     named_count++ == 0 ? "not counted: " : ", ", program->name, program->obstacle);
    }
    if (uncounted_count > named_count)
        snprintf(text + used, REASON_BYTES - used, " and %zu more", uncounted_count - named_count);
}

static mb_status append_programs(mb_exec *exec, size_t index, mb_error *error)
{
    const mb_exec_command *command = &exec->commands[index];
    bool is_kept = true;
    for (size_t i = 0; i < command->heap_program_count && is_kept; i++) {
        const mb_exec_heap_program *program = &command->heap_programs[i];
        const struct {
            const char *name;
            double value;
        } values[] = {{"heap_alloc_count", (double)program->alloc_count},
                      {"heap_alloc_bytes", (double)program->alloc_bytes},
                      {"heap_peak_bytes", (double)program->peak_bytes},
                      {"heap_rest_bytes", (double)program->rest_bytes}};
        for (size_t v = 0; v < sizeof values / sizeof values[0] && is_kept && program->obstacle == NULL; v++)
            is_kept = mb_exec_append_count(exec, index, program->name, values[v].name, values[v].value);
    }
    return is_kept ? MB_OK : mb_error_no_memory(error);
}

static mb_status take(mb_exec *exec, size_t index, const watched *watched, mb_error *error)
{
    mb_exec_command *command = &exec->commands[index];
    mb_exec_heap_program sum = {0};
    int64_t peaks_bytes = 0;
    char reason[REASON_BYTES];
    command->heap_program_count = 0;
    for (size_t i = 0; i < watched->images.count; i++)
        take_image(command, watched, i, &sum, &peaks_bytes);
    qsort(command->heap_programs, command->heap_program_count, sizeof *command->heap_programs, compare_programs);
    mb_status status = append_programs(exec, index, error);
    say_uncounted(command, reason);
    if (status != MB_OK || reason[0] != '\0')
        return status != MB_OK ? status : miss(exec, index, reason, error);
    const struct {
        mb_quantity quantity;
        double value;
    } values[] = {{MB_TREE_HEAP_ALLOC_COUNT, (double)sum.alloc_count},
                  {MB_TREE_HEAP_ALLOC_BYTES, (double)sum.alloc_bytes},
                  {MB_PROCESS_HEAP_PEAK_BYTES, (double)sum.peak_bytes},
                  {MB_TREE_HEAP_PEAK_BYTES, (double)peaks_bytes},
                  {MB_TREE_HEAP_REST_BYTES, (double)sum.rest_bytes}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (!mb_exec_append(exec, index, values[i].quantity, values[i].value))
            return mb_error_no_memory(error);
    return MB_OK;
}

/* What became of the run, where it is not what became of the one without the hook; "" when it is. */
static void say_difference(const mb_exec *exec, size_t index, char text[REASON_BYTES])
{
    const mb_exec_command *command = &exec->commands[index];
    const mb_trace_end *end = exec->end;
    char name[MB_SIGNAL_TEXT_BYTES];
    text[0] = '\0';
    if (!end->is_traced)
        snprintf(text, REASON_BYTES, "not traced: %s: which processes there are is not known", end->refusal);
    else if (end->timed_out)
        snprintf(text, REASON_BYTES, "with the heap hook it was killed (--timeout)");
    else if (end->signal_number != 0 && command->exit_codes[command->done - 1] >= 0)
        snprintf(text, REASON_BYTES, "with the heap hook it was ended by %s", mb_signal_text(end->signal_number, name));
    else if (end->exit_code != command->exit_codes[command->done - 1])
        snprintf(text, REASON_BYTES, "with the heap hook it exited with code %d", end->exit_code);
}

static mb_status run_watched(mb_exec *exec, size_t index, watched *watched, int fd, mb_error *error)
{
    char path[64], reason[REASON_BYTES];
    bool has_run = false;
    mb_arena arena = {0};
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), fd);
    watched->images.variable = MB_HEAP_TREE_VARIABLE;
    const mb_exec_extra extra = {.images = &watched->images,
                                 .environment =
                                     mb_environment_preloading(exec->environment, exec->session.paths.heap_hook,
                                                               MB_HEAP_TREE_VARIABLE, path, &arena)};
    mb_status status = extra.environment == NULL
                           ? mb_error_no_memory(error)
                           : mb_exec_run_extra(exec, index, &extra, &has_run, reason, sizeof reason, error);
    if (has_run)
        say_difference(exec, index, reason);
    if (status == MB_OK && reason[0] == '\0' && (watched->images.is_memory_out || !read_tree(watched)))
        status = mb_error_no_memory(error);
    mb_arena_fini(&arena);
    if (status != MB_OK || exec->signal_number != 0)
        return status;
    if (reason[0] != '\0')
        return miss(exec, index, reason, error);
    match(watched);
    return take(exec, index, watched, error);
}

mb_status mb_exec_heap(mb_exec *exec, size_t index, mb_error *error)
{
    mb_exec_command *command = &exec->commands[index];
    mb_trace_end *end = exec->end;
    watched watched = {0};
    int fd = -1;
    if (command->heap_programs == NULL)
        command->heap_programs =
            mb_arena_alloc(&exec->session.arena, MB_EXEC_HEAP_PROGRAMS_MAX * sizeof *command->heap_programs);
    if (command->heap_programs == NULL)
        return mb_error_no_memory(error);
    mb_status status = open_tree(&watched, &fd, error);
    exec->end = exec->heap_end; /* what is said of a run without the hook stays */
    if (status == MB_OK)
        status = run_watched(exec, index, &watched, fd, error);
    exec->end = end;
    if (watched.tree != NULL)
        munmap(watched.tree, sizeof *watched.tree);
    if (fd >= 0)
        close(fd);
    free(watched.readings);
    free(watched.process_of);
    mb_trace_images_fini(&watched.images);
    return status;
}

void mb_exec_print_heap(const mb_exec *exec, size_t index, FILE *out)
{
    const mb_exec_command *command = &exec->commands[index];
    char calls[MB_UNITS_TEXT_MAX], bytes[MB_UNITS_TEXT_MAX], peak[MB_UNITS_TEXT_MAX], rest[MB_UNITS_TEXT_MAX];
    if (command->heap_program_count == 0)
        return;
    fprintf(out, "%s, malloc in the last run with the heap hook\n  %-16s %9s  %11s  %10s  %12s  %10s\n",
            exec->results[index].id, "program", "processes", "calls", "requested", "largest peak", "at exit");
    for (size_t i = 0; i < command->heap_program_count && i < SHOWN_MAX; i++) {
        const mb_exec_heap_program *program = &command->heap_programs[i];
        fprintf(out, "  %-16s %9zu  ", program->name, program->process_count);
        if (program->obstacle != NULL)
            fprintf(out, "not counted: %s\n", program->obstacle);
        else
            fprintf(out, "%11s  %10s  %12s  %10s\n", mb_format_count((double)program->alloc_count, calls),
                    mb_format_bytes((double)program->alloc_bytes, bytes),
                    mb_format_bytes((double)program->peak_bytes, peak),
                    mb_format_bytes((double)program->rest_bytes, rest));
    }
    if (command->heap_program_count > SHOWN_MAX)
        fprintf(out, "  and %zu programs with fewer calls\n", command->heap_program_count - SHOWN_MAX);
    fputc('\n', out);
}
