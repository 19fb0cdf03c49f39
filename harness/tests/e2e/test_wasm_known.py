"""What is known of WebAssembly runtimes and holds in all of them, or in one for a reason that its own tests do not
name. Every runtime that was built takes part; figures of one version are tested where that version is."""

import json
import os
import pathlib
import subprocess
import unittest

import common
import measured
from measured import PAGE_BYTES

KB = 1000

# One program of each runtime; of Wasmtime the newest version that was built, since older ones are measured in brief.
PROGRAMS = [common.program(f"wasm-{name}") for name in ("wamr-fast", "wasm3", "wasmedge")]
PROGRAMS = [p for p in PROGRAMS if os.access(p, os.X_OK)]
PROGRAMS += sorted(str(p) for p in pathlib.Path(common.BENCH).glob("wasm-wasmtime-[0-9][0-9]"))[-1:]


def need_module(name):
    is_there = (common.BENCH / "wasm-modules" / f"{name}.wasm").is_file()
    return unittest.skipUnless(is_there, f"the module {name} was not made")


def runtime(case):
    return case.id.split("/")[1]


class Known(measured.Case):
    def measure(self, programs, *args):
        named = [word for program in programs for word in ("--program", program)]
        return list(self.results(*named, "--passes", "pages", *args).cases.values())


@unittest.skipUnless(PROGRAMS, "no runtime was built")
class EveryRuntime(Known):
    @need_module("jobq")
    def test_linear_memory_never_shrinks(self):
        """20,000 jobs grow it, popping all gives back none of it, and how much it is the module decides, not the runtime.
        The module takes no job before `_initialize`: that a case is ok says that it was called."""
        cases = self.measure(PROGRAMS, "-n", "1", "--filter", "wasm_job_queue/.*/20000$")
        self.assertEqual(len(cases), len(PROGRAMS))
        seen = {}
        for case in cases:
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
            for window in measured.WINDOWS:
                pages = case.counts(window)
                before, full, after = (pages[f"memory_{when}_pages"][0] for when in ("before", "full", "after"))
                self.assertGreater(full, before, case.id)
                self.assertEqual(after, full, case.id)
                seen[runtime(case), window] = (before, full, after)
        self.assertEqual(len(set(seen.values())), 1, seen)

    @need_module("hostloop")
    def test_ten_million_calls_of_the_host(self):
        """Not one page, in any of them."""
        cases = self.measure(PROGRAMS, "-n", "1", "--filter", "wasm_host_calls/.*/10000000$")
        self.assertEqual(len(cases), len(PROGRAMS))
        for case in cases:
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
            self.assert_all(case, "cold_anon_delta_bytes", 0, least_count=1)


    @need_module("harfbuzz-subset")
    def test_little_is_unexplained(self):
        """Of one instance of a module from small to large, in every runtime and both windows, all pages but four are
        found: in stacks, in the host's heap or where the runtime says. Below that it may be in the steady window, when
        an allocator gives back pages from before."""
        cases = self.measure(PROGRAMS, "-n", "2", "--filter", "wasm_lifecycle/.*/(tiny|mappings|harfbuzz-subset)/1$")
        self.assertTrue(cases)
        for case in cases:
            for window in measured.WINDOWS:
                named = case.regions(window)
                explained = sum(sum(measured.expand(r["resident_bytes"])) / 2 for r in named)
                together = case.counts(window).get("regions_together_bytes")
                if together:  # some lie in one another
                    explained = sum(together) / 2
                anon = sum(case.samples(f"{window}_anon_delta_bytes")) / 2
                self.assertLess(anon - explained, 4 * PAGE_BYTES, f"{case.id} {window}: {named}")
                if window == "cold":
                    self.assertLess(explained - anon, 4 * PAGE_BYTES, f"{case.id}: {named}")


class Wamr(Known):
    @common.need_program("wasm-wamr-threads")
    def test_threads(self):
        """1, 2 and 4 threads run and end; more of them take more."""
        programs = [common.program("wasm-wamr-threads")]
        cases = {c.params["threads"]: c for c in self.measure(programs, "--filter", "wasm_threads/")}
        self.assertEqual(sorted(cases), [1, 2, 4])
        for case in cases.values():
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
            self.assertIn("threads", case.own["flags"])
            self.assertIn("threads ended", [m["name"] for m in case.marks("steady")])
        # How much each takes is advisory, as with all threads: it depends on which run at the same moment.
        one, four = (max(cases[n].samples("steady_anon_delta_bytes")) for n in (1, 4))
        self.assertGreater(four, one)
        # Each has a native stack of 128 KiB, which the guard touches, and one for signals: both are reported.
        (stacks,) = [r for r in cases[1].regions("cold") if r["name"] == "thread stacks"]
        self.assertGreater(max(measured.expand(stacks["resident_bytes"])), 128 * 1024)

    @common.need_program("wasm-wamr-fast")
    @need_module("harfbuzz-subset")
    def test_what_a_load_leaves(self):
        """Of the first load of harfbuzz 0.84 MB stay after unload and trim, within 10 %; of the next next to nothing: no leak."""
        exact = ("--exact", "wasm_module_load/wamr-fast/harfbuzz-subset/1")
        (case,) = self.measure([common.program("wasm-wamr-fast")], *exact)
        for kept in case.samples("cold_retained_after_trim_bytes"):
            self.assertAlmostEqual(kept, 840 * KB, delta=84 * KB)
        for kept in case.samples("steady_retained_after_trim_bytes"):
            self.assertLess(kept, 84 * KB)

    @common.need_program("wasm-wamr-fast")
    @common.need_program("wasm-wamr-classic")
    def test_variants_are_measured_in_brief(self):
        """A variant lists a part of what the main one does, under its own name: where it can differ, and no more."""
        groups = {}
        for variant in ("fast", "classic"):
            program = common.program(f"wasm-wamr-{variant}")
            listed = self.expect(0, "--program", program, "--list", "--format", "terse").stdout
            words = {w for line in listed.splitlines() for w in line.split() if w.startswith("wasm_")}
            groups[variant] = {w.strip(":").replace(f"/wamr-{variant}/", "/") for w in words}
        self.assertLess(groups["classic"], groups["fast"])
        self.assertIn("wasm_lifecycle/harfbuzz-subset/1", groups["classic"])
        self.assertEqual({i for i in groups["classic"] if i.startswith("wasm_host_calls")}, set())


class Foreign(Known):
    """Programs in Go and Rust, whose host function is called from a module."""

    def check(self, name):
        program = common.program(f"wasm-{name}")
        cases = {c.params["calls"]: c for c in self.measure([program], "-n", "2")}
        self.assertEqual(sorted(cases), [10**5, 10**6, 10**7])
        for case in cases.values():
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
            self.assertEqual(case.own["operation_count"], case.params["calls"])
        return cases

    def soak(self, name):
        """What the program says when it is told to idle, trim, run again and stop."""
        reader, writer = os.pipe()
        env = dict(os.environ, MEMBENCH_FD=str(writer), MEMBENCH_ACTION="soak", MEMBENCH_SOAK_INTERVAL_NS="1000000000")
        process = subprocess.Popen([common.program(f"wasm-{name}")], stdin=subprocess.PIPE, pass_fds=[writer], env=env)
        os.close(writer)
        process.communicate(b"idle\ntrim\nrun\nstop\n", timeout=60)
        self.assertEqual(process.returncode, 0)
        with os.fdopen(reader) as lines:
            events = [json.loads(line[line.index("{") :]) for line in lines]
        self.assertEqual([e["event"] for e in (events[0], events[-1])], ["hello", "done"])
        self.assertEqual(events[-1]["outcome"], "ok", events[-1])
        self.assertGreater(events[-1]["operation_count"], 0)
        states = [e["state"] for e in events[1:-1] if "state" in e]
        self.assertEqual(states, ["run", "idle", "trimmed", "run"])

    @common.need_program("wasm-wasmi-rust")
    @need_module("hostloop")
    def test_rust(self):
        """Not a page and not a block for ten million calls."""
        for case in self.check("wasmi-rust").values():
            self.assert_all(case, "cold_anon_delta_bytes", 0, least_count=1)
        self.soak("wasmi-rust")

    @common.need_program("wasm-wazero")
    @need_module("hostloop")
    def test_go(self):
        """Go's runtime has threads, so pages are advice: under 1 MiB for ten million calls."""
        cases = self.check("wazero")
        self.assertIn("threads", cases[10**7].own["flags"])
        self.assertLess(max(cases[10**7].samples("cold_anon_delta_bytes")), 1024 * 1024)
        self.soak("wazero")


class Wasm3(Known):
    @common.need_program("wasm-wasm3")
    def test_too_much_is_skipped_before_it_is_begun(self):
        """A hundred instances of harfbuzz, 65 MiB each, would take a minute: skipped with what they would need, on any
        machine. Ten are measured."""
        program = common.program("wasm-wasm3")
        cases = self.measure([program], "-n", "1", "--exact", "wasm_instances/wasm3/harfbuzz-subset/100")
        self.assertEqual([c.outcome for c in cases], ["skipped"])
        self.assertRegex(cases[0].message, "more than 2 GiB: about 68 MiB for each instance")


if __name__ == "__main__":
    common.main()
