"""Call sites: `membench where`, and what is reported of growth by itself. Sums equal the counters to the byte."""

import json
import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

import common
import measured

JOBS = "memory_job_creation/200"
LINE = next(i for i, line in enumerate(open(common.SOURCE / "bench/jobs/job_queue.c", encoding="utf-8"), 1)
            if "made->payload = malloc" in line)


class Where(measured.Case):
    def setUp(self):
        super().setUp()
        if not (common.BUILD / "lib" / "libmembench_sites.so").exists():
            self.skipTest("membench was built without libunwind (Debian: libunwind-dev)")
        if measured.SANITIZED:
            self.skipTest("under a sanitizer no heap is measured")

    def where(self, code, *args, **more):
        return self.expect(code, "where", "--program", common.program("jobs"), *args, **more)

    def sites(self, *args):
        return self.where(0, *args, "--format", "json").json()["where"]

    def ab(self, *args, code=3):
        return self.expect(code, "ab", common.program("jobs"), common.program("jobs-grown"), "--no-time", *args)


@common.need_program("jobs")
class OneBuild(Where):
    def test_a_sample_that_fails(self):
        """Why there are no call sites is what the sample said."""
        for case_id, reason in (("segv", "failed: SIGSEGV in run, cold window"), ("fail_run", "failed: failed as told"),
                                ("skip", "was skipped: the moon is not full")):  # fmt: skip
            told = self.expect(1, "where", "--program", common.program("faults"), f"^fault/{case_id}$").stderr
            self.assertIn(f"fault/{case_id}: no call sites: its sample {reason}\n", told)

    def test_every_moment_sums_to_the_metric(self):
        """Whatever the window and the moment: the sum over sites is what the heap pass measured."""
        self.expect(0, "--program", common.program("jobs"), "--passes", "heap", "--out", "run.json", JOBS)
        stored = measured.Measured(self.folder / "run.json").cases[JOBS]
        metrics = {"live": ("heap_live_bytes", "bytes"), "peak": ("heap_peak_bytes", "bytes"),
                   "kept": ("heap_retained_bytes", "bytes"), "total": ("heap_alloc_bytes", "requested_bytes")}
        for window in ("cold", "steady"):
            for moment, (metric, unit) in metrics.items():
                where = self.sites(JOBS, "--at", moment, "--window", window)
                total = sum(site["after"][unit] for site in where["sites"])
                self.assertEqual([total], sorted(set(stored.samples(f"{window}_{metric}"))), f"{window} {moment}")
                self.assertEqual((where["unexplained"], where["difference"]), (0, total))
            calls = sum(site["after"]["block_count"] for site in self.sites(JOBS, "--at", "total", "--window", window)["sites"])
            self.assertEqual([calls], sorted(set(stored.samples(f"{window}_heap_alloc_count"))))

    def test_text_names_function_line_and_callers(self):
        text = self.where(0, JOBS).stdout
        self.assertRegex(text, rf"(?m)^memory_job_creation/200, steady window, alive at the end of run: 237,904 B in 402 blocks$")
        self.assertRegex(text, rf"(?m)^ +203,200 B  200 blocks, 1,016 B each \(asked for: 1,001\)\n +job_new job_queue.c:{LINE} ← job_queue_push ← run$")
        first = self.where(0, JOBS, "--top", "1").stdout
        self.assertIn("2 more: 33.9 KiB", first)

    def test_collapsed_and_pprof_hold_the_same_bytes(self):
        lines = self.where(0, JOBS, "--format", "collapsed").stdout.splitlines()
        self.assertIn("run;job_queue_push;job_new 203200", lines)
        self.assertEqual(sum(int(line.rsplit(" ", 1)[1]) for line in lines), 237904)
        self.assertTrue(all(line.startswith("run;") for line in lines))
        speedscope = self.where(0, JOBS, "--format", "speedscope").json()
        [profile], frames = speedscope["profiles"], speedscope["shared"]["frames"]
        stacks = {";".join(frames[i]["name"] for i in stack): weight
                  for stack, weight in zip(profile["samples"], profile["weights"], strict=True)}
        self.assertEqual((stacks["run;job_queue_push;job_new"], profile["endValue"]), (203200, 237904))
        self.assertIn(LINE, [frame["line"] for frame in frames if frame["name"] == "job_new"])
        result = self.run_bytes("where", "--program", common.program("jobs"), JOBS, "--format", "pprof")
        (self.folder / "heap.pb").write_bytes(result)
        if not common.THOROUGH or shutil.which("go") is None:
            self.skipTest("go tool pprof is not here, or would be compiled first: MEMBENCH_TEST_THOROUGH=1")
        top = subprocess.run(["go", "tool", "pprof", "-top", "-unit=b", "heap.pb"], cwd=self.folder, capture_output=True,
                             text=True, timeout=120)
        self.assertRegex(top.stdout, r"(?m)^Type: bytes$")
        self.assertRegex(top.stdout, r"(?m)^ +236800B .* job_new$", top.stderr)

    def run_bytes(self, *args):
        done = subprocess.run([common.MEMBENCH, *args], cwd=self.folder, capture_output=True,
                              env=common.environment(self.folder), timeout=60, check=True)
        return done.stdout

    def test_without_elfutils_there_are_no_names(self):
        """They are loaded when names are looked for: where they cannot be, frames show module and offset."""
        self.write("no/libdw.so.1", "")
        env = self.env(LD_LIBRARY_PATH=str(self.folder / "no"))
        self.assertRegex(self.where(0, JOBS, env=env).stdout, r"(?m)^ +203,200 B  200 blocks.*\n +\+0x[0-9a-f]+ \[jobs\] ← \+0x")
        self.assertIn("libdw.so.1 is missing: functions have no names", self.expect(0, "doctor", env=env).stdout)
        self.assertNotIn("have no names", self.expect(0, "doctor").stdout)

    def test_over_budget(self):
        """Without anything to compare with: the call sites that hold the memory."""
        (self.folder / "membench.json").write_text(
            '{"cases": {"memory_job_creation/200": {"budgets": {"heap": "100KiB"}}}}', encoding="utf-8")
        args = ["--program", common.program("jobs"), "--no-time", "creation"]
        told = self.expect(3, *args).stdout
        self.assertRegex(told, rf"(?m)^  where: 3 call sites hold 100% of 232 KiB\n +203,200 B  200 blocks, 1,016 B each "
                               rf"\(asked for: 1,001\)\n +job_new job_queue.c:{LINE} ← job_queue_push ← run$")
        self.assertNotIn("where:", self.expect(3, *args, "--no-where").stdout)

    def test_what_one_more_costs(self):
        """The call site of each job, and that of all of them: two sizes tell them apart, exactly."""
        sites = {n: {s["line"]: s["after"] for s in self.sites(f"memory_job_creation/{n}")["sites"]} for n in (10, 200)}
        told = self.where(0, "memory_job_creation", "--per", "jobs").stdout
        self.assertRegex(told, r"(?m)^memory_job_creation, steady window, .*: [0-9,.]+ B for each of jobs, from 10 to 200$")
        self.assertRegex(told, rf"(?m)^ +1,016 B  1 block  job_new job_queue.c:{LINE} ← job_queue_push ← run$")
        self.assertRegex(told, r"(?m)^ +168 B  1 block  job_new job_queue.c:\d+ ← job_queue_push ← run$")
        found = self.where(0, "memory_job_creation", "--per", "jobs", "--format", "json").json()
        self.assertEqual((found["from"], found["to"], found["where"]["unexplained"]), (10, 200, 0))
        by_line = {s["line"]: s["difference"] for s in found["where"]["sites"]}
        self.assertEqual(by_line[LINE], 190 * 1016)
        self.assertEqual(by_line[LINE], sites[200][LINE]["bytes"] - sites[10][LINE]["bytes"])
        self.assertIn("no two cases", self.where(2, "memory_job_creation/10$", "--per", "jobs").stderr)
        self.assertIn("text and json", self.where(2, "memory_job_creation", "--per", "jobs", "--format", "pprof").stderr)

    def test_usage(self):
        self.assertIn("membench where CASE", self.expect(2, "where").stderr)
        self.assertIn("--at", self.where(2, JOBS, "--at", "noon").stderr)
        self.assertIn("matches", self.where(2, "memory_job").stderr)

    def test_nothing_is_left_behind(self):
        folder = self.folder / "tmp"
        folder.mkdir()
        self.where(0, JOBS, env=common.environment(self.folder, TMPDIR=folder))
        self.assertEqual(os.listdir(folder), [])


@common.need_program("jobs-grown")
class TwoBuilds(Where):
    def test_ab_names_the_line_that_grew(self):
        """The reason for all of this: 200 payloads, each 144 bytes larger, from one line of bench/jobs."""
        text = self.ab("creation/200$").stdout
        self.assertRegex(text, rf"(?m)^  where: 1 call site explains 100% of \+28\.1 KiB\n"
                               rf" +\+28,800 B  200 blocks, 1,016 → 1,160 B each \(asked for: 1,001 → 1,145\)\n"
                               rf" +job_new job_queue.c:{LINE} ← job_queue_push ← run$")

    def test_json_adds_up_to_the_metric(self):
        for case in self.ab("--format", "json").json()["cases"]:
            compared = {c["metric"]: c["difference"] for c in case["comparisons"] if "difference" in c}
            [where] = case["where"]
            self.assertIn("steady_heap_live_bytes", where["metrics"])
            self.assertEqual(where["growth"]["difference"], compared[where["metrics"][0]])
            self.assertEqual(where["growth"]["unexplained"], 0)
            [site] = where["growth"]["sites"]
            self.assertEqual((site["function"], site["line"]), ("job_new", LINE))
            self.assertEqual(site["after"]["bytes"] - site["before"]["bytes"], 144 * site["after"]["block_count"])

    def test_other_formats_tell_it_too(self):
        self.ab("creation/200$", "--report", "markdown=report.md", "--report", "junit=report.xml", "--report",
                "comment=comment.md", "--report", "github=annotations.txt", "--report", "html=report.html")
        html = (self.folder / "report.html").read_text(encoding="utf-8")
        self.assertIn('<h2 id="where-title">Where it grew</h2>', html)
        self.assertRegex(html, rf'<td class="n">\+28,800 B<td><meter min="0" max="232000" value="203200" .*</meter><meter .*'
                               rf'<td>200 blocks, .*<td><code>job_new job_queue.c:{LINE} ')
        self.assertIn('<a href="#where-0">call sites</a>', html)
        frames = re.findall(r'<svg x="0.000%" y="(\d+)" width="100.000%" height="21" class="grew" tabindex="-1"><title>'
                            r'(\w+): \+28,800 B; 200 blocks, 1,016 → 1,160 B each', html)
        self.assertEqual(frames, [("0", "run"), ("22", "job_queue_push"), ("44", "job_new")])
        for name in ("report.md", "comment.md"):
            markdown = (self.folder / name).read_text(encoding="utf-8")
            self.assertIn("<details><summary>Where it grew: <code>memory&#95;job&#95;creation/200</code></summary>", markdown)
            self.assertRegex(markdown, rf"(?m)^\| \+28,800 B \| 200 blocks, .* \| <code>job&#95;new job&#95;queue.c:{LINE} ")
        junit = (self.folder / "report.xml").read_text(encoding="utf-8")
        self.assertIn(f"job_new job_queue.c:{LINE} ← job_queue_push ← run\n</failure>", junit)
        annotations = (self.folder / "annotations.txt").read_text(encoding="utf-8")
        self.assertIn(f"%0A              job_new job_queue.c:{LINE} ← job_queue_push ← run", annotations)

    def test_one_cause_is_shown_once(self):
        """Of four cases and their slope: call sites once in Markdown, one line for the suite in JUnit's."""
        self.ab("creation/", "--report", "markdown=report.md", "--report", "comment=comment.md", "--report",
                "junit=report.xml")
        for name in ("report.md", "comment.md"):
            markdown = (self.folder / name).read_text(encoding="utf-8")
            self.assertEqual(re.findall(r"<summary>Where it grew: <code>(.*?)</code>", markdown),
                             ["memory&#95;job&#95;creation/100"])
        suite = ElementTree.parse(self.folder / "report.xml").getroot().find("testsuite")
        self.assertEqual(len(list(suite.iter("failure"))), 5)
        self.assertRegex(suite.find("system-out").text, r"\Aregressed: memory_job_creation, 4 cases and 1 slope, one "
                                                        r"cause: heap \+144 B per job; also .*\n\Z")

    def test_annotations_are_at_the_line_in_the_diff(self):
        """By the path from the repository's root, in whatever folder of it membench runs; outside of it by none."""
        shutil.copytree(common.SOURCE / "bench" / "jobs", self.folder / "repo" / "src" / "jobs")
        (self.folder / "repo" / "ci").mkdir()
        (self.folder / "repo" / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8") # as in a worktree
        sources = sorted((self.folder / "repo" / "src" / "jobs").glob("*.c"))
        for name, more in (("old", []), ("new", ["-DJOB_EXTRA_PERCENT=12"])):
            self.compile(*sources, *more, "-o", name)
        args = ["ab", self.folder / "old", self.folder / "new", "--no-time", "creation/200$", "--report", "github=a.txt",
                "--report", "junit=a.xml", "--format", "json"]
        for folder, expected in (("repo", "src/jobs/job_queue.c"), ("repo/ci", "src/jobs/job_queue.c"), (".", None)):
            with self.subTest(folder):
                told = self.run_in(self.folder / folder, *args)
                self.assertEqual(told.code, 3, told.stderr)
                annotations = (self.folder / folder / "a.txt").read_text(encoding="utf-8").splitlines()
                junit = (self.folder / folder / "a.xml").read_text(encoding="utf-8")
                [case] = told.json()["cases"]
                if expected is None: # no repository: what is below the current folder
                    expected = "repo/src/jobs/job_queue.c"
                self.assertRegex(annotations[0], rf"^::error file={expected},line={LINE},title=membench%3A regressed::memory_job_creation/200: ")
                self.assertIn(f"← run\n{expected}:{LINE}\n</failure>", junit)
                self.assertEqual(case["where"][0]["growth"]["sites"][0]["file"], expected)
        (self.folder / "elsewhere").mkdir()
        self.assertEqual(self.run_in(self.folder / "elsewhere", *args).code, 3)
        self.assertRegex((self.folder / "elsewhere" / "a.txt").read_text(encoding="utf-8"), r"^::error title=membench%3A regressed::")

    def test_annotations_are_at_the_first_frame_of_the_project(self):
        """The line that allocates is in a library from elsewhere: its caller is in the diff."""
        jobs = common.SOURCE / "bench" / "jobs"
        for folder, names in (("repo/.git", []), ("repo/src", ["job_bench.c", "job_queue.h"]), ("library", ["job_queue.c", "job_queue.h", "job_text.c"])):
            (self.folder / folder).mkdir(parents=True)
            for name in names:
                shutil.copy(jobs / name, self.folder / folder)
        source = (jobs / "job_bench.c").read_text(encoding="utf-8").splitlines()
        [line] = [i for i, text in enumerate(source, 1) if "job_queue_push(" in text]
        for name, more in (("old", []), ("new", ["-DJOB_EXTRA_PERCENT=12"])):
            self.compile("repo/src/job_bench.c", "library/job_queue.c", "library/job_text.c", "-o", name, *more)
        self.assertEqual(self.run_in(self.folder / "repo", "ab", "../old", "../new", "--no-time", "creation/200$", "--report",
                                     "github=a.txt").code, 3)
        self.assertRegex((self.folder / "repo" / "a.txt").read_text(encoding="utf-8"),
                         rf"^::error file=src/job_bench.c,line={line},title=membench%3A regressed::")

    def compile(self, *args):
        done = subprocess.run(["cc", "-std=gnu17", "-g", "-O1", "-rdynamic", "-I", common.SOURCE / "include", *args,
                               common.BUILD / "lib" / "libmembench.a", "-lpthread", "-ldl", "-lm"],
                              cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_in(self, folder, *args):
        return common.run([common.MEMBENCH, *args], folder, env=common.environment(self.folder))

    def test_what_shrank_on_request(self):
        grown, jobs = common.program("jobs-grown"), common.program("jobs")
        told = self.expect(0, "ab", grown, jobs, "--no-time", "--where", "all", "creation/200$").stdout
        self.assertRegex(told, r"(?m)^ +-28,800 B  200 blocks, 1,160 → 1,016 B each .*\n +job_new job_queue.c:\d+ ")
        self.assertNotIn("where:", self.expect(0, "ab", grown, jobs, "--no-time", "creation/200$").stdout)
        failed = self.expect(3, "ab", grown, jobs, "--no-time", "--fail-on-change", "creation/200$").stdout
        self.assertRegex(failed, r"(?m)^ +-28,800 B  200 blocks, 1,160 → 1,016 B each ")
        self.assertIn("cannot be combined", self.expect(2, "ab", grown, jobs, "--where", "all", "--no-where").stderr)

    def test_a_baseline_keeps_its_sites(self):
        """Without the old build, and between two files: the same answer as side by side."""
        expected = re.search(r"(?ms)^  where: .*?run$", self.ab("creation/200$").stdout)[0]
        jobs, grown = common.program("jobs"), common.program("jobs-grown")
        self.expect(0, "--program", jobs, "--no-time", "--save-baseline", "old", "creation/200$")
        self.expect(0, "--program", grown, "--no-time", "--save-baseline", "new", "creation/200$")
        args = ["--program", grown, "--no-time", "--baseline", "old", "creation/200$"]
        self.assertIn(expected, self.expect(3, *args).stdout)
        compared = self.expect(3, "compare", "baselines/old.json", "baselines/new.json").stdout
        self.assertIn(expected, compared)
        self.assertNotIn("where:", self.expect(3, *args, "--no-where").stdout)
        stored = json.loads((self.folder / "baselines/old.json").read_text(encoding="utf-8"))
        sites = stored["benchmarks"][0]["membench"]["sites"]
        self.assertIn("job_queue.c", sites["texts"])  # none of the current folder's
        self.assertEqual(sites["steady_peak"], "cold_live")
        self.assertEqual(sites["cold_live"][1], 237904)

    def test_a_baseline_without_sites_is_no_obstacle(self):
        self.expect(0, "--program", common.program("jobs"), "--no-time", "--save-baseline", "old", "--no-where",
                    "creation/200$")
        self.assertNotIn('"sites"', (self.folder / "baselines/old.json").read_text(encoding="utf-8"))
        grown = self.expect(3, "--program", common.program("jobs-grown"), "--no-time", "--baseline", "old", "creation/200$")
        self.assertNotIn("where:", grown.stdout)
        self.expect(0, "--program", common.program("jobs-grown"), "--no-time", "--save-baseline", "new",
                    "creation/200$")
        compared = self.expect(3, "compare", "baselines/old.json", "baselines/new.json").stdout
        self.assertIn("where: unknown: the baseline has no call sites: save it again", compared)

    def test_damaged_sites_are_an_error_with_its_place(self):
        self.expect(0, "--program", common.program("jobs"), "--no-time", "--save-baseline", "old", "-n", "3", "creation/200$")
        path = self.folder / "baselines/old.json"
        whole = path.read_text(encoding="utf-8")
        for old, new in (('"nodes":[0,', '"nodes":[7,'), ('"places":[', '"places":[-1,'), ('"texts":["', '"texts":[3,"'),
                         ('"cold_live":[', '"cold_live":[1,'), ('"cold_peak":"cold_live"', '"cold_peak":"steady_live"')):
            self.assertIn(old, whole)
            path.write_text(whole.replace(old, new, 1), encoding="utf-8")
            done = self.expect(1, "compare", "baselines/old.json", "baselines/old.json")
            self.assertIn('"sites": ', done.stderr)

    def test_switched_off_and_not_needed(self):
        self.assertNotIn("where:", self.ab("creation/200$", "--no-where").stdout)
        self.assertNotIn('"where"', self.ab("creation/200$", "--no-where", "--format", "json").stdout)
        same = self.expect(0, "ab", common.program("jobs"), common.program("jobs"), "--no-time", "--format", "json")
        self.assertNotIn('"where"', same.stdout)


@common.need_program("truth")
class Pages(Where):
    CASES = ("truth_touch/1", "truth_touch/2", "truth_touch/17", "truth_touch/1000", "truth_huge/17", "truth_shared/17",
             "truth_file/17", "truth_malloc/10", "truth_malloc/1000", "truth_malloc_large", "truth_retain/lifo/1000")

    def test_each_page_has_one_owner(self):
        """Programs that touch a known number of pages: the rows add up to the metric of another process, exactly; the
        heap begins elsewhere in a page where the hook is preloaded, so there by a page."""
        filters = [f"^{case}$" for case in self.CASES]
        self.expect(0, "--program", common.program("truth"), "--passes", "pages", "--out", "run.json", *filters)
        stored = measured.Measured(self.folder / "run.json").cases
        for case in self.CASES:
            found = self.expect(0, "where", "--program", common.program("truth"), f"^{case}$", "--window", "cold",
                                "--format", "json").json()["pages"]
            rows = {(row["owner"], row["module"] if row["owner"] == "data" else ""): row["anon_bytes"] for row in found
                    if row["anon_bytes"] != 0}
            owner = "heap" if "malloc" in case or "retain" in case else "mapped"
            self.assertLessEqual(abs(sum(rows.values()) - stored[case].samples("cold_anon_delta_bytes")[0]),
                                 4096 if owner == "heap" else 0, f"{case}: {rows}")
            self.assertEqual(set(rows), set() if "file" in case else {(owner, "")}, f"{case}: {rows}")
            sites = [(row["function"], row["callers"]) for row in found if row["owner"] == "mapped" and row["anon_bytes"] != 0]
            self.assertEqual(len(sites), int(owner == "mapped" and "file" not in case), f"{case}: {sites}")

    def test_it_is_said_below_the_call_sites(self):
        told = self.expect(0, "where", "--program", common.program("truth"), "^truth_touch/17$").stdout
        self.assertTrue(told.endswith("anonymous memory during run: +68.0 KiB\n       +68.0 KiB  mapped by pages_map "
                                      "touch.c:25 ← run_touch\n"), told)


class Static(Where):
    def test_linked_into_a_static_program(self):
        known, still = common.BUILD / "e2e" / "known", common.BUILD / "e2e" / "known-static-sites"
        if not still.exists():
            self.skipTest("libunwind.a or liblzma.a is missing")
        told = self.expect(0, "where", "--program", still, "known_blocks/100").stdout
        self.assertEqual(told, self.expect(0, "where", "--program", known, "known_blocks/100").stdout)
        self.assertRegex(told, r"100 blocks, 1,000 B each\n +run_blocks known_bench.c:\d+\n")
        for name in ("known-static", "known-static-heap"):
            refused = self.expect(1, "where", "--program", common.BUILD / "e2e" / name, "known_blocks/100")
            self.assertIn("the program is static", refused.stderr)


class Commands(Where):
    SOURCE = r"""
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        #include <sys/wait.h>
        static __attribute__((noinline)) char *hold(size_t size) { char *block = malloc(size); memset(block, 1, size); return block; }
        static __attribute__((noinline)) char *drop(size_t size) { char *block = malloc(size); memset(block, 1, size); return block; }
        int main(int argc, char **argv) {
            char *volatile held = hold(100000);
            if (argc > 1) { if (fork() == 0) { char *volatile more = hold(300000); exit(more == held); } wait(NULL); }
            char *volatile dropped = drop(50000);
            free(dropped);
            return held == NULL || argv == NULL;
        }
    """

    def setUp(self):
        super().setUp()
        (self.folder / "held.c").write_text(self.SOURCE, encoding="utf-8")
        subprocess.run(["cc", "-g", "-O1", "held.c", "-o", "held"], cwd=self.folder, check=True)

    def test_the_peak_of_a_command(self):
        told = self.expect(0, "exec", "--where", "-r", "1", "--", "./held").stdout
        self.assertRegex(told, r"(?m)^exec/\S*held\S*, heap at its highest: 1\d\d KiB in \d+ blocks\n"
                               r" +100,008 B  1 block, 100,008 B \(asked for: 100,000\)\n +hold held.c:6 ← main\n"
                               r" +50,008 B  1 block, 50,008 B \(asked for: 50,000\)\n +drop held.c:7 ← main$")

    def test_of_several_processes_the_highest(self):
        told = self.expect(0, "exec", "--where", "-r", "1", "sh -c './held child'").stdout
        self.assertRegex(told, r"(?m)^ +403,096 B  2 blocks, .* \(asked for: 200,000\)\n +hold held.c:6 ← main$")

    def test_a_static_command_has_none(self):
        subprocess.run(["cc", "-g", "-static", "held.c", "-o", "still"], cwd=self.folder, check=True)
        told = self.expect(0, "exec", "--where", "-r", "1", "--", "./still").stdout
        self.assertIn("no call sites: the command is static, or did not end by itself", told)


if __name__ == "__main__":
    common.main()
