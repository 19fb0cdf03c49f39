/* The tables as text: a line each for modules, sites and what lives of them (sites/site_dump.h has the format). Written
 * between two windows, with a buffer of its own. */
#include "sites/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct {
    char bytes[64 * 1024];
    size_t used;
    int fd;
    bool has_failed;
} out;

static void flush(void)
{
    for (size_t at = 0; at < out.used && !out.has_failed;) {
        ssize_t written = write(out.fd, out.bytes + at, out.used - at);
        if (written > 0)
            at += (size_t)written;
        else if (written == 0 || errno != EINTR)
            out.has_failed = true;
    }
    out.used = 0;
}

static void put(const char *text, size_t length)
{
    if (out.used + length > sizeof out.bytes)
        flush();
    memcpy(out.bytes + out.used, text, length);
    out.used += length;
}

static void put_text(const char *text) { put(text, strlen(text)); }

static void put_number(uint64_t value, unsigned base)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    put(digits + at, sizeof digits - at);
}

static void put_signed(int64_t value)
{
    put_text(value < 0 ? " -" : " ");
    put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

/* A line break would end the line, and a path may have one. */
static void put_path(const char *path)
{
    for (; *path != '\0'; path++)
        put(*path == '\n' ? "?" : path, 1);
}

static void write_modules(mb_site_module *modules, size_t count, void *context)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        if (modules[i].is_written)
            continue;
        modules[i].is_written = true;
        put_text("module ");
        put_number(i, 10);
        put_text(modules[i].build_id[0] != '\0' ? " " : " -");
        put_text(modules[i].build_id);
        put_text(" ");
        put_path(modules[i].path);
        put_text("\n");
    }
}

static void write_site(mb_site *site, size_t index)
{
    const mb_site_frame *frames = mb_sites_frames() + site->frame_start;
    site->is_written = true;
    put_text("site ");
    put_number(index, 10);
    put_text(site->is_cut ? " cut" : " whole");
    for (uint32_t i = 0; i < site->frame_count; i++) {
        put_text(" ");
        if (frames[i].module == UINT32_MAX)
            put_text("-");
        else
            put_number(frames[i].module, 10);
        put_text("+");
        put_number(frames[i].offset, 16);
    }
    put_text("\n");
}

static const char *const names[MB_SITE_MOMENT_COUNT] = MB_SITE_MOMENT_NAMES;

static void put_amounts(const char *word, int moment, const mb_site_amounts *amounts)
{
    put_text(word);
    put_text(names[moment]);
    put_signed(amounts->block_count);
    put_signed(amounts->bytes);
    put_signed(amounts->requested_bytes);
}

static void write_pages(void)
{
    static const char *const kinds[MB_PAGE_KIND_COUNT] = MB_PAGE_KIND_NAMES;
    size_t count;
    const mb_page_owner *owners = mb_pages_owners(&count);
    for (size_t i = 0; i < count; i++) {
        if (owners[i].site != 0)
            continue;
        put_text("pages ");
        put_text(kinds[owners[i].kind]);
        for (int point = 0; point < 2; point++) {
            put_signed(owners[i].anon_bytes[point]);
            put_signed(owners[i].live_bytes[point]);
        }
        put_text(" ");
        put_path(owners[i].name);
        put_text("\n");
    }
}

/* Those of mappings by their call sites, under the lock. */
static void write_mapped(mb_site *all, size_t site_count)
{
    size_t count;
    const mb_page_owner *owners = mb_pages_owners(&count);
    for (size_t i = 0; i < count; i++) {
        if (owners[i].site == 0 || owners[i].site >= site_count)
            continue;
        if (!all[owners[i].site].is_written)
            write_site(&all[owners[i].site], owners[i].site);
        put_text("mapped");
        put_signed(owners[i].anon_bytes[0]);
        put_signed(owners[i].anon_bytes[1]);
        put_text(" ");
        put_number(owners[i].site, 10);
        put_text("\n");
    }
}

static bool is_nothing(const mb_site_amounts *amounts)
{
    return amounts->block_count == 0 && amounts->bytes == 0 && amounts->requested_bytes == 0;
}

static void write_rows(mb_site *site, size_t index)
{
    for (int m = 0; m < MB_SITE_MOMENT_COUNT; m++) {
        const mb_site_amounts *amounts = &site->moments[m];
        if (is_nothing(amounts))
            continue;
        if (!site->is_written)
            write_site(site, index);
        put_amounts("at ", m, amounts);
        put_text(" ");
        put_number(index, 10);
        put_text("\n");
    }
}

void mb_collector_dump(const char *path, size_t window_index, const mb_site_amounts counted[MB_SITE_MOMENT_COUNT])
{
    int saved_errno = errno;
    out.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    out.has_failed = out.fd < 0;
    if (window_index == 0)
        put_text("membench-sites 1\n");
    put_text("window ");
    put_number(window_index, 10);
    put_text("\n");
    for (int m = 0; m < MB_SITE_MOMENT_COUNT; m++) {
        put_amounts("counted ", m, &counted[m]);
        put_text("\n");
    }
    write_pages();
    mb_modules_see(write_modules, NULL);
    mb_collector_lock();
    size_t count;
    mb_site *all = mb_sites_all(&count);
    write_mapped(all, count);
    for (size_t i = 0; i < count; i++)
        write_rows(&all[i], i);
    mb_collector_unlock();
    put_text("end\n");
    flush();
    if (out.fd >= 0)
        close(out.fd);
    errno = saved_errno;
}
