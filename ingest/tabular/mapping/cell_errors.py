"""Which cells a reason is about: it names columns, or a field of a record that a mapping takes from columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from data.domain.cases.model import EventKind
from data.domain.reasons import Reason
from ingest.tabular.mapping.columns import RECEIVED, MappingSettings, PickSettings

_EVENT = re.compile(r"events\.\d+\.")
_FIELD_OF = {
    "cell.no_id": "external_id",
    "record.nul_in_id": "external_id",
    "record.ended_before_receipt": "events.at",
} | {
    "market.unknown_commodity": "commodity",
    "market.currency": "currency",
    "market.no_conversion": "unit",
    "market.price_positive": "price",
    "market.price_size": "price",
    "market.quantity_positive": "quantity",
    "market.quantity_number": "quantity",
    "market.quantity_size": "quantity",
    "market.quantity_pieces": "quantity",
    "market.plan_days": "last_day",
    "guide.place_name": "name",
    "guide.unknown_category": "category",
    "guide.unknown_condition": "condition",
    "guide.unknown_state": "state",
    "guide.condition_place": "place",
    "guide.free_above_capacity": "free",
    "guide.event_ends_before": "ends_at",
    "guide.event_too_long": "ends_at",
    "guide.event_year": "starts_at",
}
"""By code the field of a reason that does not name it."""
_MOMENTS = {"ready": "ready_at", "expires": "expires_at"}
"""What a MarketRecord calls them."""


def columns_of(why: Reason | str, columns: Sequence[str], mapping: MappingSettings | None = None) -> tuple[str, ...]:
    """Those of `columns` that the reason is about, in their order; () when it names none."""
    fields = fields_of(mapping) if mapping is not None else {}
    named = set(_named(why, fields))
    return tuple(column for column in columns if column in named)


def _named(value: object, fields: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if isinstance(value, tuple):
        for each in value:
            yield from _named(each, fields)
    if isinstance(value, Reason):
        yield from value.params.get("columns", ())
        field = _FIELD_OF.get(value.code, value.params.get("field"))
        if isinstance(field, str):
            yield from fields.get(_EVENT.sub("events.", field), ())
        for each in value.params.values():
            yield from _named(each, fields)


def fields_of(mapping: MappingSettings) -> Mapping[str, tuple[str, ...]]:
    """A record's fields, and `events.at`, with the columns that each is taken from."""
    found: dict[str, tuple[str, ...]] = {
        "received_at": mapping.received,
        "updated_at": mapping.updated or (),
        "promised_at": mapping.promised or (),
    }
    for name in type(mapping).model_fields:
        pick = getattr(mapping, name)
        if isinstance(pick, PickSettings):
            found["external_id" if name == "id" else name] = pick.columns
    if mapping.guide is not None:
        found |= {name: pick.columns for name, pick in mapping.guide.picks.items()}
        found |= {f"{name}_at": columns for name, columns in mapping.guide.moments.items()}
        found["at"] = mapping.received
    if mapping.market is not None:
        found |= {name: pick.columns for name, pick in mapping.market.picks.items()}
        found |= {_MOMENTS.get(name, name): columns for name, columns in mapping.market.moments.items()}
        found["at"] = mapping.received
    if mapping.position is not None:
        columns = mapping.position.columns
        found |= {"lat": columns[:1], "lon": columns[-1:]}
    status = (mapping.status.column,) if mapping.status is not None else ()
    moments = [event.at for event in mapping.events.values() if event.at != (RECEIVED,)]
    answers = [event.at for event in mapping.events.values() if event.kind is EventKind.ANSWERED]
    found["answered"] = tuple(column for at in answers if at != (RECEIVED,) for column in at)
    found["events.at"] = tuple(column for at in moments for column in at) or status
    found["events.agency"] = found.get("agency", ())
    return found
