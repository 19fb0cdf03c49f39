"""Assembles the modules that are small enough to write down instruction by instruction. No tool is needed.

Each function returns the bytes of one module. Opcodes are named by what the specification calls them.
"""

I32 = 0x7F
END, BLOCK_VOID = 0x0B, 0x40
LOOP, IF, ELSE, BR_IF, RETURN, CALL, DROP = 0x03, 0x04, 0x05, 0x0D, 0x0F, 0x10, 0x1A
LOCAL_GET, LOCAL_SET, LOCAL_TEE = 0x20, 0x21, 0x22
I32_CONST, I32_EQZ, I32_EQ, I32_ADD, I32_SUB = 0x41, 0x45, 0x46, 0x6A, 0x6B
ATOMIC = 0xFE
NOTIFY, WAIT32, LOAD, STORE, RMW_ADD, RMW_SUB = 0x00, 0x01, 0x10, 0x17, 0x1E, 0x25
FUNCTION, MEMORY = 0, 2
TYPE, IMPORT, FUNCTIONS, MEMORIES, EXPORT, CODE = 1, 2, 3, 5, 7, 10


def unsigned(number):
    """LEB128."""
    out = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def signed(number):
    """LEB128 of a number that may be negative."""
    out = bytearray()
    while True:
        low, number = number & 0x7F, number >> 7
        is_last = (number == 0 and not low & 0x40) or (number == -1 and low & 0x40)
        out.append(low | (0 if is_last else 0x80))
        if is_last:
            return bytes(out)


def name(text):
    return unsigned(len(text)) + text.encode()


def vector(items):
    return unsigned(len(items)) + b"".join(items)


def section(number, items):
    body = vector(items)
    return bytes([number]) + unsigned(len(body)) + body


def function_type(parameters, results):
    return b"\x60" + vector([bytes([t]) for t in parameters]) + vector([bytes([t]) for t in results])


def body(local_count, *parts):
    """A function's body: so many i32 locals besides the parameters, then instructions as numbers and bytes."""
    local_groups = [unsigned(local_count) + bytes([I32])] if local_count else []
    code = vector(local_groups) + b"".join(bytes([p]) if isinstance(p, int) else p for p in parts) + bytes([END])
    return unsigned(len(code)) + code


def module(*sections):
    return b"\0asm\x01\0\0\0" + b"".join(sections)


ONE_TO_ONE = function_type([I32], [I32])
ONE_PAGE = b"\x00\x01"


def exported(**places):
    return section(EXPORT, [name(n) + bytes([kind]) + unsigned(at) for n, (kind, at) in places.items()])


def tiny():
    """add1(n): n + 1. One page of memory: the least that is real."""
    return module(
        section(TYPE, [ONE_TO_ONE]),
        section(FUNCTIONS, [b"\0"]),
        section(MEMORIES, [ONE_PAGE]),
        exported(memory=(MEMORY, 0), add1=(FUNCTION, 0)),
        section(CODE, [body(0, LOCAL_GET, 0, I32_CONST, 1, I32_ADD)]),
    )


def hostloop():
    """run(n): calls env.tick(n), env.tick(n - 1), … env.tick(1) and gives the sum of what it answers; n is at least 1."""
    return module(
        section(TYPE, [ONE_TO_ONE]),
        section(IMPORT, [name("env") + name("tick") + b"\0\0"]),
        section(FUNCTIONS, [b"\0"]),
        section(MEMORIES, [ONE_PAGE]),
        exported(memory=(MEMORY, 0), run=(FUNCTION, 1)),
        section(
            CODE,
            [
                body(
                    1,
                    *(LOOP, BLOCK_VOID),
                    *(LOCAL_GET, 1, LOCAL_GET, 0, CALL, 0, I32_ADD, LOCAL_SET, 1),
                    *(LOCAL_GET, 0, I32_CONST, 1, I32_SUB, LOCAL_TEE, 0, BR_IF, 0),
                    END,
                    *(LOCAL_GET, 1),
                )
            ],
        ),
    )


def recurse():
    """recurse(n): n, by a recursion n deep that keeps nothing in linear memory."""
    return module(
        section(TYPE, [ONE_TO_ONE]),
        section(FUNCTIONS, [b"\0"]),
        section(MEMORIES, [ONE_PAGE]),
        exported(memory=(MEMORY, 0), recurse=(FUNCTION, 0)),
        section(
            CODE,
            [
                body(
                    0,
                    *(LOCAL_GET, 0, I32_EQZ, IF, I32, I32_CONST, 0, ELSE),
                    *(LOCAL_GET, 0, I32_CONST, 1, I32_SUB, CALL, 0, I32_CONST, 1, I32_ADD),
                    END,
                )
            ],
        ),
    )


def atomic(operation):
    """An atomic operation on an aligned i32 at the address on the stack."""
    return bytes([ATOMIC, operation, 2, 0])


def threads():
    """start(n): starts a thread that waits; running(): how many are there; stop(): lets all of them end.

    The threads are wasi-threads: each is an instance of its own on the same shared memory. At address 0 is how many
    threads are running, at 4 whether they are to end."""
    shared_memory = b"\x03\x01\x04"  # 1 page, at most 4
    start, running, stop, thread_start = range(1, 5)
    running_at, stop_at = (I32_CONST, 0), (I32_CONST, 4)
    return module(
        section(TYPE, [ONE_TO_ONE, function_type([I32, I32], [])]),
        section(
            IMPORT,
            [name("wasi") + name("thread-spawn") + b"\0\0", name("env") + name("memory") + b"\x02" + shared_memory],
        ),
        section(FUNCTIONS, [b"\0", b"\0", b"\0", b"\x01"]),
        exported(
            memory=(MEMORY, 0),
            start=(FUNCTION, start),
            running=(FUNCTION, running),
            stop=(FUNCTION, stop),
            wasi_thread_start=(FUNCTION, thread_start),
        ),
        section(
            CODE,
            [
                body(0, *stop_at, I32_CONST, 0, atomic(STORE), LOCAL_GET, 0, CALL, 0),
                body(0, *running_at, atomic(LOAD)),
                body(
                    0,
                    *(*stop_at, I32_CONST, 1, atomic(STORE)),
                    *(*stop_at, I32_CONST, signed(0x7FFFFFFF), atomic(NOTIFY)),
                ),
                body(
                    0,
                    *(*running_at, I32_CONST, 1, atomic(RMW_ADD), DROP),
                    *(LOOP, BLOCK_VOID),
                    # Waits while the word is 0, for a tenth of a second at most, and looks again.
                    *(*stop_at, I32_CONST, 0, 0x42, signed(100_000_000), atomic(WAIT32), DROP),
                    *(*stop_at, atomic(LOAD), I32_EQZ, BR_IF, 0),
                    END,
                    *(*running_at, I32_CONST, 1, atomic(RMW_SUB), DROP),
                ),
            ],
        ),
    )


MODULES = {"tiny": tiny, "hostloop": hostloop, "recurse": recurse, "threads": threads}
