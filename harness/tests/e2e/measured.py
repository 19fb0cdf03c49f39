"""What the end-to-end tests read out of results files, and the programs built for them alone."""

import json
import os
import pathlib
import unittest

import common

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

# Every quantity of the pages and of the heap pass but what replaces it where a peak is not exact.
PAGES = (
    "anon_delta_bytes rss_delta_bytes footprint_bytes peak_anon_delta_bytes peak_rss_delta_bytes retained_rss_bytes "
    "retained_anon_bytes retained_after_trim_bytes retained_after_trim_anon_bytes page_fault_minor_count"
).split()
HEAP = "heap_live_bytes heap_peak_bytes heap_alloc_bytes heap_alloc_count heap_retained_bytes".split()
BETWEEN = ("between_anon_bytes", "between_heap_bytes")
WINDOWS = ("cold", "steady")

# In a sanitizer build only the coordinator is sanitized, so that what is measured stays as it is.
SANITIZED = os.environ.get("MEMBENCH_SANITIZED", "0") not in ("", "0")


def own_program(name):
    """Path of a program that was built for these tests alone."""
    return str(common.BUILD / "e2e" / name)


def need_own_program(name, package):
    """Skips a test, with the reason, when such a program could not be built."""
    return unittest.skipUnless(os.access(own_program(name), os.X_OK), f"{name} was not built (Debian: {package})")


def expand(series):
    """Raw samples of a series: a list, but an exact one is written as value and count."""
    return series if isinstance(series, list) else [series["value"]] * series["count"]


class MeasuredCase:
    """One case of a results file."""

    def __init__(self, element):
        self.id = element["name"]
        self.own = element["membench"]
        self.outcome = self.own["outcome"]
        self.message = self.own.get("message")
        self.params = {p["name"]: p["value"] for p in self.own["params"]}
        self.missing = self.own.get("missing", {})

    def samples(self, metric):
        """All raw samples of a metric; none when it was not measured."""
        series = self.own["series"].get(metric)
        return expand(series) if series else []

    def marks(self, window):
        return [m for m in self.own.get("marks", []) if m["window"] == window]

    def regions(self, window):
        return [r for r in self.own.get("regions", []) if r["window"] == window]

    def counts(self, window):
        """Own counters by name, each with all its samples."""
        return {c["name"]: expand(c["values"]) for c in self.own.get("counts", []) if c["window"] == window}


class Measured:
    """A results file: context, and cases by id."""

    def __init__(self, path):
        document = json.loads(pathlib.Path(path).read_bytes())
        self.context = document["context"]["membench"]
        self.programs = self.context["programs"]
        self.cases = {e["name"]: MeasuredCase(e) for e in document["benchmarks"]}


class Case(common.Case):
    def results(self, *args, code=0, name="results.json", **more):
        """Runs the coordinator with --out and returns what it measured."""
        self.report = self.expect(code, *args, "--out", name, **more)
        return Measured(self.folder / name)

    def assert_all(self, case, metric, value, least_count=3):
        """Every sample of the metric is that value, and there are as many as a run takes at least."""
        samples = case.samples(metric)
        self.assertGreaterEqual(len(samples), least_count, f"{case.id} {metric}: {case.missing.get(metric)}")
        self.assertEqual(samples, [value] * len(samples), f"{case.id} {metric}")

    def assert_missing(self, case, metric, reason):
        """The metric is absent, never 0, and says why."""
        self.assertEqual(case.samples(metric), [], f"{case.id} {metric}")
        self.assertNotIn(metric, case.own["series"])
        self.assertRegex(case.missing.get(metric, ""), reason, f"{case.id} {metric}")
