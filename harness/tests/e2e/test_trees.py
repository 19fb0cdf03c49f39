"""Large trees: a thousand programs in one membench.json, by patterns; ids that two programs share; and ab --changed-only,
which leaves out what is certainly the same, and nothing else."""

import json
import os
import pathlib
import resource
import shutil
import unittest

import common
import measured

COUNT = 1000
LIST_SECONDS = 3  # of processor, for all of them together


def many(kind=""):
    return measured.own_program(f"many{kind}")


class Trees(measured.Case):
    def tree(self, place="build", count=COUNT, others=None):
        """bench_0000, bench_0001, …: links to one program, others = {number: another}."""
        folder = self.folder / place
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            program = (others or {}).get(number, many())
            kept = self.folder / os.path.basename(program)
            if not kept.exists():
                shutil.copy(program, kept)
            os.link(kept, folder / f"bench_{number:04}")
        return place

    def project(self, place=".", **members):
        self.write(f"{place}/membench.json", json.dumps(members))

    def ids(self, *args):
        return self.expect(0, "--list", "--format", "terse", *args).stdout.split()


class Thousand(Trees):
    def test_a_thousand_are_listed_with_little_work(self):
        """In fact about 0.7 seconds: of children that have ended, so that other load does not count."""
        self.tree()
        self.project(programs=["build/bench_*"])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = self.ids()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(found, [f"bench_{number:04}" for number in range(COUNT)])
        if not measured.SANITIZED:
            self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, LIST_SECONDS)

    def test_more_than_the_limit(self):
        self.project(programs=[f"build/bench_{number}" for number in range(10001)])
        self.assertIn("more than 10000 programs", self.expect(2, "--list").stderr)

    def test_changed_only_measures_what_changed(self):
        self.tree("old/build")
        self.tree("new/build", others={7: many("-grown"), 500: many("-other-id"), 501: many("-own-library")})
        for side in ("old", "new"):
            self.project(side, programs=["build/bench_*"])
        grown = self.expect(3, "ab", "old", "new", "--changed-only", "--no-time", "--no-where", "--format", "json")
        self.assertEqual([case["id"] for case in grown.json()["cases"]], ["bench_0007", "bench_0501"])
        self.assertEqual(grown.stderr.splitlines()[0], "membench: 998 of 1000 programs are unchanged and left out: build/bench_0000, "
                         "build/bench_0001, build/bench_0002, build/bench_0003, build/bench_0004, build/bench_0005, build/bench_0006, "
                         "build/bench_0008, build/bench_0009, build/bench_0010 and 988 more")  # fmt: skip

    @unittest.skipUnless(common.THOROUGH, "takes a minute: MEMBENCH_TEST_THOROUGH=1")
    def test_a_thousand_are_gated(self):
        self.tree()
        self.project(programs=["build/bench_*"])
        self.expect(0, "--passes", "heap", "--sample-size", "10", "--save-baseline", "main", "-q", timeout=600)
        self.expect(0, "--passes", "heap", "--baseline", "main", timeout=600)
        (self.folder / "build/bench_0700").unlink()
        shutil.copy(many("-grown"), self.folder / "build/bench_0700")
        grown = self.expect(3, "--passes", "heap", "--baseline", "main", timeout=600)
        self.assertIn("REGRESSED: bench_0700", grown.stdout)
        self.assertIn("999 cases unchanged", " ".join(grown.stdout.split()))


class Patterns(Trees):
    def test_patterns_name_programs_that_are_there(self):
        self.tree(count=3)
        self.write("build/bench_notes", "no program")
        (self.folder / "build/bench_folder").mkdir()
        self.project(programs=["build/bench_0002", "build/bench_*", "build/bench_000[01]"])
        self.assertEqual(self.ids(), ["bench_0002", "bench_0000", "bench_0001"])  # each once, where it comes first
        self.project("sub", programs=["../build/bench_000?"])
        self.assertEqual(self.expect(0, "--list", "--format", "terse", cwd=self.folder / "sub").stdout.split(),
                         ["bench_0000", "bench_0001", "bench_0002"])  # fmt: skip

    def test_one_that_matches_nothing_is_an_error_where_something_is_measured(self):
        self.project(programs=["build/bench_*"])
        self.assertEqual(self.expect(2, "--list").stderr, "membench: build/bench_*: matches no program: build first\n")
        stored = self.write("r.json", common.stored({"a/1": {"steady_heap_live_bytes": 1000}}))
        self.expect(0, "compare", stored, stored)

    def test_a_name_with_such_characters(self):
        folder = self.folder / "build"
        folder.mkdir()
        shutil.copy(many(), folder / "bench[1]")
        self.project(programs=["build/bench[1]"])
        self.assertEqual(self.ids(), ["bench[1]"])

    def test_ids_that_two_programs_share(self):
        (self.folder / "build").mkdir()
        for name in ("one", "two"):
            shutil.copy(many("-unnamed"), self.folder / "build" / name)
        self.project(programs=["build/*"])
        self.assertIn('two programs have a case many: ', self.expect(2, "--list").stderr)
        self.assertIn('("prefix_ids" in membench.json tells them apart)', self.expect(2, "--list").stderr)
        self.project(programs=["build/*"], prefix_ids=True, cases={"one/many": {"budgets": {"heap": 100}}})
        self.assertEqual(self.ids(), ["one/many", "two/many"])
        self.expect(0, "--no-time", "--save-baseline", "main", "two/many")
        self.expect(0, "--no-time", "--baseline", "main", "two/many")
        self.assertIn("one/many", self.expect(3, "--no-time").stdout)  # over its budget
        self.expect(0, "where", "two/many")
        self.project(programs=["build/*"], prefix_ids="yes")
        self.assertIn('"prefix_ids" is not true or false', self.expect(2, "--list").stderr)

    def test_sides_of_ab_have_prefixes_too(self):
        for side in ("old", "new"):
            (self.folder / side).mkdir()
            for name in ("one", "two"):
                shutil.copy(many("-unnamed"), self.folder / side / name)
            self.project(side, programs=["one", "two"], prefix_ids=True)
        report = self.expect(0, "ab", "old", "new", "--passes", "heap", "--format", "json").json()
        self.assertEqual([case["id"] for case in report["cases"]], ["one/many", "two/many"])


class ChangedOnly(Trees):
    def ab(self, code, old, new, *args):
        return self.expect(code, "ab", old, new, "--changed-only", "--passes", "heap", "--no-where", *args)

    def is_left_out(self, old, new):
        for side, program in (("old", old), ("new", new)):
            shutil.rmtree(self.folder / side, ignore_errors=True)
            (self.folder / side).mkdir()
            shutil.copy(program, self.folder / side / "bench")
        result = self.membench("ab", "old/bench", "new/bench", "--changed-only", "--passes", "heap", "--no-where")
        self.assertIn(result.code, (0, 3, 5), result)  # 5: nothing is preloaded into what a script starts
        return result.stdout == "No program changed: nothing was measured.\n"

    def test_what_is_the_same(self):
        stripped = self.folder / "stripped"
        self.assertTrue(self.is_left_out(many(), many()))
        self.assertTrue(self.is_left_out(many(), many("-other-id")))
        self.assertFalse(self.is_left_out(many(), many("-grown")))
        if shutil.which("objcopy"):
            common.run(["objcopy", "--strip-debug", many(), stripped], self.folder)
            self.assertTrue(self.is_left_out(many(), stripped))  # debug information is not loaded

    def test_what_may_differ_though_its_file_is_the_same(self):
        self.assertFalse(self.is_left_out(many("-own-library"), many("-own-library")))  # libraries of its own
        script = self.script("wrapper", f"#!/bin/sh\nexec {many()}\n")
        self.assertFalse(self.is_left_out(script, script))

    def test_every_byte_that_is_loaded_counts(self):
        """One byte of code or data changed; cut short; not a program at all."""
        kept = pathlib.Path(many()).read_bytes()
        at = kept.index(b"a block")
        for name, content in (("other", kept[:at] + b"A" + kept[at + 1 :]), ("longer", kept + b"\0")):
            self.write(name, content).chmod(0o755)
        self.assertFalse(self.is_left_out(many(), self.folder / "other"))
        self.assertTrue(self.is_left_out(many(), self.folder / "longer"))

    def test_programs_of_one_side(self):
        for side, count in (("old", 2), ("new", 3)):
            self.tree(f"{side}/build", count)
            self.project(side, programs=["build/bench_*"])
        same = self.ab(0, "old", "new")
        self.assertEqual(same.stdout, "No program changed: nothing was measured.\n")
        self.assertIn("2 of 3 programs are unchanged", same.stderr)
        (self.folder / "new/build/bench_0001").unlink()
        shutil.copy(many("-grown"), self.folder / "new/build/bench_0001")
        report = self.ab(3, "old", "new", "--format", "json").json()
        self.assertEqual({case["id"]: case["presence"] for case in report["cases"]}, {"bench_0001": "both", "bench_0002": "unrecorded"})

    def test_not_with_commands(self):
        self.assertIn("--changed-only cannot be combined with --exec", self.expect(2, "ab", "--changed-only", "--exec", "true", "true").stderr)


if __name__ == "__main__":
    common.main()
