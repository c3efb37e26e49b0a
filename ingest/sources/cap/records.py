"""A message as a raw record, and a raw record as a WarningRecord."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from data.domain.reasons import decode_reason, encode_reason
from ingest.source import Raw, Unreadable
from ingest.sources.cap.message import decoded, parse
from ingest.warning_record import WarningRecord

_FILE_CODE = re.compile(r"([A-Z]{2,4}\d{11})_alert\.xml")
"""BMKG's: a warning keeps it, while its identifier may change every hour, and both languages have it."""
_IDENTIFIER = re.compile(r"<(?:[\w.-]+:)?identifier>\s*([^<]{1,200}?)\s*<")


def identifier_of(text: str) -> str | None:
    """The identifier of a message, whatever else is wrong with it."""
    named = _IDENTIFIER.search(text)
    return named[1] if named else None


def raw_of(body: bytes, file: str = "") -> Raw:
    """A message as a raw record, whatever it is; `file`: the name under which it came."""
    content_id = f"sha256:{hashlib.sha256(body).hexdigest()}"
    try:
        text = decoded(body)
    except Unreadable as wrong:
        payload = {"fault": encode_reason(wrong.reason), "bytes": base64.b64encode(body).decode(), "file": file}
        return Raw(file or content_id, payload)
    return Raw(file or identifier_of(text) or content_id, {"xml": text, "file": file})


def record_of(raw: Raw, *, own: bool = False, credit: str = "", demo: bool = False) -> WarningRecord:
    """Raises Unreadable."""
    if "fault" in raw.payload:
        raise Unreadable(decode_reason(str(raw.payload["fault"])))
    text, file = str(raw.payload["xml"]), str(raw.payload.get("file", ""))
    fields = parse(text)
    about = {"external_id": raw.external_id, "message": text, "own": own, "credit": credit, "demo": demo}
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return WarningRecord.model_validate({**fields, **about, "key": _key(fields, file), "digest": digest})


def _key(fields: Mapping[str, Any], file: str) -> str:
    """The code of BMKG's file and the moment; else sender, identifier and moment."""
    code, sent = _FILE_CODE.fullmatch(file), str(fields["sent"])
    with suppress(ValueError, OverflowError):  # then the record says that it is no time
        sent = str(int(datetime.fromisoformat(sent).timestamp()))
    if code is not None:
        return f"{code[1]} {sent}"
    return hashlib.sha256("\n".join((fields["sender"], fields["identifier"], sent)).encode()).hexdigest()
