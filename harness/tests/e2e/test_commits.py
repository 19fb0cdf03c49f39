"""membench ab --git and bisect --git: two commits of a library built in worktrees of their own, with a bench file that is
not in its history; and nothing of it is left, however it ends."""

import os
import re
import shutil
import signal
import subprocess
import unittest

import common
import measured

BENCH = """\
#include <membench/membench.h>
#include "queue.h"

static void *kept;

static mb_status run(mb_bench *b)
{
    kept = queue_make(mb_param(b, "jobs"));
    return kept != NULL ? MB_OK : mb_out_of_memory(b, "queue_make");
}

static void release(mb_bench *b)
{
    (void)b;
    queue_drop(kept);
}

static const mb_case queue_case = {
    MB_CASE_INIT,
    .group = "queue",
    .params = MB_PARAMS(MB_PARAM("jobs", 10, 1000)),
    .run = run,
    .release = release,
};

MB_MAIN(&queue_case)
"""
HEADER = """\
void *queue_make(unsigned long count);
void queue_drop(void *queue);
"""
SOURCE = """\
#include "queue.h"
#include <stdlib.h>
#include <string.h>

void *queue_make(unsigned long count)
{
    size_t size = count * %d;
    void *queue = malloc(size);
    return queue != NULL ? memset(queue, 1, size) : NULL;
}

void queue_drop(void *queue) { free(queue); }
"""
BUILD = ("cc -g -O1 -I. $MEMBENCH_CFLAGS $MEMBENCH_FROM/../benches/queue_bench.c queue.c $MEMBENCH_LIBS "
         "-o $MEMBENCH_OUT/queue_bench")  # fmt: skip


@unittest.skipUnless(shutil.which("git") and shutil.which("cc"), "git or cc is missing")
class Commits(measured.Case):
    """A library of so many bytes a job at each commit, in project/; the bench file next to it, in no commit."""

    def setUp(self):
        super().setUp()
        self.project = self.folder / "project"
        self.write("benches/queue_bench.c", BENCH)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()

    def git(self, *args):
        env = self.env(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
        identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
        result = common.run(["git", *identity, *args], self.project, env)
        self.assertEqual(result.code, 0, f"git {args}: {result}")
        return result.stdout.strip()

    def commits(self, *sizes):
        """A commit for each size, tagged v0, v1, …; None: one that does not compile. Returns their hashes."""
        self.write("project/queue.h", HEADER)
        self.git("init", "-q", "-b", "main")
        for number, size in enumerate(sizes):
            self.write("project/queue.c", SOURCE % size if size is not None else "#error broken\n")
            self.git("add", ".")
            self.git("commit", "-q", "--allow-empty", "-m", f"queue: step {number}")
            self.git("tag", f"v{number}")
        return self.git("rev-list", "--reverse", "main").split()

    def variables(self):
        return self.env(TMPDIR=self.temporary, CCACHE_DIR=None)

    def run_there(self, code, *args, build=(BUILD,), **more):
        result = self.expect(code, *args, "--", *build, cwd=self.project, env=self.variables(), **more)
        self.assert_clean()
        return result

    def ab(self, code, *args, **more):
        return self.run_there(code, "ab", "--no-time", *args, **more)

    def assert_clean(self):
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual(len(self.git("worktree", "list").splitlines()), 1)
        self.assertEqual(self.git("status", "--porcelain", "--untracked-files=no"), "")


class Ab(Commits):
    def test_growth_between_two_commits(self):
        first, _, last = self.commits(100, 100, 120)
        grown = self.ab(3, "--git", "v0..v2")
        self.assertRegex(grown.stdout, r"(?m)^  1,?000 .* ▲ heap \+20\.0% \(\+19\.5 KiB\)$")
        self.assertIn("REGRESSED: queue", grown.stdout)
        self.assertIn("gated against v0", grown.stdout)
        self.assertNotIn(str(self.temporary), grown.stdout)
        self.assertIn(f"membench: building v0 ({first[:10]})\nmembench: building v2 ({last[:10]})\n", grown.stderr)
        if (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.assertRegex(grown.stdout, r"queue_make queue\.c:8")
        self.ab(0, "--git", "v0..v1")
        self.ab(3, "--git", "v0..")  # to HEAD

    def test_the_command_that_is_suggested_runs(self):
        self.commits(100, 120)
        self.ab(3, "--git", "v0..v1", "jobs?/10$|queue/10$")
        grown = self.ab(3, "--git", "v0..v1")
        (line,) = [line for line in " ".join(grown.stdout.split()).split("membench ab")[1:]]
        self.assertRegex(line, r"^ --git v0\.\.v1 --no-time --verbose .*--exact queue/\d+ -- 'cc ")
        command = "membench ab" + line[: line.rindex("'") + 1]
        again = common.run(["sh", "-c", command], self.project, {**self.variables(), "PATH": f"{common.MEMBENCH.parent}:/usr/bin:/bin"})
        self.assertEqual(again.code, 3, again)
        self.assert_clean()

    def test_filters_stand_before_the_command(self):
        self.commits(100, 120)
        report = self.ab(3, "--git", "v0..v1", "/10$", "--format", "json").json()
        self.assertEqual([case["id"] for case in report["cases"]], ["queue/10"])

    def test_programs_in_the_worktree(self):
        """No use of MEMBENCH_OUT: what the build leaves in its folder counts, as it does for bisect."""
        self.commits(100, 120)
        build = BUILD.replace("$MEMBENCH_OUT/queue_bench", "build_bench")
        self.ab(3, "--git", "v0..v1", build=["sh", "-c", build])

    def test_programs_that_did_not_change(self):
        """Debug information has the worktree's folder in it, so the build ids differ; what is loaded does not."""
        self.commits(100, 100, 120)
        same = self.ab(0, "--git", "v0..v1", "--changed-only")
        self.assertEqual(same.stdout, "No program changed: nothing was measured.\n")
        self.assertIn("1 of 1 program is unchanged and left out: queue_bench", same.stderr)
        self.ab(3, "--git", "v0..v2", "--changed-only")

    def test_several_programs_by_name(self):
        self.commits(100, 120)
        build = BUILD + " && cp $MEMBENCH_OUT/queue_bench $MEMBENCH_OUT/other"
        self.assertIn("two programs have a case", self.ab(2, "--git", "v0..v1", build=[build]).stderr)
        self.ab(3, "--git", "v0..v1", "-p", "other", build=[build])
        none = self.ab(1, "--git", "v0..v1", "-p", "third", build=[build])
        self.assertIn("v0: the build put no bench program of that name into $MEMBENCH_OUT", none.stderr)

    def test_the_variables_of_a_build(self):
        self.commits(100)
        said = "echo $MEMBENCH_FROM >> $MEMBENCH_FROM/said; pwd >> $MEMBENCH_FROM/said; false"
        self.ab(1, "--git", "v0..v0", build=[said])
        self.assertRegex(self.read("project/said").decode(), rf"\A{self.project}\n{self.temporary}/membench-trees-\w+/old\n\Z")

    def test_bad_input(self):
        self.commits(100, None, 120)
        for args, code, needle in (
            (["--git", "v0"], 2, "two commits with .. between them"),
            (["--git", "..v0"], 2, "two commits with .. between them"),
            (["--git", "v0...v2"], 2, "two commits with .. between them"),
            (["--git", "v0..nowhere"], 2, "--git nowhere: git does not know this commit"),
            (["--git", "v0..v2", "--resume"], 2, "--git cannot be combined with --resume"),
            (["--git", "v0..v2", "no/such/case"], 2, "no case matches"),
        ):
            result = self.ab(code, *args)
            self.assertIn(needle, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertEqual([line for line in result.stderr.splitlines() if "building" not in line][1:], [])
        self.assertIn("after --", self.expect(2, "ab", "--git", "v0..v2", cwd=self.project).stderr)
        self.assertIn("after --", self.expect(2, "ab", "--git", "v0..v2", "--", cwd=self.project).stderr)
        outside = self.expect(2, "ab", "--git", "v0..v2", "--", "true", env=self.env(GIT_CEILING_DIRECTORIES=self.folder.parent))
        self.assertIn("not in a git repository", outside.stderr)

    def test_builds_that_fail(self):
        first, broken, _ = self.commits(100, None, 120)
        failed = self.ab(1, "--git", "v0..v1")
        self.assertIn("#error broken", failed.stderr)  # the last lines of what it printed
        self.assertTrue(failed.stderr.endswith(f"v1, {broken[:10]}, cannot be built by that command (exit code 1)\n"), failed)
        nothing = self.ab(1, "--git", "v0..v2", build=["true"])
        self.assertIn("v0: the build put no bench program into $MEMBENCH_OUT, and its folder has none", nothing.stderr)
        stray = self.ab(1, "--git", "v0..v2", build=["sh", "-c", "echo text > $MEMBENCH_OUT/notes"])
        self.assertIn("v0: the build put no bench program into $MEMBENCH_OUT", stray.stderr)

    def test_interrupted_while_building_and_while_measuring(self):
        self.commits(100, 100)
        slow = BUILD + f" && touch {self.folder}/begun && sleep 30"
        sleepy = (BUILD + " && mv $MEMBENCH_OUT/queue_bench real && printf '#!/bin/sh\\n[ $MEMBENCH_ACTION = list ] || "
                  f"{{ touch {self.folder}/begun; sleep 20; }}\\nexec %s/real\\n' $PWD > $MEMBENCH_OUT/bench && "
                  "chmod +x $MEMBENCH_OUT/bench && : MEMBENCH_ACTION")  # fmt: skip
        for build, said in ((slow, b"nothing was measured"), (sleepy, b"nothing was judged")):
            for number in (signal.SIGINT, signal.SIGTERM):
                process = subprocess.Popen([str(common.MEMBENCH), "ab", "--no-time", "--git", "v0..v1", "--", build],
                                           cwd=self.project, env=self.variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertTrue(common.wait_until(lambda: (self.folder / "begun").exists(), 30))
                process.send_signal(number)
                out, err = process.communicate(timeout=common.TIMEOUT_SECONDS)
                self.assertEqual((process.returncode, out), (128 + number, b""), err)
                self.assertIn(said, err)
                self.assertNotIn(b"--resume", err)
                self.assert_clean()
                (self.folder / "begun").unlink()

    def test_what_was_killed_is_cleaned_up_by_the_next(self):
        self.commits(100, 100)
        slow = f"touch {self.folder}/begun && sleep 5"
        process = subprocess.Popen([str(common.MEMBENCH), "ab", "--no-time", "--git", "v0..v1", "--", slow],
                                   cwd=self.project, env=self.variables(), stderr=subprocess.DEVNULL)
        self.assertTrue(common.wait_until(lambda: (self.folder / "begun").exists(), 30))
        process.kill()
        process.wait()
        self.ab(0, "--git", "v0..v1")


class Bisect(Commits):
    def bisect(self, code, *args, **more):
        return self.run_there(code, "bisect", "queue/1000", *args, **more)

    def test_a_bench_file_outside_of_the_history(self):
        hashes = self.commits(100, 100, None, 100, 120, 120)
        found = self.bisect(0, "--git", "v0..")
        self.assertTrue(found.stdout.startswith(f"{hashes[4]} is the first bad commit: queue: step 4\n"), found)
        self.assertRegex(found.stdout, r"(?m)^  1,?000 .* ▲ heap \+20\.0% \(\+19\.5 KiB\)$")

    def test_the_commit_that_made_it_smaller(self):
        hashes = self.commits(120, 120, 100, 100)
        found = self.bisect(0, "--improved", "--git", "v0..v3")
        self.assertTrue(found.stdout.startswith(f"{hashes[2]} is the first better commit: queue: step 2\n"), found)
        self.assertNotIn("membench-trees", found.stdout)
        self.assertIn("has not grown", self.bisect(1, "--git", "v0..v3").stderr)

    def test_programs_of_the_commit_before_do_not_count(self):
        """A build that puts nothing into MEMBENCH_OUT is skipped, not judged by what was there."""
        hashes = self.commits(100, 100, 120, 120)
        lazy = "grep -q 100 queue.c && [ $(git rev-parse HEAD) = %s ] && exit 0; %s" % (hashes[1], BUILD)
        found = self.bisect(1, "--git", "v0..v3", build=["sh", "-c", lazy])
        self.assertIn("skipped", found.stderr)
        self.assertEqual({line.split()[0] for line in found.stdout.splitlines()[1:3]}, set(hashes[1:3]))

    def test_bad_input(self):
        self.commits(100, 120)
        self.assertIn("--git cannot be combined with --good", self.bisect(2, "--git", "v0..v1", "--good", "v0").stderr)
        self.assertIn("--good COMMIT, one before the change, or --git GOOD..BAD", self.bisect(2).stderr)
        self.assertIn("does not come before", self.bisect(2, "--git", "v1..v0").stderr)


# What the recipe calls for, in few lines: a node for each operand and each "+", as large as the library's.
TINYEXPR = {
    "tinyexpr.h": """\
typedef struct te_expr {
    int type;
    union {double value; const double *bound; const void *function;};
    void *parameters[1];
} te_expr;
enum { TE_VARIABLE = 0 };
typedef struct te_variable {
    const char *name;
    const void *address;
    int type;
    void *context;
} te_variable;
te_expr *te_compile(const char *expression, const te_variable *variables, int var_count, int *error);
void te_free(te_expr *n);
""",
    "tinyexpr.c": """\
#include "tinyexpr.h"
#include <stdlib.h>
#include <string.h>
static te_expr *new_expr(int arity, te_expr *left, te_expr *right)
{
    size_t size = sizeof(te_expr) - sizeof(void *) + arity * sizeof(void *);
    te_expr *made = memset(malloc(size), 0, size);
    made->type = arity;
    if (arity == 2)
        memcpy(made->parameters, (te_expr *[]){left, right}, 2 * sizeof left);
    return made;
}
__attribute__((noinline)) static te_expr *base(void) { return new_expr(0, NULL, NULL); }
te_expr *te_compile(const char *expression, const te_variable *variables, int var_count, int *error)
{
    (void)variables, (void)var_count, (void)error;
    te_expr *made = base();
    for (const char *c = strchr(expression, '+'); c != NULL; c = strchr(c + 1, '+'))
        made = new_expr(2, made, base());
    return made;
}
void te_free(te_expr *n)
{
    if (n->type == 2)
        te_free(n->parameters[0]), te_free(n->parameters[1]);
    free(n);
}
""",
    "README.md": "a library\n",
}
CLONE = "git clone https://github.com/codeplea/tinyexpr"


class Recipe(Commits):
    def test_word_for_word(self):
        recipe = common.SOURCE / "docs" / "recipes" / "library-without-benchmarks.md"
        for name, text in TINYEXPR.items():
            self.write(f"project/{name}", text)
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "a library")
        env = self.env(TMPDIR=self.temporary, PATH=f"{common.MEMBENCH.parent}:{os.environ['PATH']}", GIT_CONFIG_SYSTEM="/dev/null")
        count = common.follow(self, recipe, env, {CLONE: f"git clone -q {self.project} tinyexpr"},
                              lambda shown: re.sub(r"\d[\d.,]*", "…", shown).replace("where …", "…"))  # the library's own figures
        self.assertEqual(count, 14)
        self.assert_clean()


if __name__ == "__main__":
    common.main()
