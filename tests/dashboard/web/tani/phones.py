"""Telephones at /tani and /penyuluh, without script."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from typing import Any

from PIL import Image
from sqlalchemy import select

from dashboard.app import App
from dashboard.auth.visitor import COOKIE
from data.domain.access.roles import Role
from data.store.db.engine import reading
from tests.dashboard.conftest import csrf_of, logged_in
from tests.dashboard.web.conftest import told
from tests.factories import SISIR

PAGE_MOST = 300_000


class Phone:
    """A farmer's or a buyer's, with the profile filled in."""

    def __init__(self, app: App, role: Role, name: str = "Pak Karto", villages: Collection[str] = ()) -> None:
        """villages: of a field assistant."""
        self.app, self.client = app, logged_in(app, role, villages=villages)
        self.name = name

    def known(self) -> Phone:
        assert self.client.get("/tani").headers["Location"] == "/tani/saya"
        number = "08" + "".join(str(ord(letter) % 10) for letter in self.name.ljust(9, "x"))[:10]
        self.post("/tani/saya", name=self.name, phone=number, village=SISIR, news="1")
        self.number = number
        return self

    def get(self, path: str, code: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == code, (path, answer.status_code)
        assert len(answer.data) < PAGE_MOST
        return answer.text

    def post(self, path: str, code: int = 303, **form: Any) -> str:
        cookie = self.client.get_cookie(COOKIE)
        token = csrf_of(self.app, cookie.value if cookie else "")
        answer = self.client.post(
            f"{path}{'&' if '?' in path else '?'}csrf={token}", data=form, content_type="multipart/form-data"
        )
        assert answer.status_code == code, (path, answer.status_code, told(answer.text)[:400])
        return answer.headers.get("Location", answer.text)

    def sell(self, code: int = 303, **changes: Any) -> str:
        """The last of the four pages, with what the three before it were told."""
        form = {"commodity": "apel", "quantity": "100", "unit": "kg", "grade": "A", "price": "10.000", "step": "4"}
        return self.post("/tani/jual", code, **{**form, **changes})


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def a_picture() -> tuple[io.BytesIO, str]:
    made = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(made, "JPEG")
    return io.BytesIO(made.getvalue()), "apel.jpg"


def the(app: App, table: Any) -> Any:
    """The newest row."""
    with reading(app.engine) as conn:
        return conn.execute(select(table).order_by(table.c.id.desc()).limit(1)).one()
