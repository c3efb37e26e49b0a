"""The Open311 GeoReport v2 server, /open311/v2/, in JSON and XML, with the whole as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311 import openapi, representation
from dashboard.api.open311.arguments import read_extensions, read_filter
from dashboard.api.open311.form import BODY_BYTES, FIELDS_BYTES, MEDIA_URL, has_invalid_characters
from dashboard.api.open311.formats import answer, error_response
from dashboard.api.open311.intake import media_fault
from dashboard.api.open311.notes import notes
from dashboard.api.open311.service import Open311Service
from dashboard.api.photos import photo_address
from dashboard.observability import metrics
from data import clock
from data.store.cases import photos
from data.store.db.engine import Connection, StoreDown, reading
from data.store.queries.open311_requests import CaseFilter, PublicCase, public_cases, public_histories

PREFIX = "/open311/v2"
RETRY_AFTER_S = 5
DOWNLOAD_COST = 10
"""A download counts as so many requests of its address."""


def serve_open311(app: Flask, service: Open311Service) -> None:
    """Register all routes below the prefix, and their error handlers."""
    blueprint = Blueprint("open311", __name__, url_prefix=PREFIX)

    @blueprint.before_request
    def limit_questions() -> None:
        if request.method != "POST":
            cost = DOWNLOAD_COST if request.path.endswith(".csv") else 1
            service.access.limit_questions(request, clock.now(), cost=cost)

    @blueprint.after_request
    def allow_cross_origin(response: Response) -> Response:
        """Scripts of other sites may read, not post: a POST needs a key, which a page cannot keep secret."""
        if request.method != "POST":
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    _bind_about(blueprint, service)
    _bind_services(blueprint, service)
    _bind_requests(blueprint, service)
    _bind_download(blueprint, service)
    app.register_blueprint(blueprint)
    _register_error_handlers(app)


def _paths(path: str) -> tuple[str, str]:
    """Flask's rules for a path with a suffix and without one."""
    return f"{path}.<any(json, xml):form>", path


def _bind_about(blueprint: Blueprint, service: Open311Service) -> None:
    with_suffix, without = _paths("/discovery")

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def discovery(form: str = "") -> Response:
        return answer(
            "discovery", representation.discovery(service.config.open311, _base(service), demo=service.config.demo)
        )

    @blueprint.get("/openapi.json")
    def description() -> Response:
        return openapi.answer(service.config, _base(service) + PREFIX)


def _base(service: Open311Service) -> str:
    """The server's public URL. Raises RequestError when neither config.yaml nor the request says it."""
    public_url = service.config.server.public_url
    if public_url is None and not request.host:
        raise RequestError(
            Fault(400, "the Host header names no host; right would be e.g. pusat.batukota.go.id or 10.0.0.5:8600")
        )
    return (public_url or request.host_url).rstrip("/")


def _bind_services(blueprint: Blueprint, service: Open311Service) -> None:
    city = service.config.city
    with_suffix, without = _paths("/services")
    one_with_suffix, one_without = _paths("/services/<code>")

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def services(form: str = "") -> Response:
        return answer("services", [representation.service(category, city) for category in city.categories.values()])

    @blueprint.get(one_with_suffix)
    @blueprint.get(one_without)
    def service_definition(code: str, form: str = "") -> Response:
        category = city.categories.get(code)
        if category is None:
            raise RequestError(Fault(404, f"there is no service {code[:64]!r}; GET services.json lists them"))
        return answer("service_definition", representation.definition(category, city))


def _bind_requests(blueprint: Blueprint, service: Open311Service) -> None:
    with_suffix, without = _paths("/requests")
    one_with_suffix, one_without = _paths("/requests/<code>")
    token_with_suffix, token_without = _paths("/tokens/<token>")

    @blueprint.post(with_suffix)
    @blueprint.post(without)
    def post(form: str = "") -> Response:
        try:
            return service.post()
        except (RequestError, StoreDown) as error:
            metrics.POSTS.labels("unavailable" if isinstance(error, StoreDown) else "refused").inc()
            raise

    @blueprint.get(with_suffix)
    @blueprint.get(without)
    def requests(form: str = "") -> Response:
        return answer("service_requests", _requests(service, _filter(service)))

    @blueprint.get(one_with_suffix)
    @blueprint.get(one_without)
    def request_by_id(code: str, form: str = "") -> Response:
        return answer("service_requests", _one(service, code, f"there is no public request {code[:64]!r}"))

    @blueprint.get(token_with_suffix)
    @blueprint.get(token_without)
    def request_by_token(token: str, form: str = "") -> Response:
        message = f"there is no public request {token[:64]!r}; this server gives request ids at once, never tokens"
        (found,) = _one(service, token, message)
        return answer("service_requests", [{"service_request_id": found["service_request_id"], "token": token}])


def _bind_download(blueprint: Blueprint, service: Open311Service) -> None:
    @blueprint.get("/requests.csv")
    def download() -> Response:
        packed = request.accept_encodings["gzip"] > 0
        return service.downloads.answer(_filter(service, bulk=True), request, compressed=packed)


def _filter(service: Open311Service, *, bulk: bool = False) -> CaseFilter:
    """What the request asks for. Raises RequestError."""
    return read_filter(request.args, clock.now(), bulk=bulk, services=service.config.city.categories)


def _one(service: Open311Service, code: str, missing: str) -> list[dict[str, object]]:
    """The one request of this code. Raises RequestError."""
    found = [] if has_invalid_characters(code) else _requests(service, CaseFilter(codes=(code,)))
    if not found:
        raise RequestError(Fault(404, missing))
    return found


def _requests(service: Open311Service, wanted: CaseFilter) -> list[dict[str, object]]:
    """The requests that match, with attributes and notes for `extensions=true`. Raises RequestError."""
    city, more = service.config.city, read_extensions(request.args)
    with reading(service.engine) as conn:
        cases = public_cases(conn, wanted)
        pictures = _pictures(service, conn, cases)
        histories = public_histories(conn, [case.id for case in cases]) if more else {}
    found = [representation.request(case, city, pictures.get(case.id)) for case in cases]
    if more:
        for told, case in zip(found, cases, strict=True):
            told["extended_attributes"] = representation.extended(case, city)
            told["notes"] = notes(histories.get(case.id, []), city)
    return found


def _pictures(service: Open311Service, conn: Connection, cases: Sequence[PublicCase]) -> dict[int, str]:
    """The URL of each case's photo, else the one that the report said; empty while photos are not published."""
    if not (cases and service.config.open311.publish_photos):
        return {}
    base = _base(service)
    told = {
        case.id: case.media_url for case in cases if case.media_url and media_fault({MEDIA_URL: case.media_url}) is None
    }
    return told | {
        id_: photo_address(base, digest) for id_, digest in photos.of_cases(conn, [case.id for case in cases]).items()
    }


def _register_error_handlers(app: Flask) -> None:
    @app.errorhandler(RequestError)
    def request_error(error: RequestError) -> Response:
        return error_response(error)

    @app.errorhandler(StoreDown)
    def down(error: StoreDown) -> Response:
        fault = Fault(503, "the store is busy or cannot be reached; nothing was stored, try again")
        return error_response(RequestError(fault, retry_after_s=RETRY_AFTER_S))


def open311_http_error(error: HTTPException) -> Response:
    """An HTTP error below the prefix, in the form of the protocol."""
    code = error.code or 500
    if code == 404:
        return error_response(RequestError(Fault(404, "there is nothing here; try discovery.json or discovery.xml")))
    message = error.description or error.name
    if code == 413:
        message = f"the body is too large: at most {FIELDS_BYTES} bytes, with photos {BODY_BYTES}"
    response = error_response(RequestError(Fault(code, message)))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
