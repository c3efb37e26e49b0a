"""A server that speaks MySQL's protocol as far as a reader needs it, and can be made to answer as real ones do.

What it says of itself, of errors and of types was compared with MariaDB 10.11.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LONGLONG, TIMESTAMP, DATE, TIME, DATETIME, BIT, ENUM, BLOB, VAR_STRING, DECIMAL = (
    8,
    7,
    10,
    11,
    12,
    16,
    247,
    252,
    253,
    246,
)
_BINARY, _UTF8MB4 = 63, 45
_CAPABLE = 0x0008_F7FF & ~0x800  # everything of old, plugins for passwords; no TLS
_OK = b"\x00\x00\x00\x02\x00\x00\x00"
_EOF = b"\xfe\x00\x00\x02\x00"

Cell = bytes | None


@dataclass(frozen=True)
class Table:
    """A result: (name, type) of each column, and rows as the protocol's texts."""

    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]] = ()
    hangs_after: int | None = None
    """After so many rows nothing more comes until the connection is killed."""
    breaks_after: int | None = None
    """After so many rows the server is gone."""


@dataclass(frozen=True)
class Fault:
    """An error."""

    code: int
    state: str
    text: str


@dataclass
class Server:
    """What it was told, and what it answers to a query of the agency's tables."""

    answer: Table | Fault
    login: Fault | None = None
    """What it says instead of letting anybody in."""
    greets: bool = True
    """False: it accepts a connection and says nothing."""
    said: list[str] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    sent: int = 0
    """Rows that somebody took from it."""
    _count: int = 0
    _gone: threading.Condition = field(default_factory=threading.Condition)

    def serve(self, line: socket.socket) -> None:
        """One connection, until it ends."""
        with suppress(OSError, EOFError), line:
            self._count += 1
            number = self._count
            if not self.greets:
                line.recv(1)
                return
            _send(line, 0, _greeting(number))
            _receive(line)
            _send(line, 2, _error(self.login) if self.login else _OK)
            while self.login is None and (command := _receive(line))[:1] == b"\x03":
                self._reply(line, number, command[1:].decode())

    def _reply(self, line: socket.socket, number: int, statement: str) -> None:
        self.said.append(statement)
        if killed := re.fullmatch(r"KILL (\d+)", statement):
            with self._gone:
                self.killed.add(int(killed[1]))
                self._gone.notify_all()
        own = _about_itself(statement, number)
        if own is not None:
            self._send_table(line, number, own)
        elif not statement.startswith("SELECT"):
            _send(line, 1, _OK)
        elif isinstance(self.answer, Fault):
            _send(line, 1, _error(self.answer))
        else:
            self._send_table(line, number, self.answer, counted=True)

    def _send_table(self, line: socket.socket, number: int, table: Table, *, counted: bool = False) -> None:
        packets = [bytes([len(table.columns)]), *(_column(*each) for each in table.columns), _EOF]
        for place, packet in enumerate(packets, 1):
            _send(line, place, packet)
        place = len(packets)
        for nth, row in enumerate(table.rows):
            if nth == table.breaks_after:
                raise EOFError
            if nth == table.hangs_after:
                self._hang(number)
            place += 1
            _send(line, place, b"".join(b"\xfb" if cell is None else _text(cell) for cell in row))
            self.sent += counted
        _send(line, place + 1, _EOF)

    def _hang(self, number: int) -> None:
        """Until somebody kills this connection."""
        with self._gone:
            self._gone.wait_for(lambda: number in self.killed)
        raise EOFError


def _about_itself(statement: str, number: int) -> Table | None:
    """Answers to what SQLAlchemy asks any server of MySQL's kind."""
    known = {
        "SELECT VERSION()": "10.11.19-MariaDB",
        "SELECT DATABASE()": "dinas",
        "SELECT @@tx_isolation": "REPEATABLE-READ",
        "SELECT @@sql_mode": "",
        "SELECT @@lower_case_table_names": "0",
        "SELECT CONNECTION_ID()": str(number),
    }
    return Table([("a", VAR_STRING)], [[known[statement].encode()]]) if statement in known else None


@contextmanager
def running(server: Server) -> Iterator[str]:
    """It listens; the address of its database."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                threading.Thread(target=server.serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield f"mysql://baca:sandi-rahasia@127.0.0.1:{listener.getsockname()[1]}/dinas"


def _greeting(number: int) -> bytes:
    low, high = struct.pack("<H", _CAPABLE & 0xFFFF), struct.pack("<H", _CAPABLE >> 16)
    head = b"\x0a5.5.5-10.11.19-MariaDB\x00" + struct.pack("<I", number) + b"a" * 8 + b"\x00" + low
    return (
        head + bytes([_UTF8MB4, 2, 0]) + high + bytes([21]) + bytes(10) + b"b" * 12 + b"\x00mysql_native_password\x00"
    )


def _error(fault: Fault) -> bytes:
    return b"\xff" + struct.pack("<H", fault.code) + b"#" + fault.state.encode() + fault.text.encode()


def _column(name: str, kind: int) -> bytes:
    charset = _UTF8MB4 if kind in (VAR_STRING, ENUM) else _BINARY
    texts = b"".join(_text(each) for each in (b"def", b"dinas", b"laporan", b"laporan", name.encode(), name.encode()))
    return texts + b"\x0c" + struct.pack("<HIBHB2x", charset, 1024, kind, 0, 0)


def _text(value: bytes) -> bytes:
    """With its length before it."""
    size = len(value)
    return (bytes([size]) if size < 251 else b"\xfd" + struct.pack("<I", size)[:3]) + value


def _send(line: socket.socket, place: int, payload: bytes) -> None:
    line.sendall(struct.pack("<I", len(payload))[:3] + bytes([place % 256]) + payload)


def _receive(line: socket.socket) -> bytes:
    head = _exactly(line, 4)
    return _exactly(line, int.from_bytes(head[:3], "little"))


def _exactly(line: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += (more := line.recv(size - len(got)))
        if not more:
            raise EOFError
    return got
