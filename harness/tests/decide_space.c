#include "tests/decide_space.h"

#include <string.h>

static const mb_metric heap = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES; /* of the steady window */
static const mb_metric rss = MB_QUANTITY_WINDOWED_COUNT + MB_RSS_DELTA_BYTES;

bool has(const point *p, mb_finding_kind kind) { return (p->kinds >> kind & 1) != 0; }

/* Kinds that need a baseline. */
static bool is_of_comparison(int kind)
{
    return kind != MB_FINDING_LOST && kind != MB_FINDING_OVER_BUDGET && kind != MB_FINDING_UNBUDGETED &&
           kind != MB_FINDING_ADVISORY;
}

static mb_report_case *add(parts *all, const char *id)
{
    all->made.item_count = 0; /* the case stays in the arena, the item is copied */
    memset(all->made.items, 0, sizeof all->made.items);
    fixture_add_jobs(&all->made, id, 10);
    return &all->made.items[0];
}

static void make_kinds(parts *all)
{
    static const struct {
        mb_finding_kind kind;
        const char *id;
        mb_verdict verdict;
        double now;
    } judged[] = {{MB_FINDING_REGRESSED, "k/grown", MB_VERDICT_REGRESSED, 15000},
                  {MB_FINDING_SUSPECT, "k/perhaps", MB_VERDICT_SUSPECT, 11500},
                  {MB_FINDING_INCONCLUSIVE, "k/noisy", MB_VERDICT_INCONCLUSIVE, 11500},
                  {MB_FINDING_NOT_COMPARABLE, "k/other_libc", MB_VERDICT_NOT_COMPARABLE, 10000},
                  {MB_FINDING_IMPROVED, "k/smaller", MB_VERDICT_IMPROVED, 5000},
                  {MB_FINDING_SHRANK, "k/shrunk", MB_VERDICT_SHRANK, 5000}};
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        mb_report_case *item = add(all, judged[i].id);
        fixture_compare(&all->made, heap, judged[i].verdict, 10000, judged[i].now, true);
        all->kinds[judged[i].kind] = *item;
    }
    all->over = (mb_budget_check){.metric = heap, .state = MB_BUDGET_OVER, .budget = 100, .value = 200};
    all->unmeasured = (mb_budget_check){.metric = heap, .state = MB_BUDGET_UNMEASURED, .budget = 100};
    mb_report_case *item = add(all, "k/large");
    item->budgets = &all->over;
    item->budget_count = 1;
    all->kinds[MB_FINDING_OVER_BUDGET] = *item;
    item->is_advisory = true;
    all->kinds[MB_FINDING_ADVISORY] = *item;
    item = add(all, "k/unmeasured");
    item->budgets = &all->unmeasured;
    item->budget_count = 1;
    all->kinds[MB_FINDING_UNBUDGETED] = *item;
    item = add(all, "k/lost");
    ((mb_case_result *)item->result)->outcome = MB_OUTCOME_CRASHED;
    all->kinds[MB_FINDING_LOST] = *item;
    item = add(all, "k/new");
    item->presence = MB_PRESENCE_UNRECORDED;
    all->kinds[MB_FINDING_UNRECORDED] = *item;
    item = add(all, "k/gone");
    item->presence = MB_PRESENCE_GONE;
    all->kinds[MB_FINDING_GONE] = *item;
}

static void make_rests(parts *all)
{
    static const double now[REST_COUNT] = {[REST_UNCHANGED] = 10000,
                                           [REST_WITHIN] = 10400,
                                           [REST_FLOORED] = 15000,
                                           [REST_UNJUDGED] = 10000,
                                           [REST_BOTH] = 10400};
    for (int rest = REST_UNCHANGED; rest < REST_COUNT; rest++) {
        mb_report_case *item = add(all, "r/rest");
        if (rest == REST_ADVISORY) {
            fixture_compare(&all->made, heap, MB_VERDICT_SHOWN, 10000, 10000, true);
            item->is_advisory = true;
        } else {
            fixture_compare(&all->made, heap, MB_VERDICT_NOT_REGRESSED, 10000, now[rest], rest != REST_FLOORED);
        }
        mb_comparison *comparison = (mb_comparison *)item->comparisons;
        comparison->threshold_ratio = 0.10;
        comparison->floor = rest == REST_FLOORED ? 65536 : 0;
        if (rest == REST_UNJUDGED || rest == REST_BOTH)
            fixture_compare(&all->made, rss, MB_VERDICT_SHOWN, 10000, 12500, true);
        all->rests[rest] = *item;
    }
}

void parts_init(parts *all)
{
    *all = (parts){0};
    fixture_init_full(&all->made);
    make_kinds(all);
    make_rests(all);
}

void parts_fini(parts *all) { fixture_fini(&all->made); }

/* A case of the run that may have a budget besides what it has, or NULL. */
static mb_report_case *find_host(fixture *run)
{
    for (size_t i = 0; i < run->item_count; i++) {
        mb_report_case *item = &run->items[i];
        if (item->budget_count == 0 && item->presence != MB_PRESENCE_GONE && !item->is_advisory)
            return item;
    }
    return NULL;
}

void make_run(const parts *all, const point *p, fixture *run)
{
    *run = (fixture){.model = all->made.model};
    run->model.strict = p->is_strict;
    run->model.lenient = p->is_lenient;
    run->model.is_side_by_side = p->mode == MODE_SIDE_BY_SIDE;
    if (p->mode == MODE_MEASURED) {
        run->model.baseline_name = NULL;
        run->model.baseline_run = NULL;
        run->model.policy = NULL;
    }
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++)
        if (has(p, (mb_finding_kind)kind))
            run->items[run->item_count++] = all->kinds[kind];
    mb_report_case *host = p->is_merged && has(p, MB_FINDING_UNBUDGETED) ? find_host(run) : NULL;
    for (size_t i = 0; i < run->item_count && host != NULL; i++)
        if (run->items[i].budgets == &all->unmeasured) {
            run->items[i] = run->items[--run->item_count];
            host = find_host(run); /* it may have been the one that was moved */
            host->budgets = &all->unmeasured;
            host->budget_count = 1;
            break;
        }
    if (p->rest == REST_NONE)
        return;
    mb_report_case *item = &run->items[run->item_count++];
    *item = all->rests[p->rest];
    if (p->mode == MODE_MEASURED)
        item->comparison_count = 0;
}

void each_point(const parts *all, int kind_limit, void (*visit)(const parts *all, const point *p))
{
    for (unsigned kinds = 0; kinds < 1u << MB_FINDING_KIND_COUNT; kinds++) {
        bool is_measurable = true, is_possible = __builtin_popcount(kinds) <= kind_limit;
        for (int kind = 0; kind < MB_FINDING_KIND_COUNT && is_possible; kind++)
            if ((kinds >> kind & 1) != 0) {
                is_possible = all->kinds[kind].result != NULL; /* a kind of the whole run is not a case's */
                is_measurable = is_measurable && !is_of_comparison(kind);
            }
        if (!is_possible)
            continue;
        for (int rest = 0; rest < REST_COUNT; rest++)
            for (int mode = 0; mode < MODE_COUNT; mode++)
                for (int flags = 0; flags < 8 && (mode != MODE_MEASURED || is_measurable); flags++) {
                    const point p = {
                        kinds, (enum rest)rest, (enum mode)mode, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
                    visit(all, &p);
                }
    }
}
