"""screenshots.py FOLDER: takes the pictures of docs/report.md again, from real runs of the bundled programs.

Needs Chromium, and MEMBENCH_BUILD_DIR as the tests do. A program that was not built leaves its picture out."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "e2e")]
import chromium
import common

LIFECYCLE = ["wasm-truth", "wasm-wamr-fast"]


def measure(folder, *args):
    """Runs membench in the folder; 3, which says that memory grew, is what some of the runs are for."""
    result = common.run([common.MEMBENCH, *args], folder, timeout=300)
    if result.code not in (0, 3):
        sys.exit(str(result))


def shoot(browser, folder, path, name, place=None, height=900, width=1280, dark=False):
    page = browser.open(pathlib.Path(path).as_uri(), width=width, height=height, dark=dark)
    if place:
        page.evaluate(f"document.querySelector({place!r}).scrollIntoView({{behavior: 'instant'}})")
        page.wait(f"document.querySelector({place!r}).classList.contains('drawn') && document.querySelector('canvas')")
        page.evaluate(f"document.querySelector({place!r}).scrollIntoView({{behavior: 'instant'}})")
        page.evaluate("new Promise(done => setTimeout(done, 500))")
    page.screenshot(folder / name)
    page.close()


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as work, chromium.Browser() as browser:
        jobs, grown, payloads = (["--program", common.program(name)] for name in ("jobs", "jobs-grown", "payloads"))
        measure(work, *jobs, *payloads, "--save-baseline", "main", "--measurement-time", "20ms")
        measure(work, *grown, *payloads, "--measurement-time", "20ms", "--baseline", "main", "--map", "jobs-grown=jobs", "--out", "now.json")
        page = os.path.join(work, "grown.html")
        measure(work, "compare", "--map", "jobs-grown=jobs", "--format", "html", "-o", page, "baselines/main.json", "now.json")
        shoot(browser, folder, page, "report-light.png")
        shoot(browser, folder, page, "report-dark.png", place=".group", dark=True)
        shoot(browser, folder, page, "report-narrow.png", width=390, height=844)
        paper = browser.open(pathlib.Path(page).as_uri())
        paper.pdf(os.path.join(work, "print.pdf"))
        subprocess.run(["pdftoppm", "-png", "-r", "75", "-f", "2", "-l", "2", "-singlefile", os.path.join(work, "print.pdf"), str(folder / "report-print")], check=True)
        for name in LIFECYCLE:
            if os.access(common.program(name), os.X_OK):
                measure(work, "--program", common.program(name), "--no-time", "--sample-size", "3", "--out", "life.json", "^wasm_lifecycle/.*/(tiny|mappings)/1$")
                measure(work, "report", "--format", "html", "-o", "life.html", "life.json")
                shoot(browser, folder, os.path.join(work, "life.html"), "report-lifecycle.png", place=".group")
                break


if __name__ == "__main__":
    main()
