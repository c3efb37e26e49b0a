"""How answers are packed, and told apart into pieces."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wsgi import FileWrapper

from dashboard.app import App
from dashboard.server.headers import PIECE, SMALLEST, in_pieces

LONG = "/open311/v2/openapi.json"


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.mark.parametrize("said", ["gzip", "gzip, deflate, br", "GZIP;q=0.1", "*", "br;q=1, *;q=0.5"])
def test_who_takes_gzip_gets_it(app: App, said: str):
    answer = app.flask.test_client().get(LONG, headers={"Accept-Encoding": said})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(answer.data)) >= SMALLEST


@pytest.mark.parametrize(
    "said", ["gzip;q=0", "gzip;q=0.0, identity", "identity", "br", "*;q=0", "", "gzip;q=0, *", "no-gzip"]
)
def test_who_does_not_take_gzip_gets_the_answer_as_it_is(app: App, said: str):
    answer = app.flask.test_client().get(LONG, headers={"Accept-Encoding": said})
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) >= SMALLEST
    assert answer.json


def answered(parts: Any) -> Any:
    """What the server gets of an app that answers this."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return parts

    environ = EnvironBuilder().get_environ() | {"wsgi.file_wrapper": FileWrapper}
    return in_pieces(app)(environ, lambda *given: None)


def test_an_answer_comes_in_pieces_and_whole():
    parts = [b"a" * (2 * PIECE + 1), b"", b"b"]
    pieces = list(answered(parts))
    assert [len(piece) for piece in pieces] == [PIECE, PIECE, 1, 1]
    assert b"".join(pieces) == b"".join(parts)


def test_a_file_is_left_to_the_server(tmp_path: Any):
    (tmp_path / "a").write_bytes(b"x")
    with (tmp_path / "a").open("rb") as file:
        wrapped = FileWrapper(file)
        assert answered(wrapped) is wrapped


def test_an_answer_in_pieces_is_closed_when_it_was_sent(app: App):
    closed = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append(1)

    answered(Parts([b"x"])).close()
    assert closed == [1]
    assert run_wsgi_app(
        in_pieces(app.flask), EnvironBuilder("/health").get_environ() | {"wsgi.file_wrapper": FileWrapper}
    )[1].startswith("200")
