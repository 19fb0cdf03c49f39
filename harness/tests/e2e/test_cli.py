"""The command line, end to end: help and usage errors, choosing cases and programs, output formats, exit codes."""

import os
import pty
import re
import subprocess

import common
import measured
from common import BENCH, MEMBENCH, need_program, program, run, stored

JOBS = ["memory_job_creation/10", "memory_job_creation/50", "memory_job_creation/100", "memory_job_creation/200"]
ESCAPE = "\x1b"
HEAP = "steady_heap_live_bytes"
ANON, COLD_ANON = "steady_anon_delta_bytes", "cold_anon_delta_bytes"


class Help(common.Case):
    """What is printed without measuring stays as it is until somebody accepts the change."""

    def test_help_of_every_verb(self):
        for verb in ("", "compare", "baseline", "doctor", "report", "diagnose", "estimate", "merge", "wasm"):
            with self.subTest(verb=verb):
                result = self.expect(0, *([verb] if verb else []), "--help")
                self.assertEqual(result.stderr, "")
                self.golden(f"help{'-' if verb else ''}{verb}.txt", result.stdout)

    def test_run_is_the_default_verb(self):
        self.assertEqual(self.expect(0, "run", "--help"), self.expect(0, "-h"))

    def test_version(self):
        result = self.expect(0, "--version")
        self.assertRegex(result.stdout, r"\Amembench \d+\.\d+\.\d+\nbuilt with (gcc|clang) .+\n\Z")
        self.assertEqual(result, self.expect(0, "-V"))
        self.assertEqual(result, self.expect(0, "compare", "--version"))

    def test_help_names_every_exit_code(self):
        text = self.expect(0, "--help").stdout
        for code in range(6):
            self.assertRegex(text, rf"\b{code} [a-z]")

    def test_help_fits(self):
        """Lines are no longer than the terminal, and nothing is lost; synopses and commands are not broken."""
        verbs = re.findall(r"(?m)^  membench ([a-z]+) ", self.expect(0, "--help").stdout.split("\nCommands:\n")[1])
        self.assertIn("soak", verbs)

        def text(verb, columns):
            out = self.expect(0, verb, "--help", env=self.env(COLUMNS=str(columns))).stdout
            return re.sub(r"(?s)\nExamples:\n.*?(\nCommands:|$)", r"\1", out.split("\n\n", 1)[1])

        for verb in verbs:
            words = text(verb, 1000).split()
            for columns in (40, 60, 80, 100, 1000):
                with self.subTest(verb=verb, columns=columns):
                    found = text(verb, columns)
                    self.assertLessEqual(max(map(len, found.splitlines())), min(columns, 100))
                    self.assertEqual(found.split(), words)

    def test_help_goes_before_what_is_wrong_behind_it(self):
        self.expect(0, "--help", "--bogus")
        self.expect(2, "--bogus", "--help")


class Usage(common.Case):
    """A mistake in the command line is one line on stderr, nothing on stdout, exit code 2, and nothing is measured."""

    ERRORS = """
        --bogus
        -Z
        --quiet=3
        --filter
        --program
        -j
        --filter=(
        --filter=*
        (
        nothinglikeit
        --filter=nothinglikeit
        --filter=-.
        --exact memory_job_creation/11
        --exact memory_job_creation
        --threshold x
        --threshold 10
        --threshold -5%
        --threshold nan
        --threshold anon=x
        --threshold anon=1
        --threshold nothing=5%
        --threshold anon=5%,
        --metrics nothing
        --metrics anon,,heap
        --passes nothing
        --passes pages,
        --jobs 0
        --jobs x
        --jobs 1.5
        --jobs 99999999999999999999
        --sample-size 0
        --timeout x
        --timeout -1
        --timeout 1e400
        --seed x
        --seed -1
        --seed 18446744073709551616
        --memory-limit 0
        --memory-limit x
        --memory-limit 1XB
        --confidence-level 2
        --noise-threshold x
        --noise-threshold 1
        --drift-allowance x
        --warm-up-iterations -1
        --warm-up-time x
        --measurement-time x
        --color blue
        --format xml
        --list --format xml
        --list --format csv
        --save-baseline ../up
        --save-baseline .hidden
        --save-baseline main --format xml
        --baseline a --baseline a
        --baseline a --baseline-lenient a
        --load-baseline a --save-baseline b
        --resume
        compare
        compare a.json
        compare a.json b.json c.json
        compare - -
        compare --jobs 2 a.json b.json
        baseline
        baseline list main
        baseline rm
        baseline rm ../main
        baseline polish main
        report --format xml a.json
        compare --format terse a.json b.json
        report --threshold 5%
        doctor now
    """

    def test_usage_errors(self):
        transcript = []
        env = self.env(MEMBENCH_PROGRAMS=program("jobs"))
        for line in self.ERRORS.strip().splitlines():
            line = line.strip()
            with self.subTest(line=line):
                result = self.membench(*line.split(" "), env=env)
                self.assertEqual(result.code, 2, str(result))
                self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, r"\Amembench: [^\n]+\n\Z")
                self.assertEqual(list(self.folder.iterdir()), [], "something was measured or written")
                transcript.append(f"$ membench {line}\n{result.stderr}")
        self.golden("usage.txt", "".join(transcript))

    def test_no_program_at_all(self):
        """A coordinator that is alone has no bundled programs, and says what to do."""
        lonely = self.folder / "membench"
        lonely.write_bytes(MEMBENCH.read_bytes())
        lonely.chmod(0o755)
        result = run([lonely, "--list"], self.folder)
        self.assertEqual(result.code, 2)
        self.golden("no-program.txt", result.stderr)

    def test_what_is_missing_has_a_code_of_its_own(self):
        transcript = []
        for code, line in (
            (5, "--baseline main"),
            (5, "--baseline-lenient main"),
            (5, "--load-baseline main"),
            (5, "baseline show main"),
            (5, "baseline rm main"),
            (0, "baseline list"),
            (1, "report nothing.json"),
            (1, "report"),
            (1, "compare nothing.json nothing.json"),
            (1, "--program nothing"),
        ):
            result = self.expect(code, *line.split(" "))
            self.assertEqual(result.stdout, "")
            transcript.append(f"$ membench {line}\n{result.stderr}exit code {code}\n")
        self.golden("missing.txt", "".join(transcript))


class List(common.Case):
    def test_formats(self):
        for name in ("text", "terse", "json"):
            result = self.expect(0, "--program", program("jobs"), "--list", "--format", name)
            self.assertEqual(result.stderr, "")
            self.golden(f"list.{name}", result.stdout)
        self.assertEqual(self.expect(0, "-p", program("jobs"), "-l").stdout, (common.GOLDEN / "list.text").read_text())

    def test_bundled_programs_are_the_default(self):
        ids = self.expect(0, "--list", "--format", "terse").stdout.splitlines()
        self.assertEqual([i for i in ids if i.startswith("memory_job_creation")], JOBS)
        self.assertEqual([i for i in ids if i.startswith(("truth", "fault", "constant"))], [])
        self.assertEqual(len(ids), len(set(ids)))

    def test_lists_measure_nothing(self):
        self.expect(0, "--list")
        self.assertEqual(list(self.folder.iterdir()), [])


@need_program("jobs")
class Choosing(common.Case):
    """Which cases of which programs run."""

    def ids(self, *args, **more):
        return self.expect(0, *args, "--list", "--format", "terse", **more).stdout.split()

    def test_filters(self):
        jobs = ["-p", program("jobs")]
        for filters, wanted in (
            ([], JOBS),
            (["/10"], [JOBS[0], JOBS[2]]),
            (["/10$"], [JOBS[0]]),
            (["--filter", "/10$"], [JOBS[0]]),
            (["-f", "/10$"], [JOBS[0]]),
            (["--filter=-/10"], [JOBS[1], JOBS[3]]),
            (["--filter", "-/10"], [JOBS[1], JOBS[3]]),
            (["/10", "--filter=-/100"], [JOBS[0]]),
            (["/50", "/200"], [JOBS[1], JOBS[3]]),
            (["--exact", JOBS[0]], [JOBS[0]]),
            (["--exact", JOBS[0], "--exact", JOBS[3]], [JOBS[0], JOBS[3]]),
            (["--", "/10$"], [JOBS[0]]),
            (["run", "/10$"], [JOBS[0]]),
        ):
            with self.subTest(filters=filters):
                first = filters[:1] if filters[:1] == ["run"] else []
                rest = filters[len(first) :]
                if "--" in rest:
                    result = self.expect(0, *first, *jobs, "--list", "--format", "terse", *rest)
                    self.assertEqual(result.stdout.split(), wanted)
                else:
                    self.assertEqual(self.ids(*first, *jobs, *rest), wanted)

    def test_variable_names_programs(self):
        env = self.env(MEMBENCH_PROGRAMS=f"{program('jobs')}:{program('truth')}")
        ids = self.ids(env=env)
        self.assertEqual(ids[:4], JOBS)
        self.assertIn("truth_empty", ids)
        self.assertEqual(self.ids("-p", program("jobs"), env=env), JOBS)

    def test_relative_program(self):
        os.symlink(program("jobs"), self.folder / "mine")
        self.assertEqual(self.ids("-p", "mine"), JOBS)
        self.assertEqual(self.ids("-p", "./mine"), JOBS)

    def test_same_case_in_two_programs(self):
        result = self.expect(2, "-p", program("jobs"), "-p", program("jobs-grown"), "--list")
        self.golden("two-programs.txt", result.stderr)
        self.assertEqual(result.stdout, "")

    def test_program_hands_itself_over(self):
        """`./my_bench ARGUMENTS` does what `membench --program ./my_bench ARGUMENTS` does."""
        for args in (["--list"], ["--filter", "/10$", "--list"], ["--filter=-/10", "--list", "--format", "terse"]):
            self.assertEqual(
                run([program("jobs"), *args], self.folder), self.membench("--program", program("jobs"), *args)
            )
        result = run([program("jobs"), "/10$", "--no-time", "--save-baseline", "main"], self.folder)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([b["name"] for b in self.load("baselines/main.json")["benchmarks"]], [JOBS[0]])
        self.assertEqual(run([program("jobs"), "--bogus"], self.folder).code, 2)
        self.assertEqual(run([program("jobs"), "--baseline", "other"], self.folder).code, 5)

    def test_program_finds_the_coordinator_it_is_told(self):
        self.script("told", '#!/bin/sh\necho "$@"\n')
        env = self.env(MEMBENCH=self.folder / "told")
        result = run([program("jobs"), "a b", "--list"], self.folder, env)
        self.assertEqual(result.stdout, f"--program {program('jobs')} a b --list\n")

    def test_program_without_a_coordinator(self):
        alone = self.folder / "alone"
        alone.write_bytes((BENCH / "jobs").read_bytes())
        alone.chmod(0o755)
        result = run([alone], self.folder, self.env(PATH="/nowhere"))
        self.assertEqual(result.code, 1)
        self.assertRegex(result.stderr, r"membench, which runs this program, was not found.*MEMBENCH")


@need_program("jobs")
class Project(common.Case):
    """membench.json: programs and thresholds, and errors that name line and column."""

    def test_programs(self):
        os.symlink(program("jobs"), self.folder / "mine")
        self.write("membench.json", '{"programs": ["mine"]}')
        self.assertEqual(self.expect(0, "--list", "--format", "terse").stdout.split(), JOBS)
        truth = self.expect(0, "-p", program("truth"), "--list", "--format", "terse").stdout
        self.assertNotIn(JOBS[0], truth)
        env = self.env(MEMBENCH_PROGRAMS=program("truth"))
        self.assertEqual(self.expect(0, "--list", "--format", "terse", env=env).stdout.split(), JOBS)

    def test_thresholds(self):
        """The 12 % that jobs-grown has grown pass under 20 %, wherever that is said; the command line decides."""
        self.measure("jobs", 0, "/100", "--passes", "heap", "--save-baseline", "main")
        gate = ["/100", "--passes", "heap", "--baseline", "main", "--metrics", HEAP]
        self.measure("jobs-grown", 3, *gate)
        self.write("membench.json", '{"threshold": "20%"}')
        self.measure("jobs-grown", 0, *gate)
        self.measure("jobs-grown", 3, *gate, "--threshold", "5%")
        self.measure("jobs-grown", 3, *gate, "--threshold", "heap=5%")
        self.write("membench.json", '{"threshold": "20%", "thresholds": {"steady_heap_live_bytes": "1%"}}')
        self.measure("jobs-grown", 3, *gate)
        self.write("membench.json", '{"threshold": "1%", "thresholds": {"heap": "20%"}}')
        self.measure("jobs-grown", 0, *gate)

    def test_amounts(self):
        """jobs-grown takes 144 B a job more: 14,400 B for a hundred. An amount holds to the byte, wherever it is said."""
        self.measure("jobs", 0, "/100$", "--passes", "heap", "--save-baseline", "main")
        gate = ["/100$", "--passes", "heap", "--baseline", "main", "--metrics", HEAP]
        for allowed, code in (("14400B", 0), ("14399B", 3), ("0+14399B", 3), ("0+14400B", 0), ("10%+4KiB", 0), ("13KiB", 3)):
            self.measure("jobs-grown", code, *gate, "--threshold", f"heap={allowed}")
            self.measure("jobs-grown", code, *gate, "--threshold", allowed)
            self.write("membench.json", '{"thresholds": {"heap": "%s"}}' % allowed)
            self.measure("jobs-grown", code, *gate)
            (self.folder / "membench.json").unlink()
        refused = self.measure("jobs-grown", 2, *gate, "--threshold", "heap_calls=4KiB")
        self.assertIn("heap_calls=4KiB: cold_heap_alloc_count is not measured in that unit", refused.stderr)
        self.write("membench.json", '{"thresholds": {"heap_calls": "4KiB"}}')
        refused = self.measure("jobs-grown", 2, *gate)
        self.assertIn('membench.json:1:17: "heap_calls" is not measured in the unit of its threshold', refused.stderr)

    def test_what_shrank_fails_on_request(self):
        self.measure("jobs-grown", 0, "/100$", "--passes", "heap", "--save-baseline", "main")
        gate = ["/100$", "--passes", "heap", "--baseline", "main"]
        for args, code in (((), 0), (("--fail-on-change",), 3), (("--fail-on-change", "--threshold", "15%"), 0)):
            self.measure("jobs", code, *gate, *args)
        shrank = self.measure("jobs", 3, *gate, "--fail-on-change")
        self.assertRegex(shrank.stdout, r"(?m)^SHRANK: ")
        self.assertRegex(shrank.stdout, r"(?m)▼ heap -10\.\d% \(-14\.1 KiB\)$")
        self.measure("jobs-grown", 0, *gate, "--fail-on-change")
        sides = [common.program(name) for name in ("jobs-grown", "jobs")]
        self.expect(0, "ab", *sides, "--no-time", "/100$")
        self.expect(3, "ab", *sides, "--no-time", "--fail-on-change", "/100$")

    def test_errors(self):
        transcript = []
        for text in (
            "",
            "[]",
            '{"programs": ["a",]}',
            '{\n  "programs": "a"\n}',
            '{\n  "programs": [1]\n}',
            '{\n  "program": ["a"]\n}',
            '{"threshold": "many"}',
            '{"threshold": 10}',
            '{"threshold": "10"}',
            '{\n  "thresholds": {\n    "anon": "5%",\n    "weight": "5%"\n  }\n}',
            '{"threshold": "10%", "threshold": "20%"}',
            '{"programs": ["a"]} {}',
            '{"programs": ["nothing"]}',
            "{" * 2000,
            '{"programs": ["\\ud800"]}',
            b'{"programs": ["\xff"]}',
        ):
            self.write("membench.json", text)
            result = self.membench("--list")
            self.assertEqual(result.stdout, "")
            shown = text if len(text) < 100 else text[:10] + "…"
            transcript.append(f"{shown!r}\n{result.stderr}exit code {result.code}\n")
            if text != '{"programs": ["nothing"]}':
                self.assertEqual(result.code, 2, str(result))
                self.assertRegex(result.stderr, r"\Amembench: membench\.json:\d+:\d+: [^\n]+\n\Z")
        self.golden("project.txt", "".join(transcript))

    def test_a_program_that_is_missing(self):
        self.write("membench.json", '{\n  "programs": ["nothing"]\n}')
        result = self.expect(1, "--list")
        self.assertIn("cannot run nothing: No such file or directory", result.stderr)

    def test_unreadable(self):
        (self.folder / "membench.json").mkdir()
        result = self.expect(1, "--list")
        self.assertRegex(result.stderr, r"\Amembench: cannot read membench\.json: Is a directory\n\Z")


@need_program("jobs")
class Output(common.Case):
    """Reports of measured runs; numbers that any machine agrees on are in golden files."""

    ONE = ["/10$", "--passes", "heap", "--sample-size", "3"]

    def test_formats(self):
        for name in ("text", "markdown", "csv", "json"):
            with self.subTest(name=name):
                result = self.measure("jobs", 0, *self.ONE, "--format", name)
                self.assertEqual(result.stderr, "")
                self.assertNotIn(ESCAPE, result.stdout)
                self.assertIn(JOBS[0].partition("/")[0], result.stdout.replace("&#95;", "_"))
                if name == "json":
                    self.assertEqual(result.json()["cases"][0]["id"], JOBS[0])

    def test_out(self):
        """-o - gives stdout to the results, and the report goes to stderr; -o FILE leaves it on stdout."""
        result = self.measure("jobs", 0, *self.ONE, "-o", "-")
        self.assertEqual([b["name"] for b in result.json()["benchmarks"]], [JOBS[0]])
        self.assertIn("1 case, 3 samples.", result.stderr)
        result = self.measure("jobs", 0, *self.ONE, "-o", "run.json")
        self.assertIn("1 case, 3 samples.", result.stdout)
        self.assertEqual(result.stderr, "")
        series = self.load("run.json")["benchmarks"][0]["membench"]["series"]
        self.assertEqual(series["steady_heap_alloc_count"]["count"], 3)

    def test_report_of_a_stored_run(self):
        """What a run prints can be printed again, from its file, from stdin, and from the last run of the folder."""
        shown = self.measure("jobs", 0, *self.ONE, "-o", "run.json").stdout.split("\n1 case")[0]
        for args, text in ((["run.json"], None), (["-"], self.read("run.json")), ([], None)):
            again = self.expect(0, "report", *args, input=text)
            self.assertEqual(again.stdout.split("\n1 case")[0], shown)
        for name in ("text", "markdown", "csv", "json"):
            result = self.expect(0, "report", "--format", name, "run.json")
            self.assertEqual(result, self.expect(0, "report", "--format", name))

    def test_test(self):
        result = self.measure("jobs", 0, "--test")
        self.assertEqual(
            result.stdout, "".join(f"{i} ... ok\n" for i in JOBS) + "4 passed, 0 failed, 0 skipped\n"
        )
        self.assertEqual(result.stderr, "")
        self.assertEqual(
            self.measure("jobs", 0, "--test", "--quiet").stdout, "4 passed, 0 failed, 0 skipped\n"
        )

    def test_quick_takes_two_samples(self):
        counts = self.sample_counts("--quick")
        self.assertEqual(set(counts.values()), {2})

    def test_sample_size(self):
        self.assertEqual(set(self.sample_counts().values()), {3})
        self.assertEqual(set(self.sample_counts("--sample-size", "1").values()), {1})
        self.assertEqual(set(self.sample_counts("--sample-size", "20").values()), {20})
        self.assertEqual(set(self.sample_counts("--sample-size", "7", "--quick").values()), {7})
        self.assertEqual(set(self.sample_counts("--save-baseline", "main").values()), {20})
        self.assertEqual(set(self.sample_counts("--save-baseline", "main", "--sample-size", "5").values()), {5})

    def sample_counts(self, *args):
        """Samples of every exact heap metric of one case."""
        result = self.measure("jobs", 0, "/10$", *args, "-o", "-")
        series = result.json()["benchmarks"][0]["membench"]["series"]
        counts = {name: len(v) if isinstance(v, list) else v["count"] for name, v in series.items()}
        return {name: count for name, count in counts.items() if "heap" in name}

    def test_quiet(self):
        result = self.measure("jobs", 0, *self.ONE, "--quiet")
        self.assertNotIn(JOBS[0], result.stdout)
        self.assertEqual(result.stderr, "")
        self.measure("jobs", 0, *self.ONE, "--save-baseline", "main")
        result = self.measure("jobs-grown", 0, *self.ONE[:-2], "--baseline", "main", "--threshold", "20%", "-q")
        self.assertNotIn("samples", result.stdout)
        self.assertRegex(result.stdout, "Nothing grew beyond 20%; largest: .* in\\s+" + JOBS[0])
        self.assertEqual(result.stderr, "")

    def test_no_time(self):
        names = self.series("--passes", "heap,time", "--no-time")
        self.assertTrue(names)
        self.assertFalse([n for n in names if "time_ns" in n])

    def test_time(self):
        """One case with its time pass: shown, and stored with its iterations' unit."""
        if not (common.BUILD / "lib" / "libmembench_timer.so").exists():
            self.skipTest("built without Google Benchmark")
        if measured.SANITIZED:
            self.skipTest("a sanitized timer cannot be loaded into a program that is not")
        args = ["-p", program("jobs"), "/10$", "--passes", "time", "--quick", "--measurement-time", "10ms", "-o", "-"]
        result = self.expect(0, *args, "--warm-up-time", "0")
        benchmark = result.json()["benchmarks"][0]
        self.assertEqual(benchmark["time_unit"], "ns")
        self.assertGreater(benchmark["real_time"], 0)
        self.assertRegex(result.stderr, r"(?m) time\n  10 +[\d.]+ [num]s")

    def test_passes(self):
        self.assertTrue(all("heap" in n for n in self.series("--passes", "heap")))
        self.assertFalse([n for n in self.series("--passes", "pages") if "heap" in n])

    def series(self, *args):
        result = self.expect(0, "-p", program("jobs"), "/10$", "--sample-size", "1", *args, "-o", "-")
        return list(result.json()["benchmarks"][0]["membench"]["series"])

    def test_metrics(self):
        result = self.measure("jobs", 0, *self.ONE, "--metrics", "steady_heap_alloc_count")
        self.assertRegex(result.stdout, r"\Amemory_job_creation +calls\n  10 +22\n")
        rows = self.measure("jobs", 0, *self.ONE, "--metrics", "heap_calls", "--format", "csv").stdout.splitlines()
        self.assertEqual([r.split(",")[7] for r in rows[1:]], ["cold_heap_alloc_count", "steady_heap_alloc_count"])

    def test_seed_is_recorded(self):
        result = self.measure("jobs", 0, *self.ONE, "--seed", "18446744073709551615", "-o", "-")
        self.assertEqual(result.json()["context"]["membench"]["seed"], "18446744073709551615")

    def test_verbose_deltas(self):
        """Horus's lines, a case each, on stderr, in KB of anonymous memory: of the steady window, and at first use."""
        result = self.measure("jobs", 0, "--verbose", "--passes", "pages", "-o", "run.json")
        wanted = "".join(
            f"Memory delta for {b['membench']['params'][0]['value']} jobs: {b[ANON] // 1024} KB, "
            f"{b[COLD_ANON] // 1024} KB at first use\n"
            for b in self.load("run.json")["benchmarks"]
        )
        self.assertEqual(result.stderr, wanted)
        self.assertEqual(self.measure("jobs", 0, *self.ONE).stderr, "")

    @need_program("payloads")
    def test_verbose_deltas_of_payloads(self):
        result = self.measure("payloads", 0, "payload_sizes/100KB", "--verbose", "--passes", "pages")
        self.assertRegex(result.stderr, r"\AMemory delta for 100KB payload: \d+ KB, \d+ KB at first use\n\Z")

    @need_program("clients")
    def test_verbose_deltas_of_clients(self):
        result = self.measure("clients", 0, "client_creation/10$", "--verbose", "--passes", "pages", "--quick")
        self.assertRegex(result.stderr, r"\AMemory delta for 10 clients: \d+ KB, \d+ KB at first use\n\Z")

    def test_color(self):
        for args, changes, colored in (
            ([], {}, False),
            ([], {"TERM": "xterm"}, False),
            (["--color", "always"], {}, True),
            (["--color", "always"], {"NO_COLOR": "1"}, True),
            (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
            ([], {"CLICOLOR_FORCE": "1"}, True),
            ([], {"CLICOLOR_FORCE": "0"}, False),
            ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
            ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": ""}, True),
        ):
            with self.subTest(args=args, changes=changes):
                self.write("run.json", stored({"g/a": {HEAP: 1000}}))
                result = self.expect(0, "report", "run.json", *args, env=self.env(**changes))
                self.assertEqual(ESCAPE in result.stdout, colored)
                self.assertEqual(result.stderr, "")

    def test_ascii(self):
        """A locale without UTF-8 gets plain ASCII."""
        self.write("run.json", stored({"g/a": {ANON: [40960] * 10 + [45056] * 10}}))
        result = self.expect(0, "report", "run.json", env=self.env(LC_ALL="C"))
        self.assertTrue(result.stdout.isascii(), result.stdout)
        self.assertFalse(self.expect(0, "report", "run.json").stdout.isascii())

    def test_stdout_that_takes_nothing(self):
        """A full or closed stdout is exit code 1 with a message, for every verb that prints."""
        self.write("run.json", stored({"g/a": {HEAP: 1000}}))
        measure = ["-p", program("jobs"), *self.ONE]
        for args in (
            measure,
            [*measure, "-o", "-"],
            [*measure, "--list"],
            [*measure, "--test"],
            ["report", "run.json"],
            ["report", "--format", "json", "run.json"],
            ["compare", "run.json", "run.json"],
            ["doctor"],
            ["--help"],
            ["--version"],
        ):
            with self.subTest(args=args):
                with open("/dev/full", "wb") as full:
                    result = run([MEMBENCH, *args], self.folder, stdout=full)
                self.assertEqual(result.code, 1, str(result))
                self.assertEqual(result.stderr.count("No space left on device"), 1, str(result))
                closed = run(["sh", "-c", 'exec "$@" >&-', "sh", MEMBENCH, *args], self.folder)
                self.assertEqual(closed.code, 1, str(closed))
                self.assertRegex(closed.stderr, r"membench: .*(Bad file descriptor)")

    def test_stdin_that_is_closed(self):
        for args in (["report", "-"], ["compare", "-", "run.json"]):
            self.write("run.json", stored({"g/a": {HEAP: 1000}}))
            result = run(["sh", "-c", 'exec "$@" <&-', "sh", MEMBENCH, *args], self.folder)
            self.assertEqual(result.code, 1, str(result))
            self.assertRegex(result.stderr, r"\Amembench: standard input: [^\n]+\n\Z")

    def test_reader_that_goes(self):
        """`membench | head -1`: no death by SIGPIPE in the middle of writing files."""
        reader, writer = os.pipe()
        os.close(reader)
        result = run([MEMBENCH, "-p", program("jobs"), *self.ONE], self.folder, stdout=writer)
        os.close(writer)
        self.assertEqual(result.code, 1, str(result))
        self.assertIn("Broken pipe", result.stderr)
        self.assertTrue((self.folder / ".membench" / "last.json").exists())


@need_program("jobs")
class Terminal(common.Case):
    """Progress and colours appear on a terminal, and only there."""

    def on_terminal(self, args, columns=80, **changes):
        """Runs with stderr on a terminal and stdout on a pipe: (code, stdout, what the terminal got)."""
        master, slave = pty.openpty()
        subprocess.run(["stty", "cols", str(columns)], stdin=slave, check=True)
        process = subprocess.Popen(
            [str(MEMBENCH), *args],
            cwd=self.folder,
            env=self.env(**{"TERM": "xterm", **changes}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
        )
        os.close(slave)
        seen = b""
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data
        os.close(master)
        out = process.stdout.read()
        process.stdout.close()
        return process.wait(), out.decode(), seen.decode()

    LONG = ["--program", program("jobs"), "--no-time", "--save-baseline", "main", "--warm-up-iterations", "200"]

    def screen(self, text):
        """What a terminal shows in the end: a carriage return goes back, ESC [K clears what is right of the cursor."""
        lines = []
        for raw in text.replace("\r\n", "\n").split("\n"):
            line, at = "", 0
            for part in re.split(r"(\r|\x1b\[K)", raw):
                if part == "\r":
                    at = 0
                elif part == "\x1b[K":
                    line = line[:at]
                else:
                    line = line[:at] + part + line[at + len(part) :]
                    at += len(part)
            lines.append(line)
        return "\n".join(lines)

    def test_progress(self):
        code, out, seen = self.on_terminal(self.LONG)
        self.assertEqual(code, 0)
        self.assertIn("memory_job_creation/", seen)
        self.assertRegex(seen, r"\d+/\d+")
        self.assertEqual(
            self.screen(seen).strip(), 'membench: saved baseline "main": 4 cases new, 0 replaced, 0 kept'
        )
        self.assertNotIn(ESCAPE, out)
        for line in re.split(r"\r|\n|\x1b\[K", seen):
            self.assertLessEqual(len(line), 80)

    def test_no_progress(self):
        for args, changes in ((["--quiet"], {}), ([], {"TERM": "dumb"})):
            with self.subTest(args=args, changes=changes):
                code, _, seen = self.on_terminal(["-p", program("jobs"), "--no-time", *args], **changes)
                self.assertEqual((code, seen), (0, ""))

    def test_no_progress_in_a_pipe(self):
        args = ["-p", program("jobs"), "--no-time", "--warm-up-iterations", "200"]
        self.assertEqual(self.expect(0, *args, env=self.env(TERM="xterm")).stderr, "")

    def test_colors_on_a_terminal(self):
        self.write("run.json", stored({"g/a": {HEAP: 1000}}))
        for changes, colored in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            master, slave = pty.openpty()
            env = self.env(**{"TERM": "xterm", **changes})
            result = run([MEMBENCH, "report", "run.json"], self.folder, env, stdout=slave)
            os.close(slave)
            seen = os.read(master, 65536).decode()
            os.close(master)
            self.assertEqual(result.code, 0)
            self.assertEqual(ESCAPE in seen, colored, changes)


@need_program("jobs")
class ExitCodes(common.Case):
    """0 to 5, and which one decides when several hold."""

    GOOD = {ANON: 409600, HEAP: 10000}
    GREW = {ANON: 819200, HEAP: 10000}
    # Ten percent and drift apart: a noisy metric that grew by 15 % may have grown or drifted.
    NOISY = {ANON: [4096000 + 40960 * ((7 * i) % 11 - 5) for i in range(20)]}
    DRIFTED = {ANON: [4710400 + 40960 * ((7 * i) % 11 - 5) for i in range(40)]}

    def compare(self, code, old, new, *args, **more):
        self.write("old.json", old if isinstance(old, str) else stored(old))
        self.write("new.json", new if isinstance(new, str) else stored(new))
        return self.expect(code, "compare", *args, "old.json", "new.json", **more)

    def test_unchanged_is_0(self):
        result = self.compare(0, {"g/a": self.GOOD}, {"g/a": self.GOOD})
        self.golden("compare-unchanged.txt", result.stdout)

    def test_regressed_is_3(self):
        for name in ("text", "markdown", "csv", "json"):
            result = self.compare(3, {"g/a": self.GOOD}, {"g/a": self.GREW}, "--format", name)
            self.golden(f"compare-regressed.{name}", result.stdout, (r'"version":"[\d.]+"', '"version":"…"'))

    def test_improved_is_0(self):
        self.assertIn("Improved: g/a: ", self.compare(0, {"g/a": self.GREW}, {"g/a": self.GOOD}).stdout)

    def test_threshold_decides(self):
        new = {"g/a": {ANON: 409600, HEAP: 11001}}
        self.compare(3, {"g/a": self.GOOD}, new)
        self.compare(0, {"g/a": self.GOOD}, {"g/a": {ANON: 409600, HEAP: 11000}})
        self.compare(0, {"g/a": self.GOOD}, new, "--threshold", "11%")
        self.compare(0, {"g/a": self.GOOD}, new, "--threshold", "heap=11%")
        self.compare(3, {"g/a": self.GOOD}, new, "--threshold", "anon=11%")
        self.compare(0, {"g/a": self.GOOD}, new, "--metrics", "anon")
        self.compare(3, {"g/a": self.GOOD}, new, "--metrics", "heap")

    def test_suspect_is_4_with_strict(self):
        result = self.compare(0, {"g/a": self.NOISY}, {"g/a": self.DRIFTED})
        self.assertIn("SUSPECT", result.stdout)
        self.compare(4, {"g/a": self.NOISY}, {"g/a": self.DRIFTED}, "--strict")

    def test_inconclusive_is_4_with_strict(self):
        old = {"g/a": {ANON: [4096000 + 409600 * (i % 9) for i in range(20)]}}
        new = {"g/a": {ANON: [4300800, 7372800, 4096000]}}
        result = self.compare(0, old, new)
        self.assertIn("INCONCLUSIVE", result.stdout)
        self.compare(4, old, new, "--strict")

    def test_not_comparable_is_5(self):
        old = stored({"g/a": {HEAP: 10000}}, libc="glibc 2.31")
        result = self.compare(5, old, {"g/a": {HEAP: 10000}})
        self.assertRegex(result.stdout, r"(?i)not comparable")
        insisted = self.compare(0, old, {"g/a": {HEAP: 10000}}, "--ignore-environment")
        self.assertRegex(insisted.stdout, r"--ignore-environment")
        self.compare(3, old, {"g/a": {HEAP: 20000}}, "--ignore-environment")

    def test_other_pages_leave_the_heap_comparable(self):
        old = stored({"g/a": self.GOOD}, page_bytes=16384)
        result = self.compare(0, old, {"g/a": self.GREW})
        self.assertRegex(result.stdout, r"Not compared: anon")
        self.compare(3, old, {"g/a": {ANON: 409600, HEAP: 20000}})

    def test_lost_case_is_never_green(self):
        for outcome in ("crashed", "skipped", "failed", "timed_out", "out_of_memory", "not_run"):
            with self.subTest(outcome=outcome):
                both = {"g/a": self.GOOD, "g/b": self.GOOD}
                result = self.compare(1, both, {"g/a": self.GOOD, "g/b": outcome})
                self.assertIn("g/b", result.stdout.split("FAILED: ")[1].split("\n")[0])

    def test_skipped_on_both_sides_is_fine(self):
        self.compare(0, {"g/a": self.GOOD, "g/b": "skipped"}, {"g/a": self.GOOD, "g/b": "skipped"})

    def test_gone_case(self):
        result = self.compare(0, {"g/a": self.GOOD, "g/b": self.GOOD}, {"g/a": self.GOOD})
        self.assertRegex(result.stdout, r"GONE: g/b, in the baseline but not run")
        self.compare(1, {"g/a": self.GOOD, "g/b": self.GOOD}, {"g/a": self.GOOD}, "--strict")

    def test_case_without_baseline_entry_is_5(self):
        result = self.compare(5, {"g/a": self.GOOD}, {"g/a": self.GOOD, "g/b": self.GOOD})
        self.assertIn("g/b", result.stdout)

    def test_precedence(self):
        """Of several codes the first of 2, 1, 3, 5, 4 decides, and the report lists all that holds."""
        old = {"g/grew": self.GOOD, "g/lost": self.GOOD, "g/noisy": self.NOISY}
        suspect = {"g/noisy": self.DRIFTED}
        fresh = {**suspect, "g/fresh": self.GOOD}
        grew = {**fresh, "g/grew": self.GREW}
        lost = {**grew, "g/lost": "crashed"}
        for code, new in ((5, fresh), (3, grew), (1, lost)):
            rest = {k: v for k, v in old.items() if k in new}
            result = self.compare(code, rest, new, "--strict")
            self.assertIn("SUSPECT", result.stdout)
            self.assertIn("g/fresh", result.stdout)
        self.assertIn("REGRESSED", result.stdout)
        self.compare(4, {k: v for k, v in old.items() if k in suspect}, suspect, "--strict")
        self.compare(2, old, lost, "--strict", "--format", "xml")

    def test_map_holds_one_id_against_another(self):
        """Without --map there is nothing to compare; with it the same growth is found as between equal ids."""
        old, new = {"g/v47/a": self.GOOD, "g/v47/b": self.GOOD}, {"g/v48/a": self.GREW, "g/v48/b": self.GOOD}
        self.assertNotIn("REGRESSED", self.compare(5, old, new).stdout)
        result = self.compare(3, old, new, "--map", "v48=v47")
        self.assertRegex(result.stdout, r"(?m)^REGRESSED: g/v48/a: ")
        self.assertNotIn("g/v47", result.stdout)
        self.compare(0, new, old, "--map", "v47=v48")

    def test_maps_follow_one_another(self):
        old, new = {"g/one/a": self.GOOD}, {"g/three/three": self.GREW}
        self.compare(3, old, new, "--map", "three=two", "--map", "two/two=one/a")
        self.compare(5, old, new, "--map", "two/two=one/a", "--map", "three=two")
        self.compare(3, {"g//a": self.GOOD}, {"g/x/a": self.GREW}, "--map", "x=")

    def test_map_keeps_gone_cases_gone(self):
        """A baseline's case that a mapped one stands for is not gone; one that none stands for is."""
        old, new = {"g/v47/a": self.GOOD, "g/v47/b": self.GOOD}, {"g/v48/a": self.GOOD}
        result = self.compare(1, old, new, "--map", "v48=v47", "--strict")
        self.assertRegex(result.stdout, r"GONE: g/v47/b, in the baseline but not run")

    def test_map_is_old_and_new(self):
        for wrong in ("v48", "=v47", ""):
            self.assertIn("is not OLD=NEW", self.compare(2, {}, {}, "--map", wrong).stderr)
        self.compare(2, {}, {}, *["--map", "a=b"] * 17)

    def test_compare_from_stdin(self):
        self.write("old.json", stored({"g/a": self.GOOD}))
        self.expect(3, "compare", "old.json", "-", input=stored({"g/a": self.GREW}))
        self.expect(0, "compare", "-", "old.json", input=stored({"g/a": self.GREW}))

    def test_measured_against_a_baseline(self):
        self.measure("jobs", 0, "--save-baseline", "main")
        self.measure("jobs", 0, "--baseline", "main")
        result = self.measure("jobs-grown", 3, "/100$", "--baseline", "main")
        self.assertRegex(result.stdout, r"(?m)^REGRESSED: memory_job_creation/100: heap \+12\.\d% ")
        self.assertRegex(result.stdout, r"(?m)^  100 .* ▲ heap \+12\.\d% ")
        self.measure("jobs-grown-5", 0, "--baseline", "main")

    def test_baseline_lenient(self):
        self.measure("jobs", 0, "/10$", "--passes", "heap", "--save-baseline", "main")
        args = ["--passes", "heap"]
        result = self.measure("jobs", 5, *args, "--baseline", "main")
        self.assertRegex(result.stdout, r"(?m)^  50 .* not in the baseline$")
        self.assertIn("UNRECORDED: memory_job_creation, 3 cases, not in the baseline", result.stdout)
        result = self.measure("jobs", 0, *args, "--baseline-lenient", "main")
        self.assertRegex(result.stdout, r"(?m)^  50 .* not in the baseline$")

    def test_too_few_samples_are_refused(self):
        """What cannot fail whatever grew is not a comparison."""
        self.measure("jobs", 0, "/10$", "--passes", "heap", "--save-baseline", "main")
        for few in (["--quick"], ["-n", "1"], ["-n", "9"]):
            result = self.measure("jobs-grown", 2, "/10$", "--passes", "heap", "--baseline", "main", *few)
            self.assertIn("cannot tell growth from chance; a comparison takes 10 or more", result.stderr)
            self.assertEqual(result.stdout, "")
        self.measure("jobs-grown", 3, "/10$", "--passes", "heap", "--baseline", "main", "-n", "10")

    def test_filter_leaves_other_cases_alone(self):
        """Cases that the filter leaves out are not gone."""
        self.measure("jobs", 0, "--passes", "heap", "--save-baseline", "main")
        result = self.measure("jobs", 0, "/10$", "--passes", "heap", "--baseline", "main", "--strict")
        self.assertNotRegex(result.stdout, r"(?m)^  50 ")

    def test_load_baseline(self):
        self.write("baselines/main.json", stored({"g/a": self.GOOD}))
        self.write("baselines/pr.json", stored({"g/a": self.GREW}))
        self.expect(3, "--load-baseline", "pr", "--baseline", "main")
        self.expect(0, "--load-baseline", "main", "--baseline", "pr")
        self.expect(0, "--load-baseline", "pr")
        self.expect(5, "--load-baseline", "pr", "--baseline", "nothing")
        self.expect(5, "--load-baseline", "nothing", "--baseline", "main")

    def test_baseline_verbs(self):
        self.expect(0, "baseline", "list")
        self.write("baselines/main.json", stored({"g/a": self.GOOD, "g/b": self.GOOD}))
        self.write("baselines/broken.json", "{")
        self.write("baselines/notes.txt", "not a baseline")
        result = self.expect(0, "baseline", "list")
        self.golden("baseline-list.txt", result.stdout, (r"[\d.]+ Ki?B", "N KiB"))
        self.assertRegex(self.expect(0, "baseline", "show", "main").stdout, r"(?m)^  b ")
        self.expect(1, "baseline", "show", "broken")
        self.expect(0, "baseline", "rm", "broken")
        self.expect(0, "baseline", "rm", "main")
        self.expect(5, "baseline", "rm", "main")
        self.assertEqual(os.listdir(self.folder / "baselines"), ["notes.txt"])

    def test_baseline_dir(self):
        self.write("elsewhere/main.json", stored({"g/a": self.GOOD}))
        self.assertIn("main", self.expect(0, "baseline", "list", "--baseline-dir", "elsewhere").stdout)
        self.measure("jobs", 0, "/10$", "--passes", "heap", "--save-baseline", "new", "--baseline-dir", "fresh")
        self.assertEqual(os.listdir(self.folder / "fresh"), ["new.json"])

    def test_save_and_compare_in_one_run(self):
        self.measure("jobs", 0, "/10$", "--passes", "heap", "--save-baseline", "main")
        before = self.read("baselines/main.json")
        self.measure("jobs", 0, "/10$", "--passes", "heap", "--baseline", "main", "--save-baseline", "next")
        self.assertEqual(self.read("baselines/main.json"), before)
        self.assertTrue((self.folder / "baselines" / "next.json").exists())


class Init(common.Case):
    """What it writes is built and run by test_recipes.py."""

    FILES = ["list_bench.c", "CMakeLists.txt", "membench.json", ".github/workflows/memory.yml"]

    def test_into_a_folder_that_is_not_there(self):
        result = self.expect(0, "init", "new/folder")
        for name in self.FILES:
            self.assertTrue((self.folder / "new/folder" / name).is_file(), name)
            self.assertRegex(result.stdout, rf"(?m)^{re.escape(name)}  ")
        self.assertIn("    cd new/folder\n", result.stdout)

    def test_it_overwrites_nothing(self):
        for name in self.FILES:
            with self.subTest(name=name):
                folder = self.folder / name.replace("/", "-")
                (folder / name).parent.mkdir(parents=True)
                (folder / name).write_text("mine")
                result = self.expect(2, "init", cwd=folder)
                self.assertIn(f"{name} exists already", result.stderr)
                self.assertEqual((folder / name).read_text(), "mine")
                self.assertEqual([f for f in self.FILES if (folder / f).exists()], [name])

    def test_bad_input(self):
        self.assertIn("one folder", self.expect(2, "init", "a", "b").stderr)
        self.write("file", "")
        self.assertIn("Not a directory", self.expect(1, "init", "file").stderr)


class Doctor(common.Case):
    def test_doctor(self):
        result = self.expect(0, "doctor")
        self.assertEqual(result.stderr, "")
        for source in ("statm", "status", "smaps_rollup", "PAGEMAP_SCAN", "pagemap", "getrusage", "ps"):
            self.assertRegex(result.stdout, rf"(?im)^{source}\b.* (yes|no)\b")
        table = result.stdout.split("\n\n")[1]
        self.assertRegex(table, r"(?m)^statm +yes +\S.* [\d.]+ [num]s  resident set")  # with a unit
        for row in re.split(r"\n(?=\S)", table)[1:]:  # what is missing or off says what to do
            self.assertEqual("\n               do: " in row, re.match(r"\S+ +(no\b|yes +no\b)", row) is not None, row)
        self.assertNotIn(ESCAPE, result.stdout)
        for part in ("heap hook", "call sites", "chance"):
            self.assertRegex(result.stdout, rf"(?m)^{part} +(/|fixed in workers|missing: .*; do: )")


if __name__ == "__main__":
    common.main()
