/* child.h: what each process that we start does before exec, whichever way it was made: process group, end with its
 * parent, signals, addresses, huge pages. Async-signal-safe, and without a sanitizer's checks: it may share its
 * parent's memory (vfork). */
#ifndef MEMBENCH_PROCESS_CHILD_H
#define MEMBENCH_PROCESS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MB_NO_SANITIZER __attribute__((no_sanitize("address", "undefined", "thread")))

/* Leads a process group of its own and is killed when the parent ends. False with errno on failure; ends the process
 * when the parent has ended already, since no signal would come. */
bool mb_child_lead(pid_t parent);

/* The default action for these signals, as bits from the lowest number on: MB_CHILD_ALL_SIGNALS, or those for which a
 * parent found another action before, since each takes a system call. The mask is the caller's. */
#define MB_CHILD_ALL_SIGNALS (~UINT64_C(0))
uint64_t mb_child_changed_signals(void);
void mb_child_default_signals(uint64_t signals);

/* Randomisation of addresses and transparent huge pages on or off, no core dump. Both outlast exec; THP belongs to the
 * memory, which may be the parent's still. Returns whether randomisation is off. */
bool mb_child_set_memory(bool aslr_on, bool thp_on);

#endif
