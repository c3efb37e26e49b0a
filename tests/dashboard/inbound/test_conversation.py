"""What citizens write becomes reports, once each; who tells no place is asked for it and answers."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from dashboard.app import App
from data import clock
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind, CaseState
from data.domain.cases.tracking_code import shown
from data.store.cases import cases, photos
from data.store.cases.cases import StoredCase
from data.store.cases.commands import CommandRules, Order, apply
from data.store.citizens import tracking
from data.store.db.engine import open_engine, reading, writing
from data.store.db.schema.cases import case, rejected, reporter
from data.store.db.schema.citizens import outbox
from data.store.db.schema.intake import photo
from data.store.intake.sources import state_of
from ingest.photos.fetching import MediaServers, PhotoFetcher
from ingest.photos.storage import PhotoStorage
from tests.dashboard.inbound.conftest import Gateways
from tests.factories import NOW, SISIR, terms_of
from tests.ingest.commits import watched
from tests.ingest.sources.feed.feed import until

NUMBERS = itertools.count(81_200_000_000)


@pytest.fixture
def sri() -> str:
    """A number that nobody wrote from before: each has its limit."""
    return f"0{next(NUMBERS)}"


def rows(app: App, table: Any) -> list[Any]:
    with reading(app.engine) as conn:
        return list(conn.execute(table.select()).mappings())


def the_case(app: App) -> StoredCase:
    [row] = rows(app, case)
    with reading(app.engine) as conn:
        found = cases.by_id(conn, row["id"])
    assert found is not None
    return found


def became(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["became"] for each in answer.json["messages"]]


def kinds(app: App) -> list[str]:
    return [row["kind"] for row in rows(app, outbox)]


def test_a_message_with_its_place_is_a_report_once_however_often_it_comes(app: App, gateways: Gateways, sri: str):
    text = "Sampah menumpuk di Kelurahan Sisir"
    assert became(gateways.sms(sri, text, "msg_a")) == ["report"]
    assert became(gateways.sms(sri, text, "msg_a")) == ["same"]
    found = the_case(app)
    assert (found.facts.category, found.facts.village, found.facts.source) == ("sampah", SISIR, "sms")
    [kept] = rows(app, reporter)
    assert (kept["phone"], kept["lang"]) == (sri, "id")
    assert kinds(app) == ["received"]
    with reading(app.engine) as conn:
        assert tracking.code_of(conn, found.id) is not None


def test_who_tells_no_place_is_asked_once_more_and_the_answer_places_the_report(app: App, gateways: Gateways, sri: str):
    gateways.sms(sri, "Jalan berlubang besar sekali")
    assert the_case(app).facts.village is None
    assert became(gateways.sms(sri, "dekat warung bu Tini")) == ["attached"]
    assert became(gateways.sms("089999999999", "Sampah menumpuk di Sisir")) == ["report"]
    assert became(gateways.sms(sri, "Sisir")) == ["attached"]
    with reading(app.engine) as conn:
        found = cases.by_id(conn, min(row["id"] for row in rows(app, case)))
        assert found is not None
        said = [each.text for each in cases.events_of(conn, found.id) if each.actor_kind is ActorKind.CITIZEN]
    assert (found.facts.village, found.facts.category) == (SISIR, "jalan_rusak")
    assert {"dekat warung bu Tini", "Sisir"} <= set(said)
    assert [kind for kind in kinds(app) if kind == "ask_place"] == ["ask_place"] * 2
    assert became(gateways.sms(sri, "Sampah menumpuk di Sisir")) == ["report"]


def test_the_place_may_be_told_through_another_gateway(app: App, gateways: Gateways, sri: str):
    gateways.sms(sri, "Jalan berlubang besar sekali")
    with reading(app.engine) as conn:
        code = tracking.code_of(conn, the_case(app).id) or ""
    told = {"id": "w7", "from": "6281234567890", "type": "text", "text": {"body": f"{shown(code)} Kelurahan Sisir"}}
    assert became(gateways.meta(told)) == ["attached"]
    assert the_case(app).facts.village == SISIR


def test_an_answer_without_a_word_is_kept_as_one_and_is_no_report(app: App, gateways: Gateways, sri: str):
    gateways.sms(sri, "Jalan berlubang besar sekali")
    assert became(gateways.sms(sri, "\N{PERSON WITH FOLDED HANDS}")) == ["attached"]
    assert rows(app, rejected) == []


def test_a_location_answers_the_question_too(app: App, gateways: Gateways):
    here = {"latitude": -7.8790, "longitude": 112.5276}
    plain = {"from": "6281234567890", "timestamp": "1"}
    gateways.meta({**plain, "id": "w1", "type": "text", "text": {"body": "Jalan berlubang besar"}})
    gateways.meta({**plain, "id": "w2", "type": "location", "location": here})
    found = the_case(app)
    assert (found.facts.precision, found.facts.village) == ("exact", SISIR)


def test_a_message_with_the_tracking_code_answers_what_the_desk_asked(app: App, gateways: Gateways, sri: str):
    gateways.sms(sri, "Sampah menumpuk di Sisir")
    found = the_case(app)
    pause = Command(CommandKind.PAUSE, text="Yang mana?", reason="citizen")
    with writing(app.engine) as conn:
        code = tracking.code_of(conn, found.id) or ""
        order = Order(found.facts.code, found.version, pause, Actor("siti", ActorKind.OPERATOR))
        apply(conn, order, CommandRules(app.config.city, terms_of()), clock.now())
    other = "085555555555"
    assert became(gateways.sms(other, f"{shown(code)} yang di depan SDN 1")) == ["attached"]
    found = the_case(app)
    assert found.status.state is not CaseState.WAITING
    with reading(app.engine) as conn:
        said = cases.events_of(conn, found.id)[-1].text or ""
    assert said == "yang di depan SDN 1"
    assert became(gateways.sms(other, f"{shown('0' * 13)} yang lain di Sisir")) == ["report"]


def test_pictures_come_from_the_gateways_own_servers_only(app: App, gateways: Gateways, sri: str):
    media = [
        "https://media.example.id/1.jpg",
        "https://media.example.id:pw@10.0.0.1/x.jpg",
        "http://media.example.id/2.jpg",
        "https://169.254.169.254/latest",
        "https://lain.example/3.jpg",
    ]
    gateways.sms(sri, "Sampah menumpuk di Sisir", media=media)
    found = sorted((row["state"], row["url"] or "") for row in rows(app, photo))
    assert found[-1] == ("wanted", f"gateway:sms:{media[0]}")
    assert {state for state, _ in found[:-1]} == {"refused"}
    gateways.sms(sri, media=["https://media.example.id/9.jpg"])
    assert len(rows(app, case)) == 1
    wanted = [row["url"] for row in rows(app, photo) if row["state"] == "wanted"]
    assert wanted[1:] == ["gateway:sms:https://media.example.id/9.jpg"]


def test_pictures_that_come_at_the_same_moment_are_one_report(app: App, sri: str):
    answers, lock = list[str](), watched(app.engine)

    def send(n: int) -> None:
        gateway = Gateways(app.flask.test_client(), sent=100 * n)
        answers.extend(became(gateway.sms(sri, media=[f"https://media.example.id/{n}.jpg"])))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(3)]
    holder = open_engine(app.engine.url.render_as_string(hide_password=False))
    with writing(holder):
        for thread in threads:
            thread.start()
        until(lambda: lock.came == len(threads))
    holder.dispose()
    for thread in threads:
        thread.join(10)
    assert sorted(answers) == ["attached", "attached", "report"]
    assert len(rows(app, case)) == 1
    assert len(rows(app, photo)) == 3


def test_what_cannot_be_read_and_what_is_too_much_waits_for_people(app: App, gateways: Gateways):
    sender = "087777777777"
    answer = gateways.meta({"id": "w9", "from": sender, "type": "audio", "audio": {"id": "1"}})
    assert became(answer) == ["rejected"]
    assert became(gateways.sms("kantor pos", "Halo semua")) == ["rejected"]
    assert became(gateways.sms("088888888888", "")) == ["rejected"]
    for n in range(7):
        last = gateways.sms(sender, f"Sampah menumpuk di Sisir nomor {n}")
    assert became(last) == ["rejected"]
    reasons = " ".join(row["reason"] for row in rows(app, rejected))
    for why in ("unknown_type", "no_sender", "empty", "too_many"):
        assert f"inbound.{why}" in reasons
    with reading(app.engine) as conn:
        assert state_of(conn, "sms").rejected == 3


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("gateway:sms:https://lain.example/1.jpg", "photo.other_host"),
        ("gateway:sms:http://localhost/1.jpg", "photo.other_host"),
        ("gateway:tiada:https://localhost/1.jpg", "photo.other_host"),
        ("gateway:sms:https://localhost/1.jpg", "http.inner_address"),
    ],
)
def test_no_picture_is_fetched_from_another_server_or_a_private_address(
    app: App, gateways: Gateways, sri: str, url: str, why: str
):
    gateways.sms(sri, "Sampah menumpuk di Sisir")
    with writing(app.engine) as conn:
        photos.add_pending(conn, [(the_case(app).id, url)], NOW)
    servers = {"sms": MediaServers(frozenset({"localhost"}), "Bearer x")}
    PhotoFetcher(app.engine, PhotoStorage(app.home.path), {}, servers).fetch_due("uji", lambda: NOW)
    [row] = rows(app, photo)
    assert (row["state"], why in row["reason"]) == ("refused", True)
