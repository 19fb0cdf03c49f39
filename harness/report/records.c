#include "report/records.h"

#include "base/csv_field.h"

#include <math.h>

void mb_records_begin(mb_records *records, FILE *file, mb_records_format format, const char *const *names)
{
    *records = (mb_records){.file = file, .format = format, .names = names, .json = {.file = file}};
    if (format == MB_RECORDS_JSON) {
        mb_json_write_open(&records->json, NULL, '[');
        return;
    }
    for (size_t i = 0; names[i] != NULL; i++)
        fprintf(file, "%s%s", i > 0 ? "," : "", names[i]);
    fputc('\n', file);
}

/* The field's name; opens the record before its first one. */
static const char *begin_field(mb_records *records)
{
    if (records->column == 0 && records->format == MB_RECORDS_JSON)
        mb_json_write_open(&records->json, NULL, '{');
    else if (records->column > 0 && records->format == MB_RECORDS_CSV)
        fputc(',', records->file);
    return records->names[records->column];
}

static void end_field(mb_records *records)
{
    if (records->names[++records->column] != NULL)
        return;
    records->column = 0;
    if (records->format == MB_RECORDS_JSON)
        mb_json_write_close(&records->json, '}');
    else
        fputc('\n', records->file);
}

void mb_records_text(mb_records *records, const char *text)
{
    const char *name = begin_field(records);
    if (records->format == MB_RECORDS_JSON)
        mb_json_write_text(&records->json, name, text);
    else
        mb_csv_text(records->file, text);
    end_field(records);
}

void mb_records_number(mb_records *records, double value)
{
    const char *name = begin_field(records);
    if (records->format == MB_RECORDS_JSON)
        mb_json_write_number(&records->json, name, value);
    else
        mb_csv_number(records->file, value);
    end_field(records);
}

void mb_records_bool(mb_records *records, bool value)
{
    if (records->format == MB_RECORDS_CSV) {
        mb_records_number(records, value);
        return;
    }
    mb_json_write_bool(&records->json, begin_field(records), value);
    end_field(records);
}

void mb_records_missing(mb_records *records) { mb_records_text(records, NULL); }

void mb_records_end(mb_records *records)
{
    if (records->format == MB_RECORDS_JSON)
        mb_json_write_close(&records->json, ']');
}
