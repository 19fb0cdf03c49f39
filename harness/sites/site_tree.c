#include "sites/site_tree.h"

#include "base/hash.h"
#include "sites/name_rules.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 256, ROUND_MAX = 8, KEY_BYTES = MB_FUNCTION_NAME_BYTES + 256 };

void mb_site_keys_free(mb_site_keys *keys)
{
    free(keys->slots);
    *keys = (mb_site_keys){0};
}

static const char **find_key(const char **slots, size_t slot_count, const char *text)
{
    uint64_t hash = mb_hash_text(MB_HASH_FIRST, text);
    size_t at = (hash ^ hash >> 32) & (slot_count - 1);
    while (slots[at] != NULL && strcmp(slots[at], text) != 0)
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static const char *intern(mb_site_keys *keys, const char *text, mb_arena *arena)
{
    if (2 * keys->used_count >= keys->slot_count) {
        size_t count = keys->slot_count > 0 ? 2 * keys->slot_count : SLOTS_FIRST;
        const char **larger = calloc(count, sizeof *larger);
        if (larger == NULL)
            return NULL;
        for (size_t i = 0; i < keys->slot_count; i++)
            if (keys->slots[i] != NULL)
                *find_key(larger, count, keys->slots[i]) = keys->slots[i];
        free(keys->slots);
        keys->slots = larger;
        keys->slot_count = count;
    }
    const char **slot = find_key(keys->slots, keys->slot_count, text);
    if (*slot == NULL) {
        *slot = mb_arena_copy(arena, text);
        keys->used_count += *slot != NULL;
    }
    return *slot;
}

/* The program is the program, whatever it is called; a library is known without its version: libexpat.so.1.8.10. */
static const char *key_of(mb_site_keys *keys, const mb_site_place *place, mb_arena *arena)
{
    char text[KEY_BYTES];
    const char *suffix = strstr(place->module, ".so");
    size_t length = suffix != NULL ? (size_t)(suffix - place->module) : strlen(place->module);
    snprintf(text, sizeof text, "%s\n%.*s", place->function, place->is_program ? 0 : (int)length, place->module);
    return intern(keys, text, arena);
}

void mb_site_amounts_add(mb_site_amounts *sum, const mb_site_amounts *amounts)
{
    sum->block_count += amounts->block_count;
    sum->bytes += amounts->bytes;
    sum->requested_bytes += amounts->requested_bytes;
}

mb_site_amounts mb_site_tree_sum(const mb_site_node *node)
{
    mb_site_amounts sum = {0};
    for (const mb_site_self *self = node->selves; self != NULL; self = self->next)
        mb_site_amounts_add(&sum, &self->amounts);
    for (const mb_site_node *child = node->first_child; child != NULL; child = child->next) {
        mb_site_amounts below = mb_site_tree_sum(child);
        mb_site_amounts_add(&sum, &below);
    }
    return sum;
}

mb_site_node *mb_site_tree_child(const mb_site_node *node, const char *key)
{
    for (mb_site_node *child = node->first_child; child != NULL; child = child->next)
        if (child->key == key)
            return child;
    return NULL;
}

static mb_site_node *add_child(mb_site_node *node, const char *key, const mb_site_place *place, mb_arena *arena)
{
    mb_site_node *child = mb_arena_alloc(arena, sizeof *child);
    if (child == NULL)
        return NULL;
    *child = (mb_site_node){.key = key, .place = place, .parent = node, .round_count = 1};
    mb_site_node **end = &node->first_child;
    while (*end != NULL)
        end = &(*end)->next;
    *end = child;
    return child;
}

static int compare_places(const mb_site_place *a, const mb_site_place *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    int by_file = strcmp(a->file != NULL ? a->file : "", b->file != NULL ? b->file : "");
    return by_file != 0 ? by_file : a->line - b->line;
}

/* Puts an entry into its place; one of the same line is added to that which is there. */
static void insert_self(mb_site_node *node, mb_site_self *self)
{
    mb_site_self **at = &node->selves;
    while (*at != NULL && compare_places((*at)->place, self->place) < 0)
        at = &(*at)->next;
    if (*at != NULL && compare_places((*at)->place, self->place) == 0) {
        mb_site_amounts_add(&(*at)->amounts, &self->amounts);
        return;
    }
    self->next = *at;
    *at = self;
}

/* Folds a chain of keys: wherever the last few repeat the few before them, they are taken away. Returns how many are
 * left; rounds[i] says how often what ends there was gone through. */
static size_t fold(const char **keys, const mb_site_place **places, unsigned *rounds, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        keys[kept] = keys[i];
        places[kept] = places[i];
        rounds[kept++] = 1;
        for (size_t length = 1; length <= ROUND_MAX && 2 * length <= kept; length++) {
            if (memcmp(&keys[kept - length], &keys[kept - 2 * length], length * sizeof *keys) != 0)
                continue;
            kept -= length;
            rounds[kept - 1]++;
            break;
        }
    }
    return kept;
}

static bool add_row(mb_site_node *root, const mb_site_row *row, mb_site_keys *keys, mb_arena *arena)
{
    size_t count = row->stack.place_count;
    const char **chain = malloc((count + 1) * sizeof *chain);
    const mb_site_place **places = malloc((count + 1) * sizeof *places);
    unsigned *rounds = malloc((count + 1) * sizeof *rounds);
    mb_site_self *self = mb_arena_alloc(arena, sizeof *self);
    bool is_good = chain != NULL && places != NULL && rounds != NULL && self != NULL;
    for (size_t i = 0; i < count && is_good; i++) {
        places[i] = row->stack.places[count - 1 - i];
        chain[i] = key_of(keys, places[i], arena);
        is_good = chain[i] != NULL;
    }
    mb_site_node *node = root;
    size_t kept = is_good ? fold(chain, places, rounds, count) : 0;
    for (size_t i = 0; i < kept && is_good; i++) {
        mb_site_node *child = mb_site_tree_child(node, chain[i]);
        node = child != NULL ? child : add_child(node, chain[i], places[i], arena);
        is_good = node != NULL;
        if (is_good && rounds[i] > node->round_count)
            node->round_count = rounds[i];
    }
    if (is_good) {
        *self = (mb_site_self){.place = count > 0 ? row->stack.places[0] : NULL, .amounts = row->amounts};
        insert_self(node, self);
    }
    free(chain);
    free(places);
    free(rounds);
    return is_good;
}

mb_site_node *mb_site_tree_make(const mb_site_view *view, mb_site_keys *keys, mb_arena *arena)
{
    mb_site_node *root = mb_arena_alloc(arena, sizeof *root);
    if (root == NULL)
        return NULL;
    *root = (mb_site_node){.round_count = 1};
    for (size_t i = 0; view != NULL && i < view->row_count; i++)
        if (!add_row(root, &view->rows[i], keys, arena))
            return NULL;
    return root;
}

static void take_over(mb_site_node *node, mb_site_node *from);

static void adopt(mb_site_node *node, mb_site_node *child)
{
    mb_site_node *same = mb_site_tree_child(node, child->key);
    if (same != NULL) {
        take_over(same, child);
        return;
    }
    child->next = node->first_child;
    child->parent = node;
    node->first_child = child;
}

/* Everything of another node becomes this one's. */
static void take_over(mb_site_node *node, mb_site_node *from)
{
    for (mb_site_self *self = from->selves, *next; self != NULL; self = next) {
        next = self->next;
        self->next = NULL;
        insert_self(node, self);
    }
    for (mb_site_node *child = from->first_child, *next; child != NULL; child = next) {
        next = child->next;
        child->next = NULL;
        adopt(node, child);
    }
    from->selves = NULL;
    from->first_child = NULL;
}

void mb_site_tree_dissolve(mb_site_node *child)
{
    mb_site_node *node = child->parent, **at = &node->first_child;
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    child->next = NULL;
    take_over(node, child);
}
