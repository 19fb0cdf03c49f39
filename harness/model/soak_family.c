#include "model/soak_family.h"

#include <string.h>

static bool has(const mb_soak_family *family, long pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->pids[i] == pid)
            return true;
    return false;
}

static void set(mb_soak_tick *tick, mb_soak_field field, double value)
{
    tick->values[field] = value;
    tick->is_known[field] = true;
}

void mb_soak_family_next(mb_soak_family *family, const long *pids, size_t count, mb_soak_tick *tick)
{
    size_t held = count < MB_SOAK_FAMILY_MAX ? count : MB_SOAK_FAMILY_MAX, kept = 0;
    for (size_t i = 0; i < held; i++)
        kept += has(family, pids[i]);
    if (kept == 0) {
        family->process_id = pids[0];
        family->missing = 0;
    } else {
        size_t fresh = held - kept;
        family->missing += family->count - kept;
        size_t replaced = fresh < family->missing ? fresh : family->missing;
        family->replaced_count += replaced;
        family->missing -= replaced;
    }
    memcpy(family->pids, pids, held * sizeof *pids);
    family->count = held;
    set(tick, MB_SOAK_PROCESS_ID, (double)family->process_id);
    set(tick, MB_SOAK_PROCESS_COUNT, (double)count);
    set(tick, MB_SOAK_REPLACED_COUNT, (double)family->replaced_count);
}
