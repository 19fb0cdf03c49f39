"""Each option of run, as the table of options has it: what changes samples is refused by --resume and merge, what
changes which are taken by merge, and what changes neither by none. An option that no list below names fails the test."""

import json
import signal
import unittest

import common
import measured
from common import BUILD, need_program, program
from test_resume import Interrupted

TABLES = BUILD / "bin" / "membench-tables"
CASE = "memory_job_creation/10"

# Of options with an effect: arguments that differ from those of the base run.
CHANGED = {
    "filter": ["--filter=-/10$"],
    "exact": ["--exact", "memory_job_creation/200"],
    "program": ["--program", "OTHER"],
    "save-baseline": ["--save-baseline", "new"],
    "baseline": ["--baseline", "old"],
    "baseline-lenient": ["--baseline-lenient", "old"],
    "sample-size": ["--sample-size", "11"],
    "warm-up-iterations": ["--warm-up-iterations", "2"],
    "warm-up-time": ["--warm-up-time", "2ms"],
    "measurement-time": ["--measurement-time", "6ms"],
    "passes": ["--passes", "pages"],
    "no-time": ["--no-time"],
    "quick": ["--quick"],
    "test": ["--test"],
    "memory-limit": ["--memory-limit", "1GiB"],
    "env": ["--env", "MY_MODE"],
    "iterations": ["--iterations", "5"],
    "program-arg": ["--program-arg", "x"],
    "thp": ["--thp"],
    "no-trace": ["--no-trace"],
    "entropy": ["--entropy", "real"],
    "heap-blocks": ["--heap-blocks"],
    "heap-functions": ["--heap-functions", "mi_malloc,mi_free"],
    "seed": ["--seed", "43"],
    "allocator": ["--allocator", "glibc:arena_max=1"],
    "shard": ["--shard", "2/3"],
}
HARMLESS = {
    "threshold": ["--threshold", "5%"],
    "metrics": ["--metrics", "anon"],
    "noise-threshold": ["--noise-threshold", "5%"],
    "confidence-level": ["--confidence-level", "0.9"],
    "drift-allowance": ["--drift-allowance", "20%"],
    "map": ["--map", "a=b"],
    "fail-on-change": ["--fail-on-change"],
    "strict": ["--strict"],
    "ignore-environment": ["--ignore-environment"],
    "jobs": ["--jobs", "1"],
    "timeout": ["--timeout", "50s"],
    "baseline-dir": ["--baseline-dir", "elsewhere"],
    "format": ["--format", "json"],
    "color": ["--color", "never"],
    "verbose": ["--verbose"],
    "where": ["--where", "all"],
    "no-where": ["--no-where"],
    "quiet": ["--quiet"],
    "report": ["--report", "csv=report.csv"],
}
NOT_TRIED = {
    "list": "measures nothing",
    "load-baseline": "measures nothing",
    "allocators": "conflicts with --resume and --shard",
    "resume": "is what is tried",
    "out": "is where a shard goes",
}
NO_SHARD = {"test"}  # leaves no file


def options():
    result = common.run([TABLES], BUILD)
    return {option["name"]: option["effect"] for option in json.loads(result.stdout)["options"]}


class Table(common.Case):
    def test_every_option_says_what_it_does(self):
        effects = options()
        self.assertGreater(len(effects), 30)
        self.assertEqual([name for name, effect in effects.items() if effect == "unsaid"], [])
        self.assertEqual({name for name, effect in effects.items() if effect != "nothing"}, set(CHANGED))
        self.assertEqual({name for name, effect in effects.items() if effect == "nothing"},
                         set(HARMLESS) | set(NOT_TRIED))  # fmt: skip

    def test_what_conflicts(self):
        for one, other in (("--allocators=all", "--resume"), ("--shard=1/2", "--allocators=all")):
            for args in ([one, other], [other, one]):
                self.assertIn("cannot be combined with", self.expect(2, *args, "-o", "x.json").stderr)


@unittest.skipIf(measured.SANITIZED, "a sanitized timer cannot be loaded into programs")
@need_program("truth")
@need_program("jobs")
class Walk(Interrupted):
    def setUp(self):
        super().setUp()
        self.variables = self.env(MY_MODE="one")
        self.expect(0, "-p", program("jobs"), "--no-time", "--exact", CASE, "--save-baseline", "old", "-q")

    def changed(self, name):
        return [program("truth") if word == "OTHER" else word for word in CHANGED[name]]

    def shard(self, name, args, code=0):
        base = ["-p", program("jobs"), "/(10|50)$", "--sample-size", "10", "--warm-up-iterations", "1", "--seed", "42"]
        times = ["--warm-up-time", "1ms", "--measurement-time", "3ms", "--shard", "2/2"]
        self.expect(code, *base, *times, *args, "-o", name, env=self.variables)

    def test_merge(self):
        self.shard("base.json", ["--shard", "1/2"])
        for name, effect in options().items():
            with self.subTest(option=name):
                if effect != "nothing" and name not in NO_SHARD:
                    self.shard("other.json", self.changed(name))
                    result = self.expect(2, "merge", "base.json", "other.json")
                    self.assertRegex(result.stderr, r"\Amembench: other.json: does not belong to the same run as base.json: ")
                elif name in HARMLESS:
                    self.shard("other.json", HARMLESS[name])
                    self.expect(0, "merge", "base.json", "other.json")

    def test_resume(self):
        base = self.args("jobs", "--warm-up-time", "1ms", "--measurement-time", "3ms")
        base.remove("--no-time")
        self.interrupt(signal.SIGTERM, base, env=self.variables)
        journal = self.journals()
        for name, effect in options().items():
            if effect == "samples":
                with self.subTest(option=name):
                    result = self.expect(2, *base, *self.changed(name), "--resume", env=self.variables)
                    self.assertRegex(result.stderr, r"\Amembench: [^\n]*; run without --resume\n\Z")
                    self.assertEqual(self.journals(), journal)
        self.expect(0, *base, "--resume", env=self.variables)


if __name__ == "__main__":
    common.main()
