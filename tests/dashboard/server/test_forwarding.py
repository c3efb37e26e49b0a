"""What another process answers is handed on as it came; it is told the client's true address."""

from __future__ import annotations

import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from dashboard.server import plain_pages
from dashboard.server.forwarding import BODY_MOST, Forwarding, Upstream


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        """A Unix socket has none."""
        return ""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        told = {"path": self.path, "headers": self.headers.items(), "body": body}
        answer = json.dumps(told).encode()
        self.send_response(418)
        for name, value in (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "keep-alive")):
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 (the library calls it so)


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """The socket of a server that answers with what it was asked."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/s"
        with socketserver.ThreadingUnixStreamServer(path, Echo) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield path
            server.shutdown()


def an_app(socket: str, *, is_up: bool = True) -> Client:
    flask = Flask("here")
    flask.add_url_rule("/<path:path>", view_func=lambda path: f"here: {path}", methods=["GET", "POST"])
    upstream = Upstream(socket, lambda: is_up)
    return Client(Forwarding(flask.wsgi_app, "/kinerja", upstream, plain_pages.restarting))


def headers_of(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.json["headers"]}


def test_a_request_below_the_path_is_handed_on_with_its_body_and_answered_as_the_process_answers(echo: str) -> None:
    answer = an_app(echo).post("/kinerja/a%20b?x=1&y=%C3%A9", data="alles", content_type="text/plain")
    assert answer.status_code == 418
    assert answer.json["path"] == "/kinerja/a%20b?x=1&y=%C3%A9"
    assert answer.json["body"] == "alles"
    assert headers_of(answer)["content-type"] == "text/plain"
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert "Connection" not in answer.headers


@pytest.mark.parametrize("path", ["/kinerjaku", "/", "/lain/kinerja"])
def test_any_other_path_stays_here(echo: str, path: str) -> None:
    assert an_app(echo).get(path).status_code in {200, 404}


def test_the_process_is_told_the_clients_address_and_nothing_of_what_the_client_says_of_it(echo: str) -> None:
    lies = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x", "TE": "trailers"}
    answer = an_app(echo).get("/kinerja", headers=lies, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    told = headers_of(answer)
    assert told["x-forwarded-for"] == "198.51.100.7"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-host"] == "localhost"
    assert not {"x-forwarded-prefix", "te"} & told.keys()


def test_bytes_that_are_no_text_arrive_as_they_were(echo: str) -> None:
    answer = an_app(echo).get("/kinerja", environ_overrides={"QUERY_STRING": "x=\xe9\xff&y=%E9"})
    assert answer.json["path"] == "/kinerja?x=%E9%FF&y=%E9"


def test_a_body_that_is_too_large_or_of_unknown_size_is_left_to_the_application(echo: str) -> None:
    app = an_app(echo)
    assert app.post("/kinerja", data=b"x" * (BODY_MOST + 1)).text == "here: kinerja"
    assert app.post("/kinerja", headers={"Transfer-Encoding": "chunked"}).text == "here: kinerja"
    assert app.post("/kinerja", environ_overrides={"CONTENT_LENGTH": "-1"}).text == "here: kinerja"


def test_a_process_that_does_not_answer_is_told_in_words(echo: str) -> None:
    for app in (an_app(echo, is_up=False), an_app(f"{echo}-nobody")):
        answer = app.get("/kinerja")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Muat ulang" in answer.text
        assert "Load the page again" in answer.text
