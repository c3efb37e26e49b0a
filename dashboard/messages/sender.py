"""Sends what the outbox holds: in order for each case, with growing pauses, under a lease. A crash loses nothing.

What was sent and not yet marked when the process died is sent again with the same key.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from dashboard.config.load import Config
from dashboard.messages.channels import Channel, TryLater, Undeliverable, channels
from dashboard.messages.wording import Wording
from data.domain.reasons import encode_reason, reason
from data.store.citizens import outbox
from data.store.citizens.outbox import Message
from data.store.db.engine import Engine, reading, writing
from ingest.runtime.leases import claim_or_take_over

log = structlog.get_logger(__name__)
PAUSES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""After the first try, the second ...; after the last of them a message is given up. About three and a half days."""
JITTER = 0.1
MOST_AT_ONCE = 20
LEASE_S = 60.0
"""Longer than one message may take."""
REST_MOST_S = 60.0


class Sender:
    """Sends by one channel."""

    def __init__(self, engine: Engine, wording: Wording, name: str, channel: Channel, *, dead_blocks: bool) -> None:
        """`name` is the channel's in the outbox."""
        self._engine, self._wording, self._name, self._channel = engine, wording, name, channel
        self._dead_blocks = dead_blocks
        self._failures, self._rests_until = 0, datetime.min

    def work(self, owner: str, now: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> int:
        """One round; returns how many were sent. Raises StoreDown."""
        at, sent = now(), 0
        if self._failures and at < self._rests_until:
            return 0
        with reading(self._engine) as conn:
            found = outbox.due(conn, at, [self._name], MOST_AT_ONCE, dead_blocks=self._dead_blocks)
        for message in found:
            if stopping() or not self._is_ours(owner, now()):
                break
            if not self._send(message, now()):
                break
            sent += 1
        return sent

    def _is_ours(self, owner: str, now: datetime) -> bool:
        with writing(self._engine) as conn:
            return claim_or_take_over(conn, f"outbox {self._name}", owner, now, LEASE_S)

    def _send(self, message: Message, now: datetime) -> bool:
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
            outbox.sent(conn, message.id, now)
        return True

    def _try_later(self, message: Message, wrong: TryLater, now: datetime) -> None:
        self._failures += 1
        self._rests_until = now + timedelta(seconds=min(2.0**self._failures, REST_MOST_S))
        why = encode_reason(wrong.reason)
        if message.attempts >= len(PAUSES_S):
            self._give_up(message, why, now)
            return
        pause_s = max(PAUSES_S[message.attempts], wrong.after_s or 0.0)
        until = now + timedelta(seconds=pause_s * random.uniform(1, 1 + JITTER))
        with writing(self._engine) as conn:
            outbox.postpone(conn, message.id, why, until)

    def _give_up(self, message: Message, why: str, now: datetime) -> None:
        log.warning("message_given_up", channel=self._name, case=message.code, kind=message.kind, reason=why)
        with writing(self._engine) as conn:
            outbox.give_up(conn, message.id, why, now)


def senders(config: Config, home: Path, engine: Engine) -> dict[str, Sender]:
    """One for each channel that is configured."""
    base = config.server.public_url or f"http://{config.server.host}:{config.server.port}"
    wording = Wording(config.city, config.portal.reopen_within, base.rstrip("/"))
    blocks = config.messages.after_dead_letter == "block"
    return {
        name: Sender(engine, wording, name, channel, dead_blocks=blocks)
        for name, channel in channels(config, home).items()
    }
