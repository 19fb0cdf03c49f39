"""README's "A case of your own", word for word: its files are written, its commands typed, its output compared.

Only the first commands are replaced, since membench is built already. CONTRIBUTING.md's recipes are ci/check-recipes's.
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


def section(start, end):
    return README[README.index(f"\n{start}\n") : README.index(f"\n{end}\n")]


def block(kind, text):
    """The only block of that kind that is a whole file."""
    (found,) = [b for b in re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", text) if kind != "json" or b.startswith("{")]
    return found


def commands(text):
    """[(command, output)] of all blocks, with both prompts."""
    found = []
    for console in re.findall(r"(?ms)^```\n(.*?)^```$", text):
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

    def test_a_case_of_your_own(self):
        text = section("## A case of your own", "## The gate in a pull request")
        self.project = self.folder / "project"
        for kind, name in (("c", "list_bench.c"), ("cmake", "CMakeLists.txt")):
            self.write(f"project/{name}", block(kind, text))
        typed = commands(text)
        configure, build, install, export = (command for command, _ in typed[:4])
        self.assertEqual((build, install), ("cmake --build --preset release", "cmake --install build"))
        self.assertEqual(configure, 'cmake --preset release -DCMAKE_INSTALL_PREFIX="$HOME/.local"')
        presets = json.loads((common.SOURCE / "CMakePresets.json").read_text(encoding="utf-8"))
        (release,) = [preset for preset in presets["configurePresets"] if preset["name"] == "release"]
        self.assertEqual(release["binaryDir"], "${sourceDir}/build")
        self.before = ""
        subprocess.run(["cmake", "--install", common.BUILD, "--prefix", self.folder / ".local"], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        self.before = export
        check = common.load_check_recipes()
        for command, shown in typed[4:]:
            if "--save-baseline" in command:
                self.write("project/membench.json", block("json", text))
            with self.subTest(command=command):
                result = self.type(command)
                self.assertEqual(result.code, 0, result)
                if shown:
                    self.compare(check, shown, result.stdout)

    def test_let_it_fail(self):
        """The bundled program that grew by 12 %, with the exit code that README shows."""
        text = section("## Two commands", "## A case of your own").partition("\nNow let it fail.")[2]
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

    def compare(self, check, shown, real):
        """All that is shown on the libc whose numbers they are. Elsewhere its lines without numbers of memory; how far
        a peak may lie above what was read depends on the number of processors."""
        if os.confstr("CS_GNU_LIBC_VERSION") == "glibc 2.36" and os.sysconf("SC_PAGE_SIZE") == 4096:
            self.assertTrue(check.is_as_shown(shown, real), f"is\n{real}\nREADME has\n{shown}")
        for line in shown.splitlines():
            if re.match(r"[\w/]+  \(\d samples\)$|\d+ cases: ", line):
                self.assertIn(line, real)


if __name__ == "__main__":
    common.main()
