/* The reader: opens the files of this process once and picks the source of each number. */
#include "readings/readings.h"

#include "readings/pagemap_scan.h"
#include "readings/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const source_names[MB_RSS_SOURCE_COUNT] = {
    [MB_RSS_STATUS] = "status", [MB_RSS_SMAPS_ROLLUP] = "smaps_rollup", [MB_RSS_PS] = "ps"};

static const struct {
    const char *path;
    int flags;
} files[MB_FILE_COUNT] = {
    [MB_FILE_STATM] = {"/proc/self/statm", O_RDONLY},
    [MB_FILE_STATUS] = {"/proc/self/status", O_RDONLY},
    [MB_FILE_SMAPS_ROLLUP] = {"/proc/self/smaps_rollup", O_RDONLY},
    [MB_FILE_PAGEMAP] = {"/proc/self/pagemap", O_RDONLY},
    [MB_FILE_CLEAR_REFS] = {"/proc/self/clear_refs", O_WRONLY},
};

const char *mb_rss_source_name(mb_rss_source source) { return source_names[source]; }

bool mb_rss_source_find(const char *name, mb_rss_source *source)
{
    for (int i = 0; i < MB_RSS_SOURCE_COUNT; i++) {
        if (strcmp(name, source_names[i]) == 0) {
            *source = (mb_rss_source)i;
            return true;
        }
    }
    return false;
}

/* The path goes where the texts go: on the stack it would be a new page of a process whose pages are counted. */
static int open_file(mb_reader *reader, const char *root, mb_reader_file file)
{
    char *path = reader->buffer.text;
    if (!mb_proc_join(root, files[file].path, path, sizeof reader->buffer.text)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, files[file].flags | O_CLOEXEC);
}

/* Each reader is called once: that binds lazily bound functions, maps the code and touches the stack, so that no later
 * call does. For status a call that fails and a line of its kind do, without the kernel, which takes longer to write
 * the file than all the rest. */
static void warm_up_sizes(mb_reader *reader)
{
    static const char line[] = "VmRSS:\t1 kB\n";
    char *text = reader->buffer.text;
    size_t length;
    int64_t unused = 0;
    if (reader->rss_source != MB_RSS_STATUS) {
        mb_memory_read(reader, &reader->discarded);
    } else if (!mb_proc_read(-1, text, sizeof reader->buffer.text, &length)) {
        memcpy(text, line, sizeof line);
        mb_status_parse(text, sizeof line - 1, &reader->discarded);
    }
    mb_faults_read(&unused);
}

/* The probe of PAGEMAP_SCAN has done that for the scan. */
static void warm_up_addresses(mb_reader *reader)
{
    int64_t unused = 0;
    mb_region_read(reader, reader->buffer.text, 1, &unused);
    if (reader->scan_end == 0)
        mb_footprint_read(reader, &unused);
}

static void init(mb_reader *reader, mb_rss_source rss_source)
{
    memset(reader, 0, sizeof *reader);
    reader->rss_source = rss_source;
    reader->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < MB_FILE_COUNT; i++)
        reader->descriptors[i] = -1;
}

static void open_one(mb_reader *reader, const char *root, mb_reader_file file)
{
    reader->descriptors[file] = open_file(reader, root, file);
    reader->errors[file] = reader->descriptors[file] < 0 ? errno : 0;
}

void mb_reader_open_sizes(mb_reader *reader, const char *root, mb_rss_source rss_source)
{
    init(reader, rss_source);
    open_one(reader, root, MB_FILE_STATUS);
    if (rss_source != MB_RSS_STATUS)
        open_one(reader, root, MB_FILE_SMAPS_ROLLUP);
    warm_up_sizes(reader);
}

bool mb_reader_open_addresses(mb_reader *reader, const char *root)
{
    if (reader->descriptors[MB_FILE_PAGEMAP] >= 0)
        return false;
    open_one(reader, root, MB_FILE_PAGEMAP);
    mb_pagemap_scan_probe(reader);
    if (reader->scan_end == 0 && reader->descriptors[MB_FILE_SMAPS_ROLLUP] < 0)
        open_one(reader, root, MB_FILE_SMAPS_ROLLUP);
    warm_up_addresses(reader);
    return true;
}

void mb_reader_open_peak(mb_reader *reader, const char *root)
{
    open_one(reader, root, MB_FILE_CLEAR_REFS);
    reader->peak_error = mb_peak_reset(reader) ? 0 : errno;
}

void mb_reader_open(mb_reader *reader, const char *root, mb_rss_source rss_source)
{
    int64_t unused = 0;
    mb_reader_open_sizes(reader, root, rss_source);
    if (rss_source == MB_RSS_STATUS)
        open_one(reader, root, MB_FILE_SMAPS_ROLLUP);
    mb_reader_open_addresses(reader, root);
    open_one(reader, root, MB_FILE_STATM);
    mb_statm_read(reader, &unused);
    mb_reader_open_peak(reader, root);
}

void mb_reader_open_statm(mb_reader *reader, const char *root)
{
    init(reader, MB_RSS_STATUS);
    open_one(reader, root, MB_FILE_STATM);
    int64_t unused;
    mb_statm_read_anon(reader, &unused);
}

void mb_reader_close(mb_reader *reader)
{
    for (int i = 0; i < MB_FILE_COUNT; i++) {
        if (reader->descriptors[i] >= 0)
            close(reader->descriptors[i]);
        reader->descriptors[i] = -1;
        reader->errors[i] = EBADF;
    }
    reader->scan_end = 0;
    reader->scan_error = EBADF;
}

/* snprintf would cost the measured process pages. */
static void explain(char reason[MB_READER_REASON_BYTES], const char *verb, const char *path, const char *why)
{
    mb_proc_copy(reason, MB_READER_REASON_BYTES, verb);
    mb_proc_append(reason, MB_READER_REASON_BYTES, path);
    mb_proc_append(reason, MB_READER_REASON_BYTES, ": ");
    mb_proc_append(reason, MB_READER_REASON_BYTES, why);
}

bool mb_reader_explain(const mb_reader *reader, mb_reader_file file, char reason[MB_READER_REASON_BYTES])
{
    if (reader->errors[file] != 0) {
        explain(reason, "cannot open ", files[file].path, strerror(reader->errors[file]));
        return true;
    }
    if (file == MB_FILE_CLEAR_REFS && reader->peak_error != 0) {
        explain(reason, "cannot write ", files[file].path, strerror(reader->peak_error));
        return true;
    }
    return false;
}

bool mb_reader_explain_scan(const mb_reader *reader, char reason[MB_READER_REASON_BYTES])
{
    if (mb_reader_explain(reader, MB_FILE_PAGEMAP, reason))
        return true;
    if (reader->scan_end != 0)
        return false;
    if (reader->scan_error == ENOTTY)
        mb_proc_copy(reason, MB_READER_REASON_BYTES, "this kernel has no PAGEMAP_SCAN (needs Linux 6.7)");
    else
        explain(reason, "PAGEMAP_SCAN of ", files[MB_FILE_PAGEMAP].path, strerror(reader->scan_error));
    return true;
}

/* smaps_rollup knows neither peak nor page tables; both are taken from status where that can be read. */
static bool read_rollup_and_status(mb_reader *reader, mb_memory_reading *reading)
{
    mb_memory_reading status;
    if (!mb_smaps_rollup_read(reader, reading))
        return false;
    if (!mb_status_read(reader, &status))
        return true;
    reading->peak_rss_bytes = status.peak_rss_bytes;
    reading->page_table_bytes = status.page_table_bytes;
    reading->valid |= status.valid & (MB_READING_PEAK | MB_READING_PAGE_TABLE);
    return true;
}

bool mb_memory_read(mb_reader *reader, mb_memory_reading *reading)
{
    bool is_read = false;
    switch (reader->rss_source) {
    case MB_RSS_STATUS:
        is_read = mb_status_read(reader, reading);
        break;
    case MB_RSS_SMAPS_ROLLUP:
        is_read = read_rollup_and_status(reader, reading);
        break;
    case MB_RSS_PS:
    case MB_RSS_SOURCE_COUNT:
        break;
    }
    if (!is_read)
        memset(reading, 0, sizeof *reading);
    return is_read;
}

bool mb_footprint_read(mb_reader *reader, int64_t *footprint_bytes)
{
    mb_memory_reading rollup = {.valid = 0};
    if (mb_pagemap_scan_read(reader, footprint_bytes))
        return true;
    (void)mb_smaps_rollup_read(reader, &rollup);
    if ((rollup.valid & MB_READING_FOOTPRINT) == 0)
        return false;
    *footprint_bytes = rollup.footprint_bytes;
    return true;
}
