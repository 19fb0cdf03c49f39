"""What a case may be written like: one program of harness/tests/header for each feature of the public header, measured
by membench; and what is refused, with a message that names the case."""

import os
import re
import shutil
import subprocess
import unittest

import common
import measured
from measured import WINDOWS

HEADER = common.HERE.parent / "header"
CXX_BLOCK_BYTES = 1000
SAMPLES = 3


class Header(measured.Case):
    def measured(self, feature, *args, code=0):
        return self.results("--program", self.program(feature), "--no-time", *args, code=code)

    def program(self, feature):
        return measured.own_program(f"header-{feature}")

    def assert_counts(self, case, window, **wanted):
        counts = case.counts(window)
        for name, value in wanted.items():
            self.assertEqual(set(counts[name]), {value}, f"{case.id} {window} {name}")


class Parameters(Header):
    def test_zero_in_any_place(self):
        results = self.measured("values")
        sizes = {"0B": 0, "1KB": 1024}
        wanted = {f"values/{first}/{size}": (first, sizes[size]) for first in (3, 0, 7) for size in sizes}
        wanted.update({"zeros/5/0B": (5, 0), "zeros/0/0B": (0, 0)})
        self.assertEqual(list(results.cases), list(wanted))
        for name, (first, second) in wanted.items():
            case = results.cases[name]
            self.assertEqual(case.params, {"first": first, "second_bytes": second})
            self.assert_counts(case, "steady", first=first, second_bytes=second)

    def test_tuples_are_all_combinations_there_are(self):
        results = self.measured("tuples")
        wanted = {
            "listed/1/1MB": (1, 1048576), "listed/1000/0B": (1000, 0), "listed/0/1KB": (0, 1024), "listed/1/1KB": (1, 1024),
            "labelled/two/0": (2, 0), "labelled/none/10": (0, 10),
        }  # fmt: skip
        self.assertEqual(list(results.cases), list(wanted))
        for name, (jobs, payload) in wanted.items():
            self.assertEqual(results.cases[name].params, {"jobs": jobs, "payload_bytes": payload})
            self.assert_counts(results.cases[name], "cold", jobs=jobs, payload_bytes=payload)

    def test_labels_can_be_read_by_the_case(self):
        results = self.measured("labels")
        names = ["by_place/none/1", "by_place/fast/1", "by_place/best/1", "by_value/low", "by_value/high"]
        self.assertEqual(list(results.cases), names)
        self.assertEqual({case.outcome for case in results.cases.values()}, {"ok"})

    @unittest.skipIf(measured.SANITIZED, "another compiler's program, whose debug information valgrind cannot read")
    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is missing")
    def test_a_parameter_costs_a_loop_next_to_nothing(self):
        """A loop that asks in its condition against one that asked before, in instructions a turn, which repeat
        where times do not. It took 5 to 8 times as long when each turn looked the name up."""
        turns = {group: (self.instructions(f"{group}/1/11000") - self.instructions(f"{group}/1/1000")) / 10000
                 for group in ("ask", "know")}  # fmt: skip
        self.assertGreater(turns["know"], 1)
        self.assertLessEqual(turns["ask"], turns["know"] + 8, turns)

    def instructions(self, case):
        env = {"MEMBENCH_FD": "1", "MEMBENCH_ACTION": "sample", "MEMBENCH_CASE": case, "MEMBENCH_PASS": "pages",
               "MEMBENCH_WARMUP": "0", "PATH": os.environ["PATH"]}  # fmt: skip
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", self.program("param_loop")]
        done = common.run(tool, self.folder, env=env)
        self.assertEqual(done.code, 0, done)
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])


class Mistakes(Header):
    WANTED = {
        "doubled-name": 'parameter "n" is given twice',
        "doubled-value": 'parameter "n" has the value 0 twice',
        "doubled-label": 'parameter "n" has the label "a" twice',
        "doubled-tuple": "tuples 1 and 3 are the same",
        "short-tuple": "tuple 2 has 1 values, the case 2 parameters",
        "foreign-tuple": 'tuple 1: parameter "n" has no value 3',
        "no-values": 'parameter "n" has no values, and the case no tuples',
        "unknown-flag": "unknown flag 0x100000",
        "large-needs": "needs_bytes is above 2^53",
        "large-cost": "cost_ns is above 2^53",
        "large-value": 'parameter "n" has the value 9007199254740993; at most 2^53 is allowed',
        "large-tuple": 'parameter "n" has the value 18446744073709551615; at most 2^53 is allowed',
        "five-params": "it has 5 parameters; at most 4 are allowed",
        "no-run": "it has no run function",
        "no-init": "struct_bytes is 0: begin the case with MB_CASE_INIT",
    }

    def named(self, feature, name):
        """The program of the feature under another name."""
        path = self.folder / name
        shutil.copy(self.program(feature), path)
        return path

    def test_each_is_refused_and_names_its_case(self):
        for name, message in self.WANTED.items():
            with self.subTest(name):
                refused = self.membench("--program", self.named("mistakes", name), "--list")
                self.assertNotEqual(refused.code, 0, refused)
                path = self.folder / name
                self.assertEqual(refused.stderr, f'membench: {path}: case "mistaken/{name}": {message}\n')

    def test_what_has_no_name_is_named_by_its_place(self):
        refused = self.membench("--program", self.named("mistakes", "no-group"), "--list")
        self.assertEqual((refused.code, refused.stderr.partition(": ")[2].partition(": ")[2]),
                         (1, "entry 2 of MB_MAIN: it has no group\n"))  # fmt: skip

    def test_what_is_right_is_not_refused(self):
        listed = self.expect(0, "--program", self.named("mistakes", "right"), "--list", "--format", "terse")
        self.assertEqual(listed.stdout, "mistaken/none/1\n")

    def test_struct_of_another_size(self):
        """A program that was compiled with an older or a newer header: what it lacks is zero, what it adds may not be
        used."""
        for name, released, is_given in (("older", 0, 1), ("newer", 3, 1)):
            results = self.results("--program", self.named("struct_bytes", name), "--no-time")
            for window, release_count in zip(WINDOWS, (0, released)):
                self.assert_counts(results.cases["laid_out"], window, release_count=release_count, is_the_given_one=is_given)
        used = self.membench("--program", self.named("struct_bytes", "newer-used"), "--list")
        self.assertIn('case "laid_out": it uses members that this version of libmembench', used.stderr)
        short = self.membench("--program", self.named("struct_bytes", "too-short"), "--list")
        self.assertRegex(short.stderr, r"entry 1 of MB_MAIN: struct_bytes is \d+: not a case of membench.h")
        self.assertEqual([used.code != 0, short.code != 0], [True, True])


class Outcomes(Header):
    def test_out_of_memory_is_said_not_guessed(self):
        cases = self.measured("out_of_memory", code=1).cases
        outcomes = {name: (case.outcome, case.message) for name, case in cases.items()}
        self.assertEqual(outcomes, {
            "stale_errno": ("failed", "the answer is wrong"),
            "said": ("out_of_memory", "no memory for 100 bytes"),
            "said_in_setup": ("out_of_memory", "no memory for 100 bytes"),
            "said_then_failed": ("failed", "a smaller one failed too, for another reason"),
        })  # fmt: skip


    def test_a_case_that_closes_all_descriptors_says_so(self):
        cases = self.measured("closing", code=1).cases
        self.assertEqual(set(cases), {"close_all", "close_and_open", "close_some", "close_in_release"})
        for name, case in cases.items():
            self.assertEqual(case.outcome, "failed", name)
            self.assertRegex(case.message, "^closed a descriptor of membench, in (run|release|.*trim.*), "
                             "cold window: a case must close only what it opened$")  # fmt: skip
        self.assertEqual((self.folder / "closing.txt").read_bytes(), b"")


class Notes(Header):
    MARKS_MAX, REGIONS_MAX, COUNTS_MAX = 64, 64, 32

    def test_what_there_is_no_room_for_is_counted(self):
        """The library's own counts have a place besides those of the program."""
        cases = self.measured("notes").cases
        for more in (0, 3):
            for window in WINDOWS:
                case = cases[f"full/{more}"]
                counts = case.counts(window)
                lost = counts.pop("marks_regions_and_counts_lost", [0])
                self.assertEqual(set(lost), {3 * more})
                self.assertIn("regions_together_bytes", counts)
                self.assertEqual(len(counts), self.COUNTS_MAX + 1)
                self.assertEqual(len(case.marks(window)), self.MARKS_MAX)
                self.assertEqual(len(case.regions(window)), self.REGIONS_MAX)


class Threads(Header):
    THREADS, MARKS_EACH, COUNTS_EACH, FACTOR = 6, 10, 5, 3

    def test_notes_of_all_threads_arrive_whole(self):
        case = self.measured("threads", "--filter", "together").cases["together/3"]
        threads = range(self.THREADS)
        for window in WINDOWS:
            marks = case.marks(window)
            wanted = {f"thread {t} mark {m}" for t in threads for m in range(self.MARKS_EACH)}
            self.assertEqual(sorted({m["name"] for m in marks}), sorted(wanted))
            for mark in marks:
                self.assertEqual(len(measured.expand(mark["anon_delta_bytes"])), SAMPLES, mark)
            counts = case.counts(window)
            last = {f"thread {t} count {c}": self.FACTOR * (self.MARKS_EACH - self.COUNTS_EACH + c)
                    for t in threads for c in range(self.COUNTS_EACH)}  # fmt: skip
            self.assertEqual({name: set(values) for name, values in counts.items() if name in last},
                             {name: {value} for name, value in last.items()})  # fmt: skip
            self.assertNotIn("marks_regions_and_counts_lost", counts)
            self.assertEqual(sorted(r["name"] for r in case.regions(window)), [f"thread {t} region" for t in threads])

    def test_a_thread_that_never_stops_spoils_no_sample(self):
        """It marks before, in and after the windows, and while their events are written."""
        times = ["--no-time"] if measured.SANITIZED else ["--measurement-time", "3ms"]
        results = self.results("--program", self.program("threads"), "--filter", "restless", *times)
        self.assertEqual(results.cases["restless"].outcome, "ok")

    @unittest.skipIf(measured.SANITIZED, "the library is compiled with another sanitizer by hand")
    def test_no_data_race(self):
        """The library's sources and the program under ThreadSanitizer: it ends the program at a race."""
        sources = (common.BUILD / "e2e" / "library-sources.txt").read_text().split(";")
        include = [f"-I{common.SOURCE / folder}" for folder in ("include", "harness")]
        built = common.run(
            ["cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-fsanitize=thread", *include, HEADER / "threads.c", *sources,
             "-o", self.folder / "threads", "-ldl", "-lpthread", "-lm"], self.folder)  # fmt: skip
        if built.code != 0 and "tsan" in built.stderr:
            self.skipTest("no ThreadSanitizer here")
        self.assertEqual(built.code, 0, built)
        for case in ("together/3", "restless"):
            env = self.env(MEMBENCH_FD="1", MEMBENCH_ACTION="sample", MEMBENCH_CASE=case, MEMBENCH_PASS="pages",
                           MEMBENCH_ALLOW_SANITIZER="1", TSAN_OPTIONS="exitcode=66 halt_on_error=1")  # fmt: skip
            ran = common.run(["setarch", "-R", self.folder / "threads"], self.folder, env=env)
            self.assertEqual((ran.code, '"outcome":"ok"' in ran.stdout), (0, True), ran)


class SetupEachRun(Header):
    def test_each_run_has_a_setup_of_its_own(self):
        results = self.measured("setup_each_run")
        self.assertEqual(results.cases["each_run"].own["flags"], ["setup_each_run"])
        self.assert_counts(results.cases["each_run"], "cold", setup_count=1, teardown_count=0)
        self.assert_counts(results.cases["each_run"], "steady", setup_count=4, teardown_count=3)  # two to warm up
        for window in WINDOWS:
            self.assert_counts(results.cases["once"], window, setup_count=1, teardown_count=0)
            # run frees what setup allocated: that is not in the window of the setup, and not made up for by it
            self.assert_all(results.cases["each_run"], f"{window}_heap_alloc_count", 0)

    @unittest.skipIf(measured.SANITIZED, "a sanitized timer cannot be loaded")
    def test_setup_is_not_in_the_time(self):
        """Setup takes 50 times as long as run. The fastest sample says what was timed, on a busy machine as well."""
        results = self.results("--program", self.program("setup_each_run"), "--filter", "each_run", "--measurement-time", "50ms")
        case = results.cases["each_run"]
        if "real_time_ns" in case.missing:
            self.skipTest(case.missing["real_time_ns"])
        self.assertLess(min(case.samples("real_time_ns")), 500_000)

    def test_a_soak_sets_up_each_call(self):
        env = self.env(MEMBENCH_FD="1", MEMBENCH_ACTION="soak", MEMBENCH_CASE="each_run")
        process = subprocess.Popen([self.program("setup_each_run")], cwd=self.folder, env=env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)  # fmt: skip
        with process:
            self.assertIn('"hello"', process.stdout.readline())
            self.assertIn('"run"', process.stdout.readline())
            out, _ = process.communicate("idle\nstop\n", timeout=common.TIMEOUT_SECONDS)
        done = re.search(r'"outcome":"(\w+)","operation_count":(\d+)', out)
        self.assertEqual(done[1], "ok", out)
        self.assertGreaterEqual(int(done[2]), 1)


class Version(Header):
    def test_header_library_and_tool_have_that_of_the_project(self):
        text = (common.SOURCE / "CMakeLists.txt").read_text()
        version = re.search(r"project\(membench VERSION (\d+)\.(\d+)\.(\d+) ", text)
        major, minor, patch = map(int, version.groups())
        self.assertEqual(self.expect(0, "--version").stdout.split()[1], f"{major}.{minor}.{patch}")
        number = major * 10000 + minor * 100 + patch
        case = self.measured("version").cases["version"]
        self.assertEqual((case.outcome, case.message), ("ok", None))
        self.assert_counts(case, "cold", header_version=number, library_version=number)


class Cxx(Header):
    def cases(self, *args, code=0):
        return self.measured("every_class", *args, code=code).cases

    def test_what_is_returned_is_measured_and_dropped(self):
        cases = self.cases("--filter", "cxx_(blocks|pinned|functor)")
        wanted = {"cxx_blocks/strings/1": 2, "cxx_blocks/strings/0": 0, "cxx_blocks/strings/100": 101, "cxx_pinned": 1,
                  "cxx_functor/small": 1, "cxx_functor/large": 1}  # fmt: skip
        self.assertEqual(list(cases), list(wanted))
        for name, count in wanted.items():
            for window in WINDOWS:
                self.assert_all(cases[name], f"{window}_heap_alloc_count", count)
                self.assert_all(cases[name], f"{window}_heap_retained_bytes", 0)
        self.assert_all(cases["cxx_blocks/strings/100"], "steady_heap_alloc_bytes", 100 * CXX_BLOCK_BYTES + 100 * 32)
        self.assert_all(cases["cxx_functor/small"], "cold_heap_alloc_bytes", 100)
        self.assert_all(cases["cxx_functor/large"], "cold_heap_alloc_bytes", 300)
        self.assert_counts(cases["cxx_blocks/strings/100"], "steady", param_bytes=100)
        self.assertEqual(cases["cxx_blocks/strings/100"].own["operation_count"], 100)

    def test_setup_is_outside_of_the_window(self):
        cases = self.cases("--filter", "cxx_(prepared|takes)")
        copy = cases["cxx_prepared/2000B"]
        for window in WINDOWS:
            self.assert_all(copy, f"{window}_heap_alloc_bytes", 2000)
            self.assertEqual([m["name"] for m in copy.marks(window)], ["before"])
            self.assertEqual([r["nominal_bytes"] for r in copy.regions(window)], [2000])
            self.assert_all(cases["cxx_takes"], f"{window}_heap_alloc_count", 0)
        self.assertEqual(cases["cxx_takes"].outcome, "ok")

    def test_labels_and_tuples(self):
        cases = self.cases("--filter", "cxx_labels")
        self.assertEqual({name: case.outcome for name, case in cases.items()},
                         {"cxx_labels/none/0": "ok", "cxx_labels/fast/9": "ok"})  # fmt: skip

    def test_exceptions(self):
        cases = self.cases("--filter", "cxx_thrown", code=1)
        self.assertEqual([(case.outcome, case.message) for case in cases.values()], [
            ("failed", "as it was told, 100 %s"), ("out_of_memory", "std::bad_alloc"), ("skipped", "not today"),
            ("failed", "an exception that is not a std::exception"), ("failed", "by itself"),
            ("out_of_memory", "said by hand"),
        ])  # fmt: skip

    def test_empty_case_reads_zero_on_every_metric(self):
        case = self.cases("--filter", "cxx_empty")["cxx_empty"]
        for window in WINDOWS:
            for quantity in measured.PAGES + measured.HEAP:
                self.assert_all(case, f"{window}_{quantity}", 0)


if __name__ == "__main__":
    common.main()
