"""CAP messages for tests, in force at NOW for a square in the middle of the city unless a test says otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from data.store.db.engine import Engine
from ingest.sources.cap.settings import CapSettings
from ingest.sources.cap.source import CapSource
from tests.ingest.doors import NOW, around
from tests.real_data import REAL_DATA

CAP = REAL_DATA / "cap"
SENDER = "uji@bpbd.invalid"
CENTRE = "-7.89,112.51 -7.89,112.55 -7.85,112.55 -7.85,112.51 -7.89,112.51"
HOUR = timedelta(hours=1)


def alert(identifier: str = "1", info: str | None = None, **changes: Any) -> bytes:
    """A message; `refs`: identifiers of messages sent at NOW."""
    plain = {"sender": SENDER, "sent": NOW, "status": "Actual", "msgType": "Alert", "scope": "Public"}
    refs = changes.pop("refs", ())
    head = {"identifier": identifier, **plain, **changes}
    fields = "".join(f"<{name}>{escape(_text(value))}</{name}>" for name, value in head.items() if value is not None)
    named = " ".join(f"{SENDER},{each},{_text(NOW)}" for each in refs)
    more = f"<references>{named}</references>" if refs else ""
    body = fields + more + (an_info() if info is None else info)
    head = '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
    return f"{head}{body}</alert>".encode()


def an_info(*, polygon: str | None = CENTRE, circle: str | None = None, area: bool = True, **changes: Any) -> str:
    """One info; a field that is None is left out."""
    plain = {
        "language": "id",
        "category": "Met",
        "event": "Tanah Longsor",
        "responseType": None,
        "urgency": "Immediate",
        "severity": "Moderate",
        "certainty": "Likely",
        "effective": NOW,
        "onset": None,
        "expires": NOW + 2 * HOUR,
        "senderName": "BPBD Kota Batu",
        "headline": "Waspada tanah longsor",
        "description": "Lereng jenuh air.",
        "instruction": "Jauhi lereng.",
    }
    fields = {name: value for name, value in {**plain, **changes}.items() if value is not None}
    text = "".join(f"<{name}>{escape(_text(value))}</{name}>" for name, value in fields.items())
    shapes = [f"<polygon>{each}</polygon>" for each in ([polygon] if polygon else [])]
    shapes += [f"<circle>{each}</circle>" for each in ([circle] if circle else [])]
    place = f"<area><areaDesc>Kota Batu</areaDesc>{''.join(shapes)}</area>" if area else ""
    return f"<info>{text}{place}</info>"


def cancel(identifier: str, *refs: str, **changes: Any) -> bytes:
    return alert(identifier, "", msgType="Cancel", refs=refs, **changes)


def a_source(engine: Engine, home: Path, **more: Any) -> CapSource:
    plain = {"kind": "cap", "title": {"id": "Uji", "en": "Test"}, "enabled": True, "every_s": 60}
    ways = {} if {"urls", "folder", "push"} & more.keys() else {"push": {"secret_env": "BATT_UJI_PUSH"}}
    return CapSource("uji", CapSettings.model_validate({**plain, **ways, **more}), around(engine, home))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
