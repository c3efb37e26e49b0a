"""Pushes warnings to an installation, as BPBD would: signed, to the source that takes the city's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from dashboard.api.push.routes import SIGNATURE, TIMESTAMP, signature
from data import clock
from tests.e2e.helpers.server import Installation
from tests.ingest.sources.cap.cap_messages import alert, an_info, cancel

SOURCE, VARIABLE, SECRET = "peringatan_bpbd", "BATT_BPBD_PUSH", "w" * 40
CHANGES: dict[str, Any] = {"sources": {SOURCE: {"enabled": True, "folder": None}}}
"""For config.yaml of an installation, whose `env` has the secret."""
ENV = {VARIABLE: SECRET}


def push(house: Installation, body: bytes) -> httpx.Response:
    """One delivery; it is committed when this returns."""
    stamp = str(int(clock.now().timestamp()))
    signed = {TIMESTAMP: stamp, SIGNATURE: signature(SECRET, stamp, body)}
    answer = house.client.post(f"{house.url}/push/{SOURCE}", content=body, headers=signed)
    assert answer.status_code == 200, answer.text
    return answer


def warn(house: Installation, identifier: str, *, seconds: float = 3600, **info: Any) -> str:
    """A warning of landslides from now on; when it was sent, for its cancel."""
    now = clock.now().replace(microsecond=0)
    plain = {"effective": now - timedelta(minutes=1), "expires": now + timedelta(seconds=seconds)}
    push(house, alert(identifier, an_info(**{**plain, **info}), sent=now))
    return now.isoformat()


def withdraw(house: Installation, identifier: str, sent: str) -> None:
    """Its cancel."""
    now = clock.now().replace(microsecond=0)
    body = cancel(f"{identifier}-batal", identifier, sent=now).decode()
    push(house, _with_reference(body, identifier, sent).encode())


def _with_reference(body: str, identifier: str, sent: str) -> str:
    begin, end = body.index("<references>"), body.index("</references>")
    sender = body[begin:end].removeprefix("<references>").split(",")[0]
    return f"{body[:begin]}<references>{sender},{identifier},{sent}{body[end:]}"
