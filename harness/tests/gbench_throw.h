/* gbench_throw.h: bodies that throw, for gbench_test.c: what C cannot do itself. */
#ifndef MEMBENCH_TESTS_GBENCH_THROW_H
#define MEMBENCH_TESTS_GBENCH_THROW_H

#include <membench/gbench.h>

#ifdef __cplusplus
extern "C" {
#endif

void throw_runtime_error(mb_gbench_state *state, uint64_t iterations, void *context); /* what() is "boom" */
void throw_bad_alloc(mb_gbench_state *state, uint64_t iterations, void *context);
void throw_int(mb_gbench_state *state, uint64_t iterations, void *context);
void throw_in_thread_1(mb_gbench_state *state, uint64_t iterations, void *context);
void throw_in_setup(mb_gbench_state *state, void *context);
void throw_in_callback(const mb_gbench_result *result, void *callback_context);

/* From now on the operator new of this process throws std::bad_alloc in its call of this number (0: the next), and in
 * all later ones too when `ever_after`; a negative number: never. */
void fail_new(long long call_number, bool ever_after);

/* Calls since the last fail_new. */
long long new_call_count(void);

#ifdef __cplusplus
}
#endif

#endif
