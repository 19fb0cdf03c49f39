"""An installed membench serves a project of its own: harness/tests/outside, built by find_package and by pkg-config,
saves a baseline, passes its gate, grows by 12 % and fails it."""

import os
import re
import shutil
import tempfile
import pathlib
import unittest

import common
import measured

recipes = common.load_check_recipes()
OUTSIDE = common.HERE.parent / "outside"


def tool(name):
    return unittest.skipUnless(shutil.which(name), f"{name} is missing")


def checked(args, cwd, env=None):
    result = common.run(args, cwd, env=env, timeout=120)
    if result.code != 0:
        raise AssertionError(f"{' '.join(map(str, args))}: {result}")
    return result


@tool("cmake")
class Installed(measured.Case):
    @classmethod
    def setUpClass(cls):
        cls.prefix = pathlib.Path(tempfile.mkdtemp(prefix="membench-e2e-")).resolve() / "prefix"
        cls.addClassCleanup(shutil.rmtree, cls.prefix.parent, ignore_errors=True)
        checked(["cmake", "--install", common.BUILD, "--prefix", cls.prefix], cls.prefix.parent)

    def environment(self):
        """As if the prefix were a place where programs are looked for."""
        return self.env(PATH=f"{self.prefix}/bin:{os.environ['PATH']}")

    def library_folder(self):
        (found,) = self.prefix.rglob("libmembench.a")
        return found.parent

    def gate(self, build):
        """build(percent) gives a program whose list elements are so much larger."""
        env = self.environment()
        program = build(0)
        saved = common.run([program, "--no-time", "--save-baseline", "main"], self.folder, env=env)
        self.assertEqual(saved.code, 0, saved)
        same = common.run([program, "--no-time", "--baseline", "main"], self.folder, env=env)
        self.assertEqual(same.code, 0, same)
        program = build(12)
        grown = common.run([program, "--no-time", "--baseline", "main"], self.folder, env=env)
        self.assertEqual(grown.code, 3, grown)
        for size in (100, 1000):
            self.assertRegex(grown.stdout, rf"(?m)^  {size} .* ▲ heap \+1[12]\.\d% ")
        self.assertRegex(grown.stdout, r"(?m)^REGRESSED: list, 2 cases")

    def test_find_package(self):
        def build(percent):
            common_args = ["-S", OUTSIDE, "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]
            checked(["cmake", *common_args, f"-DEXTRA_PERCENT={percent}"], self.folder)
            checked(["cmake", "--build", "build"], self.folder)
            return self.folder / "build" / "list_bench"

        self.gate(build)

    def follow_recipe(self, system):
        """A section of docs/recipes/build-systems.md, word for word, with membench in ~/.local."""
        recipe = (common.SOURCE / "docs" / "recipes" / "build-systems.md").read_text(encoding="utf-8")
        (section,) = re.findall(rf"(?ms)^## {system}\n(.*?)(?=^## |\Z)", recipe)
        (self.folder / ".local").symlink_to(self.prefix)
        shutil.copy(OUTSIDE / "list_bench.c", self.folder)
        count = common.follow(self, self.write("section.md", f"# {system}\n{section}"), self.environment())
        self.assertGreaterEqual(count, 2)

    @tool("ninja")
    def test_cmake_presets(self):
        self.follow_recipe("CMake")

    @tool("make")
    @tool("pkg-config")
    def test_make(self):
        self.follow_recipe("make")

    @tool("meson")
    @tool("ninja")
    @tool("pkg-config")
    def test_meson(self):
        self.follow_recipe("Meson")

    @tool("bazel")
    def test_bazel(self):
        self.follow_recipe("Bazel")

    @tool("cc")
    @tool("pkg-config")
    def test_pkg_config(self):
        def build(percent):
            env = self.env(PKG_CONFIG_PATH=self.library_folder() / "pkgconfig")
            flags = checked(["pkg-config", "--cflags", "--libs", "membench"], self.folder, env=env).stdout.split()
            self.assertIn(f"-I{self.prefix}/include", [os.path.normpath(f) for f in flags])
            program = self.folder / "list_bench"
            source = OUTSIDE / "list_bench.c"
            checked(["cc", "-O2", f"-DEXTRA_PERCENT={percent}", source, "-o", program, *flags], self.folder)
            return program

        self.gate(build)

    @tool("musl-gcc")
    def test_musl_links_the_installed_library(self):
        """The library is compiled for glibc. A program of musl links it nevertheless, and is reported for what it is."""
        for name, options in (("static", ["-static"]), ("dynamic", ["-Wl,-z,now"])):
            with self.subTest(name):
                program = self.folder / f"list_{name}"
                library = ["-L", self.library_folder(), "-lmembench"]
                warnings = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
                checked(["musl-gcc", *options, *warnings, f"-I{self.prefix}/include", OUTSIDE / "list_bench.c", "-o", program,
                         *library], self.folder)  # fmt: skip
                results = self.results("--program", program, "--no-time", name=f"{name}.json", env=self.environment())
                self.assertEqual(results.programs[0]["libc"], "musl")
                self.assertEqual({case.outcome for case in results.cases.values()}, {"ok"})
                for case in results.cases.values():
                    self.assertGreater(case.samples("cold_anon_delta_bytes")[0], 1000 * case.params["elements"])

    @tool("c++")
    @tool("pkg-config")
    def test_the_page_on_writing_cases(self):
        """docs/writing-cases.md: its programs are built by its commands, and say what is shown there."""
        text = (common.SOURCE / "docs/writing-cases.md").read_text()
        env = self.env(PATH=f"{self.prefix}/bin:{os.environ['PATH']}", PKG_CONFIG_PATH=self.library_folder() / "pkgconfig")
        built = ran = 0
        for block in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$", text):
            language, block, above = block[1], block[2], text[: block.start()]
            if language:
                self.write(re.findall(r"[Nn]ew file `([^`]+)`:", above)[-1], block)
                built += 1
            for entry in re.split(r"(?m)^\$ ", block)[1:] if block.startswith("$ ") else []:
                command, _, shown = entry.partition("\n")
                # The pages that so many blocks take depend on where the libraries have left the break.
                shown = re.sub(r"(?m)^(  \d+ +)[\d.]+ (?:B|KiB)\b", r"\1…", shown)
                done = common.run(["bash", "-c", command], self.folder, env=env)
                self.assertEqual(done.code, 0, f"{command}: {done}")
                self.assertTrue(recipes.is_as_shown(shown, done.stdout) or not shown, f"{command}: {done}")
                ran += 1
        self.assertEqual((built, ran), (4, 9))

    @measured.need_own_program("tests-googletest", "libgtest-dev")
    def test_ctest_gates_the_memory_of_tests(self):
        """Skipped without a baseline, passed with one, failed when a test takes more."""
        if measured.SANITIZED:
            self.skipTest("under a sanitizer no heap is measured")
        self.write("project/CMakeLists.txt", f"""cmake_minimum_required(VERSION 3.22)
project(tested LANGUAGES CXX)
enable_testing()
find_package(membench REQUIRED)
find_package(GTest REQUIRED)
add_executable(queue_test {common.HERE}/frameworks/tests_googletest.cc)
target_link_libraries(queue_test PRIVATE GTest::gtest_main)
target_compile_definitions(queue_test PRIVATE ${{GROWN}})
membench_gate_tests(queue_test OPTIONS "Queue.(Push|Keep)")
""")

        def build(define, *more):
            checked(["cmake", "-S", "project", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DGROWN={define}"],
                    self.folder)  # fmt: skip
            checked(["cmake", "--build", "build", *more], self.folder)

        def tested():
            return common.run(["ctest", "--test-dir", "build", "--output-on-failure"], self.folder)

        build("")
        self.assertRegex(tested().stdout, r"memory-queue_test \.+\*+Skipped")
        build("", "--target", "memory-queue_test-baseline")
        self.assertTrue((self.folder / "project/baselines/queue_test.json").exists())
        self.assertEqual(tested().code, 0)
        build("GROWN")
        grown = tested()
        self.assertEqual(grown.code, 8, grown)  # ctest's own: a test failed
        self.assertRegex(grown.stdout, r"Queue\.Push: allocated \+3\d\.\d% \(\+640 B\)")

    def test_installed_parts_find_each_other(self):
        """The coordinator at its installed place has its hook, its bundled programs and, when built, its timer."""
        doctor = common.run([self.prefix / "bin" / "membench", "doctor"], self.folder).stdout
        parts = [self.library_folder() / "membench" / "libmembench_heap.so", self.prefix / "libexec/membench/jobs"]
        if (common.BUILD / "lib" / "libmembench_timer.so").exists():
            parts.append((self.library_folder() / "libmembench_timer.so").resolve())  # a link to the versioned one
        for part in parts:
            self.assertIn(f" {part}\n", doctor)
        self.assertNotIn(str(common.BUILD), doctor)
        bundled = common.run([self.prefix / "bin" / "membench", "--list", "--format", "terse"], self.folder)
        self.assertEqual(bundled.stdout, self.expect(0, "--list", "--format", "terse").stdout)
        works = [self.prefix / "bin" / "membench", "--test", "memory_(job|client)_creation/10$"]
        self.assertEqual(common.run(works, self.folder).code, 0)


if __name__ == "__main__":
    common.main()
