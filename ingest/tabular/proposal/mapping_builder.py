"""A mapping put together from columns, lists of values and formats: a dict that MappingSettings takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from data.domain.cases.model import UNDATED
from data.domain.city.model import City
from ingest.source import OTHER
from ingest.tabular.detection.vocabulary import (
    ANSWER,
    ANSWERED,
    BOTH,
    DONE,
    DONE_EVENT,
    DUPLICATE,
    NOT_OURS,
    NOTE,
    REFUSED,
    WORKING,
)
from ingest.tabular.mapping.columns import AS_IT_IS, RECEIVED
from ingest.tabular.mapping.datetimes import ISO
from ingest.tabular.proposal.value_choices import Choices

_PLAIN = (
    "title", "text", "address", "village", "service_class", "sp4n_number", "media_url",
    "reporter_name", "reporter_phone", "reporter_email",
)  # fmt: skip


@dataclass(slots=True)
class MappingParts:
    """What a mapping is made of."""

    columns: dict[str, str]
    """The column of each field; `time`, `done`, `answered`, `note` and `position` are fields here, too."""
    city: City
    id_columns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    decimal: str = "."
    choices: dict[str, Choices] = field(default_factory=dict)
    statuses: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def received(self) -> tuple[str, ...]:
        """Date and time of receipt."""
        return tuple(self.columns[name] for name in ("received", "time") if name in self.columns)

    @property
    def dates(self) -> list[tuple[str, ...]]:
        """Columns that hold dates, those read together as one."""
        others = [(self.columns[name],) for name in (DONE, ANSWERED, "updated", "promised") if name in self.columns]
        return [self.received, *others]

    @property
    def degrees(self) -> list[str]:
        """Columns that hold positions."""
        return [self.columns[name] for name in ("lat", "lon", BOTH) if name in self.columns]

    @property
    def listed(self) -> list[str]:
        """Columns whose values are chosen from a list."""
        return [self.columns[name] for name in ("category", "agency", "status") if name in self.columns]


def mapping_of(parts: MappingParts) -> dict[str, Any]:
    """The dict; of JSON's types only."""
    columns = parts.columns
    made: dict[str, Any] = {
        "times": {"formats": list(parts.formats or (ISO,)), "zone": parts.city.timezone},
        "id": {"columns": list(parts.id_columns), "required": True},
        "received": list(parts.received),
        "category": _category(parts),
    }
    made |= {name: {"columns": [columns[name]]} for name in _PLAIN if name in columns}
    made |= {name: [columns[name]] for name in ("updated", "promised") if name in columns}
    if "agency" in columns:
        values = dict(parts.choices["agency"].values)
        made["agency"] = {"columns": [columns["agency"]], "values": values, "otherwise": ""}
    if "lat" in columns and "lon" in columns:
        made["position"] = {"lat": columns["lat"], "lon": columns["lon"], "decimal": parts.decimal}
    elif BOTH in columns:
        made["position"] = {"pair": columns[BOTH], "decimal": parts.decimal}
    if "status" in columns:
        made |= _status(parts)
    if ANSWERED in columns:
        answer = {"kind": "answered", "at": [columns[ANSWERED]], "by": "agency", "optional": True}
        made["events"] = {**made.get("events", {}), ANSWER: answer}
        made["always"] = [ANSWER]
    needed = {*parts.id_columns, *parts.received, columns.get("category")}
    made["optional"] = sorted(set(columns.values()) - needed)
    return made


def _category(parts: MappingParts) -> dict[str, Any]:
    if "category" not in parts.columns:
        return {"constant": OTHER}
    made: dict[str, Any] = {"columns": [parts.columns["category"]]}
    if values := parts.choices["category"].values:
        made |= {"values": dict(values), "otherwise": AS_IT_IS}
    return made


def _status(parts: MappingParts) -> dict[str, Any]:
    """Events as a table can tell them: finished on the day of the column for it, else undated at receipt.

    A status that is in no list is refused, so that a person says what it is.
    """
    done, note = parts.columns.get(DONE), parts.columns.get(NOTE)
    text: dict[str, Any] = {"text": {"columns": [note]}} if note else {}
    end: dict[str, Any] = {"at": [done]} if done else {"at": [RECEIVED], "reason": UNDATED}
    refused: dict[str, Any] = {"kind": "rejected", "by": "agency", **end, **text, **({"undated": True} if done else {})}
    return {
        "events": {
            WORKING: {"kind": "acknowledged", "at": [RECEIVED], "by": "agency", "reason": UNDATED},
            DONE_EVENT: {"kind": "resolved", "by": "agency", **end, **text},
            REFUSED: refused,
            DUPLICATE: {**refused, "reason": "duplicate"} if done else refused,
            NOT_OURS: {**refused, "reason": "not_ours"} if done else refused,
        },
        "status": {
            "column": parts.columns["status"],
            "values": {status: list(events) for status, events in parts.statuses.items()},
        },
    }
