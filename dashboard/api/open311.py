"""The Open311 GeoReport v2 server, /open311/v2/, in JSON."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboard import metrics
from dashboard.api import words
from dashboard.api.arguments import read_form, read_wanted
from dashboard.api.door import Door
from dashboard.api.faults import Fault, Faulty, answer, told
from dashboard.api.keyring import KeyRing
from dashboard.config import Config
from data import clock
from data.store.engine import Engine, StoreDown, reading
from data.store.requests import Wanted, public_cases
from ingest.pipeline import Pipeline
from ingest.source import Raw

PREFIX = "/open311/v2"
RETRY_AFTER_S = 5
IDEMPOTENCY_MOST = 100
NOTICE = "Simpan nomor ini untuk menanyakan perkembangannya."


@dataclass(frozen=True, slots=True)
class Server:
    """What the routes work with."""

    engine: Engine
    keys: KeyRing
    pipeline: Pipeline
    config: Config
    door: Door
    posted: Callable[[datetime], None]
    """Told of every report that was stored."""

    def post(self) -> Response:
        """POST requests: stored, committed, then answered."""
        form = read_form(request)
        key = form.get("api_key") or request.args.get("api_key", "")
        client = self.keys.owner(key) if key else None
        if client is None:
            raise Faulty(Fault(403, "api_key is unknown or revoked" if key else "api_key is missing"))
        self.door.check(form)
        now = clock.now()
        external_id = _external_id(client)
        payload = {name: value for name, value in form.items() if name != "api_key"}
        payload["received_at"] = now.isoformat()
        outcome = self.pipeline.take(self.door, Raw(external_id, payload), now)
        metrics.POSTS.labels(outcome.became).inc()
        if outcome.code is None:
            raise Faulty(Fault(400, outcome.reason))
        self.posted(now)
        account = form.get("account_id") or None
        return answer([{"service_request_id": outcome.code, "service_notice": NOTICE, "account_id": account}])

    def list_requests(self, wanted: Wanted) -> list[dict[str, object]]:
        """GET requests."""
        with reading(self.engine) as conn:
            found = public_cases(conn, wanted)
        return [words.request(case, self.config.city) for case in found]


def _external_id(client: str) -> str:
    """The same for the same Idempotency-Key of the same client: a POST tried again is answered again, stored once."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        return uuid.uuid4().hex
    if len(given) > IDEMPOTENCY_MOST or not given.isprintable():
        raise Faulty(Fault(400, f"Idempotency-Key: at most {IDEMPOTENCY_MOST} printable characters"))
    return f"{client}:{given}"


def serve_open311(app: Flask, server: Server) -> None:
    """Bind the routes and the way faults are told below the prefix."""
    blueprint = Blueprint("open311", __name__, url_prefix=PREFIX)
    _bind_services(blueprint, server)
    _bind_requests(blueprint, server)
    app.register_blueprint(blueprint)
    _tell_faults(app)


def _bind_services(blueprint: Blueprint, server: Server) -> None:
    city = server.config.city

    @blueprint.get("/discovery.json")
    def discovery() -> Response:
        base = server.config.server.public_url or request.host_url
        return answer(words.discovery(server.config.open311, base.rstrip("/")))

    @blueprint.get("/services.json")
    def services() -> Response:
        return answer([words.service(category, city) for category in city.categories.values()])

    @blueprint.get("/services/<code>.json")
    def service(code: str) -> Response:
        category = city.categories.get(code)
        if category is None:
            raise Faulty(Fault(404, f"there is no service {code[:64]!r}; GET services.json lists them"))
        return answer(words.definition(category, city))


def _bind_requests(blueprint: Blueprint, server: Server) -> None:
    @blueprint.post("/requests.json")
    def post() -> Response:
        return server.post()

    @blueprint.get("/requests.json")
    def requests() -> Response:
        wanted = read_wanted(request.args, clock.now())
        unknown = [code for code in wanted.categories if code not in server.config.city.categories]
        if unknown and not wanted.codes:
            raise Faulty(*(Fault(404, f"there is no service {code[:64]!r}") for code in unknown))
        return answer(server.list_requests(wanted))

    @blueprint.get("/requests/<code>.json")
    def one(code: str) -> Response:
        found = server.list_requests(Wanted(codes=(code,)))
        if not found:
            raise Faulty(Fault(404, f"there is no public request {code[:64]!r}"))
        return answer(found)

    @blueprint.get("/tokens/<token>.json")
    def token(token: str) -> Response:
        raise Faulty(Fault(404, "this server gives request ids at once, never tokens"))


def _tell_faults(app: Flask) -> None:
    @app.errorhandler(Faulty)
    def faulty(error: Faulty) -> Response:
        return told(error)

    @app.errorhandler(StoreDown)
    def down(error: StoreDown) -> Response:
        fault = Fault(503, "the store is busy or cannot be reached; nothing was stored, try again")
        return told(Faulty(fault, retry_after_s=RETRY_AFTER_S))


def http_fault(error: HTTPException) -> Response:
    """What went wrong below the prefix before a route was reached, told as the protocol wants it."""
    code = error.code or 500
    if code == 404:
        return told(Faulty(Fault(404, "there is nothing here; this server speaks JSON: try discovery.json")))
    response = told(Faulty(Fault(code, error.description or error.name)))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
