#include "report/cause_words.h"

#include "report/sweep_words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Changes of bytes this close to the lead's tell the same: two pages, or a quarter of it. */
enum { SAME_BYTES = 2 * 4096, FINDINGS_READ_MAX = 64, NUMBERED_MAX = 3 };

static void MB_PRINTF(2, 3) append(char text[MB_CAUSE_TEXT_MAX], const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, MB_CAUSE_TEXT_MAX - used, format, arguments);
    va_end(arguments);
}

const char *mb_cause_name(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX])
{
    const mb_finding *first = cause->findings[0];
    if (cause->finding_count == 1)
        snprintf(text, MB_CAUSE_TEXT_MAX, "%.500s", first->case_id);
    else
        snprintf(text, MB_CAUSE_TEXT_MAX, "%.400s%s%.400s", first->group, first->function[0] != '\0' ? "/" : "",
                 first->function);
    return text;
}

const char *mb_cause_count(const mb_cause *cause, char text[MB_WORDS_TEXT_MAX])
{
    size_t count = cause->finding_count + cause->slope_count;
    return mb_sweep_words_findings(cause->findings[0]->is_slope ? cause->slope_count : count, cause->slope_count, text);
}

void mb_cause_change(const mb_finding *finding, const mb_finding_change *change, char text[MB_WORDS_TEXT_MAX])
{
    if (finding->kind == MB_FINDING_UNBUDGETED)
        text[0] = '\0';
    else if (finding->is_slope)
        mb_sweep_words_finding(change->metric, change->ratio, change->difference, text);
    else if (change->is_budget)
        mb_words_budget(change->metric, change->value, change->budget, text);
    else
        mb_words_change(change->metric, change->ratio > 0, change->ratio, change->difference, text);
}

/* "+144 B per job", and what is there next to it. */
static void describe_unit(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX])
{
    char slope[MB_WORDS_TEXT_MAX], fixed[MB_WORDS_TEXT_MAX] = "", ratio[MB_WORDS_TEXT_MAX];
    mb_metric metric = cause->lead->metric;
    bool is_slope = cause->findings[0]->is_slope;
    if (cause->fixed != 0)
        mb_words_value(metric, cause->fixed, true, fixed);
    int used = snprintf(text, MB_CAUSE_TEXT_MAX, "%s %s%s per %s%s%s", mb_words_label(metric),
                        cause->per_unit > 0 ? "+" : "", mb_sweep_words_slope(metric, cause->per_unit, slope),
                        cause->unit_word, fixed[0] != '\0' ? " and " : "", fixed);
    if (is_slope && cause->lead->ratio > 0)
        snprintf(text + used, (size_t)(MB_CAUSE_TEXT_MAX - used), " (%s)", mb_words_ratio(cause->lead->ratio, ratio));
}

const char *mb_words_since(const mb_finding *finding, char text[MB_WORDS_TEXT_MAX])
{
    snprintf(text, MB_WORDS_TEXT_MAX, "%s%.80s", finding->since != NULL ? " since " : "",
             finding->since != NULL ? finding->since : "");
    return text;
}

const char *mb_cause_growth(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX])
{
    const mb_finding *first = cause->findings[0];
    char change[MB_WORDS_TEXT_MAX], since[MB_WORDS_TEXT_MAX];
    text[0] = '\0';
    if (cause->kind == MB_FINDING_LOST) {
        snprintf(text, MB_CAUSE_TEXT_MAX, "%s%s%.600s", mb_words_outcome(first->outcome),
                 first->message != NULL ? ": " : "", first->message != NULL ? first->message : "");
    } else if (cause->lead != NULL && cause->has_unit) {
        describe_unit(cause, text);
    } else if (cause->lead != NULL && cause->finding_count > 1) {
        snprintf(text, MB_CAUSE_TEXT_MAX, "%s %s each", mb_words_label(cause->lead->metric),
                 mb_words_value(cause->lead->metric, cause->fixed, true, change));
    } else if (cause->lead != NULL) {
        mb_cause_change(first, cause->lead, change);
        snprintf(text, MB_CAUSE_TEXT_MAX, "%s%s%s", mb_words_label(cause->lead->metric), change[0] != '\0' ? " " : "",
                 change);
    }
    append(text, "%s", mb_words_since(first, since));
    return text;
}

typedef enum story { STORY_NONE, STORY_SAME, STORY_OTHER } story;

/* What each metric of the cause says: the same as the lead of its case, or something else. A metric says the same only
 * if it does so everywhere. */
static void read_stories(const mb_cause *cause, story stories[MB_METRIC_COUNT],
                         const mb_finding_change *changes[MB_METRIC_COUNT])
{
    size_t count = cause->finding_count < FINDINGS_READ_MAX ? cause->finding_count : FINDINGS_READ_MAX;
    for (size_t f = 0; f < count; f++) {
        const mb_finding *finding = cause->findings[f];
        const mb_finding_change *lead = mb_cause_lead(finding);
        for (size_t i = 0; i < finding->change_count; i++) {
            const mb_finding_change *change = &finding->changes[i];
            bool is_bytes = mb_metric_info(change->metric)->kind == MB_KIND_BYTES &&
                            mb_metric_info(lead->metric)->kind == MB_KIND_BYTES;
            double least = finding->is_slope ? 0 : SAME_BYTES;
            bool is_same = is_bytes && !change->is_budget && (change->difference > 0) == (lead->difference > 0) &&
                           fabs(change->difference - lead->difference) <= fmax(least, 0.25 * fabs(lead->difference));
            if (stories[change->metric] == STORY_NONE)
                changes[change->metric] = change;
            if (stories[change->metric] != STORY_OTHER)
                stories[change->metric] = is_same ? STORY_SAME : STORY_OTHER;
        }
    }
}

/* The first use of a metric whose steady window is reported anyway. */
static bool is_twin(const story stories[MB_METRIC_COUNT], mb_metric metric)
{
    if (!mb_metric_has_window(metric) || mb_metric_window(metric) != MB_WINDOW_COLD)
        return false;
    return stories[mb_metric_of(mb_metric_quantity(metric), MB_WINDOW_STEADY)] == STORY_SAME;
}

const char *mb_cause_also(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX])
{
    story stories[MB_METRIC_COUNT] = {STORY_NONE};
    const mb_finding_change *changes[MB_METRIC_COUNT] = {NULL};
    bool has_twin = false, has_named = false;
    size_t other_count = 0;
    text[0] = '\0';
    if (cause->lead == NULL)
        return text;
    read_stories(cause, stories, changes);
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (metric == cause->lead->metric || stories[metric] != STORY_SAME)
            continue;
        if (is_twin(stories, metric)) {
            has_twin = true;
            continue;
        }
        append(text, "%s%s", has_named ? ", " : "also ", mb_words_label(metric));
        has_named = true;
    }
    if (has_twin)
        append(text, has_named ? " (first use too)" : "at first use, too");
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        char change[MB_WORDS_TEXT_MAX];
        if (metric == cause->lead->metric || stories[metric] != STORY_OTHER)
            continue;
        if (++other_count > NUMBERED_MAX)
            continue;
        mb_cause_change(cause->findings[0], changes[metric], change);
        append(text, "%s%s%s%s", text[0] != '\0' ? (other_count > 1 ? ", " : "; ") : "", mb_words_label(metric),
               change[0] != '\0' ? " " : "", change);
    }
    if (other_count > NUMBERED_MAX)
        append(text, ", and %zu more", other_count - NUMBERED_MAX);
    return text;
}

const char *mb_cause_line(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX])
{
    char also[MB_CAUSE_TEXT_MAX];
    mb_cause_growth(cause, text);
    mb_cause_also(cause, also);
    if (also[0] != '\0')
        append(text, "%s%s", text[0] != '\0' ? "; " : "", also);
    return text;
}

const char *mb_cause_finding_line(const mb_finding *finding, char text[MB_CAUSE_TEXT_MAX])
{
    mb_cause cause = {.kind = finding->kind, .findings = &finding, .finding_count = 1, .lead = mb_cause_lead(finding)};
    if (finding->is_slope) {
        cause.has_unit = true;
        cause.per_unit = cause.lead->difference;
        snprintf(cause.unit_word, sizeof cause.unit_word, "%.60s",
                 finding->unit_word != NULL ? finding->unit_word : "unit");
    }
    return mb_cause_line(&cause, text);
}
