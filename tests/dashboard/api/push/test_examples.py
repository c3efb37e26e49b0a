"""The example that agencies are given works as it is printed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date

import pytest
from werkzeug.serving import make_server

from dashboard.app import create_app
from dashboard.config.home import Home
from dashboard.config.load import Config, load
from data.store.db.engine import Engine
from ingest.sources.feed.settings import FeedSettings
from tests.code_checks import ROOT
from tests.dashboard.conftest import a_render_context
from tests.ingest.doors import all_cases

SHEET = (ROOT / "docs" / "serah-data.md").read_text(encoding="utf-8")
SECRET = "k" * 32


def test_the_example_in_python_brings_its_report(
    config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    source = load(ROOT / "config.yaml", date(2026, 11, 24)).sources["opd_feed"]
    assert isinstance(source, FeedSettings)
    assert source.push is not None
    monkeypatch.setenv(source.push.secret_env, SECRET)
    enabled = source.model_copy(update={"enabled": True})
    app = create_app(a_render_context(replace(config, sources={"opd_feed": enabled})), home, engine)
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    (example,) = re.findall(r"```python\n(.*?)```", SHEET, re.DOTALL)
    environment = {"BATT_ALAMAT": f"http://127.0.0.1:{server.server_port}", "BATT_KUNCI": SECRET}
    done = subprocess.run(
        [sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    server.shutdown()
    app.hub.stop()
    assert json.loads(done.stdout) == {"records": [{"id": "DLH-2", "outcome": "new"}]}
    assert [each["title"] for each in all_cases(engine)] == ["Sampah menumpuk"]
