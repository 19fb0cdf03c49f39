"""membench ab: two builds side by side. What grew fails and is named, what did not passes every time; samples are taken
alternately; folders, one-sided cases, bad input and interruption."""

import shutil
import signal
import subprocess

import common
import measured

ROUNDS = 4 if common.THOROUGH else 2


class Ab(measured.Case):
    def ab(self, code, old, new, *args, **more):
        return self.expect(code, "ab", old, new, "--no-time", *args, **more)

    def folder_of(self, name, *programs):
        """A folder of this test with copies of bench programs, "old_name=name" under another name."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for entry in programs:
            target, _, source = entry.partition("=")
            shutil.copy(common.program(source or target), folder / target)
        return name

    def ids(self, report, presence):
        return [case["id"] for case in report["cases"] if case["presence"] == presence]


@common.need_program("jobs")
class Verdicts(Ab):
    def test_twelve_percent_more_fail_naming_case_metric_and_interval(self):
        grown = self.ab(3, common.program("jobs"), common.program("jobs-grown"))
        for count in (10, 50, 100, 200):
            self.assertRegex(grown.stdout, rf"(?m)^  {count} .* ▲ heap \+1[12]\.\d% \(\+[0-9.]+ KiB\)$")
        self.assertIn("REGRESSED: memory_job_creation, 4 cases", grown.stdout)
        self.assertIn("membench ab ", grown.stdout)  # how to look again
        self.assertNotIn("--save-baseline", grown.stdout)  # there is none

    def test_unchanged_improved_and_grown_by_less_pass(self):
        unchanged = self.ab(0, common.program("jobs"), common.program("jobs"), "-q")
        self.assertEqual(unchanged.stderr, "membench: OLD and NEW are the same build: this shows only how much it varies\n")
        self.ab(0, common.program("jobs"), common.program("jobs-grown-5"))
        improved = self.ab(0, common.program("jobs-grown"), common.program("jobs"))
        self.assertIn("Improved: memory_job_creation, 4 cases", improved.stdout)
        self.ab(0, common.program("jobs"), common.program("jobs-grown"), "--threshold", "20%")
        self.ab(3, common.program("jobs"), common.program("jobs-grown-5"), "--threshold", "3%", "creation/100$")

    def test_what_failed_on_the_old_side_may_have_grown(self):
        mended = self.ab(0, measured.own_program("mends"), measured.own_program("mends-mended"))
        self.assertIn("mended, crashed in the baseline\nOK: Nothing that was compared grew.", mended.stdout)

    def test_three_samples_settle_what_repeats(self):
        report = self.ab(0, common.program("constant"), common.program("constant"), "--format", "json").json()
        counts = {(c["n"], c["baseline_n"]) for case in report["cases"] for c in case["comparisons"] if c["gates"]}
        self.assertEqual(counts, {(3, 3)})
        self.assertEqual(report["verdict"], "ok")

    def test_fresh_samples_alone_confirm(self):
        """Ten samples make a suspect, ten others confirm it; the file keeps all twenty."""
        args = ["--format", "json", "--out", "new.json", "creation/100$"]
        report = self.ab(3, common.program("jobs"), common.program("jobs-grown"), *args)
        stored = measured.Measured(self.folder / "new.json").cases["memory_job_creation/100"]
        judged = {c["metric"]: c for c in report.json()["cases"][0]["comparisons"]}["steady_heap_live_bytes"]
        self.assertEqual((judged["verdict"], judged["n"]), ("REGRESSED", 10))
        self.assertEqual(len(stored.samples("steady_heap_live_bytes")), 20)

    def test_exact_made_noisy_and_larger_fails(self):
        rows = ["--format", "json", "constant/1/"]
        report = self.ab(3, common.program("constant"), common.program("constant-noisy"), *rows).json()
        regressed = [f["id"] for f in report["findings"] if f["kind"] == "regressed"]
        self.assertEqual(len(regressed), len(report["cases"]))

    def test_the_same_program_never_fails(self):
        """ci/selftest ab does this a thousand times."""
        codes = [self.membench("ab", common.program("truth"), common.program("truth"), "--no-time", "-q").code
                 for _ in range(ROUNDS)]
        self.assertEqual(codes, [0] * ROUNDS)

    def test_times_are_shown_and_gate_when_asked(self):
        if not (common.BUILD / "lib" / "libmembench_timer.so").exists():
            self.skipTest("membench was built without Google Benchmark (Debian: libbenchmark-dev)")
        if measured.SANITIZED:
            self.skipTest("a sanitized timer cannot be loaded into a program that is not")
        brief = ["--format", "json", "--measurement-time", "3ms", "--warm-up-time", "1ms", "constant/1/1$"]
        args = ["ab", common.program("constant"), common.program("constant"), *brief]
        timed = self.expect(0, *args).json()["cases"][0]["comparisons"]
        self.assertEqual([c["verdict"] for c in timed if c["metric"] == "real_time_ns"], ["SHOWN"])
        self.assertRegex(self.expect(0, *args, "--format", "text", "-v").stdout, r"(?m)^  time +[+-]\d.* \[.*\]")
        asked = self.membench(*args, "--threshold", "time=900%").json()["cases"][0]["comparisons"]
        gating = {c["metric"]: c["n"] for c in asked if c["gates"]}
        self.assertGreaterEqual(gating["real_time_ns"], 10)


@common.need_program("jobs")
class Sides(Ab):
    def test_folders_are_matched_by_case(self):
        old = self.folder_of("old", "jobs", "constant")
        new = self.folder_of("new", "renamed=jobs", "truth")
        self.write("new/notes.txt", "MEMBENCH_ACTION")
        self.script("new/other.sh", "#!/bin/sh\ntouch was_run\n")
        result = self.ab(0, old, new, "--format", "json", "creation|truth_empty|constant/1/1$")
        report = result.json()
        self.assertEqual(len(self.ids(report, "both")), 4)
        self.assertEqual(self.ids(report, "gone"), ["constant/1/1"])
        self.assertEqual(self.ids(report, "unrecorded"), ["truth_empty"])
        self.assertFalse((self.folder / "was_run").exists())
        self.ab(1, old, new, "--strict", "creation|truth_empty|constant/1/1$")

    def test_programs_by_name_and_by_membench_json(self):
        old, new = self.folder_of("old", "jobs", "jobs-grown"), self.folder_of("new", "jobs", "jobs-grown")
        both = self.ab(2, old, new)  # the same cases twice
        self.assertIn("two programs have a case", both.stderr)
        self.assertIn("old side", both.stderr)
        self.assertIn("--program NAME", both.stderr)
        self.ab(0, old, new, "-p", "jobs")
        self.write("old/membench.json", '{"programs": ["jobs"]}')
        self.write("new/membench.json", '{"programs": ["jobs-grown"]}')
        self.ab(3, old, new)
        self.ab(2, old, new, "-p", "none")

    def test_help(self):
        """All but the formats, which every verb has that reports."""
        self.golden("help-ab.txt", self.expect(0, "ab", "--help").stdout.split("\nFormats:")[0])

    def test_bad_input(self):
        jobs = common.program("jobs")
        (self.folder / "empty").mkdir()
        for args, needle in (
            ([jobs], "two builds"),
            ([jobs, "missing"], "missing"),
            ([jobs, "empty"], "no bench program"),
            ([jobs, common.program("constant")], "no case in common"),
            ([jobs, jobs, "--sample-size", "5"], "takes 10 or more"),
            ([jobs, jobs, "nothing-has-this-name"], "no case matches"),
            ([jobs, jobs, "--format", "none"], "none"),
            ([jobs, jobs, "--save-baseline", "x"], "save-baseline"),
        ):
            result = self.membench("ab", *args)
            self.assertIn(result.code, (1, 2), f"{args}: {result}")
            self.assertIn(needle, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1)
            self.assertEqual(result.stdout, "")

    @common.need_program("faults")
    def test_a_case_that_fails_on_one_side_fails(self):
        """Whatever the old side did: the new one must end well. The rest is judged all the same."""
        crash = self.script("crash", f"#!/bin/sh\ncase $MEMBENCH_CASE in */100) kill -SEGV $$ ;; esac\n"
                                     f"exec {common.program('jobs')}\n")
        result = self.ab(1, common.program("jobs"), crash, "--format", "json").json()
        self.assertEqual({c["id"]: c["outcome"] for c in result["cases"]}["memory_job_creation/100"], "crashed")
        judged = [c for c in result["cases"] if c["comparisons"]]
        self.assertEqual(len(judged), 3)
        mended = self.ab(0, crash, common.program("jobs"), "--format", "json").json()
        self.assertEqual({c["outcome"] for c in mended["cases"]}, {"ok"})
        alone = self.ab(5, crash, common.program("jobs"), "/100$")  # nothing was guarded
        self.assertIn("crashed in the baseline", alone.stdout)
        self.assertIn("the two have no measured case in common", " ".join(alone.stdout.split()))

    @measured.need_own_program("known-musl-dynamic", "musl-tools")
    def test_builds_of_two_libcs_do_not_compare(self):
        result = self.ab(5, measured.own_program("known"), measured.own_program("known-musl-dynamic"))
        self.assertIn("a different libc", result.stdout)
        self.assertIn("build both sides the same way", " ".join(result.stdout.split()))


class Turns(Ab):
    def wrapped(self, side):
        return self.script(side, f"#!/bin/sh\n[ \"$MEMBENCH_ACTION\" = list ] || echo {side} $MEMBENCH_PASS "
                                 f"$MEMBENCH_CASE >> {self.folder}/log\nexec {common.program('constant')}\n")

    def test_samples_are_taken_by_turns(self):
        """ABBA: of each case, pass and pair of samples the sides go first alternately; one seed, one order."""
        args = ["-j", "1", "--seed", "7", "--sample-size", "10", "constant/1/[12]$"]
        self.ab(0, self.wrapped("old"), self.wrapped("new"), *args, "--out", "new.json")
        lines = self.read("log").decode().splitlines()[2:]  # the first two warm the page cache
        self.assertEqual(measured.Measured(self.folder / "new.json").context["seed"], "7")
        for case in ("constant/1/1", "constant/1/2"):
            for name in ("pages", "heap"):
                order = [line.split()[0] for line in lines if line.endswith(f" {name} {case}")]
                self.assertEqual(order, "old new new old old new".split())
        first = self.read("log")
        (self.folder / "log").unlink()
        self.ab(0, "old", "new", *args)
        self.assertEqual(self.read("log"), first)

    def test_a_time_budget_leaves_open_what_it_must(self):
        """The first samples are taken, and settle what repeats; what has grown is open, and never fine."""
        args = ["--time-budget", "1ms", "--no-time", "--format", "json", "creation/100$"]
        cut = self.ab(0, common.program("jobs"), common.program("jobs-grown"), *args)
        self.assertIn("--time-budget is used up", cut.stderr)
        heap = [c for c in cut.json()["cases"][0]["comparisons"] if c["metric"] == "steady_heap_live_bytes"][0]
        self.assertEqual((heap["verdict"], heap["n"]), ("INCONCLUSIVE", 3))
        self.assertEqual(heap["reason"], "the time budget ended before it was settled")
        self.ab(4, common.program("jobs"), common.program("jobs-grown"), *args, "--strict")
        same = self.ab(0, common.program("constant"), common.program("constant"), "--time-budget", "1ms", "--strict")
        self.assertNotIn("--time-budget is used up", same.stderr)  # three samples settle it
        whole = self.ab(3, common.program("jobs"), common.program("jobs-grown"), "--time-budget", "1h", *args[2:])
        self.assertNotIn("--time-budget", whole.stderr)

    def test_an_interruption_leaves_nothing(self):
        sleepy = self.script("sleepy", f"#!/bin/sh\n[ \"$MEMBENCH_ACTION\" = list ] || {{ touch begun; sleep 20; }}\n"
                                       f"exec {common.program('constant')}\n")
        process = subprocess.Popen([str(common.MEMBENCH), "ab", str(sleepy), str(sleepy), "--no-time", "--out", "o.json"],
                                   cwd=self.folder, env=self.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(common.wait_until(lambda: (self.folder / "begun").exists(), 30))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=common.TIMEOUT_SECONDS)
        self.assertEqual((process.returncode, out), (128 + signal.SIGINT, b""))
        self.assertIn(b"interrupted: nothing was judged", err)
        self.assertFalse((self.folder / "o.json").exists())


@common.need_program("jobs")
class Resumed(Ab):
    CUTS = (0, 1, 2, 5, 9, 14, 23, 41)

    def journals(self):
        return sorted((self.folder / ".membench").glob("journal-*.ndjson"))

    def lines(self):
        return sum(max(0, path.read_bytes().count(b"\n") - 1) for path in self.journals())

    def kill_after(self, lines, args):
        """kill -9 when the two journals have so many samples; False when the run was over before."""
        process = subprocess.Popen([str(common.MEMBENCH), "ab", *args], cwd=self.folder, env=self.env(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        common.wait_until(lambda: (len(self.journals()) == 2 and self.lines() >= lines) or process.poll() is not None, 30)
        was_over = process.poll() is not None
        process.kill()
        process.wait()
        self.assert_no_workers(2)
        return not was_over

    def what_repeats(self, *cases):
        """Of two reports of a case what both have as exact: file pages and footprints may move by a page under load."""
        names = [n for n in cases[0]["metrics"] if all(c["metrics"].get(n, {}).get("exact") for c in cases)]
        self.assertGreater(len(names), 15)
        return [(case["id"], case["outcome"], [case["metrics"][n] for n in names],
                 [c for c in case["comparisons"] if c["metric"] in names and c["gates"]]) for case in cases]  # fmt: skip

    def test_killed_anywhere_it_ends_as_the_unbroken_run(self):
        """Grown by 12 %, and noisy and larger: exit code 3 whenever it was killed; the same report where values repeat."""
        exact = [common.program("jobs"), common.program("jobs-grown"), "creation/(10|100)$"]
        noisy = [common.program("constant"), common.program("constant-noisy"), "--passes", "pages", "constant/1/[1-3]$"]
        how = ["--no-time", "--no-where", "--seed", "7", "--format", "json"]
        for sides in (exact, noisy):
            whole = self.expect(3, "ab", *sides, *how)
            for cut in self.CUTS:
                with self.subTest(sides=sides, cut=cut):
                    if not self.kill_after(cut, [*sides, *how]):
                        continue
                    self.assertEqual(len(self.journals()), 2)
                    again = self.expect(3, "ab", *sides, *how, "--resume")
                    self.assertEqual(self.journals(), [])
                    self.assertEqual(again.json()["verdict"], whole.json()["verdict"])
                    if sides is exact:
                        for a, b in zip(again.json()["cases"], whole.json()["cases"]):
                            self.assertEqual(*self.what_repeats(a, b))

    def test_killed_within_the_header_of_the_second_side(self):
        args = [common.program("jobs"), common.program("jobs-grown"), "creation/10$", "--no-time", "--no-where", "--format", "json"]
        self.kill_after(3, args)
        second, first = self.journals()  # -new, -old
        kept = second.read_bytes()
        for length in (0, 20):
            second.write_bytes(kept[:length])
            copy = first.read_bytes()
            self.assertEqual(self.expect(3, "ab", *args, "--resume").json()["verdict"], "regressed")
            self.assertEqual(self.journals(), [])
            first.write_bytes(copy)

    def test_a_time_budget_is_resumed(self):
        args = [common.program("jobs"), common.program("jobs-grown"), "--no-time", "--strict", "creation/100$"]
        cut = self.expect(4, "ab", *args, "--time-budget", "1ms")
        self.assertIn("run the same command with --resume to continue", cut.stderr)
        kept = self.lines()
        self.assertEqual(kept, 2 * 2 * 3)  # two sides, two passes
        self.expect(3, "ab", *args, "--resume")
        self.assertEqual(self.journals(), [])

    def test_refused(self):
        """Other sides, or nothing to resume."""
        old, new = common.program("jobs"), common.program("jobs-grown")
        self.assertIn("no interrupted run", self.expect(2, "ab", old, new, "--no-time", "--resume").stderr)
        self.expect(0, "ab", old, new, "--no-time", "--time-budget", "1ms", "creation/100$")
        self.assertIn("run without --resume", self.expect(2, "ab", new, old, "creation/100$", "--resume").stderr)
        self.assertIn("no interrupted run", self.measure("jobs", 2, "creation/100$", "--resume").stderr)


if __name__ == "__main__":
    common.main()
