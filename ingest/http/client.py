"""HTTP client for untrusted servers: they may send wrong, slow, endless or broken responses, or redirect us elsewhere.

A response is complete or an error. Nothing is kept between requests except open connections: no cookies, and no proxy
settings from the environment.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from ssl import SSLCertVerificationError, SSLContext
from typing import NoReturn
from urllib.parse import urljoin

import httpcore
import httpx

from data.domain.reasons import reason
from ingest.http.network import AddressNotAllowed, Deadline, Network
from ingest.source import SourceDown

__all__ = ["AddressNotAllowed", "HttpClient", "Limits", "Response"]

USER_AGENT = "BATT/1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAILED = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_PER_REQUEST_HEADERS = frozenset({"host", "content-length", "transfer-encoding"})
"""Headers that each request sets itself."""
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_PIECE = 1 << 20
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER = zlib.MAX_WBITS | 32
"""Accepts gzip and zlib."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one response."""

    body_most: int = 50_000_000
    """Bytes after decompression."""
    total_s: float = 60
    """Seconds for the whole response, redirects included."""
    redirects_most: int = 3


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response; `headers` in lower case, `url` after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    def retry_after_s(self, now: datetime) -> float | None:
        """Seconds from `now` after which the server wants to be asked again; None when it does not say, or wrongly."""
        told = self.headers.get("retry-after", "").strip()
        if _SECONDS.fullmatch(told):
            return float(told) or None
        at, server_now = _http_date(told), _http_date(self.headers.get("date", ""))
        return None if at is None else max(0.0, (at - (server_now or now)).total_seconds()) or None


class HttpClient:
    """Sends requests; safe to use from many threads. Every failure is a SourceDown that names the host."""

    def __init__(self, *, base_url: str, inner: bool = False, ca_file: Path | None = None) -> None:
        """inner: the server of `base_url` may be in the city's own network; every other server must be public.

        ca_file: a PEM file with a certificate authority, in addition to the public ones. Raises SourceDown when
        `base_url` is not a URL, AddressNotAllowed when it is not http or https, OSError for the file.
        """
        base = _parsed(base_url)
        self._deadline = Deadline()
        network = Network(_server(base) if inner else None, self._deadline)
        self._transport = _Transport(network, _ssl_context(ca_file), self._deadline)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
    ) -> Response:
        """GET; 4xx and 5xx are returned. Raises SourceDown, AddressNotAllowed."""
        request = httpx.Request("GET", _with(_parsed(url), params or {}), headers=_with_our_headers(headers))
        return self._send(request, limits)

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
    ) -> Response:
        """POST of a form, of JSON or of bytes; 4xx and 5xx are returned. Raises SourceDown, AddressNotAllowed."""
        ours = _with_our_headers(headers)
        request = httpx.Request("POST", _parsed(url), headers=ours, data=data, json=json, content=content)
        return self._send(request, limits)

    def close(self) -> None:
        self._transport.close()

    def _send(self, request: httpx.Request, limits: Limits) -> Response:
        """Send, and follow redirects."""
        self._deadline.start(limits.total_s)
        visited = [str(request.url)]
        while True:
            try:
                answer = self._send_once(request, limits)
            except AddressNotAllowed as no:
                if len(visited) == 1:
                    raise
                raise AddressNotAllowed(
                    reason("http.redirected", host=httpx.URL(visited[0]).host, why=no.reason)
                ) from None
            where = answer.headers.get("location")
            if answer.status not in _REDIRECTS or where is None:
                return answer
            request = redirect(request, answer.status, where)
            if str(request.url) in visited or len(visited) > limits.redirects_most:
                trail = " → ".join([*visited, str(request.url)])
                raise SourceDown(reason("http.redirect_loop", host=request.url.host, trail=trail[:300]))
            visited.append(str(request.url))

    def _send_once(self, request: httpx.Request, limits: Limits) -> Response:
        host = request.url.host
        try:
            response = self._transport.handle_request(request)
            try:
                content = _read_body(host, response, limits.body_most)
            finally:
                response.close()
        except _FAILED as wrong:
            _raise_source_down(host, wrong, limits)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, headers, content, str(request.url))


class _Transport(httpx.BaseTransport):
    """An httpx transport over our own network backend."""

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


@cache
def _public_context() -> SSLContext:
    """Reading all public authorities takes some twenty milliseconds; a context may be used by many clients."""
    return httpx.create_ssl_context(trust_env=False)


def _ssl_context(ca_file: Path | None) -> SSLContext:
    if ca_file is None:
        return _public_context()
    context = httpx.create_ssl_context(trust_env=False)
    context.load_verify_locations(ca_file)
    return context


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def redirect(request: httpx.Request, status: int, where: str) -> httpx.Request:
    """The next request after a redirect; another server gets no headers and no form. Raises SourceDown,
    AddressNotAllowed."""
    old, url = request.url, _joined(request.url, where)
    away = _origin(url) != _origin(old)
    if old.scheme == "https" and url.scheme == "http":
        raise AddressNotAllowed(reason("http.https_to_http", host=old.host, url=str(url)))
    keeps_body = request.method != "GET" and status in (307, 308)
    if keeps_body and away:
        raise AddressNotAllowed(reason("http.post_redirected_away", host=old.host, url=str(url)))
    if keeps_body:
        return httpx.Request(
            request.method, url, headers=_headers_without(request, _PER_REQUEST_HEADERS), content=request.content
        )
    if away:
        return httpx.Request("GET", url, headers=_with_our_headers({"Accept": request.headers.get("accept", "*/*")}))
    return httpx.Request("GET", url, headers=_headers_without(request, _PER_REQUEST_HEADERS | {"content-type"}))


def _read_body(host: str, response: httpx.Response, most: int) -> bytes:
    """The decompressed body. Raises SourceDown when it is larger than `most` or cannot be decompressed."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in _COMPRESSED | {"", "identity"}:
        raise SourceDown(reason("http.unknown_encoding", host=host, encoding=repr(packing[:40])))
    body, pieces = bytearray(), response.iter_raw()
    try:
        for piece in _decompressed(pieces) if packing in _COMPRESSED else pieces:
            body += piece
            if len(body) > most:
                raise SourceDown(reason("http.too_large", host=host, most=most))
    except zlib.error as wrong:
        raise SourceDown(reason("http.broken_gzip", host=host, error=str(wrong))) from None
    return bytes(body)


def _decompressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompresses at most _PIECE bytes at once, so that a gzip bomb needs no memory. Raises zlib.error."""
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


def _raise_source_down(host: str, wrong: Exception, limits: Limits) -> NoReturn:
    cause = wrong.args[0] if wrong.args else None
    if isinstance(cause, SSLCertVerificationError):
        raise SourceDown(reason("http.certificate", host=host, error=cause.verify_message)) from None
    if isinstance(wrong, httpcore.ConnectTimeout | httpcore.ConnectError):
        raise SourceDown(reason("http.unreachable", host=host, error=str(wrong))) from None
    if isinstance(wrong, httpcore.TimeoutException):
        raise SourceDown(reason("http.timeout", host=host, seconds=f"{limits.total_s:g}")) from None
    raise SourceDown(reason("http.broken_off", host=host, error=str(wrong))) from None


def _parsed(url: str) -> httpx.URL:
    """Raises SourceDown, AddressNotAllowed."""
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host and parsed.host  # also decodes xn--.. names
    except (httpx.InvalidURL, ValueError) as wrong:
        raise SourceDown(reason("http.not_an_address", url=repr(url[:200]), error=str(wrong))) from None
    if parsed.scheme not in ("http", "https") or not host:
        raise AddressNotAllowed(reason("http.other_scheme", url=repr(url[:200])))
    return parsed


def _with(url: httpx.URL, params: Mapping[str, str]) -> httpx.URL:
    """Raises SourceDown."""
    try:
        return url.copy_merge_params(params) if params else url
    except (httpx.InvalidURL, ValueError) as wrong:  # a lone surrogate in a cursor
        raise SourceDown(reason("http.bad_parameters", host=url.host, error=str(wrong))) from None


def _joined(base: httpx.URL, where: str) -> httpx.URL:
    """The target of a redirect. Raises SourceDown, AddressNotAllowed."""
    try:
        return _parsed(urljoin(str(base), where)).copy_with(fragment=None)
    except AddressNotAllowed as no:
        raise AddressNotAllowed(reason("http.redirected_to", host=base.host, why=no.reason)) from None
    except (httpx.InvalidURL, ValueError) as wrong:
        raise SourceDown(reason("http.redirected_nowhere", host=base.host, error=str(wrong))) from None


def _server(url: httpx.URL) -> tuple[str, int]:
    """(host as it is connected to, port)."""
    return url.raw_host.decode().casefold(), url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return (url.scheme, *_server(url))


def _headers_without(request: httpx.Request, without: Set[str]) -> dict[str, str]:
    """The request's headers except those in `without`."""
    return {name: value for name, value in request.headers.items() if name not in without}


def _with_our_headers(headers: Mapping[str, str] | None) -> httpx.Headers:
    ours = httpx.Headers({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"})
    ours.update(headers or {})
    return ours
