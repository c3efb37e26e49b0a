"""What a citizen reads: the sentence of a message in the reporter's language, filled in when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.domain.cases.citizen_messages import ASKED_BACK, MessageKind
from data.domain.cases.tracking_code import shown
from data.domain.city.model import TRIAGE, City
from data.reference.places.villages import village_named
from data.store.citizens.outbox import Message
from layouts.kit.words import Words, words

TEXT_MOST = 1000
"""Of what an agency wrote: the rest stands on the status page."""
OPEN_TO_ALL = frozenset({MessageKind.RECEIVED})
"""What may be said of a private report on a screen that others see."""

UNTIL = frozenset(MessageKind) - {
    *(MessageKind.VERIFIED, MessageKind.DECLINED, MessageKind.CLOSED, MessageKind.NOT_OURS, MessageKind.REJECTED),
}
"""Kinds that say until when."""


@dataclass(frozen=True, slots=True)
class Text:
    """A message in words."""

    subject: str
    body: str
    link: str | None
    """The status page."""
    about: str = "report"
    """Of what it is: the first part of the type of a webhook."""


class Wording:
    """For one city."""

    def __init__(self, city: City, reopen_within: timedelta, base_url: str) -> None:
        """`base_url`: where citizens reach the status pages, without a slash at its end."""
        self._city, self._reopen_within, self._base_url = city, reopen_within, base_url
        self._zone = ZoneInfo(city.timezone)

    def text(self, message: Message) -> Text:
        """The sentence of its kind."""
        say = words(message.lang or "")
        link = f"{self._base_url}/lapor/{shown(message.tracking)}" if message.tracking else None
        subject = say("message.subject", code=message.code)
        if message.private and message.kind not in OPEN_TO_ALL:
            return Text(subject, say("message.private", code=message.code), link)
        return Text(subject, self._body(message, say), link)

    def _body(self, message: Message, say: Words) -> str:
        until = self._until(message)
        part = "no_until." if until is None and message.kind in UNTIL else ""
        agency = self._city.agencies.get(message.agency or "")
        category, village = self._city.categories.get(message.category), village_named(message.village or "")
        return say(
            f"message.{part}{message.kind}",
            code=message.code,
            until="" if until is None else say.moment(until.astimezone(self._zone)),
            agency=agency.short if agency and message.agency != TRIAGE else say("message.control_room"),
            category=category.name[say.lang] if category else say("message.other_category"),
            village=village.name if village else self._city.name,
            authority=self._authority(message.authority or ""),
            text=_shortened(message.text or "") or say("message.no_words"),
        )

    def _authority(self, told: str) -> str:
        """Whose it is: an agency of ours, or the name of another authority."""
        agency = self._city.agencies.get(told)
        return agency.name if agency else told

    def _until(self, message: Message) -> datetime | None:
        if message.kind == MessageKind.RESOLVED:
            return message.event_at + self._reopen_within
        if message.kind == MessageKind.COMPLETION:
            pause = self._city.pauses.get(ASKED_BACK)
            return message.event_at + pause.cap if pause is not None and pause.cap is not None else None
        return message.due_at


def _shortened(text: str) -> str:
    """On one line, as a sentence that another may follow."""
    text = " ".join(text.split())
    if len(text) > TEXT_MOST:
        return text[: TEXT_MOST - 1] + "…"
    return text if not text or text[-1] in ".!?…" else text + "."
