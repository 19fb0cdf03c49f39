"""Programs of every kind take part: other languages, other C libraries, other allocators, static ones, ones that start
helpers; under a kernel that refuses or rounds. What cannot be measured is missing with its reason, never 0."""

import os
import pathlib
import platform
import shutil
import sys
import unittest

import common
import measured
from measured import PAGE_BYTES

FIXTURES = common.HERE.parent / "fixtures"
LIBRARY_FOLDERS = [f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"]
ALLOCATORS = {
    "jemalloc": ("libjemalloc.so.2", "libjemalloc2"),
    "mimalloc": ("libmimalloc.so.2", "libmimalloc2.0"),
    "tcmalloc": ("libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"),
}
BLOCK_BYTES = 1000


def find_library(name):
    paths = (pathlib.Path(folder) / name for folder in LIBRARY_FOLDERS)
    return next((str(path) for path in paths if path.exists()), None)


class Known(measured.Case):
    """What known_bench.c touches and allocates, whatever it is built against."""

    def assert_pages(self, results):
        """Page metrics are exact: each page touched, and no other."""
        for pages in (1, 7, 300):
            case = results.cases[f"known_pages/{pages}"]
            for window in measured.WINDOWS:
                for quantity in ("anon_delta_bytes", "footprint_bytes"):
                    self.assert_all(case, f"{window}_{quantity}", pages * PAGE_BYTES)
                for quantity in ("retained_anon_bytes",):
                    self.assert_all(case, f"{window}_{quantity}", 0)

    def assert_heap(self, results, live=lambda blocks: blocks * BLOCK_BYTES):
        """Heap metrics are exact: each block, and no other."""
        for blocks in (1, 100):
            case = results.cases[f"known_blocks/{blocks}"]
            for window in measured.WINDOWS:
                self.assert_all(case, f"{window}_heap_alloc_count", blocks)
                self.assert_all(case, f"{window}_heap_alloc_bytes", blocks * BLOCK_BYTES)
                self.assert_all(case, f"{window}_heap_retained_bytes", 0)
                self.assert_all(case, f"{window}_heap_live_bytes", live(blocks))

    def assert_no_heap(self, results, reason):
        for case in results.cases.values():
            for window in measured.WINDOWS:
                for quantity in measured.HEAP:
                    self.assert_missing(case, f"{window}_{quantity}", reason)

    def measure_known(self, name, *args, **more):
        return self.results("--program", measured.own_program(name), *args, **more)


class StaticPrograms(Known):
    def test_dynamic(self):
        """The control: the same program, built as most are."""
        results = self.measure_known("known", "--no-time")
        self.assert_pages(results)
        self.assert_heap(results)

    @measured.need_own_program("known-static", "libc6-dev")
    def test_static_is_measured_but_for_its_heap(self):
        results = self.measure_known("known-static", "--measurement-time", "3ms")
        self.assert_pages(results)
        self.assert_no_heap(results, "static program.*link libmembench_heap_static")
        for case in results.cases.values():
            self.assert_missing(case, "real_time_ns", "timer cannot be loaded into a static program")

    @measured.need_own_program("known-static-heap", "libc6-dev")
    def test_static_with_the_hook_linked_in(self):
        results = self.measure_known("known-static-heap", "--no-time")
        self.assert_pages(results)
        self.assert_heap(results)

    @measured.need_own_program("known-musl-static", "musl-tools")
    def test_musl_static(self):
        results = self.measure_known("known-musl-static", "--no-time")
        self.assertEqual(results.programs[0]["libc"], "musl")
        self.assert_pages(results)
        self.assert_no_heap(results, "static program")

    @measured.need_own_program("known-musl-dynamic", "musl-tools")
    def test_musl_dynamic(self):
        results = self.measure_known("known-musl-dynamic", "--no-time")
        self.assertEqual(results.programs[0]["libc"], "musl")
        self.assert_pages(results)
        self.assert_no_heap(results, "hook is made for glibc, the program uses musl")

    @measured.need_own_program("known-musl-static", "musl-tools")
    def test_another_libc_is_not_comparable(self):
        """The same cases against musl: nothing is green, the reason is said, and one can insist."""
        as_known = self.folder / "program"
        shutil.copy(measured.own_program("known"), as_known)
        self.expect(0, "--program", as_known, "--no-time", "--save-baseline", "glibc", "--filter", "known_pages")
        shutil.copy(measured.own_program("known-musl-static"), as_known)
        args = ["--program", as_known, "--no-time", "--filter", "known_pages", "--baseline", "glibc"]
        refused = self.expect(5, *args)
        self.assertIn("(a different libc)", refused.stdout)
        insisted = self.expect(0, *args, "--ignore-environment")
        self.assertIn("(--ignore-environment)", insisted.stdout)


class Helpers(measured.Case):
    def test_helpers_are_neither_hooked_nor_counted(self):
        """helpers_bench.c: 3 blocks and 5 pages are its own; its helpers take 200 blocks and 50 pages more."""
        case = self.results("--program", measured.own_program("helpers"), "--no-time").cases["helpers"]
        for window in measured.WINDOWS:
            self.assert_all(case, f"{window}_heap_alloc_count", 3)
            self.assert_all(case, f"{window}_heap_alloc_bytes", 3 * BLOCK_BYTES)
            self.assert_all(case, f"{window}_heap_live_bytes", 3 * BLOCK_BYTES)
            self.assertEqual(case.counts(window), {"hooks_in_helper": [0, 0, 0]})
        self.assert_all(case, "steady_anon_delta_bytes", 5 * PAGE_BYTES)


class Languages(measured.Case):
    def take_part(self, program, cases, env=None):
        listed = self.expect(0, "--program", program, "--list", "--format", "terse", env=env)
        self.assertEqual(listed.stdout.split(), cases)
        results = self.results("--program", program, "--no-time", "--save-baseline", "main", "--sample-size", "4", env=env)
        self.assertEqual(list(results.cases), cases)
        self.assertEqual({c.outcome for c in results.cases.values()}, {"ok"})
        for case in results.cases.values():
            self.assertEqual(len(case.samples("cold_anon_delta_bytes")), 4)
        return results

    def test_python(self):
        program = common.program("payload_bench.py")
        # This very interpreter: what is first on the PATH may be a script that looks for one, a slow start.
        env = self.env(PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}")
        cases = [f"python_json_{way}/{size}" for way in ("dumps", "loads") for size in ("1KB", "100KB")]
        results = self.take_part(program, cases, env)
        for case in results.cases.values():
            self.assert_missing(case, "steady_heap_live_bytes", "interpreter's own allocator")
            self.assert_missing(case, "steady_footprint_bytes", "does not read page tables")
        # The program's own readings arrived: printing 100 KB takes more than 1 KB, though some of it lies in pages that the
        # interpreter had touched and freed.
        small, large = (results.cases[f"python_json_dumps/{size}"].samples("cold_anon_delta_bytes") for size in ("1KB", "100KB"))
        self.assertGreater(min(large), max(small))
        again = self.expect(0, "--program", program, "--no-time", "--baseline", "main", "--passes", "pages", env=env)
        self.assertRegex(again.stdout, r"OK: No memory grew|OK: Nothing grew")

    @common.need_program("vector-bench")
    def test_cxx(self):
        program = common.program("vector-bench")
        families = {"cxx_vector_numbers": (100, 10000), "cxx_vector_strings": (100, 1000)}
        results = self.take_part(program, [f"{f}/{n}" for f, counts in families.items() for n in counts])
        for count in (100, 1000):  # one block each, and one for the array
            case = results.cases[f"cxx_vector_strings/{count}"]
            for window in measured.WINDOWS:
                self.assert_all(case, f"{window}_heap_alloc_count", count + 1, 4)
                self.assert_all(case, f"{window}_heap_retained_bytes", 0, 4)
        self.expect(0, "--program", program, "--no-time", "--baseline", "main")

    @common.need_program("containers-bench")
    def test_containers_pools_and_exceptions(self):
        """Blocks as the standard library's containers make them, in both windows; of each nothing is left."""
        calls = {"cxx_map": lambda n: n, "cxx_unordered_map": lambda n: n + 1, "cxx_pmr_pool": lambda n: 2,
                 "cxx_exceptions": lambda n: 2 * n}  # fmt: skip
        cases = self.results("--program", common.program("containers-bench"), "--no-time").cases
        self.assertEqual(len(cases), 12)
        for name, case in cases.items():
            group, count = name.split("/")
            for window in measured.WINDOWS:
                self.assert_all(case, f"{window}_heap_alloc_count", calls[group](int(count)))
                self.assert_all(case, f"{window}_heap_retained_bytes", 0)
        for window in measured.WINDOWS:
            self.assert_all(cases["cxx_exceptions/100"], f"{window}_heap_live_bytes", 0)

    def test_operator_new_looks_nothing_up_inside_the_window(self):
        """lookup_bench.cc: one block of 1000 bytes, after a lookup that failed."""
        case = self.results("--program", measured.own_program("lookup"), "--no-time").cases["cxx_after_failed_lookup"]
        for window in measured.WINDOWS:
            self.assert_all(case, f"{window}_heap_alloc_count", 1)
            self.assert_all(case, f"{window}_heap_live_bytes", BLOCK_BYTES)
            self.assert_all(case, f"{window}_heap_retained_bytes", 0)


@unittest.skipIf(measured.SANITIZED, "a sanitized coordinator suffers no preloaded allocator")
class PayloadParts(measured.Case):
    """One long string as JSON: its text and its tree take a byte for each of its bytes, both together two."""

    @common.need_program("payload-parts")
    def test_slopes(self):
        # A filter of cases is enough to start the program, and the bundled suite is not longer for it.
        results = self.results("--no-time", "--passes", "heap", "--format", "json", "--filter", "memory_payload_(text|tree|both)")
        self.assertEqual(len(results.cases), 12)
        suite = self.expect(0, "--list", "--format", "terse").stdout
        self.assertIn("memory_payload_sizes/1KB", suite)
        self.assertNotIn("memory_payload_text", suite)
        held = {}
        for part in ("text", "tree", "both"):
            for size in ("1KB", "10KB", "100KB", "1MB"):
                samples = results.cases[f"memory_payload_{part}/{size}"].samples("steady_heap_live_bytes")
                self.assertEqual(len(set(samples)), 1, (part, size, samples))
                held[part, size] = samples[0]
        for size, bytes_count in (("1KB", 1 << 10), ("10KB", 10 << 10), ("100KB", 100 << 10), ("1MB", 1 << 20)):
            self.assertEqual(held["both", size], held["text", size] + held["tree", size], size)
            # The text is its payload, the frame {"data":""}, its end and malloc's rounding, at most to a page.
            self.assertIn(held["text", size] - bytes_count - 12, range(PAGE_BYTES), size)
            # The tree adds two nodes and a name to the payload and its end, at any size.
            structure = held["tree", size] - bytes_count
            self.assertIn(structure, range(130, 200) if bytes_count < 1 << 17 else range(130, 200 + PAGE_BYTES), size)


class Allocators(Known):
    def usable(self, library):
        """What one block of 1000 bytes takes with that allocator, asked of the allocator itself."""
        code = "import ctypes\nc = ctypes.CDLL(None)\nc.malloc.restype = ctypes.c_void_p\n"
        code += f"print(c.malloc_usable_size(ctypes.c_void_p(c.malloc({BLOCK_BYTES}))))\n"
        result = common.run(["/usr/bin/env", "python3", "-c", code], self.folder, env=self.env(LD_PRELOAD=library))
        self.assertEqual(result.code, 0, result)
        return int(result.stdout)

    def preloaded(self, name):
        file, package = ALLOCATORS[name]
        library = find_library(file)
        if library is None:
            self.skipTest(f"{file} is missing (Debian: {package})")
        env = self.env(LD_PRELOAD=library)
        results = self.measure_known("known", "--no-time", "--save-baseline", name, env=env)
        self.assertRegex(results.programs[0]["allocator"], rf"^{name} \d+(\.\d+)+$")
        settings = {s["name"]: s["value"] for s in results.context["settings"]}
        self.assertEqual(settings["LD_PRELOAD"], library)
        self.assert_pages(results)
        usable = self.usable(library)
        self.assert_heap(results, lambda blocks: blocks * usable)
        for case in results.cases.values():  # all 20 samples agree, whatever the allocator takes for itself
            for window in measured.WINDOWS:
                samples = case.samples(f"{window}_anon_delta_bytes")
                self.assertEqual((len(samples), len(set(samples))), (20, 1), case.id)
        self.expect(0, "--program", measured.own_program("known"), "--no-time", "--baseline", name, env=env)

    def test_jemalloc(self):
        self.preloaded("jemalloc")

    def test_mimalloc(self):
        self.preloaded("mimalloc")

    def test_tcmalloc(self):
        self.preloaded("tcmalloc")

    def test_another_allocator_is_not_comparable(self):
        library = find_library(ALLOCATORS["jemalloc"][0])
        if library is None:
            self.skipTest("libjemalloc.so.2 is missing (Debian: libjemalloc2)")
        args = ["--program", measured.own_program("known"), "--no-time", "--filter", "known_pages"]
        self.expect(0, *args, "--save-baseline", "glibc")
        env = self.env(LD_PRELOAD=library)
        refused = self.expect(5, *args, "--baseline", "glibc", env=env)
        self.assertIn("(a different allocator)", refused.stdout)
        self.assertIn("0 metrics gated", refused.stdout)
        insisted = self.expect(0, *args, "--baseline", "glibc", "--ignore-environment", env=env)
        self.assertIn("Compared despite different environments", insisted.stdout)


class RefusedPersonality(Known):
    """A kernel that refuses personality(), as under the seccomp filters of containers."""

    def setUp(self):
        super().setUp()
        self.refuse = measured.own_program("refuse-personality")
        probe = common.run([self.refuse, "true"], self.folder)
        if probe.code == 125:
            self.skipTest(f"no seccomp filter can be installed here: {probe.stderr.strip()}")
        self.assertEqual(probe.code, 0, probe)

    def run_refused(self, code, *args):
        result = common.run([self.refuse, common.MEMBENCH, *args], self.folder)
        self.assertEqual(result.code, code, result)
        return result

    def test_anonymous_memory_stays_exact_and_it_is_said(self):
        args = ["--program", measured.own_program("known"), "--no-time"]
        self.run_refused(0, *args, "--save-baseline", "refused", "--out", "refused.json")
        results = measured.Measured(self.folder / "refused.json")
        self.assertEqual(results.programs[0]["aslr"], "on")
        settings = {s["name"]: s["value"] for s in results.context["settings"]}
        self.assertEqual(settings["aslr_can_be_disabled"], "no")
        self.assert_pages(results)
        self.assert_heap(results)
        self.run_refused(0, *args, "--baseline", "refused")
        doctor = self.run_refused(0, "doctor").stdout
        self.assertRegex(doctor, r"ASLR +on: this system refuses")
        self.assertRegex(self.expect(0, "doctor").stdout, r"ASLR +off in workers")

    def test_only_page_metrics_stop_being_comparable(self):
        """Against a baseline recorded with randomization off: page metrics are not comparable, heap metrics gate."""
        args = ["--program", measured.own_program("known"), "--no-time"]
        self.expect(0, *args, "--save-baseline", "fixed")
        result = self.run_refused(0, *args, "--baseline", "fixed")
        self.assertIn("Not compared: cold anon, cold peak, anon, peak, anon between (a different mode of address randomization)",
                      " ".join(result.stdout.split()))  # fmt: skip
        self.assertIn("45 metrics gated", result.stdout)


class ApproximateKernel(Known):
    """A kernel whose status is off by pages, as recorded in fixtures/proc-approximate: smaps_rollup takes over."""

    def setUp(self):
        super().setUp()
        root = self.folder / "root"
        shutil.copytree(FIXTURES / "proc-approximate", root)
        own = root / "proc" / "self"
        own.mkdir(parents=True)
        for name in ("statm", "smaps_rollup", "pagemap", "clear_refs"):
            (own / name).symlink_to(f"/proc/self/{name}")
        # Not the process's: whoever took sizes from it would see nothing change.
        shutil.copy(root / "step-0" / "proc" / "self" / "status", own / "status")
        (root / "sys").symlink_to("/sys")
        self.approximate = self.env(MEMBENCH_PROC_ROOT=root)

    def test_sizes_come_from_smaps_rollup(self):
        args = ["--program", measured.own_program("known"), "--no-time"]
        results = self.results(*args, env=self.approximate)
        self.assertEqual(results.context["rss_source"], "smaps_rollup")
        settings = {s["name"]: s["value"] for s in results.context["settings"]}
        self.assertRegex(settings["rss_calibration"], "^smaps_rollup, exact; status: off by up to [0-9]+ pages")
        self.assert_pages(results)
        self.assert_heap(results)

    def test_doctor_says_so(self):
        doctor = self.expect(0, "doctor", env=self.approximate).stdout
        self.assertRegex(doctor, r"\nstatus +yes +no, [+-]?[0-9.]+ [KM]iB")
        self.assertIn("Resident sizes come from smaps_rollup", doctor)
        self.assertIn("Resident sizes come from status: status, exact", self.expect(0, "doctor").stdout)

    def test_page_metrics_of_two_sources_are_not_compared(self):
        args = ["--program", measured.own_program("known"), "--no-time"]
        self.expect(0, *args, "--save-baseline", "exact")
        result = self.expect(0, *args, "--baseline", "exact", env=self.approximate)
        self.assertIn("Not compared: cold anon, cold peak, anon, peak, anon between (a different source of resident set sizes)",
                      " ".join(result.stdout.split()))  # fmt: skip
        self.assertIn("45 metrics gated", result.stdout)


class Sanitized(measured.Case):
    def test_a_sanitized_program_is_refused(self):
        """Its own memory would be measured; said in one line, in whichever pass came first."""
        args = ["--program", measured.own_program("known-sanitized"), "--no-time"]
        refused = self.expect(1, *args, "--out", "refused.json")
        for case in measured.Measured(self.folder / "refused.json").cases.values():
            self.assertEqual(case.outcome, "failed")
            self.assertRegex(case.message, "^the program is built with a sanitizer, .*build it without$")
            self.assertEqual(case.own["series"], {})
        self.assertNotIn("ASan runtime", refused.stdout)
        for test in ("--list", "--exact=known_pages/7"):
            self.expect(0 if test == "--list" else 1, *args, test)


@common.need_program("jobs")
class HandingOver(measured.Case):
    def test_program_by_hand_from_any_folder(self):
        """./jobs --filter x, from here, from its own folder and from the root; files land in the current folder."""
        args = ["--filter", "memory_job_creation/10$", "--no-time"]
        relative = os.path.relpath(common.program("jobs"), self.folder)
        for command, cwd in ((common.program("jobs"), self.folder), (relative, self.folder), ("./jobs", common.BENCH)):
            out = self.folder / "by-hand.json"
            result = common.run([command, *args, "--out", out], cwd, env=self.env())
            self.assertEqual(result.code, 0, result)
            self.assertEqual(list(measured.Measured(out).cases), ["memory_job_creation/10"])
            out.unlink()
        saved = common.run([relative, *args, "--save-baseline", "main"], self.folder)
        self.assertEqual(saved.code, 0, saved)
        gate = common.run([relative, *args, "--baseline", "main"], self.folder)
        self.assertEqual(gate.code, 0, gate)
        self.assertTrue((self.folder / "baselines" / "main.json").exists())

    def test_arguments_and_exit_code_are_those_of_the_coordinator(self):
        wrong = common.run([common.program("jobs"), "--no-such-option"], self.folder)
        self.assertEqual(wrong, self.membench("--no-such-option"))
        self.assertEqual(wrong.code, 2)


class Many(measured.Case):
    """A run of many programs: all are asked for their cases, and found by these."""

    PROGRAMS, MOST = 300, 10000

    def names(self, count):
        events = '{"event":"hello","protocol":1}|{"event":"case","id":"case_%d"}|{"event":"done","outcome":"ok"}'
        for i in range(count):
            lines = "' '".join((events % i).split("|"))
            self.script(f"p{i}", f"#!/bin/sh\nprintf '%s\\n' '{lines}' >/proc/self/fd/$MEMBENCH_FD\n")
        return [word for i in range(count) for word in ("--program", str(self.folder / f"p{i}"))]

    def test_three_hundred(self):
        names = self.names(self.PROGRAMS)
        listed = self.expect(0, *names, "--list").stdout.split()
        self.assertEqual(listed, [f"case_{i}" for i in range(self.PROGRAMS)])
        self.assertEqual(self.expect(0, *names, "--list", "case_299$").stdout.split(), ["case_299"])
        env = self.env(MEMBENCH_PROGRAMS=":".join(names[1::2]))
        self.assertEqual(self.expect(0, "--list", env=env).stdout.split(), listed)

    def test_too_many(self):
        too_many = ["-p", "truth"] * (self.MOST + 1)
        self.assertIn(f"more than {self.MOST} programs", self.expect(2, *too_many, "--list").stderr)


class Mechanisms(measured.Case):
    """Results name what observed a program; what did not work is not named."""

    def mechanisms(self, name, *args):
        results = self.results("-p", measured.own_program(name), "--no-time", *args)
        return results.programs[0]["mechanisms"].split(", ")

    def test_by_program(self):
        own = ["status", "seccomp filter and ptrace", "heap hook preloaded", "fixed chance linked in"]
        self.assertEqual(self.mechanisms("known"), own)
        self.assertEqual(self.mechanisms("known", "--entropy", "real"), own[:3])
        self.assertEqual(self.mechanisms("known", "--passes", "heap"), own[2:])
        self.assertEqual(self.mechanisms("known-static"), [own[0], own[1], own[3]])
        self.assertEqual(self.mechanisms("known-static-heap"), [own[0], own[1], "heap hook linked in", own[3]])

    @unittest.skipIf(measured.SANITIZED, "LeakSanitizer does not work in a coordinator that may not trace")
    def test_without_ptrace(self):
        refuse = measured.own_program("refuse-ptrace")
        args = [refuse, common.MEMBENCH, "-p", measured.own_program("known"), "--no-time", "--out", "results.json"]
        result = common.run(args, self.folder, self.env())
        self.assertEqual(result.code, 0, result)
        self.assertNotIn("ptrace", measured.Measured(self.folder / "results.json").programs[0]["mechanisms"])


if __name__ == "__main__":
    common.main()
