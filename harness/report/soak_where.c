#include "report/soak_where.h"

#include "base/units.h"

#include <math.h>

enum { SHOWN = 10, CALLERS_SHOWN = 8, SIZE_COLUMNS = 22 };

/* What is not whole keeps three digits: 0.1, 0.025. */
static const char *rate_text(double amount, double operation_count, char text[MB_UNITS_TEXT_MAX])
{
    double rate = amount / operation_count;
    if (fabs(rate) < 100 && rate != floor(rate))
        snprintf(text, MB_UNITS_TEXT_MAX, "%.3g", rate);
    else
        mb_format_count(rate, text);
    return text;
}

mb_status mb_soak_kept_find(const mb_soak_where *where, mb_soak_kept *kept, mb_error *error)
{
    *kept = (mb_soak_kept){.operation_count = where->operation_count};
    mb_status status = mb_where_compare(NULL, where->view, MB_SITE_BYTES, &kept->arena, &kept->where, error);
    size_t count = 0; /* the largest come first, and what was given back last */
    while (status == MB_OK && count < kept->where.entry_count &&
           mb_where_change(&kept->where, &kept->where.entries[count]) > 0)
        count++;
    kept->where.entry_count = count;
    return status;
}

void mb_soak_kept_fini(mb_soak_kept *kept) { mb_arena_fini(&kept->arena); }

const char *mb_soak_kept_headline(const mb_soak_where *where, const mb_soak_kept *kept, char text[MB_WHERE_TEXT_BYTES])
{
    char rate[MB_UNITS_TEXT_MAX], operations[MB_UNITS_TEXT_MAX];
    int64_t bytes = 0;
    if (where->obstacle != NULL || kept == NULL) {
        snprintf(text, MB_WHERE_TEXT_BYTES, "unknown: %s", where->obstacle != NULL ? where->obstacle : "out of memory");
        return text;
    }
    for (size_t i = 0; i < kept->where.entry_count; i++)
        bytes += mb_where_change(&kept->where, &kept->where.entries[i]);
    mb_format_count(kept->operation_count, operations);
    if (kept->where.entry_count == 0)
        snprintf(
            text, MB_WHERE_TEXT_BYTES,
            "no call site keeps anything over %s operations: what grows is rarer, or neither of the heap nor mapped",
            operations);
    else
        snprintf(text, MB_WHERE_TEXT_BYTES,
                 "%zu call site%s %s B per operation, counted over %s operations after as many",
                 kept->where.entry_count, kept->where.entry_count == 1 ? " keeps" : "s keep",
                 rate_text((double)bytes, kept->operation_count, rate), operations);
    return text;
}

const char *mb_soak_kept_size(const mb_soak_kept *kept, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES])
{
    char rate[MB_UNITS_TEXT_MAX];
    snprintf(text, MB_WHERE_TEXT_BYTES, "%s B per operation",
             rate_text((double)mb_where_change(&kept->where, entry), kept->operation_count, rate));
    return text;
}

const char *mb_soak_kept_blocks(const mb_soak_kept *kept, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES])
{
    char rate[MB_UNITS_TEXT_MAX], each[MB_UNITS_TEXT_MAX], requested[MB_UNITS_TEXT_MAX];
    const mb_site_amounts *amounts = &entry->after;
    double count = (double)amounts->block_count;
    bool is_one = count == kept->operation_count, is_rounded = amounts->bytes != amounts->requested_bytes;
    if (amounts->block_count == 0 && amounts->requested_bytes == 0)
        snprintf(text, MB_WHERE_TEXT_BYTES, "pages of what it mapped");
    else if (amounts->block_count <= 0) /* larger blocks instead of smaller ones */
        snprintf(text, MB_WHERE_TEXT_BYTES, "no more blocks");
    else
        snprintf(text, MB_WHERE_TEXT_BYTES, "%s block%s per operation, %s B each%s%s%s",
                 rate_text(count, kept->operation_count, rate), is_one ? "" : "s",
                 mb_format_count((double)amounts->bytes / count, each), is_rounded ? " (asked for: " : "",
                 is_rounded ? mb_format_count((double)amounts->requested_bytes / count, requested) : "",
                 is_rounded ? ")" : "");
    return text;
}

void mb_soak_where_print(FILE *file, const mb_soak_where *where, bool unicode)
{
    char text[MB_WHERE_TEXT_BYTES], size[MB_WHERE_TEXT_BYTES];
    mb_soak_kept kept = {0};
    mb_error ignored;
    bool is_known = where->view != NULL && mb_soak_kept_find(where, &kept, &ignored) == MB_OK;
    fprintf(file, "  where: %s\n", mb_soak_kept_headline(where, is_known ? &kept : NULL, text));
    for (size_t i = 0; is_known && i < kept.where.entry_count && i < SHOWN; i++) {
        const mb_where_entry *entry = &kept.where.entries[i];
        fprintf(file, "  %*s  %s\n", SIZE_COLUMNS, mb_soak_kept_size(&kept, entry, size),
                mb_soak_kept_blocks(&kept, entry, text));
        fprintf(file, "  %*s  %s\n", SIZE_COLUMNS, "", mb_where_path(entry, CALLERS_SHOWN, unicode, text));
    }
    if (is_known && kept.where.entry_count > SHOWN)
        fprintf(file, "  %*s  %s\n", SIZE_COLUMNS, "", mb_where_rest(&kept.where, SHOWN, text));
    mb_soak_kept_fini(&kept);
}
