/* site_tree.h: the stacks of one view as a tree, from the case's function down to those who call malloc. */
#ifndef MEMBENCH_SITES_SITE_TREE_H
#define MEMBENCH_SITES_SITE_TREE_H

#include "base/arena.h"
#include "sites/site_set.h"

/* What a function allocates itself, at one line. */
typedef struct mb_site_self {
    struct mb_site_self *next;
    const mb_site_place *place; /* NULL: of stacks that are not known */
    mb_site_amounts amounts;
} mb_site_self;

/* A function below a certain chain of callers. Recursion is folded: of functions that call each other in turn there is
 * one round. */
typedef struct mb_site_node {
    const char *key;            /* function and module; equal texts are the same pointer in trees of one table */
    const mb_site_place *place; /* the first seen; NULL: the root */
    struct mb_site_node *parent, *first_child, *next;
    mb_site_self *selves;     /* in the order of their lines */
    unsigned round_count;     /* most rounds that were folded here; 1: none */
    const char *was_function; /* what the node that it was joined with is called, when that is something else */
    bool is_joined;
} mb_site_node;

/* Keys of one or several trees. */
typedef struct mb_site_keys {
    const char **slots;
    size_t slot_count, used_count;
} mb_site_keys; /* zeroed is empty */

void mb_site_keys_free(mb_site_keys *keys);

/* The root; NULL when memory is out. Nodes live in the arena, places are those of the view. */
mb_site_node *mb_site_tree_make(const mb_site_view *view, mb_site_keys *keys, mb_arena *arena);

mb_site_node *mb_site_tree_child(const mb_site_node *node, const char *key);

/* Moves what is in a child up into its parent, as if the function were not there. False when memory is out. */
void mb_site_tree_dissolve(mb_site_node *child);

void mb_site_amounts_add(mb_site_amounts *sum, const mb_site_amounts *amounts);

/* Sum of a node and everything below it. */
mb_site_amounts mb_site_tree_sum(const mb_site_node *node);

#endif
