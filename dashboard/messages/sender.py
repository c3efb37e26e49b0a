"""Sends what the outbox holds: in order for each case, with growing pauses, under a lease. A crash loses nothing.

What was sent and not yet marked when the process died is sent again with the same key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

import structlog

from dashboard.config.load import Config
from dashboard.messages.channels import Channel, Sendable, TryLater, Undeliverable, channels
from dashboard.messages.market_wording import MarketWording
from dashboard.messages.wording import Text, Wording
from data.domain.reasons import encode_reason, reason
from data.store.citizens import outbox
from data.store.citizens.outbox import Message
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.market import messages
from data.store.market.messages import PartyMessage
from ingest.runtime.leases import claim_or_take_over

log = structlog.get_logger(__name__)
PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""After the first try, the second ...; after the last of them a message is given up. About three and a half days."""
JITTER = 0.1
MOST_AT_ONCE = 20
LEASE_S = 60.0
"""Longer than one message may take."""
REST_MOST_S = 60.0


M = TypeVar("M", bound=Sendable)


class Outbox(Protocol[M]):
    """Where messages wait: `data.store.citizens.outbox`, `data.store.market.messages`."""

    def due(self, conn: Connection, now: datetime, channels: Sequence[str], most: int, *, dead_blocks: bool) -> list[M]:
        """What may be sent now."""

    def sent(self, conn: Connection, message_id: int, now: datetime) -> None:
        """The other side has it."""

    def postpone(self, conn: Connection, message_id: int, why: str, until: datetime) -> None:
        """A try failed."""

    def give_up(self, conn: Connection, message_id: int, why: str, now: datetime) -> None:
        """It becomes a dead letter."""


class Box(NamedTuple, Generic[M]):
    """An outbox with the words of its messages."""

    name: str
    """Of its lease."""
    outbox: Outbox[M]
    text: Callable[[M], Text]


class Sender(Generic[M]):
    """Sends by one channel."""

    def __init__(self, engine: Engine, box: Box[M], name: str, channel: Channel, *, dead_blocks: bool) -> None:
        """`name` is the channel's in the outbox."""
        self._engine, self._box, self._name, self._channel = engine, box, name, channel
        self._dead_blocks = dead_blocks
        self._failures, self._rests_until = 0, datetime.min

    def work(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round; returns how many were sent. Raises StoreDown."""
        at, sent = now(), 0
        if self._failures and at < self._rests_until:
            return 0
        with reading(self._engine) as conn:
            found = self._box.outbox.due(conn, at, [self._name], MOST_AT_ONCE, dead_blocks=self._dead_blocks)
        for message in found:
            if stopping() or not self._is_ours(owner, now()):
                break
            if not self._send(message, now()):
                break
            sent += 1
        return sent

    def _is_ours(self, owner: str, now: datetime) -> bool:
        with writing(self._engine) as conn:
            return claim_or_take_over(conn, f"{self._box.name} {self._name}", owner, now, LEASE_S)

    def _send(self, message: M, now: datetime) -> bool:
        """False when the channel should rest."""
        try:
            if not message.address:
                raise Undeliverable(reason("message.no_address"))
            self._channel.send(message, self._box.text(message), now)
        except Undeliverable as wrong:
            self._give_up(message, encode_reason(wrong.reason), now)
            return True
        except TryLater as wrong:
            self._try_later(message, wrong, now)
            return False
        self._failures = 0
        with writing(self._engine) as conn:
            self._box.outbox.sent(conn, message.id, now)
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
            self._box.outbox.postpone(conn, message.id, why, until)

    def _give_up(self, message: M, why: str, now: datetime) -> None:
        log.warning("message_given_up", channel=self._name, case=message.code, kind=message.kind, reason=why)
        with writing(self._engine) as conn:
            self._box.outbox.give_up(conn, message.id, why, now)


def senders(config: Config, home: Path, engine: Engine) -> dict[str, Sender[Message]]:
    """One for each channel that is configured."""
    wording = Wording(config.city, config.portal.reopen_within, _base_url(config))
    return _senders(config, home, engine, Box("outbox", outbox, wording.text))


def market_senders(config: Config, home: Path, engine: Engine) -> dict[str, Sender[PartyMessage]]:
    """Likewise, of messages to farmers and buyers."""
    wording = MarketWording(config.city, _base_url(config))
    return _senders(config, home, engine, Box("market outbox", messages, wording.text))


def _senders(config: Config, home: Path, engine: Engine, box: Box[M]) -> dict[str, Sender[M]]:
    blocks = config.messages.after_dead_letter == "block"
    return {
        name: Sender(engine, box, name, channel, dead_blocks=blocks) for name, channel in channels(config, home).items()
    }


def _base_url(config: Config) -> str:
    base = config.server.public_url or f"http://{config.server.host}:{config.server.port}"
    return base.rstrip("/")
