"""Access to Open311: POSTs need an API key and are limited by key, all other requests by address.

Limits a minute and an hour are moving windows in the memory of this process; a key's daily quota is counted in the
store.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from zoneinfo import ZoneInfo

from flask import Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from dashboard.api.faults import Fault, RequestError
from dashboard.auth.api_keys import ApiKeyCache
from dashboard.config.models import Open311ServerSettings
from data.store.accounts import api_keys
from data.store.accounts.api_keys import KeyDay, Owner
from data.store.db.engine import Engine, reading, writing

HOUSEHOLD_BITS = 64
"""The part of an IPv6 address that one household shares."""


class RateLimit:
    """One for all routes. Thread-safe."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(
        self, kind: str, who: str, most: int | None, now: datetime, *, cost: int = 1, hourly: bool = False
    ) -> int:
        """Count a request; 0 when it is allowed, else the seconds until it would be.

        most: how often in any minute, or any hour; None: no limit.
        """
        if most is None:
            return 0
        limit: RateLimitItem = RateLimitItemPerHour(most) if hourly else RateLimitItemPerMinute(most)
        if self._windows.hit(limit, kind, who, cost=min(cost, most)):
            return 0
        return max(1, math.ceil(self._windows.get_window_stats(limit, kind, who).reset_time - now.timestamp()))

    def is_used_up(self, kind: str, who: str, most: int) -> bool:
        """Whether one more in this hour would be too many; nothing is counted."""
        return not self._windows.test(RateLimitItemPerHour(most), kind, who)


class DailyQuotas:
    """Reports of each key today: counted in memory, saved every few seconds, read again at a start.

    A POST does not query the store. When the process is killed, counts since the last save are lost; other processes
    see the counts after the next save. Thread-safe.
    """

    def __init__(self, engine: Engine, timezone: str) -> None:
        self._engine, self._zone = engine, ZoneInfo(timezone)
        self._lock = threading.Lock()
        self._unsaved: Counter[KeyDay] = Counter()
        self._saved: dict[str, int] = {}
        self._day = ""
        """The local date of the counts in `_saved`."""

    def count(self, name: str, now: datetime) -> None:
        """Call it after a report of this key was stored."""
        with self._lock:
            self._unsaved[name, self._local(now)] += 1

    def used(self, name: str, now: datetime) -> int:
        """Reports of this key today. Raises StoreDown, only at the first call of a day."""
        day = self._local(now)
        if day != self._day:
            self._read(day)
        with self._lock:
            return self._saved.get(name, 0) + self._unsaved[name, day]

    def until_tomorrow_s(self, now: datetime) -> int:
        """Seconds to the next local midnight, at least one."""
        local = now.astimezone(self._zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1, int((midnight.astimezone(now.tzinfo) - now).total_seconds()) + 1)

    def save(self, now: datetime) -> None:
        """Raises StoreDown; then no count is lost."""
        with self._lock:
            unsaved = Counter(self._unsaved)
        if unsaved:
            with writing(self._engine) as conn:
                api_keys.add_posts(conn, unsaved)
        with self._lock:
            self._unsaved -= unsaved
            for (name, day), n in unsaved.items():
                if day == self._day:
                    self._saved[name] = self._saved.get(name, 0) + n
        self._read(self._local(now))

    def _read(self, day: str) -> None:
        with reading(self._engine) as conn:
            saved = api_keys.posts_of_day(conn, day)
        with self._lock:
            self._day, self._saved = day, saved

    def _local(self, now: datetime) -> str:
        return now.astimezone(self._zone).date().isoformat()


class Open311Access:
    """Who may post, and how often anybody may ask. Thread-safe."""

    def __init__(
        self, settings: Open311ServerSettings, keys: ApiKeyCache, quotas: DailyQuotas, rate_limit: RateLimit
    ) -> None:
        self._settings, self._keys, self.quotas = settings, keys, quotas
        self._rate_limit = rate_limit

    def authorize(self, key: str, request: Request, now: datetime) -> Owner:
        """The owner of the key. Raises RequestError: 403, or 429 above a limit; StoreDown."""
        owner = self._keys.owner(key) if key else None
        if owner is None:
            self.limit_questions(request, now)
            raise RequestError(Fault(403, "api_key is unknown or revoked" if key else "api_key is missing"))
        per_minute = owner.per_minute or self._settings.per_minute
        wait = self._rate_limit.wait_s("key", owner.name, per_minute, now)
        if wait:
            message = f"this key may post {per_minute} times a minute; come again in {wait} s"
            raise RequestError(Fault(429, message), retry_after_s=wait)
        per_day = owner.per_day or self._settings.per_day
        if per_day is not None and self.quotas.used(owner.name, now) >= per_day:
            wait = self.quotas.until_tomorrow_s(now)
            message = f"this key may post {per_day} reports a day, and did; come again in {wait} s"
            raise RequestError(Fault(429, message), retry_after_s=wait)
        return owner

    def limit_questions(self, request: Request, now: datetime, cost: int = 1) -> None:
        """Count a request without a key as `cost` requests. Raises RequestError (429)."""
        most = self._settings.questions_per_minute
        wait = self._rate_limit.wait_s("address", address_of(request), most, now, cost=cost)
        if wait:
            message = f"one address may ask {most} times a minute; come again in {wait} s"
            raise RequestError(Fault(429, message), retry_after_s=wait)


def address_of(request: Request) -> str:
    """The client's address, of IPv6 the household's network; behind proxies see `server.proxies`."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text or "nobody"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, HOUSEHOLD_BITS), strict=False))
    return str(address)
