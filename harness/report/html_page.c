#include "report/html_page.h"
#include "base/memory_file.h"
#include "report/html_write.h"

#include <stdlib.h>

static const char policy[] = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

void mb_html_page_begin(FILE *out, const char *title, const char *brand, const char *heading)
{
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
            policy);
    mb_html_put(out, title);
    fputs("</title>\n<style>", out);
    fwrite(mb_html_style.text, 1, mb_html_style.bytes, out);
    fputs(
        "figure { margin: 1rem 0; } figure img { max-width: 100%; background: #ffffff; border-radius: 8px; }</style>\n"
        "<body>\n<p class=\"brand\">",
        out);
    mb_html_put(out, brand);
    fputs("</p>\n<main>\n<h1>", out);
    mb_html_put(out, heading);
    fputs("</h1>\n", out);
}

void mb_html_page_end(FILE *out) { fputs("</main>\n</body>\n</html>\n", out); }

static void put_base64(FILE *out, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)bytes[i + 2] : 0);
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[group & 63] : '=', out);
    }
}

void mb_html_page_picture(FILE *out, mb_html_draw *draw, const void *context, const char *alternative)
{
    char *bytes = NULL;
    size_t count = 0;
    mb_error error;
    mb_status status = mb_gnuplot_find(&error);
    FILE *picture = status == MB_OK ? mb_memory_file_open(&bytes, &count) : NULL;
    if (status == MB_OK && picture == NULL)
        status = mb_error_no_memory(&error);
    if (status == MB_OK)
        status = draw(picture, context, &error);
    if (picture != NULL && !mb_memory_file_close(picture, &bytes) && status == MB_OK)
        status = mb_error_no_memory(&error);
    if (status == MB_OK) {
        fputs("<figure><img alt=\"", out);
        mb_html_put(out, alternative);
        fputs("\" src=\"data:image/svg+xml;base64,", out);
        put_base64(out, (const unsigned char *)bytes, count);
        fputs("\"></figure>\n", out);
    } else {
        fputs("<p>No picture: ", out);
        mb_html_put(out, error.message);
        fputs("</p>\n", out);
    }
    free(bytes);
}
