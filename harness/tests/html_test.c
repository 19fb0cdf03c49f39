/* The parts of the HTML report that can be told apart from a browser: packed samples, escaped text, scripts to gnuplot.
 */
#include "report/gnuplot.h"
#include "report/html_data.h"
#include "report/html_write.h"
#include "tests/report_fixture.h"
#include "tests/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What write leaves on a stream; malloc'd. */
static char *written(void (*write)(FILE *file, const void *what), const void *what)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    write(file, what);
    fclose(file);
    return text;
}

static void write_series(FILE *file, const void *what)
{
    mb_json_writer json = {.file = file, .is_compact = true};
    mb_json_write_open(&json, NULL, '[');
    mb_html_write_series(&json, NULL, what);
    mb_json_write_close(&json, ']');
}

/* The page's decoder again: [[least,unit,width,"characters"]], no escapes in the characters. */
static size_t unpack(const char *json, double *values)
{
    static const char alphabet[] =
        " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    double least, unit;
    int width, start, count = 0;
    if (sscanf(json, "[[%lf,%lf,%d,\"%n", &least, &unit, &width, &start) != 3)
        return 0;
    const char *end = json + strlen(json) - strlen("\"]]\n");
    for (const char *at = json + start; at + width <= end; at += width) {
        double steps = 0;
        for (int i = 0; i < width; i++)
            steps = steps * 90 + (double)(strchr(alphabet, at[i]) - alphabet);
        values[count++] = least + steps * unit;
    }
    return (size_t)count;
}

/* Proves that whole numbers come back to the byte, whatever their range, and times to a thousandth of theirs. */
static void test_samples_are_packed(void)
{
    static double rows[][5] = {{4096, 8192, 4096, 12288, 0},
                               {-4096, 1099511627776.0, 0, 4096, 8192},
                               {1, 2, 90, 91, 8101},
                               {0, 729000, 728999, 1, 7},
                               {812345.5, 900000.25, 700001.125, 812345.5, 1e6},
                               {1e-3, 2e-3, 1.5e-3, 1.25e-3, 1.0005e-3},
                               {0, 9007199254740991.0, 1, 2, 3}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const mb_series series = {rows[r], 5};
        double found[8], low = rows[r][0], high = rows[r][0];
        bool is_whole = true;
        char *json = written(write_series, &series);
        CU_ASSERT_EQUAL_FATAL(unpack(json, found), 5);
        for (int i = 0; i < 5; i++) {
            low = fmin(low, rows[r][i]);
            high = fmax(high, rows[r][i]);
            is_whole = is_whole && rows[r][i] == floor(rows[r][i]);
        }
        bool is_exact = is_whole && high < 1e15;
        for (int i = 0; i < 5; i++)
            CU_ASSERT_TRUE(is_exact ? found[i] == rows[r][i] : fabs(found[i] - rows[r][i]) <= (high - low) / 1000);
        free(json);
    }
    static double equal[] = {155648, 155648, 155648};
    char *json = written(write_series, &(mb_series){equal, 3});
    CU_ASSERT_STRING_EQUAL(json, "[[155648,3]]\n");
    free(json);
    json = written(write_series, &(mb_series){NULL, 0});
    CU_ASSERT_STRING_EQUAL(json, "[null]\n");
    free(json);
}

static void write_text(FILE *file, const void *what) { mb_html_put(file, what); }

/* Proves that no byte of a name can end an element or an attribute, or reach the page as a control. */
static void test_text_is_escaped(void)
{
    static const struct {
        const char *text, *html;
    } rows[] = {{"<b a=\"x\" b='y'>&amp;", "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;"},
                {"line\nbreak\033[31m", "line break\xef\xbf\xbd[31m"},
                {"broken\xff turned\xe2\x80\xae", "broken\xef\xbf\xbd turned\xef\xbf\xbd"},
                {"wide \xe8\xae\xb0 \xf0\x9f\x98\x80", "wide \xe8\xae\xb0 \xf0\x9f\x98\x80"},
                {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *html = written(write_text, rows[i].text);
        CU_ASSERT_STRING_EQUAL(html, rows[i].html);
        free(html);
    }
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

/* Proves that the page has the elements that the format makes, whatever the cases are called. */
static void test_page(void)
{
    static const mb_report_options options = {.unicode = true};
    static void (*const inits[])(fixture *) = {fixture_init_full, fixture_init_plain, fixture_init_hostile};
    for (size_t i = 0; i < sizeof inits / sizeof inits[0]; i++) {
        fixture made;
        inits[i](&made);
        char *page = fixture_render(&made, "html", &options, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(page);
        CU_ASSERT_EQUAL(count_of(page, "<script"), 3);
        CU_ASSERT_EQUAL(count_of(page, "</script>"), 3);
        CU_ASSERT_EQUAL(count_of(page, "<th scope=\"row\">") >= made.item_count, 1);
        CU_ASSERT_EQUAL(count_of(page, "\033"), 0);
        CU_ASSERT_PTR_NULL(strstr(page, "<script>alert"));
        CU_ASSERT_PTR_NOT_NULL(strstr(page, "default-src 'none'"));
        CU_ASSERT_PTR_NOT_NULL(strstr(page, "</html>\n"));
        free(page);
        fixture_fini(&made);
    }
}

static void write_label(FILE *file, const void *what) { mb_gnuplot_label(file, what); }

/* Proves that a name can neither end a quoted string of gnuplot's nor have anything run. */
static void test_gnuplot_label(void)
{
    char *label = written(write_label, "it's `touch x` \"$y\"\n'; system('z')");
    CU_ASSERT_STRING_EQUAL(label, "'it''s `touch x` \"$y\" ''; system(''z'')'");
    free(label);
}

static void write_axis(FILE *file, const void *what)
{
    const double *range = what;
    mb_gnuplot_bytes_axis(file, "y", range[0], range[1]);
}

/* Proves that ticks are round numbers of the unit that values are written in. */
static void test_gnuplot_axis(void)
{
    char *axis = written(write_axis, (const double[]){0, 1500});
    CU_ASSERT_STRING_EQUAL(axis, "set ytics ('0 B' 0, '512 B' 512, '1.00 KiB' 1024, '1.50 KiB' 1536)\n");
    free(axis);
    axis = written(write_axis, (const double[]){0, 0});
    CU_ASSERT_STRING_EQUAL(axis, "set ytics ('0 B' 0, '1 B' 1)\n");
    free(axis);
}

/* Proves that a picture is whole or not there, and that gnuplot's own words say why; says so where gnuplot is missing.
 */
static void test_gnuplot_draws(void)
{
    static const char good[] = "$a << EOD\n1 1\n2 2\nEOD\nplot $a with lines notitle\n", bad[] = "no such command\n";
    mb_error error;
    char *text = NULL;
    size_t length = 0;
    if (mb_gnuplot_find(&error) != MB_OK) {
        fprintf(stderr, "skipped: %s\n", error.message);
        return;
    }
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_EQUAL(mb_gnuplot_draw(good, strlen(good), MB_PICTURE_SVG, 400, 300, file, &error), MB_OK);
    fflush(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "</svg>"));
    size_t before = length;
    const char *locale = getenv("LC_ALL");
    setenv("LC_ALL", "C", 1); /* in which gnuplot warns first that it has no degree sign */
    CU_ASSERT_EQUAL(mb_gnuplot_draw(bad, strlen(bad), MB_PICTURE_SVG, 400, 300, file, &error), MB_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "invalid command"));
    locale != NULL ? setenv("LC_ALL", locale, 1) : unsetenv("LC_ALL");
    fclose(file);
    CU_ASSERT_EQUAL(length, before);
    free(text);
}

MB_SUITE(html, {"samples are packed", test_samples_are_packed}, {"text is escaped", test_text_is_escaped},
         {"page", test_page}, {"gnuplot label", test_gnuplot_label}, {"gnuplot axis", test_gnuplot_axis},
         {"gnuplot draws", test_gnuplot_draws});
