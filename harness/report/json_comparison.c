/* Comparisons in JSON: what is said of a metric against its baseline. */
#include "report/json_parts.h"

static void write_interval(mb_json_writer *json, const char *key, double low, double high)
{
    mb_json_write_open(json, key, '[');
    mb_json_write_number(json, NULL, low);
    mb_json_write_number(json, NULL, high);
    mb_json_write_close(json, ']');
}

static void write_ratio(mb_json_writer *json, const mb_comparison *c)
{
    if (!c->has_ratio)
        return;
    mb_json_write_rounded(json, "ratio", c->ratio, MB_JSON_RATIO_DIGITS);
    if (c->ratio_low == c->ratio_high)
        return;
    mb_json_write_open(json, "ratio_interval", '[');
    mb_json_write_rounded(json, NULL, c->ratio_low, MB_JSON_RATIO_DIGITS);
    mb_json_write_rounded(json, NULL, c->ratio_high, MB_JSON_RATIO_DIGITS);
    mb_json_write_close(json, ']');
}

static void write_p(mb_json_writer *json, const char *key, double p)
{
    if (p != 1)
        mb_json_write_rounded(json, key, p, MB_JSON_P_DIGITS);
}

/* What other conditions made of a change between exact values. */
static void write_conditions(mb_json_writer *json, const mb_conditions *k)
{
    if (k == NULL || k->current_count == 0)
        return;
    mb_json_write_open(json, "conditions", '{');
    mb_json_write_count(json, "baseline_n", k->baseline_count);
    mb_json_write_count(json, "n", k->current_count);
    write_interval(json, "baseline_range", k->baseline_low, k->baseline_high);
    write_interval(json, "range", k->current_low, k->current_high);
    if (k->moves)
        mb_json_write_text(json, "varies_with", mb_conditions_name(k));
    mb_json_write_close(json, '}');
}

static void write_comparison(mb_json_writer *json, const mb_comparison *comparison)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "metric", mb_metric_name(comparison->metric));
    mb_json_write_text(json, "verdict", mb_verdict_name(comparison->verdict));
    mb_json_write_bool(json, "gates", comparison->gates);
    if (comparison->path != MB_PATH_NONE)
        mb_json_write_text(json, "path", comparison->path == MB_PATH_EXACT ? "exact" : "rank");
    mb_json_write_text_if(json, "reason", comparison->reason);
    write_conditions(json, comparison->conditions);
    mb_json_write_count(json, "baseline_n", comparison->baseline_count);
    mb_json_write_count(json, "n", comparison->current_count);
    if (comparison->baseline_count > 0)
        mb_json_write_number(json, "baseline_median", comparison->baseline_median);
    if (comparison->current_count > 0)
        mb_json_write_number(json, "median", comparison->current_median);
    if (comparison->verdict != MB_VERDICT_NO_BASELINE && comparison->verdict != MB_VERDICT_NOT_COMPARABLE) {
        mb_json_write_number(json, "difference", comparison->difference);
        if (comparison->difference_low != comparison->difference_high)
            write_interval(json, "difference_interval", comparison->difference_low, comparison->difference_high);
        write_ratio(json, comparison);
        if (comparison->path == MB_PATH_RANK) {
            write_p(json, "p_fail", comparison->p_fail);
            write_p(json, "p_pass", comparison->p_pass);
            write_p(json, "p_tail", comparison->p_tail);
            write_p(json, "p_adjusted", comparison->p_adjusted);
        }
    }
    mb_json_write_close(json, '}');
}

void mb_json_write_comparisons(mb_json_writer *json, const mb_comparison *comparisons, size_t count)
{
    mb_json_write_open(json, "comparisons", '[');
    for (size_t i = 0; i < count; i++)
        write_comparison(json, &comparisons[i]);
    mb_json_write_close(json, ']');
}
