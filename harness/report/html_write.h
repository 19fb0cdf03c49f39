/* html_write.h: text of unknown origin as HTML, and the pieces that parts of the HTML report share. */
#ifndef MEMBENCH_REPORT_HTML_WRITE_H
#define MEMBENCH_REPORT_HTML_WRITE_H

#include "report/html_data.h"
#include "report/report.h"
#include "sites/site_diff.h"

/* Writes text where text or a quoted attribute may be: markup is escaped, control and malformed characters are
 * replaced. NULL writes nothing. */
void mb_html_put(FILE *file, const char *text);

/* Writes printf's text in the same way; cut at 2,047 bytes. */
void mb_html_printf(FILE *file, const char *format, ...) MB_PRINTF(2, 3);

/* The class of what is bad, unsure, good or plain. */
const char *mb_html_look(mb_role role);

/* What the files of html/ hold once the build has put them into the program (assets.cmake). The chart library is empty
 * where the build could not get it; then the reason says why. */
typedef struct mb_html_asset {
    const char *text;
    size_t bytes;
} mb_html_asset;

extern const mb_html_asset mb_html_style, mb_html_script, mb_html_chart_style, mb_html_chart_script;
extern const char mb_html_chart_reason[];

/* html_top.c: the first screen: verdict, where and against what, what changed, what to do next. False when memory
 * is out. */
MB_NODISCARD bool mb_html_write_top(const mb_report *report);

/* html_top.c: machines, programs and settings of both runs. */
void mb_html_write_provenance(const mb_report *report);

/* html_table.c: the table of all cases: its head, then one row a case. False when memory is out. */
void mb_html_write_table_head(FILE *file);
MB_NODISCARD bool mb_html_write_row(FILE *file, const mb_report_case *item);

/* html_soak.c: an array of soaks as member "soaks"; a table of them; what they say, appended to a sentence of size
 * bytes: returns how that looks, NULL where there are none. */
void mb_html_write_soaks(mb_json_writer *json, const mb_report_model *model);
void mb_html_write_soak_section(FILE *file, const mb_report_model *model);
const char *mb_html_soak_sentence(const mb_report_model *model, char *sentence, size_t size);

/* html_where.c: the call sites of what grew, where some are known. */
void mb_html_write_where(const mb_report *report);

/* html_icicle.c: the call sites of one finding as a picture; nothing where there is no difference. */
void mb_html_write_icicle(FILE *file, const mb_where *where);

/* html_sweep.c: one sweep as an element of "sweeps", and as rows of a table. */
void mb_html_write_sweep(mb_json_writer *json, const mb_report_sweep *sweep);
void mb_html_write_sweep_rows(FILE *file, const mb_report_sweep *sweep);

#endif
