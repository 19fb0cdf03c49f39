"""Memory tools, other allocators and estimates: cases of known truth and small servers under the real tools."""

import csv
import io
import os
import re
import shutil
import sys
import unittest

import common
from common import BENCH, SOURCE, need_program, program

VALGRIND = unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
HEAPTRACK = unittest.skipUnless(shutil.which("heaptrack") and shutil.which("heaptrack_print"), "heaptrack is not installed")
NOT_SANITIZED = unittest.skipIf(os.environ.get("MEMBENCH_SANITIZED") == "1", "the tools cannot run sanitized programs")
LOST = 1000  # bytes that truth_leak loses

# A server that answers one byte to each connection, and ends by SIGINT in an orderly way.
SERVER = """
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print("serving", flush=True)
try:
    while True:
        c, _ = s.accept()
        c.sendall(b"x")
        c.close()
except KeyboardInterrupt:
    sys.exit(0)
"""
CLIENT = """
import os, socket
for _ in range(3):
    with socket.create_connection(("127.0.0.1", int(os.environ["MEMBENCH_PORT"])), 10) as c:
        c.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        assert c.recv(1)
"""


def number(text):
    return int(text.replace(",", ""))


def row(output, name):
    """The numbers of the table's row of that name."""
    for line in output.splitlines():
        if line.startswith("  " + name + " "):
            return [number(word) for word in line[len(name) + 2 :].split() if re.fullmatch(r"[\d,]+", word)]
    raise AssertionError(f"no row {name} in:\n{output}")


class Diagnose(common.Case):
    def diagnose(self, code, tool, *args, **more):
        return self.expect(code, "diagnose", "--tool", tool, *args, **more)

    def truth(self, tool, case, code=0):
        return self.diagnose(code, tool, "--program", program("truth"), case).stdout

    def file_of(self, output):
        """The file that the report names; it must be there, and in our folder."""
        path = re.search(r"^  file +(.+)$", output, re.M).group(1)
        self.assertTrue(path.startswith(str(self.folder / ".membench" / "diagnose")), path)
        self.assertGreater(os.path.getsize(path), 0)
        return path


@NOT_SANITIZED
@need_program("truth")
class KnownTruth(Diagnose):
    """truth_leak allocates one block of 1,000 bytes in its window and loses it."""

    @VALGRIND
    def test_memcheck(self):
        output = self.truth("memcheck", "truth_leak")
        self.assertEqual(row(output, "definitely lost"), [LOST, 1, LOST])
        self.assertEqual(row(output, "still reachable"), [0, 0, 0])
        self.assertRegex(output, r"total heap usage: 1,001 bytes in 2 allocations, 1 freed")
        self.assertRegex(output, r"1,000 +1,000  run_leak \(heap\.c:\d+\)")
        self.assertIn(f"less '{self.file_of(output)}'", output)

    @VALGRIND
    def test_memcheck_clean(self):
        output = self.truth("memcheck", "truth_malloc/10")
        self.assertEqual(row(output, "definitely lost"), [0, 0, 0])
        self.assertIn("0 errors in 0 places", output)

    @VALGRIND
    def test_massif(self):
        output = self.truth("massif", "truth_leak")
        self.assertEqual(row(output, "peak"), [LOST, LOST])
        self.assertRegex(output, r"\n +1,000 +1,000  run_leak \(heap\.c:\d+\)")
        self.assertRegex(output, r"\n +K?B\n[\d.]+\^")
        self.assertIn(f"massif-visualizer '{self.file_of(output)}'", output)

    @VALGRIND
    def test_dhat(self):
        output = self.truth("dhat", "truth_leak")
        self.assertEqual(row(output, "total"), [LOST + 1, 2, LOST])
        self.assertEqual(row(output, "peak"), [LOST, 1, LOST])
        self.assertEqual(row(output, "at end"), [LOST, 1, LOST])
        self.assertIn("dh_view.html", output)
        self.file_of(output)

    @HEAPTRACK
    def test_heaptrack(self):
        output = self.truth("heaptrack", "truth_leak")
        peak, window_peak = row(output, "peak")
        leaked, window_leaked = row(output, "leaked")
        self.assertEqual((window_peak, window_leaked), (LOST, LOST))
        self.assertGreaterEqual(leaked, LOST)
        self.assertGreaterEqual(peak, LOST + (72704 if "72,704 bytes" in output else 0))
        self.assertRegex(output, r"temporary: \d+ of \d+ allocations")
        self.assertIn(f"heaptrack_gui '{self.file_of(output)}'", output)
        self.assertIn("bytehound server", output)

    @VALGRIND
    def test_by_hand(self):
        """The command that is printed runs the same case without the tool."""
        output = self.truth("dhat", "truth_leak")
        command = re.search(r"^  by hand +(.+)$", output, re.M).group(1)
        result = common.run(["sh", "-c", command], self.folder)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn('"outcome":"ok"', result.stdout)


class WhatCannotBe(Diagnose):
    def test_usage(self):
        for args in (
            (),
            ("--tool", "vtune", "x"),
            ("--tool", "memcheck"),
            ("--tool", "memcheck", "a", "b"),
            ("--tool", "memcheck", "--ready", "x", "a"),
            ("--tool", "memcheck", "--allocator", "jemalloc", "a"),
        ):
            with self.subTest(args=args):
                result = self.expect(2, "diagnose", *args)
                self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, r"\Amembench: .+\n\Z")

    @need_program("truth")
    def test_one_case(self):
        result = self.diagnose(2, "dhat", "--program", program("truth"), "truth_malloc")
        self.assertIn("matches 4 cases", result.stderr)
        self.assertIn("no case matches", self.diagnose(2, "dhat", "--program", program("truth"), "nothing").stderr)

    @need_program("truth")
    def test_missing_tool(self):
        empty = self.folder / "empty"
        empty.mkdir()
        for tool, package in (("memcheck", "valgrind"), ("massif", "valgrind"), ("dhat", "valgrind"), ("heaptrack", "heaptrack")):
            result = self.diagnose(1, tool, "--program", program("truth"), "truth_leak", env=self.env(PATH=empty))
            self.assertIn(f"apt install {package}", result.stderr)

    @NOT_SANITIZED
    @VALGRIND
    @need_program("faults")
    def test_crash_is_told_and_reported(self):
        result = self.diagnose(1, "memcheck", "--program", program("faults"), "fault/abort")
        self.assertIn("crashed: SIGABRT", result.stderr)
        self.assertIn("total heap usage", result.stdout)

    @NOT_SANITIZED
    @VALGRIND
    def test_static_program(self):
        """Nothing seen is not a zero."""
        known = common.BUILD / "e2e" / "known-static"
        if not os.access(known, os.X_OK):
            self.skipTest("no static program was built")
        result = self.diagnose(1, "dhat", "--program", str(known), "known_pages/1")
        self.assertIn("saw no call to malloc", result.stderr)


@NOT_SANITIZED
class Servers(Diagnose):
    def load(self):
        return f"'{sys.executable}' -S -E '{self.write('client.py', CLIENT)}'"

    @VALGRIND
    @need_program("bench-http-server")
    def test_valgrind(self):
        server = program("bench-http-server")
        for tool in ("memcheck", "dhat"):
            # As options and behind the server's arguments, where a server's name has no options of ours.
            for args in (("--load", self.load(), "--", server), ("--", server, "--load", self.load())):
                with self.subTest(tool=tool, args=args):
                    output = self.diagnose(0, tool, *args).stdout
                    self.assertRegex(output, r"\AThe load was started when it listened \(port \d+\)\.\n")
                    self.assertRegex(output, r"total heap usage: [\d,]+ bytes|\n  total +[\d,]+ ")
                    self.assertNotIn("of the window", output)
                    self.file_of(output)
        self.assert_no_workers()

    @VALGRIND
    def test_slow_start(self):
        """A server that says nothing and listens after five seconds: what the tool prints does not start the load."""
        server = [common.BUILD / "e2e" / "slow-server", 5]
        for tool, peak in (("massif", "peak"), ("dhat", "peak")):
            with self.subTest(tool=tool):
                output = self.diagnose(0, tool, "--load", self.load(), "--", *server).stdout
                self.assertRegex(output, r"\AThe load was started when it listened \(port \d+\)\.\n")
                self.assertEqual(row(output, peak)[0], 200000)
        self.assert_no_workers()

    @HEAPTRACK
    def test_heaptrack(self):
        script = self.write("server.py", SERVER)
        output = self.diagnose(
            0, "heaptrack", "--ready", "^serving", "--load", self.load(), "--", sys.executable, "-S", "-E", str(script)
        ).stdout
        self.assertIn("it had printed what --ready asks for (port ", output)
        self.assertGreater(row(output, "peak")[0], 100000)

    @VALGRIND
    @need_program("bench-http-server")
    def test_failed_load(self):
        result = self.diagnose(1, "dhat", "--load", "exit 7", "--", program("bench-http-server"))
        self.assertIn("failed (code 7", result.stdout)
        self.assertIn("at end", result.stdout)

    @VALGRIND
    @need_program("bench-http-server")
    def test_endless_load(self):
        result = self.diagnose(1, "dhat", "--timeout", "100ms", "--load", "sleep 100", "--", program("bench-http-server"))
        self.assertIn("ended by --timeout", result.stdout)

    @VALGRIND
    def test_server_that_ends(self):
        result = self.diagnose(1, "dhat", "--load", "true", "--", "/bin/true")
        self.assertIn("exited before it was ready", result.stderr)

    def test_server_that_is_not_there(self):
        result = self.diagnose(1, "dhat", "--load", "true", "--", "./nothing")
        self.assertIn("./nothing", result.stderr)


@NOT_SANITIZED
@need_program("wasm-wamr-fast-noguard")
class WebAssembly(Diagnose):
    @VALGRIND
    def test_a_module_in_a_runtime(self):
        """WAMR's variant for valgrind: a module is loaded, run and dropped; nothing is lost, and what is at the peak is the
        runtime's, told by its functions."""
        ours = ("--program", program("wasm-wamr-fast-noguard"), "wasm_lifecycle/wamr-fast-noguard/es-module-lexer/1")
        if not (BENCH / "wasm-modules" / "es-module-lexer.wasm").is_file():
            self.skipTest("the module es-module-lexer was not made")
        lost = self.diagnose(0, "memcheck", *ours).stdout
        for kind in ("definitely", "indirectly", "possibly"):
            self.assertEqual(row(lost, f"{kind} lost")[:2], [0, 0], lost)
        self.assertIn("0 errors in 0 places", lost)
        self.assertRegex(self.diagnose(0, "dhat", *ours).stdout, r"[\d,]+ +[\d,]+  wasm_loader_prepare_bytecode")


@NOT_SANITIZED
@need_program("truth")
class Allocators(common.Case):
    ARGS = ("--program", program("truth"), "--exact", "truth_malloc/1000", "--passes", "pages,heap")

    def has(self, name):
        """Whether it is there: else membench says how to install it."""
        result = self.membench(*self.ARGS, "--allocator", name, "--list")
        if result.code == 0:
            return True
        self.assertEqual(result.code, 1)
        self.assertIn("apt install lib", result.stderr)
        return False

    def test_recorded(self):
        for name in ("jemalloc", "mimalloc", "tcmalloc"):
            if not self.has(name):
                continue
            with self.subTest(name=name):
                self.expect(0, *self.ARGS, "--allocator", name, "--out", f"{name}.json")
                about = self.load(f"{name}.json")["context"]["membench"]
                self.assertRegex(about["programs"][0]["allocator"], rf"^{name} \d")

    def test_tunables(self):
        self.expect(0, *self.ARGS, "--allocator", "glibc:arena_max=1:tcache_count=0", "--out", "glibc.json")
        about = self.load("glibc.json")["context"]["membench"]
        self.assertIn(
            {"name": "GLIBC_TUNABLES", "value": "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0"}, about["settings"]
        )

    def test_refused(self):
        for name, code in (("nosuch", 2), ("glibc:bogus=1", 2), ("glibc:arena_max", 2), ("glibc:", 2), ("./none.so", 1)):
            with self.subTest(name=name):
                self.assertEqual(self.expect(code, *self.ARGS, "--allocator", name).stdout, "")
        self.expect(2, *self.ARGS, "--allocators", "all", "--save-baseline", "x")
        self.expect(2, *self.ARGS, "--allocators", "all", "--format", "junit")
        self.expect(2, *self.ARGS, "--allocators", "")

    def test_static_program(self):
        known = common.BUILD / "e2e" / "known-static"
        if not os.access(known, os.X_OK) or not self.has("jemalloc"):
            self.skipTest("needs jemalloc and a static program")
        result = self.expect(1, "--program", str(known), "known_pages/1", "--allocator", "jemalloc", "--no-time")
        self.assertIn("not under jemalloc", result.stderr)

    def matrix(self, names, code=0):
        result = self.expect(code, *self.ARGS, "--allocators", names, "--format", "csv")
        return list(csv.DictReader(io.StringIO(result.stdout)))

    def test_all(self):
        rows = self.matrix("all")
        self.assertEqual(len(rows), 5)
        for line in rows:
            self.assertEqual(line["id"], "truth_malloc/1000")
            self.assertEqual(line["reason"] == "", line["cold_heap_live_bytes"] != "")
            if line["reason"] == "":
                self.assertGreaterEqual(int(line["cold_heap_live_bytes"]), 1000 * 1000)
                self.assertEqual(line["cold_heap_retained_bytes"], "0")
        self.assertRegex(rows[0]["allocator"], r"^glibc \d")
        self.assertRegex(rows[1]["allocator"], r"^glibc \d\S+ arena_max=1$")

    def test_formats(self):
        text = self.expect(0, *self.ARGS, "--allocators", "glibc").stdout
        self.assertRegex(text, r"\Atruth_malloc/1000\n  allocator +anon live +retained +after purge +heap live +retained\n")
        markdown = self.expect(0, *self.ARGS, "--allocators", "glibc", "--format", "markdown").stdout
        self.assertTrue(markdown.startswith("| case | allocator | anon live |"))
        self.assertEqual(len(markdown.splitlines()), 3)

    def test_environment_is_kept_apart(self):
        """What one allocator is preloaded with is gone for the next."""
        if not self.has("jemalloc"):
            self.skipTest("no jemalloc")
        rows = self.matrix("jemalloc,glibc")
        self.assertRegex(rows[0]["allocator"], "^jemalloc")
        self.assertRegex(rows[1]["allocator"], "^glibc")
        self.assertNotEqual(rows[0]["cold_heap_live_bytes"], rows[1]["cold_heap_live_bytes"])


class Estimate(common.Case):
    # One memory of 1 to 2 pages, globals __data_end (1024), __heap_base (66560) and nothing else.
    HEADER = b"\0asm\x01\0\0\0"
    MEMORY = b"\x05\x04\x01\x01\x01\x02"
    GLOBALS = b"\x06\x0e\x02\x7f\0\x41\x80\x08\x0b\x7f\0\x41\x80\x88\x04\x0b"
    EXPORTS = b"\x07\x1c\x02\x0a__data_end\x03\0\x0b__heap_base\x03\x01"

    def module(self):
        return self.write("m.wasm", self.HEADER + self.MEMORY + self.GLOBALS + self.EXPORTS)

    def test_table(self):
        output = self.expect(0, "estimate", self.module()).stdout
        self.assertIn("memory    min 1 pages, max 2, of 65,536 bytes", output)
        self.assertIn("__data_end 1024, __heap_base 66560", output)
        self.assertEqual(row(output, "linear memory"), [65536])
        self.assertEqual(row(output, "app heap"), [0])
        self.assertEqual(row(output, "  static data"), [1024])
        self.assertEqual(row(output, "  aux stack"), [65536])

    def test_several_memories(self):
        """Memories after the first are in linear memory's sum, and in none of its parts."""
        two = b"\x05\x06\x02\x01\x01\x02\0\x1e"
        path = self.write("two.wasm", self.HEADER + two + self.GLOBALS + self.EXPORTS)
        output = self.expect(0, "estimate", path).stdout
        self.assertIn("  memory    min 1 pages, max 2, of 65,536 bytes\n            and 1 more, together min 30 pages\n", output)
        self.assertEqual(row(output, "linear memory"), [31 * 65536])
        self.assertEqual(row(output, "  aux stack"), [65536])

    def test_options(self):
        path = self.module()
        output = self.expect(0, "estimate", "--heap-size", "1KiB", "--stack-size", "16KiB", path).stdout
        self.assertEqual(row(output, "app heap"), [1024])
        self.assertEqual(row(output, "wasm stack"), [16384])
        one = row(output, "total")[0]
        own = 16384 + row(output, "exec env")[0] + 1140 + 2 * 24  # stack and structures of an instance with two globals
        output = self.expect(0, "estimate", "--heap-size=1KiB", "--stack-size=16KiB", "--instances", "3", path).stdout
        totals = re.findall(r"^  total +([\d,]+)", output, re.M)
        self.assertEqual([number(t) for t in totals], [one, one + 2 * (65536 + 1024 + own)])
        self.assertEqual(row(self.expect(0, "estimate", "--mode", "aot", path).stdout, "wasm stack"), [0])

    def test_compiled(self):
        """The file next to the module that WAMR's compiler made is read for --mode aot alone; one that is cut is refused."""
        path, code = self.module(), b"\2\0\0\0" + (40).to_bytes(4, "little") + bytes(40)
        without = self.expect(0, "estimate", "--mode", "aot", path).stdout
        self.write("m.aot", b"\0aot\5\0\0\0" + code)
        output = self.expect(0, "estimate", "--mode", "aot", path).stdout
        self.assertEqual(row(output, "module buffer"), [8 + 8 + 40])
        self.assertEqual(row(output, "loaded code"), [40 + 1160])
        self.assertEqual(row(without, "loaded code"), [0])
        self.assertEqual(row(self.expect(0, "estimate", path).stdout, "module buffer"), row(without, "module buffer"))
        self.write("m.aot", b"\0aot\5\0\0\0" + code[:-1])
        self.assertIn("m.aot: compiled ahead of time: ", self.expect(1, "estimate", "--mode", "aot", path).stderr)

    def test_bad_modules(self):
        cut = (self.HEADER + self.MEMORY)[:-1]
        for name, data in (("empty", b""), ("text", b"hello, world"), ("cut", cut)):
            with self.subTest(name=name):
                result = self.expect(1, "estimate", self.write(name + ".wasm", data))
                self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, rf"membench: .*{name}\.wasm: .*byte")
        self.expect(1, "estimate", "nothing.wasm")
        self.expect(2, "estimate")
        self.expect(2, "estimate", "a.wasm", "b.wasm")
        self.expect(2, "estimate", "--mode", "jit", self.module())


if __name__ == "__main__":
    common.main()
