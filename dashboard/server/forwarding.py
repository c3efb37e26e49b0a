"""WSGI middleware that hands the requests below a path on to another process of this installation."""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BODY_MOST = 1_000_000
"""The most of any body that has no limit of its own. Larger ones, and those whose size nobody tells, are refused by the
application as anywhere else."""
TIMEOUT = httpx.Timeout(10.0, read=150.0)
"""A past that has to be judged anew takes half a minute."""
ENDED_S = 0.2
"""So soon it is known that the process has ended."""
CONNECTIONS = httpx.Limits(max_connections=None, max_keepalive_connections=16, keepalive_expiry=20)
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"})
_OF_THE_SERVER = frozenset({"server", "date"})
"""Headers that this process's own server adds."""


class Upstream:
    """The other process, at a Unix socket."""

    def __init__(self, socket: str, ensure: Callable[[], bool]) -> None:
        """`ensure` starts the process when it does not run; False while it cannot answer."""
        transport = httpx.HTTPTransport(uds=socket, limits=CONNECTIONS)
        self._client = httpx.Client(transport=transport, timeout=TIMEOUT, trust_env=False)
        self._ensure = ensure

    def answer(self, environ: WSGIEnvironment) -> httpx.Response | None:
        """What it answers, not yet read; None when it cannot.

        It is asked again when it ended meanwhile: no request that it answers changes anything.
        """
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        url = httpx.URL("http://upstream").copy_with(raw_path=_target(environ))
        request = self._client.build_request(environ["REQUEST_METHOD"], url, headers=_headers(environ), content=body)
        for rest_s in (ENDED_S, 0.0):  # it may end while it is asked
            if not self._ensure():
                return None
            try:
                return self._client.send(request, stream=True)
            except httpx.TimeoutException:
                return None
            except httpx.TransportError:
                time.sleep(rest_s)
        return None


class Forwarding:
    """See the module. The client's address, scheme and host are handed on as a proxy does."""

    def __init__(self, app: WSGIApplication, prefix: str, upstream: Upstream, unanswered: Callable[[], str]) -> None:
        """`unanswered` makes the page for when the process cannot answer."""
        self._app, self._prefix, self._upstream, self._unanswered = app, prefix, upstream, unanswered

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_forwarded(environ):
            return self._app(environ, start_response)
        answer = self._upstream.answer(environ)
        if answer is None:
            body = self._unanswered().encode()
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
            headers += [("Retry-After", "5"), ("Cache-Control", "no-store")]
            start_response("503 Service Unavailable", headers)
            return [body]
        start_response(f"{answer.status_code} {answer.reason_phrase}", list(_told(answer.headers)))
        return _Body(answer)

    def _is_forwarded(self, environ: WSGIEnvironment) -> bool:
        path = environ.get("PATH_INFO", "")
        if path != self._prefix and not path.startswith(f"{self._prefix}/"):
            return False
        length = environ.get("CONTENT_LENGTH") or "0"
        return "HTTP_TRANSFER_ENCODING" not in environ and length.isdigit() and int(length) <= BODY_MOST


class _Body:
    """An answer's bytes as they arrive; the server closes it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_raw()

    def close(self) -> None:
        self._answer.close()


def _target(environ: WSGIEnvironment) -> bytes:
    """The bytes of the client's path and query, whatever they are."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/")
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe=string.punctuation)
    return (f"{path}?{query}" if query else path).encode("ascii")


def _headers(environ: WSGIEnvironment) -> list[tuple[bytes, bytes]]:
    named = [(key[5:].replace("_", "-").lower(), value) for key, value in environ.items() if key.startswith("HTTP_")]
    if environ.get("CONTENT_TYPE"):
        named.append(("content-type", environ["CONTENT_TYPE"]))
    kept = [(n, v) for n, v in named if n not in _HOP_BY_HOP and not n.startswith("x-forwarded-")]
    kept += [("x-forwarded-for", environ.get("REMOTE_ADDR", "")), ("x-forwarded-proto", environ["wsgi.url_scheme"])]
    kept.append(("x-forwarded-host", environ.get("HTTP_HOST", "")))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept]


def _told(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.multi_items():
        if name not in _HOP_BY_HOP and name not in _OF_THE_SERVER:
            yield name, value
