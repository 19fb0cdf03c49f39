"""Wasmtime's memory is what is known of it, the gate finds a version that grew without help, and what cannot be fetched
is noted and breaks no build."""

import os
import re
import shutil
import sys
import unittest

import common
import measured
from measured import PAGE_BYTES

WASM = common.SOURCE / "bench" / "wasm"
NOTES = common.BUILD / "bench" / "wasm"
KIB = 1024
LOADED_KIB = 50_400  # 50.0.1, one harfbuzz-subset, one thread; the libraries' own pages, 0.4 MB, are there before
PROGRAM_TIMEOUT = 600  # a load is a second of compiling, and other tests run at the same time


def note(file, name):
    """What the configuration noted of a runtime in available.txt or unavailable.txt; None: nothing."""
    try:
        lines = (NOTES / file).read_text().splitlines()
    except OSError:
        return None
    return next((line.split("\t", 1)[1] for line in lines if line.startswith(name + "\t")), None)


def need_wasmtime(*versions):
    """Skips a test of what is known of these versions unless the programs of all of them are there."""
    for version in versions:
        name = "wasmtime-" + version.split(".")[0]
        if not os.access(common.program(f"wasm-{name}"), os.X_OK):
            reason = note("unavailable.txt", name) or note("unavailable.txt", "wasmtime")
            wish = f"-DMEMBENCH_RUNTIMES=all -DMEMBENCH_WASMTIME_VERSIONS=…;{version}"
            return unittest.skip(f"{name}: {reason or 'not built: ' + wish}")
        there = note("available.txt", name) or ""
        if not there.startswith(version + "\t"):
            return unittest.skip(f"known of {version}, this is {there}")
    return lambda test: test


class Case(measured.Case):
    def measure(self, name, pattern, *args, code=0, out="results.json"):
        args = ("--program", common.program(f"wasm-{name}"), "--filter", pattern) + (args or ("--passes", "pages"))
        cases = self.results(*args, code=code, name=out, timeout=PROGRAM_TIMEOUT).cases
        self.assertTrue(cases, f"no case of {name} matches {pattern}")
        return cases

    def value(self, case, metric):
        """The one value that every sample has."""
        return self.only(case.samples(metric), f"{case.id} {metric}: {case.missing.get(metric)} {case.message}")

    def only(self, samples, what):
        self.assertGreaterEqual(len(samples), 2, what)
        self.assertEqual(len(set(samples)), 1, f"{what}: {samples}")
        return samples[0]

    def marks(self, case):
        """Anonymous bytes at each mark of the cold window: the same in every sample."""
        return {m["name"]: self.only(measured.expand(m["anon_delta_bytes"]), m["name"]) for m in case.marks("cold")}


@need_wasmtime("50.0.1")
class KnownFigures(Case):
    def test_a_module_from_load_to_trim(self):
        """All of it exact in every process: a load takes 50 MB, of which 2 MB are the module's. Dropping the module
        gives back those, dropping the engine nothing; a trim nearly all, so what stayed was the allocator's."""
        case_id = "wasm_lifecycle/wasmtime-50/harfbuzz-subset/1"
        case = self.measure("wasmtime-50", case_id + "$", "--passes", "pages", "--warm-up-iterations", "0")[case_id]
        at = self.marks(case)
        self.assertLessEqual(at["engine"], 8 * PAGE_BYTES)
        self.assertAlmostEqual(at["loaded"] / KIB, LOADED_KIB, delta=600)
        self.assertAlmostEqual((at["instances dropped"] - at["module dropped"]) / KIB, 2_040, delta=60)
        self.assertAlmostEqual(at["module dropped"], at["engine dropped"], delta=8 * PAGE_BYTES)
        trimmed = self.value(case, "cold_retained_after_trim_anon_bytes")
        self.assertAlmostEqual(trimmed / KIB, 1_440, delta=100)
        (code,) = [r for r in case.regions("cold") if r["name"] == "loaded code"]
        self.assertEqual(case.counts("cold")["module_image_bytes"][0], code["nominal_bytes"])
        self.assertAlmostEqual(code["nominal_bytes"] / KIB, 2_050, delta=30)

    def test_instances_are_lazy(self):
        """A harfbuzz instance declares 65 MiB and costs no page when nobody calls it, 3 when somebody did; a tiny one
        6.6 kB. Dropped, the pages of linear memory are back without a trim."""
        cases = self.measure(
            "wasmtime-50", "wasm_instances/.*/(harfbuzz-subset/(uncalled/)?1(00)?|tiny/10{2,3})$", "--passes", "pages"
        )

        def each(path, few, many):
            low, high = (cases[f"wasm_instances/wasmtime-50/{path}/{n}"] for n in (few, many))
            metric = "cold_anon_delta_bytes"
            return (self.value(high, metric) - self.value(low, metric)) / (many - few)

        self.assertAlmostEqual(each("harfbuzz-subset/uncalled", 1, 100), 0, delta=0.25 * PAGE_BYTES)
        self.assertAlmostEqual(each("harfbuzz-subset", 1, 100), 3 * PAGE_BYTES, delta=0.25 * PAGE_BYTES)
        self.assertAlmostEqual(each("tiny", 100, 1000), 6_600, delta=300)
        harfbuzz = cases["wasm_instances/wasmtime-50/harfbuzz-subset/100"]
        self.assertLessEqual(self.value(harfbuzz, "cold_retained_anon_bytes"), 4 * PAGE_BYTES)

    def test_calls_of_the_host_and_traps_leave_nothing(self):
        cases = self.measure("wasmtime-50", "/hostloop/(1000000|traps/1000)$", "--no-time")
        calls = cases["wasm_host_calls/wasmtime-50/hostloop/1000000"]
        traps = cases["wasm_drop/wasmtime-50/hostloop/traps/1000"]
        self.assert_all(calls, "cold_anon_delta_bytes", 0)
        for case in (calls, traps):
            self.assert_all(case, "steady_heap_retained_bytes", 0)

    def test_a_job_queue_keeps_its_memory(self):
        """20,000 jobs pushed and popped: linear memory goes from 1 page to about 166, and stays there."""
        case_id = "wasm_job_queue/wasmtime-50/jobq/20000"
        pages = self.measure("wasmtime-50", case_id + "$", "--passes", "pages", "-n", "2")[case_id].counts("cold")
        self.assertEqual(self.only(pages["memory_before_pages"], "before"), 1)
        self.assertAlmostEqual(self.only(pages["memory_full_pages"], "full"), 166, delta=2)
        self.assertEqual(pages["memory_full_pages"], pages["memory_after_pages"])


@need_wasmtime("50.0.1")
class Variants(Case):
    def test_parallel_compilation_is_never_taken_for_exact(self):
        """It takes more, from threads that stay; dropping gives back little, a trim most."""
        case_id = "wasm_lifecycle/wasmtime-50-par/harfbuzz-subset/1"
        args = ("--passes", "pages", "--warm-up-iterations", "0", "-n", "3")
        case = self.measure("wasmtime-50-par", case_id + "$", *args)[case_id]
        listed = self.expect(
            0, "--program", common.program("wasm-wasmtime-50-par"), "--list", "--format", "json", "--exact", case_id
        ).json()
        self.assertIn("threads", listed[0]["flags"])
        at = {m["name"]: measured.expand(m["anon_delta_bytes"]) for m in case.marks("cold")}
        loads = at["loaded"]
        self.assertGreater(min(loads) / KIB, LOADED_KIB)
        self.assertGreater(min(at["engine dropped"]), 0.8 * min(loads))
        self.assertLess(max(at["trimmed"]), 0.5 * min(loads))

    def test_the_pool_is_reserved_by_the_engine(self):
        """What describes 1,000 places is written when the engine opens; the places themselves are not touched."""
        case_id = "wasm_lifecycle/wasmtime-50{}/tiny/1"
        at = []
        for variant in ("", "-pool"):
            name = case_id.format(variant)
            at.append(self.marks(self.measure(f"wasmtime-50{variant}", name + "$", "--passes", "pages")[name]))
        self.assertGreater(at[1]["engine"] - at[0]["engine"], 200 * KIB)
        self.assertLess(at[1]["engine"] - at[0]["engine"], 500 * KIB)

    def test_what_the_pool_keeps(self):
        """So much of each memory stays with its place when the instance is dropped, and the one page that its table has;
        nothing by Wasmtime's default."""
        for variant, kept in (("pool", 0), ("keep-64KiB", 64), ("keep-256KiB", 256), ("keep-1MiB", 1024)):
            name = f"wasm_instances/wasmtime-50-{variant}/harfbuzz-subset/100"
            case = self.measure(f"wasmtime-50-{variant}", name + "$", "--passes", "pages", "-n", "1")[name]
            self.assertEqual(case.samples("cold_retained_anon_bytes"), [100 * (kept + 4 if kept > 0 else 0) * KIB], variant)

    def test_compilers(self):
        """Winch's code is larger than Cranelift's, and Pulley's is other code: it is not native."""
        code = {}
        for variant in ("", "-winch", "-pulley"):
            name = f"wasm_lifecycle/wasmtime-50{variant}/harfbuzz-subset/1"
            case = self.measure(f"wasmtime-50{variant}", name + "$", "--passes", "pages", "-n", "1")[name]
            code[variant] = case.counts("cold")["module_image_bytes"][0]
        self.assertGreater(code["-winch"], 1.2 * code[""])
        self.assertGreater(abs(code["-pulley"] / code[""] - 1), 0.05)

    def test_compiled_before(self):
        """What was compiled takes its image to load, 50 times less than compiling, and from a file not even that. The
        compiler, which ran before in a process of its own, is in no number."""
        for variant, loaded_kib in (("cwasm", 2_160), ("cwasm-file", 104)):
            with self.subTest(variant=variant):
                name = f"wasm_lifecycle/wasmtime-50-{variant}/harfbuzz-subset/1"
                args = ("--passes", "pages,heap", "-n", "2")
                cases = self.measure(f"wasmtime-50-{variant}", name + "$", *args)
                at = self.marks(cases[name])
                self.assertAlmostEqual(at["loaded"] / KIB, loaded_kib, delta=40)
                self.assertLess(self.value(cases[name], "cold_heap_alloc_count"), 1_000)
                code = [r for r in cases[name].regions("cold") if r["name"] == "loaded code"]
                self.assertEqual(len(code), variant == "cwasm")

    def test_what_was_compiled_is_removed(self):
        """Nothing is left in the folder for temporary files, also where nobody clears it."""
        folder = self.folder / "temporary"
        folder.mkdir()
        env = self.env(MEMBENCH_FD="1", MEMBENCH_ACTION="sample", MEMBENCH_PASS="pages", MEMBENCH_WARMUP="-1", TMPDIR=str(folder),
                       MEMBENCH_CASE="wasm_lifecycle/wasmtime-50-cwasm-file/tiny/1")  # fmt: skip
        said = common.run([common.program("wasm-wasmtime-50-cwasm-file")], self.folder, env).stdout
        self.assertIn('"outcome":"ok"', said)
        self.assertEqual(list(folder.iterdir()), [])

    def test_compiled_before_of_the_user(self):
        """A module of the user's own is compiled too; one that the compiler refuses is skipped with its words."""
        self.write("m.wasm", (common.BENCH / "wasm-modules" / "tiny.wasm").read_bytes())
        self.write("component.wasm", b"\0asm\x0d\0\1\0")
        program = ("-p", common.program("wasm-wasmtime-50-cwasm"), "--passes", "pages", "-n", "2")
        cases = self.results("wasm", "m.wasm", "--call", "add1=41", *program).cases
        self.assertEqual({case.outcome for case in cases.values()}, {"ok"})
        own = cases["wasm_instances/wasmtime-50-cwasm/m/100"].samples("cold_anon_delta_bytes")
        bundled = "wasm_instances/wasmtime-50-cwasm/tiny/100"
        self.assertEqual(own, self.measure("wasmtime-50-cwasm", bundled + "$")[bundled].samples("cold_anon_delta_bytes")[:2])
        for case in self.results("wasm", "component.wasm", *program).cases.values():
            self.assertEqual(case.outcome, "skipped")
            self.assertRegex(case.message, "(?s)^component: .*given a WebAssembly component")

    def test_the_pool_ends(self):
        """1,000 instances find a place, and all the cases with as many run."""
        case_id = "wasm_instances/wasmtime-50-pool/tiny/1000"
        case = self.measure("wasmtime-50-pool", case_id + "$", "--passes", "pages", "-n", "2")[case_id]
        self.assertEqual(case.outcome, "ok", case.message)


class Engines(Case):
    """Engines alive, each with one harfbuzz module: version 48 keeps much more in each than those before and after."""

    FILTER = "wasm_engines/.*/harfbuzz-subset/(1|5)$"

    def each(self, major):
        """KiB that each further engine keeps."""
        cases = self.measure(f"wasmtime-{major}", self.FILTER, "--passes", "pages", "-n", "2", out=f"{major}.json")
        sizes = []
        for count in (1, 5):
            case = cases[f"wasm_engines/wasmtime-{major}/harfbuzz-subset/{count}"]
            samples = case.samples("cold_anon_delta_bytes")
            self.assertEqual(len(samples), 2, case.message)
            sizes.append(sum(samples) / 2)
        return (sizes[1] - sizes[0]) / 4 / KIB

    @need_wasmtime("47.0.1")
    def test_47(self):
        self.assertAlmostEqual(self.each(47), 4_009, delta=200)

    @need_wasmtime("48.0.0")
    def test_48(self):
        self.assertAlmostEqual(self.each(48), 27_345, delta=1_500)

    @need_wasmtime("50.0.1")
    def test_50(self):
        self.assertAlmostEqual(self.each(50), 2_326, delta=200)

    @need_wasmtime("47.0.1", "48.0.0")
    def test_the_gate_finds_it_unaided(self):
        """Two stored runs, the version masked: REGRESSED one way, IMPROVED the other, nothing to compare unmasked."""
        case = "wasm_engines/wasmtime-{}/harfbuzz-subset/1"
        for major in (47, 48):
            self.measure(
                f"wasmtime-{major}",
                case.format(major) + "$",
                *("--passes", "pages", "-n", "10", "--save-baseline", f"v{major}"),
            )
        old, new = (f"baselines/v{major}.json" for major in (47, 48))
        result = self.expect(3, "compare", "--map", "wasmtime-48=wasmtime-47", old, new)
        self.assertRegex(result.stdout, rf"Regressed \(1 case\)\n  {case.format(48)}\n +cold anon \+[34]\d\d%")
        self.assertNotIn("REGRESSED", self.expect(5, "compare", old, new).stdout)
        self.assertIn("IMPROVED", self.expect(0, "compare", "--map", "wasmtime-47=wasmtime-48", new, old).stdout)


@unittest.skipUnless(shutil.which("cmake"), "cmake is missing")
class Unavailable(common.Case):
    """What cannot be fetched is left out, with the reason for `membench doctor`; the configuration goes on."""

    def configure(self, *settings, before="", engine="wasmtime", **variables):
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\nproject(alone LANGUAGES C)\n"
            f'{before}\nadd_subdirectory("{WASM}/engines/{engine}" engine)\n'
        )
        env = common.environment(self.folder, **variables)
        result = common.run(["cmake", "-S", ".", "-B", "build", *settings], self.folder, env)
        self.assertEqual(result.code, 0, str(result))
        return (self.folder / "build/bench/wasm/unavailable.txt").read_text()

    def test_no_cargo(self):
        """Programs are looked for nowhere once the compiler is found."""
        places = ("SYSTEM_ENVIRONMENT_PATH", "CMAKE_SYSTEM_PATH")
        before = "".join(f"set(CMAKE_FIND_USE_{p} OFF)\n" for p in places)
        for engine, said in (("wasmtime", "cargo is missing, which fetches the headers"), ("wasmi", "cargo or rustc is missing")):
            shutil.rmtree(self.folder / "build", ignore_errors=True)
            noted = self.configure(f"-DPython3_EXECUTABLE={sys.executable}", before=before, engine=engine)
            self.assertRegex(noted, rf"\A{engine}\t{said}: run ci/setup --runtimes all")

    def test_no_pip(self):
        """A Python without pip: the reason names the package, for each version."""
        folder = self.folder / "bin"
        folder.mkdir()
        python = folder / "python3"
        python.write_text(f'#!/bin/sh\n[ "$2" != pip ] || exit 1\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        noted = self.configure(
            f"-DPython3_EXECUTABLE={python}",
            "-DMEMBENCH_CARGO=cargo",
            "-DMEMBENCH_WASMTIME_VERSIONS=49.0.0;50.0.1",
            PATH=f"{folder}:{os.environ['PATH']}",
        )
        self.assertRegex(noted, r"\Awasmtime-49\tpip is missing.*python3-pip.*\nwasmtime-50\tpip is missing.*\n\Z")

    def test_a_version_that_is_not_pinned(self):
        noted = self.configure("-DMEMBENCH_WASMTIME_VERSIONS=1.2.3", "-DMEMBENCH_CARGO=cargo")
        self.assertRegex(noted, r"\Awasmtime-1\tversion 1\.2\.3 has no pinned sha256")

    def test_another_file_is_refused(self):
        """A sum that does not fit: pip does not take the file, and no library is left."""
        pinned = (WASM / "cmake" / "Wasmtime.cmake").read_text()
        wrong, count = re.subn(r'("50\.0\.1) [0-9a-f]{64}', rf"\1 {'0' * 64}", pinned)
        self.assertEqual(count, 1)
        (self.folder / "cmake").mkdir()
        (self.folder / "cmake" / "Wasmtime.cmake").write_text(wrong)
        (self.folder / "script.cmake").write_text(
            f'set(PROJECT_BINARY_DIR "{self.folder}")\ninclude(cmake/Wasmtime.cmake)\nwasmtime_fetch(50.0.1)\n'
            'message("reason: ${WASMTIME_REASON}")\n'
        )
        result = common.run(["cmake", "-P", "script.cmake"], self.folder, common.environment(self.folder))
        self.assertRegex(result.stderr, r"reason: (pip download wasmtime==50\.0\.1 failed|pip is missing)", str(result))
        fetched = self.folder / "runtimes" / "wasmtime" / "50.0.1"
        self.assertFalse((fetched / "_libwasmtime.so").exists())
        self.assertFalse((fetched / "ok").exists())
        log = fetched / "pip.log"
        if not log.exists() or "HASHES" not in log.read_text().upper():
            self.skipTest("no network or no pip: nothing came whose sum could be wrong")


if __name__ == "__main__":
    common.main()
