"""Every route of the running app, asked in odd ways by a stranger, a screen and an administrator: none fails.

The routes are those of the app's own map: a new one is asked as soon as it exists. At each route some of the oddities
are tried alone, then many together; the examples are the same in every run.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import got_request_exception
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder, run_wsgi_app

from dashboard.app import App, create_app
from dashboard.auth.access import ROUTES, Caller
from dashboard.auth.screen_access import screen_token
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config, load
from dashboard.config.sections.citizens import PortalSettings
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.store.accounts import sessions, users
from data.store.db.engine import Engine, writing
from data.store.intake import rejected
from data.store.intake.rejected import RejectedRecord
from ingest.sources.feed.settings import FeedSettings
from tests.code_checks import ROOT
from tests.dashboard.conftest import a_render_context, csrf_of, publishing
from tests.dashboard.odd_requests import (
    ACCESS_FIELDS,
    BODIES,
    DROP,
    FIELDS,
    HEADERS,
    METHODS,
    PUSH,
    SCREEN,
    WORDS,
    Question,
)

ROLES = ("stranger", "screen", *(Role.ADMINISTRATOR, Role.OPERATOR, Role.RESPONDER))
SAMPLED: Mapping[str, int] = {
    "stranger": 17,
    "screen": 3,
    Role.ADMINISTRATOR: 17,
    Role.OPERATOR: 17,
    Role.RESPONDER: 17,
}
"""Every so many of the oddities is tried, at each route others: all of them are at some."""
EXAMPLES = 100


class Client:
    """One of the three who ask; it keeps no cookie that an answer sets."""

    def __init__(self, app: App, role: str) -> None:
        self._wsgi, self._role, self._plain = app.flask, role, EnvironBuilder("/").get_environ()
        self._app = app
        with writing(app.engine) as conn:
            now = clock.now()
            mine = Role(role) if role in set(Role) else Role.ADMINISTRATOR
            agencies = () if unfit_agencies(mine, frozenset()) is None else ("dlh",)
            self._user = users.add(conn, "siti", mine, agencies, password="-", now=now, one_time_until=None)
        self._log_in()
        token = screen_token(app.home.secret(), SCREEN, app.config.screens[SCREEN].version)
        self._token = f"token={token}&"
        self.raised: list[BaseException] = []
        got_request_exception.connect(self._note, app.flask)

    def _log_in(self) -> None:
        with writing(self._app.engine) as conn:
            self._cookie = sessions.begin(conn, self._user, clock.now())
        self._csrf = f"csrf={csrf_of(self._app, self._cookie)}&"

    def _note(self, sender: object, exception: BaseException, **more: object) -> None:
        self.raised.append(exception)

    def code(self, question: Question) -> int:
        """The status of the answer, which is read to its end."""
        environ = question.environ()
        if self._role == "screen":
            environ["QUERY_STRING"] = self._token + environ["QUERY_STRING"]
        if self._role in set(Role):
            environ["HTTP_COOKIE"] = f"{COOKIE}={self._cookie}; {environ.get('HTTP_COOKIE', '')}"
            if question.method != "GET":
                environ["QUERY_STRING"] = self._csrf + environ["QUERY_STRING"]
        body, status, _ = run_wsgi_app(self._wsgi, self._plain | environ)
        b"".join(body)
        if question.path.startswith((b"/keluar", b"/akun/", b"/masuk")):
            self._log_in()  # the session has ended, as it should
        return int(status[:3])


@pytest.fixture
def config(config: Config) -> Config:
    """A drop folder, a source that pushes, photos for everybody, the citizens' form open."""
    pushed = {
        "kind": "feed",
        "title": {"id": "Dorongan", "en": "Pushed"},
        "enabled": True,
        "every_s": 60,
        "items": "laporan",
        "push": {"secret_env": "BATT_UJI_PUSH", "per_minute": 6000},
        "mapping": {
            "times": {"zone": "Asia/Jakarta"},
            "id": {"column": "id", "required": True},
            "received": "dibuat",
            "category": {"column": "jenis", "required": True},
            "title": "judul",
        },
    }
    drop = load(ROOT / "config.yaml", date(2026, 11, 24)).sources[DROP]
    sources = {DROP: drop, PUSH: FeedSettings.model_validate(pushed)}
    return publishing(replace(config, sources=sources, portal=PortalSettings(open=True)))


@pytest.fixture
def app(config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """With one rejected record; what fails answers, as it does for a client, and does not raise."""
    monkeypatch.setenv("BATT_UJI_PUSH", "s" * 40)
    with writing(engine) as conn:
        rejected.add(conn, RejectedRecord(DROP, "1", "kolom tanggal: 'x' salah", '{"tanggal": "x"}'), clock.now())
    made = create_app(a_render_context(config), home, engine)
    made.flask.testing = False
    yield made
    made.hub.stop()


@dataclass(frozen=True)
class Route:
    """One of the app's map, or one that is answered beside it."""

    parts: Sequence[str | None]
    """Of its path; None for each argument."""
    posts: bool
    who: frozenset[Role] = frozenset()
    """The accounts that it is for."""

    @property
    def of_pages(self) -> bool:
        """Whether it is for accounts at all."""
        return bool(self.who)

    def is_for(self, role: str) -> bool:
        """Whether this role may be answered otherwise than a stranger is."""
        start = self.parts[0] or ""
        if role in set(Role):
            return role in self.who and (role == Role.ADMINISTRATOR or Role.ADMINISTRATOR not in self.who)
        return role != "screen" or start.startswith(("/wall/", "/socket.io/"))


def routes_of(app: App) -> list[Route]:
    rules: list[Rule] = list(app.flask.url_map.iter_rules())
    made = [Route(_parts(each.rule), "POST" in (each.methods or ()), _accounts(each.endpoint)) for each in rules]
    return [*made, Route(["/", None], False), Route(["/socket.io/"], True)]


def _accounts(endpoint: str) -> frozenset[Role]:
    who = ROUTES[endpoint].who
    return frozenset(Role) if Caller.ANYBODY in who and endpoint.startswith("web.") else frozenset(who & set(Role))


def _parts(rule: str) -> list[str | None]:
    return [None if n % 2 else part for n, part in enumerate(re.split(r"<([^>]+)>", rule))]


def path_of(parts: Sequence[str | None], words: Sequence[bytes]) -> bytes:
    """With a word for each argument in turn."""
    left = iter(words)
    return b"".join(next(left) if part is None else part.encode() for part in parts)


def alone(route: Route) -> Iterator[Question]:
    """Every oddity at one route, one at a time."""
    known = [DROP.encode(), b"1", b"1"]
    plain = path_of(route.parts, known)
    for n in range(sum(part is None for part in route.parts)):
        for word in WORDS:
            path = path_of(route.parts, [*known[:n], word, *known[n + 1 :]])
            yield from (Question(path), Question(path, query=b"lang=en")) if route.of_pages else (Question(path),)
    yield from (Question(plain, method) for method in METHODS)
    yield from (Question(plain, query=_query(FIELDS, word)) for word in WORDS)
    yield from (Question(plain, query=_query([name], b"a\nb")) for name in ACCESS_FIELDS)
    yield from (Question(plain, query=raw) for raw in (b"\xff", b"a=\x00", b"&" * 99, b"%", b"\n"))
    for word, name in zip(WORDS, itertools.cycle(HEADERS)):
        yield Question(plain, headers={name: word})
    if route.posts:
        yield from (Question(plain, "POST", content_type=kind, body=body) for kind, body in BODIES)


def _query(names: Sequence[str], *words: bytes) -> bytes:
    """The fields with the words in turn."""
    pairs = zip(names, itertools.cycle(words), strict=False)
    return b"&".join(
        quote_from_bytes(name.encode()).encode() + b"=" + quote_from_bytes(word).encode() for name, word in pairs
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_route_fails_at_one_oddity(app: App, role: str):
    client, routes = Client(app, role), [route for route in routes_of(app) if route.is_for(role)]
    assert len(routes) > 2
    asked = [question for route in routes for question in alone(route)][:: SAMPLED.get(role, 1)]
    failed = [f"{code} {client.raised[-1:]} {question}" for question in asked if (code := client.code(question)) >= 500]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("role", ROLES)
def test_no_route_fails_at_many_oddities_together(app: App, role: str):
    client, routes = Client(app, role), routes_of(app)
    word = st.sampled_from(WORDS) | st.binary(max_size=12)
    pairs = st.lists(st.tuples(st.sampled_from((*FIELDS, *ACCESS_FIELDS)), word), max_size=4)

    @given(st.sampled_from(routes), st.tuples(word, word, word), st.sampled_from(METHODS), pairs, st.data())
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(route: Route, words: Any, method: str, query: Any, data: st.DataObject) -> None:
        kind, body = data.draw(st.sampled_from(BODIES))
        headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), word, max_size=3))
        asked = b"&".join(_query([name], each) for name, each in query)
        question = Question(path_of(route.parts, words), method, asked, headers, kind, body)
        assert client.code(question) < 500, client.raised[-1:]

    ask()
