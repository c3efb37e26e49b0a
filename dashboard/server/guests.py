"""Connections that hold no thread: those that idle, are sending a request, or still read their last answer."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from flask import Request

from dashboard.api.rate_limits import address_of
from dashboard.server.receiving import Reception

OWN_FILES = 300
"""Files and sockets that the server needs for itself."""
Key = TypeVar("Key")


@dataclass(slots=True)
class Guest:
    """One of them. Moments are of the monotonic clock."""

    address: str
    reception: Reception | None
    """None when it was hung up on and may still read its answer."""
    deadline: float
    end: float = 0.0
    """The very last moment to leave, however much it still sends."""

    @property
    def held(self) -> int:
        """Bytes of its body."""
        return self.reception.held if self.reception is not None else 0

    @property
    def busy(self) -> bool:
        """Whether it is in the midst of a request."""
        return self.reception is not None and self.reception.begun


def who_must_go(guests: Iterable[tuple[Key, Guest]], weigh: Callable[[Guest], int]) -> Key | None:
    """Of the address that weighs most the first that leaves, or idles, or is sending; None when nobody weighs.

    guests: by the time they wait, the longest first.
    """
    heavy = [(key, guest) for key, guest in guests if weigh(guest)]
    weights: Counter[str] = Counter()
    for _, guest in heavy:
        weights[guest.address] += weigh(guest)
    if not weights:
        return None
    address = max(weights, key=lambda each: weights[each])
    mine = [(key, guest) for key, guest in heavy if guest.address == address]
    return min(mine, key=lambda each: (each[1].busy, each[1].reception is not None))[0]


def whose(peer: str, told: str, proxies: int) -> str:
    """The address that a connection, or with X-Forwarded-For a request, counts for; see `address_of`."""
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": told}
    return address_of(Request(environ), proxies)


@lru_cache(maxsize=4096)
def household(peer: str) -> str:
    """The same of a connection alone."""
    return whose(peer, "", 0)


def connections_most(wanted: int) -> int:
    """As many as wanted, or as this process may open files for; each may hold a body in a file, too."""
    files = 2 * wanted + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= files:
        return wanted
    soft = files if hard == resource.RLIM_INFINITY else min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(wanted, max((soft - OWN_FILES) // 2, soft // 3))
