"""WasmEdge's memory is what is known of it, its program runs with a C library of its own in every pass, and packages of
another Debian release are refused unless they are the ones that were asked for. Wasm3, the newcomer, runs too."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import common
import measured
from measured import PAGE_BYTES

FETCH = common.SOURCE / "ci" / "fetch-debian"
ENGINE = common.SOURCE / "bench" / "wasm" / "engines" / "wasmedge"
NOTES = common.BUILD / "bench" / "wasm"
KB, MB = 1000, 1000 * 1000


def note(file):
    """What the configuration noted of wasmedge in available.txt or unavailable.txt; None: nothing."""
    try:
        lines = (NOTES / file).read_text().splitlines()
    except OSError:
        return None
    return next((line.split("\t", 1)[1] for line in lines if line.startswith("wasmedge\t")), None)


def need_wasmedge(version):
    """Skips a test of figures that are known of one version only, with the reason."""
    there = note("available.txt")
    if not os.access(common.program("wasm-wasmedge"), os.X_OK):
        return unittest.skip(note("unavailable.txt") or "not built: -DMEMBENCH_RUNTIMES=all builds it")
    return unittest.skipUnless(there and there.startswith(version), f"known of {version}, this is {there}")


@need_wasmedge("0.14.1")
class KnownFigures(measured.Case):
    def measure(self, pattern, *args):
        args = args or ("--no-time",)
        return self.results("--program", common.program("wasm-wasmedge"), "--filter", pattern, *args).cases

    def value(self, case, metric):
        """The one value that every sample has."""
        values = set(case.samples(metric))
        self.assertEqual(len(values), 1, f"{case.id} {metric}: {case.missing.get(metric)} {case.message}")
        return values.pop()

    def each(self, cases, few, many, metric):
        """Bytes of each further instance between two sizes of a case."""
        counts = [int(i.rsplit("/", 1)[1]) for i in (few, many)]
        return (self.value(cases[many], metric) - self.value(cases[few], metric)) / (counts[1] - counts[0])

    def test_a_tiny_instance(self):
        """About 2 kB an instance; together with the one page that its module would touch the 6 to 7 kB that are known.
        Heap and pages agree: with WasmEdge's own C library the hook counts too."""
        cases = self.measure("wasm_instances/wasmedge/tiny/(100|1000)$")
        few, many = (f"wasm_instances/wasmedge/tiny/{n}" for n in (100, 1000))
        self.assertAlmostEqual(self.each(cases, few, many, "cold_anon_delta_bytes") + PAGE_BYTES, 6.5 * KB, delta=KB)
        self.assertAlmostEqual(self.each(cases, few, many, "steady_heap_live_bytes"), 1.9 * KB, delta=0.3 * KB)
        self.assertEqual(self.value(cases[many], "steady_heap_retained_bytes"), 0)

    def test_a_harfbuzz_instance(self):
        """10.4 MB each, in every sample the same."""
        cases = self.measure("wasm_instances/wasmedge/harfbuzz-subset/(1|10)$", "--passes", "pages")
        few, many = (f"wasm_instances/wasmedge/harfbuzz-subset/{n}" for n in (1, 10))
        self.assertAlmostEqual(self.each(cases, few, many, "cold_anon_delta_bytes"), 10.4 * MB, delta=0.4 * MB)

    def test_a_hundred_are_kept_by_the_allocator(self):
        """1,050 MB; dropped, 816 MB stay; asked to give back, malloc keeps 2 MB: slack, and no leak."""
        case_id = "wasm_instances/wasmedge/harfbuzz-subset/100"
        cases = self.measure(case_id + "$", "--passes", "pages", "-n", "1")
        case = cases[case_id]
        if case.outcome == "skipped":
            self.skipTest(case.message)
        self.assertAlmostEqual(self.value(case, "cold_anon_delta_bytes"), 1050 * MB, delta=25 * MB)
        self.assertAlmostEqual(self.value(case, "cold_retained_anon_bytes"), 816 * MB, delta=25 * MB)
        self.assertLess(self.value(case, "cold_retained_after_trim_anon_bytes"), 2 * MB)

    def test_loads(self):
        """harfbuzz: 13 MB, of which about 1 MB stays after unload and trim the first time, file pages included."""
        case_id = "wasm_module_load/wasmedge/harfbuzz-subset/1"
        case = self.measure(case_id + "$", "--passes", "pages")[case_id]
        self.assertAlmostEqual(self.value(case, "cold_anon_delta_bytes"), 13 * MB, delta=MB)
        self.assertAlmostEqual(self.value(case, "cold_retained_after_trim_bytes"), 1.1 * MB, delta=0.3 * MB)

    def test_host_calls_do_not_grow(self):
        """A million calls of a host function: not one page in the first window, no byte that stays; traps neither."""
        cases = self.measure("wasm_host_calls/wasmedge/hostloop/1000000$|wasm_drop/wasmedge/hostloop/traps/1000$")
        calls = cases["wasm_host_calls/wasmedge/hostloop/1000000"]
        traps = cases["wasm_drop/wasmedge/hostloop/traps/1000"]
        self.assertEqual(self.value(calls, "cold_anon_delta_bytes"), 0)
        for case in (calls, traps):
            self.assertEqual(self.value(case, "steady_heap_retained_bytes"), 0, case.id)

    def test_a_job_queue_keeps_its_memory(self):
        """20,000 jobs pushed and popped: linear memory goes from 1 page to about 166, and stays there."""
        case_id = "wasm_job_queue/wasmedge/jobq/20000"
        case = self.measure(case_id + "$", "--passes", "pages", "-n", "1")[case_id]
        pages = case.counts("cold")
        self.assertEqual(set(pages["memory_before_pages"]), {1})
        self.assertEqual(pages["memory_full_pages"], pages["memory_after_pages"])
        self.assertAlmostEqual(pages["memory_full_pages"][0], 166, delta=2)

    @common.need_program("wasm-wasmedge-aot")
    def test_compiled_ahead_of_time(self):
        """Compiled code is in a file, and an instance has no copy of it: a tenth of what the interpreter takes, and no
        more for its first window than 40 pages. The compiler, which took LLVM, is in no number."""
        cases = {}
        for name in ("wasmedge", "wasmedge-aot"):
            wanted = f"wasm_lifecycle/{name}/mappings/1"
            args = ("--program", common.program(f"wasm-{name}"), "--passes", "pages,heap", "-n", "2", "--exact", wanted)
            cases[name] = self.results(*args, timeout=600).cases[wanted]
        self.assertAlmostEqual(self.value(cases["wasmedge-aot"], "cold_anon_delta_bytes") / PAGE_BYTES, 38, delta=3)
        for metric in ("cold_anon_delta_bytes", "cold_heap_live_bytes"):
            self.assertLess(10 * self.value(cases["wasmedge-aot"], metric), self.value(cases["wasmedge"], metric))

    def test_time_is_measured_too(self):
        """The timer's library is this machine's, the C library is not: both work in one process."""
        cases = self.measure("wasm_module_load/wasmedge/tiny/1$", "--passes", "time", "--quick")
        case = cases["wasm_module_load/wasmedge/tiny/1"]
        self.assertTrue(case.samples("real_time_ns"), case.missing)


@common.need_program("wasm-wasm3")
class Wasm3(measured.Case):
    def test_linear_memory_is_resident_as_a_whole(self):
        """Wasm3 writes to all of the memory that a module declares: harfbuzz's 1,040 pages of 64 KiB are resident."""
        case_id = "wasm_lifecycle/wasm3/harfbuzz-subset/1"
        args = ("--program", common.program("wasm-wasm3"), "--passes", "pages", "-n", "1", "--exact", case_id)
        case = self.results(*args).cases[case_id]
        declared = 1040 * 65536
        for window in measured.WINDOWS:
            memory = next(r for r in case.regions(window) if r["name"] == "linear memory")
            self.assertEqual(memory["nominal_bytes"], declared)
            self.assertEqual(set(measured.expand(memory["resident_bytes"])), {declared})
        self.assertGreater(case.samples("cold_anon_delta_bytes")[0], declared)

    def test_host_functions_and_traps(self):
        """A hundred thousand calls of the host allocate nothing and leave no page; a thousand traps leave no byte."""
        filters = "wasm_host_calls/wasm3/hostloop/100000$|wasm_drop/wasm3/hostloop/traps/1000$"
        args = ("--program", common.program("wasm-wasm3"), "--no-time", "--filter", filters)
        cases = self.results(*args).cases
        self.assertEqual(len(cases), 2)
        for case in cases.values():
            self.assertEqual(case.outcome, "ok", case.message)
            self.assert_all(case, "steady_heap_retained_bytes", 0)
            if "host_calls" in case.id:
                self.assert_all(case, "cold_heap_alloc_count", 0)
                self.assert_all(case, "cold_anon_delta_bytes", 0)


@common.need_program("wasm-wasmi")
class Wasmi(measured.Case):
    def measure(self, *ids):
        wanted = [word for name in ids for word in ("--exact", name)]
        args = ("--program", common.program("wasm-wasmi"), "--no-time", "-n", "2", *wanted)
        cases = self.results(*args).cases
        self.assertEqual({case.outcome for case in cases.values()}, {"ok"})
        return [cases[name] for name in ids]

    def test_regions(self):
        """All of a declared memory is resident, like in Wasm3, and no page is unexplained."""
        (case,) = self.measure("wasm_lifecycle/wasmi/harfbuzz-subset/1")
        parts = {r["name"]: set(measured.expand(r["resident_bytes"])) for r in case.regions("cold")}
        self.assertEqual(parts["linear memory"], {1040 * 65536})
        self.assert_all(case, "steady_heap_retained_bytes", 0, least_count=2)

    def test_an_engine_keeps_its_modules(self):
        """What was translated is the engine's: a dropped module gives back little, in each cycle the same."""
        ten, hundred = self.measure("wasm_drop/wasmi/tiny/modules/10", "wasm_drop/wasmi/tiny/modules/100")
        kept = [case.samples("steady_heap_retained_bytes")[0] for case in (ten, hundred)]
        self.assertAlmostEqual((kept[1] - kept[0]) / 90, 664, delta=80)

    def test_host_functions_and_traps(self):
        """A hundred thousand calls of the host keep no block and no page; a thousand traps no block."""
        calls, traps = self.measure("wasm_host_calls/wasmi/hostloop/100000", "wasm_drop/wasmi/hostloop/traps/1000")
        self.assert_all(calls, "steady_anon_delta_bytes", 0, least_count=2)
        self.assert_all(calls, "steady_heap_live_bytes", 0, least_count=2)
        self.assert_all(traps, "steady_heap_retained_bytes", 0, least_count=2)


class Unavailable(common.Case):
    """Without apt the build goes on, and the reason is noted for `membench doctor`."""

    @unittest.skipUnless(shutil.which("cmake"), "cmake is missing")
    @unittest.skipIf("of the system" in (note("available.txt") or ""), "the system has the library: nothing is fetched")
    def test_the_reason_is_noted(self):
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "apt-get").write_text("#!/bin/sh\nexit 1\n")
        (bin_folder / "apt-get").chmod(0o755)
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\nproject(alone LANGUAGES C)\n"
            f'add_subdirectory("{ENGINE}" engine)\n'
        )
        path = f"{bin_folder}:{os.environ['PATH']}"
        result = common.run(
            ["cmake", "-S", ".", "-B", "build"], self.folder, common.environment(self.folder, PATH=path)
        )
        self.assertEqual(result.code, 0, str(result))
        self.assertRegex(result.stdout, "no wasmedge: .*(apt has no Debian mirror|Debian's keys are missing)")
        noted = (self.folder / "build/bench/wasm/unavailable.txt").read_text()
        self.assertRegex(noted, r"\Awasmedge\t.*(apt has no Debian mirror|Debian's keys are missing).*\n\Z")


# Stands in for apt-get: names a mirror, and "downloads" the package that the test has made.
FAKE_APT = """#!/bin/sh
case "$*" in
*indextargets*) . /etc/os-release && echo "$VERSION_CODENAME main http://127.0.0.1:9" ;;
*install*) echo "$*" >>{folder}/asked && cp {folder}/made.deb {folder}/out/apt/archives/ ;;
esac
"""


@unittest.skipUnless(shutil.which("dpkg-deb"), "dpkg-deb is missing")
@unittest.skipUnless(
    pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists(), "debian-archive-keyring is missing"
)
class FetchDebian(common.Case):
    """ci/fetch-debian on a stand-in for apt-get, whose package is made here."""

    def setUp(self):
        super().setUp()
        package = self.folder / "package"
        (package / "DEBIAN").mkdir(parents=True)
        (package / "DEBIAN" / "control").write_text(
            "Package: made\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: made\n"
        )
        (package / "usr").mkdir()
        (package / "usr" / "made").write_text("made\n")
        made = self.folder / "made.deb"
        subprocess.run(["dpkg-deb", "-b", package, made], check=True, stdout=subprocess.DEVNULL)
        self.sum = hashlib.sha256(made.read_bytes()).hexdigest()
        (self.folder / "bin").mkdir()
        apt = self.folder / "bin" / "apt-get"
        apt.write_text(FAKE_APT.format(folder=self.folder))
        apt.chmod(0o755)
        self.path = f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def fetch(self, package):
        env = common.environment(self.folder, PATH=self.path)
        return common.run([FETCH, self.folder / "out", "trixie", package], self.folder, env)

    def asked(self):
        return (self.folder / "asked").read_text().count("install")

    def test_the_pinned_file_is_unpacked_once(self):
        """Version and sum are right: unpacked and listed; the same wish again asks nobody, another one does."""
        for _ in range(2):
            result = self.fetch(f"made=1.0@{self.sum}")
            self.assertEqual(result.code, 0, str(result))
            self.assertEqual((self.folder / "out/root/usr/made").read_text(), "made\n")
            self.assertEqual((self.folder / "out/packages.txt").read_text(), f"made 1.0 {self.sum}\n")
            self.assertEqual(self.asked(), 1)
        self.assertIn("made=1.0\n", (self.folder / "asked").read_text(), "the sum is not part of what apt is asked for")
        self.assertEqual(self.fetch("made").code, 0)
        self.assertEqual(self.asked(), 2)

    def test_another_file_is_refused(self):
        """A sum that does not fit: exit code 1, the reason last, nothing unpacked, and so again the next time."""
        for _ in range(2):
            result = self.fetch(f"made=1.0@{'0' * 64}")
            self.assertEqual(result.code, 1, str(result))
            self.assertRegex(result.stderr.splitlines()[-1], f"sha256 of made is {self.sum}, not 0000")
            self.assertEqual(list((self.folder / "out/root").iterdir()), [])

    def test_a_package_that_is_not_there_is_refused(self):
        """A pinned package that did not come with the others has no sum at all."""
        result = self.fetch(f"absent=1.0@{self.sum}")
        self.assertEqual(result.code, 1, str(result))
        self.assertEqual(list((self.folder / "out/root").iterdir()), [])

    def test_no_mirror_is_no_failure(self):
        """Exit code 77 with the reason, for who calls it to go on without."""
        (self.folder / "bin" / "apt-get").write_text("#!/bin/sh\nexit 1\n")
        result = self.fetch("made")
        self.assertEqual(result.code, 77, str(result))
        self.assertEqual(result.stderr.splitlines()[-1], "apt has no Debian mirror configured")


if __name__ == "__main__":
    common.main()
