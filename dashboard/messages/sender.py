"""Sends what the outbox holds: in order for each case, with growing pauses, under a lease. A crash loses nothing.

What was sent and not yet marked when the process died is sent again with the same key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from dashboard.config.load import Config
from dashboard.messages.channels import Channel, Outgoing, TryLater, Undeliverable, channels
from dashboard.messages.escalation import NoticeWording
from dashboard.messages.market_wording import MarketWording
from dashboard.messages.wording import Text, Wording
from data.domain.reasons import encode_reason, reason
from data.store.citizens import outbox
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.escalation.notices import Notices
from data.store.market import messages as market_outbox
from ingest.runtime.leases import claim_or_take_over

log = structlog.get_logger(__name__)
PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""After the first try, the second ...; after the last of them a message is given up. About three and a half days."""
JITTER = 0.1
MOST_AT_ONCE = 20
LEASE_S = 60.0
"""Longer than one message may take."""
REST_MOST_S = 60.0


M = TypeVar("M", bound=Outgoing)
Held = TypeVar("Held", bound=Outgoing, covariant=True)
Told = TypeVar("Told", bound=Outgoing, contravariant=True)


class Queue(Protocol[Held]):
    """Where messages wait: the outbox of citizens, of the market, the notices about escalations."""

    def due(
        self, conn: Connection, now: datetime, channels: Sequence[str], most: int, *, dead_blocks: bool
    ) -> Sequence[Held]:
        """What may be sent now."""

    def sent(self, conn: Connection, message_id: int, now: datetime) -> None:
        """The other side has it."""

    def postpone(self, conn: Connection, message_id: int, why: str, until: datetime) -> None:
        """A try failed."""

    def give_up(self, conn: Connection, message_id: int, why: str, now: datetime) -> None:
        """It becomes a dead letter."""


class Writer(Protocol[Told]):
    """Puts a message into words."""

    def text(self, message: Told) -> Text:
        """As it is sent."""


class Sender(Generic[M]):
    """Sends by one channel what waits in one queue."""

    def __init__(
        self,
        engine: Engine,
        queue: Queue[M],
        wording: Writer[M],
        name: str,
        channel: Channel,
        *,
        lease: str = "outbox",
        dead_blocks: bool = False,
    ) -> None:
        """`name` is the channel's in the queue. lease: one for each queue."""
        self._engine, self._queue, self._wording, self._name, self._channel = engine, queue, wording, name, channel
        self._lease, self._dead_blocks = f"{lease} {name}", dead_blocks
        self._failures, self._rests_until = 0, datetime.min

    def work(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round; returns how many were sent. Raises StoreDown."""
        at, sent = now(), 0
        if self._failures and at < self._rests_until:
            return 0
        while sent < MOST_AT_ONCE and self._next(at) and not stopping() and self._is_ours(owner, now()):
            message = self._next(at)
            if message is None or not self._send(message, now()):
                break
            sent += 1
        return sent

    def _next(self, at: datetime) -> M | None:
        """Asked again just before it is sent: what was erased or became private meanwhile is sent by nobody."""
        with reading(self._engine) as conn:
            found = self._queue.due(conn, at, [self._name], 1, dead_blocks=self._dead_blocks)
        return found[0] if found else None

    def _is_ours(self, owner: str, now: datetime) -> bool:
        with writing(self._engine) as conn:
            return claim_or_take_over(conn, self._lease, owner, now, LEASE_S)

    def _send(self, message: M, now: datetime) -> bool:
        """False when the channel should rest."""
        try:
            if not message.address:
                raise Undeliverable(reason("message.no_address"))
            self._channel.send(message, self._wording.text(message), now)
        except Undeliverable as wrong:
            self._give_up(message, encode_reason(wrong.reason), now)
            return True
        except TryLater as wrong:
            self._try_later(message, wrong, now)
            return False
        self._failures = 0
        with writing(self._engine) as conn:
            self._queue.sent(conn, message.id, now)
        return True

    def _try_later(self, message: M, wrong: TryLater, now: datetime) -> None:
        self._failures += 1
        self._rests_until = now + timedelta(seconds=min(2.0**self._failures, REST_MOST_S))
        why = encode_reason(wrong.reason)
        if message.attempts >= len(PAUSES_S):
            self._give_up(message, why, now)
            return
        pause_s = max(PAUSES_S[message.attempts], wrong.after_s or 0.0)
        until = now + timedelta(seconds=pause_s * random.uniform(1, 1 + JITTER))
        with writing(self._engine) as conn:
            self._queue.postpone(conn, message.id, why, until)

    def _give_up(self, message: M, why: str, now: datetime) -> None:
        log.warning("message_given_up", channel=self._name, case=message.code, kind=message.kind, reason=why)
        with writing(self._engine) as conn:
            self._queue.give_up(conn, message.id, why, now)


class Work(Protocol):
    """A sender's rounds."""

    def work(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round."""


def senders(config: Config, home: Path, engine: Engine) -> dict[str, Work]:
    """By the name of the job: for each channel one to citizens, one to farmers and buyers, one about escalations."""
    base = (config.server.public_url or f"http://{config.server.host}:{config.server.port}").rstrip("/")
    wording, notice_wording = Wording(config.city, config.portal.reopen_within, base), NoticeWording(config.city, base)
    blocks = config.messages.after_dead_letter == "block"
    found: dict[str, Work] = {}
    for name, channel in channels(config, home, email=config.messages.email).items():
        found[f"messages {name}"] = Sender(engine, outbox, wording, name, channel, dead_blocks=blocks)
    market_wording = MarketWording(config.city, base)
    for name, channel in channels(config, home, email=config.messages.email).items():
        found[f"market messages {name}"] = Sender(
            engine, market_outbox, market_wording, name, channel, lease="market", dead_blocks=blocks
        )
    if config.city.escalation.tells_somebody:
        notices = Notices(config.city)
        for name, channel in channels(config, home, email=True).items():
            found[f"notices {name}"] = Sender(engine, notices, notice_wording, name, channel, lease="notices")
    return found
