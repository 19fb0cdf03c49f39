"""What the campaign's rows share: a folder with everything a command may need, one command run in a copy of it, and
what is compared: exit code, both streams and every file, without what differs from run to run."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "harness" / "tests" / "e2e"))
TIMEOUT_SECONDS = 60  # of one command, which takes a second at most: a hang is a failure

FORMATS = ("text", "side", "markdown", "comment", "html", "csv", "json", "ndjson", "junit", "github", "gbench",
           "smaller-is-better", "bencher", "gobench", "criterion", "openmetrics")  # fmt: skip

# What two unbroken runs may differ in.
VARYING = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([+-]\d\d:?\d\d|Z)?", "DATE"),
    (r"journal-\d+", "journal-PID"),
    (r"\b\d+(\.\d+)? (s|ms|us|min)\b", "TIME"),
    (r"\b\d\d:\d\d:\d\d\b", "CLOCK"),
    (r" \d{10}$", " STAMP"),
    # A fact of the machine that cannot be read is called unknown, and of a program without a readable build id a hash.
    (r'"thp_mode","value":"[^"]*"', '"thp_mode","value":"SAID"'),
    (r'"build_id":"[^"]*"', '"build_id":"SAID"'),
    # Of the samples under other conditions one may be lost: how many there are is said where they are.
    (r'"count":[45]\b', '"count":FEW'),
    (r'"(baseline_)?n": ?[45]\b', '"n":FEW'),
    (r'"(mtime|seconds|time_seconds|created)": ?[\d.]+', "SECONDS"),
)


class Outcome:
    """How a command ended: code, stdout, stderr and files, {name: bytes}."""

    def __init__(self, code, stdout, stderr, files):
        self.code, self.stdout, self.stderr, self.files = code, stdout, stderr, files

    def said(self):
        return self.code, self.stdout, self.files


class Wrong(Exception):
    """What was not as it must be, in one line."""


class Skipped(Exception):
    """Why a row cannot be tried here."""


class Command:
    """One command line of the sweep. args may hold {build}. varies: patterns of what differs between two runs."""

    def __init__(self, name, *args, code=0, stop_after=None, most=None, cwd=".", varies=()):
        self.name, self.args, self.code, self.stop_after, self.most = name, args, code, stop_after, most
        self.cwd, self.varies = cwd, varies


class Scene:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.membench = self.build / "bin" / "membench"
        self.library = self.build / "e2e" / "libfail-once.so"
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="membench-campaign-")).resolve()
        self.template = self.root / "template"
        self.template.mkdir()
        self.numbers = iter(range(1 << 62))

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def program(self, name):
        return str(self.build / "bench" / name)

    def environment(self, folder, **more):
        variables = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                     "TMPDIR": str(folder.parent / "tmp"), "GIT_CONFIG_NOSYSTEM": "1"}  # fmt: skip
        variables.update({name: str(value) for name, value in more.items()})
        return variables

    def words(self, command):
        return [str(self.membench), *(a.format(build=self.build) for a in command.args)]

    def copy(self):
        """A fresh copy of the template in a folder of its own, with an empty folder for temporary files next to it."""
        around = self.root / f"try-{next(self.numbers)}"
        (around / "tmp").mkdir(parents=True)
        shutil.copytree(self.template, around / "here", symlinks=True)
        return around / "here"

    def prepare(self, *args, cwd=None, code=0):
        """A step of making the template."""
        folder = cwd or self.template
        (self.root / "tmp").mkdir(exist_ok=True)
        done = subprocess.run(
            [str(self.membench), *args], cwd=folder, env=self.environment(self.template), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT_SECONDS, text=True,
        )  # fmt: skip
        if done.returncode != code:
            sys.exit(f"campaign: membench {' '.join(args)} gave {done.returncode}, not {code}:\n{done.stdout}")

    def clean(self, data, folder, command):
        text = data.decode("utf-8", "backslashreplace").replace(str(folder), "FOLDER").replace(str(folder.parent), "AROUND")
        for pattern, instead in (*VARYING, *command.varies):
            text = re.sub(pattern, instead, text, flags=re.M)
        return text

    def files(self, folder, command):
        """Every file but those of .membench, which is the coordinator's own, and git's; databases by what is in them."""
        found = {}
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_dir() or name.startswith((".membench/journal", ".membench/last", ".git/")):
                continue
            if name.endswith(("-wal", "-shm", "-journal")):
                continue
            found[name] = self.rows(path) if name.endswith(".db") else self.clean(path.read_bytes(), folder, command)
        # One that says whose it was goes with the next run; the row of killed processes looks whether it does.
        left = [p.name for p in (folder.parent / "tmp").iterdir() if not (p / ".membench-lock").exists()]
        if left:
            found["TMPDIR"] = " ".join(left)
        return found

    @staticmethod
    def plain(text):
        """Where no locale can be read, text and its curves are ASCII."""
        text = text.replace("←", "<-").replace("→", "->").replace("…", "..")
        return re.sub(r"[^\x00-\x7f]", "#", re.sub(r"[-+|^~*]", "#", text))

    @staticmethod
    def rows(path):
        """Rows of all tables of a history, in order: the file's bytes depend on how often it was written."""
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1")]
            return repr([(t, sorted(map(repr, database.execute(f'SELECT * FROM "{t}"')))) for t in tables])

    def run(self, command, before=(), folder=None, keep=False, **variables):
        """Runs the command in a copy of the template and returns its Outcome. before: words in front, such as strace."""
        here = folder or self.copy()
        try:
            process = subprocess.Popen(
                [*before, *self.words(command)], cwd=here / command.cwd, env=self.environment(here, **variables),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            try:
                out, err = self.ends(process, command)
            except subprocess.TimeoutExpired as over:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                raise Wrong(f"no end after {TIMEOUT_SECONDS} s") from over
            clean = [self.plain(self.clean(data, here, command)) for data in (out, err)]
            return Outcome(process.returncode, *clean, self.files(here, command))
        finally:
            if not keep:
                shutil.rmtree(here.parent, ignore_errors=True)

    @staticmethod
    def ends(process, command):
        """A command that goes on for ever is asked to end when it has said what it is to say."""
        if command.stop_after is None:
            return process.communicate(timeout=TIMEOUT_SECONDS)
        out = b""
        for line in process.stdout:
            out += line
            if re.search(command.stop_after.encode(), line):
                process.send_signal(signal.SIGINT)
                break
        rest, err = process.communicate(timeout=TIMEOUT_SECONDS)
        return out + (b"" if out else rest), err


SAID = re.compile(r"out of memory|memory was out|cannot allocate|Cannot allocate|not compared|missing|FAILED|Not measured|not known|not kept", re.I)


def judge(unbroken, outcome, template):
    """Raises Wrong unless the outcome is the unbroken one, or a failure that says so and loses nothing. What was green
    must be green to the byte; what was red must stay red, or fail."""
    if outcome.code < 0:
        # elfutils end the process when they get no memory; the verdict is not lost silently, and the last words say it.
        if "elfutils crashed" in outcome.stderr:
            return
        raise Wrong(f"ended by signal {-outcome.code}: {outcome.stderr[-300:]}")
    if "TMPDIR" in outcome.files and "libdw" not in outcome.stderr:
        raise Wrong(f"left in TMPDIR: {outcome.files['TMPDIR']}")
    is_said = outcome.code == unbroken.code and SAID.search(outcome.stderr + outcome.stdout)
    for name, text in outcome.files.items():
        if re.search(r"\.tmp$|XXXXXX", name):
            raise Wrong(f"left {name}")
        if name in template and outcome.code != 1 and not is_said and text not in (unbroken.files.get(name), template.get(name)):
            raise Wrong(f"{name} is neither the old file nor the new one: {difference(unbroken, outcome)}")
        if name not in template and name in unbroken.files and outcome.code == 0 and not is_said and text != unbroken.files[name]:
            raise Wrong(f"{name} differs: {difference(unbroken, outcome)}")
    for name in template:
        if name not in outcome.files and name in unbroken.files:
            raise Wrong(f"{name} is gone")
    if outcome.code == unbroken.code and outcome.said() == unbroken.said():
        return
    said = outcome.stderr + outcome.stdout
    if outcome.code == 1 and (outcome.stderr.strip() or SAID.search(said)):
        return
    if outcome.code != 0 and outcome.code in (unbroken.code, 5) and SAID.search(said):
        return
    if outcome.code == 0 == unbroken.code and re.search("Not measured:|not kept:", outcome.stdout):
        return  # a metric without a value, or call sites that are not kept, with the reason
    raise Wrong(f"exit code {outcome.code}, unbroken {unbroken.code}: {difference(unbroken, outcome)}")


def difference(unbroken, outcome):
    """Where two outcomes part, in a line."""
    pairs = [("stdout", unbroken.stdout, outcome.stdout), ("stderr", unbroken.stderr, outcome.stderr)]
    pairs += [(n, unbroken.files.get(n, ""), outcome.files.get(n, "")) for n in sorted({*unbroken.files, *outcome.files})]
    parts = []
    for name, old, new in pairs:
        if old == new:
            continue
        at = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
        parts.append(f"{name} at {at}: {old[max(0, at - 30) : at + 60]!r}, now {new[max(0, at - 30) : at + 60]!r}")
    return "; ".join(parts)[:600]


def in_parallel(function, items, workers):
    """[function(item)] in order, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))
