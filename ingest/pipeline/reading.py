"""From what a source delivered to a Record, or to the reason why not, in words for whoever has to mend it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from data.domain.reasons import Reason, stored
from data.store.intake.rejected import RejectedRecord
from ingest.source import Raw, Record, Unreadable

log = structlog.get_logger()

_MOST_FAULTS = 5
_SHOWN = 60
_LONGEST_ID = 200

_MENDABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What a source's `read` may stumble over in a payload that it did not expect."""


class Reader(Protocol):
    """The part of a source that the pipeline needs."""

    name: str

    def read(self, raw: Raw, now: datetime) -> Record:
        """See ingest.source.Source."""


def read(source: Reader, raw: Raw, now: datetime) -> Record | RejectedRecord:
    """The record, or the refusal to be kept; never raises over a payload."""
    try:
        return source.read(raw, now)
    except ValidationError as fault:
        return refusal(source.name, raw, explained(fault))
    except Unreadable as fault:
        return refusal(source.name, raw, fault.reason)
    except _MENDABLE as fault:
        log.warning("record_not_understood", source=source.name, external_id=raw.external_id, exc_info=True)
        return refusal(source.name, raw, f"tidak dapat dibaca: {type(fault).__name__}: {fault}")


def refusal(source: str, raw: Raw, reason: Reason | str) -> RejectedRecord:
    """A refusal, with everything made fit for storing: NUL and lone surrogates survive as escapes."""
    return RejectedRecord(source, key_of(raw), stored(_storable_reason(reason)), payload_text(raw.payload))


def key_of(raw: Raw) -> str:
    """Under which id a record is kept: its own where that can be stored, else one made from the payload."""
    external_id = raw.external_id
    if 0 < len(external_id) <= _LONGEST_ID and external_id == _storable(external_id):
        return external_id
    return f"sha256:{hashlib.sha256((_storable(external_id) + payload_text(raw.payload)).encode()).hexdigest()}"


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload as JSON text in plain ASCII; what JSON cannot say is given as Python writes it."""
    try:
        return json.dumps(payload, ensure_ascii=True, default=repr)
    except (TypeError, ValueError, RecursionError):  # keys that are no texts, a circle, too deep
        return json.dumps({str(key): _written(value) for key, value in payload.items()}, ensure_ascii=True)


def payload_of(text: str) -> Mapping[str, Any] | None:
    """The payload kept by `payload_text`; None when it is no object."""
    payload = json.loads(text)
    return payload if isinstance(payload, dict) else None


def _written(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return f"<{type(value).__name__}>"


def _storable(text: str) -> str:
    """The same text with NUL and lone surrogates written as escapes."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()


def _storable_reason(value: Any) -> Any:
    """The same reason, each text in it as `_storable` writes it."""
    if isinstance(value, Reason):
        return Reason(value.code, {name: _storable_reason(each) for name, each in value.params.items()})
    if isinstance(value, tuple | list):
        return tuple(map(_storable_reason, value))
    return _storable(value) if isinstance(value, str) else value


def explained(fault: ValidationError) -> str:
    """Every fault with its field, what is wrong, and what would be right."""
    errors = fault.errors(include_url=False, include_context=True)
    told = [f"{_path(error)}: {_wrong(error)}" for error in errors[:_MOST_FAULTS]]
    more = [f"dan {len(errors) - _MOST_FAULTS} kesalahan lain"] if len(errors) > _MOST_FAULTS else []
    return "; ".join(told + more)


def _path(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"]) or "rekaman"


def _wrong(error: ErrorDetails) -> str:
    kind = error["type"]
    for start, words in _WORDS.items():
        if kind.startswith(start):
            return words(shown(error["input"]), error.get("ctx", {}))
    return f"{shown(error['input'])}: {error['msg']}"


def shown(value: object) -> str:
    """A value for a message, cut when long."""
    text = _written(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_RIGHT_TIME = "yang benar misalnya 2026-03-13T16:00:00+07:00"

_WORDS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "missing": lambda value, ctx: "tidak ada, padahal wajib diisi",
    "string_too_long": lambda value, ctx: f"terlalu panjang, paling banyak {ctx['max_length']} huruf",
    "string_too_short": lambda value, ctx: "kosong, padahal wajib diisi",
    "string_unicode": lambda value, ctx: "berisi huruf yang rusak; simpan ulang sebagai teks UTF-8",
    "string": lambda value, ctx: f"{value} bukan teks",
    "timezone_aware": lambda value, ctx: f"{value} tanpa zona waktu, {_RIGHT_TIME}",
    "datetime": lambda value, ctx: f"{value} bukan waktu, {_RIGHT_TIME}",
    "greater_than_equal": lambda value, ctx: f"{value} terlalu kecil, paling kecil {ctx['ge']}",
    "less_than_equal": lambda value, ctx: f"{value} terlalu besar, paling besar {ctx['le']}",
    "float": lambda value, ctx: f"{value} bukan bilangan, yang benar misalnya -7.8672",
    "finite_number": lambda value, ctx: f"{value} bukan bilangan, yang benar misalnya -7.8672",
    "enum": lambda value, ctx: f"{value} tidak dikenal, yang benar {ctx['expected']}",
    "bool": lambda value, ctx: f"{value} bukan true atau false",
    "extra_forbidden": lambda value, ctx: "tidak dikenal di sini; perbaiki atau hapus namanya",
}
"""By the start of pydantic's error type, the first that fits."""
