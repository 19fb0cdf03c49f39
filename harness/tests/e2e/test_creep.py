"""Growth that passes change by change: older baselines, and budgets that are relative to one."""

import json

import common
from common import BUILD

METRICS = ["--metrics", "heap"]
FIRST_BYTES = 50_000


def bytes_after(changes):
    """What the program takes after so many changes of +6 %."""
    return round(FIRST_BYTES * 1.06**changes)


class Creep(common.Case):
    def measure_creep(self, changes, code, *args):
        env = common.environment(self.folder, CREEP_BYTES=bytes_after(changes))
        return self.expect(code, "-p", BUILD / "e2e" / "creep", "--no-time", "--env", "CREEP_BYTES", *METRICS, *args, env=env)

    def findings(self, result, kind):
        return [(f["id"], f.get("since")) for f in result.json()["findings"] if f["kind"] == kind]

    def test_ten_changes_of_six_per_cent(self):
        """Each passes 10 % since the one before it; since the release 1.06³ is +19.1 %, 1.06⁴ is +26.2 %."""
        self.measure_creep(0, 0, "--save-baseline", "v1.0", "-q")
        self.measure_creep(0, 0, "--save-baseline", "main", "-q")
        for change in range(1, 11):
            self.measure_creep(change, 0, "--baseline", "main", "-q")
            code = 0 if change <= 3 else 3
            result = self.measure_creep(change, code, "--baseline", "main", "--baseline", "v1.0=25%", "--format", "json")
            document = result.json()
            crept = [("creep/1", "v1.0"), ("creep/2", "v1.0")] if code else []
            self.assertEqual(self.findings(result, "crept"), crept)
            self.assertEqual(self.findings(result, "regressed"), [])
            self.assertEqual(document["verdict"], "crept" if code else "ok")
            since = document["cases"][0]["since"]
            self.assertEqual([s["baseline"] for s in since], ["v1.0"])
            ratio = next(c for c in since[0]["comparisons"] if c["metric"] == "steady_heap_live_bytes")["ratio"]
            self.assertAlmostEqual(ratio, 1.06**change, delta=0.001)
            self.measure_creep(change, 0, "--save-baseline", "main", "-q")

    def test_what_is_said(self):
        self.measure_creep(0, 0, "--save-baseline", "v1.0", "-q")
        self.measure_creep(4, 0, "--save-baseline", "main", "-q")
        gate = ["--baseline", "main", "--baseline", "v1.0=25%"]
        text = self.measure_creep(4, 3, *gate).stdout
        self.assertRegex(text, r"(?m)^  1 .* ▲ heap \+26\.\d% \(\+12\.8 KiB\) since v1\.0$")
        self.assertRegex(text, r"(?m)^CREPT: creep, 2 cases, one cause: heap \+12\.8 KiB each since v1\.0")
        self.assertRegex(self.measure_creep(4, 3, *gate, "--verbose").stdout, r"since v1\.0\n.*\n +heap +\+26\.\d% .*REGRESSED")
        self.assertIn("since v1.0", self.measure_creep(4, 3, *gate, "--format", "github").stdout)
        self.assertIn("since v1.0", self.measure_creep(4, 3, *gate, "--format", "markdown").stdout)
        # the one without a threshold of its own is compared with, whatever the order
        turned = self.measure_creep(4, 3, "--baseline", "v1.0=25%", "--baseline", "main", "--format", "json")
        self.assertEqual(turned.json()["baseline"], "main")
        self.measure_creep(4, 0, "--baseline", "v1.0=30%")  # also alone
        self.measure_creep(4, 3, "--baseline", "v1.0=25%")
        self.measure_creep(4, 0, "--baseline", "main", "--baseline", "v1.0=10%+10KiB")

    def test_shards(self):
        self.measure_creep(0, 0, "--save-baseline", "v1.0", "-q")
        self.measure_creep(4, 0, "--save-baseline", "main", "-q")
        gate = ["--baseline", "main", "--baseline", "v1.0=25%"]
        for i in (1, 2):
            self.measure_creep(4, 0, "--shard", f"{i}/2", "--out", f"{i}.json", "-q", *gate)
        merged = self.expect(3, "merge", "1.json", "2.json", *gate, *METRICS, "--format", "json")
        self.assertEqual(self.findings(merged, "crept"), [("creep/1", "v1.0"), ("creep/2", "v1.0")])

    def test_a_baseline_without_the_cases(self):
        """A case that is new since then is compared with nothing; a baseline that has none of the cases is an error."""
        self.measure_creep(0, 0, "--save-baseline", "main", "-q")
        self.measure_creep(0, 0, "--save-baseline", "v1.0", "-q", "creep/1")
        result = self.measure_creep(1, 0, "--baseline", "main", "--baseline", "v1.0=5%+1MiB", "--format", "json")
        self.assertNotIn("since", result.json()["cases"][1])
        error = self.measure_creep(0, 5, "--baseline", "main", "--baseline", "v1.0=5%", "creep/2").stderr
        self.assertIn("--baseline v1.0: no case of this run could be compared with it", error)

    def test_refused(self):
        self.measure_creep(0, 0, "--save-baseline", "main", "-q")
        for args, words in (
            (["main", "v1.0=lots"], '"v1.0=lots" is not NAME=RATIO'),
            (["main", "main"], "--baseline main is given twice"),
            (["main", "../x=5%"], "invalid baseline name"),
        ):
            given = [word for name in args for word in ("--baseline", name)]
            self.assertIn(words, self.measure_creep(0, 2, *given).stderr)
        self.assertIn("v1.0", self.measure_creep(0, 5, "--baseline", "main", "--baseline", "v1.0=5%").stderr)

    def test_budgets_relative_to_a_baseline(self):
        """Of blocks of 50,008 usable bytes 25 % more are 62,510: 62,504 are within, 62,520 are not."""
        budgets = {"heap": "+25% of v1.0", "heap_calls": "+0+1 of v1.0"}
        self.write("membench.json", json.dumps({"budgets": budgets}))
        self.assertIn("v1.0", self.measure_creep(0, 5).stderr)
        self.measure_creep(0, 0, "--save-baseline", "v1.0", "-q")
        env = lambda n: common.environment(self.folder, CREEP_BYTES=n)
        run = ["-p", BUILD / "e2e" / "creep", "--no-time", "--env", "CREEP_BYTES", "--format", "json"]
        for wanted, code, found in ((62_504, 0, []), (62_505, 3, ["creep/1", "creep/2"])):
            result = self.expect(code, *run, env=env(wanted))
            self.assertEqual([i for i, _ in self.findings(result, "over_budget")], found)
        budget = next(b for b in result.json()["cases"][0]["budgets"] if b["metric"] == "steady_heap_live_bytes")
        self.assertEqual((budget["budget"], budget["median"], budget["state"]), (62_510, 62_520, "over"))
        self.write("membench.json", json.dumps({"budgets": {"heap": "+25% of v0.9"}}))
        self.measure_creep(0, 0, "--save-baseline", "v0.9", "-q", "creep/1")
        self.measure_creep(0, 0, "-q")  # creep/2 is new since then
        error = self.measure_creep(0, 5, "-q", "creep/2").stderr
        self.assertIn("membench.json: no budget relative to baseline v0.9 could be checked", error)
        self.write("membench.json", "{}")
        self.measure_creep(0, 0, "--save-baseline", "v0.8", "-q", "--passes", "pages")
        self.write("membench.json", json.dumps({"budgets": {"heap": "+25% of v0.8"}}))
        for form in ("text", "github", "markdown", "junit", "json"):
            said = self.measure_creep(0, 5, "--format", form).stdout
            self.assertRegex(said, "does not have it|could not be checked|not checked|no_reference", form)
        self.write("membench.json", json.dumps({"budgets": {"heap_calls": "+4KiB of v1.0"}}))
        self.assertIn("membench.json:1:14: ", self.measure_creep(0, 2).stderr)
        self.write("membench.json", json.dumps({"budgets": {"heap": "+4KiB of ../v1.0"}}))
        self.assertIn("membench.json:1:14: ", self.measure_creep(0, 2).stderr)


if __name__ == "__main__":
    common.main()
