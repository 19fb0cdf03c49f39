/* allocators_compare.h: the same cases under several allocators, as one table. */
#ifndef MEMBENCH_FEATURES_ALLOCATORS_ALLOCATORS_COMPARE_H
#define MEMBENCH_FEATURES_ALLOCATORS_ALLOCATORS_COMPARE_H

#include "command/exit.h"
#include "command/options.h"

/* Measures the cases under each allocator of options->allocators and prints the table. */
mb_exit mb_allocators_compare(const mb_options *options);

#endif
