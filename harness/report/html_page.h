/* html_page.h: a page of its own for a browser: nothing is loaded, nothing runs, pictures are in the page itself. */
#ifndef MEMBENCH_REPORT_HTML_PAGE_H
#define MEMBENCH_REPORT_HTML_PAGE_H

#include "report/gnuplot.h"

#include <stddef.h>
#include <stdio.h>

/* Head, brand ("membench history") and heading; and the end of what was begun. Texts may hold anything. */
void mb_html_page_begin(FILE *out, const char *title, const char *brand, const char *heading);
void mb_html_page_end(FILE *out);

/* Draws with gnuplot and puts the picture into the page; a page without its picture still has its tables, so a failure
 * is a sentence in it. draw writes an SVG; alternative says in words what is to be seen. */
typedef mb_status mb_html_draw(FILE *picture, const void *context, mb_error *error);
void mb_html_page_picture(FILE *out, mb_html_draw *draw, const void *context, const char *alternative);

#endif
