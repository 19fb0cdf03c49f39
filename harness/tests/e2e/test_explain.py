"""`membench explain`: for each way to decide, the text names the rule, and its numbers are those of the comparison."""

import random

import common
from common import stored

ANON, HEAP, RSS = "steady_anon_delta_bytes", "steady_heap_live_bytes", "steady_rss_delta_bytes"
KIB = 1024


def noisy(level_kib, share, count, seed):
    generator = random.Random(seed)
    return [int(level_kib * (1 + generator.uniform(-share, share)) / 4) * 4 * KIB for _ in range(count)]


OLD = {
    "exact/grown": {HEAP: 100 * KIB},
    "exact/page": {ANON: 64 * KIB},
    "exact/same": {HEAP: 100 * KIB, RSS: 400 * KIB},
    "exact/smaller": {HEAP: 100 * KIB},
    "noisy/grown": {ANON: noisy(4000, 0.01, 20, 1)},
    "noisy/drifted": {ANON: noisy(4000, 0.01, 20, 2)},
    "noisy/same": {ANON: noisy(4000, 0.01, 20, 3)},
    "noisy/tail": {ANON: noisy(4000, 0.01, 20, 4)},
    "noisy/wild": {ANON: noisy(4000, 0.4, 20, 5)},
}
NEW = {
    "exact/grown": {HEAP: 120 * KIB},
    "exact/page": {ANON: 72 * KIB},
    "exact/same": {HEAP: 100 * KIB, RSS: 480 * KIB},
    "exact/smaller": {HEAP: 50 * KIB},
    "noisy/grown": {ANON: noisy(6000, 0.01, 40, 6)},
    "noisy/drifted": {ANON: noisy(4480, 0.01, 40, 7)},
    "noisy/same": {ANON: noisy(4000, 0.01, 40, 8)},
    "noisy/tail": {ANON: noisy(4000, 0.01, 22, 9) + noisy(12000, 0.01, 18, 10)},
    "noisy/wild": {ANON: noisy(4300, 0.4, 40, 11)},
    "noisy/new": {ANON: 4000 * KIB},
}


class Explain(common.Case):
    def setUp(self):
        super().setUp()
        self.write("old.json", stored(OLD))
        self.write("new.json", stored(NEW))

    def explain(self, *args, code=0):
        return self.expect(code, "explain", "old.json", "new.json", *args)

    def test_each_way_to_decide(self):
        texts = [self.explain(name).stdout for name in NEW if name in OLD]
        self.golden("explain.txt", "\n".join(texts))

    def test_it_says_what_compare_says(self):
        """Verdict and numbers are those of the report, whatever the case is explained by."""
        report = self.membench("compare", "old.json", "new.json", "--format", "json").json()
        seen = set()
        for case in report["cases"]:
            for comparison in case["comparisons"]:
                text = self.explain(case["id"], comparison["metric"]).stdout
                self.assertEqual(text.splitlines()[0].split(": ")[1], comparison["verdict"])
                self.assertLessEqual(len(text.splitlines()), 5)
                seen.add(comparison["verdict"])
        self.assertLessEqual({"REGRESSED", "NOT REGRESSED", "IMPROVED", "SUSPECT", "INCONCLUSIVE", "SHOWN"}, seen)

    def test_options_of_the_gate_count(self):
        self.assertIn("NOT REGRESSED", self.explain("exact/grown", "--threshold", "30%").stdout)
        self.assertIn("up to 130 KiB: 30% more", self.explain("exact/grown", "-t", "30%").stdout)

    def test_a_part_of_the_name_that_only_one_has(self):
        self.assertEqual(self.explain("smaller").stdout, self.explain("exact/smaller").stdout)
        several = self.explain("exact/", code=2).stderr
        self.assertIn('"exact/" is in the name of 4 cases: exact/grown, exact/page', several)
        self.assertIn('no case "none"', self.explain("none", code=2).stderr)
        self.assertIn('unknown metric "weight"', self.explain("exact/grown", "weight", code=2).stderr)
        self.assertIn("neither run has a sample", self.explain("exact/grown", "anon", code=2).stderr)
        self.assertIn("noisy/new is not in the baseline", self.explain("noisy/new", code=5).stderr)
        self.assertIn("explain takes CASE", self.explain(code=2).stderr)

    @common.need_program("jobs")
    def test_the_last_run_and_the_only_baseline(self):
        self.measure("jobs", 0, "--save-baseline", "main", "/100$", "-q")
        self.measure("jobs-grown", 3, "--baseline", "main", "/100$", "-q")
        text = self.expect(0, "explain", "creation/100", "heap_alloc_count").stdout
        self.assertIn("every sample of both has the same value", text)
        self.assertEqual(self.expect(0, "explain", "-b", "main", "creation/100", "heap_alloc_count").stdout, text)
        self.write("baselines/other.json", stored(OLD))
        self.assertIn("--baseline NAME", self.expect(2, "explain", "creation/100").stderr)
        self.assertIn("not both", self.explain("exact/grown", "-b", "main", code=2).stderr)


if __name__ == "__main__":
    common.main()
