"""Public clients work against the server as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from georeport import GeoReport
from werkzeug.serving import make_server

from dashboard.app import App
from data import clock
from data.store.db.engine import writing
from tests.dashboard.api.open311.open311_client import V2
from tests.factories import MINUTE, a_case, a_history, stored


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.fixture
def address(app: App) -> Iterator[str]:
    """Where the application serves, on a real socket."""
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{V2}"
    server.shutdown()
    thread.join()


@pytest.fixture
def kept(app: App) -> list[str]:
    """Codes of two requests, the younger first."""
    now, made = clock.now().replace(microsecond=0), []
    with writing(app.engine) as conn:
        for hours in (1, 2):
            case = a_case("sampah", text="Sampah & <lumpur>")
            stored(conn, case, a_history(now - timedelta(hours=hours), agency="dlh", dispatched=MINUTE), now)
            made.append(case.code)
    return made


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_and_requests(address: str, app: App, kept: list[str], form: str):
    city = GeoReport(address, jurisdiction="batukota.go.id", output_format=form)
    assert [each["service_code"] for each in city.get_service_list()] == list(app.config.city.categories)
    assert city.get_service_definition("sampah")["service_code"] == "sampah"
    found = city.get_service_requests(status="open", service_code="sampah")
    assert [each["service_request_id"] for each in found] == kept
    assert found[0]["description"] == "Sampah & <lumpur>"
    assert city.get_service_requests(service_request_id=",".join(kept))[1]["service_request_id"] == kept[1]
    one = city.get_service_request(kept[0])
    assert (one["service_request_id"], float(one["lat"])) == (kept[0], -7.8696)
