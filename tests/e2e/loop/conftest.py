"""An installation with a gateway for messages, for each test: they count what rings and what stands on the walls."""

from __future__ import annotations

import base64
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.dashboard.messages.receivers import Gateway, a_gateway
from tests.e2e.helpers.people import People, people_at
from tests.e2e.helpers.server import Installation, until

SECRET = "BATT_UJI_GATEWAY"
DELIVERED_S = 60.0


@dataclass(frozen=True)
class Town:
    """The installation, and what reached its citizens' telephones."""

    house: Installation
    gateway: Gateway

    def messages(self, code: str) -> list[str]:
        """The kinds that arrived about a case, in their order; one that came again with its key counts once."""
        told = {headers["webhook-id"]: json.loads(body) for headers, body in self.gateway.got}
        return [each["type"].removeprefix("report.") for each in told.values() if each["data"]["code"] == code]

    def arrived(self, code: str, *kinds: str) -> None:
        """Wait until these have arrived, and see that nothing else has, and that nothing waits."""
        until(lambda: len(self.messages(code)) >= len(kinds), DELIVERED_S, f"{kinds} about {code}")
        assert self.messages(code) == list(kinds)
        waiting = 'SELECT count(*) FROM outbox o JOIN "case" c ON c.id = o.case_id WHERE code = ? AND sent_at IS NULL'
        until(lambda: self.house.rows(waiting, code) == [(0,)], DELIVERED_S, "nothing waits any more")

    def sent_again(self) -> list[str]:
        """The keys that came more than once."""
        keys = Counter(headers["webhook-id"] for headers, _ in self.gateway.got)
        return [key for key, times in keys.items() if times > 1]

    def events(self, code: str) -> list[str]:
        """The kinds of a case's events."""
        ask = 'SELECT e.kind FROM case_event e JOIN "case" c ON c.id = case_id WHERE code = ? ORDER BY e.n'
        return [str(kind) for (kind,) in self.house.rows(ask, code)]

    def code_of(self, text: str) -> str:
        """Of the one case with this text."""
        [(code,)] = self.house.rows('SELECT code FROM "case" WHERE text = ?', text)
        return str(code)


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    """With the gateway as its channel."""
    with a_gateway() as gateway:
        webhook = {"url": gateway.url, "secret_env": SECRET, "inner": True}
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        folder = tmp_path_factory.mktemp("town")
        changes, env = {"messages": {"webhook": webhook}}, {SECRET: secret}
        with closing(Installation(folder, changes, env=env, template=sqlite_template)) as house:
            house.start()
            yield Town(house, gateway)


@pytest.fixture
def people(browser: Browser, town: Town) -> Iterator[People]:
    """Their browsers."""
    with people_at(browser, town.house) as opened:
        yield opened
