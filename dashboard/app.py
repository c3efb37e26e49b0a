"""The composition root: creates the parts of a process and connects them. All routes are registered here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from dash import Dash
from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.api.health import Health, serve_health
from dashboard.api.open311.csv_export import CsvDownloads
from dashboard.api.open311.intake import Open311Intake
from dashboard.api.open311.routes import PREFIX as OPEN311
from dashboard.api.open311.routes import open311_http_error, serve_open311
from dashboard.api.open311.service import IntakeHealth, Open311Service
from dashboard.api.photos import serve_photos
from dashboard.api.push.routes import PushReceiver, serve_push
from dashboard.api.rate_limits import DailyQuotas, Open311Access, RateLimit
from dashboard.auth.api_keys import ApiKeyCache
from dashboard.auth.gate import SAFE_METHODS, Gate, is_privileged
from dashboard.auth.room_access import RoomAccess
from dashboard.backup.restore import enter
from dashboard.config.home import Home
from dashboard.config.load import MARKET, PORTAL, Config
from dashboard.config.models import ServerSettings
from dashboard.config.sections.privacy import tighten
from dashboard.inbound.receiver import InboundReceiver
from dashboard.inbound.routes import serve_inbound
from dashboard.jobs.photos import ReportPhotos
from dashboard.observability.health_monitor import HealthMonitor
from dashboard.observability.part_health import PartHealth
from dashboard.performance import serve_performance
from dashboard.performance.app import PAGE as PERFORMANCE
from dashboard.portal.draft_photos import DraftPhotos
from dashboard.portal.service import Portal
from dashboard.realtime.connection_limit import SPARE_CONNECTIONS, ConnectionLimit
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import RenderContext, calendars_of
from dashboard.realtime.sockets import Sockets
from dashboard.realtime.walls import create_walls, script_hashes
from dashboard.server import plain_pages
from dashboard.server.companion import Companion
from dashboard.server.forwarding import BODY_MOST, Forwarding, Upstream
from dashboard.server.headers import add_headers, content_policy
from dashboard.server.late_rules import LateRule
from dashboard.server.request_checks import check_dash_requests, check_requests
from dashboard.server.request_heads import RequestHeads
from dashboard.server.static_files import serve_files
from dashboard.web import choose_language, deps_of, register_web
from data import clock
from data.domain.city.content import with_recorded
from data.foreground import foreground
from data.store.cases import recorded_versions
from data.store.db.engine import Engine, open_engine, reading
from data.store.db.migrate import require_head
from data.store.db.time_limits import time_limit
from data.store.geo import boundaries
from data.store.geo.tiles import Tiles
from data.store.history.history import FOLDER, History
from ingest.photos.sanitizing import position_of
from ingest.photos.storage import PhotoStorage
from ingest.pipeline.pipeline import Pipeline

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = structlog.get_logger(__name__)
BEGIN_S, STATEMENT_S = 4.5, 4.0
"""How long a request may wait for a transaction to begin, and for the answer to a statement: ten seconds together."""


@dataclass(frozen=True, slots=True)
class App:
    """The parts of a process."""

    config: Config
    home: Home
    engine: Engine
    context: RenderContext
    pipeline: Pipeline
    flask: Flask
    sockets: Sockets
    hub: Hub
    intake_health: IntakeHealth
    monitor: HealthMonitor
    job_parts: PartHealth
    """The health of this process's jobs, as the monitor sees it."""
    history: History
    performance: Companion | None
    """The process that answers /kinerja; None: this one does."""


def open_store(config: Config, home: Home) -> Engine:
    """The store's engine, with a connection for each request thread and some for jobs.

    Raises OSError while a restore is at work.
    """
    enter(home)
    tighten(home.path)
    pool = config.server.request_threads + 4
    return open_engine(home.database_url, pool_size=pool, busy_timeout_s=config.server.lock_wait.total_seconds())


def create_render_context(config: Config, engine: Engine) -> RenderContext:
    """With the recorded versions, calendars around today and the store's boundaries. Raises WrongSchema, StoreDown."""
    require_head(engine)
    with reading(engine) as conn:
        ground, recorded = boundaries.current(conn), recorded_versions.load(conn)
    city = with_recorded(config.city, recorded)
    calendars = calendars_of(city, clock.now().date())
    return RenderContext(replace(config, city=city), calendars, ground, demo=config.demo)


def create_app(context: RenderContext, home: Home, engine: Engine, performance: Companion | None = None) -> App:
    """All parts; no thread is started. Raises InvalidTiles for a bad tile file."""
    config = context.config
    flask = _flask(config)
    gate = Gate(engine, config, home.secret())
    gate.guard(flask)
    sockets = Sockets(flask, config, home.secret(), RoomAccess(engine, config))
    monitor, job_parts = HealthMonitor(engine, home.path, config.server.least_free_mb), PartHealth()
    sockets.hub = hub = Hub(engine, context, sockets, problems=lambda: [each.reason for each in monitor.problems()])
    for parts in (hub.parts, job_parts):
        monitor.watch(parts)
    _wrap(flask, config.server, sockets, performance)
    pipeline = Pipeline(engine, config.city, context.calendars, context.boundaries)
    rate_limit = RateLimit()
    access = Open311Access(config.open311, ApiKeyCache(engine), DailyQuotas(engine, config.city.timezone), rate_limit)
    portal, portal_saves = _portal(config, home, pipeline, rate_limit)
    deps = deps_of(context, home, pipeline, gate, portal)
    push_receiver = PushReceiver(config, pipeline, deps.sources, rate_limit)
    inbound = InboundReceiver(config, pipeline, context.calendars, rate_limit, home.secret())
    saves = _all_of(access.quotas.save, push_receiver.save_health, inbound.save_health, *portal_saves)
    intake_health, walls = IntakeHealth(engine, saves), create_walls(flask, context, home.secret())
    check_dash_requests(flask, walls, _error_answer)
    serve_open311(flask, _open311(config, home, pipeline, access, intake_health))
    serve_health(flask, Health(engine, context, monitor, hub, job_parts), is_privileged)
    serve_files(flask, _tiles(config, home))
    serve_photos(flask, engine, PhotoStorage(home.path), published=config.open311.publish_photos)
    serve_push(flask, push_receiver)
    serve_inbound(flask, inbound)
    register_web(flask, deps)
    history = History(engine, home.path / FOLDER, config.city, context.calendars)
    context.use_columns(lambda now: history.as_known(at=now))
    check_dash_requests(flask, serve_performance(flask, deps, history, _page_policy), _error_answer)
    add_headers(flask, content_policy(script_hashes(walls), context.drawing.tiles))
    _register_root_and_errors(flask, config)
    watched = (intake_health, monitor, job_parts)
    return App(config, home, engine, context, pipeline, flask, sockets, hub, *watched, history, performance)


def _flask(config: Config) -> Flask:
    flask = Flask("dashboard", static_folder=None)
    flask.url_rule_class = LateRule
    flask.config["MAX_CONTENT_LENGTH"] = BODY_MOST
    flask.before_request(_begin_request)
    flask.teardown_request(_end_request)
    check_requests(flask, _error_answer)
    choose_language(flask, config)
    return flask


def _portal(
    config: Config, home: Home, pipeline: Pipeline, rate_limit: RateLimit
) -> tuple[Portal, list[Callable[[datetime], None]]]:
    """The citizens' form, and what saves its health and the market's while they are open."""
    health, photos = IntakeHealth(pipeline.engine, source=PORTAL), (DraftPhotos(home.path), PhotoStorage(home.path))
    saves: list[Callable[[datetime], None]] = [health.save] if config.portal.open else []
    if config.market.open:
        saves.append(IntakeHealth(pipeline.engine, source=MARKET).save)
    return Portal(config, pipeline, rate_limit, photos, health.count_report), saves


def _page_policy(dash: Dash) -> str:
    return content_policy(list(dash.csp_hashes()), None)


def _begin_request() -> None:
    """A store that went silent holds up no request for ever; imports stand aside for what somebody reports or does."""
    g.limits = limits = ExitStack()
    limits.enter_context(time_limit(BEGIN_S, STATEMENT_S))
    if request.method not in SAFE_METHODS:
        limits.enter_context(foreground())


def _end_request(_: BaseException | None) -> None:
    if (limits := g.pop("limits", None)) is not None:
        limits.close()


def _wrap(flask: Flask, server: ServerSettings, sockets: Sockets, performance: Companion | None) -> None:
    """Add the WSGI middleware: what another process answers, the limit of connections, what heads decide, and behind
    proxies what these say."""
    limit = server.sockets + SPARE_CONNECTIONS
    n = server.proxies
    inner: WSGIApplication = flask.wsgi_app
    if performance is not None:
        upstream = Upstream(performance.socket, performance.ensure)
        inner = Forwarding(inner, PERFORMANCE, upstream, plain_pages.restarting)
    limited = ConnectionLimit(inner, limit, sockets.free_connection)
    app: WSGIApplication = RequestHeads(limited, behind_proxy=n > 0)
    flask.wsgi_app = ProxyFix(app, x_for=n, x_proto=n, x_host=n) if n else app  # type: ignore[method-assign,assignment]


def _all_of(*actions: Callable[[datetime], None]) -> Callable[[datetime], None]:
    def act(now: datetime) -> None:
        for each in actions:
            each(now)

    return act


def _open311(
    config: Config, home: Home, pipeline: Pipeline, access: Open311Access, intake_health: IntakeHealth
) -> Open311Service:
    engine = pipeline.engine
    downloads = CsvDownloads(engine, config.city, {info.name: info.title for info in config.source_infos})
    intake, photos = Open311Intake(config.city, demo=config.demo), ReportPhotos(engine, PhotoStorage(home.path))
    return Open311Service(
        engine, access, pipeline, config, intake, downloads, intake_health.count_report, photos.store, position_of
    )


def _tiles(config: Config, home: Home) -> Tiles | None:
    return Tiles(home.path / Path(config.map.tiles_file)) if config.map.tiles_file else None


def _register_root_and_errors(flask: Flask, config: Config) -> None:
    @flask.get("/")
    def root() -> str:
        return plain_pages.root(config.city.name)

    flask.register_error_handler(HTTPException, _error_answer)
    flask.register_error_handler(ParseException, lambda _: _error_answer(BadRequest()))  # the body's chunks are none


def _error_answer(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if request.path.startswith(OPEN311):
        return open311_http_error(error)
    if not _wants_html(error):
        return jsonify(status=code, error=error.name), code
    return (plain_pages.not_found() if code == 404 else plain_pages.server_error()), code


def _wants_html(error: HTTPException) -> bool:
    best: Callable[..., str | None] = request.accept_mimetypes.best_match
    return best(["application/json", "text/html"]) == "text/html"
