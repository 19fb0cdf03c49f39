#include "base/csv_field.h"
#include "base/number_text.h"

#include <string.h>

void mb_csv_text(FILE *file, const char *text)
{
    if (text == NULL)
        return;
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
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
