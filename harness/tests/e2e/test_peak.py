"""Peaks of known size, read to the byte while the machine is busy; and that nothing shows of how they are read."""

import os
import shutil
import signal
import subprocess
import time
import unittest

import common
import measured
from measured import PAGE_BYTES

# What a case holds most at once, in pages of its parameter, where that is not once the parameter.
TIMES = {"peak_move": 2, "peak_timer": 2}
RUNS = 20

# How far VmHWM may be off, and what it is set back to as well: docs/measuring.md.
BOUND_PAGES = 3 * os.cpu_count() * (max(32, 2 * os.cpu_count()) - 1)


class Busy:
    """Other work for all processors, as long as the block runs."""

    def __enter__(self):
        self.loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]

    def __exit__(self, *_):
        for loop in self.loops:
            loop.kill()
            loop.wait()


class Peak(measured.Case):
    def peaks(self, *args, **more):
        return self.results("--program", measured.own_program("peak"), "--no-time", *args, **more).cases

    def assert_exact(self, case, window, least_count=3):
        pages = case.params["pages"] * TIMES.get(case.id.split("/")[0], 1)
        self.assert_all(case, f"{window}_peak_anon_delta_bytes", int(pages * PAGE_BYTES), least_count)

    @unittest.skipIf(measured.SANITIZED, "minutes of a sanitized tracer; the other tests have it sanitized")
    def test_twenty_of_twenty_under_load(self):
        names = ("mmap brk stack fixed fixed_denied free_later shrink move truncate detach attach several handler child "
                 "beside madvise").split()  # fmt: skip
        wanted = "^peak_(" + "|".join(names) + ")/" + ("(1|16|17|1000)" if common.THOROUGH else "(16|17)") + "(/|$)"
        with Busy():
            cases = self.peaks("--save-baseline", "twenty", "--metrics", "peak,peak_rss,anon", wanted)
        self.assertEqual({case.split("/")[0] for case in cases}, {f"peak_{name}" for name in names})
        for case in cases.values():
            if case.outcome == "skipped":
                continue
            self.assertEqual(case.outcome, "ok", case.message)
            self.assert_exact(case, "steady", RUNS)
            held = case.samples("steady_anon_delta_bytes")
            self.assertLess(max(held), min(case.samples("steady_peak_anon_delta_bytes")), case.id)
            self.assertEqual(min(case.samples("steady_peak_rss_delta_bytes")) // PAGE_BYTES,
                             min(case.samples("steady_peak_anon_delta_bytes")) // PAGE_BYTES, case.id)

    def test_malloc_and_one_gibibyte(self):
        for case in self.peaks("-n", 1, "--warm-up-iterations", 1, "--passes", "pages", "^peak_(malloc|mmap)/").values():
            for window in measured.WINDOWS:
                if "malloc" not in case.id or window == "steady":
                    self.assert_exact(case, window, 1)

    def test_no_call_fails_for_a_timer(self):
        case = self.peaks("-n", 1, "--warm-up-iterations", 1, "--passes", "pages", "^peak_timer/",
                          timeout=180)["peak_timer/16"]  # fmt: skip
        self.assertEqual(case.outcome, "ok", case.message)
        self.assert_exact(case, "steady", 1)

    def test_a_thread_that_touches_all_the_time(self):
        case = self.peaks("^peak_toucher/", timeout=180)["peak_toucher/30000"]
        counts = case.counts("steady")
        peaks = case.samples("steady_peak_anon_delta_bytes")
        self.assertGreaterEqual(len(peaks), 3, case.missing)
        for peak, before, after in zip(peaks, counts["touched_before"], counts["touched_after"]):
            touched = peak // PAGE_BYTES - case.params["pages"]
            self.assertGreaterEqual(touched, before)
            self.assertLessEqual(touched, after + 1)  # one may be touched and not yet counted

    def test_no_wait_of_another_thread_is_interrupted(self):
        """epoll_wait, semtimedop, sigtimedwait, nanosleep: short waits, and ones that last through many stops."""
        count = 3 if common.THOROUGH else 1
        for case in self.peaks("--sample-size", count, "^peak_waits/").values():
            self.assertEqual(case.outcome, "ok", case.message)
            self.assert_exact(case, "steady", count)
            for window in measured.WINDOWS:
                self.assertEqual(set(case.counts(window)["interrupted"]), {0}, case.id)
                self.assertGreater(min(case.counts(window)["waits"]), 0, case.id)

    @unittest.skipIf(measured.SANITIZED, "LeakSanitizer does not work in a coordinator that is traced itself")
    def test_nothing_else_changes(self):
        """The same program with and without a tracer: page metrics, marks and faults are equal."""
        wanted = "^peak_(mmap/17|brk|fixed|move|truncate|handler|child)"
        traced = self.peaks("--sample-size", 3, wanted, name="traced.json")
        result = common.run([measured.own_program("refuse-ptrace"), common.MEMBENCH, "--program",
                             measured.own_program("peak"), "--no-time", "--sample-size", "3", "--out", "alone.json",
                             wanted], self.folder)
        self.assertEqual(result.code, 0, result)
        alone = measured.Measured(self.folder / "alone.json").cases
        for name, case in traced.items():
            for metric in ("anon_delta_bytes", "rss_delta_bytes", "footprint_bytes", "page_fault_minor_count",
                           "retained_rss_bytes", "retained_after_trim_anon_bytes"):
                for window in measured.WINDOWS:
                    key = f"{window}_{metric}"
                    self.assertEqual(case.samples(key), alone[name].samples(key), f"{name} {key}")
            self.assert_missing(alone[name], "steady_peak_anon_delta_bytes", r"may not trace this process.*EPERM")
            most = case.samples("steady_peak_rss_delta_bytes")[0]
            for low in alone[name].samples("steady_peak_rss_at_least_bytes"):
                self.assertLessEqual(low, most, name)
            self.assertNotIn("steady_peak_rss_at_least_bytes", case.own["series"])

    @unittest.skipIf(measured.SANITIZED, "LeakSanitizer does not work in a coordinator that is traced itself")
    def test_where_it_cannot_be_exact(self):
        """Below profiles that refuse a call, and below another tracer: a low end that is true, and the reason."""
        below = {"ptrace": [measured.own_program("refuse-ptrace")], "seccomp": [measured.own_program("refuse-seccomp")]}
        if shutil.which("strace"):
            below["another tracer"] = ["strace", "-f", "-o", "/dev/null"]
        for name, prefix in below.items():
            with self.subTest(below=name):
                run = lambda *args: common.run([*prefix, common.MEMBENCH, *args], self.folder)
                result = run("--program", measured.own_program("peak"), "--passes", "pages", "-n", 3, "--out", "low.json",
                             "^peak_(mmap/2048|brk/16)$")
                self.assertEqual(result.code, 0, result)
                for case in measured.Measured(self.folder / "low.json").cases.values():
                    self.assert_missing(case, "steady_peak_anon_delta_bytes", r"may not trace this process.*EPERM")
                    for low in case.samples("steady_peak_rss_at_least_bytes"):
                        self.assertLessEqual(low, case.params["pages"] * PAGE_BYTES, case.id)
                        self.assertGreaterEqual(low, (case.params["pages"] - 2 * BOUND_PAGES) * PAGE_BYTES, case.id)
                self.assertRegex(run("doctor").stdout, r"\npeaks +at least what was read: ")
                result = run("exec", "--runs", 2, "--out", "exec.json", "--", "/bin/true")
                self.assertEqual(result.code, 0, result)
                case = measured.Measured(self.folder / "exec.json").cases["exec//bin/true"]
                self.assert_missing(case, "process_peak_anon_bytes", "not exact: this system has no seccomp|not traced: ptrace")
        self.assertRegex(self.expect(0, "doctor").stdout, r"\npeaks +exact: ")

    def test_the_gate_finds_a_higher_peak(self):
        """Both hold nothing in the end."""
        self.peaks("--save-baseline", "main", "^peak_several/1000")
        path = self.folder / "baselines" / "main.json"
        path.write_text(path.read_text().replace(str(1000 * PAGE_BYTES), str(900 * PAGE_BYTES)))
        report = self.expect(3, "--program", measured.own_program("peak"), "--no-time", "--baseline", "main",
                             "^peak_several/1000").stdout
        self.assertRegex(report, r"(?m)^REGRESSED: .* peak \+11\.1% \(\+400 KiB\)")

    def test_an_old_baseline_says_that_its_peak_was_a_bound(self):
        self.peaks("--save-baseline", "main", "^peak_several/1000")
        path = self.folder / "baselines" / "main.json"
        text = path.read_text().replace("peak_anon_delta_bytes", "peak_rss_bound_bytes")
        path.write_text(text)
        self.peaks("--baseline", "main", "^peak_several/1000")
        report = self.expect(0, "report", "--verbose", str(path)).stdout
        self.assertRegex(report.replace("\n", " "), r"peak rss +- +the peak was a\s+bound")

    def test_no_worker_outlives_a_killed_coordinator(self):
        coordinator = subprocess.Popen(
            [str(common.MEMBENCH), "--program", measured.own_program("peak"), "--no-time", "^peak_endless/"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        worker = None
        while worker is None:
            time.sleep(0.05)
            worker = next((p for p in self.workers() if self.is_traced(p)), None)
        time.sleep(0.3)
        coordinator.send_signal(signal.SIGKILL)
        coordinator.wait()
        for _ in range(100):
            if not os.path.exists(f"/proc/{worker}"):
                return
            time.sleep(0.05)
        self.fail(f"worker {worker} lives on")

    def workers(self):
        """Processes of this test's program."""
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.readlink(f"/proc/{name}/exe") == measured.own_program("peak"):
                    yield int(name)
            except OSError:
                continue

    def is_traced(self, pid):
        try:
            with open(f"/proc/{pid}/status") as status:
                return "\nSeccomp:\t2" in status.read()
        except OSError:
            return False


if __name__ == "__main__":
    common.main()
