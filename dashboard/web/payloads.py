"""The fields of a rejected record's payload: as a form shows them, and as a posted form corrects them.

Strings are edited as text, other values as JSON. Fields that the form shows shortened, or not at all, do not change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.tabular.known_mappings import MAPPED
from layouts.kit.markup import plain_direction

SHORT = 2000
"""Characters of a value that are shown, unless all of it is requested."""
FIELDS_MOST = 150
PREFIX, REMOVED_PREFIX = "f:", "x:"
"""Prefixes of form fields: the value of a payload field; that it is to be removed."""
NEW_NAME, NEW_VALUE = "new_name", "new_value"
FINGERPRINT = "seen"
"""The form field with the `fingerprint` of the record that the form shows."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload."""

    name: str
    shown: str
    """With NUL and invalid characters replaced."""
    size: int
    """Of the value as text."""
    cut: bool
    is_text: bool
    received: str | None
    """The received value, when a correction changed it."""

    @property
    def rows(self) -> int:
        """Lines of an input that holds it."""
        return min(12, max(_lines(self.shown).count("\n") + 1, len(self.shown) // 90 + 1))

    @property
    def editable(self) -> bool:
        """Whether the whole value is shown."""
        return not self.cut


def fields_of(payload: Mapping[str, Any], received: Mapping[str, Any] | None, *, whole: bool) -> list[Field]:
    """The payload's fields in their order; fields that a correction removed come last. `whole`: nothing is cut.

    MAPPED is not a field of the row.
    """
    names = [name for name in payload if name != MAPPED] + [name for name in received or () if name not in payload]
    return [_field(name, payload, received, whole) for name in (names if whole else names[:FIELDS_MOST])]


def _field(name: str, payload: Mapping[str, Any], received: Mapping[str, Any] | None, whole: bool) -> Field:
    value = payload.get(name)
    text = text_of(value) if name in payload else ""
    before = None if received is None else text_of(received[name]) if name in received else ""
    cut = not whole and len(text) > SHORT
    return Field(
        name=visible(name),
        shown=visible(text[:SHORT] if cut else text),
        size=len(text),
        cut=cut,
        is_text=isinstance(value, str),
        received=None if before is None or before == text else visible(before[:SHORT]),
    )


def text_of(value: Any) -> str:
    """A value as a form shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def visible(text: str) -> str:
    """The text of a field, with symbols for what would be invisible: NUL, invalid characters, signs of direction."""
    return plain_direction(text.replace("\0", "\u2400"), "\ufffd").encode("utf-8", "replace").decode()


def fingerprint(payload: str) -> str:
    """A hash of a record's payload: a posted form says with it which version it showed."""
    return hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()[:16]


def corrected(payload: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The payload with the changes of a form: only fields whose text differs from what was shown."""
    kept = {name: value for name, value in payload.items() if f"{REMOVED_PREFIX}{visible(name)}" not in form}
    for name, value in kept.items():
        given = form.get(f"{PREFIX}{visible(name)}")
        if given is not None and _lines(given) != _lines(visible(text_of(value))):
            kept[name] = _value(_lines(given), value)
    name = form.get(NEW_NAME, "").strip()
    if name:
        kept[name] = form.get(NEW_VALUE, "")
    return kept


def _lines(text: str) -> str:
    """With line feeds instead of the line ends that browsers send."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(text: str, before: Any) -> Any:
    """The new value, of the type of the old one when possible; else a string."""
    if isinstance(before, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
