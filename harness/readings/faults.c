/* getrusage: minor page faults. Its ru_maxrss is never used: it begins at the size of whoever started the process. */
#include "readings/readings.h"

#include <sys/resource.h>

bool mb_faults_read(int64_t *minor_count)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return false;
    *minor_count = usage.ru_minflt;
    return true;
}
