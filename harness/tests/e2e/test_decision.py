"""One decision: the exit code and all reports of one comparison say the same, also of runs in which nothing is compared,
and no sentence says that nothing grew where something did."""

import json
import unittest

import common
import measured
from common import stored

ANON, HEAP, TIME, RSS = "steady_anon_delta_bytes", "steady_heap_live_bytes", "real_time_ns", "steady_rss_delta_bytes"
GOOD = {ANON: 409600, HEAP: 10000}
DENIALS = ("No memory grew", "no memory grew", "did not grow", "nothing to do")


def google(names, run_type="iteration", **values):
    """Text of a file as Google Benchmark writes it."""
    element = {"run_type": run_type, "repetitions": 3, "threads": 1, "iterations": 10, "time_unit": "ns"}
    element.update({"real_time": 1000.0, "cpu_time": 1000.0}, **values)
    if run_type == "aggregate":
        element.update(aggregate_name="mean", aggregate_unit="time")
    return json.dumps({"context": {"date": "2026-01-01T00:00:00+00:00", "host_name": "ci", "executable": "./b", "num_cpus": 2},
                       "benchmarks": [{"name": n, "run_name": n, **element} for n in names]})  # fmt: skip


class Compared(common.Case):
    def agree(self, code, old, new, *args):
        """Compares in all formats, holds them against each other, and returns the text, the JSON report and what all
        formats for people say."""
        self.write("old.json", old if isinstance(old, str) else stored(old))
        self.write("new.json", new if isinstance(new, str) else stored(new))
        formats = ("text", "json", "markdown", "comment", "junit", "github", "html", "ndjson")
        reports = [f"--report={f}=out.{f}" for f in formats]
        text = self.expect(code, "compare", *args, *reports, "old.json", "new.json").stdout
        out = {f: self.read(f"out.{f}").decode() for f in formats}
        report, total = json.loads(out["json"]), json.loads(out["ndjson"].splitlines()[-1])
        for found in (report, total):
            self.assertEqual((found["exit_code"], found["verdict"] == "ok"), (code, code == 0), found["exit_reason"])
            self.assertTrue(found["exit_reason"])
        self.assertEqual("<failure" in out["junit"] or "<error" in out["junit"], code != 0, out["junit"])
        self.assertEqual("::error" in out["github"], code != 0, out["github"])
        title = out["html"].split('<h1 id="verdict"')[1].split("</h1>")[0]
        self.assertEqual("verdict bad" in title or "verdict unsure" in title, code != 0 or "::warning" in out["github"])
        return text, report, text + out["markdown"] + out["comment"] + title


class Agreement(Compared):
    def assert_nothing_compared(self, old, new, why, *args):
        text, report, said = self.agree(5, old, new, *args)
        self.assertRegex(" ".join(text.split()), f"Nothing could be compared with old.json: {why}")
        self.assertIn(report["verdict"], ("nothing_compared", "nothing_run"))
        for words in DENIALS:
            self.assertNotIn(words, said)

    def test_the_new_file_is_empty(self):
        self.assert_nothing_compared({"g/a": GOOD}, {}, "the run has no cases")

    def test_the_old_file_is_empty(self):
        self.assert_nothing_compared({}, {"g/a": GOOD}, "the two have no measured case in common")

    def test_both_files_are_empty(self):
        self.assert_nothing_compared({}, {}, "the run has no cases")
        self.assert_nothing_compared(google([]), google([]), "the run has no cases")

    def test_no_id_in_common(self):
        self.assert_nothing_compared({"g/a": GOOD}, {"g/b": GOOD}, "the two have no measured case in common")

    def test_aggregates_only(self):
        means, samples = google(["b_mean"], "aggregate"), google(["b"])
        self.assert_nothing_compared(means, means, "the run has aggregates only")
        self.assert_nothing_compared(samples, means, "the run has aggregates only")
        self.assert_nothing_compared(means, samples, "the baseline has aggregates only")

    def test_no_memory_metric(self):
        self.assert_nothing_compared(google(["b"]), google(["b"]), "no gating metric was measured on both sides")
        self.assert_nothing_compared({"g/a": {TIME: 10}}, {"g/a": {TIME: 10}}, "no gating metric")

    def test_all_advisory(self):
        self.write("membench.json", '{"cases": {".*": {"advisory": true}}}')
        self.assert_nothing_compared({"g/a": GOOD}, {"g/a": GOOD}, "every case is advisory")
        self.assert_nothing_compared({"g/a": GOOD}, {"g/a": {**GOOD, ANON: 819200}}, "every case is advisory")

    def test_gone_with_strict(self):
        old = {"g/a": GOOD, "g/b": GOOD}
        text, report, said = self.agree(1, old, {"g/a": GOOD}, "--strict")
        self.assertEqual(report["verdict"], "gone")
        self.assertIn("1 case of the baseline was not run", text)
        self.assertNotIn("nothing to do", said)
        text, report, _ = self.agree(0, old, {"g/a": GOOD})
        self.assertEqual(report["verdict"], "ok")
        self.assertIn("1 case of the baseline was not run", text)

    def test_strict_makes_warnings_errors(self):
        noisy = {ANON: [4096000 + 40960 * ((7 * i) % 11 - 5) for i in range(20)]}
        drifted = {ANON: [4710400 + 40960 * ((7 * i) % 11 - 5) for i in range(40)]}
        self.assertEqual(self.agree(4, {"g/a": noisy}, {"g/a": drifted}, "--strict")[1]["verdict"], "suspect")
        self.assertEqual(self.agree(0, {"g/a": noisy}, {"g/a": drifted})[1]["verdict"], "ok")

    def test_what_fails_in_each_other_way(self):
        self.assertEqual(self.agree(3, {"g/a": GOOD}, {"g/a": {**GOOD, HEAP: 20000}})[1]["verdict"], "regressed")
        self.assertEqual(self.agree(1, {"g/a": GOOD}, {"g/a": "crashed"})[1]["verdict"], "failed")
        self.assertEqual(self.agree(5, {"g/a": GOOD}, {"g/a": GOOD, "g/b": GOOD})[1]["verdict"], "unrecorded")
        for outcome in ("crashed", "failed", "out_of_memory", "skipped"):  # it has a name there, and nothing to compare with
            report = self.agree(5, {"g/a": GOOD, "g/b": outcome}, {"g/a": GOOD, "g/b": GOOD})[1]
            self.assertEqual(report["verdict"], "unrecorded")
        other = stored({"g/a": {HEAP: 10000}}, libc="glibc 2.31")
        self.assertEqual(self.agree(5, other, {"g/a": {HEAP: 10000}})[1]["verdict"], "not_comparable")


class Words(Compared):
    def calm(self, old, new, *args):
        _, _, said = self.agree(0, {"g/a": old}, {"g/a": new}, *args)
        return " ".join(said.split())

    def test_nothing_grew(self):
        self.assertIn("No memory grew: nothing to do.", self.calm(GOOD, GOOD))
        self.assertIn("No memory grew, and some shrank.", self.calm(GOOD, {**GOOD, ANON: 204800}))

    def test_what_was_not_compared_may_have_grown(self):
        """A gating metric that only one side has."""
        for old, new in ((GOOD, {HEAP: GOOD[HEAP]}), ({HEAP: GOOD[HEAP]}, GOOD)):
            said = self.calm(old, new)
            self.assertIn("Nothing that was compared grew.", said)
            for words in DENIALS:
                self.assertNotIn(words, said)
        said = self.calm(GOOD, {HEAP: GOOD[HEAP] * 1.04})
        self.assertIn("Nothing that was compared grew beyond 10%; largest: heap +4.0%", said)

    def test_growth_within_the_threshold_is_named(self):
        said = self.calm(GOOD, {**GOOD, HEAP: 10400})
        self.assertEqual(said.count("othing grew beyond 10%; largest: heap +4.0% (+400 B) in g/a"), 6, said)
        for words in DENIALS:
            self.assertNotIn(words, said)
        said = self.calm(GOOD, {**GOOD, HEAP: 10400}, "--threshold", "5%")
        self.assertIn("othing grew beyond 5%; largest: heap +4.0%", said)

    def test_a_sample_beyond_all_that_is_allowed_is_named(self):
        said = self.calm({HEAP: 1000000}, {HEAP: [1000000] * 19 + [100000000]})
        tail = "othing grew by more than is allowed, but for a few samples: heap up to 95.4 MiB in 1 of 20 samples of g/a"
        self.assertEqual(said.count(tail), 6, said)
        for words in DENIALS:
            self.assertNotIn(words, said)
        text = self.agree(0, {"g/a": {HEAP: 1000000}}, {"g/a": {HEAP: [1000000] * 19 + [100000000]}})[0]
        self.assertIn("heap up to 95.4 MiB in 1 of 20 samples\n", text)

    def test_growth_below_a_floor_is_not_within_the_threshold(self):
        noisy = {HEAP: [1000 + 100 * (i % 10) for i in range(20)]}
        grown = {HEAP: [1250 + 100 * (i % 10) for i in range(20)]}
        said = self.calm(noisy, grown)
        self.assertNotIn("within the threshold", said)
        self.assertNotIn("grew beyond 10%", said)
        self.assertIn("heap +17.3% (+250 B) below the floor of 720 B for noisy metrics", said)
        self.assertIn("othing grew by more than is allowed; largest: heap +17.3% (+250 B) in g/a, below the floor", said)

    def test_the_floor_follows_the_noise(self):
        noisy = {HEAP: [1000 + 16 * (i % 5 == 0) for i in range(20)]}
        grown = {HEAP: [4900 + 16 * (i % 5 == 0) for i in range(20)]}
        self.agree(3, {"g/a": noisy}, {"g/a": grown})

    def test_growth_within_a_page(self):
        said = self.calm({ANON: 4096}, {ANON: 8192})
        self.assertIn("anon +100% (+4.00 KiB) within the floor of 8.00 KiB", said)
        self.assertNotIn("within the threshold", said)

    def test_growth_that_does_not_gate_is_named(self):
        said = self.calm({**GOOD, RSS: 409600}, {**GOOD, RSS: 819200})
        self.assertIn("No gating metric grew; largest of the others: rss +100% (+400 KiB) in g/a", said)
        for words in DENIALS:
            self.assertNotIn(words, said)


@common.need_program("jobs-grown")
class SideBySide(measured.Case):
    def test_all_advisory(self):
        """In ab, too, what guards nothing is not green, and says why."""
        self.write("membench.json", '{"cases": {".*": {"advisory": true}}}')
        sides = ["ab", common.program("jobs"), common.program("jobs-grown"), "--no-time", "/100$"]
        text = " ".join(self.expect(5, *sides, "--report=json=out.json").stdout.split())
        self.assertIn("every case is advisory.", text)
        self.assertNotIn("nothing to do", text)
        report = json.loads(self.read("out.json"))
        self.assertEqual((report["verdict"], report["exit_code"]), ("nothing_compared", 5))

    def test_gone(self):
        both = ["ab", common.program("jobs"), common.program("jobs"), "--no-time", "/100$", "--format=json"]
        report = self.expect(0, *both).json()
        self.assertEqual((report["verdict"], report["exit_code"]), ("ok", 0))
        self.assertEqual(report["next"][0]["sentence"], "No memory grew: nothing to do.")


if __name__ == "__main__":
    unittest.main()
