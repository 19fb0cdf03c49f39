#include "features/allocators/matrix.h"

#include "base/units.h"
#include "base/utf8.h"
#include "report/markdown.h"
#include "report/records.h"

#include <errno.h>
#include <string.h>

enum { NAME_COLUMNS = 24, VALUE_COLUMNS = 12 };

static const struct {
    const char *group, *name, *field;
} columns[MB_MATRIX_COLUMN_COUNT] = {
    [MB_MATRIX_ANON_LIVE] = {"anon", "live", "cold_anon_delta_bytes"},
    [MB_MATRIX_ANON_RETAINED] = {"anon", "retained", "cold_retained_anon_bytes"},
    [MB_MATRIX_ANON_PURGED] = {"anon", "after purge", "cold_retained_after_trim_anon_bytes"},
    [MB_MATRIX_HEAP_LIVE] = {"heap", "live", "cold_heap_live_bytes"},
    [MB_MATRIX_HEAP_RETAINED] = {"heap", "retained", "cold_heap_retained_bytes"},
};

static const char *value_text(const mb_matrix_row *row, int column, char text[MB_UNITS_TEXT_MAX])
{
    return row->is_known[column] ? mb_format_bytes(row->bytes[column], text) : "-";
}

static void write_text(FILE *file, const mb_matrix_row *rows, size_t count, bool unicode)
{
    char text[MB_UNITS_TEXT_MAX], name[128];
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(rows[i].case_id, rows[i - 1].case_id) != 0) {
            fputs(i > 0 ? "\n" : "", file);
            mb_utf8_write(file, rows[i].case_id, unicode);
            fprintf(file, "\n  %-*s", NAME_COLUMNS, "allocator");
            for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++) {
                snprintf(name, sizeof name, "%s%s%s", c == 0 || c == MB_MATRIX_HEAP_LIVE ? columns[c].group : "",
                         c == 0 || c == MB_MATRIX_HEAP_LIVE ? " " : "", columns[c].name);
                fprintf(file, "%*s", VALUE_COLUMNS, name);
            }
            fputc('\n', file);
        }
        mb_utf8_clean(rows[i].allocator, unicode, name, sizeof name);
        int width = mb_text_columns(name);
        fprintf(file, "  %s%*s", name, width < NAME_COLUMNS ? NAME_COLUMNS - width : 1, "");
        if (rows[i].reason != NULL) {
            fputs(" ", file);
            mb_utf8_write(file, rows[i].reason, unicode);
        }
        for (int c = 0; rows[i].reason == NULL && c < MB_MATRIX_COLUMN_COUNT; c++)
            fprintf(file, "%*s", VALUE_COLUMNS, value_text(&rows[i], c, text));
        fputc('\n', file);
    }
}

static void write_markdown(FILE *file, const mb_matrix_row *rows, size_t count)
{
    char text[MB_UNITS_TEXT_MAX];
    fputs("| case | allocator |", file);
    for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++)
        fprintf(file, " %s %s |", columns[c].group, columns[c].name);
    fputs("\n|---|---|", file);
    for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++)
        fputs("--:|", file);
    fputc('\n', file);
    for (size_t i = 0; i < count; i++) {
        fputs("| ", file);
        mb_markdown_code(file, rows[i].case_id);
        fputs(" | ", file);
        mb_markdown_text(file, rows[i].allocator);
        if (rows[i].reason != NULL) {
            fputs(": ", file);
            mb_markdown_text(file, rows[i].reason);
        }
        fputs(" |", file);
        for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++)
            fprintf(file, " %s |", value_text(&rows[i], c, text));
        fputc('\n', file);
    }
}

static void write_records(FILE *file, mb_records_format format, const mb_matrix_row *rows, size_t count)
{
    const char *names[MB_MATRIX_COLUMN_COUNT + 4] = {"id", "allocator"};
    mb_records records;
    for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++)
        names[2 + c] = columns[c].field;
    names[2 + MB_MATRIX_COLUMN_COUNT] = "reason";
    mb_records_begin(&records, file, format, names);
    for (size_t i = 0; i < count; i++) {
        mb_records_text(&records, rows[i].case_id);
        mb_records_text(&records, rows[i].allocator);
        for (int c = 0; c < MB_MATRIX_COLUMN_COUNT; c++)
            if (rows[i].is_known[c])
                mb_records_number(&records, rows[i].bytes[c]);
            else
                mb_records_missing(&records);
        mb_records_text(&records, rows[i].reason);
    }
    mb_records_end(&records);
}

bool mb_matrix_format_is_known(const char *format)
{
    return strcmp(format, "text") == 0 || strcmp(format, "markdown") == 0 || strcmp(format, "csv") == 0 ||
           strcmp(format, "json") == 0;
}

mb_status mb_matrix_write(FILE *file, const char *format, const mb_matrix_row *rows, size_t count, bool unicode,
                          mb_error *error)
{
    errno = 0;
    if (!mb_matrix_format_is_known(format))
        return mb_error_set(error, MB_ERROR_USAGE, "--allocators --format: \"%s\" is not text, markdown, csv or json",
                            format);
    if (strcmp(format, "text") == 0)
        write_text(file, rows, count, unicode);
    else if (strcmp(format, "markdown") == 0)
        write_markdown(file, rows, count);
    else
        write_records(file, strcmp(format, "csv") == 0 ? MB_RECORDS_CSV : MB_RECORDS_JSON, rows, count);
    if (fflush(file) != 0 || ferror(file))
        return mb_error_set_errno(error, errno != 0 ? errno : EIO, "cannot write the table");
    return MB_OK;
}
