/* A linked list of elements with a payload. */
#include <membench/membench.h>

#include <stdlib.h>
#include <string.h>

#ifndef EXTRA_PERCENT
#define EXTRA_PERCENT 0
#endif

enum { PAYLOAD_BYTES = 1000 * (100 + EXTRA_PERCENT) / 100 };

struct element {
    struct element *next;
    char payload[PAYLOAD_BYTES];
};

struct list {
    struct element *first;
};

static mb_status run(mb_bench *b)
{
    struct list *list = mb_state(b);
    uint64_t element_count = mb_param(b, "elements");
    for (uint64_t i = 0; i < element_count; i++) {
        struct element *element = malloc(sizeof *element);
        if (element == NULL)
            return mb_out_of_memory(b, "out of memory at element %d", (int)i);
        memset(element->payload, 'x', sizeof element->payload);
        element->next = list->first;
        list->first = element;
    }
    mb_keep(list->first);
    mb_operations(b, element_count);
    return MB_OK;
}

static void release(mb_bench *b)
{
    struct list *list = mb_state(b);
    while (list->first != NULL) {
        struct element *next = list->first->next;
        free(list->first);
        list->first = next;
    }
}

static const mb_case list_case = {
    MB_CASE_INIT,
    .group = "list",
    .summary = "elements of a linked list",
    .params = MB_PARAMS(MB_PARAM("elements", 100, 1000)),
    .state_bytes = sizeof(struct list),
    .run = run,
    .release = release,
};

MB_MAIN(&list_case)
