"""What a run prints by default: one row per case, few lines, the verdict and the next commands last."""

import re
import unittest

import common
import measured
from common import program, stored

BUNDLED = ("jobs", "payloads", "clients", "growth")
HEAP, COLD_HEAP, ANON = "steady_heap_live_bytes", "cold_heap_live_bytes", "steady_anon_delta_bytes"


def need_bundled(test):
    for name in BUNDLED:
        test = common.need_program(name)(test)
    return test


class Text(common.Case):
    def lines(self, code, *args, width=100):
        return self.expect(code, *args, env=self.env(COLUMNS=str(width)), timeout=150).stdout.splitlines()

    def bundled(self, *replaced):
        """The suite's programs, some instead of others: OLD=NEW."""
        names = {name: name for name in BUNDLED}
        names.update(entry.split("=") for entry in replaced)
        return [word for name in names.values() for word in ("--program", program(name))]

    def assert_fits(self, lines, width):
        for line in lines:
            if not re.match(r"[a-z ]+: +membench ", line):  # commands are there to be copied
                self.assertLessEqual(len(line), width, line)


@unittest.skipIf(measured.SANITIZED, "minutes of a sanitized coordinator; Rows has the same rules")
@need_bundled
@common.need_program("jobs-grown")
class Bundled(Text):
    """The bundled suite, saved and gated as the README does: every memory metric of every case repeats exactly, and the
    lines it takes are a screen, not a scroll. The WebAssembly runtimes have tests of their own."""

    LEFT_OUT = "--filter=-under_load/1000"  # by far the longest, and the same as the one of a hundred rounds

    def check_measured(self, lines, width):
        self.assertLessEqual(len(lines), 44, "\n".join(lines))
        self.assertEqual(sum(line.startswith("  ") and not line.startswith("  per ") for line in lines), 26)
        self.assertEqual(sum(line.startswith("  per ") for line in lines), 6)
        self.assert_fits(lines, width)

    def check_unchanged(self, lines, width):
        self.assertLessEqual(len(lines), 12, "\n".join(lines))
        self.assertRegex("\n".join(lines), "(?m)^OK: ")
        self.assert_fits(lines, width)

    def check_regressed(self, lines, width):
        self.assertLessEqual(len(lines), 25, "\n".join(lines))
        self.assertRegex("\n".join(lines), r"(?s)\nREGRESSED: memory_job_creation, 4 cases.*heap \+144 B per\s+job")
        self.assertRegex(lines[-1], r"^[a-z ]+: +membench ")
        self.assert_fits(lines, width)

    def check_exact(self):
        for case in measured.Measured(self.folder / "baselines" / "main.json").cases.values():
            for window in measured.WINDOWS:
                for quantity in ("anon_delta_bytes", "footprint_bytes", "heap_live_bytes", "heap_alloc_count"):
                    samples = case.samples(f"{window}_{quantity}")
                    self.assertEqual((len(samples), len(set(samples))), (5, 1), f"{case.id} {window} {quantity}")

    def test_saved_gated_and_shown(self):
        """Measured once each, and shown again at other widths."""
        grown, brief = self.bundled("jobs=jobs-grown"), ["--no-time", "--no-where", self.LEFT_OUT]
        self.check_measured(self.lines(0, *self.bundled(), *brief, "--save-baseline", "main", "--sample-size", "5"), 100)
        self.check_exact()
        self.check_unchanged(self.lines(0, *self.bundled(), *brief, "--baseline", "main", "--strict", "-o", "same.json"), 100)
        self.check_regressed(self.lines(3, *grown, "--no-time", "--no-where", "--baseline", "main", "-o", "grown.json"), 100)
        for width in (80, 200):
            with self.subTest(width=width):
                self.check_measured(self.lines(0, "report", "same.json", width=width), width)
                self.check_unchanged(self.lines(0, "report", "same.json", "--baseline", "main", width=width), width)
                self.check_regressed(self.lines(0, "report", "grown.json", "--baseline", "main", width=width), width)
        sided = self.lines(3, "ab", program("jobs"), program("jobs-grown"), "--no-time")
        self.assertLessEqual(len(sided), 25, "\n".join(sided))  # with its call sites
        verbose = self.lines(0, "report", "grown.json", "--baseline", "main", "--verbose")
        self.assertGreater(len(verbose), 200)  # has it all


class Rows(Text):
    def show(self, cases, *args, code=0, **more):
        self.write("run.json", stored(cases))
        return self.lines(code, "report", "run.json", *args, **more)

    def compare(self, code, old, new, *args, **more):
        self.write("old.json", stored(old))
        self.write("new.json", stored(new))
        return self.lines(code, "compare", "old.json", "new.json", *args, **more)

    def test_spread_only_where_it_is_not_exact(self):
        text = "\n".join(self.show({"g/a": {HEAP: 1000}, "g/b": {HEAP: [1000, 2000, 3000]}}))
        self.assertRegex(text, r"(?m)^  a +1000 B$")
        self.assertRegex(text, r"(?m)^  b +1\.95 KiB ±50%$")

    def test_first_use_only_where_it_tells_another_story(self):
        same = "\n".join(self.show({"g/a": {HEAP: 10000, COLD_HEAP: 10100}}))
        self.assertNotIn("cold", same)
        other = "\n".join(self.show({"g/a": {HEAP: 10000, COLD_HEAP: 90000}}))
        self.assertRegex(other, r"(?m)^g +heap +cold heap$")
        self.assertRegex(other, r"(?m)^  a +9\.77 KiB +87\.9 KiB$")

    def test_a_group_is_one_table(self):
        lines = self.show({"g/a": {HEAP: 1}, "g/b": {HEAP: 2}, "h/f/a": {HEAP: 3}})
        self.assertEqual([line.split()[0] for line in lines[:5]], ["g", "a", "b", "h", "f/a"])

    def test_changed_ones_are_shown_and_the_others_counted(self):
        old = {f"g/{i}": {HEAP: 10000} for i in range(20)}
        new = {**old, "g/7": {HEAP: 20000}, "g/8": {HEAP: 10500}}
        lines = self.compare(3, old, new)
        self.assertEqual([line.split()[0] for line in lines if line.startswith("  ")], ["7"])
        self.assertIn("18 cases unchanged, 1 within 10%, 1 to look at; 20 metrics gated against old.json.", lines)

    def test_of_a_small_comparison_all_are_shown(self):
        cases = {f"g/{i}": {HEAP: 10000} for i in range(6)}
        self.assertEqual(sum("unchanged" in line for line in self.compare(0, cases, cases)), 7)
        cases["g/6"] = {HEAP: 1}
        self.assertEqual(sum("unchanged" in line for line in self.compare(0, cases, cases)), 1)

    def test_many_changed_ones_are_counted(self):
        old = {f"g/{i}": {HEAP: 10000 + 1000 * (i % 7)} for i in range(60)}
        new = {name: {HEAP: case[HEAP] * 2} for name, case in old.items()}
        lines = self.compare(3, old, new)
        self.assertLessEqual(len(lines), 30)
        self.assertIn("60 cases to look at (12 shown, all with --verbose); 60 metrics gated against old.json.", lines)
        self.assertEqual(sum(line.startswith("g/") for line in self.compare(3, old, new, "--verbose")), 60)

    def test_metrics_that_were_asked_for_are_all_there(self):
        """Whatever the width: those that do not fit come in another table."""
        values = {f"{w}_{m}": 1000 for w in ("cold", "steady") for m in ("heap_live_bytes", "heap_peak_bytes", "anon_delta_bytes")}
        for width in (40, 80, 200):
            lines = self.show({"g/a": values}, "--metrics", "heap,heap_peak,anon", width=width)
            heads = " ".join(line for line in lines if line.startswith("g "))
            self.assertEqual(heads.count("cold "), 3, lines)
            self.assert_fits(lines, width)

    def test_a_name_without_room_stays_whole(self):
        name = "g/" + "a_long_name_" * 8
        self.assertIn("  " + name[2:], self.show({name: {HEAP: 1000}}, width=60))

    def test_a_warning_is_told_once(self):
        self.write("run.json", stored({f"g/{i}": {HEAP: 1} for i in range(3)}).replace(
            '"outcome": "ok"', '"outcome": "ok", "warning": "odd"'))
        self.assertEqual([line for line in self.lines(0, "report", "run.json") if "odd" in line],
                         ["warning: odd (g/0 and 2 more)"])


if __name__ == "__main__":
    common.main()
