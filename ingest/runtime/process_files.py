"""Which process is which: a random id for each, and a locked file from which others see that it lives.

The file lies in BATT_HOME/processes, is named by the id and names the start of the machine (the kernel's boot id). The
kernel holds its lock for as long as the process lives, across containers that share the folder, too. Of a process of
another machine, or with another BATT_HOME, nothing is known: locks of a network's folder may not be seen by others.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data import clock

FOLDER = "processes"
ID_BYTES = 8
HOST_MOST = 60
KEPT_S = 7 * 86_400
"""The file of a dead process tells that it is dead; longer than this no lease lasts."""


@dataclass(frozen=True, slots=True)
class _Announced:
    pid: int
    id: str
    file: int
    """Its descriptor; the lock lasts until it is closed."""


_guard = threading.Lock()
_announced: dict[Path, _Announced] = {}
"""By the folder. A child process announces itself anew."""


def owner_of(home: Path, part: str = "") -> str:
    """`HOST:PID:ID`, with `:PART` where one process has several owners of the same lease. Raises OSError.

    Host and number are for people; what counts is the id.
    """
    folder = home.absolute() / FOLDER
    with _guard:
        known = _announced.get(folder)
        if known is None or known.pid != os.getpid():
            known = _announced[folder] = _announce(folder)
    name = f"{socket.gethostname()[:HOST_MOST]}:{known.pid}:{known.id}"
    return f"{name}:{part}" if part else name


def is_dead(owner: str) -> bool:
    """Whether the owner is a process that is known to have ended; False for one of which nothing is known here."""
    host, _, id_ = owner.split(":")[:3] if owner.count(":") >= 2 else ("", "", "")
    return bool(id_) and any(
        _is_of_this_machine(folder / id_, host) and _is_free(folder / id_) for folder in tuple(_announced)
    )


def host_and_pid(owner: str) -> tuple[str, str]:
    """What an owner says to people; the number is empty where there is none."""
    host, _, rest = owner.partition(":")
    return host, rest.partition(":")[0]


def _announce(folder: Path) -> _Announced:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_old(folder)
    id_ = secrets.token_hex(ID_BYTES)
    file = os.open(folder / id_, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    os.write(file, _boot_id())
    return _Announced(os.getpid(), id_, file)


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if clock.now().timestamp() - path.stat().st_mtime > KEPT_S and _is_free(path):
                path.unlink()


def _is_of_this_machine(path: Path, host: str) -> bool:
    """Whether it was started on this machine, since its last start or, by the host's name, before it."""
    try:
        return path.read_bytes() == _boot_id() or host == socket.gethostname()[:HOST_MOST]
    except OSError:
        return False


@cache
def _boot_id() -> bytes:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return b"unknown"


def _is_free(path: Path) -> bool:
    """Whether the file is there and nobody holds its lock."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
