/* trace_peak.h: the exact peak of a traced memory, read before each call that can lower it (readings/lowering.h). */
#ifndef MEMBENCH_PROCESS_TRACE_PEAK_H
#define MEMBENCH_PROCESS_TRACE_PEAK_H

#include "process/trace_table.h"
#include "readings/lowering.h"

/* The thread is stopped by the filter. Afterwards it is stopped still, before the call or behind it, and the caller
 * lets it go on. */
void mb_trace_take_lowering(mb_trace_table *table, mb_trace_task *task);

/* A thread has stopped that may be new: notes in the memory of a worker that it is not alone there any more. */
void mb_trace_tell_company(const mb_trace_table *table, pid_t tid);

/* The same as the first for one that stopped where it and its memory end: all processes are added up, where that is
 * due. */
void mb_trace_take_end_of_memory(mb_trace_table *table, const mb_trace_task *task, const mb_traced *process);

#endif
