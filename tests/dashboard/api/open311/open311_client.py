"""What the tests of the Open311 server say to it."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from dashboard.app import App
from data.store.db.engine import reading
from data.store.db.schema.cases import case

V2 = "/open311/v2"


def post(app: App, key: str | None, headers: dict[str, str] | None = None, **changes: str) -> TestResponse:
    form = {"service_code": "sampah", "lat": "-7.8712", "long": "112.5268", "description": "Sampah menumpuk"}
    form |= {"api_key": key} if key else {}
    return app.flask.test_client().post(f"{V2}/requests.json", data=form | changes, headers=headers or {})


def faults(answer: TestResponse) -> list[str]:
    assert answer.content_type == "application/json; charset=utf-8"
    assert isinstance(answer.json, list)
    assert all(fault.keys() == {"code", "description"} for fault in answer.json)
    return [fault["description"] for fault in answer.json]


def rows(app: App) -> list[Any]:
    with reading(app.engine) as conn:
        return list(conn.execute(case.select().order_by(case.c.id)).mappings())
