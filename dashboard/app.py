"""The composition root: one process's parts, made and bound to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.api.health import serve_health
from dashboard.api.open311.csv_export import Downloads
from dashboard.api.open311.intake import Door
from dashboard.api.open311.routes import PREFIX as OPEN311
from dashboard.api.open311.routes import http_fault, serve_open311
from dashboard.api.open311.service import Arrivals, Server
from dashboard.api.photos import serve_gallery
from dashboard.api.push.routes import Pushes, serve_push
from dashboard.api.rate_limits import Gate, Quotas, RateLimit
from dashboard.auth.api_keys import KeyRing
from dashboard.backup.restore import enter
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.models import ServerSettings
from dashboard.jobs.photos import Keeper
from dashboard.realtime.connection_limit import SPARE_CONNECTIONS, ConnectionLimit
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import Scene, calendars_of
from dashboard.realtime.sockets import Sockets
from dashboard.realtime.walls import create_walls
from dashboard.server import plain_pages
from dashboard.server.headers import content_policy, dress
from dashboard.server.static_files import serve_files
from dashboard.web import deps_of, register_web
from data import clock
from data.store.db.engine import Engine, open_engine, reading
from data.store.db.migrate import require_head
from data.store.geo import boundaries
from data.store.geo.tiles import Tiles
from ingest.photos.gallery import Gallery
from ingest.photos.picture import position_of
from ingest.pipeline.pipeline import Pipeline

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = structlog.get_logger(__name__)
BODY_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class App:
    """Everything of one process."""

    config: Config
    home: Home
    engine: Engine
    scene: Scene
    pipeline: Pipeline
    flask: Flask
    sockets: Sockets
    hub: Hub
    arrivals: Arrivals


def open_store(config: Config, home: Home) -> Engine:
    """The store's engine, sized for the requests and jobs of one process. Raises OSError while a restore is at work."""
    enter(home)
    pool = config.server.request_threads + 4
    return open_engine(home.database_url, pool_size=pool, busy_timeout_s=config.server.lock_wait.total_seconds())


def create_scene(config: Config, engine: Engine) -> Scene:
    """What is drawn from: calendars around today, the boundaries in the store. Raises WrongSchema, StoreDown."""
    require_head(engine)
    with reading(engine) as conn:
        ground = boundaries.current(conn)
    calendars = calendars_of(config.city, clock.now().date())
    return Scene(config, calendars, ground, demo=config.demo)


def create_app(scene: Scene, home: Home, engine: Engine) -> App:
    """All parts; nothing runs yet. Raises NoTiles for a bad tile file."""
    config = scene.config
    flask = Flask("dashboard", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = BODY_MOST
    flask.before_request(_refuse_garbled)
    sockets = Sockets(flask, config, home.secret())
    sockets.hub = hub = Hub(engine, scene, sockets)
    _wrap(flask, config.server, sockets)
    pipeline = Pipeline(engine, config.city, scene.calendars, scene.boundaries)
    rate_limit = RateLimit()
    gate = Gate(config.open311, KeyRing(engine), Quotas(engine, config.city.timezone), rate_limit)
    deps = deps_of(scene, home, engine, pipeline)
    pushes = Pushes(config, pipeline, deps.sources, rate_limit)
    arrivals = Arrivals(engine, _one_after_another(gate.quotas.beat, pushes.beat))
    walls = create_walls(flask, scene, home.secret())
    serve_open311(flask, _open311(config, home, pipeline, gate, arrivals))
    serve_health(flask, engine, scene, lambda: hub.as_of, lambda: hub.is_following)
    serve_files(flask, _tiles(config, home))
    serve_gallery(flask, engine, Gallery(home.path), published=config.open311.publish_photos)
    serve_push(flask, pushes)
    register_web(flask, deps)
    dress(flask, content_policy(list(walls.csp_hashes()), scene.context.tiles))
    _bind_pages(flask, config)
    return App(config, home, engine, scene, pipeline, flask, sockets, hub, arrivals)


def _wrap(flask: Flask, server: ServerSettings, sockets: Sockets) -> None:
    """What stands before the app: the limit of connections and, with proxies in front, what they tell of the client."""
    limit = server.screens + SPARE_CONNECTIONS
    app: WSGIApplication = ConnectionLimit(flask.wsgi_app, limit, sockets.make_room)
    n = server.proxies
    flask.wsgi_app = ProxyFix(app, x_for=n, x_proto=n, x_host=n) if n else app  # type: ignore[method-assign,assignment]


def _refuse_garbled() -> tuple[str, int] | Response | None:
    """A question whose bytes are no text; werkzeug would stumble over it wherever it is asked for first."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        said = "the query is not UTF-8; escape its characters, as in %C3%A9"
        return http_fault(BadRequest(said)) if request.path.startswith(OPEN311) else (said, 400)
    return None


def _one_after_another(*beats: Callable[[datetime], None]) -> Callable[[datetime], None]:
    def beat(now: datetime) -> None:
        for each in beats:
            each(now)

    return beat


def _open311(config: Config, home: Home, pipeline: Pipeline, gate: Gate, arrivals: Arrivals) -> Server:
    engine = pipeline.engine
    downloads = Downloads(engine, config.city, {info.name: info.title for info in config.source_infos})
    door, keeper = Door(config.city, demo=config.demo), Keeper(engine, Gallery(home.path))
    return Server(engine, gate, pipeline, config, door, downloads, arrivals.note, keeper.keep, position_of)


def _tiles(config: Config, home: Home) -> Tiles | None:
    return Tiles(home.path / Path(config.map.tiles_file)) if config.map.tiles_file else None


def _bind_pages(flask: Flask, config: Config) -> None:
    @flask.get("/")
    def root() -> str:
        return plain_pages.welcome(config.city.name)

    @flask.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response | tuple[str, int] | tuple[Response, int]:
        code = error.code or 500
        if code < 400:
            return error.get_response()  # type: ignore[return-value]
        if request.path.startswith(OPEN311):
            return http_fault(error)
        if not _wants_page(error):
            return jsonify(status=code, error=error.name), code
        return (plain_pages.not_found() if code == 404 else plain_pages.broken()), code


def _wants_page(error: HTTPException) -> bool:
    best: Callable[..., str | None] = request.accept_mimetypes.best_match
    return best(["application/json", "text/html"]) == "text/html"
