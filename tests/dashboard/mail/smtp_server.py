"""A mail server on this machine, as far as a client needs one: EHLO, STARTTLS, AUTH PLAIN, one message a connection."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from dashboard.config.models import MailSettings


@dataclass
class Mailbox:
    """What the server took, and how it answers."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    sessions: int = 0
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """Instead of '250 ok', by the first word or the whole line; 'DATA END' after the message, '' hangs up."""

    def settings(self, **changes: object) -> MailSettings:
        return MailSettings.model_validate(
            {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": "batt@kota.id"} | changes
        )


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server

    def handle(self) -> None:
        box = self.server.box
        box.sessions += 1
        self.say("220 here")
        is_encrypted, is_in = False, box.login is None
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            answer = box.answers.get(line, box.answers.get(word))
            if answer is not None:
                if not answer:
                    return
                self.say(answer)
            elif word == "EHLO":
                offers = ["STARTTLS"] if box.tls and not is_encrypted else []
                offers += ["AUTH PLAIN"] if box.login else []
                names = ["here", *offers]
                for n, name in enumerate(names, 1):
                    self.say(f"250{' ' if n == len(names) else '-'}{name}")
            elif word == "STARTTLS" and box.tls:
                self.say("220 go on")
                self.request = box.tls.wrap_socket(self.request, server_side=True)
                self.setup()
                is_encrypted = True
            elif word == "AUTH":
                is_in = tuple(base64.b64decode(line.split()[2]).decode().split("\0")[1:]) == box.login
                self.say("235 welcome" if is_in else "535 wrong password")
            elif not is_in:
                self.say("530 log in first")
            elif word == "DATA":
                self.say("354 go on")
                self.take()
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        answer = self.server.box.answers.get("DATA END", "250 taken")
        if answer.startswith("250") or not answer:
            message = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(message, EmailMessage)
            self.server.box.taken.append(message)
        if answer:
            self.say(answer)
        else:
            self.rfile.close()

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    """On a free port."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, box: Mailbox) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.box = box

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no error of the server."""


@contextmanager
def mail_server(**how: object) -> Iterator[Mailbox]:
    """A server as long as the block lasts. how: as in Mailbox."""
    box = Mailbox(**how)  # type: ignore[arg-type]
    with Server(box) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
