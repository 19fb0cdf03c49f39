"""Programs of other frameworks, as people have them: what is measured of them is known to the byte.

MEMBENCH_TEST_BENCHMARKS is a folder with google-benchmarks and google-benchmarks-grown that were built with another
version of the library (ci/check-gbench-1.9); without it those of the build are taken."""

import os
import pathlib
import shutil
import unittest

import common
import measured

FOLDER = pathlib.Path(os.environ.get("MEMBENCH_TEST_BENCHMARKS", common.BUILD / "e2e"))
PROGRAM, GROWN = FOLDER / "google-benchmarks", FOLDER / "google-benchmarks-grown"

# What an iteration allocates: calls, bytes, and bytes that it keeps. Of the source, by hand.
EACH = {
    "BM_Parse/8": (8, 800, 0),
    "BM_Parse/64": (64, 6400, 0),
    "BM_Parse/1024": (1024, 102400, 0),
    "BM_Long/3": (3, 300, 0),
    "BM_Often/3/repeats:3": (3, 300, 0),
    "BM_Keep": (1, 48, 48),
    "BM_Touch/pages:500": (0, 0, 0),
    "BM_Touch/pages:900": (0, 0, 0),
    "BM_Threads/real_time/threads:2": (1, 32, 0),
    "BM_Threads/real_time/threads:4": (1, 32, 0),
    "Fixture/Copy/size:3": (1, 4000, 0),
    "build<std::vector<int>>/8": (1, 32, 0),
    "build<std::vector<int>>/64": (1, 256, 0),
    "a+b (c)|[d]": (1, 32, 0),
}
METRICS = ("steady_heap_alloc_count", "steady_heap_alloc_bytes", "steady_heap_retained_bytes")
OTHERS = {"BM_Some/5", "BM_Grow", "BM_Skip"}


class Frameworks(measured.Case):
    def setUp(self):
        super().setUp()
        if measured.SANITIZED:
            self.skipTest("under a sanitizer no heap is measured")

    def need_sites(self):
        if not (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.skipTest("membench was built without libunwind (Debian: libunwind-dev)")


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "google-benchmarks was not built (Debian: libbenchmark-dev)")
class GoogleBenchmark(Frameworks):
    def cases(self, *args, code=0):
        self.expect(code, "--program", PROGRAM, "--no-time", "--out", "run.json", *args)
        return measured.Measured(self.folder / "run.json").cases

    def test_what_an_iteration_allocates_is_exact(self):
        """In every sample the same, whatever main and the library allocate besides."""
        cases = self.cases("-n", "5")
        self.assertEqual(set(cases), set(EACH) | OTHERS)
        for name, wanted in EACH.items():
            self.assertEqual([set(cases[name].samples(m)) for m in METRICS], [{value} for value in wanted], name)
            self.assertEqual(len(cases[name].samples(METRICS[0])), 5)
        self.assertEqual(cases["BM_Keep"].samples("steady_heap_live_bytes"), [48] * 5)

    def test_arguments_are_parameters(self):
        cases = self.cases("--quick", "BM_Parse", "BM_Touch", "BM_Threads", "build")
        self.assertEqual(cases["BM_Parse/1024"].params, {"n": 1024})
        self.assertEqual(cases["BM_Touch/pages:500"].params, {"pages": 500})
        self.assertEqual(cases["BM_Threads/real_time/threads:2"].params, {"threads": 2})
        self.assertEqual(cases["build<std::vector<int>>/8"].own["group"], "build<std::vector<int>>")
        text = self.expect(0, "--program", PROGRAM, "--no-time", "BM_Parse").stdout
        self.assertRegex(text, r"(?m)^  per n +100 B +1\.00  \+ 0 B$")

    def test_what_is_not_linear_has_no_figure_of_an_iteration(self):
        cases = self.cases("BM_Grow", "BM_Some")
        for name, reason in (("BM_Grow", "not linear in iterations: calls with 10, 20 and 30 of them do not rise evenly"),
                             ("BM_Some/5", "the program sets its own number of iterations (7)")):  # fmt: skip
            for metric in METRICS:
                self.assertEqual((cases[name].samples(metric), cases[name].missing[metric]), ([], reason))
            self.assertTrue(cases[name].samples("cold_heap_alloc_bytes"))

    def test_more_benchmarks_are_no_growth_of_one(self):
        """What the library allocates for each that is registered is in its cold calls and bytes."""
        self.write("b.cc", "#include <benchmark/benchmark.h>\nstatic void BM_A(benchmark::State &s) { for (auto _ : s) {} }\n"
                           "BENCHMARK(BM_A);\n#ifdef MORE\nBENCHMARK(BM_A)->Name(\"B\")->DenseRange(1, MORE);\n#endif\n"
                           "BENCHMARK_MAIN();\n")  # fmt: skip
        for name, more in (("old", []), ("new", ["-DMORE=40"])):
            built = common.run(["c++", "-O1", "-w", *more, "b.cc", "-o", name, "-lbenchmark", "-pthread"], self.folder)
            if built.code != 0:
                self.skipTest("no C++ compiler, or Google Benchmark is missing (Debian: libbenchmark-dev)")
        report = self.expect(0, "ab", "./old", "./new", "--no-time", "BM_A", "--format", "json").json()
        grown = {c["metric"]: c["difference"] for c in report["cases"][0]["comparisons"]}
        self.assertGreater(grown["cold_heap_alloc_bytes"], 40 * 1000)

    def test_a_skip_is_a_skip_and_counters_are_kept(self):
        cases = self.cases("BM_Skip", "BM_Parse/8$")
        self.assertEqual((cases["BM_Skip"].outcome, cases["BM_Skip"].message), ("skipped", "no such device"))
        counts = {c["name"]: c for c in cases["BM_Parse/8"].own["counts"]}
        self.assertEqual(set(counts), {"nodes"})
        self.assertEqual(set(measured.expand(counts["nodes"]["values"])), {8 * 1000001})

    def test_the_peak_of_the_run_is_exact_to_the_page(self):
        cases = self.cases("BM_Touch")
        peaks = [set(cases[f"BM_Touch/pages:{n}"].samples("cold_peak_anon_delta_bytes")) for n in (500, 900)]
        if peaks == [set(), set()]:
            self.skipTest(cases["BM_Touch/pages:500"].missing["cold_peak_anon_delta_bytes"])
        self.assertEqual([len(peak) for peak in peaks], [1, 1])
        self.assertEqual(peaks[1].pop() - peaks[0].pop(), 400 * measured.PAGE_BYTES)

    def test_times_are_those_of_the_program(self):
        self.expect(0, "--program", PROGRAM, "--quick", "--passes", "time", "--out", "run.json", "BM_Touch")
        times = [measured.Measured(self.folder / "run.json").cases[f"BM_Touch/pages:{n}"].samples("real_time_ns")
                 for n in (500, 900)]  # fmt: skip
        self.assertTrue(times[0] and times[1] and min(times[0] + times[1]) > 1000)  # 500 pages take more than 1 us

    def test_growth_fails_with_benchmark_bytes_and_line(self):
        self.need_sites()
        text = self.expect(3, "ab", PROGRAM, GROWN, "--no-time", "BM_Parse", "Fixture", "BM_Keep").stdout
        self.assertRegex(text, r"(?m)^  BM_Parse, 3 cases: allocated \+20\.0 B per n")
        self.assertIn("+160 B  8 blocks, 104 → 120 B each (asked for: 100 → 120)", text)
        self.assertRegex(text, r"(?m)← parse$")
        self.assertNotIn("cold", text)  # what main and the library allocate besides is the same
        self.assertRegex(text, r"(?m)^  Fixture/Copy/size:3: heap \+24 B; also heap kept; calls \+100% \(\+1\)$")
        self.assertRegex(text, r"(?m)Fixture_Copy_Benchmark::BenchmarkCase benchmarks\.cc:\d+$")
        self.assertRegex(text, r"(?m)^  BM_Keep .* unchanged$")

    def test_baselines_and_projects(self):
        """A baseline of one build fails the other; programs come from membench.json, and in folders by name."""
        shutil.copy(PROGRAM, self.folder / "bench")
        self.write("membench.json", '{"programs": ["bench"]}')
        self.expect(0, "--no-time", "--save-baseline", "main", "BM_Parse")
        self.expect(0, "--no-time", "--baseline", "main", "BM_Parse")
        shutil.copy(GROWN, self.folder / "bench")
        self.assertIn("allocated +20.0 B per n", self.expect(3, "--no-time", "--baseline", "main", "BM_Parse").stdout)
        for side, program in (("old", PROGRAM), ("new", GROWN)):
            (self.folder / side).mkdir()
            shutil.copy(program, self.folder / side / "bench")
        found = ("ab", "old", "new", "--no-time", "--no-where", "BM_Parse/8$")
        self.assertIn("no bench program in this folder", self.expect(2, *found).stderr)
        self.expect(3, *found, "--program", "bench")

    def test_iterations(self):
        """What an iteration takes does not depend on how many there are; the reasons say how many there were."""
        cases = self.cases("--iterations", "3", "BM_Parse/8$", "BM_Keep")
        for name in ("BM_Parse/8", "BM_Keep"):
            self.assertEqual([set(cases[name].samples(m)) for m in METRICS], [{value} for value in EACH[name]], name)
        for count in (1, 2, 4, 5, 7, 34, 50, 99):
            cases = self.cases("--iterations", count, "-n", "2", "BM_Parse/8$", "BM_Threads")
            for name in cases:
                self.assertEqual([set(cases[name].samples(m)) for m in METRICS], [{value} for value in EACH[name]], f"{name} {count}")
        cases = self.cases("--iterations", "3", "BM_Grow")
        self.assertIn("with 3, 6 and 9 of them", cases["BM_Grow"].missing[METRICS[0]])
        self.expect(0, "--program", PROGRAM, "--no-time", "--iterations", "3", "--save-baseline", "three", "BM_Keep")
        self.expect(0, "--program", PROGRAM, "--no-time", "--iterations", "3", "--baseline", "three", "BM_Keep")
        result = self.expect(5, "--program", PROGRAM, "--no-time", "--baseline", "three", "BM_Keep")
        self.assertIn("different --iterations, --program-arg or --heap-functions", " ".join((result.stdout + result.stderr).split()))
        self.expect(2, "--program", PROGRAM, "--iterations", "0")

    def test_arguments_of_the_program(self):
        """They are there when it is asked for its cases, in samples, below tools and in suggested commands."""
        self.expect(2, "--program", PROGRAM, "--no-time", "BM_Own")
        cases = self.cases("--program-arg=--blocks=5", "--program-arg", "--blocks=9", "BM_Own")
        self.assertEqual({name: cases[name].samples(METRICS[0])[0] for name in cases}, {"BM_Own/5": 5, "BM_Own/9": 9})
        self.assertEqual(self.load("run.json")["context"]["membench"]["programs"][0]["called_with"],
                         "--program-arg=--blocks=5 --program-arg=--blocks=9")  # fmt: skip
        where = self.expect(0, "where", "--program", PROGRAM, "--program-arg=--blocks=5", "BM_Own/5", "--at", "total", "--format", "json")
        self.assertEqual(where.json()["where"]["unexplained"], 0)
        result = self.expect(3, "ab", PROGRAM, GROWN, "--no-time", "--no-where", "--program-arg=--blocks=5", "BM_Own/5")
        self.assertIn("allocated +20.0% (+100 B)", result.stdout)
        result = self.expect(1, "--program", PROGRAM, "--program-arg=--unknown")
        self.assertIn("cannot list its cases: --benchmark_list_tests=true exited with code 1", result.stderr)
        self.expect(2, "--program", PROGRAM, *["--program-arg=x"] * 33)
        self.expect(2, "--program", PROGRAM, "--program-arg=" + "x" * 8192)

    def test_call_sites_add_up(self):
        self.need_sites()
        for name, moment, wanted in (("BM_Parse/64", "total", 6400), ("BM_Keep", "kept", 48), ("BM_Keep", "live", 48)):
            where = self.expect(0, "where", "--program", PROGRAM, f"^{name}$", "--at", moment, "--format", "json").json()
            self.assertEqual(where["window"], "steady")
            self.assertEqual([site["after"]["requested_bytes"] for site in where["where"]["sites"]], [wanted], name)
            self.assertEqual(where["where"]["unexplained"], 0)

    def test_what_cannot_be_done_says_so(self):
        self.assertIn("membench soak -- COMMAND watches it",
                      self.expect(2, "soak", "--program", PROGRAM, "--run", "1", "BM_Keep").stderr)  # fmt: skip


class Tests:
    """Each test is a case; what a test takes apart from the framework's main is exact, the framework's own share of a
    test included: that of a test that does nothing."""

    def cases(self, *args, code=1):
        self.expect(code, "--program", self.program(), "--no-time", "-n", "3", "--out", "run.json", *args)
        return measured.Measured(self.folder / "run.json").cases

    def program(self, variant=""):
        return FOLDER / (self.name + variant)

    def each(self, case):
        values = [set(case.samples(metric)) for metric in METRICS]
        self.assertEqual([len(v) for v in values], [1, 1, 1], case.id)
        return [v.pop() for v in values]

    def test_figures(self):
        cases = self.cases()
        self.assertEqual(set(cases), self.all_names)
        nothing = self.each(cases[self.nothing])
        for name, wanted in self.expected.items():
            got = [a - b for a, b in zip(self.each(cases[name]), nothing)]
            self.assertEqual(got, wanted, name)

    def test_outcomes(self):
        cases = self.cases()
        self.assertEqual((cases[self.skips].outcome, cases[self.skips].message), ("skipped", "no such device"))
        self.assertEqual(cases[self.fails].outcome, "failed")
        self.assertRegex(cases[self.fails].message, self.failure)

    def test_growth_fails_with_test_and_line(self):
        self.need_sites()
        push, keep = list(self.expected)[:2]
        text = self.expect(3, "ab", self.program(), self.program("-grown"), "--no-time", "--exact", push, "--exact", keep,
                           "--exact", self.nothing).stdout  # fmt: skip
        self.assertRegex(text, rf"(?m)^  {push}: allocated \+[\d.]+% \(\+640 B\)")
        self.assertRegex(text, rf"(?m)^  {keep}: heap \+[\d.]+% \(\+32 B\); also heap kept")
        self.assertIn("10 blocks, 104 → 168 B each (asked for: 100 → 164)", text)
        self.assertRegex(text, rf"{self.source}:\d+\n")
        self.assertNotRegex(text, "cold")


@unittest.skipUnless(os.access(FOLDER / "tests-googletest", os.X_OK), "tests-googletest was not built (Debian: libgtest-dev)")
class GoogleTest(Tests, Frameworks):
    name, nothing, skips, fails = "tests-googletest", "Queue.Empty", "Queue.Skip", "Queue.Fail"
    expected = {"Queue.Push": [10, 1000, 0], "Queue.Keep": [1, 32, 32]}
    all_names = {"Queue.Empty", "Queue.Push", "Queue.Keep", "Queue.Skip", "Queue.Fail", "Some/Sizes.Build/0",
                 "Some/Sizes.Build/1"}  # fmt: skip
    failure = "^Expected equality of these values:; its main returned 1$"
    source = "tests_googletest.cc"

    def test_parameters(self):
        cases = self.cases("Sizes", code=0)
        small, large = (self.each(cases[f"Some/Sizes.Build/{i}"]) for i in (0, 1))
        self.assertEqual([b - a for a, b in zip(small, large)], [0, 200, 0])


@unittest.skipUnless(os.access(FOLDER / "tests-catch2", os.X_OK), "tests-catch2 was not built (Debian 13: catch2)")
class Catch2(Tests, Frameworks):
    name, nothing, skips, fails = "tests-catch2", "nothing 00", "it skips", "it fails"
    expected = {"a push, 10x": [10, 1000, 0], "it keeps 1": [1, 32, 32]}
    all_names = {"nothing 00", "a push, 10x", "it keeps 1", "two sections", "it skips", "it fails"}
    failure = r"^REQUIRE\( sizeof block == 0 \); its main returned 42$"
    source = "tests_catch2.cc"


class Refused(Frameworks):
    @measured.need_own_program("google-benchmarks-crashes", "libbenchmark-dev")
    def test_a_crash_is_that_of_the_case(self):
        program = measured.own_program("google-benchmarks-crashes")
        text = self.expect(1, "--program", program, "--no-time", "BM_Crash", "BM_Keep").stdout
        self.assertRegex(text, r"BM_Crash +crashed: SIG(ILL|TRAP) in run, cold window")

    @measured.need_own_program("google-benchmarks-careless", "libbenchmark-dev")
    def test_a_main_that_ignores_what_it_does_not_know(self):
        """Its iterations are set nevertheless."""
        program = measured.own_program("google-benchmarks-careless")
        self.expect(0, "--program", program, "--no-time", "--out", "run.json", "BM_Keep")
        case = measured.Measured(self.folder / "run.json").cases["BM_Keep"]
        self.assertEqual([set(case.samples(m)) for m in METRICS], [{1}, {48}, {48}])

    def test_old_and_static_ones_are_refused_with_the_reason(self):
        for name, reason in (("google-benchmark-old", "its Google Benchmark is linked statically and older than 1.8"),
                             ("google-benchmark-static", "a program of Google Benchmark, and nothing can be preloaded")):  # fmt: skip
            program = measured.own_program(name)
            result = self.expect(1, "--program", program)
            self.assertIn(f"{program}: {reason}", result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)


if __name__ == "__main__":
    common.main()
