"""The cases for WebAssembly runtimes, on a runtime that does nothing and on one of known truth: every metric, mark,
region and count is exact, so what they say of a real runtime is the runtime's."""

import re
import unittest

import common
import measured
from measured import PAGE_BYTES, WINDOWS

TRUTH_HEADER = common.SOURCE / "bench" / "wasm" / "engines" / "truth" / "truth.h"
TRUTH = {name: int(value) for name, value in re.findall(r"TRUTH_(\w+) = (\d+)", TRUTH_HEADER.read_text())}
ENGINE, ENGINE_KEPT = TRUTH["ENGINE_PAGES"], TRUTH["ENGINE_KEPT_PAGES"]
LOAD, MODULE_KEPT = TRUTH["CODE_PAGES"] + TRUTH["BLOCK_PAGES"], TRUTH["MODULE_KEPT_PAGES"]
INSTANCE, CALL = TRUTH["INSTANCE_PAGES"] + TRUTH["MEMORY_PAGES"], TRUTH["CALL_PAGES"]

# An allocation that has a mapping of its own: the header before it is not part of what may be used.
BLOCK_USABLE_BYTES = -(-(TRUTH["BLOCK_BYTES"] + 16) // PAGE_BYTES) * PAGE_BYTES - 16


def size_of(module):
    return (common.BENCH / "wasm-modules" / f"{module}.wasm").stat().st_size


def copies_pages(module, count):
    """Pages that the copies of a module's bytes take, which are 16 bytes apart at most."""
    stride = -(-size_of(module) // 16) * 16
    return -(-((count - 1) * stride + size_of(module)) // PAGE_BYTES)


OF_FILES = "rss_delta_bytes peak_rss_delta_bytes retained_rss_bytes retained_after_trim_bytes page_fault_minor_count".split()


class Null(measured.Case):
    @common.need_program("wasm-null")
    def test_cases_cost_nothing(self):
        """With a runtime that does nothing every case that runs reads 0 everywhere, in both windows. Only cold rss may
        hold a page of the program's code that runs for the first time and that no neighbour has brought in."""
        results = self.results("--program", common.program("wasm-null"), "--no-time", "--filter", "tiny|recurse")
        self.assertGreater(len(results.cases), 20)
        for case in results.cases.values():
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
            for window in WINDOWS:
                for quantity in (*measured.PAGES, *measured.HEAP):
                    if window == "cold" and quantity in OF_FILES:
                        code = 1 if quantity.endswith("count") else PAGE_BYTES
                        self.assertLessEqual(set(case.samples(f"cold_{quantity}")), {0, code}, case.id)
                    else:
                        self.assert_all(case, f"{window}_{quantity}", 0)
                for mark in case.marks(window):
                    self.assertEqual(set(measured.expand(mark["anon_delta_bytes"])), {0}, mark["name"])

    @common.need_program("wasm-null")
    def test_groups_that_it_cannot_are_left_out(self):
        """It gives no functions to imports and has no threads: no case of those groups is listed."""
        listed = self.expect(0, "--program", common.program("wasm-null"), "--list").stdout
        self.assertIn("wasm_engines/null/tiny/20", listed)
        self.assertNotIn("wasm_host_calls", listed)
        self.assertNotIn("wasm_threads", listed)
        self.assertNotIn("/traps/", listed)


class Truth(measured.Case):
    def measure_all(self, *filters):
        return self.results("--program", common.program("wasm-truth"), "--no-time", "--filter", "|".join(filters)).cases

    def assert_pages(self, case, quantity, pages):
        for window in WINDOWS:
            self.assert_all(case, f"{window}_{quantity}", pages * PAGE_BYTES)

    @common.need_program("wasm-truth")
    def test_loads(self):
        """N modules are N times one, copies of the bytes included, to the page; so is what dropping them leaves."""
        cases = self.measure_all("wasm_module_load/truth/tiny/")
        self.assertEqual(len(cases), 3)
        for case in cases.values():
            count = case.params["loads"]
            self.assert_pages(case, "anon_delta_bytes", count * LOAD + copies_pages("tiny", count))
            self.assert_pages(case, "retained_anon_bytes", count * MODULE_KEPT)
            self.assert_pages(case, "retained_after_trim_anon_bytes", count * MODULE_KEPT)
            for window in WINDOWS:
                self.assert_all(case, f"{window}_heap_live_bytes", count * BLOCK_USABLE_BYTES)
                self.assert_all(case, f"{window}_heap_alloc_bytes", count * TRUTH["BLOCK_BYTES"])
                self.assert_all(case, f"{window}_heap_alloc_count", count)
                self.assert_all(case, f"{window}_heap_retained_bytes", 0)
            self.assertEqual(case.own["operation_count"], count)

    @common.need_program("wasm-truth")
    def test_instances(self):
        """Instances cost the same each; one that is called costs the page more that its call touches."""
        cases = self.measure_all("wasm_instances/truth/tiny/")
        self.assertEqual(len(cases), 8)
        for case in cases.values():
            each = INSTANCE if "/uncalled/" in case.id else INSTANCE + CALL
            self.assert_pages(case, "anon_delta_bytes", case.params["instances"] * each)
            self.assert_pages(case, "footprint_bytes", case.params["instances"] * each)
            self.assert_pages(case, "retained_anon_bytes", 0)

    @common.need_program("wasm-truth")
    def test_engines(self):
        """Engines each with a module; what closing leaves is counted for each."""
        cases = self.measure_all("wasm_engines/truth/tiny/")
        self.assertEqual(len(cases), 4)
        for case in cases.values():
            count = case.params["engines"]
            self.assert_pages(case, "anon_delta_bytes", count * (ENGINE + LOAD) + copies_pages("tiny", count))
            self.assert_pages(case, "retained_anon_bytes", count * (ENGINE_KEPT + MODULE_KEPT))

    @common.need_program("wasm-truth")
    def test_drop(self):
        """Cycles of load and drop retain the leak of each; instances and trapping calls retain nothing."""
        cases = self.measure_all("wasm_drop/truth/.*/(10|100)$")
        self.assertEqual({c.split("/")[3] for c in cases}, {"modules", "instances", "traps"})
        for case in cases.values():
            kept = MODULE_KEPT * case.params["cycles"] if "/modules/" in case.id else 0
            if case.outcome == "skipped" and re.search("could not be fetched|npm is missing", case.message or ""):
                continue  # a module from a registry that is out of reach here
            self.assertEqual(case.outcome, "ok", case.message)
            self.assert_pages(case, "anon_delta_bytes", kept)
            self.assert_pages(case, "retained_after_trim_anon_bytes", kept)
            self.assertEqual(case.own["operation_count"], case.params["cycles"])

    @common.need_program("wasm-truth")
    def test_lifecycle_marks(self):
        """Every phase is a mark, in order, with what was touched by then."""
        case = self.measure_all("wasm_lifecycle/truth/tiny/1$")["wasm_lifecycle/truth/tiny/1"]
        copy = copies_pages("tiny", 1)
        loaded = ENGINE + copy + LOAD
        wanted = [
            ("main", 0),
            ("engine", ENGINE),
            ("bytes read", ENGINE + copy),
            ("loaded", loaded),
            ("1 instance", loaded + INSTANCE),
            ("called", loaded + INSTANCE + CALL),
            ("instances dropped", loaded),
            ("module dropped", ENGINE + MODULE_KEPT),
            ("engine dropped", ENGINE_KEPT + MODULE_KEPT),
            ("trimmed", ENGINE_KEPT + MODULE_KEPT),
        ]
        for window in WINDOWS:
            found = [(m["name"], set(measured.expand(m["anon_delta_bytes"]))) for m in case.marks(window)]
            self.assertEqual(found, [(name, {pages * PAGE_BYTES}) for name, pages in wanted], window)

    @common.need_program("wasm-truth")
    def test_lifecycle_regions(self):
        """Each region's nominal and resident bytes; nothing is left unexplained but the rest of the bytes' page. The
        block that malloc gave a mapping is found, with its header, and no page of it counted twice."""
        case = self.measure_all("wasm_lifecycle/truth/tiny/1$")["wasm_lifecycle/truth/tiny/1"]
        wanted = {
            "linear memory": (TRUTH["MEMORY_BYTES"], (TRUTH["MEMORY_PAGES"] + CALL) * PAGE_BYTES),
            "engine": (ENGINE * PAGE_BYTES, ENGINE * PAGE_BYTES),
            "module buffer": (size_of("tiny"), size_of("tiny")),
            "loaded code": (TRUTH["CODE_NOMINAL_PAGES"] * PAGE_BYTES, TRUTH["CODE_PAGES"] * PAGE_BYTES),
            "block": (TRUTH["BLOCK_BYTES"], TRUTH["BLOCK_PAGES"] * PAGE_BYTES - 16),
            "instance": (TRUTH["INSTANCE_PAGES"] * PAGE_BYTES, TRUTH["INSTANCE_PAGES"] * PAGE_BYTES),
        }
        mapped = -(-(TRUTH["BLOCK_BYTES"] + 16) // PAGE_BYTES) * PAGE_BYTES
        wanted["host heap: mapped"] = (mapped, TRUTH["BLOCK_PAGES"] * PAGE_BYTES)
        for window in WINDOWS:
            regions = {r["name"]: r for r in case.regions(window)}
            found = {n: (regions[n]["nominal_bytes"], *set(measured.expand(regions[n]["resident_bytes"]))) for n in wanted}
            self.assertEqual(found, wanted, window)
            # The stack and the heap that the process had before are in no region, so these are 0 and not a few pages.
            for name in set(regions) - set(wanted):
                self.assertIn(name, ("native stack", "host heap"))
                self.assertEqual(set(measured.expand(regions[name]["resident_bytes"])), {0}, name)
            together = sum(bytes_ for _, bytes_ in wanted.values()) - wanted["block"][1]
            self.assertEqual(case.counts(window)["regions_together_bytes"][0], together)
            unexplained = case.samples(f"{window}_anon_delta_bytes")[0] - together
            self.assertEqual(unexplained, PAGE_BYTES - size_of("tiny"))

    @common.need_program("wasm-truth")
    def test_report_names_what_is_unexplained(self):
        """The text has a row for it, in both windows, with that number."""
        program = common.program("wasm-truth")
        options = ("--no-time", "--verbose", "--filter", "wasm_lifecycle/truth/tiny/1$")
        text = self.expect(0, "--program", program, *options).stdout
        kibibytes = f"{(PAGE_BYTES - size_of('tiny')) / 1024:.2f} KiB"
        self.assertEqual(re.findall(r"unexplained +- +(\S+ KiB) +-", text), [kibibytes] * 2, text)

    @common.need_program("wasm-truth")
    @common.need_program("wasm-null")
    def test_report_by_region(self):
        """Without options: a column for each runtime, side by side or, where there is no room, below each other; not where
        metrics were chosen, nor where the run is compared."""
        truth, null = common.program("wasm-truth"), common.program("wasm-null")
        args = ("-p", truth, "-p", null, "--passes", "pages", "-f", "wasm_lifecycle/.*/tiny/1$")

        def rows(*more, columns=80):
            text = self.expect(0, *args, *more, env=self.env(COLUMNS=str(columns))).stdout
            return [line.split("  ") for line in re.findall(r"(?m)^  (\S.*)$", text[text.find(" by region, ") :])], text

        found, text = rows()
        self.assertIn("wasm_lifecycle/tiny/1 by region, resident at first use\n", text)
        found = {cells[0]: [cell.strip() for cell in cells[1:] if cell] for cells in found}
        rest, memory = PAGE_BYTES - size_of("tiny"), (TRUTH["MEMORY_PAGES"] + CALL) * PAGE_BYTES
        wanted = {"linear memory": memory, "engine": ENGINE * PAGE_BYTES, "unexplained": rest}
        for name, size in wanted.items():
            cell = f"{size / 1024:.3g} KiB" if size < 10240 else f"{size / 1024:.1f} KiB"
            self.assertEqual(found[name], [cell, "0 B" if name == "unexplained" else "-"], name)
        self.assertEqual((found["host heap"], found["anon"][1]), (["0 B", "0 B"], "0 B"))
        found, text = rows(columns=40)
        self.assertEqual(text.count(" by region, "), 2)
        self.assertEqual([len([c for c in cells if c]) for cells in found if cells[0] == "anon"], [2, 2])
        self.expect(0, *args, "--save-baseline", "main", "-q")
        for more in (("--metrics", "anon"), ("--baseline", "main"), ("--quiet",)):
            self.assertNotIn(" by region, ", rows(*more)[1], more)

    @common.need_program("wasm-truth")
    def test_report_tells_the_estimate_beside_the_region(self):
        """Where a region has an estimate its row shows it: linear memory is predicted as the module declares it."""
        program = common.program("wasm-truth")
        options = ("--passes", "pages", "--verbose", "--filter", "wasm_lifecycle/truth/tiny/1$")
        text = self.expect(0, "--program", program, *options).stdout
        self.assertRegex(text, r"region +nominal +resident +estimated\n")
        predicted = re.findall(r"linear memory +\S+ KiB +\S+ KiB +(\S+ KiB|-)", text)
        self.assertEqual(predicted, ["64.0 KiB"] * 2, text)
        self.assertEqual(re.findall(r"native stack +\S+ \S+ +\S+ \S+ +(\S+)", text), ["-"] * 2, text)

    @common.need_program("wasm-truth")
    def test_counts(self):
        """The driver's own figures, the memory's declared bounds and the estimate come through as they were given."""
        case = self.measure_all("wasm_lifecycle/truth/tiny/1$")["wasm_lifecycle/truth/tiny/1"]
        counts = case.counts("steady")
        for name, value in {
            "own_code_pages": TRUTH["CODE_PAGES"],
            "linear_memory_min_pages": 1,
            "linear_memory_now_pages": TRUTH["MEMORY_BYTES"] // 65536,
            "linear_memory_max_pages": 0,
            "instance_address_bytes": TRUTH["INSTANCE_PAGES"] * PAGE_BYTES + TRUTH["MEMORY_BYTES"],
            "estimated_module_buffer_bytes": size_of("tiny"),
            "estimated_linear_memory_bytes": 65536,
        }.items():
            self.assertEqual(set(counts[name]), {value}, name)
        for name in counts:
            self.assertRegex(name, r"_(bytes|pages)$")

    @common.need_program("wasm-truth")
    def test_host_calls(self):
        """Calls that reach the host and leave nothing, whatever their number. So many that they take long are measured once:
        such a case has no steady window."""
        cases = self.measure_all("wasm_host_calls/truth/hostloop/1000+$")
        self.assertEqual(len(cases), 3)
        for case in cases.values():
            self.assertEqual(case.outcome, "ok", case.message)
            self.assertEqual("cold_only" in case.own["flags"], case.params["calls"] == 10_000_000)
            for window in WINDOWS[:1] if "cold_only" in case.own["flags"] else WINDOWS:
                for quantity in measured.PAGES:
                    self.assert_all(case, f"{window}_{quantity}", 0)
            self.assertEqual(case.own["operation_count"], case.params["calls"])


class Missing(measured.Case):
    @common.need_program("wasm-null")
    def test_missing_module_is_skipped_with_its_reason(self):
        """A module that could not be had skips its cases and says why; the others run."""
        program = self.folder / "wasm-null"
        program.write_bytes((common.BENCH / "wasm-null").read_bytes())
        program.chmod(0o755)
        self.write("wasm-modules/tiny.why", "needs a tool that is missing\nsecond line\n")
        self.write("wasm-modules/recurse.wasm", (common.BENCH / "wasm-modules" / "recurse.wasm").read_bytes())
        env = self.env(MEMBENCH_ALLOW_SANITIZER="1")
        options = ("--no-time", "--filter", "wasm_stack/null/(recurse|stack)/10$|wasm_module_load/null/tiny/1$")
        cases = self.results("--program", program, *options, env=env).cases
        tiny = cases["wasm_module_load/null/tiny/1"]
        self.assertEqual((tiny.outcome, tiny.message), ("skipped", "module tiny.wasm: needs a tool that is missing"))
        stack = cases["wasm_stack/null/stack/10"]
        self.assertEqual(stack.outcome, "skipped")
        self.assertIn("not in the folder wasm-modules", stack.message)
        self.assertEqual(cases["wasm_stack/null/recurse/10"].outcome, "ok")


if __name__ == "__main__":
    if not (common.BENCH / "wasm-modules" / "tiny.wasm").exists():
        raise SystemExit("the WebAssembly modules were not made: build the target wasm-modules")
    common.main()
