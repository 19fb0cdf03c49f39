#include "model/case_flags.h"

const mb_flag_name mb_flag_names[MB_FLAG_NAME_COUNT] = {
    {MB_CASE_THREADS, "threads"},       {MB_CASE_TIME_RUN_ONLY, "time_run_only"},
    {MB_CASE_COLD_ONLY, "cold_only"},   {MB_CASE_SETUP_EACH_RUN, "setup_each_run"},
    {MB_CASE_FROM_START, "from_start"},
};
