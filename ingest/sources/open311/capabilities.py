"""Discovers a server's services, format and extensions once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from ingest.source import RetryLater, SourceDown
from ingest.sources.open311.client import Client, RequestRefused
from ingest.sources.open311.cursor import Cursor
from ingest.sources.open311.fields import text_of
from ingest.sources.open311.services import Services
from ingest.sources.open311.settings import AUTO, Open311Settings
from ingest.sources.open311.windows import Window

log = structlog.get_logger(__name__)

SERVICES_MOST = 2000
"""The most services that are remembered."""
_NAME_MOST = 120
_TOMORROW = timedelta(days=2)

Occasion = tuple[str, str, datetime]
"""The source's name, the local day, now."""


def discover_capabilities(
    client: Client, cursor: Cursor, settings: Open311Settings, services: Services, when: Occasion
) -> None:
    """Update the capabilities and services in `cursor`, those that are unknown or older than today.

    None of this is necessary for a pull: when the server does not respond, the last values stay. Raises RetryLater.
    """
    name, day, now = when
    daily = cursor.asked != day
    try:
        if daily and settings.format == AUTO and cursor.capabilities.format is None and client.discover() == "xml":
            cursor.capabilities.format = "xml"
        if daily:
            _updates(client, cursor, settings, now)
        if daily or cursor.capabilities.updated_after is None:
            _changes(client, cursor, settings, now)
        if daily:
            cursor.asked = day
            _services(client, cursor, services, name)
    except RetryLater:
        raise
    except SourceDown as down:
        log.info("not_told", source=name, error=str(down))


def _services(client: Client, cursor: Cursor, services: Services, name: str) -> None:
    """The list of services; the log says which are new. Raises SourceDown."""
    items = client.services(cursor.capabilities)
    told = {
        code: _name(item, "service_name")
        for item in items[:SERVICES_MOST]
        if isinstance(item, dict) and (code := _name(item, "service_code"))
    }
    if len(items) > SERVICES_MOST:
        log.warning("too_many_services", source=name, services=len(items), remembered=SERVICES_MOST)
    for code in told.keys() - cursor.services.keys() if cursor.services else ():
        log.info("new_service", source=name, code=code, name=told[code], category=services.category(code, told[code]))
    cursor.services = {**cursor.services, **told} if len(cursor.services) < SERVICES_MOST else told


def _name(item: Mapping[str, Any], field: str) -> str:
    """A field's text, shortened and without lone surrogates."""
    return text_of(item, field)[:_NAME_MOST].encode("utf-8", "replace").decode()


def _updates(client: Client, cursor: Cursor, settings: Open311Settings, now: datetime) -> None:
    """Find out whether the server has mySociety's `servicerequestupdates`."""
    if settings.updates != AUTO:
        cursor.capabilities.updates = settings.updates
        return
    try:
        client.updates(Window(now - timedelta(hours=1), now, changed=False).params(), cursor.capabilities)
    except RequestRefused:
        cursor.capabilities.updates = False
    else:
        cursor.capabilities.updates = True


def _changes(client: Client, cursor: Cursor, settings: Open311Settings, now: datetime) -> None:
    """Find out whether the server filters by time of change: for a window in the future it must return nothing."""
    if settings.updated_after != AUTO:
        cursor.capabilities.updated_after = settings.updated_after
        return
    if cursor.until is None or not cursor.capabilities.largest:
        return  # an empty server would always return nothing
    future = Window(now + _TOMORROW, now + 2 * _TOMORROW, changed=True)
    try:
        found = client.requests(future.params(), cursor.capabilities)
    except RequestRefused:
        cursor.capabilities.updated_after = False
    else:
        cursor.capabilities.updated_after = not found
