"""What people see: text at the widths of terminals, colours and their absence, progress that leaves no trace, plots,
and membench watch. Real terminals are tmux's, of three sizes; without tmux those tests are skipped."""

import itertools
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
import unittest

import common

sys.path.insert(0, str(common.SOURCE / "bench" / "wasm" / "modules"))
import assemble  # noqa: E402

SIZES = ((40, 24), (80, 24), (200, 50))
ESCAPE = "\x1b"
SERVERS = itertools.count()

NEEDS_TMUX = unittest.skipUnless(shutil.which("tmux"), "no tmux (Debian: tmux), so there is no terminal to look at")


def columns(text):
    """Columns that a line takes on a terminal, by Python's own tables."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


class Terminal:
    """A shell in a tmux of its own; the test's folder is its folder."""

    def __init__(self, case, width, height, **changes):
        self.case = case
        self.run_count = 0
        self.socket = case.folder / f"tmux-{next(SERVERS)}"
        env = {"TERM": "xterm-256color", **case.env(), "PS1": "$ ", **changes}
        case.addCleanup(self.tmux, "kill-server", check=False)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "env", "-i",
                  *(f"{name}={value}" for name, value in env.items() if name != "TERM"), f"TERM={env['TERM']}",
                  "sh", "-i")
        self.wait("$")

    def tmux(self, *args, check=True):
        command = ["tmux", "-S", str(self.socket), *args]
        done = subprocess.run(command, cwd=self.case.folder, env=self.case.env(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.TIMEOUT_SECONDS)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {common.decode(done.stderr)}")
        return common.decode(done.stdout)

    def screen(self, *options):
        """What is on the screen; "-S-": and above it; "-J": lines the terminal broke in one piece; "-e": escapes."""
        return self.tmux("capture-pane", "-p", *options)

    def wait(self, text, *options, seconds=common.TIMEOUT_SECONDS):
        found = common.wait_until(lambda: text in self.screen(*options), seconds)
        self.case.assertTrue(found, f"{text!r} never appeared in:\n{self.screen('-S-')}")

    def type(self, command):
        self.tmux("send-keys", "-l", command)
        self.tmux("send-keys", "Enter")

    def run(self, *args):
        """Runs membench to its end; returns its exit code and all lines, those that were broken in one piece."""
        self.run_count += 1
        mark = f"end {self.run_count}: "
        # In a file: the command line itself would fill a narrow screen.
        self.case.script("command", shlex.join([str(common.MEMBENCH), *map(str, args)]) + f"\necho \"{mark}$?\"\n")
        self.type("clear; ./command")
        self.wait(mark, "-S-", "-J")
        lines = [line.rstrip() for line in self.screen("-S-", "-J").split("\n")]
        end = next(i for i, line in enumerate(lines) if line.startswith(mark))
        start = max(i for i, line in enumerate(lines[:end]) if i == 0 or line.endswith("./command")) if end > 0 else 0
        return int(lines[end][len(mark):]), [line for line in lines[start:end] if not line.endswith("./command")]


def old_and_new(case):
    """Two stored runs in which each verdict appears."""
    long_id = "a_group_of_a_long_name/with_a_function_whose_name_is_long/100KB"
    old = {"queue/10": {"steady_anon_delta_bytes": 409600, "steady_heap_live_bytes": 10000},
           "queue/記憶域": {"steady_anon_delta_bytes": 409600, "steady_heap_live_bytes": 0},
           long_id: {"steady_anon_delta_bytes": 819200, "steady_heap_live_bytes": 20000}}
    new = {"queue/10": {"steady_anon_delta_bytes": 819200, "steady_heap_live_bytes": 10000},
           "queue/記憶域": {"steady_anon_delta_bytes": 409600, "steady_heap_live_bytes": 4096},
           long_id: {"steady_anon_delta_bytes": 409600, "steady_heap_live_bytes": 21000}}
    case.write("old.json", common.stored(old))
    case.write("new.json", common.stored(new))


@NEEDS_TMUX
class Widths(common.Case):
    def assert_fits(self, lines, width):
        """No line was broken by the terminal, but for commands, which are there to be copied, and long ids."""
        for line in lines:
            if re.match(r"([a-z ]+:)? +membench |.*with_a_function_whose_name_is_long/100KB\b", line):
                continue
            self.assertLessEqual(columns(line), width, line)

    def test_comparison(self):
        """The same comparison at each size: golden, and no line broken by the terminal."""
        old_and_new(self)
        for width, height in SIZES:
            with self.subTest(width=width):
                code, lines = Terminal(self, width, height).run("compare", "old.json", "new.json")
                self.assertEqual(code, 3)
                self.assert_fits(lines, width)
                self.golden(f"terminal-compare-{width}.txt", "".join(line + "\n" for line in lines))

    def test_measured(self):
        """Every line that a run with a sweep, a list of processes, and a list of baselines print."""
        self.measure("jobs", 0, "--passes", "heap", "--save-baseline", "main")
        for width, height in SIZES:
            with self.subTest(width=width):
                terminal = Terminal(self, width, height)
                program = ("--program", common.program("jobs"))
                for args in ((*program, "--passes", "heap,pages"),
                             (*program, "--passes", "heap", "--baseline", "main"),
                             (*program, "--list"),
                             ("report",),
                             ("baseline", "list"),
                             ("exec", "--runs", "2", "--no-trace", "--name", "nothing", "true")):
                    code, lines = terminal.run(*args)
                    self.assertEqual(code, 0, lines)
                    self.assertGreater(len(lines), 0)
                    self.assert_fits(lines, width)

    def test_doctor(self):
        for width, height in SIZES:
            with self.subTest(width=width):
                code, lines = Terminal(self, width, height).run("doctor")
                self.assertEqual(code, 0)
                self.assert_fits([line for line in lines if "/" not in line], width)  # paths are copied, too


@NEEDS_TMUX
@common.need_program("truth-soak")
class Soak(common.Case):
    def test_one_chart_drawn_over_itself(self):
        """However often it was drawn, one chart is left, also among the lines above the screen, and it fits."""
        args = ("soak", "--program", common.program("truth-soak"), "soak_truth/climb", "--run", "600")
        code, lines = Terminal(self, 40, 24).run(*args, "--time-scale", "300", "--out", "soak")
        self.assertEqual(code, 0, lines)
        self.assertEqual("".join(lines).count("┤"), 2, lines)
        self.assertEqual("\n".join(lines).count(" left"), 1, lines)
        for line in lines:
            self.assertLessEqual(columns(line), 40, line)


@common.need_program("jobs")
class Colours(common.Case):
    def compare(self, **changes):
        old_and_new(self)
        return self.expect(3, "compare", "old.json", "new.json", env=self.env(**changes)).stdout

    def test_a_pipe_has_no_escape_codes_unless_they_are_forced(self):
        plain = self.compare()
        self.assertNotIn(ESCAPE, plain)
        forced = self.compare(CLICOLOR_FORCE="1")
        self.assertIn(ESCAPE + "[1;31m▲ anon +100%", forced)
        self.assertIn(ESCAPE + "[32m▼ anon -50.0%", forced)
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", forced), plain)  # colours say nothing that signs do not
        self.assertNotIn(ESCAPE, self.compare(CLICOLOR_FORCE="1", NO_COLOR="1"))
        self.assertNotIn(ESCAPE, self.compare(CLICOLOR_FORCE="0"))

    @NEEDS_TMUX
    def test_a_terminal_has_colours_unless_they_are_unwanted(self):
        old_and_new(self)
        args = ("compare", "old.json", "new.json")
        raw = "script -qec {} raw > /dev/null"
        if not shutil.which("script"):
            self.skipTest("no script (Debian: bsdutils), which keeps what a terminal gets")
        for changes, more, is_colored in (({}, (), True), ({"NO_COLOR": "1"}, (), False), ({"TERM": "dumb"}, (), False),
                                          ({}, ("--color", "never"), False), ({"NO_COLOR": ""}, (), True)):
            with self.subTest(changes=changes, more=more):
                command = shlex.join([str(common.MEMBENCH), *args, *more])
                variables = self.env(TERM=changes.get("TERM", "xterm"), **{k: v for k, v in changes.items() if k != "TERM"})
                done = common.run(["sh", "-c", raw.format(shlex.quote(command))], self.folder, env=variables)
                self.assertEqual(done.code, 3, done)
                self.assertEqual(ESCAPE.encode() in self.read("raw"), is_colored)


@common.need_program("jobs")
class Plots(common.Case):
    def plot(self, *args, **changes):
        result = self.measure("jobs", 0, "--passes", "heap", "--metrics", "steady_heap", "--verbose", *args, env=self.env(**changes))
        return [line for line in result.stdout.split("\n") if re.search("[┤│└]|^ +([0-9.]+ ([KM]i)?B)? \\||^ +\\+-", line)]

    def test_a_single_sweep_is_drawn(self):
        lines = self.plot()
        self.assertEqual(len(lines), 9)
        self.assertEqual("".join(lines).count("●"), 4)  # 10, 50, 100 and 200 jobs
        self.assertLess(lines[-2].index("●"), lines[0].index("●"))  # up, from left to right

    def test_without_unicode_it_is_ascii(self):
        lines = self.plot(LC_ALL="C", LANG="C")
        self.assertEqual(len(lines), 9)
        self.assertEqual("".join(lines).count("*"), 4)
        "".join(lines).encode("ascii")

    def test_not_for_a_single_case_nor_quietly(self):
        self.assertEqual(self.plot("creation/100$"), [])
        self.assertEqual(self.plot("--quiet"), [])


@NEEDS_TMUX
class Progress(common.Case):
    def held(self, call, shown):
        """Calls membench, with something in it that waits for the file "go", until it has shown that. Returns what is on
        the screen then, and all that is left when it has ended."""
        terminal = Terminal(self, 80, 24)
        self.script("command", f"{common.MEMBENCH} {call}; echo \"end: $?\"\n")
        terminal.type("clear; ./command")
        terminal.wait(shown)
        before = terminal.screen("-J")
        self.write("go", "")
        terminal.wait("end: 0")
        return before, terminal.screen("-S-", "-J")

    def test_it_says_how_long_and_leaves_no_trace(self):
        """The fifth run of a command waits for us: the time left is on the screen till then, and nothing after.
        Each run lasts long enough to be looked at from outside, or the report has less to say of one."""
        self.script("slow", "#!/bin/sh\nsleep 0.05\necho x >> runs\n"
                            "if [ $(wc -l < runs) -ge 5 ]; then until [ -e go ]; do sleep 0.02; done; fi\n")
        for width, height in SIZES:
            with self.subTest(width=width):
                (self.folder / "runs").unlink(missing_ok=True)
                (self.folder / "go").unlink(missing_ok=True)
                terminal = Terminal(self, width, height)
                self.script("command", f"{common.MEMBENCH} exec --no-trace --runs 6 --name slow ./slow; echo \"end: $?\"\n")
                terminal.type("clear; ./command")
                terminal.wait(" left")
                shown = terminal.screen("-J").rstrip("\n").split("\n")
                self.assertEqual(len(shown), 2 if "command" in shown[0] else 1, shown)
                self.assertRegex(shown[-1].rstrip(), r"^1/1  exec/slow .*\d (s|min) left$")
                self.assertLess(columns(shown[-1].rstrip()), width)
                self.write("go", "")
                terminal.wait("end: 0")
                text = terminal.screen("-S-", "-J")
                self.assertNotIn(" left", text)
                self.assertNotIn("1/1  exec", text)
                self.assertRegex(text, r"(?m)^1 case(, 6 samples)?\.$")


    def test_programs_that_take_long_to_list_their_cases(self):
        """The second program waits for us before it answers."""
        self.script("a", f"#!/bin/sh\nexec {common.program('jobs')} \"$@\"\n")
        self.script("b", f"#!/bin/sh\nuntil [ -e go ]; do sleep 0.02; done\nsleep 0.1\nexec {common.program('payloads')} \"$@\"\n")
        before, after = self.held("--program ./a --program ./b --list", "listing ")
        self.assertRegex(before, r"(?m)^[12]/2  listing [ab]( |$)")
        self.assertNotIn("listing", after)

    def test_a_first_sample_that_takes_long(self):
        self.script("slow", "#!/bin/sh\nif [ \"$MEMBENCH_ACTION\" = sample ]; then until [ -e go ]; do sleep 0.02; done; fi\n"
                            f"exec {common.program('jobs')} \"$@\"\n")
        self.held("--program ./slow --no-time 'creation/10$' > out", "1/1  memory_job_creation/10  sample 1 of 3")

    def test_commands_side_by_side(self):
        for options, has_line in (((), True), (("--quiet",), False)):
            code, text = self.on_terminal(lambda *args, **streams: subprocess.run(args, cwd=self.folder, timeout=common.TIMEOUT_SECONDS,
                                                                                  **streams).returncode,
                                          common.MEMBENCH, "ab", "--exec", *options, "sleep 0.01", "sleep 0.02")  # fmt: skip
            self.assertEqual(code, 0, text)
            self.assertEqual("1/1  exec/" in text, has_line, text)
            self.assertEqual("\r\x1b[K" in text, has_line, text)

    def test_the_first_run_is_announced(self):
        """What is slow is on the screen while it runs, not once it has ended."""
        self.script("slow", "#!/bin/sh\nuntil [ -e go ]; do sleep 0.02; done\n")
        _, after = self.held("exec --no-trace --runs 2 --name slow ./slow", "1/1  exec/slow  sample 1 of 2")
        self.assertNotIn("1/1  exec", after)


class Reading(common.Case):
    """Of a stored run with many cases: how far it is, on a terminal alone."""

    PIECE_SECONDS = 0.001

    def slowly(self, *args, env=None, **streams):
        """Runs membench in short pieces with pauses, so that a report takes 2.5 s on any machine."""
        process = subprocess.Popen([common.MEMBENCH, *args], cwd=self.folder, env=env or self.env(), **streams)
        while process.poll() is None:
            for number, seconds in ((signal.SIGCONT, self.PIECE_SECONDS), (signal.SIGSTOP, self.pause_seconds)):
                process.send_signal(number)
                time.sleep(seconds)
        return process.returncode

    def setUp(self):
        super().setUp()
        self.cases = 10000
        self.write("run.json", common.stored({f"queue_{n % 7}/{n}": {"steady_heap_live_bytes": 1000 + n} for n in range(self.cases)}))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.expect(0, "report", "run.json")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.pause_seconds = 2.5 * self.PIECE_SECONDS / used_seconds

    def test_a_line_that_leaves_no_trace(self):
        for verb, passes in ((("compare", "run.json"), ("comparing", "reporting")), (("report",), ("reporting",)),
                             (("history", "import", "--commit", "c1"), ("recording",))):  # fmt: skip
            with self.subTest(verb=verb):
                code, text = self.on_terminal(self.slowly, *verb, "run.json")
                self.assertEqual(code, 0, text[-500:])
                lines = re.findall(r"\r(\d+)/(\d+)  (\w+)(?:  ([^\x1b]*) left)?\x1b\[K", text)
                self.assertEqual({line[2] for line in lines}, set(passes))
                for what in passes:
                    places = [int(line[0]) for line in lines if line[2] == what]
                    self.assertEqual(places, sorted(places))
                self.assertEqual({int(line[1]) for line in lines}, {self.cases})
                self.assertTrue(any(line[3] for line in lines), lines[-5:])
                # What is said in the end begins on a line of its own, erased before.
                self.assertIn("\x1b[K", text)
                last = text[text.rindex("\r\x1b[K"):]
                self.assertNotRegex(last, "comparing|reporting|recording")

    def test_none_in_a_pipe_nor_quietly(self):
        with open(self.folder / "out", "wb") as out:
            self.assertEqual(self.slowly("compare", "run.json", "run.json", stdout=out, stderr=out), 0)
        self.assertNotIn("comparing", (self.folder / "out").read_text())
        code, text = self.on_terminal(self.slowly, "compare", "--quiet", "run.json", "run.json")
        self.assertEqual(code, 0)
        self.assertNotIn("\x1b[K", text)


@common.need_program("jobs-grown")
class Watch(common.Case):
    def setUp(self):
        super().setUp()
        shutil.copy(common.program("jobs"), self.folder / "bench")
        self.args = ("watch", "--program", "./bench", "--passes", "heap", "memory_job_creation/10")

    def build(self, name):
        """A new program as most linkers and cp --remove-destination make it: another file in its place."""
        shutil.copy(common.program(name), self.folder / "bench.new")
        os.replace(self.folder / "bench.new", self.folder / "bench")

    def start(self):
        self.out, self.err = open(self.folder / "out", "wb"), open(self.folder / "err", "wb")
        self.addCleanup(self.out.close)
        self.addCleanup(self.err.close)
        watching = subprocess.Popen([common.MEMBENCH, *self.args], cwd=self.folder, env=self.env(), stdout=self.out,
                                    stderr=self.err, stdin=subprocess.DEVNULL)
        self.addCleanup(watching.wait)
        self.addCleanup(watching.kill)
        return watching

    def blocks(self):
        return re.split(r"\n\n", common.decode(self.read("out")))

    def wait_for_build(self, number, name="bench", last_row="heap kept"):
        def is_there():
            last = self.blocks()[-1]
            return last if last.startswith(f"{name}: build {number} ") and last_row in last else None

        block = common.wait_until(is_there, common.TIMEOUT_SECONDS)
        self.assertIsNotNone(block, f"no build {number}: {self.read('out')} {self.read('err')}")
        return block

    def row(self, block, label):
        return re.search(rf"(?m)^  {label} +(.*)$", block)[1].split()

    def stop(self, watching, number):
        watching.send_signal(signal.SIGINT)
        self.assertEqual(watching.wait(common.TIMEOUT_SECONDS), 0)
        summary = common.decode(self.read("out")).rpartition("\n\n")[2]
        self.assertRegex(summary, rf"^{number} builds? measured in ")
        self.assertFalse((self.folder / ".membench").exists())
        self.assertNotIn(ESCAPE.encode(), self.read("out"))
        return summary

    def test_each_way_to_build_is_one_block(self):
        watching = self.start()
        first = self.wait_for_build(1)
        self.assertEqual(len(self.row(first, "heap")), 2)  # 12.1 KiB, and nothing to compare with
        self.assertNotIn("creation/100", first)  # one whole id is that case alone

        self.build("jobs-grown")  # renamed over
        second = self.wait_for_build(2)
        self.assertRegex(" ".join(self.row(second, "heap")), r"^\S+ KiB (\+\S+ KiB \+11\.\d%) \1$")
        self.assertEqual(self.row(second, "calls")[1:], ["=", "="])
        if (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.assertRegex(second, r"(?m)^    \+1,440 B  job_new job_queue\.c:\d+ ← job_queue_push ← run$")

        (self.folder / "bench").unlink()  # gone for a while
        shutil.copy(common.program("jobs"), self.folder / "bench")
        third = self.wait_for_build(3)
        self.assertRegex(" ".join(self.row(third, "heap")), r"^\S+ KiB -\S+ KiB -10\.\d% =$")

        (self.folder / "bench").chmod(0o755)
        with open(self.folder / "bench", "r+b") as file:  # written in place, and slowly
            data = common.read_bytes(common.program("jobs-grown"))
            file.truncate(0)
            file.write(data[: len(data) // 2])
            file.flush()
            common.wait_until(lambda: len(self.blocks()) > 3, 0.5)
            self.assertEqual(len(self.blocks()), 3, "half of a program, still open for writing, was measured")
            file.write(data[len(data) // 2 :])
        fourth = self.wait_for_build(4)
        self.assertRegex(" ".join(self.row(fourth, "heap")), r"^\S+ KiB (\+\S+ KiB \+11\.\d%) \1$")
        summary = self.stop(watching, 4)
        self.assertRegex(summary, r"memory_job_creation/10\n    heap \+11\.\d% \(\+\S+ KiB\), heap peak \+11")
        self.assertEqual(self.read("err"), b"")

    @common.need_program("wasm-truth")
    def test_a_module(self):
        """A module of the user's own: ten pages more are ten more for each load; half a module is not measured."""
        self.write("m.wasm", assemble.tiny())
        self.args = ("watch", "-p", common.program("wasm-truth"), "m.wasm", "--passes", "pages", "--loads", "3",
                     "--no-where", "wasm_module_load/truth/m/3")  # fmt: skip
        watching = self.start()
        first = self.wait_for_build(1, "m.wasm", "anon")
        self.assertEqual(len(self.row(first, "anon")), 2)
        self.write("m.wasm", b"\0asm"[:2])
        told = common.wait_until(lambda: self.read("err"), 1)
        self.write("m.wasm", assemble.tiny() + b"\0" + assemble.unsigned(40964) + assemble.name("pad") + bytes(40960))
        second = self.wait_for_build(2, "m.wasm", "anon")
        self.assertRegex(" ".join(self.row(second, "anon")), r"^\S+ KiB (\+120 KiB \+\S+%) \1$")
        self.assertTrue(not told or b"waiting for the next build" in told, told)
        self.stop(watching, 2)

    def test_a_broken_build_is_told_and_waited_out(self):
        watching = self.start()
        self.wait_for_build(1)
        self.script("bench", "not a program\n")
        told = common.wait_until(lambda: self.read("err"), common.TIMEOUT_SECONDS)
        self.assertRegex(common.decode(told), r"^membench: .*bench.*; waiting for the next build\n$")
        self.build("jobs")
        second = self.wait_for_build(2)
        self.assertEqual(self.row(second, "heap")[2:], ["=", "="])
        self.assertIn("no change", self.stop(watching, 2))

    def test_bad_input(self):
        self.expect(1, "watch", "--program", "./nothing")
        result = self.expect(2, "watch", "--program", "./bench", "no_such_case")
        self.assertEqual(result.stderr.count("\n"), 1)
        self.expect(2, "watch", "--save-baseline", "main")
        modules = [f"m{i}.wasm" for i in range(17)]
        for name in modules:
            self.write(name, assemble.tiny())
        self.assertIn("from 1 to 16 modules", self.expect(2, "watch", "--program", "./bench", *modules).stderr)

    def test_a_reader_that_goes_ends_it(self):
        read_end, write_end = os.pipe()
        watching = subprocess.Popen([common.MEMBENCH, *self.args], cwd=self.folder, env=self.env(), stdout=write_end,
                                    stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(watching.kill)
        os.close(write_end)
        self.assertTrue(os.read(read_end, 10))
        os.close(read_end)
        _, err = watching.communicate(timeout=common.TIMEOUT_SECONDS)
        self.assertEqual(watching.returncode, 1)
        self.assertEqual(err.count(b"\n"), 1, err)

    @NEEDS_TMUX
    def test_on_a_screen(self):
        """One screen at each size, drawn over in place, that says what it waits for; Ctrl-C leaves a summary."""
        for width, height in SIZES:
            with self.subTest(width=width):
                self.build("jobs")
                terminal = Terminal(self, width, height)
                self.script("command", "exec " + shlex.join([str(common.MEMBENCH), *self.args]) + "\n")
                terminal.type("./command; echo end: $?")
                terminal.wait("waiting for a change")
                self.assertIn("bench: build 1 ", terminal.screen())
                self.build("jobs-grown")
                terminal.wait("+11.6%")
                terminal.wait("waiting for a change")
                shown = terminal.screen("-J").rstrip("\n").split("\n")
                self.assertTrue(shown[0].startswith("bench: build 2 "), shown)
                self.assertEqual("\n".join(shown).count("memory_job_creation/10"), 1)
                for line in shown:
                    self.assertLessEqual(columns(line.rstrip()), width)
                (self.folder / "bench").unlink()
                terminal.wait("exist yet; Ctrl-C ends")
                terminal.tmux("resize-window", "-x", "60", "-y", "12")
                common.wait_until(lambda: "bench: build 2 " in terminal.screen().split("\n")[0], 10)
                self.assertTrue(terminal.screen().startswith("bench: build 2 "), terminal.screen())
                terminal.tmux("send-keys", "C-c")
                terminal.wait("end: 0")
                self.assertIn("2 builds measured in ", terminal.screen())
                self.assertIn("./command", terminal.screen("-S-"))  # what was there before is there again


if __name__ == "__main__":
    common.main()
