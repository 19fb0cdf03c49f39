#include "base/units.h"
#include "tests/suite.h"

#include <math.h>

static void test_bytes(void)
{
    static const struct {
        double bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},          {1, "1 B"},           {-1, "-1 B"},        {1023, "1023 B"},       {1024, "1.00 KiB"},
        {1597, "1.56 KiB"},  {-4096, "-4.00 KiB"}, {10239, "10.0 KiB"}, {12582912, "12.0 MiB"}, {1048575, "1.00 MiB"},
        {160000, "156 KiB"}, {1.5e12, "1.36 TiB"}};
    char text[MB_UNITS_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_STRING_EQUAL(mb_format_bytes(rows[i].bytes, text), rows[i].text);
    CU_ASSERT_STRING_EQUAL(mb_format_bytes(NAN, text), "-");
}

static void test_ns(void)
{
    static const struct {
        double ns;
        const char *text;
    } rows[] = {{0, "0.00 ns"},    {13.42, "13.4 ns"}, {999.9, "1.00 us"},
                {2100, "2.10 us"}, {4.5e7, "45.0 ms"}, {1.2e9, "1.20 s"}};
    char text[MB_UNITS_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_STRING_EQUAL(mb_format_ns(rows[i].ns, text), rows[i].text);
}

static void test_count(void)
{
    char text[MB_UNITS_TEXT_MAX];
    CU_ASSERT_STRING_EQUAL(mb_format_count(21567, text), "21,567");
    CU_ASSERT_STRING_EQUAL(mb_format_count(0, text), "0");
    CU_ASSERT_STRING_EQUAL(mb_format_count(-1000000, text), "-1,000,000");
    CU_ASSERT_STRING_EQUAL(mb_format_count(999.96, text), "1,000");
    CU_ASSERT_STRING_EQUAL(mb_format_count(12.5, text), "12.5");
}

static void test_param(void)
{
    char text[MB_UNITS_TEXT_MAX];
    CU_ASSERT_STRING_EQUAL(mb_format_param(100, MB_UNIT_NONE, text), "100");
    CU_ASSERT_STRING_EQUAL(mb_format_param(1024, MB_UNIT_BYTES, text), "1KB");
    CU_ASSERT_STRING_EQUAL(mb_format_param(102400, MB_UNIT_BYTES, text), "100KB");
    CU_ASSERT_STRING_EQUAL(mb_format_param(1048576, MB_UNIT_BYTES, text), "1MB");
    CU_ASSERT_STRING_EQUAL(mb_format_param(1500, MB_UNIT_BYTES, text), "1500B");
    CU_ASSERT_STRING_EQUAL(mb_format_param(0, MB_UNIT_BYTES, text), "0B");
}

static void test_parse(void)
{
    double ratio = -1;
    CU_ASSERT_TRUE(mb_parse_ratio("10%", &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 0.10, 1e-12);
    CU_ASSERT_TRUE(mb_parse_ratio("0.25", &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 0.25, 0);
    static const char *const bad[] = {"", "-1%", "nan", "inf", "10 %", "ten", "1e999", "0x10", " 1", "5%%"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(mb_parse_ratio(bad[i], &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 0.25, 0);

    /* "10" is somebody's 10 %, never 1,000 %. */
    static const char *const no_shares[] = {"10", "1", "1.0", "", "-1%", "x"};
    for (size_t i = 0; i < sizeof no_shares / sizeof no_shares[0]; i++)
        CU_ASSERT_FALSE(mb_parse_share(no_shares[i], &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 0.25, 0);
    CU_ASSERT_TRUE(mb_parse_share("300%", &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 3, 0);
    CU_ASSERT_TRUE(mb_parse_share("0.99", &ratio));
    CU_ASSERT_DOUBLE_EQUAL(ratio, 0.99, 0);

    uint64_t value = 7;
    CU_ASSERT_TRUE(mb_parse_bytes("64KiB", &value));
    CU_ASSERT_EQUAL(value, 65536);
    CU_ASSERT_TRUE(mb_parse_bytes("512", &value));
    CU_ASSERT_EQUAL(value, 512);
    CU_ASSERT_FALSE(mb_parse_bytes("64kb", &value));
    CU_ASSERT_FALSE(mb_parse_bytes("99999999999GiB", &value));
    CU_ASSERT_EQUAL(value, 512);
    CU_ASSERT_TRUE(mb_parse_duration_ns("500ms", &value));
    CU_ASSERT_EQUAL(value, 500000000);
    CU_ASSERT_TRUE(mb_parse_duration_ns("2", &value));
    CU_ASSERT_EQUAL(value, 2000000000);
    CU_ASSERT_FALSE(mb_parse_duration_ns("2 s", &value));
}

MB_SUITE(units, {"bytes", test_bytes}, {"ns", test_ns}, {"count", test_count}, {"param", test_param},
         {"parse", test_parse});
