"""The Open311 server against its own OpenAPI description: whatever is asked of it, it answers as it says it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection
from schemathesis.config import SchemathesisConfig

from dashboard.api.open311 import openapi
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.store.accounts import api_keys
from data.store.db.engine import Engine, writing
from tests.dashboard.api.open311.open311_client import V2
from tests.dashboard.conftest import a_render_context
from tests.factories import MINUTE, NOW, a_case, a_history, stored
from tests.yaml_files import read_yaml

CHECKS = {
    "checks": {
        # Two dates in order, a box that does not end before it begins, a body's rest: no schema can say that.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404"]},
    }
}
WRITTEN = read_yaml(openapi.FILE)["paths"]
OPERATIONS = [(path, method) for path, item in WRITTEN.items() for method in item if method in {"get", "post"}]
EXAMPLES = 15
UNCHECKED = list(HealthCheck)


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.fixture
def unlimited(config: Config, home: Home, engine: Engine) -> App:
    """With a request in the store."""
    free = config.open311.model_copy(update={"per_minute": None, "per_day": None, "questions_per_minute": None})
    now = clock.now()
    with writing(engine) as conn:
        stored(conn, a_case(code="AW-2611-9999"), a_history(now - timedelta(hours=1), dispatched=MINUTE), now)
    return create_app(a_render_context(replace(config, open311=free)), home, engine)


@pytest.fixture
def description(unlimited: App) -> Any:
    config = SchemathesisConfig.from_dict(CHECKS)
    return schemathesis.openapi.from_wsgi(f"{V2}/openapi.json", unlimited.flask, config=config)


@pytest.fixture
def posting_key(unlimited: App) -> str:
    with writing(unlimited.engine) as conn:
        return api_keys.add(conn, "kontrak", NOW)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_one_that_the_description_announces(
    description: Any, posting_key: str, path: str, method: str, mode: GenerationMode
):
    strategy = description[path][method].as_strategy(generation_mode=mode)

    @given(case=strategy)
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=UNCHECKED)
    def ask(case: Any) -> None:
        if method == "post":
            case.query = {**(case.query or {}), "api_key": posting_key}
            if isinstance(case.body, dict):
                case.body.pop("api_key", None)
        # Ids override all other arguments, right or wrong.
        unchecked = [negative_data_rejection] if (case.query or {}).get("service_request_id") else []
        case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=unchecked)

    ask()
