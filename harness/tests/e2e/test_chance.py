"""Chance: random bytes are the same in every sample unless the system's are asked for, and said so."""

import os
import re
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
        """Values of what gates: file pages are the page cache's."""
        gates = ("anon_delta_bytes", *measured.BETWEEN, *measured.HEAP)
        return {m: set(case.samples(m)) for m in case.own["series"] if m.endswith(gates)}

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
        self.assertEqual(reasons["draw_open"], {"a different source of random bytes"})
        self.assertEqual(reasons["draw_nothing"], {"unchanged"})


@unittest.skipIf(measured.SANITIZED, "what is measured is not sanitized")
class Moved(measured.Case):
    """A table salted by the address of a global: each build reads one value, exactly. Ten places are 90 pairs, two
    minutes of them: thorough."""

    PLACES = range(10 if common.THOROUGH else 4)

    def others(self, kind, code):
        """Compares all pairs of unlike places; those that do not exit with that code, with what was said of them."""
        found = {}
        for old in self.PLACES:
            for new in self.PLACES:
                if old == new:
                    continue
                args = ["ab", measured.own_program(f"moved-{old}"), measured.own_program(f"{kind}-{new}"), "--no-time"]
                result = self.membench(*args, "--format", "json")
                if code == 3 and result.code == 0:  # addresses are drawn by the kernel: one of some 700 draws misleads
                    result = self.membench(*args, "--format", "json")
                if result.code != code:
                    comparisons = result.json()["cases"][0]["comparisons"] if result.stdout else []
                    found[old, new] = (result.code, result.stderr[-300:],
                                       [(c["metric"], c["verdict"], c.get("reason"), c.get("conditions"))
                                        for c in comparisons if c["gates"] and c["verdict"] != "IMPROVED"])  # fmt: skip
        return found

    def values(self):
        values = set()
        for place in self.PLACES:
            case = self.results("-p", measured.own_program(f"moved-{place}"), "--passes", "heap").cases["moved"]
            found = set(case.samples("steady_heap_live_bytes"))
            self.assertEqual(len(found), 1, "not exact")
            values |= found
        return values

    def test_another_place_is_no_growth(self):
        self.assertGreater(max(self.values()) / min(self.values()), 1.3)
        self.assertEqual(self.others("moved", 0), {})

    def test_growth_is_found_in_any_place(self):
        self.assertEqual(self.others("moved-grown", 3), {})

    def extremes(self):
        """Places of the smallest and of the largest table."""
        sizes = {}
        for place in self.PLACES:
            case = self.results("-p", measured.own_program(f"moved-{place}"), "--passes", "heap").cases["moved"]
            sizes[place] = case.samples("steady_heap_live_bytes")[0]
        return min(sizes, key=sizes.get), max(sizes, key=sizes.get)

    def test_it_is_said(self):
        small, large = (measured.own_program(f"moved-{place}") for place in self.extremes())
        text = r"varies with addresses: \d+ to \d+ KiB"
        ab = ["ab", small, large, "--no-time", "-m", "heap"]
        self.assertRegex(self.expect(0, *ab, "--report", "html=page.html").stdout, "heap " + text)
        self.assertRegex(self.expect(0, *ab, "--verbose").stdout, text)
        grown = measured.own_program(f"moved-grown-{self.extremes()[1]}")
        result = self.expect(3, "ab", small, grown, "--no-time", "-m", "heap", "--report", "html=page.html")
        self.assertRegex(result.stdout, text)
        self.assertTrue(re.search(text, (self.folder / "page.html").read_text()))
        report = self.expect(0, *ab, "--format", "json").json()
        heap = [c for c in report["cases"][0]["comparisons"] if c["metric"] == "steady_heap_live_bytes"][0]
        self.assertEqual(heap["conditions"]["varies_with"], "addresses")
        self.assertLess(heap["conditions"]["range"][0], heap["conditions"]["range"][1])

    def test_against_a_stored_baseline(self):
        small, large = (measured.own_program(f"moved-{place}") for place in self.extremes())
        args = ["--no-time", "-m", "heap"]
        self.expect(0, "-p", small, *args, "--save-baseline", "main")
        kept = self.load("baselines/main.json")["benchmarks"][0]["membench"]["conditions"]
        self.assertEqual(len(measured.expand(kept["steady_heap_live_bytes"])), 5)
        self.membench("-p", large, *args, "--baseline", "main")
        said = self.expect(0, "explain", "moved", "heap", "--baseline", "main").stdout
        self.assertRegex(said, r"repeats exactly, but varies with addresses: \d+ to \d+ KiB")
        # One of an older version, which kept none.
        path = self.folder / "baselines" / "main.json"
        path.write_text(path.read_text().replace('"conditions"', '"forgotten"'))
        result = self.expect(0, "-p", large, *args, "--baseline", "main", "--format", "json")
        self.assertIn("the baseline was not measured at others", result.stdout)

    def test_what_does_not_move_costs_five_and_regresses(self):
        program = measured.own_program("chance")
        self.expect(0, "-p", program, "--no-time", "draw_nothing", "--save-baseline", "main")
        path = self.folder / "baselines" / "main.json"
        text = path.read_text()
        self.assertEqual(text.count('"steady_heap_live_bytes":{"value":262152,"count":20}'), 1)
        path.write_text(text.replace("262152", "131080"))
        result = self.results("-p", program, "--no-time", "draw_nothing", "--baseline", "main", code=3)
        heap = result.cases["draw_nothing"].own["conditions"]["steady_heap_live_bytes"]
        self.assertEqual(heap, {"value": 262152, "count": 5})


if __name__ == "__main__":
    common.main()
