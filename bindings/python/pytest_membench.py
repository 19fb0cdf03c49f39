"""pytest_membench: tests of pytest as cases of membench (docs/python.md).

    def test_parse(membench):       # the fixture: what is called through it is measured
        assert membench(json.loads, text)

    @pytest.mark.membench           # the marker: the whole test is measured
    def test_queue(): ...

It speaks docs/protocol.md. Each sample is a process of its own: pages as the interpreter has them, the heap with
PYTHONMALLOC malloc, so that the hook sees every block.
"""

import ctypes
import functools
import gc
import json
import os
import platform
import re
import shlex
import sys
import time

import pytest

IS_WORKER = "MEMBENCH_FD" in os.environ
POINTS = 4  # B, E1, E2, T
ALLOC_COUNT, ALLOC_BYTES, FREE_COUNT, LIVE, PEAK, THREAD_COUNT = range(6)  # of a reading of the heap hook
HEAP = ["heap_live_bytes", "heap_peak_bytes", "heap_alloc_bytes", "heap_alloc_count", "heap_retained_bytes"]


class Events:
    descriptor = int(os.environ.get("MEMBENCH_FD", "-1"))

    @staticmethod
    def send(event, **members):
        line = json.dumps({"event": event, **members}).encode() + b"\n"
        while line:
            line = line[os.write(Events.descriptor, line) :]

    @staticmethod
    def sign(character):
        os.write(Events.descriptor, character)


class Pages:  # at the four points, read into memory that is there before
    NAMES = [("rss_delta_bytes", "anon_delta_bytes"), ("retained_rss_bytes", "retained_anon_bytes"),
             ("retained_after_trim_bytes", "retained_after_trim_anon_bytes")]  # fmt: skip

    def __init__(self):
        self.status = os.open(os.path.join(os.environ.get("MEMBENCH_ROOT") or "/", "proc/self/status"), os.O_RDONLY)
        self.texts = [[bytearray(b"x" * 8192)] for _ in range(POINTS)]
        self.lengths = [0] * POINTS

    def read(self, point):
        self.lengths[point] = os.preadv(self.status, self.texts[point], 0)

    def values(self, has_trim):
        sizes = []
        for text, length in zip(self.texts, self.lengths):
            found = dict(re.findall(rb"(?m)^(\w+):\s+(\d+) kB$", bytes(text[0][:length])))
            anon = int(found[b"RssAnon"]) + int(found[b"RssShmem"])
            sizes.append((1024 * int(found[b"VmRSS"]), 1024 * anon))
        values = {}
        for at, pair in list(enumerate(self.NAMES, 1))[: 3 if has_trim else 2]:
            values.update({name: sizes[at][kind] - sizes[0][kind] for kind, name in enumerate(pair)})
        return values, {"peak_anon_delta_bytes": "an interpreter is not traced"}


class Table(ctypes.Structure):  # of the heap hook (docs/protocol.md)
    MAGIC = 0x4D42484541500001
    _fields_ = [("magic", ctypes.c_uint64), ("version", ctypes.c_uint32), ("table_bytes", ctypes.c_uint32),
                ("begin", ctypes.CFUNCTYPE(None)), ("read", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ("later", ctypes.c_void_p * 3), ("point", ctypes.CFUNCTYPE(None, ctypes.c_int))]  # fmt: skip


class Heap:
    """The hook's counters at the four points. To call it the interpreter allocates: what, an empty window has told before,
    and it is taken off."""

    def __init__(self):
        address = int(os.environ.get("MEMBENCH_HEAP_HOOK", "0"), 16)
        table = Table.from_address(address) if address and os.environ.get("PYTHONMALLOC") == "malloc" else None
        self.has_hook = table is not None and table.magic == Table.MAGIC
        if self.has_hook:
            has_point = table.table_bytes >= Table.point.offset + 8 and bool(table.point)
            self.begin, self.read_at, self.say_point = table.begin, table.read, table.point if has_point else None
            self.readings = [(ctypes.c_int64 * 6)() for _ in range(POINTS)]
            self.addresses = [ctypes.c_void_p(ctypes.addressof(reading)) for reading in self.readings]
        self.own = None

    def read(self, point):
        if not self.has_hook:
            return
        says = self.say_point is not None and self.own is not None
        if says and point == 0:
            self.say_point(point)
        if point == 0:
            self.begin()
        self.read_at(self.addresses[point])
        if says and point != 0:
            self.say_point(point)

    def taken(self):
        b, e1, e2, _ = self.readings
        return [e1[LIVE] - b[LIVE], e2[PEAK] - b[LIVE], e1[ALLOC_BYTES], e1[ALLOC_COUNT], e2[LIVE] - b[LIVE]]

    def values(self, _):
        if not self.has_hook:
            return {}, dict.fromkeys(HEAP, "no malloc hook answered in this process")
        taken = self.taken()
        values = dict(zip(HEAP, (now - own for now, own in zip(taken, self.own))))
        if taken[1] > taken[0] + self.own[1]:  # higher than at any call of the hook
            values["heap_peak_bytes"] = taken[1]
        return values, {}


def take_window(function, read, trim):
    """What the function returns is alive at E1 and dropped before E2."""
    gc.collect()
    gc.disable()
    Events.sign(b"r")
    read(0)
    kept = function()
    read(1)
    Events.sign(b"x")
    del kept
    gc.collect()
    read(2)
    Events.sign(b"t")
    if trim:
        trim(0)
    read(3)
    gc.enable()


def measure_memory(function):
    reader = Pages() if os.environ["MEMBENCH_PASS"] == "pages" else Heap()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    warm_up_count, to_membench = int(os.environ.get("MEMBENCH_WARMUP", "-1")), Events.descriptor
    Events.descriptor = os.open(os.devnull, os.O_WRONLY)  # what comes first is for nothing
    for _ in range(3):
        take_window(functools.partial(lambda: None), reader.read, trim)
    if isinstance(reader, Heap):
        reader.own = reader.taken() if reader.has_hook else None
    Events.descriptor = to_membench
    for name in ("cold", "steady")[: 2 if warm_up_count >= 0 else 1]:
        for _ in range(warm_up_count if name == "steady" else 0):
            Events.sign(b"w")
            function()
        Events.send("begin", window=name)
        take_window(function, reader.read, trim)
        values, missing = reader.values(trim is not None)
        Events.send("end", values=values, missing=missing)


def measure_time(function):
    least_ns = int(os.environ["MEMBENCH_TIME_MIN_NS"])
    end_ns = time.perf_counter_ns() + int(os.environ["MEMBENCH_TIME_WARMUP_NS"])

    def take(count):
        real_ns, cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(count):
            function()
        return time.perf_counter_ns() - real_ns, time.process_time_ns() - cpu_ns

    count = 1
    while (taken := take(count)[0]) < least_ns or time.perf_counter_ns() < end_ns:
        count = max(count, min(10 * count, int(1.2 * count * least_ns / max(taken, 1)) + 1))
    rows = [take(count) for _ in range(int(os.environ["MEMBENCH_TIME_REPETITIONS"]))]
    real_ns, cpu_ns = ([row[kind] / count for row in rows] for kind in (0, 1))
    Events.send("time", real_time_ns=real_ns, cpu_time_ns=cpu_ns, iterations=count * len(rows))


class Measuring:
    def __init__(self):
        self.is_measured = False

    def __call__(self, function, *arguments, **named):
        if IS_WORKER and not self.is_measured:
            self.is_measured = True
            call = functools.partial(function, *arguments, **named)
            (measure_time if os.environ["MEMBENCH_PASS"] == "time" else measure_memory)(call)
        return function(*arguments, **named)


@pytest.fixture
def membench():
    """membench(function, *arguments): calls it; measured, when membench runs the test."""
    return Measuring()


def is_case(item):
    return "membench" in getattr(item, "fixturenames", ()) or item.get_closest_marker("membench") is not None


def describe(item):
    """The case event: "queue/push/1000" is test_push[1000] of test_queue.py."""
    marker, parameters = item.get_closest_marker("membench"), getattr(item, "callspec", None)
    group = "/".join(re.sub("^(test|bench)_", "", name) for name in (item.module.__name__.split(".")[-1], item.originalname))
    numbers = {name: value for name, value in (parameters.params if parameters else {}).items() if type(value) is int}
    case = {"id": f"{group}/{parameters.id}" if parameters else group, "group": group,
            "params": [{"name": name, "value": value} for name, value in list(numbers.items())[:4]],
            "summary": (item.function.__doc__ or "").strip().split("\n")[0]}  # fmt: skip
    return {**case, **(marker.kwargs if marker else {})}


class Worker:  # lists the cases, or runs the one that is wanted
    def __init__(self):
        self.said, self.problem = [], None

    def pytest_collection_modifyitems(self, items):
        cases = [(describe(item), item) for item in items if is_case(item)]
        wanted = os.environ.get("MEMBENCH_CASE") if os.environ["MEMBENCH_ACTION"] == "sample" else None
        self.said = [case for case, _ in cases]
        items[:] = [item for case, item in cases if case["id"] == wanted][:1]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        if "membench" in pyfuncitem.fixturenames:
            return None  # the test calls the fixture
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        Measuring()(pyfuncitem.obj, **arguments)
        return True

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            self.problem = ("skipped", str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))
        elif report.failed:
            self.problem = ("failed", report.longreprtext.strip().split("\n")[-1])

    def pytest_collectreport(self, report):
        if report.failed:
            self.problem = ("failed", f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")


def work(arguments):
    if os.environ.get("MEMBENCH_PASS") == "heap" and os.environ.get("PYTHONMALLOC") != "malloc":
        start_again_with_malloc()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    Events.send("hello", protocol=1, libc=" ".join(platform.libc_ver()), allocator=python)
    worker = Worker()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", __name__, *arguments], plugins=[worker])
    if os.environ["MEMBENCH_ACTION"] == "list" and worker.problem is None:
        for case in worker.said:
            Events.send("case", **case)
    outcome, message = worker.problem or ("ok", "")
    if worker.problem is None and os.environ["MEMBENCH_ACTION"] == "sample" and code != 0:
        outcome, message = "failed", f"pytest ran no such test, or ended with {int(code)}"
    Events.send("done", outcome=outcome, message=message)
    return 0 if outcome in ("ok", "skipped") else 1


def start_again_with_malloc():
    """An interpreter reads PYTHONMALLOC when it starts. The hook has left LD_PRELOAD by now: its file is put back."""
    address, hook = int(os.environ.get("MEMBENCH_HEAP_HOOK", "0"), 16), None
    with open("/proc/self/maps") as maps:
        for line in maps:
            begin, end = (int(text, 16) for text in line.split()[0].split("-"))
            hook = line.split(None, 5)[5].strip() if begin <= address < end else hook
    preload = [*filter(None, [hook, os.environ.get("LD_PRELOAD")])]
    again = dict(os.environ, PYTHONMALLOC="malloc", MEMBENCH_HEAP_HOOK="0" * 16, LD_PRELOAD=":".join(preload))
    os.execve(sys.executable, [sys.executable, *sys.argv], again)


def main(*arguments):
    """Of a bench program: arguments are pytest's, such as the folder of the tests."""
    if IS_WORKER:
        sys.exit(work(list(arguments)))
    coordinate(os.path.abspath(sys.argv[0]), sys.argv[1:])


def coordinate(program, options):
    try:
        os.execvp(os.environ.get("MEMBENCH", "membench"), ["membench", "--program", program, *options])
    except FileNotFoundError:
        sys.exit("pytest_membench: membench is not installed, nor named by MEMBENCH")


def pytest_addoption(parser):
    parser.addoption("--membench", metavar="OPTIONS", nargs="?", const="",
                     help="measure tests that use the fixture or the marker membench; options are membench's, quoted")  # fmt: skip


def pytest_configure(config):
    config.addinivalue_line("markers", "membench(**case): the whole test is a case of membench, and what else it says of it")


def pytest_cmdline_main(config):
    options = config.getoption("membench")
    if options is None or IS_WORKER:
        return None
    program = config.rootpath / ".membench" / "pytest-program"
    program.parent.mkdir(exist_ok=True)
    places = [str(config.invocation_params.dir / place) for place in config.args]
    home = os.path.dirname(os.path.abspath(__file__))
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path[:0] = [{home!r}]\nimport {__name__}\n{__name__}.main(*{places!r})\n")
    program.chmod(0o755)
    coordinate(str(program), shlex.split(options))
