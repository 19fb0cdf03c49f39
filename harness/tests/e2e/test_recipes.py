"""README's first case and its sixty seconds, word for word: commands are typed, their output is compared.

Only the first commands are replaced, since membench is built already. The recipes of docs/recipes are followed by ci/check-recipes.
"""

import json
import os
import re
import shutil
import subprocess
import unittest

import common
import measured

README = (common.SOURCE / "README.md").read_text(encoding="utf-8")
CI = (common.SOURCE / "docs" / "ci.md").read_text(encoding="utf-8")


def section(start, end):
    return README[README.index(f"\n{start}\n") : README.index(f"\n{end}\n")]


def block(kind, text):
    """The only block of that kind."""
    (found,) = re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", text)
    return found


def commands(text):
    """[(command, output)] of all blocks, with both prompts."""
    found = []
    for kind, console in re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", text):
        if kind:
            continue
        for entry in re.split(r"(?m)^(?:~/project)?\$ ", console)[1:]:
            command, _, output = entry.partition("\n")
            found.append((command, output))
    return found


@unittest.skipUnless(shutil.which("cmake") and shutil.which("cc") and shutil.which("pkg-config"),
                     "cmake, cc or pkg-config is missing")  # fmt: skip
@unittest.skipIf(measured.SANITIZED, "a sanitized timer cannot be loaded into programs")
class Readme(measured.Case):
    def type(self, command):
        """Runs a command as somebody would who has HOME in the test's folder."""
        env = self.env(CCACHE_DIR=os.environ.get("CCACHE_DIR"))
        return common.run(["bash", "-e", "-c", f"{self.before}\n{command}"], self.project, env=env, timeout=120)

    def check_presets(self, typed):
        configure, build, install, _ = (command for command, _ in typed)
        self.assertEqual((build, install), ("cmake --build --preset release", "cmake --install build"))
        self.assertEqual(configure, 'cmake --preset release -DCMAKE_INSTALL_PREFIX="$HOME/.local"')
        presets = json.loads((common.SOURCE / "CMakePresets.json").read_text(encoding="utf-8"))
        (release,) = [preset for preset in presets["configurePresets"] if preset["name"] == "release"]
        self.assertEqual(release["binaryDir"], "${sourceDir}/build")

    def test_a_first_case(self):
        """In an empty folder, by membench init; what README shows of it is what init writes, and it can fail."""
        text = section("## A first case", "## Benchmarks you already have")
        self.project = self.folder / "project"
        self.project.mkdir()
        installed = commands(section("## Install", "## Sixty seconds"))
        self.check_presets(installed)
        self.before = ""
        subprocess.run(["cmake", "--install", common.BUILD, "--prefix", self.folder / ".local"], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        self.before = installed[3][0]
        check = common.load_check_recipes()
        typed = commands(text)
        for command, shown in typed:
            with self.subTest(command=command):
                result = self.type(command)
                self.assertEqual(result.code, 0, result)
                if shown:
                    self.compare(check, shown, result.stdout)
        source = self.project / "list_bench.c"
        self.assertEqual(source.read_text(), block("c", text))
        self.assertEqual((self.project / ".github/workflows/memory.yml").read_text(),
                         re.search(r"(?ms)^```yaml\n(name: memory\n.*?)^```$", CI)[1])
        for line in re.search(r"(?ms)^```yaml\n(.*?)^```$", README)[1].splitlines():
            self.assertIn(f"{line}\n", CI)
        source.write_text(source.read_text().replace("char name[32]", "char name[64]"))
        self.assertEqual(self.type(typed[2][0]).code, 0)
        self.assertEqual(self.type(typed[-1][0]).code, 3)
        without = re.search(r"`(cc -O2 [^`]+)`", text)[1]
        self.assertEqual(self.type(f"{without}-alone && ./list_bench-alone --no-time --list").code, 0)

    def test_sixty_seconds(self):
        """The bundled program that grew by 12 %, with the exit code that README shows."""
        text = section("## Sixty seconds", "## A first case")
        self.project = self.folder / "project"
        self.project.mkdir()
        (self.project / "build").symlink_to(common.BUILD)
        check = common.load_check_recipes()
        typed = commands(text)
        self.before, code = typed[0][0], 0
        for command, shown in typed[1:]:
            with self.subTest(command=command):
                if command == "echo $?":
                    self.assertEqual(str(code), shown.strip())
                    continue
                result = self.type(command)
                code = result.code
                self.assertEqual(code, 3 if "jobs-grown" in command else 0, result)
                if shown:
                    self.compare(check, shown, result.stdout)

    def test_length(self):
        self.assertLessEqual(README.count("\n"), 220)

    def compare(self, check, shown, real):
        """All that is shown on the libc whose numbers they are. Elsewhere its lines without numbers of memory; how far
        a peak may lie above what was read depends on the number of processors."""
        if os.confstr("CS_GNU_LIBC_VERSION") == "glibc 2.36" and os.sysconf("SC_PAGE_SIZE") == 4096:
            self.assertTrue(check.is_as_shown(shown, real), f"is\n{real}\nREADME has\n{shown}")
        for line in shown.splitlines():
            if re.match(r"\d+ cases, \d+ samples|OK: ", line):
                self.assertIn(line, real)


if __name__ == "__main__":
    common.main()
