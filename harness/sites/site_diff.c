#include "sites/site_diff.h"

#include "base/grown.h"
#include "sites/site_tree.h"

#include <stdlib.h>
#include <string.h>

enum { WRAPPER_DEPTH = 4, DEPTH_MAX = 4096 };

typedef struct differ {
    mb_arena *arena;
    mb_site_weight weight;
    mb_where_entry *entries; /* from malloc */
    size_t entry_count, entry_capacity;
    bool is_out_of_memory;
} differ;

int64_t mb_where_change(const mb_where *where, const mb_where_entry *entry)
{
    return mb_site_weigh(&entry->after, where->weight) - mb_site_weigh(&entry->before, where->weight);
}

int64_t mb_where_total(const mb_where *where)
{
    return mb_site_weigh(&where->after, where->weight) - mb_site_weigh(&where->before, where->weight);
}

/* node: the function itself. */
static bool find_callers(differ *d, const mb_site_node *node, mb_where_entry *entry)
{
    size_t count = 0;
    for (const mb_site_node *at = node->parent; at != NULL && at->place != NULL; at = at->parent)
        count++;
    mb_where_caller *callers = mb_arena_alloc(d->arena, (count + 1) * sizeof *callers);
    if (callers == NULL)
        return false;
    count = 0;
    for (const mb_site_node *at = node->parent; at != NULL && at->place != NULL; at = at->parent)
        callers[count++] = (mb_where_caller){at->place->function, at->place, at->round_count};
    entry->callers = callers;
    entry->caller_count = count;
    return true;
}

/* Stacks that are not known (node is the root, without a place) explain nothing. */
static void emit(differ *d, const mb_site_node *node, mb_where_entry entry)
{
    int64_t change = mb_site_weigh(&entry.after, d->weight) - mb_site_weigh(&entry.before, d->weight);
    if (change == 0 || entry.place == NULL || d->is_out_of_memory)
        return;
    void *moved = mb_grown(d->entries, d->entry_count, &d->entry_capacity, sizeof *d->entries);
    d->is_out_of_memory = moved == NULL;
    if (moved == NULL)
        return;
    d->entries = moved;
    entry.was_function = node->was_function;
    entry.round_count = node->round_count;
    d->is_out_of_memory = !find_callers(d, node, &entry);
    d->entries[d->entry_count++] = entry;
}

/* Everything below a node that only one side has. */
static void emit_all(differ *d, const mb_site_node *node, bool is_new)
{
    for (const mb_site_self *self = node->selves; self != NULL; self = self->next) {
        mb_where_entry entry = {.place = self->place};
        *(is_new ? &entry.after : &entry.before) = self->amounts;
        emit(d, node, entry);
    }
    for (const mb_site_node *child = node->first_child; child != NULL; child = child->next)
        emit_all(d, child, is_new);
}

static bool are_equal(const mb_site_amounts *a, const mb_site_amounts *b)
{
    return a->block_count == b->block_count && a->bytes == b->bytes && a->requested_bytes == b->requested_bytes;
}

/* Takes out of both lists, which are in the order of their lines, what allocates the same on both sides. */
static void drop_equal(mb_site_node *old, mb_site_node *new)
{
    mb_site_self **from = &new->selves;
    for (mb_site_self **at = &old->selves; *at != NULL;) {
        mb_site_self **match = from;
        while (*match != NULL && !are_equal(&(*match)->amounts, &(*at)->amounts))
            match = &(*match)->next;
        if (*match == NULL) {
            at = &(*at)->next;
            continue;
        }
        *match = (*match)->next;
        from = match;
        *at = (*at)->next;
    }
}

static size_t count_selves(const mb_site_node *node)
{
    size_t count = 0;
    for (const mb_site_self *self = node->selves; self != NULL; self = self->next)
        count++;
    return count;
}

/* Lines of one function that both sides have: in their order, when there are as many. */
static void pair_selves(differ *d, mb_site_node *old, mb_site_node *new)
{
    const mb_site_self *before = old->selves;
    for (const mb_site_self *after = new->selves; after != NULL; after = after->next, before = before->next)
        emit(d, new, (mb_where_entry){.before = before->amounts, .after = after->amounts, .place = after->place});
}

static bool has_unjoined(const mb_site_node *node)
{
    for (const mb_site_node *child = node->first_child; child != NULL; child = child->next)
        if (!child->is_joined)
            return true;
    return false;
}

static mb_site_amounts sum_of_rest(const mb_site_node *node)
{
    mb_site_amounts sum = {0};
    for (const mb_site_self *self = node->selves; self != NULL; self = self->next)
        mb_site_amounts_add(&sum, &self->amounts);
    for (const mb_site_node *child = node->first_child; child != NULL; child = child->next)
        if (!child->is_joined) {
            mb_site_amounts below = mb_site_tree_sum(child);
            mb_site_amounts_add(&sum, &below);
        }
    return sum;
}

/* What is left of a function that both sides have, when its callees are joined as far as they can be. */
static void settle(differ *d, mb_site_node *old, mb_site_node *new)
{
    bool old_has_more = has_unjoined(old), new_has_more = has_unjoined(new);
    drop_equal(old, new);
    size_t old_count = count_selves(old), new_count = count_selves(new);
    if (old_count == new_count)
        pair_selves(d, old, new);
    bool old_has_rest = old_has_more || (old_count != new_count && old_count > 0);
    bool new_has_rest = new_has_more || (old_count != new_count && new_count > 0);
    if (old_count == new_count)
        old->selves = new->selves = NULL;
    if (old_has_rest && new_has_rest && new->place != NULL) {
        const mb_site_place *place = new->selves != NULL ? new->selves->place : new->place;
        emit(
            d, new,
            (mb_where_entry){.before = sum_of_rest(old), .after = sum_of_rest(new), .place = place, .is_joined = true});
        return;
    }
    for (int is_new = 0; is_new < 2; is_new++) {
        mb_site_node *side = is_new ? new : old;
        for (const mb_site_self *self = side->selves; self != NULL; self = self->next) {
            mb_where_entry entry = {.place = self->place};
            *(is_new ? &entry.after : &entry.before) = self->amounts;
            emit(d, side, entry);
        }
        for (const mb_site_node *child = side->first_child; child != NULL; child = child->next)
            if (!child->is_joined)
                emit_all(d, child, is_new);
    }
}

/* A callee of `other` that this side lacks, somewhere below the node. */
static bool leads_to(const mb_site_node *node, const mb_site_node *other, const mb_site_node *side, int depth)
{
    for (const mb_site_node *child = node->first_child; child != NULL; child = child->next) {
        const mb_site_node *same = mb_site_tree_child(other, child->key);
        if (same != NULL && mb_site_tree_child(side, child->key) == NULL)
            return true;
        if (depth > 1 && leads_to(child, other, side, depth - 1))
            return true;
    }
    return false;
}

/* Takes out functions that only this side has and that lead to those which the other side calls at once. */
static void look_through(mb_site_node *side, const mb_site_node *other)
{
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (mb_site_node *child = side->first_child; child != NULL; child = child->next)
            if (mb_site_tree_child(other, child->key) == NULL && leads_to(child, other, side, WRAPPER_DEPTH)) {
                mb_site_tree_dissolve(child);
                goes_on = true;
                break;
            }
    }
}

static mb_site_node *only_unjoined(const mb_site_node *node)
{
    mb_site_node *only = NULL;
    for (mb_site_node *child = node->first_child; child != NULL; child = child->next) {
        if (child->is_joined)
            continue;
        if (only != NULL)
            return NULL;
        only = child;
    }
    return only;
}

static void join(differ *d, mb_site_node *old, mb_site_node *new, int depth);

static void join_callees(differ *d, mb_site_node *old, mb_site_node *new, int depth)
{
    for (mb_site_node *child = new->first_child; child != NULL; child = child->next) {
        mb_site_node *same = mb_site_tree_child(old, child->key);
        if (same == NULL)
            continue;
        child->is_joined = same->is_joined = true;
        join(d, same, child, depth + 1);
    }
    mb_site_node *gone = only_unjoined(old), *added = only_unjoined(new);
    if (gone == NULL || added == NULL)
        return;
    added->is_joined = gone->is_joined = true;
    added->was_function = strcmp(gone->place->function, added->place->function) != 0 ? gone->place->function : NULL;
    join(d, gone, added, depth + 1);
}

static void join(differ *d, mb_site_node *old, mb_site_node *new, int depth)
{
    if (depth >= DEPTH_MAX) {
        settle(d, old, new);
        return;
    }
    look_through(new, old);
    look_through(old, new);
    join_callees(d, old, new, depth);
    settle(d, old, new);
}

static mb_site_weight sort_weight; /* qsort has no context */

static int64_t size_of(const mb_where_entry *entry)
{
    int64_t change = mb_site_weigh(&entry->after, sort_weight) - mb_site_weigh(&entry->before, sort_weight);
    return change < 0 ? -change : change;
}

static int by_size(const void *a, const void *b)
{
    const mb_where_entry *left = a, *right = b;
    int64_t sizes[2] = {size_of(left), size_of(right)};
    if (sizes[0] != sizes[1])
        return sizes[0] > sizes[1] ? -1 : 1;
    int by_name = strcmp(left->place->function, right->place->function);
    return by_name != 0 ? by_name : left->place->line - right->place->line;
}

/* The counters' figure where they have it, else the sum. */
static mb_site_amounts total_of(const mb_site_view *view, mb_site_weight weight)
{
    mb_site_amounts total = view != NULL ? mb_site_sum(view) : (mb_site_amounts){0};
    if (view == NULL || mb_site_weigh(&view->counted, weight) == 0)
        return total;
    *(weight == MB_SITE_BYTES       ? &total.bytes
      : weight == MB_SITE_REQUESTED ? &total.requested_bytes
                                    : &total.block_count) = mb_site_weigh(&view->counted, weight);
    return total;
}

mb_status mb_where_compare(const mb_site_view *old, const mb_site_view *new, mb_site_weight weight, mb_arena *arena,
                           mb_where *where, mb_error *error)
{
    mb_site_keys keys = {0};
    differ d = {.arena = arena, .weight = weight};
    mb_site_node *before = mb_site_tree_make(old, &keys, arena), *after = mb_site_tree_make(new, &keys, arena);
    d.is_out_of_memory = before == NULL || after == NULL;
    if (!d.is_out_of_memory)
        join(&d, before, after, 0);
    mb_where_entry *entries = mb_arena_alloc(arena, (d.entry_count + 1) * sizeof *entries);
    d.is_out_of_memory |= entries == NULL;
    if (!d.is_out_of_memory) {
        sort_weight = weight;
        if (d.entry_count > 0)
            memcpy(entries, d.entries, d.entry_count * sizeof *entries);
        qsort(entries, d.entry_count, sizeof *entries, by_size);
        mb_where made = {.is_comparison = old != NULL,
                         .weight = weight,
                         .before = total_of(old, weight),
                         .after = total_of(new, weight),
                         .entries = entries,
                         .entry_count = d.entry_count};
        made.unexplained = mb_where_total(&made);
        for (size_t i = 0; i < made.entry_count; i++)
            made.unexplained -= mb_where_change(&made, &entries[i]);
        *where = made;
    }
    free(d.entries);
    mb_site_keys_free(&keys);
    return d.is_out_of_memory ? mb_error_no_memory(error) : MB_OK;
}

static bool are_same_amounts(const mb_site_amounts *a, const mb_site_amounts *b)
{
    return a->block_count == b->block_count && a->bytes == b->bytes && a->requested_bytes == b->requested_bytes;
}

/* within: how far the difference may be off; below 0: it has to be of the same blocks. */
static bool has_entry(const mb_where *where, const mb_where_entry *entry, int64_t change, int64_t within)
{
    for (size_t i = 0; i < where->entry_count; i++) {
        const mb_where_entry *other = &where->entries[i];
        if (strcmp(other->place->function, entry->place->function) != 0 || other->place->line != entry->place->line)
            continue;
        if (within < 0
                ? are_same_amounts(&other->before, &entry->before) && are_same_amounts(&other->after, &entry->after)
                : llabs(mb_where_change(where, other) - change) <= within)
            return true;
    }
    return false;
}

static bool has_entries(const mb_where *where, const mb_where *of, int64_t within)
{
    for (size_t i = 0; i < of->entry_count; i++) {
        int64_t change = mb_where_change(of, &of->entries[i]);
        if (llabs(change) > within && !has_entry(where, &of->entries[i], change, within))
            return false;
    }
    return true;
}

bool mb_where_tells_same(const mb_where *a, const mb_where *b)
{
    int64_t within = llabs(mb_where_total(a)) / 100;
    if (a->entry_count == b->entry_count && has_entries(b, a, -1))
        return true;
    return a->weight == b->weight && within > 0 && llabs(mb_where_total(a) - mb_where_total(b)) <= within &&
           has_entries(a, b, within) && has_entries(b, a, within);
}
