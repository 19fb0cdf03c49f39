"""The numbers are right: programs of known truth, measured through the whole path, against bench/truth/expected.h.

Everything is compared with equality, in every one of twenty samples."""

import json
import re
import shutil
import subprocess
import tempfile
import pathlib
import unittest

import common
import measured
from measured import PAGE_BYTES

SAMPLES = 20


def expected():
    out = subprocess.run([measured.own_program("truth-expected")], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


def row_value(row, parameter):
    value = row["offset"] + row["factor"] * parameter
    return value * PAGE_BYTES if row["unit"] == "pages" else value


@common.need_program("truth")
class Truth(measured.Case):
    """One run of 20 samples, as a saved baseline has, read from the file that was saved."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="membench-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        args = [common.MEMBENCH, "--program", common.program("truth"), "--no-time", "--save-baseline", "truth"]
        result = common.run(args, folder)
        if result.code != 0:
            raise AssertionError(str(result))
        cls.truth = measured.Measured(pathlib.Path(folder) / "baselines" / "truth.json")
        cls.expected = expected()

    def family(self, name):
        """Cases of a family with their parameters."""
        for case in self.truth.cases.values():
            match = re.fullmatch(re.escape(name) + r"(?:/(\d+))?", case.id)
            if match:
                yield case, int(match.group(1) or 0)

    def test_every_row_in_every_sample(self):
        checked = 0
        for row in self.expected["rows"]:
            cases = list(self.family(row["family"]))
            self.assertTrue(cases, f"no case of {row['family']}")
            for case, parameter in cases:
                with self.subTest(case=case.id, metric=row["metric"]):
                    self.assert_all(case, row["metric"], row_value(row, parameter), SAMPLES)
                    checked += 1
        self.assertGreaterEqual(checked, len(self.expected["rows"]))

    def test_every_case_went_well(self):
        self.assertEqual({c.outcome for c in self.truth.cases.values()}, {"ok"})

    def test_only_what_draws_by_chance_is_without_rows(self):
        named = {case.id for row in self.expected["rows"] for case, _ in self.family(row["family"])}
        self.assertEqual(set(self.truth.cases) - named, {"truth_two_valued", "truth_noisy"})

    def test_empty_case_reads_zero_on_every_metric(self):
        case = self.truth.cases["truth_empty"]
        for window in measured.WINDOWS:
            for quantity in measured.PAGES + measured.HEAP:
                self.assert_all(case, f"{window}_{quantity}", 0, SAMPLES)
        for metric in measured.BETWEEN:
            self.assert_all(case, metric, 0, SAMPLES)
        left = set(case.missing)
        self.assertLessEqual(left, {"real_time_ns", "cpu_time_ns"}, "metrics missing without need")

    def test_marks_regions_and_counts(self):
        case = self.truth.cases["truth_marks"]
        first, second = (pages * PAGE_BYTES for pages in self.expected["mark_pages"])
        for window in measured.WINDOWS:
            marks = case.marks(window)
            self.assertEqual([m["name"] for m in marks], ["first", "second"])
            for mark, value in zip(marks, (first, second)):
                for quantity in ("rss_delta_bytes", "anon_delta_bytes"):
                    self.assertEqual(measured.expand(mark[quantity]), [value] * SAMPLES)
                self.assertEqual(measured.expand(mark["heap_live_bytes"]), [0] * SAMPLES)
            (region,) = case.regions(window)
            self.assertEqual(region["name"], "buffer")
            self.assertEqual(region["nominal_bytes"], self.expected["region_pages"] * PAGE_BYTES)
            self.assertEqual(measured.expand(region["resident_bytes"]), [second] * SAMPLES)
            self.assertEqual(case.counts(window), {"own_units": [self.expected["count_value"]] * SAMPLES})

    def test_what_is_drawn_by_chance_is_what_is_read(self):
        for name in ("truth_two_valued", "truth_noisy"):
            case = self.truth.cases[name]
            for window in measured.WINDOWS:
                drawn = case.counts(window)["drawn_pages"]
                self.assertEqual(len(drawn), SAMPLES)
                self.assertEqual(case.samples(f"{window}_anon_delta_bytes"), [d * PAGE_BYTES for d in drawn])
        two = set(self.truth.cases["truth_two_valued"].samples("cold_anon_delta_bytes"))
        self.assertEqual(two, {pages * PAGE_BYTES for pages in self.expected["two_valued_pages"]})
        self.assertGreater(len(set(self.truth.cases["truth_noisy"].samples("cold_anon_delta_bytes"))), 10)

    def test_numbers_hold_one_at_a_time_in_any_order(self):
        """Neither the order of cases nor a neighbour on the other processor moves a page."""
        for seed in (1, 2):
            other = self.results(
                "--program", common.program("truth"), "--no-time", "--jobs", "1", "--seed", str(seed),
                "--filter", "truth_(touch|malloc|marks|retain)", name=f"seed-{seed}.json",
            )
            self.assertEqual(other.context["seed"], str(seed))
            for case in other.cases.values():
                for window in measured.WINDOWS:
                    for quantity in ("anon_delta_bytes", "footprint_bytes", "heap_live_bytes", "heap_alloc_count"):
                        metric = f"{window}_{quantity}"
                        first = self.truth.cases[case.id].samples(metric)
                        if first:
                            self.assert_all(case, metric, first[0])
                        else:
                            self.assert_missing(case, metric, "malloc was not called")


@unittest.skipIf(measured.SANITIZED, "another compiler's library, which nobody installs")
class Overhead(measured.Case):
    def test_library_adds_at_most_17_pages_before_the_first_window(self):
        """Against the same reading in a program without the library, started by hand with an empty environment: the
        figure therefore also holds what the coordinator adds to a worker's environment."""
        alone = common.run(["setarch", "-R", measured.own_program("anon-alone")], self.folder, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(alone.code, 0, alone)
        case = self.results("--program", measured.own_program("anon"), "--no-time").cases["anon_before_window"]
        counts = case.counts("cold")["anon_pages"]
        self.assertEqual(len(counts), 3)
        added = counts[0] - int(alone.stdout)
        self.assertEqual(counts, [counts[0]] * len(counts))
        self.assertTrue(0 < added <= 17, f"{added} pages")


if __name__ == "__main__":
    common.main()
