"""From what a source delivered to a Record, or to the reason why not, for whoever has to mend it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from data.domain.reasons import Reason, reason, stored
from data.store.intake.rejected import RejectedRecord
from ingest.source import Raw, Record, Unreadable

log = structlog.get_logger()

_MOST_FAULTS = 5
_SHOWN = 60
_LONGEST_ID = 200

_PAYLOAD_ERRORS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
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
    except _PAYLOAD_ERRORS as fault:
        log.warning("record_not_understood", source=source.name, external_id=raw.external_id, exc_info=True)
        return refusal(source.name, raw, reason("record.unreadable", error=f"{type(fault).__name__}: {fault}"))


def refusal(source: str, raw: Raw, why: Reason | str) -> RejectedRecord:
    """A refusal, with everything made fit for storing: NUL and lone surrogates survive as escapes."""
    return RejectedRecord(source, key_of(raw), stored(_storable_reason(why)), payload_text(raw.payload))


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


def explained(error: ValidationError) -> Reason:
    """Each fault with its field, what is wrong, and what would be right."""
    errors = error.errors(include_url=False, include_context=True)
    told = tuple(reason("record.field", field=_path(each), fault=_fault(each)) for each in errors[:_MOST_FAULTS])
    if len(errors) > _MOST_FAULTS:
        told = (*told, reason("record.more_faults", more=len(errors) - _MOST_FAULTS))
    return told[0] if len(told) == 1 else reason("record.faults", faults=told)


def _path(error: ErrorDetails) -> Reason | str:
    return ".".join(str(part) for part in error["loc"]) or reason("record.itself")


def _fault(error: ErrorDetails) -> Reason:
    kind, value = error["type"], shown(error["input"])
    name = next((name for start, name in _FAULTS.items() if kind.startswith(start)), None)
    if name is None:
        return reason("record.fault.other", value=value, error=error["msg"])
    context = {key: str(each) for key, each in error.get("ctx", {}).items() if key in _CONTEXT}
    return reason(f"record.fault.{name}", value=value, **context)


def shown(value: object) -> str:
    """A value for a message, cut when long."""
    text = _written(value)
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
}
"""By the start of pydantic's error type, the first that fits."""
