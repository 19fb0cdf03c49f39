/* Whose the anonymous pages are: at B and at E1 every mapping's, from /proc/self/smaps, by what it is. The collector's
 * own mappings are marked MADV_DONTDUMP, which keeps the kernel from merging them with others and shows in VmFlags. */
#include "sites/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { OWNERS_MAX = 256, PIECES_MAX = 4096, LINE_BYTES = 1024 };

static mb_page_owner owners[OWNERS_MAX];
static mb_live_blocks live; /* of one mapping */
static char buffer[64 * 1024], line[LINE_BYTES];
static mb_mapping pieces[PIECES_MAX];
static uint64_t entries[512]; /* of pagemap */
static size_t owner_count;

/* One mapping as it is read, line by line. */
typedef struct area {
    uintptr_t start, end;
    uint64_t anon_bytes;
    bool is_own, is_heap, is_stack, is_shared;
    enum { WAY_ANON, WAY_EXCLUSIVE, WAY_ALL } way; /* to count its pages: see find_way */
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

/* Behind the last one for which there is room, what is mapped is without a call site. */
static mb_page_owner *owner_of(mb_page_kind kind, const char *name, uint32_t site)
{
    for (size_t i = 0; i < owner_count; i++)
        if (owners[i].kind == kind && owners[i].site == site && strcmp(owners[i].name, name) == 0)
            return &owners[i];
    if (owner_count == OWNERS_MAX || (site != 0 && owner_count > OWNERS_MAX / 2))
        return site != 0 ? owner_of(kind, name, 0) : NULL;
    mb_page_owner *added = &owners[owner_count++];
    *added = (mb_page_owner){.kind = kind, .site = site};
    strncpy(added->name, name, sizeof added->name - 1);
    return added;
}

/* What is there between two addresses, by the page. */
typedef struct present {
    int64_t all_bytes;       /* also pages of files, such as those of shared memory */
    int64_t anon_bytes;      /* of no file: written to, or only read: the page of zeros */
    int64_t exclusive_bytes; /* of these in no other process: neither the page of zeros nor what was shared by a fork */
} present;

static present present_in(uintptr_t start, uintptr_t end)
{
    enum { ENTRIES = sizeof entries / sizeof entries[0] };
    const uint64_t is_present = UINT64_C(1) << 63, is_of_file = UINT64_C(1) << 61, is_exclusive = UINT64_C(1) << 56;
    int64_t page_bytes = sysconf(_SC_PAGESIZE);
    uintptr_t page = start / (uintptr_t)page_bytes;
    uintptr_t last = (end + (uintptr_t)page_bytes - 1) / (uintptr_t)page_bytes;
    present sum = {0};
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && page < last) {
        size_t wanted = last - page < ENTRIES ? (size_t)(last - page) : (size_t)ENTRIES;
        ssize_t length = pread(fd, entries, wanted * sizeof *entries, (off_t)(page * sizeof *entries));
        if (length < (ssize_t)sizeof *entries)
            break;
        for (size_t i = 0; i < (size_t)length / sizeof *entries; i++) {
            if ((entries[i] & is_present) == 0)
                continue;
            sum.all_bytes += page_bytes;
            sum.anon_bytes += (entries[i] & is_of_file) == 0 ? page_bytes : 0;
            sum.exclusive_bytes += (entries[i] & (is_of_file | is_exclusive)) == is_exclusive ? page_bytes : 0;
        }
        page += (uintptr_t)length / sizeof *entries;
    }
    if (fd >= 0)
        close(fd);
    return sum;
}

/* How pages of a mapping are counted that has several owners: in the way by which all of it is what the kernel says. */
static void find_way(area *a)
{
    present whole = present_in(a->start, a->end);
    a->way = a->is_shared ? WAY_ALL
             : whole.anon_bytes != (int64_t)a->anon_bytes && whole.exclusive_bytes == (int64_t)a->anon_bytes
                 ? WAY_EXCLUSIVE
                 : WAY_ANON;
}

static int64_t present_bytes(const area *a, uintptr_t start, uintptr_t end)
{
    present found = present_in(start, end);
    return a->way == WAY_ALL ? found.all_bytes : a->way == WAY_EXCLUSIVE ? found.exclusive_bytes : found.anon_bytes;
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

static void add_of(mb_page_kind kind, const char *name, uint32_t site, int point, int64_t anon_bytes,
                   int64_t live_bytes)
{
    if (anon_bytes == 0 && live_bytes == 0)
        return;
    mb_page_owner *owner = owner_of(kind, name, site);
    if (owner == NULL)
        return;
    owner->anon_bytes[point] += anon_bytes;
    owner->live_bytes[point] += live_bytes;
}

static void add(mb_page_kind kind, const char *name, int point, int64_t anon_bytes, int64_t live_bytes)
{
    add_of(kind, name, 0, point, anon_bytes, live_bytes);
}

/* Blocks that have a mapping of their own, each counted by its pages: such mappings, too, are merged with others. */
static void add_mapped_blocks(const area *a, int point)
{
    int64_t sum = 0;
    for (size_t i = 0; i < live.large_count; i++)
        sum += present_bytes(a, live.large[i].start, live.large[i].end);
    sum = sum < (int64_t)a->anon_bytes ? sum : (int64_t)a->anon_bytes;
    add(MB_PAGES_HEAP, "", point, sum, live.bytes);
    add(mb_threads_have_stack(a->start, a->end) ? MB_PAGES_THREADS : MB_PAGES_MAPPED, "", point,
        (int64_t)a->anon_bytes - sum, 0);
}

static void add_nameless(const area *a, int point)
{
    struct lookup lookup = {.start = a->start};
    mb_collector_live_in(a->start, a->end, &live);
    if (live.small_count > 0) { /* an arena */
        add(MB_PAGES_HEAP, "", point, (int64_t)a->anon_bytes, live.bytes);
        return;
    }
    mb_modules_see(find_module, &lookup);
    int64_t data_bytes = 0;
    if (lookup.name[0] != '\0') {
        data_bytes = present_bytes(a, a->start, lookup.end < a->end ? lookup.end : a->end);
        const char *name = name_of(lookup.name);
        bool is_own = is_own_name(name);
        add(is_own ? MB_PAGES_OWN : MB_PAGES_DATA, is_own ? "" : name, point, data_bytes, 0);
    }
    area rest = *a;
    rest.anon_bytes -= data_bytes < (int64_t)a->anon_bytes ? (uint64_t)data_bytes : a->anon_bytes;
    add_mapped_blocks(&rest, point);
}

/* What the program has not mapped itself. */
static void add_rest(const area *a, int point)
{
    bool is_file = a->name[0] == '/';
    if (a->anon_bytes == 0 && !a->is_heap)
        return;
    if (a->is_shared)
        add(MB_PAGES_MAPPED, "", point, (int64_t)a->anon_bytes, 0);
    else if (is_file)
        add(MB_PAGES_DATA, name_of(a->name), point, (int64_t)a->anon_bytes, 0);
    else if (a->is_heap) {
        mb_collector_live_in(a->start, a->end, &live);
        add(MB_PAGES_HEAP, "", point, (int64_t)a->anon_bytes, live.bytes);
    } else {
        add_nameless(a, point);
    }
}

/* The kernel merges neighbours that are alike, so a mapping of its list may be several of the program's, and what lies
 * between them another's. */
static void add_pieces(const area *a, int point, size_t piece_count)
{
    uintptr_t at = a->start;
    for (size_t i = 0; i <= piece_count; i++) {
        area gap = *a;
        gap.start = at;
        gap.end = i < piece_count ? pieces[i].start : a->end;
        if (gap.start < gap.end) {
            gap.anon_bytes = (uint64_t)present_bytes(a, gap.start, gap.end);
            add_rest(&gap, point);
        }
        if (i == piece_count)
            break;
        bool is_all = pieces[i].start == a->start && pieces[i].end == a->end;
        bool is_own = pieces[i].site == MB_MAPPING_OWN;
        add_of(is_own ? MB_PAGES_OWN : MB_PAGES_MAPPED, "", is_own ? 0 : pieces[i].site, point,
               is_all ? (int64_t)a->anon_bytes : present_bytes(a, pieces[i].start, pieces[i].end), 0);
        at = pieces[i].end;
    }
}

/* What has blocks in it is an allocator's, whoever called mmap: one that maps before its first malloc, say. */
static bool has_blocks(const mb_mapping *piece)
{
    mb_collector_live_in(piece->start, piece->end, &live);
    return live.small_count + live.large_count > 0;
}

static void account(area *a, int point)
{
    if (a->anon_bytes == 0 && !a->is_heap)
        return;
    if (a->is_own || (a->name[0] == '/' && is_own_name(name_of(a->name)))) {
        add(MB_PAGES_OWN, "", point, (int64_t)a->anon_bytes, 0);
    } else if (a->is_stack) {
        add(MB_PAGES_STACK, "", point, (int64_t)a->anon_bytes, 0);
    } else {
        find_way(a);
        size_t found_count = mb_mappings_in(a->start, a->end, pieces, PIECES_MAX), piece_count = 0;
        for (size_t i = 0; i < found_count; i++)
            if (!has_blocks(&pieces[i]))
                pieces[piece_count++] = pieces[i];
        if (piece_count > 0)
            add_pieces(a, point, piece_count);
        else
            add_rest(a, point);
    }
}

void mb_pages_take(int point)
{
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

/* Storage that is first written to between two looks at a page would be counted twice: so all of it is before. */
void mb_pages_prepare(void)
{
    memset(owners, 0, sizeof owners);
    memset(&live, 0, sizeof live);
    memset(pieces, 0, sizeof pieces);
    memset(buffer, 0, sizeof buffer);
    mb_pages_take(0);
}

const mb_page_owner *mb_pages_owners(size_t *count)
{
    *count = owner_count;
    return owners;
}
