/* The first screen of the HTML report, and its last part: which machine, which programs. */
#include "report/advice.h"
#include "report/calm.h"
#include "report/cause_words.h"
#include "report/html_write.h"
#include "report/where_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { LISTED_MAX = 50, SENTENCE_BYTES = 1024 };

/* "2 cases", "1 slope" or "2 cases and 1 slope" of the findings of a kind. */
static const char *count_of(const mb_tally *tally, mb_finding_kind kind, char text[MB_WORDS_TEXT_MAX])
{
    size_t slope_count = tally->slope_counts[kind], case_count = tally->finding_counts[kind] - slope_count;
    char slopes[MB_WORDS_TEXT_MAX];
    mb_words_number(slope_count, "slope", "slopes", slopes);
    if (case_count == 0 && slope_count > 0)
        return strcpy(text, slopes);
    mb_words_number(case_count, "case", "cases", text);
    size_t used = strlen(text);
    if (slope_count > 0)
        snprintf(text + used, MB_WORDS_TEXT_MAX - used, " and %.40s", slopes);
    return text;
}

static void append(char sentence[SENTENCE_BYTES], const char *format, ...) MB_PRINTF(2, 3);
static void append(char sentence[SENTENCE_BYTES], const char *format, ...)
{
    size_t used = strlen(sentence);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence + used, SENTENCE_BYTES - used, format, arguments);
    va_end(arguments);
}

/* "; most: anon +12.0% (+15.0 KiB) in memory_job_creation/100", of the first finding of a kind. */
static void append_worst(const mb_tally *tally, const mb_causes *causes, mb_finding_kind kind,
                         char sentence[SENTENCE_BYTES])
{
    char change[MB_WORDS_TEXT_MAX], growth[MB_CAUSE_TEXT_MAX], name[MB_CAUSE_TEXT_MAX];
    size_t cause_count = 0;
    const mb_cause *only = NULL;
    for (size_t i = 0; i < causes->count; i++)
        if (causes->causes[i].kind == kind && ++cause_count > 0)
            only = &causes->causes[i];
    if (cause_count == 1 && only->finding_count > 1 && only->lead != NULL) { /* that is all there is to say */
        append(sentence, "; one cause: %s in %.400s", mb_cause_growth(only, growth), mb_cause_name(only, name));
        return;
    }
    for (size_t i = 0; i < tally->finding_count; i++) {
        const mb_finding *finding = &tally->findings[i];
        if (finding->kind != kind || finding->change_count == 0 || finding->changes[0].is_budget)
            continue;
        const mb_finding_change *worst = &finding->changes[0];
        append(sentence, "; most: %s %s %s %.400s", mb_words_label(worst->metric),
               mb_words_change(worst->metric, worst->ratio > 0, worst->ratio, worst->difference, change),
               finding->is_slope ? "for each unit of" : "in", finding->case_id);
        return;
    }
}

/* What else fails, in the order of the decision. */
static void append_others(const mb_report *report, char sentence[SENTENCE_BYTES])
{
    const mb_decision *decision = &report->decision;
    char number[MB_WORDS_TEXT_MAX];
    for (size_t i = 0; i < decision->advice_count; i++) {
        mb_finding_kind kind = decision->advice[i];
        const mb_finding_kind_info *info = mb_finding_kind_get(kind);
        if (kind != decision->lead && !info->is_of_run && decision->levels[kind] == MB_LEVEL_ERROR)
            append(sentence, "; %s %s", count_of(&report->tally, kind, number), info->headline);
    }
}

/* The decision as a sentence; returns how it looks. */
static const char *make_sentence(const mb_report *report, const mb_causes *causes, char sentence[SENTENCE_BYTES])
{
    const mb_decision *decision = &report->decision;
    const mb_tally *tally = &report->tally;
    char number[MB_WORDS_TEXT_MAX], calm[MB_CALM_TEXT_MAX];
    sentence[0] = '\0';
    if (decision->lead != MB_FINDING_KIND_COUNT) {
        const mb_finding_kind_info *info = mb_finding_kind_get(decision->lead);
        append(sentence, "%s", info->is_of_run ? info->title : info->before != NULL ? info->before : "");
        if (!info->is_of_run)
            append(sentence, "%s", count_of(tally, decision->lead, number));
        if (!info->is_of_run && info->before == NULL)
            append(sentence, " %s", info->headline);
        append_others(report, sentence);
        append_worst(tally, causes, decision->lead, sentence);
        return mb_html_look(info->role);
    }
    if (tally->case_count == 0 && report->model->soak_count > 0)
        return "plain";
    mb_words_number(tally->case_count, "case", "cases", number);
    if (decision->calm == MB_CALM_MEASURED || decision->calm == MB_CALM_PART)
        append(sentence, "%s measured, compared with nothing", number);
    else if (decision->calm == MB_CALM_NOTHING_GREW)
        append(sentence, "Memory did not grow in any of %s", number);
    else
        append(sentence, "%s", mb_calm_sentence(report, calm));
    return decision->calm == MB_CALM_MEASURED || decision->calm == MB_CALM_PART ? "plain" : "good";
}

/* A shape next to the colour. */
static const char *sign_of(const char *look)
{
    return strcmp(look, "bad") == 0 ? "▲" : strcmp(look, "good") == 0 ? "✓" : strcmp(look, "plain") == 0 ? "●" : "?";
}

static void write_fact(FILE *file, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    fprintf(file, "<div><dt>%s<dd>", name);
    mb_html_put(file, value);
    fputs("</div>", file);
}

/* As far as it is known: a soak's record says less than a run. */
static void describe_machine(const mb_run_info *run, char text[SENTENCE_BYTES])
{
    const char *const parts[] = {run->host_name, run->kernel, run->architecture};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] != NULL)
            append(text, "%s%.200s", text[0] != '\0' ? ", " : "", parts[i]);
    if (run->cpu_count > 0)
        append(text, ", %d CPUs", run->cpu_count);
}

static void write_counts(const mb_report *report)
{
    const mb_tally *tally = &report->tally;
    char line[SENTENCE_BYTES] = "";
    size_t used = 0;
    for (int outcome = 0; outcome < MB_OUTCOME_COUNT; outcome++)
        if (tally->outcome_counts[outcome] > 0 && used < sizeof line)
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%zu %s", used > 0 ? ", " : "",
                                     tally->outcome_counts[outcome], mb_words_outcome((mb_outcome)outcome));
    write_fact(report->file, "Cases", line);
    if (report->model->baseline_name == NULL)
        return;
    used = (size_t)snprintf(line, sizeof line, "%zu gated", tally->gated_count);
    for (int verdict = MB_VERDICT_COUNT - 1; verdict >= 0; verdict--)
        if (tally->verdict_counts[verdict] > 0 && used < sizeof line)
            used += (size_t)snprintf(line + used, sizeof line - used, ", %zu %s", tally->verdict_counts[verdict],
                                     mb_verdict_name((mb_verdict)verdict));
    write_fact(report->file, "Metrics", line);
}

static void write_facts(const mb_report *report)
{
    const mb_report_model *model = report->model;
    char text[SENTENCE_BYTES];
    fputs("<dl class=\"facts\">", report->file);
    describe_machine(model->run, text);
    write_fact(report->file, "Machine", text);
    write_fact(report->file, "Measured", model->run->date);
    if (model->baseline_name != NULL) {
        const mb_run_info *was = model->baseline_run;
        bool is_elsewhere = was != NULL && was->host_name != NULL && model->run->host_name != NULL &&
                            strcmp(was->host_name, model->run->host_name) != 0;
        snprintf(text, sizeof text, "%.400s%s%.60s%s%.200s", model->baseline_name,
                 was != NULL && was->date != NULL ? ", of " : "", was != NULL && was->date != NULL ? was->date : "",
                 is_elsewhere ? ", on " : "", is_elsewhere ? was->host_name : "");
        write_fact(report->file, "Against", text);
    }
    write_counts(report);
    fputs("</dl>\n", report->file);
}

/* A click to the call sites of the first of its cases that has some. */
static void link_call_sites(FILE *file, const mb_cause *cause, const mb_wheres *wheres)
{
    for (size_t i = 0; i < cause->finding_count; i++) {
        const mb_where_findings *found = mb_wheres_find(wheres, cause->findings[i]->case_id);
        if (found == NULL)
            continue;
        fprintf(file, " <a href=\"#where-%zu\">call sites</a>", (size_t)(found - wheres->cases));
        return;
    }
}

/* A cause: its cases, each a click away, and of several how many; how much; what else. */
static void write_cause(FILE *file, const mb_cause *cause, const mb_wheres *wheres)
{
    enum { LINKED_MAX = 6 };
    char text[MB_CAUSE_TEXT_MAX], count[MB_WORDS_TEXT_MAX];
    bool is_case = cause->finding_count == 1;
    fputs("<tr><th scope=\"row\">", file);
    if (!is_case) {
        mb_html_put(file, mb_cause_name(cause, text));
        fprintf(file, ", %s<div class=\"cases\">", mb_cause_count(cause, count));
    }
    for (size_t i = 0; i < cause->finding_count && i < LINKED_MAX; i++) {
        fputs(i > 0 ? " <a class=\"case\">" : "<a class=\"case\">", file);
        mb_html_put(file, cause->findings[i]->case_id);
        fputs("</a>", file);
    }
    if (cause->finding_count > LINKED_MAX)
        fprintf(file, " and %zu more", cause->finding_count - LINKED_MAX);
    fputs(is_case ? "" : "</div>", file);
    fputs("<td>", file);
    mb_html_put(file, mb_cause_growth(cause, text));
    link_call_sites(file, cause, wheres);
    fputs("<td>", file);
    mb_html_put(file, mb_cause_also(cause, text));
    fputc('\n', file);
}

static void write_kind(const mb_report *report, const mb_causes *causes, mb_finding_kind kind)
{
    const mb_tally *tally = &report->tally;
    size_t count = tally->finding_counts[kind], written = 0, told_count = 0;
    FILE *file = report->file;
    if (count == 0)
        return;
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    const char *title = info->title, *look = mb_html_look(info->role);
    fprintf(file,
            "<details class=\"finding %s\"%s><summary><span class=\"sign\" aria-hidden=\"true\">%s</span> %s <b>%zu</b>"
            "</summary><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Case<th scope=\"col\">Change"
            "<th scope=\"col\">Also</thead><tbody>\n",
            look, strcmp(look, "bad") == 0 || count <= 5 ? " open" : "", sign_of(look), title, count);
    for (size_t i = 0; i < causes->count && written < LISTED_MAX; i++)
        if (causes->causes[i].kind == kind) {
            const mb_cause *cause = &causes->causes[i];
            write_cause(file, cause, report->model->wheres);
            told_count += cause->finding_count + (cause->findings[0]->is_slope ? 0 : cause->slope_count);
            written++;
        }
    fputs("</tbody></table></div>", file);
    if (told_count < count)
        fprintf(file, "<p>and %zu more, in the table of all cases</p>", count - told_count);
    fputs("</details>\n", file);
}

static void write_advice(const mb_report *report)
{
    mb_advice advice[MB_ADVICE_MAX];
    size_t count = mb_advice_make(report, advice);
    fputs("<section id=\"next\" aria-labelledby=\"next-title\"><h2 id=\"next-title\">What to do next</h2>\n",
          report->file);
    for (size_t i = 0; i < count; i++) {
        fputs("<p>", report->file);
        mb_html_put(report->file, advice[i].sentence);
        fputs("</p>", report->file);
        for (size_t k = 0; k < MB_ADVICE_COMMANDS_MAX; k++)
            if (advice[i].commands[k][0] != '\0') {
                if (k > 0 && advice[i].purposes[k] != NULL)
                    fprintf(report->file, "<p>To %s:</p>", advice[i].purposes[k]);
                fputs("<pre><code>", report->file);
                mb_html_put(report->file, advice[i].commands[k]);
                fputs("</code></pre>", report->file);
            }
    }
    fputs("</section>\n", report->file);
}

bool mb_html_write_top(const mb_report *report)
{
    mb_causes causes;
    FILE *file = report->file;
    char sentence[SENTENCE_BYTES];
    if (!mb_causes_make(&causes, &report->tally))
        return false;
    const char *look = make_sentence(report, &causes, sentence), *over_time;
    over_time = mb_html_soak_sentence(report->model, sentence, sizeof sentence);
    if (over_time != NULL && strcmp(look, "bad") != 0)
        look = over_time;
    fprintf(file,
            "<a class=\"skip\" href=\"#cases\">Skip to all cases</a>\n<header><p class=\"brand\">membench</p>\n"
            "<h1 id=\"verdict\" class=\"verdict %s\"><span class=\"sign\" aria-hidden=\"true\">%s</span><span>",
            look, sign_of(look));
    mb_html_put(file, sentence);
    fputs(".</span></h1>\n", file);
    write_facts(report);
    if (!report->model->run->complete)
        fputs("<p class=\"note unsure\">The run was interrupted: missing cases were not judged.</p>\n", file);
    if (report->model->policy != NULL && report->model->policy->ignore_environment)
        fputs("<p class=\"note unsure\">Compared despite different environments (--ignore-environment). "
              "</p>\n",
              file);
    fputs("</header>\n<main>\n", file);
    if (report->tally.finding_count > 0) {
        fputs("<section id=\"findings\" aria-labelledby=\"findings-title\"><h2 id=\"findings-title\">Findings</h2>\n",
              file);
        for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++)
            write_kind(report, &causes, (mb_finding_kind)kind);
        fputs("</section>\n", file);
    }
    if (report->tally.case_count > 0 || report->model->soak_count == 0)
        write_advice(report);
    mb_causes_fini(&causes);
    return true;
}

static void write_programs(FILE *file, const mb_run_info *run)
{
    fputs(
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Program<th scope=\"col\">Build<th scope=\"col\">libc"
        "<th scope=\"col\">Allocator<th scope=\"col\">ASLR<th scope=\"col\">THP</thead><tbody>\n",
        file);
    for (size_t i = 0; i < run->program_count; i++) {
        const mb_program_info *program = &run->programs[i];
        const char *const cells[] = {program->build_id, program->libc, program->allocator, program->aslr, program->thp};
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, program->path);
        for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++) {
            fputs("<td>", file);
            mb_html_put(file, cells[k]);
        }
        fputc('\n', file);
    }
    fputs("</tbody></table></div>\n", file);
}

static void write_run(FILE *file, const char *title, const mb_run_info *run)
{
    char text[SENTENCE_BYTES];
    fprintf(file, "<h3>%s</h3><dl class=\"facts\">", title);
    describe_machine(run, text);
    write_fact(file, "Machine", text);
    write_fact(file, "Measured", run->date);
    write_fact(file, "membench", run->membench_version);
    write_fact(file, "Source of RSS", run->rss_source);
    if (run->page_bytes > 0) {
        snprintf(text, sizeof text, "%" PRIu64 " bytes", run->page_bytes);
        write_fact(file, "Page", text);
        snprintf(text, sizeof text, "%" PRIu64, run->seed);
        write_fact(file, "Seed", text);
    }
    for (size_t i = 0; i < run->setting_count; i++) {
        fputs("<div><dt>", file);
        mb_html_put(file, run->settings[i].name);
        fputs("<dd>", file);
        mb_html_put(file, run->settings[i].value);
        fputs("</div>", file);
    }
    fputs("</dl>\n", file);
    if (run->program_count > 0)
        write_programs(file, run);
}

void mb_html_write_provenance(const mb_report *report)
{
    fputs("<section id=\"provenance\" aria-labelledby=\"provenance-title\"><h2 id=\"provenance-title\">Where the "
          "numbers come "
          "from</h2>\n",
          report->file);
    write_run(report->file, "This run", report->model->run);
    if (report->model->baseline_run != NULL)
        write_run(report->file, "Baseline", report->model->baseline_run);
    fputs("</section>\n", report->file);
}
