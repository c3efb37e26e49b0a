"""Which column with dates is which: by their order in each row and by the rows in which they are empty.

A report is received, answered, finished; a column of the last change is filled in every row. What is meant to happen (a
due date) is none of them: it stands beside the day of completion in any order, or a whole number of days after receipt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from data.domain.reasons import reason
from ingest.tabular.detection.vocabulary import ANSWERED, DONE, DONE_EVENT, PLANNED, REFUSALS, plain
from ingest.tabular.mapping.datetimes import EXCEL, Moment, Moments, NoMoment
from ingest.tabular.proposal.evidence.date_formats import formats_of
from ingest.tabular.proposal.evidence.roles import Roles, share
from ingest.tabular.proposal.value_choices import events_of

_FIELDS = ("received", ANSWERED, DONE, "updated")
_DAY = 86_400
_FEW = 5
"""Fewer rows than that prove nothing."""
_ORDERED = 0.9
"""The share of rows in which two dates must stand in one order."""
_FULL = 0.97
_MOST = 20
"""Columns that are compared with one another."""


def find_dates(roles: Roles) -> None:
    """Give the dates that no name has told."""
    free = [name for name in roles.free() if _holds_dates(roles, name)][:_MOST]
    named = [column for field in _FIELDS if (column := roles.column(field)) and _holds_dates(roles, column)]
    if not free:
        return
    dates = _Dates(_moments(roles, [*named, *free]), _ended(roles))
    roles.give("received", dates.first(free), 0.5, reason("column.dates_first"))
    received = roles.column("received")
    if received is None or received not in dates.of:
        return
    later = [name for name in free if name != received and dates.order(received, name) >= _ORDERED]
    later = [name for name in later if not dates.is_planned(received, name, roles.column(DONE)) and dates.tells(name)]
    roles.give(DONE, dates.last(received, later), 0.45, reason("column.dates_done"))
    done = roles.column(DONE)
    left = [name for name in later if name != done]
    roles.give(ANSWERED, dates.between(received, done, left), 0.45, reason("column.dates_answered"))
    left = [name for name in left if name != roles.column(ANSWERED) and dates.filled(name) >= _FULL]
    roles.give("updated", next(iter(left), None), 0.4, reason("column.dates_updated"))


def _holds_dates(roles: Roles, name: str) -> bool:
    dates = roles.evidence[name].dates
    serial = sum(often for (form, _), often in dates.shapes.items() if form == EXCEL)  # a postcode looks like one
    return dates.share >= 0.8 and serial < 0.5 * dates.seen and PLANNED.isdisjoint(plain(name).split())


def _moments(roles: Roles, names: Sequence[str]) -> dict[str, list[Moment | None]]:
    formats = formats_of(roles.evidence[name].dates for name in names).formats
    read = Moments(formats, "UTC").read

    def moment(text: str) -> Moment | None:
        try:
            return read(text) if text else None
        except NoMoment:
            return None

    return {name: [moment(text) for text in roles.cells[name]] for name in names if formats}


def _ended(roles: Roles) -> list[bool | None]:
    """Of each row whether its status says that it ended; None: nobody knows."""
    status = roles.column("status")
    events = [events_of(text) if text else None for text in roles.cells[status]] if status is not None else []
    return [None if each is None else DONE_EVENT in each or not REFUSALS.isdisjoint(each) for each in events]


@dataclass(frozen=True, slots=True)
class _Dates:
    """The dates of the first rows."""

    of: Mapping[str, Sequence[Moment | None]]
    ended: Sequence[bool | None]

    def filled(self, name: str) -> float:
        return share([each is not None for each in self.of[name]])

    def tells(self, name: str) -> bool:
        """One and the same day in every row may be any: a due date as well as the day of an export."""
        moments = {each.at for each in self.of[name] if each is not None}
        return len(moments) > 1 or len(self.of[name]) < _FEW or self.filled(name) < _FULL

    def order(self, first: str, second: str) -> float:
        """The share of rows in which `first` is not after `second`; a day without a time counts to its end."""
        return share([_not_after(a, b) for a, b in self._both(first, second)])

    def _both(self, first: str, second: str) -> list[tuple[Moment, Moment]]:
        pairs = zip(self.of[first], self.of[second], strict=True)
        return [(a, b) for a, b in pairs if a is not None and b is not None]

    def first(self, names: Sequence[str]) -> str | None:
        """The one that is filled everywhere and after none."""
        known = [name for name in names if name in self.of]
        most = max(map(self.filled, known), default=0.0)
        whole = [name for name in known if self.filled(name) >= _ORDERED * most]
        after = {name: sum(self.order(name, other) >= _ORDERED for other in known) for name in whole}
        return max(whole, key=lambda name: after[name], default=None)

    def is_planned(self, received: str, name: str, done: str | None) -> bool:
        timed = [(a, b) for a, b in self._both(received, name) if a.timed and b.timed and a.at != b.at]
        if len(timed) >= _FEW and share([(b.at - a.at).total_seconds() % _DAY == 0 for a, b in timed]) >= _ORDERED:
            return True
        if done is None or done not in self.of:
            return False
        pairs = self._both(name, done)
        if len(pairs) >= _FEW and 0.1 < share([a.at < b.at for a, b in pairs]) < 0.9:
            return share([a.at > b.at for a, b in pairs]) > 0.1 and self.filled(name) >= _FULL
        return False

    def last(self, received: str, names: Sequence[str]) -> str | None:
        """The day on which the work ended: empty in the rows that are open."""
        known = [end for end in self.ended if end is not None]
        part = [name for name in names if self.filled(name) < _FULL]
        if known and not all(known):
            fits = {name: self._agreement(name) for name in part}
            best = max(part, key=lambda name: fits[name], default=None)
            return best if best is not None and fits[best] >= 0.8 else None
        if part:
            return max(part, key=lambda name: sum(self.order(other, name) >= _ORDERED for other in part))
        if not known:
            return None
        ranked = sorted(names, key=lambda name: sum(self.order(other, name) >= _ORDERED for other in names))
        if len(ranked) < 2:
            return ranked[-1] if ranked else None
        work, rest = self._gap(received, ranked[-2]), self._gap(ranked[-2], ranked[-1])
        return ranked[-2] if rest < 0.05 * work else ranked[-1]

    def _agreement(self, name: str) -> float:
        pairs = zip(self.of[name], self.ended, strict=True)
        return share([(moment is not None) == end for moment, end in pairs if end is not None])

    def _gap(self, first: str, second: str) -> float:
        return median([(b.at - a.at).total_seconds() for a, b in self._both(first, second)] or [0.0])

    def between(self, received: str, done: str | None, names: Sequence[str]) -> str | None:
        """The first answer: before the end in most rows, and no last change, which is the end of what has ended."""
        if done is None or done not in self.of:
            return None
        fits = []
        for name in names:
            pairs = self._both(name, done)
            before = share([a.at < b.at for a, b in pairs])
            if pairs and self.order(name, done) >= _ORDERED and before >= 0.7:
                fits.append(name)
        return max(fits, key=lambda name: sum(self.order(name, other) >= _ORDERED for other in fits), default=None)


def _not_after(first: Moment, second: Moment) -> bool:
    return first.at <= second.at or (not second.timed and (first.at - second.at).total_seconds() < _DAY)
