#include "report/where_words.h"

#include "base/path.h"
#include "base/units.h"
#include "report/words.h"
#include "sites/name_rules.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Text that is cut where it gets too long. */
typedef struct builder {
    char *text;
    size_t used;
} builder;

static void put(builder *b, const char *format, ...) MB_PRINTF(2, 3);
static void put(builder *b, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(b->text + b->used, MB_WHERE_TEXT_BYTES - b->used, format, arguments);
    va_end(arguments);
    b->used += length > 0 ? (size_t)length : 0;
    if (b->used >= MB_WHERE_TEXT_BYTES)
        b->used = MB_WHERE_TEXT_BYTES - 1;
}

static void put_rounds(builder *b, unsigned round_count, bool unicode)
{
    if (round_count > 1)
        put(b, " %s%u", unicode ? "×" : "x", round_count);
}

static const char *count_text(double count, char text[MB_UNITS_TEXT_MAX]) { return mb_format_count(count, text); }

static const char *signed_text(const mb_where *where, int64_t value, char text[MB_WHERE_TEXT_BYTES])
{
    char number[MB_UNITS_TEXT_MAX];
    const char *sign = where->is_comparison && value > 0 ? "+" : "";
    if (where->weight == MB_SITE_BLOCKS)
        snprintf(text, MB_WHERE_TEXT_BYTES, "%s%s call%s", sign, count_text((double)value, number),
                 value == 1 || value == -1 ? "" : "s");
    else
        snprintf(text, MB_WHERE_TEXT_BYTES, "%s%s", sign, mb_format_bytes((double)value, number));
    return text;
}

const char *mb_where_headline(const mb_where_finding *finding, char text[MB_WHERE_TEXT_BYTES])
{
    builder b = {text, 0};
    const mb_where *where = &finding->where;
    char total[MB_WHERE_TEXT_BYTES], rest[MB_WHERE_TEXT_BYTES];
    int64_t all = mb_where_total(where);
    text[0] = '\0';
    if (finding->obstacle != NULL) {
        put(&b, "unknown: %s", finding->obstacle);
        return text;
    }
    signed_text(where, all, total);
    const char *of = finding->is_of_pages ? "the heap's " : "";
    if (where->entry_count == 0) {
        if (all != 0)
            put(&b, "no known call site for %s%s", of, total);
        else
            put(&b, "no call site allocates more or less%s",
                finding->is_of_pages ? ": the pages are not those of live blocks" : "");
        return text;
    }
    double share = all != 0 ? 100.0 * (double)(all - where->unexplained) / (double)all : 100;
    bool is_one = where->entry_count == 1;
    put(&b, "%zu call site%s %s%s ", where->entry_count, is_one ? "" : "s", where->is_comparison ? "explain" : "hold",
        is_one ? "s" : "");
    if (where->unexplained == 0)
        put(&b, "100%% of %s%s", of, total);
    else
        put(&b, "%.*f%% of %s%s; unexplained: %s", fabs(share) < 99.95 ? 1 : 2, share, of, total,
            signed_text(where, where->unexplained, rest));
    return text;
}

const char *mb_where_size(const mb_where *where, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES])
{
    char number[MB_UNITS_TEXT_MAX];
    int64_t change = mb_where_change(where, entry);
    if (where->weight == MB_SITE_BLOCKS)
        return signed_text(where, change, text);
    snprintf(text, MB_WHERE_TEXT_BYTES, "%s%s B", where->is_comparison && change > 0 ? "+" : "",
             count_text((double)change, number));
    return text;
}

/* Bytes a block: whole where they are. */
static const char *each(int64_t bytes, int64_t block_count, char text[MB_UNITS_TEXT_MAX])
{
    return mb_format_count(block_count != 0 ? (double)bytes / (double)block_count : 0, text);
}

static void put_each(builder *b, const mb_where_entry *entry, bool is_requested, const char *arrow)
{
    char before[MB_UNITS_TEXT_MAX], after[MB_UNITS_TEXT_MAX];
    const mb_site_amounts *was = &entry->before, *is = &entry->after;
    each(is_requested ? was->requested_bytes : was->bytes, was->block_count, before);
    each(is_requested ? is->requested_bytes : is->bytes, is->block_count, after);
    if (was->block_count == 0 || strcmp(before, after) == 0)
        put(b, "%s", is->block_count != 0 ? after : before);
    else if (is->block_count == 0)
        put(b, "%s", before);
    else
        put(b, "%s %s %s", before, arrow, after);
}

const char *mb_where_blocks(const mb_where *where, const mb_where_entry *entry, bool unicode,
                            char text[MB_WHERE_TEXT_BYTES])
{
    builder b = {text, 0};
    char before[MB_UNITS_TEXT_MAX], after[MB_UNITS_TEXT_MAX];
    const char *arrow = unicode ? "→" : "->";
    int64_t was = entry->before.block_count, is = entry->after.block_count, shown = is != 0 ? is : was;
    count_text((double)was, before);
    count_text((double)is, after);
    text[0] = '\0';
    if (where->is_comparison && was != is && was != 0 && is != 0)
        put(&b, "%s %s %s blocks, ", before, arrow, after);
    else
        put(&b, "%s block%s, ", is != 0 ? after : before, shown == 1 ? "" : "s");
    put_each(&b, entry, false, arrow);
    put(&b, " B%s", shown == 1 && (was == is || was == 0 || is == 0) ? "" : " each");
    if (entry->before.bytes != entry->before.requested_bytes || entry->after.bytes != entry->after.requested_bytes) {
        put(&b, " (asked for: ");
        put_each(&b, entry, true, arrow);
        put(&b, ")");
    }
    if (where->is_comparison && was == 0)
        put(&b, ", new");
    else if (where->is_comparison && is == 0)
        put(&b, ", gone");
    return text;
}

const char *mb_where_path(const mb_where_entry *entry, size_t callers_max, bool unicode, char text[MB_WHERE_TEXT_BYTES])
{
    builder b = {text, 0};
    char name[MB_FUNCTION_NAME_BYTES];
    const mb_site_place *place = entry->place;
    const char *arrow = unicode ? "←" : "<-";
    text[0] = '\0';
    put(&b, "%s", mb_name_shorten(place->function, name));
    if (place->file != NULL)
        put(&b, " %s:%d", mb_file_name(place->file), place->line);
    else if (place->module[0] != '\0')
        put(&b, " [%s]", place->module);
    put_rounds(&b, entry->round_count, unicode);
    if (entry->was_function != NULL)
        put(&b, " (was %s)", mb_name_shorten(entry->was_function, name));
    if (entry->is_joined)
        put(&b, " and what it calls");
    for (size_t i = 0; i < entry->caller_count && i < callers_max; i++) {
        put(&b, " %s %s", arrow, mb_name_shorten(entry->callers[i].function, name));
        put_rounds(&b, entry->callers[i].round_count, unicode);
    }
    if (entry->caller_count > callers_max)
        put(&b, " %s %s", arrow, unicode ? "…" : "...");
    return text;
}

const char *mb_where_rest(const mb_where *where, size_t shown_count, char text[MB_WHERE_TEXT_BYTES])
{
    int64_t sum = 0;
    char size[MB_WHERE_TEXT_BYTES];
    text[0] = '\0';
    for (size_t i = shown_count; i < where->entry_count; i++)
        sum += mb_where_change(where, &where->entries[i]);
    if (where->entry_count > shown_count)
        snprintf(text, MB_WHERE_TEXT_BYTES, "%zu more: %.64s", where->entry_count - shown_count,
                 signed_text(where, sum, size));
    return text;
}

const mb_where_findings *mb_wheres_find(const mb_wheres *wheres, const char *case_id)
{
    for (size_t i = 0; wheres != NULL && i < wheres->case_count; i++)
        if (strcmp(wheres->cases[i].case_id, case_id) == 0)
            return &wheres->cases[i];
    return NULL;
}

const char *mb_where_label(const mb_where_findings *findings, const mb_where_finding *finding,
                           char text[MB_WHERE_TEXT_BYTES])
{
    enum { METRICS_SHOWN = 3 };
    builder b = {text, 0};
    put(&b, "where");
    for (size_t i = 0; findings->count > 1 && i < finding->metric_count && i < METRICS_SHOWN; i++)
        put(&b, "%s%s", i == 0 ? " (" : ", ", mb_words_label(finding->metrics[i]));
    if (findings->count > 1 && finding->metric_count > METRICS_SHOWN)
        put(&b, ", and %zu more", finding->metric_count - METRICS_SHOWN);
    if (findings->count > 1)
        put(&b, ")");
    return text;
}

static bool has_pages(const mb_where_finding *finding) { return finding->pages != NULL && finding->pages[0] != '\0'; }

/* Where rows are, and how much of a stack they show. */
typedef struct row_layout {
    int indent, size_columns;
    size_t callers_max;
    bool unicode;
} row_layout;

static void print_rows(FILE *file, const mb_where *where, size_t shown_max, const row_layout *layout)
{
    char text[MB_WHERE_TEXT_BYTES], size[MB_WHERE_TEXT_BYTES];
    size_t shown = where->entry_count < shown_max ? where->entry_count : shown_max;
    for (size_t i = 0; i < shown; i++) {
        const mb_where_entry *entry = &where->entries[i];
        fprintf(file, "%*s%*s  %s\n", layout->indent, "", layout->size_columns, mb_where_size(where, entry, size),
                mb_where_blocks(where, entry, layout->unicode, text));
        fprintf(file, "%*s%*s  %s\n", layout->indent, "", layout->size_columns, "",
                mb_where_path(entry, layout->callers_max, layout->unicode, text));
    }
    if (where->entry_count > shown)
        fprintf(file, "%*s%*s  %s\n", layout->indent, "", layout->size_columns, "", mb_where_rest(where, shown, text));
}

void mb_where_print_rows(FILE *file, const mb_where *where, size_t shown_max, bool unicode)
{
    const row_layout layout = {.indent = 2, .size_columns = 14, .callers_max = 8, .unicode = unicode};
    char number[MB_UNITS_TEXT_MAX];
    print_rows(file, where, shown_max, &layout);
    if (where->unexplained != 0)
        fprintf(file, "  %14s  without a known call site\n", mb_format_count((double)where->unexplained, number));
}

static void print_finding(FILE *file, const mb_where_findings *findings, const mb_where_finding *finding,
                          size_t shown_max, int indent, bool unicode)
{
    const row_layout layout = {.indent = indent, .size_columns = 12, .callers_max = 6, .unicode = unicode};
    char text[MB_WHERE_TEXT_BYTES];
    fprintf(file, "%*s%s: ", indent, "", mb_where_label(findings, finding, text));
    fprintf(file, "%s\n", mb_where_headline(finding, text));
    if (finding->obstacle != NULL)
        return;
    print_rows(file, &finding->where, shown_max, &layout);
    if (has_pages(finding))
        fprintf(file, "%*s%*s  pages: %s\n", indent, "", layout.size_columns, "", finding->pages);
}

void mb_where_print(FILE *file, const mb_where_findings *findings, mb_verdict verdict, size_t shown_max, int indent,
                    bool unicode)
{
    for (size_t i = 0; i < findings->count; i++)
        if (verdict == MB_VERDICT_COUNT || findings->items[i].verdict == verdict)
            print_finding(file, findings, &findings->items[i], shown_max, indent, unicode);
}

static void write_integer(mb_json_writer *json, const char *key, int64_t value)
{
    mb_json_write_number(json, key, (double)value); /* beyond 2^53 bytes nothing is allocated */
}

static void write_amounts(mb_json_writer *json, const char *key, const mb_site_amounts *amounts)
{
    mb_json_write_open(json, key, '{');
    write_integer(json, "block_count", amounts->block_count);
    write_integer(json, "bytes", amounts->bytes);
    write_integer(json, "requested_bytes", amounts->requested_bytes);
    mb_json_write_close(json, '}');
}

void mb_where_write_place(mb_json_writer *json, const mb_where_entry *entry)
{
    char own[MB_WHERE_TEXT_BYTES];
    mb_json_write_text(json, "function", entry->place->function);
    mb_json_write_text_if(json, "was_function", entry->was_function);
    mb_json_write_text(json, "module", entry->place->module);
    if (entry->place->file != NULL) {
        const char *path = mb_where_own_path(entry->place->file, own);
        mb_json_write_text(json, "file", path != NULL ? path : mb_file_name(entry->place->file));
        write_integer(json, "line", entry->place->line);
    }
    if (entry->is_joined)
        mb_json_write_bool(json, "with_callees", true);
    mb_json_write_open(json, "callers", '[');
    for (size_t i = 0; i < entry->caller_count; i++)
        mb_json_write_text(json, NULL, entry->callers[i].function);
    mb_json_write_close(json, ']');
}

static void write_entry(mb_json_writer *json, const mb_where *where, const mb_where_entry *entry)
{
    mb_json_write_open(json, NULL, '{');
    write_integer(json, "difference", mb_where_change(where, entry));
    if (where->is_comparison)
        write_amounts(json, "before", &entry->before);
    write_amounts(json, "after", &entry->after);
    mb_where_write_place(json, entry);
    mb_json_write_close(json, '}');
}

void mb_where_write_json(mb_json_writer *json, const char *key, const mb_where *where)
{
    static const char *const units[] = {
        [MB_SITE_BYTES] = "bytes", [MB_SITE_REQUESTED] = "requested_bytes", [MB_SITE_BLOCKS] = "block_count"};
    mb_json_write_open(json, key, '{');
    mb_json_write_text(json, "weight", units[where->weight]);
    write_integer(json, "difference", mb_where_total(where));
    write_integer(json, "unexplained", where->unexplained);
    if (where->is_comparison)
        write_amounts(json, "before", &where->before);
    write_amounts(json, "after", &where->after);
    mb_json_write_open(json, "sites", '[');
    for (size_t i = 0; i < where->entry_count; i++)
        write_entry(json, where, &where->entries[i]);
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

void mb_where_write_findings(mb_json_writer *json, const mb_where_findings *findings)
{
    if (findings == NULL)
        return;
    mb_json_write_open(json, "where", '[');
    for (size_t i = 0; i < findings->count; i++) {
        const mb_where_finding *finding = &findings->items[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_open(json, "metrics", '[');
        for (size_t m = 0; m < finding->metric_count; m++)
            mb_json_write_text(json, NULL, mb_metric_name(finding->metrics[m]));
        mb_json_write_close(json, ']');
        mb_json_write_text(json, "verdict", mb_verdict_name(finding->verdict));
        mb_json_write_text_if(json, "missing", finding->obstacle);
        if (finding->obstacle == NULL)
            mb_where_write_json(json, finding->is_of_pages ? "heap" : "growth", &finding->where);
        if (has_pages(finding))
            mb_json_write_text(json, "pages", finding->pages);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

/* The folder below which sources are the project's: the git repository around the current folder, whose root is what a
 * pull request's paths begin at, else the current folder. */
static bool find_root(char folder[PATH_MAX])
{
    char marker[PATH_MAX + 8];
    if (getcwd(folder, PATH_MAX) == NULL)
        return false;
    for (size_t length = strlen(folder); length > 0;) {
        snprintf(marker, sizeof marker, "%.*s/.git", (int)length, folder); /* of a worktree a file */
        if (access(marker, F_OK) == 0) {
            folder[length] = '\0';
            break;
        }
        while (length > 0 && folder[--length] != '/')
            ;
    }
    return true;
}

const char *mb_where_own_path(const char *path, char text[MB_WHERE_TEXT_BYTES])
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    if (path == NULL || realpath(path, resolved) == NULL || !find_root(folder))
        return NULL;
    size_t length = strlen(folder);
    if (strncmp(resolved, folder, length) != 0 || resolved[length] != '/')
        return NULL;
    snprintf(text, MB_WHERE_TEXT_BYTES, "%.*s", MB_WHERE_TEXT_BYTES - 1, resolved + length + 1);
    return text;
}
