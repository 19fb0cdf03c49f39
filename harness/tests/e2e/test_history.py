"""membench history and bisect: runs of commits recorded once, shown, searched for changes, imported and pruned; two
processes that write at once; damaged files; and git bisect with the gate as judge, which leaves nothing behind."""

import base64
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import unittest
import xml.dom.minidom

import common
import measured

HEAP = "steady_heap_live_bytes"
DATES = [f"2026-03-{day:02}T12:00:00+00:00" for day in range(1, 29)]


def has_history():
    return "was built without SQLite" not in common.run([common.MEMBENCH, "history", "list"], "/").stderr


class History(measured.Case):
    needs_database = True

    def setUp(self):
        super().setUp()
        if self.needs_database and not has_history():
            self.skipTest("membench was built without SQLite (Debian: libsqlite3-dev)")

    def git(self, *args, date=None, cwd=None):
        if not shutil.which("git"):
            self.skipTest("git is missing")
        env = self.env(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        result = common.run(["git", *identity, *args], cwd or self.folder, env)
        self.assertEqual(result.code, 0, f"git {args}: {result}")
        return result.stdout.strip()

    def repository(self, count, branch="main"):
        """A repository with so many commits, a day each; returns their hashes."""
        self.git("init", "-q", "-b", branch)
        hashes = []
        for i in range(count):
            self.write("file", f"{i}\n")
            self.git("add", "file")
            self.git("commit", "-q", "-m", f"area: step {i}", date=DATES[i])
            hashes.append(self.git("rev-parse", "HEAD"))
        return hashes

    def history(self, code, *args, **more):
        return self.expect(code, "history", *args, **more)

    def results(self, name, cases, day=0, **run):
        return self.write(name, common.stored(cases, date=DATES[day], **run))

    def import_steps(self, values, case="queue/1", metric=HEAP, branch="main"):
        for day, value in enumerate(values):
            path = self.results(f"{day}.json", {case: {metric: value}}, day)
            self.history(0, "import", "--commit", f"c{day}", "--branch", branch, path)

    def database(self, name=".membench/history.db"):
        return sqlite3.connect(self.folder / name)


class Recording(History):
    @unittest.skipIf(measured.SANITIZED, "a sanitizer's own libraries are looked for in the same folders")
    def test_without_sqlite(self):
        """It is loaded when a database is opened."""
        self.write("no/libsqlite3.so.0", "")
        result = self.history(1, "import", "--commit", "c", self.results("run.json", {"queue/1": {HEAP: 100}}),
                              env=self.env(LD_LIBRARY_PATH=str(self.folder / "no")))  # fmt: skip
        self.assertEqual(result.stderr, "membench: cannot load libsqlite3.so.0, which keeps the history: install libsqlite3-0 (Debian)\n")

    def test_the_last_run_is_recorded_once(self):
        commits = self.repository(2)
        self.results("run.json", {"queue/1": {HEAP: 100}, "queue/2": {HEAP: [5, 6, 9]}}, 5)
        first = self.history(0, "record", "run.json")
        self.assertIn(f"commit {commits[1]}: 1 new run, 2 values of 2 cases", first.stderr)
        before = self.read(".membench/history.db")
        self.assertIn("nothing new", self.history(0, "record", "run.json").stderr)
        self.assertEqual(self.read(".membench/history.db"), before)
        self.assertIn("1 new run", self.history(0, "record", "run.json", "--again").stderr)
        self.history(0, "record", "run.json", "--commit", "HEAD~1", "-q")
        runs = self.history(0, "list", "--format", "json").json()
        self.assertEqual([r["commit"] for r in runs], [commits[1], commits[1], commits[0]])
        self.assertEqual({(r["branch"], r["cases"], r["subject"]) for r in runs},
                         {("main", 2, "area: step 1"), ("main", 2, "area: step 0")})
        listed = self.history(0, "list").stdout
        self.assertRegex(listed, rf"(?m)^{commits[1][:10]}  2026-03-02  main +1 +2 +4  area: step 1$")
        self.assertRegex(listed, r"(?m)^machine 1: x86_64, .*glibc 2\.36, pages of 4096")

    @common.need_program("jobs")
    def test_without_a_file_it_is_the_last_run_of_the_folder(self):
        self.repository(1)
        self.assertEqual(self.membench("history", "record").code, 1)
        self.measure("jobs", 0, "creation/10$", "-q")
        self.history(0, "record", "-q")
        shown = self.history(0, "show", "creation/10").stdout
        self.assertIn("the same in 1 run", shown)
        self.assertIn("jobs on machine 1", shown)

    def test_what_was_measured_must_be_what_is_checked_out(self):
        self.repository(3)
        old = self.results("old.json", {"queue/1": {HEAP: 1}}, 0)
        refused = self.history(2, "record", old)
        self.assertIn("older than the commit checked out", refused.stderr)
        new = self.results("new.json", {"queue/1": {HEAP: 1}}, 9)
        self.write("file", "changed\n")
        self.assertIn("changes that are in no commit", self.history(2, "record", new).stderr)
        self.history(0, "record", new, "--commit", "HEAD")
        self.git("checkout", "-q", "file")
        self.history(0, "record", new)
        self.git("checkout", "-q", "--detach", "HEAD~1")
        self.history(0, "record", new, env=self.env(GITHUB_REF_NAME="topic"))
        self.assertIn("topic", self.history(0, "list").stdout)

    def test_without_git_a_commit_has_to_be_named(self):
        path = self.results("run.json", {"queue/1": {HEAP: 1}})
        self.assertIn("--commit", self.history(2, "record", path).stderr)
        self.history(0, "record", path, "--commit", "v1.2", "--branch", "main")
        self.assertRegex(self.history(0, "list").stdout, r"(?m)^v1\.2 +2026-03-01  main")

    def test_imports_are_all_or_nothing(self):
        commits = self.repository(3)
        for day, commit in enumerate(commits):
            self.results(f"old/{commit}.json", {"queue/1": {HEAP: 100 + day}}, 20)
        paths = sorted((self.folder / "old").iterdir())
        bad = self.write("bad.json", "{}")
        self.assertIn("bad.json", self.history(1, "import", *paths, bad).stderr)
        self.history(2, "import", *paths, self.results("nameless.json", {"queue/1": {HEAP: 1}}))
        self.assertIn("3 runs read: 3 new runs", self.history(0, "import", *paths).stderr)
        rows = self.history(0, "show", "queue/1", "--format", "csv").stdout.splitlines()[1:]
        self.assertEqual([(r.split(",")[2], r.split(",")[7]) for r in rows],
                         [(c, str(100 + i)) for i, c in enumerate(commits)])

    def test_the_commit_may_stand_in_the_file(self):
        commits = self.repository(2)
        text = json.loads(common.stored({"queue/1": {HEAP: 7}}, date=DATES[9]))
        text["context"]["membench"]["settings"] = [{"name": "commit", "value": commits[0]}, {"name": "branch", "value": "b"}]
        self.history(0, "import", self.write("run.json", json.dumps(text)))
        run = self.history(0, "list", "--format", "json").json()[0]
        self.assertEqual((run["commit"], run["branch"]), (commits[0], "b"))

    def data_js(self, runs, suite="Go"):
        """What github-action-benchmark keeps: (commit, message, timestamp, value or None)."""
        entry = lambda run: {"commit": {"id": run[0], "message": run[1], "timestamp": run[2], "url": "https://example.org"},
                             "date": 1770000000000, "tool": "go",
                             "benches": [{"name": "BenchmarkParse - B/op", "unit": "B/op", "value": run[3], "extra": "5 times"}]
                             if run[3] is not None else [{"name": "BenchmarkParse", "unit": "MB/s", "value": 1}]}  # fmt: skip
        return "window.BENCHMARK_DATA = " + json.dumps({"lastUpdate": 1, "repoUrl": "", "entries": {suite: [entry(r) for r in runs]}}, indent=2)

    def test_all_runs_of_a_data_js(self):
        """Each with its own commit and date: known to git, or as the file has it."""
        (known,) = self.repository(1)
        path = self.write("data.js", self.data_js([
            ("f" * 40, "parser: begin\n\nlong", "2026-01-05T12:00:00+09:00", 1000),
            ("e" * 40, "parser: no bytes", "2026-01-06T12:00:00Z", None),
            ("d" * 40, "parser: grow", "2026-01-07T12:00:00Z", 1500),
            (known, "as git has it", "2020-01-01T00:00:00Z", 1600)]))
        said = self.history(0, "import", path).stderr
        self.assertIn("1 of 4 runs have no value of a known metric, and are left out", said)
        self.assertIn("4 runs read: 3 new runs, 3 values of 3 cases", said)
        rows = self.history(0, "list", "--format", "json").json()
        self.assertEqual({(r["commit"], r["time"], r["subject"], r["branch"], r["program"]) for r in rows},
                         {("f" * 40, 1767582000, "parser: begin", "main", "Go"),
                          ("d" * 40, 1767787200, "parser: grow", "main", "Go"),
                          (known, 1772366400, "area: step 0", "main", "Go")})  # fmt: skip
        curve = self.history(0, "show", "BenchmarkParse", "--format", "csv", "--metrics", "heap_alloc").stdout.splitlines()[1:]
        self.assertEqual([row.split(",")[7] for row in curve], ["1000", "1500", "1600"])
        self.assertIn("nothing new", self.history(0, "import", path).stderr)
        self.assertIn("leave out --commit", self.history(2, "import", "--commit", "x", path).stderr)
        self.history(0, "import", "--branch", "other", "--db", "other.db", path)
        self.assertEqual({r["branch"] for r in self.history(0, "list", "--db", "other.db", "--format", "json").json()}, {"other"})

    def test_a_bad_data_js_leaves_nothing(self):
        for text, said in (("window.BENCHMARK_DATA = {", "it is not JSON"), ("window.BENCHMARK_DATA = {}", "no run of a commit"),
                           (self.data_js([("a" * 40, "m", "", None)]), "none of its values is of a known metric"),
                           (self.data_js([("a" * 40, "m", "2026-01-01T00:00:00Z", 1), ("two words", "m", "", 2)]), "without blanks")):
            self.assertIn(said, self.history(1 if "JSON" in said or "no run" in said else 2, "import", self.write("data.js", text)).stderr)
        self.assertEqual(self.membench("history", "list").stdout, "")

    def test_bad_runs_are_refused(self):
        broken = json.loads(common.stored({"queue/1": {HEAP: 7}}))
        broken["context"]["membench"]["complete"] = False
        path = self.write("broken.json", json.dumps(broken))
        self.assertIn("interrupted", self.history(2, "record", path, "--commit", "a").stderr)
        empty = self.write("empty.json", common.stored({}))
        self.assertIn("no value", self.history(2, "record", empty, "--commit", "a").stderr)
        good = self.results("good.json", {"queue/1": {HEAP: 7}})
        self.history(2, "record", good, "--commit", "two words")
        self.history(2, "record", good, "--commit", "x" * 300)
        self.assertEqual(self.membench("history", "list").code, 2)

    def test_two_processes_write_at_once(self):
        """Both begin without a file."""
        count = 10
        for w in range(2):
            for i in range(count):
                self.results(f"{w}-{i}.json", {"queue/1": {HEAP: i}}, i)
        loop = 'for i in $(seq 0 $2); do "$0" history record -q --commit $1-$i $1-$i.json || exit 1; done'
        writers = [subprocess.Popen(["sh", "-c", loop, str(common.MEMBENCH), str(w), str(count - 1)], cwd=self.folder,
                                    env=self.env(), stderr=subprocess.PIPE) for w in range(2)]
        for writer in writers:
            err = writer.communicate(timeout=common.TIMEOUT_SECONDS)[1]
            self.assertEqual((writer.returncode, err), (0, b""))
        self.assertEqual(len(self.history(0, "list", "--format", "json").json()), 2 * count)

    def test_a_full_disk_keeps_what_was_there(self):
        self.import_steps([100])
        path = self.results("more.json", {f"queue/{i}": {HEAP: i} for i in range(4000)}, 3)
        command = f'ulimit -f 100; exec "{common.MEMBENCH}" history import --commit b "{path}"'
        failed = common.run(["sh", "-c", command], self.folder, self.env())
        self.assertEqual(failed.code, 1, failed)
        self.assertEqual(failed.stderr.count("\n"), 1)
        self.assertEqual(len(self.history(0, "list", "--format", "json").json()), 1)
        self.history(0, "import", "--commit", "b", path)
        self.assertEqual(len(self.history(0, "list", "--format", "json").json()), 2)


class Showing(History):
    def test_the_curve_and_its_change(self):
        self.import_steps([1024, 1024, 1024, 2048, 2048, 2048])
        shown = self.history(0, "show", "queue", env=self.env(COLUMNS=60))
        self.assertIn("queue/1  branch main", shown.stdout)
        self.assertIn("heap  2.00 KiB now, 1.00 KiB to 2.00 KiB in 6 runs", shown.stdout)
        self.assertRegex(shown.stdout, r"(?m)^  2\.00 KiB ┤ +╭─+$")
        self.assertRegex(shown.stdout, r"(?m)^  1\.00 KiB ┤─+╯$")
        self.assertRegex(shown.stdout, r"(?m)^  \+100% \(\+1\.00 KiB\) +exact +c3 2026-03-04  ")
        self.assertNotIn("\033", shown.stdout)
        plain = self.history(0, "show", "queue", env=self.env(COLUMNS=60, LC_ALL="C", LANG="C")).stdout
        self.assertTrue(plain.isascii())
        self.assertRegex(plain, r"(?m)^  1\.00 KiB \+-+\+$")
        coloured = self.history(0, "show", "queue", "--color=always").stdout
        self.assertIn("\033[1;31m+100%", coloured)

    def test_no_line_is_wider_than_the_terminal(self):
        self.import_steps([100000 + 977 * (day * 7 % 5) for day in range(28)])
        for width in (40, 60, 80, 100, 200):
            shown = self.history(0, "show", "queue/1", env=self.env(COLUMNS=width)).stdout
            drawn = [line for line in shown.splitlines() if "┤" in line or "│" in line]
            self.assertEqual(len(drawn), 8)
            self.assertLessEqual(max(map(len, drawn)), width)

    def test_formats(self):
        self.import_steps([[10, 12, 11], [10, 12, 11], 40.5])
        rows = self.history(0, "show", "queue/1", "--format", "csv").stdout.splitlines()
        self.assertEqual(rows[0].split(",")[:3], ["case", "metric", "commit"])
        self.assertEqual(rows[1], f"queue/1,{HEAP},c0,1772366400,main,1,jobs,11,0,,,10 12 11")
        curve = self.history(0, "show", "queue/1", "--format", "json").json()[0]
        self.assertEqual([p["value"] for p in curve["points"]], [11, 11, 40.5])
        self.assertEqual(curve["points"][0]["samples"], [10, 12, 11])
        self.assertNotIn("samples", curve["points"][2])
        self.history(0, "show", "queue/1", "--format", "json", "-o", "curve.json")
        self.assertEqual(self.load("curve.json")[0], curve)
        for bad in ("markdown", "nonsense"):
            self.history(2, "show", "queue/1", "--format", bad)
        self.history(2, "list", "--format", "svg")

    @common.unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is missing")
    def test_pictures(self):
        self.import_steps([1024, 1024, 2048, 2048])
        self.history(0, "show", "queue/1", "--format", "svg", "-o", "curve.svg")
        picture = xml.dom.minidom.parseString(self.read("curve.svg"))
        words = "".join(node.data for text in picture.getElementsByTagName("text") for part in text.childNodes
                        for node in (part.childNodes or [part]) if hasattr(node, "data"))
        for word in ("queue/1: heap", "c0", "c3", "KiB"):
            self.assertIn(word, words)
        self.history(0, "show", "queue/1", "--format", "png", "-o", "curve.png")
        self.assertEqual(self.read("curve.png")[:4], b"\x89PNG")

    @common.unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is missing")
    def test_picture_of_a_noisy_curve(self):
        """Its medians are points, its levels lines."""
        self.import_steps([[1000 + i % 3, 1003, 1006] for i in range(12)] + [[2000 + i % 3, 2003, 2006] for i in range(12)])
        self.history(0, "show", "queue/1", "--format", "svg", "-o", "curve.svg")
        self.assertGreaterEqual(self.read("curve.svg").count(b"<use"), 24)

    def test_page(self):
        """One page that loads and runs nothing, with the change in a table and names that stay text."""
        self.import_steps([1024, 1024, 2048, 2048], branch="<script>alert(1)</script>")
        show = ["show", "queue/1", "--branch", "all", "--format", "html"]
        page = self.history(0, *show).stdout
        self.assertNotIn("<script", page)
        self.assertIn("default-src 'none'", page)
        for word in ("queue/1 over commits", "Changes of level", "+100% (+1.00 KiB)", ">c2<", "All 4 values", ">2.00 KiB<"):
            self.assertIn(word, page.replace("\n", "<"), word)
        self.assertEqual("data:image/svg+xml;base64," in page, shutil.which("gnuplot") is not None)
        if shutil.which("gnuplot"):
            picture = re.search(r'base64,([^"]*)"', page).group(1)
            xml.dom.minidom.parseString(base64.b64decode(picture, validate=True))
        bare = self.history(0, *show, env=self.env(PATH=str(self.folder))).stdout
        self.assertIn("No picture: ", bare)
        self.assertIn("Changes of level", bare)

    def test_changes(self):
        """Each change of an exact metric; of a noisy one those that are sure. By commit, the newest first."""
        noise = [1000 + (i * 7919) % 13 for i in range(24)]
        for day in range(24):
            cases = {"queue/1": {HEAP: 4096 if day < 9 else 8192},
                     "queue/2": {HEAP: [noise[day] + (day >= 14) * 200, noise[day] + 2, noise[day] + 3 + (day >= 14) * 200]}}
            self.results(f"{day}.json", cases, day)
            self.history(0, "import", "-q", "--commit", f"c{day}", "--branch", "main", f"{day}.json")
        text = self.history(0, "changes").stdout
        self.assertIn("2 changes in 2 curves over 24 runs", text)
        self.assertRegex(text, r"(?m)^c14 .*\n  queue/2  heap  .*\+19\.\d%.*  \d\d\.\d+ %$|>99\.99 %$")
        self.assertRegex(text, r"(?m)^c9 .*\n  queue/1  heap  4\.00 KiB → 8\.00 KiB, \+100% \(\+4\.00 KiB\)  exact$")
        self.assertLess(text.index("c14"), text.index("c9"))
        found = self.history(0, "changes", "--format", "json").json()
        self.assertEqual([(c["commit"], c["case"], c["exact"]) for c in found], [("c14", "queue/2", False), ("c9", "queue/1", True)])
        self.assertEqual((found[1]["before"], found[1]["after"], found[1]["confidence"]), (4096, 8192, 1))
        self.assertGreater(found[0]["confidence"], 0.99)
        self.assertEqual(len(self.history(0, "changes", "--format", "csv").stdout.splitlines()), 3)
        self.assertEqual(len(self.history(0, "changes", "queue/1", "--format", "json").json()), 1)
        self.assertEqual(self.history(0, "changes", "--least", "50%", "--format", "json").json()[0]["case"], "queue/1")
        self.assertEqual(self.history(0, "changes", "--metrics", "anon", "--format", "json").json(), [])

    def test_changes_since_a_tag_have_totals(self):
        """Ten changes of +6 %, each below the threshold of a gate, are +79 % since the tag."""
        hashes = self.repository(14)
        self.git("tag", "v1.0", hashes[2])
        size = 100000
        for day, commit in enumerate(hashes):
            size = size * 106 // 100 if 3 <= day <= 12 else size
            cases = {"creep": {HEAP: size}, "early": {HEAP: 4096 * (1 + (day >= 2))}, "there and back": {HEAP: 4096 * (1 + (day == 6))}}
            self.history(0, "import", "-q", "--commit", commit, "--branch", "main", self.results(f"{day}.json", cases, day))
        text = self.history(0, "changes", "--since", "v1.0").stdout
        self.assertRegex(text, r"(?m)^since [0-9a-f]{10}, in all 1 curve:\n  creep  heap  97\.7 KiB → 175 KiB, \+79\.\d% .* in 10 changes$")
        self.assertNotIn("early", text)
        found = self.history(0, "changes", "--since", hashes[2], "--format", "json").json()
        self.assertEqual(len([c for c in found if c["case"] == "creep"]), 10)
        self.assertEqual(len(found), 12)
        self.assertIn("no run of that commit", self.history(2, "changes", "--since", "v9").stderr)

    def test_a_step_of_noisy_runs_is_found_after_three(self):
        noise = [10000, 10030, 9980, 11000, 11040, 11010]
        for day, value in enumerate(noise):
            path = self.results(f"{day}.json", {"queue/1": {HEAP: [value, value + 1, value + 2]}}, day)
            self.history(0, "import", "-q", "--commit", f"c{day}", "--branch", "main", path)
        found = self.history(0, "changes", "--format", "json").json()
        self.assertEqual([(c["commit"], c["confidence"]) for c in found], [("c3", 0.99)])

    def test_branches_machines_and_programs_make_curves_of_their_own(self):
        self.import_steps([100, 100, 100])
        other = self.results("musl.json", {"queue/1": {HEAP: 50}}, 3, libc="musl")
        self.history(0, "import", "--commit", "c3", "--branch", "main", other)
        renamed = self.results("renamed.json", {"queue/1": {HEAP: 70}}, 4, program="/opt/suite/other")
        self.history(0, "import", "--commit", "c4", "--branch", "main", renamed)
        side = self.results("side.json", {"queue/1": {HEAP: 60}}, 5)
        self.history(0, "import", "--commit", "s", "--branch", "side", side)
        self.assertEqual(self.history(0, "changes", "--format", "json").json(), [])
        shown = self.history(0, "show", "queue/1").stdout
        self.assertIn("the same in 3 runs", shown)
        self.assertIn("2 more machine classes or programs", shown)
        self.assertIn("50 B now", self.history(0, "show", "queue/1", "--machine", "2").stdout)
        self.assertIn("70 B now", self.history(0, "show", "queue/1", "--program", "other").stdout)
        self.assertIn("60 B now", self.history(0, "show", "queue/1", "--branch", "side").stdout)
        self.assertEqual(len(self.history(0, "changes", "--branch", "all", "--format", "json").json()), 1)
        self.assertIn("membench history list", self.history(2, "show", "queue/1", "--branch", "none").stderr)

    def test_a_change_with_another_kernel_says_so(self):
        for day, kernel in enumerate(["Linux 6.1.0", "Linux 6.1.0", "Linux 6.12.0"]):
            text = json.loads(common.stored({"queue/1": {HEAP: 100 + (day == 2)}}, date=DATES[day]))
            text["context"]["membench"]["kernel"] = kernel
            self.history(0, "import", "--commit", f"c{day}", self.write("run.json", json.dumps(text)))
        self.assertIn("the kernel is another, too: Linux 6.1.0 → Linux 6.12.0", self.history(0, "changes").stdout)

    def test_names_from_files_are_text(self):
        self.import_steps([1, 2])
        with self.database() as database:
            database.execute("UPDATE commits SET subject = ?", ("\033[31mred\a\n'`x`",))
        for verb in (["show", "queue/1"], ["changes"], ["list"]):
            self.assertNotRegex(self.history(0, *verb).stdout, "[\033\a]")

    def test_bad_input(self):
        self.import_steps([1])
        for args, needle in ((["history"], "takes record"), (["history", "frob"], "frob"), (["history", "show"], "one case"),
                             (["history", "show", "none"], "queue/1"), (["history", "show", "a", "b"], "one case"),
                             (["history", "list", "x"], "nothing"), (["history", "import"], "results files"),
                             (["history", "prune"], "--keep"), (["history", "prune", "--older", "soon"], "date"),
                             (["history", "show", "queue/1", "--machine", "x"], "--machine"),
                             (["history", "changes", "--confidence-level", "2"], "--confidence-level"),
                             (["history", "show", "queue/1", "--metrics", "what"], "what")):
            result = self.expect(2, *args)
            self.assertIn(needle, result.stderr)
            self.assertEqual((result.stderr.count("\n"), result.stdout), (1, ""))
        missing = self.history(1, "show", "queue/1", "--db", "none.db")
        self.assertIn("membench history record", missing.stderr)
        self.assertFalse((self.folder / "none.db").exists())


class Keeping(History):
    def test_prune(self):
        self.import_steps(list(range(20)))
        self.assertIn("removed 12 runs and 12 commits", self.history(0, "prune", "--keep", "8").stderr)
        self.assertEqual([r["commit"] for r in self.history(0, "list", "--format", "json").json()],
                         [f"c{day}" for day in range(19, 11, -1)])
        self.history(0, "prune", "--older", "2026-03-18", "-q")
        self.assertEqual(len(self.history(0, "list", "--format", "json").json()), 3)
        with self.database() as database:
            self.assertEqual(database.execute("SELECT count(*) FROM points").fetchone(), (3,))
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_files_that_are_no_history_stay_as_they_are(self):
        self.import_steps([1, 2])
        good = self.read(".membench/history.db")
        run = self.results("run.json", {"queue/1": {HEAP: 3}}, 9)
        with self.database("newer.db") as database:
            database.execute("PRAGMA application_id = 1835165801")
            database.execute("PRAGMA user_version = 7")
            database.execute("CREATE TABLE t(x)")
        with self.database("other.db") as database:
            database.execute("CREATE TABLE t(x)")
        self.write("cut.db", good[: len(good) // 2])
        self.write("text.db", "a text of some length, which is not a database at all, but might be taken for one" * 9)
        for name, needle in (("newer.db", "newer membench"), ("other.db", "another program"), ("cut.db", "damaged"),
                             ("text.db", "damaged")):
            before = self.read(name)
            for args in (["show", "queue/1"], ["list"], ["changes"], ["record", run, "--commit", "x"], ["prune", "--keep", "1"]):
                result = self.history(1, *args, "--db", name)
                self.assertIn(needle, result.stderr)
                self.assertEqual((result.stderr.count("\n"), result.stdout), (1, ""))
                self.assertEqual(self.read(name), before)

    def test_a_page_that_is_damaged_is_told(self):
        self.import_steps([1, 2])
        path = self.folder / ".membench/history.db"
        pages = bytearray(path.read_bytes())
        for at in range(4096, len(pages)):
            pages[at] ^= 0x5A
        path.write_bytes(pages)
        for args in (["list"], ["show", "queue/1"], ["import", "--commit", "x", "0.json"]):
            self.assertIn("damaged", self.history(1, *args).stderr)
        self.assertEqual(path.read_bytes(), bytes(pages))


@common.need_program("jobs")
class Bisect(History):
    """A repository whose "build" copies a bench program: from commit 5 on the one that takes 12 % more."""

    needs_database = False

    def steps(self, count=8, grown_from=5, broken=(), was="jobs", then="jobs-grown"):
        self.git("init", "-q", "-b", "main")
        hashes = []
        for i in range(count):
            name = then if i >= grown_from else was
            text = f"exit 3 # {i}\n" if i in broken else f"cp '{common.program(name)}' my_bench # {i}\n"
            self.write("build.sh", text)
            self.git("add", "build.sh")
            self.git("commit", "-q", "-m", f"area: step {i}", date=DATES[i])
            hashes.append(self.git("rev-parse", "HEAD"))
        return hashes

    def bisect(self, code, *args, case="memory_job_creation/100", build=("sh", "build.sh"), env=None):
        env = env or self.env(TMPDIR=self.temporary())
        result = self.expect(code, "bisect", case, *args, "--", *build, env=env)
        self.assert_clean()
        return result

    def temporary(self):
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def assert_clean(self):
        self.assertEqual(list(self.temporary().iterdir()), [])
        self.assertEqual(len(self.git("worktree", "list").splitlines()), 1)
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=no"), "")
        self.assertEqual(self.git("symbolic-ref", "--short", "HEAD"), "main")
        self.assertEqual(self.git("for-each-ref", "refs/bisect"), "")

    def test_the_first_bad_commit_is_found(self):
        hashes = self.steps(broken=[2, 3, 6])
        self.write("build.sh", "the checkout has work in it that nobody may touch\n")
        self.git("commit", "-q", "-a", "-m", "wip", date=DATES[20])
        found = self.bisect(0, "--good", hashes[0], "--bad", hashes[7])
        self.assertTrue(found.stdout.startswith(f"{hashes[5]} is the first bad commit: area: step 5\n"), found)
        self.assertRegex(found.stdout, r"(?m)^  100 .* ▲ heap \+12\.1% \(\+14\.1 KiB\)$")
        self.assertNotIn("membench-bisect", found.stdout)
        if (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.assertRegex(found.stdout, r"(?m)^ +\+14,400 B  100 blocks, .*\n +job_new job_queue.c:\d+ ← job_queue_push ← run$")

    def test_on_a_terminal_it_says_what_it_does(self):
        hashes = self.steps(4, 2)
        command = [common.MEMBENCH, "bisect", "memory_job_creation/100", "--good", hashes[0], "--", "sh", "build.sh"]
        run = lambda *args, **more: subprocess.call(args, cwd=self.folder, **more)
        code, text = self.on_terminal(run, *command, env=self.env(TMPDIR=self.temporary()))
        self.assertEqual(code, 0, text)
        for doing, commits in (("building", hashes), ("measuring", hashes[1:])):
            for commit in commits:
                self.assertIn(f"\r{doing} {commit[:10]}\x1b[K\r\x1b[K", text)
        self.assertTrue(text[text.rindex("\x1b[K"):].count("\n") > 3, text)

    def test_hooks_and_the_environment_of_a_hook_do_no_harm(self):
        hashes = self.steps()
        hook = self.script(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {self.folder}/hooked\n")
        env = self.env(TMPDIR=self.temporary(), GIT_DIR=self.folder / ".git", GIT_INDEX_FILE=self.folder / ".git/index")
        self.bisect(0, "--good", hashes[0], env=env)
        self.assertTrue(hook.exists())
        self.assertFalse((self.folder / "hooked").exists())

    def test_one_word_with_blanks_is_for_the_shell(self):
        hashes = self.steps(4, 2)
        found = self.bisect(0, "--good", hashes[0], build=["mkdir -p out && sh build.sh && mv my_bench out/"])
        self.assertIn(hashes[2], found.stdout)

    def test_builds_are_shown_when_asked(self):
        """Into a log that keeps what was in it."""
        hashes = self.steps(3, 1)
        command = 'echo kept > log; "$0" bisect "$@" -- sh -c "echo building; sh build.sh" 2>> log'
        ran = common.run(["sh", "-c", command, common.MEMBENCH, "memory_job_creation/100", "-v", "--good", hashes[0]],
                         self.folder, self.env(TMPDIR=self.temporary()))
        self.assertEqual(ran.code, 0, ran)
        log = self.read("log").decode().splitlines()
        self.assertEqual(log[0], "kept")
        self.assertGreaterEqual(log.count("building"), 3)
        self.assert_clean()

    def test_thresholds_and_metrics_are_passed_on(self):
        hashes = self.steps()
        missed = self.bisect(1, "--good", hashes[0], "--threshold", "50%")
        self.assertIn("has not grown", missed.stderr)
        self.bisect(0, "--good", hashes[0], "--metrics", "heap", "--threshold", "heap=2%")
        self.bisect(2, "--good", hashes[0], "--threshold", "much")

    def test_the_commit_that_made_it_smaller(self):
        hashes = self.steps(was="jobs-grown", then="jobs")
        found = self.bisect(0, "--good", hashes[0], "--improved")
        self.assertTrue(found.stdout.startswith(f"{hashes[5]} is the first better commit: area: step 5\n"), found)
        self.assertIn("The good commit against the first better one:\n", found.stdout)
        self.assertRegex(found.stdout, r"(?m)^  100 .* ▲ heap \+12\.1% \(\+14\.1 KiB\)$")
        self.assertIn("has not shrunk", self.bisect(1, "--good", hashes[5], "--improved").stderr)
        self.assertIn("has not grown", self.bisect(1, "--good", hashes[0]).stderr)

    def test_bad_input(self):
        hashes = self.steps(3, 1)
        self.assertIn("--good", self.bisect(2).stderr)
        self.assertIn("git does not know this commit", self.bisect(2, "--good", "nowhere").stderr)
        self.assertIn("does not come before", self.bisect(2, "--good", hashes[2], "--bad", hashes[0]).stderr)
        self.assertIn("cannot be built", self.bisect(1, "--good", hashes[0], build=["false"]).stderr)
        self.assertIn("cannot be run", self.bisect(1, "--good", hashes[0], build=["false"]).stderr.replace("built", "run"))
        self.assertIn("no case matches", self.bisect(1, "--good", hashes[0], case="no/such/case").stderr)
        self.assertEqual(self.expect(2, "bisect", "a", "--good", hashes[0]).stdout, "")
        self.bisect(1, "--good", hashes[0], build=["true"])  # nothing was built

    def test_only_what_cannot_be_built_is_left(self):
        hashes = self.steps(6, 4, broken=[2, 3, 4])
        result = self.bisect(1, "--good", hashes[0])
        lines = result.stdout.splitlines()
        self.assertIn("one of these", lines[0])
        self.assertEqual({line.split()[0] for line in lines[1:5]}, set(hashes[2:]))
        self.assertEqual(lines[5], "")
        self.assertIn("skipped: it cannot be built", result.stderr)

    def test_an_interruption_leaves_nothing(self):
        hashes = self.steps(3, 1)
        env = self.env(TMPDIR=self.temporary())
        build = f"touch {self.folder}/begun; sleep 30 & wait"
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([str(common.MEMBENCH), "bisect", "x", "--good", hashes[0], "--", "sh", "-c", build],
                                       cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertTrue(common.wait_until(lambda: (self.folder / "begun").exists(), 30))
            process.send_signal(number)
            out, err = process.communicate(timeout=common.TIMEOUT_SECONDS)
            self.assertEqual((process.returncode, out), (128 + number, b""), err)
            self.assertIn(b"the worktree is removed", err)
            self.assert_clean()
            (self.folder / "begun").unlink()
            left = common.run(["ps", "-eo", "args"], self.folder).stdout
            self.assertNotIn(f"{self.folder}/begun", left)


if __name__ == "__main__":
    common.main()
