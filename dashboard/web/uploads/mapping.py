"""Applies a posted form to a mapping. What nobody changed stays exactly as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.web.uploads.form import ENDS, FIELDS, JOINED, KEEP, PLAIN, STATUSES, Chosen, chosen_of, ordered
from dashboard.web.uploads.guide import guide_mapping
from dashboard.web.uploads.market import market_mapping
from data.domain.cases.model import EventKind
from data.domain.city.model import City
from ingest.tabular.detection.vocabulary import ANSWER, DONE_EVENT, EVENTS_OF_STATUS
from ingest.tabular.mapping.columns import AS_IT_IS, RECEIVED, MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping
from ingest.tabular.proposal.mapping_builder import MappingParts, mapping_of
from ingest.tabular.proposal.value_choices import Choices


class InvalidMapping(ValueError):
    """What was chosen is not a mapping; `key` and `values` make the text for people."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key, self.values = key, values


def mapping_from(old: MappingSettings, chosen: Chosen, city: City) -> MappingSettings:
    """Raises InvalidMapping; ValidationError for what only the mapping itself can tell."""
    before = chosen_of(old, list(chosen.fields))
    if old.guide is not None:
        return guide_mapping(old, before, chosen)
    if old.market is not None:
        return market_mapping(old, before, chosen)
    _check(before, chosen, city)
    return _MappingEdit(old, before, chosen, city).made()


def _check(before: Chosen, chosen: Chosen, city: City) -> None:
    if not chosen.columns("received") and before.columns("received"):
        raise InvalidMapping("uploads.unfit.received")
    for name in FIELDS:
        columns = chosen.columns(name)
        if len(columns) > 1 and name not in JOINED and columns != before.columns(name):
            raise InvalidMapping("uploads.unfit.twice", columns=", ".join(columns))
    if chosen.agency_for_all and chosen.agency_for_all not in city.agencies:
        raise InvalidMapping("uploads.unfit.agency", agency=chosen.agency_for_all)
    if bool(chosen.columns("lat")) != bool(chosen.columns("lon")):
        raise InvalidMapping("uploads.unfit.half")
    if chosen.columns("lat") and chosen.columns("position"):
        raise InvalidMapping("uploads.unfit.both")
    ends = chosen.columns("done") + chosen.columns("note")
    moved = any(chosen.columns(name) != before.columns(name) for name in ("status", "done", "note"))
    if moved and ends and not chosen.columns("status"):
        raise InvalidMapping("uploads.unfit.status", columns=", ".join(ends))


class _MappingEdit:
    """Changes a copy of a mapping."""

    def __init__(self, old: MappingSettings, before: Chosen, after: Chosen, city: City) -> None:
        self._before, self._after = before, after
        self._made: dict[str, Any] = old.model_dump(mode="json", exclude_defaults=True)
        spelled = {fold(column): column for column in TableMapping(old, city.agencies).columns}
        self._spelled = {column: spelled.get(fold(column), column) for column in after.fields}
        parts = MappingParts({name: columns[0] for name in FIELDS if (columns := self._columns(name))}, city)
        parts.columns.setdefault("received", old.received[0])
        names = {name: a.code for a in city.agencies.values() for name in (a.name, a.short, a.code)}
        parts.choices = {"category": Choices({}, False), "agency": Choices(names, False)}
        parts.statuses = dict(EVENTS_OF_STATUS)
        self._fresh = mapping_of(parts)
        for event in self._fresh.get("events", {}).values():
            if "text" in event:
                event["text"] = {"columns": self._columns("note")}

    def made(self) -> MappingSettings:
        """The result."""
        for name in PLAIN:
            self._pick(name)
        self._received()
        for name in ("updated", "promised"):
            if self._moved(name):
                self._set(name, self._columns(name))
        if self._moved("lat", "lon", "position"):
            self._set("position", self._fresh.get("position"))
        if self._made.get("position"):
            self._made["position"]["decimal"] = self._after.decimal
        self._events()
        self._answers()
        self._lists()
        if self._after.agency_for_all is not None:
            self._set("agency_for_all", self._after.agency_for_all)
        times = self._made["times"]
        times["formats"] = ordered(times.get("formats", ["iso"]), self._after.month_first)
        if self._after.more and self._after.more not in times["formats"]:
            times["formats"].insert(0, self._after.more)
        return self._with_optional(MappingSettings.model_validate(self._made))

    def _columns(self, name: str) -> list[str]:
        return [self._spelled[column] for column in self._after.columns(name)]

    def _moved(self, *names: str) -> bool:
        return any(self._before.columns(name) != self._after.columns(name) for name in names)

    def _set(self, name: str, value: Any) -> None:
        if value:
            self._made[name] = value
        else:
            self._made.pop(name, None)

    def _pick(self, name: str) -> None:
        if self._moved(name):
            fresh = self._fresh.get(name)
            self._set(name, {**fresh, "columns": self._columns(name)} if fresh and self._columns(name) else fresh)

    def _received(self) -> None:
        if self._moved("received", "time"):
            first = self._columns("received") or self._made["received"][:1]
            self._made["received"] = [*first, *self._columns("time")]
        if self._moved("id", "received", "time") or self._before.with_date != self._after.with_date:
            received, numbers = self._made["received"], self._columns("id")
            if not numbers:
                numbers = next(
                    (found for name in ("address", "title", "village") if (found := self._columns(name))), []
                )
                received = [each for each in received if each not in numbers]
            with_date = self._after.with_date or not self._columns("id")
            self._made["id"] = {"columns": [*(received if with_date else []), *numbers], "required": True}

    def _events(self) -> None:
        if self._moved("status"):
            always = self._made.get("always", ())
            kept = {name: event for name, event in self._made.get("events", {}).items() if name in always}
            self._set("events", kept | self._fresh.get("events", {}))
            self._set("status", self._fresh.get("status"))
        elif self._moved("done", "note"):
            fresh = self._fresh.get("events", {})
            for name, event in self._made.get("events", {}).items():
                if event["kind"] in ENDS:
                    ends = fresh.get(name, fresh.get(DONE_EVENT, {}))
                    for key in ("at", "text", "undated"):
                        event.pop(key, None)
                    event |= {key: ends[key] for key in ("at", "text", "undated", "reason") if key in ends}

    def _answers(self) -> None:
        """The first answer is an event of every row that dates one, whatever its status."""
        events, always = self._made.get("events", {}), self._made.get("always", [])
        old = {name for name, each in events.items() if each["kind"] == EventKind.ANSWERED and each["at"] != [RECEIVED]}
        if not self._moved("answered") and not (self._moved("status") and old.isdisjoint(always)):
            return
        columns = self._columns("answered")
        kept = {name: event for name, event in events.items() if name not in old}
        self._set("events", kept | ({ANSWER: self._fresh["events"][ANSWER]} if columns else {}))
        self._set("always", [*(name for name in always if name not in old), *([ANSWER] if columns else [])])
        status = self._made.get("status", {})
        if "values" in status:
            status["values"] = {text: [n for n in names if n not in old] for text, names in status["values"].items()}
        if status.get("otherwise"):
            status["otherwise"] = [name for name in status["otherwise"] if name not in old]

    def _lists(self) -> None:
        for kind in ("category", "agency"):
            pick, changes = self._made.get(kind), self._changes(kind)
            if pick and changes and not self._moved(kind):
                pick["values"] = _merged(pick.get("values", {}), changes)
                pick.setdefault("otherwise", AS_IT_IS)
        status, changes = self._made.get("status"), self._changes("status")
        if status and changes and not self._moved("status"):
            events = {value: list(self._named(name)) if name else "" for value, name in changes.items() if name != KEEP}
            status["values"] = _merged(status["values"], events)

    def _changes(self, kind: str) -> dict[str, str]:
        """The values that the form gives another meaning."""
        was = {fold(value): ours for value, ours in self._before.values.get(kind, {}).items()}
        after = self._after.values.get(kind, {})
        return {value: ours for value, ours in after.items() if ours != was.get(fold(value), "")}

    def _named(self, status: str) -> Iterator[str]:
        """The events of one of STATUSES, by the names that this mapping gives them; added where it has none."""
        events, fresh = self._made.setdefault("events", {}), self._fresh["events"]
        for name in STATUSES.get(status, ()):
            ours = next((each for each, event in events.items() if event["kind"] == fresh[name]["kind"]), name)
            events.setdefault(ours, fresh[name])
            yield ours

    def _with_optional(self, mapping: MappingSettings) -> MappingSettings:
        """Columns are optional in later files, except those that every report needs."""
        needed = {*mapping.id.columns, *mapping.received, *mapping.category.columns}
        moved = {self._spelled[each] for each, name in self._after.fields.items() if name != self._before.fields[each]}
        fresh = sorted(moved - needed - set(mapping.optional))
        return mapping.model_copy(update={"optional": (*mapping.optional, *fresh)})


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with `changes`; '' takes a value out."""
    changed = {fold(value) for value in changes}
    kept = {value: ours for value, ours in values.items() if fold(value) not in changed or not value}
    return kept | {value: ours for value, ours in changes.items() if ours != ""}
