/* What the control group counted while commands ran, next to their own figures: for people, and into the results. */
#include "base/units.h"
#include "features/exec/exec.h"
#include "session/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *mb_exec_say_killed(const mb_exec *exec, char text[MB_CGROUP_TEXT_BYTES])
{
    mb_cgroup now;
    mb_cgroup_read(mb_cgroup_root(), &now);
    return mb_cgroup_say_killed(exec->kill_count_before, &now, text);
}

static int64_t since(int64_t before, int64_t after) { return before >= 0 && after >= before ? after - before : -1; }

typedef struct figure {
    const char *name;
    int64_t value;
} figure;

enum { FIGURES = 7 };

static void take_figures(const mb_exec *exec, figure figures[FIGURES])
{
    const mb_cgroup *first = &exec->cgroup_first, *last = &exec->cgroup_last;
    const figure taken[FIGURES] = {{"cgroup_version", last->version},
                                   {"cgroup_current_bytes", last->current_bytes},
                                   {"cgroup_peak_bytes", last->peak_bytes},
                                   {"cgroup_limit_hits", since(first->limit_count, last->limit_count)},
                                   {"cgroup_high_hits", since(first->high_count, last->high_count)},
                                   {"cgroup_ooms", since(first->oom_count, last->oom_count)},
                                   {"cgroup_oom_kills", since(first->oom_kill_count, last->oom_kill_count)}};
    memcpy(figures, taken, sizeof taken);
}

mb_status mb_exec_keep_cgroup(mb_exec *exec, mb_error *error)
{
    mb_run_info *run = &exec->session.run;
    mb_arena *arena = &exec->session.arena;
    figure figures[FIGURES];
    mb_setting *settings = mb_arena_alloc(arena, (run->setting_count + FIGURES + 1) * sizeof *settings);
    if (settings == NULL)
        return mb_error_no_memory(error);
    if (exec->cgroup_last.version == 0)
        return MB_OK;
    size_t count = run->setting_count;
    if (count > 0)
        memcpy(settings, run->settings, count * sizeof *settings);
    settings[count++] = (mb_setting){"cgroup", mb_arena_copy(arena, exec->cgroup_last.group)};
    take_figures(exec, figures);
    for (size_t i = 0; i < FIGURES; i++) {
        char text[24];
        snprintf(text, sizeof text, "%" PRId64, figures[i].value);
        if (figures[i].value >= 0)
            settings[count++] = (mb_setting){figures[i].name, mb_arena_copy(arena, text)};
    }
    for (size_t i = run->setting_count; i < count; i++)
        if (settings[i].value == NULL)
            return mb_error_no_memory(error);
    run->settings = settings;
    run->setting_count = count;
    return MB_OK;
}

static void put_bytes(FILE *out, const char *what, int64_t bytes)
{
    char text[MB_UNITS_TEXT_MAX];
    fprintf(out, "  %-14s %s\n", what, bytes >= 0 ? mb_format_bytes((double)bytes, text) : "not known");
}

static void put_count(FILE *out, const char *what, int64_t count)
{
    char text[MB_UNITS_TEXT_MAX];
    if (count > 0)
        fprintf(out, "  %-14s %s%s during these runs\n", what,
                count == 1 ? "once" : mb_format_count((double)count, text), count == 1 ? "" : " times");
}

/* Without a limit there is nothing to run into: then only who asks for everything is told. */
void mb_exec_print_cgroup(const mb_exec *exec, FILE *out)
{
    const mb_cgroup *first = &exec->cgroup_first, *last = &exec->cgroup_last;
    int64_t kill_count = since(first->oom_kill_count, last->oom_kill_count);
    if (last->version == 0 || (last->limit_bytes < 0 && kill_count <= 0 && !exec->options->verbose))
        return;
    char limit[MB_UNITS_TEXT_MAX];
    fprintf(out, "cgroup %s, version %d: with page cache, kernel memory and all other processes in it\n", last->group,
            last->version);
    put_bytes(out, "now", last->current_bytes);
    put_bytes(out, "peak", last->peak_bytes);
    fprintf(out, "  %-14s %s\n", "limit",
            last->limit_bytes >= 0 ? mb_format_bytes((double)last->limit_bytes, limit) : "none");
    put_count(out, "at its limit", since(first->limit_count, last->limit_count));
    put_count(out, "slowed down", since(first->high_count, last->high_count));
    put_count(out, "out of memory", since(first->oom_count, last->oom_count));
    put_count(out, "killed for it", kill_count);
    fputc('\n', out);
}
