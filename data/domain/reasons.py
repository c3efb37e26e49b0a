"""A reason why something was refused or failed: a code and its parameters.

The store keeps code and parameters; `data/locales` has the sentence of each code, `data.texts` fills it in.
"""

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
        """By its encoded form, because the parameters are a mapping and cannot be hashed."""
        return hash(encode_reason(self))


def reason(code: str, **params: Any) -> Reason:
    """A reason with its parameters: texts, numbers, reasons, or tuples of these."""
    return Reason(code, params)


def encode_reason(reason_or_text: Reason | str) -> str:
    """The form for the store: JSON text `{"code": ..., "params": {...}}`. A plain text is returned unchanged."""
    return (
        reason_or_text
        if isinstance(reason_or_text, str)
        else json.dumps(_to_json(reason_or_text), ensure_ascii=False, sort_keys=True)
    )


def decode_reason(text: str) -> Reason | str:
    """The reason that `encode_reason` encoded. A sentence that an earlier version stored is returned unchanged."""
    if not text.startswith('{"code": '):
        return text
    try:
        value = _from_json(json.loads(text))
    except ValueError:
        return text
    return value if isinstance(value, Reason) else text


def _to_json(value: Any) -> Any:
    if isinstance(value, Reason):
        return {"code": value.code, "params": {name: _to_json(each) for name, each in value.params.items()}}
    return [_to_json(each) for each in value] if isinstance(value, tuple | list) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("code"), str) and isinstance(value.get("params"), dict):
        return Reason(value["code"], {name: _from_json(each) for name, each in value["params"].items()})
    return tuple(_from_json(each) for each in value) if isinstance(value, list) else value
