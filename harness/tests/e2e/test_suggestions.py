"""Suggestions run as printed: each command that a report names is typed into a shell, and does what it is for. A mistyped
word is answered by the right one."""

import re
import shlex
import subprocess

import common
from common import MEMBENCH, program, stored

HEAP, ANON = "steady_heap_live_bytes", "steady_anon_delta_bytes"
SUGGESTED = re.compile(r"(?m)^([a-z ]+): +(membench .*)$")


class Suggestions(common.Case):
    def type(self, line):
        """Runs a line as a shell does, "membench" being the one that was built."""
        words = f"{shlex.quote(str(MEMBENCH))} {line.removeprefix('membench ')}"
        done = subprocess.run(["/bin/sh", "-c", words], cwd=self.folder, env=self.env(), capture_output=True, text=True,
                              timeout=150)
        return done

    def follow(self, text, wanted):
        """Runs all that the text suggests; wanted: {purpose: (exit codes, what it prints)}."""
        found = SUGGESTED.findall(text)
        self.assertEqual([purpose for purpose, _ in found], list(wanted), text)
        for purpose, line in found:
            with self.subTest(purpose=purpose, line=line):
                if "OLD NEW" in line:
                    continue  # the reader's to fill in
                code, said = wanted[purpose]
                done = self.type(line)
                self.assertEqual(done.returncode, code, f"{line}\n{done.stdout}{done.stderr}")
                self.assertRegex(done.stdout + done.stderr, said)


@common.need_program("jobs-grown")
class OfRuns(Suggestions):
    """With options that every suggestion has to repeat: another folder for baselines, one pass, a threshold."""

    OPTIONS = ["--passes", "heap", "--no-where", "--baseline-dir", "kept here"]

    def measure_jobs(self, code, *args, name="jobs"):
        return self.expect(code, "--program", program(name), *self.OPTIONS, *args).stdout

    def test_from_the_first_run_to_an_accepted_growth(self):
        first = self.measure_jobs(0, "memory_job_creation/1.*")
        self.follow(first, {"keep as a baseline": (0, r"saved baseline \"main\": 2 cases new")})
        saved = self.measure_jobs(0, "--save-baseline", "main")
        self.follow(saved, {"compare a later run": (0, r"OK: No memory grew")})
        grown = self.measure_jobs(3, "--baseline", "main", "--threshold", "5%", name="jobs-grown")
        self.assertIn("--threshold 5%", grown)
        self.follow(grown, {"accept": (0, r"saved baseline \"main\": 0 cases new, 4 replaced"),
                            "look closer": (0, r"NOT REGRESSED|REGRESSED")})
        self.measure_jobs(0, "--baseline", "main", name="jobs-grown")  # it was accepted
        shrunk = self.measure_jobs(0, "--baseline", "main")
        self.follow(shrunk, {"keep what was gained": (0, r"4 replaced")})
        self.measure_jobs(0, "--baseline", "main", "--strict")

    def test_a_case_that_is_not_recorded(self):
        self.measure_jobs(0, "--save-baseline", "main", "/10$")
        new = self.measure_jobs(5, "--baseline", "main")
        self.follow(new, {"record": (0, r"3 cases new, (0|1) replaced")})
        self.measure_jobs(0, "--baseline", "main")

    def test_two_builds(self):
        grown = self.expect(3, "ab", program("jobs"), program("jobs-grown"), *self.OPTIONS[:3], "creation/1").stdout
        line = re.search(r"(?m)^ *(membench ab .*)$", grown)[1]
        self.assertIn("--passes heap --no-where", line)
        self.assertEqual(self.type(line).returncode, 3)

    @common.need_program("faults")
    def test_a_crash(self):
        text = self.expect(1, "--program", program("faults"), "--exact", "fault/segv", "--passes", "pages").stdout
        self.follow(text, {"run it alone": (1, r"fault/segv \.\.\. crashed: SIGSEGV")})


class OfFiles(Suggestions):
    def test_what_can_be_compared_again(self):
        noisy = [4096000 + 40960 * ((7 * i) % 11 - 5) for i in range(20)]
        self.write("old.json", stored({"g/a": {HEAP: 10000}, "it's/x": {ANON: noisy}}))
        self.write("new.json", stored({"g/a": {HEAP: 20000}, "it's/x": {ANON: [v + 614400 for v in noisy] * 2}}))
        text = self.expect(3, "compare", "--threshold", "9%", "old.json", "new.json").stdout
        self.follow(text, {"tell growth from drift": (0, ""), "look closer": (0, r"because")})
        self.assertIn("membench explain --threshold 9% old.json new.json g/a", text)

    def test_two_files_cannot_take_more_samples(self):
        self.write("old.json", stored({"g/a": {HEAP: 1000000}}))
        self.write("new.json", stored({"g/a": {HEAP: [1000000] * 14 + [1600000] * 6}}))
        text = self.expect(0, "compare", "old.json", "new.json").stdout
        self.assertIn("INCONCLUSIVE: g/a", text)
        self.follow(text, {})

    def test_nothing_is_there_yet(self):
        self.assertRegex(self.expect(1, "report").stderr, r"no run is stored in this folder yet .*: measure first")
        self.assertRegex(self.expect(1, "explain", "--baseline", "x", "y").stderr, r"measure first")
        for args in (["--program", program("jobs"), "--no-time", "creation/10$"], ["exec", "--runs", "10", "--", "echo", "it's"]):
            cut = args.index("--") if "--" in args else len(args)
            gated = [*args[:cut], "--baseline", "main", *args[cut:]]
            command = self.expect(5, *gated).stderr.strip().split("; save one: ")[1]
            self.assertIn("saved baseline \"main\"", self.type(command).stderr)
            self.expect(0, *gated)
            self.expect(0, "baseline", "rm", "main")
        self.assertIn("save one: membench --save-baseline x", self.expect(5, "report", "--baseline", "x").stderr)
        self.assertEqual(self.expect(5, "baseline", "rm", "x").stderr, "membench: no baseline \"x\" in ./baselines\n")
        self.assertIn("membench --save-baseline NAME makes one", self.expect(0, "baseline", "list").stderr)


@common.need_program("jobs")
class Mistyped(common.Case):
    def said(self, code, *args):
        result = self.expect(code, *args)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_commands(self):
        for word, meant in (("soka", "soak"), ("comapre", "compare"), ("dcotor", "doctor")):
            self.assertIn(f'no case matches "{word}"; did you mean "{meant}"?', self.said(2, word, "-p", program("jobs")))
        self.assertIn('unknown command "basline"; did you mean "baseline"?', self.said(2, "manual", "basline"))
        self.assertNotIn("did you mean", self.said(2, "nothinglikeit", "-p", program("jobs")))

    def test_options(self):
        self.assertIn("unknown option '--metircs'; did you mean \"--metrics\"?", self.said(2, "--metircs", "heap"))
        self.assertIn("unknown option '--tset'; did you mean \"--test\"?", self.said(2, "--tset=3"))
        self.assertIn("--quiet takes no value", self.said(2, "--quiet=3"))
        self.assertIn("unknown option '-Z' (see membench soak --help)", self.said(2, "soak", "-Z"))

    def test_metrics(self):
        for args in (["--metrics", "haep"], ["--threshold", "haep=5%"]):
            self.assertIn('unknown metric "haep"; did you mean "heap"?', self.said(2, *args))
        self.write("membench.json", '{"budgets": {"aonn": 1}}')
        self.assertIn('membench.json:1:14: unknown metric "aonn"; did you mean "anon"?',
                      self.said(2, "-p", program("jobs"), "--list"))

    def test_cases_and_baselines(self):
        jobs = ["-p", program("jobs")]
        self.assertIn('did you mean "memory_job_creation"?', self.said(2, *jobs, "memory_job_craetion"))
        self.assertIn(f"(membench --program {program('jobs')} --list shows all 4)", self.said(2, *jobs, "nothinglikeit"))
        self.assertIn('did you mean "memory_job_creation/100"?', self.said(2, *jobs, "--exact", "memory_job_creation/1000"))
        for args in (["where"], ["soak"], ["diagnose", "--tool", "memcheck"]):  # which have no --list
            self.assertIn('no case matches "nothing" (there are 4: memory_job_creation/10, memory_job_creation/50, ',
                          self.said(2, *args, *jobs, "nothing"))  # fmt: skip
        self.write("baselines/main.json", stored({"g/a": {HEAP: 1}}))
        self.assertIn('no baseline "mian" in ./baselines; did you mean "main"?', self.said(5, *jobs, "--baseline", "mian"))

    def test_what_was_meant_otherwise(self):
        self.assertIn("membench wasm takes modules, but my.wasm is not one", self.said(2, "-p", program("jobs"), "my.wasm"))
        self.assertIn("membench --program /bin/sh", self.said(2, "-p", program("jobs"), "/bin/sh"))


if __name__ == "__main__":
    common.main()
