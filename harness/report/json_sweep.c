/* Sweeps in JSON: for each metric what was fitted, now and in the baseline, and the verdict; for scripts and plots. */
#include "report/json_parts.h"

static void write_interval(mb_json_writer *json, const char *key, double low, double high)
{
    mb_json_write_open(json, key, '[');
    mb_json_write_number(json, NULL, low);
    mb_json_write_number(json, NULL, high);
    mb_json_write_close(json, ']');
}

/* "growth" alone is a class that is named alone; what else is possible is in "growth_or". */
static void write_growth(mb_json_writer *json, const mb_growth_fit *fit)
{
    if (fit->growth != MB_GROWTH_NONE)
        mb_json_write_text(json, "growth", mb_growth_name(fit->growth));
    if (fit->possible_count > 1) {
        mb_json_write_open(json, "growth_or", '[');
        for (int g = (int)fit->growth + 1; g < MB_GROWTH_COUNT; g++)
            if (fit->is_possible[g])
                mb_json_write_text(json, NULL, mb_growth_name((mb_growth)g));
        mb_json_write_close(json, ']');
    }
    if (fit->step_units > 0)
        mb_json_write_number(json, "growth_step", fit->step_units);
    if (fit->has_exponent) {
        mb_json_write_number(json, "exponent", fit->exponent);
        write_interval(json, "exponent_interval", fit->exponent_low, fit->exponent_high);
    }
}

static void write_fit(mb_json_writer *json, const char *key, const mb_sweep_fit *fit)
{
    mb_json_write_open(json, key, '{');
    mb_json_write_count(json, "values", fit->value_count);
    mb_json_write_count(json, "points", fit->point_count);
    mb_json_write_bool(json, "exact", fit->is_exact);
    mb_json_write_number(json, "slope", fit->slope);
    if (fit->has_interval)
        write_interval(json, "slope_interval", fit->slope_low, fit->slope_high);
    mb_json_write_number(json, "overhead", fit->overhead);
    if (!fit->is_exact) /* else its interval is just that */
        write_interval(json, "local_slopes", fit->local_low, fit->local_high);
    mb_json_write_rounded(json, "lower_slope", fit->lower_slope, MB_JSON_RATIO_DIGITS);
    mb_json_write_rounded(json, "upper_slope", fit->upper_slope, MB_JSON_RATIO_DIGITS);
    mb_json_write_open(json, "largest_step", '{');
    mb_json_write_number(json, "from", fit->step_from);
    mb_json_write_number(json, "to", fit->step_to);
    mb_json_write_number(json, "growth", fit->step);
    mb_json_write_number(json, "beyond_the_line", fit->step_excess);
    mb_json_write_close(json, '}');
    write_growth(json, &fit->growth);
    mb_json_write_close(json, '}');
}

/* Then the baseline's is left out. */
static bool is_same_line(const mb_sweep_fit *a, const mb_sweep_fit *b)
{
    return a->is_exact && b->is_exact && a->value_count == b->value_count && a->slope == b->slope &&
           a->overhead == b->overhead && a->local_low == b->local_low && a->local_high == b->local_high &&
           a->lower_slope == b->lower_slope && a->upper_slope == b->upper_slope && a->step == b->step &&
           a->step_from == b->step_from;
}

static void write_metric(mb_json_writer *json, const mb_sweep_metric *metric, bool has_baseline)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "metric", mb_metric_name(metric->metric));
    mb_json_write_text_if(json, "warning", metric->warning);
    if (metric->current.is_fitted)
        write_fit(json, "current", &metric->current.fit);
    if (metric->baseline.is_fitted && !is_same_line(&metric->current.fit, &metric->baseline.fit))
        write_fit(json, "baseline", &metric->baseline.fit);
    if (has_baseline) {
        mb_json_write_text(json, "verdict", mb_verdict_name(metric->verdict));
        mb_json_write_bool(json, "gates", metric->gates);
        mb_json_write_text_if(json, "reason", metric->reason);
    }
    if (metric->is_compared) {
        mb_json_write_number(json, "difference", metric->difference);
        if (metric->has_ratio)
            mb_json_write_rounded(json, "ratio", metric->ratio, MB_JSON_RATIO_DIGITS);
        if (metric->path == MB_PATH_RANK) {
            mb_json_write_rounded(json, "p_fail", metric->p_fail, MB_JSON_P_DIGITS);
            mb_json_write_rounded(json, "p_adjusted", metric->p_adjusted, MB_JSON_P_DIGITS);
        }
    }
    mb_json_write_close(json, '}');
}

void mb_json_write_sweep(mb_json_writer *json, const mb_report *report, const mb_report_sweep *sweep)
{
    const bool *wanted = report->options.metrics;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", sweep->name);
    mb_json_write_text(json, "group", sweep->group);
    mb_json_write_text(json, "function", sweep->function);
    mb_json_write_text(json, "param", sweep->param);
    mb_json_write_text(json, "per", sweep->unit_word);
    mb_json_write_count(json, "low", sweep->x_low);
    mb_json_write_count(json, "high", sweep->x_high);
    mb_json_write_open(json, "metrics", '[');
    for (size_t i = 0; i < sweep->metric_count; i++)
        if (wanted == NULL || wanted[sweep->metrics[i].metric])
            write_metric(json, &sweep->metrics[i], report->model->baseline_name != NULL);
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}
