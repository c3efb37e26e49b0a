"""Who reports or acts is answered before long work goes on; who only looks waits for his turn."""

from __future__ import annotations

import threading

import pytest

from dashboard.app import App
from data import foreground
from data.foreground import stand_aside
from tests.conftest import Limit


@pytest.mark.parametrize(("method", "goes_on"), [("POST", False), ("GET", True)])
def test_long_work_stands_aside_for_a_post(app: App, limit: Limit, method: str, *, goes_on: bool):
    limit(foreground, "LONGEST_S", 60)
    done = threading.Event()
    work = threading.Thread(target=lambda: (stand_aside(), done.set()))
    with app.flask.test_request_context("/open311/v2/requests.json", method=method):
        app.flask.preprocess_request()
        work.start()
        assert done.wait(10 if goes_on else 0.05) is goes_on
    assert done.wait(10), "the request is over"
    work.join()
