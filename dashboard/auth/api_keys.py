"""API keys, cached for a few seconds."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from data.store.accounts import api_keys
from data.store.accounts.api_keys import Owner
from data.store.db.engine import Engine, reading

CACHED_S = 5.0
"""A revoked key is still valid for so long at most."""
MOST = 1000


class ApiKeyCache:
    """Thread-safe: at worst two threads query the same key."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._monotonic = engine, monotonic
        self._known: dict[bytes, tuple[Owner, float]] = {}

    def owner(self, key: str) -> Owner | None:
        """None for an unknown or revoked key. Raises StoreDown."""
        mark, now = hashlib.sha256(key.encode()).digest(), self._monotonic()
        known = self._known.get(mark)
        if known is not None and now < known[1]:
            return known[0]
        with reading(self._engine) as conn:
            found = api_keys.owner(conn, key)
        if len(self._known) >= MOST:
            self._known.clear()
        if found is None:
            self._known.pop(mark, None)
        else:
            self._known[mark] = (found, now + CACHED_S)
        return found
