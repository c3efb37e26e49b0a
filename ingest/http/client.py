"""HTTP to servers that we do not trust: they may lie, stall, flood, break off or send us elsewhere.

An answer is whole or it is none. Nothing is kept between two of them but open connections: no cookies, no proxy
out of the environment.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLCertVerificationError, SSLContext
from typing import NoReturn
from urllib.parse import urljoin

import httpcore
import httpx

from data.domain.reasons import reason
from ingest.http.network import Deadline, Network, NotAllowed
from ingest.source import SourceDown

__all__ = ["Answer", "Limits", "NotAllowed", "Web"]

USER_AGENT = "BATT/1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAILED = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_MADE = frozenset({"host", "content-length", "transfer-encoding"})
"""Headers that are made anew for every request."""
_PIECE = 1 << 20
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER = zlib.MAX_WBITS | 32
"""gzip or zlib, whichever it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may cost."""

    body_most: int = 50_000_000
    """Bytes, unpacked."""
    total_s: float = 60
    """For the whole answer, redirects included."""
    redirects_most: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whole; `headers` in lower case, `url` after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


class Web:
    """Asks servers; safe to use from many threads. Every failure is a SourceDown that names the host."""

    def __init__(self, *, base_url: str, inner: bool = False, ca_file: Path | None = None) -> None:
        """inner: the server of `base_url` may stand in the city's own network; every other must be public.

        ca_file: a PEM file with the authority of its certificate, beside the public ones. Raises SourceDown when
        `base_url` is no address, NotAllowed when it is none of http or https, OSError for the file.
        """
        base = _parsed(base_url)
        self._deadline = Deadline()
        ssl_context = httpx.create_ssl_context(trust_env=False)
        if ca_file is not None:
            ssl_context.load_verify_locations(ca_file)
        network = Network(_server(base) if inner else None, self._deadline)
        self._transport = _Transport(network, ssl_context, self._deadline)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
    ) -> Answer:
        """GET; 4xx and 5xx are answers. Raises SourceDown, NotAllowed."""
        request = httpx.Request("GET", _with(_parsed(url), params or {}), headers=_ours(headers))
        return self._ask(request, limits)

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
    ) -> Answer:
        """POST of a form or of JSON; 4xx and 5xx are answers. Raises SourceDown, NotAllowed."""
        request = httpx.Request("POST", _parsed(url), headers=_ours(headers), data=data, json=json)
        return self._ask(request, limits)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _ask(self, request: httpx.Request, limits: Limits) -> Answer:
        """Follow redirects until there is an answer."""
        self._deadline.start(limits.total_s)
        been = [str(request.url)]
        while True:
            try:
                answer = self._answer(request, limits)
            except NotAllowed as no:
                if len(been) == 1:
                    raise
                raise NotAllowed(reason("http.redirected", host=httpx.URL(been[0]).host, why=no.reason)) from None
            where = answer.headers.get("location")
            if answer.status not in _REDIRECTS or where is None:
                return answer
            request = redirected(request, answer.status, where)
            if str(request.url) in been or len(been) > limits.redirects_most:
                trail = " → ".join([*been, str(request.url)])
                raise SourceDown(reason("http.redirect_loop", host=request.url.host, trail=trail[:300]))
            been.append(str(request.url))

    def _answer(self, request: httpx.Request, limits: Limits) -> Answer:
        host = request.url.host
        try:
            response = self._transport.handle_request(request)
            try:
                content = _whole(host, response, limits.body_most)
            finally:
                response.close()
        except _FAILED as wrong:
            _explain(host, wrong, limits)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, content, str(request.url))


class _Transport(httpx.BaseTransport):
    """httpx over connections of our own making."""

    def __init__(self, network: Network, ssl_context: SSLContext, deadline: Deadline) -> None:
        self._deadline = deadline
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context, network_backend=network, max_connections=20, keepalive_expiry=5
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        core = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"pool": self._deadline.left()}},
        )
        response = self._pool.handle_request(core)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response.iter_stream())

    def close(self) -> None:
        self._response.close()


def redirected(request: httpx.Request, status: int, where: str) -> httpx.Request:
    """What to ask next; another server is told neither headers nor forms. Raises SourceDown, NotAllowed."""
    old, url = request.url, _joined(request.url, where)
    away = _origin(url) != _origin(old)
    if old.scheme == "https" and url.scheme == "http":
        raise NotAllowed(reason("http.https_to_http", host=old.host, url=str(url)))
    keeps_body = request.method != "GET" and status in (307, 308)
    if keeps_body and away:
        raise NotAllowed(reason("http.post_redirected_away", host=old.host, url=str(url)))
    if keeps_body:
        return httpx.Request(request.method, url, headers=_kept(request, _MADE), content=request.content)
    if away:
        return httpx.Request("GET", url, headers=_ours({"Accept": request.headers.get("accept", "*/*")}))
    return httpx.Request("GET", url, headers=_kept(request, _MADE | {"content-type"}))


def _whole(host: str, response: httpx.Response, most: int) -> bytes:
    """The body, unpacked. Raises SourceDown when it is larger than `most` or cannot be unpacked."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in _COMPRESSED | {"", "identity"}:
        raise SourceDown(reason("http.unknown_encoding", host=host, encoding=repr(packing[:40])))
    body, pieces = bytearray(), response.iter_raw()
    try:
        for piece in _unpacked(pieces) if packing in _COMPRESSED else pieces:
            body += piece
            if len(body) > most:
                raise SourceDown(reason("http.too_large", host=host, most=most))
    except zlib.error as wrong:
        raise SourceDown(reason("http.broken_gzip", host=host, error=str(wrong))) from None
    return bytes(body)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """At most _PIECE bytes at once, whatever the packing promises. Raises zlib.error."""
    inflate, any_came = zlib.decompressobj(_EITHER), False
    for piece in pieces:
        any_came, rest = True, piece
        while rest:
            yield inflate.decompress(rest, _PIECE)
            rest = inflate.unconsumed_tail
        if inflate.eof:
            return
    yield inflate.flush()
    if any_came and not inflate.eof:
        raise zlib.error("it stops before its end")


def _explain(host: str, wrong: Exception, limits: Limits) -> NoReturn:
    cause = wrong.args[0] if wrong.args else None
    if isinstance(cause, SSLCertVerificationError):
        raise SourceDown(reason("http.certificate", host=host, error=cause.verify_message)) from None
    if isinstance(wrong, httpcore.ConnectTimeout | httpcore.ConnectError):
        raise SourceDown(reason("http.unreachable", host=host, error=str(wrong))) from None
    if isinstance(wrong, httpcore.TimeoutException):
        raise SourceDown(reason("http.timeout", host=host, seconds=f"{limits.total_s:g}")) from None
    raise SourceDown(reason("http.broken_off", host=host, error=str(wrong))) from None


def _parsed(url: str) -> httpx.URL:
    """Raises SourceDown, NotAllowed."""
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host and parsed.host  # what xn--.. stands for, too
    except (httpx.InvalidURL, ValueError) as wrong:
        raise SourceDown(reason("http.not_an_address", url=repr(url[:200]), error=str(wrong))) from None
    if parsed.scheme not in ("http", "https") or not host:
        raise NotAllowed(reason("http.other_scheme", url=repr(url[:200])))
    return parsed


def _with(url: httpx.URL, params: Mapping[str, str]) -> httpx.URL:
    """Raises SourceDown."""
    try:
        return url.copy_merge_params(params) if params else url
    except (httpx.InvalidURL, ValueError) as wrong:  # half a character in a cursor
        raise SourceDown(reason("http.bad_parameters", host=url.host, error=str(wrong))) from None


def _joined(base: httpx.URL, where: str) -> httpx.URL:
    """Where a redirect leads. Raises SourceDown, NotAllowed."""
    try:
        return _parsed(urljoin(str(base), where)).copy_with(fragment=None)
    except NotAllowed as no:
        raise NotAllowed(reason("http.redirected_to", host=base.host, why=no.reason)) from None
    except (httpx.InvalidURL, ValueError) as wrong:
        raise SourceDown(reason("http.redirected_nowhere", host=base.host, error=str(wrong))) from None


def _server(url: httpx.URL) -> tuple[str, int]:
    """Host as it is connected to, and port."""
    return url.raw_host.decode().casefold(), url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return (url.scheme, *_server(url))


def _kept(request: httpx.Request, without: Set[str]) -> dict[str, str]:
    """Headers that stay on the same server."""
    return {name: value for name, value in request.headers.items() if name not in without}


def _ours(headers: Mapping[str, str] | None) -> httpx.Headers:
    ours = httpx.Headers({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"})
    ours.update(headers or {})
    return ours
