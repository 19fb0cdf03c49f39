"""pytest_membench: tests of pytest as cases of membench.

    def test_parse(membench):                  # the fixture: what is called through it is measured
        text = make_text()
        assert membench(json.loads, text)

    @pytest.mark.membench                      # the marker: the whole test is measured
    def test_queue(): ...

Without membench these are tests like any other. `pytest --membench` measures them, and so does a bench program of two
lines, which membench.json can list: `import pytest_membench` and `pytest_membench.main("tests")`. It speaks the protocol
of docs/protocol.md. Each sample is a process of its own: pages as the interpreter has them, the heap with PYTHONMALLOC
malloc, so that the coordinator's hook sees every block.
"""

import ctypes
import gc
import os
import platform
import re
import shlex
import sys
import time

import json

import pytest

POINTS = 4  # B, E1, E2, T
CHARACTERS = {"setup": b"s", "run": b"r", "release": b"x", "trim": b"t", "warm-up": b"w"}


def is_worker():
    return "MEMBENCH_FD" in os.environ


class Events:
    """Lines and signs of life, for the coordinator."""

    @staticmethod
    def send(event, **members):
        line = json.dumps({"event": event, **members}).encode() + b"\n"
        while line:
            line = line[os.write(int(os.environ["MEMBENCH_FD"]), line) :]

    @staticmethod
    def sign(what):
        os.write(int(os.environ["MEMBENCH_FD"]), CHARACTERS[what])


class Pages:
    """Resident sizes at the four points, read into memory that is there before."""

    def __init__(self):
        self.status = os.open(os.path.join(os.environ.get("MEMBENCH_ROOT") or "/", "proc/self/status"), os.O_RDONLY)
        self.texts = [[bytearray(b"x" * 8192)] for _ in range(POINTS)]
        self.lengths = [0] * POINTS

    def read(self, point):
        self.lengths[point] = os.preadv(self.status, self.texts[point], 0)

    def values(self, trimmed):
        sizes = []
        for text, length in zip(self.texts, self.lengths):
            found = dict(re.findall(rb"(?m)^(\w+):\s+(\d+) kB$", bytes(text[0][:length])))
            anon = int(found[b"RssAnon"]) + int(found[b"RssShmem"])
            sizes.append((1024 * int(found[b"VmRSS"]), 1024 * anon))
        names = ["delta_bytes", "retained_bytes", "retained_after_trim_bytes"]
        values, missing = {}, {"peak_anon_delta_bytes": "an interpreter is not traced"}
        for at, name in enumerate(names[: 3 if trimmed else 2], 1):
            rss, anon = (sizes[at][kind] - sizes[0][kind] for kind in (0, 1))
            if name == "delta_bytes":
                values.update(rss_delta_bytes=rss, anon_delta_bytes=anon)
            elif name == "retained_bytes":
                values.update(retained_rss_bytes=rss, retained_anon_bytes=anon)
            else:
                values.update(retained_after_trim_bytes=rss, retained_after_trim_anon_bytes=anon)
        return values, missing


class Reading(ctypes.Structure):
    _fields_ = [("alloc_count", ctypes.c_uint64), ("alloc_bytes", ctypes.c_uint64), ("free_count", ctypes.c_uint64),
                ("live_bytes", ctypes.c_int64), ("peak_bytes", ctypes.c_int64), ("thread_count", ctypes.c_uint64)]  # fmt: skip


class Table(ctypes.Structure):
    """What the heap hook has for the process that it counts in (docs/protocol.md)."""

    MAGIC = 0x4D42484541500001
    _fields_ = [("magic", ctypes.c_uint64), ("version", ctypes.c_uint32), ("table_bytes", ctypes.c_uint32),
                ("begin", ctypes.CFUNCTYPE(None)), ("read", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
                ("later", ctypes.c_void_p * 3), ("point", ctypes.CFUNCTYPE(None, ctypes.c_int))]  # fmt: skip


class Heap:
    """The hook's counters at the four points. The interpreter's own calls of the hook allocate: an empty window, measured
    first, says what, and that is taken off."""

    def __init__(self):
        address = int(os.environ.get("MEMBENCH_HEAP_HOOK", "0"), 16)
        self.table = Table.from_address(address) if address else None
        if self.table is not None and self.table.magic != Table.MAGIC:
            self.table = None
        if self.table is None or os.environ.get("PYTHONMALLOC") != "malloc":
            self.table = None
            return
        self.begin, self.read_at = self.table.begin, self.table.read
        has_point = self.table.table_bytes >= Table.point.offset + 8 and bool(self.table.point)
        self.say_point = self.table.point if has_point else None
        self.readings = [Reading() for _ in range(POINTS)]
        self.addresses = [ctypes.c_void_p(ctypes.addressof(reading)) for reading in self.readings]
        self.own_count = self.own_bytes = self.own_peak = 0
        for _ in range(3):
            window = [self.take(point) for point in range(POINTS)]
        self.own_count, self.own_bytes = self.readings[1].alloc_count, self.readings[1].alloc_bytes
        self.own_peak = self.readings[2].peak_bytes
        del window

    def take(self, point):
        if point == 0:
            self.begin()
        self.read_at(self.addresses[point])

    def read(self, point):
        if self.table is None:
            return
        if self.say_point and point == 0:
            self.say_point(point)
        self.take(point)
        if self.say_point and point != 0:
            self.say_point(point)

    def values(self, _):
        if self.table is None:
            reason = "no malloc hook answered in this process"
            return {}, {name: reason for name in ("heap_live_bytes", "heap_peak_bytes", "heap_alloc_count")}
        at = self.readings
        live = at[1].live_bytes - at[0].live_bytes
        peak = at[2].peak_bytes - at[0].live_bytes
        return {"heap_live_bytes": live,
                "heap_peak_bytes": peak if peak > live + self.own_peak else max(live, 0),
                "heap_alloc_bytes": at[1].alloc_bytes - self.own_bytes,
                "heap_alloc_count": at[1].alloc_count - self.own_count,
                "heap_retained_bytes": at[2].live_bytes - at[0].live_bytes}, {}  # fmt: skip


def find_trim():
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None


def take_window(name, function, read, trim):
    """One window. What the function returns is alive at E1 and dropped before E2."""
    Events.send("begin", window=name)
    gc.collect()
    gc.disable()
    Events.sign("run")
    read(0)
    kept = function()
    read(1)
    Events.sign("release")
    del kept
    gc.collect()
    read(2)
    Events.sign("trim")
    if trim:
        trim(0)
    read(3)
    gc.enable()


def measure_memory(function):
    reader, trim = (Pages() if os.environ["MEMBENCH_PASS"] == "pages" else Heap()), find_trim()
    for point in range(POINTS):
        reader.read(point)
    warm_up_count = int(os.environ.get("MEMBENCH_WARMUP", "-1"))
    for name in ("cold", "steady")[: 2 if warm_up_count >= 0 else 1]:
        for _ in range(warm_up_count if name == "steady" else 0):
            Events.sign("warm-up")
            function()
        take_window(name, function, reader.read, trim)
        values, missing = reader.values(trim is not None)
        Events.send("end", values=values, missing=missing)


def measure_time(function):
    least_ns, warm_up_ns = (int(os.environ.get(f"MEMBENCH_TIME_{name}_NS", 0)) for name in ("MIN", "WARMUP"))
    end, count, taken, real, cpu = time.perf_counter_ns() + warm_up_ns, 1, 0, [], []
    while time.perf_counter_ns() < end:
        function()
    while taken < least_ns or len(real) < int(os.environ.get("MEMBENCH_TIME_REPETITIONS", 1)):
        is_long_enough = taken >= least_ns
        begin, begin_cpu = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(count):
            function()
        taken, taken_cpu = time.perf_counter_ns() - begin, time.process_time_ns() - begin_cpu
        if taken < least_ns:
            count = min(10 * count, max(count + 1, int(1.2 * count * least_ns / max(taken, 1))))
            real, cpu = ([], []) if not is_long_enough else (real, cpu)
        else:
            real.append(taken / count)
            cpu.append(taken_cpu / count)
    Events.send("time", real_time_ns=real, cpu_time_ns=cpu, iterations=count)


class Measuring:
    """The fixture: membench(function, *arguments) returns what the function returns."""

    def __init__(self):
        self.is_measured = False

    def __call__(self, function, *arguments, **named):
        if is_worker() and not self.is_measured:
            self.is_measured = True
            call = lambda: function(*arguments, **named)  # noqa: E731
            (measure_time if os.environ["MEMBENCH_PASS"] == "time" else measure_memory)(call)
        return function(*arguments, **named)


@pytest.fixture
def membench(request):
    """membench(function, *arguments): calls it; measured, when membench runs the test."""
    return request.node.stash.setdefault(KEY, Measuring())


KEY = pytest.StashKey()


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


class Worker:
    """Lists the cases, or runs the one that is wanted."""

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
    libc = " ".join(platform.libc_ver())
    Events.send("hello", protocol=1, libc=libc, allocator=f"{platform.python_implementation()} {platform.python_version()}")
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
    if is_worker():
        sys.exit(work(list(arguments)))
    os.execvp("membench", ["membench", "--program", os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def pytest_addoption(parser):
    parser.addoption("--membench", metavar="OPTIONS", nargs="?", const="",
                     help="measure tests that use the fixture or the marker membench; options are membench's, quoted")  # fmt: skip


def pytest_configure(config):
    config.addinivalue_line("markers", "membench(**case): the whole test is a case of membench, and what else it says of it")


def pytest_cmdline_main(config):
    options = config.getoption("membench")
    if options is None or is_worker():
        return None
    program = config.rootpath / ".membench" / "pytest-program"
    program.parent.mkdir(exist_ok=True)
    places = [str(config.invocation_params.dir / place) for place in config.args]
    text = f"#!{sys.executable}\nimport sys\nsys.path[:0] = {sys.path[:1]!r}\nimport {__name__}\n{__name__}.main(*{places!r})\n"
    program.write_text(text)
    program.chmod(0o755)
    os.execvp("membench", ["membench", "--program", str(program), *shlex.split(options)])
