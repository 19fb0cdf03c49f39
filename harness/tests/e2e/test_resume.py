"""Interrupted runs: finished samples are kept, nothing is left running, and --resume ends where an unbroken run ends."""

import glob
import json
import os
import re
import signal
import subprocess
import time

import common
import measured
from common import MEMBENCH, need_program, program, run

CASES = r"/(10|100)$"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(common.Case):
    """A run that takes some tenths of a second, so that there is a middle to interrupt it in."""

    orphan_seconds = 2

    def args(self, name="jobs", *more, iterations=1200):
        slow = ["--warm-up-iterations", str(iterations), "--seed", "42"]
        return ["-p", program(name), "--no-time", CASES, *slow, *more]

    def start(self, args, env=None, **popen):
        """Starts a run with signals as a shell in the foreground would give it."""

        def as_in_the_foreground():
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)

        return subprocess.Popen(
            [str(MEMBENCH), *args],
            cwd=self.folder,
            env=self.env() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=as_in_the_foreground,
            **popen,
        )

    def journals(self):
        return sorted(glob.glob(str(self.folder / ".membench" / "journal-*.ndjson")))

    def journal_lines(self):
        """Whole lines of the one journal, without its header."""
        data = b"".join(common.read_bytes(path) for path in self.journals())
        return data.split(b"\n")[1:-1]

    def interrupt(self, number, args, samples=3, to_group=False, env=None):
        """Sends a signal when so many samples have been finished, and returns the Result."""
        process = self.start(args, env, start_new_session=to_group)
        enough = common.wait_until(lambda: len(self.journal_lines()) >= samples or process.poll() is not None, 30)
        self.assertTrue(enough, "no sample was finished in 30 s")
        self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
        (os.killpg if to_group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=common.TIMEOUT_SECONDS)
        return common.Result((process.returncode, common.decode(out), common.decode(err)))

    def verdicts(self, result):
        """The JSON report, without the dates at which was measured."""
        return re.sub(r'"date":\s*"[^"]*"', '"date":""', result.stdout)


@need_program("jobs")
class Signals(Interrupted):
    def test_each_signal(self):
        for number in SIGNALS:
            with self.subTest(signal=number.name):
                result = self.interrupt(number, self.args())
                self.assertEqual(result.code, 128 + number, str(result))
                self.assertRegex(result.stderr, r"(?m)^membench: interrupted; .*--resume to continue$")
                self.assert_no_workers(0)
                kept = self.journal_lines()
                self.assertGreaterEqual(len(kept), 3)
                for line in kept:
                    self.assertEqual(json.loads(line)["outcome"], "ok")
                self.assertEqual(self.membench(*self.args("jobs", "--resume")).code, 0)
                self.assertEqual(self.journals(), [], "a finished run leaves no journal")

    def test_control_c_goes_to_the_whole_group(self):
        result = self.interrupt(signal.SIGINT, self.args(), to_group=True)
        self.assertEqual(result.code, 128 + signal.SIGINT, str(result))
        self.assertNotIn("crashed", result.stdout)

    def test_what_is_finished_is_not_measured_again(self):
        self.interrupt(signal.SIGTERM, self.args(), samples=5)
        kept = self.journal_lines()
        path = self.journals()[0]
        process = self.start(self.args("jobs", "--resume"))
        common.wait_until(lambda: len(self.journal_lines()) > len(kept) or process.poll() is not None, 30)
        self.assertEqual(self.journals(), [path])
        self.assertEqual(self.journal_lines()[: len(kept)], kept)
        process.communicate(timeout=common.TIMEOUT_SECONDS)
        self.assertEqual(process.returncode, 0)

    def test_same_verdicts_as_an_unbroken_run(self):
        """Byte for byte, unchanged and grown by 12 %, wherever the run was interrupted."""
        metrics = ["--metrics", "anon,heap,heap_calls", "--format", "json"]
        self.membench("-p", program("jobs"), "--no-time", CASES, "--save-baseline", "main")
        for name, code, samples in (("jobs", 0, 1), ("jobs-grown", 3, 7)):
            with self.subTest(name=name):
                args = self.args(name, "--baseline", "main", *metrics, iterations=700)
                unbroken = self.expect(code, *args)
                self.interrupt(signal.SIGINT, args, samples=samples)
                resumed = self.expect(code, *args, "--resume")
                self.assertEqual(self.verdicts(resumed), self.verdicts(unbroken))
                self.assertEqual(resumed.stderr, "")

    def test_results_of_a_resumed_run(self):
        """The stored samples are as many as of an unbroken run; seed and date are those of its beginning."""
        self.interrupt(signal.SIGINT, self.args())
        header = json.loads(common.read_bytes(self.journals()[0]).split(b"\n")[0])
        args = [a if a != "42" else "43" for a in self.args("jobs", "--resume", "-o", "-")]
        results = self.expect(0, *args).json()
        self.assertEqual(results["context"]["membench"]["seed"], "42")
        self.assertEqual(results["context"]["date"], header["date"])
        self.assertEqual(results["context"]["membench"]["complete"], True)
        for benchmark in results["benchmarks"]:
            self.assertEqual(benchmark["membench"]["series"]["steady_heap_alloc_count"]["count"], 3)
            self.assertEqual(benchmark["membench"]["series"]["steady_anon_delta_bytes"]["count"], 3)

    def test_interrupted_twice(self):
        self.interrupt(signal.SIGINT, self.args(), samples=2)
        before = len(self.journal_lines())
        result = self.interrupt(signal.SIGINT, self.args("jobs", "--resume"), samples=before + 2)
        self.assertEqual(result.code, 128 + signal.SIGINT, str(result))
        self.assertGreaterEqual(len(self.journal_lines()), before + 2)
        self.expect(0, *self.args("jobs", "--resume"))

    def test_baseline_stays(self):
        """An interrupted --save-baseline changes nothing; resumed it saves."""
        save = self.args("jobs", "--save-baseline", "main", "--sample-size", "4")
        self.membench("-p", program("jobs-grown"), "--no-time", CASES, "--save-baseline", "main", "--quick")
        before = self.read("baselines/main.json")
        result = self.interrupt(signal.SIGTERM, save)
        self.assertEqual(result.code, 128 + signal.SIGTERM, str(result))
        self.assertIn("left as it is", result.stderr)
        self.assertEqual(self.read("baselines/main.json"), before)
        self.expect(0, *save, "--resume")
        series = self.load("baselines/main.json")["benchmarks"][0]["membench"]["series"]
        self.assertEqual(series["steady_heap_live_bytes"]["count"], 4)

    def test_partial_run_is_never_green(self):
        """What was interrupted is shown as not run, in the stored results too."""
        self.interrupt(signal.SIGINT, self.args("jobs", "-o", "part.json", "--report=json=report.json"))
        report = self.load("report.json")
        self.assertEqual((report["exit_code"], report["verdict"]), (128 + signal.SIGINT, "interrupted"))
        results = self.load("part.json")
        self.assertEqual(results["context"]["membench"]["complete"], False)
        self.assertIn("not_run", {b["membench"]["outcome"] for b in results["benchmarks"]})
        self.membench("-p", program("jobs"), "--no-time", CASES, "--save-baseline", "main", "--quick")
        self.expect(1, "compare", "baselines/main.json", "part.json")


class Stubborn(Interrupted):
    @need_program("faults")
    def test_worker_that_ignores_sigterm(self):
        """It is killed after the grace, and the coordinator ends soon after."""
        process = self.start(["-p", program("faults"), "--no-time", "--exact", "fault/hang_stubborn"])
        self.assertTrue(common.wait_until(lambda: common.workers_below(self.folder), 10))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assert_no_workers(0)

    @need_program("faults")
    def test_second_signal_does_not_wait(self):
        process = self.start(["-p", program("faults"), "--no-time", "--exact", "fault/hang_stubborn"])
        self.assertTrue(common.wait_until(lambda: common.workers_below(self.folder), 10))
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.assert_no_workers(0)

    def test_while_listing(self):
        self.script("hangs", "#!/bin/sh\nexec sleep 60\n")
        process = self.start(["-p", "hangs"])
        self.assertTrue(common.wait_until(lambda: common.workers_below(self.folder), 10))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGINT, err)
        self.assertRegex(common.decode(err), r"\Amembench: [^\n]*interrupted[^\n]*\n\Z")


@need_program("jobs")
class Killed(Interrupted):
    """kill -9 of the coordinator: no chance to clean up."""

    def test_no_orphan(self):
        self.interrupt(signal.SIGKILL, self.args())
        self.assert_no_workers(2)

    @need_program("faults")
    def test_no_orphan_that_left_its_group(self):
        """A child in a session of its own, of a worker that still runs, goes too."""
        self.script(
            "parent",
            "#!/bin/sh\n"
            "if [ \"$MEMBENCH_ACTION\" = list ]; then\n"
            "  printf '%s\\n' '{\"event\":\"hello\",\"protocol\":1}' '{\"event\":\"case\",\"id\":\"a/b\"}'"
            " '{\"event\":\"done\",\"outcome\":\"ok\"}' >/proc/self/fd/$MEMBENCH_FD\n"
            "  exit\n"
            "fi\n"
            "setsid sleep 50 &\n"
            "trap '' TERM\n"
            "sleep 50\n",
        )
        process = self.start(["-p", "parent", "--passes", "pages"])
        self.assertTrue(common.wait_until(lambda: len(common.workers_below(self.folder)) >= 3, 10))
        process.kill()
        process.communicate()
        self.assert_no_workers(2)

    def test_resume(self):
        unbroken = self.expect(0, *self.args("jobs", "--format", "json", "--metrics", "anon,heap"))
        self.interrupt(signal.SIGKILL, self.args())
        self.assert_no_workers(2)
        resumed = self.expect(0, *self.args("jobs", "--resume", "--format", "json", "--metrics", "anon,heap"))
        self.assertEqual(self.verdicts(resumed), self.verdicts(unbroken))

    def test_torn_last_line(self):
        """Power goes in the middle of a line: what is before it counts."""
        self.interrupt(signal.SIGKILL, self.args(), samples=4)
        self.assert_no_workers(2)
        path = self.journals()[0]
        data = common.read_bytes(path)
        whole = data[: data.rindex(b"\n") + 1]
        last = whole[:-1].rindex(b"\n") + 1
        for cut in (last + 1, (last + len(whole)) // 2, len(whole) - 1):
            with open(path, "wb") as file:
                file.write(whole[:cut])
            process = self.start(self.args("jobs", "--resume"))
            common.wait_until(lambda: process.poll() is not None or len(self.journal_lines()) > 4, 30)
            process.kill()
            process.communicate()
            self.assert_no_workers(2)
            self.assertEqual(common.read_bytes(path)[:last], whole[:last])
        self.expect(0, *self.args("jobs", "--resume"))

    def test_damaged_journal(self):
        """Anything else wrong in it is refused, with the place, and the journal stays for whoever wants to look."""
        self.interrupt(signal.SIGKILL, self.args(), samples=3)
        self.assert_no_workers(2)
        path = self.journals()[0]
        data = common.read_bytes(path)
        lines = data.split(b"\n")
        for name, damaged in (
            ("garbage line", b"\n".join([lines[0], b"garbage", *lines[1:]])),
            ("no header", b"\n".join(lines[1:])),
            ("strange case", data.replace(b'"case":"memory_job_creation/', b'"case":"memory_job_creation/9', 1)),
            ("strange event", data.replace(b'\\"event\\":\\"end\\"', b'\\"event\\":5', 1)),
            ("empty", b""),
        ):
            with self.subTest(name=name):
                self.assertNotEqual(damaged, data)
                with open(path, "wb") as file:
                    file.write(damaged)
                result = self.membench(*self.args("jobs", "--resume"))
                self.assertEqual(result.code, 1, str(result))
                self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, r"\Amembench: [^\n]*journal-\d+\.ndjson[^\n]*\n\Z")
                self.assertEqual(common.read_bytes(path), damaged)


@need_program("jobs")
class Refused(Interrupted):
    """--resume continues with the same plan or not at all."""

    def test_other_plans(self):
        self.interrupt(signal.SIGINT, self.args())
        path = self.journals()[0]
        before = common.read_bytes(path)
        other = [a if a != "1200" else "1201" for a in self.args()]
        for args in (
            self.args("jobs-grown"),
            [a if a != CASES else "/10$" for a in self.args()],
            [a if a != CASES else "/50$" for a in self.args()],
            [*self.args(), "-p", program("truth"), "truth_empty"],
            other,
            self.args("jobs", "--memory-limit", "1GiB"),
            self.args("jobs", "--thp"),
        ):
            with self.subTest(args=args):
                result = self.expect(2, *args, "--resume")
                self.assertRegex(result.stderr, r"\Amembench: [^\n]*run without --resume\n\Z")
                self.assertEqual(common.read_bytes(path), before)
        self.expect(0, *self.args("jobs", "--resume"))

    def test_what_changes_a_measurement(self):
        """Whatever reaches the process is part of the plan, and the refusal names it."""
        library = self.folder / "empty.so"
        common.run(["cc", "-shared", "-o", library, "-x", "c", "/dev/null"], self.folder)
        passing = ["--env", "MY_*"]
        first = self.env(MALLOC_ARENA_MAX="1", MY_MODE="one")
        self.interrupt(signal.SIGINT, self.args("jobs", *passing), env=first)
        preloads = [] if measured.SANITIZED else [({"LD_PRELOAD": str(library)}, passing, "LD_PRELOAD was not set")]
        for changes, args, what in (
            *preloads,  # a sanitized coordinator suffers none
            ({"MALLOC_ARENA_MAX": "4"}, passing, "MALLOC_ARENA_MAX was 1, is 4"),
            ({"MALLOC_ARENA_MAX": None}, passing, "MALLOC_ARENA_MAX is not set"),
            ({"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}, passing, "GLIBC_TUNABLES was not set"),
            ({"MY_MODE": "two"}, passing, "MY_MODE has changed"),
            ({}, [], "MY_MODE is not set"),
            ({}, [*passing, "--thp"], "--thp was off, is on"),
            ({}, [*passing, "--memory-limit", "1GiB"], "--memory-limit was 0, is 1073741824"),
            ({}, [*passing, "--warm-up-iterations", "3"], "--warm-up-iterations was 1200, is 3"),
        ):
            with self.subTest(what=what):
                env = {**first, **changes}
                env = {name: value for name, value in env.items() if value is not None}
                result = self.expect(2, *self.args("jobs", *args), "--resume", env=env)
                self.assertRegex(result.stderr, rf"\Amembench: [^\n]*: {re.escape(what)}; run without --resume\n\Z")
        self.expect(0, *self.args("jobs", *passing, "--resume"), env=first)

    def test_rebuilt_program(self):
        """Another build of the program under the same path is another program."""
        copy = self.folder / "mine"
        copy.write_bytes((common.BENCH / "jobs").read_bytes())
        copy.chmod(0o755)
        args = [a if a != program("jobs") else "./mine" for a in self.args()]
        self.interrupt(signal.SIGINT, args)
        copy.unlink()
        copy.write_bytes((common.BENCH / "jobs-grown").read_bytes())
        copy.chmod(0o755)
        self.expect(2, *args, "--resume")

    def test_a_run_that_still_runs(self):
        process = self.start(self.args("jobs", "--sample-size", "40", "--save-baseline", "main"))
        self.assertTrue(common.wait_until(lambda: len(self.journal_lines()) >= 1, 10))
        result = self.membench(*self.args("jobs", "--resume"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(result.code, 2, str(result))
        self.assertIn("no interrupted run", result.stderr)

    def test_nothing_to_resume(self):
        self.expect(0, "-p", program("jobs"), CASES, "--passes", "heap", "--quick")
        self.expect(2, *self.args("jobs", "--resume"))


if __name__ == "__main__":
    common.main()
