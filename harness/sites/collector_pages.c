/* Whose the anonymous pages are: at B and at E1 every mapping's, from /proc/self/smaps, by what it is. The collector's
 * own mappings are marked MADV_DONTDUMP, which keeps the kernel from merging them with others and shows in VmFlags. */
#include "sites/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { OWNERS_MAX = 64, LINE_BYTES = 1024 };

static mb_page_owner owners[OWNERS_MAX];
static size_t owner_count;

/* One mapping as it is read, line by line. */
typedef struct area {
    uintptr_t start, end;
    uint64_t anon_bytes;
    bool is_own, is_heap, is_stack, is_shared;
    char name[MB_MODULE_PATH_BYTES];
} area;

static const char *read_hex(const char *at, uintptr_t *value)
{
    for (*value = 0;; at++) {
        unsigned digit = *at >= '0' && *at <= '9'   ? (unsigned)(*at - '0')
                         : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a' + 10)
                                                    : 16;
        if (digit == 16)
            return at;
        *value = *value << 4 | digit;
    }
}

/* "55d0c0a1f000-55d0c0a20000 rw-p 0002b000 08:01 1234   /usr/bin/x" begins a mapping; false: another line. */
static bool begin_area(const char *line, area *a)
{
    uintptr_t start, end;
    const char *at = read_hex(line, &start);
    if (at == line || *at != '-')
        return false;
    at = read_hex(at + 1, &end);
    if (*at != ' ')
        return false;
    *a = (area){.start = start, .end = end};
    for (int field = 0; field < 4; field++) { /* access, offset, device, inode */
        while (*at == ' ')
            at++;
        while (*at != ' ' && *at != '\0')
            at++;
    }
    while (*at == ' ')
        at++;
    size_t length = strlen(at);
    length = length < sizeof a->name ? length : sizeof a->name - 1;
    memcpy(a->name, at, length);
    a->is_heap = strcmp(at, "[heap]") == 0;
    a->is_stack = strcmp(at, "[stack]") == 0;
    static const char *const shared[] = {"/dev/zero (deleted)", "/memfd:", "/SYSV", "/dev/shm/"};
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        a->is_shared |= strncmp(at, shared[i], strlen(shared[i])) == 0;
    return true;
}

static void take_detail(const char *line, area *a)
{
    /* Shared memory counts with what is resident of it. */
    const char *key = a->is_shared ? "Rss:" : "Anonymous:";
    if (strncmp(line, key, strlen(key)) == 0) {
        for (const char *at = line + strlen(key); *at != '\0'; at++)
            if (*at >= '0' && *at <= '9')
                a->anon_bytes = a->anon_bytes * 10 + (uint64_t)(*at - '0');
        a->anon_bytes *= 1024;
    } else if (strncmp(line, "VmFlags:", 8) == 0) {
        a->is_own = strstr(line, " dd") != NULL;
    }
}

static mb_page_owner *owner_of(mb_page_kind kind, const char *name)
{
    for (size_t i = 0; i < owner_count; i++)
        if (owners[i].kind == kind && strcmp(owners[i].name, name) == 0)
            return &owners[i];
    if (owner_count == OWNERS_MAX)
        return NULL;
    mb_page_owner *added = &owners[owner_count++];
    *added = (mb_page_owner){.kind = kind};
    strncpy(added->name, name, sizeof added->name - 1);
    return added;
}

/* Anonymous bytes that are there between two addresses, by the page. */
static int64_t present_bytes(uintptr_t start, uintptr_t end)
{
    static uint64_t entries[512];
    enum { ENTRIES = sizeof entries / sizeof entries[0] };
    const uint64_t present = UINT64_C(1) << 63, of_file = UINT64_C(1) << 61;
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE), page = start / page_bytes;
    uintptr_t last = (end + page_bytes - 1) / page_bytes;
    int64_t sum = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && page < last) {
        size_t wanted = last - page < ENTRIES ? (size_t)(last - page) : (size_t)ENTRIES;
        ssize_t length = pread(fd, entries, wanted * sizeof *entries, (off_t)(page * sizeof *entries));
        if (length < (ssize_t)sizeof *entries)
            break;
        for (size_t i = 0; i < (size_t)length / sizeof *entries; i++)
            sum += (entries[i] & present) != 0 && (entries[i] & of_file) == 0 ? (int64_t)page_bytes : 0;
        page += (uintptr_t)length / sizeof *entries;
    }
    if (fd >= 0)
        close(fd);
    return sum;
}

/* The module whose zeroed data a mapping without a name begins with, and where that ends: what the program maps behind
 * it the kernel may have merged with it. */
struct lookup {
    uintptr_t start, end;
    char name[MB_MODULE_PATH_BYTES];
};

static void find_module(mb_site_module *modules, size_t count, void *context)
{
    struct lookup *lookup = context;
    for (size_t i = 0; i < count; i++)
        if (!modules[i].is_gone && lookup->start >= modules[i].start && lookup->start < modules[i].end) {
            memcpy(lookup->name, modules[i].path, sizeof lookup->name);
            lookup->end = modules[i].end;
        }
}

/* The program is the program, whatever its file is called. */
static const char *name_of(const char *path)
{
    if (strcmp(path, mb_modules_program()) == 0)
        return "";
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_own_name(const char *name)
{
    return strncmp(name, "libmembench_sites.", 18) == 0 || strncmp(name, "libunwind", 9) == 0;
}

static void add(mb_page_kind kind, const char *name, int point, int64_t anon_bytes, int64_t live_bytes)
{
    mb_page_owner *owner = owner_of(kind, name);
    if (owner == NULL || (anon_bytes == 0 && live_bytes == 0))
        return;
    owner->anon_bytes[point] += anon_bytes;
    owner->live_bytes[point] += live_bytes;
}

/* Blocks that have a mapping of their own, each counted by its pages: such mappings, too, are merged with others. */
static void add_mapped_blocks(const area *a, int point, const mb_live_blocks *live)
{
    int64_t sum = 0;
    for (size_t i = 0; i < live->large_count; i++)
        sum += present_bytes(live->large[i].start, live->large[i].end);
    sum = sum < (int64_t)a->anon_bytes ? sum : (int64_t)a->anon_bytes;
    add(MB_PAGES_HEAP, "", point, sum, live->bytes);
    add(MB_PAGES_MAPPED, "", point, (int64_t)a->anon_bytes - sum, 0);
}

static void add_nameless(const area *a, int point)
{
    static mb_live_blocks live;
    struct lookup lookup = {.start = a->start};
    mb_collector_live_in(a->start, a->end, &live);
    if (live.small_count > 0) { /* an arena */
        add(MB_PAGES_HEAP, "", point, (int64_t)a->anon_bytes, live.bytes);
        return;
    }
    mb_modules_see(find_module, &lookup);
    int64_t data_bytes = 0;
    if (lookup.name[0] != '\0') {
        data_bytes = present_bytes(a->start, lookup.end < a->end ? lookup.end : a->end);
        const char *name = name_of(lookup.name);
        bool is_own = is_own_name(name);
        add(is_own ? MB_PAGES_OWN : MB_PAGES_DATA, is_own ? "" : name, point, data_bytes, 0);
    }
    area rest = *a;
    rest.anon_bytes -= data_bytes < (int64_t)a->anon_bytes ? (uint64_t)data_bytes : a->anon_bytes;
    add_mapped_blocks(&rest, point, &live);
}

static void account(const area *a, int point)
{
    static mb_live_blocks live;
    bool is_file = a->name[0] == '/';
    const char *name = is_file ? name_of(a->name) : "";
    if (a->anon_bytes == 0 && !a->is_heap)
        return;
    if (a->is_own || is_own_name(name))
        add(MB_PAGES_OWN, "", point, (int64_t)a->anon_bytes, 0);
    else if (a->is_shared)
        add(MB_PAGES_MAPPED, "", point, (int64_t)a->anon_bytes, 0);
    else if (a->is_stack)
        add(MB_PAGES_STACK, "", point, (int64_t)a->anon_bytes, 0);
    else if (is_file)
        add(MB_PAGES_DATA, name, point, (int64_t)a->anon_bytes, 0);
    else if (a->is_heap) {
        mb_collector_live_in(a->start, a->end, &live);
        add(MB_PAGES_HEAP, "", point, (int64_t)a->anon_bytes, live.bytes);
    } else {
        add_nameless(a, point);
    }
}

void mb_pages_take(int point)
{
    static char buffer[64 * 1024], line[LINE_BYTES];
    static area current;
    size_t used = 0;
    bool is_open = false;
    int saved_errno = errno;
    if (point == 0)
        owner_count = 0;
    int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
    for (ssize_t length; fd >= 0 && (length = read(fd, buffer, sizeof buffer)) > 0;)
        for (ssize_t i = 0; i < length; i++) {
            if (buffer[i] != '\n') {
                if (used < sizeof line - 1)
                    line[used++] = buffer[i];
                continue;
            }
            line[used] = '\0';
            used = 0;
            area next;
            if (!begin_area(line, &next)) {
                take_detail(line, &current);
                continue;
            }
            if (is_open)
                account(&current, point);
            current = next;
            is_open = true;
        }
    if (is_open)
        account(&current, point);
    if (fd >= 0)
        close(fd);
    errno = saved_errno;
}

const mb_page_owner *mb_pages_owners(size_t *count)
{
    *count = owner_count;
    return owners;
}
