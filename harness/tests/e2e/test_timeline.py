"""--timeline: memory over time of commands of known shape, as columns, picture and page."""

import base64
import csv
import os
import re
import shutil
import subprocess
import unittest
import xml.dom.minidom

import common
from test_exec import CHILD, MIB, PAGE, Exec

STEP = 10 * MIB // PAGE
# Three steps up, one down; a page that is given back makes a stop on each level but the highest, which ends by one.
LEVEL = f"touch {STEP} sleep 40 touch 1 release"
SHAPE = f"touch 1 release {LEVEL} {LEVEL} touch {STEP} sleep 40 release sleep 40 touch 1 release"


class Timeline(Exec):
    def rows(self, name):
        with open(self.folder / name, newline="") as file:
            return list(csv.DictReader(file))

    def need_gnuplot(self):
        if shutil.which("gnuplot") is None:
            self.skipTest("gnuplot is missing (Debian: gnuplot-nox)")


class Columns(Timeline):
    def test_known_shape(self):
        """Each level is 10 MiB above the one before, to the byte; the peak is that of the metric."""
        self.need_trace()
        case = self.child(0, ["-r", "2", "--timeline", "t.csv"], SHAPE)
        rows = self.rows("t.csv")
        self.assertEqual(list(rows[0]), "command time_seconds kind pid program resident_bytes anon_bytes".split())
        self.assertEqual({row["kind"] for row in rows}, {"look", "stop", "end", "tree"})
        self.assertEqual({row["command"] for row in rows}, {f"exec/{CHILD} {SHAPE}"})
        seconds = [float(row["time_seconds"]) for row in rows]
        self.assertEqual(seconds, sorted(seconds))
        stops = [int(row["anon_bytes"]) for row in rows if row["kind"] == "stop"][-5:]
        levels = [0, 10 * MIB, 20 * MIB, 30 * MIB - PAGE, 20 * MIB]
        self.assertEqual([value - stops[0] for value in stops], levels)
        own = [row for row in rows if row["kind"] != "tree"]
        self.assertEqual(max(int(row["anon_bytes"]) for row in own), self.value(case, "process_peak_anon_bytes"))
        self.assertEqual(own[-1]["kind"], "end")
        self.assertEqual(int(own[-1]["anon_bytes"]), self.value(case, "process_exit_anon_bytes"))
        for row in rows:
            self.assertEqual(row["kind"] == "tree", row["pid"] == row["program"] == row["resident_bytes"] == "")

    def test_what_is_said(self):
        self.need_trace()
        text = self.exec(0, "-r", "1", "--timeline", "t.csv", "-n", "a", "--", CHILD, *SHAPE.split()).stdout
        self.assertRegex(text, r"exec/a, over time, in a separate run\n  peak           30\.1 MiB anonymous at [\d.]+ ms, in membench-trace- \(\d+\); "
                               r"resident 3[0-9.]+ MiB at most\n  at its end     20\.1 MiB anonymous, read at [\d.]+ ms, in membench-trace- \(\d+\)\n")
        self.assertNotIn("all processes", text)
        text = self.exec(0, "-r", "1", "--timeline", "t.csv", "--", CHILD, *f"fork-ahead 2 touch {STEP} wait sleep 60".split()).stdout
        self.assertRegex(text, r"all processes  20\.\d MiB anonymous at [\d.]+ ms, as sampled")
        text = self.exec(0, "-r", "1", "--no-trace", "--timeline", "t.csv", "--", CHILD, "touch", STEP, "sleep", 50).stdout
        self.assertIn("read from outside (--no-trace): a peak between two", text)
        self.assertIn("last seen at", text)
        text = self.exec(1, "-r", "1", "--timeline", "t.csv", "--", CHILD, "touch", STEP, "exit", 3).stdout
        self.assertIn("note           it exited with code 3", text)
        text = self.exec(1, "-r", "1", "--timeline", "t.csv", "--", CHILD, "touch", STEP, "kill", 9).stdout
        self.assertIn("it was ended by SIGKILL", " ".join(text.split()))

    def test_samples_are_not_touched(self):
        log = self.folder / "log"
        self.exec(0, "-r", "2", "--timeline", "t.csv", "--prepare", f"echo p >> {log}", f"echo r >> {log}")
        self.assertEqual(self.read("log").decode().split(), ["p", "r"] * 3)

    def test_refused(self):
        for name in ("t.png", "t", ".csv", "svg"):
            self.assertIn("a file that ends with .html, .svg or .csv", self.exec(2, "--timeline", name, "true").stderr)
        self.exec(1, "--timeline", "missing/t.csv", "true")
        result = self.expect(2, "ab", "--timeline", "t.csv", "a", "b")
        self.assertIn("need --exec", result.stderr)
        result = self.exec(1, "--timeline", "t.svg", "true", env=self.env(PATH="/nonexistent"))
        self.assertIn("gnuplot, which is missing (Debian: gnuplot-nox)", result.stderr)
        self.assertEqual(list(self.folder.glob("*.svg")), [])


class Pictures(Timeline):
    def test_svg(self):
        self.need_trace()
        self.need_gnuplot()
        self.exec(0, "-r", "1", "-n", "a'`b<&\"", "--timeline", "t.svg", "--", CHILD, *SHAPE.split())
        text = self.read("t.svg").decode()
        xml.dom.minidom.parseString(text)
        if shutil.which("xmllint"):
            subprocess.run(["xmllint", "--noout", self.folder / "t.svg"], check=True)
        for words in ("a'`b&lt;&amp;", "anonymous memory", "seconds", "MiB", "peak 30.1 MiB anonymous at ", "at its end 20.1 MiB anonymous"):
            self.assertIn(words, text)

    def test_two_commands(self):
        self.need_trace()
        self.need_gnuplot()
        words = [f"exec {CHILD} touch {pages} sleep 50" for pages in (STEP, 2 * STEP)]
        self.exec(0, "-r", "1", "--timeline", "t.svg", "-n", "one", "-n", "two", *words)
        text = self.read("t.svg").decode()
        self.assertRegex(text, r"exec/one: peak 10\.1 MiB anonymous at ")
        self.assertRegex(text, r"exec/two: peak 20\.1 MiB anonymous at ")
        self.expect(3, "ab", "--exec", "--timeline", "ab.svg", "--timeline", "ab.csv", "--timeline", "ab.html", *words)
        text = self.read("ab.svg").decode()
        self.assertRegex(text, r"old: exec .*: peak 10\.1 MiB")
        self.assertRegex(text, r"new: exec .*: peak 20\.1 MiB")
        self.assertEqual({row["command"] for row in self.rows("ab.csv")}, {f"old: {words[0]}", f"new: {words[1]}"})
        self.assertEqual(self.read("ab.html").count(b"<section>"), 2)

    def test_page(self):
        self.need_trace()
        self.exec(0, "-r", "1", "-n", "<b>", "--timeline", "t.html", "--", CHILD, *SHAPE.split())
        text = self.read("t.html").decode()
        self.assertIn("<h1>exec/&lt;b&gt;</h1>", text)
        self.assertRegex(text, r"<th scope=\"row\">Peak<td>30\.1 MiB anonymous at ")
        self.assertRegex(text, r"<th scope=\"row\">membench-trace-<td class=\"n\">\d+<td")
        self.assertIn("default-src 'none'", text)
        if shutil.which("gnuplot"):
            picture = base64.b64decode(re.search(r"data:image/svg\+xml;base64,([^\"]*)", text)[1])
            xml.dom.minidom.parseString(picture)
        self.exec(0, "-r", "1", "--timeline", "n.html", "--", CHILD, "touch", "9", env=self.env(PATH="/nonexistent"))
        self.assertIn("No picture: pictures are drawn by gnuplot, which is missing", self.read("n.html").decode())


if __name__ == "__main__":
    unittest.main()
