"""Calendars in a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.store.db.engine import Engine
from ingest.sources.ical.source import IcalSource
from tests.ingest.doors import around, configured


def an_event(uid: str = "1", *lines: str, starts: str = "DTSTART:20261128T120000Z", title: str = "Acara") -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", starts, *lines, "END:VEVENT", ""))


def a_calendar(*events: str, head: str = "") -> bytes:
    top = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//uji//\r\n{head}"
    return (top + "".join(events) + "END:VCALENDAR\r\n").encode()


def a_source(engine: Engine, home: Path, **changes: Any) -> IcalSource:
    source = configured("agenda_ical", around(engine, home), inner=True, **changes)
    assert isinstance(source, IcalSource)
    return source
