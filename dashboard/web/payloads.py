"""A rejected record's payload field by field: shown to be read, taken back from a form as corrected.

A text is edited as text, anything else as JSON. What a form shows shortened or does not show stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.tabular.known_mappings import MAPPED

SHORT = 2000
"""Signs of a value that are shown, unless all is asked for."""
FIELDS_MOST = 150
PREFIX, GONE = "f:", "x:"
"""Before a field's name in a form: its value; that it is to be taken out."""
NEW_NAME, NEW_VALUE = "new_name", "new_value"
SEEN = "seen"
"""The form's field that says which state of the record it was made from: see `mark_of`."""
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {0: "\u2400"} | dict.fromkeys(_TURNING, "\ufffd")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload."""

    name: str
    shown: str
    """Fit for a page: NUL and broken signs replaced."""
    size: int
    """Of the value as text."""
    cut: bool
    is_text: bool
    received: str | None
    """What was received, where a correction says something else."""

    @property
    def rows(self) -> int:
        """Lines of an input that holds it."""
        return min(12, max(_lines(self.shown).count("\n") + 1, len(self.shown) // 90 + 1))

    @property
    def editable(self) -> bool:
        """Whether what is shown is the whole, and exactly the value."""
        return not self.cut


def fields_of(payload: Mapping[str, Any], received: Mapping[str, Any] | None, *, whole: bool) -> list[Field]:
    """The payload's fields in their order; fields that a correction took out come last. `whole`: nothing is cut.

    By which mapping a row is read is no field of it.
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
    """The text fit for a page: NUL as its picture, broken signs as question marks, none that turns the writing."""
    return text.translate(_SHOWN).encode("utf-8", "replace").decode()


def mark_of(payload: str) -> str:
    """What tells one state of a record's payload from another, for a form to bring back."""
    return hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()[:16]


def corrected(payload: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The payload with what a form changes of it: only fields whose text is another than was shown."""
    kept = {name: value for name, value in payload.items() if f"{GONE}{visible(name)}" not in form}
    for name, value in kept.items():
        given = form.get(f"{PREFIX}{visible(name)}")
        if given is not None and _lines(given) != _lines(visible(text_of(value))):
            kept[name] = _value(_lines(given), value)
    name = form.get(NEW_NAME, "").strip()
    if name:
        kept[name] = form.get(NEW_VALUE, "")
    return kept


def _lines(text: str) -> str:
    """With the line ends that browsers send made plain."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(text: str, before: Any) -> Any:
    """A new value of the kind that was there; a text where it is none."""
    if isinstance(before, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
