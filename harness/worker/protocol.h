/* protocol.h: the version that bench programs and the coordinator both speak (docs/protocol.md). */
#ifndef MEMBENCH_WORKER_PROTOCOL_H
#define MEMBENCH_WORKER_PROTOCOL_H

enum {
    MB_PROTOCOL_VERSION = 1,
    MB_PROTOCOL_EXIT_CLOSED = 113 /* exit code: the case closed a descriptor that it is measured with */
};

#endif
