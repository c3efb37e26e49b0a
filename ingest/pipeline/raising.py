"""Raises new cases in the area of a warning to the public, as config.yaml says; the case's history tells why."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import City, Priority
from data.domain.reasons import encode_reason, reason
from data.domain.warnings.nouns import PublicWarning
from data.store.db.engine import Connection
from data.store.queries.warnings.in_force import in_force
from ingest.pipeline.drafting.drafts import Draft
from ingest.warnings.areas import is_inside

_ORDER = list(Priority)


class RaisedDraft(NamedTuple):
    """A draft with a higher priority, and the event that says why."""

    draft: Draft
    event: CaseEvent


def raised_by_warning(conn: Connection, city: City, draft: Draft, now: datetime) -> RaisedDraft | None:
    """None where no warning raises it. Only fresh cases, and never to less than they have; no clock depends on it."""
    rules, category, place = city.warnings, draft.category.code, draft.location
    if not rules.raises(category) or not draft.is_fresh(now) or place.village is None:
        return None
    around = [each for each in in_force(conn, now) if is_inside(each, place.village, place.lat, place.lon)]
    raised = rules.raising(category, around)
    if raised is None or _ORDER.index(Priority(raised.priority)) >= _ORDER.index(draft.choice.priority):
        return None
    priority = Priority(raised.priority)
    event = CaseEvent(
        max(now, draft.record.received_at),
        EventKind.RECLASSIFIED,
        ActorKind.SYSTEM,
        priority=priority.value,
        text=_why(raised.warning, city, now),
    )
    return RaisedDraft(draft._replace(choice=draft.choice._replace(priority=priority)), event)


def _why(warning: PublicWarning, city: City, now: datetime) -> str:
    """The event by its names in both languages, since the reason may be read in either."""
    names = [city.warnings.name_of(warning.event, lang) or warning.event for lang in ("id", "en")]
    event = names[0] if names[0] == names[1] else f"{names[0]} ({names[1]})"
    zone = ZoneInfo(city.timezone)
    ends = (warning.ends_at or now).astimezone(zone)
    until = f"{ends:%H.%M}" if ends.date() == now.astimezone(zone).date() else f"{ends:%d/%m %H.%M}"
    if warning.is_end_known:
        return encode_reason(reason("warning.raised", event=event, sender=warning.sender_name, until=until))
    return encode_reason(reason("warning.raised_open", event=event, sender=warning.sender_name, until=until))
