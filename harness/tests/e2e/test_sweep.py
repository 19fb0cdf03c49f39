"""Sweeps end to end: growth of known truth, what one more costs in every format, and the gate on slopes."""

import json
import os
import unittest

import common

PAGE = os.sysconf("SC_PAGESIZE")
UNITS = [1, 2, 4, 8, 16, 32, 64]
CLASSES = {"1": "1", "lgN": "lg N", "N": "N", "NlgN": "N lg N", "N2": "N^2"}


def stored_sweep(values, what, group="memory_jobs", param="jobs", **run):
    """Results as if measured: for each N of values what(N) gives {metric: value or list of values}."""
    made = json.loads(common.stored({f"{group}/{n}": what(n) for n in values}, **run))
    for benchmark, n in zip(made["benchmarks"], values):
        benchmark["membench"]["group"] = group
        benchmark["membench"]["params"] = [{"name": param, "value": n}]
    return json.dumps(made)


def line(overhead, slope):
    return lambda n: {"steady_heap_live_bytes": overhead + slope * n}


def metric_of(report, sweep_name, metric):
    for sweep in report["sweeps"]:
        if sweep["name"] == sweep_name:
            for entry in sweep["metrics"]:
                if entry["metric"] == metric:
                    return entry
    raise AssertionError(f"no {metric} of {sweep_name} in {[s['name'] for s in report['sweeps']]}")


@common.need_program("truth-growth")
class Truth(common.Case):
    """Programs that grow in a known way are reported right, to the byte where a line is exact."""

    def measure_growth(self, name, code, *args):
        return self.measure(name, code, "--passes", "pages", *args)

    def test_classes(self):
        """1, lg N, N, N lg N and N² over 2 MiB are each named, and no other class next to it."""
        report = self.measure_growth("truth-growth", 0, "^truth_growth/", "--format", "json").json()
        for function, name in CLASSES.items():
            with self.subTest(name):
                current = metric_of(report, f"truth_growth/{function}", "cold_anon_delta_bytes")["current"]
                self.assertEqual(current["growth"], name)
                self.assertNotIn("growth_or", current)
                self.assertTrue(current["exact"])
                self.assertEqual(current["values"], len(UNITS))
        constant = metric_of(report, "truth_growth/1", "cold_anon_delta_bytes")
        self.assertEqual((constant["current"]["slope"], constant["current"]["overhead"]), (0, 512 * PAGE))
        linear = metric_of(report, "truth_growth/N", "cold_anon_delta_bytes")["current"]
        self.assertEqual((linear["slope"], linear["overhead"]), (24 * PAGE, 512 * PAGE))
        self.assertEqual(linear["slope_interval"], [24 * PAGE, 24 * PAGE])

    def test_slope_over_much(self):
        """A quarter more of what each unit costs, under 32 MiB that each case has anyway: no case regresses, the slope
        does. The same program again passes."""
        self.measure_growth("truth-growth", 0, "^truth_over_much/", "--save-baseline", "main")
        self.measure_growth("truth-growth", 0, "^truth_over_much/", "--baseline", "main")
        report = self.measure_growth(
            "truth-growth-steeper", 3, "^truth_over_much/", "--baseline", "main", "--format", "json"
        ).json()
        self.assertEqual([(f["kind"], f["id"], f.get("slope")) for f in report["findings"]],
                         [("regressed", "truth_over_much/N", True)])
        slope = metric_of(report, "truth_over_much/N", "cold_anon_delta_bytes")
        self.assertEqual(slope["verdict"], "REGRESSED")
        self.assertEqual(slope["baseline"]["slope"], 24 * PAGE)
        self.assertEqual(slope["ratio"], 1.25)
        self.assertEqual(slope["current"]["overhead"], 8192 * PAGE)

    def test_slope_since_an_older_baseline(self):
        """The slope is compared with each baseline, by the threshold of that one; no case has grown since any."""
        self.measure_growth("truth-growth", 0, "^truth_over_much/", "--save-baseline", "v1.0")
        self.measure_growth("truth-growth-steeper", 0, "^truth_over_much/", "--save-baseline", "main")
        gate = ["^truth_over_much/", "--baseline", "main", "--baseline"]
        report = self.measure_growth("truth-growth-steeper", 3, *gate, "v1.0=20%", "--format", "json").json()
        self.assertEqual([(f["kind"], f["id"], f.get("slope"), f.get("since")) for f in report["findings"]],
                         [("crept", "truth_over_much/N", True, "v1.0")])
        self.assertEqual(report["verdict"], "crept")
        self.assertEqual(metric_of(report, "truth_over_much/N", "cold_anon_delta_bytes")["ratio"], 1)
        self.assertEqual(len([s for s in report["sweeps"] if s["name"] == "truth_over_much/N"]), 1)
        text = self.measure_growth("truth-growth-steeper", 3, *gate, "v1.0=20%").stdout
        self.assertRegex(text, r"(?m)^CREPT: truth_over_much/N: cold anon .*\(\+25\.0%\) since v1\.0")
        self.measure_growth("truth-growth-steeper", 0, *gate, "v1.0=30%")


class Report(common.Case):
    """What is printed of stored runs."""

    def show(self, text, *args, code=0):
        self.write("run.json", text)
        return self.expect(code, "report", "run.json", *args).stdout

    def test_text(self):
        text = self.show(stored_sweep([10, 50, 100, 200], line(12288, 1600)))
        self.assertRegex(text, r"(?m)^  per job +1\.56 KiB  \+ 12\.0 KiB, O\(N\)$")
        for row in text.splitlines():
            self.assertLessEqual(len(row), 80)

    def test_interval(self):
        """Samples that vary have an interval of their own; the slope lies in it."""
        noisy = lambda n: {"steady_heap_live_bytes": [100000 + 5000 * n + 97 * ((7 * n + 3 * k) % 11) for k in range(9)]}
        report = json.loads(self.show(stored_sweep(UNITS, noisy), "--format", "json"))
        current = metric_of(report, "memory_jobs", "steady_heap_live_bytes")["current"]
        self.assertFalse(current["exact"])
        self.assertEqual(current["points"], 9 * len(UNITS))
        low, high = current["slope_interval"]
        self.assertTrue(low <= current["slope"] <= high)
        self.assertTrue(low <= 5000 <= high)
        self.assertLess(high - low, 100)

    def test_few_values(self):
        """Three values have a slope, but no class, and it is said; two have nothing."""
        text = self.show(stored_sweep([1, 10, 50], line(0, 1000)))
        self.assertRegex(text, r"(?m)^  per job +1000 B  \+ 0 B$")
        text = self.show(stored_sweep([1, 10, 50], line(0, 1000)), "--verbose")
        self.assertIn("1000 B per job [1000, 1000] + 0 B  heap\n", text)
        self.assertIn("heap: fewer than 4 values", text)
        self.assertNotIn("per job", self.show(stored_sweep([1, 10], line(0, 1000))))

    def test_few_pages(self):
        """Pages of which the whole sweep adds fewer than 64 tell nothing, and it is said."""
        pages = lambda n: {"steady_anon_delta_bytes": 4096 * (n // 4), "steady_heap_live_bytes": 1000 * n}
        self.assertRegex(self.show(stored_sweep([10, 50, 100, 200], pages)), r"per job +1000 B  \+ 0 B, O\(N\)")
        text = self.show(stored_sweep([10, 50, 100, 200], pages), "--verbose")
        self.assertIn("heap, O(N)", text)
        self.assertIn("anon: too small to measure in pages", text)

    def test_step(self):
        """A table that doubles shows as the largest step."""
        doubled = lambda n: {"steady_heap_live_bytes": 100 * n + (1 << 20 if n >= 100 else 0)}
        text = self.show(stored_sweep([10, 20, 50, 100, 150, 200], doubled), "--verbose")
        self.assertIn("largest step +1.00 MiB from 50 to 100", " ".join(text.split()))

    def test_formats(self):
        text = stored_sweep([10, 50, 100, 200], line(12288, 1600))
        self.assertIn("What one more costs", self.show(text, "--format", "markdown"))
        self.assertNotIn("per job", self.show(text, "--quiet"))
        verbose = self.show(text, "--verbose")
        self.assertIn("1.56 KiB per job [1.56, 1.56] + 12.0 KiB  heap, O(N)", verbose)

    def test_many(self):
        """A group with many sweeps tells a few, and how many it leaves out."""
        runs = []
        for row in range(9):
            made = json.loads(stored_sweep([1, 2, 3, 4], line(100, 1000), group="grid"))
            for benchmark in made["benchmarks"]:
                n = benchmark["membench"]["params"][0]["value"]
                name = f"grid/row{row}/{n}"
                benchmark["name"] = benchmark["run_name"] = name
                benchmark["membench"]["params"] = [{"name": "row", "value": row, "label": f"row{row}"},
                                                   {"name": "jobs", "value": n}]
            runs += made["benchmarks"]
        made["benchmarks"] = runs
        text = self.show(json.dumps(made))
        self.assertEqual(text.count("per job"), 6)
        self.assertIn("3 more slopes: --verbose shows them.\n", text)
        self.assertEqual(self.show(json.dumps(made), "--verbose").count("per job"), 9)


class Gate(common.Case):
    """Slopes of stored runs compared."""

    def compare(self, code, was, now, *args):
        self.write("was.json", was)
        self.write("now.json", now)
        return self.expect(code, "compare", "was.json", "now.json", *args).stdout

    def test_exact(self):
        """At the threshold it passes, above it fails; the overhead is none of the slope's business."""
        was = stored_sweep(UNITS, line(10 << 20, 1000))
        self.compare(0, was, was)
        self.compare(0, was, stored_sweep(UNITS, line(10 << 20, 1100)))
        text = self.compare(3, was, stored_sweep(UNITS, line(10 << 20, 1101)))
        self.assertIn("REGRESSED: memory_jobs: heap +101 B per job (+10.1%)\n", text)
        self.assertIn("▲ heap 1000 B → 1.08 KiB per job (+10.1%)", text)
        self.compare(0, was, stored_sweep(UNITS, line(10 << 20, 1200)), "--threshold", "20%")
        self.compare(0, was, stored_sweep(UNITS, line(10 << 20, 900)))

    def test_other_values(self):
        """A sweep over other values than the baseline's has no verdict: what is gone or new is said of cases."""
        was = stored_sweep(UNITS[:5], line(10 << 20, 1000))
        now = stored_sweep(UNITS[:5] + [128], line(10 << 20, 2000))
        report = json.loads(self.compare(5, was, now, "--format", "json"))
        entry = metric_of(report, "memory_jobs", "steady_heap_live_bytes")
        self.assertEqual(entry["verdict"], "NO BASELINE")
        self.assertNotIn("slope", [f["kind"] for f in report["findings"]])

    def test_short_baseline(self):
        """Three samples per side fail nothing: suspect, and only --strict minds."""
        few = lambda slope: lambda n: {"steady_heap_live_bytes": [1000000 + slope * n] * 3}
        was, now = stored_sweep(UNITS, few(1000)), stored_sweep(UNITS, few(1300))
        self.assertIn("SUSPECT", self.compare(0, was, now))
        self.compare(4, was, now, "--strict")

    def test_unchanged_noise(self):
        """Two runs of the same noise: no slope is found to differ, whatever the order of its samples."""
        noisy = lambda shift: lambda n: {
            "steady_heap_live_bytes": [1000000 + 5000 * n + 1013 * ((13 * n + 7 * k + shift) % 17) for k in range(20)]
        }
        was = stored_sweep(UNITS, noisy(0))
        for shift in range(1, 17, 5):
            report = json.loads(self.compare(0, was, stored_sweep(UNITS, noisy(shift)), "--format", "json"))
            self.assertNotIn("REGRESSED", [m["verdict"] for s in report["sweeps"] for m in s["metrics"]])


if __name__ == "__main__":
    common.main()
