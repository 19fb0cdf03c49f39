/* The gnuplot script of a timeline: anonymous memory of the largest processes, and of all together where there are
 * several, over time; of several commands each in its colour. */
#include "base/memory_file.h"
#include "features/exec/exec_timeline.h"

#include "report/gnuplot.h"

#include <stdlib.h>

enum { CURVES_MAX = 7, LABELS_STYLES = 8, BUCKETS = 800, LINE_PERMILLE = 34 };

typedef struct curve {
    const mb_timeline_record *record;
    size_t stage_index; /* of a process */
    bool is_tree;
    int style, dash;
} curve;

static bool is_of(const curve *c, const mb_timeline_point *point)
{
    return (point->kind == MB_TIMELINE_TREE) == c->is_tree && (c->is_tree || point->stage_index == c->stage_index);
}

static void put_point(FILE *script, const mb_timeline_point *point)
{
    fprintf(script, "%.9g %lld\n", (double)point->time_ns / 1e9, (long long)point->anon_bytes);
}

/* Of each 1/800 of the time the first, the lowest, the highest and the last, so that no peak is lost. */
typedef struct bucket {
    const mb_timeline_point *points[4]; /* first, lowest, highest, last */
    uint64_t number;
} bucket;

static void put_bucket(FILE *script, const bucket *b)
{
    const mb_timeline_point *low = b->points[1], *high = b->points[2];
    const mb_timeline_point *ordered[] = {b->points[0], low < high ? low : high, low < high ? high : low, b->points[3]};
    for (size_t i = 0; b->points[0] != NULL && i < 4; i++)
        if (i == 0 || ordered[i] != ordered[i - 1])
            put_point(script, ordered[i]);
}

static void put_data(FILE *script, size_t number, const curve *c)
{
    const mb_timeline *timeline = &c->record->timeline;
    uint64_t width_ns = c->record->wall_ns / BUCKETS + 1;
    bucket now = {0};
    fprintf(script, "$curve%zu << EOD\n", number);
    for (size_t i = 0; i < timeline->point_count; i++) {
        const mb_timeline_point *point = &timeline->points[i];
        if (!is_of(c, point))
            continue;
        if (now.points[0] == NULL || point->time_ns / width_ns != now.number) {
            put_bucket(script, &now);
            now = (bucket){.points = {point, point, point, point}, .number = point->time_ns / width_ns};
        }
        if (point->anon_bytes < now.points[1]->anon_bytes)
            now.points[1] = point;
        if (point->anon_bytes > now.points[2]->anon_bytes)
            now.points[2] = point;
        now.points[3] = point;
    }
    put_bucket(script, &now);
    fputs("EOD\n", script);
}

static int by_peak(const void *left, const void *right)
{
    const mb_timeline_stage *a = *(const mb_timeline_stage *const *)left, *b = *(const mb_timeline_stage *const *)right;
    if (a->peak_anon_bytes != b->peak_anon_bytes)
        return a->peak_anon_bytes > b->peak_anon_bytes ? -1 : 1;
    return a < b ? -1 : 1;
}

/* The largest programs of a record, at most `most`, and all processes together. Returns how many curves. */
static size_t choose(const mb_timeline_record *record, size_t most, int first_style, curve *curves)
{
    const mb_timeline *timeline = &record->timeline;
    const mb_timeline_stage **stages = calloc(timeline->stage_count + 1, sizeof *stages);
    size_t count = 0;
    if (mb_timeline_has_tree(record) && timeline->tree_peak.anon_bytes >= 0)
        curves[count++] = (curve){.record = record, .is_tree = true, .style = most > 1 ? 7 : first_style, .dash = 2};
    for (size_t i = 0; stages != NULL && i < timeline->stage_count; i++)
        stages[i] = &timeline->stages[i];
    if (stages != NULL)
        qsort(stages, timeline->stage_count, sizeof *stages, by_peak);
    for (size_t i = 0; stages != NULL && i < timeline->stage_count && i < most; i++)
        curves[count++] = (curve){.record = record,
                                  .stage_index = (size_t)(stages[i] - timeline->stages),
                                  .style = first_style + (int)i % (LABELS_STYLES - 2),
                                  .dash = 1};
    free(stages);
    return count;
}

static void put_title(FILE *script, const curve *c, bool is_one_command)
{
    char text[2 * MB_TIMELINE_TEXT_BYTES];
    const mb_timeline_stage *stage = &c->record->timeline.stages[c->stage_index];
    const char *label = is_one_command ? "" : c->record->label, *gap = is_one_command ? "" : ": ";
    if (c->is_tree)
        snprintf(text, sizeof text, "%.80s%sall processes, sampled", label, gap);
    else
        snprintf(text, sizeof text, "%.80s%s%s (%ld)", label, gap, stage->name, (long)stage->pid);
    mb_gnuplot_label(script, text);
}

static double screen(size_t line) { return (double)(line + 1) * LINE_PERMILLE / 1000; }

/* Lines under the picture, the last one lowest. Returns how many. */
static size_t put_sentences(FILE *script, const mb_timeline_records *records, size_t hidden_count)
{
    char(*lines)[MB_TIMELINE_TEXT_BYTES + 128] = calloc(records->count * (MB_TIMELINE_GAPS_MAX + 3) + 1, sizeof *lines);
    char text[MB_TIMELINE_TEXT_BYTES], gaps[MB_TIMELINE_GAPS_MAX][MB_TIMELINE_TEXT_BYTES];
    size_t count = 0;
    for (size_t r = 0; lines != NULL && r < records->count; r++) {
        const mb_timeline_record *record = &records->records[r];
        const char *label = records->count == 1 ? "" : record->label, *gap = records->count == 1 ? "" : ": ";
        snprintf(lines[count++], sizeof *lines, "%.80s%speak %s", label, gap, mb_timeline_say_peak(record, text));
        if (mb_timeline_say_tree(record, text)[0] != '\0')
            snprintf(lines[count++], sizeof *lines, "%.80s%sall processes %s", label, gap, text);
        snprintf(lines[count++], sizeof *lines, "%.80s%sat its end %s", label, gap, mb_timeline_say_end(record, text));
        size_t gap_count = mb_timeline_say_gaps(record, gaps);
        for (size_t i = 0; i < gap_count; i++)
            snprintf(lines[count++], sizeof *lines, "%.80s%s%.511s", label, gap, gaps[i]);
    }
    if (lines != NULL && hidden_count > 0)
        snprintf(lines[count++], sizeof *lines, "not drawn: %zu programs with smaller peaks", hidden_count);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "set label %zu ", i + 1);
        mb_gnuplot_label(script, lines[i]);
        fprintf(script, " at screen 0.02, screen %.3f left\n", screen(count - 1 - i));
    }
    free(lines);
    return count;
}

/* A mark where each command held most. */
static void put_marks(FILE *script, const mb_timeline_records *records)
{
    fputs("$peaks << EOD\n", script);
    for (size_t r = 0; r < records->count; r++) {
        const mb_timeline_stage *stage = mb_timeline_largest(&records->records[r].timeline);
        if (stage != NULL)
            fprintf(script, "%.9g %lld\n", (double)stage->peak_ns / 1e9, (long long)stage->peak_anon_bytes);
    }
    fputs("EOD\n", script);
}

void mb_timeline_plot_write(FILE *script, const mb_timeline_records *records)
{
    bool is_one = records->count == 1;
    size_t most = is_one ? CURVES_MAX - 1 : 1, count = 0, shown_count = 0, stage_count = 0;
    double highest_bytes = 1, seconds = 1e-3;
    curve *curves = calloc(records->count * 2 + CURVES_MAX, sizeof *curves);
    for (size_t r = 0; curves != NULL && r < records->count; r++) {
        const mb_timeline_record *record = &records->records[r];
        const mb_timeline_stage *largest = mb_timeline_largest(&record->timeline);
        double tree_bytes = mb_timeline_has_tree(record) ? (double)record->timeline.tree_peak.anon_bytes : 0;
        if (largest != NULL && (double)largest->peak_anon_bytes > highest_bytes)
            highest_bytes = (double)largest->peak_anon_bytes;
        highest_bytes = tree_bytes > highest_bytes ? tree_bytes : highest_bytes;
        seconds = (double)record->wall_ns / 1e9 > seconds ? (double)record->wall_ns / 1e9 : seconds;
        size_t made = choose(record, most, is_one ? 1 : 1 + (int)(r % LABELS_STYLES), curves + count);
        for (size_t i = count; i < count + made; i++)
            shown_count += !curves[i].is_tree;
        stage_count += record->timeline.stage_count;
        count += made;
    }
    fputs("set title ", script);
    mb_gnuplot_label(script, is_one ? records->records[0].label : "memory over time");
    fputs("\nset ylabel 'anonymous memory'\nset xlabel 'seconds'\nset key outside top center horizontal\n", script);
    size_t line_count = put_sentences(script, records, stage_count - shown_count);
    fprintf(script, "set bmargin at screen %.3f\nset xrange [0:%.9g]\nset yrange [0:%.17g]\n",
            screen(line_count) + 0.09, seconds, highest_bytes * 1.05);
    mb_gnuplot_bytes_axis(script, "y", 0, highest_bytes);
    for (size_t i = 0; i < count; i++)
        put_data(script, i, &curves[i]);
    put_marks(script, records);
    fputs("plot ", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "$curve%zu using 1:2 with lines linestyle %d dashtype %d title ", i, curves[i].style,
                curves[i].dash);
        put_title(script, &curves[i], is_one);
        fputs(", \\\n     ", script);
    }
    fputs("$peaks using 1:2 with points pointtype 7 pointsize 0.9 linecolor rgb '#000000' title 'peak'\n", script);
    free(curves);
}

mb_status mb_timeline_draw(FILE *file, const mb_timeline_records *records, mb_error *error)
{
    char *script = NULL;
    size_t length = 0;
    FILE *memory = mb_memory_file_open(&script, &length);
    if (memory == NULL)
        return mb_error_no_memory(error);
    mb_timeline_plot_write(memory, records);
    mb_status status = mb_memory_file_close(memory, &script)
                           ? mb_gnuplot_draw(script, length, MB_PICTURE_SVG, MB_TIMELINE_PLOT_WIDTH,
                                             MB_TIMELINE_PLOT_HEIGHT, file, error)
                           : mb_error_no_memory(error);
    free(script);
    return status;
}
