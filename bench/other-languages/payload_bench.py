#!/usr/bin/env python3
"""A bench program in Python, standard library only: JSON documents made and read by the json module.

It speaks the protocol of docs/protocol.md: told by the environment what to do, it writes one JSON object a line to the
descriptor MEMBENCH_FD. What it can read it sends; for what it cannot it sends the reason.
"""

import ctypes
import gc
import json
import os
import platform
import sys

SIZES = {"1KB": 1024, "100KB": 102400}
VERSION = "0.2.0"
NOTE = "Delivered to the side entrance, signed for by the porter."


def document(nominal_bytes):
    """A document that takes about nominal_bytes when printed."""
    record = {"id": 1000000, "kind": "parcel", "paid": True, "note": NOTE}
    count = max(1, nominal_bytes // (len(json.dumps(record)) + 2))
    return {"records": [dict(record, id=1000000 + i) for i in range(count)]}


class Dumps:
    """Printing: the document is there before the window."""

    def setup(self, nominal_bytes):
        self.document = document(nominal_bytes)

    def run(self):
        self.text = json.dumps(self.document)

    def release(self):
        del self.text


class Loads:
    """Parsing: the text is there before the window."""

    def setup(self, nominal_bytes):
        # Kept: memory freed here would be used again in the window and hide what parsing takes.
        self.source = document(nominal_bytes)
        self.text = json.dumps(self.source)

    def run(self):
        self.document = json.loads(self.text)

    def release(self):
        del self.document


GROUPS = {"python_json_dumps": Dumps, "python_json_loads": Loads}


def cases():
    for group in GROUPS:
        for label in SIZES:
            yield f"{group}/{label}", group, label


class Status:
    """Readings from /proc/self/status, opened once."""

    def __init__(self):
        root = os.environ.get("MEMBENCH_ROOT") or "/"
        self.descriptor = os.open(os.path.join(root, "proc/self/status"), os.O_RDONLY)

    def read(self):
        fields = {}
        for line in os.pread(self.descriptor, 8192, 0).decode().splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                fields[name] = int(value[:-3]) * 1024
        return {"rss": fields["VmRSS"], "anon": fields["RssAnon"] + fields["RssShmem"]}


def find_trim():
    """The C library's function that gives memory back, or None."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None


class Events:
    def __init__(self, descriptor):
        self.descriptor = descriptor

    def send(self, event, **members):
        line = json.dumps({"event": event, **members}).encode() + b"\n"
        while line:
            line = line[os.write(self.descriptor, line) :]

    def sign(self, character):
        os.write(self.descriptor, character)


def measure(case, window, status, trim, events):
    events.send("begin", window=window)
    gc.collect()
    gc.disable()
    status.read()
    before = status.read()
    events.sign(b"r")
    case.run()
    ran = status.read()
    events.sign(b"x")
    case.release()
    gc.collect()
    released = status.read()
    events.sign(b"t")
    values = {
        "rss_delta_bytes": ran["rss"] - before["rss"],
        "anon_delta_bytes": ran["anon"] - before["anon"],
        "retained_rss_bytes": released["rss"] - before["rss"],
        "retained_anon_bytes": released["anon"] - before["anon"],
    }
    missing = {"footprint_bytes": "this program does not read page tables"}
    if trim:
        trim(0)
        trimmed = status.read()
        values["retained_after_trim_bytes"] = trimmed["rss"] - before["rss"]
        values["retained_after_trim_anon_bytes"] = trimmed["anon"] - before["anon"]
    else:
        missing["retained_after_trim_bytes"] = "the C library has no malloc_trim"
        missing["retained_after_trim_anon_bytes"] = "the C library has no malloc_trim"
    gc.enable()
    events.send("end", values=values, missing=missing)


def sample_windows(case, events):
    status = Status()
    trim = find_trim()
    measure(case, "cold", status, trim, events)
    warmup_count = int(os.environ.get("MEMBENCH_WARMUP", "-1"))
    if warmup_count < 0:
        return
    for _ in range(warmup_count):
        events.sign(b"w")
        case.run()
        case.release()
    if trim:
        trim(0)
    measure(case, "steady", status, trim, events)


def sample(events):
    wanted = os.environ.get("MEMBENCH_CASE", "")
    for identifier, group, label in cases():
        if identifier == wanted:
            break
    else:
        events.send("done", outcome="failed", message=f"no case {wanted!r}")
        return 1
    which = os.environ.get("MEMBENCH_PASS", "pages")
    if which == "time":
        events.send("time", missing="this program has no timer")
    elif which == "heap":
        for window in ("cold", "steady"):
            events.send("begin", window=window)
            reason = "the interpreter's own allocator hides its blocks from malloc"
            events.send("end", values={}, missing={"heap_live_bytes": reason, "heap_alloc_count": reason})
    else:
        case = GROUPS[group]()
        events.sign(b"s")
        case.setup(SIZES[label])
        try:
            sample_windows(case, events)
        except MemoryError:
            events.send("done", outcome="out_of_memory", message="MemoryError")
            return 1
    events.send("done", outcome="ok", operation_count=1)
    return 0


def main():
    if "MEMBENCH_FD" not in os.environ:
        print("run by: membench --program", sys.argv[0], file=sys.stderr)
        return 2
    events = Events(int(os.environ["MEMBENCH_FD"]))
    libc, libc_version = platform.libc_ver()
    events.send("hello", protocol=1, version=VERSION, libc=f"{libc} {libc_version}", allocator="python")
    if os.environ.get("MEMBENCH_ACTION") == "sample":
        return sample(events)
    for identifier, group, label in cases():
        size = {"name": "payload_bytes", "value": SIZES[label], "unit": "bytes"}
        events.send("case", id=identifier, group=group, params=[size], summary=GROUPS[group].__doc__)
    events.send("done", outcome="ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
