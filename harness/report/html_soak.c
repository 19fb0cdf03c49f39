/* Soaks in the HTML report: the series thinned to what a chart can show, and a table of phases. */
#include "report/html_write.h"
#include "report/soak_where.h"
#include "report/soak_words.h"

#include <math.h>
#include <string.h>

enum { POINTS_MAX = 600, FIELDS_SHOWN = 4 };

static const mb_soak_field fields[FIELDS_SHOWN] = {MB_SOAK_RSS_BYTES, MB_SOAK_ANON_BYTES, MB_SOAK_MEMORY_PERCENT,
                                                   MB_SOAK_HEAP_LIVE_BYTES};

/* Of so many ticks in a row the first stands for all; of long series every nth is taken, and the last. */
static size_t stride_of(const mb_soak_series *series) { return series->count / POINTS_MAX + 1; }

static bool is_taken(const mb_soak_series *series, size_t index)
{
    return index % stride_of(series) == 0 || index + 1 == series->count;
}

static void write_column(mb_json_writer *json, const mb_soak_series *series, mb_soak_field field)
{
    bool is_known = false;
    for (size_t i = 0; i < series->count; i++)
        is_known = is_known || series->ticks[i].is_known[field];
    if (!is_known)
        return;
    mb_json_write_open(json, mb_soak_field_name(field), '[');
    for (size_t i = 0; i < series->count; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        if (!is_taken(series, i))
            continue;
        if (tick->is_known[field])
            mb_json_write_number(json, NULL, round(tick->values[field] * 1000) / 1000);
        else
            mb_json_write_null(json, NULL);
    }
    mb_json_write_close(json, ']');
}

/* [kind, first second, last second] of each phase that has ticks. */
static void write_phases(mb_json_writer *json, const mb_soak_series *series)
{
    mb_json_write_open(json, "phases", '[');
    for (size_t i = 0; i < series->count;) {
        size_t end = i;
        while (end + 1 < series->count && series->ticks[end + 1].phase_index == series->ticks[i].phase_index &&
               series->ticks[end + 1].kind == series->ticks[i].kind)
            end++;
        mb_json_write_open(json, NULL, '[');
        mb_json_write_text(json, NULL, mb_soak_kind_name(series->ticks[i].kind));
        mb_json_write_number(json, NULL, round(series->ticks[i].time_seconds * 1000) / 1000);
        mb_json_write_number(json, NULL, round(series->ticks[end].time_seconds * 1000) / 1000);
        mb_json_write_close(json, ']');
        i = end + 1;
    }
    mb_json_write_close(json, ']');
}

static const char *target_of(const struct mb_soak_result *soak)
{
    return soak->series->about.target != NULL ? soak->series->about.target : "a process";
}

void mb_html_write_soaks(mb_json_writer *json, const mb_report_model *model)
{
    char reason[1024];
    mb_json_write_open(json, "soaks", '[');
    for (size_t s = 0; s < model->soak_count; s++) {
        const struct mb_soak_result *soak = &model->soaks[s];
        const mb_soak_series *series = soak->series;
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "target", target_of(soak));
        mb_json_write_text(json, "verdict", mb_soak_verdict_name(soak->judgement.verdict));
        mb_soak_reason_format(soak, reason, sizeof reason);
        mb_json_write_text(json, "reason", reason);
        mb_json_write_open(json, "time_seconds", '[');
        for (size_t i = 0; i < series->count; i++)
            if (is_taken(series, i))
                mb_json_write_number(json, NULL, round(series->ticks[i].time_seconds * 1000) / 1000);
        mb_json_write_close(json, ']');
        for (size_t f = 0; f < FIELDS_SHOWN; f++)
            write_column(json, series, fields[f]);
        write_phases(json, series);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

static void write_kept(FILE *file, const mb_soak_where *where)
{
    enum { SHOWN = 20, CALLERS_SHOWN = 12 };
    char text[MB_WHERE_TEXT_BYTES];
    mb_soak_kept kept = {0};
    mb_error ignored;
    bool is_known = where->view != NULL && mb_soak_kept_find(where, &kept, &ignored) == MB_OK;
    fputs("<tr><td colspan=\"5\">Where: ", file);
    mb_html_put(file, mb_soak_kept_headline(where, is_known ? &kept : NULL, text));
    fputc('\n', file);
    for (size_t i = 0; is_known && i < kept.where.entry_count && i < SHOWN; i++) {
        const mb_where_entry *entry = &kept.where.entries[i];
        fputs("<tr><td><td><td class=\"n\">", file);
        mb_html_put(file, mb_soak_kept_size(&kept, entry, text));
        fputs("<td colspan=\"2\">", file);
        mb_html_put(file, mb_soak_kept_blocks(&kept, entry, text));
        fputs(" <code>", file);
        mb_html_put(file, mb_where_path(entry, CALLERS_SHOWN, true, text));
        fputs("</code>\n", file);
    }
    mb_soak_kept_fini(&kept);
}

void mb_html_write_soak_section(FILE *file, const mb_report_model *model)
{
    char reason[1024], rate[MB_SOAK_TEXT_MAX], length[MB_SOAK_TEXT_MAX];
    if (model->soak_count == 0)
        return;
    fputs("<section id=\"soaks\" aria-labelledby=\"soaks-title\"><h2 id=\"soaks-title\">Over time</h2>\n"
          "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Soak<th scope=\"col\">Verdict<th scope=\"col\" "
          "class=\"n\">Growth<th scope=\"col\" class=\"n\">Length<th scope=\"col\">Why</thead><tbody>\n",
          file);
    for (size_t s = 0; s < model->soak_count; s++) {
        const struct mb_soak_result *soak = &model->soaks[s];
        const mb_soak_judgement *said = &soak->judgement;
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, target_of(soak));
        fprintf(file, "<td class=\"%s\">%s<td class=\"n\">%s<td class=\"n\">%s<td>",
                said->verdict == MB_SOAK_LEAK      ? "bad"
                : said->verdict == MB_SOAK_PLATEAU ? "good"
                                                   : "unsure",
                mb_soak_verdict_name(said->verdict),
                said->has_slope ? mb_soak_rate_format(said->slope.value, rate) : "",
                mb_soak_time_format(said->seconds, length));
        mb_soak_reason_format(soak, reason, sizeof reason);
        mb_html_put(file, reason);
        fputc('\n', file);
        if (soak->series->where != NULL)
            write_kept(file, soak->series->where);
    }
    fputs("</tbody></table></div></section>\n", file);
}

const char *mb_html_soak_sentence(const mb_report_model *model, char *sentence, size_t size)
{
    size_t counts[MB_SOAK_INCONCLUSIVE + 1] = {0}, used = strlen(sentence);
    const struct mb_soak_result *leak = NULL;
    for (size_t s = 0; s < model->soak_count; s++) {
        counts[model->soaks[s].judgement.verdict]++;
        if (leak == NULL && model->soaks[s].judgement.verdict == MB_SOAK_LEAK)
            leak = &model->soaks[s];
    }
    if (model->soak_count == 0)
        return NULL;
    const char *comma = used > 0 ? "; " : "";
    if (model->soak_count == 1) {
        char reason[1024];
        mb_soak_reason_format(&model->soaks[0], reason, sizeof reason);
        snprintf(sentence + used, size - used, "%s%.300s: %s: %.500s", comma, target_of(&model->soaks[0]),
                 mb_soak_verdict_name(model->soaks[0].judgement.verdict), reason);
    } else if (leak != NULL)
        snprintf(sentence + used, size - used, "%s%zu of %zu soaks found a leak, first: %.300s", comma,
                 counts[MB_SOAK_LEAK], model->soak_count, target_of(leak));
    else
        snprintf(sentence + used, size - used, "%s%zu of %zu soaks reached a plateau", comma, counts[MB_SOAK_PLATEAU],
                 model->soak_count);
    return leak != NULL ? "bad" : counts[MB_SOAK_INCONCLUSIVE] > 0 ? "unsure" : "good";
}
