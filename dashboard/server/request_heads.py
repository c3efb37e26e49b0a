"""WSGI middleware for what a request's head decides, before and after the application."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UNREAD_MOST = 64_000_000
"""More than the largest body that the proxy hands over."""
_PIECE = 65_536
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class RequestHeads:
    """Refuses heads that a proxy may read differently, and leaves no body of a refused request unread.

    gunicorn closes a connection on which a body was left: the proxy, which is still sending it, would see a broken
    connection and answer 502 instead of what was said.
    """

    def __init__(self, app: WSGIApplication, *, behind_proxy: bool) -> None:
        """behind_proxy: whole requests come from it, so that reading a body to its end waits for no client."""
        self._app, self._behind_proxy = app, behind_proxy

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = _refused(environ)
        if refused is not None:
            return _answer(refused, start_response)
        if not self._behind_proxy or environ["REQUEST_METHOD"] in _WITHOUT_BODY:
            return self._app(environ, start_response)
        told = [""]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            told[0] = status
            return start_response(status, headers, exc_info)

        answer = self._app(environ, start)
        if told[0][:1] in ("4", "5"):
            _read_to_the_end(environ)
        return answer


def _refused(environ: WSGIEnvironment) -> tuple[HTTPStatus, str] | None:
    """RFC 9112: 3.2 for the host, 6.1 for the coding."""
    if environ.get("SERVER_PROTOCOL") == "HTTP/1.1" and "HTTP_HOST" not in environ:
        return HTTPStatus.BAD_REQUEST, "the Host header is missing"
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").strip().lower() != "chunked":
        return HTTPStatus.BAD_REQUEST, "Transfer-Encoding: only chunked is understood"
    return None


def _answer(refused: tuple[HTTPStatus, str], start_response: StartResponse) -> Iterable[bytes]:
    status, text = refused
    body = f"{text}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def _read_to_the_end(environ: WSGIEnvironment) -> None:
    left = UNREAD_MOST
    with suppress(OSError, ParseException):
        while left > 0 and (piece := environ["wsgi.input"].read(_PIECE)):
            left -= len(piece)
