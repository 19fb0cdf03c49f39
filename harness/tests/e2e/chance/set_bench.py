#!/usr/bin/env python3
"""A set of strings, whose order depends on the hash seed: a bench program without libmembench.a (docs/protocol.md)."""

import json
import os


text = bytearray(8192)  # filled in place: an object as long as the text, which counts context switches, varies with load


def anonymous_bytes():
    status = os.open("/proc/self/status", os.O_RDONLY)
    os.readv(status, [text])
    os.close(status)
    start = text.index(b"RssAnon:") + len(b"RssAnon:")
    return 1024 * int(text[start : text.index(b"kB", start)])


def send(**event):
    os.write(int(os.environ["MEMBENCH_FD"]), (json.dumps(event) + "\n").encode())


send(event="hello", protocol=1)
if os.environ["MEMBENCH_ACTION"] == "list":
    send(event="case", id="python_set")
elif os.environ["MEMBENCH_PASS"] == "pages":
    anonymous_bytes()
    send(event="begin", window="cold")
    before = anonymous_bytes()
    names = {f"name {i}" for i in range(1000)}
    first = int(next(iter(names)).split()[1])
    held = bytearray(b"x") * (4096 * (1000 + first))
    send(event="end", values={"anon_delta_bytes": anonymous_bytes() - before})
else:
    send(event="begin", window="cold")
    send(event="end", values={})
send(event="done", outcome="ok")
