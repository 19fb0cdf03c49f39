"""Helpers of the end-to-end tests: run the built programs, compare with golden files, look for what was left running.

A test file holds classes derived from Case and ends in `common.main()`. It finds the build by MEMBENCH_BUILD_DIR (the
folder that holds bin/membench), and needs nothing but Python's standard library:

    MEMBENCH_BUILD_DIR=build python3 harness/tests/e2e/test_cli.py [-v] [Class.test]

Each test runs in a temporary folder of its own, with an environment that holds nothing of the caller's but PATH, so
that tests can run at the same time. MEMBENCH_REFRESH_GOLDEN=1 writes the golden files again instead of comparing,
MEMBENCH_TEST_THOROUGH=1 takes minutes more where a test says so.
"""

import contextlib
import difflib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("MEMBENCH_BUILD_DIR", SOURCE / "build")).resolve()
MEMBENCH = BUILD / "bin" / "membench"
BENCH = BUILD / "bench"
GOLDEN = HERE.parent / "golden" / "cli"
REFRESH = os.environ.get("MEMBENCH_REFRESH_GOLDEN", "") not in ("", "0")
# Each night, not on each push: every size, flag and pair where a few of them run the same code.
THOROUGH = os.environ.get("MEMBENCH_TEST_THOROUGH", "") not in ("", "0")

TIMEOUT_SECONDS = 60  # of one command: far more than any needs, so that a hang is a failure and not a hung test run


def program(name):
    """Path of a bench program: "jobs", "truth", "constant", "faults", …"""
    return str(BENCH / name)


def environment(folder, **changes):
    """What commands see: nothing of the caller's but PATH. A change to None takes a variable away."""
    variables = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    for name, value in changes.items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = str(value)
    return variables


class Result(tuple):
    """(code, stdout, stderr) of a command; also by these names. A code of -N: ended by signal N."""

    code = property(lambda self: self[0])
    stdout = property(lambda self: self[1])
    stderr = property(lambda self: self[2])

    def json(self):
        return json.loads(self.stdout)

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def run(args, cwd, env=None, input=None, timeout=TIMEOUT_SECONDS, **popen):
    """Runs a command to its end and returns its Result. env is complete, see environment(); input is text."""
    variables = environment(cwd) if env is None else env
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    popen.setdefault("stdin", subprocess.DEVNULL if input is None else subprocess.PIPE)
    process = subprocess.Popen([str(a) for a in args], cwd=str(cwd), env=variables, **popen)
    try:
        out, err = process.communicate(input.encode() if isinstance(input, str) else input, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Result((process.returncode, decode(out), decode(err)))


def stored(cases, **run):
    """Text of a results file as if measured: cases is {id: what}, what is {metric: value or list of values}, where one
    value stands for 20 equal ones, or the name of an outcome other than ok. run replaces facts of the run: libc,
    program, date, format, page_bytes."""
    facts = {"libc": "glibc 2.36", "program": "/opt/suite/jobs", "date": "2026-01-02T03:04:05+00:00", "format": 1}
    facts.update({"page_bytes": 4096, "seed": "7"}, **run)
    about = {
        "format": facts["format"],
        "complete": True,
        "version": "0.1.0",
        "kernel": "Linux 6.12.0",
        "architecture": "x86_64",
        "page_bytes": facts["page_bytes"],
        "rss_source": "status",
        "seed": facts["seed"],
        "programs": [
            {
                "path": facts["program"],
                "build_id": "0123abcd",
                "libc": facts["libc"],
                "allocator": facts["libc"],
                "aslr": "off",
                "thp": "off",
            }
        ],
        "settings": [],
    }
    benchmarks = []
    for index, (name, what) in enumerate(cases.items()):
        outcome = what if isinstance(what, str) else "ok"
        series = {} if isinstance(what, str) else what
        body = {"group": name.split("/")[0], "params": [], "flags": [], "program": 0, "outcome": outcome}
        if outcome != "ok":
            body["message"] = "as it was told"
        else:
            body["series"] = {m: v if isinstance(v, list) else {"value": v, "count": 20} for m, v in series.items()}
        counts = {m: sorted(v)[len(v) // 2] if isinstance(v, list) else v for m, v in series.items()}
        benchmark = {"name": name, "family_index": index, "per_family_instance_index": 0, "run_name": name}
        benchmark.update({"run_type": "aggregate", "repetitions": 20, "aggregate_name": "median", "time_unit": "none"})
        benchmarks.append({**benchmark, **counts, "membench": body})
    context = {"date": facts["date"], "host_name": "machine", "executable": "membench", "num_cpus": 2}
    return json.dumps({"context": {**context, "json_schema_version": 1, "membench": about}, "benchmarks": benchmarks})


def decode(data):
    return data.decode("utf-8", "backslashreplace") if data is not None else ""


def read_bytes(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


def processes_below(folder):
    """Living processes whose current folder is below `folder`: [(pid, command name)]."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            where = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if not (where + "/").startswith(str(folder) + "/"):
            continue
        stat = read_bytes(f"/proc/{entry}/stat")
        if stat and stat.rpartition(b")")[2].split()[0] != b"Z":
            found.append((int(entry), decode(read_bytes(f"/proc/{entry}/comm")).strip()))
    return found


def workers_below(folder):
    """Those of processes_below that are workers: by MEMBENCH_WORKER in their environment, as the coordinator itself
    recognises them."""
    return [(pid, name) for pid, name in processes_below(folder)
            if b"MEMBENCH_WORKER=" in read_bytes(f"/proc/{pid}/environ")]  # fmt: skip


def wait_until(condition, seconds):
    """Polls until condition() is true and returns its value; the last value when time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(0.01)


class Case(unittest.TestCase):
    """A test with a folder of its own, self.folder. When it ends no worker below that folder may be left."""

    maxDiff = None
    orphan_seconds = 0  # how long workers may take to go after the last command; a killed coordinator needs some

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="membench-e2e-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def tearDown(self):
        self.assert_no_workers(self.orphan_seconds)

    def assert_no_workers(self, seconds=0):
        """No worker started from this test's folder is alive, at the latest after so many seconds."""
        wait_until(lambda: not workers_below(self.folder), seconds)
        left = workers_below(self.folder)
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, [], "workers left running")

    def env(self, **changes):
        return environment(self.folder, **changes)

    def membench(self, *args, env=None, input=None, cwd=None, **more):
        """Runs the coordinator in the test's folder."""
        return run([MEMBENCH, *args], cwd or self.folder, env, input, **more)

    def forget_libraries(self, name="main"):
        """As a membench wrote a baseline that did not know what programs load: of the same program, too, three samples are
        taken."""
        path = self.folder / "baselines" / f"{name}.json"
        path.write_text(re.sub(r'\s*"libraries":\s*"[0-9a-f]{16}",', "", path.read_text()))

    def on_terminal(self, run, *args, env=None):
        """What run(*args) returns, given a terminal for each of its streams, and all that was written to it."""
        ours, theirs = pty.openpty()
        text = []

        def drain():
            with contextlib.suppress(OSError):  # the other end is closed
                while piece := os.read(ours, 65536):
                    text.append(piece)

        reader = threading.Thread(target=drain)
        reader.start()
        try:
            result = run(*args, env={**(env or self.env()), "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs)
        finally:
            os.close(theirs)
            reader.join()
            os.close(ours)
        return result, decode(b"".join(text))

    def expect(self, code, *args, **more):
        """Runs the coordinator and demands that exit code."""
        result = self.membench(*args, **more)
        self.assertEqual(result.code, code, f"membench {' '.join(map(str, args))}: {result}")
        return result

    def measure(self, name, code, *args, **more):
        """Runs the coordinator on one bench program by name, without times and quiet about nothing."""
        return self.expect(code, "--program", program(name), "--no-time", *args, **more)

    def write(self, name, text):
        """Writes a file of the test's folder and returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.folder / name).read_bytes()

    def load(self, name):
        return json.loads(self.read(name))

    def script(self, name, text):
        """An executable script of the test's folder."""
        path = self.write(name, text)
        path.chmod(0o755)
        return path

    def golden(self, name, text, *hidden):
        """Compares text with golden/cli/<name>. Paths of the build and of the test's folder are written as <build> and
        <folder>; hidden holds (regular expression, replacement) pairs for what else differs from run to run."""
        text = text.replace(str(BUILD), "<build>").replace(str(self.folder), "<folder>")
        for pattern, replacement in hidden:
            text = re.sub(pattern, replacement, text)
        path = GOLDEN / name
        if REFRESH:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        if not path.exists():
            self.fail(f"{path.relative_to(SOURCE)} is missing; MEMBENCH_REFRESH_GOLDEN=1 writes it. Text:\n{text}")
        wanted = path.read_text(encoding="utf-8")
        if wanted != text:
            lines = difflib.unified_diff(wanted.splitlines(True), text.splitlines(True), "golden/cli/" + name, "now")
            self.fail("differs from the golden file (MEMBENCH_REFRESH_GOLDEN=1 accepts it):\n" + "".join(lines))


def load_check_recipes():
    """ci/check-recipes as a module: it knows what output is as shown."""
    loader = importlib.machinery.SourceFileLoader("check_recipes", str(SOURCE / "ci" / "check-recipes"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_recipes", loader))
    loader.exec_module(module)
    return module


def follow(case, document, env, replaced=None, relax=lambda shown: shown):
    """Does in case.folder what a document says, by the rules of ci/check-recipes, with `cd` between commands; replaced
    holds other commands for some. Returns how many commands were run."""
    recipes = load_check_recipes()
    place, code, count, last = case.folder, 0, 0, None
    for above, block in recipes.read_recipe(document)[2]:
        if recipes.apply(place, above, block) is not None:
            continue
        for entry in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, shown = entry.partition("\n")
            if command == "echo $?":
                case.assertEqual(shown.strip(), str(code), last)
                code = 0
                continue
            case.assertEqual(code, 0, last)
            if command.startswith("cd "):
                place = place / command[3:]
                continue
            last = run(["bash", "-c", (replaced or {}).get(command, command)], place, env, timeout=300)
            code, count = last.code, count + 1
            if shown:
                shown = relax(shown)
                case.assertTrue(recipes.is_as_shown(shown, last.stdout), f"$ {command}\n{last}\ninstead of\n{shown}")
    case.assertEqual(code, 0, last)
    return count


def need_program(name):
    """Skips a test class or function, with the reason, when a bench program was not built."""
    return unittest.skipUnless(os.access(program(name), os.X_OK), f"bench program {name} was not built")


def main():
    if not os.access(MEMBENCH, os.X_OK):
        sys.exit(f"{MEMBENCH} is missing: build first, or set MEMBENCH_BUILD_DIR")
    unittest.main()
