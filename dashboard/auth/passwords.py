"""Hashes of passwords: argon2id with the parameters that OWASP recommends, so that a login costs 20 MB and 0.1 s."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.domain.access.passwords import MOST

AT_ONCE = 2
"""Hashes that are computed at the same time: walls and reports need the processor, too."""
WAIT_S = 8.0
LONGEST = MOST
"""Characters of a password that are read."""
DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$IH6kMLgQkQom6PWb5y04Cw$+I0x+THuGrSIHtuR1oiYxJ1xQMqOpDaFhceZ2tQ6RNc"
"""Of a password that nobody knows: an unknown name takes as long as a known one."""
GROUPS, GROUP = 4, 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
slots = threading.BoundedSemaphore(AT_ONCE)


class Busy(RuntimeError):
    """Too many logins at once; the same may succeed in a moment."""


def hashed(password: str) -> str:
    """For the store. Raises Busy."""
    with _Slot():
        return _hasher.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether it is the one that was hashed; never for None, in the same time. Raises Busy."""
    with _Slot():
        try:
            right = _hasher.verify(kept or DUMMY, password)
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def one_time_password() -> str:
    """A password to be changed at once: 99 random bits, no letter that looks like another."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


class _Slot:
    def __enter__(self) -> None:
        if not slots.acquire(timeout=WAIT_S):
            raise Busy("too many logins at once")

    def __exit__(self, *error: object) -> None:
        slots.release()
