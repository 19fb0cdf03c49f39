"""Cases in Rust and in Python (bindings/): what docs/rust.md and docs/python.md say, word for word, with cargo and pytest; and
known sizes: to the byte, an empty case +0, a case that fails fails."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import common
import measured

RUST, PYTHON = common.SOURCE / "bindings" / "rust", common.SOURCE / "bindings" / "python"
DOCS = common.SOURCE / "docs"
# To the byte on each machine, but for pages, versions of the standard library, and times.
FIGURES = re.compile(r"\d[\d.,]*")


def with_pytest():
    """The folder of a python3 that has pytest, or None."""
    for python in (shutil.which("python3"), sys.executable, "/usr/bin/python3"):
        if python and subprocess.run([python, "-c", "import pytest"], capture_output=True, cwd="/").returncode == 0:
            return python
    return None


class Bindings(measured.Case):
    def path(self, *before):
        return ":".join([str(common.MEMBENCH.parent), *map(str, before), os.environ["PATH"]])

    def values(self, name, case):
        return measured.Measured(self.folder / name).cases[case]

    def assert_empty_reads_nothing(self, empty):
        for window in ("cold", "steady"):
            for metric in ("heap_live_bytes", "heap_peak_bytes", "heap_alloc_bytes", "heap_alloc_count", "heap_retained_bytes",
                           "anon_delta_bytes", "retained_anon_bytes"):  # fmt: skip
                self.assert_all(empty, f"{window}_{metric}", 0)


@unittest.skipUnless(shutil.which("cargo"), "cargo is missing (Debian: cargo)")
class Rust(Bindings):
    def environment(self):
        """cargo with the caller's own toolchain, offline, and one folder for all that is built."""
        home = os.environ.get("HOME", "/")
        return self.env(PATH=self.path(), HOME=home, CARGO_HOME=os.environ.get("CARGO_HOME"), CARGO_NET_OFFLINE="true",
                        RUSTUP_HOME=os.environ.get("RUSTUP_HOME"), CARGO_TARGET_DIR=common.BUILD / "rust")  # fmt: skip

    def test_word_for_word(self):
        (self.folder / "membench").symlink_to(common.SOURCE)
        self.folder = self.folder / "jobs"
        self.folder.mkdir()
        count = common.follow(self, DOCS / "rust.md", self.environment(), relax=lambda shown: FIGURES.sub("…", shown))
        self.assertEqual(count, 3)

    def test_known_sizes(self):
        manifest = (
            '[package]\nname = "known"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\nbench = false\n'
            f'[dev-dependencies]\nmembench = {{ path = "{RUST}" }}\n[[bench]]\nname = "known"\npath = "known.rs"\nharness = false\n'
        )
        self.write("Cargo.toml", manifest)
        self.write("lib.rs", "")
        self.write("known.rs", """\
use membench::{membench_group, membench_main, Membench};

fn all(c: &mut Membench) {
    c.bench_function("empty", |b| b.iter(|| ()));
    for count in [100, 300] {
        c.bench_with_input("known \\"text\\"", "bytes", 16 * count, |b, &size| {
            let before = vec![1u8; 5000]; // not measured
            b.iter(|| (before.len(), vec![2u8; size as usize]))
        });
    }
    c.bench_function("kept", |b| b.iter(|| std::mem::forget(std::hint::black_box(vec![3u8; 1008]))));
    c.bench_function("panics", |b| b.iter(|| panic!("as it must")));
    c.bench_function("no_iter", |_| ());
}

membench_group!(all_of_them, all);
membench_main!(all_of_them);
""")
        env = self.environment()
        ran = common.run(["cargo", "bench", "-q", "--", "--no-time", "--filter=-panics|no_iter", "-o", "r.json"], self.folder, env,
                         timeout=300)
        self.assertEqual(ran.code, 0, ran)
        self.assert_empty_reads_nothing(self.values("r.json", "empty"))
        for count, usable in ((100, 1608), (300, 4808)):
            known = self.values("r.json", f'known "text"/{16 * count}')
            self.assert_all(known, "steady_heap_live_bytes", usable)
            self.assert_all(known, "steady_heap_peak_bytes", usable)
            self.assert_all(known, "steady_heap_alloc_bytes", 16 * count)
            self.assert_all(known, "steady_heap_alloc_count", 1)
            self.assert_all(known, "steady_heap_retained_bytes", 0)
        self.assert_all(self.values("r.json", "kept"), "steady_heap_retained_bytes", 1016)
        ran = common.run(["cargo", "bench", "-q", "--", "--no-time", "panics|no_iter"], self.folder, env, timeout=300)
        self.assertNotEqual(ran.code, 0)
        self.assertRegex(" ".join(ran.stdout.split()), "panics failed: .*as it must")
        self.assertIn("no such case, or it has no iter", " ".join(ran.stdout.split()))


@unittest.skipUnless(with_pytest(), "pytest is missing (Debian: python3-pytest)")
class Python(Bindings):
    def setUp(self):
        super().setUp()
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        self.script("bin/pytest", f'#!/bin/sh\nexec {with_pytest()} -m pytest "$@"\n')
        (bin_folder / "python3").symlink_to(with_pytest())
        self.variables = self.env(PATH=self.path(bin_folder), PYTHONPATH=PYTHON, PYTHONDONTWRITEBYTECODE="1")

    def pytest(self, options, *args):
        return common.run(["pytest", "-p", "pytest_membench", *([] if options is None else [f"--membench={options}"]), *args],
                          self.folder, self.variables, timeout=300)  # fmt: skip

    def test_word_for_word(self):
        def relax(shown):  # Debian's interpreter has no names for its functions; usable sizes depend on paths
            return FIGURES.sub("…", re.sub("(?m)^.* ← .*$", "…", shown))

        count = common.follow(self, DOCS / "python.md", self.variables, relax=relax)
        self.assertEqual(count, 5)

    def test_known_sizes(self):
        self.write("test_known.py", """\
import pytest

@pytest.mark.membench
def test_empty():
    pass

def test_nothing(membench):
    membench(lambda: None)

@pytest.mark.parametrize("size", [160000, 480000])
def test_bytes(membench, size):
    before = bytearray(5000)
    assert len(membench(bytearray, size)) == size

kept = []

def test_kept(membench):
    membench(lambda: kept.append(bytearray(16 * 1000)))
""")
        ran = self.pytest("--no-time -n 3 -o r.json")
        self.assertEqual(ran.code, 0, ran)
        self.assert_empty_reads_nothing(self.values("r.json", "known/empty"))
        self.assert_empty_reads_nothing(self.values("r.json", "known/nothing"))
        few, many = (self.values("r.json", f"known/bytes/{size}") for size in (160000, 480000))
        for metric in ("heap_live_bytes", "heap_peak_bytes", "heap_alloc_bytes"):
            (least,), (most,) = (set(case.samples(f"steady_{metric}")) for case in (few, many))
            self.assertEqual(most - least, 320000, metric)
        self.assert_all(few, "steady_heap_alloc_count", 2)
        self.assert_all(few, "steady_heap_retained_bytes", 0)
        (kept,) = set(self.values("r.json", "known/kept").samples("steady_heap_retained_bytes"))
        self.assertGreater(kept, 16000)

    def test_what_is_wrong_is_said(self):
        self.write("test_bad.py", """\
import pytest

def test_wrong(membench):
    assert membench(lambda: 3) == 4

def test_skipped(membench):
    pytest.skip("not on this machine")
""")
        self.assertEqual(self.pytest(None, "-q").code, 1)
        ran = self.pytest("--no-time")
        self.assertEqual(ran.code, 1)
        self.assertIn("bad/wrong failed: test_bad.py:4: AssertionError", " ".join(ran.stdout.split()))
        self.assertIn("skipped: Skipped: not on this machine", " ".join(ran.stdout.split()))
        self.write("test_bad.py", "import nowhere\n")
        self.assertIn("ModuleNotFoundError: No module named 'nowhere'", self.pytest("--no-time").stderr)
        alone = dict(self.variables, MEMBENCH="/nowhere/membench")
        self.write("test_bad.py", "def test_x(membench): membench(list)\n")
        ran = common.run(["pytest", "-p", "pytest_membench", "--membench"], self.folder, alone)
        self.assertIn("membench is not installed", ran.stderr)


if __name__ == "__main__":
    common.main()
