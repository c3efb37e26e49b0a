"""Why something was refused or failed: a code and its parameters. `data.locales` has the sentence of each code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `code` is a key of the locales without its prefix `reason.`, such as `cell.not_a_date`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        """By its stored form: parameters stand in a mapping."""
        return hash(stored(self))


def reason(code: str, **params: Any) -> Reason:
    """A reason with its parameters: texts, numbers, reasons, or tuples of these."""
    return Reason(code, params)


def stored(told: Reason | str) -> str:
    """As the store keeps it: JSON text `{"code": ..., "params": {...}}`. A plain text stays what it is."""
    return told if isinstance(told, str) else json.dumps(_plain(told), ensure_ascii=False, sort_keys=True)


def read_stored(text: str) -> Reason | str:
    """A kept reason. What earlier versions kept as a sentence comes back as that sentence."""
    if not text.startswith('{"code": '):
        return text
    try:
        value = _read(json.loads(text))
    except ValueError:
        return text
    return value if isinstance(value, Reason) else text


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return {"code": value.code, "params": {name: _plain(each) for name, each in value.params.items()}}
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("code"), str) and isinstance(value.get("params"), dict):
        return Reason(value["code"], {name: _read(each) for name, each in value["params"].items()})
    return tuple(_read(each) for each in value) if isinstance(value, list) else value
