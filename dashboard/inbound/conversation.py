"""What a citizen's message becomes: a report, the answer to our question for the place, or a word to a known report.

Each message counts once: what it becomes and its id are one transaction.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from dashboard.api.rate_limits import RateLimit
from dashboard.config.sections.citizens import InboundSettings
from dashboard.inbound.intake import MessageIntake
from dashboard.inbound.reading import InboundMessage, payload_of
from dashboard.portal.service import device_id
from data.domain.cases.citizen_messages import ASKED_PLACE
from data.domain.cases.commands.model import CITIZEN_PAUSE, Actor, Command, CommandKind
from data.domain.cases.commands.rules import has_words
from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind
from data.domain.cases.tracking_code import BITS, code_of, read_code
from data.domain.reasons import encode_reason, reason
from data.reference.places.names import place_in_text
from data.reference.places.villages import village_named
from data.store.cases import cases, photos
from data.store.cases.cases import StoredCase
from data.store.cases.commands import CommandRefused, CommandRules, Order, apply
from data.store.citizens import inbound, tracking
from data.store.citizens.inbound import ATTACHED, REJECTED, REPORT
from data.store.db.engine import Connection, reading, writing
from data.store.intake import rejected
from ingest.http.network import is_inner
from ingest.photos.fetching import GATEWAY
from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import rejected_record
from ingest.source import Outcome, Raw

SAME = "same"
ANSWER_WITHIN, TOGETHER_WITHIN = timedelta(hours=24), timedelta(hours=1)
"""How long a message is taken for the answer to our question; a picture without words for one of the last report."""
ASKED_MOST = 2
_CODE = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Za-z]{4}(?:[\s-]?[0-9A-Za-z]{4}){2}[\s-]?[0-9A-Za-z](?![0-9A-Za-z])", re.ASCII
)
_CITIZEN = Actor("", ActorKind.CITIZEN)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One of `messages.inbound`."""

    name: str
    settings: InboundSettings
    intake: MessageIntake
    lang: str | None
    """Of our answers; None: there is no way to answer."""


class _ReportedMeanwhile(Exception):
    """Another message of the same sender, handled at the same moment, became the report that this one belongs to."""

    def __init__(self, case_id: int) -> None:
        super().__init__(case_id)
        self.case_id = case_id


class Conversations:
    """Takes messages of all gateways. Thread-safe."""

    def __init__(
        self,
        pipeline: Pipeline,
        rules: CommandRules,
        rate_limit: RateLimit,
        secret: bytes,
        report_stored: Callable[[str, datetime], None],
    ) -> None:
        """`secret`: senders are told apart by a hash with it. `report_stored` gets the gateway's name."""
        self._pipeline, self._rules, self._rate_limit = pipeline, rules, rate_limit
        self._secret, self._report_stored = secret, report_stored

    def take(self, gateway: Gateway, message: InboundMessage, now: datetime) -> str:
        """What became of it: same, report, attached, rejected. Raises StoreDown."""
        sender = device_id(f"tel:{message.sender}", self._secret)
        with reading(self._pipeline.engine) as conn:
            if inbound.is_known(conn, gateway.name, message.id):
                return SAME
            known = None if message.unknown else self._case_of(conn, gateway, message, sender, now)
        if self._rate_limit.wait_s("inbound", sender, gateway.settings.per_sender, now, hourly=True):
            return self._reject(gateway, message, sender, now)
        if known is None:
            try:
                return self._report(gateway, message, sender, now)
            except _ReportedMeanwhile as other:
                known = other.case_id
        with writing(self._pipeline.engine) as conn:
            if not inbound.add(conn, (gateway.name, message.id), sender, now, became=ATTACHED, case_id=known):
                return SAME
            self._attach(conn, gateway, message, known, now)
        return ATTACHED

    def _case_of(
        self, conn: Connection, gateway: Gateway, message: InboundMessage, sender: str, now: datetime
    ) -> int | None:
        """The report that a message belongs to; None: it is a new one."""
        case_id = self._case_of_code(conn, message, sender, now)
        return self._case_of_sender(conn, gateway, message, sender, now) if case_id is None else case_id

    @staticmethod
    def _case_of_sender(
        conn: Connection, gateway: Gateway, message: InboundMessage, sender: str, now: datetime
    ) -> int | None:
        """The last report, when it waits for its place or the message is a picture alone."""
        last = inbound.last_report(conn, gateway.name, sender, now - ANSWER_WITHIN)
        if last is not None and inbound.awaits_place(conn, last):
            return last
        is_picture = bool(message.media) and not message.text
        return inbound.last_report(conn, gateway.name, sender, now - TOGETHER_WITHIN) if is_picture else None

    def _case_of_code(self, conn: Connection, message: InboundMessage, sender: str, now: datetime) -> int | None:
        """By the tracking code in its text; who guesses is not listened to for a while."""
        code = next((code for found in _CODE.findall(message.text) if (code := read_code(found))), None)
        if code is None or self._rate_limit.is_used_up("inbound_code", sender, ASKED_MOST * 5):
            return None
        case_id = tracking.case_id_of(conn, code)
        if case_id is None:
            self._rate_limit.wait_s("inbound_code", sender, ASKED_MOST * 5, now, hourly=True)
        return case_id

    def _report(self, gateway: Gateway, message: InboundMessage, sender: str, now: datetime) -> str:
        allowed, refused = sorted_media(message.media, gateway.settings.media_hosts)
        told = {**dict(payload_of(message)), "received_at": now.isoformat(), "media": allowed}
        raw = Raw(message.id or secrets.token_hex(16), told | ({"lang": gateway.lang} if gateway.lang else {}))
        key = (gateway.name, raw.external_id)

        def also(conn: Connection, outcome: Outcome) -> None:
            assert outcome.case_id is not None
            first = None if message.unknown else self._case_of_sender(conn, gateway, message, sender, now)
            if first is not None:
                raise _ReportedMeanwhile(first)
            inbound.add(conn, key, sender, now, became=REPORT, case_id=outcome.case_id)
            tracking.add(conn, outcome.case_id, code_of(secrets.randbits(BITS)))
            self._fetch(conn, gateway, outcome.case_id, allowed[1:], now)
            assert outcome.code is not None
            for why in refused:
                photos.add_received(conn, outcome.code, why, now)

        prepared = self._pipeline.prepare(gateway.intake, raw, now)
        outcome = self._pipeline.write(gateway.name, raw, prepared, now, once=True, also=also)
        if outcome.case_id is None:
            with writing(self._pipeline.engine) as conn:
                inbound.add(conn, key, sender, now, became=REJECTED)
            return REJECTED
        self._report_stored(gateway.name, now)
        return REPORT

    def _reject(self, gateway: Gateway, message: InboundMessage, sender: str, now: datetime) -> str:
        """Too many of one sender: kept, to be judged by people."""
        told = {**dict(payload_of(message)), "received_at": now.isoformat()}
        why = reason("inbound.too_many", most=gateway.settings.per_sender)
        with writing(self._pipeline.engine) as conn:
            if inbound.add(conn, (gateway.name, message.id), sender, now, became=REJECTED):
                rejected.add(conn, rejected_record(gateway.name, Raw(message.id, told), why), now)
        return REJECTED

    def _attach(self, conn: Connection, gateway: Gateway, message: InboundMessage, case_id: int, now: datetime) -> None:
        """The words as a note of the citizen, or as what was asked for; pictures; the place, if it was asked for."""
        found = _speaking(conn, case_id)
        self._say(conn, found, message, now)
        allowed, refused = sorted_media(message.media, gateway.settings.media_hosts)
        self._fetch(conn, gateway, case_id, allowed, now)
        for why in refused:
            photos.add_received(conn, found.facts.code, why, now)
        if not inbound.awaits_place(conn, case_id):
            return
        place = _place(message)
        if place:
            self._place(conn, gateway, case_id, place, now)
        elif gateway.lang and inbound.times_asked(conn, case_id) < ASKED_MOST:
            question = CaseEvent(max(now, found.status.updated_at), EventKind.NOTE, reason=ASKED_PLACE)
            cases.append_events(conn, case_id, [question], cases.terms_for(found, self._rules.terms_of), now)

    @staticmethod
    def _fetch(conn: Connection, gateway: Gateway, case_id: int, media: Sequence[str], now: datetime) -> None:
        photos.add_pending(conn, [(case_id, f"{GATEWAY}{gateway.name}:{url}") for url in media], now)

    def _say(self, conn: Connection, found: StoredCase, message: InboundMessage, now: datetime) -> None:
        code = tracking.code_of(conn, found.id)
        plain = _CODE.sub(lambda each: "" if read_code(each[0]) == code else each[0], message.text).strip()
        text = plain if has_words(plain) else encode_reason(reason("inbound.without_words"))
        events = cases.events_of(conn, found.id)
        asked = next((each.reason for each in reversed(events) if each.kind is EventKind.PAUSED), None)
        is_answer = found.status.state is CaseState.WAITING and asked == CITIZEN_PAUSE
        command = Command(CommandKind.RESUME if is_answer else CommandKind.NOTE, text=text)
        try:
            apply(conn, Order(found.facts.code, found.version, command, _CITIZEN), self._rules, now)
        except CommandRefused as refused:  # a state in which nobody may add a word: people decide what it means
            told = {"code": found.facts.code, "text": text, "sender": message.sender}
            rejected.add(conn, rejected_record(found.facts.source, Raw(message.id, told), refused.reason), now)

    def _place(self, conn: Connection, gateway: Gateway, case_id: int, place: dict[str, Any], now: datetime) -> None:
        """The same report with the place that was missing, as its source would correct it."""
        found = cases.by_id(conn, case_id)
        assert found is not None
        facts, received = found.facts, found.status.received_at
        told = {"sender": "-", "text": facts.text or facts.title, "received_at": received.isoformat(), **place}
        raw = Raw(facts.external_id, told)
        self._pipeline.write_within(conn, facts.source, raw, self._pipeline.prepare(gateway.intake, raw, now), now)


def sorted_media(media: Sequence[str], hosts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The addresses at which a gateway keeps its pictures, and why others are refused."""
    allowed, refused = [], []
    for url in media:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").casefold()
        except ValueError:
            host = ""
        if host in hosts and parts.scheme == "https" and not parts.username and not is_inner(host):
            allowed.append(url)
        else:
            refused.append(encode_reason(reason("inbound.other_host", host=host[:100] or "-")))
    return allowed, refused


def _speaking(conn: Connection, case_id: int) -> StoredCase:
    """The case, or the one into which it was folded."""
    found = cases.by_id(conn, case_id)
    assert found is not None
    head = cases.by_id(conn, found.facts.head_id) if found.facts.head_id is not None else None
    return head or found


def _place(message: InboundMessage) -> dict[str, Any]:
    """The place that a message tells; empty when it tells none."""
    if message.lat is not None and message.lon is not None:
        return {"lat": message.lat, "lon": message.lon}
    named = village_named(message.text)
    code = named.code if named else place_in_text(message.text).village
    return {"village": code} if code else {}
