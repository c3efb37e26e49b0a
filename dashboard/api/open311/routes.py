"""The Open311 GeoReport v2 server, /open311/v2/, in JSON and XML, with the whole as CSV."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboard.api.faults import Fault, Faulty
from dashboard.api.open311 import openapi, representation
from dashboard.api.open311.arguments import read_extensions, read_wanted
from dashboard.api.open311.form import BODY_BYTES, FIELDS_BYTES, unreadable
from dashboard.api.open311.formats import answer, told
from dashboard.api.open311.notes import notes
from dashboard.api.open311.service import Server
from dashboard.api.photos import photo_address
from data import clock
from data.store.cases import photos
from data.store.db.engine import Connection, StoreDown, reading
from data.store.queries.open311_requests import CaseFilter, public_cases, public_histories

PREFIX = "/open311/v2"
RETRY_AFTER_S = 5
DOWNLOAD_WEIGHS = 10
"""As many questions of one address."""


def serve_open311(app: Flask, server: Server) -> None:
    """Bind the routes and the way faults are told below the prefix."""
    blueprint = Blueprint("open311", __name__, url_prefix=PREFIX)

    @blueprint.before_request
    def welcome() -> None:
        if request.method != "POST":
            weighs = DOWNLOAD_WEIGHS if request.path.endswith(".csv") else 1
            server.gate.welcome(request, clock.now(), cost=weighs)

    @blueprint.after_request
    def open_to_pages(response: Response) -> Response:
        """Pages of other servers may read what everybody may; posting takes a key, which no page can keep."""
        if request.method != "POST":
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    _bind_about(blueprint, server)
    _bind_services(blueprint, server)
    _bind_requests(blueprint, server)
    _bind_download(blueprint, server)
    app.register_blueprint(blueprint)
    _tell_faults(app)


def _paths(path: str) -> tuple[str, str]:
    """Flask's rules for a path with a suffix and without one."""
    return f"{path}.<any(json, xml):form>", path


def _bind_about(blueprint: Blueprint, server: Server) -> None:
    with_suffix, without = _paths("/discovery")

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def discovery(form: str = "") -> Response:
        return answer(
            "discovery", representation.discovery(server.config.open311, _base(server), demo=server.config.demo)
        )

    @blueprint.get("/openapi.json")
    def description() -> Response:
        return openapi.answer(server.config, _base(server) + PREFIX)


def _base(server: Server) -> str:
    """Where this server is reached. Raises Faulty when neither config.yaml nor the request says it."""
    public_url = server.config.server.public_url
    if public_url is None and not request.host:
        raise Faulty(
            Fault(400, "the Host header names no host; right would be e.g. pusat.batukota.go.id or 10.0.0.5:8600")
        )
    return (public_url or request.host_url).rstrip("/")


def _bind_services(blueprint: Blueprint, server: Server) -> None:
    city = server.config.city
    with_suffix, without = _paths("/services")
    one_with_suffix, one_without = _paths("/services/<code>")

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def services(form: str = "") -> Response:
        return answer("services", [representation.service(category, city) for category in city.categories.values()])

    @blueprint.get(one_with_suffix)
    @blueprint.get(one_without)
    def service(code: str, form: str = "") -> Response:
        category = city.categories.get(code)
        if category is None:
            raise Faulty(Fault(404, f"there is no service {code[:64]!r}; GET services.json lists them"))
        return answer("service_definition", representation.definition(category, city))


def _bind_requests(blueprint: Blueprint, server: Server) -> None:
    with_suffix, without = _paths("/requests")
    one_with_suffix, one_without = _paths("/requests/<code>")
    token_with_suffix, token_without = _paths("/tokens/<token>")

    @blueprint.post(with_suffix)
    @blueprint.post(without)
    def post(form: str = "") -> Response:
        return server.post()

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def requests(form: str = "") -> Response:
        return answer("service_requests", _told(server, _wanted(server)))

    @blueprint.get(one_with_suffix)
    @blueprint.get(one_without)
    def one(code: str, form: str = "") -> Response:
        return answer("service_requests", _one(server, code, f"there is no public request {code[:64]!r}"))

    @blueprint.get(token_with_suffix)
    @blueprint.get(token_without)
    def token(token: str, form: str = "") -> Response:
        said = f"there is no public request {token[:64]!r}; this server gives request ids at once, never tokens"
        (found,) = _one(server, token, said)
        return answer("service_requests", [{"service_request_id": found["service_request_id"], "token": token}])


def _bind_download(blueprint: Blueprint, server: Server) -> None:
    @blueprint.get("/requests.csv")
    def download() -> Response:
        packed = request.accept_encodings["gzip"] > 0
        return server.downloads.answer(_wanted(server, bulk=True), compressed=packed)


def _wanted(server: Server, *, bulk: bool = False) -> CaseFilter:
    """What the request's arguments ask for. Raises Faulty."""
    return read_wanted(request.args, clock.now(), bulk=bulk, services=server.config.city.categories)


def _one(server: Server, code: str, missing: str) -> list[dict[str, object]]:
    """The one request of this code. Raises Faulty."""
    found = [] if unreadable(code) else _told(server, CaseFilter(codes=(code,)))
    if not found:
        raise Faulty(Fault(404, missing))
    return found


def _told(server: Server, case_filter: CaseFilter) -> list[dict[str, object]]:
    """The requests asked for, with attributes and notes when the arguments ask for these. Raises Faulty."""
    city, more = server.config.city, read_extensions(request.args)
    with reading(server.engine) as conn:
        cases = public_cases(conn, case_filter)
        pictures = _pictures(server, conn, [case.id for case in cases])
        histories = public_histories(conn, [case.id for case in cases]) if more else {}
    found = [representation.request(case, city, pictures.get(case.id)) for case in cases]
    if more:
        for told_of, case in zip(found, cases, strict=True):
            told_of["extended_attributes"] = representation.extended(case, city)
            told_of["notes"] = notes(histories.get(case.id, []), city)
    return found


def _pictures(server: Server, conn: Connection, ids: list[int]) -> dict[int, str]:
    """The address of each case's kept photo; of none while photos are not published."""
    if not (ids and server.config.open311.publish_photos):
        return {}
    base = _base(server)
    return {id_: photo_address(base, digest) for id_, digest in photos.of_cases(conn, ids).items()}


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
        return told(Faulty(Fault(404, "there is nothing here; try discovery.json or discovery.xml")))
    said = error.description or error.name
    if code == 413:
        said = f"the body is too large: at most {FIELDS_BYTES} bytes, with photos {BODY_BYTES}"
    response = told(Faulty(Fault(code, said)))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
