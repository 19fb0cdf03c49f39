#include "features/where/where_sweep.h"

#include "base/terminal.h"
#include "base/units.h"
#include "report/where_words.h"
#include "session/site_pass.h"

#include <inttypes.h>
#include <string.h>

static const mb_param_value *param_of(const mb_case_result *result, const char *name)
{
    for (size_t i = 0; i < result->param_count; i++)
        if (strcmp(result->params[i].name, name) == 0)
            return &result->params[i];
    return NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* They differ in that parameter alone. */
static bool are_of_one_sweep(const mb_case_result *a, const mb_case_result *b, const char *name)
{
    if (!is_same_text(a->group, b->group) || !is_same_text(a->function, b->function) ||
        a->param_count != b->param_count || a->program != b->program)
        return false;
    for (size_t i = 0; i < a->param_count; i++)
        if (strcmp(a->params[i].name, b->params[i].name) != 0 ||
            (a->params[i].value != b->params[i].value && strcmp(a->params[i].name, name) != 0))
            return false;
    return true;
}

/* The smallest and the largest of the first sweep there is. */
static mb_status find_ends(const mb_session *session, const char *name, size_t ends[2], mb_error *error)
{
    size_t count = 0;
    for (size_t c = 0; c < session->case_count; c++) {
        const mb_case_result *result = &session->results[c];
        const mb_param_value *param = param_of(result, name);
        if (param == NULL)
            continue;
        if (count == 0) {
            ends[0] = ends[1] = c;
        } else if (!are_of_one_sweep(&session->results[ends[0]], result, name)) {
            return mb_error_set(error, MB_ERROR_USAGE, "--per %s: %s and %s differ in more than that: name one sweep",
                                name, session->results[ends[0]].id, result->id);
        }
        if (param->value < param_of(&session->results[ends[0]], name)->value)
            ends[0] = c;
        if (param->value > param_of(&session->results[ends[1]], name)->value)
            ends[1] = c;
        count++;
    }
    if (count < 2)
        return mb_error_set(error, MB_ERROR_USAGE, "--per %s: no two cases that match have that parameter", name);
    return MB_OK;
}

static double weight_of(const mb_site_amounts *amounts, mb_site_weight weight)
{
    return (double)mb_site_weigh(amounts, weight);
}

/* "1,016 B, 1 block"; blocks are left out where they do not change. */
static void print_entry(const mb_where *where, const mb_where_entry *entry, double units, bool unicode)
{
    char number[MB_UNITS_TEXT_MAX], blocks[MB_UNITS_TEXT_MAX], text[MB_WHERE_TEXT_BYTES];
    double bytes = (double)mb_where_change(where, entry) / units;
    double count = (double)(entry->after.block_count - entry->before.block_count) / units;
    printf("  %12s B", mb_format_count(bytes, number));
    if (count != 0)
        printf("  %s block%s", mb_format_count(count, blocks), count == 1 ? "" : "s");
    printf("  %s\n", mb_where_path(entry, 8, unicode, text));
}

static void print_text(const mb_where *where, const mb_where_sweep *sweep, const mb_case_result *small, uint64_t from,
                       uint64_t to)
{
    char number[MB_UNITS_TEXT_MAX], low[MB_UNITS_TEXT_MAX], high[MB_UNITS_TEXT_MAX];
    double units = (double)(to - from), each = (double)mb_where_total(where) / units;
    double constant = weight_of(&where->before, where->weight) - each * (double)from;
    printf("%s, %s window, %s: %s B for each of %s, from %s to %s\n", small->group, mb_window_name(sweep->window),
           mb_site_moment_summary(sweep->moment), mb_format_count(each, number), sweep->param,
           mb_format_count((double)from, low), mb_format_count((double)to, high));
    for (size_t i = 0; i < where->entry_count && i < sweep->shown_max; i++)
        print_entry(where, &where->entries[i], units, mb_terminal_is_unicode());
    if (where->unexplained != 0)
        printf("  %12s B  without a known call site\n", mb_format_count((double)where->unexplained / units, number));
    printf("  %12s B  whatever the number\n", mb_format_count(constant, number));
}

static void print_json(const mb_where *where, const mb_where_sweep *sweep, const mb_case_result *small, uint64_t from,
                       uint64_t to)
{
    mb_json_writer json = {.file = stdout};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "group", small->group);
    mb_json_write_text(&json, "window", mb_window_name(sweep->window));
    mb_json_write_text(&json, "at", mb_site_moment_name(sweep->moment));
    mb_json_write_text(&json, "per", sweep->param);
    mb_json_write_exact(&json, "from", from);
    mb_json_write_exact(&json, "to", to);
    mb_where_write_json(&json, "where", where);
    mb_json_write_close(&json, '}');
    putchar('\n');
}

mb_status mb_where_sweep_print(mb_session *session, const mb_where_sweep *sweep, mb_error *error)
{
    mb_arena arena = {0};
    mb_site_sample samples[2];
    mb_where where;
    size_t ends[2];
    mb_status status = find_ends(session, sweep->param, ends, error);
    if (status == MB_OK)
        status = mb_sites_take(session, ends, 2, &arena, samples, error);
    for (int i = 0; i < 2 && status == MB_OK; i++)
        if (samples[i].obstacle != NULL)
            status = mb_error_set(error, MB_ERROR_SYSTEM, "%s: no call sites: %s", session->results[ends[i]].id,
                                  samples[i].obstacle);
    mb_site_weight weight = sweep->moment == MB_SITE_TOTAL ? MB_SITE_REQUESTED : MB_SITE_BYTES;
    if (status == MB_OK)
        status = mb_where_compare(&samples[0].set.views[sweep->window][sweep->moment],
                                  &samples[1].set.views[sweep->window][sweep->moment], weight, &arena, &where, error);
    if (status == MB_OK) {
        const mb_case_result *small = &session->results[ends[0]];
        uint64_t from = param_of(small, sweep->param)->value;
        uint64_t to = param_of(&session->results[ends[1]], sweep->param)->value;
        (sweep->is_json ? print_json : print_text)(&where, sweep, small, from, to);
    }
    mb_arena_fini(&arena);
    return status;
}
