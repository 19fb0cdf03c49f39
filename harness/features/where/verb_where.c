/* `membench where`: the call sites of one case. */
#include "command/complain.h"
#include "command/options.h"
#include "command/options_table.h"
#include "features/where/profile.h"
#include "features/where/where_sweep.h"
#include "report/where_pages.h"
#include "report/where_words.h"
#include "session/modules.h"
#include "session/site_pass.h"

#include "base/terminal.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define WHERE_OPTIONS(OPTION) \
    OPTION(int at;, .section = "Call sites", .name = "at", .value = "MOMENT", .verbs = WHERE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_PART(where_options, at), .words = "live peak kept total between", \
           .help = "blocks alive at the end of run (live), when most were alive\n(peak), after release (kept), all of run (total), or left by the\ncalls between the windows (between); default: live") \
    OPTION(int window;, .name = "window", .value = "WINDOW", .verbs = WHERE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_PART(where_options, window), .words = "steady cold", \
           .help = "steady or cold (steady, if the case has one)") \
    OPTION(int format;, .name = "format", .value = "FORMAT", .verbs = WHERE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_PART(where_options, format), .words = "text json collapsed speedscope pprof", \
           .help = "text, json, collapsed (flame graphs), speedscope or pprof (text)") \
    OPTION(const char *per;, .name = "per", .value = "PARAMETER", .verbs = WHERE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(where_options, per), \
           .help = "what one more of it costs at each call site: from the smallest\nand the largest case that match") \
    OPTION(size_t top;, .name = "top", .value = "N", .verbs = WHERE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_COUNT, MB_PART(where_options, top), .least = 1, .most = 100000, \
           .help = "most call sites that the text shows (20)")
/* clang-format on */

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_COLLAPSED, FORMAT_SPEEDSCOPE, FORMAT_PPROF, TOP_DEFAULT = 20 };

/* Zero means "not given". */
typedef struct where_options {
    WHERE_OPTIONS(MB_OPTION_FIELD)
} where_options;

enum { WHERE = MB_VERB_WHERE };

static const mb_option_row rows[] = {WHERE_OPTIONS(MB_OPTION_ROW)};
static const mb_option_table own_options = {rows, sizeof rows / sizeof rows[0]};

static void print_text(const char *id, const mb_where *where, mb_site_moment moment, mb_window window, size_t top)
{
    char number[MB_UNITS_TEXT_MAX], bytes[MB_UNITS_TEXT_MAX];
    printf("%s, %s window, %s: %s B in %s block%s\n", id, mb_window_name(window), mb_site_moment_summary(moment),
           mb_format_count((double)mb_site_weigh(&where->after, where->weight), bytes),
           mb_format_count((double)where->after.block_count, number), where->after.block_count == 1 ? "" : "s");
    mb_where_print_rows(stdout, where, top, mb_terminal_is_unicode());
}

static mb_status print_json(const char *id, const mb_where *where, const mb_site_set *set, mb_site_moment moment,
                            mb_window window, mb_error *error)
{
    mb_json_writer json = {.file = stdout};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "case", id);
    mb_json_write_text(&json, "window", mb_window_name(window));
    mb_json_write_text(&json, "at", mb_site_moment_name(moment));
    mb_where_write_json(&json, "where", where);
    mb_status status = mb_where_write_pages(&json, set, window, error);
    mb_json_write_close(&json, '}');
    putchar('\n');
    return status;
}

static mb_status show(const where_options *own, const char *id, const mb_site_set *set, mb_arena *arena,
                      mb_error *error)
{
    mb_site_moment moment = (mb_site_moment)own->at;
    mb_window window = own->window == 1 || !set->has_window[MB_WINDOW_STEADY] ? MB_WINDOW_COLD : MB_WINDOW_STEADY;
    const mb_site_view *view = &set->views[window][moment];
    mb_site_weight weight = moment == MB_SITE_TOTAL ? MB_SITE_REQUESTED : MB_SITE_BYTES;
    mb_where where;
    mb_status status = mb_where_compare(NULL, view, weight, arena, &where, error);
    if (status != MB_OK)
        return status;
    if (own->format == FORMAT_PPROF)
        return mb_profile_write_pprof(stdout, view, error);
    if (own->format == FORMAT_SPEEDSCOPE)
        return mb_profile_write_speedscope(stdout, id, view, weight, error);
    if (own->format == FORMAT_COLLAPSED)
        mb_profile_write_collapsed(stdout, view, weight);
    else if (own->format == FORMAT_JSON)
        status = print_json(id, &where, set, moment, window, error);
    else
        print_text(id, &where, moment, window, own->top > 0 ? own->top : TOP_DEFAULT);
    if (own->format == FORMAT_TEXT && moment == MB_SITE_AT_RUN)
        status = mb_where_print_pages(stdout, set, window, mb_terminal_is_unicode(), error);
    return status;
}

static mb_exit where_case(const mb_options *given)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_session session;
    mb_error error;
    mb_site_sample sample;
    mb_exit code = MB_EXIT_OK;
    const size_t first = 0;
    mb_status status = mb_session_open_one(&session, &options.plan, options.operands[0], &error);
    if (status == MB_OK) {
        status = mb_sites_take(&session, &first, 1, &arena, &sample, &error);
        if (status == MB_OK && sample.obstacle != NULL)
            status =
                mb_error_set(&error, MB_ERROR_SYSTEM, "%s: no call sites: %s", session.results[0].id, sample.obstacle);
        if (status == MB_OK)
            status = show(options.part, session.results[0].id, &sample.set, &arena, &error);
        if (session.signal_number != 0)
            code = (mb_exit)(MB_EXIT_SIGNAL + session.signal_number);
        mb_session_close(&session);
    }
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    mb_filter_free(options.plan.filter);
    mb_arena_fini(&arena);
    return code;
}

static mb_exit where_sweep(const mb_options *given)
{
    const where_options *own = given->part;
    mb_options options = *given;
    mb_session session;
    mb_error error;
    mb_exit code = MB_EXIT_OK;
    mb_where_sweep sweep = {.param = own->per,
                            .moment = (mb_site_moment)own->at,
                            .window = own->window == 1 ? MB_WINDOW_COLD : MB_WINDOW_STEADY,
                            .shown_max = own->top > 0 ? own->top : TOP_DEFAULT,
                            .is_json = own->format == FORMAT_JSON};
    mb_status status = mb_filter_add(options.plan.filter, options.operands[0], &error);
    if (status == MB_OK && own->format > FORMAT_JSON)
        status = mb_error_set(&error, MB_ERROR_USAGE, "--per has the formats text and json");
    if (status == MB_OK)
        status = mb_session_open(&session, &options.plan, &error);
    if (status == MB_OK) {
        status = mb_where_sweep_print(&session, &sweep, &error);
        if (session.signal_number != 0)
            code = (mb_exit)(MB_EXIT_SIGNAL + session.signal_number);
        mb_session_close(&session);
    }
    return status == MB_OK ? code : mb_exit_worse(code, (mb_exit)mb_complain(&error));
}

static int run(const mb_options *given)
{
    mb_options options = *given;
    mb_arena arena = {0};
    mb_error error;
    mb_status status = mb_modules_take(&options.plan, options.operands, &options.operand_count, &arena, &error);
    if (status == MB_OK && options.operand_count != 1)
        status = mb_error_set(&error, MB_ERROR_USAGE, "where takes one case: membench where CASE");
    if (status == MB_OK)
        status = mb_plan_apply_project(&options.plan, &arena, &error);
    const where_options *own = options.part;
    int code = status != MB_OK    ? mb_complain(&error)
               : own->per != NULL ? (int)mb_finish_output(where_sweep(&options))
                                  : (int)mb_finish_output(where_case(&options));
    mb_arena_fini(&arena);
    return code;
}

/* clang-format off */
const mb_verb mb_verb_where = {
    .name = "where",
    .mask = MB_VERB_WHERE,
    .synopsis = "[OPTIONS] [FILE.wasm...] CASE",
    .summary = "show which call sites a case's memory comes from",
    .description =
        "Takes one sample of the case, records the stack of each allocation, and shows the call sites, the\n"
        "largest first. Their sum equals the heap counter to the byte. Needs libunwind; line numbers need debug\n"
        "information (-g). See docs/where.md. With FILE.wasm, the case is one of this module (membench wasm --list).\n"
        "Exit codes: 0 fine, 1 no call sites found, 2 usage.",
    .examples =
        "  membench where memory_job_creation/200\n"
        "  membench where memory_job_creation/200 --at peak\n"
        "  membench where memory_job_creation --per jobs\n"
        "  membench where --program ./my_bench list_build/1000 --format collapsed | flamegraph.pl > heap.svg\n",
    .operands = MB_WORDS_CASES,
    .options = &own_options,
    .part_bytes = sizeof(where_options),
    .run = run,
};
/* clang-format on */
