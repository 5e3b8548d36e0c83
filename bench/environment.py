# SPDX-License-Identifier: Apache-2.0
"""What a figure depends on: the machine, its disk and the versions."""
import os
import pathlib
import platform
import sqlite3
import subprocess
import time


def disk_syncs_per_s(folder):
    """4 KiB appended and fdatasync()ed, again and again, for a second."""
    path = folder / "fdatasync"
    count, block = 0, os.urandom(4096)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    begun = time.monotonic()
    while time.monotonic() - begun < 1.0:
        os.write(fd, block)
        os.fdatasync(fd)
        count += 1
    elapsed = time.monotonic() - begun
    os.close(fd)
    path.unlink()
    return round(count / elapsed)


def file_system(folder):
    """The type of the file system that holds the folder: the longest mount point above it."""
    best, kind = "", "unknown"
    for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, point, found, *_ = line.split()
        if (str(folder) + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, found
    return kind


def version_of(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else None


def environment(folder):
    cpu = next((line.partition(":")[2].strip() for line in
                pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                if line.startswith("model name")), platform.machine())
    return {"cores": len(os.sched_getaffinity(0)), "cpu": cpu, "kernel": platform.release(),
            "file_system": file_system(folder), "fdatasync_per_s": disk_syncs_per_s(folder),
            "node": version_of(["node", "--version"]), "sqlite": sqlite3.sqlite_version,
            "date": time.strftime("%Y-%m-%d")}


def say_environment(found):
    print(f"environment: {found['cores']} cores ({found['cpu']}), Linux {found['kernel']}, "
        f"{found['file_system']}, {found['fdatasync_per_s']:,} fdatasync/s, node {found['node'] or 'none'}",
          flush=True)
    if found["file_system"] in ("tmpfs", "ramfs", "overlay"):
        print(f"  beware: on {found['file_system']} an fsync may cost nothing; choose a disk with --work", flush=True)
