"""What WAMR 2.4.3 is known to do, found again through the whole path. Figures are of x86-64 with pages of 4 KiB; each
test says which of them are exact and how far the others may lie off."""

import pathlib
import re
import sys
import unittest

import common
import measured
from measured import PAGE_BYTES

KIB, MIB = 1024, 1024 * 1024
POOL_BYTES = 16 * MIB
VERSION = "wamr\t2.4.3\t"


def is_known_version():
    path = common.BENCH / "wasm" / "available.txt"
    return path.is_file() and any(line.startswith(VERSION) for line in path.read_text().splitlines())


def is_thp_advised():
    path = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return path.is_file() and "[never]" not in path.read_text()


def need(program, *modules):
    """Skips a test, with the reason, without the program or one of the modules that it runs."""
    for module in modules:
        if not (common.BENCH / "wasm-modules" / f"{module}.wasm").is_file():
            return unittest.skip(f"the module {module} was not made")
    return common.need_program(program)


@unittest.skipUnless(PAGE_BYTES == 4096, "the figures are of pages of 4 KiB")
@unittest.skipUnless(is_known_version(), "WAMR 2.4.3 was not built: ci/setup --runtimes wamr")
class Wamr(measured.Case):
    def measure(self, variant, pattern, *more):
        program = common.program(f"wasm-wamr-{variant}")
        quick = ("--passes", "pages", "--sample-size", "2")
        cases = self.results("--program", program, *quick, "--filter", pattern, *more).cases
        for case in cases.values():
            self.assertEqual(case.outcome, "ok", f"{case.id}: {case.message}")
        return cases

    def anon(self, case, window="steady"):
        return case.samples(f"{window}_anon_delta_bytes")[0]

    def mark(self, case, name):
        return next(measured.expand(m["anon_delta_bytes"])[0] for m in case.marks("cold") if m["name"] == name)

    def assert_between(self, low, value, high):
        self.assertGreaterEqual(value, low)
        self.assertLessEqual(value, high)

    def lifecycle(self, variant, module):
        name = f"wasm_lifecycle/wamr-{variant}/{module}/1"
        return self.measure(variant, f"^{name}$")[name]

    @need("wasm-wamr-fast", "tiny")
    def test_addresses_end(self):
        """Each memory reserves 8 GiB of the 128 TiB of addresses: after some 16,378 instances, a few more or less as the
        process lies, there is an error and no crash."""
        result = common.run([measured.own_program("wamr-limit"), common.BENCH / "wasm-modules" / "tiny.wasm"], self.folder)
        self.assertEqual(result.code, 0, str(result))
        count, _, why = result.stdout.partition(": ")
        self.assertAlmostEqual(int(count), 16_378, delta=6)
        self.assertIn("allocate linear memory failed", why)

    @need("wasm-wamr-fast", "tiny", "es-module-lexer", "harfbuzz-subset")
    @need("wasm-wamr-classic")
    def test_estimate(self):
        """What is predicted of a module is within 10 % of what is measured in both interpreters, by the script that prints
        docs/webassembly.md's table; it fails where nothing could be measured."""
        modules = common.BENCH / "wasm-modules"
        files = [modules / f"{name}.wasm" for name in ("tiny", "es-module-lexer", "harfbuzz-subset")]
        script = [sys.executable, "-B", common.SOURCE / "ci" / "check-estimate", "--interpreters", common.BENCH.parent]
        result = common.run([*script, *files], self.folder)
        self.assertEqual((result.code, result.stderr), (0, ""), str(result))
        rows = {line.split()[0]: re.findall(r"[+-][0-9.]+%", line) for line in result.stdout.splitlines()[1:]}
        self.assertEqual(set(rows), {file.stem for file in files})
        for name, percents in rows.items():
            self.assertGreaterEqual(len(percents), 2, name)
            for percent in percents[:2]:
                self.assertLessEqual(abs(float(percent[:-1])), 10, name)
        cut = self.write("cut.wasm", files[1].read_bytes()[:100])
        result = common.run([*script, cut], self.folder)
        self.assertEqual((result.code, result.stderr), (1, "nothing was measured\n"), str(result))
        self.assertIn("not measured: cut: ", result.stdout)

    @need("wasm-wamr-fast", "tiny")
    def test_guard_touches_the_stack(self):
        """With guard pages the engine's start touches the main thread's stack of 8 MiB, and next to nothing else."""
        case = self.lifecycle("fast", "tiny")
        self.assert_between(7.5 * MIB, self.mark(case, "engine"), 8.5 * MIB)
        stack = next(r for r in case.regions("cold") if r["name"] == "native stack")
        self.assert_between(7.5 * MIB, measured.expand(stack["resident_bytes"])[0], self.mark(case, "engine"))

    @need("wasm-wamr-fast-noguard", "tiny")
    def test_no_guard(self):
        """Without guard pages the start costs at most 0.2 MiB."""
        self.assert_between(0, self.mark(self.lifecycle("fast-noguard", "tiny"), "engine"), 0.2 * MIB)

    @need("wasm-wamr-fast", "tiny")
    def test_own_report(self):
        """The runtime's own report says 66,536 bytes an instance, to the byte: linear memory is counted as declared."""
        counts = self.lifecycle("fast", "tiny").counts("cold")
        self.assertEqual(set(counts["instance_own_bytes"]), {66536})
        self.assertEqual(set(counts["exec_env_own_bytes"]), {8352})

    @need("wasm-wamr-fast", "tiny")
    def test_tiny_instances(self):
        """A tiny instance takes 782 bytes, within 3 %, and a page where it writes to its memory: tiny writes nothing."""
        cases = self.measure("fast", "^wasm_instances/wamr-fast/tiny/(100|1000)$")
        few, many = (self.anon(cases[f"wasm_instances/wamr-fast/tiny/{n}"]) for n in (100, 1000))
        self.assert_between(760, (many - few) / 900, 806)

    @need("wasm-wamr-fast", "harfbuzz-subset")
    def test_harfbuzz_instances(self):
        """135 KiB an instance that is not called, without huge pages, within 2 %."""
        name = "wasm_instances/wamr-fast/harfbuzz-subset/uncalled"
        cases = self.measure("fast", f"^{name}/(10|100)$")
        few, many = (self.anon(cases[f"{name}/{n}"], "cold") for n in (10, 100))
        self.assert_between(132.5 * KIB, (many - few) / 90, 138 * KIB)

    @unittest.skipUnless(is_thp_advised(), "transparent huge pages are off on this machine")
    @need("wasm-wamr-fast", "harfbuzz-subset")
    def test_harfbuzz_instances_in_huge_pages(self):
        """2.1 MiB an instance where huge pages are allowed, within 10 %: WAMR advises them for linear memory."""
        case = "wasm_instances/wamr-fast/harfbuzz-subset/100"
        cases = self.measure("fast", f"^{case}$", "--thp")
        self.assert_between(1.9 * MIB, self.anon(cases[case], "cold") / 100, 2.3 * MIB)

    @need("wasm-wamr-fast", "harfbuzz-subset")
    def test_load(self):
        """Loading harfbuzz-subset takes 2.8 MiB next to the bytes themselves, within 3 %."""
        case = self.lifecycle("fast", "harfbuzz-subset")
        load = self.mark(case, "loaded") - self.mark(case, "bytes read")
        self.assert_between(2730 * KIB, load, 2900 * KIB)

    @need("wasm-wamr-pool", "tiny")
    def test_pool(self):
        """The start touches all of the pool; the highest use of it is a small part; linear memory is outside of it."""
        case = self.lifecycle("pool", "tiny")
        heap = next(r for r in case.regions("cold") if r["name"] == "runtime heap")
        self.assertEqual(set(measured.expand(heap["resident_bytes"])), {POOL_BYTES})
        self.assert_between(1, case.counts("cold")["pool_highmark_bytes"][0], 65536)

    @need("wasm-wamr-aot", "mappings")
    def test_compiled_ahead_of_time(self):
        """What the compiler made is loaded, and the compiler is in no number: the code has the size that the estimate
        reads from it, and loading takes a few dozen blocks, which compiling does not."""
        name = "wasm_lifecycle/wamr-aot/mappings/1"
        case = self.measure("aot", f"^{name}$", "--passes", "pages,heap")[name]
        code = sum(r["nominal_bytes"] for r in case.regions("cold") if r["name"] == "loaded code")
        self.assertGreater(code, 50_000)
        self.assertEqual(case.counts("cold")["estimated_loaded_code_bytes"][0], code)
        self.assertLess(case.samples("cold_heap_alloc_count")[0], 100)

    @need("wasm-wamr-aot", "tiny")
    def test_compiled_of_the_user(self):
        """A module of the user's own is compiled, unless there is a file that was compiled before; what the compiler
        refuses is skipped with its words."""
        def measure(name):
            options = ("--program", common.program("wasm-wamr-aot"), "--passes", "pages", "-n", "2", "-f", "lifecycle")
            return self.results("wasm", name, *options).cases[f"wasm_lifecycle/wamr-aot/{name[:-5]}/1"]

        self.write("m.wasm", (common.BENCH / "wasm-modules" / "tiny.wasm").read_bytes())
        self.assertEqual(measure("m.wasm").outcome, "ok")
        self.write("m.aot", b"\0aot of another time")
        self.assertRegex(measure("m.wasm").message, "AOT module load failed: unknown binary version")
        self.write("component.wasm", b"\0asm\x0d\0\1\0")
        self.assertRegex(measure("component.wasm").message, "^component: wamr-aotc: .*: unknown binary version")

    @need("wasm-wamr-fast", "hostloop")
    def test_host_calls(self):
        """100,000 calls of a host function add nothing at all; 1,000 instances ended by its trap at most two pages."""
        cases = self.measure("fast", "hostloop/(100000|traps/1000)$")
        calls = cases["wasm_host_calls/wamr-fast/hostloop/100000"]
        self.assert_all(calls, "steady_anon_delta_bytes", 0, least_count=2)
        traps = cases["wasm_drop/wamr-fast/hostloop/traps/1000"]
        self.assert_between(-2 * PAGE_BYTES, self.anon(traps), 2 * PAGE_BYTES)

    @need("wasm-wamr-fast", "jobq")
    def test_memory_never_shrinks(self):
        """20,000 jobs take linear memory to more than 100 times its page; popping all gives back none of it."""
        name = "wasm_job_queue/wamr-fast/jobq/20000"
        counts = self.measure("fast", f"^{name}$")[name].counts("cold")
        self.assertGreater(counts["memory_full_pages"][0], 100 * counts["memory_before_pages"][0])
        self.assertEqual(counts["memory_after_pages"], counts["memory_full_pages"])


if __name__ == "__main__":
    common.main()
