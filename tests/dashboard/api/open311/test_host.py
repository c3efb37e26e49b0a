"""The addresses that the server tells of itself: of config.yaml, else of a Host header that is one."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import Engine
from tests.dashboard.api.open311.open311_client import V2, faults
from tests.dashboard.conftest import a_render_context, publishing

NO_HOSTS = ["a b", "<script>", "", "a/b", "a,b", "batu.example:99999", "[::1", "a@b", "x y:80", "töst"]


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.mark.parametrize("host", NO_HOSTS)
@pytest.mark.parametrize("path", ["discovery.json", "openapi.json"])
def test_a_host_that_is_none_is_told_and_stands_in_no_address(app: App, host: str, path: str):
    answer = app.flask.test_client().get(f"{V2}/{path}", headers={"Host": host})
    assert answer.status_code == 400
    assert faults(answer) == [
        "the Host header names no host; right would be e.g. pusat.batukota.go.id or 10.0.0.5:8600"
    ]


@pytest.mark.parametrize("host", ["batu.example", "batu.example:8600", "10.0.0.5:8600", "[::1]:8600"])
def test_a_host_stands_in_the_address(app: App, host: str):
    answer = app.flask.test_client().get(f"{V2}/discovery.json", headers={"Host": host})
    assert (answer.json or {})["endpoints"][0]["url"] == f"http://{host}{V2}"


@pytest.mark.parametrize("host", NO_HOSTS)
def test_with_a_public_url_the_host_header_is_not_asked(config: Config, home: Home, engine: Engine, host: str):
    app = create_app(a_render_context(publishing(config, "https://pusat.batukota.go.id")), home, engine)
    answer = app.flask.test_client().get(f"{V2}/discovery.json", headers={"Host": host})
    assert (answer.json or {})["endpoints"][0]["url"] == f"https://pusat.batukota.go.id{V2}"


def test_without_a_host_header_it_is_the_address_that_the_server_listens_on(app: App):
    environ = EnvironBuilder(f"{V2}/discovery.json").get_environ()
    del environ["HTTP_HOST"]
    old = {"SERVER_NAME": "10.0.0.5", "SERVER_PORT": "8600", "SERVER_PROTOCOL": "HTTP/1.0"}
    parts, status, _ = run_wsgi_app(app.flask, environ | old)
    assert status == "200 OK"
    assert f"http://10.0.0.5:8600{V2}".encode() in b"".join(parts)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_host_that_is_none_hinders_nothing_that_needs_no_address(app: App, host: str):
    for path in ("/health", "/", f"{V2}/services.json", f"{V2}/requests.json"):
        assert app.flask.test_client().get(path, headers={"Host": host}).status_code == 200
