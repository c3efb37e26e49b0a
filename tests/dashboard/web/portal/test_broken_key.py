"""A form's key that nobody gave out, on both databases: PostgreSQL takes no text with a zero byte."""

from __future__ import annotations

import pytest

from dashboard.app import create_app
from dashboard.config.home import Home
from dashboard.realtime.render_context import RenderContext
from data.store.db.engine import Engine


@pytest.mark.both_engines
@pytest.mark.parametrize("key", ["\0", "x" * 5000])
def test_a_key_that_cannot_be_one_begins_the_form_anew(context: RenderContext, home: Home, engine: Engine, key: str):
    app = create_app(context, home, engine)
    answer = app.flask.test_client().post("/lapor/kirim", data={"key": key}, headers={"Sec-Fetch-Site": "same-origin"})
    app.hub.stop()
    assert answer.headers["Location"] == "/lapor?mulai=1"
