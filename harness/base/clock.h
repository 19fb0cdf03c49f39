/* clock.h: time that only goes forward. */
#ifndef MEMBENCH_BASE_CLOCK_H
#define MEMBENCH_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of the monotonic clock; only differences mean something. */
uint64_t mb_now_ns(void);

#endif
