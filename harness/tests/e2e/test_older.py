"""Files of older versions, kept as these wrote them: they are read for ever. A folder of fixtures/older is a day's
version; what it wrote of two cases of jobs, of two commits and of a command's soak has the numbers below."""

import json
import shutil
import sqlite3

import common

OLDER = common.SOURCE / "harness" / "tests" / "fixtures" / "older"
VERSIONS = sorted(OLDER.iterdir())
HEAP = {"memory_job_creation/10": 12432, "memory_job_creation/100": 118992}


class Older(common.Case):
    def test_results(self):
        """A report has the values, and compared with itself nothing grew."""
        for version in VERSIONS:
            shutil.copy(version / "results.json", self.folder / "old.json")
            result = json.loads(self.expect(0, "report", "old.json", "--format", "json").stdout)
            found = {c["id"]: c["metrics"]["steady_heap_live_bytes"]["median"] for c in result["cases"]}
            self.assertEqual(found, HEAP)
            self.assertIn("OK: No memory grew.", self.expect(0, "compare", "old.json", "old.json").stdout)

    def test_growth_is_found(self):
        for version in VERSIONS:
            text = (version / "results.json").read_text()
            shutil.copy(version / "results.json", self.folder / "old.json")
            (self.folder / "new.json").write_text(text.replace("118992", "138992"))
            self.assertIn("REGRESSED: memory_job_creation/100: heap +16.8%", self.expect(3, "compare", "old.json", "new.json").stdout)

    @common.need_program("jobs")
    def test_baseline(self):
        """Compared on another machine the values count or the reason is said; never is it green for nothing."""
        for version in VERSIONS:
            (self.folder / "baselines").mkdir(exist_ok=True)
            shutil.copy(version / "results.json", self.folder / "baselines" / "old.json")
            args = ("-p", common.program("jobs"), "--no-time", "--baseline", "old", "^memory_job_creation/(10|100)$")
            result = self.membench(*args)
            if result.code == 5:
                self.assertRegex(" ".join(result.stdout.split()), r"\(a different (libc|allocator|architecture)\)")
            else:
                self.assertEqual(result.code, 0, result)
                self.assertRegex(result.stdout, r"2 cases unchanged; \d\d metrics gated against old")

    def test_history(self):
        for version in VERSIONS:
            path = self.folder / f"{version.name}.db"
            with sqlite3.connect(path) as database:
                database.executescript((version / "history.sql").read_text())
                database.execute("PRAGMA application_id = 1835165801")
                database.execute("PRAGMA user_version = 1")
            database.close()
            listed = json.loads(self.expect(0, "history", "list", "--db", path, "--format", "json").stdout)
            self.assertEqual([c["subject"] for c in listed], ["two", "one"], listed)
            shown = self.expect(0, "history", "show", "memory_job_creation/100", "--db", path, "-m", "steady_heap").stdout
            self.assertIn("116 KiB", shown)

    def test_soak(self):
        for version in VERSIONS:
            judged = self.expect(0, "soak", "--judge", version / "soak.ndjson", "-q")
            self.assertRegex(judged.stdout, r"(?m)^ *(verdict +)?(PLATEAU|INCONCLUSIVE)")

    def test_newer_ones_are_refused(self):
        """With the version that is too new; and whoever has one keeps it."""
        for name, field in (("results.json", '"format":1'), ("soak.ndjson", '"format":1')):
            for version in VERSIONS:
                text = (version / name).read_text().replace(field, field[:-1] + "99", 1)
                newer = self.write("newer-" + name, text)
                args = ("report",) if name == "results.json" else ("soak", "--judge")
                refused = self.expect(1, *args, newer)
                self.assertRegex(refused.stderr, r"newer membench: version 99, this one reads up to 1")
                self.assertEqual(newer.read_text(), text)


if __name__ == "__main__":
    common.main()
