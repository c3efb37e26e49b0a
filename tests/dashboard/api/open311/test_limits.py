"""How often somebody may come: a key by the minute and by the day, an address by the minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from defusedxml.ElementTree import fromstring
from flask import request

from dashboard.api.rate_limits import DailyQuotas, address_of
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.store.accounts import api_keys
from data.store.db.engine import Engine, StoreDown, open_engine, reading, writing
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows
from tests.dashboard.conftest import a_render_context
from tests.factories import NOW

Made = Callable[..., App]


@pytest.fixture
def made(config: Config, home: Home, engine: Engine) -> Made:
    """An application with other limits."""

    def make(**limits: int | None) -> App:
        return create_app(
            a_render_context(replace(config, open311=config.open311.model_copy(update=limits))), home, engine
        )

    return make


def a_key(app: App, name: str, **limits: int | None) -> str:
    with writing(app.engine) as conn:
        return api_keys.add(conn, name, NOW, **limits)


def test_one_post_too_many_in_a_minute_is_told_when_to_come_again(made: Made):
    app = made(per_minute=2)
    key = a_key(app, "cepat")
    answers = [post(app, key, lat=lat) for lat in ("-7.87", "north", "-7.87")]
    assert [each.status_code for each in answers] == [200, 400, 429]
    assert faults(answers[2])[0].startswith("this key may post 2 times a minute")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert len(rows(app)) == 1
    assert post(app, a_key(app, "lain")).status_code == 200


def test_a_key_may_have_limits_of_its_own(made: Made):
    app = made(per_minute=1, per_day=1)
    key = a_key(app, "luas", per_minute=3, per_day=2)
    assert [post(app, key).status_code for _ in range(4)] == [200, 200, 429, 429]


def test_the_quota_of_a_day_counts_what_was_stored_and_outlives_a_restart(made: Made):
    app = made(per_day=3)
    key = a_key(app, "harian")
    assert [post(app, key, lat=lat).status_code for lat in ("-7.87", "x", "-7.87")] == [200, 400, 200]
    assert post(app, key, {"Idempotency-Key": "1"}).status_code == 200
    app.intake_health.save(clock.now())
    app.intake_health.save(clock.now())
    later = made(per_day=3)
    refused = post(later, key)
    assert refused.status_code == 429
    assert faults(refused)[0].startswith("this key may post 3 reports a day")
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_401
    assert len(rows(app)) == 3


def test_what_was_counted_is_written_once_and_forgotten_by_no_failing_beat(sqlite_url: str):
    busy, engine = open_engine(sqlite_url), open_engine(sqlite_url, busy_timeout_s=0.1)
    quotas = DailyQuotas(engine, "Asia/Jakarta")
    quotas.count("a", NOW)
    with writing(busy), pytest.raises(StoreDown):
        quotas.save(NOW)
    assert quotas.used("a", NOW) == 1
    quotas.save(NOW)
    quotas.save(NOW)
    with reading(engine) as conn:
        assert api_keys.posts_of_day(conn, "2026-11-24") == {"a": 1}
    assert quotas.used("a", NOW) == 1
    assert DailyQuotas(busy, "Asia/Jakarta").used("a", NOW) == 1


def test_two_processes_know_of_each_other_by_the_next_beat_and_a_day_begins_at_local_midnight(engine: Engine):
    one, other = DailyQuotas(engine, "Asia/Jakarta"), DailyQuotas(engine, "Asia/Jakarta")
    for quotas in (one, other, one):
        quotas.count("a", NOW)
        quotas.save(NOW)
    other.save(NOW)
    assert (one.used("a", NOW), other.used("a", NOW)) == (3, 3)
    midnight = NOW + timedelta(seconds=one.until_tomorrow_s(NOW))
    assert midnight.hour == 17
    assert one.used("a", midnight) == 0
    one.count("a", midnight)
    assert one.used("a", midnight) == 1


def test_questions_are_limited_by_address_generously_and_in_every_format(made: Made):
    app = made(questions_per_minute=3)
    client = app.flask.test_client()
    paths = ("services.json", "requests", "discovery.xml", "services.xml")
    answers = [client.get(f"{V2}/{path}") for path in paths]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert fromstring(answers[3].data).findtext("error/code") == "429"
    assert "Retry-After" in answers[3].headers
    elsewhere = client.get(f"{V2}/services.json", environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert elsewhere.status_code == 200
    assert post(app, a_key(app, "sama")).status_code == 200


def test_a_download_weighs_ten_questions_and_whoever_tries_keys_is_limited_too(made: Made):
    client = made(questions_per_minute=12).flask.test_client()
    assert [client.get(f"{V2}/requests.csv").status_code for _ in range(2)] == [200, 429]
    app = made(questions_per_minute=2)
    assert [post(app, f"guess {n}").status_code for n in range(3)] == [403, 403, 429]


def test_without_limits_nobody_is_turned_away(made: Made):
    app = made(per_minute=None, per_day=None, questions_per_minute=None)
    key = a_key(app, "bebas")
    assert {post(app, key, service_code="x").status_code for _ in range(30)} == {404}


def behind(proxies: int, peer: str, forwarded: str, config: Config, home: Home, engine: Engine) -> str:
    """Whose a request is to an app with so many proxies of ours in front."""
    server = config.server.model_copy(update={"proxies": proxies})
    app = create_app(a_render_context(replace(config, server=server)), home, engine)
    app.flask.add_url_rule("/whose", endpoint="root")
    app.flask.view_functions["root"] = lambda: address_of(request)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return app.flask.test_client().get("/whose", headers=headers, environ_overrides={"REMOTE_ADDR": peer}).text


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "whose"),
    [
        (0, "10.1.1.1", "1.2.3.4", "10.1.1.1"),
        (1, "10.1.1.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "10.1.1.1", "6.6.6.6, 1.2.3.4, 10.1.1.2", "1.2.3.4"),
        (1, "10.1.1.1", "", "10.1.1.1"),
        (3, "10.1.1.1", "1.2.3.4", "10.1.1.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "::ffff:1.2.3.4", "", "1.2.3.4"),
    ],
)
def test_an_address_is_what_the_outermost_of_our_proxies_saw(
    proxies: int, peer: str, forwarded: str, whose: str, config: Config, home: Home, engine: Engine
):
    assert behind(proxies, peer, forwarded, config, home, engine) == whose
