"""Rows of the campaign in which one allocation or one system call of the coordinator fails."""

import os
import random
import shutil
import subprocess
import tempfile

import common
from campaign_scene import FORMATS, Command, Skipped, Wrong, difference, in_parallel, judge

HEAP = "steady_heap_live_bytes"
FEW = ("--no-time", "--passes", "heap", "--jobs", "1", "--seed", "1", "--sample-size", "2")
CHANGING = ((r"\b[\d.]+ (KiB|MiB|B|%)|[-+±]?[\d.]+%|[+]?\b\d+(\.\d+)?\b", "N"), (r"( N| TIME)+", " N"), (r" +", " "), (r"-{2,}|─+", "-"))


def git(folder, *args):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
                   "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}  # fmt: skip
    words = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", *args]
    subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def make_template(scene):
    """Everything the commands below read."""
    folder, jobs, grown = scene.template, scene.program("jobs"), scene.program("jobs-grown")
    few = "memory_job_creation/(10|50|100|200)$"
    scene.prepare("-p", jobs, *FEW, few, "-o", "old.json")
    scene.prepare("-p", jobs, *FEW[:-2], few, "--save-baseline", "main")
    scene.prepare("-p", grown, *FEW, few, "-o", "new.json")
    scene.prepare("-p", scene.program("truth"), "--no-time", "--quick", "truth_marks|truth_malloc", "-o", "marks.json")
    for part in (1, 2):
        scene.prepare("-p", jobs, *FEW, "--shard", f"{part}/2", "-o", f"shard-{part}.json", few)
    for day, value in enumerate((1000, 1000, 1000, 1000, 2000, 2000, 2000, 2000)):
        (folder / "day.json").write_text(common.stored({"g/a": {HEAP: value}}, date=f"2026-01-{day + 1:02}T00:00:00+00:00"))
        scene.prepare("history", "import", "--commit", f"c{day}", "--branch", "main", "day.json")
    soak = "".join(f"{10 * i},{40000000 + 4096 * i}\n" for i in range(400))
    (folder / "soak.csv").write_text("time_s,rss_bytes\n" + soak)
    shutil.copy(scene.build / "bench" / "wasm-modules" / "hostloop.wasm", folder / "module.wasm")
    (folder / "tree").mkdir()
    git(folder / "tree", "init", "-q", "-b", "main")
    for step in range(3):
        (folder / "tree" / "build.sh").write_text(f"cp '{grown if step == 2 else jobs}' my_bench # {step}\n")
        git(folder / "tree", "add", "build.sh")
        git(folder / "tree", "commit", "-q", "-m", f"area: step {step}")
    git(folder / "tree", "tag", "good", "HEAD~2")


def commands():
    """Every command that judges, shows or keeps numbers."""
    jobs, grown = "{build}/bench/jobs", "{build}/bench/jobs-grown"
    ten = "memory_job_creation/10$"
    found = [
        Command("run", "-p", jobs, *FEW, ten, "-o", "run.json"),
        Command("run --baseline", "-p", jobs, *FEW[:-2], ten, "--baseline", "main"),
        Command("run --baseline, grown", "-p", grown, *FEW[:-2], ten, "--baseline", "main", "-o", "run.json", code=3),
        Command("run --save-baseline", "-p", grown, *FEW, ten, "--save-baseline", "main"),
        Command("run --list", "-p", jobs, "--list"),
        Command("run --test", "-p", jobs, "--test", ten),
        Command("ab", "ab", jobs, jobs, *FEW[:-2], ten, "-o", "run.json"),
        Command("ab, grown", "ab", jobs, grown, *FEW[:-2], ten, "--format", "json", code=3),
        Command("merge", "merge", "shard-1.json", "shard-2.json", "--baseline", "main", "-o", "run.json"),
        Command("soak --judge", "soak", "--judge", "soak.csv", code=3),
        Command("soak --judge --out", "soak", "--judge", "soak.csv", "--out", "judged", code=3),
        Command("exec", "exec", "--runs", "2", "--", "/bin/true", varies=CHANGING),
        Command("history record", "history", "record", "old.json", "--commit", "c9"),
        Command("history import", "history", "import", "marks.json", "--commit", "c9"),
        Command("history list", "history", "list"),
        Command("history show", "history", "show", "g/a", "--metrics", "heap"),
        Command("history show json", "history", "show", "g/a", "--format", "json"),
        Command("history show html", "history", "show", "g/a", "--format", "html", "-o", "curve.html"),
        Command("history changes", "history", "changes"),
        Command("history prune", "history", "prune", "--keep", "3"),
        Command("bisect", "bisect", "memory_job_creation/10", "--metrics", "heap", "--good", "good", "--", "sh", "build.sh",
                cwd="tree", most=24),
        Command("where", "where", "-p", jobs, "memory_job_creation/10"),
        Command("where pprof", "where", "-p", jobs, "memory_job_creation/10", "--format", "json"),
        Command("watch", "watch", "-p", jobs, *FEW[:-2], ten, stop_after=r"memory_job_creation/10", most=60),
        Command("explain", "explain", "old.json", "new.json", "memory_job_creation/10", "heap"),
        Command("estimate", "estimate", "module.wasm"),
        Command("baseline list", "baseline", "list"),
        Command("baseline show", "baseline", "show", "main"),
        Command("baseline rm", "baseline", "rm", "main"),
        Command("init", "init", "fresh"),
        Command("completion", "completion", "bash"),
        Command("manual", "manual", "ab"),
    ]
    for name in FORMATS:
        out = ("-o", "folder") if name == "criterion" else ()
        found.append(Command(f"compare {name}", "compare", "old.json", "new.json", "--format", name, *out))
        found.append(Command(f"report {name}", "report", "marks.json", "--format", name, *out))
    found.append(Command("report --verbose", "report", "marks.json", "--verbose"))
    found.append(Command("report --baseline", "report", "new.json", "--baseline", "main", "--format", "html", "-o", "r.html"))
    return found


def unbroken_runs(scene, command, **variables):
    """What the command says and leaves when nothing fails, and how many allocations it makes."""
    with tempfile.NamedTemporaryFile(dir=scene.root) as count:
        first = scene.run(command, LD_PRELOAD=scene.library, FAIL_ONCE_COUNT=count.name, **variables)
        second = scene.run(command)
        text = open(count.name, encoding="utf-8").read()
    if first.code != command.code:
        raise Wrong(f"exit code {first.code}, must be {command.code}: {first.stderr[:200]}")
    if first.said() != second.said() or first.stderr != second.stderr:
        raise Wrong(f"two unbroken runs differ: {difference(first, second)}")
    return first, int(text or 0)


def template_files(scene, command):
    folder = scene.copy()
    try:
        return scene.files(folder, command)
    finally:
        shutil.rmtree(folder.parent)


def allocations(scene, share, workers):
    """(tried, [what was wrong]): each allocation of each command fails once. share: of the points, 1 for all."""
    chance = random.Random(1)
    tried, wrong = 0, []
    for command in commands():
        try:
            unbroken, count = unbroken_runs(scene, command)
        except Wrong as error:
            wrong.append(f"{command.name}: {error}")
            continue
        template = template_files(scene, command)
        most = min(count, command.most or count, max(1 if share >= 0.001 else 0, round(count * share)))
        points = sorted(chance.sample(range(1, count + 1), most))

        def fails(number):
            try:
                outcome = scene.run(command, LD_PRELOAD=scene.library, FAIL_ONCE_AT=number)
                judge(unbroken, outcome, template)
            except Wrong as error:
                return f"{command.name}: allocation {number} of {count}: {error}"
            return None

        found = [text for text in in_parallel(fails, points, workers) if text is not None]
        tried, wrong = tried + len(points), wrong + found
        if os.environ.get("CAMPAIGN_VERBOSE"):
            print(f"{command.name}: {count} allocations, {len(points)} tried, {len(found)} wrong", flush=True)
    return tried, wrong


# What the coordinator calls, and with what each may fail.
CALLS = (
    ("write", "ENOSPC EIO EINTR"), ("openat", "ENOSPC EIO EMFILE EINTR"), ("rename", "ENOSPC EIO"), ("fsync", "ENOSPC EIO EINTR"),
    ("ppoll,poll", "EINTR ENOMEM"), ("clone,clone3,vfork", "EAGAIN ENOMEM"), ("pipe2", "EMFILE"), ("mmap", "ENOMEM"),
    ("pread64", "EIO EINTR"), ("read", "EIO EINTR"), ("waitid", "EINTR EINVAL"), ("fstat,newfstatat", "EIO"), ("mkdir", "ENOSPC"),
)  # fmt: skip

CALLING = ("run", "run --baseline, grown", "run --save-baseline", "ab", "merge", "soak --judge", "history record", "history show",
           "where", "explain", "baseline show", "init", "compare text", "report html")  # fmt: skip


def system_calls(scene, most, workers):
    """(tried, [what was wrong]): up to `most` calls of each kind of each command fail once, by strace. Only what the
    command's own process calls: what it starts is another program."""
    if shutil.which("strace") is None:
        raise Skipped("strace is missing (Debian: strace)")
    chance = random.Random(2)
    tried, wrong = 0, []
    # Not those of the loader, which is not ours, and which crashes where it gets no memory.
    loading = {calls: count_calls(scene, Command("version", "--version"), calls) for calls, _ in CALLS if calls != "write"}
    called = [c for c in commands() if c.name in CALLING]
    for command in called if most >= 1 else chance.sample(called, round(most * len(called))):
        unbroken, _ = unbroken_runs(scene, command)
        template = template_files(scene, command)
        points = []
        for calls, errors in CALLS:
            count, first = count_calls(scene, command, calls), loading.get(calls, 0) + 1
            numbers = range(first, count + 1)
            numbers = chance.sample(numbers, min(max(1, int(most)), len(numbers)))
            points += [(calls, chance.choice(errors.split()), number) for number in numbers]

        def fails(point):
            calls, error, number = point
            with tempfile.NamedTemporaryFile(dir=scene.root) as log:
                before = ["strace", "-q", "-o", log.name, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={number}"]
                try:
                    judge_call(unbroken, scene.run(command, before), template)
                except Wrong as wrong_one:
                    return f"{command.name}: call {number} of {calls}: {error}: {wrong_one}"
            return None

        found = [text for text in in_parallel(fails, points, workers) if text is not None]
        tried, wrong = tried + len(points), wrong + found
        if os.environ.get("CAMPAIGN_VERBOSE"):
            print(f"{command.name}: {len(points)} calls tried, {len(found)} wrong", flush=True)
    if tried == 0:
        raise Skipped("strace may not trace here")
    return tried, wrong


def count_calls(scene, command, calls):
    with tempfile.NamedTemporaryFile(dir=scene.root) as log:
        scene.run(command, ["strace", "-q", "-o", log.name, "-e", f"trace={calls}"])
        return sum("(" in line for line in log.read().decode("utf-8", "replace").splitlines())


def judge_call(unbroken, outcome, template):
    """As judge; but the loader of programs also makes calls, and ends with words and a code of its own."""
    if outcome.code == 127 and outcome.stderr.strip():
        return
    if outcome.code not in (0, 3) and outcome.stderr.strip():
        outcome.files.pop("TMPDIR", None)  # what could not be removed
        outcome = type(outcome)(1, outcome.stdout, outcome.stderr, outcome.files)
    judge(unbroken, outcome, template)


def open_files(scene, count, workers):
    """(tried, [what was wrong]): each limit of open files, one and eight samples at a time; told to end, it does."""
    limits = range(8, 65) if count > 50 else (8, 16, 24, 64)
    tried, wrong = 0, []
    points = [(limit, jobs, verb) for limit in limits for jobs in (1, 8) for verb in ("run", "ab")]

    def runs(point):
        limit, jobs, verb = point
        programs = ["-p", scene.program("jobs")] if verb == "run" else ["ab", *2 * [scene.program("jobs")]]
        command = Command(f"{verb} -j {jobs}", *programs, *FEW[:3], "--jobs", str(jobs), "memory_job_creation/10$")
        try:
            outcome = scene.run(command, ["sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"'])
        except Wrong as error:
            return f"{command.name}, {limit} open files: {error}"
        if outcome.code != 0 and not (outcome.code == 1 and outcome.stderr.startswith("membench: ")):
            return f"{command.name}, {limit} open files: exit code {outcome.code}: {outcome.stderr[:200]}"
        return None

    found = [text for text in in_parallel(runs, points, workers) if text is not None]
    return tried + len(points), wrong + found
