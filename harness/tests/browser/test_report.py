"""The HTML report in a real browser: what it says, how it is used, that nothing in a name runs and nothing is fetched.

Chromium is driven headless (Debian: chromium); without it these tests are skipped, those of the file itself are not.
MEMBENCH_SCREENSHOTS=FOLDER keeps the pictures that the tests take.
"""

import functools
import html.parser
import json
import os
import pathlib
import random
import re
import shutil
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "e2e")]
import chromium
import common

PICTURES = os.environ.get("MEMBENCH_SCREENSHOTS")
HOSTILE = [
    "group/<script>window.pwned=1</script>",
    "group/</script><img src=x onerror=window.pwned=1>",
    'group/"onmouseover="window.pwned=1',
    "group/'&lt;b&gt;&amp;",
    "group/<!--<script>",
    "group/%3Cscript%3E#case=x",
    "group/\u8a18\u61b6 \U0001f600",
]
METRICS = ["anon_delta_bytes", "rss_delta_bytes", "heap_live_bytes", "heap_peak_bytes", "heap_alloc_bytes", "heap_alloc_count"]
METRICS += ["heap_retained_bytes", "footprint_bytes", "peak_rss_delta_bytes", "retained_anon_bytes", "retained_after_trim_anon_bytes"]
METRICS += ["page_fault_minor_count", "retained_rss_bytes", "retained_after_trim_rss_bytes"]
NOISY = {"rss_delta_bytes", "peak_rss_delta_bytes", "retained_rss_bytes", "page_fault_minor_count"}


def jobs(factor=1.0):
    """Four cases of a sweep: 20 equal samples of memory, 20 noisy ones of resident memory and time."""
    noise = random.Random(1)
    cases = {}
    for count in (10, 50, 100, 200):
        size = int(count * 1200 * factor)
        cases[f"memory_job_creation/{count}"] = {
            "steady_anon_delta_bytes": (size // 4096 + 1) * 4096,
            "steady_heap_live_bytes": size,
            "steady_heap_alloc_count": 2 * count,
            "steady_retained_anon_bytes": 8192,
            "steady_retained_after_trim_anon_bytes": 0,
            "steady_rss_delta_bytes": [size + 4096 * noise.randrange(9) for _ in range(20)],
            "real_time_ns": [count * 700 * noise.uniform(0.98, 1.05) for _ in range(20)],
        }
    return cases


def stored_sweep(cases):
    """A results file whose cases have the last part of their id as parameter."""
    whole = json.loads(common.stored(cases))
    for benchmark in whole["benchmarks"]:
        number = benchmark["name"].rpartition("/")[2]
        if number.isdigit():
            benchmark["membench"]["params"] = [{"name": "jobs", "value": int(number)}]
    return json.dumps(whole)


@functools.cache
def thousand(seed):
    """A results file of 1,000 cases with 20 samples each of every memory metric in both windows, a third of them noisy, and of time."""
    noise = random.Random(seed)
    cases = {}
    for index in range(1000):
        series = {"real_time_ns": [noise.lognormvariate(13, 0.02) for _ in range(20)]}
        for window in ("cold", "steady"):
            for metric in METRICS:
                value = 4096 * (index % 97 + 3)
                if metric in NOISY:
                    series[f"{window}_{metric}"] = [value + 4096 * noise.randrange(30) for _ in range(20)]
                else:
                    series[f"{window}_{metric}"] = value
        cases[f"memory_group_{index // 20:02}/function_{index // 5 % 4}/{10 ** (index % 5)}"] = series
    return common.stored(cases)


def many(seed, factor=1.0):
    """1,003 cases of 20 noisy samples; the last one by the factor larger."""
    noise = random.Random(seed)
    sizes = {f"many/{index:04}": (factor if index == 1002 else 1) * (1 << 20) for index in range(1003)}
    return {name: {"steady_anon_delta_bytes": [4096 * round(size / 4096 * noise.uniform(1, 1.02)) for _ in range(20)]} for name, size in sizes.items()}


class Structure(html.parser.HTMLParser):
    """Ids, data and rows of a page, and what would be loaded from elsewhere."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.elsewhere, self.rows, self.data, self.tag = [], [], [], "", None
        self.is_table = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tag = (tag, found.get("id"))
        if "id" in found:
            self.ids.append(found["id"])
        for name in ("src", "href", "action", "data"):
            value = found.get(name)
            if value and not value.startswith(("#", "data:")):
                self.elsewhere.append(value)
        if tag == "table":
            self.is_table = found.get("id") == "table"
        if tag == "tr" and self.is_table:
            self.rows.append([])
        if tag in ("th", "td") and self.rows and self.is_table:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.tag = None
        if tag == "table":
            self.is_table = False

    def handle_data(self, text):
        if self.tag == ("script", "data"):
            self.data += text
        elif self.is_table and self.rows and self.rows[-1]:
            self.rows[-1][-1] += text.rstrip("\n")


class Report(common.Case):
    """Tests of the file, which need no browser."""

    def page(self, *args, code=0):
        """Renders and returns the path of the page."""
        result = self.expect(code, *args)
        return self.write("report.html", result.stdout)

    def compare(self, old, new, code):
        self.write("old.json", old)
        self.write("new.json", new)
        return self.page("compare", "--format", "html", "old.json", "new.json", code=code)


class FileTest(Report):
    def test_structure(self):
        """The table is in the page itself, ids are unique, and nothing is loaded from anywhere."""
        path = self.compare(stored_sweep(jobs()), stored_sweep(jobs(1.12)), code=3)
        text = path.read_text()
        found = Structure(text)
        self.assertEqual(found.elsewhere, [])
        self.assertEqual(len(found.ids), len(set(found.ids)))
        self.assertEqual([row[0] for row in found.rows[1:]], list(jobs()))
        self.assertEqual([row[1] for row in found.rows[1:]], ["REGRESSED"] * 4)
        self.assertEqual(found.rows[3][8], "131 KiB")
        data = json.loads(found.data)
        self.assertEqual([case["id"] for case in data["cases"]], list(jobs()))
        self.assertIn("default-src 'none'", text)
        self.assertNotIn("http://", text.replace("http://www.w3.org/2000/svg", ""))

    def test_hostile_names(self):
        """No name closes an element: the page has as many scripts as it should, and the names are what they were."""
        path = self.compare(common.stored({name: {"steady_anon_delta_bytes": 4096} for name in HOSTILE}),
                            common.stored({name: {"steady_anon_delta_bytes": 65536} for name in HOSTILE}), code=3)
        text = path.read_text()
        self.assertEqual(len(re.findall(r"<script\b", text)), 3)
        self.assertEqual(len(re.findall(r"</script", text)), 3)
        found = Structure(text)
        self.assertEqual([row[0] for row in found.rows[1:]], HOSTILE)
        self.assertEqual([case["id"] for case in json.loads(found.data)["cases"]], HOSTILE)

    def test_size(self):
        """1,000 cases of 20 samples, compared with as many, fit into 2 MB."""
        path = self.compare(thousand(1), thousand(2), code=0)
        size = path.stat().st_size
        print(f"1,000 cases, 20 samples, compared: {size:,} bytes", file=sys.stderr)
        self.assertLessEqual(size, 2_000_000)
        self.write("alone.json", thousand(1))
        alone = len(self.expect(0, "report", "--format", "html", "alone.json").stdout)
        print(f"not compared: {alone:,} bytes", file=sys.stderr)

    def test_samples_left_out(self):
        """After 1,000 cases there are samples of what changed, of the rest three numbers, and the page says so."""
        old, new = many(1), many(2, factor=2)
        text = self.compare(common.stored(old), common.stored(new), code=3).read_text()
        data = json.loads(Structure(text).data)
        metric = str([name for name, *_ in data["metrics"]].index("steady_anon_delta_bytes"))
        packed = {case["id"]: (case["s"][metric], case.get("b", {}).get(metric)) for case in data["cases"]}
        self.assertEqual([len(side[3]) for side in packed["many/0999"]], [20, 20])
        self.assertEqual([len(side[3]) for side in packed["many/1002"]], [20, 20])
        samples = sorted(new["many/1000"]["steady_anon_delta_bytes"])
        middle = (samples[9] + samples[10]) / 2
        self.assertEqual(packed["many/1000"], ([middle, middle - samples[0], samples[-1] - middle, 20], None))
        self.assertIn("all samples of the first 1000 cases, and of every metric that changed", text)
        short = {name: values for name, values in many(1).items() if name < "many/0999"}
        self.assertNotIn("This page holds", self.compare(common.stored(short), common.stored(short), code=0).read_text())

    def test_plots(self):
        """svg and png draw what --plot names, and say what there is when it names nothing, or what is missing."""
        self.write("run.json", stored_sweep(jobs()))
        wrong = self.expect(2, "report", "--format", "svg", "--plot", "nothing", "run.json") if shutil.which("gnuplot") else None
        bare = self.expect(1, "report", "--format", "svg", "run.json", env=self.env(PATH="/nonexistent"))
        self.assertIn("gnuplot", bare.stderr)
        self.assertEqual(bare.stdout, "")
        if wrong is None:
            self.skipTest("gnuplot is missing (Debian: gnuplot-nox)")
        self.assertIn("memory_job_creation", wrong.stderr)
        self.expect(0, "report", "--format", "svg", "--plot", "memory_job_creation", "-o", "plot.svg", "run.json")
        self.assertIn(b"</svg>", self.read("plot.svg"))
        self.expect(0, "report", "--format", "png", "-o", "plot.png", "run.json")
        self.assertTrue(self.read("plot.png").startswith(b"\x89PNG"))

    def test_runs_side_by_side(self):
        """Runs with cases in common are told apart by what differs; those without stay as they are."""
        self.write("a.json", common.stored({"g/1": {"steady_anon_delta_bytes": 4096}}))
        self.write("b.json", common.stored({"g/1": {"steady_anon_delta_bytes": 8192}}, libc="musl"))
        self.write("c.json", common.stored({"h/1": {"steady_anon_delta_bytes": 8192}}))
        ids = lambda *files: [case["id"] for case in self.expect(0, "report", "--format", "json", *files).json()["cases"]]
        self.assertEqual(ids("a.json", "b.json"), ["g/glibc 2.36/1", "g/musl/1"])
        self.assertEqual(ids("a.json", "c.json"), ["g/1", "h/1"])
        self.assertEqual(ids("a.json", "a.json"), ["g/a/1", "g/a (2)/1"])
        self.assertIn("cases in common", self.expect(2, "report", "--baseline", "x", "a.json", "b.json").stderr)

    def test_baseline(self):
        """A stored run is compared with a baseline; showing that is not a verdict, so the code is 0."""
        self.write("baselines/main.json", stored_sweep(jobs()))
        self.write("new.json", stored_sweep(jobs(1.12)))
        shown = self.expect(0, "report", "--format", "html", "--baseline", "main", "new.json").stdout
        self.assertIn("Memory grew in 4 cases", shown)
        self.expect(5, "report", "--format", "html", "--baseline", "other", "new.json")

    def test_why(self):
        """What is not plainly fine carries the text of `membench explain`; side by side and unchanged there is none."""
        page = Structure(self.compare(stored_sweep(jobs()), stored_sweep(jobs(1.12)), 3).read_text(encoding="utf-8"))
        data = json.loads(page.data)
        names = [metric[0] for metric in data["metrics"]]
        explained = 0
        for case in data["cases"]:
            for metric, lines in case.get("e", {}).items():
                text = self.expect(0, "explain", "old.json", "new.json", case["id"], names[int(metric)]).stdout
                self.assertEqual([line[11:] for line in text.splitlines()[1:]], [line for line in lines if line])
                explained += 1
        self.assertGreaterEqual(explained, 4)
        same = Structure(self.compare(stored_sweep(jobs()), stored_sweep(jobs()), 0).read_text(encoding="utf-8"))
        self.assertFalse([case for case in json.loads(same.data)["cases"] if "e" in case])

    def test_empty(self):
        """A run without cases is a page, too."""
        self.write("none.json", common.stored({}))
        self.assertIn("Nothing was run", self.expect(0, "report", "--format", "html", "none.json").stdout)


@unittest.skipUnless(chromium.find(), "Chromium is missing (Debian: chromium)")
class BrowserTest(Report):
    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def open(self, path, **look):
        page = self.browser.open(path.as_uri(), **look)
        self.addCleanup(page.close)
        return page

    def picture(self, page, name):
        folder = pathlib.Path(PICTURES) if PICTURES else self.folder
        page.screenshot(folder / f"{name}.png")
        self.assertGreater((folder / f"{name}.png").stat().st_size, 10_000)

    def assert_quiet(self, page, path):
        """Nothing went wrong in the page, and it asked for nothing but itself."""
        self.assertEqual(page.errors, [])
        self.assertEqual({a for a in page.requests if not a.startswith("data:")}, {path.as_uri()})

    def grown(self):
        return self.compare(stored_sweep(jobs()), stored_sweep(jobs(1.12)), code=3)

    def test_first_screen(self):
        """The verdict is the first heading; what regressed, where and against what is on the first screen."""
        path = self.grown()
        for look in ("light", "dark"):
            page = self.open(path, dark=look == "dark")
            self.assertIn("Memory grew in 4 cases", page.evaluate("document.querySelector('h1').innerText"))
            for selector, text in (("#findings", "memory_job_creation/100"), ("header", "machine"), ("header", "old.json")):
                self.assertIn(text, page.evaluate(f"document.querySelector({selector!r}).innerText"))
                self.assertLess(page.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().top"), 900)
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            self.assertEqual(paper, "rgb(255, 255, 255)" if look == "light" else "rgb(20, 23, 27)")
            self.picture(page, f"first-{look}")
            self.assert_quiet(page, path)

    def test_a_picture_of_the_whole_page_has_its_charts(self):
        """Nothing was scrolled to: a page of a few groups draws the rest when it is idle."""
        page = self.open(self.grown())
        page.wait("[...document.querySelectorAll('.group')].every(group => group.classList.contains('drawn'))")
        self.assertGreater(page.evaluate("document.querySelectorAll('.group.drawn').length"), 0)

    def test_the_change_is_in_view_on_a_phone(self):
        """At 420 pixels the table of all cases shows what changed, without scrolling it sideways."""
        page = self.open(self.grown(), width=420)
        right = page.evaluate("document.querySelector('#table tbody td:nth-child(3)').getBoundingClientRect().right")
        self.assertLessEqual(right, 420)
        self.assertIn("KiB", page.evaluate("document.querySelector('#table tbody td:nth-child(3)').innerText"))

    def test_narrow_rows_are_paragraphs(self):
        """At 420 pixels the table of slopes is not cut: nothing in it is further right than the window."""
        self.assert_inside(self.open(self.grown(), width=420), "#sweeps")

    def assert_inside(self, page, section):
        right = page.evaluate(f"Math.max(...[...document.querySelectorAll('{section} tbody td')]"
                              ".map(cell => cell.getBoundingClientRect().right))")  # fmt: skip
        self.assertGreater(right, 0)
        self.assertLessEqual(right, 420)

    def test_colors_can_be_read(self):
        """Text has a contrast of 4.5 to 1 at least (WCAG AA), in both themes."""
        path = self.grown()
        for is_dark in (False, True):
            page = self.open(path, dark=is_dark)
            color = lambda name: page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
            for ink in ("ink", "ink-soft", "is", "bad", "good", "unsure"):
                for paper in ("paper", "card"):
                    self.assertGreaterEqual(contrast(color(ink), color(paper)), 4.5, f"{ink} on {paper}, dark: {is_dark}")
            for look in ("bad", "good", "unsure"):
                self.assertGreaterEqual(contrast(color("ink"), color(look + "-paper")), 4.5)
                self.assertGreaterEqual(contrast(color(look), color(look + "-paper")), 3)

    def test_sorts_and_filters(self):
        path = self.grown()
        page = self.open(path)
        shown = "[...document.querySelectorAll('#table tbody tr:not([hidden])')].map(r => r.cells[0].innerText)"
        names = list(jobs())
        self.assertEqual(page.evaluate(shown), names)
        page.click("#table th:nth-child(9) button")
        self.assertEqual(page.evaluate(shown), names[::-1])
        self.assertEqual(page.evaluate("document.querySelector('#table th:nth-child(9)').ariaSort"), "descending")
        page.evaluate("document.querySelector('#table th:nth-child(9) button').focus()")
        page.key("Enter")
        self.assertEqual(page.evaluate(shown), names)
        page.click("#search")
        page.write("creation 00")
        self.assertEqual(page.evaluate(shown), names[2:])
        self.assertEqual(page.evaluate("document.getElementById('shown').innerText"), "2 of 4 cases")
        self.assert_quiet(page, path)

    def test_case_opens_and_closes(self):
        """A click shows all metrics of a case, with the medians of the table; Escape closes it and gives focus back."""
        path = self.grown()
        page = self.open(path)
        cell = page.evaluate("document.querySelectorAll('#table tbody tr')[2].cells[8].innerText")
        page.click("#table tbody tr:nth-child(3) a")
        page.wait("document.querySelector('dialog').open")
        self.assertEqual(page.evaluate("document.getElementById('detail-title').innerText"), "memory_job_creation/100")
        medians = dict(page.evaluate("[...document.querySelectorAll('dialog tbody tr:not(.why)')].map(r => [r.cells[0].innerText, r.cells[1].innerText])"))
        self.assertEqual(medians["heap"], cell)
        self.assertEqual(medians["calls"], "200")
        self.picture(page, "case-light")
        page.key("Escape")
        page.wait("!document.querySelector('dialog').open")
        page.wait("location.hash === ''")  # the event that a dialog closed comes later than the closing
        page.wait("document.activeElement.innerText === 'memory_job_creation/100'")
        page.load(path.as_uri() + "#case=memory_job_creation%2F50")
        page.wait("document.querySelector('dialog').open")
        self.assertEqual(page.evaluate("document.getElementById('detail-title').innerText"), "memory_job_creation/50")

    def test_a_click_says_why(self):
        """The verdict of a metric opens; what it says is `membench explain`'s."""
        page = self.open(self.grown())
        page.click("#table tbody tr:nth-child(3) a")
        page.wait("document.querySelector('dialog').open")
        self.assertTrue(page.evaluate("document.querySelector('dialog tr.why').hidden"))
        self.assertEqual(page.evaluate("document.querySelector('dialog button.why').innerText"), "REGRESSED")
        page.click("dialog button.why")
        text = page.wait("!document.querySelector('dialog tr.why').hidden && document.querySelector('dialog tr.why').innerText")
        self.assertIn("both repeat exactly, so no chance is involved: it is more than is allowed", text)
        self.picture(page, "why")

    def test_samples_come_back(self):
        """What the page shows of packed samples are the samples that were stored."""
        cases = {"odd/1": {"real_time_ns": [812345.5, 900000.25, 700001.125], "steady_rss_delta_bytes": [4096, 12288, 8192],
                           "steady_anon_delta_bytes": [-4096, 1 << 40, 0], "steady_heap_live_bytes": [3, 5, 1000001]}}
        self.write("odd.json", common.stored(cases))
        page = self.open(self.page("report", "--format", "html", "odd.json"))
        page.click("#table tbody a")
        rows = page.wait("document.querySelector('dialog').open && [...document.querySelectorAll('dialog tbody tr:not(.why)')].map(r => [...r.cells].slice(0, 6).map(c => c.innerText))")
        found = {row[0]: row[1:] for row in rows if len(row) == 6}
        self.assertEqual(found["rss"], ["8.00 KiB", "±50%", "4.00 KiB", "12.0 KiB", "3"])
        self.assertEqual(found["anon"], ["0 B", "±512 GiB", "-4.00 KiB", "1.00 TiB", "3"])
        self.assertEqual(found["heap"], ["5 B", "±488 KiB", "3 B", "977 KiB", "3"])
        self.assertEqual(found["time"], ["812 us", "±12%", "700 us", "900 us", "3"])

    def test_samples_left_out_are_a_line(self):
        """Of samples that are not in the page the table has least, median, greatest and number, and draws a line."""
        new = many(2)
        page = self.open(self.compare(common.stored(many(1)), common.stored(new), code=0))
        page.click("#table tbody tr:nth-child(1001) a")
        row = page.wait("document.querySelector('dialog').open && [...document.querySelectorAll('dialog tbody tr:not(.why) td')].map(c => c.innerText)")
        samples = new["many/1000"]["steady_anon_delta_bytes"]
        self.assertEqual(row[2:5], [f"{min(samples) / 2**20:.2f} MiB", f"{max(samples) / 2**20:.2f} MiB", "20"])
        count = lambda what: page.evaluate(f"document.querySelectorAll('dialog svg.strip {what}').length")
        self.assertEqual([count(".is.range"), count(".dot"), count(".was")], [1, 0, 1])
        self.picture(page, "left-out")

    def test_charts_by_key(self):
        """A sweep is drawn, arrows go through its points, and the same numbers are in a table."""
        path = self.grown()
        if "No charts:" in path.read_text():
            self.skipTest("membench was built without the chart library (npm could not fetch it)")
        page = self.open(path)
        page.evaluate("document.querySelector('.group').scrollIntoView()")
        page.wait("document.querySelectorAll('.group canvas').length >= 2")
        page.evaluate("document.querySelectorAll('.group .frame')[1].focus()")
        page.key("ArrowRight")
        page.key("End")
        said = page.evaluate("document.querySelectorAll('.group .readout')[1].innerText")
        self.assertEqual(said, "jobs 200: 262 KiB exact, baseline 234 KiB")
        page.evaluate("document.querySelectorAll('.group figure')[1].querySelector('details').open = true")
        rows = page.wait("(() => { const t = document.querySelectorAll('.group figure')[1].querySelector('table'); return t && [...t.tBodies[0].rows].map(r => r.innerText.split('\\t')) })()")
        self.assertEqual(rows[3][:4], ["200", "262 KiB", "exact", "234 KiB"])
        drawn = page.evaluate("(() => { const c = document.querySelector('.group canvas'); const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < p.length; i += 4) n += p[i] > 0; return n; })()")
        self.assertGreater(drawn, 1000)
        self.assertEqual(page.evaluate("[...document.querySelectorAll('svg, .frame')].filter(e => !e.getAttribute('aria-label') && e.getAttribute('aria-hidden') !== 'true').length"), 0)
        self.assert_quiet(page, path)

    def test_lifecycle(self):
        """Marks of a real run are drawn and tabled, and regions leave a part unexplained."""
        common_program = common.program("wasm-truth")
        name, wanted = ("wasm-truth", "lifecycle") if os.access(common_program, os.X_OK) else ("payloads", "sizes/10KB")
        self.measure(name, 0, "--filter", wanted, "--sample-size", "2", "--passes", "pages", "--out", "life.json")
        path = self.page("report", "--format", "html", "life.json")
        page = self.open(path)
        page.evaluate("document.querySelector('.group').scrollIntoView()")
        page.wait("document.querySelector('.group.drawn h4')")
        self.assertIn("Lifecycle", page.evaluate("[...document.querySelectorAll('h4')].map(h => h.innerText)"))
        if name == "wasm-truth":
            self.assertIn("unexplained", page.wait("document.querySelector('.regions .legend').innerText"))
        self.picture(page, "life-light")
        self.assert_quiet(page, path)

    def test_soak(self):
        """A soak's record is drawn with its verdict in the heading, and its phases are a table."""
        about = {"event": "soak", "format": 1, "target": "leaky <server>", "interval_seconds": 1, "time_scale": 1}
        about.update({"tolerance_bytes_per_hour": 262144, "phases": [{"kind": "run", "length_seconds": 3600}, {"kind": "idle", "length_seconds": 300}]})
        noise = random.Random(3)
        lines = [json.dumps(about)]
        for second in range(0, 3900, 10):
            size = 4096 * int(2000 + min(second, 3600) / 3 + noise.random() * 5)
            tick = {"event": "tick", "time_seconds": second, "phase": int(second >= 3600), "kind": "idle" if second >= 3600 else "run"}
            lines.append(json.dumps({**tick, "rss_bytes": size + 1000000, "anon_bytes": size, "memory_percent": size / 2e8}))
        self.write("soak.ndjson", "\n".join(lines) + "\n")
        path = self.page("report", "--format", "html", "soak.ndjson")
        page = self.open(path)
        self.assertIn("leaky <server>: LEAK: anonymous memory grows steadily by +", page.evaluate("document.querySelector('h1').innerText"))
        self.assertIn("LEAK", page.evaluate("document.querySelector('#soaks table').innerText"))
        page.evaluate("document.querySelector('#soaks details').open = true")
        phases = page.wait("[...document.querySelectorAll('#soaks details tbody tr')].map(r => r.cells[0].innerText)")
        self.assertEqual(phases, ["run", "idle"])
        self.picture(page, "soak-light")
        self.assert_inside(self.open(path, width=420), "#soaks > .scroll")
        self.assert_quiet(page, path)

    def test_hostile_names_stay_text(self):
        path = self.compare(common.stored({name: {"steady_anon_delta_bytes": 4096} for name in HOSTILE}),
                            common.stored({name: {"steady_anon_delta_bytes": 65536} for name in HOSTILE}), code=3)
        page = self.open(path)
        page.evaluate("document.querySelectorAll('.group').forEach(g => g.scrollIntoView())")
        page.wait("document.querySelector('.group.drawn table')")
        self.assertEqual(page.evaluate("[...document.querySelectorAll('#table tbody th')].map(c => c.innerText)"), [re.sub(r"\s+", " ", n) for n in HOSTILE])
        for index, name in enumerate(HOSTILE):
            page.click(f"#table tbody tr:nth-child({index + 1}) a")
            page.wait("document.querySelector('dialog').open")
            self.assertEqual(page.evaluate("document.getElementById('detail-title').textContent"), name)
            page.key("Escape")
            page.wait("!document.querySelector('dialog').open")
        self.assertEqual(page.evaluate("typeof window.pwned"), "undefined")
        self.assertEqual(page.evaluate("document.querySelectorAll('img, #table script, h1 script').length"), 0)
        self.assert_quiet(page, path)

    def test_policy_stops_what_is_not_ours(self):
        """A script that somebody got into the page does not run, and a picture is not fetched."""
        path = self.grown()
        path.write_text(path.read_text().replace("<main>", "<main><script>window.pwned=1</script><img src='https://example.invalid/x.png'>"))
        page = self.open(path)
        self.assertEqual(page.evaluate("typeof window.pwned"), "undefined")
        self.assertTrue(any("Content Security Policy" in error for error in page.errors))

    def test_without_javascript(self):
        """The verdict and the table remain; controls that would do nothing do not show."""
        path = self.grown()
        page = self.open(path, javascript=False)
        text = page.evaluate("document.body.innerText")
        for wanted in ("Memory grew in 4 cases", "memory_job_creation/200", "262 KiB", "need JavaScript", "per job"):
            self.assertIn(wanted, text)
        self.assertFalse(page.evaluate("document.getElementById('controls').checkVisibility()"))
        self.picture(page, "without-javascript")

    def test_without_the_library(self):
        """Charts become tables, and nothing fails."""
        path = self.grown()
        text = path.read_text()
        path.write_text(re.sub(r"<script>/\*! https://github.*?</script>", "<script></script>", text, flags=re.S))
        page = self.open(path)
        page.evaluate("document.querySelector('.group').scrollIntoView()")
        page.wait("document.querySelector('.group.drawn table')")
        self.assertEqual(page.evaluate("document.querySelectorAll('canvas').length"), 0)
        self.assertIn("per job", page.evaluate("document.querySelector('.group').innerText"))
        self.assert_quiet(page, path)

    def test_thousand_cases(self):
        """1,000 cases load, filter and sort; how long loading took is printed, not judged."""
        path = self.compare(thousand(1), thousand(2), code=0)
        page = self.open(path)
        times = page.evaluate("(() => { const t = performance.getEntriesByType('navigation')[0]; return [t.domInteractive, t.domContentLoadedEventEnd, t.loadEventEnd]; })()")
        print("interactive, loaded, done after ms:", [round(t) for t in times], file=sys.stderr)
        page.click("#search")
        page.write("group_07 function_2")
        self.assertEqual(page.evaluate("document.getElementById('shown').innerText"), "5 of 1000 cases")
        page.click("#table th:nth-child(4) button")
        self.assertEqual(page.evaluate("document.querySelectorAll('#table tbody tr').length"), 1000)
        self.assertLess(page.evaluate("document.querySelectorAll('.group.drawn').length"), 5)
        self.assert_quiet(page, path)

    @common.need_program("jobs-grown")
    def test_call_sites(self):
        """One click from the finding to the icicle, whose frames are reached by arrow keys and say what they are."""
        self.membench("ab", common.program("jobs"), common.program("jobs-grown"), "--no-time", "creation/200$", "--report",
                      "html=report.html", "-q")
        path = self.folder / "report.html"
        if "icicle" not in path.read_text():
            self.skipTest("membench was built without call sites (Debian: libunwind-dev)")
        page = self.open(path)
        page.click("#findings a[href^='#where']")
        self.assertEqual(page.evaluate("location.hash"), "#where-0")
        page.evaluate("document.querySelector('.icicle').focus()")
        for _ in range(3):
            page.key("ArrowDown")
        said = "document.querySelector('.icicle + .readout').textContent"
        self.assertRegex(page.evaluate(said), r"^job_new: \+28,800 B; 200 blocks, 1,016 → 1,160 B each")
        page.key("ArrowUp")
        self.assertRegex(page.evaluate(said), r"^job_queue_push: ")
        self.assert_quiet(page, path)
        self.assert_inside(self.open(path, width=420), "#where")

    def test_narrow_and_print(self):
        """On a telephone nothing but tables scrolls sideways; on paper it is black on white."""
        path = self.grown()
        page = self.open(path, width=390, height=844)
        page.evaluate("document.querySelector('.group').scrollIntoView()")
        page.wait("document.querySelector('.group.drawn table')")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        self.picture(page, "narrow")
        page.dark(True)
        page.pdf((pathlib.Path(PICTURES) if PICTURES else self.folder) / "print.pdf")
        self.assertEqual(page.errors, [])

    def test_charts_are_on_paper(self):
        """Of 20 groups none of which has been in view: each group's chart is drawn, and in the PDF."""
        sizes = {f"memory_group_{group:02}/{size}": {"steady_heap_live_bytes": 1000 * size + group, "steady_anon_delta_bytes": 4096 * size}
                 for group in range(20) for size in (1, 10, 100, 1000)}
        self.write("run.json", stored_sweep(sizes))
        path = self.page("report", "--format", "html", "run.json")
        page = self.open(path, width=1280, height=400)
        self.assertLess(page.evaluate("document.querySelectorAll('.group.drawn').length"), 20)
        page.pdf(self.folder / "print.pdf")
        self.assertEqual(page.evaluate("document.querySelectorAll('.group').length"), 20)
        self.assertEqual(page.evaluate("document.querySelectorAll('.group.drawn canvas').length"),
                         page.evaluate("document.querySelectorAll('.group canvas').length"))
        self.assertGreaterEqual(page.evaluate("new Set([...document.querySelectorAll('.group canvas')]"
                                              ".map(c => c.closest('.group'))).size"), 20)
        if shutil.which("pdftotext"):  # the axis between two of the sizes
            text = common.run(["pdftotext", "-layout", self.folder / "print.pdf", "-"], self.folder).stdout
            self.assertGreaterEqual(text.count("256 KiB"), 20)
        self.assertEqual(page.errors, [])


def contrast(one, other):
    """WCAG's contrast of two colours, #rrggbb."""
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


if __name__ == "__main__":
    common.main()
