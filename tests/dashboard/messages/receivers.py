"""What messages are sent to, on this machine: a gateway that answers as it is told."""

from __future__ import annotations

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
