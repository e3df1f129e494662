"""A private PostgreSQL server for the tests, from the distribution's own binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_START_S = 30


def find_binaries() -> Path | None:
    """The newest installed folder that holds `initdb` and `postgres`; None where there is none."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    whole = [folder for folder in folders if (folder / "postgres").exists()]
    return max(whole, key=_version, default=None)


def require_binaries() -> Path:
    """The binaries; without them the test is skipped, and in CI it fails."""
    found = find_binaries()
    if found is None:
        reason = "no PostgreSQL server binaries (Debian: apt install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def private_server() -> Iterator[str]:
    """Run a server on a free local port; give the URL of its database.

    The cluster sorts as people do, not by code point, so that a test can see the difference.
    """
    binaries = require_binaries()
    owner = _unprivileged_owner()
    folder = Path(tempfile.mkdtemp(prefix="auditor-pg-", dir="/tmp"))
    try:
        if owner:
            shutil.chown(folder, owner["user"], owner["group"])
        _make_cluster(binaries, folder / "data", owner)
        with (folder / "log").open("wb") as log:
            port = _free_port()
            command = [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-k", ""]
            for setting in ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=20"):
                command += ["-c", setting]
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **owner)
        try:
            _wait_until_ready(binaries, folder, port, server)
            yield f"postgresql+psycopg://auditor@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(_START_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version(binaries: Path) -> tuple[int, ...]:
    run = subprocess.run([binaries / "postgres", "-V"], capture_output=True, text=True, check=True)
    number = run.stdout.split()[2]  # "postgres (PostgreSQL) 15.1 (Debian ...)"
    return tuple(int(part) for part in number.split(".") if part.isdigit())


def _unprivileged_owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: whom to run it as instead, as `Popen` arguments."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make_cluster(binaries: Path, data: Path, owner: dict[str, Any]) -> None:
    command = [binaries / "initdb", "-D", data, "-U", "auditor", "-A", "trust", "-E", "UTF8"]
    command += ["--no-sync", "--locale=C.UTF-8"]
    if _version(binaries) >= (15,):
        command += ["--locale-provider=icu", "--icu-locale=en-US"]
    run = subprocess.run(command, cwd=data.parent, capture_output=True, text=True, **owner)
    if run.returncode:
        pytest.fail(f"initdb failed: {run.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(
    binaries: Path, folder: Path, port: int, server: subprocess.Popen[bytes]
) -> None:
    deadline = time.monotonic() + _START_S
    ask = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "auditor"]
    while subprocess.run(ask, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
        time.sleep(0.05)
