#include "report/where_words.h"
#include "sites/name_rules.h"
#include "sites/name_rust.h"
#include "sites/site_diff.h"
#include "sites/site_dump.h"
#include "sites/site_runs.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_names(void)
{
    static const struct {
        const char *name, *normal, *shown;
    } table[] = {
        {"parse_object", "parse_object", "parse_object"},
        {"parse_object.constprop.0", "parse_object", "parse_object"},
        {"parse_object.isra.0.part.12.cold", "parse_object", "parse_object"},
        {"parse_object.lto_priv.3", "parse_object", "parse_object"},
        {"parse.object", "parse.object", "parse.object"},
        {"push(int) [clone .cold]", "push(int)", "push"},
        {"name[abi:cxx11](int)", "name(int)", "name"},
        {"main::{lambda(int)#2}::operator()(int) const", "main::{lambda(int)}::operator()(int) const",
         "main::{lambda}::operator()"},
        {"ns::Table<int, std::string>::insert(int const&)", "ns::Table<int, std::string>::insert(int const&)",
         "ns::Table<…>::insert"},
        {"run(bench*)::$_0::operator()(int) const", "run(bench*)::$_::operator()(int) const", "run::$_::operator()"},
        {"ns::Pair<int>::set(int)", "ns::Pair<int>::set(int)", "ns::Pair<int>::set"},
        {"(anonymous namespace)::grow(unsigned long)", "(anonymous namespace)::grow(unsigned long)",
         "(anonymous namespace)::grow"},
        {"operator<<(std::ostream&, Row const&)", "operator<<(std::ostream&, Row const&)", "operator<<"},
        {"json::parse::h0123456789abcdef", "json::parse", "json::parse"},
        {"json::parse::hash_of_words_here", "json::parse::hash_of_words_here", "json::parse::hash_of_words_here"},
        {"_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..iter..Extend$LT$T$GT$$GT$::extend::h0123456789abcdef",
         "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend",
         "<alloc::vec::Vec<T> as core::iter::Extend<T>>::extend"},
    };
    char text[MB_FUNCTION_NAME_BYTES];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CU_ASSERT_STRING_EQUAL(mb_name_normalize(table[i].name, text), table[i].normal);
        CU_ASSERT_STRING_EQUAL(mb_name_shorten(table[i].normal, text), table[i].shown);
    }
    static const struct {
        const char *name, *shown;
    } rust[] = {
        {"_RNvNtCslNYArtu3iFV_5alloc5alloc5alloc", "alloc::alloc::alloc"},
        {"_RNvMNtCslNYArtu3iFV_5alloc5allocNtB2_6Global10alloc_impl", "<alloc::alloc::Global>::alloc_impl"},
        {"_RNvXs_NtCslNYArtu3iFV_5alloc5allocNtB4_6GlobalNtNtCsgEmfK2I1SDS_4core5alloc9Allocator8allocate",
         "<alloc::alloc::Global as core::alloc::Allocator>::allocate"},
        {"_RNvMs4_NtCslNYArtu3iFV_5alloc7raw_vecNtB5_11RawVecInner15try_allocate_inCsduwmD7cSIQq_5gimli",
         "<alloc::raw_vec::RawVecInner>::try_allocate_in"},
        {"_RINvCs1_4test3newhReAjj4_E", "test::new<u8, &str, [usize; 0x4]>"},
        {"_RNCNvCs1_4main3run0B3_", "main::run::{{closure}}"},
    };
    for (size_t i = 0; i < sizeof rust / sizeof rust[0]; i++) {
        CU_ASSERT_TRUE(mb_name_rust(rust[i].name, text));
        CU_ASSERT_STRING_EQUAL(text, rust[i].shown);
        char copy[256];
        for (size_t at = 0; at <= strlen(rust[i].name); at++) { /* cut, or changed: a name or none, never more */
            snprintf(copy, sizeof copy, "%.*s", (int)at, rust[i].name);
            (void)mb_name_rust(copy, text);
            for (int c = 1; c < 128; c += 3) {
                snprintf(copy, sizeof copy, "%s", rust[i].name);
                copy[at] = (char)c;
                copy[at + 1 < sizeof copy ? strlen(rust[i].name) : 0] = '\0';
                (void)mb_name_rust(copy, text);
            }
        }
    }
    CU_ASSERT_FALSE(mb_name_rust("_ZN4test", text));
    CU_ASSERT_FALSE(mb_name_rust("_RB_", text)); /* refers to itself */
    char longest[4 * MB_FUNCTION_NAME_BYTES];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CU_ASSERT_EQUAL(strlen(mb_name_normalize(longest, text)), MB_FUNCTION_NAME_BYTES - 1);
    static const char *const allocators[] = {"malloc", "operator new(unsigned long)", "__rust_alloc", "__wrap_calloc"};
    static const char *const others[] = {"malloc_usable", "xmalloc", "Pool::operator new", "my_alloc"};
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_TRUE(mb_name_is_of_allocator(allocators[i]));
        CU_ASSERT_FALSE(mb_name_is_of_allocator(others[i]));
    }
}

/* Views are written as lines: "BLOCKS BYTES REQUESTED function:line<function:line<…", innermost first. */
static void make_view(const char *text, mb_arena *arena, mb_site_view *view)
{
    enum { ROWS = 64, FRAMES = 64 };
    mb_site_row *rows = mb_arena_alloc(arena, ROWS * sizeof *rows);
    *view = (mb_site_view){.rows = rows};
    for (char *line = mb_arena_copy(arena, text), *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        int at = 0;
        long long blocks, bytes, requested;
        CU_ASSERT_EQUAL_FATAL(sscanf(line, "%lld %lld %lld %n", &blocks, &bytes, &requested, &at), 3);
        const mb_site_place **places = mb_arena_alloc(arena, FRAMES * sizeof *places);
        size_t count = 0;
        for (char *rest = line + at, *word; (word = strtok_r(rest, "<", &rest)) != NULL;) {
            mb_site_place *place = mb_arena_alloc(arena, sizeof *place);
            char *colon = strrchr(word, ':');
            *place = (mb_site_place){.function = word, .module = "program", .is_program = true};
            if (colon != NULL) {
                *colon = '\0';
                place->file = "/src/a.c";
                place->line = atoi(colon + 1);
            }
            places[count++] = place;
        }
        rows[view->row_count++] =
            (mb_site_row){{places, count, false}, {(int64_t)blocks, (int64_t)bytes, (int64_t)requested}};
    }
}

/* Every pair of views adds up; expected are the lines under a finding, in ASCII. */
static void test_differences(void)
{
    static const struct {
        const char *what, *old, *new, *expected;
    } table[] = {
        {"nothing", "2 48 40 f:3<run:9", "2 48 40 f:3<run:9", ""},
        {"lines moved", "2 48 40 f:3<run:9\n1 24 16 f:8<run:9", "2 48 40 f:13<run:29\n1 24 16 f:18<run:29", ""},
        {"a struct grew", "1000 56000 50000 set:249<object:7<run:2\n1 72 64 object:9<run:2",
         "1000 72000 58000 set:251<object:7<run:2\n1 72 64 object:9<run:2",
         "+16,000 B|1,000 blocks, 56 -> 72 B each (asked for: 50 -> 58)|set a.c:251 <- object <- run\n"},
        {"one of two lines grew", "5 500 500 f:3<run:1\n5 600 600 f:4<run:1",
         "5 500 500 f:5<run:1\n5 700 700 f:6<run:1", "+100 B|5 blocks, 120 -> 140 B each|f a.c:6 <- run\n"},
        {"both lines grew", "5 500 500 f:3<run:1\n6 600 600 f:4<run:1", "5 600 600 f:5<run:1\n6 720 720 f:6<run:1",
         "+120 B|6 blocks, 100 -> 120 B each|f a.c:6 <- run\n"
         "+100 B|5 blocks, 100 -> 120 B each|f a.c:5 <- run\n"},
        {"a new site", "2 48 40 f:3<run:9", "2 48 40 f:3<run:9\n7 168 140 cache:5<run:10",
         "+168 B|7 blocks, 24 B each (asked for: 20), new|cache a.c:5 <- run\n"},
        {"a site is gone", "2 48 40 f:3<run:9\n7 168 140 cache:5<run:10", "2 48 40 f:3<run:9",
         "-168 B|7 blocks, 24 B each (asked for: 20), gone|cache a.c:5 <- run\n"},
        {"a new line of a function", "2 48 40 f:3<run:9", "2 48 40 f:3<run:9\n1 24 16 f:4<run:9",
         "+24 B|1 block, 24 B (asked for: 16), new|f a.c:4 <- run\n"},
        {"a wrapper", "2 48 40 f:3<run:9\n3 72 60 g:4<run:8",
         "2 48 40 xmalloc:1<f:3<run:9\n3 72 60 xmalloc:1<g:4<run:8", ""},
        {"a wrapper, and growth", "2 48 40 f:3<run:9\n3 72 60 g:4<run:8",
         "2 48 40 xmalloc:1<f:3<run:9\n3 144 120 xmalloc:1<g:4<run:8",
         "+72 B|3 blocks, 24 -> 48 B each (asked for: 20 -> 40)|g a.c:4 and what it calls <- run\n"},
        {"a level in between", "2 48 40 f:3<run:9", "2 96 80 f:3<helper:5<run:9",
         "+48 B|2 blocks, 24 -> 48 B each (asked for: 20 -> 40)|f a.c:3 <- run\n"},
        {"a level less", "2 48 40 f:3<helper:5<run:9", "2 96 80 f:3<run:9",
         "+48 B|2 blocks, 24 -> 48 B each (asked for: 20 -> 40)|f a.c:3 <- run\n"},
        {"renamed, the same", "2 48 40 leaf:3<before:9<run:1", "2 48 40 leaf:3<after:9<run:1", ""},
        {"renamed, and growth", "2 48 40 before:3<run:1", "2 96 80 after:3<run:1",
         "+48 B|2 blocks, 24 -> 48 B each (asked for: 20 -> 40)|after a.c:3 (was before) <- run\n"},
        {"renamed, and taken apart", "2 48 40 alloc:1<before:3<run:1\n2 48 40 dup:1<before:4<run:1",
         "4 192 160 make:1<after:3<run:1",
         "+96 B|4 blocks, 24 -> 48 B each (asked for: 20 -> 40)|after a.c:3 (was before) and what it calls <- run\n"},
        {"several of either side", "2 48 40 a:1<f:3<run:9\n2 48 40 b:1<f:4<run:9",
         "2 48 40 c:1<f:3<run:9\n2 96 80 d:1<f:4<run:9",
         "+48 B|4 blocks, 24 -> 36 B each (asked for: 20 -> 30)|f a.c:3 and what it calls <- run\n"},
        {"more blocks", "1000 24000 24000 f:3<run:9", "2000 48000 48000 f:3<run:9",
         "+24,000 B|1,000 -> 2,000 blocks, 24 B each|f a.c:3 <- run\n"},
        {"recursion", "1 24 16 leaf:9<object:5<value:4<object:5<value:4<run:1\n1 24 16 leaf:9<object:5<value:4<run:1",
         "1 40 32 leaf:9<object:5<value:4<object:5<value:4<run:1\n1 40 32 leaf:9<object:5<value:4<run:1",
         "+32 B|2 blocks, 24 -> 40 B each (asked for: 16 -> 32)|leaf a.c:9 <- object x2 <- value <- run\n"},
        {"what was freed", "-3 -72 -60 f:3<setup:9", "-3 -48 -36 f:3<setup:9",
         "+24 B|-3 blocks, 24 -> 16 B each (asked for: 20 -> 12)|f a.c:3 <- setup\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        mb_arena arena = {0};
        mb_error error;
        mb_site_view old, new;
        mb_where where;
        char got[4 * MB_WHERE_TEXT_BYTES] = "", size[MB_WHERE_TEXT_BYTES], blocks[MB_WHERE_TEXT_BYTES],
                     path[MB_WHERE_TEXT_BYTES];
        make_view(table[i].old, &arena, &old);
        make_view(table[i].new, &arena, &new);
        CU_ASSERT_EQUAL_FATAL(mb_where_compare(&old, &new, MB_SITE_BYTES, &arena, &where, &error), MB_OK);
        CU_ASSERT_EQUAL(where.unexplained, 0);
        CU_ASSERT_EQUAL(mb_where_total(&where), mb_site_sum(&new).bytes - mb_site_sum(&old).bytes);
        for (size_t e = 0; e < where.entry_count; e++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s|%s|%s\n",
                     mb_where_size(&where, &where.entries[e], size),
                     mb_where_blocks(&where, &where.entries[e], false, blocks),
                     mb_where_path(&where.entries[e], 6, false, path));
        if (strcmp(got, table[i].expected) != 0)
            printf("\n%s:\n%s", table[i].what, got);
        CU_ASSERT_STRING_EQUAL(got, table[i].expected);
        mb_arena_fini(&arena);
    }
}

/* Whatever is joined with what: the entries and what is unexplained are the whole difference. */
static void test_sums(void)
{
    static const char *const functions[] = {"a", "b", "c", "d", "run"};
    uint32_t state = 20240615;
    for (int round = 0; round < 400; round++) {
        mb_arena arena = {0};
        mb_error error;
        mb_site_view views[2];
        mb_where where;
        for (int side = 0; side < 2; side++) {
            char text[4096] = "";
            for (int row = 0; row < 8; row++) {
                size_t used = strlen(text);
                state = state * 1664525u + 1013904223u;
                unsigned blocks = 1 + (state >> 20) % 3, bytes = 16 * (1 + (state >> 24) % 3),
                         depth = 1 + (state >> 28) % 5;
                used += (size_t)snprintf(text + used, sizeof text - used, "%u %u %u ", blocks, bytes, bytes);
                for (unsigned f = 0; f < depth; f++) {
                    state = state * 1664525u + 1013904223u;
                    used += (size_t)snprintf(text + used, sizeof text - used, "%s:%u<", functions[(state >> 16) % 5],
                                             (state >> 24) % 4);
                }
                snprintf(text + used, sizeof text - used, "run:1%s", row < 7 ? "\n" : "");
            }
            make_view(text, &arena, &views[side]);
        }
        for (int weight = 0; weight < 3; weight++) {
            CU_ASSERT_EQUAL_FATAL(
                mb_where_compare(&views[0], &views[1], (mb_site_weight)weight, &arena, &where, &error), MB_OK);
            int64_t sum = 0;
            for (size_t e = 0; e < where.entry_count; e++)
                sum += mb_where_change(&where, &where.entries[e]);
            CU_ASSERT_EQUAL(sum, mb_where_total(&where));
            CU_ASSERT_EQUAL(where.unexplained, 0);
        }
        mb_arena_fini(&arena);
    }
}

/* Of 1,000 B a site of up to 10 B may be missing, and one may be up to 10 B off. */
static void test_the_same_sites(void)
{
    static const struct {
        const char *other; /* in place of "10 1000 1000 f:1<run:1\n1 10 10 g:2<run:1", from nothing */
        bool is_same;
    } table[] = {
        {"10 1000 1000 f:1<run:1\n1 10 10 g:2<run:1", true},  {"10 1000 1000 f:1<run:1", true},
        {"10 1000 1000 f:1<run:1\n1 10 10 h:2<run:1", true},  {"10 1000 1000 f:1<run:1\n2 20 20 g:2<run:1", true},
        {"10 1010 1000 f:1<run:1\n1 10 10 g:2<run:1", true},  {"10 1011 1000 f:1<run:1", false},
        {"10 1000 1000 f:2<run:1\n1 10 10 g:2<run:1", false}, {"10 989 1000 f:1<run:1\n1 11 10 h:2<run:1", false},
        {"10 1000 1000 f:1<run:1\n1 11 11 h:2<run:1", false}, {"10 999 999 f:1<run:1\n3 21 21 g:2<run:1", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int weight = 0; weight < 2; weight++) {
            mb_arena arena = {0};
            mb_error error;
            mb_site_view old, new, other;
            mb_where a, b;
            make_view("1 24 16 x:1<run:1", &arena, &old);
            make_view("1 24 16 x:1<run:1\n10 1000 1000 f:1<run:1\n1 10 10 g:2<run:1", &arena, &new);
            char text[MB_WHERE_TEXT_BYTES];
            snprintf(text, sizeof text, "1 24 16 x:1<run:1\n%s", table[i].other);
            make_view(text, &arena, &other);
            CU_ASSERT_EQUAL_FATAL(mb_where_compare(&old, &new, MB_SITE_BYTES, &arena, &a, &error), MB_OK);
            CU_ASSERT_EQUAL_FATAL(
                mb_where_compare(&old, &other, weight == 0 ? MB_SITE_BYTES : MB_SITE_BLOCKS, &arena, &b, &error),
                MB_OK);
            /* By other weights only the same blocks are the same. */
            CU_ASSERT_EQUAL(mb_where_tells_same(&a, &b), weight == 0 ? table[i].is_same : i == 0);
            CU_ASSERT_EQUAL(mb_where_tells_same(&b, &a), weight == 0 ? table[i].is_same : i == 0);
            mb_arena_fini(&arena);
        }
}

static void test_unexplained(void)
{
    mb_arena arena = {0};
    mb_error error;
    mb_site_view old, new;
    mb_where where;
    char text[MB_WHERE_TEXT_BYTES];
    make_view("1 24 16 f:1<run:1\n1 24 16 ", &arena, &old); /* the second has no stack */
    make_view("1 48 40 f:1<run:1\n1 72 64 ", &arena, &new);
    CU_ASSERT_EQUAL_FATAL(mb_where_compare(&old, &new, MB_SITE_BYTES, &arena, &where, &error), MB_OK);
    CU_ASSERT_EQUAL(where.unexplained, 48);
    mb_where_finding finding = {.where = where};
    CU_ASSERT_STRING_EQUAL(mb_where_headline(&finding, text),
                           "1 call site explains 33.3% of +72 B; unexplained: +48 B");
    finding.is_of_pages = true;
    finding.where.unexplained = 0;
    CU_ASSERT_STRING_EQUAL(mb_where_headline(&finding, text), "1 call site explains 100% of the heap's +72 B");
    finding.obstacle = "no luck";
    CU_ASSERT_STRING_EQUAL(mb_where_headline(&finding, text), "unknown: no luck");
    mb_arena_fini(&arena);
}

static const char good_dump[] = "membench-sites 1\n"
                                "window 0\n"
                                "counted live 0 240 0\n"
                                "module 0 abcd /tmp/a program\n"
                                "module 1 - linux-vdso.so.1\n"
                                "site 3 whole 0+12ab 0+10 -+7fff00\n"
                                "at live 2 240 200 3\n"
                                "at kept -1 -24 -16 0\n"
                                "end\n"
                                "window 1\n"
                                "site 4 cut 1+1\n"
                                "at peak 1 24 16 4\n"
                                "end\n";

static void test_dump(void)
{
    static const char *const bad[] = {
        "",
        "membench-sites 2\n",
        "membench-sites 1\nwindow 0\n",
        "membench-sites 1\nwindow 2\nend\n",
        "membench-sites 1\nend\n",
        "membench-sites 1\nwindow 0\nwindow 1\nend\n",
        "membench-sites 1\nwindow 0\nend\nwindow 0\nend\n",
        "membench-sites 1\nwindow 0\nat live 1 2 3\nend\n",
        "membench-sites 1\nwindow 0\nat nowhere 1 2 3 0\nend\n",
        "membench-sites 1\nwindow 0\nat live 1 2 3 0 4\nend\n",
        "membench-sites 1\nwindow 0\nsite 1 half 0+1\nend\n",
        "membench-sites 1\nwindow 0\nsite 1 whole 01\nend\n",
        "membench-sites 1\nwindow 0\nsite 99999999999 whole 0+1\nend\n",
        "membench-sites 1\nwindow 0\nmodule 16777215 - x\nend\n",
        "membench-sites 1\nwindow 0\nat live 99999999999999999999 2 3 0\nend\n",
    };
    mb_arena arena = {0};
    mb_error error;
    mb_site_dump dump = {.site_count = 77};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_EQUAL(mb_site_dump_read(bad[i], strlen(bad[i]), &arena, &dump, &error), MB_FAILED);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_FORMAT);
        CU_ASSERT_EQUAL(dump.site_count, 77); /* untouched */
    }
    CU_ASSERT_EQUAL_FATAL(mb_site_dump_read(good_dump, strlen(good_dump), &arena, &dump, &error), MB_OK);
    CU_ASSERT_TRUE(dump.has_window[0] && dump.has_window[1]);
    CU_ASSERT_EQUAL(dump.module_count, 2);
    CU_ASSERT_STRING_EQUAL(dump.modules[0].path, "/tmp/a program");
    CU_ASSERT_STRING_EQUAL(dump.modules[0].build_id, "abcd");
    CU_ASSERT_STRING_EQUAL(dump.modules[1].build_id, "");
    CU_ASSERT_EQUAL(dump.site_count, 5);
    CU_ASSERT_EQUAL(dump.sites[3].frame_count, 3);
    CU_ASSERT_EQUAL(dump.sites[3].frames[0].offset, 0x12ab);
    CU_ASSERT_EQUAL(dump.sites[3].frames[2].module, SIZE_MAX);
    CU_ASSERT_TRUE(dump.sites[4].is_cut && !dump.sites[3].is_cut);
    CU_ASSERT_EQUAL(dump.views[0][MB_SITE_AT_RUN].counted.bytes, 240);
    CU_ASSERT_EQUAL(dump.views[0][MB_SITE_AT_RUN].rows[0].amounts.requested_bytes, 200);
    CU_ASSERT_EQUAL(dump.views[0][MB_SITE_AT_RELEASE].rows[0].amounts.bytes, -24);
    CU_ASSERT_EQUAL(dump.views[1][MB_SITE_AT_PEAK].row_count, 1);
    /* Cut anywhere, or with any byte changed, it is read or refused. */
    char copy[sizeof good_dump];
    for (size_t i = 0; i < sizeof good_dump - 1; i++) {
        mb_arena_reset(&arena);
        (void)!mb_site_dump_read(good_dump, i, &arena, &dump, &error);
        for (int byte = 0; byte < 256; byte += 5) {
            memcpy(copy, good_dump, sizeof copy);
            copy[i] = (char)byte;
            (void)!mb_site_dump_read(copy, sizeof copy - 1, &arena, &dump, &error);
        }
    }
    mb_arena_fini(&arena);
}

/* Two runs, of 10 and 20 iterations: a site that both have, in another order, one that only the second has, and one
 * that is the same in both. */
static const char runs_dump[] = "membench-sites 1\nwindow 0\n"
                                "counted total 13 0 1330\n"
                                "counted peak 0 99 0\n"
                                "module 0 - /tmp/program\n"
                                "module 1 - /tmp/library\n"
                                "site 1 whole 0+10 0+20\n"
                                "site 2 whole 1+30\n"
                                "at total 10 1040 1000 1\n"
                                "at total 3 344 330 2\n"
                                "end\n"
                                "membench-sites 1\nwindow 0\n"
                                "counted total 43 0 2570\n"
                                "module 0 - /tmp/library\n"
                                "module 1 - /tmp/program\n"
                                "site 1 whole 0+30\n"
                                "site 2 whole 1+10 1+20\n"
                                "site 5 cut 1+40 -+9\n"
                                "at total 3 344 330 1\n"
                                "at total 20 2080 2000 2\n"
                                "at total 20 480 240 5\n"
                                "end\n"
                                "membench-sites 1\nwindow 0\nend\n";

static void test_runs(void)
{
    mb_arena arena = {0};
    mb_error error;
    mb_site_dump dump;
    char text[sizeof runs_dump + 32];
    CU_ASSERT_EQUAL(mb_site_runs_read(good_dump, strlen(good_dump), &arena, &dump, &error), MB_OK);
    CU_ASSERT_TRUE(dump.has_window[0] && dump.has_window[1]);
    CU_ASSERT_EQUAL(mb_site_runs_read(runs_dump, strlen(runs_dump), &arena, &dump, &error), MB_OK);
    CU_ASSERT_TRUE(dump.has_window[0] && !dump.has_window[1]);
    snprintf(text, sizeof text, "%siterations 10 10\n", runs_dump);
    CU_ASSERT_EQUAL_FATAL(mb_site_runs_read(text, strlen(text), &arena, &dump, &error), MB_OK);
    CU_ASSERT_TRUE_FATAL(dump.has_window[0] && dump.has_window[1]);
    const mb_dump_view *view = &dump.views[MB_WINDOW_STEADY][MB_SITE_TOTAL];
    CU_ASSERT_EQUAL_FATAL(view->row_count, 2);
    CU_ASSERT_EQUAL(view->rows[0].site, 1);
    CU_ASSERT_EQUAL(view->rows[0].amounts.block_count, 1);
    CU_ASSERT_EQUAL(view->rows[0].amounts.bytes, 104);
    CU_ASSERT_EQUAL(view->rows[0].amounts.requested_bytes, 100);
    CU_ASSERT_EQUAL(view->rows[1].amounts.block_count, 2);
    CU_ASSERT_EQUAL(view->rows[1].amounts.requested_bytes, 24);
    const mb_dump_site *added = &dump.sites[view->rows[1].site];
    CU_ASSERT_EQUAL_FATAL(added->frame_count, 2);
    CU_ASSERT_EQUAL(added->frames[0].module, 0); /* by the first run's numbers */
    CU_ASSERT_EQUAL(added->frames[0].offset, 0x40);
    CU_ASSERT_EQUAL(added->frames[1].module, SIZE_MAX);
    CU_ASSERT_EQUAL(view->counted.block_count, 3);
    CU_ASSERT_EQUAL(view->counted.requested_bytes, 124);
    const mb_dump_view *rest = &dump.views[MB_WINDOW_COLD][MB_SITE_TOTAL];
    CU_ASSERT_EQUAL_FATAL(rest->row_count, 1);
    CU_ASSERT_EQUAL(rest->rows[0].site, 2);
    CU_ASSERT_EQUAL(rest->rows[0].amounts.requested_bytes, 330);
    CU_ASSERT_EQUAL(rest->counted.block_count, -17); /* 13 - 10 * 3 */
    CU_ASSERT_EQUAL(dump.views[MB_WINDOW_COLD][MB_SITE_AT_PEAK].counted.bytes, 99);
    CU_ASSERT_EQUAL(dump.views[MB_WINDOW_STEADY][MB_SITE_AT_PEAK].row_count, 0);
    snprintf(text, sizeof text, "%siterations 0 1\n", runs_dump); /* a run of nothing, and one of a test */
    CU_ASSERT_EQUAL_FATAL(mb_site_runs_read(text, strlen(text), &arena, &dump, &error), MB_OK);
    CU_ASSERT_EQUAL(dump.views[MB_WINDOW_COLD][MB_SITE_TOTAL].counted.block_count, 13);
    CU_ASSERT_EQUAL(dump.views[MB_WINDOW_STEADY][MB_SITE_TOTAL].counted.block_count, 30);
    CU_ASSERT_EQUAL(dump.views[MB_WINDOW_COLD][MB_SITE_AT_PEAK].counted.bytes, 0);
    for (size_t i = 0; i < strlen(text); i++) {
        mb_arena_reset(&arena);
        (void)!mb_site_runs_read(text, i, &arena, &dump, &error);
    }
    mb_arena_fini(&arena);
}

static void test_questions(void)
{
    mb_site_question question;
    CU_ASSERT_TRUE_FATAL(mb_site_question_of(mb_metric_of(MB_HEAP_PEAK_BYTES, MB_WINDOW_COLD), &question));
    CU_ASSERT_TRUE(question.window == MB_WINDOW_COLD && question.moment == MB_SITE_AT_PEAK &&
                   question.weight == MB_SITE_BYTES && !question.is_of_pages);
    CU_ASSERT_TRUE(mb_site_question_of(mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY), &question));
    CU_ASSERT_TRUE(question.moment == MB_SITE_TOTAL && question.weight == MB_SITE_BLOCKS);
    CU_ASSERT_TRUE(mb_site_question_of(mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY), &question));
    CU_ASSERT_TRUE(question.is_of_pages);
    CU_ASSERT_FALSE(mb_site_question_of(mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY), &question));
}

MB_SUITE(sites, {"names", test_names}, {"differences", test_differences}, {"sums", test_sums},
         {"the same sites", test_the_same_sites}, {"unexplained", test_unexplained}, {"dump", test_dump},
         {"runs", test_runs}, {"questions", test_questions});
