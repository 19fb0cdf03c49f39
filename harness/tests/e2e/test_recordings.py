"""Recordings by the tools themselves, where they are: what each writes of a process of known size is read with its unit."""

import os
import re
import shutil
import subprocess
import sys
import time

import common

HELD_MIB = 64
HOLDER = f"room = bytearray({HELD_MIB} << 20)\nroom[::4096] = bytes([1]) * (len(room) // 4096)\nprint(1, flush=True)\nimport time\ntime.sleep(SECONDS)\n"


def find(tool):
    return shutil.which(tool) or shutil.which(os.path.expanduser(f"~/.local/bin/{tool}"))


class Recordings(common.Case):
    def need(self, tool, package):
        path = find(tool)
        if path is None:
            self.skipTest(f"{tool} is missing ({package})")
        return path

    def hold(self):
        """A process that holds 64 MiB, until the test is over."""
        self.write("hold.py", HOLDER.replace("SECONDS", "600"))
        other = subprocess.Popen([os.path.realpath(sys.executable), "hold.py"], cwd=str(self.folder), stdout=subprocess.PIPE)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.addCleanup(other.stdout.close)
        other.stdout.readline()
        return str(other.pid)

    def record(self, *command, name=None):
        """Runs the tool; the file that it wrote, else what it printed."""
        done = subprocess.run([str(c) for c in command], cwd=str(self.folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "LC_ALL": "C"}, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, common.decode(done.stderr))
        return self.folder / name if name else self.write("recorded", common.decode(done.stdout))

    def check(self, path, ticks, *args):
        """It is read as ticks of a process that holds 64 MiB and an interpreter."""
        out = self.expect(0, "soak", "--judge", path, *args).stdout
        count = int(re.search(r"(\d+) ticks", out)[1])
        self.assertGreaterEqual(count, ticks, out)
        peak = float(re.search(r"peak +([\d.]+) MiB resident", out)[1])
        self.assertTrue(HELD_MIB <= peak <= HELD_MIB + 24, out)

    def test_ps(self):
        """ps in a loop: with its head each time, or with the seconds of date and no head."""
        self.need("ps", "Debian: procps")
        pid = self.hold()
        for line in (f"ps -o etimes,rss -p {pid}", f"ps -o etime,pid,rss,args -p {pid}"):
            self.check(self.record("sh", "-c", f"for i in 1 2 3; do {line}; sleep 0.5; done"), 3)
        line = f'echo "$(date +%s.%N) $(ps -o rss= -p {pid})"'
        self.check(self.record("sh", "-c", f"for i in 1 2 3; do {line}; sleep 0.1; done"), 3, "--columns", "1,2:kB")

    def test_pidstat(self):
        pidstat, pid = self.need("pidstat", "Debian: sysstat"), self.hold()
        for options in (["-r", "-h"], ["-r", "-h", "-H"], ["-r"]):
            self.check(self.record(pidstat, *options, "-p", pid, "1", "2"), 2)

    def test_mprof(self):
        mprof = self.need("mprof", "ci/setup --readers, or pip: memory_profiler")
        script = self.write("short.py", HOLDER.replace("SECONDS", "1"))
        for options in ([], ["--include-children"], ["--multiprocess"]):
            name = "m%d.dat" % len("".join(options))
            self.check(self.record(mprof, "run", "-T", "0.1", *options, "-o", name, os.path.realpath(sys.executable), script, name=name), 5)

    def test_psrecord(self):
        psrecord, pid = self.need("psrecord", "ci/setup --readers, or pip: psrecord"), self.hold()
        self.check(self.record(psrecord, pid, "--interval", "0.1", "--duration", "1", "--log", "p.txt", name="p.txt"), 5)

    def test_docker(self):
        """docker stats, of a container that runs already: none is fetched."""
        docker = self.need("docker", "Debian: docker.io")
        running = subprocess.run([docker, "ps", "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
        if running.returncode != 0 or not running.stdout.strip():
            self.skipTest("docker runs no container (the format is tried in test_soak.py)")
        container = running.stdout.split()[0].decode()
        rows = ""
        for _ in range(2):
            row = subprocess.run([docker, "stats", "--no-stream", "--format", "{{.MemUsage}}", container], stdout=subprocess.PIPE, timeout=60, check=True)
            rows += f"{time.time():.3f},{common.decode(row.stdout)}"
        self.assertIn("2 ticks", self.expect(0, "soak", "--judge", self.write("d.csv", rows)).stdout)


if __name__ == "__main__":
    common.main()
