"""membench soak: verdicts on programs of known truth, files that are whole however it ends, commands and processes."""

import json
import math
import os
import pty
import re
import signal
import statistics
import subprocess
import sys
import threading
import unittest

import common
import measured

HOUR = 3600
KIB = 1024
TRUTH = "truth-soak"

# Takes part by the protocol: counts its calls, does what it is told, writes down what that was.
SPEAKER = """#!/usr/bin/env python3
import json, os, select, sys, time
fd, calls, running, heard = int(os.environ["MEMBENCH_FD"]), 0, True, open(sys.argv[1], "w", buffering=1)
def send(**event):
    os.write(fd, (json.dumps(event) + "\\n").encode())
send(event="hello", protocol=1)
assert os.environ["MEMBENCH_ACTION"] == "soak"
interval = int(os.environ["MEMBENCH_SOAK_INTERVAL_NS"]) / 1e9
reported = 0
while True:
    if select.select([0], [], [], 0.001 if running else 1)[0]:
        command = sys.stdin.readline().strip()
        heard.write(command + "\\n")
        if command in ("stop", ""):
            break
        running = command == "run"
        send(event="progress", state={"run": "run", "idle": "idle", "trim": "trimmed"}[command], operation_count=calls)
    calls += running
    if time.monotonic() - reported > interval:
        reported = time.monotonic()
        send(event="progress", operation_count=calls, heap_live_bytes=12345)
send(event="done", outcome="ok")
"""

# A server with two workers, one of which is killed and replaced.
FORKING = """import os, signal, time
def touched(size):
    room = bytearray(size)
    room[::4096] = bytes([1]) * (size // 4096)
    return room
shared = touched(64 << 20)
def start():
    pid = os.fork()
    if pid == 0:
        own = touched(16 << 20)
        while True:
            time.sleep(60)
    return pid
workers = [start(), start()]
time.sleep(1)
os.kill(workers[0], signal.SIGKILL)
os.waitpid(workers[0], 0)
time.sleep(0.3)
start()
time.sleep(60)
"""


SOAK = '{"event":"soak","format":1}\n'
SITE = ('{"event":"where","operation_count":5,"bytes":1,"sites":[{"block_count":1,"bytes":1,"requested_bytes":1,"frames":'
        '[{"function":"f","module":"","line":%s}]}]}\n')


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class Soak(common.Case):
    orphan_seconds = 5

    def start(self, *args, **more):
        return subprocess.Popen([str(a) for a in [common.MEMBENCH, "soak", *args]], cwd=str(self.folder), env=self.env(**more),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def truth(self, case, *args):
        return self.start("--program", common.program(TRUTH), f"soak_truth/{case}", *args)

    def end(self, process, code):
        out, err = process.communicate(timeout=common.TIMEOUT_SECONDS)
        out, err = common.decode(out), common.decode(err)
        self.assertEqual(process.returncode, code, f"{out}\n{err}")
        return out, err

    def wait_for_ticks(self, path, count):
        found = common.wait_until(lambda: path.exists() and path.read_text().count('"tick"') >= count, 20)
        self.assertTrue(found, "no ticks came")


@common.need_program(TRUTH)
class Verdicts(Soak):
    def test_truth(self):
        """Each shape gets its verdict, with time scaled; those that move by chance are at least no leak."""
        scaled = ["--run", "1800", "--idle", "60", "--time-scale", "900"]
        wanted = {"flat": 0, "trim": 0, "leak/1KB": 3, "leak/10KB": 3, "blocks": 3, "sawtooth": 0}
        running = {c: self.truth(c, *scaled, "--out", c.replace("/", "-")) for c in wanted}
        said = {case: self.end(process, wanted[case])[0] for case, process in running.items()}
        for case in ("leak/1KB", "leak/10KB", "blocks"):
            self.assertIn("LEAK: anonymous memory grows steadily by +", said[case])
        for case in ("flat", "trim"):
            self.assertIn("PLATEAU: ", said[case])
        # 100 blocks of 112 bytes a call, of which glibc takes 128: the page they are counted in is all that is uncertain.
        per_operation = re.search(r"per operation +\+(\d+) B ", said["blocks"])
        self.assertTrue(127 <= int(per_operation[1]) <= 129, said["blocks"])
        self.assertIn("trim gave back    8.00 MiB of ", said["trim"])
        self.assertIn("idle gave back    0 B of ", said["trim"])

    def test_heap(self):
        """The heap in use, counted by the hook, gives usable bytes for each operation exactly."""
        out, _ = self.end(self.truth("blocks", "--heap", "--metric", "heap", "--run", "1800", "--time-scale", "300"), 3)
        self.assertIn("LEAK: each operation keeps exactly 120 B of the heap", out)
        self.assertRegex(out, r"per operation +\+120 B \[120 B, 120 B\]")

    def test_heap_in_seconds(self):
        """Counters of the heap need no half an hour: 120 B each, or nothing; what a tolerance allows is left to time."""
        short = ["--heap", "--run", "5", "--time-scale", "4"]
        running = [self.truth("blocks", *short, "--out", "a"), self.truth("flat", *short, "--out", "b"),
                   self.truth("flat", *short, "--metric", "heap", "--out", "c"),
                   self.truth("blocks", *short, "--tolerance", "1000GiB/h", "--out", "d"),
                   self.truth("blocks", "--heap", "--until-verdict", "--time-scale", "4", "--out", "e")]
        said = [" ".join(self.end(p, code)[0].split()) for p, code in zip(running, (3, 0, 0, 0, 3))]
        for text in (said[0], said[4]):
            self.assertRegex(text, r"LEAK: each operation keeps exactly 120 B of the heap; [\d,]+ were counted")
        self.assertRegex(said[1], r"INCONCLUSIVE: \d+ s of run phases .* heap none of [\d,]+ operations keeps anything")
        self.assertIn("PLATEAU: nothing is kept per operation: the heap in use was the same to the byte through", said[2])
        self.assertRegex(said[3], r"INCONCLUSIVE: \d+ s of run phases were recorded")
        again = self.expect(3, "soak", "--judge", "a.ndjson").stdout
        self.assertIn("LEAK: each operation keeps exactly 120 B of the heap", again)
        self.assertEqual({line["phase"] for line in lines_of(self.folder / "e.ndjson") if line.get("kind") == "run"}, {0})

    @unittest.skipUnless((common.BUILD / "lib" / "libmembench_sites.so").exists() and not measured.SANITIZED,
                         "membench was built without libunwind (Debian: libunwind-dev), or with a sanitizer")
    def test_call_sites_of_a_leak(self):
        """Two lines leak, one with each operation and one with every tenth; a third fills a cache. Said exactly, in text,
        record, judged again and in HTML; nothing of it after a plateau, and of mapped memory the call that mapped it."""
        scaled = ["--run", "1800", "--time-scale", "900"]
        processes = [self.truth(case, *scaled, "--out", case[:4]) for case in ("kept", "leak/10KB", "flat")]
        (told, _), (mapped, _), (flat, _) = [self.end(p, code) for p, code in zip(processes, (3, 3, 0), strict=True)]
        with open(common.SOURCE / "bench/truth/soak_bench.c", encoding="utf-8") as file:
            line_of = {mark: i for i, line in enumerate(file, 1) for mark in ("each", "tenth") if line.endswith(f"/* {mark} */\n")}
        expected = (r"\n  where: 2 call sites keep 114\.4 B per operation, counted over ([\d,]+) operations after as many\n"
                    rf" +104 B per operation  1 block per operation, 104 B each\n +run_kept soak_bench\.c:{line_of['each']}\n"
                    rf" +10\.4 B per operation  0\.1 blocks per operation, 104 B each\n +run_kept soak_bench\.c:{line_of['tenth']}\n")
        self.assertRegex(told, expected)
        [where] = [line for line in lines_of(self.folder / "kept.ndjson") if line["event"] == "where"]
        n = where["operation_count"]
        self.assertEqual([(s["block_count"], s["bytes"], s["requested_bytes"], s["frames"][0]["line"]) for s in where["sites"]],
                         [(n, 104 * n, 104 * n, line_of["each"]), (n / 10, 104 * n / 10, 104 * n / 10, line_of["tenth"])])
        self.assertEqual(where["bytes"], sum(s["bytes"] for s in where["sites"]))
        self.assertRegex(self.end(self.start("--judge", "kept.ndjson"), 3)[0], expected)
        self.expect(0, "report", "kept.ndjson", "--format", "html", "-o", "kept.html")
        html = (self.folder / "kept.html").read_text(encoding="utf-8")
        self.assertRegex(html, rf"104 B per operation<td colspan=\"2\">1 block per operation, .* <code>run_kept soak_bench.c:{line_of['each']}</code>")
        self.assertRegex(html, rf"10\.4 B per operation<td colspan=\"2\">0\.1 blocks per operation, .*:{line_of['tenth']}</code>")
        self.assertRegex(mapped, r"\n  where: 1 call site keeps [\d,.]+ B per operation, .*\n +[\d,.]+ B per operation  pages of what it "
                                 r"mapped\n +setup soak_bench\.c:\d+\n")
        self.assertNotIn("where", flat)

    def test_failing(self):
        """A case that fails ends the soak with its own words, and what was recorded is kept."""
        out, err = self.end(self.truth("failing", "--run", "1800", "--time-scale", "100", "--out", "x"), 1)
        self.assertIn("INCONCLUSIVE: ", out)
        self.assertIn("ended before the soak was over: failed: as it was told, after a minute", err)
        self.assertEqual(lines_of(self.folder / "x.ndjson")[-1]["end"], "ended")

    def test_minimum(self):
        """Below half an hour there is no verdict, unless by force, and then it says so."""
        short = ["--run", "60", "--time-scale", "60"]
        running = [self.truth("blocks", *short), self.truth("blocks", *short, "--strict", "--out", "b"),
                   self.truth("blocks", *short, "--force-verdict", "--out", "c")]
        out, _ = self.end(running[0], 0)
        self.assertRegex(out, r"INCONCLUSIVE: \d+ s of run phases were recorded, a verdict takes 30 min")
        self.end(running[1], 4)
        out, _ = self.end(running[2], 3)
        self.assertIn("LEAK: ", out)
        self.assertIn("forced, below the minimum duration of 30 min: do not rely on it", out)

    def test_until_verdict(self):
        """A leak beyond the limit ends it at the look that confirms it, and it idles afterwards."""
        out, _ = self.end(self.truth("blocks", "--until-verdict", "--limit", "1MiB", "--idle", "60", "--time-scale", "1200", "--out", "u"), 3)
        self.assertIn("LEAK: ", out)
        lines = lines_of(self.folder / "u.ndjson")
        self.assertEqual([p["length_seconds"] for p in lines[0]["phases"]], [1800, 1800, 3600, 7200, 60])
        # Two looks at least; more where a busy machine makes the rate uneven.
        self.assertLessEqual({0, 1}, {line["phase"] for line in lines if line["event"] == "tick" and line["kind"] == "run"})
        self.assertIn("idle", {line.get("kind") for line in lines})
        self.assertEqual(lines[-1], {"event": "end", "end": "verdict", "verdict": "LEAK"})


@common.need_program(TRUTH)
class Files(Soak):
    def test_record(self):
        """NDJSON and CSV hold the same ticks; both are judged again as the soak was."""
        out, _ = self.end(self.truth("leak/10KB", "--run", "1800", "--run", "900", "--idle", "90", "--time-scale", "1800", "--out", "r"), 3)
        lines = lines_of(self.folder / "r.ndjson")
        ticks = [line for line in lines if line["event"] == "tick"]
        self.assertEqual(lines[0]["event"], "soak")
        self.assertEqual([p["kind"] for p in lines[0]["phases"]], ["run", "run", "idle"])
        self.assertEqual(lines[-1], {"event": "end", "end": "done", "verdict": "LEAK"})
        self.assertEqual([t["time_seconds"] for t in ticks], sorted(t["time_seconds"] for t in ticks))
        self.assertEqual({(t["phase"], t["kind"]) for t in ticks}, {(0, "run"), (1, "run"), (2, "idle"), (3, "trim")})
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        for tick in ticks[:: max(1, len(ticks) // 50)]:
            self.assertLessEqual(tick["anon_bytes"], tick["rss_bytes"])
            self.assertAlmostEqual(tick["memory_percent"], 100 * tick["rss_bytes"] / total, delta=tick["memory_percent"] * 0.01)
            self.assertEqual(tick["thread_count"], 1)
        rows = (self.folder / "r.csv").read_text().splitlines()
        self.assertEqual(len(rows), len(ticks) + 1)
        self.assertTrue(rows[0].startswith("time_seconds,phase,kind,rss_bytes,anon_bytes"))
        verdict = re.search(r"LEAK: .*", out)[0]
        for name in ("r.ndjson", "r.csv"):
            self.assertIn(verdict, self.expect(3, "soak", "--judge", name).stdout)

    def test_not_overwritten(self):
        """An hour's record is not lost to a second soak of that name."""
        self.write("r.ndjson", "kept")
        _, err = self.end(self.truth("flat", "--run", "1", "--out", "r"), 2)
        self.assertIn("the record exists already", err)
        self.assertEqual(self.read("r.ndjson"), b"kept")

    def test_pictures(self):
        """gnuplot draws both; where it is missing it is asked for by name."""
        csv = self.write("s.csv", "".join(f"{t},{5 * KIB * KIB + t * 5000}\n" for t in range(HOUR)))
        result = self.expect(3, "soak", "--judge", csv, "--out", "missing", env=self.env(PATH="/nonexistent"))
        self.assertIn("gnuplot, which is missing (Debian: gnuplot-nox); then membench soak --judge", result.stderr)
        self.assertFalse((self.folder / "missing.svg").exists())
        if common.shutil.which("gnuplot") is None:
            self.skipTest("gnuplot is missing (Debian: gnuplot-nox)")
        stem = "<touch drawn"  # gnuplot runs what follows "<" in the name of a file
        self.expect(3, "soak", "--judge", csv, "--out", stem)
        self.assertIn(b"</svg>", self.read(f"{stem}.svg"))
        self.assertIn("resident (RSS)", self.read(f"{stem}.svg").decode())
        self.assertEqual(self.read(f"{stem}.png")[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(sorted(p.name for p in self.folder.glob("*drawn*")), [f"{stem}{end}" for end in (".csv", ".png", ".svg")])

    def test_interrupted(self):
        """SIGINT: the verdict is printed, the files are whole, nothing is left running."""
        process = self.truth("flat", "--run", "3600", "--interval", "20ms", "--out", "i")
        self.wait_for_ticks(self.folder / "i.ndjson", 5)
        process.send_signal(signal.SIGINT)
        out, _ = self.end(process, 128 + signal.SIGINT)
        self.assertIn("INCONCLUSIVE: ", out)
        self.assertEqual(lines_of(self.folder / "i.ndjson")[-1]["end"], "interrupted")
        self.assertTrue(self.read("i.csv").endswith(b"\n"))
        self.assert_no_workers()

    def test_killed(self):
        """SIGKILL: every line that was begun is whole, the record can be judged, the worker goes, too."""
        process = self.truth("flat", "--run", "3600", "--interval", "20ms", "--out", "k")
        self.wait_for_ticks(self.folder / "k.ndjson", 10)
        process.kill()
        process.communicate()
        self.assertGreaterEqual(len(lines_of(self.folder / "k.ndjson")), 11)
        self.assertIn("INCONCLUSIVE: ", self.expect(0, "soak", "--judge", "k.ndjson").stdout)
        self.assert_no_workers(5)


@common.need_program(TRUTH)
class Live(Soak):
    def watch(self, *args, pause=(), **more):
        """What a terminal gets to see of a soak; pause: from and until when it takes nothing, in seconds."""
        ours, theirs = pty.openpty()
        args = ["--program", common.program(TRUTH), *(args or ["soak_truth/climb", "--run", "600", "--time-scale", "600"])]
        process = subprocess.Popen([str(common.MEMBENCH), "soak", *args], cwd=str(self.folder), stderr=theirs,
                                   env=self.env(COLUMNS="70", **more), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        os.close(theirs)
        seen = b""
        keys = [threading.Timer(seconds, os.write, (ours, key)) for seconds, key in zip(pause, (b"\x13", b"\x11"))]  # Ctrl-S, Ctrl-Q
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            if not seen:
                for key in keys:
                    key.start()
            seen += piece
        for key in keys:
            key.cancel()
        os.close(ours)
        process.communicate(timeout=common.TIMEOUT_SECONDS)
        self.assertEqual(process.returncode, 0)
        return seen.decode()

    def test_chart(self):
        """A terminal shows a chart that is drawn in place, with the growth and the time left; others see nothing."""
        seen = self.watch(TERM="xterm")
        self.assertIn("\033[8A", seen)
        self.assertIn("█", seen)
        self.assertRegex(seen, r"run 1/1  0:\d\d:\d\d of 0:10:00  \d s left  RSS [\d.]+ MiB  MCP 0.\d\d %")
        self.assertEqual(self.watch(TERM="dumb"), "")

    def test_terminal_that_waits(self):
        """The chart cannot be drawn from the last tick but some to the end of the run: the record is not shorter for it."""
        seconds, drawn = 2.25, 0.5  # of the run; from one chart to the next
        run = ["--run", "1800", "--time-scale", str(1800 / seconds)]
        self.watch("soak_truth/flat", *run, "--out", "w", pause=(3.5 * drawn, seconds + 0.2), TERM="xterm")
        times = [line["time_seconds"] for line in lines_of(self.folder / "w.ndjson") if line.get("kind") == "run"]
        self.assertGreaterEqual(times[-1] - times[0], 1800)

    def test_ascii(self):
        """Without UTF-8 the chart is ASCII."""
        seen = self.watch(TERM="xterm", LC_ALL="C", LANG="C")
        self.assertIn("#", seen)
        self.assertTrue(seen.isascii())


class Judge(Soak):
    def judge(self, code, text, *args):
        return self.expect(code, "soak", "--judge", "-", *args, input=text).stdout

    def test_series(self):
        """A CSV of anybody's: with or without a head, with other separators; the tolerance decides."""
        leak = [(t, 50 * KIB * KIB + 1024 * t) for t in range(HOUR)]
        rows = "".join(f"{t},{v}\n" for t, v in leak)
        self.assertIn("LEAK: the resident set grows steadily by +3.52 MiB/h", self.judge(3, rows))
        self.assertIn("LEAK: ", self.judge(3, "time,bytes\n" + rows))
        self.assertIn("LEAK: ", self.judge(3, "seconds;size\r\n" + rows.replace(",", ";").replace("\n", "\r\n")))
        said = self.judge(0, rows, "--tolerance", "4MiB/h")
        self.assertIn("PLATEAU: the resident set grows by +3.52 MiB/h, which is within the tolerance of +4.00 MiB/h", said)
        flat = "".join(f"{t},{50 * KIB * KIB}\n" for t in range(HOUR))
        self.assertIn("PLATEAU: ", self.judge(0, flat))
        self.assertIn("INCONCLUSIVE: 30 min of run phases were recorded, a verdict takes 60 min", self.judge(0, rows[: rows.index("1801,")], "--period", "20min"))

    def test_what_is_judged_of_a_recording(self):
        """Swapped-out pages count; a recording of a heap alone is judged by it; a metric that it does not have is refused."""
        rows = [(t, 50 * KIB, (50 * KIB + t) * KIB) for t in range(HOUR)]
        swapping = "time_s,rss_kb,swap_kb\n" + "".join(f"{t},{size},{t}\n" for t, size, _ in rows)
        self.assertIn("LEAK: the resident set with swap grows steadily by +3.52 MiB/h", self.judge(3, swapping))
        heap = "time_s,heap_bytes\n" + "".join(f"{t},{size}\n" for t, _, size in rows)
        self.assertIn("LEAK: the heap in use grows steadily by +3.52 MiB/h", self.judge(3, heap))
        for metric, text in (("heap", swapping), ("rss", heap), ("anon", heap)):
            self.assertIn("-: the record has no sizes of that --metric",
                          self.expect(1, "soak", "--judge", "-", "--metric", metric, input=text).stderr)  # fmt: skip

    def test_what_adds_up_is_not_compared_with_the_tolerance(self):
        """A leak of 60 KiB an hour, of which 512 are tolerated, through five days."""
        said = self.judge(3, "".join(f"{60 * t},{50 * KIB * KIB + 1024 * t}\n" for t in range(7200)))
        self.assertIn("LEAK: the resident set grows steadily by +60.0 KiB/h, and it has added up to 7.03 MiB\n", said)

    def test_growth_within_the_tolerance_is_said(self):
        """In steps it is never a plateau, and from cycle to cycle not called level; what --tolerance allows is one."""

        def rows(size):
            return "".join(f"{t},{(500 * KIB + int(size(t))) * KIB}\n" for t in range(0, 4 * HOUR, 5))

        stairs = rows(lambda t: 3 * KIB * ((t + 252) // 2520))
        said = " ".join(self.judge(0, stairs).split())
        self.assertIn("INCONCLUSIVE: the resident set grows in steps of 3.00 MiB, 5 of them so far, within the tolerance of", said)
        self.assertIn("/h; --tolerance SIZE/h accepts them, or run for 8 h, or --until-verdict", said)
        self.assertIn("PLATEAU: ", self.judge(0, stairs, "--tolerance", "6MiB/h"))
        cycle = rows(lambda t: 20 * KIB * (t % 2700) / 2700 + 2 * KIB * t / HOUR)
        self.assertIn("repeats itself every 45 min and changes by +2.00 MiB/h from period to period, which is within the "
                      "tolerance of", " ".join(self.judge(0, cycle).split()))  # fmt: skip

    def test_recordings_of_other_tools(self):
        """mprof, psrecord, pidstat, and columns by name and unit: a leak of 1 KiB a second in each."""
        start, level = 1767225600, 50 * KIB
        rows = [(t, level + t) for t in range(HOUR)]  # seconds, KiB
        mprof = "CMDLINE python3 leak.py\nFUNC f 1 2 3 4\n" + "".join(f"MEM {k / KIB:.6f} {start + t}.1234\n" for t, k in rows)
        psrecord = "# Elapsed time   CPU (%)     Real (MB)   Virtual (MB)\n" + "".join(f"{t:12.3f} {0:12.3f} {k / KIB:12.3f} {900:12.3f}\n" for t, k in rows)
        children = "CMDLINE python3 leak.py\n" + "".join(
            f"MEM {20:.6f} {start + t}.1234\nCHLD 7 {10:.6f} {start + t}.1299\nCHLD 8 {k / KIB - 30:.6f} {start + t}.1301\n" for t, k in rows)
        head = "# Time        UID       PID  minflt/s  majflt/s     VSZ     RSS   %MEM  Command\n"
        pidstat = "Linux 6.1.0 (host)  01/01/26  _x86_64_  (2 CPU)\n\n" + "".join(f"{'' if t % 60 else chr(10) + head}{start + t}  0  4711  1.00  0.00  900000  {k}  0.5  my leak\n" for t, k in rows)
        named = ["time,rss_kb", "elapsed_s;rss_kib", "t_ms\tRSS"]
        half = lambda t: f"{(10 + (t + 3000) // 3600) % 12 + 1:02}:{(t + 3000) // 60 % 60:02}:{t % 60:02} {'PM' if t < 600 else 'AM'}"
        american = f"{half(0)}   UID       PID     RSS  Command\n" + "".join(f"{half(t)}     0      4711  {k}  leak\n" for t, k in rows)
        texts = [mprof, children, psrecord, pidstat, american] + [
            n + "\n" + "".join(f"{t * (1000 if 'ms' in n else 1)}{sep}{k}\n" for t, k in rows) for n, sep in zip(named, ",;\t")
        ]
        for text in texts:
            self.assertIn("LEAK: the resident set grows steadily by +3.52 MiB/h", self.judge(3, text), text[:60])
        for text, message in (
            ("time,vsz_bytes\n1,2\n", "no column looks like a size"),
            ("when,rss_kb\n1,2\n", "no column looks like the time; there are: 1 when, 2 rss_kb (name them"),
            ("NAME  MEM USAGE\nweb  48.8MiB\n", "no column looks like the time; there are: 1 NAME, 2 MEM, 3 USAGE"),
            ("time_s,rss_furlongs\n1,2\n", "no column looks like a size; there are: 1 time_s, 2 rss_furlongs"),
            ("time_s,rss_kb\n1,2 furlongs\n", '"2 furlongs" is not a number from 0'),
            ('{"at":1,"rss_kb":2}\n', "no key looks like the time; there are: at, rss_kb"),
            ("".join(f"{start + t},{4 * k + 1}\n" for t, k in rows[:100]), "are not whole pages, and may not be bytes"),
            (f"ELAPSED SIZE\n0 {level}\n", 'line 2: a size has no unit: "51200"'),
            (f"timestamp,rss_kb\n{start}000,{level}\n", "is not a time in seconds: name its unit, as in time_ms"),
            ("time_s,rss_kb\n0,51.200\n", '"51.200" is not a whole number of KiB'),
            ("time_seconds,vsz_bytes,rss\n1,2,3\n", "line 2: a size has no unit: \"3\""),
            ("".join(f"{start + t},{k}\n" for t, k in rows[:100]), "no process is as small as"),
        ):
            self.assertIn(message, self.expect(1, "soak", "--judge", "-", input=text).stderr)

    def test_columns_times_and_sizes_of_others(self):
        """--columns by name and number, times of the clock, sizes with a unit as docker stats has them, lines of JSON."""
        rows = [(t, 50 * KIB + t) for t in range(HOUR)]  # seconds, KiB
        iso = lambda t: f"2026-01-31T{8 + t // 3600:02}:{t // 60 % 60:02}:{t % 60:02}"
        clock = lambda t: f"{(23 + (t + 1800) // 3600) % 24:02}:{(t + 1800) // 60 % 60:02}:{t % 60:02}"  # over midnight
        for text, args in (
            ("".join(f"x,{k},{1000 * t}\n" for t, k in rows), ["--columns", "3:ms,2:kB"]),
            ("host;when;used\n" + "".join(f"a;{t};{k}\n" for t, k in rows), ["--columns", "when:s,used:KiB"]),
            ("time,rss_kb\n" + "".join(f"{iso(t)}Z,{k}\n" for t, k in rows), []),
            ("time,rss_kb\n" + "".join(f"{iso(t)}.250+01:00,{k}\n" for t, k in rows), []),
            ("".join(f"{iso(t).replace('T', ' ')},{k * KIB}\n" for t, k in rows), []),
            ("date,rss_kb\n" + "".join(f"{clock(t)},{k}\n" for t, k in rows), []),
            ("".join(f"ELAPSED   RSS\n{t // 60:02}:{t % 60:02}  {k}\n" for t, k in rows), []),
            ("".join(f"{t},{k / KIB / 50:.4f}MiB / 7.6GiB\n" for t, k in rows), ["--tolerance", "1KiB/h"]),
            ("time_s,name,mem usage\n" + "".join(f"{t},web,{k / KIB:.4f}MiB / 7.6GiB\n" for t, k in rows), []),
            ("".join(f"{t},{k / KIB:.4f}MiB / 7.6GiB\n" for t, k in rows), []),
            ("".join(json.dumps({"time": iso(t) + "Z", "pid": 7, "rss_kb": k}) + "\n" for t, k in rows), []),
            ("".join(json.dumps({"Name": "web", "at": t, "MemUsage": f"{k / KIB:.4f}MiB / 7.6GiB"}) + "\n" for t, k in rows),
             ["--columns", "at,MemUsage"]),
        ):
            rate = "72.0 KiB" if "--tolerance" in args else "3.52 MiB"
            self.assertIn(f"LEAK: the resident set grows steadily by +{rate}/h", self.judge(3, text, *args), text[:60])
        far = f"{10**11 - 10000},51200000\n08:15:00,51200000\n"  # no day after the other until that one
        self.assertIn("2 ticks", self.judge(0, far))
        unknown = '{"time":1,"rss_kb":50000}\n{"time":2,"rss_kb":null}\n{"time":3,"rss_kb":50000}\n'
        self.assertIn("3 ticks", self.judge(0, unknown))
        text = "a,b\n1,2\n"
        for columns, code, message in (
            ("3,2", 1, "--columns: no column is 3; there are: 1 a, 2 b"),
            ("a,c:kB", 1, "--columns: no column is c; there are: 1 a, 2 b"),
            ("a,b", 1, "a size has no unit"),
            ("a,b:furlongs", 2, '"a,b:furlongs" is not a time and a size'),
            ("a", 2, '"a" is not a time and a size'),
        ):
            result = self.expect(code, "soak", "--judge", "-", "--columns", columns, input=text)
            self.assertIn(message, result.stderr)

    def test_process_ids(self):
        """A column of process ids: another process begins a piece; rows of one time are added up."""
        rows = lambda pid: "".join(f"{t},{pid(t)},{(50 * KIB + (t % 1900) * 2) * KIB}\n" for t in range(3800))
        said = self.judge(3, "time_s,PID,rss_bytes\n" + rows(lambda t: 71 if t < 1900 else 90))
        self.assertIn("LEAK: the resident set grows steadily by +7.03 MiB/h", said)
        self.assertIn("; restarted at 32 min (process 90 after 71); judged: 32 min from 0 s on", said)
        self.assertNotIn("LEAK", self.judge(0, "time_s,rss_bytes\n" + re.sub(",71,", ",", rows(lambda t: 71))))
        several = "".join(f"{t},{pid},{20 * KIB + (t if pid == 9 else 0)}\n" for t in range(HOUR) for pid in (8, 7, 9))
        said = self.judge(3, "time_s,pid,rss_kb\n" + several)
        self.assertIn("3600 ticks", said)
        self.assertIn("LEAK: the resident set grows steadily by +3.52 MiB/h", said)
        self.assertIn("processes         3 at most, added up; 0 replaced", said)
        lines = "".join(json.dumps({"time": t, "pid": pid, "rss_kb": 20 * KIB}) + "\n" for t in range(HOUR) for pid in (8, 9 + (t > 600)))
        self.assertIn("2 at most, added up; 1 replaced by others", self.judge(0, lines))
        self.assertIn("no key looks like a size", self.expect(1, "soak", "--judge", "-", input='{"time":1,"pid":2}\n').stderr)

    def test_idle(self):
        """What the load added comes back or not: a verdict of its own, and what came back is not a leak."""
        rows = lambda left: "time_seconds,kind,anon_bytes\n" + "".join(
            f"{t},{'run' if t < HOUR else 'idle'},{50 * KIB * KIB + (1024 * t if t < HOUR else left)}\n" for t in range(HOUR + 300))
        said = " ".join(self.judge(0, rows(100 * KIB)).split())
        self.assertIn("INCONCLUSIVE: anonymous memory grows steadily by +3.52 MiB/h while there is load, and is given back", said)
        self.assertRegex(said, r"idle: DECLINED: 3\.2\d MiB of the 3\.3\d MiB that came with the load was given back \(9\d %\)")
        said = " ".join(self.judge(0, rows(-1024 * KIB)).split())
        self.assertRegex(said, r"idle: DECLINED: all of the 3\.3\d MiB that came with the load was given back, and 1\.0\d MiB more")
        said = self.judge(3, rows(3 * KIB * KIB))
        self.assertIn("LEAK: anonymous memory grows steadily by", said)
        self.assertIn("idle: NOT DECLINED: ", said)
        flat = "time_seconds,kind,anon_bytes\n" + "".join(f"{t},{'run' if t < HOUR else 'idle'},52428800\n" for t in range(HOUR + 300))
        self.assertIn("  idle: NOTHING TO DECLINE: the load added 0 B; up to 64 KiB or 1 % is too little to tell\n", self.judge(0, flat))
        self.assertNotIn("DECLINE", self.judge(0, "time_s,rss_kb\n" + "".join(f"{t},51200\n" for t in range(HOUR))))

    def test_cut(self):
        """A record that was cut within its last line counts without it."""
        head = '{"event":"soak","format":1}\n'
        tick = '{"event":"tick","time_seconds":%d,"phase":0,"kind":"run","rss_bytes":1000000}\n'
        whole = head + "".join(tick % t for t in range(100))
        self.assertIn("100 ticks", self.judge(0, whole + '{"event":"tick","time_sec'))

    def test_refused(self):
        """What is not a series is refused with the line that is wrong."""
        for text, message in (
            ("", "no values"),
            ("hello\n", "line 1: neither a soak's record nor a CSV"),
            ("1,2\n3,x\n", 'line 2: "x" is not a number from 0'),
            ("1,2\n0,2\n", "line 2: the time goes backwards"),
            ("1,2\n2\n", "line 2: fewer cells than the first line"),
            ("1,nan\n", 'line 1: "nan" is not a number from 0'),
            ("{}\n", 'line 1: "event" is missing'),
            ('{"event":"tick"}\n', "line 1: not a soak record"),
            ('{"event":"soak","format":99}\n', "line 1: written by a newer membench: version 99"),
            (SOAK + '{"event":"where"}\n', 'line 2: "operation_count" is missing'),
            (SOAK + '{"event":"where","operation_count":5}\n', 'line 2: "sites" is missing'),
            (SOAK + '{"event":"where","operation_count":0,"bytes":1,"sites":[]}\n', 'line 2: "operation_count" is not above 0'),
            (SOAK + '{"event":"where","operation_count":5,"bytes":1,"sites":[7]}\n', "line 2: "),
            (SOAK + SITE % 0.5, 'line 2: "line" is not a whole number'),
            (SOAK + SITE % -3, 'line 2: "line" is out of range'),
            ("\0\0", "not a recorded series: a binary file"),
        ):
            result = self.expect(1, "soak", "--judge", "-", input=text)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1)
        self.expect(1, "soak", "--judge", "missing.csv")


class Others(Soak):
    def test_pid(self):
        """A process of others is watched, and left alone."""
        other = subprocess.Popen(["sleep", "600"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        out, _ = self.end(self.start("--pid", other.pid, "--run", "0.5", "--interval", "50ms", "--out", "p"), 0)
        self.assertIn(f"soak of pid {other.pid}", out)
        self.assertIsNone(other.poll())
        ticks = [line for line in lines_of(self.folder / "p.ndjson") if line["event"] == "tick"]
        self.assertTrue(ticks and "operation_count" not in ticks[0])

    def test_pid_ends(self):
        """The end of a watched process is the end of the soak: a failure, with the record kept."""
        other = subprocess.Popen(["sleep", "600"])
        process = self.start("--pid", other.pid, "--run", "600", "--interval", "20ms", "--out", "p")
        self.wait_for_ticks(self.folder / "p.ndjson", 3)
        other.kill()
        other.wait()
        _, err = self.end(process, 1)
        self.assertIn(f"pid {other.pid} ended before the soak was over", err)
        result = self.expect(1, "soak", "--pid", other.pid, "--run", "1")
        self.assertIn(f"there is no process {other.pid}", result.stderr)

    def test_pid_restarts(self):
        """--restarts: the process that is started in its place is watched, and no other of that name that was there."""
        command = ["sleep", "604.25"]
        start = lambda: subprocess.Popen(command)
        before, first = start(), start()
        process = self.start("--pid", first.pid, "--restarts", "--run", "600", "--interval", "20ms", "--out", "p")
        self.wait_for_ticks(self.folder / "p.ndjson", 3)
        first.kill()
        first.wait()
        second = start()
        for other in (before, second):
            self.addCleanup(other.wait)
            self.addCleanup(other.kill)
        found = common.wait_until(lambda: f'"process_id":{second.pid}' in (self.folder / "p.ndjson").read_text(), 20)
        self.assertTrue(found, self.read("p.ndjson")[-500:])
        process.send_signal(signal.SIGINT)
        out, _ = self.end(process, 128 + signal.SIGINT)
        self.assertIn(f"(process {second.pid} after {first.pid})", " ".join(out.split()))
        self.assertNotIn(f'"process_id":{before.pid}', (self.folder / "p.ndjson").read_text())

    def test_tree(self):
        """A server's workers are added up with it: what they share once, a worker that is replaced named."""
        self.write("fork.py", FORKING)
        process = self.start("--run", "600", "--interval", "20ms", "--out", "t", "--", os.path.realpath(sys.executable), "fork.py")
        replaced = common.wait_until(lambda: "replaced_count\":1" in (self.folder / "t.ndjson").read_text()
                                     if (self.folder / "t.ndjson").exists() else False, 30)
        self.assertTrue(replaced)
        process.send_signal(signal.SIGINT)
        out, _ = self.end(process, 128 + signal.SIGINT)
        self.assertIn("processes         3 at most, added up; 1 replaced by others", out)
        ticks = [line for line in lines_of(self.folder / "t.ndjson") if line["event"] == "tick"]
        self.assertEqual({t["process_id"] for t in ticks}, {ticks[0]["process_id"]})
        usual = sorted(t["anon_bytes"] for t in ticks if t["process_count"] == 3)
        usual = usual[len(usual) // 2]  # a single one may be read while a process forks
        # 64 MiB that all share, 16 of each worker, and less than 12 of the interpreter and of what it copies.
        self.assertTrue(96 * KIB * KIB <= usual <= 108 * KIB * KIB, usual)
        self.assert_no_workers()

    def check_idle_of_host(self, host):
        """The verdict on the idle phase is what the record says, by the rule in the document, whatever the host does."""
        self.addCleanup((self.folder / f"{host}.ndjson").unlink, missing_ok=True)
        out, _ = self.end(self.start(
            "--program", common.program(f"wasm-{host}"), f"wasm_host_calls/{host}/hostloop/100000",
            "--run", "2", "--idle", "0.6", "--interval", "20ms", "--out", host), 0)  # fmt: skip
        sizes = {kind: [t["anon_bytes"] for t in lines_of(self.folder / f"{host}.ndjson")
                        if t["event"] == "tick" and t["kind"] == kind] for kind in ("run", "idle")}  # fmt: skip
        run, idle = sizes["run"], sizes["idle"]
        before = statistics.median(run[: math.ceil(len(run) / 50)])
        loaded = statistics.median(run[-math.ceil(len(run) / 10) :])
        after = statistics.median(idle[-math.ceil(len(idle) / 10) :])
        verdict = "NOTHING TO DECLINE"
        if loaded - before > max(64 * KIB, 0.01 * before):
            verdict = "DECLINED" if loaded - after >= 0.8 * (loaded - before) else "NOT DECLINED"
        self.assertIn(f"  idle: {verdict}: ", out)
        return verdict

    def test_idle_of_hosts(self):
        """A host in C or Rust takes no page for calls, so nothing can decline; a collector may take some and keep it."""
        hosts = [h for h in ("wamr-fast", "wasmedge", "wasmi-rust", "wazero") if os.path.exists(common.program(f"wasm-{h}"))]
        if not hosts:
            self.skipTest("no WebAssembly runtime was built")
        for host in hosts:
            with self.subTest(host=host):
                verdict = self.check_idle_of_host(host)
                if host != "wazero":
                    self.assertEqual(verdict, "NOTHING TO DECLINE")

    def test_command_hears_of_phases(self):
        """MEMBENCH_SOAK_PHASE names a file with the phase: a load that stops when it is idle."""
        script = """import mmap, os, time
held = []
while True:
    with open(os.environ["MEMBENCH_SOAK_PHASE"]) as file:
        phase = file.read()
    if phase == "run\\n" and len(held) < 40:
        held.append(mmap.mmap(-1, 1 << 20))
        held[-1].write(bytes(1 << 20))
    if phase == "idle\\n" and KEEPS is False:
        held.clear()
    time.sleep(0.002)
"""
        for keeps in (False, True):
            self.write("load.py", script.replace("KEEPS", str(keeps)))
            out, _ = self.end(self.start("--run", "1.5", "--idle", "1", "--interval", "20ms", "--out", f"l{keeps}", "--",
                                         os.path.realpath(sys.executable), "load.py", TMPDIR=str(self.folder)), 0)
            self.assertIn("idle: NOT DECLINED: " if keeps else "idle: DECLINED: ", out)
        self.assertEqual(list(self.folder.glob("membench-soak*")), [])

    def test_pid_interrupted(self):
        other = subprocess.Popen(["sleep", "600"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        process = self.start("--pid", other.pid, "--run", "600", "--interval", "20ms", "--out", "p")
        self.wait_for_ticks(self.folder / "p.ndjson", 3)
        process.send_signal(signal.SIGTERM)
        out, _ = self.end(process, 128 + signal.SIGTERM)
        self.assertIn("INCONCLUSIVE: ", out)
        self.assertIsNone(other.poll())

    def test_command(self):
        """A command is started and ended; one that ends early or cannot be run is a failure with its words."""
        out, _ = self.end(self.start("--run", "0.5", "--interval", "50ms", "--", "sleep", "600"), 0)
        self.assertIn("soak of sleep 600", out)
        self.assert_no_workers()
        _, err = self.end(self.start("--run", "60", "--", "sh", "-c", "sleep 0.2; echo in vain >&2; exit 3"), 1)
        self.assertIn("ended before the soak was over: exited with code 3: in vain", err)
        _, err = self.end(self.start("--run", "60", "--", "/nonexistent/program"), 1)
        self.assertIn("/nonexistent/program: not executable", err)

    def test_protocol(self):
        """A program in another language takes part: it says what it did, and is told what to do."""
        script = self.script("speaker.py", SPEAKER)
        out, _ = self.end(self.start("--run", "1", "--idle", "0.3", "--run", "0.3", "--interval", "20ms", "--out", "s", "--",
                                     sys.executable, script, "heard"), 0)
        self.assertEqual(self.read("heard").decode().split(), ["idle", "run", "trim", "stop"])
        ticks = [line for line in lines_of(self.folder / "s.ndjson") if line["event"] == "tick"]
        self.assertGreater(ticks[-1]["operation_count"], 10)
        self.assertEqual(ticks[-1]["kind"], "trim")
        self.assertEqual(ticks[-1]["heap_live_bytes"] if "heap_live_bytes" in ticks[-1] else 12345, 12345)
        self.assertIn("operations        ", out)

    def test_usage(self):
        for args, message in (
            ([], "soak: nothing to watch"),
            (["a", "b"], "soak takes one case"),
            (["a", "--pid", "1"], "soak takes one of"),
            (["--pid", "0"], "--pid"),
            (["--pid", "1", "--run", "0"], '--run: "0" is not a time above 0'),
            (["--pid", "1", "--interval", "1ms"], "--interval"),
            (["--pid", "1", "--tolerance", "much"], '--tolerance: "much" is not a growth such as 256KiB/h'),
            (["--pid", "1", "--metric", "cpu"], "--metric"),
            (["--pid", "1", "--heap"], "--heap is for cases"),
            (["a", "--restarts"], "--restarts needs --pid PID"),
            (["a", "--metric", "heap"], "--metric heap needs --heap"),
            (["a", "--run", "60", "--until-verdict"], "--until-verdict cannot be combined with --run"),
            (["--judge", "x", "--run", "60"], "--judge cannot be combined with --run"),
            (["--program", common.program("truth"), "truth_nothing_of_that_name"], "no case matches"),
        ):
            result = self.expect(2, "soak", *args)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_help(self):
        self.golden("help-soak.txt", self.expect(0, "soak", "--help").stdout)


if __name__ == "__main__":
    common.main()
