"""membench exec --heap: what every process of a command does with malloc, against arithmetic and valgrind."""

import os
import re
import shutil
import subprocess
import unittest

import common
from common import BUILD
from test_exec import CHILD, REFUSE, Exec

SUMS = {"calls": "tree_heap_alloc_count", "bytes": "tree_heap_alloc_bytes", "peak": "process_heap_peak_bytes",
        "peaks": "tree_heap_peak_bytes", "rest": "tree_heap_rest_bytes"}  # fmt: skip


class Heap(Exec):
    def heap(self, *words, options=("--runs", "2"), code=0, **more):
        self.exec(code, "--heap", "--name", "h", "--out", "out.json", *options, *words, **more)
        return self.case("out.json")

    def sums(self, case):
        """The tree's figures, which are the same in each run."""
        for name in SUMS.values():
            series = case["series"].get(name)
            self.assertIsInstance(series, dict, f"{name}: {series}, missing: {case.get('missing')}")
        return {key: case["series"][name]["value"] for key, name in SUMS.items()}

    def of(self, steps, child=CHILD, **more):
        return self.sums(self.heap("--", child, *steps.split(), **more))

    def expect_more(self, found, base, times=1, **expected):
        """found is so much more than times the base; what is not named is as in the base."""
        for key in SUMS:
            if expected.get(key) is not None or key not in expected:
                self.assertEqual(found[key], times * base[key] + expected.get(key, 0), (key, found, base))


class Truth(Heap):
    """Blocks of 1000 bytes have exactly as many usable ones in glibc."""

    def setUp(self):
        super().setUp()
        self.need_trace()
        self.base = self.of("exit 0")

    def test_nothing_is_missing(self):
        text = self.expect(0, "exec", "--heap", "--runs", "2", "--", "true").stdout
        self.assertNotIn("Not measured", text)

    def test_one_process(self):
        found = self.of("malloc 100 1000 free 50")
        self.expect_more(found, self.base, calls=100, bytes=100000, peak=100000, peaks=100000, rest=50000)

    def test_fork_alone(self):
        """What the child inherits lives in it too; calls and bytes are of whoever made them."""
        found = self.of("malloc 10 1000 fork malloc 5 1000 free 2")
        rest = self.base["rest"]
        self.assertEqual(found["calls"], self.base["calls"] + 15)
        self.assertEqual(found["bytes"], self.base["bytes"] + 15000)
        self.assertEqual(found["peak"], self.base["peak"] + 15000)
        self.assertEqual(found["rest"], rest + 10000 + rest + 13000)

    def test_many_children_at_once(self):
        found = self.of("malloc 10 1000 fork-ahead 8 malloc 100 1000 wait free 100")
        self.assertEqual(found["calls"], self.base["calls"] + 10 + 800)
        self.assertEqual(found["bytes"], self.base["bytes"] + 810000)
        self.assertEqual(found["peak"], self.base["peak"] + 110000)
        self.assertEqual(found["rest"], 9 * (self.base["rest"] + 10000))

    def test_vfork_and_exec(self):
        base = self.of("spawn exit 0")
        found = self.of("malloc 10 1000 spawn malloc 7 1000")
        self.expect_more(found, base, calls=17, bytes=17000, peak=10000, peaks=17000, rest=17000)

    def test_exec_of_another_program(self):
        """What the old program held is gone, not left over."""
        base = self.of("exec exit 0")
        for exec in ("exec", "exec-thread"):
            base = self.of(f"{exec} exit 0")
            found = self.of(f"malloc 10 1000 {exec} malloc 7 1000")
            self.expect_more(found, base, calls=17, bytes=17000, peaks=17000, rest=7000, peak=None)

    def test_killed(self):
        """Nothing is lost with a process that no handler of its own ends."""
        base = self.of("fork exit 0")
        for number in (9, 11):
            found = self.of(f"malloc 10 1000 fork malloc 6 1000 free 1 kill {number}",
                            options=("--runs", "2", "--ignore-failure"))  # fmt: skip
            self.expect_more(found, base, calls=16, bytes=16000, peak=16000, peaks=26000, rest=25000)

    def test_threads(self):
        base = self.of("threads 8 0 0")
        found = self.of("threads 8 500 1000")
        self.expect_more(found, base, calls=4000, bytes=4000000, peak=4000000, peaks=4000000)

    def test_cpp(self):
        child = BUILD / "e2e" / "heap-child-new"
        base, found = self.of("0", child), self.of("300", child)
        # The vector's own room: one block of 300 pointers.
        self.expect_more(found, base, calls=301, bytes=302400, rest=150000, peak=None, peaks=None)

    def test_pipeline(self):
        base = self.sums(self.heap(f"{CHILD} malloc 0 1000 | {CHILD} malloc 0 1000 | {CHILD} malloc 0 1000; true"))
        found = self.sums(self.heap(f"{CHILD} malloc 1 1000 | {CHILD} malloc 2 1000 | {CHILD} malloc 4 1000; true"))
        self.expect_more(found, base, calls=7, bytes=7000, peaks=7000, rest=7000, peak=None)
        calls = self.value(self.case("out.json"), "membench-trace-: heap_alloc_count")
        self.assertEqual(calls, 3 * self.base["calls"] + 7)

    def test_what_it_leaves_running(self):
        """A process that outlives the command is told apart and adds to no sum."""
        self.expect_more(self.of("malloc 10 1000 leave malloc 5 1000 sleep 60000"), self.base,
                         calls=10, bytes=10000, peak=10000, peaks=10000, rest=10000)  # fmt: skip

    def test_interpreters(self):
        for words in (["perl", "-e", "@a = map { 'x' x 1000 } 1..1000"],
                      ["/usr/bin/python3", "-S", "-E", "-c", "import os; x = [b'x' * 1000 * i for i in range(100)]"],
                      ["awk", "BEGIN { for (i = 0; i < 1000; i++) a[i] = i \"x\" }"]):  # fmt: skip
            if shutil.which(words[0]) is None:
                print(f"\n  {words[0]} is not installed", end="")
                continue
            variables = self.env(PERL_HASH_SEED="0", PYTHONHASHSEED="0")
            found = self.sums(self.heap("--", *words, env=variables))
            self.assertGreater(found["calls"], 20, words)
            self.assertGreater(found["bytes"], found["rest"], words)
            self.assertGreaterEqual(found["peak"], found["rest"], words)


@unittest.skipIf(shutil.which("valgrind") is None, "valgrind is not installed")
class Valgrind(Heap):
    def check(self, *words):
        self.need_trace()
        result = subprocess.run(["valgrind", *map(str, words)], cwd=self.folder, env=self.env(), capture_output=True, text=True)
        said = re.search(r"total heap usage: ([\d,]+) allocs, [\d,]+ frees, ([\d,]+) bytes", result.stderr)
        self.assertIsNotNone(said, result.stderr)
        found = self.sums(self.heap("--", *words))
        self.assertEqual((found["calls"], found["bytes"]), tuple(int(n.replace(",", "")) for n in said.groups()), words)

    def test_the_same_totals(self):
        for words in ((CHILD, "malloc", 100, 1000, "free", 50), (CHILD, "threads", 4, 100, 1000),
                      (BUILD / "e2e" / "heap-child-new", 300), ("sort", "/etc/passwd")):  # fmt: skip
            self.check(*words)


class NotCounted(Heap):
    """A process without the hook is named, and there is no sum: never one without it, never 0."""

    def uncounted(self, reason, *words, **more):
        case = self.heap(*words, **more)
        for name in SUMS.values():
            self.assertNotIn(name, case["series"])
            self.assertIn(reason, case["missing"][name])
        self.assertIn(reason, case["warning"])
        return case

    def test_reasons(self):
        self.need_trace()
        static, own = BUILD / "e2e" / "heap-child-static", BUILD / "e2e" / "heap-child-own-malloc"
        self.uncounted("heap-child-stat (static)", "--", static, "malloc", 10, 1000)
        self.uncounted("heap-child-own- (its own malloc)", "--", own, "malloc", 10, 1000)
        self.uncounted("(without the hook in its environment)", f"env -i {CHILD} exit 0; true")
        self.uncounted("(forked past the C library)", "--", CHILD, "raw-fork", "exit", 0)

    def test_the_others_are_counted(self):
        self.need_trace()
        case = self.uncounted("not counted: heap-child-stat (static)",
                              f"{CHILD} malloc 10 1000; {BUILD}/e2e/heap-child-static malloc 5 1000; true")  # fmt: skip
        self.assertEqual(self.value(case, "membench-trace-: heap_alloc_count"), self.of("malloc 10 1000")["calls"])
        text = self.exec(0, "--heap", "--runs", "1", f"{BUILD}/e2e/heap-child-static fork exit 0; true").stdout
        self.assertRegex(text, r"heap-child-stat +2  not counted: static")

    def test_a_run_that_differs(self):
        """The hook changes what a program does that looks for it."""
        self.need_trace()
        self.uncounted("with the heap hook it exited with code 3", 'test -z "$MEMBENCH_HEAP_TREE" || exit 3')

    @unittest.skipUnless(os.access(REFUSE, os.X_OK), "refuse-ptrace was not built")
    def test_nothing_traced(self):
        result = common.run([REFUSE, common.MEMBENCH, "exec", "--heap", "--runs", "1", "--out", "out.json", "--", CHILD, "exit", "0"],
                            self.folder)  # fmt: skip
        self.assertEqual(result.code, 0, result)
        self.assertIn("not traced", self.case("out.json")["missing"]["tree_heap_alloc_count"])
        self.assertIn("--heap cannot be combined with --no-trace", self.expect(2, "exec", "--no-trace", "--heap", "true").stderr)


class Gate(Heap):
    def test_baseline(self):
        self.need_trace()
        words = ["--heap", "--runs", "10", "--name", "a", "--", CHILD, "malloc"]
        self.exec(0, "--save-baseline", "main", *words, 1000, 100)
        self.exec(0, "--baseline", "main", *words, 1000, 100)
        more_calls = self.exec(3, "--baseline", "main", *words, 2000, 50)
        self.assertIn("heap calls", more_calls.stdout)
        self.assertIn("REGRESSED", self.exec(3, "--baseline", "main", *words, 1000, 400).stdout)
        # Pages are those of the command without the hook: a baseline of either kind goes with a run of the other.
        self.exec(0, "--baseline", "main", "--runs", "10", "--name", "a", "--", CHILD, "malloc", 1000, 100)
        only = self.exec(3, "--baseline", "main", "--metrics", "tree_calls", "--threshold", "tree_calls=5%", *words, 1100, 91)
        self.assertIn("heap calls", only.stdout)

    def test_side_by_side(self):
        self.need_trace()
        one, other = f"{CHILD} malloc 1000 100", f"{CHILD} malloc 1500 100"
        self.expect(0, "ab", "--exec", "--heap", one, one)
        grown = self.expect(3, "ab", "--exec", "--heap", "--metrics", "tree_calls", one, other)
        self.assertIn("heap calls", grown.stdout)

    def test_sweep(self):
        self.need_trace()
        self.exec(0, "--heap", "--runs", "3", "--parameter-list", "n", "100,200,400,800,1600", "--name", "s", "--out", "out.json",
                  f"{CHILD} malloc {{n}} 1000")  # fmt: skip
        calls = [self.case("out.json", i)["series"]["tree_heap_alloc_count"]["value"] for i in range(5)]
        self.assertEqual([n - calls[0] for n in calls], [0, 100, 300, 700, 1500])
        sweep = ["--heap", "--runs", "10", "--parameter-list", "n", "100,200,400,800,1600", "--name", "s"]
        self.exec(0, *sweep, "--save-baseline", "main", f"{CHILD} malloc {{n}} 1000")
        steeper = self.exec(3, *sweep, "--baseline", "main", f"{CHILD} malloc {{n}} 1200")
        self.assertIn("heap peak +208 B per n", steeper.stdout)  # of 1200 bytes 1208 are usable

    def test_advice(self):
        self.need_trace()
        self.assertIn(" --heap ", self.exec(0, "--heap", "--runs", "1", "true").stdout.split("baseline:")[-1])


if __name__ == "__main__":
    common.main()
