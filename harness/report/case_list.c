#include "report/case_list.h"
#include "model/result_json.h"
#include "report/json_parts.h"

#include "base/json_writer.h"
#include "base/utf8.h"
#include "model/case_flags.h"

#include <errno.h>
#include <string.h>

enum { ID_COLUMNS_MAX = 48 };

bool mb_list_format_find(const char *name, mb_list_format *format)
{
    static const char *const names[] = {[MB_LIST_TEXT] = "text", [MB_LIST_TERSE] = "terse", [MB_LIST_JSON] = "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0) {
            *format = (mb_list_format)i;
            return true;
        }
    return false;
}

static int id_columns(const mb_list_case *item, bool unicode)
{
    char clean[MB_ID_BYTES_MAX];
    mb_utf8_clean(item->result->id, unicode, clean, sizeof clean);
    return mb_text_columns(clean);
}

/* Writes text up to columns; what does not fit is left off at a whole character. */
static void put_cut(FILE *file, const char *text, bool unicode, int columns)
{
    char clean[1024];
    mb_utf8_clean(text, unicode, clean, sizeof clean);
    for (const char *c = clean; *c != '\0';) {
        uint32_t point;
        size_t length = mb_utf8_decode(c, &point);
        columns -= mb_utf8_columns(point);
        if (columns < 0)
            return;
        fwrite(c, 1, length, file);
        c += length;
    }
}

static void write_text(FILE *file, const mb_list_case *cases, size_t count, int width_columns, bool unicode)
{
    int widest = 0;
    for (size_t i = 0; i < count; i++) {
        int columns = id_columns(&cases[i], unicode);
        if (columns > widest && columns <= ID_COLUMNS_MAX)
            widest = columns;
    }
    for (size_t i = 0; i < count; i++) {
        mb_utf8_write(file, cases[i].result->id, unicode);
        const char *summary = cases[i].summary;
        if (summary != NULL && summary[0] != '\0') {
            int columns = id_columns(&cases[i], unicode);
            int pad = (columns > widest ? columns : widest) + 2;
            fprintf(file, "%*s", pad - columns, "");
            put_cut(file, summary, unicode, width_columns - pad);
        }
        fputc('\n', file);
    }
}

static void write_json_case(mb_json_writer *json, const mb_list_case *item)
{
    const mb_case_result *result = item->result;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "id", result->id);
    mb_json_write_text(json, "group", result->group);
    mb_json_write_text(json, "function", result->function);
    mb_params_write(json, result);
    mb_json_write_open(json, "flags", '[');
    for (size_t i = 0; i < MB_FLAG_NAME_COUNT; i++)
        if (result->flags & mb_flag_names[i].flag)
            mb_json_write_text(json, NULL, mb_flag_names[i].name);
    mb_json_write_close(json, ']');
    mb_json_write_text(json, "summary", item->summary);
    mb_json_write_count(json, "needs_bytes", item->needs_bytes);
    mb_json_write_text(json, "program", item->program_path);
    mb_json_write_close(json, '}');
}

mb_status mb_list_write(FILE *file, mb_list_format format, const mb_list_case *cases, size_t case_count,
                        int width_columns, bool unicode, mb_error *error)
{
    errno = 0;
    switch (format) {
    case MB_LIST_TEXT:
        write_text(file, cases, case_count, width_columns > 0 ? width_columns : 80, unicode);
        break;
    case MB_LIST_TERSE:
        for (size_t i = 0; i < case_count; i++)
            fprintf(file, "%s\n", cases[i].result->id);
        break;
    case MB_LIST_JSON: {
        mb_json_writer json = {.file = file};
        mb_json_write_open(&json, NULL, '[');
        for (size_t i = 0; i < case_count; i++)
            write_json_case(&json, &cases[i]);
        mb_json_write_close(&json, ']');
        break;
    }
    }
    if (fflush(file) != 0 || ferror(file))
        return mb_error_set_errno(error, errno != 0 ? errno : EIO, "cannot write the list");
    return MB_OK;
}
