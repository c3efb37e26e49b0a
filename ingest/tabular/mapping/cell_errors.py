"""Which cells a fault speaks of: its words name columns, or fields of a record that a mapping takes from columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ingest.tabular.mapping.columns import RECEIVED, MappingSettings, PickSettings

_COLUMNS = re.compile(r"(?:^|; |\bdan )kolom ([^:]+):")
_FIELD = re.compile(r"(?:^|; )(\w+)(?:\.(\d+)\.(\w+))?: ")
_NUMBER = "nomor laporan kosong"
"""How a fault of the id begins, which names no column."""


def blamed(text: str, columns: Sequence[str], mapping: MappingSettings | None = None) -> tuple[str, ...]:
    """Those of `columns` that the fault speaks of, in their order; () when it names none."""
    named = {column for found in _COLUMNS.findall(text) for column in _split(found, columns)}
    if mapping is not None:
        fields = fields_of(mapping)
        for field, _, part in _FIELD.findall(text):
            named |= set(fields.get(f"events.{part}" if field == "events" else field, ()))
        if text.startswith(_NUMBER):
            named |= set(mapping.id.columns)
    return tuple(column for column in columns if column in named)


def _split(found: str, columns: Sequence[str]) -> Iterator[str]:
    """`tanggal + waktu`, `lintang dan bujur`; a column may have such a word in its own name."""
    if found in columns:
        yield found
        return
    for part in found.split(" + "):
        yield from [part] if part in columns else part.split(" dan ")


def fields_of(mapping: MappingSettings) -> Mapping[str, tuple[str, ...]]:
    """A record's fields, and `events.at`, with the columns that each is taken from."""
    found: dict[str, tuple[str, ...]] = {"received_at": mapping.received, "updated_at": mapping.updated or ()}
    for name in type(mapping).model_fields:
        pick = getattr(mapping, name)
        if isinstance(pick, PickSettings):
            found["external_id" if name == "id" else name] = pick.columns
    if mapping.position is not None:
        columns = mapping.position.columns
        found |= {"lat": columns[:1], "lon": columns[-1:]}
    status = (mapping.status.column,) if mapping.status is not None else ()
    moments = [event.at for event in mapping.events.values() if event.at != (RECEIVED,)]
    found["events.at"] = tuple(column for at in moments for column in at) or status
    found["events.agency"] = found.get("agency", ())
    return found
