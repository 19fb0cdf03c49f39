"""Everything that can go wrong with bench programs and with files: a clear line, the right exit code, nothing lost."""

import json
import os
import re
import resource
import subprocess
import threading
import time

import common
from common import MEMBENCH, need_program, program, run, stored

HEAP = "steady_heap_live_bytes"

# A bench program in a few lines of shell; `body` is what it does when it is told to take a sample.
SHELL = """#!/bin/sh
events=/proc/self/fd/$MEMBENCH_FD
if [ "$MEMBENCH_ACTION" = list ]; then
    printf '%s\\n' '{"event":"hello","protocol":1}' '{"event":"case","id":"shell/only"}' \
        '{"event":"done","outcome":"ok"}' >$events
    exit
fi
body
"""


def shell_program(body):
    return SHELL.replace("body", body, 1)


@need_program("faults")
class Faults(common.Case):
    """bench/truth/faults_bench.c, all of it in one run: each case gets its own outcome and the others go on."""

    # Message as stored; the place is where the worker was last heard of.
    WANTED = {
        "none": ("ok", None),
        "segv": ("crashed", "SIGSEGV in run, cold window"),
        "abort": ("crashed", "SIGABRT in run, cold window"),
        "exit_early": ("failed", "exited with code 0 before its sample was done, in run, cold window"),
        "hang": ("timed out", "killed after 2.00 s, in run, cold window (--timeout)"),
        "hang_stubborn": ("timed out", "killed after 2.00 s, in run, cold window (--timeout)"),
        "flood_stdout": ("ok", None),
        "flood_stderr": ("ok", None),
        "flood_events": ("failed", "protocol: it wrote something other than events to the event pipe"),
        "garbage_line": ("failed", "protocol: event line 3: not valid UTF-8"),
        "half_line": ("failed", "protocol: it ended within a line of events, in run, cold window"),
        "child": ("ok", None),
        "child_session": ("ok", None),
        "skip": ("skipped", "the moon is not full"),
        "fail_run": ("failed", "failed as told"),
        "fail_setup": ("failed", "failed as told"),
        "fail_later": ("failed", "failed as told"),
        "segv_release": ("crashed", "SIGSEGV in release, cold window"),
        "segv_after_marks": ("crashed", "SIGSEGV in run, cold window, after mark 3"),
    }

    @classmethod
    def setUpClass(cls):
        cls.prototype = cls("test_outcomes")
        cls.prototype.setUp()
        cls.addClassCleanup(cls.prototype.doCleanups)
        cls.result = cls.prototype.measure(
            "faults", 1, "--timeout", "2s", "--filter=-out_of_memory", "-o", "run.json"
        )
        cls.left = common.workers_below(cls.prototype.folder)
        cls.bodies = {b["name"].split("/")[1]: b["membench"] for b in cls.prototype.load("run.json")["benchmarks"]}

    def test_outcomes(self):
        self.assertEqual(set(self.bodies), set(self.WANTED))
        for name, (outcome, message) in self.WANTED.items():
            with self.subTest(case=name):
                body = self.bodies[name]
                self.assertEqual(body["outcome"].replace("_", " "), outcome)
                self.assertEqual(body.get("message"), message)

    def test_report_names_each(self):
        """Cases that failed are listed with their reason under their name, and in the list at the end."""
        body, end = re.sub(r"\n {4,}", " ", self.result.stdout).split("FAILED: ")
        bad = {n: m for n, (o, m) in self.WANTED.items() if o not in ("ok", "skipped")}
        self.assertIn(f"{len(bad)} cases", end.splitlines()[0])
        for name, message in bad.items():
            self.assertRegex(body, rf"(?m)^  {name} +[a-z ]+: {re.escape(message)}$")
        verbose = re.sub(r"\n {4,}", " ", self.prototype.expect(0, "report", "run.json", "--verbose").stdout)
        listed = verbose.split("Failed")[1]
        for name, message in bad.items():
            self.assertIn(f"fault/{name} ", listed)
            self.assertIn(message, listed)

    def test_nothing_else_on_stderr(self):
        self.assertEqual(self.result.stderr, "")

    def test_no_worker_is_left(self):
        """Neither what hung, nor children in the group or in a session of their own."""
        self.assertEqual(self.left, [])

    def test_children_are_reported(self):
        for name in ("child", "child_session"):
            self.assertEqual(self.bodies[name]["warning"], "it left processes running; they were killed")
        self.assertNotIn("warning", self.bodies["none"])

    def test_healthy_cases_are_measured_in_full(self):
        for name in ("none", "flood_stdout", "flood_stderr"):
            self.assertEqual(self.bodies[name]["series"]["steady_anon_delta_bytes"], {"value": 0, "count": 3})
            self.assertEqual(self.bodies[name]["series"][HEAP], {"value": 0, "count": 3})

    def test_failed_cases_have_no_numbers(self):
        for name, (outcome, _) in self.WANTED.items():
            if outcome != "ok":
                self.assertFalse(self.bodies[name].get("series"), name)


@need_program("faults")
class OneFault(common.Case):
    """Single faults that need options of their own."""

    def one(self, name, code, *args, **more):
        return self.measure("faults", code, "--exact", f"fault/{name}", *args, **more)

    def test_out_of_memory(self):
        result = self.one("out_of_memory", 1, "--memory-limit", "64MiB", "-o", "run.json")
        body = self.load("run.json")["benchmarks"][0]["membench"]
        self.assertEqual(body["outcome"], "out_of_memory")
        self.assertRegex(body["message"], r"\Ano memory after (5\d|6[0-4]) MiB\Z")
        self.assertIn("out of memory: no memory after", result.stdout)

    def test_crash_under_a_limit_says_so(self):
        self.assertIn("(under --memory-limit)", self.one("segv", 1, "--memory-limit", "64MiB").stdout)

    def test_skip_is_no_failure(self):
        result = self.one("skip", 0)
        self.assertIn("skipped: the moon is not full", result.stdout)

    def test_test_reports_outcomes(self):
        result = self.measure("faults", 1, "--test", "segv$|none|skip")
        self.assertEqual(
            result.stdout,
            "fault/none ... ok\n"
            "fault/segv ... crashed: SIGSEGV in run, cold window\n"
            "fault/skip ... skipped: the moon is not full\n"
            "1 passed, 1 failed, 1 skipped\n",
        )

    def test_lost_case_fails_against_its_baseline(self):
        """A case with values in the baseline that crashes or is skipped now is never green."""
        names = [f"fault/{n}" for n in ("none", "segv", "skip")]
        self.write("baselines/main.json", stored({n: {HEAP: 0} for n in names}, program=program("faults")))
        for name in names:
            code = 0 if name == "fault/none" else 1
            result = self.measure("faults", code, "--exact", name, "--passes", "heap", "--baseline", "main",
                                  "--ignore-environment")
            self.assertEqual("FAILED: " in result.stdout, code == 1)

    def test_failed_cases_keep_their_baseline(self):
        """--save-baseline does not replace what a case had by nothing."""
        old = {"fault/none": {HEAP: 5}, "fault/segv": {HEAP: 6}}
        self.write("baselines/main.json", stored(old, program=program("faults")))
        result = self.measure("faults", 1, "none|segv$", "--passes", "heap", "--save-baseline", "main")
        self.assertIn("those that failed now keep their old values", result.stderr)
        series = {b["name"]: b["membench"]["series"][HEAP] for b in self.load("baselines/main.json")["benchmarks"]}
        self.assertEqual(series["fault/none"], {"value": 0, "count": 20})
        self.assertEqual(series["fault/segv"], {"value": 6, "count": 20})

    def test_hang_without_end(self):
        """--timeout 0 is not a limit: a slow case is not killed after 0 s."""
        self.one("none", 0, "--timeout", "0")


class Programs(common.Case):
    """What is not a bench program is told apart in one line, exit code 1, before anything is measured."""

    def reject(self, path, pattern, *args):
        result = self.expect(1, "--program", path, *args)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"\Amembench: [^\n]+\n\Z")
        self.assertRegex(result.stderr, pattern)
        self.assertIn(str(path).split("/")[-1], result.stderr)

    def test_missing(self):
        self.reject("nothing", "No such file or directory")

    def test_not_executable(self):
        self.reject(self.write("plain", "text\n"), "Permission denied")

    def test_text_file(self):
        self.reject(self.script("plain", "text\n"), "Exec format error")

    def test_empty_file(self):
        self.reject(self.script("empty", ""), "Exec format error")

    def test_folder(self):
        (self.folder / "folder").mkdir()
        self.reject("folder", "not a regular file")

    def test_missing_interpreter(self):
        self.reject(self.script("lost", "#!/no/such/interpreter\n"), "interpreter or loader is missing")

    def test_other_programs(self):
        for path in ("/bin/true", "/bin/cat"):
            self.reject(path, r"it wrote nothing; is it a bench program \(docs/protocol.md\)\?")

    def test_crash_while_listing(self):
        self.reject(self.script("dies", "#!/bin/sh\nkill -SEGV $$\n"), r"signal 11")

    def test_hang_while_listing(self):
        start = time.monotonic()
        self.reject(self.script("hangs", "#!/bin/sh\nexec sleep 60\n"), "timed out", "--timeout", "300ms")
        self.assertLess(time.monotonic() - start, 30)

    def test_strange_answers(self):
        for name, text, pattern in (
            ("words", "hello\\n", "wrote something other than events"),
            ("json", '{"event":"case"}\\n', "gave an invalid answer"),
            ("future", '{"event":"hello","protocol":99}\\n{"event":"done","outcome":"ok"}\\n', "gave an invalid answer"),
            ("torn", '{"event":"hello","protocol":1}\\n{"event":"ca', "gave an invalid answer"),
            ("unfinished", '{"event":"hello","protocol":1}\\n{"event":"case","id":"a/b"}\\n', "gave an invalid answer"),
            ("refuses", '{"event":"hello","protocol":1}\\n{"event":"done","outcome":"failed","message":"the moon is full"}\\n',
             "refuses: the moon is full$"),
        ):
            with self.subTest(name=name):
                body = f"#!/bin/sh\nprintf '{text}' >/proc/self/fd/$MEMBENCH_FD\n"
                self.reject(self.script(name, body), pattern)

    def test_one_of_several(self):
        """One program that cannot be asked ends the run: a gate must not pass because a program is broken."""
        result = self.expect(1, "--program", program("jobs"), "--program", "/bin/true")
        self.assertIn("/true", result.stderr)

    def test_grace(self):
        """A worker that is out of time is asked by SIGTERM first, and may still clean up."""
        self.script("polite", shell_program("trap 'echo asked >asked; exit' TERM; while :; do sleep 0.01; done"))
        result = self.expect(1, "--program", "polite", "--passes", "pages", "--timeout", "300ms")
        self.assertIn("killed after 300 ms", result.stdout)
        self.assertEqual(self.read("asked"), b"asked\n")

    def test_last_words(self):
        """The last line on stderr follows the message."""
        self.script("talks", shell_program("echo first >&2; echo 'cannot find the thing' >&2; exit 3"))
        result = self.expect(1, "--program", "talks", "--passes", "pages", "-o", "run.json")
        self.assertEqual(
            self.load("run.json")["benchmarks"][0]["membench"]["message"],
            "exited with code 3 before its sample was done, before its first case function: cannot find the thing",
        )
        self.assertEqual(result.stderr, "")

    def test_terminal_codes_are_taken_out(self):
        self.script("colors", shell_program("printf '\\033[31mred\\n' >&2; exit 3"))
        self.assertNotIn("\x1b", self.expect(1, "--program", "colors", "--passes", "pages").stdout)

    def test_silence(self):
        """It says nothing at all and ends well: no sample, so it has failed, whatever its exit code."""
        self.script("silent", shell_program("exit 0"))
        result = self.expect(1, "--program", "silent", "--passes", "pages")
        self.assertIn("exited with code 0 before its sample was done", re.sub(r"\s+", " ", result.stdout))

    def test_program_that_goes_away(self):
        """It answers, and is gone when the first sample is to be taken."""
        self.script("shy", shell_program("exit 1").replace("exit\n", 'rm "$0"; exit\n', 1))
        result = self.expect(1, "--program", "shy", "--passes", "pages")
        self.assertRegex(re.sub(r"\s+", " ", result.stdout), r"cannot run .*shy: No such file or directory")


@need_program("jobs")
class Files(common.Case):
    """Files that cannot be read or written, or hold anything at all."""

    ONE = ["/10$", "--passes", "heap"]
    HOSTILE = {
        "empty": b"",
        "blank": b" \n",
        "zeros": b"\0" * 100,
        "text": b"hello",
        "array": b"[]",
        "number": b"1e999",
        "object": b"{}",
        "no cases": b'{"context":{}}',
        "open": b'{"context":{},"benchmarks":[',
        "deep": b"[" * 100000,
        "deep object": b'{"context":' + b'{"a":' * 100000,
        "wrong type": b'{"context":{},"benchmarks":{}}',
        "not UTF-8": b'{"context":{"date":"\xff"},"benchmarks":[]}',
        "binary": bytes(range(256)) * 16,
    }

    def test_hostile(self):
        good = self.write("good.json", stored({"g/a": {HEAP: 1}}))
        for name, data in self.HOSTILE.items():
            self.write("bad.json", data)
            self.write("baselines/bad.json", data)
            for args in (
                ["report", "bad.json"],
                ["compare", "bad.json", good],
                ["compare", good, "bad.json"],
                ["baseline", "show", "bad"],
                ["--load-baseline", "bad"],
                ["-p", program("jobs"), *self.ONE, "--baseline", "bad"],
                ["-p", program("jobs"), *self.ONE, "--save-baseline", "bad", "--quick"],
            ):
                with self.subTest(name=name, args=args):
                    result = self.expect(1, *args)
                    self.assertRegex(result.stderr, r"\Amembench: [^\n]*bad\.json[^\n]*\n\Z")
                    self.assertEqual(self.read("baselines/bad.json"), data)

    def test_hostile_values(self):
        """Well-formed files whose values lie are refused with the place; a case without samples is harmless."""
        text = stored({"g/a": {HEAP: 1000}})
        exact = '{"value": 1000, "count": 20}'
        for code, old, new in (
            (1, '"count": 20', '"count": -1'),
            (1, '"count": 20', '"count": 1e300'),
            (1, '"count": 20', '"count": 99999999999'),
            (1, exact, '["1000"]'),
            (1, exact, "[1e999]"),
            (1, exact, "{}"),
            (1, '"outcome": "ok"', '"outcome": "fine"'),
            (1, '"program": 0', '"program": 7'),
            (1, '"page_bytes": 4096', '"page_bytes": -4096'),
            (1, '"seed": "7"', '"seed": "-7"'),
            (1, '"programs": [', '"programs": [1, '),
            (1, '"name": "g/a"', '"name": 5'),
            (1, '"run_name": "g/a"', '"run_name": "\\n\\u001b[31m"'),
            (0, exact, "[]"),
            (0, '"membench": {"group"', '"membench": {"unknown": 1, "group"'),
        ):
            with self.subTest(new=new):
                self.assertIn(old, text)
                self.write("bad.json", text.replace(old, new, 1))
                result = self.expect(code, "report", "bad.json")
                self.assertNotIn("\x1b", result.stdout + result.stderr)
                if code == 1:
                    self.assertRegex(result.stderr, r"\Amembench: bad\.json: [^\n]+\n\Z")

    def test_truncated(self):
        """A file cut anywhere is refused, whatever is asked of it."""
        self.measure("jobs", 0, *self.ONE, "--save-baseline", "main", "--sample-size", "3")
        whole = self.read("baselines/main.json")
        for part in range(32):
            data = whole[: len(whole.rstrip()) * part // 32]
            self.write("baselines/cut.json", data)
            for args in (["report", "baselines/cut.json"], ["--load-baseline", "main", "--baseline", "cut"]):
                result = self.expect(1, *args)
                self.assertRegex(result.stderr, r"\Amembench: [^\n]*cut\.json[^\n]*\n\Z")

    def test_future_version(self):
        self.write("baselines/main.json", stored({"g/a": {HEAP: 1}}, format=99))
        result = self.expect(1, "--load-baseline", "main")
        self.assertRegex(result.stderr, r"main\.json.* newer membench.*99")
        result = self.measure("jobs", 1, *self.ONE, "--save-baseline", "main", "--quick")
        self.assertRegex(result.stderr, r"newer membench")
        self.assertIn(b'"format": 99', self.read("baselines/main.json"))

    def test_of_google_benchmark(self):
        """A plain file of Google Benchmark can be shown: it has times, and nothing of ours."""
        benchmark = {"name": "BM_a", "run_type": "iteration", "real_time": 1.5, "cpu_time": 1.25, "time_unit": "us"}
        self.write("plain.json", json.dumps({"context": {"date": "x", "num_cpus": 2}, "benchmarks": [benchmark]}))
        self.assertRegex(self.expect(0, "report", "plain.json").stdout, r"time\n +BM_a +1\.50 us\n")

    def test_unreadable(self):
        (self.folder / "baselines" / "main.json").mkdir(parents=True)
        for args in (["--load-baseline", "main"], ["report", "baselines/main.json"], ["report", "baselines"]):
            self.assertRegex(self.expect(1, *args).stderr, r"\Amembench: [^\n]+(directory|: a folder, and not one of Criterion: [^\n]+)\n\Z")
        if os.geteuid() != 0:
            path = self.write("secret.json", stored({}))
            path.chmod(0)
            self.assertIn("Permission denied", self.expect(1, "report", "secret.json").stderr)

    def saves(self, code, **more):
        return self.measure("jobs", code, "--passes", "heap", "--save-baseline", "main", "--quick", **more)

    def test_file_size_limit(self):
        """A write that fails half way leaves the old baseline as it was, byte for byte, and nothing next to it."""
        self.measure("jobs", 0, "/10$", "--save-baseline", "main", "--quick")
        before = self.read("baselines/main.json")
        result = self.saves(1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertRegex(result.stderr, r"(?m)^membench: [^\n]*main\.json: [^\n]*File too large$")
        self.assertEqual(self.read("baselines/main.json"), before)
        self.assertEqual(os.listdir(self.folder / "baselines"), ["main.json"])
        self.assertIn("4 cases, 20 samples each.", result.stdout, "the measured numbers are shown all the same")

    def test_disk_full(self):
        """The same on a file system that is full."""
        script = """
            mkdir baselines && mount -t tmpfs -o size=32k none baselines || exit 77
            "$0" -p "$1" --no-time /10\\$ --quick --save-baseline main >/dev/null 2>&1 || exit 78
            cp baselines/main.json before.json
            head -c 16384 /dev/zero >baselines/filler
            "$0" -p "$1" --no-time --quick --save-baseline main
            code=$?
            cmp baselines/main.json before.json && ls -A baselines >names
            exit $code
        """
        result = run(["unshare", "-rm", "sh", "-c", script, MEMBENCH, program("jobs")], self.folder)
        if result.code == 77 or "unshare" in result.stderr:
            self.skipTest("no separate file system may be mounted here (unshare -rm)")
        self.assertEqual(result.code, 1, str(result))
        self.assertRegex(result.stderr, r"(?m)^membench: [^\n]*main\.json: [^\n]*No space left on device$")
        self.assertEqual(self.read("names"), b"filler\nmain.json\n")

    def test_a_worker_fills_the_disk(self):
        """The temporary folders' file system is full while it runs: its case fails by its own words, the next ones are
        measured, the results are whole, and nothing of it is left."""
        fills = shell_program("head -c 100000000 /dev/zero >$TMPDIR/fill 2>/dev/null || { printf '%s\\n' "
                              "'{\"event\":\"hello\",\"protocol\":1}' "
                              "'{\"event\":\"done\",\"outcome\":\"failed\",\"message\":\"no space left\"}' >$events; }")
        script = """
            mkdir tmp && mount -t tmpfs -o size=1m none tmp || exit 77
            TMPDIR=$PWD/tmp "$0" -p "$2" -p "$1" --no-time --quick --passes heap -j 1 -o run.json
            code=$?
            du -k tmp | tail -n 1 >left
            exit $code
        """
        result = run(["unshare", "-rm", "sh", "-c", script, MEMBENCH, program("jobs"), self.script("fills", fills)], self.folder)
        if result.code == 77 or "unshare" in result.stderr:
            self.skipTest("no separate file system may be mounted here (unshare -rm)")
        self.assertEqual(result.code, 1, str(result))
        self.assertRegex(result.stdout, r"shell/only: failed: no space left")
        outcomes = {b["name"]: b["membench"]["outcome"] for b in json.loads(self.read("run.json"))["benchmarks"]}
        self.assertEqual(outcomes.pop("shell/only"), "failed")
        self.assertEqual((set(outcomes.values()), len(outcomes)), ({"ok"}, 4))
        self.assertLess(int(self.read("left").split()[0]), 64)

    def test_out_to_a_full_device(self):
        result = self.measure("jobs", 1, *self.ONE, "--out", "/dev/full")
        self.assertRegex(result.stderr, r"/dev/full: [^\n]*No space left on device")

    def test_out_to_nowhere(self):
        """Told before anything is measured: a long run must not learn it at its end."""
        (self.folder / "folder").mkdir()
        jobs = program("jobs")
        for path, reason in (("no/such/run.json", "No such file or directory"), ("folder", "Is a directory")):
            for args in (["-p", jobs, "--out", path], ["ab", jobs, jobs, "--out", path],
                         ["-p", jobs, "--report", f"junit={path}"], ["ab", jobs, jobs, "--report", f"html={path}"],
                         ["exec", "--out", path, "touch ran"], ["exec", "--export-json", path, "touch ran"]):  # fmt: skip
                with self.subTest(args=args):
                    result = self.expect(1, *args)
                    self.assertEqual(result.stderr, f"membench: {path}: cannot be written: {reason}\n")
                    self.assertEqual(result.stdout, "")
                    self.assertEqual(sorted(entry.name for entry in self.folder.iterdir()), ["folder"])

    def test_baseline_folder_is_a_file(self):
        self.write("baselines", "in the way")
        result = self.saves(1)
        self.assertRegex(result.stderr, r"(?m)^membench: [^\n]*baselines[^\n]*(Not a directory|File exists)$")
        self.assertEqual(self.read("baselines"), b"in the way")

    def read_only(self, command):
        """Runs a shell command in the test's folder, mounted read-only; $0 is membench, $1 the program."""
        script = 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" || exit 77\n' + command
        result = run(["unshare", "-rm", "sh", "-c", script, MEMBENCH, program("jobs")], self.folder)
        if result.code == 77 or "unshare" in result.stderr:
            self.skipTest("no read-only mount may be made here (unshare -rm)")
        return result

    def test_read_only_folder(self):
        """Measuring and comparing need no writing."""
        self.measure("jobs", 0, *self.ONE, "--save-baseline", "main", "--sample-size", "3")
        for args in ("", "--baseline main", "--baseline main --verbose"):
            result = self.read_only(f'exec "$0" -p "$1" --no-time /10\\$ --passes heap {args}')
            self.assertEqual(result.code, 0, str(result))
            self.assertRegex(result.stdout, r"1 case, 3 samples\.|OK: No memory grew|1 case: 1 ok\.")

    def test_read_only_baseline(self):
        self.measure("jobs", 0, *self.ONE, "--save-baseline", "main", "--sample-size", "3")
        before = self.read("baselines/main.json")
        result = self.read_only('exec "$0" -p "$1" --no-time /10\\$ --passes heap --save-baseline main')
        self.assertEqual(result.code, 1, str(result))
        self.assertRegex(result.stderr, r"(?m)^membench: [^\n]*Read-only file system$")
        self.assertEqual(self.read("baselines/main.json"), before)

    def test_writers_at_once(self):
        """Four processes save four cases under one name at the same time: the file holds all of them."""
        jobs = (10, 50, 100, 200)
        processes = [
            subprocess.Popen(
                [MEMBENCH, "-p", program("jobs"), f"/{n}$", "--passes", "heap", "--save-baseline", "main", "--quick"],
                cwd=self.folder,
                env=self.env(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for n in jobs
        ]
        for process in processes:
            out, _ = process.communicate(timeout=common.TIMEOUT_SECONDS)
            self.assertEqual(process.returncode, 0, out)
        names = {b["name"] for b in self.load("baselines/main.json")["benchmarks"]}
        self.assertEqual(names, {f"memory_job_creation/{n}" for n in jobs})
        self.assertEqual(os.listdir(self.folder / "baselines"), ["main.json"])
        self.measure("jobs", 0, "--passes", "heap", "--baseline", "main")

    def test_reader_of_a_changing_baseline(self):
        """While a baseline is being replaced again and again, a reader finds it whole every time."""
        self.measure("jobs", 0, *self.ONE, "--save-baseline", "main", "--quick")
        stop = threading.Event()
        codes = []

        def write():
            while not stop.is_set():
                codes.append(self.membench("-p", program("jobs"), *self.ONE, "--save-baseline", "main", "--quick").code)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(50):
                self.expect(0, "--load-baseline", "main")
        finally:
            stop.set()
            writer.join()
        self.assertEqual(set(codes), {0})

    def test_filtered_save_keeps_the_others(self):
        self.measure("jobs", 0, "--passes", "heap", "--save-baseline", "main", "--sample-size", "2")
        before = {b["name"]: b for b in self.load("baselines/main.json")["benchmarks"]}
        result = self.measure("jobs-grown", 0, "/100$", "--passes", "heap", "--save-baseline", "main")
        self.assertIn("0 cases new, 1 replaced, 3 kept", result.stderr)
        after = {b["name"]: b for b in self.load("baselines/main.json")["benchmarks"]}
        self.assertEqual(list(after), list(before))
        for name in before:
            same = before[name]["membench"]["series"] == after[name]["membench"]["series"]
            self.assertEqual(same, name != "memory_job_creation/100")


@common.need_program("jobs")
class OpenFiles(common.Case):
    def run_with(self, limit, jobs):
        words = [common.MEMBENCH, "--program", common.program("jobs"), "--no-time", "--jobs", jobs, "creation/(10|50)$"]
        command = f'ulimit -n {limit}; exec "$0" "$@"'
        return common.run(["sh", "-c", command, *map(str, words)], self.folder, self.env())

    def test_a_low_limit_is_refused_and_never_waited_for(self):
        """Either all is measured, or one line says how many open files it takes."""
        for jobs, needed in ((1, 24), (8, 52)):
            for limit in (8, 10, 12, 14, 16, 20, 23, 24, 32, 48, 51, 52, 64):
                with self.subTest(jobs=jobs, limit=limit):
                    result = self.run_with(limit, jobs)
                    if limit >= needed:
                        self.assertEqual(result.code, 0, result)
                        continue
                    self.assertEqual((result.code, result.stdout), (1, ""), result)
                    self.assertRegex(result.stderr, rf"^membench: {jobs} at a time need {needed} open files, and the limit "
                                     rf"is {limit}: raise it \(ulimit -n {needed}\)(, or take fewer --jobs)?\n$")  # fmt: skip


@common.need_program("jobs")
class TemporaryFolders(common.Case):
    """Who is killed leaves a folder: the next run takes it away, and touches nobody else's."""

    def test_what_is_abandoned(self):
        old = time.time() - 3600
        below = self.folder / "tmp"
        below.mkdir()
        rows = (  # name, files, seconds since its last change or None for an hour, goes
            ("membench-locked", [".membench-lock", "a", "b/c"], 0, True),
            ("membench-early", [".membench-lock-"], None, True),
            ("membench-young", [".membench-lock-"], 0, False),
            ("membench-empty", [], None, True),
            ("membench-other", ["work"], None, False),
            ("other", [".membench-lock"], None, False),
        )
        for name, files, age, _ in rows:
            (below / name).mkdir()
            for path in [below / name / f for f in files]:
                path.parent.mkdir(exist_ok=True)
                path.write_text("x")
            if age is None:
                os.utime(below / name, (old, old))
        self.expect(0, "where", "-p", common.program("jobs"), "memory_job_creation/10$", env=self.env(TMPDIR=below))
        self.assertEqual(sorted(p.name for p in below.iterdir()), sorted(name for name, *_, goes in rows if not goes))


if __name__ == "__main__":
    common.main()
