/* functions.h: functions of an allocator that the program calls by names of its own, counted at run time: places that
 * the dynamic linker has filled with their addresses get those of wrappers. Preloaded hook only. */
#ifndef MEMBENCH_HEAP_FUNCTIONS_H
#define MEMBENCH_HEAP_FUNCTIONS_H

#pragma GCC visibility push(hidden)

/* list: of MB_HEAP_FUNCTIONS_VARIABLE, or NULL. Once, when the program's libraries are there. */
void mb_heap_functions_prepare(const char *list_or_null);

/* Libraries that came since are looked through, too. Not inside a window: the linker may allocate. */
void mb_heap_functions_bind(void);

/* Why blocks of one of these functions would be missing, or NULL. Static storage. */
const char *mb_heap_functions_obstacle(void);

#pragma GCC visibility pop

#endif
