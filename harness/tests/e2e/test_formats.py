"""Report formats for other tools, each read by the tool it is for. What is not installed is skipped and named.

`ci/setup --readers` installs the readers. Programs are looked for on PATH and in ~/.local/bin, ~/go/bin and ~/.cargo/bin; Python
packages in the Python that runs the tests and in the system's.
"""

import csv
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import common
import measured
from common import HERE, need_program, program, run, stored

HEAP, ANON, CALLS = "steady_heap_live_bytes", "steady_anon_delta_bytes", "steady_heap_alloc_count"
TIME, CPU = "real_time_ns", "cpu_time_ns"
NOISY = [155000 + 512 * (i % 7) for i in range(20)]
TIMES = [812000.5, 820000.25, 801000.125, 815000, 809000]

OLD = {
    "jobs/10": {HEAP: 12288, ANON: 16384, CALLS: 20, TIME: TIMES, CPU: TIMES},
    "jobs/100": {HEAP: 120000, ANON: 163840, CALLS: 200, TIME: TIMES, CPU: TIMES},
    "jobs/noisy": {HEAP: NOISY},
    "jobs/crash": {HEAP: 4096},
    "jobs/gone": {HEAP: 4096},
}
NEW = {
    "jobs/10": {HEAP: 12288, ANON: 16384, CALLS: 20, TIME: TIMES, CPU: TIMES},
    "jobs/100": {HEAP: 150000, ANON: 163840, CALLS: 200, TIME: TIMES, CPU: TIMES},
    "jobs/noisy": {HEAP: [v + 20000 for v in NOISY[:10]]},
    "jobs/crash": "crashed",
    "jobs/skipped": "skipped",
}

# Pieces of names that mean something to one format or another.
PIECES = [
    " ", "  ", "\"", "'", "|", "<", ">", "&", "<b>", "</testcase>", "]]>", "<!--", "-->", "%", "%20", "%0A", "\\", "\\n",
    "\\u0041", ",", ";", ":", "::", "::error::", "{", "}", "=", "+", "-8", "#", "*", "_x_", "`", "[a](b)", "@you", "~~",
    "$HOME", "é", "記憶", "😀", "\u00a0", "\u2028", "\u200b", "\ufeff", "..", ".", "//", "/", "a", "Z", "0", "1e9", "NaN",
]  # fmt: skip


def find_tool(name):
    """Path of a program, or None."""
    home = pathlib.Path(os.environ.get("HOME", "/root"))
    return shutil.which(name) or shutil.which(name, path=f"{home}/.local/bin:{home}/go/bin:{home}/.cargo/bin")


def find_python(module):
    """A Python that has the module, or None."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
        if done.returncode == 0:
            return python
    return None


def need_tool(name, package):
    return unittest.skipUnless(find_tool(name), f"{name} is missing ({package}; ci/setup --readers)")


def need_python(module, package):
    return unittest.skipUnless(find_python(module), f"Python's {module} is missing ({package}; ci/setup --readers)")


class Formats(common.Case):
    def setUp(self):
        super().setUp()
        self.write("old.json", stored(OLD))
        self.write("new.json", stored(NEW))

    def compare(self, format_name, *args, **more):
        """The comparison of old.json and new.json: one case regressed, one crashed, one noisy, and so on."""
        return self.expect(1, "compare", "--format", format_name, *args, "old.json", "new.json", **more).stdout

    def report(self, format_name, name="new.json", *args, **more):
        return self.expect(0, "report", "--format", format_name, *args, name, **more).stdout

    def read_by(self, args, text=None, code=0):
        """Runs a reader; its exit code must be 0."""
        result = run(args, self.folder, input=text)
        self.assertEqual(result.code, code, f"{args}: {result}")
        return result


class Golden(Formats):
    """Bytes of every format, to be looked at when they change."""

    NAMES = "comment ndjson junit github gbench smaller-is-better bencher gobench openmetrics".split()

    def test_github_folds_by_cause(self):
        """Four cases that grew by the same for each job, and their slope, are one annotation that counts them."""
        for name, size in (("old", 100), ("new", 120)):
            made = json.loads(stored({f"memory_jobs/{n}": {"steady_heap_live_bytes": 1000 + size * n} for n in (1000, 2000, 3000, 4000)}))
            for benchmark in made["benchmarks"]:
                benchmark["membench"]["params"] = [{"name": "jobs", "value": int(benchmark["name"].rpartition("/")[2])}]
            self.write(f"{name}.json", json.dumps(made))
        lines = self.expect(3, "compare", "old.json", "new.json", "--format", "github").stdout.splitlines()
        self.assertEqual(lines, ["::error title=membench%3A regressed::memory_jobs, 4 cases and 1 slope: heap +20.0 B per job"])

    def test_golden(self):
        for name in self.NAMES:
            with self.subTest(format=name):
                hidden = [(r'"next":\[.*\],"verdict"', '"next":[…],"verdict"'), (r"(?s)Memory grew in.*?<d", "(advice)\n\n<d")]
                self.golden(f"formats/compare.{name}", self.compare(name), *hidden)

    def test_help_lists_every_format(self):
        text = self.expect(0, "report", "--help").stdout
        listed = re.findall(r"^  ([a-z-]+) +\S", text.partition("\nFormats:\n")[2].partition("\nExamples")[0], re.M)
        for name in [*self.NAMES, "text", "markdown", "csv", "json", "criterion"]:
            self.assertIn(name, listed)
        for name in listed:
            if name in ("svg", "png"):  # pictures of one thing, by gnuplot
                continue
            with self.subTest(format=name):
                self.expect(0, "report", "--format", name, "--out", name, "new.json")
                self.assertTrue((self.folder / name).exists())

    def test_locale_changes_no_number(self):
        """Under a locale with a decimal comma every format has the same bytes."""
        path = self.folder / "locales"
        path.mkdir()
        made = None
        if shutil.which("localedef"):
            made = run(["localedef", "-i", "de_DE", "-f", "UTF-8", path / "de_DE.UTF-8"], self.folder)
        if made is None or not (path / "de_DE.UTF-8" / "LC_NUMERIC").exists():
            self.skipTest("localedef has no de_DE here (Debian: locales)")
        german = self.env(LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8", LC_NUMERIC="de_DE.UTF-8", LOCPATH=path)
        comma = run([sys.executable, "-c", "import locale as l; l.setlocale(l.LC_ALL, ''); print(l.str(1.5))"],
                    self.folder, german)  # fmt: skip
        self.assertEqual(comma.stdout.strip(), "1,5", "the locale does not work here")
        for name in self.NAMES + ["csv", "json", "markdown", "text"]:
            with self.subTest(format=name):
                self.assertEqual(self.compare(name), self.compare(name, env=german))


class Outputs(Formats):
    """Where reports go: --out, --report, and what is left behind when that fails."""

    def test_several_at_once(self):
        result = self.expect(1, "compare", "--report", "junit=a.xml", "--report", "csv=b.csv", "--report", "github=-",
                             "old.json", "new.json")  # fmt: skip
        self.assertIn("\nREGRESSED: ", result.stdout)
        self.assertEqual(result.stdout.count("::error "), 3)
        self.assertEqual(self.read("a.xml").decode(), self.compare("junit"))
        self.assertEqual(self.read("b.csv").decode(), self.compare("csv"))

    def test_out(self):
        self.assertEqual(self.compare("junit", "-o", "a.xml"), "")
        self.assertEqual(self.read("a.xml").decode(), self.compare("junit", "--out", "-"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["a.xml", "new.json", "old.json"])

    def test_last_run_is_the_default(self):
        (self.folder / ".membench").mkdir()
        shutil.copy(self.folder / "new.json", self.folder / ".membench" / "last.json")
        self.assertEqual(self.expect(0, "report", "--format", "junit").stdout, self.report("junit"))

    def test_an_old_file_stays_when_writing_fails(self):
        self.write("a.xml", "old")
        for path in ("/dev/full", "missing/a.xml"):
            result = self.expect(1, "compare", "--report", f"junit={path}", "old.json", "new.json")
            self.assertRegex(result.stderr, r"\Amembench: (cannot write .*|missing/a.xml: cannot be written: .*)\n\Z")
        self.write("bad.json", "{")
        self.expect(1, "report", "--format", "junit", "-o", "a.xml", "bad.json")
        self.assertEqual(self.read("a.xml"), b"old")
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.endswith(".tmp")], [])

    def test_links_and_modes_are_kept(self):
        self.write("real.xml", "old").chmod(0o640)
        (self.folder / "link.xml").symlink_to("real.xml")
        self.compare("junit", "-o", "link.xml")
        self.assertTrue((self.folder / "link.xml").is_symlink())
        self.assertEqual((self.folder / "real.xml").stat().st_mode & 0o777, 0o640)
        self.assertEqual(self.read("real.xml").decode(), self.compare("junit"))

    def test_usage(self):
        transcript = []
        for line in ("report --report junit new.json", "report --report junit= new.json", "report --report x=y new.json",
                     "report --format criterion new.json", "--format criterion --out x", "--list --report csv=x",
                     "compare --format x old.json new.json"):  # fmt: skip
            result = self.expect(2, *line.split())
            self.assertRegex(result.stderr, r"\Amembench: [^\n]+\n\Z")
            transcript.append(f"$ membench {line}\n{result.stderr}")
        self.golden("formats/usage.txt", "".join(transcript), (r"is not text, .*", "is not text, …"))

    @need_program("jobs")
    def test_a_run_writes_them_too(self):
        self.measure("jobs", 0, "--exact", "memory_job_creation/10", "--report", "junit=a.xml", "--report",
                     "criterion=c", "--save-baseline", "main", "-q")  # fmt: skip
        self.assertEqual(len(ElementTree.parse(self.folder / "a.xml").findall(".//testcase")), 1)
        self.assertTrue((self.folder / "c/memory_job_creation/10" / ANON / "main" / "estimates.json").exists())


MANAGER = r'''
#include <benchmark/benchmark.h>
#include <cstdlib>
struct Manager : benchmark::MemoryManager {
    void Start() override {}
    void Stop(Result *r) override { fill(*r); }
    void fill(Result &r) { r.num_allocs = 16 * FACTOR; r.max_bytes_used = 100000 * FACTOR; r.total_allocated_bytes = 5 * 100000 * FACTOR; r.net_heap_growth = 0; }
};
static void BM_Parse(benchmark::State &state) { for (auto _ : state) benchmark::DoNotOptimize(state.iterations()); }
BENCHMARK(BM_Parse)->Arg(1024)->Iterations(16);
int main(int argc, char **argv)
{
    static Manager manager;
    benchmark::RegisterMemoryManager(&manager);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
'''


CRITERION = """\
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};

fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("sort");
    for size in [10u64, 100] {
        group.bench_with_input(BenchmarkId::new("rev", size), &size, |b, &size| b.iter(|| (0..size).rev().collect::<Vec<_>>()));
    }
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10).warm_up_time(std::time::Duration::from_millis(50))
    .measurement_time(std::time::Duration::from_millis(100)).without_plots(); targets = all }
criterion_main!(benches);
"""


class CriterionFolders(Formats):
    def folder_of(self, name, full_id, times, iters=(1, 2, 4)):
        where = self.folder / name / full_id.replace("/", "_") / "new"
        where.mkdir(parents=True)
        (where / "benchmark.json").write_text(json.dumps({"group_id": "g", "full_id": full_id, "directory_name": "x"}))
        (where / "sample.json").write_text(json.dumps({"sampling_mode": "Linear", "iters": list(iters), "times": list(times)}))
        (where / "estimates.json").write_text("{}")
        return name

    def test_times_are_shown_and_nothing_gates(self):
        old = self.folder_of("old/criterion", "sort/rev/10", (100.0, 200.0, 400.0))
        new = self.folder_of("new/criterion", "sort/rev/10", (1000.0, 2000.0, 4000.0))
        self.assertRegex(self.expect(0, "report", old).stdout, r"(?m)^  rev/10 +100 ns")
        result = self.expect(5, "compare", old, new)
        self.assertIn("Nothing could be compared", result.stdout)
        self.assertIn("no gating metric was measured on both sides", " ".join(result.stdout.split()))

    def test_what_our_own_format_writes_is_memory(self):
        for name, value in (("old", 1000), ("new", 1200)):
            self.write(f"{name}.json", stored({"jobs/10": {"steady_heap_live_bytes": value}, "jobs/a b": {"steady_heap_live_bytes": 7}}))
            self.expect(0, "report", "--format", "criterion", "--out", name, f"{name}.json", "--metrics", "steady_heap")
            (self.folder / name).rename(self.folder / f"{name}.folder")
        for folder in ("old.folder", "new.folder"):  # named after its file, where cargo's newest run is "new"
            for run in list((self.folder / folder).rglob("old")):
                run.rename(run.parent / "new")
        result = self.expect(3, "compare", "old.folder", "new.folder", "--format", "json").json()
        self.assertEqual({case["id"] for case in result["cases"]}, {"jobs/10", "jobs/a b"})
        self.assertEqual([f["id"] for f in result["findings"] if f["kind"] == "regressed"], ["jobs/10"])

    def test_bad_folders(self):
        (self.folder / "empty").mkdir()
        self.assertIn("empty: a folder, and not one of Criterion", self.expect(1, "report", "empty").stderr)
        name = self.folder_of("broken", "a/b", (1.0,), (1,))
        (file,) = (self.folder / name).rglob("sample.json")
        for text in ("{", "[1, 2]", '{"times": 5, "iters": [0]}', '{"times": [1e999], "iters": [1]}', '{"times": ["x"], "iters": [1]}'):
            file.write_text(text)
            result = self.membench("report", name)
            self.assertIn(result.code, (0, 1), f"{text}: {result}")
            self.assertLessEqual(result.stderr.count("\n"), 1)

    @unittest.skipUnless(common.THOROUGH and shutil.which("cargo"), "builds Criterion: MEMBENCH_TEST_THOROUGH=1, cargo")
    def test_what_criterion_itself_writes(self):
        self.write("Cargo.toml", '[package]\nname = "sorts"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nbench = false\n'
                   '[dev-dependencies]\ncriterion = { version = "0.5", default-features = false }\n[[bench]]\nname = "sort"\nharness = false\n')
        self.write("src/lib.rs", "")
        self.write("benches/sort.rs", CRITERION)
        env = dict(self.env(), **{name: os.environ[name] for name in os.environ if name in ("HOME", "CARGO_HOME", "RUSTUP_HOME")})
        ran = common.run(["cargo", "bench", "-q"], self.folder, env, timeout=600)
        if ran.code != 0 and "download" in ran.stderr + ran.stdout:
            self.skipTest("the crate criterion is unavailable")
        self.assertEqual(ran.code, 0, ran)
        cases = self.expect(0, "report", "target/criterion", "--format", "json").json()["cases"]
        self.assertEqual([case["id"] for case in cases], ["sort/rev/10", "sort/rev/100"])
        self.assertEqual([case["metrics"]["real_time_ns"]["n"] for case in cases], [10, 10])
        self.expect(5, "compare", "target/criterion", "target/criterion")


class GoogleBenchmark(Formats):
    """Files that Google Benchmark wrote, with what a memory manager counted."""

    def case(self, **fields):
        return {"name": "BM_Parse/1024", "run_name": "BM_Parse/1024", "run_type": "iteration", "iterations": 1000,
                "real_time": 5, "cpu_time": 5, "time_unit": "ns", **fields}

    def file(self, name, *cases):
        self.write(name, json.dumps({"context": {"json_schema_version": 1}, "benchmarks": list(cases)}))
        return name

    def metrics(self, result, kind):
        return sorted(m for f in result.json()["findings"] if f["kind"] == kind for m in f["metrics"])

    def test_memory_fields_gate(self):
        """Each is written down once, and compared as it is; a tenth is allowed, as anywhere."""
        fields = {"allocs_per_iter": "steady_heap_alloc_count", "max_bytes_used": "steady_heap_peak_bytes",
                  "total_allocated_bytes": "steady_heap_alloc_bytes", "net_heap_growth": "steady_heap_retained_bytes"}
        old = self.file("old.json", self.case(**{field: 100_000 for field in fields}))
        self.expect(0, "compare", old, old)
        for field, metric in fields.items():
            for value, code in ((110_000, 0), (110_001, 3)):
                new = self.file("new.json", self.case(**{**{f: 100_000 for f in fields}, field: value}))
                result = self.expect(code, "compare", old, new, "--format", "json")
                self.assertEqual(self.metrics(result, "regressed"), [metric] if code else [])
        many = [self.case(max_bytes_used=n, repetition_index=i) for i, n in enumerate((200_000, 200_000, 200_000))]
        self.expect(3, "compare", old, self.file("new.json", *many))
        self.expect(5, "compare", self.file("bare.json", self.case()), self.file("bare2.json", self.case()))

    def test_counters_of_bytes_gate_as_cases_of_their_own(self):
        fields = [{"max_bytes_used": 1000, "arena_bytes": 4096, "items_per_second": 5.0, "repetition_index": n} for n in range(3)]
        old = self.file("old.json", *(self.case(**f) for f in fields))
        self.expect(0, "compare", old, old)
        for value, code in ((4505, 0), (4506, 3)):
            new = self.file("new.json", *(self.case(**{**f, "arena_bytes": value}) for f in fields))
            found = self.expect(code, "compare", old, new, "--format", "json").json()
            self.assertEqual([c["id"] for c in found["cases"]], ["BM_Parse/1024", "BM_Parse/1024/arena_bytes"])
            self.assertEqual([f["id"] for f in found["findings"] if f["kind"] == "regressed"], ["BM_Parse/1024/arena_bytes"] if code else [])
        self.assertRegex(self.expect(0, "report", old).stdout, r"(?m)^  1024/arena_bytes +4\.00 KiB")
        gone = self.file("gone.json", self.case(max_bytes_used=1000))
        self.expect(1, "compare", old, gone, "--strict")

    def test_our_own_format(self):
        """What report --format gbench writes of cases with times is read as it was."""
        for name, factor in (("old", 1), ("new", 2)):
            values = {"steady_heap_live_bytes": 1000 * factor, "real_time_ns": [5.0] * 3, "cpu_time_ns": [5.0] * 3}
            self.write(f"{name}.json", stored({"jobs/10": values}))
            text = self.expect(0, "report", "--format", "gbench", f"{name}.json").stdout
            self.write(f"{name}.gbench.json", text)
        result = self.expect(3, "compare", "old.gbench.json", "new.gbench.json", "--format", "json")
        self.assertIn("steady_heap_live_bytes", self.metrics(result, "regressed"))

    def test_a_real_file(self):
        for factor in (1, 2):
            self.write("bench.cc", MANAGER)
            built = run(["c++", "-O1", "-w", f"-DFACTOR={factor}", "bench.cc", "-o", "bench", "-lbenchmark", "-pthread"], self.folder)
            if built.code != 0:
                self.skipTest("no C++ compiler, or Google Benchmark is missing (Debian: libbenchmark-dev)")
            self.write(f"{factor}.json", run(["./bench", "--benchmark_format=json"], self.folder).stdout)
        result = self.expect(3, "compare", "1.json", "2.json", "--format", "json")
        self.assertEqual(self.metrics(result, "regressed"),
                         ["steady_heap_alloc_bytes", "steady_heap_alloc_count", "steady_heap_peak_bytes"])
        self.expect(0, "compare", "1.json", "1.json")
        self.assertIn("heap_peak", self.expect(0, "report", "--format", "csv", "1.json").stdout)


class OtherTools(Formats):
    """Files of other tools are compared like our own, by what of them is memory."""

    GO = "goos: linux\npkg: a/parse\nBenchmarkParse/x-8 \t 1000\t 1234 ns/op\t 12.5 MB/s\t %d B/op\t %d allocs/op\nPASS\nok a/parse 1.2s\n"

    def changed(self, result):
        return sorted((f["id"], m) for f in result.json()["findings"] if f["kind"] == "regressed" for m in f["metrics"])

    def test_go(self):
        for name, bytes_each, calls in (("old", 1000, 10), ("same", 1100, 11), ("new", 1101, 12)):
            self.write(name, self.GO % (bytes_each, calls))
        self.expect(0, "compare", "old", "same")
        found = self.expect(3, "compare", "old", "new", "--format", "json")
        self.assertEqual(self.changed(found), [("Parse/x-8", "steady_heap_alloc_bytes"), ("Parse/x-8", "steady_heap_alloc_count")])
        self.assertEqual(found.json()["cases"][0]["metrics"]["real_time_ns"]["median"], 1234)
        two = self.GO % (1, 1) + (self.GO % (2, 2)).replace("a/parse", "b/parse")
        self.write("two", two)
        cases = self.expect(0, "report", "--format", "json", "two").json()["cases"]
        self.assertEqual([c["id"] for c in cases], ["a/parse/Parse/x-8", "b/parse/Parse/x-8"])
        self.write("bad", "BenchmarkA 1 5 ns/op x B/op\n")
        self.assertIn('bad: line 1: Go\'s file: "x" is not a number with a unit', self.expect(1, "report", "bad").stderr)

    def test_our_gobench(self):
        for name, factor in (("old", 1), ("new", 2)):
            self.write(f"{name}.json", stored({"jobs/10": {"steady_heap_live_bytes": 1000 * factor, "steady_heap_alloc_count": 5}}))
            self.write(f"{name}.txt", self.expect(0, "report", "--format", "gobench", f"{name}.json").stdout)
        found = self.expect(3, "compare", "old.txt", "new.txt", "--format", "json")
        self.assertEqual(self.changed(found), [("jobs/10", "steady_heap_live_bytes")])

    @unittest.skipUnless(common.THOROUGH, "compiles Go's standard library: each night")
    def test_a_real_go(self):
        go = find_tool("go") or find_tool("/usr/local/go/bin/go")
        if go is None:
            self.skipTest("go is missing (Debian: golang-go)")
        self.write("go.mod", "module example.com/m\n\ngo 1.16\n")
        for size in (1000, 4000):
            self.write("m_test.go", "package m\n\nimport \"testing\"\n\nvar sink []byte\n\nfunc BenchmarkMake(b *testing.B) {\n"
                       f"\tb.ReportAllocs()\n\tfor i := 0; i < b.N; i++ {{\n\t\tsink = make([]byte, {size})\n\t}}\n}}\n")
            env = self.env(GOFLAGS="-mod=mod", GOCACHE=str(self.folder / "cache"), GOPROXY="off", GOTOOLCHAIN="local")
            made = run([go, "test", "-bench", ".", "-benchtime", "100x"], self.folder, env=env, timeout=170)
            self.assertEqual(made.code, 0, str(made))
            self.write(f"{size}.txt", made.stdout)
        found = self.expect(3, "compare", "1000.txt", "4000.txt", "--format", "json")
        self.assertEqual([metric for _, metric in self.changed(found)], ["steady_heap_alloc_bytes"])

    def test_hyperfine(self):
        result = lambda peak: {"command": "make -j2", "times": [0.5] * 10, "memory_usage_byte": [peak] * 10, "exit_codes": [0] * 10}
        for name, peak in (("old", 10 << 20), ("same", 10 << 20), ("new", 12 << 20)):
            self.write(name, json.dumps({"results": [result(peak)]}))
        self.expect(0, "compare", "old", "same")
        found = self.expect(3, "compare", "old", "new", "--format", "json")
        self.assertEqual(self.changed(found), [("exec/make -j2", "process_sampled_peak_rss_bytes")])
        self.assertEqual(found.json()["cases"][0]["metrics"]["real_time_ns"]["median"], 5e8)
        self.write("times", json.dumps({"results": [{"command": "a", "times": [1]}]}))  # as hyperfine 1.15 writes it
        self.expect(5, "compare", "times", "times")
        self.write("many", json.dumps({"results": [{"command": "a", "times": [1] * 500_000}]}))
        self.assertIn("too many repetitions", self.expect(1, "report", "many").stderr)  # and no minutes later
        self.write("bad", '{"results": [{"command": 5}]}')
        self.assertIn("bad: hyperfine's file: a result lacks its command", self.expect(1, "report", "bad").stderr)

    @unittest.skipUnless(shutil.which("valgrind") and shutil.which("cc"), "needs cc and valgrind (Debian: gcc valgrind)")
    def test_real_valgrind(self):
        """DHAT and massif over two builds of one name: totals to the byte."""
        source = ("#include <stdlib.h>\nint main(void) { for (int i = 0; i < 100; i++) { volatile char *p = malloc(SIZE);"
                  " p[0] = 1; if (i % 2) free((void *)p); } return 0; }\n")
        self.write("prog.c", source)
        for name, size in (("old", 1000), ("new", 1200)):
            (self.folder / name).mkdir()
            built = run(["cc", "-O0", f"-DSIZE={size}", "prog.c", "-o", f"{name}/prog"], self.folder)
            self.assertEqual(built.code, 0, str(built))
            for tool in ("dhat", "massif"):
                done = run(["valgrind", f"--tool={tool}", f"--{tool}-out-file={name}.{tool}", f"{name}/prog", "x"], self.folder)
                self.assertEqual(done.code, 0, str(done))
        names = ("heap_alloc_bytes", "heap_peak_bytes", "heap_retained_bytes")
        found = self.expect(3, "compare", "old.dhat", "new.dhat", "--format", "json")
        self.assertEqual(self.changed(found), [("dhat/prog x", f"steady_{name}") for name in names])
        medians = {name: value["median"] for name, value in found.json()["cases"][0]["metrics"].items()}
        self.assertEqual([medians[f"steady_{name}"] for name in names], [120_000, 51 * 1200, 60_000])
        self.assertEqual(medians["steady_heap_alloc_count"], 100)
        found = self.expect(3, "compare", "old.massif", "new.massif", "--format", "json")
        self.assertEqual(self.changed(found), [("massif/prog x", "steady_heap_peak_bytes")])
        for tool in ("dhat", "massif"):
            self.expect(0, "compare", f"old.{tool}", f"old.{tool}")
        self.write("cut", (self.folder / "old.dhat").read_text()[:200])
        self.assertIn("cut: DHAT's file: ", self.expect(1, "report", "cut").stderr)
        self.write("cut", "desc: a\ncmd: b\ntime_unit: i\n")
        self.assertIn("cut: massif's file: no snapshot", self.expect(1, "report", "cut").stderr)

    def test_github_action(self):
        """Lists as the action takes them, ours among them, and data.js, of which the newest run counts."""
        for name, factor in (("old", 1), ("new", 2)):
            values = {"steady_heap_live_bytes": 1000 * factor, "steady_heap_alloc_count": 5}
            self.write(f"{name}.json", stored({"jobs/10": values}))
            self.write(f"{name}.list", self.expect(0, "report", "--format", "smaller-is-better", f"{name}.json").stdout)
        found = self.expect(3, "compare", "old.list", "new.list", "--format", "json")
        self.assertEqual(self.changed(found), [("jobs/10", "steady_heap_live_bytes")])
        go = lambda size: [{"name": "BenchmarkA", "value": 5, "unit": "ns/op", "extra": "100 times"},
                           {"name": "BenchmarkA - B/op", "value": size, "unit": "B/op", "extra": "100 times"},
                           {"name": "speed", "value": 5, "unit": "req/s"}]
        data = lambda *sizes: "window.BENCHMARK_DATA = " + json.dumps({"lastUpdate": 1, "entries": {
            "Go": [{"commit": {"id": str(size)}, "tool": "go", "benches": go(size)} for size in sizes]}}, indent=2)
        self.write("data.js", data(1, 1000))
        self.write("later.js", data(1, 1000, 1101))
        found = self.expect(3, "compare", "data.js", "later.js", "--format", "json")
        self.assertEqual(self.changed(found), [("BenchmarkA", "steady_heap_alloc_bytes")])
        self.expect(0, "compare", "data.js", "data.js")
        self.write("none.list", json.dumps([{"name": "speed", "value": 5, "unit": "req/s"}]))
        self.assertIn("no value in it is of a known metric", self.expect(1, "report", "none.list").stderr)

    def test_our_export(self):
        for name in ("old", "new"):
            self.expect(0, "exec", "--runs", "10", "--name", "a", "--export-json", name, "--", "true")
        self.expect(0, "compare", "old", "new")


class Names(Formats):
    """Case ids made of what formats take for their own come back from every format as they were."""

    COUNT = 60

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("MEMBENCH_TEST_SEED", random.randrange(1 << 32)))
        print(f"names of seed {seed} (MEMBENCH_TEST_SEED)", file=sys.stderr)
        draw = random.Random(seed)
        ids = {"".join(draw.choices(PIECES, k=draw.randint(1, 8))) for _ in range(self.COUNT)}
        ids |= {piece for piece in PIECES} | {"=1", "'=1", "''=1", "a b", "a_b", "a%20b", "x" * 255}
        self.ids = sorted(i for i in ids if 0 < len(i.encode()) <= 255)
        cases = {i: {HEAP: 4096, TIME: TIMES, CPU: TIMES} for i in self.ids}
        self.write("old.json", stored(cases))
        self.write("new.json", stored({i: {HEAP: 8192, TIME: TIMES, CPU: TIMES} for i in self.ids}))

    def compare(self, format_name, *args, **more):
        return self.expect(3, "compare", "--format", format_name, *args, "old.json", "new.json", **more).stdout

    def check(self, found):
        self.assertEqual(sorted(set(found)), self.ids)

    def test_json(self):
        self.check(c["id"] for c in json.loads(self.compare("json"))["cases"])

    def test_ndjson(self):
        lines = self.compare("ndjson").split("\n")
        self.assertEqual(lines.pop(), "")
        objects = [json.loads(line) for line in lines]
        self.assertEqual([o["type"] for o in objects], ["run"] + ["case"] * len(self.ids) + ["sum"])
        self.check(o["id"] for o in objects[1:-1])
        self.assertEqual(objects[-1]["verdict"], "regressed")

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.compare("csv"), newline="")))
        # What a spreadsheet would take for a formula has an apostrophe in front, and so has an apostrophe.
        ids = [row["id"].removeprefix("'") for row in rows]
        self.assertFalse([row["id"] for row in rows if row["id"].startswith(tuple("=+-@"))])
        self.check(ids)

    def test_junit(self):
        root = ElementTree.fromstring(self.compare("junit"))
        self.check(t.get("name") for t in root.iter("testcase"))
        self.assertEqual(len(list(root.iter("failure"))), len(self.ids))

    def test_github(self):
        lines = self.compare("github").split("\n")
        self.assertEqual(lines.pop(), "")
        for line in lines:
            self.assertRegex(line, r"\A::error title=membench[^:]*::")
        self.assertEqual(len(lines), 10)
        self.assertRegex(lines[-1], r"and \d+ more: the summary")

    def test_gbench(self):
        benchmarks = json.loads(self.report("gbench"))["benchmarks"]
        self.check(b["run_name"] for b in benchmarks)
        self.assertEqual(sum(b["run_type"] == "iteration" for b in benchmarks), len(TIMES) * len(self.ids))

    def test_smaller_is_better(self):
        self.check(e["name"].rpartition(" ")[0] for e in json.loads(self.report("smaller-is-better")))

    def test_bencher(self):
        self.check(json.loads(self.report("bencher")))

    def test_gobench(self):
        names = []
        for line in self.report("gobench").splitlines():
            if line.startswith("Benchmark"):
                fields = line.split()
                self.assertEqual(len(fields) % 2, 0)
                names.append(urllib.parse.unquote(fields[0][len("Benchmark") :]))
        self.check(names)

    def test_openmetrics(self):
        pattern = re.compile(r'^membench_case_ok\{case="((?:[^"\\\n]|\\.)*)",', re.M)
        unescape = lambda text: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)
        self.check(unescape(m[1]) for m in pattern.finditer(self.report("openmetrics")))

    def test_criterion(self):
        self.report("criterion", "new.json", "-o", "c")
        files = list((self.folder / "c").rglob("benchmark.json"))
        found = [json.loads(f.read_text()) for f in files]
        self.check(b["function_id"] for b in found)
        self.assertEqual(len({b["directory_name"] for b in found}), 2 * len(self.ids), "two cases in one folder")
        for file in files:
            self.assertTrue(file.resolve().is_relative_to(self.folder / "c"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["c", "new.json", "old.json"])

    @need_tool("cmark-gfm", "Debian: cmark-gfm")
    def test_markdown(self):
        """No name becomes markup: the rendered text has all of them, the HTML nothing but our own elements."""
        for name in ("markdown", "comment"):
            html = self.read_by(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink"], self.compare(name)).stdout
            elements = set(re.findall(r"</?([a-zA-Z0-9]+)", re.sub(r"<!-- membench: comment -->", "", html)))
            known = "h3 p strong table thead tbody tr th td code pre details summary ul li"
            self.assertLessEqual(elements, set(known.split()))
            self.assertNotIn("<a ", html)
        rows = re.findall(r"<tr>\n<td><code>(.*?)</code></td>", html, re.S)
        self.assertGreater(len(rows), 10)
        for row in re.findall(r"<tr>.*?</tr>", html, re.S):
            self.assertIn(len(re.findall(r"<t[dh]", row)), (3, 10), row)


class Readers(Formats):
    """The real programs."""

    @unittest.skipUnless(os.path.exists("/usr/share/benchmark/compare.py"), "compare.py is missing (libbenchmark-tools)")
    @need_python("scipy", "Debian: python3-scipy")
    def test_google_benchmark(self):
        """compare.py takes two runs with repetitions, does its U test, and finds the aggregate's counters."""
        slower = [t * 1.5 for t in TIMES * 2]
        faster = TIMES * 2
        for name, times in (("a.json", faster), ("b.json", slower)):
            self.write(name, stored({"jobs/10": {HEAP: 12288, TIME: times, CPU: times}, "jobs/none": {HEAP: 5}}))
            self.report("gbench", name, "-o", "g" + name)
        script = "/usr/share/benchmark/compare.py"
        python = find_python("scipy")
        result = self.read_by([python, script, "--no-color", "benchmarks", "ga.json", "gb.json"])
        self.assertRegex(result.stdout, r"(?m)^jobs/10_pvalue +0\.0\d+ .*U Test, Repetitions: 10 vs 10")
        self.assertRegex(result.stdout, r"(?m)^jobs/10_median +\+0\.5000 +\+0\.5000 ")

    @unittest.skipUnless(os.path.exists("/usr/share/benchmark/compare.py"), "compare.py is missing (libbenchmark-tools)")
    @need_python("scipy", "Debian: python3-scipy")
    @need_program("jobs")
    @unittest.skipIf(measured.SANITIZED, "a sanitized timer cannot be loaded into programs")
    def test_google_benchmark_of_real_runs(self):
        """What membench writes itself is read, too: the results file as one repetition, gbench as all of them."""
        for i in range(2):
            self.expect(0, "-p", program("jobs"), "--exact", "memory_job_creation/10", "--measurement-time", "9ms",
                        "-q", "--out", f"native{i}.json")  # fmt: skip
            self.report("gbench", f"native{i}.json", "-o", f"gbench{i}.json")
        command = [find_python("scipy"), "/usr/share/benchmark/compare.py", "--no-color", "benchmarks"]
        for name in ("native", "gbench"):
            result = self.read_by([*command, f"{name}0.json", f"{name}1.json"])
            self.assertRegex(result.stdout, r"(?m)^memory_job_creation/10 +[+-]\d\.\d{4} ")
        self.assertIn("Repetitions: 3 vs 3", result.stdout)

    @need_python("pandas", "Debian: python3-pandas")
    def test_pandas(self):
        """The example of docs/formats.md."""
        text = (common.SOURCE / "docs/formats.md").read_text()
        example = re.search(r"```python\n(.*?pandas.*?)```", text, re.S)[1]
        shutil.copy(self.folder / "new.json", self.folder / "results.json")
        result = self.read_by([find_python("pandas"), "-c", example])
        self.assertIn("jobs/100", result.stdout)
        self.assertIn("150000", result.stdout)

    def test_junit(self):
        root = ElementTree.fromstring(self.compare("junit"))
        found = {}
        for test in root.iter("testcase"):
            kinds = [child.tag for child in test if child.tag != "system-out"]
            self.assertLessEqual(len(kinds), 1)
            self.assertRegex(test.get("time"), r"\A\d+\.\d+\Z")
            found[test.get("name")] = kinds[0] if kinds else "passed"
        self.assertEqual(found, {"jobs/10": "passed", "jobs/100": "failure", "jobs/noisy": "skipped",
                                 "jobs/crash": "error", "jobs/skipped": "error", "jobs/gone": "skipped"})  # fmt: skip
        for suite in root.iter("testsuite"):
            for tag, name in (("testcase", "tests"), ("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                self.assertEqual(int(suite.get(name)), len(list(suite.iter(tag))))

    @need_tool("xmllint", "Debian: libxml2-utils")
    def test_xmllint(self):
        schema = HERE / "schemas" / "junit.xsd"
        result = self.read_by(["xmllint", "--noout", "--schema", schema, "-"], self.compare("junit"))
        self.assertEqual(result.stderr, "- validates\n")
        broken = self.compare("junit").replace(' tests="', ' tets="', 1)
        self.read_by(["xmllint", "--noout", "--schema", schema, "-"], broken, code=3)

    @need_python("junitparser", "Debian: python3-junitparser")
    def test_junitparser(self):
        self.write("a.xml", self.compare("junit"))
        result = self.read_by([find_python("junitparser"), "-c", """
import junitparser
xml = junitparser.JUnitXml.fromfile("a.xml")
suite = next(iter(xml))
print(suite.tests, suite.failures, suite.errors, suite.skipped)
for case in suite:
    print(case.name, case.time, [type(r).__name__ for r in case.result], case.result[0].message if case.result else "")
"""])  # fmt: skip
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0].split(), ["5", "1", "1", "1"] if len(lines) == 6 else lines[0].split())
        self.assertIn("jobs/100 0.000812 ['Failure'] heap +25.0% (+29.3 KiB)", result.stdout)
        self.assertIn("['Error'] crashed: as it was told", result.stdout)

    @need_tool("cmark-gfm", "Debian: cmark-gfm")
    def test_markdown(self):
        html = self.read_by(["cmark-gfm", "--unsafe", "-e", "table"], self.compare("markdown")).stdout
        self.assertIn("<h3>membench: 1 case regressed, ", html)
        self.assertLess(html.index("jobs/100"), html.index("jobs/crash"), "regressions come first")
        self.assertLess(html.index("<details>"), html.index("jobs/10<"), "the rest is folded")
        comment = self.compare("comment")
        self.assertTrue(comment.startswith("<!-- membench: comment -->\n### membench: "))

    @need_tool("cmark-gfm", "Debian: cmark-gfm")
    def test_markdown_is_cut_at_a_row(self):
        """10,000 cases: below GitHub's limits, still whole tables, and what is left out is counted."""
        self.write("old.json", stored({f"group/case number {i}": {HEAP: 4096, ANON: 4096} for i in range(10000)}))
        self.write("new.json", stored({f"group/case number {i}": {HEAP: 8192 + i * 37 % 4000, ANON: 4096}
                                       for i in range(10000)}))  # each by its own amount, else they are one cause
        for name, limit, least in (("markdown", 1 << 20, 600000), ("comment", 65536, 20000)):
            text = self.expect(3, "compare", "--format", name, "old.json", "new.json").stdout
            self.assertLess(len(text.encode()), limit)
            self.assertGreater(len(text.encode()), least)
            html = self.read_by(["cmark-gfm", "--unsafe", "-e", "table"], text).stdout
            rows = [len(re.findall("<t[dh]", row)) for row in re.findall(r"<tr>.*?</tr>", html, re.S)]
            self.assertEqual(set(rows), {3, 10})
            left = [int(n.replace(",", "")) for n in re.findall(r"and ([\d,]+) cases left out here", text)]
            self.assertEqual(rows.count(3) - 1 + left[0], 10000)
            self.assertEqual(rows.count(10) - 1 + left[1], 10000)

    @need_python("jsonschema", "Debian: python3-jsonschema")
    def test_schemas(self):
        for name in ("smaller-is-better", "bencher"):
            self.write("text.json", self.report(name))
            schema = HERE / "schemas" / f"{name}.schema.json"
            check = ("import json, jsonschema, sys; s = json.load(open(sys.argv[1])); "
                     "jsonschema.Draft7Validator.check_schema(s); jsonschema.validate(json.load(open('text.json')), s)")  # fmt: skip
            self.read_by([find_python("jsonschema"), "-c", check, schema])
            self.write("text.json", self.report(name).replace('"value"', '"valu"', 1))
            self.read_by([find_python("jsonschema"), "-c", check, schema], code=1)
        self.assertEqual(json.loads(self.report("bencher"))["jobs/100"][HEAP],
                         {"value": 150000, "lower_value": 150000, "upper_value": 150000})  # fmt: skip

    @need_tool("benchstat", "go install golang.org/x/perf/cmd/benchstat")
    def test_benchstat(self):
        """All lines are taken, what is exact is compared as such, and nothing is said on stderr."""
        names = {"a b": {HEAP: 4096, TIME: TIMES}, "é|\"x\"": {HEAP: 4096, TIME: TIMES}, "noisy-8": {HEAP: 4096, ANON: NOISY}}
        more = {i: {m: [x + 4096 for x in v] if isinstance(v, list) else v * 2 for m, v in s.items()} for i, s in names.items()}
        self.write("a.json", stored(names))
        self.write("b.json", stored(more))
        for name in "ab":
            self.write(f"{name}.txt", self.report("gobench", f"{name}.json"))
        result = self.read_by([find_tool("benchstat"), "-format", "csv", "a.txt", "b.txt"])
        self.assertEqual([l for l in result.stderr.splitlines() if "exact" in l or "syntax" in l or "parsing" in l], [])
        text = self.read_by([find_tool("benchstat"), "a.txt", "b.txt"])
        self.assertEqual(text.stderr, "")
        for name in ("a%20b", "é|\"x\"", "noisy-8"):
            self.assertRegex(text.stdout, rf"(?m)^{re.escape(name)} .* 8\.000Ki ± 0%.* \+100\.00%")
        exact = re.search(r"steady-heap-live-bytes.*?\n\n", text.stdout, re.S)[0]
        self.assertNotIn("need >= ", exact)

    @need_tool("critcmp", "cargo install critcmp")
    def test_critcmp(self):
        self.report("criterion", "old.json", "-o", "t/criterion", "--metrics", "steady_heap")
        self.report("criterion", "new.json", "-o", "t/criterion", "--metrics", "steady_heap")
        result = self.read_by([find_tool("critcmp"), "--target-dir", "t", "old", "new"])
        self.assertRegex(result.stdout, r"jobs/100/steady_heap_live_bytes +1\.25 +150\.0±0\.00µs .* 1\.00 +120\.0±0\.00µs")
        self.assertEqual(result.stderr, "")

    @need_tool("jq", "Debian: jq")
    def test_jq(self):
        text = self.compare("ndjson")
        result = self.read_by(["jq", "-r", 'select(.type == "case") | .comparisons[]? | select(.verdict == "REGRESSED")'
                               " | .metric"], text)  # fmt: skip
        self.assertEqual(result.stdout, HEAP + "\n")

    @need_python("prometheus_client.openmetrics", "Debian: python3-prometheus-client")
    def test_prometheus_parser(self):
        self.write("m.txt", self.compare("openmetrics"))
        result = self.read_by([find_python("prometheus_client.openmetrics"), "-c", """
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(open("m.txt").read()):
    for s in family.samples:
        print(family.type, family.unit, s.name, s.labels.get("case"), s.labels.get("statistic"), s.value, s.timestamp)
"""])  # fmt: skip
        stamp = 1767323045
        self.assertRegex(result.stdout, rf"gauge bytes membench_{HEAP} jobs/100 median 150000(\.0)? {stamp}")
        self.assertRegex(result.stdout, r"gauge seconds membench_real_time_seconds jobs/10 median 0\.0008120005 ")
        self.assertIn("info  membench_run_info", result.stdout)

    @need_tool("promtool", "Debian: prometheus")
    def test_promtool(self):
        """promtool check metrics knows nothing of OpenMetrics; importing does."""
        self.write("m.txt", self.compare("openmetrics"))
        self.read_by([find_tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", "m.txt", "data"])
        (self.folder / "data/wal").mkdir()  # which dump wants to see
        result = self.read_by([find_tool("promtool"), "tsdb", "dump", "data"])
        self.assertRegex(result.stdout, rf'__name__="membench_{HEAP}", case="jobs/100".*\}} 150000 1767323045000')


if __name__ == "__main__":
    common.main()
