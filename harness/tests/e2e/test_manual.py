"""Manual pages and completions: what man, mandoc and the shells themselves make of them."""

import re
import shutil
import subprocess
import unittest

import common
import measured


def tool(name):
    return unittest.skipUnless(shutil.which(name), f"{name} is missing")


class Manual(measured.Case):
    def verbs(self):
        return re.findall(r"(?m)^  membench ([a-z]+) ", self.expect(0, "--help").stdout.split("\nCommands:\n")[1])

    @tool("man")
    def test_every_page_is_sound_roff(self):
        """man says nothing of any page, and the page holds every option that --help has."""
        for verb in self.verbs():
            page = self.expect(0, "manual", verb).stdout
            (self.folder / "page.1").write_text(page)
            shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", self.folder / "page.1"], text=True,
                                   capture_output=True, env=self.env(MANWIDTH="100"))
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), verb)
            for option in re.findall(r"(?m)^ .{4}(--[a-z-]+)", self.expect(0, verb, "--help").stdout):
                self.assertIn(option, shown.stdout, verb)

    @tool("mandoc")
    def test_mandoc_lint(self):
        for verb in self.verbs():
            page = self.expect(0, "manual", verb).stdout
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "error"], input=page, text=True, capture_output=True)
            self.assertEqual((lint.returncode, lint.stdout), (0, ""), verb)

    def test_bad_words(self):
        self.assertIn('unknown command "nothing" (see membench --help)', self.expect(2, "manual", "nothing").stderr)
        self.assertIn("bash, zsh or fish", self.expect(2, "completion", "tcsh").stderr)
        self.assertIn("bash, zsh or fish", self.expect(2, "completion").stderr)


class Completion(measured.Case):
    """The same lines in each shell."""

    LINES = {
        "membench comple": {"completion"},
        "membench memory_job_creation/1": {"memory_job_creation/10", "memory_job_creation/100"},
        "membench --baseline-l": {"--baseline-lenient"},
        "membench --baseline ma": {"main"},
        "membench compare --noise": {"--noise-threshold"},
        "membench --metrics heap_re": {"heap_retained"},
        "membench exec --metrics tree_pe": {"tree_peak"},
        "membench diagnose --tool mas": {"massif"},
        "membench compare resul": {"results.json"},
        "membench report --format mark": {"markdown"},
    }

    def setUp(self):
        super().setUp()
        (self.folder / "results.json").write_text("")
        self.expect(0, "--quick", "--no-time", "memory_job_creation/10$", "--save-baseline", "main")

    def script(self, shell):
        path = self.folder / f"completion.{shell}"
        path.write_text(self.expect(0, "completion", shell).stdout)
        return path

    def ask(self, *command):
        env = self.env(PATH=f"{common.BUILD}/bin:{common.os.environ['PATH']}")
        result = common.run(command, self.folder, env=env)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    def check(self, complete):
        for line, expected in self.LINES.items():
            with self.subTest(line=line):
                self.assertEqual(complete(line), expected)

    @tool("bash")
    def test_bash(self):
        ask = ('. "$1"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _membench; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
        script = self.script("bash")
        self.check(lambda line: self.ask("bash", "-c", ask, "bash", script, line))

    @tool("fish")
    def test_fish(self):
        script = self.script("fish")

        def complete(line):
            env = self.env(PATH=f"{common.BUILD}/bin:{common.os.environ['PATH']}", HOME=str(self.folder))
            result = common.run(["fish", "-c", f"source {script}; complete -C '{line}'"], self.folder, env=env)
            self.assertEqual((result.code, result.stderr), (0, ""))
            return {row.split("\t")[0] for row in result.stdout.splitlines()}

        self.check(complete)

    @tool("zsh")
    def test_zsh_reads_it(self):
        """zsh completes in a terminal only; here it reads the script and has a completer for membench."""
        ask = 'autoload -U compinit; compinit -u -D; source "$1"; print $_comps[membench]'
        self.assertEqual(self.ask("zsh", "-f", "-c", ask, "zsh", self.script("zsh")), {"_membench"})


if __name__ == "__main__":
    common.main()
