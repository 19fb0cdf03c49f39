/* WAMR's report of its own memory, read from lines that it prints. No WAMR is needed: the lines are given here. */
#include "../../bench/wasm/engines/wamr/report.h"

#include "tests/suite.h"

#include <string.h>

__attribute__((format(printf, 1, 2))) static int print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = wamr_report_vprintf(format, arguments);
    va_end(arguments);
    return length;
}

/* Proves that the lines that count are told from those that only look like them, in order, with their numbers. */
static void test_lines(void)
{
    wamr_report report;
    wamr_report_begin(&report);
    print("Memory consumption summary (bytes):");
    print("WASM module memory consumption, total size: %u", 673u);
    print("    memories size: %u", 48u);
    print("\n");
    print("WASM module inst memory consumption, total size: %lu", 68246880ul);
    print("    module inst struct size: %u", 504u);
    print("Exec env memory consumption, total size: %u", 9784u);
    print("Total interpreter stack used: %u", 180u);
    print("Total aux stack used: no enough info to profile");
    print("Native stack left: %zd", (ssize_t)8384512);
    print("Total app heap used: %u", 0u);
    wamr_report_end();
    static const wamr_figure expected[] = {
        {"module_own_bytes", 673},      {"instance_own_bytes", 68246880}, {"exec_env_own_bytes", 9784},
        {"wasm_stack_used_bytes", 180}, {"app_heap_used_bytes", 0},
    };
    size_t expected_count = sizeof expected / sizeof expected[0];
    CU_ASSERT_EQUAL_FATAL(report.figure_count, expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        CU_ASSERT_STRING_EQUAL(report.figures[i].name, expected[i].name);
        CU_ASSERT_EQUAL(report.figures[i].value, expected[i].value);
    }
}

/* Proves that a known line with no number behind it is not a figure: a missing number is never 0. */
static void test_no_number(void)
{
    wamr_report report;
    wamr_report_begin(&report);
    print("Total auxiliary stack used: no enough info to profile");
    print("Exec env memory consumption, total size: ");
    wamr_report_end();
    CU_ASSERT_EQUAL(report.figure_count, 0);
}

/* Proves that nothing is kept while no report is open, and that a new report starts empty. */
static void test_closed(void)
{
    wamr_report report;
    wamr_report_begin(&report);
    print("Total app heap used: %u", 1u);
    wamr_report_end();
    CU_ASSERT_EQUAL(print("Total app heap used: %u", 12u), 23);
    CU_ASSERT_EQUAL_FATAL(report.figure_count, 1);
    CU_ASSERT_EQUAL(report.figures[0].value, 1);
    wamr_report_begin(&report);
    wamr_report_end();
    CU_ASSERT_EQUAL(report.figure_count, 0);
}

/* Proves that neither more lines than there is room for nor a line longer than the buffer does harm. */
static void test_limits(void)
{
    wamr_report report;
    wamr_report_begin(&report);
    for (int i = 0; i < 3 * WAMR_FIGURES_MAX; i++)
        print("Total app heap used: %d", i);
    print("%0*d", 4000, 1);
    wamr_report_end();
    CU_ASSERT_EQUAL_FATAL(report.figure_count, WAMR_FIGURES_MAX);
    CU_ASSERT_EQUAL(report.figures[WAMR_FIGURES_MAX - 1].value, WAMR_FIGURES_MAX - 1);
}

MB_SUITE(wasm_wamr, {"lines", test_lines}, {"no number", test_no_number}, {"closed", test_closed},
         {"limits", test_limits});
