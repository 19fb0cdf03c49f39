/* Without elfutils there are no names: module and offset are what is left. */
#include "sites/site_file.h"

mb_status mb_site_file_open(const char *path, const char *build_id, mb_arena *arena, mb_site_file **file)
{
    (void)path, (void)build_id, (void)arena;
    *file = NULL;
    return MB_OK;
}

void mb_site_file_close(mb_site_file *file) { (void)file; }

size_t mb_site_file_find(mb_site_file *file, uint64_t return_address, mb_site_name names[MB_SITE_INLINES_MAX])
{
    (void)file, (void)return_address, (void)names;
    return 0;
}

bool mb_site_file_lacks_memory(const mb_site_file *file)
{
    (void)file;
    return false;
}

const char *mb_site_file_obstacle(void)
{
    return "built without elfutils: functions have no names; do: install libdw-dev and build again";
}
