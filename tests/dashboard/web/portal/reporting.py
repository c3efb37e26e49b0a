"""A citizen's browser that fills in the form without script."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.web.portal.browser import DRAFT
from data import clock
from data.store.citizens import drafts
from data.store.citizens.drafts import Draft
from data.store.db.engine import reading, writing
from data.store.db.schema.citizens import draft
from tests.factories import SISIR

WORDS = {"category": "sampah", "text": "Sampah menumpuk di tepi jalan"}


def a_photo(colour: str = "green", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **more)
    return out.getvalue()


@dataclass
class Citizen:
    """Somebody without an account."""

    app: App
    client: FlaskClient
    values: dict[str, Any] = field(default_factory=dict)

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})

    def place(self, photo: bytes | None = None, **form: Any) -> TestResponse:
        form = {"village": SISIR} | form
        if photo is not None:
            form["photo"] = (io.BytesIO(photo), "../../<b>foto.svg")
        return self.post("/lapor", **form)

    def key(self) -> str:
        cookie = self.client.get_cookie(DRAFT)
        assert cookie is not None
        return cookie.value

    def grow_older(self, by: timedelta) -> None:
        """The form was begun so much earlier."""
        with writing(self.app.engine) as conn:
            conn.execute(draft.update().where(draft.c.key == self.key()).values(at=self.draft().at - by))

    def draft(self) -> Draft:
        with reading(self.app.engine) as conn:
            found = drafts.of_key(conn, self.key(), clock.now())
        assert found is not None
        return found

    def fill_in(self, photo: bytes | None = None, place: dict[str, Any] | None = None, **form: Any) -> None:
        """All pages but the last."""
        words = {name: form.pop(name) for name in tuple(form) if name in WORDS}
        for answer in (
            self.place(photo, **(place or {})),
            self.post("/lapor/uraian", **WORDS | words),
            self.post("/lapor/kontak", **form),
        ):
            assert answer.status_code == 303, answer.text
        assert answer.headers["Location"] == "/lapor/periksa"
        self.grow_older(timedelta(seconds=10))

    def send(self, **form: Any) -> TestResponse:
        return self.post("/lapor/kirim", key=self.key(), **form)

    def report(self, photo: bytes | None = None, **form: Any) -> str:
        """Fill in and send; the tracking code as it is shown."""
        self.fill_in(photo, **form)
        answer = self.send()
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].split("/")[2].partition("?")[0]
