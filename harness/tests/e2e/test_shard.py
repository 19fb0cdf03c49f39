"""Shards merged are the run they are parts of; budgets and rules for some cases hold wherever a run is judged."""

import glob
import json
import os
import re
import signal
import subprocess
import time

import common
from common import MEMBENCH, SOURCE, need_program, program

try:
    import jsonschema
except ImportError:
    jsonschema = None

METRICS = ["--metrics", "anon,heap,heap_alloc,heap_calls"]  # what repeats exactly
CASE = "memory_job_creation/"


def comparable(report):
    """A JSON report without what differs between any two runs: when, and how advice calls membench."""
    text = re.sub(r'"date":\s*"[^"]*"', '"date":""', report)
    document = json.loads(text)
    document.pop("next")
    return document


class Sharded(common.Case):
    def shards(self, count, *args, name="jobs", code=0):
        """Measures all shards and returns their files, the last one first."""
        files = []
        for i in range(count, 0, -1):
            out = f"shard-{i}.json"
            self.measure(name, code, "--shard", f"{i}/{count}", "--out", out, "-q", *args)
            files.append(out)
        return files


@need_program("jobs")
class Merged(Sharded):
    def test_reports_are_those_of_one_run(self):
        """Unchanged and grown by 12 %, in more shards than cases too: verdicts, values, order of cases, exit code."""
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        for name, code, count in (("jobs", 0, 2), ("jobs-grown", 3, 3), ("jobs-grown", 3, 6)):
            with self.subTest(name=name, count=count):
                args = ["--baseline", "main", "--seed", "7"]
                single = self.measure(name, code, *args, *METRICS, "--format", "json")
                files = self.shards(count, *args, name=name)
                merged = self.expect(code, "merge", *files, "--baseline", "main", *METRICS, "--format", "json")
                self.assertEqual(comparable(merged.stdout), comparable(single.stdout))
                self.assertEqual(merged.stderr, "")

    def test_the_plan_gives_the_seed(self):
        """Jobs that know nothing of each other agree on who measures what; every case is measured once."""
        ids = self.measure("jobs", 0, "--list", "--format", "terse").stdout.split()
        parts = [
            self.measure("jobs", 0, "--list", "--format", "terse", "--shard", f"{i}/3").stdout.split() for i in (1, 2, 3)
        ]
        self.assertEqual(sorted(sum(parts, [])), sorted(ids))
        self.assertEqual(sorted(map(len, parts)), [1, 1, 2])
        seeds = {self.load(f)["context"]["membench"]["seed"] for f in self.shards(3, "--quick")}
        self.assertEqual(len(seeds), 1)

    def test_results_and_baseline(self):
        """The file is not a shard any more; a baseline has 20 samples, and is what a single run saves."""
        files = self.shards(3, "--save-baseline", "main", "--seed", "7")
        self.assertFalse((self.folder / "baselines").exists(), "a shard saves nothing")
        merged = self.expect(0, "merge", *files, "-o", "all.json", "--save-baseline", "main", "-q")
        self.assertEqual(merged.stderr, "")
        self.measure("jobs", 0, "--save-baseline", "single", "--seed", "7", "-q")
        first, second = self.load("baselines/main.json"), self.load("baselines/single.json")
        self.assertNotIn("shard", first["context"]["membench"])
        self.assertEqual(self.load("all.json"), first)
        self.assertEqual([b["name"] for b in first["benchmarks"]], [b["name"] for b in second["benchmarks"]])
        for ours, theirs in zip(first["benchmarks"], second["benchmarks"]):
            for metric in ("steady_heap_live_bytes", "cold_anon_delta_bytes"):
                self.assertEqual(ours["membench"]["series"][metric], theirs["membench"]["series"][metric])
            self.assertEqual(ours["membench"]["series"]["steady_heap_alloc_count"]["count"], 20)
        self.measure("jobs", 0, "--baseline", "main", "--strict", "-q")

    def test_a_shard_judges_nothing(self):
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        result = self.measure("jobs-grown", 0, "--shard", "1/2", "-o", "a.json", "--baseline", "main")
        self.assertIn("Shard 1 of 2", result.stdout)
        self.assertIn("membench merge", result.stdout)
        self.assertNotIn("REGRESSED", result.stdout)

    def test_what_a_filter_left_out_is_not_gone(self):
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        for args, code in ((["--filter=-/10$"], 0), (["--exact", CASE + "50", "--exact", CASE + "200"], 0)):
            files = self.shards(2, "--baseline", "main", *args)
            report = self.expect(code, "merge", *files, "--baseline", "main", "--strict", "--format", "json").json()
            self.assertEqual(report["totals"]["findings"]["gone"], 0)

    def test_what_does_not_belong_together(self):
        files = self.shards(2, "--quick")
        for name, args in (("other.json", ["--seed", "8"]), ("filtered.json", ["--filter", "50|100|200|10"])):
            self.measure("jobs", 0, "--shard", "2/2", "--quick", "-q", "-o", name, *args)
        self.measure("jobs-grown", 0, "--shard", "2/2", "--quick", "-q", "-o", "grown.json")
        self.measure("jobs", 0, "--quick", "-q", "-o", "whole.json")
        arenas = self.env(MALLOC_ARENA_MAX="1", HOME="/nonexistent", TMPDIR="/tmp")
        self.measure("jobs", 0, "--shard", "2/2", "--quick", "-q", "-o", "arenas.json", env=arenas)
        self.measure("jobs", 0, "--shard", "2/2", "--quick", "-q", "-o", "huge.json", "--thp")
        for others, why in (
            ([files[0]], "shard 1 of 2 is missing"),
            ([files[1], files[1], files[0]], "duplicate shard 1 of 2"),
            ([files[1], "other.json"], "a different seed"),
            ([files[1], "filtered.json"], r"the filter was none, is --filter=50\|100\|200\|10"),
            ([files[1], "arenas.json"], "MALLOC_ARENA_MAX was not set"),
            (["arenas.json", files[1]], "MALLOC_ARENA_MAX is not set"),
            ([files[1], "huge.json"], "--thp was off, is on|a different mode of transparent huge pages"),
            ([files[1], "grown.json"], "a different (program|build of a program)"),
            ([files[1], "whole.json"], "not a shard"),
            ([], "merge takes"),
        ):
            result = self.expect(2, "merge", *others, "-o", "never.json", "--save-baseline", "never")
            self.assertRegex(result.stderr, rf"\Amembench: [^\n]*{why}[^\n]*\n\Z")
            self.assertEqual(result.stdout, "")
        self.expect(1, "merge", files[0], "nothing.json", "-o", "never.json")
        self.expect(5, "merge", *files, "--baseline", "nothing", "-o", "never.json")
        self.assertFalse((self.folder / "never.json").exists())
        self.assertFalse((self.folder / "baselines").exists())

    def test_usage(self):
        for args in (
            ["--shard", "3/2", "-o", "x"],
            ["--shard", "0/2", "-o", "x"],
            ["--shard", "1", "-o", "x"],
            ["--shard", "1/2"],
            ["--shard", "1/2", "-o", "x", "--load-baseline", "main"],
        ):
            self.assertRegex(self.measure("jobs", 2, *args).stderr, r"\Amembench: --shard[^\n]+\n\Z")
        self.assertFalse((self.folder / "x").exists())

    @need_program("faults")
    def test_a_crash_stays_one(self):
        """A shard in which a case crashed fails by itself, and so does what it is merged into."""
        ids = self.measure("faults", 0, "--list", "--format", "terse").stdout.split()
        crashing = [i for i in ids if "segv" in i or "abort" in i][:1]
        cases = [word for i in crashing + [i for i in ids if "fine" in i or "ok" in i][:1] for word in ("--exact", i)]
        self.assertTrue(crashing)
        for i in (1, 2):
            self.membench("-p", program("faults"), "--no-time", *cases, "--shard", f"{i}/2", "-o", f"{i}.json")
        report = self.expect(1, "merge", "1.json", "2.json", "--format", "json").json()
        self.assertEqual(report["totals"]["outcomes"]["crashed"], 1)


@need_program("jobs")
class Interrupted(Sharded):
    orphan_seconds = 2

    def test_interrupted_resumed_sharded_and_unbroken_say_the_same(self):
        """Byte for byte, but for dates: of exact metrics, unchanged and grown by 12 %."""
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        self.forget_libraries()
        for name, code in (("jobs", 0), ("jobs-grown", 3)):
            slow = ["--warm-up-iterations", "600", "--seed", "7", "--baseline", "main", "/(10|50)$", *METRICS]
            whole = ["-p", program(name), "--no-time", *slow, "--format", "json"]
            unbroken = comparable(self.expect(code, *whole).stdout)
            self.interrupt(whole)
            resumed = comparable(self.expect(code, *whole, "--resume").stdout)
            self.assertEqual(resumed, unbroken)
            self.measure(name, 0, "--shard", "1/2", "-o", "1.json", "-q", *slow)
            shard = ["-p", program(name), "--no-time", "--shard", "2/2", "-o", "2.json", "-q", *slow]
            self.interrupt(shard)
            partial = self.expect(1, "merge", "1.json", "2.json", "--baseline", "main")
            self.assertIn("interrupted", partial.stdout)
            refused = self.expect(1, "merge", "1.json", "2.json", "--save-baseline", "new")
            self.assertIn("left as it is", refused.stderr)
            self.expect(0, *shard, "--resume")
            merged = self.expect(code, "merge", "2.json", "1.json", "--baseline", "main", *METRICS, "--format", "json")
            self.assertEqual(comparable(merged.stdout), unbroken)

    def test_a_signal_to_all_processes_is_no_crash(self):
        """As batch systems send it: the workers are gone before the coordinator knows. Resumed it ends like any other."""
        args = ["-p", program("jobs"), "--no-time", "--warm-up-iterations", "1200", "--seed", "7", "/(10|50)$"]
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            process = self.start(args)
            for pid, _ in common.workers_below(self.folder):
                if pid != process.pid:
                    os.kill(pid, number)
            time.sleep(0.01)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=common.TIMEOUT_SECONDS), 128 + number)
            journal = b"".join(map(common.read_bytes, glob.glob(str(self.folder / ".membench" / "journal-*"))))
            self.assertNotIn(b"crashed", journal)
            self.expect(0, *args, "--resume", "-q")

    def interrupt(self, args):
        """Ends a run by SIGINT when it has taken two samples."""
        process = self.start(args)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=common.TIMEOUT_SECONDS), 128 + signal.SIGINT)

    def start(self, args):
        """A run that has taken two samples and goes on."""
        process = subprocess.Popen(
            [str(MEMBENCH), *args], cwd=self.folder, env=self.env(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        )
        journal = str(self.folder / ".membench" / f"journal-{process.pid}*.ndjson")

        def has_begun():
            return [f for f in glob.glob(journal) if common.read_bytes(f).count(b"\n") >= 3] or process.poll() is not None

        common.wait_until(has_begun, 30)
        self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
        return process


@need_program("jobs")
class Rules(Sharded):
    """What membench.json says of some cases."""

    def project(self, **members):
        self.write("membench.json", json.dumps(members))

    def findings(self, result, kind):
        return {f["id"]: f["metrics"] for f in result.json()["findings"] if f["kind"] == kind}

    def test_budgets(self):
        """Held without a baseline and with one, by run, compare and merge; a byte decides."""
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        series = self.load("baselines/main.json")["benchmarks"][3]["membench"]["series"]
        bytes_now = series["steady_heap_live_bytes"]["value"]
        for budget, code in ((bytes_now, 0), (bytes_now - 1, 3)):
            self.project(cases={CASE + "200": {"budgets": {"steady_heap": budget, "heap_alloc_count": 1000}}})
            checks = [["compare", "baselines/main.json", "baselines/main.json"]]
            checks.append(["merge", *self.shards(2), "--baseline", "main"])
            for args in ([], ["--baseline", "main"]):
                checks.append(["-p", program("jobs"), "--no-time", *args])
            for args in checks:
                result = self.expect(code, *args, "--format", "json")
                over = {CASE + "200": ["steady_heap_live_bytes"]} if code else {}
                self.assertEqual(self.findings(result, "over_budget"), over, args)
        text = self.measure("jobs", 3).stdout
        self.assertRegex(text, rf"(?m)^  200 .*\n? +▲ heap {bytes_now} B of {bytes_now - 1} B, OVER BUDGET$")
        self.assertRegex(text, rf"(?m)^OVER BUDGET: {CASE}200: heap {bytes_now} B of {bytes_now - 1} B$")
        self.assertIn("3 budgets checked.", text)
        text = self.measure("jobs", 3, "--verbose").stdout
        self.assertRegex(text, rf"(?m)^  heap +{bytes_now} B of {bytes_now - 1} B  OVER BUDGET$")
        self.assertIn("Over budget (1 case)\n", text)
        self.assertIn("3 budgets checked: 1 exceeded, 2 kept.", text)

    def test_budget_for_all(self):
        self.project(budgets={"anon": "100KiB"}, cases={CASE + "200": {"budgets": {"anon": "1MiB"}}})
        over = self.findings(self.measure("jobs", 3, "--format", "json"), "over_budget")
        self.assertEqual(list(over), [CASE + "100"])
        self.measure("jobs", 0, "--metrics", "heap")  # not asked about

    def test_thresholds_of_cases(self):
        """The 12 % that all cases grew by are allowed to some; the command line decides before the file."""
        self.measure("jobs", 0, "--save-baseline", "main", "-q")
        gate = ["--baseline", "main", "--metrics", "heap", "--format", "json"]
        ids = lambda code, *more: sorted(self.findings(self.measure("jobs-grown", code, *gate, *more), "regressed"))
        every = sorted(CASE + n for n in ("10", "50", "100", "200"))
        self.assertEqual([i for i in ids(3) if i in every], every)
        self.project(cases={CASE + "(50|100)": {"threshold": "20%"}, CASE + "10": {"thresholds": {"heap": "30%"}}})
        self.assertIn(CASE + "200", ids(3))
        self.assertFalse({CASE + "10", CASE + "50", CASE + "100"} & set(ids(3)))
        self.assertEqual([i for i in ids(3, "--threshold", "5%") if i in every], every)
        self.project(cases={".*": {"threshold": "20%"}, CASE + "10": {"threshold": "1%"}})  # the later one decides
        self.assertEqual([i for i in ids(3) if i in every], [CASE + "10"])

    def test_an_entry_means_whole_ids(self):
        """memory_job_creation/10 is not said of memory_job_creation/100."""
        self.project(cases={CASE + "10": {"budgets": {"anon": 0}}})
        over = self.findings(self.measure("jobs", 3, "--format", "json"), "over_budget")
        self.assertEqual(list(over), [CASE + "10"])

    def test_advisory(self):
        self.measure("jobs", 0, "--save-baseline", "main", "-q", "--filter=-/10$")
        self.project(cases={".*": {"advisory": True, "budgets": {"anon": 0}}})
        result = self.measure("jobs-grown", 5, "--baseline", "main", "--strict")  # nothing is compared
        self.assertRegex(result.stdout, r"Nothing could be compared with main:\s+every case is advisory\.")
        self.assertIn("Advisory: ", result.stdout)
        self.assertIn("(advisory)", result.stdout)
        self.assertNotIn("REGRESSED", result.stdout)
        judged = {"advisory": False, "budgets": {"anon": "1GiB"}}
        self.project(cases={".*": {"advisory": True, "budgets": {"anon": 0}}, CASE + "100": judged})
        result = self.measure("jobs-grown", 0, "--baseline", "main", "--threshold", "20%")  # nor does a missing entry
        self.assertNotIn("No memory grew", result.stdout)
        self.project(cases={".*": {"advisory": True}, CASE + "50": {"advisory": False}})
        result = self.measure("jobs-grown", 3, "--baseline", "main", "--format", "json")
        self.assertEqual([i for i in self.findings(result, "regressed") if i.startswith(CASE)], [CASE + "50"])

    def test_a_number_that_cannot_be_had(self):
        """A budget that nothing holds is not a green run."""
        static = common.BUILD / "e2e" / "known-static"
        if not static.exists():
            self.skipTest("known-static was not built")
        self.project(budgets={"heap": "1GiB"})
        result = self.expect(5, "-p", static, "--no-time", "--format", "json")
        self.assertEqual(result.json()["totals"]["findings"]["unbudgeted"], 5)
        self.expect(0, "-p", static, "--passes", "pages")

    def test_an_entry_that_matches_nothing(self):
        self.write("membench.json", f'{{"programs": ["{program("jobs")}"],\n "cases": {{"memory_jobs/10": {{}}}}}}')
        result = self.expect(2, "--no-time")
        self.assertRegex(result.stderr, r'\Amembench: membench\.json:2:12: "memory_jobs/10" matches no case[^\n]*\n\Z')
        self.measure("jobs", 0, "--quick")  # programs of the command line need not have the project's cases

    def test_errors_name_line_and_column(self):
        for text, place in (
            ('{"cases": {\n "(": {}}}', r'2:2: "\(" is neither an id nor a regular expression'),
            ('{"cases": {"a": {\n  "budgets": {"weight": 1}}}}', r'2:15: unknown metric "weight"'),
            ('{"budgets": {"heap_alloc_count": "2MiB"}}', r'1:14: "heap_alloc_count" is a count'),
            ('{"budgets": {"time": 5}}', r'1:14: "time" cannot have a budget'),
            ('{"cases": {"a": {"budget": {}}}}', r"1:18: unknown key"),
        ):
            self.write("membench.json", text)
            for args in (["--list"], ["compare", "a", "b"], ["merge", "a"]):
                result = self.expect(2, *args)
                self.assertRegex(result.stderr, rf"\Amembench: membench\.json:{place}[^\n]*\n\Z")


@common.unittest.skipUnless(jsonschema, "no python3-jsonschema")
class Schema(common.Case):
    """docs/project.schema.json says what membench says."""

    def test_good_and_bad_files(self):
        schema = json.loads((SOURCE / "docs" / "project.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        for good, document in (
            (True, {}),
            (True, {"$schema": "x", "threshold": "10%", "thresholds": {"anon": "0.1"}}),
            (True, {"budgets": {"anon": "2MiB", "heap_alloc_count": 500, "heap": "1.5KB"}}),
            (True, {"cases": {"a/.*": {"threshold": "5%", "budgets": {"anon": 0}, "advisory": True}}}),
            (False, {"budgets": {"anon": -1}}),
            (False, {"budgets": {"anon": "2 horses"}}),
            (False, {"budgets": {"anon": 1.5}}),
            (False, {"cases": {"a": {"programs": []}}}),
            (False, {"cases": {"": {}}}),
            (False, {"advisory": True}),
            (False, {"threshold": 10}),
        ):
            with self.subTest(document=document):
                self.assertEqual(validator.is_valid(document), good)
                self.write("membench.json", json.dumps(document))
                code = self.membench("-p", program("jobs"), "--list").code
                self.assertEqual(code, 0 if good else 2)


if __name__ == "__main__":
    common.main()
