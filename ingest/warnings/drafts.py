"""Understands a warning's message: which event, in force from when to when, for which villages. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.domain.reasons import reason
from data.domain.warnings.nouns import Severity, WarningWords
from data.domain.warnings.rules import WarningRules
from data.reference.boundaries.areas import Boundaries
from data.store.warnings.told import Reference, WarningFacts, WarningTold
from ingest.source import Unreadable
from ingest.warning_record import WarningInfo, WarningRecord
from ingest.warnings.areas import WarnedArea, warned_area

_FUTURE = timedelta(days=1)
"""A clock may go wrong by so much."""
_SEVERITY = {severity: n for n, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class WarningDraft:
    """A message that was understood."""

    record: WarningRecord
    told: WarningTold
    map: int
    """The number of the map by which its villages were found."""

    @property
    def external_id(self) -> str:
        return self.record.external_id


class WarningDrafter:
    """Understands records; safe to use from many threads."""

    def __init__(self, rules: WarningRules, boundaries: Boundaries) -> None:
        self._rules, self.boundaries = rules, boundaries

    def draft(self, record: WarningRecord, now: datetime) -> WarningDraft:
        """Raises Unreadable."""
        if record.sent > now + _FUTURE:
            raise Unreadable(reason("record.in_future", field="sent", at=f"{record.sent:%Y-%m-%d %H:%M:%S}Z"))
        ground = self.boundaries
        told = WarningTold(
            key=record.key,
            digest=record.digest,
            own=Reference(record.sender, record.identifier, record.sent),
            message_type=record.message_type,
            message=record.message,
            references=tuple(Reference(each.sender, each.identifier, each.sent) for each in record.references),
            facts=self._facts(record, ground) if record.infos else None,
            demo=record.demo,
        )
        return WarningDraft(record, told, ground.number)

    def _facts(self, record: WarningRecord, ground: Boundaries) -> WarningFacts:
        """Of several infos: the words of the first in each language, all areas, the gravest severity, all the time."""
        infos = record.infos
        first, area = infos[0], _area(record, ground)
        event = self._rules.event_of(*(text for each in infos for text in (each.event, each.headline)))
        effective = min(each.effective or record.sent for each in infos)
        ends = [each.expires for each in infos if each.expires is not None]
        expires = max(ends) if len(ends) == len(infos) else None
        onsets = [each.onset for each in infos if each.onset is not None]
        return WarningFacts(
            event=event,
            rank=self._rules.rank_of(event),
            severity=min((each.severity for each in infos), key=_SEVERITY.__getitem__),
            urgency=first.urgency,
            certainty=first.certainty,
            words=_words(infos),
            effective_at=effective,
            onset_at=min(onsets, default=None),
            expires_at=expires,
            ends_at=self._rules.ends_at(event, effective, expires),
            geometry=area.geometry,
            villages=area.villages,
            is_for_city=bool(area.villages),
            sender_name=record.credit or next(filter(None, (each.sender_name for each in infos)), record.sender),
            all_clear=all(each.all_clear for each in infos),
        )


def _area(record: WarningRecord, ground: Boundaries) -> WarnedArea:
    polygons = [corners for each in record.infos for corners in each.polygons]
    circles = [circle for each in record.infos for circle in each.circles]
    if not polygons and not circles:
        return WarnedArea(None, ground.codes if record.own else ())
    return warned_area(dict.fromkeys(polygons), circles, ground)


def _words(infos: Iterable[WarningInfo]) -> dict[str, WarningWords]:
    found: dict[str, WarningWords] = {}
    for each in infos:
        said = WarningWords(each.event, each.headline, each.description, each.instruction, each.area)
        found.setdefault(each.language, said)
    return found
