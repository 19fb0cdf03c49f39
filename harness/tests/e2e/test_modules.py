"""`membench wasm`: modules of the user's own, on a runtime of known truth, where every number is exact, and on those that
were built, where a module given costs what the same module costs as a bundled one."""

import hashlib
import json
import pathlib
import re
import shutil
import sys
import tarfile
import unittest

import common
import measured
from common import need_program, program
from measured import PAGE_BYTES, WINDOWS
from test_wasm import BLOCK_USABLE_BYTES, CALL, ENGINE, ENGINE_KEPT, INSTANCE, LOAD, MODULE_KEPT

sys.path.insert(0, str(common.SOURCE / "bench" / "wasm" / "modules"))
import assemble  # noqa: E402
import make_modules  # noqa: E402

NONE, I32 = assemble.function_type([], []), assemble.I32
UNREACHABLE, GLOBAL_GET, GLOBAL_SET, GLOBALS = 0x00, 0x23, 0x24, 6
COMPONENT = b"\0asm\x0d\0\1\0"


def with_entry(name):
    """One function without parameters, exported under that name, and a page of memory."""
    return assemble.module(
        assemble.section(assemble.TYPE, [NONE]),
        assemble.section(assemble.FUNCTIONS, [b"\0"]),
        assemble.section(assemble.MEMORIES, [assemble.ONE_PAGE]),
        assemble.exported(memory=(assemble.MEMORY, 0), **{name: (assemble.FUNCTION, 0)}),
        assemble.section(assemble.CODE, [assemble.body(0)]),
    )


def once():
    """A reactor that bears `_initialize` once, and whose work() traps before that."""
    flag = (GLOBAL_GET, 0)
    trap_if = (assemble.IF, assemble.BLOCK_VOID, UNREACHABLE, assemble.END)
    return assemble.module(
        assemble.section(assemble.TYPE, [NONE]),
        assemble.section(assemble.FUNCTIONS, [b"\0", b"\0"]),
        assemble.section(assemble.MEMORIES, [assemble.ONE_PAGE]),
        assemble.section(GLOBALS, [bytes([I32, 1, assemble.I32_CONST, 0, assemble.END])]),
        assemble.exported(memory=(assemble.MEMORY, 0), _initialize=(assemble.FUNCTION, 0), work=(assemble.FUNCTION, 1)),
        assemble.section(
            assemble.CODE,
            [
                assemble.body(0, *flag, *trap_if, assemble.I32_CONST, 1, GLOBAL_SET, 0),
                assemble.body(0, *flag, assemble.I32_EQZ, *trap_if),
            ],
        ),
    )


def wasi(function):
    return assemble.name("wasi_snapshot_preview1") + assemble.name(function) + b"\0"


def imports_both():
    """A module that imports a function of WASI and one of somebody else's, and has a memory."""
    return assemble.module(
        assemble.section(assemble.TYPE, [NONE, assemble.function_type([I32, I32], [I32])]),
        assemble.section(
            assemble.IMPORT, [wasi("args_sizes_get") + b"\1", assemble.name("env") + assemble.name("tick") + b"\0\0"]
        ),
        assemble.section(assemble.MEMORIES, [assemble.ONE_PAGE]),
        assemble.exported(memory=(assemble.MEMORY, 0)),
    )


def ask():
    """A command that exits with 0 if it has three arguments, its name among them, two variables, and a folder that it
    calls by a name of five bytes; else with bits of what differs."""
    load, xor, shift_left, or_, drop = b"\x28\2\0", 0x73, 0x74, 0x72, assemble.DROP
    two, one = assemble.function_type([I32, I32], [I32]), assemble.function_type([I32], [])
    const = assemble.I32_CONST
    arguments, variables, prestat, leave, start = range(5)
    return assemble.module(
        assemble.section(assemble.TYPE, [NONE, one, two]),
        assemble.section(
            assemble.IMPORT,
            [wasi("args_sizes_get") + b"\2", wasi("environ_sizes_get") + b"\2", wasi("fd_prestat_get") + b"\2",
             wasi("proc_exit") + b"\1"],
        ),
        assemble.section(assemble.FUNCTIONS, [b"\0"]),
        assemble.section(assemble.MEMORIES, [assemble.ONE_PAGE]),
        assemble.exported(memory=(assemble.MEMORY, 0), _start=(assemble.FUNCTION, start)),
        assemble.section(
            assemble.CODE,
            [
                assemble.body(
                    0,
                    *(const, 0, const, 4, assemble.CALL, arguments, drop),
                    *(const, 8, const, 12, assemble.CALL, variables, drop),
                    *(const, 3, const, 16, assemble.CALL, prestat, drop),
                    *(const, 0, load[0], load[1], load[2], const, 3, xor),
                    *(const, 8, load[0], load[1], load[2], const, 2, xor, const, 3, shift_left, or_),
                    *(const, 20, load[0], load[1], load[2], const, 5, xor, or_),
                    *(assemble.CALL, leave),
                )
            ],
        ),
    )  # fmt: skip


def yielding():
    """A reactor whose work() calls a function of WASI."""
    return assemble.module(
        assemble.section(assemble.TYPE, [NONE, assemble.function_type([], [I32])]),
        assemble.section(assemble.IMPORT, [wasi("sched_yield") + b"\1"]),
        assemble.section(assemble.FUNCTIONS, [b"\0", b"\1"]),
        assemble.section(assemble.MEMORIES, [assemble.ONE_PAGE]),
        assemble.exported(memory=(assemble.MEMORY, 0), _initialize=(assemble.FUNCTION, 1), work=(assemble.FUNCTION, 2)),
        assemble.section(assemble.CODE, [assemble.body(0), assemble.body(0, assemble.CALL, 0)]),
    )


def padded(module, byte_count):
    """The module with a custom section of so many bytes, which nobody reads."""
    content = assemble.name("pad") + b"\0" * byte_count
    return module + b"\0" + assemble.unsigned(len(content)) + content


def copies(size, count):
    """Pages of copies of a module's bytes, which are 16 bytes apart at most."""
    stride = -(-size // 16) * 16
    return -(-((count - 1) * stride + size) // PAGE_BYTES)


class Given(measured.Case):
    """The runtime of known truth with modules of the test's."""

    def given(self, *args, code=0, **more):
        return self.results("wasm", *args, "-p", program("wasm-truth"), "--no-time", code=code, **more).cases

    def assert_pages(self, case, pages):
        for window in WINDOWS:
            self.assert_all(case, f"{window}_anon_delta_bytes", pages * PAGE_BYTES)


@need_program("wasm-truth")
class Truth(Given):
    def test_cases(self):
        """What is measured of a module without entry and call: the numbers of truth.h, and nothing for a call."""
        tiny = assemble.tiny()
        self.write("my module.wasm", tiny)
        cases = self.given("my module.wasm", "--instances", "2,5", "--loads", "1,3")
        name = "truth/my_module"
        self.assertEqual(
            list(cases),
            [f"wasm_module_load/{name}/1", f"wasm_module_load/{name}/3", f"wasm_instances/{name}/2",
             f"wasm_instances/{name}/5", f"wasm_lifecycle/{name}/1", f"wasm_drop/{name}/modules/3",
             f"wasm_drop/{name}/instances/5"],
        )  # fmt: skip
        for count in (1, 3):
            case = cases[f"wasm_module_load/{name}/{count}"]
            self.assert_pages(case, count * LOAD + copies(len(tiny), count))
            self.assert_all(case, "steady_heap_live_bytes", count * BLOCK_USABLE_BYTES)
        for count in (2, 5):
            self.assert_pages(cases[f"wasm_instances/{name}/{count}"], count * INSTANCE)
        self.assert_pages(cases[f"wasm_drop/{name}/modules/3"], 3 * MODULE_KEPT)
        self.assert_pages(cases[f"wasm_drop/{name}/instances/5"], 0)
        marks = {m["name"]: set(measured.expand(m["anon_delta_bytes"])) for m in cases[f"wasm_lifecycle/{name}/1"].marks("cold")}
        loaded = ENGINE + copies(len(tiny), 1) + LOAD
        self.assertEqual(marks["loaded"], {loaded * PAGE_BYTES})
        self.assertEqual(marks["called"], {(loaded + INSTANCE) * PAGE_BYTES})
        self.assertEqual(marks["trimmed"], {(ENGINE_KEPT + MODULE_KEPT) * PAGE_BYTES})
        self.assertEqual(self.report.stderr, "")

    def test_entry_and_calls(self):
        """`_start` and `_initialize` are called; --call in their place; nothing that a trapping import could end."""
        self.write("command.wasm", with_entry("_start"))
        self.write("reactor.wasm", with_entry("_initialize"))
        self.write("tiny.wasm", assemble.tiny())
        self.write("host.wasm", assemble.hostloop())
        only = ("--instances", "4", "-f", "instances/truth/[^/]+/4$")
        cases = self.given("command.wasm", "reactor.wasm", "tiny.wasm", "host.wasm", *only)
        for name, called in {"command": CALL, "reactor": CALL, "tiny": 0, "host": 0}.items():
            self.assert_pages(cases[f"wasm_instances/truth/{name}/4"], 4 * (INSTANCE + called))
        self.assertEqual(
            self.report.stderr,
            "membench: host.wasm: imports 1 function, which traps when called; instances are made, nothing is called\n",
        )
        cases = self.given("tiny.wasm", *only, "--call", "add1=7", "--call", "add1=-1")
        self.assert_pages(cases["wasm_instances/truth/tiny/4"], 4 * (INSTANCE + CALL))
        self.write("add1.wasm", assemble.tiny())  # of the name of the function that is called
        cases = self.given("add1.wasm", *only, "--call", "add1=7")
        self.assert_pages(cases["wasm_instances/truth/add1/4"], 4 * (INSTANCE + CALL))

    def test_gate(self):
        """A module that grew by ten pages takes ten more for each load: REGRESSED, from a baseline and side by side."""
        self.write("m.wasm", assemble.tiny())
        args = ("wasm", "m.wasm", "-p", program("wasm-truth"), "--passes", "pages", "-f", "load")
        self.expect(0, *args, "--save-baseline", "main", "-q")
        self.assertIn("OK: No memory grew.", self.expect(0, *args, "--baseline", "main").stdout)
        self.write("old/m.wasm", assemble.tiny())
        self.write("m.wasm", padded(assemble.tiny(), 10 * PAGE_BYTES))
        found = self.expect(3, *args, "--baseline", "main").stdout
        self.assertIn("(+40.0 KiB)", found)
        accept = re.search(r"(?m)^accept: +membench (.*)$", found).group(1)
        self.assertEqual(
            accept,
            f"wasm m.wasm --program {program('wasm-truth')} --passes pages --save-baseline main '^wasm_module_load/'",
        )

    def test_side_by_side(self):
        """Two modules, of whatever names: the runtimes are the same, so what grew is the module's."""
        self.write("v1.wasm", assemble.tiny())
        self.write("v2.wasm", padded(assemble.tiny(), 10 * PAGE_BYTES))
        options = ("-p", program("wasm-truth"), "--passes", "pages", "-f", "load")
        found = self.expect(3, "ab", "v1.wasm", "v2.wasm", *options)
        self.assertRegex(found.stdout, r"truth/v2/1 .*\(\+40\.0 KiB\)")
        self.assertNotIn("same build", found.stderr)
        self.assertIn("OLD and NEW are the same build", self.expect(0, "ab", "v1.wasm", "v1.wasm", *options).stderr)

    def test_where(self):
        """The call sites of a case of a module that is given: the block that the runtime keeps for it, to the byte."""
        self.write("m.wasm", assemble.tiny())
        found = self.expect(0, "where", "-p", program("wasm-truth"), "m.wasm", "wasm_module_load/truth/m/1").stdout
        self.assertTrue(found.startswith("wasm_module_load/truth/m/1, steady window"), found)
        self.assertIn(f"{BLOCK_USABLE_BYTES:,} B in 1 block", found)
        for call, called in (((), 0), (("--call", "add1=1"), CALL)):
            options = ("-p", program("wasm-truth"), "--instances", "4", *call)
            found = self.expect(0, "where", "m.wasm", "wasm_instances/truth/m/4", *options).stdout
            self.assertIn(f" +{4 * (INSTANCE + called) * PAGE_BYTES >> 10}.0 KiB  mapped by ", found)

    def test_soak(self):
        """A case of a module that is given, which keeps a page of each load: its record grows by that, as far as
        memory and operations are read at the same time."""
        self.write("m.wasm", assemble.tiny())
        case = "wasm_drop/truth/m/modules/5"  # a case only with --loads
        options = ("--run", "1", "--interval", "0.2", "--out", "s", "--loads", "5")
        self.expect(0, "soak", "-p", program("wasm-truth"), "m.wasm", case, *options)
        lines = [json.loads(line) for line in (self.folder / "s.ndjson").read_text().splitlines()]
        self.assertEqual(lines[0]["target"], case)
        ticks = [line for line in lines if line.get("operation_count")]
        grown_bytes = ticks[-1]["anon_bytes"] - ticks[0]["anon_bytes"]
        loads = ticks[-1]["operation_count"] - ticks[0]["operation_count"]
        self.assertGreater(loads, 0)
        self.assertAlmostEqual(grown_bytes / loads / (MODULE_KEPT * PAGE_BYTES), 1, delta=0.5)

    def test_one_case_of_a_module(self):
        """A module without a case, and two cases."""
        self.write("m.wasm", assemble.tiny())
        for verb in ("where", "soak"):
            found = self.expect(2, verb, "m.wasm")
            self.assertEqual(found.stderr, "membench: which case of m.wasm? membench wasm m.wasm --list names them\n")
            self.assertIn(f"{verb} takes one case", self.expect(2, verb, "-p", program("wasm-truth"), "m.wasm", "a", "b").stderr)
            self.assertIn(f"{verb} takes one case", self.expect(2, verb, "a", "b").stderr)

    def test_refused_by_the_runtime(self):
        """What a runtime does not take is skipped with its words; nothing failed."""
        self.write("component.wasm", COMPONENT)
        cases = self.given("component.wasm")
        for case in cases.values():
            self.assertEqual((case.outcome, case.message), ("skipped", "truth: component is not of version 1"), case.id)
        self.assertIn("byte 0: it is not a WebAssembly module of version 1", self.report.stderr)

    def test_without_wasi(self):
        """A runtime that has no WASI says so; and a module that wants it can be given it."""
        self.write("ask.wasm", ask())
        cases = self.given("ask.wasm", "--wasi", "-f", "lifecycle")
        case = cases["wasm_lifecycle/truth/ask/1"]
        self.assertEqual((case.outcome, case.message), ("skipped", "truth has no WASI here"))
        self.assertEqual(self.report.stderr, "")
        self.given("ask.wasm", "-f", "lifecycle")
        self.assertEqual(
            self.report.stderr,
            "membench: ask.wasm: imports 4 functions, which trap when called; instances are made, nothing is called "
            "(--wasi gives it these)\n",
        )

    def test_some_imports_of_wasi(self):
        """Of a module that imports others as well it is said how many WASI has; and once it has them, only the others."""
        self.write("both.wasm", imports_both())
        for option, said in {
            (): "2 functions, which trap when called; instances are made, nothing is called (--wasi gives it 1 of these)",
            ("--wasi",): "1 function, which traps when called; instances are made, nothing is called",
        }.items():
            self.given("both.wasm", "-f", "lifecycle", *option)
            self.assertEqual(self.report.stderr, f"membench: both.wasm: imports {said}\n")

    def test_usage(self):
        """What is wrong is said before anything is measured."""
        self.write("tiny.wasm", assemble.tiny())
        self.write("other/tiny.wasm", with_entry("_start"))
        self.write("text.wasm", "(module)")
        with_truth = ("-p", program("wasm-truth"))
        for args, said in {
            (): "wasm takes modules: membench wasm FILE.wasm",
            ("nothing.wasm",): "nothing.wasm: No such file",
            ("^wasm_module_load/",): "^wasm_module_load/: there is no such module; --filter chooses cases",
            ("text.wasm",): "text.wasm: not a WebAssembly module",
            ("tiny.wasm", "other/tiny.wasm"): 'other/tiny.wasm: two modules are called "tiny"',
            ("tiny.wasm", "--call", "sub1=1"): '--call: tiny.wasm exports no function "sub1"',
            ("tiny.wasm", "--call", "add1"): "--call: add1 of tiny.wasm takes (i32), not ()",
            ("tiny.wasm", "--call", "add1=1,2"): "--call: add1 of tiny.wasm takes (i32), not (i32, i32)",
            ("tiny.wasm", "--call", "add1=x"): '--call: "add1=x" is not NAME or NAME=1,2',
            ("tiny.wasm", "--call", "add1=4294967296"): '--call: "add1=4294967296" is not',
            ("tiny.wasm", "--instances", "0"): '--instances: "0" is not a list of up to 8 numbers from 1 to 1000',
            ("tiny.wasm", "--instances", "1,2,"): '--instances: "1,2," is not',
            ("tiny.wasm", "--loads", "65"): '--loads: "65" is not a list of up to 8 numbers from 1 to 64',
            ("tiny.wasm", "--stack-size", "1023"): '--stack-size: "1023" is not a size such as',
            ("tiny.wasm", "--stack-size", "2GiB"): "--stack-size: more than 1 GiB",
            ("tiny.wasm", "--dir", "tiny.wasm"): "--dir: tiny.wasm is not a folder that can be passed on",
            ("tiny.wasm", "--arg", "two\nlines"): '--arg: "two\nlines" is not a text without line breaks',
            ("tiny.wasm", "--runtime", "none-such"): "no WebAssembly runtime none-such was built (membench doctor lists",
        }.items():
            with self.subTest(args=args):
                more = () if "--runtime" in args else with_truth
                result = self.expect(1 if args == ("nothing.wasm",) else 2, "wasm", *args, *more)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr.startswith(f"membench: {said}"), result.stderr)
        result = self.expect(2, "wasm", "tiny.wasm", "-p", program("jobs"))
        self.assertIn("jobs: not a program that runs WebAssembly modules", result.stderr)

    def test_no_module(self):
        """What is said of a module where there is none is refused by each command that takes modules."""
        case = ("-p", program("wasm-truth"), "wasm_module_load/truth/tiny/1")
        for args in (("where", *case), ("soak", *case), ("watch", *case), ("soak", "--", "sleep", "9"),
                     ("soak", "--pid", "1"), ("ab", program("wasm-truth"), program("wasm-truth"))):  # fmt: skip
            for option in (("--env", "A=1"), ("--arg", "x"), ("--dir", "."), ("--wasi",), ("--call", "add1=1")):
                with self.subTest(args=args, option=option):
                    result = self.expect(2, args[0], *option, *args[1:])
                    self.assertIn("are for WebAssembly modules: name a file\n", result.stderr)

    def test_listed_in_the_project(self):
        """The modules of membench.json, with its rules; those that are named take their place."""
        self.write("sub/m.wasm", assemble.tiny())
        self.write("other.wasm", assemble.tiny())
        budget = {"wasm_module_load/truth/m/1": {"budgets": {"anon": (LOAD + 1) * PAGE_BYTES}},
                  "wasm_module_load/truth/m/2": {"budgets": {"anon": (LOAD + 1) * PAGE_BYTES}}}  # fmt: skip
        self.write("membench.json", json.dumps({"modules": ["sub/m.wasm"], "cases": budget}))
        options = ("-f", "load", "--loads", "1,2", "--no-where")
        found = self.given(*options, code=3)
        self.assertEqual(list(found), ["wasm_module_load/truth/m/1", "wasm_module_load/truth/m/2"])
        self.assertRegex(self.report.stdout, r"(?m)^OVER BUDGET.*truth/m/2")
        self.write("membench.json", json.dumps({"modules": ["sub/m.wasm"]}))
        self.assertEqual(len(self.given("other.wasm", *options)), 2)
        self.assertNotIn("truth/m/", self.report.stdout)

    def test_hint(self):
        """A module that is typed as a filter."""
        self.write("tiny.wasm", assemble.tiny())
        result = self.expect(2, "tiny.wasm", "-p", program("wasm-truth"))
        self.assertIn("; to measure a module: membench wasm tiny.wasm", result.stderr)

    def test_changed_meanwhile(self):
        """A file that is not what it was when the run began is not measured: here its hash is another one's."""
        path = self.write("m.wasm", assemble.tiny())
        env = self.env(MEMBENCH_FD="1", MEMBENCH_ACTION="sample", MEMBENCH_CASE="wasm_module_load/truth/m/1",
                       MEMBENCH_PASS="pages", MEMBENCH_WARMUP="-1", MEMBENCH_WASM_FILES=str(path),
                       MEMBENCH_WASM="instances=1\nloads=1\nmodule=0123456789abcdef:m\n")  # fmt: skip
        said = common.run([program("wasm-truth")], self.folder, env).stdout
        self.assertIn("m.wasm has changed since the run began", said)


def starts_a_thread():
    """A command that starts a wasi-thread and ends when that has stored something; it traps if there is none."""
    spawn, start, thread_start = range(3)
    word, store, load, notify, wait = (assemble.I32_CONST, 0), assemble.STORE, assemble.LOAD, assemble.NOTIFY, assemble.WAIT32
    return assemble.module(
        assemble.section(
            assemble.TYPE,
            [assemble.ONE_TO_ONE, assemble.function_type([I32, I32], []), NONE],
        ),
        assemble.section(
            assemble.IMPORT,
            [
                assemble.name("wasi") + assemble.name("thread-spawn") + b"\0\0",
                assemble.name("env") + assemble.name("memory") + b"\x02\x03\x01\x04",
            ],
        ),
        assemble.section(assemble.FUNCTIONS, [b"\x02", b"\x01"]),
        assemble.exported(
            memory=(assemble.MEMORY, 0),
            _start=(assemble.FUNCTION, start),
            wasi_thread_start=(assemble.FUNCTION, thread_start),
        ),
        assemble.section(
            assemble.CODE,
            [
                assemble.body(
                    0,
                    *(assemble.I32_CONST, 0, assemble.CALL, spawn, assemble.I32_CONST, 1, 0x48),  # i32.lt_s
                    *(assemble.IF, assemble.BLOCK_VOID, UNREACHABLE, assemble.END),
                    *(assemble.LOOP, assemble.BLOCK_VOID),
                    *(*word, assemble.I32_CONST, 0, 0x42, assemble.signed(100_000_000), assemble.atomic(wait), assemble.DROP),
                    *(*word, assemble.atomic(load), assemble.I32_EQZ, assemble.BR_IF, 0, assemble.END),
                ),
                assemble.body(
                    0,
                    *(*word, assemble.I32_CONST, 1, assemble.atomic(store)),
                    *(*word, assemble.I32_CONST, 1, assemble.atomic(notify), assemble.DROP),
                ),
            ],
        ),
    )


def runtimes():
    """The programs that --runtime chooses from, by what it calls them; wamr-wasi has cases only with --wasi."""
    names = sorted(p.name[len("wasm-") :] for p in common.BENCH.glob("wasm-*") if p.is_file())
    return [name for name in names if name not in ("null", "truth", "wazero", "wasmi-rust", "wamr-wasi") and
            not re.search("-(aot|cwasm-file|winch|pulley|keep-.*)$", name)]  # which are not bundled


@unittest.skipUnless(runtimes(), "no runtime was built: ci/setup --runtimes wamr")
class Built(measured.Case):
    """Every runtime that was built."""

    def given(self, runtime, *args, code=0):
        options = ("--runtime", runtime, "--passes", "pages", "--sample-size", "2")
        return self.results("wasm", *args, *options, code=code).cases

    def test_initialize_is_called_once(self):
        """A reactor is initialized before it is called, and once."""
        self.write("once.wasm", once())
        for runtime in runtimes():
            with self.subTest(runtime=runtime):
                for case in self.given(runtime, "once.wasm", "--call", "work", "--instances", "3", "-f", "instances").values():
                    self.assertEqual((case.outcome, case.message), ("ok", None), case.id)

    def test_trap_is_a_failure_that_was_asked_for(self):
        """An import traps when it is called, in the runtime's words."""
        self.write("host.wasm", assemble.hostloop())
        for runtime in runtimes():
            with self.subTest(runtime=runtime):
                wanted = f"wasm_instances/{runtime}/host/1"
                case = self.given(runtime, "host.wasm", "--call", "run=1", "--exact", wanted, code=1)[wanted]
                self.assertEqual(case.outcome, "failed")
                self.assertRegex(case.message, r"^run: ")

    def test_doctor_lists_what_is_loaded(self):
        """doctor loads a module for each proposal in each runtime: of all of them each is in one list or the other."""
        found = self.expect(0, "doctor", env=self.env(COLUMNS="10000", TMPDIR=self.folder)).stdout
        lines = dict(re.findall(r"(?m)^(?:loads)? +(\S+): (.*; not: .*)$", found))
        self.assertEqual(set(lines), set(runtimes()))
        every = {tuple(sorted(re.split(", |; not: ", line))) for line in lines.values()}
        self.assertEqual(len(every), 1, found)
        self.assertEqual(len(every.pop()), 14)
        if "wamr-fast" in lines:
            loaded = "bulk memory, reference types, multi-value, sign extension; not: SIMD, tail calls, threads"
            self.assertTrue(lines["wamr-fast"].startswith(loaded), lines["wamr-fast"])
            self.assertIn(", threads; not: ", lines.get("wamr-threads", ", threads; not: "))
        self.assertEqual(list(self.folder.iterdir()), [])

    @need_program("wasm-wamr-fast-noguard")
    def test_names_of_runtimes(self):
        """A runtime's name is all of its variants, a variant's is that one."""
        self.write("tiny.wasm", assemble.tiny())

        def listed(runtime):
            text = self.expect(0, "wasm", "tiny.wasm", "--runtime", runtime, "--list", "--format", "terse").stdout
            return {line.split("/")[1] for line in text.splitlines() if "/" in line}

        self.assertEqual(listed("wamr-fast"), {"wamr-fast"})
        self.assertEqual(listed("wamr-fast,wamr-pool"), {"wamr-fast", "wamr-pool"})
        self.assertEqual(listed("wamr"), {name for name in runtimes() if name.startswith("wamr-")})

    @need_program("wasm-wamr-fast")
    def test_as_the_bundled_module(self):
        """The bundled tiny module given by its file takes what it takes as a bundled one, to the page."""
        path = common.BENCH / "wasm-modules" / "tiny.wasm"
        wanted = "wasm_instances/wamr-fast/tiny/100"
        own = self.given("wamr-fast", path, "--call", "add1=41", "--exact", wanted)[wanted]
        options = ("--program", program("wasm-wamr-fast"), "--passes", "pages", "--sample-size", "2")
        bundled = self.results(*options, "--exact", wanted).cases[wanted]
        for window in WINDOWS:
            metric = f"{window}_anon_delta_bytes"
            self.assertEqual(own.samples(metric), bundled.samples(metric), metric)


    @need_program("wasm-wamr-fast")
    def test_stack_size(self):
        """Of each instance; the next command has it, too."""
        self.write("tiny.wasm", assemble.tiny())
        for size, options in ((8, ()), (64, ("--stack-size", "64KiB"))):
            case = self.given("wamr-fast", "tiny.wasm", "--call", "add1=1", *options, "-f", "lifecycle")["wasm_lifecycle/wamr-fast/tiny/1"]
            stack = next(r for r in case.regions("cold") if r["name"] == "wasm stack")
            self.assertEqual(stack["nominal_bytes"], size * 1024)
            self.assertEqual(set(case.counts("cold")["estimated_wasm_stack_bytes"]), {size * 1024})
            self.assertIn(" ".join(("membench wasm tiny.wasm --call add1=1", *options)), self.report.stdout)


WITH_WASI = [name for name in runtimes() if name == "wasmedge" or name.startswith("wasmtime")]
WITH_WASI += [name for name in ("wamr-wasi", "wamr-threads") if (common.BENCH / f"wasm-{name}").is_file()]
# Its library has arguments and streams, but no variables and folders.
WITH_ARGUMENTS = WITH_WASI + [name for name in runtimes() if name == "wasm3"]
SQLITE = ("better-sqlite3@12.4.1", {
    "sqlite3.c": "90b7189566ea710ee18361b25d893f5cda3fcf43033223a16384762f53e99a85",
    "sqlite3.h": "abd1514e0351f79393d1be882830afdb40a8099e8257f311f0bfdf8486f11bea",
})  # fmt: skip

# wasi-libc grows memory by what malloc asks for; printf has to work.
HELLO = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    char *kept = malloc(3 << 20);
    memset(kept, 1, 3 << 20);
    printf("%s has kept %p\\n", argv[argc - 1], (void *)kept);
    return 0;
}
"""


need_wasi_compiler = unittest.skipUnless(
    shutil.which("clang") and shutil.which("wasm-ld") and pathlib.Path("/usr/include/wasm32-wasi").is_dir(),
    "clang, lld or wasi-libc is missing: ci/setup --runtimes wamr")  # fmt: skip


@unittest.skipUnless(WITH_ARGUMENTS, "no runtime with WASI was built: ci/setup --runtimes wamr")
class Wasi(measured.Case):
    """Every runtime that was built with WASI."""

    def given(self, *args, code=0, runtimes=WITH_ARGUMENTS, **more):
        options = ("--runtime", ",".join(runtimes), "--passes", "pages", "--sample-size", "2")
        cases = self.results("wasm", *args, *options, code=code, **more).cases
        self.assertEqual({case.split("/")[1] for case in cases}, set(runtimes))
        return cases

    def compile(self, output, *args):
        """Returns what the compiler has to say."""
        build = ["clang", "--target=wasm32-wasi", "-O1", "-fno-builtin", "-Wl,--export=__heap_base", "-Wl,--export=__data_end",
                 "-o", output, *args]  # fmt: skip
        return common.run(build, self.folder, timeout=300)

    def region(self, case, name):
        """Resident at first use, in the first sample; 0 where the case has no such region."""
        return sum(measured.expand(r["resident_bytes"])[0] for r in case.regions("cold") if r["name"] == name)

    @unittest.skipUnless(WITH_WASI, "no runtime with folders was built")
    def test_command(self):
        """Arguments, variables and folders reach a command, whose exit code is 0 or a failure."""
        self.write("ask.wasm", ask())
        wanted = ("--arg", "a", "--arg", "b c", "--env", "A=1", "--env", "B=x=y", "--dir", ".::files")
        for case in self.given("ask.wasm", *wanted, "-f", "lifecycle|instances.*/10$", runtimes=WITH_WASI).values():
            self.assertEqual((case.outcome, case.message), ("ok", None), case.id)
        for case in self.given("ask.wasm", "--wasi", "-f", "lifecycle", code=1, runtimes=WITH_WASI).values():
            self.assertEqual((case.outcome, case.message), ("failed", f"ask: exit code {(1 ^ 3) | (2 << 3) | 5}"), case.id)

    @unittest.skipUnless("wamr-threads" in WITH_WASI, "wamr-threads was not built")
    def test_command_with_threads(self):
        """A command that starts a thread and waits for it is called, and ends."""
        self.write("spawn.wasm", starts_a_thread())
        for case in self.given("spawn.wasm", "--wasi", "-f", "lifecycle", runtimes=["wamr-threads"]).values():
            self.assertEqual((case.outcome, case.message), ("ok", None), case.id)
        self.assertEqual(self.report.stderr, "")

    @unittest.skipUnless(WITH_WASI, "no runtime with folders was built")
    def test_other_commands(self):
        """where, soak and ab pass on the same arguments, variables and folders: with one less the command fails."""
        self.write("ask.wasm", ask())
        name = min(WITH_WASI)
        case = f"wasm_lifecycle/{name}/ask/1"
        with_program = ("-p", program(f"wasm-{name}"))
        wanted = ("--arg", "a", "--arg", "b c", "--dir", ".::files", "--env", "A=1", "--env", "B=x=y")
        for args in (("where", "ask.wasm", case), ("soak", "ask.wasm", case, "--run", "1", "--interval", "0.5"),
                     ("ab", "ask.wasm", "ask.wasm", "--passes", "pages", "-f", "lifecycle")):  # fmt: skip
            with self.subTest(args=args):
                self.expect(0, *args, *wanted, *with_program)
                result = self.expect(1, *args, *wanted[:-2], *with_program)
                self.assertRegex(result.stdout + result.stderr, f"exit code {(2 ^ 1) << 3}|its sample failed")

    @need_program("wasm-wasm3")
    def test_command_of_wasm3(self):
        """Arguments, and an exit code; what its library lacks is a skip that says so. No folder is there unasked for."""
        self.write("ask.wasm", ask())
        for options, code, outcome, message in (
            (("--arg", "a", "--arg", "b c"), 1, "failed", f"ask: exit code {(2 << 3) | 5}"),
            (("--wasi",), 1, "failed", f"ask: exit code {(1 ^ 3) | (2 << 3) | 5}"),
            (("--env", "A=1"), 0, "skipped", "WASI in Wasm3 has no environment variables"),
            (("--dir", "."), 0, "skipped", "WASI in Wasm3 has no folders"),
        ):
            with self.subTest(options=options):
                cases = self.given("ask.wasm", *options, "-f", "lifecycle", code=code, runtimes=["wasm3"])
                self.assertEqual({(c.outcome, c.message) for c in cases.values()}, {(outcome, message)})

    def test_reactor(self):
        """A reactor that calls WASI; without it that call traps."""
        self.write("yielding.wasm", yielding())
        for case in self.given("yielding.wasm", "--wasi", "--call", "work", "-f", "lifecycle").values():
            self.assertEqual((case.outcome, case.message), ("ok", None), case.id)

    @need_wasi_compiler
    def test_program_in_c(self):
        """printf and malloc of wasi-libc: 3 MiB written to are in the region of the libc heap, and memory has grown by the
        same in every runtime."""
        self.write("hello.c", HELLO)
        self.assertEqual(self.compile("hello.wasm", "hello.c").code, 0)
        pages = set()
        for case in self.given("hello.wasm", "--arg", "one", "-f", "lifecycle").values():
            self.assertEqual((case.outcome, case.message), ("ok", None), case.id)
            pages.update(case.counts("cold")["linear_memory_now_pages"])
            resident = self.region(case, "memory: libc heap")
            self.assertGreaterEqual(resident, 3 << 20, case.id)
            self.assertLess(resident, (3 << 20) + 16 * PAGE_BYTES, case.id)
        self.assertEqual(len(pages), 1, pages)

    @unittest.skipUnless(shutil.which("clang") and shutil.which("wasm-ld"), "clang or lld is missing: ci/setup --runtimes wamr")
    @need_program("wasm-wamr-simd")
    def test_simd(self):
        """SIMDe's functions in WAMR make of each instruction what Wasmtime's compiler makes of it: a hash over all of
        their results, six bits at a time, which is an exit code there."""
        judge = next((name for name in WITH_WASI if not name.startswith("wamr")), None)
        if judge is None:
            self.skipTest("Wasmtime or WasmEdge is needed to compare with: -DMEMBENCH_RUNTIMES=all")
        build = ["clang", "--target=wasm32", "-O1", "-nostdlib", "-msimd128", "-o", "simd.wasm", str(common.HERE / "simd_check.c")]
        for shift in (0, 6, 12):
            self.assertEqual(common.run([*build, f"-DSHIFT={shift}"], self.folder).code, 0)
            listed = self.membench("wasm", "simd.wasm", "--wasi", "--runtime", judge, "--test", "-f", "lifecycle").stdout
            code = re.search(r"ok\n|exit code (\d+)\n", listed).group(1) or 0
            self.assertEqual(common.run([*build, "-Wl,--no-entry"], self.folder).code, 0)
            for wanted, outcome in ((int(code), "ok"), (int(code) ^ 1, "failed: check: Exception: unreachable")):
                options = ("--runtime", "wamr-simd", "--test", "-f", "lifecycle", "--call", f"check={wanted},{shift}")
                self.assertIn(f"wasm_lifecycle/wamr-simd/simd/1 ... {outcome}\n", self.membench("wasm", "simd.wasm", *options).stdout)

    def unpack_sqlite(self):
        package, members = SQLITE
        try:
            archive = make_modules.fetch(package, common.BENCH / "wasm" / "npm")
        except make_modules.Unavailable as reason:
            self.skipTest(str(reason))
        with tarfile.open(archive) as files:
            for name, checksum in members.items():
                data = files.extractfile(f"package/deps/sqlite3/{name}").read()
                self.assertEqual(hashlib.sha256(data).hexdigest(), checksum, name)
                (self.folder / name).write_bytes(data)

    @need_wasi_compiler
    def test_sqlite(self):
        """SQLite, 1.2 MB: what its table takes is in the libc heap, and all runtimes agree on the pages of its memory."""
        self.unpack_sqlite()
        flags = ("-w", "-DSQLITE_OS_OTHER", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_OMIT_WAL", "-I.")
        built = self.compile("sqlite.wasm", *flags, str(common.HERE / "sqlite_wasi.c"), "sqlite3.c")
        self.assertEqual(built.code, 0, built.stderr)
        rows, pages = 1000, set()
        plain = [name for name in WITH_ARGUMENTS if not re.search("-(par|pool)$", name)]
        more = ("--arg", str(rows), "--stack-size", "64KiB", "-f", "lifecycle")
        cases = self.given("sqlite.wasm", *more, runtimes=plain, timeout=400)
        for case in cases.values():
            self.assertEqual((case.outcome, case.message), ("ok", None), case.id)
            pages.update(case.counts("cold")["linear_memory_now_pages"])
            self.assertGreaterEqual(self.region(case, "memory: libc heap"), 100 * rows, case.id)
            self.assertGreaterEqual(self.region(case, "linear memory"), self.region(case, "memory: libc heap"), case.id)
        self.assertEqual(len(pages), 1, pages)
        # All but some KiB has a place. Wasmtime's library has data of its own.
        heads = re.search(r"by region, .*\n +(.*)", self.report.stdout).group(1).split()
        rest = re.findall(r"(-?[\d.]+) (B|KiB|MiB)", re.search(r"(?m)^  unexplained .*", self.report.stdout).group())
        for runtime, (number, unit) in zip(heads, rest, strict=True):
            if not runtime.startswith("wasmtime"):
                self.assertLessEqual(abs(float(number)) * {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}[unit], 64 << 10, runtime)
        if "wamr-wasi" not in WITH_WASI:
            return
        with self.subTest("the usual stack of WAMR is too small"):
            for case in self.given("sqlite.wasm", "--arg", str(rows), "-f", "lifecycle", code=1, runtimes=["wamr-wasi"]).values():
                self.assertIn("wasm operand stack overflow", case.message)


if __name__ == "__main__":
    common.main()
