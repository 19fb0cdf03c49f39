"""Call sites that are known, exactly: by gcc, clang, g++ and rustc, at every level of optimization, with LTO, without frame
pointers, stripped and with debug information elsewhere; and two revisions of a program."""

import re
import shutil
import subprocess

import common
import measured

SOURCES = common.HERE / "where"
LIBRARY = common.BUILD / "lib" / "libmembench.a"
INCLUDE = common.SOURCE / "include"
C_COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
FLAGS = {"-O0": ["-O0"], "-O1": ["-O1"], "-O2": ["-O2"], "-O3": ["-O3"], "LTO": ["-O2", "-flto"],
         "frame pointers": ["-O2", "-fno-omit-frame-pointer"], "DWARF 4": ["-O2", "-gdwarf-4"]}
if not common.THOROUGH:
    FLAGS = {name: FLAGS[name] for name in ("-O0", "-O2", "LTO")}


def line_of(name, mark):
    """Number of the line that has "SITE mark"."""
    for number, line in enumerate((SOURCES / name).read_text(encoding="utf-8").splitlines(), 1):
        if re.search(rf"SITE {mark}\b", line):
            return number
    raise LookupError(mark)


class Truth(measured.Case):
    def setUp(self):
        super().setUp()
        if not (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.skipTest("membench was built without libunwind (Debian: libunwind-dev)")
        if measured.SANITIZED:
            self.skipTest("under a sanitizer no heap is measured")

    def compile(self, *args):
        done = subprocess.run([str(a) for a in args], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0 and re.search(r"unrecognized|unsupported|LTO|lto|LLVMgold", done.stderr):
            return False
        self.assertEqual(done.returncode, 0, done.stderr)
        return True

    def sites(self, program, case, *args):
        """[(function, line, blocks, requested bytes, callers)] of a case, those with most bytes first; the sums are
        compared with the counters."""
        env = common.environment(self.folder, WHERE_FOLDER=self.folder)
        where = self.expect(0, "where", "--program", program, case, "--format", "json", "--env", "WHERE_FOLDER", *args,
                            env=env).json()["where"]
        self.assertEqual(where["unexplained"], 0)
        self.assertEqual(sum(s["after"]["bytes"] for s in where["sites"]), where["after"]["bytes"])
        return [(s["function"], s.get("line", 0), s["after"]["block_count"], s["after"]["requested_bytes"], s["callers"])
                for s in where["sites"]]


def write_levels(folder):
    with open(folder / "levels.h", "w", encoding="utf-8") as file:
        for level in range(1, 101):
            call = "malloc(8)" if level == 1 else f"level_{level - 1}()"
            file.write(f"static NOINLINE void *level_{level}(void)\n{{\n    void *block = {call};\n    mb_keep(block);\n"
                       "    return block;\n}\n")


class Languages(Truth):
    def build(self, compiler, flags):
        write_levels(self.folder)
        for name in ("library", "first", "second"):
            if not self.compile(compiler, *flags, "-g", "-fPIC", "-shared", f"-DNAME={name}", SOURCES / "sites_library.c",
                                "-o", f"{name}.so"):
                return False
        return self.compile(compiler, *flags, "-g", "-I", INCLUDE, "-I", ".", SOURCES / "sites_bench.c", "library.so",
                            "-Wl,-rpath," + str(self.folder), LIBRARY, "-ldl", "-lpthread", "-lm", "-o", "sites")

    def check(self):
        line = lambda mark: line_of("sites_bench.c", mark)
        library = line_of("sites_library.c", "library")
        levels = lambda count: [f"level_{i}" for i in range(2, count + 1)] + ["run_deep"]
        expected = {
            "direct": [("run_direct", line("direct"), 3, 300, []), ("run_direct", line("direct_calloc"), 1, 100, [])],
            "deep": [("level_1", 3, 1, 8, levels(10)), ("level_1", 3, 1, 8, levels(100))],
            "inlined": [("inlined_inner", line("inlined_inner"), 1, 200, ["inlined_middle", "inlined_outer", "run_inlined"])],
            "wrapper": [("checked_malloc", line("checked_malloc"), 5, 2000, ["wrapped_two", "run_wrapper"]),
                        ("checked_malloc", line("checked_malloc"), 2, 600, ["wrapped_one", "run_wrapper"])],
            "pointer": [("pointed_to", line("pointed_to"), 1, 500, ["run_pointer"])],
            "library": [("library_inner", library, 1, 600, ["library_make", "run_library"])],
            "closed": [("first_inner", library, 1, 700, ["first_make", "make_by", "run_closed"]),
                       ("second_inner", library, 1, 700, ["second_make", "make_by", "run_closed"])],
            "recursion": [("parse_object", line("recursion"), 12, 480, ["parse_value", "run_recursion"])],
            "chain": [("chain_grow", line("chain_grow"), 1, 1000, ["run_chain"])],
            "threads": [("thread_make", line("thread_make"), 1, 900, ["thread_run"])],
        }
        for case, sites in expected.items():
            found = self.sites(self.folder / "sites", f"^{case}$")
            if case == "threads":  # above it the C library's functions, whose names are its own affair
                found = [(*site[:4], site[4][:1]) for site in found]
            self.assertEqual(found, sites, case)
        for at, sites in {"live": {"leaking": 60, "run_moments": 1000}, "peak": {"passing": 5000, "run_moments": 1000},
                          "kept": {"leaking": 60}, "total": {"passing": 5000, "leaking": 60, "run_moments": 1000}}.items():
            found = self.sites(self.folder / "sites", "^moments$", "--at", at)
            self.assertEqual({site[0]: site[3] for site in found}, sites, at)

    def test_c_compilers_and_flags(self):
        for compiler in C_COMPILERS:
            for name, flags in FLAGS.items():
                with self.subTest(f"{compiler} {name}"):
                    if self.build(compiler, flags):
                        self.check()

    def test_cxx(self):
        for compiler in ("g++", "clang++"):
            for name, flags in {**FLAGS, "-O3": ["-O3"]}.items():
                with self.subTest(f"{compiler} {name}"):
                    if shutil.which(compiler) is None:
                        continue
                    if not self.compile(compiler, *flags, "-g", "-std=c++17", "-I", INCLUDE, SOURCES / "sites_templates.cc",
                                        LIBRARY, "-ldl", "-lpthread", "-o", "templates"):
                        continue
                    line = lambda mark: line_of("sites_templates.cc", mark)
                    found = self.sites(self.folder / "templates", "^templates$")
                    run = [site for site in found if re.search(r"run_templates(\(mb_bench\*\))?$", site[0])]
                    self.assertEqual(sorted(site[1:4] for site in run),
                                     sorted((line(mark), 1, size) for mark, size in (("ints", 8), ("wides", 8), ("vector", 24))))
                    inner = {re.sub(r"\(anonymous namespace\)::", "", site[0]): site[2:4] for site in found
                             if site not in run}
                    expected = {"table<int>::table": (1, 100), "table<wide>::table": (1, 1000), "lambda|\\$_|operator": (1, 12),
                                "vector|_Vector": (1, 8000)}
                    for pattern, amounts in expected.items():
                        self.assertEqual([v for k, v in inner.items() if re.search(pattern, k)], [amounts], (pattern, inner))
                    self.assertEqual(len(found), 7, found)

    def test_rust(self):
        rustc = shutil.which("rustc")
        if rustc is None:
            self.skipTest("no rustc here")
        levels = {f"-O{level}": ["-C", f"opt-level={level}"] for level in (0, 1, 2, 3)}
        for name, flags in {**levels, "LTO": ["-C", "opt-level=2", "-C", "lto=fat"],
                            "frame pointers": ["-C", "opt-level=2", "-C", "force-frame-pointers=yes"]}.items():
            with self.subTest(name):
                self.compile(rustc, "--crate-type", "staticlib", "-g", *flags, "-C", "panic=abort",
                             SOURCES / "sites_rust.rs", "-o", "librust.a")
                self.compile("gcc", "-g", "-O2", "-I", INCLUDE, SOURCES / "sites_rust_bench.c", "librust.a", LIBRARY,
                             "-ldl", "-lpthread", "-lm", "-o", "rust")
                found = self.sites(self.folder / "rust", "^rust$")
                self.assertEqual(sorted(site[2:4] for site in found), [(1, 26), (1, 100), (1, 400)], found)
                rows = next(site for site in found if site[3] == 400)
                self.assertTrue(any(name.startswith("sites_rust::make_rows") for name in [rows[0], *rows[4]]), rows)
                for site in found:
                    self.assertNotRegex(" ".join([site[0], *site[4]]), r"::h[0-9a-f]{16}|__rust_alloc|\$LT\$|_R[NMXYIC]")

    def test_without_debug_information(self):
        """By the symbol table, and without one by module and offset: sums are the same, nothing crashes."""
        if not self.build("gcc", ["-O2"]):
            self.skipTest("no gcc")
        whole = self.sites(self.folder / "sites", "^direct$")
        subprocess.run(["strip", "-g", "-o", "symbols", "sites"], cwd=self.folder, check=True)
        found = self.sites(self.folder / "symbols", "^direct$")
        self.assertEqual(found, [("run_direct", 0, 4, 400, [])])
        subprocess.run(["strip", "-s", "-o", "bare", "sites"], cwd=self.folder, check=True)
        found = self.sites(self.folder / "bare", "^direct$")
        self.assertEqual(sum(site[2] for site in found), 4)
        self.assertTrue(all(re.fullmatch(r"\+0x[0-9a-f]+", site[0]) for site in found), found)
        # Elsewhere: next to the program by name, and by build id.
        subprocess.run("objcopy --only-keep-debug sites split.debug && strip -g -o split sites && "
                       "objcopy --add-gnu-debuglink=split.debug split", shell=True, cwd=self.folder, check=True)
        self.assertEqual(self.sites(self.folder / "split", "^direct$"), whole)
        notes = subprocess.run(["readelf", "-n", "sites"], cwd=self.folder, capture_output=True, text=True).stdout
        build_id = re.search(r"Build ID: ([0-9a-f]+)", notes)[1]
        place = self.folder / "debug" / ".build-id" / build_id[:2]
        place.mkdir(parents=True)
        shutil.move(self.folder / "split.debug", place / f"{build_id[2:]}.debug")
        env = common.environment(self.folder, MEMBENCH_DEBUG_FOLDER=self.folder / "debug")
        text = self.expect(0, "where", "--program", self.folder / "split", "^direct$", env=env).stdout
        self.assertIn("run_direct sites_bench.c:", text)

    def test_truncated_and_absent_debug_information(self):
        """Of files that were cut, or of which a part is gone, less is known; sums are the same, and what is said is true."""
        self.build("gcc", ["-O2"])
        whole = self.sites(self.folder / "sites", "^direct$")
        subprocess.run("objcopy --only-keep-debug sites split.debug && strip -g -o split sites && "
                       "objcopy --add-gnu-debuglink=split.debug split", shell=True, cwd=self.folder, check=True)
        debug = (self.folder / "split.debug").read_bytes()
        by_symbols = [("run_direct", 0, 4, 400, [])]
        for share in (0, 0.01, 0.2, 0.5, 0.8, 0.99):
            (self.folder / "split.debug").write_bytes(debug[: int(share * len(debug))])
            self.assertIn(self.sites(self.folder / "split", "^direct$"), (whole, by_symbols), share)
        (self.folder / "split.debug").unlink()
        self.assertEqual(self.sites(self.folder / "split", "^direct$"), by_symbols)
        # Of a split program the .dwo files have functions and inlined ones; lines are in the program.
        self.compile("gcc", "-O2", "-g", "-gsplit-dwarf", "-I", INCLUDE, "-I", ".", SOURCES / "sites_bench.c", "library.so",
                     "-Wl,-rpath," + str(self.folder), LIBRARY, "-ldl", "-lpthread", "-o", "sites")
        self.assertEqual(self.sites(self.folder / "sites", "^direct$"), whole)
        parts = list(self.folder.glob("*.dwo"))
        self.assertTrue(parts)
        for share in (0.5, 0, None):
            for part in parts:
                if share is None:
                    part.unlink()
                else:
                    part.write_bytes(part.read_bytes()[: int(share * part.stat().st_size)])
            found = self.sites(self.folder / "sites", "^direct$")
            self.assertEqual((sum(s[2] for s in found), sum(s[3] for s in found)), (4, 400), share)
            self.assertLessEqual({site[:2] for site in found}, {site[:2] for site in whole} | {("run_direct", 0)}, share)

    def test_split_and_damaged_debug_information(self):
        write_levels(self.folder)
        self.compile("gcc", "-O2", "-g", "-gsplit-dwarf", "-fPIC", "-shared", "-DNAME=library",
                     SOURCES / "sites_library.c", "-o", "library.so")
        self.compile("gcc", "-O2", "-g", "-gsplit-dwarf", "-I", INCLUDE, "-I", ".", SOURCES / "sites_bench.c",
                     "library.so", "-Wl,-rpath," + str(self.folder), LIBRARY, "-ldl", "-lpthread", "-o", "sites")
        line = line_of("sites_bench.c", "inlined_inner")
        found = self.sites(self.folder / "sites", "^inlined$")
        self.assertEqual(found, [("inlined_inner", line, 1, 200, ["inlined_middle", "inlined_outer", "run_inlined"])])
        self.build("gcc", ["-O2"])
        whole = (self.folder / "sites").read_bytes()
        sections = subprocess.run(["readelf", "-SW", "sites"], cwd=self.folder, capture_output=True, text=True).stdout
        spans = re.findall(r"\] (\.debug_\w+) +PROGBITS +\w+ (\w+) (\w+)", sections)
        self.assertGreater(len(spans), 4)
        state = 1
        for name, start, size in spans:
            damaged = bytearray(whole)
            for _ in range(64):
                state = (state * 1103515245 + 12345) % 2**31
                damaged[int(start, 16) + state % int(size, 16)] ^= 1 << state % 8
            (self.folder / "damaged").write_bytes(damaged)
            (self.folder / "damaged").chmod(0o755)
            done = self.membench("where", "--program", self.folder / "damaged", "^direct$")
            self.assertIn(done.code, (0, 1), f"{name}: {done}")
            self.assertIn("416 B in 4 blocks", done.stdout, f"{name}: {done}")


class Mapped(Truth):
    def build(self, name, *flags):
        self.assertTrue(self.compile("gcc", "-O2", "-g", *flags, "-I", INCLUDE, SOURCES / "mapped_bench.c", LIBRARY, "-ldl",
                                     "-lpthread", "-lm", "-o", name))

    def rows(self, program, case):
        found = self.expect(0, "where", "--program", program, f"^{case}$", "--window", "cold", "--format", "json").json()["pages"]
        return {(row["owner"], row.get("line", row.get("module", ""))): row["anon_bytes"] // 4096 for row in found
                if row["anon_bytes"] != 0}

    def test_each_page_belongs_to_the_call_that_mapped_it(self):
        """Known pages of mappings that are merged, cut, replaced, moved and shrunk: to the page; and all of them together
        are what another process, without the hook, reads for the metric."""
        self.build("mapped")
        line = lambda mark: line_of("mapped_bench.c", mark)
        expected = {
            "neighbours": {("mapped", line("first")): 5, ("mapped", line("second")): 3},
            "cut": {("mapped", line("first")): 10, ("mapped", line("second")): 1},
            "moved": {("mapped", line("first")): 4, ("mapped", line("grow")): 6, ("mapped", line("second")): 3},
            "shared": {("mapped", line("shared")): 7, ("mapped", line("copied")): 2},
            "break": {("mapped", line("break")): 3, ("data", ""): 6},
            "pool": {("mapped", line("pool")): 48},
        }
        self.expect(0, "--program", "mapped", "--passes", "pages", "--out", "run.json")
        stored = measured.Measured(self.folder / "run.json").cases
        for case, wanted in expected.items():
            found = self.rows("mapped", case)
            self.assertEqual(found, wanted, case)
            self.assertEqual([4096 * sum(found.values())], sorted(set(stored[case].samples("cold_anon_delta_bytes"))), case)
        found = self.rows("mapped", "thread")
        self.assertGreaterEqual(found.pop(("threads", "")), 40)
        self.assertLessEqual(found.pop(("mapped", ""), 0), 1, found) # of the dynamic linker's
        self.assertLessEqual({owner for owner, _ in found}, {"data"}, found)

    def test_text_and_what_grew(self):
        self.build("old")
        self.build("new", "-DMORE=16")
        line = line_of("mapped_bench.c", "pool")
        told = self.expect(0, "where", "--program", "old", "^pool$", "--window", "cold").stdout
        self.assertTrue(told.endswith(f"anonymous memory during run: +192 KiB\n        +192 KiB  mapped by pool_map "
                                      f"mapped_bench.c:{line} ← run_pool\n"), told)
        expected = f"mapped by pool_map mapped_bench.c:{line} ← … +64.0 KiB"
        report = self.expect(3, "ab", "old", "new", "--no-time", "^pool$", "--format", "json", "--report", "html=a.html",
                             "--report", "markdown=a.md", "--report", "text=a.txt").json()
        self.assertEqual([w["pages"] for w in report["cases"][0]["where"] if "cold_anon_delta_bytes" in w["metrics"]], [expected])
        for name in ("a.html", "a.md", "a.txt"):
            self.assertIn("pool&#95;map" if name == "a.md" else "mapped by pool_map", (self.folder / name).read_text(encoding="utf-8"), name)

    def test_an_allocators_mappings_are_the_heaps(self):
        """One that is not the C library's calls mmap below its malloc."""
        for library in ("libmimalloc.so.2", "libjemalloc.so.2", "libtcmalloc_minimal.so.4"):
            with self.subTest(library):
                if subprocess.run(["gcc", "-shared", f"-l:{library}", "-o", self.folder / "there"], capture_output=True).returncode:
                    self.skipTest(f"{library} is missing")
                self.build("own", "-Wl,--no-as-needed", f"-l:{library}", "-Wl,--as-needed")
                found = self.rows("own", "blocks")
                self.assertGreaterEqual(found[("heap", "")], 244, found)
                self.assertLessEqual({owner for owner, _ in found}, {"heap", "data"}, found)


class Revisions(Truth):
    def test_two_revisions(self):
        for compiler in C_COMPILERS:
            for flags in (["-O0"], ["-O2"]):
                with self.subTest(f"{compiler} {flags}"):
                    for revision in (1, 2):
                        self.compile(compiler, *flags, "-g", f"-DREVISION={revision}", "-I", INCLUDE,
                                     SOURCES / "revisions_bench.c", LIBRARY, "-ldl", "-lpthread", "-o", f"r{revision}")
                    self.check()

    def check(self):
        report = self.expect(3, "ab", "r1", "r2", "--no-time", "--format", "json").json()
        line = lambda mark: line_of("revisions_bench.c", mark)
        expected = {
            "grown": ("row_new", line("row"), (50, 2000), (50, 2400)),
            "wrapped": ("node_new", line("node"), (50, 5000), (50, 10000)),
            "renamed": ("entry_create", line("entry"), (50, 2400), (50, 4800)),
            "moved": ("run_moved", line("moved"), (1, 40), (1, 4000)),
            "cached": ("cache_put", line("cache"), (0, 0), (50, 3200)),
            "shifted": ("run_shifted", line("shifted"), (1, 480), (1, 4800)),
        }
        table = next(case for case in report["cases"] if case["id"] == "table")
        self.assertEqual([(w["metrics"][0], w["pages"]) for w in table["where"] if "pages" in w],
                         [("cold_anon_delta_bytes", "data of the program +192 KiB")])
        for case in report["cases"]:
            if case["id"] == "table":
                continue
            finding = next(w for w in case["where"] if "steady_heap_live_bytes" in w["metrics"])
            growth = finding["growth"]
            self.assertEqual(growth["unexplained"], 0, case["id"])
            found = [(s["function"], s["line"], *((s[side]["block_count"], s[side]["requested_bytes"])
                                                  for side in ("before", "after"))) for s in growth["sites"]]
            self.assertEqual(found, [expected[case["id"]]], case["id"])
        self.assertEqual(len(report["cases"]), len(expected) + 1)
        renamed = next(c for c in report["cases"] if c["id"] == "renamed")["where"][0]["growth"]["sites"][0]
        self.assertEqual(renamed["was_function"], "entry_new")

    def test_lines_that_moved_are_no_differences(self):
        """And neither is a file of another name in another folder."""
        source = (SOURCES / "revisions_bench.c").read_text(encoding="utf-8")
        (self.folder / "elsewhere").mkdir()
        moved = source.replace("(void)b;", "\n\n    (void)b;").replace("void *row = malloc(", "\n    void *row =\n        malloc(")
        (self.folder / "elsewhere" / "another.c").write_text("\n" * 40 + moved, encoding="utf-8")
        for compiler in C_COMPILERS:
            with self.subTest(compiler):
                for name, file in (("r1", SOURCES / "revisions_bench.c"), ("moved", "elsewhere/another.c")):
                    self.assertTrue(self.compile(compiler, "-O2", "-g", "-DREVISION=1", "-I", INCLUDE, "-I", SOURCES, file, LIBRARY,
                                                 "-ldl", "-lpthread", "-o", name))
                told = self.expect(0, "ab", "r1", "moved", "--no-time", "--where", "all").stdout
                self.assertNotIn("where", told)
                # What grew as well is still the same site, at its new line.
                self.assertTrue(self.compile(compiler, "-O2", "-g", "-DREVISION=2", "-I", INCLUDE, "-I", SOURCES, "elsewhere/another.c",
                                             LIBRARY, "-ldl", "-lpthread", "-o", "both"))
                [case] = self.expect(3, "ab", "r1", "both", "--no-time", "--format", "json", "^grown$").json()["cases"]
                sites = next(w for w in case["where"] if "steady_heap_live_bytes" in w["metrics"])["growth"]["sites"]
                self.assertEqual([(s["function"], s["before"]["block_count"], s["after"]["block_count"]) for s in sites],
                                 [("row_new", 50, 50)])
                self.assertGreater(sites[0]["line"], line_of("revisions_bench.c", "row"))

    def test_the_same_program_has_no_differences(self):
        self.compile("gcc", "-O2", "-g", "-DREVISION=2", "-I", INCLUDE, SOURCES / "revisions_bench.c", LIBRARY, "-ldl",
                     "-lpthread", "-o", "r2")
        self.assertNotIn("where", self.expect(0, "ab", "r2", "r2", "--no-time").stdout)


if __name__ == "__main__":
    common.main()
