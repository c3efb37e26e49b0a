"""Checks what sources need beside config.yaml: environment variables, drivers, certificates, folders.

No server of a source is called: its health is in the store. No secret is shown: findings name only variables.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from dashboard.api.push.routes import SHORTEST_SECRET
from dashboard.cli.doctor.findings import CheckContext, Finding, unwritable
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import StoreDown, open_engine, reading
from data.store.db.migrate import current, head
from data.store.foreign.connection import DriverMissing, ForeignDatabase, ForeignDown
from data.store.intake.sources import SourceState, states
from ingest.settings import SourceSettings
from ingest.sources.cap.settings import CapSettings
from ingest.sources.drop.source import FolderSettings
from ingest.sources.feed.environment import SecretProblem, secret_problem
from ingest.sources.feed.settings import FeedSettings, PushSettings
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.sql.source import SqlSettings

Bad = Callable[..., Finding]
"""Makes a finding of one source from key and values."""


def sources(context: CheckContext, config: Config) -> Iterator[Finding]:
    """For each enabled source all faults, or one finding that it is fine."""
    known = _known(context.home)
    for name, settings in config.sources.items():
        if settings.enabled:
            what = f"source {name}"
            found = list(_faults(context, name, settings, partial(context.bad, what)))
            yield from found or [_health(context, what, settings, known.get(name))]


def _health(context: CheckContext, what: str, settings: SourceSettings, state: SourceState | None) -> Finding:
    """The result of its last poll."""
    if state is None or state.failing_since is None:
        if state is not None and state.error is not None:
            return context.note(what, "source_remark", said=context.say.stored_sentence(state.error))
        return context.ok(what, "source", kind=settings.kind)
    return context.note(
        what,
        "source_down",
        since=f"{state.failing_since:%Y-%m-%d %H:%M}",
        said=context.say.stored_sentence(state.error or "?"),
    )


def _known(home: Home) -> Mapping[str, SourceState]:
    """The state of sources in the store; empty when the store is down."""
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        if current(engine) != head():
            return {}
        with reading(engine) as conn:
            return states(conn)
    except (StoreDown, ValueError, OSError):
        return {}


def _faults(context: CheckContext, name: str, settings: SourceSettings, bad: Bad) -> Iterator[Finding]:
    if isinstance(settings, FolderSettings):
        yield from _folder(context.home.path / Path(settings.folder).expanduser(), bad)
    if isinstance(settings, FeedSettings):
        yield from _entry(settings, bad)
    if isinstance(settings, CapSettings):
        yield from _of_push(settings.push, bad)
        if settings.folder is not None:
            yield from _folder(context.home.path / Path(settings.folder).expanduser(), bad)
    if isinstance(settings, CapSettings | FeedSettings | Open311Settings) and settings.ca_file:
        yield from _certificates(context.home.path / Path(settings.ca_file).expanduser(), name, bad)
    if isinstance(settings, SqlSettings):
        yield from _database(settings.url_env, bad)


def _entry(settings: FeedSettings, bad: Bad) -> Iterator[Finding]:
    """The credentials of the feed's server, and the secrets of its pushes."""
    auth = settings.auth
    if auth is not None and auth.header is not None:
        yield from variable(auth.header.env, bad)
    if auth is not None and auth.oauth is not None:
        yield from variable(auth.oauth.client_id_env, bad)
        yield from variable(auth.oauth.client_secret_env, bad)
    yield from _of_push(settings.push, bad)


def _of_push(push: PushSettings | None, bad: Bad) -> Iterator[Finding]:
    if push is not None:
        yield from variable(push.secret_env, bad, least=SHORTEST_SECRET)
        if push.old_secret_env is not None:
            yield from variable(push.old_secret_env, bad, least=SHORTEST_SECRET)


def variable(name: str, bad: Bad, least: int = 1) -> Iterator[Finding]:
    """Whether an environment variable holds a secret that can be used."""
    wrong = secret_problem(name)
    if wrong is SecretProblem.UNSET:
        yield bad("unset", variable=name)
    elif wrong is SecretProblem.UNFIT:
        yield bad("unfit", variable=name)
    elif len(os.environ[name].strip()) < least:
        yield bad("short", variable=name, least=least)


def _database(name: str, bad: Bad) -> Iterator[Finding]:
    """The URL of the database, and whether its driver is installed."""
    wrong = list(variable(name, bad))
    yield from wrong
    if wrong:
        return
    try:
        ForeignDatabase(os.environ[name].strip())
    except DriverMissing as missing:
        yield bad("driver", variable=name, package=missing.package)
    except ForeignDown:
        yield bad("database", variable=name)


def _folder(folder: Path, bad: Bad) -> Iterator[Finding]:
    if not os.path.isdir(folder):
        yield bad("no_folder", folder=folder)
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield bad("folder_unread", folder=folder)
    elif why := unwritable(folder):
        yield bad("folder_closed", folder=folder, why=why)


def _certificates(file: Path, name: str, bad: Bad) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:  # an SSLError is one
        yield bad("ca_file", file=file, source=name, why=error.strerror or str(error))
