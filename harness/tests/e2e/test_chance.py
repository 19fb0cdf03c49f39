"""Chance: random bytes are the same in every sample unless the system's are asked for, and said so."""

import os
import shutil
import subprocess
import unittest

import common
import measured

SOURCES = common.HERE / "chance"
NAMES = "getrandom getentropy arc4random open fopen random_device".split()
RUNS = 10


@unittest.skipIf(measured.SANITIZED, "what is measured is not sanitized")
class Fixed(measured.Case):
    def measure_with(self, entropy, program, *args):
        return self.results("-p", program, "--no-time", "--sample-size", RUNS, "--entropy", entropy, *args)

    def series(self, case):
        return {m: set(case.samples(m)) for m in case.own["series"]}

    def assert_varies_only_if_real(self, program, *args):
        for case in self.measure_with("real", program, *args).cases.values():
            most = max(len(values) for values in self.series(case).values())
            self.assertGreaterEqual(most, 2, f"{case.id} does not vary: {case.own['series']}")
        results = self.measure_with("fixed", program, *args)
        for case in results.cases.values():
            for metric, values in self.series(case).items():
                self.assertEqual(len(values), 1, f"{case.id} {metric}: {values}")
        self.assertEqual(results.programs[0]["entropy"], "fixed")
        return results

    def test_every_way_to_draw(self):
        results = self.assert_varies_only_if_real(measured.own_program("chance"), "draw", "--filter=-nothing")
        self.assertEqual(set(results.cases), {f"draw_{name}" for name in NAMES})
        for case in results.cases.values():
            self.assertGreater(case.own["random_requests"], 0, case.id)

    def test_libraries_of_the_system(self):
        found = set()
        for program in ("chance", "chance-json-c"):
            if "salt" in self.expect(0, "-p", measured.own_program(program), "--list").stdout:
                found |= set(self.assert_varies_only_if_real(measured.own_program(program), "salt").cases)
        if found != {"salt_expat", "salt_jansson", "salt_json_c"}:
            self.skipTest(f"only {found} (Debian: libexpat1-dev libjansson-dev libjson-c-dev)")

    def test_python(self):
        program = self.folder / "set_bench.py"
        shutil.copy(SOURCES / "set_bench.py", program)
        self.assert_varies_only_if_real(program)

    @unittest.skipUnless(shutil.which("rustc"), "rustc is missing")
    def test_rust(self):
        program = self.folder / "map_bench"
        env = {**os.environ, "TMPDIR": str(self.folder)}
        subprocess.run(["rustc", "-O", "-o", program, SOURCES / "map_bench.rs"], check=True, env=env)
        self.assert_varies_only_if_real(program)

    def test_files_are_the_processes_own(self):
        """Other files than chance are opened as ever; one that was left is not found by the next process."""
        os.mkdir(self.folder / "tmp")
        env = self.env(TMPDIR=str(self.folder / "tmp"))
        args = ["-p", measured.own_program("chance"), "--no-time", "nothing|leave"]
        for entropy in ("fixed", "real"):
            results = self.results(*args, "--sample-size", 30, "--entropy", entropy, env=env)
            self.assertEqual({c.id: c.outcome for c in results.cases.values()}, {"draw_nothing": "ok", "leave_file": "ok"})
            self.assertNotIn("random_requests", results.cases["draw_nothing"].own)
            self.assertEqual(os.listdir(self.folder / "tmp"), [])
        # Where none can be made it goes on without.
        self.expect(0, *args[:-1], "draw_open", env=self.env(TMPDIR="/nowhere"))

    def test_killed_coordinator_leaves_no_files(self):
        tmp = self.folder / "tmp"
        os.mkdir(tmp)
        args = [common.MEMBENCH, "-p", measured.own_program("chance"), "--no-time", "--sample-size", "1000", "leave"]
        process = subprocess.Popen(args, cwd=self.folder, env=self.env(TMPDIR=str(tmp)), stdout=subprocess.DEVNULL)
        self.assertTrue(common.wait_until(lambda: list(tmp.glob("membench-*/*/left")), 20))
        process.kill()
        process.wait()
        common.wait_until(lambda: not os.listdir(tmp), 20)
        self.assertEqual(os.listdir(tmp), [])

    def test_both_sides_of_ab_draw_the_same(self):
        program = measured.own_program("chance")
        report = self.expect(0, "ab", program, program, "--no-time", "--format", "json", "draw").json()
        verdicts = {c["verdict"] for case in report["cases"] for c in case["comparisons"] if c["gates"]}
        self.assertEqual(verdicts, {"NOT REGRESSED"})

    def test_other_chance_does_not_compare(self):
        """Unless nothing was drawn."""
        args = ["-p", measured.own_program("chance"), "--no-time", "draw_(open|nothing)"]
        self.expect(0, *args, "--entropy", "real", "--save-baseline", "main")
        report = self.membench(*args, "--baseline", "main", "--format", "json").json()
        reasons = {case["id"]: {c["reason"] for c in case["comparisons"] if c["gates"]} for case in report["cases"]}
        self.assertEqual(reasons["draw_open"], {"another source of random bytes"})
        self.assertEqual(reasons["draw_nothing"], {"unchanged"})


if __name__ == "__main__":
    common.main()
