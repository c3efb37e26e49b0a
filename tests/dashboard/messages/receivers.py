"""What messages are sent to, on this machine: a gateway and a mail server that answer as they are told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from data.store.citizens.outbox import Message
from tests.factories import HOUR, NOW

MESSAGE = Message(
    id=1,
    key="6f1e1d0e-0000-4000-8000-000000000001",
    channel="webhook",
    kind="received",
    due_at=NOW + HOUR,
    attempts=0,
    address="081234567890",
    lang="id",
    code="AW-2611-0007",
    tracking="0123456789ABC",
    private=False,
    category="sampah",
    village="35.79.01.1004",
    event_at=NOW,
    agency=None,
    authority=None,
    text=None,
)


def a_message(**changes: object) -> Message:
    return replace(MESSAGE, **changes)  # type: ignore[arg-type]


@dataclass
class Gateway:
    """Keeps what it got; `answers` are used up one by one, the last one for ever."""

    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=lambda: [(200, {})])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def a_gateway() -> Iterator[Gateway]:
    made = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/batt"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Post:
    """A mail server: what it says to a recipient, and the mails that it took."""

    says: str = "250 ok"
    mails: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def a_mail_server() -> Iterator[Post]:
    made = Post()

    class Handler(socketserver.StreamRequestHandler):
        def answer(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.answer("220 uji")
            while line := self.rfile.readline().decode().strip():
                word = line.upper()[:4]
                if word == "DATA":
                    self.answer("354 go on")
                    made.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.answer({"RCPT": made.says, "QUIT": "221 bye"}.get(word, "250 ok"))
                if word == "QUIT":
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()
