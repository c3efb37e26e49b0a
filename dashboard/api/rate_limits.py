"""Who may come in, and how often: reports by key, questions by address.

The minute is a moving window in the memory of this process; the day's quota of a key is counted in the store.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from zoneinfo import ZoneInfo

from flask import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard.api.faults import Fault, Faulty
from dashboard.auth.api_keys import KeyRing
from dashboard.config.models import Open311Settings
from data.store.accounts import api_keys
from data.store.accounts.api_keys import KeyDay, Owner
from data.store.db.engine import Engine, reading, writing

HOUSEHOLD_BITS = 64
"""Of an IPv6 address: what one household shares."""


class RateLimit:
    """One for all doors. Safe to use from many threads."""

    def __init__(self) -> None:
        self._minute = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(self, kind: str, who: str, most: int | None, now: datetime, *, cost: int = 1) -> int:
        """Count it; 0 when it may pass, else the seconds until the oldest one counted is a minute old.

        most: how often in any minute; None: no limit.
        """
        if most is None:
            return 0
        limit = RateLimitItemPerMinute(most)
        if self._minute.hit(limit, kind, who, cost=min(cost, most)):
            return 0
        return max(1, math.ceil(self._minute.get_window_stats(limit, kind, who).reset_time - now.timestamp()))


class Quotas:
    """How many reports each key brought today: counted in memory, written down at every beat, read again at a start.

    Nothing is asked of the store by a POST. What came since the last beat is lost when the process is killed; several
    processes know of each other's counts a beat late. Safe to use from many threads.
    """

    def __init__(self, engine: Engine, timezone: str) -> None:
        self._engine, self._zone = engine, ZoneInfo(timezone)
        self._guard = threading.Lock()
        self._fresh: Counter[KeyDay] = Counter()
        """Not yet written down."""
        self._written: dict[str, int] = {}
        self._day = ""
        """Whose counts `_written` holds."""

    def count(self, name: str, now: datetime) -> None:
        """A report of this key was stored."""
        with self._guard:
            self._fresh[name, self._local(now)] += 1

    def used(self, name: str, now: datetime) -> int:
        """How many came with this key today. Raises StoreDown, at the first question of a day only."""
        day = self._local(now)
        if day != self._day:
            self._read(day)
        with self._guard:
            return self._written.get(name, 0) + self._fresh[name, day]

    def until_tomorrow_s(self, now: datetime) -> int:
        """Seconds to the next local midnight, at least one."""
        local = now.astimezone(self._zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1, int((midnight.astimezone(now.tzinfo) - now).total_seconds()) + 1)

    def beat(self, now: datetime) -> None:
        """Write down what came since the last one. Raises StoreDown; then nothing is forgotten."""
        with self._guard:
            fresh = Counter(self._fresh)
        if fresh:
            with writing(self._engine) as conn:
                api_keys.add_posts(conn, fresh)
        with self._guard:
            self._fresh -= fresh
            for (name, day), n in fresh.items():
                if day == self._day:
                    self._written[name] = self._written.get(name, 0) + n
        self._read(self._local(now))

    def _read(self, day: str) -> None:
        with reading(self._engine) as conn:
            written = api_keys.posts_of_day(conn, day)
        with self._guard:
            self._day, self._written = day, written

    def _local(self, now: datetime) -> str:
        return now.astimezone(self._zone).date().isoformat()


class Gate:
    """Safe to use from many threads."""

    def __init__(self, settings: Open311Settings, keys: KeyRing, quotas: Quotas, rate_limit: RateLimit) -> None:
        self._settings, self._keys, self.quotas = settings, keys, quotas
        self._rate_limit = rate_limit

    def admit(self, key: str, request: Request, now: datetime) -> Owner:
        """Who wants to post. Raises Faulty: 403, or 429 when he has posted too often; StoreDown."""
        owner = self._keys.owner(key) if key else None
        if owner is None:
            self.welcome(request, now)
            raise Faulty(Fault(403, "api_key is unknown or revoked" if key else "api_key is missing"))
        per_minute = owner.per_minute or self._settings.per_minute
        wait = self._rate_limit.wait_s("key", owner.name, per_minute, now)
        if wait:
            said = f"this key may post {per_minute} times a minute; come again in {wait} s"
            raise Faulty(Fault(429, said), retry_after_s=wait)
        per_day = owner.per_day or self._settings.per_day
        if per_day is not None and self.quotas.used(owner.name, now) >= per_day:
            wait = self.quotas.until_tomorrow_s(now)
            said = f"this key may post {per_day} reports a day, and did; come again in {wait} s"
            raise Faulty(Fault(429, said), retry_after_s=wait)
        return owner

    def welcome(self, request: Request, now: datetime, cost: int = 1) -> None:
        """Somebody without a key asks something that weighs so much. Raises Faulty (429)."""
        most = self._settings.questions_per_minute
        wait = self._rate_limit.wait_s("address", address_of(request), most, now, cost=cost)
        if wait:
            said = f"one address may ask {most} times a minute; come again in {wait} s"
            raise Faulty(Fault(429, said), retry_after_s=wait)


def address_of(request: Request) -> str:
    """Whose request this is: an address, of IPv6 the network of a household; behind proxies see `server.proxies`."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text or "nobody"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, HOUSEHOLD_BITS), strict=False))
    return str(address)
