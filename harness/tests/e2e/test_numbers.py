"""Numbers that lie between the windows: what calls leave behind is found, and what does not is 0."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import common
import measured
from measured import BETWEEN, PAGE_BYTES

BLOCK_BYTES = 1000  # which glibc makes exactly 1,000 usable bytes of


class Between(measured.Case):
    def measure_program(self, name, *args, **more):
        return self.results("--program", measured.own_program(name), "--no-time", *args, **more)

    def regressed(self, result):
        """Regressed cases, and slopes by their group, of a JSON report, with the metrics that regressed."""
        return {f["id"]: f["metrics"] for f in result.json()["findings"] if f["kind"] == "regressed"}

    def assert_found(self, result):
        """Each case by what it keeps, and the slopes: bytes per page, bytes per block."""
        found = self.regressed(result)
        for metric, group in zip(BETWEEN, ("between_pages", "between_blocks")):
            for value in (10, 100, 1000, 2000):
                self.assertIn(metric, found.pop(f"{group}/{value}"))
            self.assertIn(metric, found.pop(group))
        self.assertEqual(set(found), {"between_pool"})
        self.assertIn("between_heap_bytes", found["between_pool"])

    def test_what_levels_off_on_the_first_call_reads_zero(self):
        results = self.measure_program("between")
        for case in results.cases.values():
            for metric in BETWEEN:
                self.assert_all(case, metric, 0)
        self.assertNotRegex(self.report.stdout, "(anon|heap) between")

    def test_what_is_kept_is_exact_and_shown(self):
        results = self.measure_program("between-kept")
        for pages in (10, 100, 1000, 2000):
            case = results.cases[f"between_pages/{pages}"]
            self.assert_all(case, "between_anon_bytes", 2 * pages * PAGE_BYTES)
            self.assert_all(case, "between_heap_bytes", 0)
            self.assert_all(case, "steady_anon_delta_bytes", 0)
        for blocks in (10, 100, 1000, 2000):
            self.assert_all(results.cases[f"between_blocks/{blocks}"], "between_heap_bytes", 2 * blocks * BLOCK_BYTES)
        self.assertRegex(self.report.stdout, r"between_pool .* heap between .*\n  between_pool .* 2\.19 KiB ")
        for metric in BETWEEN:
            self.assert_all(results.cases["between_empty"], metric, 0)

    def test_ab_and_a_stored_baseline_find_what_is_kept(self):
        builds = [measured.own_program(name) for name in ("between", "between-kept")]
        self.assert_found(self.expect(3, "ab", *builds, "--no-time", "--format", "json"))
        self.measure_program("between", "--save-baseline", "main")
        again = ["--program", builds[1], "--no-time", "--baseline", "main"]
        self.assert_found(self.expect(3, *again, "--format", "json"))
        self.expect(0, "ab", builds[1], builds[1], "--no-time")
        text = self.expect(3, *again, "between_blocks").stdout
        self.assertRegex(text, r"(?m)^  10 .* heap between \+19\.5 KiB$")
        self.assertRegex(text, r"REGRESSED: between_blocks, .*one cause: heap between \+1\.95\s+KiB per block")

    def test_a_baseline_without_these_metrics_still_compares(self):
        self.measure_program("between", "--save-baseline", "main", "blocks/10$")
        path = self.folder / "baselines" / "main.json"
        text = path.read_text()
        for metric in BETWEEN:
            self.assertIn(metric, text)
            text = text.replace(metric, "forgotten_bytes")
        path.write_text(text)
        self.measure_program("between-kept", "--baseline", "main", "blocks/10$")


class Layouts(measured.Case):
    def values(self, program, **env):
        """Values of every heap metric, each the same in all samples."""
        settings = [word for name in env for word in ("--env", name)]
        env = self.env(**{name: str(value) for name, value in env.items()})
        program = measured.own_program(program)
        results = self.results("--program", program, "--passes", "heap", *settings, env=env)
        case = results.cases["layout"]
        metrics = [f"{window}_{quantity}" for window in measured.WINDOWS for quantity in measured.HEAP]
        samples = {metric: set(case.samples(metric)) for metric in [*metrics, "between_heap_bytes"]}
        self.assertEqual({len(values) for values in samples.values()}, {1}, samples)
        return samples

    def test_no_layout_moves_a_heap_metric(self):
        first = self.values("layout")
        self.assertEqual(first["steady_heap_retained_bytes"], {0})
        for i in range(40):  # 0 to 16 MiB, by an odd number of pages
            self.assertEqual(self.values("layout", LAYOUT_BYTES=i * 103 * PAGE_BYTES), first, i)
        for length in (1, 100, 3000, 20000, 100000):
            self.assertEqual(self.values("layout", PADDING="x" * length), first, length)
        for i in range(5):
            self.assertEqual(self.values("layout-linked", LAYOUT_BYTES=i * 511 * PAGE_BYTES), first, i)


@common.need_program("truth")
class Requested(measured.Case):
    """Requested bytes alive and their peak, with a table of all blocks; without it they are nowhere."""

    METRICS = ("heap_requested_bytes", "heap_requested_peak_bytes")
    TRUTH = ("--program", common.program("truth"), "--passes", "heap")

    def test_each_is_what_was_asked_for(self):
        results = self.results(*self.TRUTH, "--heap-blocks", "truth_(malloc|empty|leak|threads)")
        threads = [case for name, case in results.cases.items() if name.startswith("truth_threads")]
        self.assertTrue(threads)
        for window in measured.WINDOWS:
            for blocks in (1, 10, 1000):
                for metric in self.METRICS:
                    self.assert_all(results.cases[f"truth_malloc/{blocks}"], f"{window}_{metric}", blocks * BLOCK_BYTES)
            for metric in self.METRICS:
                self.assert_all(results.cases["truth_empty"], f"{window}_{metric}", 0)
                self.assert_all(results.cases["truth_malloc_large"], f"{window}_{metric}", 1 << 20)
                self.assert_all(results.cases["truth_leak"], f"{window}_{metric}", BLOCK_BYTES)
            for case in threads:
                self.assertEqual(len(set(case.samples(f"{window}_heap_requested_bytes"))), 1)
        self.assertRegex(self.report.stdout, r"truth_malloc .* requested  requested peak .*\n(.*\n)*  1000 .* 977 KiB +977 KiB ")

    def test_gates_where_asked(self):
        self.measure("jobs", 0, "--passes", "heap", "--heap-blocks", "--save-baseline", "main")
        gate = ["--passes", "heap", "--heap-blocks", "--baseline", "main", "--metrics", "steady_requested"]
        self.assertRegex(self.measure("jobs-grown", 3, *gate).stdout, r"▲ requested \+1\d")

    def test_without_the_option_nothing_is_missing(self):
        case = self.results(*self.TRUTH, "truth_empty").cases["truth_empty"]
        self.assertFalse([name for name in [*case.own["series"], *case.missing] if "requested" in name])


class OwnHeaps(measured.Case):
    """Memory past malloc is "-" with the reason, and a number once the program names its functions or notes its blocks."""

    REASON = "memory grew, but malloc was not called: .*--heap-functions.*HEAP_FUNCTIONS.*mb_heap_add"

    def measure_own(self, name, *args):
        return self.results("--program", measured.own_program(name), "--passes", "heap", *args).cases

    def assert_counted(self, case, blocks, calls_each):
        for window in measured.WINDOWS:
            held = blocks * BLOCK_BYTES
            for metric in ("heap_live_bytes", "heap_peak_bytes", "heap_requested_bytes", "heap_requested_peak_bytes"):
                self.assert_all(case, f"{window}_{metric}", held)
            self.assert_all(case, f"{window}_heap_alloc_count", blocks * calls_each)
            self.assert_all(case, f"{window}_heap_retained_bytes", 0)
        self.assert_all(case, "between_heap_bytes", 0)

    def assert_blind(self, case):
        for window in measured.WINDOWS:
            for metric in measured.HEAP:
                self.assert_missing(case, f"{window}_{metric}", self.REASON)

    def test_a_pool(self):
        cases = self.measure_own("own-heap", "--heap-blocks")
        for blocks in (1, 1000):
            self.assert_counted(cases[f"pool_noted/{blocks}"], blocks, 1)
        self.assert_all(cases["pool_silent/1"], "steady_heap_live_bytes", 0)  # a page is too little to tell
        self.assert_blind(cases["pool_silent/1000"])
        self.assertRegex(self.report.stdout, r"pool_silent .*\n(  1 .*\n)?  1000 +\[1\]")

    def assert_own_names(self, allocator):
        named, unnamed = f"own-heap-{allocator}", f"own-heap-{allocator}-unnamed"
        cases = self.measure_own(named, "--heap-blocks")
        for blocks in (1, 1000):
            self.assert_counted(cases[f"own_names/{blocks}"], blocks, 2)
        self.assert_blind(self.measure_own(unnamed)["own_names/1000"])

    def assert_named_at_run_time(self, allocator, functions):
        """Nothing of the program is built for it: what the wrappers count is what those of the linker count."""
        cases = self.measure_own(f"own-heap-{allocator}-unnamed", "--heap-blocks", "--heap-functions", functions)
        for blocks in (1, 1000):
            self.assert_counted(cases[f"own_names/{blocks}"], blocks, 2)

    @measured.need_own_program("own-heap-mimalloc-unnamed", "libmimalloc2.0")
    def test_mimalloc_named_at_run_time(self):
        self.assert_named_at_run_time("mimalloc", "mi_malloc,mi_free,mi_realloc")

    @measured.need_own_program("own-heap-jemalloc-unnamed", "libjemalloc2")
    def test_jemalloc_named_at_run_time(self):
        self.assert_named_at_run_time("jemalloc", "mallocx,dallocx,rallocx,sdallocx")

    def test_a_pool_named_at_run_time(self):
        """In a library, called by name, by its own library and by an address; lazily bound or read-only after the start."""
        for binding in ("lazy", "now"):
            with self.subTest(binding):
                cases = self.measure_own(f"named-pool-{binding}", "--heap-functions", "pool_get=malloc,pool_put=free")
                for blocks in (3, 1500):
                    case = cases[f"named_pool/{blocks}"]
                    for window in measured.WINDOWS:
                        for metric in ("heap_live_bytes", "heap_peak_bytes", "heap_alloc_bytes"):
                            self.assert_all(case, f"{window}_{metric}", 700 * blocks)
                        self.assert_all(case, f"{window}_heap_alloc_count", blocks)
                        self.assert_all(case, f"{window}_heap_retained_bytes", 0)
        sites = self.expect(0, "where", "--program", measured.own_program("named-pool-lazy"), "--heap-functions",
                            "pool_get=malloc,pool_put=free", "named_pool/1500", "--format", "json").json()["where"]["sites"]
        self.assertEqual(sum(site["after"]["block_count"] for site in sites), 1500)
        self.assertEqual({site["function"] for site in sites}, {"run_pool", "pool_copy"})

    def test_other_functions_do_not_compare(self):
        args = ["--program", measured.own_program("named-pool-now"), "--passes", "heap", "named_pool/3"]
        self.expect(0, *args, "--heap-functions", "pool_get=malloc,pool_put=free", "--save-baseline", "main")
        self.assertIn("or --heap-functions", " ".join(self.expect(5, *args, "--baseline", "main").stdout.split()))

    def test_what_cannot_be_named_at_run_time(self):
        """A static function, a hidden one, one of the program: "-" with the reason and what to do, never 0."""
        for name, reason in (("own_get", "no library exports own_get: .*HEAP_FUNCTIONS.*mb_heap_add"),
                             ("pool_hidden", "no library exports pool_hidden: "),
                             ("mb_heap_add", None)):
            cases = self.measure_own("named-pool-now", "--heap-functions", f"pool_get=malloc,pool_put=free,{name}=malloc")
            for case in cases.values():
                for window in measured.WINDOWS:
                    for metric in measured.HEAP:
                        self.assert_missing(case, f"{window}_{metric}",
                                            reason or "mb_heap_add is a function of the program itself|no library exports mb_heap_add")
        for text, message in (("pool_get", "unknown signature of pool_get: give it \\(pool_get=malloc"),
                              ("pool_get=mallok", "unknown signature of pool_get"), ("", "name functions"),
                              ("mi_malloc,,mi_free", "an entry that is not a name"), ("=free", "an entry that is not a name"),
                              (",".join(f"a{i}_malloc" for i in range(9)), "more than 8 functions of one kind")):
            self.assertRegex(self.expect(2, "--program", measured.own_program("own-heap"), f"--heap-functions={text}").stderr, message)

    @measured.need_own_program("own-heap-mimalloc", "libmimalloc2.0")
    def test_mimalloc_by_its_own_names(self):
        self.assert_own_names("mimalloc")

    @measured.need_own_program("own-heap-jemalloc", "libjemalloc2")
    def test_jemalloc_by_its_own_names(self):
        self.assert_own_names("jemalloc")


@common.need_program("truth")
class Cost(measured.Case):
    """A sample of an empty case makes no more system calls than what it measures needs: counted, not timed."""

    # Of both windows, on Linux 6.7 and later; what the dynamic linker does is among them, its reads too. Sizes are read
    # once before and three times a window; addresses are asked about where the program calls mb_region alone.
    LEAST = {
        ("pages", "between_empty"): {"write": 7, "pread": 10, "pwrite": 3, "openat": 5, "ioctl": 0, "madvise": 2},
        ("pages", "truth_empty"): {"write": 7, "pread": 10, "pwrite": 3, "openat": 6, "ioctl": 5, "madvise": 3},
        ("heap", "between_empty"): {"write": 7, "pread": 8, "pwrite": 0, "openat": 5, "ioctl": 0, "madvise": 3},
    }

    def count(self, memory_pass, case_id):
        variables = {
            "MEMBENCH_FD": "1", "MEMBENCH_ACTION": "sample", "MEMBENCH_CASE": case_id, "MEMBENCH_WARMUP": "2",
            "MEMBENCH_PASS": memory_pass, "MEMBENCH_CPUS": "2",
        }  # fmt: skip
        if memory_pass == "heap":
            variables["MEMBENCH_HEAP_HOOK"] = "0" * 16
        program = common.program("truth") if case_id == "truth_empty" else measured.own_program("between")
        command = ["setarch", "-R", measured.own_program("count-calls"), program]
        preload = {"COUNT_PRELOAD": str(common.BUILD / "lib" / "libmembench_heap.so")} if memory_pass == "heap" else {}
        result = subprocess.run(command, env={**variables, **preload}, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('"outcome":"ok"', result.stdout)
        self.assertEqual('"heap_alloc_count":0' in result.stdout, memory_pass == "heap", result.stdout)
        return json.loads(result.stderr.splitlines()[-1])

    @unittest.skipUnless(shutil.which("setarch"), "no setarch (Debian: util-linux)")
    def test_system_calls_of_an_empty_sample(self):
        for (memory_pass, case_id), least in self.LEAST.items():
            counts = self.count(memory_pass, case_id)
            self.assertEqual(counts["write"], least["write"])
            for name, most in least.items():
                self.assertLessEqual(counts[name], most, f"{memory_pass} {case_id} {name}: {counts}")


class Inexact(measured.Case):
    """Sizes that do not change where a page is touched: no figure of pages is given, and the reason is."""

    def test_a_page_that_does_not_count(self):
        proc = self.folder / "root" / "proc" / "self"
        proc.mkdir(parents=True)
        (proc / "status").write_bytes(pathlib.Path("/proc/self/status").read_bytes())
        run = self.results("--program", measured.own_program("between"), "--passes", "pages", "between_empty",
                           env={**self.env(), "MEMBENCH_PROC_ROOT": str(self.folder / "root")})  # fmt: skip
        for metric in ("cold_anon_delta_bytes", "steady_anon_delta_bytes", "steady_peak_anon_delta_bytes"):
            self.assert_missing(run.cases["between_empty"], metric, "a page that was touched did not read as one page")


@unittest.skipIf(measured.SANITIZED, "a sanitized timer cannot be loaded into programs")
class SameProgram(measured.Case):
    """What observes a program changes no answer of its system calls and of its allocator."""

    def answers(self, *args):
        """The lines of all calls of run, of a run with these options: one and the same."""
        path = self.folder / "same.txt"
        path.unlink(missing_ok=True)
        self.expect(0, "--program", measured.own_program("same"), "-j", "1", *args)
        lines = path.read_text(encoding="utf-8").splitlines()
        self.assertGreaterEqual(len(lines), 2)
        self.assertEqual(len(set(lines)), 1, lines)
        return lines[0]

    def test_in_every_pass(self):
        plain = self.answers("--passes", "time", "--quick")
        self.assertIn("munmap=0/0 munmap_odd=-1/22 madvise_gone=-1/12 mmap_large=1/0", plain)
        self.assertIn("raise=0/0 caught=1/0 thread=0/0 waited=1/0 child=7/0 open=-1/2", plain)
        for args in (["--passes", "pages"], ["--passes", "heap"], ["--passes", "heap", "--heap-blocks"],
                     ["--passes", "pages", "--entropy", "real"]):  # fmt: skip
            self.assertEqual(self.answers(*args), plain, args)


class OnTmpfs(measured.Case):
    FOLDER = "/dev/shm"

    @unittest.skipUnless(os.path.ismount(FOLDER) and os.access(FOLDER, os.W_OK) and
                         not os.statvfs(FOLDER).f_flag & os.ST_NOEXEC, "no tmpfs that programs can be started from")
    def test_pages_of_the_program_are_not_its_memory(self):
        """The kernel counts all pages of a file on a tmpfs as shared memory: code and constants, too."""
        with tempfile.TemporaryDirectory(dir=self.FOLDER) as folder:
            for path in (measured.own_program("constants"), shutil.copy(measured.own_program("constants"), folder)):
                case = self.results("--program", path, "--no-time").cases["first_use"]
                for metric in ("anon_delta_bytes", "footprint_bytes", "peak_anon_delta_bytes", "retained_anon_bytes"):
                    self.assert_all(case, f"cold_{metric}", 8 * PAGE_BYTES)
                    self.assert_all(case, f"steady_{metric}", 0)


class HugePages(measured.Case):
    HUGE_PAGE_BYTES = 2 << 20

    def test_huge_pages_of_hugetlbfs_are_held(self):
        results = self.results("--program", measured.own_program("hugetlb"), "--passes", "pages", "-j", "1")
        for case in results.cases.values():
            if case.outcome == "skipped":
                self.skipTest(case.message)
        for kind in ("private", "shared"):
            for pages in (1, 3):
                case, held = results.cases[f"hugetlb/{kind}/{pages}"], pages * self.HUGE_PAGE_BYTES
                for window in measured.WINDOWS:
                    self.assert_all(case, f"{window}_anon_delta_bytes", held)
                    self.assert_all(case, f"{window}_footprint_bytes", held if kind == "private" else 0)
                    self.assert_all(case, f"{window}_retained_anon_bytes", 0)
                    self.assertTrue(all(peak >= held for peak in case.samples(f"{window}_peak_rss_delta_bytes")))
                self.assert_all(case, "steady_rss_delta_bytes", held)
        for metric in results.cases["hugetlb/held"].own["series"]:  # what it takes to look at them is not the case's
            self.assert_all(results.cases["hugetlb/held"], metric, 0)


if __name__ == "__main__":
    common.main()
