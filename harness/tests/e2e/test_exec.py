"""membench exec: commands of known size as cases, next to what hyperfine and time say of them."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import common
import measured
from common import BUILD, MEMBENCH
from test_faults import shell_program

CHILD = BUILD / "bin" / "membench-trace-child"
REFUSE = BUILD / "e2e" / "refuse-ptrace"
PAGE = os.sysconf("SC_PAGESIZE")
MIB = 1 << 20
LARGE = 300 * MIB // PAGE  # pages of the large parent


def alive(marker):
    """Processes that have the marker among their arguments."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        words = common.read_bytes(f"/proc/{entry}/cmdline").split(b"\0")
        if marker.encode() in words and int(entry) != os.getpid():
            found.append(int(entry))
    return found


@unittest.skipUnless(os.access(CHILD, os.X_OK), "membench-trace-child was not built (it needs CUnit)")
class Exec(common.Case):
    def exec(self, code, *args, **more):
        return self.expect(code, "exec", *map(str, args), **more)

    def child(self, code, options, steps, **more):
        """Measures the child with those steps; returns the case, series by name."""
        self.exec(code, "--out", "out.json", *options, "--", CHILD, *steps.split(), **more)
        return self.case("out.json")

    def case(self, name, index=0):
        return self.load(name)["benchmarks"][index]["membench"]

    def value(self, case, name):
        """The middle one of a metric's values, or of an own count's."""
        series = case["series"].get(name)
        for count in case.get("counts", []):
            series = count["values"] if count["name"] == name else series
        self.assertIsNotNone(series, f"{name} is missing: {case.get('missing')}")
        return series["value"] if isinstance(series, dict) else sorted(series)[len(series) // 2]

    def need_trace(self):
        case = self.child(0, ["--runs", "1"], "exit 0")
        if "process_peak_rss_bytes" not in case["series"]:
            self.skipTest(case["missing"]["process_peak_rss_bytes"])
        return case


class Truth(Exec):
    """Sizes that hyperfine and time -v report are shown, never demanded: they depend on their versions."""

    def others(self, steps):
        command = f"{CHILD} {steps}"
        said = []
        if os.access("/usr/bin/time", os.X_OK):
            result = subprocess.run(["/usr/bin/time", "-v", *command.split()], capture_output=True, text=True)
            found = re.search(r"Maximum resident set size \(kbytes\): (\d+)", result.stderr)
            said.append(f"time -v {int(found[1]) / 1024:.1f} MiB" if found else "time -v: nothing")
        if shutil.which("hyperfine"):
            path = self.folder / "hyperfine.json"
            subprocess.run(["hyperfine", "-N", "--runs", "2", "--export-json", path, command], capture_output=True)
            memory = json.loads(path.read_text())["results"][0].get("memory_usage_byte") if path.exists() else None
            said.append(f"hyperfine {memory[0] / MIB:.1f} MiB" if memory else "hyperfine: no memory in this version")
        return ", ".join(said) or "neither time nor hyperfine is installed"

    def show(self, what, case, steps):
        peak, tree = (self.value(case, name) / MIB for name in ("process_peak_rss_bytes", "tree_peak_pss_anon_bytes"))
        print(f"\n  {what}: process peak {peak:.1f} MiB, tree peak {tree:.1f} MiB; {self.others(steps)}", end="")

    def test_large_parent_with_a_small_child(self):
        self.need_trace()
        steps = f"touch {LARGE} spawn touch 100"
        base = self.value(self.child(0, ["--runs", "1"], "touch 200 spawn touch 100"), "process_exit_anon_bytes") - 200 * PAGE
        case = self.child(0, ["--runs", "3"], steps)
        self.show("300 MiB parent, small child", case, steps)
        self.assertEqual(self.value(case, "process_exit_anon_bytes"), base + LARGE * PAGE)
        self.assertGreaterEqual(self.value(case, "process_peak_rss_bytes"), LARGE * PAGE)
        self.assertLess(self.value(case, "exe: peak_rss_bytes"), 8 * MIB, "the child is charged with its parent's memory")
        self.assertLess(self.value(case, "tree_peak_pss_anon_bytes"), LARGE * PAGE + 8 * MIB, "300 MiB counted twice")
        self.assertEqual(self.value(case, "tree_process_count"), 2)

    def test_child_that_peaks_and_releases(self):
        empty = self.need_trace()
        steps = f"fork exec touch {LARGE // 3} release touch 10"
        case = self.child(0, ["--runs", "3"], steps)
        self.show("child that peaks at 100 MiB and releases it", case, steps)
        peak = self.value(case, "exe: peak_rss_bytes")
        self.assertGreater(peak, 99 * MIB)
        self.assertLess(peak, 108 * MIB)
        self.assertEqual(self.value(case, "process_exit_anon_bytes"), self.value(empty, "process_exit_anon_bytes") + 10 * PAGE)
        small = self.child(0, ["--runs", "1"], "fork exec touch 100 release touch 10")
        base = self.value(small, "process_peak_anon_bytes") - 100 * PAGE
        self.assertEqual(self.value(case, "process_peak_anon_bytes"), base + LARGE // 3 * PAGE)
        self.assertGreaterEqual(self.value(case, "tree_peak_pss_anon_bytes"), base + LARGE // 3 * PAGE)

    def test_workers(self):
        empty = self.need_trace()
        steps = "fork-ahead 4 touch 5120 wait"
        case = self.child(0, ["--runs", "3"], steps)
        self.show("4 workers of 20 MiB each", case, steps)
        self.assertEqual(self.value(case, "tree_process_count"), 5)
        workers = 4 * 5120 * PAGE
        self.assertGreaterEqual(self.value(case, "tree_peak_pss_anon_bytes"), workers)
        self.assertLess(self.value(case, "tree_peak_pss_anon_bytes"), workers + 4 * MIB)
        self.assertLess(self.value(case, "process_peak_rss_bytes"), 20 * MIB + 8 * MIB)
        self.assertIsNotNone(empty)


class Cases(Exec):
    def test_saved_compared_gated(self):
        self.need_trace()
        save = self.exec(0, "--save-baseline", "main", "--name", "a", "--", CHILD, "touch", 5000)
        self.assertIn('saved baseline "main": 1 case new', save.stderr)
        self.assertEqual(self.load("baselines/main.json")["benchmarks"][0]["name"], "exec/a")
        self.exec(0, "--baseline", "main", "--name", "a", "--", CHILD, "touch", 5000)
        grown = self.exec(3, "--baseline", "main", "--name", "a", "--", CHILD, "touch", 7000)
        self.assertIn("REGRESSED", grown.stdout)
        self.assertIn("--save-baseline main --exact exec/a", grown.stdout)
        # Time is shown and never gates: 200 ms against some ms.
        slow = self.exec(0, "--baseline", "main", "--runs", 10, "--name", "a", "--", CHILD, "sleep", 200, "touch", 5000)
        self.assertNotIn("REGRESSED", slow.stdout)
        usage = self.expect(2, "exec", "--baseline", "main", "--threshold", "nonsense=1", "true")
        self.assertIn("nonsense", usage.stderr)
        self.exec(5, "--baseline", "main", "--name", "b", "--", CHILD, "touch", 5000)
        self.exec(5, "--baseline", "other", "true")
        self.assertIn("tree peak", self.exec(3, "--baseline", "main", "--name", "a", "--threshold", "tree_peak=5%",
                                              "--metrics", "tree_peak", "--", CHILD, "touch", 7000).stdout)

    def test_the_advised_command_works(self):
        self.need_trace()
        self.exec(0, "--save-baseline", "main", "--", CHILD, "touch", 1000, "write", "it's")
        text = self.exec(0, "--runs", 1, "--", CHILD, "touch", 1000, "write", "it's").stdout
        line = re.search(r"membench exec .*", text)[0]
        words = str(MEMBENCH) + line.removeprefix("membench")
        result = subprocess.run(["/bin/sh", "-c", words], cwd=self.folder, env=self.env(), capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("0 cases new, 1 replaced", result.stderr, "it names another case")

    def test_the_advised_command_measures_the_same(self):
        """What decides what the command does, and what is seen of it, is in the advice."""
        self.write("in", "text")
        text = self.exec(0, "--runs", 1, "--input", "in", "--ignore-failure", "--no-trace", "--thp", "--entropy", "fixed",
                         "cat; exit 3").stdout
        advice = re.search(r"membench exec .*", text)[0]
        for option in ("--input in", "--ignore-failure", "--no-trace", "--thp", "--entropy fixed"):
            self.assertIn(f" {option} ", advice)

    def test_chance(self):
        """Left alone unless asked: what a command draws differs from run to run, or is the same in all."""
        draw = "head -c 8 /dev/urandom | od -A n -t x1 >> drawn"
        for entropy, count in ((), 4), (("--entropy", "real"), 4), (("--entropy", "fixed"), 1):
            self.exec(0, *entropy, "--runs", 4, "--name", "draw", "--save-baseline", "real" if count > 1 else "fixed", draw)
            lines = (self.folder / "drawn").read_text().splitlines()
            (self.folder / "drawn").unlink()
            self.assertEqual((len(lines), len(set(lines))), (4, count), entropy)
        self.exec(0, "--entropy", "fixed", "--baseline", "fixed", "--name", "draw", draw)
        refused = self.exec(5, "--entropy", "fixed", "--baseline", "real", "--name", "draw", draw)
        self.assertIn("a different source of random bytes", refused.stdout)

    def test_parameters_names_and_hyperfines_shape(self):
        self.exec(0, "--runs", 2, "--parameter-list", "n", "1,2", "--name", "w", "--export-json", "h.json",
                  "--out", "out.json", f"{CHILD} write {{n}}")
        file = self.load("h.json")["results"]
        self.assertEqual([entry["command"] for entry in file], [f"{CHILD} write {n}" for n in (1, 2)])
        self.assertEqual([entry["name"] for entry in self.load("out.json")["benchmarks"]], ["exec/w/1", "exec/w/2"])
        self.assertEqual([entry["parameters"] for entry in file], [{"n": "1"}, {"n": "2"}])
        for entry in file:
            self.assertLessEqual({"command", "mean", "stddev", "median", "user", "system", "min", "max", "times",
                                  "memory_usage_byte", "exit_codes", "parameters"}, set(entry))
            self.assertEqual(len(entry["times"]), 2)
            self.assertEqual(entry["exit_codes"], [0, 0])
            self.assertTrue(all(MIB // 2 < size < 64 * MIB for size in entry["memory_usage_byte"]))
            self.assertAlmostEqual(entry["mean"], sum(entry["times"]) / 2)

    def test_prepare_and_warm_up(self):
        self.exec(0, "--runs", 3, "--warmup", 2, "--prepare", "echo p >> p", "echo r >> r")
        self.assertEqual(self.read("p").count(b"p"), 5)
        self.assertEqual(self.read("r").count(b"r"), 5)
        failed = self.exec(1, "--runs", 3, "--prepare", "exit 4", "echo s >> s")
        self.assertIn("--prepare exited with code 4", failed.stdout)
        self.assertFalse((self.folder / "s").exists())

    def test_streams(self):
        self.write("in", "hello\n")
        quiet = self.exec(0, "--runs", 2, "--input", "in", "cat; echo heard >&2")
        self.assertNotIn("hello", quiet.stdout.replace("exec/cat", ""))
        self.assertNotIn("heard", quiet.stderr)
        shown = self.exec(0, "--runs", 2, "--input", "in", "--show-output", "cat; echo heard >&2")
        self.assertEqual(shown.stdout.count("hello\n"), 2)
        self.assertEqual(shown.stderr.count("heard"), 2)
        self.exec(0, "--runs", 2, "--input", "in", "--output", "o", "cat")
        self.assertEqual(self.read("o"), b"hello\nhello\n")
        document = json.loads(self.exec(0, "--runs", 1, "--out", "-", "true").stdout)
        self.assertEqual(document["benchmarks"][0]["name"], "exec/true")

    def test_failures(self):
        for command, said in (("exit 3", "exited with code 3"), ("kill -SEGV $$", "SIGSEGV")):
            result = self.exec(1, "--runs", 3, command, "true")
            self.assertIn(said, result.stdout)
            self.assertIn("1 ok", result.stdout, "the other command is measured")
        self.exec(0, "--runs", 2, "--ignore-failure", "--export-json", "h.json", "exit 3")
        self.assertEqual(self.load("h.json")["results"][0]["exit_codes"], [3, 3])
        self.assertIn("timed out", self.exec(1, "--timeout", "100ms", "sleep 60").stdout)
        self.assertIn("cannot run", self.exec(1, "--", self.script("bad", "#!/nonexistent/interpreter\n")).stdout)

    def test_a_program_that_traces_by_itself(self):
        failed = self.exec(1, "--runs", "1", "--", CHILD, "ptrace")
        self.assertIn("exited with code 85 (it uses ptrace itself, which needs --no-trace)", " ".join(failed.stdout.split()))
        self.exec(0, "--runs", "1", "--no-trace", "--", CHILD, "ptrace")

    @unittest.skipUnless(shutil.which("cc"), "no cc (Debian: gcc)")
    def test_leaks_at_exit(self):
        """LeakSanitizer's process, which looks for them, asks not to be traced, and the program waits for it."""
        (self.folder / "leak.c").write_text("int main(void) { return 0; }\n")
        if subprocess.run(["cc", "-fsanitize=leak", "-o", "leak", "leak.c"], cwd=self.folder, capture_output=True).returncode:
            self.skipTest("cc has no LeakSanitizer (Debian: liblsan0)")
        failed = self.exec(1, "--runs", "1", "--timeout", "50s", "--", "./leak")
        self.assertIn("which needs --no-trace", " ".join(failed.stdout.split()))
        self.exec(0, "--runs", "1", "--no-trace", "--", "./leak")

    def test_usage(self):
        for args, said in ((["exec"], "exec: nothing to run"),
                           (["exec", "true", "true"], "--name"),
                           (["exec", "--", "no-such-program-here"], "not executable"),
                           (["exec", "-N", "echo 'a"], "unterminated quote"),
                           (["exec", "--runs", "0", "true"], "--runs"),
                           (["exec", "--parameter-list", "n"], "--parameter-list"),
                           (["exec", "-L", "n", "1,2", "-L", "n", "3", "echo {n}"], "--parameter-list: \"n\" appears twice"),
                           (["exec", "--name", "a", "--name", "b", "true"], "more names"),
                           (["exec", "--prepare", "a", "--prepare", "b", "true"], "--prepare"),
                           (["exec", "--interval", "0", "true"], "--interval"),
                           (["exec", "--filter", "zzz", "true"], "matches none"),
                           (["exec", "--input", "missing", "true"], "missing"),
                           (["exec", "--output", "x", "--show-output", "true"], "--show-output")):
            with self.subTest(args=args):
                result = self.expect(2 if said != "missing" else 1, *args)
                self.assertIn(said, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)
                self.assertEqual(result.stdout, "")

    def test_help(self):
        self.golden("help-exec.txt", self.exec(0, "--help").stdout, (r"(?s)Formats:.*?\n\n", ""))


class SideBySide(Exec):
    """membench ab --exec: two commands alternately, judged as two builds are."""

    def ab(self, code, old, new, *args):
        words = [f"{CHILD} {steps}" for steps in (old, new)]
        return self.expect(code, "ab", "--exec", "--name", "a", *args, *words)

    def test_grown_is_3_and_unchanged_0(self):
        self.need_trace()
        for new, code, verdict in ((7000, 3, "REGRESSED"), (5000, 0, "NOT REGRESSED"), (5400, 0, "NOT REGRESSED"), (2500, 0, "IMPROVED")):
            with self.subTest(new=new):
                report = self.ab(code, "touch 5000", f"touch {new}", "--format", "json").json()
                self.assertEqual([c["id"] for c in report["cases"]], ["exec/a"])
                anon = next(c for c in report["cases"][0]["comparisons"] if c["metric"] == "process_peak_anon_bytes")
                self.assertEqual(anon["verdict"], verdict)
                self.assertEqual(anon["difference"], (new - 5000) * PAGE)
        self.ab(3, "touch 5000", "touch 5400", "--threshold", "5%")
        self.assertIn("the same command", self.ab(0, "touch 500", "touch 500").stderr)

    def test_it_is_not_resumed(self):
        """No journal is kept of commands: it is refused before anything is run."""
        result = self.ab(2, "touch 1", "touch 1", "--resume")
        self.assertEqual(result.stderr, "membench: --exec cannot be combined with --resume\n")

    def test_by_turns(self):
        """ABBA, each after its preparation; warm-ups count for nothing."""
        log = self.folder / "log"
        self.expect(0, "ab", "--exec", "--warmup", "1", "--prepare", f"echo p >> {log}", "--sample-size", "10", "--name", "a",
                    f"echo old >> {log}; exec {CHILD} touch 99", f"echo new >> {log}; exec {CHILD} touch 99")
        words = self.read("log").decode().split()
        self.assertEqual(words[:6], "p old p old p new".split())
        order = [word for word in words[6:] if word != "p"]
        self.assertEqual(order[:5], "new new old old new".split())
        self.assertEqual(words.count("p"), words.count("old") + words.count("new"))

    def test_a_side_that_fails(self):
        for old, new in (("touch 9", "exit 3"), ("exit 3", "touch 9")):
            result = self.ab(1, old, new)
            self.assertIn("exited with code 3", " ".join(result.stdout.split()))
        self.ab(0, "exit 3", "exit 3", "--ignore-failure")

    def test_refused(self):
        for args in (["--exec", "true"], ["--exec", "true", "true", "true"], ["--prepare", "true", "a", "b"],
                     ["--exec", "-p", "jobs", "true", "true"], ["--exec", "true", "/no/such/program", "-N"]):
            self.expect(2, "ab", *args)

    def test_interrupted(self):
        process = self.start_ab("sleep 200000041", "sleep 200000041")
        self.assertTrue(common.wait_until(lambda: alive("200000041"), 20))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.assertIn("interrupted: nothing was judged", errors)
        self.assertEqual(alive("200000041"), [])

    def start_ab(self, *steps):
        return subprocess.Popen([str(MEMBENCH), "ab", "--exec", *(f"{CHILD} {s}" for s in steps)], cwd=self.folder, env=self.env(),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Outside(Exec):
    @unittest.skipUnless(os.access(REFUSE, os.X_OK), "refuse-ptrace was not built")
    def test_where_ptrace_is_refused(self):
        self.need_trace()
        self.exec(0, "--save-baseline", "main", "--runs", 3, "--name", "a", "--", CHILD, "touch", 5000, "sleep", 50)
        refused = lambda *args: common.run([REFUSE, MEMBENCH, "exec", *map(str, args), "--name", "a", "--", CHILD, "touch",
                                            "5000", "sleep", "50"], self.folder,
                                            self.env(ASAN_OPTIONS="detect_leaks=0"), None)  # LeakSanitizer is a user of ptrace itself
        result = refused("--runs", 3, "--out", "out.json")
        self.assertEqual(result.code, 0, result)
        self.assertIn("Operation not permitted", " ".join(result.stdout.split()))
        case = self.case("out.json")
        self.assertNotIn("process_peak_rss_bytes", case["series"])
        self.assertIn("Operation not permitted", case["missing"]["process_peak_rss_bytes"])
        self.assertGreater(self.value(case, "process_sampled_peak_rss_bytes"), 5000 * PAGE)
        # What was sampled is never compared with what was traced: nothing comparable is not a pass.
        result = refused("--runs", 10, "--baseline", "main")
        self.assertEqual(result.code, 5, result)

    def test_by_wish(self):
        case = self.child(0, ["--runs", "3", "--no-trace"], "touch 5000 sleep 50")
        self.assertEqual(case["missing"]["process_exit_anon_bytes"], "not traced (--no-trace)")
        self.assertGreater(self.value(case, "process_sampled_peak_rss_bytes"), 5000 * PAGE)


class Groups(Exec):
    """Control groups, from a folder of files that the commands themselves change as a kernel would."""

    def setUp(self):
        super().setUp()
        self.group = self.folder / "root/sys/fs/cgroup/job"
        self.group.mkdir(parents=True)
        (self.folder / "root/proc/self").mkdir(parents=True)
        self.write("root/proc/self/cgroup", "0::/job\n")
        for name, text in (("current", "104857600\n"), ("peak", "209715200\n"), ("max", "536870912\n"),
                           ("events", "low 0\nhigh 0\nmax 4\noom 0\noom_kill 0\n")):  # fmt: skip
            (self.group / f"memory.{name}").write_text(text)
        events = self.group / "memory.events"
        self.kill = f"""n=$(sed -n 's/^oom_kill //p' {events})
printf '%s\\n' 'low 0' 'high 1' 'max 1234' 'oom 1' "oom_kill $((n + 1))" > {events}
kill -9 $$
"""
        self.write("kill.sh", self.kill)

    def grouped(self, code, *args):
        return self.exec(code, *args, env=self.env(MEMBENCH_CGROUP_ROOT=str(self.folder / "root")))

    def test_beside_the_figures_of_the_process(self):
        text = self.grouped(0, "-r", "1", "--out", "out.json", "true").stdout
        self.assertIn("cgroup /job, version 2: with page cache, kernel memory and all other processes in it\n"
                      "  now            100 MiB\n  peak           200 MiB\n  limit          512 MiB\n\n", text)  # fmt: skip
        settings = {s["name"]: s["value"] for s in self.load("out.json")["context"]["membench"]["settings"]}
        self.assertEqual({name: settings[name] for name in settings if name.startswith("cgroup") and name != "cgroup_limit_bytes"},
                         {"cgroup": "/job", "cgroup_version": "2", "cgroup_current_bytes": "104857600", "cgroup_peak_bytes": "209715200",
                          "cgroup_limit_hits": "0", "cgroup_high_hits": "0", "cgroup_ooms": "0", "cgroup_oom_kills": "0"})  # fmt: skip
        (self.group / "memory.max").write_text("max\n")
        self.assertNotIn("cgroup", self.grouped(0, "-r", "1", "true").stdout)
        self.assertIn("limit          none", self.grouped(0, "-r", "1", "--verbose", "true").stdout)

    def test_a_limit_that_killed_is_named(self):
        text = self.grouped(1, "-r", "1", "-n", "a", "-N", f"sh {self.folder}/kill.sh").stdout
        words = " ".join(text.split())
        self.assertIn("SIGKILL; out of memory: the cgroup /job may take 512 MiB (memory.max) (--show-output", words)
        self.assertIn("at its limit 1,230 times during these runs slowed down once during these runs "
                      "out of memory once during these runs killed for it once during these runs", words)  # fmt: skip
        text = self.grouped(1, "-r", "1", "-n", "a", "kill -9 $$").stdout  # nothing that the group did
        self.assertNotIn("out of memory:", text)

    def test_a_case_too(self):
        self.write("bench", shell_program(self.kill))
        (self.folder / "bench").chmod(0o755)
        result = self.expect(1, "--program", "./bench", "-n", "1", "--passes", "pages",
                                   env=self.env(MEMBENCH_CGROUP_ROOT=str(self.folder / "root")))
        self.assertIn("SIGKILL", result.stdout)
        self.assertIn("(out of memory: the cgroup /job may take 512 MiB (memory.max))", " ".join(result.stdout.split()))

    def test_doctor(self):
        result = self.expect(0, "doctor", env=self.env(MEMBENCH_CGROUP_ROOT=str(self.folder / "root")))
        self.assertRegex(result.stdout, r"(?m)^cgroup +version 2: 100 MiB now, 200 MiB at most, page cache and all its processes included$")
        result = self.expect(0, "doctor", env=self.env(MEMBENCH_CGROUP_ROOT=str(self.folder)))
        self.assertRegex(result.stdout, r"(?m)^cgroup +none whose memory can be read: a limit that kills is not named$")


class Interrupted(Exec):
    def start(self, *args):
        process = subprocess.Popen([MEMBENCH, "exec", *map(str, args)], cwd=self.folder, env=self.env(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def check_gone(self, marker):
        common.wait_until(lambda: not alive(marker), 10)
        left = alive(marker)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, [], "the command lives on")

    def test_signals(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            for how in ([], ["--no-trace"]):
                with self.subTest(number=number, how=how):
                    marker = f"10000{number:02}{len(how)}"
                    self.write("h.json", "old")
                    self.write("out.json", "old")
                    process = self.start("--export-json", "h.json", "--out", "out.json", *how, "--", CHILD, "fork-ahead", 3,
                                         "sleep", marker)
                    self.assertTrue(common.wait_until(lambda: len(alive(marker)) >= 5, 20))
                    process.send_signal(number)
                    _, errors = process.communicate(timeout=20)
                    self.assertEqual(process.returncode, code)
                    self.assertIn("interrupted", errors)
                    self.check_gone(marker)
                    self.assertEqual((self.read("h.json"), self.read("out.json")), (b"old", b"old"))
                    self.assertEqual([name for name in os.listdir(self.folder) if ".tmp" in name], [])

    def test_killed(self):
        for how in ([], ["--no-trace"]):
            with self.subTest(how=how):
                marker = f"2000000{len(how)}"
                process = self.start(*how, "--", CHILD, "fork-ahead", 3, "sleep", marker)
                self.assertTrue(common.wait_until(lambda: len(alive(marker)) >= 5, 20))
                time.sleep(0.05)
                process.kill()
                process.wait()
                self.check_gone(marker)


@unittest.skipIf(measured.SANITIZED, "a sanitizer cannot be traced")
@unittest.skipUnless(os.access(CHILD, os.X_OK), "membench-trace-child was not built (it needs CUnit)")
class OwnCalls(common.Case):
    """What membench itself does besides the command: nothing of it is measured, all of it is waited for."""

    def count(self, run_count, *steps, options=(), command=(CHILD,)):
        command = [measured.own_program("count-calls"), MEMBENCH, "exec", "--quiet", "--runs", str(run_count), "--name", "a",
                   *options, "--", *command, *map(str, steps)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stderr.splitlines()[-1])

    def test_a_stop(self):
        """What waits for one is counted exactly, but for one more wait4 a tick."""
        none, hundred = self.count(1), self.count(1, *["touch", "1", "release"] * 100)
        self.assertEqual(hundred["ptrace"] - none["ptrace"], 200)
        self.assertLessEqual(hundred["wait4"] - hundred["setitimer"], 110)
        self.assertLessEqual(hundred["rt_sigtimedwait"], hundred["setitimer"])

    def test_what_only_names_and_the_history_need_is_not_loaded(self):
        """Six libraries, which took a third of a start."""
        self.expect(0, "exec", "--quiet", "--runs", "1", "--output", "maps.txt", "--", "sh", "-c", "cat /proc/$PPID/maps")
        maps = (self.folder / "maps.txt").read_text(encoding="utf-8")
        self.assertIn("libc", maps)
        for name in ("libdw", "libelf", "liblzma", "libbz2", "libsqlite3"):
            self.assertNotIn(name, maps)

    def test_a_heap_that_grows(self):
        """A break that was never higher takes nothing back: the processes are not added up before it."""
        self.assertLessEqual(self.count(1, "fork", "malloc", 50, 100000)["waitid"], 4)

    def test_a_process(self):
        """Its status is opened once; every third time or so its parent is asked for where they are added up. Where the new
        process stops before its parent, which load makes more likely, it is read once more: so the least of some runs."""
        few, many = (min(self.count(1, "-c", "/bin/true; " * count + ":", command=["sh"])["openat"] for _ in range(3))
                     for count in (20, 120))  # fmt: skip
        self.assertLessEqual(many - few, 180)

    def test_a_start_and_a_run(self):
        self.count(1)  # makes the folder of the last run
        one, three = self.count(1), self.count(3)
        self.assertEqual((one["clone"], three["clone"]), (1, 3))  # the command and nothing else
        self.assertLessEqual(three["access"], 20)  # bundled programs are not looked for
        self.assertLessEqual(three["readlink"], 40)
        self.assertEqual(three["openat"] - one["openat"], 2 * 2)  # of a run: the command's status and pages

    def test_what_is_kept_is_synced(self):
        """A file that was asked for, with its folder; the last run is replaced by the next one."""
        self.assertEqual((self.count(1)["fsync"], self.count(1, options=["--out", "out.json"])["fsync"]), (0, 2))


if __name__ == "__main__":
    common.main()
