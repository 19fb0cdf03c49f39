"""The gate fails when memory grew and only then: programs grown by a known share, exact cases over and over, cases that
vary by chance; and a baseline keeps what a run did not measure. ci/selftest does the same many more times."""

import shutil

import common
import measured
from measured import PAGE_BYTES


class AsBefore(measured.Case):
    """Of a program that is, with its libraries, the baseline's, one sample that repeats every value is enough; whatever
    else makes it grow is looked at as often as ever."""

    def counts(self, program, code, *args, blocks="100"):
        (self.folder / "blocks.txt").write_text(blocks)
        run = self.results("--program", program, "--no-time", *args, code=code)
        case = run.cases["as_before"]
        return {len(case.samples(metric)) for metric in ("steady_heap_live_bytes", "steady_anon_delta_bytes")}

    def test_how_often_it_runs(self):
        program = self.folder / "as-before"
        shutil.copy(measured.own_program("as-before"), program)
        self.assertEqual(self.counts(program, 0, "--save-baseline", "main"), {20})
        self.assertEqual(self.counts(program, 0, "--baseline", "main"), {1})
        text = self.expect(0, "explain", "--baseline", "main", "as_before", "heap").stdout
        self.assertIn("the program and its libraries are the same, too, so one is enough", " ".join(text.split()))
        self.assertGreaterEqual(min(self.counts(program, 3, "--baseline", "main", blocks="120")), 10)
        self.counts(program, 0, "--baseline", "main", blocks="105")
        shutil.copy(measured.own_program("as-before-rebuilt"), program)
        self.assertEqual(self.counts(program, 0, "--baseline", "main"), {3})
        text = self.expect(0, "explain", "--baseline", "main", "as_before", "heap").stdout
        self.assertNotIn("one is enough", " ".join(text.split()))

    def test_a_baseline_that_does_not_say(self):
        program = measured.own_program("as-before")
        self.counts(program, 0, "--save-baseline", "main")
        self.forget_libraries()
        self.assertEqual(self.counts(program, 0, "--baseline", "main"), {3})


    def test_a_library_in_a_folder_called_as_the_kernels(self):
        """What the kernel maps needs no build id; a library has to have one, wherever it lies."""
        folder, name, digests = self.folder / "vdso", "libnamed-pool-library.so", []
        folder.mkdir()
        library = bytearray((common.BUILD / "lib" / name).read_bytes())
        for change in (0, 1):
            library[library.index(b"GNU\0") + 4] ^= change
            (folder / name).write_bytes(library)
            run = self.results("--program", measured.own_program("named-pool-now"), "--no-time", "-n", 1,
                               "--env", "LD_LIBRARY_PATH", env=self.env(LD_LIBRARY_PATH=str(folder)))  # fmt: skip
            digests.append(run.programs[0]["libraries"])
        self.assertNotEqual(*digests)


class Grown(measured.Case):
    def save(self, name, *args):
        return self.measure(name, 0, "--save-baseline", "main", *args)

    def regressed(self, result):
        """Regressed cases of a JSON report, with the metrics that regressed."""
        return {f["id"]: f["metrics"] for f in result.json()["findings"] if f["kind"] == "regressed"}

    @common.need_program("jobs")
    def test_twelve_percent_more_fail_and_five_percent_pass(self):
        self.save("jobs")
        grown = self.measure("jobs-grown", 3, "--baseline", "main")
        for count in (10, 50, 100, 200):  # case, metric, share and amount are named
            self.assertRegex(grown.stdout, rf"(?m)^  {count} .* ▲ heap \+1[12]\.\d% \(\+[0-9.]+ KiB\)$")
        text = " ".join(grown.stdout.split())
        self.assertIn("REGRESSED: memory_job_creation, 4 cases and 1 slope, one cause: heap +144 B per job", text)
        verbose = self.measure("jobs-grown", 3, "--baseline", "main", "--verbose").stdout
        for count in (10, 50, 100, 200):
            case = rf"(?ms)^memory_job_creation/{count}  .*?^  heap +\+1[12]\.\d% \[.*?\] \(\+[0-9.]+ KiB\)  REGRESSED$"
            self.assertRegex(verbose, case)
            self.assertRegex(verbose, rf"(?m)^  memory_job_creation/{count}$")
        self.assertIn("Regressed (4 cases and 1 slope)", verbose)
        passed = self.measure("jobs-grown-5", 0, "--baseline", "main")
        self.assertNotIn("REGRESSED", passed.stdout)
        self.measure("jobs", 0, "--baseline", "main")

    @common.need_program("jobs")
    def test_the_threshold_decides(self):
        self.save("jobs", "--filter", "/100$")
        args = ["--baseline", "main", "--filter", "/100$"]
        self.measure("jobs-grown", 0, *args, "--threshold", "20%")
        self.measure("jobs-grown-5", 3, *args, "--threshold", "3%")
        self.measure("jobs-grown-5", 0, *args, "--threshold", "3%", "--metrics", "heap_alloc_count")

    @common.need_program("jobs")
    def test_compare_of_two_stored_runs_says_the_same(self):
        self.save("jobs")
        self.measure("jobs-grown", 0, "--save-baseline", "pr")
        by_name = self.expect(3, "--load-baseline", "pr", "--baseline", "main", "--format", "json")
        by_file = self.expect(3, "compare", "baselines/main.json", "baselines/pr.json", "--format", "json")
        self.assertEqual(self.regressed(by_name), self.regressed(by_file))
        self.assertEqual(len(self.regressed(by_name)), 5)  # four cases, and the slope through them
        self.assertIn("memory_job_creation", self.regressed(by_name))
        self.expect(0, "compare", "baselines/pr.json", "baselines/main.json")

    def test_exact_cases_made_noisy_and_larger_fail(self):
        """50 cases of 100 pages become 160 pages with 5 % noise: the exact path no longer applies, all must fail. (Ten of
        them where it is not to be thorough.)"""
        group = "constant/" if common.THOROUGH else "constant/3/"
        self.save("constant", "--filter", group)
        result = self.measure("constant-noisy", 3, "--baseline", "main", "--format", "json", "--filter", group)
        regressed = self.regressed(result)
        self.assertEqual(len(regressed), 50 if common.THOROUGH else 10)
        self.assertEqual(set(map(tuple, regressed.values())), {
            ("cold_anon_delta_bytes", "cold_peak_anon_delta_bytes", "steady_anon_delta_bytes", "steady_peak_anon_delta_bytes")})

    def test_builds_with_different_ids_compare(self):
        """Identity is stored and shown, never a reason to refuse."""
        programs = [measured.own_program(name) for name in ("known", "known-rebuilt")]
        files = [
            self.results("--program", program, "--no-time", "--save-baseline", str(i), name=f"{i}.json")
            for i, program in enumerate(programs)
        ]
        ids = [f.programs[0]["build_id"] for f in files]
        self.assertEqual(ids[1], "0123456789abcdef" * 2)
        self.assertRegex(ids[0], "^[0-9a-f]{40}$")
        same = self.expect(0, "--program", programs[1], "--no-time", "--baseline", "0")
        self.assertIn("70 metrics gated", same.stdout)
        self.assertIn("OK: ", same.stdout)


class OverAndOver(measured.Case):
    """How often a gate is wrong of a thousand times is what ci/selftest tells."""

    def gates(self, count, program, *args):
        return [self.membench("--program", program, "--no-time", "-q", *args).code for _ in range(count)]

    def test_saving_and_gating_in_turn(self):
        program = measured.own_program("known")
        for _ in range(5):
            self.assertEqual(self.gates(1, program, "--save-baseline", "main"), [0])
            self.assertEqual(self.gates(1, program, "--baseline", "main", "--strict"), [0])


class Saving(measured.Case):
    def stored(self):
        return measured.Measured(self.folder / "baselines" / "main.json").cases

    def test_a_filter_updates_just_those_cases(self):
        self.measure("constant", 0, "--save-baseline", "main", "--filter", "constant/[34]/")
        before = self.stored()
        result = self.measure("constant-noisy", 0, "--save-baseline", "main", "--filter", "constant/3/7$")
        self.assertIn("0 cases new, 1 replaced, 19 kept", result.stderr)
        after = self.stored()
        self.assertEqual(list(after), list(before))
        for name, case in after.items():
            if name == "constant/3/7":
                self.assertGreater(min(case.samples("cold_anon_delta_bytes")), 110 * PAGE_BYTES)
            else:
                self.assertEqual(case.own["series"], before[name].own["series"])
        self.measure("constant", 0, "--baseline", "main", "--filter", "constant/[34]/")
        self.measure("constant-noisy", 3, "--baseline", "main", "--exact", "constant/3/8")
        self.measure("constant-noisy", 0, "--baseline", "main", "--exact", "constant/3/7")

    def test_programs_share_a_baseline(self):
        """A save adds its program's cases to those of others; each program is gated against its own."""
        known = ["--program", measured.own_program("known"), "--no-time"]
        self.expect(0, *known, "--save-baseline", "main")
        result = self.measure("constant", 0, "--save-baseline", "main", "--filter", "constant/1/")
        self.assertIn("10 cases new, 0 replaced, 5 kept", result.stderr)
        self.assertEqual(len(self.stored()), 15)
        self.expect(0, *known, "--baseline", "main", "--strict")
        self.measure("constant", 0, "--baseline", "main", "--filter", "constant/1/", "--strict")

    def test_cases_without_baseline(self):
        """An error with --baseline, skipped and said with --baseline-lenient; a growth next to them still fails."""
        self.measure("constant", 0, "--save-baseline", "main", "--filter", "constant/1/1$")
        both = ["--filter", "constant/1/[12]$"]
        self.assertIn("constant/1/2", self.measure("constant", 5, "--baseline", "main", *both).stdout)
        self.assertIn("constant/1/2", self.measure("constant", 0, "--baseline-lenient", "main", *both).stdout)
        self.measure("constant-noisy", 3, "--baseline-lenient", "main", *both)


if __name__ == "__main__":
    common.main()
