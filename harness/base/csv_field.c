#include "base/csv_field.h"
#include "base/number_text.h"

#include <string.h>

void mb_csv_text(FILE *file, const char *text)
{
    if (text == NULL)
        return;
    /* A spreadsheet takes such a cell for a formula, and would run what a bench program has for a name. What begins
     * with the guard itself gets another, so that it can be read back. */
    const char *guard = text[0] != '\0' && strchr("=+-@\t\r'", text[0]) != NULL ? "'" : "";
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fprintf(file, "%s%s", guard, text);
        return;
    }
    fprintf(file, "\"%s", guard);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

void mb_csv_next_text(FILE *file, const char *text)
{
    fputc(',', file);
    mb_csv_text(file, text);
}

void mb_csv_number(FILE *file, double value)
{
    char text[MB_NUMBER_TEXT_MAX];
    mb_number_format(value, text);
    fputs(text, file);
}

void mb_csv_next_number(FILE *file, double value)
{
    fputc(',', file);
    mb_csv_number(file, value);
}
