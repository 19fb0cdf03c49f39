#include "process/open_files.h"

#include <stdint.h>
#include <sys/resource.h>

/* Two pipes for each job, four ends while it starts; what a tracer holds of it; and what the coordinator has open. */
enum { FILES_OF_COORDINATOR = 20, FILES_OF_JOB = 4 };

mb_status mb_open_files_check(size_t job_count, mb_error *error)
{
    struct rlimit limit;
    rlim_t needed = FILES_OF_COORDINATOR + FILES_OF_JOB * (rlim_t)job_count;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return MB_OK;
    return mb_error_set(error, MB_ERROR_SYSTEM,
                        "%zu at a time need %llu open files, and the limit is %llu: raise it (ulimit -n %llu)%s",
                        job_count, (unsigned long long)needed, (unsigned long long)limit.rlim_cur,
                        (unsigned long long)needed, job_count > 1 ? ", or take fewer --jobs" : "");
}

size_t mb_open_files_jobs(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return limit.rlim_cur < FILES_OF_COORDINATOR ? 0 : (size_t)(limit.rlim_cur - FILES_OF_COORDINATOR) / FILES_OF_JOB;
}
