"""Rows of the campaign in which processes are killed, hide, or are handed what is hostile."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import common
from campaign_scene import Command, Wrong, in_parallel

EARLY_LOCK = ".membench-lock-"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
RUN = ("--no-time", "--jobs", "2", "--seed", "7", "--warm-up-iterations", "300", "memory_job_creation/(10|50)$")


def killed_commands():
    jobs = "{build}/bench/jobs"
    return (
        Command("run", "-p", jobs, *RUN, "--save-baseline", "main"),
        Command("ab", "ab", jobs, jobs, *RUN, "-o", "run.json"),
        Command("where", "where", "-p", jobs, "memory_job_creation/10"),
        Command("exec", "exec", "--runs", "20", "-o", "run.json", "--", "/bin/sleep", "0.02"),
        Command("watch", "watch", "-p", jobs, *RUN),
        Command("soak", "soak", "--run", "30", "--out", "soak", "--", "/bin/sleep", "40"),
        Command("merge", "merge", "shard-1.json", "shard-2.json", "--save-baseline", "main"),
        Command("history", "history", "import", "old.json", "--commit", "c9"),
        Command("bisect", "bisect", "memory_job_creation/10", "--metrics", "heap", "--good", "good", "--", "sh", "build.sh", cwd="tree"),
    )  # fmt: skip


def check_files(folder):
    for path in folder.rglob("*"):
        if path.suffix == ".json" and path.is_file():
            try:
                json.loads(path.read_bytes())
            except ValueError as error:
                raise Wrong(f"{path.name} is torn: {error}") from error
        if path.suffix == ".tmp":
            raise Wrong(f"{path.name} is left")


def kill_once(scene, command, chance):
    """One kill at a random moment, and everything that must be so afterwards."""
    here, number, victim = scene.copy(), chance.choice(SIGNALS), chance.choice(("coordinator", "coordinator", "guard", "worker"))
    longest = 2.0 if command.name == "bisect" else 0.6
    process = subprocess.Popen(scene.words(command), cwd=here / command.cwd, env=scene.environment(here), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        time.sleep(chance.random() * longest)
        target = process.pid
        if victim != "coordinator":
            others = [pid for pid, name in common.processes_below(here.parent) if pid != process.pid and (name == "membench-guard") == (victim == "guard")]
            target = others[0] if others else process.pid
        try:
            os.kill(target, number)
        except ProcessLookupError:
            pass
        if command.name in ("watch", "soak") and target != process.pid:
            time.sleep(0.1)
            process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired as over:
            raise Wrong(f"no end 30 s after {signal.Signals(number).name} of the {victim}") from over
        common.wait_until(lambda: not common.processes_below(here.parent), 5)
        left = common.processes_below(here.parent)
        if left:
            raise Wrong(f"left running after {signal.Signals(number).name} of the {victim}: {left}")
        after_kill(scene, here, command)
    except Wrong as error:
        return f"{command.name}: {error}"
    finally:
        for pid, _ in common.processes_below(here.parent):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(here.parent, ignore_errors=True)
    return None


def after_kill(scene, here, command):
    """The next run is not in the way of what is left, and takes it away."""
    torn = [p for p in here.rglob(".*.tmp")]
    for path in torn:  # of a writer that was killed: the file itself is the old one
        path.unlink()
    check_files(here)
    if command.name == "run":
        again = Command("run", *command.args, *(["--resume"] if list((here / ".membench").glob("journal-*")) else []))
    elif command.name == "history":
        again = command
    else:
        again = Command("where", "where", "-p", "{build}/bench/jobs", "memory_job_creation/10")
    outcome = scene.run(again, folder=here, keep=True)
    if outcome.code != 0 and "no interrupted run" not in outcome.stderr:
        raise Wrong(f"the next run gave {outcome.code}: {outcome.stderr[:300]}")
    check_files(here)
    # One of who was killed before it was locked goes after a minute: it is empty, or has the lock's first name alone.
    left = {p.name: [f.name for f in p.iterdir()] for p in (here.parent / "tmp").iterdir()}
    left = {name: files for name, files in left.items() if files not in ([], [EARLY_LOCK])}
    if left and outcome.code == 0 and again.name != "history":
        raise Wrong(f"temporary files are left after the next run: {left}")


def kills(scene, count, workers):
    """(tried, [what was wrong])."""
    chance, all_commands = random.Random(3), killed_commands()
    points = [(all_commands[i % len(all_commands)], random.Random(chance.random())) for i in range(count)]
    found = in_parallel(lambda point: kill_once(scene, *point), points, workers)
    return count, [text for text in found if text is not None]


# Ways in which a child may try to outlive its sample; "$0" is a shell that does so, and the marker is in its folder.
HIDING = {
    "double fork": "(sh -c 'sleep 30 & exit' &)",
    "setsid": "setsid sleep 30 &",
    "setsid, twice": "setsid sh -c 'setsid sleep 30 & exit' &",
    "closed descriptors": "setsid sh -c 'exec 0<&- 1>&- 2>&- 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec sleep 30' &",
    "no environment": "setsid env -i /bin/sleep 30 &",
    "no environment, double fork": "(setsid env -i /bin/sh -c '/bin/sleep 30 & exit' &)",
    "forks while it is looked for": "setsid sh -c 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); sleep 30 & done; exit' &",
    "ignores SIGTERM": "setsid sh -c 'trap \"\" TERM INT HUP; sleep 30' &",
}


def escape_once(scene, point):
    name, kill = point
    here = scene.copy()
    program = here / "hides"
    listing = r"""'{"event":"hello","protocol":1}' '{"event":"case","id":"a/b"}' '{"event":"done","outcome":"ok"}'"""
    program.write_text(
        f"#!/bin/sh\nif [ \"$MEMBENCH_ACTION\" = list ]; then\n printf '%s\\n' {listing} >/proc/self/fd/$MEMBENCH_FD\n exit\nfi\n"
        f"{HIDING[name]}\n" + ("sleep 30\n" if kill else "exit 0\n")
    )
    program.chmod(0o755)
    words = [str(scene.membench), "-p", "./hides", "--no-time", "--passes", "pages", "--jobs", "1", "--sample-size", "1"]
    process = subprocess.Popen(words, cwd=here, env=scene.environment(here), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        if kill:
            common.wait_until(lambda: len(common.processes_below(here.parent)) >= 4, 5)
            process.send_signal(kill)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            return f"{name}: no end"
        common.wait_until(lambda: not common.processes_below(here.parent), 5)
        left = common.processes_below(here.parent)
        return f"{name}, {signal.Signals(kill).name if kill else 'by itself'}: left running: {left}" if left else None
    finally:
        for pid, _ in common.processes_below(here.parent):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(here.parent, ignore_errors=True)


def escapes(scene, count, workers):
    """(tried, [what was wrong]): 0 orphans. A child without its environment, whose parents are gone, of a coordinator
    that was killed with SIGKILL carries nothing by which it could be known: that one way is left out, and documented."""
    ways = [(name, kill) for name in HIDING for kill in (0, signal.SIGTERM, signal.SIGKILL)
            if not (name.startswith("no environment") and kill == signal.SIGKILL)]  # fmt: skip
    points = [ways[i % len(ways)] for i in range(count)]
    found = in_parallel(lambda point: escape_once(scene, point), points, workers)
    return count, [text for text in found if text is not None]


NAMES = ("=1+1", "+cmd", "-2", "@SUM(A1)", "a\tb", "\x1b[31mred", "a\r\nb", "::error::x", "\u202egnp.exe", "a,b\"c", "\x07")
BAD_NUMBERS = ("01", "4096.", "1e", "+1", "9007199254740993", "0x10", "1_000", "NaN", "-")


def hostile(scene, _, workers):
    """(tried, [what was wrong]): names, numbers and files that nobody sane would hand over."""
    here = scene.copy()
    points = []
    try:
        for index, name in enumerate(NAMES):
            text = json.dumps(json.loads(common.stored({f"g/{index}": {"steady_heap_live_bytes": 1}})))
            (here / f"name-{index}.json").write_text(text.replace(f'"g/{index}"', json.dumps(name)).replace('"group": "g"', '"group": ' + json.dumps(name)))
            for form in ("text", "csv", "junit", "github", "markdown", "html", "json"):
                points.append((("report", f"name-{index}.json", "--format", form), form))
        for index, number in enumerate(BAD_NUMBERS):
            text = common.stored({"g/a": {"steady_heap_live_bytes": 1}}).replace('"value": 1,', f'"value": {number},')
            (here / f"number-{index}.json").write_text(text)
            points.append((("report", f"number-{index}.json"), "refused"))
        os.mkfifo(here / "fifo")
        for path in ("/dev/zero", "/dev/full", "fifo", ".", "/proc/self/mem", "/dev/null"):
            for words in (("report", path), ("compare", path, "old.json"), ("merge", path), ("soak", "--judge", path), ("estimate", path),
                          ("history", "import", path), ("explain", path, "old.json", "x"), ("-p", path)):  # fmt: skip
                points.append((words, "refused"))

        def tries(point):
            words, wanted = point
            start = time.monotonic()
            try:
                done = subprocess.run([str(scene.membench), *words], cwd=here, env=scene.environment(here), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, check=False)  # fmt: skip
            except subprocess.TimeoutExpired:
                return f"{' '.join(words)}: no end"
            said = done.stderr.decode("utf-8", "replace")
            if done.returncode < 0 or time.monotonic() - start > 15:
                return f"{' '.join(words)}: exit code {done.returncode} after {time.monotonic() - start:.0f} s"
            if wanted == "refused":
                fine = done.returncode in (1, 2, 5) and re.fullmatch(r"membench: [^\n]+\n", said)
                return None if fine else f"{' '.join(words)}: exit code {done.returncode}: {said[:200]!r}"
            return check_output(wanted, words, done)

        found = in_parallel(tries, points, workers)
        found.append(too_many_cases(scene, here))
    finally:
        shutil.rmtree(here.parent, ignore_errors=True)
    return len(points) + 1, [text for text in found if text is not None]


def check_output(form, words, done):
    """What was said of a file whose names are hostile: refused in one line, or shown without doing harm."""
    out = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace")
        return None if re.fullmatch(r"membench: [^\n]+\n", said) and "\x1b" not in said else f"{' '.join(words)}: {said[:200]!r}"
    if "\x1b" in out or "\x07" in out:
        return f"{' '.join(words)}: a control character comes through"
    if form == "csv" and any(cell[:1] in tuple("=+@") for line in out.split("\n")[1:] for cell in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', line)):
        return f"{' '.join(words)}: a cell begins a formula: {out[:300]!r}"
    if form in ("text", "markdown") and re.search(r"(?m)^::", out):
        return f"{' '.join(words)}: a line is a command to a CI"
    if form in ("text", "junit", "markdown", "html") and "\u202e" in out:
        return f"{' '.join(words)}: a character that turns text around comes through"
    return None


def too_many_cases(scene, here):
    """A program that lists 10^6 cases."""
    program = here / "many"
    program.write_text(
        "#!/bin/sh\n(printf '%s\\n' '{\"event\":\"hello\",\"protocol\":1}'; "
        "seq 1 1000000 | sed 's/.*/{\"event\":\"case\",\"id\":\"a\\/&\"}/'; "
        "printf '%s\\n' '{\"event\":\"done\",\"outcome\":\"ok\"}') >/proc/self/fd/$MEMBENCH_FD\n"
    )
    program.chmod(0o755)
    done = subprocess.run([str(scene.membench), "-p", "./many", "--list"], cwd=here, env=scene.environment(here), check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)  # fmt: skip
    said = done.stderr.decode("utf-8", "replace")
    return None if done.returncode == 1 and re.search(r"\d", said) else f"10^6 cases: exit code {done.returncode}: {said[:200]!r}"
