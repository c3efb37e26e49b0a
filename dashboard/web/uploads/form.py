"""A mapping as a form shows it, column by column, and what a posted form says; `mapping` makes it a mapping again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from data.domain.cases.model import EventKind
from ingest.tabular.detection.vocabulary import DONE_EVENT, REFUSED, WORKING
from ingest.tabular.mapping.columns import RECEIVED, MappingSettings, fold
from ingest.tabular.proposal.listed_values import LISTED

GROUPS: Mapping[str, tuple[str, ...]] = {
    "must": ("id", "received", "time", "category"),
    "what": ("title", "text", "media_url"),
    "where": ("address", "village", "lat", "lon", "position"),
    "work": ("agency", "status", "answered", "done", "note", "promised", "updated"),
    "sp4n": ("service_class", "sp4n_number"),
    "who": ("reporter_name", "reporter_phone", "reporter_email"),
}
"""The fields that a column may be, as the form groups them."""
FIELDS = tuple(name for names in GROUPS.values() for name in names)
MARKET_GROUPS: Mapping[str, tuple[str, ...]] = {
    "must": ("id", "received", "time", "commodity", "quantity", "unit", "price", "total"),
    "what": ("grade", "currency", "offer", "cancelled", "updated", "expires", "first_day", "last_day"),
    "where": ("village", "place"),
    "who": ("farmer", "farmer_phone", "buyer", "buyer_phone"),
}
"""Likewise of a table of the market."""
GUIDE_GROUPS: Mapping[str, tuple[str, ...]] = {
    "must": ("id", "received", "name", "condition", "starts"),
    "what": (
        *("category", "place_kind", "text", "text_en", "opening_hours", "ticket", "url", "capacity", "nib", "kbli"),
        *("pirt", "halal", "ends", "rule", "expected", "cancelled", "state", "free", "observed_by", "expires", "note"),
        "updated",
    ),
    "where": ("address", "village", "place", "lat", "lon", "position"),
    "who": ("phone", "phone_consent"),
}
"""Likewise of a table of the guide."""
GUIDE_FIELDS = frozenset(name for names in GUIDE_GROUPS.values() for name in names)
MARKET_FIELDS = frozenset(name for names in MARKET_GROUPS.values() for name in names)
KEEP = "keep"
"""The choice for a column or status whose mapping the form cannot show: it does not change."""
JOINED = frozenset({"id", "title", "text", "address", "note"})
"""Fields that several columns may form together."""
STATUSES: Mapping[str, tuple[str, ...]] = {
    "new": (),
    "working": (WORKING,),
    "done": (WORKING, DONE_EVENT),
    "refused": (REFUSED,),
}
"""The meanings of a status, and the events of each."""
MORE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d/%m/%y", "%Y/%m/%d")
"""Date formats that can be added."""
_MOMENTS = ("id", "received", "updated", "promised", "position", "status")
PLAIN = tuple(name for name in FIELDS if name in MappingSettings.model_fields and name not in _MOMENTS)
"""Fields of the mapping that only name columns."""
FIND_MOST = 100
"""Letters of a search."""
OF_SEVERAL = "-"
"""In the form: the rows do not all belong to one agency."""
ENDS = frozenset({EventKind.RESOLVED, EventKind.REJECTED, EventKind.CLOSED})
"""Events to which the date of completion and its note belong."""
_PREFIX = {"column": "c", **{kind: f"v:{kind}:" for kind in LISTED}}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen in the form."""

    fields: Mapping[str, str]
    """By column of the file, in their order: a field, KEEP, or '' when it is not used."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By field of LISTED: the file's value, and ours; '' when none is chosen."""
    with_date: bool = False
    """The id of a row is its number with the date: the number alone is not unique."""
    month_first: bool = False
    decimal: str = "."
    more: str = ""
    """One of MORE_FORMATS to be added."""
    agency_for_all: str | None = None
    """The code of the agency of all rows; '' is none, None: it is not answered, or the form does not ask."""

    def columns(self, name: str) -> list[str]:
        """Those of a field."""
        return [column for column, each in self.fields.items() if each == name]


def name_of(kind: str, value: str) -> str:
    """The name of the select for a value, or of that for column number `value`."""
    return _PREFIX[kind] + " ".join(value.split())


def value_of(kind: str, name: str) -> str:
    """The value whose select has this name: the opposite of `name_of`."""
    return name.removeprefix(_PREFIX[kind])


def find_in(form: Mapping[str, str]) -> dict[str, str]:
    """What is searched for, by field of LISTED."""
    found = {kind: " ".join(form.get(f"find_{kind}", "").split())[:FIND_MOST] for kind in LISTED}
    return {kind: text for kind, text in found.items() if text}


def groups_of(mapping: MappingSettings) -> Mapping[str, tuple[str, ...]]:
    """The fields of such a table, as the form groups them."""
    if mapping.guide is not None:
        return GUIDE_GROUPS
    return GROUPS if mapping.market is None else MARKET_GROUPS


def label_of(mapping: MappingSettings, name: str) -> str:
    """The key of a field's name for people."""
    if mapping.guide is not None:
        return f"reason.guide.field.{name}"
    own = mapping.market is not None and name in ("id", "received", "updated")
    return f"uploads.market.{name}" if own else f"uploads.field.{name}"


def heading_of(mapping: MappingSettings, name: str) -> str:
    """The key of a column of the preview."""
    own = mapping.guide is not None or (mapping.market is not None and name == "received")
    return label_of(mapping, name) if own else f"uploads.preview.{name}"


def chosen_of(mapping: MappingSettings, columns: Sequence[str]) -> Chosen:
    """The choices of a mapping, for a file with these columns."""
    found: dict[str, str] = {}
    for column, name in _claims_of(mapping):
        found.setdefault(fold(column), name)
    return Chosen(
        fields={column: found.get(fold(column), "") for column in columns},
        values=_values_of(mapping),
        with_date=len(mapping.id.columns) > 1 and bool(set(mapping.received[:1]) & set(mapping.id.columns)),
        month_first=_month_first(mapping.times.formats),
        decimal=_decimal_of(mapping),
        agency_for_all=mapping.agency_for_all or "",
    )


def _decimal_of(mapping: MappingSettings) -> str:
    of = mapping.market or mapping.guide
    if of is not None:
        return "." if of.decimal == "point" else ","
    return mapping.position.decimal if mapping.position else "."


def chosen_in(form: Mapping[str, str], columns: Sequence[str]) -> Chosen:
    """The choices of a posted form; unknown values count as not used."""
    fields = {column: form.get(name_of("column", str(n)), "") for n, column in enumerate(columns)}
    values = {
        kind: {name.removeprefix(start): ours for name, ours in form.items() if name.startswith(start)}
        for kind, start in _PREFIX.items()
        if kind in LISTED
    }
    known = {*FIELDS, *MARKET_FIELDS, *GUIDE_FIELDS, KEEP}
    return Chosen(
        fields={column: name if name in known else "" for column, name in fields.items()},
        values=values,
        with_date="with_date" in form,
        month_first=form.get("order") == "month",
        decimal="," if form.get("decimal") == "," else ".",
        more=form.get("more", "") if form.get("more") in MORE_FORMATS else "",
        agency_for_all="" if form.get("agency_for_all") == OF_SEVERAL else form.get("agency_for_all") or None,
    )


def _claims_of(mapping: MappingSettings) -> Iterator[tuple[str, str]]:
    if mapping.guide is not None:
        return _guide_claims(mapping)
    return _market_claims(mapping) if mapping.market is not None else _claims(mapping)


def _claims(mapping: MappingSettings) -> Iterator[tuple[str, str]]:
    """(column, field); when a column has several, the most important first."""
    if len(mapping.id.columns) == 1:
        yield mapping.id.columns[0], "id"
    yield mapping.received[0], "received"
    yield from ((column, "time") for column in mapping.received[1:])
    yield from ((column, "category") for column in mapping.category.columns)
    if mapping.status is not None:
        yield mapping.status.column, "status"
    yield from _claims_of_events(mapping)
    if mapping.position is not None:
        names = ("position",) if mapping.position.pair else ("lat", "lon")
        yield from zip(mapping.position.columns, names, strict=True)
    for name in (*sorted(PLAIN, key=JOINED.__contains__), "sp4n_status", "private"):
        pick = getattr(mapping, name)
        known = name if name in FIELDS else KEEP
        yield from ((column, known) for column in (pick.columns if pick is not None else ()))
    yield from ((column, "updated") for column in mapping.updated or ())
    yield from ((column, "promised") for column in mapping.promised or ())
    yield from ((column, "id") for column in mapping.id.columns)


def _market_claims(mapping: MappingSettings) -> Iterator[tuple[str, str]]:
    assert mapping.market is not None
    if len(mapping.id.columns) == 1:
        yield mapping.id.columns[0], "id"
    yield mapping.received[0], "received"
    yield from ((column, "time") for column in mapping.received[1:])
    for name, pick in mapping.market.picks.items():
        yield from ((column, name if name in MARKET_FIELDS else KEEP) for column in pick.columns)
    for name, columns in mapping.market.moments.items():
        yield from ((column, name if name in MARKET_FIELDS else KEEP) for column in columns)
    yield from ((column, "updated") for column in mapping.updated or ())
    yield from ((column, "id") for column in mapping.id.columns)


def _guide_claims(mapping: MappingSettings) -> Iterator[tuple[str, str]]:
    """A number that is the row's key, too, is shown as that number."""
    assert mapping.guide is not None
    yield from ((column, "received") for column in mapping.received)
    for name, pick in mapping.guide.picks.items():
        yield from ((column, name if name in GUIDE_FIELDS else KEEP) for column in pick.columns)
    for name, columns in mapping.guide.moments.items():
        yield from ((column, name) for column in columns)
    if mapping.position is not None:
        names = ("position",) if mapping.position.pair else ("lat", "lon")
        yield from zip(mapping.position.columns, names, strict=True)
    yield from ((column, "updated") for column in mapping.updated or ())
    yield from ((column, "id") for column in mapping.id.columns)


def _claims_of_events(mapping: MappingSettings) -> Iterator[tuple[str, str]]:
    for event in mapping.events.values():
        ends = event.kind in ENDS
        if event.at != (RECEIVED,):
            name = "done" if ends else "answered" if event.kind is EventKind.ANSWERED else KEEP
            yield from ((column, name) for column in event.at)
        if event.text is not None:
            yield from ((column, "note" if ends else KEEP) for column in event.text.columns)


def _values_of(mapping: MappingSettings) -> dict[str, dict[str, str]]:
    found = {"category": dict(mapping.category.values)}
    found["agency"] = dict(mapping.agency.values) if mapping.agency is not None else {}
    statuses = mapping.status.values if mapping.status is not None else {}
    kinds = {name: event.kind for name, event in mapping.events.items()}
    found["status"] = {status: _status_of({kinds[name] for name in names}) for status, names in statuses.items()}
    return {
        kind: {" ".join(value.split()): ours for value, ours in each.items() if value} for kind, each in found.items()
    }


def _status_of(kinds: set[EventKind]) -> str:
    """Which of STATUSES these events are."""
    for name, ends in (("done", {EventKind.RESOLVED}), ("refused", {EventKind.REJECTED})):
        if ends <= kinds <= ends | {EventKind.ACKNOWLEDGED}:
            return name
    return {frozenset[EventKind](): "new", frozenset({EventKind.ACKNOWLEDGED}): "working"}.get(frozenset(kinds), KEEP)


def has_order(formats: Sequence[str]) -> bool:
    """Whether day or month first makes a difference."""
    return any(_is_open(each) for each in formats)


def _is_open(form: str) -> bool:
    day, month, year = form.find("%d"), form.find("%m"), max(form.find("%Y"), form.find("%y"))
    return -1 < day < year and -1 < month < year


def _month_first(formats: Sequence[str]) -> bool:
    return next((each.index("%m") < each.index("%d") for each in formats if _is_open(each)), False)


def ordered(formats: Sequence[str], month_first: bool) -> list[str]:
    """All of them with day and month in this order."""
    return list(
        dict.fromkeys(
            each.replace("%m", "\0").replace("%d", "%m").replace("\0", "%d")
            if _is_open(each) and (each.index("%m") < each.index("%d")) != month_first
            else each
            for each in formats
        )
    )
