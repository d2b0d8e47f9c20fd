"""The interpreters of this machine, by their real paths (a version manager's shim is a shell script)."""

import functools
import glob
import os
import shutil
import subprocess


@functools.lru_cache(maxsize=None)
def pythons():
    """{(3, 11): path}: the pythons on the PATH and those that pyenv keeps."""
    names = ["python3"] + [f"python3.{minor}" for minor in range(6, 16)] + ["python2.7"]
    found = [path for path in map(shutil.which, names) if path]
    found += sorted(glob.glob(os.path.join(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")), "versions/*/bin/python*")))
    known = {}
    for path in found:
        if "-" in os.path.basename(path):
            continue
        asked = subprocess.run(
            [path, "-c", "import sys; print('%d %d %s' % (sys.version_info[0], sys.version_info[1], sys.executable))"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if asked.returncode == 0:
            major, minor, executable = asked.stdout.decode().strip().split(" ", 2)
            known.setdefault((int(major), int(minor)), executable)
    return {version: path for version, path in sorted(known.items()) if version == (2, 7) or version >= (3, 6)}


def node():
    return shutil.which("node") or shutil.which("nodejs")
