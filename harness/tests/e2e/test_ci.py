"""What runs in other people's CI: the action's steps with the runner's files, the GitLab template, the shell script."""

import json
import os
import pathlib
import re
import shutil
import unittest

import common
from common import BUILD, MEMBENCH, SOURCE, need_program, program, run
from test_formats import find_tool, need_python, find_python, need_tool

CASE = "memory_job_creation/100"
ANNOTATED = r"(?m)^::error title=membench%3A regressed::memory_job_creation/100: "


class Action(common.Case):
    """ci/github/gate and comment, called as the runner calls them."""

    def setUp(self):
        super().setUp()
        for name in ("output", "summary"):
            self.write(name, "")

    def step(self, name, *args, **inputs):
        files = {"GITHUB_OUTPUT": self.folder / "output", "GITHUB_STEP_SUMMARY": self.folder / "summary"}
        env = self.env(RUNNER_TEMP=self.folder, INPUT_MEMBENCH=MEMBENCH, **files)
        env.update({(k if k.isupper() else "INPUT_" + k.upper()): str(v) for k, v in inputs.items()})
        env["PATH"] = f"{self.folder / 'bin'}:{env['PATH']}"
        return run([SOURCE / "ci/github" / name, *args], self.folder, env)

    def outputs(self):
        return dict(line.split("=", 1) for line in self.read("output").decode().splitlines())

    @need_program("jobs-grown")
    def test_side_by_side(self):
        """base and program: the grown one fails, with summary, annotations and outputs; the same one passes."""
        quick = {"filter": f"^{CASE}$", "arguments": "--no-time\n--quiet"}
        result = self.step("gate", base=program("jobs"), program=program("jobs-grown"), threshold="10%", **quick)
        self.assertEqual(result.code, 3, str(result))
        self.assertRegex(result.stdout, ANNOTATED)
        outputs = self.outputs()
        self.assertEqual((outputs["exit-code"], outputs["verdict"]), ("3", "regressed"))
        self.assertEqual(outputs["reason"], "memory grew beyond the threshold")
        reports = pathlib.Path(outputs["reports"])
        summary = self.read("summary").decode()
        self.assertTrue(summary.startswith("### membench: 1 case regressed"), summary)
        self.assertEqual(summary, (reports / "summary.md").read_text())
        self.assertEqual(json.loads((reports / "report.json").read_text())["verdict"], "regressed")
        self.assertIn("<failure ", (reports / "junit.xml").read_text())
        self.write("output", "")
        result = self.step("gate", base=program("jobs"), program=program("jobs"), **quick)
        self.assertEqual(result.code, 0, str(result))
        self.assertNotIn("::error", result.stdout)
        self.assertEqual(self.outputs()["verdict"], "ok")

    @need_program("jobs-grown")
    def test_stored_baseline(self):
        """Programs one a line, a baseline's folder with a space, thresholds with commas, filters with quotes."""
        folder = self.folder / "my baselines"
        self.measure("jobs", 0, "-q", "--save-baseline", "main", "--baseline-dir", folder, f"^{CASE}$")
        inputs = {"program": f"{program('jobs-grown')}\n", "baseline": "main", "baseline_dir": folder,
                  "filter": f"^{CASE}$\n-it's \"not\" $HERE", "arguments": "--no-time", "strict": "true"}  # fmt: skip
        result = self.step("gate", threshold="anon=5%,heap=5%", **inputs)
        self.assertEqual(result.code, 3, str(result))
        self.assertEqual(self.outputs()["verdict"], "regressed")
        result = self.step("gate", threshold="500%", **inputs)
        self.assertEqual(result.code, 0, str(result))

    def test_nothing_to_compare(self):
        """A mistake is one annotation and a summary that says what it was."""
        result = self.step("gate", base="/missing/a", program="/missing/b")
        self.assertNotIn(result.code, (0, 3))
        self.assertEqual(len(re.findall(r"(?m)^::error title=membench::membench: ", result.stdout)), 1, str(result))
        self.assertEqual(self.outputs()["verdict"], "none")
        self.assertIn("nothing was compared", self.read("summary").decode())
        comment = pathlib.Path(self.outputs()["reports"], "comment.md").read_text()
        self.assertTrue(comment.startswith("<!-- membench: comment -->\n### "))

    def comment(self, stored, code=0, event=None):
        """Runs the step with a gh that has these comments and notes what it is asked for."""
        self.write("comments.json", "".join(json.dumps(c) + "\n" for c in stored))
        self.write("event.json", json.dumps(event or {"pull_request": {"number": 7}}))
        self.write("asked", "")
        self.write("comment.md", "<!-- membench: comment -->\nnew text\n")
        self.script("bin/gh", f"""#!/bin/sh
printf '%s\\n' "$*" >>"{self.folder}/asked"
[ {code} = 0 ] || exit {code}
case "$*" in *--paginate*) cat "{self.folder}/comments.json" ;; esac
""")  # fmt: skip
        return self.step("comment", "comment.md", GITHUB_REPOSITORY="o/r", GITHUB_EVENT_PATH=self.folder / "event.json")

    @need_tool("jq", "Debian: jq")
    def test_comment_is_kept_up(self):
        others = [{"id": 1, "body": "hello"}, {"id": 2, "body": "> <!-- membench: comment -->"}]
        self.assertEqual(self.comment(others).code, 0)
        self.assertIn("--method POST repos/o/r/issues/7/comments -F body=@comment.md", self.read("asked").decode())
        ours = {"id": 30, "body": "<!-- membench: comment -->\r\nold text"}
        self.assertEqual(self.comment([*others, ours]).code, 0)
        asked = self.read("asked").decode()
        self.assertIn("--method PATCH repos/o/r/issues/comments/30 -F body=@comment.md", asked)
        self.assertNotIn("POST", asked)

    @need_tool("jq", "Debian: jq")
    def test_comment_that_may_not_be(self):
        result = self.comment([], code=1)
        self.assertEqual(result.code, 0)
        self.assertIn("::warning title=membench::", result.stdout)
        result = self.comment([], event={"ref": "refs/heads/main"})
        self.assertEqual((result.code, self.read("asked")), (0, b""))

    def test_inputs_of_action_and_script_agree(self):
        text = (SOURCE / "ci/github/action.yml").read_text()
        given = set(re.findall(r"(?m)^ +INPUT_(\w+): \$\{\{ inputs\.[\w-]+ \}\}$", text))
        used = set(re.findall(r"\$\{?INPUT_(\w+)", (SOURCE / "ci/github/gate").read_text()))
        self.assertEqual(given, used)

    @need_tool("actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint")
    def test_actionlint(self):
        """The example as a workflow, with the action where it says: a wrong input is found, ours are not."""
        (self.folder / ".git").mkdir()
        shutil.copytree(SOURCE / "ci/github", self.folder / "membench/ci/github")
        text = (SOURCE / "ci/github/example.yml").read_text()
        path = self.write(".github/workflows/memory.yml", text)
        result = run([find_tool("actionlint"), "-shellcheck=", "-pyflakes=", path], self.folder)
        self.assertEqual((result.code, result.stdout), (0, ""))
        self.write(".github/workflows/memory.yml", text.replace("threshold: 10%", "treshold: 10%"))
        result = run([find_tool("actionlint"), "-shellcheck=", "-pyflakes=", path], self.folder)
        self.assertEqual(result.code, 1)
        self.assertIn('"treshold" is not defined in action', result.stdout)


class GitLab(common.Case):
    @need_python("yaml", "Debian: python3-yaml")
    @need_program("jobs-grown")
    def test_template(self):
        """The script of the template: main saves, an unchanged merge request passes, a grown one fails."""
        dump = ("import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))")
        job = run([find_python("yaml"), "-c", dump, SOURCE / "ci/gitlab/membench.yml"], self.folder).json()[".membench"]
        env = self.env(**job["variables"])
        env["PATH"] = f"{MEMBENCH.parent}:{env['PATH']}"
        env["MEMBENCH_ARGUMENTS"] += f" --filter=^{CASE}$ -q"
        for event, name, code in (("push", "jobs", 0), ("merge_request_event", "jobs", 0),
                                  ("merge_request_event", "jobs-grown", 3)):  # fmt: skip
            more = {"CI_PIPELINE_SOURCE": event, "MEMBENCH_PROGRAM": program(name)}
            result = run(["sh", "-ec", "\n".join(job["script"])], self.folder, {**env, **more})
            self.assertEqual(result.code, code, str(result))
            for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
                self.assertGreater(len(self.read(path)), 100)
        self.assertIn("<failure ", self.read("memory.xml").decode())


class PullRequest(common.Case):
    @unittest.skipUnless(shutil.which("git"), "git is missing")
    @need_program("jobs-grown")
    def test_script(self):
        """Two revisions of a repository whose build copies a bench program: base small, head grown."""
        env = self.env(GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
        env["PATH"] = f"{MEMBENCH.parent}:{env['PATH']}"
        env["TMPDIR"] = str(self.folder / "tmp")
        (self.folder / "tmp").mkdir()
        repository = self.folder / "repository"
        repository.mkdir()
        git = lambda *a: self.assertEqual(run(["git", *a], repository, env).code, 0)
        git("init", "-q")
        for name in ("jobs", "jobs-grown"):
            (repository / "name").write_text(name)
            git("add", "name")
            git("commit", "-qm", name)
        script = [SOURCE / "ci/pull-request", "HEAD~1", f'mkdir -p out && cp "{BUILD}/bench/$(cat name)" out/bench', "out/bench"]
        result = run([*script, "--no-time", "-q", "--filter", f"^{CASE}$"], repository, env)
        self.assertEqual(result.code, 3, str(result))
        self.assertIn(CASE, result.stdout)
        self.assertEqual(os.listdir(self.folder / "tmp"), [], "the base is still there")
        self.assertEqual(run([*script[:2], "exit 7", "out/bench"], repository, env).code, 1)
        self.assertEqual(run(script[:2], repository, env).code, 2)
        self.assertEqual(os.listdir(self.folder / "tmp"), [])


if __name__ == "__main__":
    common.main()
