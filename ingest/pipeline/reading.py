"""Reads a raw record as a Record, or gives the reason of its rejection, written for the person who corrects it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from data.domain.reasons import Reason, encode_reason, reason
from data.store.intake.rejected import RejectedRecord
from ingest.source import AnyRecord, Raw, Unreadable

log = structlog.get_logger()

MAX_FAULTS = 5
_SHOWN = 60
_LONGEST_ID = 200

_PAYLOAD_ERRORS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What a source's `read` may raise for an unexpected payload."""


class RecordReader(Protocol):
    """The part of a source that the pipeline needs."""

    name: str

    def read(self, raw: Raw, now: datetime) -> AnyRecord:
        """See ingest.source.Source."""


def read(source: RecordReader, raw: Raw, now: datetime) -> AnyRecord | RejectedRecord:
    """The record, or a rejected record; no payload makes it raise."""
    try:
        return source.read(raw, now)
    except ValidationError as fault:
        return rejected_record(source.name, raw, validation_reason(fault))
    except Unreadable as fault:
        return rejected_record(source.name, raw, fault.reason)
    except _PAYLOAD_ERRORS as fault:
        log.warning("record_not_understood", source=source.name, external_id=raw.external_id, exc_info=True)
        return rejected_record(source.name, raw, reason("record.unreadable", error=f"{type(fault).__name__}: {fault}"))


def rejected_record(source: str, raw: Raw, why: Reason | str) -> RejectedRecord:
    """The rejected record for the store, with NUL and lone surrogates as escapes."""
    return RejectedRecord(source, key_of(raw), encode_reason(_storable_reason(why)), payload_text(raw.payload))


def key_of(raw: Raw) -> str:
    """The id of a rejected record: its own when that can be stored, else a hash of id and payload."""
    external_id = raw.external_id
    if 0 < len(external_id) <= _LONGEST_ID and external_id == _storable(external_id):
        return external_id
    return f"sha256:{hashlib.sha256((_storable(external_id) + payload_text(raw.payload)).encode()).hexdigest()}"


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload as ASCII JSON text; values that JSON does not have are written as Python's repr."""
    try:
        return json.dumps(payload, ensure_ascii=True, default=repr)
    except (TypeError, ValueError, RecursionError):  # keys that are not texts, a circular reference, too deep
        return json.dumps({str(key): _repr(value) for key, value in payload.items()}, ensure_ascii=True)


def payload_of(text: str) -> Mapping[str, Any] | None:
    """The payload from the text of `payload_text`; None when it is not an object."""
    payload = json.loads(text)
    return payload if isinstance(payload, dict) else None


def _repr(value: object) -> str:
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


def validation_reason(error: ValidationError) -> Reason:
    """The errors of pydantic as a reason: each with its field, what is wrong and what is right."""
    errors = error.errors(include_url=False, include_context=True)
    told = tuple(reason("record.field", field=_path(each), fault=_fault(each)) for each in errors[:MAX_FAULTS])
    if len(errors) > MAX_FAULTS:
        told = (*told, reason("record.more_faults", more=len(errors) - MAX_FAULTS))
    return told[0] if len(told) == 1 else reason("record.faults", faults=told)


def _path(error: ErrorDetails) -> Reason | str:
    return ".".join(str(part) for part in error["loc"]) or reason("record.itself")


def _fault(error: ErrorDetails) -> Reason:
    kind, value = error["type"], shortened(error["input"])
    name = next((name for start, name in _FAULTS.items() if kind.startswith(start)), None)
    if name is None:
        return reason("record.fault.other", value=value, error=error["msg"])
    context = {key: str(each) for key, each in error.get("ctx", {}).items() if key in _CONTEXT}
    return reason(f"record.fault.{name}", value=value, **context)


def shortened(value: object) -> str:
    """A value for a message, cut when long."""
    text = _repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_CONTEXT = ("max_length", "ge", "le", "expected")
_FAULTS: Mapping[str, str] = {
    "missing": "missing",
    "string_too_long": "too_long",
    "string_too_short": "empty",
    "string_unicode": "broken_text",
    "string": "not_a_text",
    "timezone_aware": "no_timezone",
    "datetime": "not_a_time",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "float": "not_a_number",
    "finite_number": "not_a_number",
    "enum": "unknown",
    "bool": "not_a_bool",
    "extra_forbidden": "unexpected",
    "decimal": "not_a_number",
    "market_missing": "missing",
    "guide_missing": "missing",
    "int_parsing": "not_a_number",
}
"""Reasons by the start of pydantic's error type; the first match counts."""
