"""The network backend of `client`: it checks every IP address before it connects, and limits every wait.

Names are resolved here, and the connection goes to the checked address, so that DNS rebinding has no effect. TLS still
checks the certificate for the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

from data.domain.reasons import reason
from ingest.source import SourceDown

_NAT64 = IPv6Network("64:ff9b::/96")
_CONNECT_S = 10.0
"""For each address of a host."""


class AddressNotAllowed(SourceDown):
    """An address to which requests are not allowed."""


class Deadline(threading.local):
    """The moment by which the response that this thread waits for must be complete."""

    at = float("inf")

    def start(self, seconds: float) -> None:
        """Set the deadline to so many seconds from now."""
        self.at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds left, at most `most`. Raises httpcore.TimeoutException when none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole answer took too long")
        return left if most is None else min(left, most)


class Network(httpcore.NetworkBackend):
    """Connects to public addresses, and to the one configured server in the city's own network."""

    def __init__(self, inner: tuple[str, int] | None, deadline: Deadline) -> None:
        """inner: host and port that may have any address."""
        self._inner, self._deadline = inner, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that accepts one. Raises AddressNotAllowed, SourceDown."""
        addresses = _addresses(host, port)
        if (host.casefold(), port) != self._inner:
            for address in addresses:
                _check(host, address)
        failed: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            left = self._deadline.left(_CONNECT_S)
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _DeadlineStream(stream, self._deadline)
        raise failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Raises AddressNotAllowed."""
        raise AddressNotAllowed(reason("http.local_socket", path=path))

    def sleep(self, seconds: float) -> None:
        self._plain.sleep(seconds)


class _DeadlineStream(httpcore.NetworkStream):
    """A stream whose reads and writes end at the deadline of the calling thread."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as wrong:
        raise SourceDown(reason("http.unknown_host", host=host, error=str(wrong))) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _check(host: str, address: str) -> None:
    """Raises AddressNotAllowed for anything but a public address."""
    if not _is_public(ip_address(address.partition("%")[0])):
        raise AddressNotAllowed(reason("http.inner_address", host=host, address=address))


def is_inner(host: str) -> bool:
    """Whether a host is written as an address that is not public, in any form that sockets take, or names this machine.

    What a name leads to is checked when it is connected to.
    """
    try:
        return not _is_public(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return not _is_public(IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):  # a name
        return host.rstrip(".").casefold().rpartition(".")[2] in ("localhost", "local", "internal")


def _is_public(where: IPv4Address | IPv6Address) -> bool:
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in (where, *_within(where)))


def _within(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address contains."""
    if isinstance(address, IPv4Address):
        return []
    teredo = address.teredo or ()
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return [one for one in (address.ipv4_mapped, address.sixtofour, *teredo, nat64) if one is not None]
