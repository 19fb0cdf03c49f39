"""Strange machines: each setting is one row, and each row is the same two commands. They measure and show what they do
anywhere, to the byte, or fail in one line that says why; nothing hangs and nothing is left."""

import os
import shutil

import common
from common import MEMBENCH, need_program, program

HEAP = "steady_heap_live_bytes"

# Name, what a shell does, "$@" being the command, and changes of the environment. Exit code 77: it is unavailable here.
OWN = "unshare -rm true 2>/dev/null || exit 77; exec unshare -rm sh -c '{}; exec \"$@\"' sh \"$@\""
SETTINGS = (
    ("as it is", 'exec "$@"', {}),
    ("no HOME", 'exec "$@"', {"HOME": None}),
    ("HOME is not there", 'exec "$@"', {"HOME": "/no/such/folder"}),
    ("no TMPDIR", 'unset TMPDIR; exec "$@"', {}),
    ("TMPDIR is empty", 'exec "$@"', {"TMPDIR": ""}),
    ("TMPDIR is not there", 'exec "$@"', {"TMPDIR": "/no/such/folder"}),
    ("TMPDIR is relative", 'exec "$@"', {"TMPDIR": "relative"}),
    ("TMPDIR is a file", 'exec "$@"', {"TMPDIR": "/dev/null"}),
    ("TMPDIR is full", OWN.format("mount -t tmpfs -o size=4k,nr_inodes=1 none /mnt || exit 77"), {"TMPDIR": "/mnt"}),
    ("no PATH", 'exec "$@"', {"PATH": None}),
    ("no environment", 'exec env -i "$@"', {}),
    ("a large environment", 'exec "$@"', {"LARGE": "x" * 100000}),
    ("a variable without a name", 'exec env "=x" "$@"', {}),
    ("no locale", 'exec "$@"', {"LC_ALL": None, "LANG": None}),
    ("locale C", 'exec "$@"', {"LC_ALL": "C"}),
    ("a locale that is not there", 'exec "$@"', {"LC_ALL": "xx_XX.UTF-8"}),
    ("locale tr_TR", 'locale -a | grep -q tr_TR || exit 77; exec "$@"', {"LC_ALL": "tr_TR.UTF-8"}),
    ("locale de_DE", 'locale -a | grep -q de_DE || exit 77; exec "$@"', {"LC_ALL": "de_DE.UTF-8"}),
    ("TZ is wrong", 'exec "$@"', {"TZ": "Nowhere/Nothing"}),
    ("TERM is unknown", 'exec "$@"', {"TERM": "no-such-terminal"}),
    ("COLUMNS is 1", 'exec "$@"', {"COLUMNS": "1"}),
    ("umask 077", 'umask 077; exec "$@"', {}),
    ("umask 777", 'umask 777; exec "$@"', {}),
    ("umask 000", 'umask 000; exec "$@"', {}),
    ("no input", 'exec 0<&-; exec "$@"', {}),
    ("nothing but output", 'exec 0<&- 2>&-; exec "$@"', {}),
    ("descriptors 3 to 9 are open", 'exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null 9</dev/null; exec "$@"', {}),
    ("32 open files", 'ulimit -n 32; exec "$@"', {}),
    ("1,000,000 open files", 'ulimit -n 1000000 2>/dev/null || exit 77; exec "$@"', {}),
    ("no core files", 'ulimit -c 0; exec "$@"', {}),
    ("a small stack", 'ulimit -s 256; exec "$@"', {}),
    ("an unlimited stack", 'ulimit -s unlimited 2>/dev/null || exit 77; exec "$@"', {}),
    ("4 GiB of addresses", 'ulimit -v 4194304; exec "$@"', {}),
    ("locked memory is 0", 'ulimit -l 0; exec "$@"', {}),
    ("a low priority", 'exec nice -n 19 "$@"', {}),
    ("one processor", 'command -v taskset >/dev/null || exit 77; exec taskset -c 0 "$@"', {}),
    ("a session of its own", 'exec setsid -w "$@"', {}),
    ("SIGCHLD is ignored", 'exec python3 -c "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])" "$@"', {}),
    ("all signals are blocked", 'exec python3 -c "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); os.execv(sys.argv[1], sys.argv[1:])" "$@"', {}),
    ("SIGPIPE is ignored", 'trap "" PIPE; exec "$@"', {}),
    ("signals that end are ignored", 'trap "" INT TERM HUP; exec "$@"', {}),
    ("a stranger for a child", 'sleep 20 & exec "$@"', {}),
    ("no address randomization", 'setarch -R true 2>/dev/null || exit 77; exec setarch -R "$@"', {}),
    ("not root", 'test $(id -u) = 0 || exit 77; chmod -R a+rwX .; setpriv --reuid 65534 true 2>/dev/null || exit 77; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"', {}),
    ("root of its own", OWN.format("true"), {}),
    ("no /proc", OWN.format("mount -t tmpfs none /proc || exit 77"), {}),
    ("no /sys", OWN.format("mount -t tmpfs none /sys || exit 77"), {}),
    ("/proc of other processes is hidden", OWN.format("mount -o remount,hidepid=2 /proc 2>/dev/null || exit 77"), {}),
    ("the folder is read-only", OWN.format('mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" || exit 77'), {}),
    ("a network of its own", "unshare -rn true 2>/dev/null || exit 77; exec unshare -rn \"$@\"", {}),
    ("the clock was set back", 'exec env FAIL_ONCE_CLOCK=-1000000000,3 LD_PRELOAD={library} "$@"', {}),
    ("the clock was set ahead", 'exec env FAIL_ONCE_CLOCK=1000000000,3 LD_PRELOAD={library} "$@"', {}),
    ("it is 1970", 'exec env FAIL_ONCE_CLOCK=-1764000000,0 LD_PRELOAD={library} "$@"', {}),
    ("it is 2100", 'exec env FAIL_ONCE_CLOCK=2300000000,0 LD_PRELOAD={library} "$@"', {}),
    ("personality is refused", 'exec {refuse_personality} "$@"', {}),
    ("MALLOC_PERTURB_ is set", 'exec "$@"', {"MALLOC_PERTURB_": "165"}),
    ("MALLOC_ARENA_MAX is set", 'exec "$@"', {"MALLOC_ARENA_MAX": "1"}),
    ("GLIBC_TUNABLES is wrong", 'exec "$@"', {"GLIBC_TUNABLES": "nonsense"}),
    ("LD_LIBRARY_PATH is not there", 'exec "$@"', {"LD_LIBRARY_PATH": "/no/such/folder"}),
    ("MEMBENCH_WORKER is set", 'exec "$@"', {"MEMBENCH_WORKER": "0123456789abcdef"}),
    ("MEMBENCH_ACTION is set", 'exec "$@"', {"MEMBENCH_ACTION": "list", "MEMBENCH_FD": "1"}),
    ("NO_COLOR is set", 'exec "$@"', {"NO_COLOR": "1"}),
    ("CI is set", 'exec "$@"', {"CI": "true", "GITHUB_ACTIONS": "true"}),
    ("the folder is gone", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', {}),
    ("a folder with a strange name", 'mkdir "a b\n$(x)" && cd "a b\n$(x)" && exec "$@"', {}),
    ("a long path", 'p=$(printf %0200d 0); mkdir -p $p/$p/$p && cd $p/$p/$p && exec "$@"', {}),
    ("PWD is wrong", 'exec "$@"', {"PWD": "/no/such/folder"}),
    ("stdout is full", 'exec "$@" >/dev/full', {}),
)  # fmt: skip

# What a container's filter may refuse. Left out: futex and pread64, without which the C library itself gives up.
CALLS = "ptrace seccomp waitid wait4 poll kill pidfd_open clone3 fcntl prctl"
if common.THOROUGH:
    CALLS += (" ppoll clone vfork pipe2 signalfd4 memfd_create prlimit64 getrandom ioctl rename fsync flock getdents64 setpgid setsid"
              " close_range dup2 kcmp madvise sched_getaffinity clock_nanosleep rt_sigtimedwait getrusage pwrite64 unlink mkdir"
              " readlink tgkill")  # fmt: skip
ERRNOS = (1, 38) if common.THOROUGH else (1,)
SETTINGS += tuple((f"{call} is refused ({errno})", f'exec {{refuse_call}} {call} {errno} "$@"', {})
                  for call in CALLS.split() for errno in ERRNOS)


@need_program("jobs")
class Settings(common.Case):
    def words(self, text):
        places = {"library": common.BUILD / "e2e" / "libfail-once.so"}
        places.update({n.replace("-", "_"): common.BUILD / "e2e" / n for n in ("refuse-call", "refuse-personality")})
        for name, path in places.items():
            text = text.replace("{" + name + "}", str(path))
        return ["/bin/sh", "-c", text, "sh"]

    def in_setting(self, name, text, changes, *args):
        env = self.env(**{k: v for k, v in changes.items()})
        folder = self.folder / "".join(c if c.isalnum() else "-" for c in name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "old.json").write_text(common.stored({"g/a": {HEAP: 1}}))
        os.chmod(self.folder, 0o755)
        return common.run([*self.words(text), MEMBENCH, *args], folder, env, timeout=30)

    def check(self, name, result, expected):
        """The same as anywhere, or one line that says why not."""
        if result.code == 0:
            self.assertEqual(result.stdout, expected, name)
        else:
            self.assertEqual(result.code, 1, result)
            if "2>&-" not in name:
                self.assertRegex(result.stderr, r"(?m)^membench: [^\n]+$", name)

    def test_measuring(self):
        wanted = ("-p", program("jobs"), "--no-time", "--passes", "heap", "--quick", "memory_job_creation/10$")
        numbers = None
        for name, text, changes in SETTINGS:
            with self.subTest(setting=name):
                result = self.in_setting(name, text, changes, *wanted, "-o", "-", "-q", "--jobs", "1")
                if result.code == 77:
                    continue
                if name == "nothing but output" and result.code == 1:
                    continue
                if result.code != 0:
                    self.check(name, result, "")
                    continue
                found = result.json()["benchmarks"][0][HEAP]
                numbers = numbers if numbers is not None else found
                self.assertEqual(found, numbers, name)
        self.assertIsNotNone(numbers)

    def test_reading(self):
        wanted = ("report", "old.json", "--format", "csv")
        expected = None
        for name, text, changes in SETTINGS:
            with self.subTest(setting=name):
                result = self.in_setting(name, text, changes, *wanted)
                if result.code == 77:
                    continue
                expected = expected if expected is not None else result.stdout
                if name in ("the folder is gone", "a folder with a strange name", "a long path"):
                    self.assertEqual(result.code, 1, result)  # the file is not in there
                    continue
                self.check(name, result, expected)


if __name__ == "__main__":
    common.main()
