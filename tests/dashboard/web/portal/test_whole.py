"""A report that waited on a telephone comes at once, and counts once however often it is sent."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.forms import Seals
from dashboard.web.portal.whole import begun_at
from data import clock
from data.store.db.engine import reading
from data.store.db.schema.cases import case
from data.store.db.schema.intake import photo
from tests.dashboard.web.portal.reporting import WORDS, Citizen, a_photo
from tests.factories import NOW, SISIR


def stamp(app: App, ago: timedelta = timedelta(seconds=9)) -> str:
    moment = str(int((clock.now() - ago).timestamp()))
    return f"{moment}.{Seals(app.home.secret()).sign('lapor', moment)}"


def send(citizen: Citizen, **changes: Any) -> TestResponse:
    form = {"key": str(uuid.uuid4()), "stamp": stamp(citizen.app), "village": SISIR, **WORDS}
    form |= {"photo": (io.BytesIO(a_photo()), "foto.jpg")} | changes
    return citizen.post("/lapor/semua", **form)


def count(app: App, table: Any) -> int:
    with reading(app.engine) as conn:
        return len(conn.execute(table.select()).all())


def test_the_same_key_is_one_report_with_one_photo(app: App, citizen: Citizen):
    key = str(uuid.uuid4())
    first, second = send(citizen, key=key), send(citizen, key=key, text="Kata lain yang sama sekali")
    assert first.status_code == second.status_code == 200
    assert first.json == second.json
    assert (count(app, case), count(app, photo)) == (1, 1)
    assert citizen.client.get(first.json["address"]).status_code == 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"key": "1"}, 400, "tersembunyi"),
        ({"website": "x"}, 400, "tersembunyi"),
        ({"stamp": "1.x"}, 409, "terlalu lama"),
        ({"village": ""}, 400, "Di mana?"),
        ({"category": "xyz"}, 400, "jenis laporan"),
        ({"phone": "12"}, 400, "8 sampai 15"),
        ({"photo": (b"<svg>", "a.svg")}, 400, "JPEG"),
    ],
)
def test_what_cannot_be_taken_is_refused_whole_with_what_is_right(
    app: App, citizen: Citizen, changes: dict[str, Any], status: int, said: str
):
    if "photo" in changes:
        changes = {"photo": (io.BytesIO(changes["photo"][0]), changes["photo"][1])}
    answer = send(citizen, **changes)
    assert answer.status_code == status
    assert said in answer.json["said"]  # type: ignore[index]
    assert count(app, case) == 0
    assert not list((app.home.path / "drafts").glob("*"))


def test_a_stamp_of_less_than_three_seconds_is_too_young(app: App, citizen: Citizen):
    assert send(citizen, stamp=stamp(app, timedelta(0))).status_code == 429
    assert send(citizen, stamp=citizen.client.get("/lapor/stempel").text).status_code == 429


def test_a_stamp_says_its_moment_to_who_made_it_and_for_a_day():
    seals, moment = Seals(b"rahasia"), str(int(NOW.timestamp()))
    signed = f"{moment}.{seals.sign('lapor', moment)}"
    assert begun_at(seals, signed, NOW) == NOW
    assert begun_at(seals, signed, NOW + timedelta(hours=24)) is None
    assert begun_at(seals, signed, NOW - timedelta(seconds=1)) is None
    assert begun_at(Seals(b"lain"), signed, NOW) is None
    for wrong in ("", ".", "²." + signed, "9" * 90 + ".x", signed + "x"):
        assert begun_at(seals, wrong, NOW) is None
